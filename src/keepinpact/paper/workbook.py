"""The tables of the edition as one accessible workbook, the same bytes on every machine.

It is laid out as the British Government Statistical Service advises (Releasing statistics in spreadsheets,
Analysis Function, 2021): a cover, a list of contents, notes, and one table a sheet, without empty cells.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
from gptables import Cover, GPTable, produce_workbook

from keepinpact.data import paged
from keepinpact.findings.tables import sentence
from keepinpact.receipt import LAYERS

__all__ = ["make_workbook"]

# What that advice writes where a cell does not apply.
_NONE = "[z]"
# A sign by itself is not read aloud.
_SAID = {"": _NONE, "–": _NONE, "✓": "yes"}
# A sheet's name may have so many letters, and a table's name only these signs.
_NAME_LENGTH = 31
_LISTS = {
    "section": "Section",
    "list": "List",
    "wave": "Survey",
    "group": "Group",
    "rank": "Rank",
    "text": "Text",
}


def make_workbook(
    html: Path, title: str, said: Sequence[str], sources: Mapping[str, str], date: date | None
) -> bytes | None:
    """The workbook of a built book.

    Parameters
    ----------
    html
        The folder of the built pages.
    title
        What the workbook is called.
    said
        Sentences for the cover.
    sources
        More sentences for it by the words that they stand under.
    date
        The edition's date; None for the working copy.

    Returns
    -------
    bytes or None
        A file in the Office Open XML format: every published number, every statement with its verdict, every
        line of a printed list, and the numbers of each figure. None where a book has none of these.
    """
    sheets = [*_numbers(html), *_figures(html)]
    if not sheets:
        return None
    about: list[Any] = [
        part for head, text in sources.items() for part in ([{"bold": True}, _text(head)], _text(text))
    ]
    used = {layer for sheet in sheets for layer in _layers(sheet.table)}
    notes = [(layer, f"{sentence(words)}.") for layer, words in LAYERS.items() if layer in used]
    file = BytesIO()
    book = produce_workbook(
        file,
        {sheet.table_name: sheet for sheet in sheets},
        cover=Cover(title=_text(title), intro=[_text(one) for one in said], about=about),
        notes_table=pd.DataFrame(notes, columns=["Note", "Text"]),
        # What stands in a table is text, whatever it begins with.
        workbook_options={"strings_to_formulas": False, "strings_to_urls": False},
    )
    # The hour of the build would change the bytes; what has no date has that of the files in an archive.
    made = datetime(date.year, date.month, date.day) if date else datetime(1980, 1, 1)
    book.set_properties({"title": title, "created": made})
    book.close()
    return file.getvalue()


def _numbers(html: Path) -> Iterator[GPTable]:
    """The tables of the numbers, the statements and the printed lists."""
    results = json.loads((html / "results.json").read_text(encoding="utf-8"))["results"]
    if results:
        yield _table(
            "Numbers",
            "Every published number, in the order of the chapters",
            ["Chapter", "Name", "As shown", "Layer", "What it counts", "Section", "Pages", "Statements"],
            [
                [
                    *(one["chapter"], one["key"], one["text"], one["layer"], one.get("measure")),
                    *(
                        one["section"],
                        paged(one["pages"]) if one["pages"] else None,
                        ", ".join(one["statements"]),
                    ),
                ]
                for one in results
            ],
        )
    if (ledger := html / "statements.json").is_file():
        statements = json.loads(ledger.read_text(encoding="utf-8"))["statements"]
        yield _table(
            "Statements",
            "Every statement of the report, with what the audit finds",
            ["Name", "Section", "Quotation", "Verdict", "Recomputed to"],
            [
                [one[name] for name in ("id", "section", "quote", "verdict", "recomputed")]
                for one in statements
            ],
        )
    if (lists := html / "data/report/items.csv").is_file():
        with lists.open(encoding="utf-8", newline="") as lines:
            items = list(csv.DictReader(lines))
        yield _table(
            "Lists",
            "Every line of the printed lists; lines, not respondents",
            list(_LISTS.values()),
            [[one[name] for name in _LISTS] for one in items],
        )


def _figures(html: Path) -> Iterator[GPTable]:
    figures = (
        json.loads(path.read_text(encoding="utf-8")) for path in sorted((html / "figures").glob("*.json"))
    )
    yield from (
        _table(
            Path(one["page"]).name.replace(".html#fig", "").replace("-", "_")[:_NAME_LENGTH],
            f"Figure: {one['title']}",
            one["columns"],
            one["rows"],
            [one["shows"], f"Base: {one['base']}", one["source_line"]],
        )
        for one in figures
    )


def _table(
    name: str, title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], said: Sequence[str] = ()
) -> GPTable:
    cells = [[_cell("" if cell is None else str(cell)) for cell in row] for row in rows]
    table = pd.DataFrame(cells, columns=[_text(one) for one in columns], dtype=object)
    layers = _layers(table)
    return GPTable(
        table=table,
        table_name=name,
        title=_text(title),
        subtitles=[_text(one) for one in said],
        instructions="This sheet holds one table. The sheet “Notes” says what its notes mean.",
        legend=[f"{_NONE}: does not apply"],
        table_notes={"Layer": "".join(f"$${layer}$$" for layer in layers)} if layers else None,
        index_columns={},
    )


def _cell(text: str) -> str | int:
    """A number as one, a sign in words, text as it is."""
    if re.fullmatch(r"0|[1-9][0-9]{0,14}", text):
        return int(text)
    return _SAID.get(text, _text(text))


def _text(text: str) -> str:
    """A text as it is, but for a space within what gptables takes for a link or a note."""
    return re.sub(r"\$(?=\$)", "$ ", text.replace("](", "] ("))


def _layers(table: pd.DataFrame) -> list[str]:
    """The layers that a table's rows are of; what was coded or matched by the edition is said after them."""
    return sorted({str(one).partition(";")[0] for one in table.get("Layer", ())})
