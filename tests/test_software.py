"""What an edition was built with: the locks, the bill of materials, the licences."""

import csv
import inspect
import json
import re
import shutil
from email.message import Message
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
import yaml

from keepinpact.data import ROOT
from keepinpact.editions.release import release
from keepinpact.editions.software import (
    LICENCES,
    bill_of_materials,
    licence_of,
    locked,
    write_licences,
)
from keepinpact.records import Edition
from small import edit

LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")
TESTS = (ROOT / "requirements-test.txt").read_text(encoding="utf-8")
EDITION = Edition(version="9.8.7", date="2031-05-04", revision="0" * 40, changed="Everything.")


def chosen(name: str) -> set[str]:
    """The packages that a file of needs names."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    names = (re.match(r"[\w.-]+", line) for line in lines if not line.startswith(("#", "-")))
    return {found[0].lower() for found in names if found}


def pins(lock: str) -> set[tuple[str, str]]:
    """Each package and version of a lock, found as text."""
    return set(re.findall(r"^([a-z0-9-]+)==([^ ;]+)", lock, re.MULTILINE))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("requirements.txt", LICENCES):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def bill(root: Path = ROOT, edition: Edition | None = EDITION) -> dict:
    return json.loads(bill_of_materials(root, "keepinpact", "9.8.7", edition))


# The locks


def test_what_builds_the_book_is_locked_apart_from_what_tests_it() -> None:
    build, tests = chosen("requirements.in"), chosen("requirements-test.in")
    assert build & tests == set()
    names = {name for name, _ in pins(LOCK)}
    assert {"jupyter-book", "pandas", "seaborn", "myst-nb", "nbval", "uv"} <= names
    # nbval brings pytest along, and what is built with needs Beautiful Soup, jsonschema and psutil by itself.
    assert tests & names == {"beautifulsoup4", "jsonschema", "psutil", "pytest"}
    both = dict(pins(LOCK)).keys() & dict(pins(TESTS)).keys()
    assert {one for one in pins(TESTS) if one[0] in both} <= pins(LOCK)


def test_only_checks_set_up_what_they_need() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    needs = dict(re.findall(r"^([a-z]+):(.*?)##", makefile, re.MULTILINE))
    with_tests = {name for name, needed in needs.items() if "$(CHECKS)" in needed or "lint" in needed}
    assert with_tests == {"check", "lint", "test", "long", "bench", "mutate", "mutants"}


def test_the_workflow_sees_pull_requests_with_least_rights() -> None:
    text = (ROOT / ".github/workflows/publish.yml").read_text(encoding="utf-8")
    flow = yaml.load(text, yaml.BaseLoader)
    assert "pull_request" in flow["on"]
    assert "pull_request_target" not in text
    assert flow["permissions"] == {"contents": "read"}
    assert {name: job.get("permissions") for name, job in flow["jobs"].items()} == {
        "build": None,
        "deploy": {"pages": "write", "id-token": "write"},
    }
    steps = flow["jobs"]["build"]["steps"]
    (checkout,) = (step for step in steps if step.get("uses", "").startswith("actions/checkout@"))
    assert checkout["with"]["persist-credentials"] == "false"
    commands = [step.get("run", "") for step in steps]
    browser = ".venv/bin/playwright install --with-deps chromium"
    assert commands.index("make test long") > commands.index(browser)
    only_main = "github.ref == 'refs/heads/main'"
    publishing = [step.get("run") or step["uses"].partition("@")[0] for step in steps if "if" in step]
    assert publishing == ["make site FRESH=1", "actions/upload-pages-artifact"]
    assert {step["if"] for step in steps if "if" in step} == {only_main} == {flow["jobs"]["deploy"]["if"]}
    for used in re.findall(r"uses: (\S+)", text):
        assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", used)


def test_what_runs_the_tests_for_others_leaves_out_no_long_one() -> None:
    called = inspect.signature(release).parameters["tests"].default
    assert called == ("make", "test", "long")
    assert (ROOT / ".ci/run").read_text(encoding="utf-8").rstrip().endswith("\n" + " ".join(called))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    asked = re.findall(r"-m pytest -m (\".*?\"|\S+)", makefile)
    assert sorted(asked) == ['"not long"', "check", "long"]


# The bill of materials


@pytest.mark.parametrize("edition", [None, EDITION], ids=["working copy", "edition"])
def test_the_bill_fits_the_schema_of_cyclonedx(edition: Edition | None) -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    schema = JsonStrictValidator(SchemaVersion.V1_6)
    found = bill(edition=edition)
    assert schema.validate_str(json.dumps(found)) is None
    assert found["specVersion"] == "1.6"
    component = found["components"][0]
    for fault in (
        {"serialNumber": "1"},
        {"components": [{"type": "library"}]},
        {"components": [component, component]},
        {"components": [component | {"licenses": [{"license": {"id": "BSD"}}]}]},
    ):
        assert schema.validate_str(json.dumps(found | fault)) is not None


def test_the_bill_names_what_the_lock_has_and_says_what_wants_it() -> None:
    found = bill()
    assert {(one["name"], one["version"]) for one in found["components"]} == pins(LOCK)
    hashes = {hash_["content"] for one in found["components"] for hash_ in one["hashes"]}
    assert hashes == set(re.findall(r"sha256:([0-9a-f]{64})", LOCK))
    wanted = {one["ref"]: one["dependsOn"] for one in found["dependencies"]}
    assert {ref.rpartition("/")[2].partition("@")[0] for ref in wanted["keepinpact"]} == chosen(
        "requirements.in"
    )
    every = {ref for refs in wanted.values() for ref in refs}
    assert every == {one["bom-ref"] for one in found["components"]}
    conditions = {one["name"] for one in found["components"] if "properties" in one}
    assert conditions == set(re.findall(r"^([a-z0-9-]+)==\S+ ;", LOCK, re.MULTILINE))


def test_what_each_package_wants_is_what_it_says_itself() -> None:
    """The lock's remarks are held against the packages' own metadata."""
    wanted = {one["ref"]: one["dependsOn"] for one in bill()["dependencies"]}
    for one in locked(LOCK):
        try:
            requires = distribution(one.name).requires or ()
        except PackageNotFoundError:
            continue
        own = {re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", line)[0]).lower() for line in requires}
        assert {ref.rpartition("/")[2].partition("@")[0] for ref in wanted[one.purl]} <= own


def test_the_bill_is_the_same_each_time_and_another_for_other_contents(project: Path) -> None:
    assert bill_of_materials(ROOT, "a", "1", EDITION) == bill_of_materials(project, "a", "1", EDITION)
    first, dev = bill(project), bill(project, None)
    assert first["metadata"]["timestamp"] == "2031-05-04T00:00:00Z"
    assert "timestamp" not in dev["metadata"]
    edit(project / LICENCES, "xlrd,2.0.2,,BSD License", "xlrd,2.0.2,MIT,MIT")
    serials = {one["serialNumber"] for one in (first, dev, bill(project))}
    assert len(serials) == 3


# The licences


def test_each_locked_package_has_a_licence_and_it_is_the_one_that_it_names() -> None:
    with (ROOT / LICENCES).open(encoding="utf-8", newline="") as file:
        rows = {(row["package"], row["version"]): row for row in csv.DictReader(file)}
    # If this fails, make lock writes the list anew.
    assert rows.keys() == pins(LOCK)
    held = 0
    for (name, version), row in rows.items():
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue
        if found.version == version:
            assert licence_of(found.metadata) == (row["spdx"], row["said"]), name
            held += 1
    assert held > 100
    assert all(row["said"] for row in rows.values())


def test_spdx_expressions_are_such() -> None:
    from license_expression import get_spdx_licensing

    licensing = get_spdx_licensing()
    with (ROOT / LICENCES).open(encoding="utf-8", newline="") as file:
        expressions = {row["spdx"] for row in csv.DictReader(file)} - {""}
    assert {"MIT", "BSD-3-Clause", "Apache-2.0"} <= expressions
    for one in expressions:
        assert licensing.validate(one).errors == []
    assert licensing.validate("BSD License").errors != []


def metadata(**fields: str | list[str]) -> Message:
    message = Message()
    for name, values in fields.items():
        for value in values if isinstance(values, list) else [values]:
            message[name.replace("_", "-")] = value
    return message


BSD = "License :: OSI Approved :: BSD License"
MIT = "License :: OSI Approved :: MIT License"


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        ({"License_Expression": "MIT OR Apache-2.0", "License": "X"}, ("MIT OR Apache-2.0",) * 2),
        ({"License": "BSD-3-Clause", "Classifier": BSD}, ("BSD-3-Clause", "BSD-3-Clause")),
        ({"License": "BSD 3-Clause License\n\nCopyright"}, ("BSD-3-Clause", "BSD 3-Clause License")),
        ({"License": "Copyright (c)\nAll of it", "Classifier": BSD}, ("", "BSD License")),
        ({"Classifier": MIT}, ("MIT", "MIT License")),
        ({"Classifier": [MIT, BSD]}, ("", "MIT License; BSD License")),
        ({"License": "Own licence"}, ("", "Own licence")),
        ({"License": "Copyright (c)\nAll of it"}, ("", "see the package")),
        ({}, ("", "see the package")),
    ],
)
def test_a_licence_is_read_and_never_guessed(fields: dict, licence: tuple[str, str]) -> None:
    assert licence_of(metadata(**fields)) == licence


def test_the_list_is_written_from_what_is_installed(project: Path) -> None:
    table = project / LICENCES
    before = table.read_bytes()
    edit(table, "pandas,3", "pandas,2")
    write_licences(project)
    assert table.read_bytes() == before
    edit(project / "requirements.txt", "pandas==3", "pandas==999.3")
    write_licences(project)
    assert "\npandas," not in table.read_text(encoding="utf-8")
    # And the bill still names it, without a licence.
    (pandas,) = (one for one in bill(project)["components"] if one["name"] == "pandas")
    assert "licenses" not in pandas
