"""The package, installed by itself, gets what it imports."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

from keepinpact.data import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PACKAGE = ROOT / "src/keepinpact"


def distribution(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()


def imported() -> dict[str, set[str]]:
    """The modules of others that the package imports, wherever in a file, with the files."""
    found: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in (one.partition(".")[0] for one in names):
                if name not in sys.stdlib_module_names and name != "keepinpact":
                    found.setdefault(name, set()).add(path.relative_to(PACKAGE).as_posix())
    return found


def test_what_is_imported_is_declared_and_nothing_else() -> None:
    always = {distribution(one) for one in PROJECT["dependencies"]}
    book = {distribution(one) for one in PROJECT["optional-dependencies"]["book"]}
    known = packages_distributions()
    needed: dict[str, set[str]] = {}
    for module, files in imported().items():
        needed.setdefault(distribution(known[module][0]), set()).update(files)
    book_only = ("book/", "theme/", "paper/", "editions/")
    outside = {
        name for name, files in needed.items() if any(not file.startswith(book_only) for file in files)
    }
    assert outside - always == set()
    assert needed.keys() - always - book == set()
    # Each is run as a process of its own.
    assert (always | book) - needed.keys() == {"ipykernel", "jupyter-book"}
    assert not always & book
