"""The built pages, as readers get them."""

import json
import re
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pandas as pd
import pytest
import yaml
from bs4 import BeautifulSoup

from keepinpact.data import ROOT, Edition, cite
from passages import waiting_left_out

LOCAL = ("file:", "data:", "blob:")
NO_PROSE = "[role=doc-endnotes], .edition-bar, .paper"
LAYERS = {"printed", "implied", "reconstructed", "responses"}


@pytest.fixture(scope="module")
def pages(html: Path) -> dict[str, BeautifulSoup]:
    found = sorted((html / "chapters").glob("*.html"))
    return {path.stem: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in found}


@pytest.fixture(scope="module")
def results(html: Path) -> list[dict]:
    return json.loads((html / "results.json").read_text(encoding="utf-8"))["results"]


def article(page: BeautifulSoup) -> str:
    return " ".join(page.find("article").get_text(" ", strip=True).split())


def reading_grade(article: BeautifulSoup) -> float:
    """The school grade that a page's sentences are for, those of the report left out.

    Senter and Smith 1967, Automated readability index, AMRL-TR-66-220.
    """
    sentences = [
        re.sub(r"“[^”]*”", "this", p.get_text()) for p in article.select("p") if p.get_text().split()
    ]
    text = " ".join(one.strip().rstrip(".") + "." for one in sentences if len(one.split()) > 5)
    words = re.findall(r"[\w’'%-]+", text)
    ends = re.findall(r"[.?!](?=\s|$)", text)
    return 4.71 * sum(map(len, words)) / len(words) + 0.5 * len(words) / len(ends) - 21.43


def test_the_prose_of_each_page_is_plain(html: Path) -> None:
    grades = {}
    for path in (html / "chapters").glob("*.html"):
        article = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").article
        for other in article.select(f"pre, table, figure, blockquote, ol, ul, details, nav, {NO_PROSE}"):
            other.decompose()
        grades[path.stem] = reading_grade(article)
    assert {name: grade for name, grade in grades.items() if grade > 9} == {}


def test_a_heavy_sentence_would_be_seen() -> None:
    heavy = "<article><p>Notwithstanding the aforementioned methodological considerations, comprehensive "
    heavy += (
        "institutional arrangements facilitating multi-stakeholder cooperation necessitate clarification."
    )
    assert reading_grade(BeautifulSoup(heavy, "html.parser").article) > 15
    plain = "<article><p>The report lists what people said. It does not say how many said so.</p></article>"
    assert reading_grade(BeautifulSoup(plain, "html.parser").article) < 5


@pytest.mark.check
def test_every_chapter_of_the_contents_has_its_page(pages: dict[str, BeautifulSoup]) -> None:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    names = [toc["root"], *(c["file"] for part in toc["parts"] for c in part["chapters"])]
    assert {Path(name).stem for name in names} == set(pages)
    assert {f"{path.stem}" for path in (ROOT / "chapters").glob("*.md")} == set(pages)


def test_the_book_follows_the_reports_contents(edition: Edition) -> None:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [Path(c["file"]).stem for part in toc["parts"] for c in part["chapters"]]
    sections = [section.id for section in edition.report.sections if section.id != "cover"]
    assert files[: len(sections)] == sections
    for section in edition.report.sections[1:]:
        text = (ROOT / f"chapters/{section.id}.md").read_text(encoding="utf-8")
        assert f"\n# {section.title}\n" in text


def test_no_page_shows_a_program_or_marks_of_its_source(pages: dict[str, BeautifulSoup]) -> None:
    """A link or a name that was put where only plain text is shown stays as it was written."""
    broken = re.compile(
        r"\bnan\b|np\.|<Figure|\bNone\b(?! of the other)|glue:|Traceback|\?\?|<NA>|Error:|object at 0x"
        r"|\]\(|\{[a-z:]+\}|:::"
    )
    for name, page in pages.items():
        for cell in page.select("div.cell_input"):
            cell.decompose()
        match = broken.search(article(page))
        assert match is None, (name, match)


def test_the_index_leads_to_the_summary(html: Path) -> None:
    page = BeautifulSoup((html / "index.html").read_text(encoding="utf-8"), "html.parser")
    assert page.find("meta", attrs={"http-equiv": "refresh"})["content"] == "0; url=chapters/summary.html"


@pytest.mark.long
@pytest.mark.check
def test_every_internal_link_leads_somewhere(html: Path) -> None:
    ids: dict[Path, set[str]] = {}

    def anchors(path: Path) -> set[str]:
        if path not in ids:
            soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
            ids[path] = {tag["id"] for tag in soup.find_all(id=True)}
        return ids[path]

    checked = 0
    for path in html.rglob("*.html"):
        if "_static" in path.parts:
            continue
        soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for tag, name in (("a", "href"), ("img", "src"), ("link", "href"), ("script", "src")):
            for found in soup.find_all(tag, attrs={name: True}):
                parts = urlsplit(found[name])
                if parts.scheme or parts.netloc:
                    continue
                target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
                assert target.exists(), (path.name, found[name])
                if parts.fragment and target.suffix == ".html":
                    assert unquote(parts.fragment) in anchors(target), (path.name, found[name])
                checked += 1
    assert checked > 500


def test_results_follow_the_contract(results: list[dict], edition: Edition) -> None:
    assert len(results) > 100
    statements = {statement.id for statement in edition.report.statements}
    for one in results:
        assert {"key", "text", "layer", "chapter", "section", "pages", "statements"} <= set(one), one
        assert one["layer"] in LAYERS
        assert set(one["statements"]) <= statements
        assert {"value", "count", "low", "candidates", "percentage", "base"} & set(one), one


def test_published_numbers_stand_on_their_pages(results: list[dict], pages: dict[str, BeautifulSoup]) -> None:
    def texts(page: BeautifulSoup, selector: str) -> Counter[str]:
        found = page.select(f"article {selector}")
        return Counter(" ".join(tag.get_text().split()).replace("'", "’") for tag in found)

    for name, page in pages.items():
        used = Counter(
            re.findall(
                r"\{glue:text\}`([^`]+)`", waiting_left_out((ROOT / f"chapters/{name}.md").read_text("utf-8"))
            )
        )
        pasted: Counter[str] = Counter()
        cells: Counter[str] = Counter()
        for one in results:
            if one["chapter"] == name:
                text = one["text"].replace("'", "’")
                pasted[text] += used[one["key"]]
                cells[text] += "/" in one["key"]
        # Whole places, each as often as it is used: a 6 is not on the page because a 16 is.
        assert pasted <= texts(page, ".pasted-text"), (name, pasted - texts(page, ".pasted-text"))
        assert cells <= texts(page, "td"), (name, cells - texts(page, "td"))


def test_the_headline_numbers_are_in_the_summary(pages: dict[str, BeautifulSoup]) -> None:
    text = article(pages["summary"])
    assert "48 answers from 16 countries" in text
    assert "61 %, of at most 31 people" in text
    assert "61 % (base not printed; 11 of 18, 14 of 23, 17 of 28 or 19 of 31)" in text
    assert "70 %, of at most 47 people" in text
    assert "69 % (33 of 48) of the answers name a country of the project’s own partners" in text
    assert "Manage different level of involvement of partners" in text


def test_every_missing_chart_has_its_one_slot(edition: Edition, pages: dict[str, BeautifulSoup]) -> None:
    for chart in edition.charts.itertuples():
        assert sum(len(page.select(f"figure#fig-{chart.id}")) for page in pages.values()) == 1, chart.id
        figure = pages[chart.section].select_one(f"figure#fig-{chart.id}")
        held = chart.item in ("staff", "frameworks")
        assert bool(figure.find("svg")) == held
        assert ("Chart missing" in figure.get_text()) != held


def test_a_missing_chart_is_a_line_that_leads_to_the_list_of_all(
    edition: Edition, pages: dict[str, BeautifulSoup]
) -> None:
    (section,) = pages["data"].select("article section:has(> h2):has(ul)")
    assert "missing-charts" in section.get("id", "") or section.find(id="missing-charts")
    entries = [" ".join(entry.get_text().split()) for entry in section.select("ul > li")]
    assert len(entries) == len(edition.charts)
    for chart, entry in zip(edition.charts.itertuples(), entries, strict=True):
        place = cite(edition.report, chart.section)
        assert entry.replace("’", "'") == f"{chart.title} ({place}). {chart.known}".replace("’", "'")
        figure = pages[chart.section].select_one(f"figure#fig-{chart.id}")
        links = [link["href"] for link in figure.select("p a[href$='#missing-charts']")]
        assert links == ([] if figure.find("svg") else ["data.html#missing-charts"]), chart.id


def test_a_reconstruction_is_called_one_wherever_it_is_used(
    results: list[dict], pages: dict[str, BeautifulSoup]
) -> None:
    used = {one["chapter"] for one in results if one["layer"] == "reconstructed"}
    assert used
    for name in used:
        assert "reconstruction" in article(pages[name]), name


APPARATUS = """() => {
  const article = document.querySelector("article.bd-article");
  const height = (element) => element.getBoundingClientRect().height;
  const parts = [...article.querySelectorAll("details, .downloads, .paper")];
  const outer = parts.filter((part) => !part.parentElement.closest("details"));
  return outer.map(height).reduce((sum, one) => sum + one, 0) / height(article);
}"""


@pytest.mark.long
@pytest.mark.parametrize("width", [1280, 390])
def test_the_apparatus_takes_a_small_part_of_a_readers_page(
    html: Path, edition: Edition, browser, width: int
) -> None:
    names = ["summary", "about", *(one.id for one in edition.report.sections if one.id != "cover")]
    page = browser.new_page(viewport={"width": width, "height": 900})
    parts = {}
    for name in names:
        page.goto((html / f"chapters/{name}.html").as_uri())
        parts[name] = page.evaluate(APPARATUS)
    page.close()
    assert 0 < max(parts.values()) <= 0.2, parts


@pytest.mark.long
def test_pages_open_from_a_file_without_an_error(html: Path, browser) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    page.on("requestfailed", lambda request: troubles.append(request.url))
    # Nothing is needed to read the site, not even the network.
    page.on("request", lambda one: None if one.url.startswith(LOCAL) else troubles.append(one.url))
    for path in sorted((html / "chapters").glob("*.html")):
        page.goto(path.as_uri())
        page.wait_for_load_state("load")
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            )
            assert not wide, (path.name, width)
        assert troubles == [], path.name
    page.close()


def test_the_codebook_is_whole_on_its_page(edition: Edition, pages: dict[str, BeautifulSoup]) -> None:
    tables = pages["codebook"].select("article table")
    rows = pd.concat(
        pd.DataFrame(
            [[cell.get_text(strip=True) for cell in row.find_all("td")] for row in table.select("tbody tr")]
        )
        for table in tables
    )
    assert list(rows[0]) == [
        code for _, block in edition.codebook.groupby("variable", sort=False) for code in block["code"]
    ]
