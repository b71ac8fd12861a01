"""No number is typed by hand, in digits or in words; every glued key exists and is used."""

import ast
import json
import re
from pathlib import Path

import pytest

from keepinpact.data import ROOT
from keepinpact.quotes import normalise, quotations
from keepinpact.site.execute import read_notebook
from keepinpact.site.reference import FOLDER, chapters

CHAPTERS = chapters(ROOT)

WORDS = (
    r"zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty"
    r"|sixty|seventy|eighty|ninety|hundreds?|thousands?|dozens?|half|thirds?|quarters?|twice|thrice|double"
    r"|triple|first|second|fourth|fifth|sixth"
)
NUMBER = re.compile(rf"\d+(?:[.,]\d+)*|\b(?:{WORDS})\b", re.IGNORECASE)

# Names that hold a number, and phrases in which such a word counts nothing.
ALLOWED = [
    "survey 1", "survey 2", "Top 6 challenges", "question 12", "UTF-8", "CC BY 4.0",
    "half up", "more than half", "can one be",
]  # fmt: skip

# Made by the package in families, of which a page may use a part.
FAMILIES = re.compile(r".*-(quote|weight|most|note|table|base|turned|back|layer|recounted|full)")


def prose(text: str) -> list[tuple[int, str]]:
    """The lines of a chapter that people read: no header, no code, no keys, no link targets."""
    kept, fence, front = [], "", False
    for number, line in enumerate(text.splitlines(), start=1):
        if line == "---" and number == 1:
            front = True
        elif front:
            front = line != "---"
        elif fence == "code" and line.startswith("```"):
            fence = ""
        elif line.startswith("```{code-cell}"):
            fence = "code"
        elif fence == "code":
            # The caption and the alternative text stand in the cell's metadata.
            said = re.match(r":\s+(?:alt: (.*)|([^:]*(?:\s|\.)[^:]*|.*\{glue:text\}.*))$", line)
            if said and not re.match(r":\s+(name|figure|image|caption):", line):
                kept.append((number, said.group(1) or said.group(2)))
        elif not line.startswith(("```{glue:md}", ":name:", ":format:", ":class:", "(")):
            kept.append((number, line))
    return [(number, re.sub(r"\{glue:\w+\}`[^`]*`|\]\([^)]*\)|^\s*1\. ", " ", line)) for number, line in kept]


def quoted(text: str) -> list[str]:
    return re.findall(r"“([^”]*)”", text)


def typed_numbers(text: str) -> list[str]:
    found = []
    for number, line in prose(text):
        for name in ALLOWED:
            line = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", line, flags=re.IGNORECASE)
        line = re.sub(r"“[^”]*”", " ", line)
        found += [f"{number}: {match.group()}" for match in NUMBER.finditer(line)]
    return found


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_no_number_is_typed(chapter: Path) -> None:
    assert typed_numbers(chapter.read_text(encoding="utf-8")) == []


def test_quoted_numbers_are_the_reports() -> None:
    printed = normalise("\n".join(quote.text for quote in quotations(ROOT)[0]))
    for chapter in CHAPTERS:
        for passage in quoted(" ".join(line for _, line in prose(chapter.read_text(encoding="utf-8")))):
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
        "Of survey 1 only 7 answered.",
        "See [the 16](x.md).",
    ],
)
def test_a_planted_number_is_found(planted: str) -> None:
    assert typed_numbers(planted)


def test_names_and_code_are_no_numbers() -> None:
    clean = CELL.replace("{caption}", "Answers to survey 2.").replace("{alt}", "A chart.")
    assert (
        typed_numbers(f"# Top 6 challenges (survey 2)\n\n{clean}\n“17 réponses”, {{glue:text}}`top-6`") == []
    )


def code(chapter: Path) -> list[ast.Module]:
    notebook = read_notebook(chapter)
    assert notebook is not None
    return [ast.parse(cell.source) for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_cells_are_thin(chapter: Path) -> None:
    for tree in code(chapter):
        for node in ast.walk(tree):
            assert not isinstance(node, ast.For | ast.While | ast.FunctionDef | ast.Subscript | ast.Lambda)
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert getattr(node, "module", "").startswith("keepinpact")
            if isinstance(node, ast.keyword) and node.arg in ("wave", "rank"):
                node.value = ast.Name("allowed")
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and not isinstance(node.value, bool):
                assert isinstance(node.value, str), f"{chapter.name}:{node.lineno}: {node.value}"
                assert re.fullmatch(r"[A-Za-z][\w.-]*", node.value) or not NUMBER.search(node.value)


def glued(chapter: Path) -> set[str]:
    text = chapter.read_text(encoding="utf-8")
    return set(re.findall(r"\{glue:\w+\}`([^`]+)`", text)) | set(re.findall(r"```\{glue:md\} (\S+)", text))


@pytest.fixture(scope="module")
def keys() -> dict[str, set[str]]:
    """The keys that each chapter's code defines, recorded while its cells run here."""
    import keepinpact.publish as publish

    defined: dict[str, set[str]] = {}
    original = publish.glue
    try:
        for chapter in CHAPTERS:
            mine = defined.setdefault(chapter.stem, set())
            publish.glue = lambda key, value, display, mine=mine: mine.add(key)
            space: dict[str, object] = {}
            for tree in code(chapter):
                exec(compile(tree, str(chapter), "exec"), space)
    finally:
        publish.glue = original
    return defined


def test_every_key_is_defined_on_its_page_and_none_is_idle(keys: dict[str, set[str]]) -> None:
    for chapter in CHAPTERS:
        used, defined = glued(chapter), keys[chapter.stem]
        assert used <= defined, chapter.name
        idle = {key for key in defined - used if not FAMILIES.fullmatch(key) and key != "source"}
        shares = {key for key in idle if f"{key}-full" in used or f"{key}-quote" in used}
        assert idle - shares == set(), chapter.name


def test_references_are_the_chapters_code() -> None:
    folder = ROOT / FOLDER
    assert {path.stem for path in folder.glob("*.ipynb")} == {path.stem for path in CHAPTERS}
    for chapter in CHAPTERS:
        text = (folder / f"{chapter.stem}.ipynb").read_text(encoding="utf-8")
        stored = ["".join(cell["source"]) for cell in json.loads(text)["cells"]]
        notebook = read_notebook(chapter)
        assert notebook is not None
        assert stored == [cell.source for cell in notebook.cells if cell.cell_type == "code"], chapter.name
        assert "image/" not in text
        assert str(ROOT) not in text
