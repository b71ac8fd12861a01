"""Found and cited: the survey page, the glossary, search, and what programs read about the pages."""

import json
import re
import shutil
import threading
from collections.abc import Iterator
from copy import copy
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import jsonschema
import pytest
import yaml
from bs4 import BeautifulSoup
from pydantic import ValidationError

from keepinpact import records as editions
from keepinpact.book.metadata import linked_data, metadata, robots, sitemap
from keepinpact.book.results import Results
from keepinpact.book.search import finds_numbers
from keepinpact.data import ROOT, Edition, load_disclosure, load_glossary, load_package
from keepinpact.paper.citation import citation
from keepinpact.quotes import normalise
from keepinpact.settings import Settings
from keepinpact.theme.page import change, read_pages

RELEASED = editions.Edition(version="9.8.7", date="2026-05-04", revision="0" * 40, changed="Everything.")
ADDRESS = "https://guidance.example/report"


def soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@pytest.fixture(scope="module")
def pages(html: Path) -> dict[str, BeautifulSoup]:
    return {path.stem: soup(path) for path in sorted((html / "chapters").glob("*.html"))}


def content(page: BeautifulSoup, **attributes: str) -> str:
    (found,) = page.find_all("meta", attrs=attributes)
    return str(found["content"])


# The survey page, the glossary


def test_every_element_of_the_transparency_initiative_has_its_answer(pages: dict[str, BeautifulSoup]) -> None:
    elements = load_disclosure()
    assert list(elements["id"]) == [
        "strategy", "sponsor", "instruments", "population", "recruitment", "modes", "dates", "sizes",
        "weighting", "processing", "limitations",
    ]  # fmt: skip
    terms = pages["survey"].select("article dl dt")
    assert [term.get_text() for term in terms] == [
        f"{row.element}: {row.status}" for row in elements.itertuples()
    ]
    for term, row in zip(terms, elements.itertuples(), strict=True):
        said = normalise(term.find_next_sibling("dd").get_text(" ", strip=True))
        assert normalise(str(row.quote)) in said
        assert normalise(str(row.says)) in said
    text = normalise(pages["survey"].find("article").get_text(" ", strip=True))
    assert f"Of its {len(elements)} elements" in text
    assert "https://aapor.org/standards-and-ethics/disclosure-standards/" in str(pages["survey"])


def test_every_word_has_its_place_in_the_glossary(pages: dict[str, BeautifulSoup]) -> None:
    terms = load_glossary()
    shown = [term.get_text().rstrip("#") for term in pages["glossary"].select("dl.glossary dt")]
    assert shown == list(terms["term"]) == sorted(terms["term"])
    anchors = [term["id"] for term in pages["glossary"].select("dl.glossary dt")]
    assert anchors == [f"term-{term.replace(' ', '-')}" for term in shown]
    definitions = [one.get_text(" ", strip=True) for one in pages["glossary"].select("dl.glossary dd")]
    assert [normalise(one) for one in definitions] == [normalise(one) for one in terms["definition"]]
    assert all(len(re.findall(r"[.!?](?: |$)", one)) <= 2 for one in terms["definition"])
    linked = {link["href"] for link in pages["method"].select("article a[href^='glossary.html#term-']")}
    assert len(linked) > 5


# Titles and descriptions


def test_every_page_has_a_title_and_a_description_of_its_own(pages: dict[str, BeautifulSoup]) -> None:
    titles = {name: page.title.get_text() for name, page in pages.items()}
    described = {name: content(page, name="description") for name, page in pages.items()}
    assert len(set(titles.values())) == len(set(described.values())) == len(pages)
    book = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["title"]
    for name, page in pages.items():
        heading = page.find("h1").get_text().rstrip("#")
        assert titles[name].startswith(heading), name
        assert titles[name].endswith(book), name
        assert 50 <= len(described[name]) <= 160, (name, len(described[name]))
        assert content(page, property="og:title") == heading
        assert content(page, property="og:description") == described[name]
        assert page.find("meta", attrs={"property": re.compile("og:(url|image)")}) is None


# Structured data


@pytest.fixture
def book(html: Path, tmp_path: Path) -> Path:
    """A copy of the built chapters, with the data files that are published beside them."""
    shutil.copytree(html / "chapters", tmp_path / "chapters")
    shutil.copytree(ROOT / "data", tmp_path / "data", dirs_exist_ok=True)
    return tmp_path


def add_metadata(book: Path, edition: editions.Edition | None, settings: Settings) -> None:
    change(book, read_pages(book), [metadata(book, ROOT, edition, settings)])


@pytest.mark.parametrize("edition", [None, RELEASED], ids=["working copy", "edition"])
@pytest.mark.parametrize("address", ["", ADDRESS], ids=["no address", "address"])
def test_structured_data_name_the_edition_its_data_and_the_report(
    book: Path, edition: editions.Edition | None, address: str
) -> None:
    add_metadata(book, edition, Settings(**{"site-address": address}))
    for name in ("summary", "data"):
        page = soup(book / f"chapters/{name}.html")
        (script,) = page.find_all("script", type="application/ld+json")
        found = json.loads(script.string)
        assert found == linked_data(ROOT, book, edition, address)
        assert found["@context"] == "https://schema.org"
        nodes = {one["@id"].partition("#")[2]: one for one in found["@graph"]}
        assert {name: one["@type"] for name, one in nodes.items()} == {
            "edition": "ScholarlyArticle", "data": "Dataset", "report": "ScholarlyArticle",
        }  # fmt: skip
        cff = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
        authors = [author["name"] for author in cff["authors"]]
        for one in ("edition", "data"):
            assert [creator["name"] for creator in nodes[one]["creator"]] == authors
            assert nodes[one]["license"].endswith("licenses/by/4.0/")
            assert nodes[one]["isBasedOn"] == {"@id": nodes["report"]["@id"]}
            assert nodes[one].get("version") == (edition.version if edition else None)
            assert nodes[one].get("datePublished") == (edition.date if edition else None)
        assert nodes["edition"]["headline"] == cff["title"]
        assert nodes["edition"]["author"] == nodes["edition"]["creator"]
        assert 50 <= len(nodes["data"]["description"]) <= 5000
        assert nodes["data"]["name"] == load_package()["title"]
        assert nodes["report"]["headline"] == cff["references"][0]["title"]
        assert re.fullmatch(r"\d{4}-\d{2}", nodes["report"]["datePublished"])
        assert len(nodes["data"]["distribution"]) == len(load_package()["resources"])
        version = edition.version if edition else "dev"
        for file in nodes["data"]["distribution"]:
            start = f"{address}/v/{version}/" if address else "../"
            assert file["contentUrl"].startswith(f"{start}data/")
            assert (book / file["contentUrl"].removeprefix(start)).is_file()
    assert "ld+json" not in (book / "chapters/about.html").read_text(encoding="utf-8")


def test_the_licence_of_the_data_is_the_citations() -> None:
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert [one["name"] for one in load_package()["licenses"]] == [cff["license"]]


def test_only_the_working_copy_is_kept_out_of_search_engines(book: Path) -> None:
    page = book / "chapters/tasks.html"
    plain = page.read_text(encoding="utf-8")
    add_metadata(book, RELEASED, Settings())
    assert page.read_text(encoding="utf-8") == plain
    add_metadata(book, None, Settings())
    assert content(soup(page), name="robots") == "noindex"


def test_a_page_says_where_it_is_and_where_to_report_an_error(book: Path) -> None:
    settings = Settings(**{"site-address": ADDRESS, "repository": "https://codeberg.org/a/b"})
    add_metadata(book, RELEASED, settings)
    page = soup(book / "chapters/tasks.html")
    assert content(page, property="og:url") == f"{ADDRESS}/v/9.8.7/chapters/tasks.html"
    (link,) = page.find("article").find_all("a", string="Report an error on this page")
    assert link["href"] == "https://codeberg.org/a/b/issues/new?title=" + quote(
        "chapters/tasks.html (9.8.7)", safe=""
    )


def test_the_sitemap_lists_the_pages_of_an_edition() -> None:
    names = ["chapters/a b.html", "index.html"]
    root = ElementTree.fromstring(sitemap(ADDRESS, RELEASED, names).encode())
    space = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    assert [one.text for one in root.findall("s:url/s:loc", space)] == [
        f"{ADDRESS}/v/9.8.7/chapters/a%20b.html", f"{ADDRESS}/v/9.8.7/index.html",
    ]  # fmt: skip
    assert {one.text for one in root.findall("s:url/s:lastmod", space)} == {RELEASED.date}
    assert f"Sitemap: {ADDRESS}/sitemap.xml" in robots(ADDRESS).splitlines()


def test_the_citation_comes_in_three_forms_with_the_same_facts() -> None:
    cited = citation(ROOT, RELEASED, ADDRESS)
    title = yaml.safe_load(cited["CITATION.cff"])["title"]
    assert f"title = {{{{{title}}}}}" in cited["citation.bib"]
    lines = cited["citation.ris"].splitlines()
    assert lines[0] == "TY  - DATA"
    assert lines[-1] == "ER  - "
    assert {f"TI  - {title}", "PY  - 2026", "DA  - 2026/05/04", "ET  - 9.8.7"} < set(lines)
    assert f"UR  - {ADDRESS}/v/9.8.7/" in lines
    assert "UR" not in citation(ROOT, RELEASED, "")["citation.ris"]


# results.json


def test_the_results_fit_their_published_schema(html: Path) -> None:
    schema = json.loads((html / "schemas/results.schema.json").read_text(encoding="utf-8"))
    results = json.loads((html / "results.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(results, schema)
    for spoil in ({"layer": "guessed"}, {"more": 1}, {"count": -1}):
        spoilt = results | {"results": [results["results"][0] | spoil]}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(spoilt, schema)
        with pytest.raises(ValidationError):
            Results.model_validate(spoilt)


def test_the_ledger_fits_its_published_schema(html: Path) -> None:
    schema = json.loads((html / "schemas/statements.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    statements = json.loads((html / "statements.json").read_text(encoding="utf-8"))
    jsonschema.validate(statements, schema)
    statements["statements"][0]["verdict"] = "likely"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(statements, schema)


# Search


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def server(html: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(html))) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def places(edition: Edition, pages: dict[str, BeautifulSoup]) -> list[tuple[str, list[str]]]:
    """Titles, statements, claims and item entries, with the pages that they stand on, notes apart."""
    texts = {}
    # What is only supposed is left out of the search.
    for name, page in ((name, page) for name, page in pages.items() if name != "what-if"):
        article = copy(page.find("article"))
        for notes in article.select("details.receipts"):
            notes.decompose()
        texts[name] = normalise(article.get_text(" ", strip=True))
    asked = [page.find("h1").get_text().rstrip("#") for page in pages.values()]
    asked += [one.quote for one in edition.report.statements]
    asked += [*edition.claims["quote"], *edition.items["text"]]
    found = [(one, [name for name, text in texts.items() if normalise(one) in text]) for one in asked]
    return [(one, names) for one, names in found if names]


_ASK = """queries => queries.map(query => {
  const [, terms, excluded, highlight, objects] = Search._parseQuery(query);
  return Search._performSearch(query, terms, excluded, highlight, objects).map(one => one[0]);
})"""


@pytest.mark.long
def test_search_finds_titles_statements_claims_and_items(
    edition: Edition, pages: dict[str, BeautifulSoup], html: Path, browser
) -> None:
    page = browser.new_page()
    page.goto((html / "search.html").as_uri())
    page.wait_for_function("Search.hasIndex()")
    asked = places(edition, pages)
    answers = page.evaluate(_ASK, [query for query, _ in asked])
    page.close()
    assert len(asked) > 250
    for (query, names), answer in zip(asked, answers, strict=True):
        assert {f"chapters/{name}" for name in names} <= set(answer), query


ASKED = {
    "70%": "frameworks",
    "70 %": "frameworks",
    "70 per cent": "frameworks",
    "61%": "job-profile",
    "61 %": "job-profile",
    "obstacles": "challenges",
    "barriers": "top-challenges",
    "skills": "competences",
    "degree": "diploma",
    "Croatia": "about",
    "what respondents want to learn": "training",
    "who made this": "trust",
}


def test_search_finds_what_a_practitioner_types_and_ranks_findings_first(html: Path, browser) -> None:
    page = browser.new_page()
    page.goto((html / "search.html").as_uri())
    page.wait_for_function("Search.hasIndex()")
    answers = page.evaluate(_ASK, list(ASKED))
    page.close()
    for (query, name), answer in zip(ASKED.items(), answers, strict=True):
        # The best stand last.
        assert f"chapters/{name}" in answer[-4:], query


def test_another_script_for_the_search_is_noticed() -> None:
    script = "if (stopwords.includes(queryTerm)\n || queryTerm.match(/^\\d+$/)) return;"
    assert finds_numbers(script) == "if (stopwords.includes(queryTerm)) return;"
    with pytest.raises(ValueError, match="numbers"):
        finds_numbers(finds_numbers(script))


@pytest.mark.long
@pytest.mark.parametrize("served", [True, False], ids=["server", "file"])
def test_the_search_page_lists_what_it_finds_without_an_error(
    request: pytest.FixtureRequest, html: Path, browser, served: bool
) -> None:
    start = request.getfixturevalue("server") if served else html.as_uri()
    page = browser.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("requestfailed", lambda one: troubles.append(one.url))
    for query, title in (
        ("Different sides look at the same problem", "What cooperation means to you (survey 1)"),
        ("The specific titles vary slightly", "Respondents’ job profile"),
        ("Glossary", "Glossary"),
    ):
        page.goto(f"{start}/search.html?q={quote(query)}")
        page.wait_for_selector("#search-results ul.search li a")
        page.wait_for_load_state("networkidle")
        found = [link.inner_text() for link in page.query_selector_all("#search-results ul.search > li > a")]
        assert title in found
    page.close()
    assert troubles == []
