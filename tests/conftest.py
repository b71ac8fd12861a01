"""What several test modules need."""

import os
import shutil
from collections import Counter
from collections.abc import Generator, Iterable
from pathlib import Path

import pytest
from hypothesis import settings

from keepinpact.book.inputs import cache_folder
from keepinpact.data import ROOT, load_edition
from keepinpact.paths import SHARED
from small import small_book

# The same examples on every run, and no time limit: a slow machine is no defect.
settings.register_profile("keepinpact", deadline=None, derandomize=True)
settings.load_profile("keepinpact")

# The audit of the report is the one that the built book's chapters share; where there is none yet, whoever
# needs it first works it out. It is kept by the data and the code that it was made with.
cache_folder(ROOT).mkdir(parents=True, exist_ok=True)
os.environ[SHARED] = str(cache_folder(ROOT))

INSTALL = "install Chromium (on Debian: apt install chromium)"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
NO_BROWSER = f"there is no browser: {INSTALL}"


WITHOUT_LONG = "not long"
"""What make test asks pytest for."""

# The longest first, so that two workers end at about the same time.
LONGEST = [
    f"test_{name}.py"
    for name in ("states", "pages", "rebuild", "editions", "hostile", "machine", "audit", "lab", "language")
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda one: places.get(one.path.name, len(places)))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, None, None]:
    """The last lines say what was skipped and why; a run without a browser must not look like a full one."""
    result = yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        for line in said_of_skipped(reporter.stats.get("skipped", ())):
            reporter.write_line(line, yellow=True)
        if session.config.option.markexpr == WITHOUT_LONG:
            reporter.write_line("left out: the tests that take longer (make long)")
    return result


def said_of_skipped(reports: Iterable[pytest.TestReport]) -> list[str]:
    """The skipped tests by reason, each with its name; one of several cases with their number."""
    reasons: dict[str, Counter[str]] = {}
    for one in reports:
        reason = one.longrepr[2] if isinstance(one.longrepr, tuple) else str(one.longrepr)
        name = one.nodeid.removeprefix("tests/").partition("[")[0]
        reasons.setdefault(reason.removeprefix("Skipped: "), Counter())[name] += 1
    lines = []
    for reason, names in reasons.items():
        lines.append(f"skipped, {reason}:")
        lines += [f"  {name}" + (f" ({count} cases)" if count > 1 else "") for name, count in names.items()]
    if NO_BROWSER in reasons:
        lines.append(f"NOT A FULL RUN: no browser. {reasons[NO_BROWSER].total()} tests skipped; {INSTALL}")
    return lines


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
    from playwright.sync_api import sync_playwright

    # No page may need the network: only this machine has an address.
    options = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    with sync_playwright() as play:
        # Playwright's own is there where it was asked to fetch one.
        installed = [*filter(None, map(shutil.which, BROWSERS)), play.chromium.executable_path]
        path = next(filter(os.path.exists, installed), None)
        if path is None:
            pytest.skip(NO_BROWSER)
        opened = play.chromium.launch(executable_path=path, args=options)
        yield opened
        opened.close()
