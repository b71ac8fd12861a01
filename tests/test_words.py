"""What the report says stands, quoted, in the chapter of its section."""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from keepinpact.data import load_edition

# The cover has no chapter of its own.
CHAPTER = {"cover": "about"}
EDITION = load_edition()
SAID = [(one.id, one.section, one.quote) for one in EDITION.report.statements]
SAID += list(EDITION.claims[["id", "section", "quote"]].itertuples(index=False, name=None))


def words(text: str) -> list[str]:
    """The words of a passage, without the numbers of list lines, which a page draws by itself."""
    return re.findall(r"\w+", re.sub(r"(?:(?<=^)|(?<=\s))\d+\. ", " ", text.strip()))


def shown(page: str) -> str:
    """The words of a page's own text: without its notes, its code and what is folded away."""
    soup = BeautifulSoup(page, "html.parser")
    article = soup.select_one("article.bd-article") or soup
    for one in article.select(".receipts, .cell_input, script, style, nav, details"):
        one.decompose()
    return f" {' '.join(words(article.get_text(' ')))} "


def absent(said: list[tuple[str, str, str]], pages: dict[str, str]) -> list[str]:
    texts = {name: shown(page) for name, page in pages.items()}
    return [
        name
        for name, section, quote in said
        if f" {' '.join(words(quote))} " not in texts[CHAPTER.get(section, section)]
    ]


@pytest.fixture(scope="module")
def pages(html: Path) -> dict[str, str]:
    wanted = {CHAPTER.get(section, section) for _, section, _ in SAID}
    return {name: (html / f"chapters/{name}.html").read_text(encoding="utf-8") for name in wanted}


def test_every_statement_and_claim_is_quoted_in_the_chapter_of_its_section(pages: dict[str, str]) -> None:
    assert absent(SAID, pages) == []


def test_a_quotation_that_is_cut_or_stands_in_a_note_alone_is_absent() -> None:
    said = [("a", "s", "1. By post 2. By phone"), ("b", "s", "61% of them")]
    page = (
        "<article class='bd-article'><ol><li>By post</li><li>By phone</li></ol><p>“61% of them”</p></article>"
    )
    assert absent(said, {"s": page}) == []
    assert absent(said, {"s": page.replace("<li>By phone</li>", "")}) == ["a"]
    assert absent(
        said, {"s": page.replace("<p>“61% of them”</p>", "<details class='receipts'>61% of them</details>")}
    ) == ["b"]
