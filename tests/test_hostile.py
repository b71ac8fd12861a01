"""Text of the data stays text: on pages, in the PDFs, the workbook, downloads and a terminal."""

import csv
import io
import json
import re
import runpy
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import openpyxl
import pytest
import yaml
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Request
from pypdf import PdfReader
from rich.console import Console

from hostile import WITHIN, plant, planted, texts
from keepinpact.audit import audit
from keepinpact.book.build import build_paper
from keepinpact.book.figures import for_spreadsheets
from keepinpact.book.plain import Site, site_pages
from keepinpact.console import show
from keepinpact.data import ROOT, DataError, check, load_statements
from keepinpact.data.rows import ROWS
from keepinpact.editions.finish import finish
from keepinpact.files import FORMULA
from keepinpact.paper.parts import ANNEX, NAME, WORKBOOK
from keepinpact.records import Change, Edition
from serving import served
from simulated import copy_of_the_project

pytestmark = pytest.mark.long

MARK = "window.tplanted=true"
EDITION = Edition(version="9.8.7", date="2031-05-04", revision="0" * 40, changed=planted("Everything."))
TEXTS = {"title", "part", "quote", "says", "why", "otherwise"}
"""The keys of a statements file under which text stands."""
ELEMENTS = (
    ".tplanted, [onerror], [src*=tplanted], [href*=tplanted]:not([href*='#']), [href^='javascript:'], "
    ".admonition.note sub"
)
"""What of the markup would be an element; a heading's own link names its words."""


def plain(text: str) -> str:
    """A text without white space, in which typography is as it is typed."""
    straight = re.sub("[“”‘’\"']", '"', text).replace("–", "--").replace("—", "---").replace("…", "...")
    return "".join(straight.split())


def whole(text: str) -> tuple[int, int]:
    """How often the planted script stands in a text, and how often with all that was planted around it."""
    return plain(text).count(plain(f"<script>{MARK}</script>")), plain(text).count(plain(WITHIN))


class Planted:
    """A book of planted data, finished as an edition."""

    def __init__(self, root: Path) -> None:
        self.root, self.html = copy_of_the_project(root, None), root / "edition"
        cited = root / "CITATION.cff"
        content = yaml.safe_load(cited.read_text(encoding="utf-8"))
        content |= {"title": planted("A title"), "abstract": planted("About it")}
        content["authors"][0]["name"] = planted("An author")
        content["references"][0] |= {"title": planted("A report"), "notes": planted("About the report")}
        cited.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
        settings = root / "pyproject.toml"
        named = json.dumps(planted("Somebody"))
        text = settings.read_text(encoding="utf-8")
        settings.write_text(text.replace('maintainer = ""', f"maintainer = {named}"), encoding="utf-8")
        self.fields, self.refused = plant(root)
        build_paper(root, progress=lambda _: None)
        finish(root, self.html, EDITION)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return Planted(tmp_path_factory.mktemp("planted"))


def pages(html: Path) -> Iterator[Path]:
    return (path for path in sorted(html.rglob("*.html")) if "_static" not in path.parts)


# Markup


def test_every_text_is_planted_and_what_is_none_is_refused_by_name(book: Planted) -> None:
    columns = {name: list(ROWS[name].model_fields) for name in ROWS if (book.root / name).exists()}
    of_files = {(name, column) for name in columns for column in columns[name]}
    statements = {key for _, _, key in texts(yaml.safe_load(read(book, "data/report/statements.yml")))}
    assert statements >= TEXTS
    planted_keys = {key for file, key in book.fields if file == "data/report/statements.yml"}
    assert planted_keys == TEXTS
    assert {key for file, key in book.fields if file == "data/report/repair.yml"} == {"reason", "says"}
    tables = {one for one in book.fields if one[0].endswith(".csv")}
    assert tables <= of_files
    assert {
        ("data/codebook.csv", "label"),
        ("data/codebook.csv", "definition"),
        ("data/glossary.csv", "definition"),
        ("data/report/items.csv", "text"),
        ("data/report/items.csv", "group"),
        ("data/report/claims.csv", "quote"),
        ("data/report/charts.csv", "title"),
        ("data/report/charts.csv", "known"),
    } <= tables
    # File, row, what stands there, rule.
    assert book.refused
    for fault in book.refused:
        assert re.match(r"data/[\w/.-]+:[1-9]\d*: .+: .+", fault, re.DOTALL)


def read(book: Planted, name: str) -> str:
    return (book.root / name).read_text(encoding="utf-8")


def test_the_pages_hold_it_as_text_and_nothing_of_it_runs(book: Planted, browser: Browser) -> None:
    # Without the policy, which would keep a script from running that is there.
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(url(request)))
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    shown = 0
    with served(book.html) as address:
        for path in pages(book.html):
            name = path.relative_to(book.html).as_posix()
            page.goto(f"{address}{name}", wait_until="load")
            found = page.evaluate(
                """elements => [
                    typeof window.tplanted,
                    [...document.querySelectorAll(elements)].map(one => one.outerHTML),
                    document.documentElement.textContent,
                ]""",
                ELEMENTS,
            )
            assert found[:2] == ["undefined", []], name
            if not name.startswith("data/"):
                # In the lines of a file of data, quotation marks are doubled.
                scripts, with_all = whole(found[2])
                assert scripts == with_all, name
                shown += scripts
    context.close()
    assert shown > 1000
    assert [one for one in asked if "tplanted" in one] == []


def url(request: Request) -> str:
    # An address with a fragment is that of a heading, whose words it names.
    return urlsplit(request.url)._replace(fragment="").geturl()


def test_the_names_of_pages_and_what_machines_read_of_them_hold_it_as_text(book: Planted) -> None:
    linked = 0
    for path in pages(book.html):
        soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for one in soup.select("script"):
            if one.get("type") == "application/ld+json":
                linked += MARK in str(json.loads(one.text))
            else:
                assert MARK not in one.text
    assert linked
    for path in book.html.rglob("*.json"):
        json.loads(path.read_text(encoding="utf-8"))


def test_the_pdfs_hold_it_as_text(book: Planted) -> None:
    for name in (NAME, ANNEX):
        pdf = PdfReader(book.html / name)
        # Some pages are enough: what was one text is no other for being on another page.
        text = "".join(page.extract_text() for page in pdf.pages[10::10])
        assert plain(text).count(MARK) > 10
        assert set(pdf.trailer["/Root"]) & {"/OpenAction", "/AA"} == set()
        for page in pdf.pages:
            for one in page.get("/Annots") or []:
                action = one.get_object().get("/A")
                assert action is None or action["/S"] in ("/URI", "/GoTo")
                assert "tplanted" not in str(action)


def test_the_workbook_holds_it_as_text(book: Planted) -> None:
    sheets = openpyxl.load_workbook(book.html / WORKBOOK).worksheets
    cells = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row]
    assert sum(MARK in str(cell.value) for cell in cells) > 100
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}
    assert not any("tplanted" in str(cell.hyperlink.target) for cell in cells if cell.hyperlink)


def test_the_terminal_shows_it_as_text(tmp_path: Path) -> None:
    content = yaml.safe_load((ROOT / "examples/lunch-survey.yml").read_text(encoding="utf-8"))
    for holder, at, key in [*texts(content)]:
        if key in TEXTS:
            holder[at] = planted(holder[at])
    path = tmp_path / "report.yml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    report = load_statements(Path(), path)
    out = io.StringIO()
    show(audit(report, report.lists), report, Console(file=out, force_terminal=True, width=200))
    said = out.getvalue()
    coloured = re.compile(r"\x1b\[[0-9;]*m")
    assert coloured.search(said)
    assert plain(coloured.sub("", said)).count(MARK) > 10
    assert coloured.sub("", said).replace("\n", "").isprintable()


def test_the_pages_above_the_editions_hold_it_as_text() -> None:
    change = Change(**{name: planted(name) for name in Change.__annotations__ if name != "cause"})
    older = EDITION.model_copy(update={"version": "9.8.6"})
    above = site_pages(
        [EDITION, older],
        [(older, EDITION, [change])],
        Site(name=planted("A title"), newest="9.8.7", front="index.html", contents=[], address=""),
    )
    shown = 0
    for name, text in above.items():
        if name.endswith(".html"):
            soup = BeautifulSoup(text, "html.parser")
            assert soup.select(ELEMENTS) == [], name
            scripts, with_all = whole(soup.get_text())
            assert scripts == with_all
            shown += scripts
    assert shown > 3


def test_an_address_leads_to_the_web(tree: Path) -> None:
    path = tree / "data/report/statements.yml"
    text = path.read_text(encoding="utf-8")
    text = re.sub("^address: .*$", "address: javascript:alert()", text, flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"statements\.yml:\d+: address 'javascript:alert\(\)'"):
        check(tree)


# Spreadsheets

FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\n=1",
    "-5+cmd|' /C calc'!A0",
    "＝1",
    "=",
    "-",
    "+a",
    "-5e",
]
NUMBERS = ["-5", "+5", "-5.5", "-1,000", "-5 %", "5", "", "–", "a=b", "'=1", " =1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_would_work_out_is_text_in_a_download(text: str) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerows([["A", text], [text, "b"]])
    found = [*csv.reader(io.StringIO(for_spreadsheets(written.getvalue()), newline=""))]
    assert found == [["A", f"'{text}"], [f"'{text}", "b"]]


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_and_other_text_stay_as_they_are(text: str) -> None:
    assert [*csv.reader(io.StringIO(for_spreadsheets(f'"{text}",b\n')))] == [[text, "b"]]


def test_no_cell_of_the_data_may_begin_like_a_formula(tree: Path) -> None:
    expected = set()
    for name, model in ROWS.items():
        if (tree / name).exists():
            with (tree / name).open(encoding="utf-8", newline="") as file:
                head, first, *rows = csv.reader(file)
            with (tree / name).open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows([head, ["=1+1"] * len(head), *rows, first])
            expected |= {(name, 2, column) for column in model.model_fields}
    with pytest.raises(DataError) as caught:
        check(tree)
    rule = "begins like no formula"
    assert {(one.file, one.row, one.column) for one in caught.value.faults if rule in one.rule} == expected


def test_no_download_begins_a_cell_like_a_formula(html: Path) -> None:
    tables = list(html.rglob("*.csv"))
    assert len(tables) > 10
    assert FORMULA.match("\r=1")
    for path in tables:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                for cell in row:
                    assert not re.match(r"[=+@\t\r]|-(?!\d)", cell), path


def test_the_second_opinion_reads_the_apostrophe(html: Path, tmp_path: Path) -> None:
    """Where a label begins like a formula, verify.py wants the apostrophe in the CSV, and nowhere else."""
    folder = tmp_path / "edition"
    shutil.copytree(html, folder)
    stem = folder / "figures/audit-sizes"
    table = json.loads(stem.with_suffix(".json").read_text(encoding="utf-8"))
    label = table["rows"][0][0]
    for end in (".json", ".csv", ".html"):
        text = stem.with_suffix(end).read_text(encoding="utf-8")
        stem.with_suffix(end).write_text(text.replace(label, f"=1+{label}"), encoding="utf-8")

    def wrong() -> list[str]:
        script = runpy.run_path(str(ROOT / "verify.py"))
        files = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }
        edition = script["Edition"](files)
        edition.recount = lambda result: {"shown": script["numbers"](result["text"])}
        edition.check()
        return [one for one in edition.wrong if "figures" in one]

    (said,) = wrong()
    assert "figures/audit-sizes.json: published" in said
    guarded = for_spreadsheets(stem.with_suffix(".csv").read_text(encoding="utf-8"))
    stem.with_suffix(".csv").write_text(guarded, encoding="utf-8")
    assert wrong() == []
