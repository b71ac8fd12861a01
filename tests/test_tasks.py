"""What readers come for: each task from the first page with its clicks, on a desk and a phone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect


@dataclass(frozen=True)
class Task:
    """A question, the links and folds to click in turn, and what is to be read in the article then."""

    question: str
    clicks: tuple[str, ...]
    found: tuple[str, ...]


TASKS = (
    Task("Who answered?", (), (r"48 answers", r"16 countries", r"Croatia, France, Portugal and Belgium")),
    Task("How many have dedicated staff, and of how many?", (), (r"61 %, of at most 31 people",)),
    Task("How many use no competence framework?", (), (r"70 %, of at most 47 people",)),
    Task("Which challenges rank highest?", (), (r"Ensuring financial and institutional support",)),
    Task("How are partners found?", (), (r"Through meetings and events", r"Not so much from the internet")),
    Task(
        "What is 61 % a share of?",
        ("Respondents’ job profile",),
        (r"11 of 18, 14 of 23, 17 of 28 or 19 of 31",),
    ),
    Task(
        "How do the surveys differ?",
        ("Who, how, how far to trust",),
        (r"Survey 1 was launched", r"Survey 2 was"),
    ),
    Task(
        "Who made this?", ("Who, how, how far to trust",), (r"the authors of the report had no part in it",)
    ),
    Task(
        "How do I report an error?",
        ("Who, how, how far to trust", "Here is how to report it"),
        (r"issue tracker",),
    ),
    Task(
        "What do respondents want to learn?",
        ("Main interest of respondents in training",),
        (r"listed, not counted",),
    ),
    Task("Which online tools do they use?", ("Online tools for cooperation",), (r"conference calls",)),
    Task("Where are the numbers to download?", ("Data",), (r"results\.json",)),
)


@pytest.fixture(params=[1280, 390])
def page(browser, html: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": request.param, "height": 900})
    page.goto((html / "chapters/summary.html").as_uri())
    yield page
    page.close()


def link(page: Page, name: str) -> Locator:
    """A link by how its name begins: in the article, or in the contents (on a phone behind a button)."""
    begins = re.compile(rf"^{re.escape(name)}")
    inside = page.locator("article").get_by_role("link", name=begins)
    if inside.count():
        return inside.first
    if not page.locator(".bd-sidebar-primary").is_visible():
        page.locator(".primary-toggle").first.click()
    return page.get_by_role("link", name=begins).first


@pytest.mark.long
@pytest.mark.parametrize("task", TASKS, ids=[task.question for task in TASKS])
def test_a_reader_gets_there(page: Page, task: Task) -> None:
    assert len(task.clicks) <= 2
    for name in task.clicks:
        link(page, name).click()
        expect(page.locator("article h1")).to_be_visible()
    read = " ".join(page.locator("article").inner_text().split())
    for found in task.found:
        assert re.search(found, read), found
