"""What several test modules need."""

import shutil
from pathlib import Path

import pytest

from keepinpact.data import ROOT, load_edition

TREE = ("_config.yml", "_toc.yml", "requirements.txt", "chapters", "data", "src", "assets")


@pytest.fixture(scope="session")
def edition():
    return load_edition()


@pytest.fixture
def tree(tmp_path) -> Path:
    """A copy of the project's data, for tests that spoil it."""
    shutil.copytree(ROOT / "data", tmp_path / "data")
    return tmp_path


@pytest.fixture(scope="session")
def html() -> Path:
    """The built working copy; ``make test`` builds it first."""
    built = ROOT / "_build/html"
    if not (built / "results.json").exists():
        pytest.fail("there is no built book: make book")
    return built
