"""The newest edition is made again, compared with its record and a copy, and gets a certificate."""

import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import stub
from keepinpact import __main__ as command
from keepinpact.data import ROOT
from keepinpact.editions import verify as verifying
from keepinpact.editions import versioned
from keepinpact.editions.certificate import Certificate
from keepinpact.editions.verify import verify
from keepinpact.editions.versioned import SiteError, build_site
from keepinpact.files import write_json
from serving import served
from test_editions import PARTS, prepare, quick_release, set_chapters, started

OPINION = """
import pathlib, sys
text = (pathlib.Path(sys.argv[1]) / "results.json").read_text()
print("1 number", "1 difference" if '"value": 9' in text else "0 differences", sep="\\n")
sys.exit('"value": 9' in text)
"""


@pytest.fixture(scope="module", autouse=True)
def builds() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(versioned, "build_paper", stub.build)
        yield


@pytest.fixture(scope="module")
def project(html: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An edition of a stub, and its site."""
    root = started(tmp_path_factory.mktemp("certified") / "project", *PARTS)
    stub.set_package(root)
    stub.set_pages(root, html, ["diploma", "tasks"])
    set_chapters(root, "diploma", "tasks")
    (root / stub.PAGES / "_static/verify.py").write_text(OPINION)
    prepare(root, "1.0.0", "The first one.")
    quick_release(root, "1.0.0", 1)
    build_site(root, progress=lambda _: None)
    return root


def checked(root: Path, into: Path, *copy: Path, **options: Any) -> Certificate:
    def here(tree: Path, folder: Path) -> str:
        assert (tree / "requirements.txt").is_file()
        assert not folder.exists()
        return sys.executable

    return verify(root, *copy, into=into, environment=here, progress=lambda _: None, **options)


def results(certificate: Certificate) -> list[str]:
    return [one.result for one in certificate.checks]


def test_an_edition_that_is_as_it_was_gets_a_certificate(project: Path, tmp_path: Path) -> None:
    into = tmp_path / "bundle"
    found = checked(project, into, project / "_site")
    assert results(found) == ["same", "not done", "same", "same"]
    assert found.reproduced
    assert found.result == "Checks done: 3 of 4. With differences: 0."
    assert found.checks[1].said == "The edition does not have it."
    assert found.checks[-1].compared == sum(one.is_file() for one in (project / "_site/v/1.0.0").rglob("*"))
    assert json.loads((into / "codecheck/certificate.json").read_text(encoding="utf-8"))["reproduced"] is True
    assert "Nobody has signed it" in (into / "codecheck/certificate.md").read_text(encoding="utf-8")


def test_the_configuration_is_as_codecheck_wants_it_and_invents_nothing(
    project: Path, tmp_path: Path
) -> None:
    checked(project, tmp_path / "bundle")
    text = (tmp_path / "bundle/codecheck.yml").read_text(encoding="utf-8")
    assert text.startswith("%YAML 1.1\n---\n")
    found = yaml.safe_load(text)
    assert found["version"] == "https://codecheck.org.uk/spec/config/2.0/"
    names = [one["file"] for one in found["manifest"]]
    assert "results.json" in names
    assert all((tmp_path / "bundle" / name).is_file() for name in names)
    cited = yaml.safe_load((project / "CITATION.cff").read_text(encoding="utf-8"))
    assert found["paper"]["title"] == cited["title"]
    assert found["paper"]["authors"] == [{"name": one["name"]} for one in cited["authors"]]
    assert found["paper"]["reference"].endswith("no address is set")
    # Nobody has given or assigned these.
    assert not {"codechecker", "certificate", "report"} & found.keys()
    assert found["keepinpact"]["not-assigned"].keys() == {
        "codechecker",
        "certificate",
        "report",
        "paper.authors.ORCID",
    }
    edition = json.loads((project / "editions.json").read_text(encoding="utf-8"))[0]
    assert found["keepinpact"]["revision"] == edition["revision"]
    done = subprocess.run(
        ["git", "-C", str(project), "show", f"{edition['revision']}:requirements.txt"], capture_output=True
    )
    assert found["keepinpact"]["lock"] == versioned.hashlib.sha256(done.stdout).hexdigest()


@pytest.mark.parametrize("kind", ["folder", "tar", "zip", "site"])
def test_a_copy_with_another_number_is_noticed(project: Path, tmp_path: Path, kind: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(project / "_site", copy)
    page, numbers = copy / "v/1.0.0/chapters/diploma.html", copy / "v/1.0.0/results.json"
    for file, old, new in ((page, ">4<", ">5<"), (numbers, '"value": 4', '"value": 5')):
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")
    into = tmp_path / "bundle"
    if kind == "site":
        with served(copy) as address:
            found = checked(project, into, site=address)
    elif kind == "folder":
        found = checked(project, into, copy)
    else:
        archive = tmp_path / f"copy.{kind}"
        with tarfile.open(archive, "w") if kind == "tar" else zipfile.ZipFile(archive, "w") as files:
            for one in copy.rglob("*"):
                (files.add if kind == "tar" else files.write)(
                    one, one.relative_to(tmp_path), **({"recursive": False} if kind == "tar" else {})
                )
        found = checked(project, into, archive)
    assert results(found) == ["same", "not done", "differs", "differs"]
    assert any("diploma: diplomas" in one for one in found.checks[2].differences)
    assert {one.partition(":")[0] for one in found.checks[3].differences} == {
        "chapters/diploma.html",
        "results.json",
    }
    assert not found.reproduced
    assert "With differences: 2." in (into / "codecheck/certificate.md").read_text(encoding="utf-8")


def test_an_edition_that_differs_from_its_record_gets_a_certificate_that_says_so(
    project: Path, tmp_path: Path
) -> None:
    root = tmp_path / "project"
    shutil.copytree(project, root, ignore=shutil.ignore_patterns("_site", "_build"))
    path = root / "editions/1.0.0.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    next(one for one in record["results"] if one["key"] == "diplomas").update(value=7, text="7")
    write_json(path, record)
    found = checked(root, tmp_path / "bundle", project / "_site")
    assert results(found) == ["differs", "not done", "differs", "not done"]
    assert found.checks[0].differences == ["number diploma: diplomas: recorded 7, recomputed 4"]
    configuration = yaml.safe_load((tmp_path / "bundle/codecheck.yml").read_text(encoding="utf-8"))
    assert configuration["manifest"] == []
    assert "With differences: 2." in configuration["summary"]


@pytest.mark.parametrize(("value", "result"), [("4", "same"), ("9", "differs")])
def test_the_second_opinion_is_asked(tmp_path: Path, value: str, result: str) -> None:
    (tmp_path / "verify.py").write_text(OPINION)
    (tmp_path / "results.json").write_text(f'"value": {value}')
    found = verifying._asked(tmp_path)
    assert found.result == result
    assert "1 number" in (found.said or " ".join(found.differences))


def test_a_copy_that_is_none_is_said(project: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.zip").write_text("no archive")
    for copy, said in (
        (tmp_path / "nothing", "does not exist"),
        (tmp_path / "empty", "holds no edition"),
        (tmp_path / "text.zip", "no archive"),
    ):
        with pytest.raises(SiteError, match=said):
            checked(project, tmp_path / "bundle", copy)
    assert not (tmp_path / "bundle").exists()
    with pytest.raises(SiteError, match="no web address"):
        checked(project, tmp_path / "bundle", site="file:///etc")
    with served(tmp_path / "empty") as address, pytest.raises(SiteError, match=r"has no edition 1\.0\.0"):
        checked(project, tmp_path / "bundle", site=address)


def test_a_folder_with_something_else_is_left_alone(project: Path, tmp_path: Path) -> None:
    kept = tmp_path / "mine" / "notes.txt"
    kept.parent.mkdir()
    kept.write_text("mine")
    with pytest.raises(FileExistsError, match=r"holds no codecheck\.yml"):
        checked(project, kept.parent)
    assert kept.read_text() == "mine"


def test_what_a_clean_build_sees_is_little(
    monkeypatch: pytest.MonkeyPatch, project: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv("KEEPINPACT_SHARED", "somewhere")
    seen: list[dict[str, str]] = []
    whole = versioned.run_quietly

    def run(arguments: Any, cwd: Path, environment: dict[str, str], progress: Any) -> tuple[int, str]:
        seen.append(dict(environment))
        return whole(arguments, cwd, environment, progress)

    monkeypatch.setattr(versioned, "run_quietly", run)
    checked(project, tmp_path / "bundle")
    (variables,) = seen
    assert variables.keys() <= {
        *verifying._KEPT,
        "LANG",
        "PYTHONHASHSEED",
        "PYTHONPATH",
        "KEEPINPACT_EDITION",
    }


def test_the_command_says_what_came_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def found(root: Path, copy: Path | None, site: str, into: Path | None) -> Certificate:
        assert (root, copy, site, into) == (ROOT, Path("copy.zip"), "", tmp_path)
        differing = {"what": "the files", "result": "differs", "compared": 2, "differences": ["a: only here"]}
        return Certificate(
            edition="1.0.0",
            released="2026-01-01",
            revision="0" * 40,
            lock="0" * 64,
            python="3.11",
            system="here",
            copy_of="copy.zip",
            checked="2026-01-01 00:00:00",
            checks=[differing],
        )

    monkeypatch.setattr(verifying, "verify", found)
    assert command.main(["verify", "copy.zip", "--into", str(tmp_path)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "differs: the files",
        "  a: only here",
        f"Checks done: 1 of 1. With differences: 1. The certificate is in {tmp_path}",
    ]
