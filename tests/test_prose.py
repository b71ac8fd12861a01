"""No number is typed by hand, in digits or in words; every glued key exists and is used."""

import ast
import re
from pathlib import Path

import pytest
import yaml
from nbformat import NotebookNode

from keepinpact.book.execute import executed, read_notebook
from keepinpact.book.inputs import cache_folder
from keepinpact.book.reference import FOLDER, chapters, reference_text
from keepinpact.data import ROOT
from keepinpact.quotes import normalise, quotations

pytestmark = pytest.mark.check

CHAPTERS = chapters(ROOT)

WORDS = (
    r"zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty"
    r"|sixty|seventy|eighty|ninety|hundreds?|thousands?|[mb]illions?|dozens?|half|halves|thirds?|quarters?"
    r"|twice|thrice|(?:halv|doubl|tripl|quadrupl)(?:e|es|ed|ing)|\w+fold"
    r"|first|second|fourth|(?:fif|six|seven|eigh|ten|eleven|twelf|\w+teen|\w+tie)th|ninth"
)
NUMBER = re.compile(rf"[\d¼-¾⅐-⅞]+(?:[.,]\d+)*|\b(?:{WORDS})\b", re.IGNORECASE)

# Names that hold a number, and phrases in which such a word counts nothing.
ALLOWED = [
    "survey 1", "survey 2", "Top 6 challenges", "question 12", "UTF-8", "CC BY 4.0", "ANES 1996",
    "half up", "more than half", "can one be",
    "(EU) 2018/1523", "EN 301 549", "WCAG 2.1", "WCAG 2.2", "Practices* (2021)",
    "DDI-Codebook 2.5", "RO-Crate 1.2", "CycloneDX 1.6",
]  # fmt: skip

# A page that teaches a file format shows files and commands: what stands in these fences is no prose there.
EXAMPLES = {"statements-file", "when-responses-come"}
EXAMPLE = re.compile(r"```(yaml|console|text)$")

# Made by the package in families, of which a page may use a part.
FAMILIES = re.compile(
    r".*-(quote|weight|most|headline|note|table|base|turned|back|layer|recounted|rests|full)"
)


def metadata(lines: list[str], start: int) -> list[tuple[int, str]]:
    """The words that a cell's header says to readers (captions, alternative texts), line by line."""
    found = []

    def walk(node: yaml.Node, key: str) -> None:
        if isinstance(node, yaml.MappingNode):
            for name, value in node.value:
                walk(value, name.value)
        elif isinstance(node, yaml.SequenceNode):
            for value in node.value:
                walk(value, key)
        elif key not in ("name", "tags"):
            span = lines[node.start_mark.line : node.end_mark.line + 1]
            span[0] = span[0][node.start_mark.column :]
            if node.end_mark.column == 0 and len(span) > 1:
                del span[-1]
            found.extend((start + node.start_mark.line + i, line) for i, line in enumerate(span))

    header = yaml.compose("\n".join(lines))
    if header is not None:
        walk(header, "")
    return found


def prose(text: str, *, examples: bool = False) -> list[tuple[int, str]]:
    """The lines of a chapter that people read: no header, no code, no keys, no link targets.

    With ``examples`` neither those of files and commands that it shows.
    """
    kept: list[tuple[int, str]] = []
    lines = text.splitlines()
    at = 0
    if lines[:1] == ["---"]:
        at = lines.index("---", 1) + 1
        settings = yaml.safe_load("\n".join(lines[1 : at - 1]))
        assert set(settings) <= {"jupytext", "kernelspec", "myst"}, "words in the header are not looked at"
        described = settings.get("myst", {"html_meta": {}})
        assert set(described) == {"html_meta"}
        kept += [(1, words) for words in described["html_meta"].values()]
    while at < len(lines):
        line = lines[at]
        at += 1
        cell = re.match(r"(`{3,}|~{3,}|:{3,})\{code-cell\}", line)
        if cell:
            end = lines.index(cell[1], at)
            options = at
            if lines[at] == "---":
                options = lines.index("---", at + 1)
                kept += metadata(lines[at + 1 : options], at + 2)
            else:
                while lines[options].startswith(":"):
                    options += 1
                kept += metadata([line[1:] for line in lines[at:options]], at + 1)
            at = end + 1
        elif examples and EXAMPLE.match(line):
            at = lines.index("```", at) + 1
        elif not re.match(r"```\{glue:md\}|:(name|format|class):|\([\w-]+\)=$", line):
            kept.append((at, line))
    return [(number, re.sub(r"\{glue:\w+\}`[^`]*`|\]\([^)]*\)|^\s*1\. ", " ", line)) for number, line in kept]


def quoted(text: str) -> list[str]:
    return re.findall(r"“([^”]*)”", text)


def typed_numbers(text: str, *, examples: bool = False) -> list[str]:
    found = []
    for number, line in prose(text, examples=examples):
        for name in ALLOWED:
            line = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", line, flags=re.IGNORECASE)
        line = re.sub(r"“[^”]*”", " ", line)
        found += [f"{number}: {match.group()}" for match in NUMBER.finditer(line)]
    return found


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_no_number_is_typed(chapter: Path) -> None:
    assert typed_numbers(chapter.read_text(encoding="utf-8"), examples=chapter.stem in EXAMPLES) == []


def test_quoted_numbers_are_the_reports() -> None:
    printed = normalise("\n".join(quote.text for quote in quotations(ROOT)[0]))
    for chapter in CHAPTERS:
        text = prose(chapter.read_text(encoding="utf-8"), examples=chapter.stem in EXAMPLES)
        for passage in quoted(" ".join(line for _, line in text)):
            if NUMBER.search(passage):
                assert normalise(passage) in printed, f"{chapter.name}: {passage}"


CELL = """\
```{code-cell} ipython3
:mystnb:
:  figure:
:    caption: |
:      {caption}
:  image:
:    alt: {alt}

x = 48
```
"""


@pytest.mark.parametrize(
    "planted",
    [
        "# The 48 answers",
        "There were 48 answers.",
        "There were sixteen countries.",
        "| a | 61 % |",
        "```{margin}\nOnly twelve.\n```",
        ":::{admonition} Two things\n:::",
        "- Half of them",
        CELL.replace("{caption}", "Base 48 answers.").replace("{alt}", "A chart."),
        CELL.replace("{caption}", "A base.").replace("{alt}", "A chart with 48 bars."),
        "```yaml\nis: 48\n```",
        "```text\n48\n```",
        "Of survey 1 only 7 answered.",
        "See [the 16](x.md).",
        "(48 of them answered)",
        "The seventh of the twenty-four.",
        "½ of them",
        "In survey 12",
        "“48” or “not closed: 48",
        ":::{table} The twelve\n:name: tab-x\n:::",
        CELL.replace("{caption}", "Base: 48 answers.").replace("{alt}", "A chart."),
        CELL.replace("{caption}", "Twelve").replace("{alt}", "A chart."),
        CELL.replace("|\n:      {caption}", "'Base: 48 answers.'").replace("{alt}", "A chart."),
        CELL.replace("{caption}", "A base.").replace("{alt}", "A chart\n:      of twelve bars"),
        CELL.replace("{caption}", "A base.").replace("{alt}", "|\n:      Bars: twelve."),
        "---\nmyst:\n  html_meta:\n    description: The 48 answers.\n---\n\n# Title",
        "```{code-cell}\n---\nmystnb:\n  image:\n    alt: A chart of 48\n---\nx\n```",
    ],
)
def test_a_planted_number_is_found(planted: str) -> None:
    assert typed_numbers(planted)


def test_examples_of_files_are_left_out_where_a_page_teaches_them() -> None:
    shown = "Write\n\n```yaml\nis: 48\n```\n\nor"
    assert typed_numbers(shown, examples=True) == []
    assert typed_numbers(f"{shown} 49.\n\n```{{note}}\n50\n```", examples=True) == ["7: 49", "10: 50"]


def test_a_finding_has_its_line() -> None:
    planted = CELL.replace("{caption}", "A base: it\n:      holds.").replace("{alt}", "Twelve bars")
    assert typed_numbers(f"# A title\n\n{planted}\n48") == ["10: Twelve", "15: 48"]


def test_titles_of_the_book_hold_no_number() -> None:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    title = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["title"]
    assert typed_numbers("\n".join([title, *(part["caption"] for part in toc["parts"])])) == []


def test_names_and_code_are_no_numbers() -> None:
    clean = CELL.replace("{caption}", "Answers to survey 2.").replace("{alt}", "A chart.")
    assert (
        typed_numbers(f"# Top 6 challenges (survey 2)\n\n{clean}\n“17 réponses”, {{glue:text}}`top-6`") == []
    )


def code(chapter: Path) -> list[ast.Module]:
    notebook = read_notebook(chapter)
    assert notebook is not None
    return [ast.parse(cell.source) for cell in notebook.cells if cell.cell_type == "code"]


def typed_in(tree: ast.Module) -> list[str]:
    """Numbers that a cell types instead of computing them, and paths that it should not know.

    Nought and one are needed to compare and to index; a name such as ``survey1`` holds no number.
    """
    found = []
    for node in ast.walk(tree):
        where = f"line {getattr(node, 'lineno', 0)}"
        match node:
            case ast.Attribute(attr="path", value=ast.Name(id="sys")):
                found.append(f"{where}: sys.path")
            case ast.Constant(value=bool() | None):
                pass
            case ast.Constant(value=str() as text):
                # A wave's code and the mark of an ordered list are no numbers; a name may hold a digit.
                words = typed_numbers(text) if " " in text else NUMBER.fullmatch(text)
                if words and text not in ("0", "1", "2", "1. "):
                    found.append(f"{where}: {text!r}")
            case ast.Constant(value=value) if value not in (0, 1):
                found.append(f"{where}: {value!r}")
    return found


def lines(source: str) -> int:
    """How many lines a cell has, but for imports, remarks and empty lines."""
    kept = [line for line in source.splitlines() if line.strip() and not line.strip().startswith("#")]
    return sum(not line.startswith(("from ", "import ")) for line in kept)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_cells_type_no_number_and_are_short(chapter: Path) -> None:
    assert [one for tree in code(chapter) for one in typed_in(tree)] == []
    notebook = read_notebook(chapter)
    assert notebook is not None
    assert [
        cell.source for cell in notebook.cells if cell.cell_type == "code" and lines(cell.source) > 13
    ] == []


@pytest.mark.parametrize(
    "planted",
    [
        "show('n', words('48'))",
        "show('n', words('forty'))",
        "show('n', computed(48, 'printed', [], 'answers'))",
        "table = pd.DataFrame([['48 answers']])",
        "share = Share(19, 31)",
        "import sys\nsys.path.append('src')",
        "show('n', words(f'{n} of 48'))",
        "rows = rows[rows['base'] > 5]",
    ],
)
def test_a_number_that_is_typed_in_a_cell_is_found(planted: str) -> None:
    assert typed_in(ast.parse(planted))


def glued(chapter: Path) -> set[str]:
    text = chapter.read_text(encoding="utf-8")
    return set(re.findall(r"\{glue:\w+\}`([^`]+)`", text)) | set(re.findall(r"```\{glue:md\} (\S+)", text))


@pytest.fixture(scope="module")
def notebooks() -> dict[str, NotebookNode]:
    """The executed chapters."""
    return executed(CHAPTERS, cache_folder(ROOT))


def test_every_key_is_defined_on_its_page_and_none_is_idle(notebooks: dict[str, NotebookNode]) -> None:
    for chapter in CHAPTERS:
        defined = {
            output["metadata"]["scrapbook"]["name"]
            for cell in notebooks[chapter.stem].cells
            for output in cell.get("outputs", [])
            if "scrapbook" in output.get("metadata", {})
        }
        used = glued(chapter)
        assert used <= defined, chapter.name
        idle = {key for key in defined - used if not FAMILIES.fullmatch(key) and key != "source"}
        shares = {key for key in idle if f"{key}-full" in used or f"{key}-quote" in used}
        assert idle - shares == set(), chapter.name


def test_the_references_are_what_the_chapters_put_out(notebooks: dict[str, NotebookNode]) -> None:
    stored = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / FOLDER).glob("*.ipynb")}
    now = {name: reference_text(notebook) for name, notebook in notebooks.items()}
    differing = sorted(name for name in {*stored, *now} if stored.get(name) != now.get(name))
    assert differing == [], "make reference records the new results"


def test_words_of_the_report_are_escaped_where_a_cell_writes_markdown() -> None:
    """A quotation is data: nothing in it may be read as mark-up."""
    for chapter in CHAPTERS:
        for line in chapter.read_text(encoding="utf-8").splitlines():
            if re.search(r"\.quote\b", line) and not line.startswith("quotes = {"):
                assert "escape(" in line, (chapter.name, line)
