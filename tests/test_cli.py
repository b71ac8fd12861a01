"""The command line, as people and scripts use it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from called import called
from keepinpact.data import ROOT
from keepinpact.paper.citation import citation
from keepinpact.records import Edition


def run(*arguments: str, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """The command, in this process where it is about this project."""
    if root == ROOT and arguments[:1] != ("diff",):
        return called(*arguments)
    environment = dict(os.environ) | {"PYTHONPATH": str(root / "src")}
    return subprocess.run(
        [sys.executable, "-m", "keepinpact", *arguments],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("cli")
    for name in ("src", "data"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def test_help_shows_examples() -> None:
    for arguments in (["--help"], ["reconstruct", "--help"], ["diff", "--help"]):
        done = run(*arguments)
        assert done.returncode == 0
        assert "examples:\n  python -m keepinpact" in done.stdout


def test_wrong_words_are_refused() -> None:
    for arguments in ([], ["nothing"], ["quotes"], ["diff", "1.0.0"]):
        done = run(*arguments)
        assert done.returncode == 2
        assert "usage:" in done.stderr


@pytest.mark.long
def test_check_and_reconstruct(copy: Path) -> None:
    done = run("check", root=copy)
    assert (done.returncode, done.stdout.split(":")[0]) == (0, "data/ is valid")
    before = (copy / "data/responses/responses.csv").read_bytes()
    assert run("reconstruct", root=copy).returncode == 0
    assert (copy / "data/responses/responses.csv").read_bytes() == before


def test_a_repair_that_mends_too_little(copy: Path) -> None:
    repair = copy / "data/report/repair.yml"
    text = repair.read_text(encoding="utf-8")
    repair.write_text(
        text.replace("[one-country, all-answered-frameworks]", "[one-country]"), encoding="utf-8"
    )
    done = run("reconstruct", root=copy)
    repair.write_text(text, encoding="utf-8")
    assert (done.returncode, done.stdout) == (1, "")
    assert "mends too little" in done.stderr
    assert "Traceback" not in done.stderr


def test_faulty_data_are_listed_without_a_traceback(copy: Path) -> None:
    claims = copy / "data/report/claims.csv"
    text = claims.read_text(encoding="utf-8")
    headings = copy / "data/report/headings.csv"
    titles = headings.read_text(encoding="utf-8")
    claims.write_text(text + "x-1,nowhere,,q\n", encoding="utf-8")
    headings.write_text(titles + "one,two\n", encoding="utf-8")
    done = run("check", root=copy)
    claims.write_text(text, encoding="utf-8")
    headings.write_text(titles, encoding="utf-8")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"data/report/headings.csv:{titles.count(chr(10)) + 1}: 'one,two'" in done.stderr
    assert f"data/report/claims.csv:{text.count(chr(10)) + 1}: section 'nowhere'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "content"),
    [("none.txt", None), ("empty.txt", b""), ("broken.pdf", b"%PDF-1.4\n%%"), ("latin.txt", b"\xe9")],
)
def test_unusable_sources(tmp_path: Path, name: str, content: bytes | None) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    done = run("quotes", "--source", str(path))
    assert done.returncode == 2
    assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_another_source_lists_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("Nothing of it.", encoding="utf-8")
    done = run("quotes", "--source", str(tmp_path / "other.txt"))
    assert done.returncode == 1
    assert "not in the source: statements: answers: The two surveys received" in done.stdout


def test_an_unknown_edition() -> None:
    done = run("diff", "98.0.0", "99.0.0")
    assert done.returncode == 2
    assert "editions/98.0.0.json" in done.stderr


# https://github.com/citation-file-format/citation-file-format, by its authors, CC BY 4.0; as it stands there.
CFF = json.loads((Path(__file__).parent / "cff-1.2.0.schema.json").read_text(encoding="utf-8"))
EDITION = Edition(version="1.2.3", date="2026-01-02", revision="a" * 40, changed="Something.")


@pytest.mark.parametrize("edition", [None, EDITION], ids=["working copy", "edition"])
@pytest.mark.parametrize("address", ["", "https://example.org/report"])
def test_the_citation_fits_the_schema_of_its_format(edition: Edition | None, address: str) -> None:
    published = yaml.load(citation(ROOT, edition, address)["CITATION.cff"], yaml.BaseLoader)
    for content in (yaml.load((ROOT / "CITATION.cff").read_bytes(), yaml.BaseLoader), published):
        for reference in content["references"]:
            # All else is text there, which this loader keeps; without it dates would be none.
            reference["year"], reference["month"] = int(reference["year"]), int(reference["month"])
        schema = jsonschema.Draft7Validator(CFF, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER)
        schema.validate(content)
        for fault in ({"version": []}, {"authors": []}, {"licence": "CC0-1.0"}, {"cff-version": "9"}):
            assert not schema.is_valid({**content, **fault})
