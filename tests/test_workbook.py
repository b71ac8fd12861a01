"""The workbook of the tables: whole, the same bytes each time, and nothing in it is run."""

import io
import json
import xml.etree.ElementTree as ET
import zipfile
from datetime import date
from pathlib import Path

import pytest

from keepinpact.paper.parts import WORKBOOK
from keepinpact.paper.workbook import make_workbook

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheets(content: bytes) -> dict[str, list[list[str]]]:
    """The rows of each sheet, read with nothing of the package; the numbers of note signs left out."""
    book = zipfile.ZipFile(io.BytesIO(content))

    def tree(name: str) -> ET.Element:
        return ET.fromstring(book.read(name))

    texts = ["".join(one.itertext()) for one in tree("xl/sharedStrings.xml")]
    found = {}
    for number, sheet in enumerate(tree("xl/workbook.xml").iter(f"{SHEET}sheet"), start=1):
        rows = []
        for row in tree(f"xl/worksheets/sheet{number}.xml").iter(f"{SHEET}row"):
            cells = [(cell.get("t"), cell.findtext(f"{SHEET}v")) for cell in row]
            rows.append([texts[int(value)] if kind == "s" else value for kind, value in cells if value])
        found[sheet.attrib["name"]] = rows
    return found


@pytest.fixture(scope="module")
def book(html: Path) -> dict[str, list[list[str]]]:
    return sheets((html / WORKBOOK).read_bytes())


def test_it_holds_every_number_statement_and_line(book: dict[str, list[list[str]]], html: Path) -> None:
    results = json.loads((html / "results.json").read_text(encoding="utf-8"))["results"]
    shown = [[one["chapter"], one["key"], one["text"], one["layer"]] for one in results]
    assert [row[:4] for row in book["Numbers"][-len(shown) :]] == shown
    statements = json.loads((html / "statements.json").read_text(encoding="utf-8"))["statements"]
    verdicts = [[one["id"], one["verdict"]] for one in statements]
    assert [[row[0], row[3]] for row in book["Statements"][-len(verdicts) :]] == verdicts
    lines = (html / "data/report/items.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert len(book["Lists"][-len(lines) :]) == len(lines)
    assert book["Lists"][-1][1] == lines[-1].split(",")[2]


def test_it_holds_the_numbers_of_each_figure(book: dict[str, list[list[str]]], html: Path) -> None:
    figures = sorted((html / "figures").glob("*.json"))
    assert figures
    for path in figures:
        figure = json.loads(path.read_text(encoding="utf-8"))
        rows = book[path.stem.replace("-", "_")[:31]]
        assert f"Figure: {figure['title']}" in rows[0]
        assert [row[0] for row in rows[-len(figure["rows"]) :]] == [row[0] for row in figure["rows"]]


def test_it_is_laid_out_to_be_read_aloud(book: dict[str, list[list[str]]]) -> None:
    assert list(book)[:3] == ["Cover", "Contents", "Notes"]
    listed = {row[0] for row in book["Contents"][3:]}
    assert listed == set(list(book)[3:])
    for name in list(book)[3:]:
        head = next(number for number, row in enumerate(book[name]) if len(row) > 1)
        assert {len(row) for row in book[name][head:]} == {len(book[name][head])}, name


def test_nothing_in_it_is_run_and_the_bytes_are_those_of_its_date(tmp_path: Path) -> None:
    text, link = '=HYPERLINK("https://example.org", "x")', "[x](javascript:alert(1)) [y](https://example.org)"
    number = {"chapter": "a", "key": "b", "text": text, "layer": "printed", "section": None, "pages": None}
    results = {"results": [number | {"statements": []}, number | {"text": link, "statements": []}]}
    (tmp_path / "results.json").write_text(json.dumps(results), encoding="utf-8")
    made = make_workbook(tmp_path, "Title", ["Said."], {"Licence": "CC"}, date(2026, 1, 2))
    assert made is not None
    first, second = sheets(made)["Numbers"][-2:]
    assert (first[2], second[2]) == (text, link.replace("](", "] ("))
    archive = zipfile.ZipFile(io.BytesIO(made))
    assert not any(b"<f>" in archive.read(name) for name in archive.namelist())
    assert b"2026-01-02T00:00:00Z" in archive.read("docProps/core.xml")
    assert {one.date_time[0] for one in archive.infolist()} == {1980}


def test_a_book_without_tables_has_none(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text('{"results": []}', encoding="utf-8")
    assert make_workbook(tmp_path, "Title", [], {}, None) is None
