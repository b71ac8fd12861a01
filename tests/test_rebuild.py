"""No stale number: a changed datum reaches the page, and nbval sees it."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from keepinpact.book import build as module
from keepinpact.book.build import BuildError, build_book, build_paper
from keepinpact.book.inputs import inputs
from keepinpact.data import DataError
from small import append, edit, small_book

pytestmark = pytest.mark.long

TASK = "tasks-02,tasks,tasks,1,,,People management,management\n"


def add_a_task(project: Path) -> None:
    items = project / "data/report/items.csv"
    text = items.read_text(encoding="utf-8")
    assert TASK in text
    items.write_text(text.replace(TASK, TASK + TASK.replace("tasks-02", "tasks-99")), encoding="utf-8")


def says(page: Path, count: int) -> bool:
    shown = rf'From survey 1 the report lists <a class="receipt pasted-text"[^>]*>{count}</a> tasks'
    return re.search(shown, page.read_text(encoding="utf-8")) is not None


class Lines(list[str]):
    """What a build says of its progress."""

    def of(self, word: str) -> list[str]:
        """The names in the lines that begin with a word."""
        said = [line.split() for line in self if line.split()[0] == word]
        return sorted(words[1] for words in said)


def build(project: Path, *, fresh: bool = False) -> Lines:
    lines = Lines()
    build_book(project, fresh=fresh, progress=lines.append)
    return lines


def files(project: Path) -> dict[str, bytes]:
    html = project / "_build/html"
    return {
        path.relative_to(html).as_posix(): path.read_bytes() for path in html.rglob("*") if path.is_file()
    }


# What the sources of a book are.
SOURCES = ("chapters", "data", "src", "_static", "requirements.txt", "_toc.yml")


def sources(project: Path) -> dict[Path, bytes]:
    found = (path for name in SOURCES for path in [project / name, *(project / name).rglob("*")])
    return {path: path.read_bytes() for path in found if path.is_file() and path.suffix != ".pyc"}


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book of three chapters that all these tests build again, each after its own edits."""
    return small_book(tmp_path_factory.mktemp("rebuilt"))


@pytest.fixture
def project(once: Path) -> Iterator[Path]:
    """That book; its sources are as they were at first after each test."""
    before = sources(once)
    yield once
    after = sources(once)
    for path in after.keys() - before.keys():
        path.unlink()
    for path, content in before.items():
        if after.get(path) != content:
            path.write_bytes(content)


ALL = ["diploma", "tasks", "themes"]
Edit = Callable[[Path], object]
DATUM: Edit = add_a_task
PACKAGE: Edit = lambda at: append(at / "src/keepinpact/stats.py", "\n# edited\n")  # noqa: E731
LOCK: Edit = lambda at: append(at / "requirements.txt", "\n# edited\n")  # noqa: E731
STYLE: Edit = lambda at: append(at / "_static/book.css", "\np { hyphens: auto; }\n")  # noqa: E731
TEMPLATE: Edit = lambda at: edit(  # noqa: E731
    at / "src/keepinpact/theme/templates/notes.html", "<details", "<details data-new"
)
FIGURE = """
```{code-cell} ipython3
:mystnb:
:  figure:
:    name: fig-lists
:    caption_before: true
:    caption: |
:      **{glue:text}`by-list-headline`**
:      Printed lists. Base: all entries, listed, not counted.

from keepinpact.data import load_edition
from keepinpact.findings import bars
from keepinpact.receipt import lines_of
from keepinpact.show import show

items = load_edition().items
table = items["section"].value_counts(sort=False).rename_axis("Section").reset_index(name="Entries")
show("by-list", bars(table, "listed entries", "printed", lines_of(items)))
```
"""
STEPS: list[tuple[str, list[Edit], list[str], str]] = [
    (
        "prose",
        [lambda at: append(at / "chapters/diploma.md", "\nA xylophone, [elsewhere](themes.md).\n")],
        [],
        "3 pages: diploma, tasks, search",
    ),
    (
        "prose taken back, in a file that looks older, and code elsewhere",
        [
            lambda at: edit(at / "chapters/diploma.md", "A xylophone, ", ""),
            lambda at: os.utime(at / "chapters/diploma.md", (1, 1)),
            lambda at: edit(at / "chapters/tasks.md", "show(", "show( "),
        ],
        ["tasks"],
        "3 pages: diploma, tasks, search",
    ),
    (
        "a title that another page shows",
        [lambda at: edit(at / "chapters/themes.md", "# Themes", "# Subjects and themes")],
        [],
        "4 pages: diploma, tasks, themes, search",
    ),
    (
        "a figure",
        [lambda at: append(at / "chapters/tasks.md", FIGURE)],
        ["tasks"],
        "4 pages: diploma, tasks, themes, search",
    ),
    (
        "another figure in its place, and the same elsewhere",
        [
            lambda at: append(at / "chapters/diploma.md", FIGURE.replace("fig-lists", "fig-lists-2")),
            lambda at: edit(at / "chapters/tasks.md", FIGURE, FIGURE.replace("fig-lists", "fig-others")),
        ],
        ["diploma", "tasks"],
        "4 pages: diploma, tasks, themes, search",
    ),
    ("a style and a template", [STYLE, TEMPLATE], [], "all 4 pages"),
    ("a datum, the package and the lock", [DATUM, PACKAGE, LOCK], ALL, "all 4 pages"),
]


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        (DATUM, ["content", "reading"]),
        (PACKAGE, ["content", "reading"]),
        (LOCK, ["content", "reading"]),
        (STYLE, ["dress"]),
        (TEMPLATE, ["dress"]),
    ],
)
def test_each_of_these_edits_is_seen_by_itself(project: Path, change: Edit, fields: list[str]) -> None:
    """So that the next test may make several at once."""
    before = asdict(inputs(project))
    change(project)
    after = asdict(inputs(project))
    assert [name for name in after if after[name] != before[name]] == fields


def test_what_is_built_again_is_what_a_fresh_build_gives(project: Path) -> None:
    assert build(project).of("executed") == ALL
    assert says(project / "_build/html/chapters/tasks.html", 26)
    for name, changes, executed, wrote in STEPS:
        before = files(project)
        assert build(project) == ["nothing has changed"]
        assert files(project) == before, name
        for change in changes:
            change(project)
        lines = build(project)
        assert lines.of("executed") == executed, name
        assert f"  wrote {wrote}" in lines, name
        again = files(project)
        assert again != before or executed == ALL, name
        build(project, fresh=True)
        fresh = files(project)
        assert [file for file in {*again, *fresh} if again.get(file) != fresh.get(file)] == [], name
    assert says(project / "_build/html/chapters/tasks.html", 27)


def test_a_warning_fails_each_time_and_then_every_page_is_read_again(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build(project)
    chapter = project / "chapters/diploma.md"
    text = chapter.read_text(encoding="utf-8")
    append(chapter, "\n[](nowhere.md)\n\n{glue:text}`missing`\n")
    for _ in range(2):
        with pytest.raises(BuildError):
            build(project)
        said = capsys.readouterr().err
        assert "nowhere.md" in said
        assert "No key 'missing'" in said
    chapter.write_text(text, encoding="utf-8")
    assert "  wrote all 4 pages" in build(project)


def test_a_page_that_was_changed_by_hand_is_built_again(project: Path) -> None:
    build(project)
    page = project / "_build/html/chapters/tasks.html"
    page.write_text(page.read_text(encoding="utf-8").replace(">26<", ">27<"), encoding="utf-8")
    assert "  wrote all 4 pages" in build(project)
    assert says(page, 26)


def test_a_paper_is_never_out_of_date(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    paper = build_paper(project, progress=lines.append)
    assert paper is not None
    page = project / "_build/html/chapters/themes.html"
    assert paper.name in page.read_text(encoding="utf-8")
    assert build(project) == ["nothing has changed"]
    append(project / "chapters/diploma.md", "\nEdited.\n")
    (project / "chapters/draft.md").write_text("# A draft\n", encoding="utf-8")
    assert "chapters/draft.md is not in _toc.yml and so not in the book" in build(project)
    assert not paper.exists()
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert build_paper(project, progress=lines.append) is None
    assert not paper.exists()
    assert paper.name not in page.read_text(encoding="utf-8")


def test_faults_of_the_data_are_told_once_and_nothing_is_built(project: Path) -> None:
    before = files(project)
    append(project / "data/report/statements.yml", "\n# edited\n")
    with pytest.raises(DataError, match="run python -m keepinpact reconstruct") as caught:
        build(project)
    assert len(str(caught.value).splitlines()) == 2
    assert files(project) == before


def test_nbval_sees_a_changed_datum(project: Path) -> None:
    add_a_task(project)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "tests/reference/tasks.ipynb", "-p", "no:cacheprovider"],
        cwd=project,
        env=dict(os.environ) | {"PYTHONPATH": str(project / "src")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    # Only outputs that show the number differ: all cells run.
    assert "26" in done.stdout
    assert "27" in done.stdout
    assert "Traceback (most recent call last)" not in done.stdout
    assert re.search(r"\d+ failed, \d+ passed", done.stdout)
