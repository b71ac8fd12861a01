"""Figures on the built pages: what they say, how they look, and their downloads."""

import csv
import json
import re
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup, Tag
from PIL import Image

from keepinpact.data import ROOT, Edition, cite, load_package
from keepinpact.figures.draw import NARROW, WIDE
from keepinpact.figures.svg import PALETTE
from test_svg import contrast, luminance

KINDS = ("csv", "svg", "png", "json")
MEASURE = """
[...document.querySelectorAll('figure svg')].flatMap(svg => {
  const whole = svg.getBoundingClientRect(), scale = whole.width / svg.viewBox.baseVal.width;
  const texts = svg.checkVisibility() ? [...svg.querySelectorAll('text')] : [];
  const boxes = texts.map(text => text.getBoundingClientRect());
  const outside = (a) => a.left < whole.left - 1 || a.right > whole.right + 1
    || a.top < whole.top - 2 || a.bottom > whole.bottom + 2;
  // Lines stand close, so that what is above and below letters may overlap.
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
    && a.top < b.bottom - 6 && b.top < a.bottom - 6;
  return texts.filter((text, i) => outside(boxes[i]) || boxes.some((box, j) => j != i && meet(box, boxes[i]))
    || parseFloat(getComputedStyle(text).fontSize) * scale < 11).map(text => text.textContent);
})
"""


@pytest.fixture(scope="module")
def pages(html: Path) -> dict[str, BeautifulSoup]:
    found = sorted((html / "chapters").glob("*.html"))
    return {path.stem: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in found}


def figures(pages: dict[str, BeautifulSoup]) -> dict[str, Tag]:
    """The drawn figures by the stem of their downloads."""
    return {
        f"{name}-{figure['id'].removeprefix('fig-')}": figure
        for name, page in pages.items()
        for figure in page.select("article figure")
        if figure.find("svg")
    }


def test_every_figure_says_what_is_seen_and_what_was_found(pages: dict[str, BeautifulSoup]) -> None:
    found = figures(pages)
    assert found
    for stem, figure in found.items():
        drawing = figure.find("svg")
        alt = drawing["aria-label"]
        assert drawing["role"] == "img"
        assert len(alt.split()) >= 8, (stem, alt)
        headline = figure.select_one("figcaption strong").get_text()
        assert len(headline.split()) >= 4, stem
        assert not re.search(r"\d", re.sub(r"[Ss]urvey \d", "", headline + alt)), (stem, headline, alt)
        measure = figure.figcaption.get_text().split(headline)[1]
        assert "Base" in measure, (stem, measure)
        assert figure.find("figcaption").find("svg") is None
    images = [image for page in pages.values() for image in page.select("article img")]
    assert all(image.get("alt") for image in images)
    assert not [image for image in images if image.find_parent("figure")], "figures are drawn in the page"


def test_the_code_that_drew_a_figure_is_folded_below_it(pages: dict[str, BeautifulSoup]) -> None:
    for stem, figure in figures(pages).items():
        code = figure.find_parent(class_="cell").find("details", class_="hide")
        assert "open" not in code.attrs
        assert code.find(class_="cell_input")
        assert figure.sourceline < code.sourceline, stem


def test_the_downloads_of_a_figure_are_its_table_and_its_drawing(
    html: Path, pages: dict[str, BeautifulSoup]
) -> None:
    found = figures(pages)
    written = {path.name for path in (html / "figures").iterdir()}
    assert written == {f"{stem}.{kind}" for stem in found for kind in (*KINDS, "html")}
    for stem, figure in found.items():
        links = [link["href"] for link in figure.select(".downloads a[download]")]
        assert links == [f"../figures/{stem}.{kind}" for kind in KINDS]
        assert figure.select_one(".downloads a")["href"] == f"../figures/{stem}.html"
        with Image.open(html / f"figures/{stem}.png") as png:
            assert png.width > 2 * WIDE, "sharp on paper"
        head, *rows = csv.reader((html / f"figures/{stem}.csv").read_text("utf-8").splitlines())
        shown = [
            [" ".join(cell.get_text().split()) for cell in row.find_all("td")]
            for row in figure.find_next("table").select("tbody tr")
        ]
        assert [as_shown(head, row) for row in rows] == shown, stem
        alone = (html / f"figures/{stem}.svg").read_text("utf-8")
        # The widest one, where there are two.
        drawn = [text.get_text() for text in figure.find_all("svg")[-1].find_all("text")]
        words = [text.get_text() for text in BeautifulSoup(alone, "html.parser").find_all("text")]
        assert words[-len(drawn) :] == drawn
        caption = f"{figure.find(class_='caption-text').get_text()} {figure.select_one('.source').get_text()}"
        assert " ".join(words).startswith(" ".join(caption.split())), stem
        assert "var(" not in alone


def test_a_data_page_says_what_its_figure_is_and_how_to_cite_it(
    html: Path, pages: dict[str, BeautifulSoup], edition: Edition
) -> None:
    for stem, figure in figures(pages).items():
        data = json.loads((html / f"figures/{stem}.json").read_text(encoding="utf-8"))
        page = BeautifulSoup((html / f"figures/{stem}.html").read_text(encoding="utf-8"), "html.parser")
        said = " ".join(page.get_text().split())
        head, *rows = csv.reader((html / f"figures/{stem}.csv").read_text("utf-8").splitlines())
        assert (data["columns"], data["rows"]) == (head, rows)
        table = [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in page.select("tr")]
        assert table == [head, *rows]
        told = ("title", "shows", "base", "asked", "wave", "layer_means", "coding", "source_line", "citation")
        assert [name for name in told if data[name] not in said] == [], stem
        assert all(data[name] for name in ("shows", "asked", "wave", "place", "source_line")), stem
        assert [one.get("href") for one in page.select("a[download]")] == [f"{stem}.{kind}" for kind in KINDS]
        # The same on the page, and a section that the report has.
        assert figure.select_one(".source").get_text() == data["source_line"]
        assert figure.select_one(".cite p").get_text() == data["citation"]
        assert data["page"] == f"chapters/{data['chapter']}.html#{figure['id']}"
        places = [cite(edition.report, section.id) for section in edition.report.sections]
        assert set(data["place"].split("; ")) <= set(places)
        report = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["references"][0]
        assert f"({report['year']}): {report['title']}" in data["citation"]
        assert data["place"] in data["citation"]
        assert "http" not in data["citation"], "no address is set"


def as_shown(head: list[str], row: list[str]) -> list[str]:
    """A row of a CSV file as its table shows it: counts, shares and bounds in one cell."""
    cells = dict(zip(head, row, strict=True))
    cells.pop("Layer")
    values = list(cells.values())
    if "Base" in cells:
        label, percentage, count, base = values
        return [label, f"{percentage} % ({count} of {base})"]
    if any(name.endswith("(smallest)") for name in cells):
        label, low, high = values
        return [label, low if low == high else f"{low} to {high}"]
    return values


@pytest.mark.long
@pytest.mark.parametrize("width", [390, 768, 1400])
@pytest.mark.parametrize("font", ["DejaVu Sans", "DejaVu Serif", "DejaVu Sans Condensed"])
def test_no_text_of_a_figure_leaves_it_or_meets_another(html: Path, browser, font: str, width: int) -> None:
    # The test brings a style of its own.
    page = browser.new_page(viewport={"width": width, "height": 900}, bypass_csp=True)
    for path in sorted((html / "chapters").glob("*.html")):
        page.goto(path.as_uri())
        page.add_style_tag(content=f"figure svg text {{ font-family: '{font}' !important; }}")
        assert page.evaluate(MEASURE) == [], path.name
    page.close()


WIDTHS = """() => [...document.querySelectorAll(".drawn > svg")].filter(one => one.checkVisibility())
  .map(one => [one.viewBox.baseVal.width, one.getBoundingClientRect().width
    / one.closest("article").querySelector("p").getBoundingClientRect().width])"""


@pytest.mark.long
@pytest.mark.parametrize(
    ("width", "drawn"), [(390, NARROW), (768, WIDE), (1280, WIDE), (1400, WIDE), (1600, WIDE)]
)
def test_a_figure_is_as_wide_as_the_text(html: Path, browser, width: int, drawn: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    for name in ("about", "top-challenges", "frameworks", "audit"):
        page.goto((html / f"chapters/{name}.html").as_uri())
        found = page.evaluate(WIDTHS)
        assert found
        assert found == [[drawn, pytest.approx(1, abs=0.01)]] * len(found), name
    page.close()


def test_the_table_of_files_fits_a_phone_and_names_them_as_they_are(html: Path, browser) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto((html / "chapters/data.html").as_uri())
    table = page.locator("table", has_text="What it holds")
    assert table.evaluate("one => one.scrollWidth <= one.parentElement.clientWidth")
    names = table.locator("td:first-child").all_text_contents()
    assert {*names} == {f"data/{one['path']}" for one in load_package()["resources"]}
    page.close()


def test_figures_follow_the_theme_of_the_page_and_its_print(html: Path, browser) -> None:
    page = browser.new_page()
    page.goto((html / "chapters/about.html").as_uri())

    def colours() -> list[str]:
        return page.evaluate(
            """() => ['svg text', 'svg > path:nth-of-type(2)', 'svg > path'].map(
                 one => getComputedStyle(document.querySelector('figure ' + one)).fill)"""
        )

    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    assert [hexadecimal(one) for one in colours()] == [PALETTE[n] for n in ("ink", "mark", "ground")]
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    ink, mark, ground = map(hexadecimal, colours())
    assert contrast(ink, ground) >= 4.5
    assert contrast(mark, ground) >= 3
    assert luminance(ground) < 0.05
    body = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert hexadecimal(body) == ground, "no box around a drawing"
    page.emulate_media(media="print")
    assert [hexadecimal(one) for one in colours()] == [PALETTE[n] for n in ("ink", "mark", "ground")]
    page.close()


def hexadecimal(colour: str) -> str:
    red, green, blue = map(int, re.findall(r"\d+", colour)[:3])
    return f"#{red:02x}{green:02x}{blue:02x}"
