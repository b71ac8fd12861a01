"""No stale number: a changed datum reaches the page, and nbval sees it."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from keepinpact.book import build as module
from keepinpact.book.build import BuildError, build_book, build_paper
from keepinpact.data import DataError
from small import append, edit

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


ALL = ["diploma", "tasks", "themes"]
EDITS: list[tuple[str, Callable[[Path], object], list[str], str]] = [
    (
        "prose",
        lambda at: append(at / "chapters/diploma.md", "\nA xylophone, [elsewhere](themes.md).\n"),
        [],
        "3 pages: diploma, tasks, search",
    ),
    (
        "prose taken back, in a file that looks older",
        lambda at: (
            edit(at / "chapters/diploma.md", "A xylophone, ", ""),
            os.utime(at / "chapters/diploma.md", (1, 1)),
        ),
        [],
        "3 pages: diploma, tasks, search",
    ),
    (
        "code",
        lambda at: edit(at / "chapters/diploma.md", 'show("source"', 'show( "source"'),
        ["diploma"],
        "3 pages: diploma, tasks, search",
    ),
    (
        "a title that another page shows",
        lambda at: edit(at / "chapters/themes.md", "# Themes", "# Subjects and themes"),
        [],
        "4 pages: diploma, tasks, themes, search",
    ),
    ("a style", lambda at: append(at / "_static/book.css", "\np { hyphens: auto; }\n"), [], "all 4 pages"),
    (
        "a template",
        lambda at: edit(at / "src/keepinpact/theme/templates/notes.html", "<details", "<details data-new"),
        [],
        "all 4 pages",
    ),
    ("a datum", lambda at: add_a_task(at), ALL, "all 4 pages"),
    ("the package", lambda at: append(at / "src/keepinpact/stats.py", "\n# edited\n"), ALL, "all 4 pages"),
    ("the lock", lambda at: append(at / "requirements.txt", "\n# edited\n"), ALL, "all 4 pages"),
]


def test_what_is_built_again_is_what_a_fresh_build_gives(project: Path) -> None:
    assert build(project).of("executed") == ALL
    assert says(project / "_build/html/chapters/tasks.html", 26)
    for name, change, executed, wrote in EDITS:
        before = files(project)
        assert build(project) == ["nothing has changed"]
        assert files(project) == before, name
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


def test_after_a_warning_every_page_is_read_again(project: Path) -> None:
    build(project)
    chapter = project / "chapters/diploma.md"
    text = chapter.read_text(encoding="utf-8")
    append(chapter, "\n[](nowhere.md)\n")
    for _ in range(2):
        with pytest.raises(BuildError):
            build(project)
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
    build(project)
    assert not paper.exists()
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert build_paper(project, progress=lines.append) is None
    assert not paper.exists()
    assert paper.name not in page.read_text(encoding="utf-8")


def test_faults_of_the_data_are_told_once_and_nothing_is_built(project: Path) -> None:
    append(project / "data/report/statements.yml", "\n# edited\n")
    with pytest.raises(DataError, match="run python -m keepinpact reconstruct") as caught:
        build(project)
    assert len(str(caught.value).splitlines()) == 2
    assert not (project / "_build/html").exists()


def test_a_chapter_that_is_not_in_the_table_of_contents_is_named(project: Path) -> None:
    (project / "chapters/draft.md").write_text("# A draft\n", encoding="utf-8")
    assert "chapters/draft.md is not in _toc.yml and so not in the book" in build(project)


def test_a_key_that_no_cell_defines_fails_the_build(project: Path) -> None:
    chapter = project / "chapters/themes.md"
    chapter.write_text(chapter.read_text(encoding="utf-8") + "\n{glue:text}`nowhere`\n")
    with pytest.raises(BuildError):
        build_book(project, progress=print)


def test_nbval_sees_a_changed_datum(project: Path) -> None:
    def nbval() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "--nbval",
                "tests/reference/tasks.ipynb",
                "-p",
                "no:cacheprovider",
            ],
            cwd=project,
            env=dict(os.environ) | {"PYTHONPATH": str(project / "src")},
            capture_output=True,
            text=True,
        )

    untouched = nbval()
    assert untouched.returncode == 0, untouched.stdout
    add_a_task(project)
    changed = nbval()
    assert changed.returncode == 1
    assert "27" in changed.stdout
