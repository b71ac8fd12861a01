"""What several test modules need."""

import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from keepinpact.data import ROOT, load_edition
from small import small_book

# The same examples on every run, and no time limit: a slow machine is no defect.
settings.register_profile("keepinpact", deadline=None, derandomize=True)
settings.load_profile("keepinpact")


@pytest.fixture(scope="session")
def edition():
    return load_edition()


@pytest.fixture
def tree(tmp_path) -> Path:
    """A copy of the project's data, for tests that spoil it."""
    shutil.copytree(ROOT / "data", tmp_path / "data")
    return tmp_path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A book of three chapters, for tests that edit and build it."""
    return small_book(tmp_path)


@pytest.fixture(scope="session")
def html() -> Path:
    """The built working copy; ``make test`` builds it first."""
    built = ROOT / "_build/html"
    if not (built / "results.json").exists():
        pytest.fail("there is no built book: make book")
    return built


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium; tests that need it are skipped without one."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()
