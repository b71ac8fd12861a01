"""Short notes in the margin of a wide screen: beside their numbers, apart from each other, still."""

import re
from pathlib import Path

import pytest

from test_pages import AXE, EVERYTHING, OBSERVE, findings

pytestmark = pytest.mark.long

LINE = 32
# Where each note is hit at the left and the right end of the margin, and how high it says that it is.
SCAN = """() => {
  const article = document.querySelector("article.bd-article"), style = getComputedStyle(article);
  const left = article.getBoundingClientRect().right - parseFloat(style.paddingRight);
  const links = [...document.querySelectorAll("a[data-beside]")]
    .filter((one) => one.checkVisibility() && getComputedStyle(one, "::before").content !== "none");
  const rows = (x) => {
    const found = new Map();
    for (let y = 0; y < innerHeight; y++) {
      const link = document.elementFromPoint(x, y)?.closest("a.receipt");
      if (link) found.set(link, [...(found.get(link) ?? []), y]);
    }
    return found;
  };
  const width = links.length ? parseFloat(getComputedStyle(links[0], "::before").width) : 0;
  const [first, last, beyond] = [26, 22 + width, 30 + width].map((by) => rows(left + by));
  return { beyond: beyond.size, notes: links.map((one) => ({
    text: one.dataset.beside, number: one.getClientRects()[0].top,
    high: parseFloat(getComputedStyle(one, "::before").height),
    rows: [first, last].map((rows) => rows.get(one) ?? []) })) };
}"""


def scanned(page, path: Path) -> dict:
    page.goto(path.as_uri())
    width = page.viewport_size["width"]
    page.set_viewport_size({"width": width, "height": 900})
    page.set_viewport_size({"width": width, "height": page.evaluate("document.documentElement.scrollHeight")})
    return page.evaluate(SCAN)


@pytest.mark.parametrize(("width", "scripts"), [(1400, True), (1600, False)])
def test_notes_stand_in_the_margin_and_push_each_other_down(
    html: Path, browser, width: int, scripts: bool
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, java_script_enabled=scripts, reduced_motion="reduce"
    )
    page = context.new_page()
    seen = 0
    for path in sorted((html / "chapters").glob("*.html")):
        found = scanned(page, path)
        assert found["beyond"] == 0, path.name
        before = 0
        for note in found["notes"]:
            at_left, at_right = note["rows"]
            where = (path.name, note["text"])
            # Whole at both ends, so that nothing covers it, and not above its number or an earlier note.
            assert note["high"] - 1 <= len(at_left) <= note["high"] + 3, where
            assert at_left == at_right == list(range(at_left[0], at_left[-1] + 1)), where
            # A link whose words begin a line may have its note at the line before.
            assert at_left[0] >= max(before, note["number"] - LINE), where
            before = at_left[-1]
            seen += 1
    assert seen > 60
    context.close()


def test_a_narrower_screen_has_the_fold_alone(html: Path, browser) -> None:
    page = browser.new_page(viewport={"width": 1399, "height": 900})
    assert scanned(page, html / "chapters/about.html")["notes"] == []
    page.set_viewport_size({"width": 1400, "height": 900})
    page.emulate_media(media="print")
    assert page.evaluate(SCAN)["notes"] == []
    page.close()


def test_each_note_is_told_once_and_leaves_the_sentence_as_it_is(html: Path, browser) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto((html / "chapters/job-profile.html").as_uri())
    links = page.eval_on_selector_all("a[data-beside]", "all => all.map(one => one.hash)")
    assert links
    assert len(set(links)) == len(links)
    assert page.evaluate("getSelection().selectAllChildren(document.body) ?? getSelection().toString()")
    assert "the report says so" not in page.evaluate("document.querySelector('article').innerText")
    tree = page.locator("article").aria_snapshot()
    assert not re.search("p. 3-5; base not printed", tree)
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_moves_and_axe_finds_nothing_on_a_wide_screen(html: Path, browser, theme: str) -> None:
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, color_scheme=theme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.add_init_script(OBSERVE)
    page.add_init_script(AXE)
    for name in ("about", "trust", "summary"):
        page.goto((html / f"chapters/{name}.html").as_uri())
        assert sum(one[0] for one in page.evaluate("shifts")) <= 0.02, name
        assert findings(page, name, EVERYTHING) == []
    context.close()
