"""No stale number: a changed datum reaches the page, and nbval sees it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from keepinpact.book.build import BuildError, build_book
from keepinpact.data import ROOT

TASK = "tasks-02,tasks,tasks,1,,,People management,management\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of this project with a few chapters."""
    for name in ("data", "src", "_static", "tests/reference"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("_config.yml", "CITATION.cff", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "chapters").mkdir()
    for name in ("tasks", "diploma", "themes"):
        shutil.copy(ROOT / f"chapters/{name}.md", tmp_path / "chapters")
    chapters = [{"file": "chapters/diploma"}, {"file": "chapters/themes"}]
    toc = {"format": "jb-book", "root": "chapters/tasks", "chapters": chapters}
    (tmp_path / "_toc.yml").write_text(yaml.safe_dump(toc))
    return tmp_path


def add_a_task(project: Path) -> None:
    items = project / "data/report/items.csv"
    text = items.read_text(encoding="utf-8")
    assert TASK in text
    items.write_text(text.replace(TASK, TASK + TASK.replace("tasks-02", "tasks-99")), encoding="utf-8")


def says(page: Path, count: int) -> bool:
    shown = rf'From survey 1 the report lists <a class="receipt pasted-text"[^>]*>{count}</a> tasks'
    return re.search(shown, page.read_text(encoding="utf-8")) is not None


def build(project: Path, capfd: pytest.CaptureFixture[str]) -> list[str]:
    """Build and return which chapters were executed."""
    build_book(project)
    return sorted(line.split()[1] for line in capfd.readouterr().out.splitlines() if "executed " in line)


def test_a_changed_datum_reaches_the_page(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    page = project / "_build/html/chapters/tasks.html"
    assert build(project, capfd) == ["diploma", "tasks", "themes"]
    assert says(page, 26)
    assert build(project, capfd) == []
    chapter = project / "chapters/diploma.md"
    chapter.write_text(chapter.read_text(encoding="utf-8").replace('show("source"', 'show( "source"'))
    assert build(project, capfd) == ["diploma"]
    add_a_task(project)
    assert build(project, capfd) == ["diploma", "tasks", "themes"]
    assert says(page, 27)


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
