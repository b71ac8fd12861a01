"""The edition on paper: nothing of the pages is lost, and every reader's program can read it."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from pypdf import PdfReader

from keepinpact.data import ROOT
from keepinpact.paper.articles import PaperError, read_articles
from keepinpact.paper.document import Titles, make_paper, make_titles, publish_paper
from keepinpact.paper.parts import ANNEX, NAME, WORKBOOK, Part
from keepinpact.paths import EDITION
from keepinpact.records import Edition
from keepinpact.theme.page import read_pages

pytest.importorskip("typst", reason="typst is not installed")

TITLES = Titles(
    title="A title: with more",
    authors="An author",
    edition="Edition 1.0.0",
    date=None,
    report="a publisher published in 2022",
    imprint={"Cite": "so"},
    address="",
)
ODD = '#set text(red) *a* _b_ $c$ @d <e> "f" \\ [g] `h` // i ~ --- = 1. + - /j'
LONG = (
    "Text of a row that needs more than a line in its column, so that the table takes more than a page of it."
)
DRAWING = """<svg role="img" viewBox="0 0 300 60" width="300" height="60" aria-label="A bar, long">
<style>.k { fill: var(--bar, var(--other, #a1b2c3)) }
@media (prefers-color-scheme: dark) { .k { fill: #fff } }
</style><clipPath id="clip"><path d="M0 0H9V9Z"/></clipPath><rect class="k" x="80" width="150" height="30"/>
<text x="2" y="30" font-family="Elsewhere, sans-serif">Bar label 5</text></svg>"""
ONE = f"""<section id="one"><h1>One &amp; only<a class="headerlink" href="#one">#</a></h1>
<p id="first">In all <a class="receipt" href="#receipt-a.b">61&nbsp;%</a> of
  <em> respondents</em>, or <strong><a class="receipt" href="#receipt-c">70 %</a></strong>.<br>
A line more.</p>
<p>{ODD.replace("<", "&lt;").replace(">", "&gt;")}</p>
<p>See <a href="two.html#deep">deep</a>, <a href="two.html">two</a>, <a href="two.html">again</a>,
<a href="#one">here</a>, <a href="https://example.org/x?y=1">outside</a>,
<a href="../data/items.csv#L2">a file</a>; <code>#code</code> x<sup>2</sup> H<sub>2</sub>O
<span lang="fr">réponses</span> <q>said</q> <mark>lit</mark>.</p>
<blockquote><p>Quoted words.</p></blockquote>
<ul><li><p>bullet</p></li><li><p>nested</p><ul><li>deeper</li></ul></li><li id="third">third</li></ul>
<ol start="4"><li>fourth</li></ol>
<dl><dt id="term">Term</dt><dd><p>Meaning.</p></dd></dl>
<div class="admonition warning" id="box"><p class="admonition-title">Beware</p><p>Of this.</p></div>
<div class="ledger-entry" id="entry"><p>An entry.</p></div>
<details><summary>More to read</summary><p>Unfolded.</p></details>
<details><summary>Show code</summary><div><pre>import secret</pre></div></details>
<pre>shown = "code"</pre>
<figure id="drawn">{DRAWING}<figcaption><p>Fig. 1 Finding</p><p>Measure</p></figcaption>
<p><a download href="../figures/x.csv">CSV</a></p></figure>
<table id="table"><caption>Table 1 Counts</caption><thead><tr><th>Name</th><th>Count</th></tr></thead>
<tbody><tr id="row"><td>Cell</td><td class="text-right">7</td></tr></tbody></table>
<p><a href="#first">a</a> <a href="#third">b</a> <a href="#term">c</a> <a href="#box">d</a>
<a href="#drawn">e</a> <a href="#table">f</a> <a href="#row">g</a> <a href="#empty">h</a>
<a href="#entry">i</a></p>
<span id="empty"></span>
<details class="receipts"><summary>Sources of this page (2)</summary><ol>
<li id="receipt-a.b"><p>It is printed.</p><p>So it is.</p></li>
<li id="receipt-c">It is implied.<span class="receipt-back"><a href="#first">Back</a></span></li>
</ol></details></section>"""
ROWS = "".join(f"<tr><td>{number}</td><td>{LONG}</td></tr>" for number in range(99))
TWO = f"""<section id="two"><h1>Two</h1><p>Start.</p>
<table><thead><tr><th>Code</th><th>Words</th></tr></thead>
<tbody>{ROWS}</tbody></table><section id="deep"><h2>Deep</h2><p>End.</p></section></section>"""


def write_pages(folder: Path, **bodies: str) -> Path:
    (folder / "chapters").mkdir(parents=True, exist_ok=True)
    for name, body in bodies.items():
        text = f'<html><body><article class="bd-article">{body}</article></body></html>'
        (folder / f"chapters/{name}.html").write_text(text, encoding="utf-8")
    return folder


def read(folder: Path, body: str, address: str = "") -> list:
    return read_articles(read_pages(write_pages(folder, page=body)), address)["chapters/page"]


def made_paper(html: Path, parts: list[Part]) -> bytes:
    return make_paper(html, read_pages(html), parts, TITLES)


def forms(nodes: object, form: str) -> list[dict]:
    """The nodes of a form, wherever they are."""
    if isinstance(nodes, dict):
        own = [nodes] if nodes.get("form") == form else []
        return own + [found for inner in nodes.values() for found in forms(inner, form)]
    return [found for inner in nodes for found in forms(inner, form)] if isinstance(nodes, list) else []


def texts(pdf: PdfReader) -> list[str]:
    return [page.extract_text() for page in pdf.pages]


def chapter_starts(pdf: PdfReader) -> dict[str, int]:
    return {
        entry.title: pdf.get_destination_page_number(entry)
        for entry in pdf.outline
        if not isinstance(entry, list)
    }


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text))


def alternatives(node: object, seen: set[int]) -> list[str]:
    """The alternative texts in the tree of tags."""
    node = node.get_object()
    if not isinstance(node, dict | list) or id(node) in seen:
        return []
    seen.add(id(node))
    if isinstance(node, list):
        return [alt for one in node for alt in alternatives(one, seen)]
    own = [str(node["/Alt"])] if "/Alt" in node and node.get("/S") == "/Figure" else []
    return own + (alternatives(node["/K"], seen) if "/K" in node else [])


def link_targets(pdf: PdfReader) -> list[int | str]:
    """Where the links lead: a page of this PDF or an address."""
    numbers = {page.indirect_reference.idnum: place for place, page in enumerate(pdf.pages)}
    found: list[int | str] = []
    for page in pdf.pages:
        for one in page.get("/Annots", []):
            link = one.get_object()
            assert link["/Subtype"] == "/Link"
            action = link.get("/A", {})
            if "/URI" in action:
                found.append(str(action["/URI"]))
                continue
            target = link["/Dest"] if "/Dest" in link else action["/D"]
            if isinstance(target, str):
                target = pdf.named_destinations[target].dest_array
            found.append(numbers[target[0].idnum])
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> PdfReader:
    """Two made pages, which hold what the edition's pages may hold."""
    folder = write_pages(tmp_path_factory.mktemp("made"), one=ONE, two=TWO)
    parts = [Part("A part", ("chapters/one",)), Part("", ("chapters/two",))]
    (folder / NAME).write_bytes(made_paper(folder, parts))
    return PdfReader(folder / NAME)


def test_no_text_becomes_markup(made: PdfReader) -> None:
    page = next(text for text in texts(made) if "One & only" in text and "of respondents" in text)
    assert ODD in " ".join(page.split())
    assert "61\xa0%[1] of respondents, or 70 %[2].\nA line more." in page
    assert "4. fourth" in page
    assert "“said”" in page
    assert 'shown = "code"' in page
    assert "An entry." in page


def test_folded_words_are_unfolded_and_folded_code_is_left_out(made: PdfReader) -> None:
    whole = "\n".join(texts(made))
    assert "More to read\nUnfolded." in whole
    for absent in ("secret", "Show code", "CSV", "Back"):
        assert absent not in whole


def test_numbers_lead_to_their_notes(made: PdfReader) -> None:
    whole = " ".join("\n".join(texts(made)).split())
    assert "Sources of this page (2) 1. It is printed. So it is. 2. It is implied." in whole


def test_links_lead_to_their_pages(made: PdfReader) -> None:
    starts = chapter_starts(made)
    assert list(starts) == ["Contents", "One & only", "Two"]
    end = len(made.pages) - 1
    targets = link_targets(made)
    one = [target for target in targets if isinstance(target, str) or target < starts["Two"]]
    assert "https://example.org/x?y=1" in one
    # Two chapters in the contents, the links to them, and the one to the section at the end.
    assert Counter(target for target in targets if target not in one) == {starts["Two"]: 3, end: 1}
    assert sum(isinstance(target, int) for target in one) == 1 + 2 + 1 + 9
    whole = " ".join("\n".join(texts(made)).split())
    # On paper a reader needs the page's number, once.
    assert (
        f"See deep (→ p. {end + 1}), two (→ p. {starts['Two'] + 1}), again, here, outside, a file;" in whole
    )


def test_a_table_repeats_its_head_on_every_page(made: PdfReader) -> None:
    pages = [text for text in texts(made) if LONG[:25] in text]
    assert len(pages) > 2
    assert all("Code Words" in text for text in pages)


def test_a_drawing_is_light_and_has_its_words(tmp_path: Path, made: PdfReader) -> None:
    (drawing,) = forms(read(tmp_path, f"<h1>P</h1>{DRAWING}"), "picture")
    assert drawing["alt"] == "A bar, long"
    assert drawing["width"] == 225
    assert "#a1b2c3" in drawing["svg"]
    assert "clipPath" in drawing["svg"]
    assert 'font-family="Elsewhere, Libertinus Serif"' in drawing["svg"]
    assert not re.search(r"var\(|--bar|#fff", drawing["svg"])
    assert "Bar label 5" in "\n".join(texts(made))
    assert alternatives(made.trailer["/Root"]["/StructTreeRoot"]["/K"], set()) == ["A bar, long"]


def test_a_tall_drawing_stays_on_its_page(tmp_path: Path) -> None:
    tall = DRAWING.replace('60" width', '3000" width').replace('height="60"', 'height="3000"')
    tall = tall.replace('y="30"', 'y="2990"')
    html = write_pages(tmp_path, page=f"<h1>P</h1><figure>{tall}<figcaption>Fig. 1</figcaption></figure>")
    (html / NAME).write_bytes(made_paper(html, [Part("", ("chapters/page",))]))
    # Cover, contents, and title and drawing together: a taller one would have gone on to a page of its own.
    assert ["Bar label 5" in text for text in texts(PdfReader(html / NAME))] == [False, False, True]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<video></video>", "<video>"),
        ("<marquee>x</marquee>", "<marquee>"),
        ('<span class="math">x</span>', "a formula"),
        ('<img src="a.png">', "the picture a.png without an alternative text"),
        ('<img src="https://example.org/a.png" alt="A">', "no file of the site"),
        ('<svg width="9"></svg>', "a drawing without an alternative text"),
        ('<svg aria-label="A"></svg>', "a drawing without a size"),
        ('<svg aria-label="A" width="9"><use xlink:href="#a"/></svg>', "a drawing that is no XML"),
        ('<svg aria-label="A" width="9" fill="var(--x)"></svg>', "var(--x) without a value of its own"),
        ('<a class="receipt" href="#receipt-x">9</a>', "the number '9' without its note 'receipt-x'"),
        ("<dl><dd>x</dd></dl>", "a meaning without a term"),
    ],
)
def test_what_has_no_form_on_paper_is_named(tmp_path: Path, body: str, fault: str) -> None:
    with pytest.raises(PaperError, match=re.escape(fault)) as error:
        read(tmp_path, f"<h1>P</h1><p>{body}</p>")
    assert "chapters/page.html" in str(error.value)


def test_what_cannot_be_tagged_is_an_error(tmp_path: Path) -> None:
    html = write_pages(tmp_path, page="<h1>P</h1><h4>Skipped</h4>")
    with pytest.raises(PaperError, match="heading"):
        made_paper(html, [Part("", ("chapters/page",))])


def test_a_link_to_a_file_needs_the_sites_address(tmp_path: Path) -> None:
    body = '<h1>P</h1><p><a href="../data/items.csv#L2">a file</a></p>'
    assert forms(read(tmp_path, body), "link") == []
    (link,) = forms(read(tmp_path, body, "https://example.org/v/1.0.0/"), "link")
    assert link["url"] == "https://example.org/v/1.0.0/data/items.csv#L2"


# The whole edition.


@pytest.fixture(scope="module", params=[NAME, ANNEX])
def paper(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def pdf(html: Path, paper: str) -> PdfReader:
    return PdfReader(html / paper)


@pytest.fixture(scope="module")
def articles(html: Path, paper: str) -> dict[str, BeautifulSoup]:
    """Its articles in the order of the contents."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    annexed = [part["caption"].startswith("Annex") == (paper == ANNEX) for part in toc["parts"]]
    kept = [part for part, own in zip(toc["parts"], annexed, strict=True) if own]
    names = [chapter["file"] for part in kept for chapter in part["chapters"]]
    names = names if paper == ANNEX else [toc["root"], *names]
    return {
        name: BeautifulSoup((html / f"{name}.html").read_text(encoding="utf-8"), "html.parser").article
        for name in names
    }


def title(article: BeautifulSoup) -> str:
    return article.h1.find(string=True).strip()


def test_readers_programs_learn_what_it_is(pdf: PdfReader, paper: str) -> None:
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    root = pdf.trailer["/Root"]
    assert root["/Lang"] == "en-GB"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "/StructTreeRoot" in root
    assert "<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data().decode()
    assert pdf.metadata.title == cff["title"] + (", annex" if paper == ANNEX else "")
    assert pdf.metadata.author == cff["authors"][0]["name"]
    # The hour of the build would change the bytes.
    assert "/CreationDate" not in pdf.metadata
    cover, imprint = (" ".join(pdf.pages[number].extract_text().split()) for number in (0, 1))
    assert "Working copy" in cover
    assert "Made independently, from the report that Lifelong Learning Platform published in 2022" in cover
    assert "Cite this edition" in imprint
    assert f"The other pages are in {NAME if paper == ANNEX else ANNEX}." in imprint


def test_the_findings_are_short_to_read(html: Path) -> None:
    starts = chapter_starts(PdfReader(html / NAME))
    assert starts["Who, how, how far to trust"] <= 32


@pytest.mark.long
def test_the_bookmarks_and_the_contents_are_the_chapters(
    pdf: PdfReader, articles: dict[str, BeautifulSoup]
) -> None:
    starts = chapter_starts(pdf)
    assert list(starts) == ["Contents", *map(title, articles.values())]
    inner = [
        [one.title for one in entry if not isinstance(one, list)]
        for entry in pdf.outline
        if isinstance(entry, list)
    ]
    with_sections = [
        sections
        for article in articles.values()
        if (sections := [" ".join(h.find(string=True).split()) for h in article.find_all("h2")])
    ]
    assert inner == with_sections
    contents = " ".join(pdf.pages[1].extract_text().split())
    for name, page in list(starts.items())[1:]:
        assert re.search(rf"{re.escape(name)}[ .\u2060]*{page + 1}\b", contents), name


def without_tables(article: BeautifulSoup) -> BeautifulSoup:
    """An article without the tables that repeat a figure."""
    kept = BeautifulSoup(str(article), "html.parser")
    for repeated in kept.select("details.numbers"):
        repeated.decompose()
    return kept


def shown(article: BeautifulSoup) -> str:
    """The words of an article that paper is to show."""
    controls = ".d-print-none, .headerlink, .receipt-back, p:has(a[download])"
    kept = without_tables(article)
    used = {link["href"] for link in kept.select("a.receipt")}
    for entry in kept.select("details.receipts > ol > li[id]"):
        if f"#{entry['id']}" not in used:
            entry.decompose()
    for tag in kept.select(
        f"{controls}, .toctree-wrapper, [aria-hidden=true], details pre, svg title, svg desc"
    ):
        tag.decompose()
    for fold in kept.find_all("details"):
        if fold.summary and not fold.get_text().strip().removeprefix(fold.summary.get_text().strip()).strip():
            fold.decompose()
    return kept.get_text(" ")


@pytest.mark.long
def test_no_word_of_any_chapter_is_lost(pdf: PdfReader, articles: dict[str, BeautifulSoup]) -> None:
    titles = "|".join(map(re.escape, ["Contents", *map(title, articles.values())]))
    printed: Counter[str] = Counter()
    for number, text in enumerate(texts(pdf)[2:], start=3):
        body = text.removesuffix(f"\n{number}")
        assert body != text, (number, "page number")
        printed += words(re.sub(rf"^(?:{titles})\s+Working copy\n", "", body))
    lost = sum((words(shown(article)) for article in articles.values()), Counter()) - printed
    assert not lost


@pytest.mark.long
def test_every_number_has_its_note(pdf: PdfReader, articles: dict[str, BeautifulSoup]) -> None:
    marks = Counter(re.findall(r"\[(\d+)\]", "\n".join(texts(pdf))))
    used: Counter[str] = Counter()
    for article in articles.values():
        links = [link["href"] for link in without_tables(article).select("a.receipt")]
        entries = (f"#{entry['id']}" for entry in article.select("details.receipts > ol > li[id]"))
        keys = [key for key in entries if key in links]
        used += Counter(str(keys.index(link) + 1) for link in links)
    assert used <= marks


@pytest.mark.long
def test_every_alternative_text_is_kept(pdf: PdfReader, articles: dict[str, BeautifulSoup]) -> None:
    said = [
        str(picture.get("alt") or picture.get("aria-label"))
        for article in articles.values()
        for picture in article.select("img, svg:not([aria-hidden=true])")
    ]
    assert said
    assert Counter(alternatives(pdf.trailer["/Root"]["/StructTreeRoot"]["/K"], set())) == Counter(said)


def test_every_link_leads_into_the_edition_or_out(pdf: PdfReader, articles: dict[str, BeautifulSoup]) -> None:
    targets = link_targets(pdf)
    assert sum(isinstance(target, int) for target in targets) >= len(articles)
    assert all(isinstance(t, int) or t.startswith(("https://", "http://", "mailto:")) for t in targets)


def test_every_page_links_it(html: Path, articles: dict[str, BeautifulSoup]) -> None:
    for name, article in articles.items():
        links = [link["href"] for link in article.select("p.paper a")]
        files = [((html / name).parent / link).resolve() for link in links]
        assert files == [(html / file).resolve() for file in (NAME, ANNEX, WORKBOOK)], name
        assert all(file.is_file() for file in files)


# How it is made.


def test_it_names_its_edition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(ROOT / "CITATION.cff", tmp_path)
    html = write_pages(tmp_path / "html", page="<h1>Page</h1><p>Words.</p>")
    (html / "results.json").write_text('{"results": []}', encoding="utf-8")
    edition = Edition(version="1.2.3", date="2026-01-02", revision="0" * 40, changed="All.")
    monkeypatch.setenv(EDITION, edition.model_dump_json())
    publish_paper(tmp_path, html, read_pages(html), [Part("", ("chapters/page",))], "https://example.org")
    pdf = PdfReader(html / NAME)
    assert "Edition 1.2.3 of 2026-01-02" in pdf.pages[0].extract_text()
    assert "https://example.org/v/1.2.3/" in pdf.pages[1].extract_text()
    assert pdf.metadata.creation_date.date() == date(2026, 1, 2)
    titles = make_titles(tmp_path, None, "")
    assert (titles.edition, titles.date, titles.address) == ("Working copy", None, "")


@pytest.mark.long
def test_the_same_bytes_from_anywhere(tmp_path: Path) -> None:
    script = (
        "import json, sys; from pathlib import Path; from keepinpact.theme import page; "
        "from keepinpact.paper import document as p; "
        "parts = [p.Part(c, tuple(n)) for c, n in json.loads(sys.argv[2])]; "
        "titles = p.Titles('A: b', 'C', 'D', None, 'G', {'E': 'f'}, ''); "
        "html = Path(sys.argv[1]); "
        "sys.stdout.buffer.write(p.make_paper(html, page.read_pages(html), parts, titles))"
    )
    made = []
    for name, seed, epoch, zone in (
        ("a", "1", "0", "UTC"),
        ("b/longer name", "2", "999999999", "Asia/Tokyo"),
    ):
        folder = write_pages(tmp_path / name, one=ONE, two=TWO)
        variables = {"PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": epoch, "TZ": zone}
        parts = json.dumps([["A part", ["chapters/one", "chapters/two"]]])
        command = [sys.executable, "-c", script, str(folder), parts]
        environment = os.environ | variables | {"PYTHONPATH": str(ROOT / "src")}
        made.append(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)
    assert made[0].startswith(b"%PDF-")
    assert made[0] == made[1]
