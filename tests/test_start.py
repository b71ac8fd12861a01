"""An edition of another report: started from here, and built by the same commands."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from called import called
from keepinpact.data import ROOT
from keepinpact.start import EXAMPLE, GENERAL, start
from small import edit

pytestmark = pytest.mark.long

THIS_REPORT = re.compile(
    r"keep in pact|lifelong|guidance|llplatform|croatia|multi-partnership", re.IGNORECASE
)


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("another") / "a new one"
    done = called("start", str(folder))
    assert (done.returncode, done.stderr) == (0, "")
    assert "git init" in done.stdout
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "PYTHONHASHSEED": "0"}
    environment.pop("KEEPINPACT_EDITION", None)
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


OF_THIS_REPORT = {
    "README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "CITATION.cff", "_toc.yml", "chapters",
    "data", "docs", "editions", "editions.json", "examples", "tests", ".ci",
}  # fmt: skip


def test_every_file_of_the_project_is_general_or_of_this_report() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    names = {name.partition("/")[0] for name in listed.stdout.splitlines()}
    general = {name for name in GENERAL if "/" not in name}
    assert names == general | OF_THIS_REPORT
    assert not general & OF_THIS_REPORT


def test_what_is_general_and_the_made_up_report_are_there_and_nothing_of_this_report(another: Path) -> None:
    for name in GENERAL:
        assert (another / name).exists()
    data = {path.name for path in (another / "data").rglob("*") if path.is_file()}
    ours = {path.name for path in (ROOT / EXAMPLE / "data").rglob("*") if path.is_file()}
    assert data == ours | {"glossary.csv"} | {path.name for path in (ROOT / "data/cases").iterdir()}
    for name in ("editions.json", "editions", ".git", ".venv", "_build", "chapters/tasks.md"):
        assert not (another / name).exists()
    for name in ("_config.yml", "_toc.yml", "pyproject.toml", "CITATION.cff", "README.md", "CHANGELOG.md"):
        text = "\n".join(
            line for line in (another / name).read_text("utf-8").splitlines() if not line.startswith("#")
        )
        assert not THIS_REPORT.search(text), name
    assert 'version = "0.1.0"' in (another / "pyproject.toml").read_text("utf-8")


def test_the_same_commands_make_its_book(another: Path) -> None:
    for command in (
        ["reconstruct"],
        ["check"],
        ["quotes", "--source", "report.txt"],
        ["book"],
        ["reference"],
    ):
        done = run(another, "-m", "keepinpact", *command)
        assert done.returncode == 0, done.stdout + done.stderr
    html = another / "_build/html"
    pages = sorted(path.relative_to(html).as_posix() for path in html.glob("chapters/*.html"))
    assert pages == ["chapters/ledger.html", "chapters/summary.html", "chapters/ways.html"]
    shown = {
        one["key"]: one["text"] for one in json.loads((html / "results.json").read_text("utf-8"))["results"]
    }
    # Of counts w and bases 22 + w, only 6 of 28 is 21 %: checked by hand.
    fits = [w for w in range(100) if abs(100 * w / (22 + w) - 21) <= 0.5]
    assert fits == [6]
    assert "6 of 28" in shown["walk-full"]
    assert "does not assume that everybody said how they come" in (html / "chapters/ledger.html").read_text(
        "utf-8"
    )
    for path in html.rglob("*"):
        if path.suffix in (".html", ".json") and "_static" not in path.parts:
            assert not THIS_REPORT.search(path.read_text("utf-8")), path
    checked = run(another, "-m", "pytest", "-m", "check", "-p", "no:cacheprovider")
    assert "2 passed" in checked.stdout, checked.stdout


def test_without_a_clash_there_is_nothing_to_give_up(another: Path) -> None:
    statements = another / "data/report/statements.yml"
    edit(statements, "of: answers, is: 30", "of: answers, is: 28")
    edit(another / "data/report/repair.yml", "gives_up: [nothing-blank]", "gives_up: []")
    done = run(another, "-m", "keepinpact", "reconstruct")
    assert done.returncode == 0, done.stderr
    done = run(another, "-m", "keepinpact", "audit")
    assert "All 6 statements can be true at once, with everything that is taken for granted." in done.stdout


@pytest.mark.parametrize("where", ["full", "file", "inside"])
def test_nothing_is_overwritten(tmp_path: Path, where: str) -> None:
    folder = {"full": tmp_path, "file": tmp_path / "kept", "inside": ROOT / "another"}[where]
    (tmp_path / "kept").write_text("mine")
    done = called("start", str(folder))
    assert (done.returncode, done.stdout) == (2, "")
    assert ("lies outside" if where == "inside" else "is empty or not there yet") in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert not (ROOT / "another").exists()


def test_the_package_alone_cannot_start_another(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    with pytest.raises(ValueError, match="from a copy of the project"):
        start(tmp_path / "new" / "one", tmp_path / "src")
    assert not (tmp_path / "new").exists()
