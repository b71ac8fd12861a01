"""Each number says how it is known: in words, on its page, and in a browser."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest
from bs4 import BeautifulSoup

from keepinpact.audit.result import VerdictName
from keepinpact.book.receipts import Links, beside, identifier, note, render
from keepinpact.data import ROOT, STATEMENTS, cite
from keepinpact.ledger import audited
from passages import waiting_left_out

LINKS = Links(
    "method.html#layers", lambda one: f"ledger.html#ledger-{one}", lambda file, line: f"{file}.html#L{line}"
)
NOWHERE = Links("", lambda _: "", LINKS.line)
STAFF = {
    "key": "staff-full",
    "text": "61 % (base not printed; 11 of 18 or 14 of 23)",
    "layer": "implied",
    "statements": ["staff"],
    "source": [{"file": "data/report/statements.yml", "lines": [333, 333]}],
    "percentage": "61%",
    "candidates": [{"count": 11, "base": 18}, {"count": 14, "base": 23}],
}
LEDGER = {
    "staff": {
        "id": "staff",
        "section": "job-profile",
        "quote": "61% of the respondents <have> staff",
        "verdict": "conditional",
    }
}


def words(html: str) -> str:
    return " ".join(BeautifulSoup(html, "html.parser").get_text().split())


def said(receipt: dict, statements: dict = LEDGER, links: Links = LINKS, references: int = 1) -> str:
    return render([(note(receipt, statements, lambda section: f"section “{section}”", links), references)])


# In words


def test_a_printed_percentage_says_what_can_lie_behind_it() -> None:
    html = said(STAFF)
    assert words(html) == (
        "Sources of this page (1) 61 %. Worked out from what the report prints. The report prints no base. "
        "If percentages are rounded to the nearest whole per cent, either way at a tie, its numbers together "
        "leave 11 of 18 or 14 of 23. “61% of the respondents <have> staff” (section “job-profile”). "
        "Verdict: conditional, it holds with all other statements, but not with an assumption or a reading "
        "of ours (ledger entry) · data/report/statements.yml, line 333 · Back to the text"
    )
    links = [link["href"] for link in BeautifulSoup(html, "html.parser").find_all("a")]
    assert links == [
        "method.html#layers",
        "ledger.html#ledger-staff",
        "data/report/statements.yml.html#L333",
        "#receipt-staff-full-1",
    ]


def test_what_does_not_exist_is_not_linked() -> None:
    html = said(STAFF, LEDGER, NOWHERE)
    assert "ledger" not in html
    assert len(BeautifulSoup(html, "html.parser").find_all("a")) == 2


@pytest.mark.parametrize(
    ("layer", "value", "expected"),
    [
        ("printed", {"value": 48}, "48. The report says so: “61% of the respondents <have> staff” (section"),
        ("printed", {"percentage": "61.5 %"}, "(section “job-profile”). The report prints no base."),
        (
            "implied",
            {"percentage": "61.5%", "candidates": [{"count": 8, "base": 13}]},
            "nearest printed digit, either way at a tie, its numbers together leave 8 of 13.",
        ),
        ("implied", {"percentage": "61%", "candidates": []}, "its numbers together leave no share at all."),
        (
            "implied",
            {"low": 1, "high": 2, "measure": "respondents"},
            "48: respondents. Worked out from what the report prints. These are the smallest and the largest",
        ),
        ("implied", {"low": 1, "high": 1}, "It can have no other value, as long as all statements"),
        ("implied", {"low": 1, "high": 4, "values": [1, 4]}, "These are all the values that it can have"),
        (
            "implied",
            {"base": 48, "candidates": []},
            "Every count out of 48 was tried, rounded to the nearest",
        ),
        (
            "reconstructed",
            {"count": 19, "base": 31},
            "Counted in the reconstruction. The reconstruction is one of the data sets that fit the report; "
            "it is nobody’s answers. It is 19 of 31, rounded half up to a whole per cent.",
        ),
        (
            "responses",
            {"base": 20, "blank": 3},
            "20. Counted in the released responses. 3 more left the question",
        ),
        ("responses", {"low": 1, "high": 1}, "48. Counted in the released responses."),
    ],
)
def test_each_layer_has_its_words(layer: str, value: dict, expected: str) -> None:
    receipt = {"key": "k", "text": "48", "layer": layer, "statements": ["staff"], "source": [], **value}
    assert expected in words(said(receipt))


def test_entry_counts_are_no_statement_of_the_report() -> None:
    source = [
        {"file": "data/report/items.csv", "lines": [2, 9]},
        {"file": "data/report/items.csv", "lines": [12, 12]},
    ]
    receipt = {
        "key": "k",
        "text": "9",
        "layer": "printed",
        "statements": [],
        "source": source,
        "measure": "entries",
    }
    assert (
        "9: entries. Counted by us in what the report prints. data/report/items.csv, lines 2-9 · line 12"
        in words(said(receipt))
    )


def test_each_verdict_has_its_words() -> None:
    for verdict in get_args(VerdictName):
        html = said(STAFF, {"staff": {**LEDGER["staff"], "verdict": verdict}})
        assert re.search(rf"Verdict: {verdict}, [^.]{{10,}} \(ledger entry\)", words(html)), verdict


@pytest.mark.parametrize(
    ("changed", "where", "statement", "expected"),
    [
        ({}, "p. 3-5", {}, "61 %: worked out from what the report prints, p. 3-5; base not printed."),
        ({"layer": "printed"}, "", {"verdict": "consistent"}, "61 %: the report says so; base not printed."),
        (
            {"layer": "printed"},
            "p. 3",
            {"verdict": "contradicted"},
            "61 %: the report says so, p. 3; base not printed; it does not add up.",
        ),
        (
            {"layer": "printed"},
            "",
            {"verdict": "contradicted", "recount": "otherwise"},
            "61 %: the report says so; base not printed; it was recounted otherwise.",
        ),
        ({"layer": "printed", "statements": []}, "p. 3", {}, "61 %: counted by us in what the report prints"),
        (
            {"layer": "reconstructed"},
            "",
            {},
            "61 %: counted in the reconstruction, which is nobody’s answers;",
        ),
    ],
)
def test_beside_its_number_a_note_is_a_sentence(
    changed: dict, where: str, statement: dict, expected: str
) -> None:
    assert beside(STAFF | changed, where, [statement]).startswith(expected)


def test_a_long_number_is_shortened_beside_itself() -> None:
    receipt = {**STAFF, "text": "word " * 30}
    del receipt["percentage"]
    assert len(beside(receipt, "", []).partition(":")[0]) <= 44


def test_keys_become_ids_that_stay_apart() -> None:
    keys = ["a b", "a-b", "a/b", "a.b", "a_b", "ä", "a#b", "a'b", 'a"b', "a<b"]
    ids = [identifier(key) for key in keys]
    assert len(set(ids)) == len(keys)
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", one) for one in ids)


# On the pages


@pytest.fixture(scope="module")
def pages(html: Path) -> dict[str, BeautifulSoup]:
    found = sorted((html / "chapters").glob("*.html"))
    return {path.stem: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in found}


@pytest.fixture(scope="module")
def results(html: Path) -> list[dict]:
    return json.loads((html / "results.json").read_text(encoding="utf-8"))["results"]


def test_every_number_in_the_prose_leads_to_its_note_and_back(results: list[dict], pages) -> None:
    known = {(one["chapter"], one["key"]) for one in results}
    linked = 0
    for name, page in pages.items():
        chapter = waiting_left_out((ROOT / f"chapters/{name}.md").read_text(encoding="utf-8"))
        used = Counter(key for key in re.findall(r"\{glue:text\}`([^`]+)`", chapter) if (name, key) in known)
        numbers = page.select("article a.receipt.pasted-text")
        found = Counter(link["href"] for link in numbers)
        for key, times in used.items():
            assert found[f"#receipt-{identifier(key)}"] == times, (name, key)
        notes = page.select("article section[role=doc-endnotes] > details.receipts > ol > li")
        links = page.select("article a.receipt[role=doc-noteref]")
        assert {f"#{entry['id']}" for entry in notes} == {link["href"] for link in links}
        assert len({entry["id"] for entry in notes}) == len(notes)
        backs = [back["href"] for back in page.select("[role=doc-backlink]")]
        assert sorted(backs) == sorted(f"#{link['id']}" for link in links)
        for link in links:
            assert notes[int(link["data-note"]) - 1]["id"] == link["href"][1:]
            assert link.find_parent("a") is None
        linked += len(numbers)
    assert linked > 60


def test_every_table_of_numbers_leads_to_a_note(results: list[dict], pages, html: Path) -> None:
    figures = json.loads((html / "results.json").read_text(encoding="utf-8"))["figures"]
    tables = {(one["chapter"], one["key"].split("/")[0]) for one in results if "/" in one["key"]}
    tables |= {(one["chapter"], one["figure"]) for one in figures}
    for chapter, key in tables:
        used = f"{{glue:md}} {key}\n" in (ROOT / f"chapters/{chapter}.md").read_text(encoding="utf-8")
        links = pages[chapter].select(f'p > a.receipt[href="#receipt-{identifier(key)}"]')
        assert len(links) == used, (chapter, key)
    assert tables


def test_every_receipt_names_the_lines_that_it_comes_from(results: list[dict], edition) -> None:
    lines = (ROOT / STATEMENTS).read_text(encoding="utf-8").splitlines()
    for one in results:
        assert one["source"], (one["chapter"], one["key"])
        for source in one["source"]:
            first, last = source["lines"]
            assert 1 < first <= last <= len((ROOT / source["file"]).read_text(encoding="utf-8").splitlines())
        if one["layer"] == "printed" and one["statements"]:
            (source,) = one["source"]
            assert source["file"] == STATEMENTS
            assert lines[source["lines"][0] - 1] == f"  - id: {one['statements'][0]}"
    counted = {one["key"]: one for one in results if one["chapter"] == "tools"}["tools"]
    items = (ROOT / "data/report/items.csv").read_text(encoding="utf-8").splitlines()
    ((first, last),) = (source["lines"] for source in counted["source"])
    assert [line.split(",")[2] for line in items[first - 1 : last]] == ["tools"] * counted["value"]


def test_the_lines_of_statements_and_quantities_are_theirs(edition) -> None:
    lines = (ROOT / STATEMENTS).read_text(encoding="utf-8").splitlines()
    for found in (edition.lines.statements, edition.lines.quantities):
        assert found
        assert all(re.search(rf"\bid: {re.escape(id)}\b", lines[line - 1]) for id, line in found.items())


def test_the_summary_quotes_the_statement_with_its_place_and_verdict(pages, edition) -> None:
    entry = " ".join(pages["summary"].select_one("#receipt-staff-full").get_text().split())
    staff = edition.report.statement("staff")
    assert f"Verdict: {audited(edition).verdict('staff').verdict}," in entry
    assert f"“{staff.quote}” ({cite(edition.report, staff.section)})" in entry
    assert "11 of 18, 14 of 23, 17 of 28 or 19 of 31" in entry


def test_data_files_are_published_with_an_anchor_for_each_line(html: Path) -> None:
    files = [path for path in (ROOT / "data").rglob("*") if path.is_file()]
    assert files
    for file in files:
        published = html / file.relative_to(ROOT)
        assert published.read_bytes() == file.read_bytes()
        page = BeautifulSoup(
            published.with_name(f"{file.name}.html").read_text(encoding="utf-8"), "html.parser"
        )
        entries = page.select("main > ol > li")
        assert [entry["id"] for entry in entries] == [f"L{i + 1}" for i in range(len(entries))]
        assert [entry.get_text() for entry in entries] == file.read_text(encoding="utf-8").splitlines()


@pytest.mark.long
def test_data_pages_do_not_scroll_sideways(html: Path, browser) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 800})
    for path in sorted((html / "data").rglob("*.html")):
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path.name
    page.close()


def test_the_script_is_small(html: Path) -> None:
    assert (html / "_static/receipts.js").stat().st_size < 3_000
    for path in (html / "chapters").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert ("receipts.js" in text) == ('class="receipts"' in text), path.name


# In a browser

NUMBER = "#receipt-staff-full-1"


@pytest.fixture
def summary(html: Path, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((html / "chapters/summary.html").as_uri())
    yield page
    page.close()


def shown(page) -> str | None:
    """What the open receipt says."""
    box = page.locator(".receipt-box")
    return " ".join(box.inner_text().split()) if box.count() and box.is_visible() else None


def test_hovering_shows_the_receipt_and_lets_the_pointer_in(summary) -> None:
    summary.clock.install()
    before = summary.evaluate("document.documentElement.scrollHeight")
    summary.hover(NUMBER)
    assert "The report prints no base" in shown(summary)
    assert "Back to the text" not in shown(summary)
    assert summary.evaluate("document.documentElement.scrollHeight") == before
    summary.hover(".receipt-box")
    summary.clock.run_for(500)
    assert shown(summary)
    summary.mouse.move(5, 5)
    summary.clock.run_for(500)
    assert shown(summary) is None


@pytest.mark.long
def test_the_receipt_stands_by_its_number_wherever_the_page_is_scrolled_to(html: Path, browser) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((html / "chapters/about.html").as_uri())
    for link in page.locator("article a.receipt").all():
        if link.is_visible():
            link.hover()
            box, number = page.locator(".receipt-box").bounding_box(), link.bounding_box()
            gaps = (box["y"] - number["y"] - number["height"], number["y"] - box["y"] - box["height"])
            assert 0 <= max(gaps) <= 8, link.inner_text()
            page.keyboard.press("Escape")
    assert page.evaluate("scrollY") > 0
    page.close()


def test_escape_dismisses_what_hovering_shows(summary) -> None:
    summary.hover(NUMBER)
    summary.keyboard.press("Escape")
    assert shown(summary) is None


def test_the_keyboard_reaches_the_receipt_and_its_links(summary) -> None:
    summary.focus(NUMBER)
    assert shown(summary)
    summary.keyboard.press("Tab")
    assert summary.evaluate("document.activeElement.matches('.receipt-box a')")
    summary.keyboard.press("Escape")
    assert shown(summary) is None
    assert summary.evaluate("document.activeElement.id") == NUMBER[1:]
    inside = "a:not([role]), summary"
    links = summary.locator(NUMBER.rsplit("-", 1)[0]).locator(inside).count()
    summary.keyboard.press("Shift+Tab")
    summary.keyboard.press("Tab")
    first = shown(summary)
    for _ in range(links + 1):
        assert first
        assert shown(summary) == first
        summary.keyboard.press("Tab")
    assert shown(summary) != first


def test_a_key_press_moves_into_the_receipt_and_escape_back(summary) -> None:
    summary.focus(NUMBER)
    summary.keyboard.press("Enter")
    assert summary.evaluate("document.activeElement.matches('.receipt-box[role=dialog][aria-label]')")
    assert "#receipt" not in summary.url
    summary.keyboard.press("Escape")
    assert summary.evaluate("document.activeElement.id") == NUMBER[1:]
    assert shown(summary) is None


# Of each number that is seen where its receipt stands, as a tap shows it.
TAPPED = """() => [...document.querySelectorAll("article a.receipt")]
  .filter(one => one.checkVisibility()).map(one => {
    one.scrollIntoView({ block: "center" });
    one.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true, pointerType: "touch" }));
    one.click();
    const { left, right, height } = document.querySelector(".receipt-box").getBoundingClientRect();
    one.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, key: "Escape" }));
    return [one.textContent, left, right, height];
  })"""


@pytest.mark.long
def test_a_tap_shows_the_receipt_within_the_screen_until_another_tap(html: Path, browser) -> None:
    width = 320
    context = browser.new_context(viewport={"width": width, "height": 800}, has_touch=True, is_mobile=True)
    page = context.new_page()
    for path in sorted((html / "chapters").glob("*.html")):
        page.goto(path.as_uri())
        for text, left, right, height in page.evaluate(TAPPED):
            assert height > 0, (path.name, text)
            assert 0 <= left < right <= width, (path.name, text)
    page.goto((html / "chapters/summary.html").as_uri())
    page.tap(NUMBER)
    assert "The report prints no base" in shown(page)
    page.tap("article h1")
    assert shown(page) is None
    context.close()


@pytest.mark.long
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_receipt_is_legible_in_both_themes(html: Path, browser, theme: str) -> None:
    context = browser.new_context()
    context.add_init_script(
        f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')"
    )
    page = context.new_page()
    page.goto((html / "chapters/summary.html").as_uri())
    page.focus(NUMBER)
    style = page.locator(".receipt-box").evaluate(
        "box => (({color, backgroundColor}) => [color, backgroundColor])(getComputedStyle(box))"
    )
    text, ground = (brightness(colour) for colour in style)
    assert (ground > text) == (theme == "light")
    assert (max(text, ground) + 0.05) / (min(text, ground) + 0.05) >= 4.5
    context.close()


def brightness(colour: str) -> float:
    """The relative luminance of an opaque colour, as WCAG defines it."""
    channels = [int(part) / 255 for part in re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", colour).groups()]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_without_a_script_the_link_leads_to_the_note_and_back(html: Path, browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto((html / "chapters/summary.html").as_uri())
    page.click(NUMBER)
    entry = page.locator("#receipt-staff-full")
    assert page.url.endswith("#receipt-staff-full")
    assert 0 <= entry.bounding_box()["y"] < 900
    entry.locator("[role=doc-backlink]").click()
    assert page.url.endswith(NUMBER)
    assert 0 <= page.locator(NUMBER).bounding_box()["y"] < 900
    context.close()


def test_on_paper_the_notes_are_printed_and_numbered(summary) -> None:
    summary.focus(NUMBER)
    summary.emulate_media(media="print")
    assert summary.locator("details.receipts li").last.is_visible()
    assert not summary.locator(".receipt-box").is_visible()
    assert not summary.locator("[role=doc-backlink]").first.is_visible()
    mark = summary.evaluate(f"getComputedStyle(document.querySelector('{NUMBER}'), '::after').content")
    entries = summary.locator("details.receipts li")
    ids = [entry.get_attribute("id") for entry in entries.all()]
    # attr() is computed where the browser does so already.
    assert mark in ("attr(data-note)", f'"{ids.index("receipt-staff-full") + 1}"')
