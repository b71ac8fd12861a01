"""The package reads in one direction: a module imports only from those on its left."""

import ast
import os
import subprocess
import sys

import pytest

from keepinpact.data import ROOT

pytestmark = pytest.mark.check

ORDER = [
    "paths", "faults", "files", "numbers", "receipt", "statements", "data",
    "settings", "audit", "stats", "imports", "reconstruct",
    "privacy", "ledger", "quotes", "console", "figures", "findings", "show", "records", "theme", "paper",
    "book", "editions", "start", "__main__",
]  # fmt: skip
PACKAGE = ROOT / "src/keepinpact"


def imports(source: str) -> set[str]:
    """The modules of this package that a source names at its top or in a function, by their first name."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "keepinpact":
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("keepinpact."):
            found.add(str(node.module).split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {one.name.split(".")[1] for one in node.names if one.name.startswith("keepinpact.")}
    return found


def test_every_module_has_its_place() -> None:
    names = {path.stem if path.is_file() else path.name for path in PACKAGE.iterdir()}
    assert names - {"__init__", "__pycache__"} == set(ORDER)


@pytest.mark.parametrize("name", ORDER)
def test_a_module_imports_only_from_its_left(name: str) -> None:
    place = PACKAGE / name
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    allowed = set(ORDER[: ORDER.index(name) + 1])
    for path in files:
        assert imports(path.read_text(encoding="utf-8")) <= allowed, path.name


CHANGED = {
    "settling.py": ["_Group"],
    "steps.py": ["Branch", "Effort"],
    "instead.py": ["_Known"],
    "extension.py": ["_Build"],
    "tables.py": ["Table"],
    "understood.py": ["Understood"],
}
"""What is filled while something is worked out, by module; all else stays as it was made."""


def test_what_was_made_is_not_changed() -> None:
    found: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for one in getattr(node, "decorator_list", []):
                said = ast.unparse(one)
                if said.startswith("dataclass") and "frozen=True" not in said:
                    found.setdefault(path.name, []).append(node.name)  # type: ignore[attr-defined]
    assert found == CHANGED


def test_an_import_from_the_right_is_found() -> None:
    assert imports("from keepinpact.editions.versioned import x\nimport keepinpact.book.build") == {
        "editions",
        "book",
    }


_DATA = ("pandas", "matplotlib", "pydantic", "keepinpact.data", "keepinpact.findings")


@pytest.mark.parametrize(
    ("module", "spared"),
    [("keepinpact.book.build", (*_DATA, "jinja2", "multiprocessing")), ("keepinpact.book.extension", _DATA)],
)
def test_a_build_of_one_page_loads_no_more_than_it_needs(module: str, spared: tuple[str, ...]) -> None:
    """Loaders take pandas along, which takes longer to import than a page to write.

    What the command itself loads comes on top of what Jupyter Book does.
    """
    loaded = f"import {module}, sys; print(*{{one.partition('.')[0] for one in sys.modules}}, *sys.modules)"
    alone = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    command = [sys.executable, "-c", loaded]
    done = subprocess.run(command, env=alone, capture_output=True, text=True, check=True)
    names = set(done.stdout.split())
    assert module in names
    assert names.isdisjoint(spared)
