"""A statements file to fill in, and one made from a plain table of percentages."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from keepinpact.data.text import read_text
from keepinpact.faults import DataError, Fault
from keepinpact.files import write_whole
from keepinpact.statements.report import Report
from keepinpact.statements.tables import TOTAL

__all__ = ["TEMPLATE", "read_table_of_percentages", "write_template"]

_MOST_BYTES = 2_000_000
_TOTALS = ("n", "base", "total")
_CELL = re.compile(r"[0-9]{1,3}(\.[0-9]{1,6})? ?%?")
_COUNT = re.compile(r"[0-9]{1,15}")
_WHOLE = re.compile(r"100(\.0{1,6})? ?%")
"""A total printed as a percentage, which says nothing of how many people there were."""

TEMPLATE = """\
# What a report says, for: python -m keepinpact audit --statements THIS-FILE
# The page "The statements file" explains every part. Replace what stands here by your report.
# Indent with blanks, never with tabs; put every quotation in quotation marks.
format: 1                       # always
title: My report

sections:                       # where in the report a statement stands
  - {id: results, title: Results, page: 1}

quantities:                     # what is counted: a name of yours, and what it counts
  - {id: answers, says: all answers, parts: [answered, blank]}   # parts: it is the sum of these
  - {id: answered, says: answers to the question, parts: [agree, disagree]}
  - {id: agree, says: people who agree}
  - {id: disagree, says: people who disagree}
  - {id: blank, says: people who leave the question blank}
  # An amount of money has decimals, and so have all its numbers, which are text:
  # - {id: spent, says: what they spent, decimals: 2}     # {count: {of: spent, is: "250.00"}}

assumptions:                    # what you take for granted though the report does not say it
  - id: nothing-blank
    says: everybody answered the question
    why: The report mentions no blank answer.
    otherwise: somebody left the question blank
    holds: [{count: {of: blank, is: 0}}]

statements:                     # each sentence of the report with a number, a rank or a word such as "most"
  - id: all-answers
    section: results
    quote: "21 people answered" # the report's own words
    says: there are 21 answers  # in your words
    holds: [{count: {of: answers, is: 21}}]
  - id: agreement
    section: results
    quote: "67% agree"
    says: 67 % of those who answered agree
    holds: [{share: {of: agree, base: answered, is: 67%}}]
  - id: most-agree
    section: results
    quote: "most agree"
    says: more than half agree
    holds: [{share: {of: agree, base: answered, more_than: 50%}}]

# A printed table, a line for a line of the report (take the marks at the beginning off to use it):
# tables:
#   - id: by-age
#     section: results
#     per: row                  # its percentages are of the row
#     columns: [yes-answers, no-answers, total]
#     rows:
#       young: [42.9%, 57.1%, 7]
#       old: [62.5%, 37.5%, 8]
"""
"""A statements file that can be audited as it stands."""


def write_template(path: Path) -> None:
    """Write a statements file to fill in; DataError where something stands there or it cannot be written."""
    if path.exists():
        raise DataError([Fault(str(path), 0, "", "", "is a new file (nothing is overwritten)")])
    try:
        write_whole(path, TEMPLATE)
    except OSError as error:
        raise DataError([Fault(str(path), 0, "", "", f"can be written ({error.strerror})")]) from None


def read_table_of_percentages(path: Path) -> Report:
    """The statements of a plain table of percentages, a CSV file with a header.

    The first column names the rows; one called ``n``, ``base`` or ``total``, which may be left out, holds how
    many people a row is about, or 100 %; all others hold percentages of the row, with or without a sign, or
    nothing. That the columns of a row are all the answers there were is an assumption. DataError with every
    fault.
    """
    name = str(path)
    text = read_text(path, name, _MOST_BYTES)
    rows: list[list[str]] = []
    lines: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        before = 0
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(row)
                lines.append(before + 1)
            before = reader.line_num
    except csv.Error as error:
        raise DataError([Fault(name, reader.line_num, "", "", f"is a readable CSV file ({error})")]) from None
    if not rows:
        raise DataError([Fault(name, 0, "", "", "is not empty")])
    header = [cell.strip() for cell in rows[0]]
    faults = []
    if len(header) < 2:
        rule = "has a column of names and one of percentages"
        if re.search(r"[;\t|]", rows[0][0]):
            rule += ", with a comma between them"
        faults.append(Fault(name, lines[0], "", ",".join(header), rule))
    if len(rows) < 2:
        faults.append(Fault(name, lines[0], "", "", "has a row below its header"))
    totals = [place for place, cell in enumerate(header) if cell.lower() in _TOTALS and place]
    if len(totals) > 1:
        faults.append(Fault(name, lines[0], header[totals[1]], None, "has one column of bases"))
    columns = [TOTAL if place in totals else f"c{place}" for place in range(1, len(header))]
    table: dict[str, list[int | str | None]] = {}
    labels = {
        f"c{place}": cell or f"column {place}"
        for place, cell in enumerate(header)
        if place and place not in totals
    }
    for number, (line, row) in enumerate(zip(lines[1:], rows[1:], strict=True), start=1):
        if len(row) != len(header):
            faults.append(Fault(name, line, "", ",".join(row), f"has {len(header)} cells, as the header has"))
            continue
        cells: list[int | str | None] = []
        for place, cell in enumerate(one.strip() for one in row[1:]):
            is_total = place + 1 in totals
            if not cell or (is_total and _WHOLE.fullmatch(cell)):
                cells.append(None)
            elif not (_COUNT if is_total else _CELL).fullmatch(cell):
                rule = "is a whole number, or 100 %" if is_total else "is a percentage such as 42.9 or 42.9 %"
                faults.append(Fault(name, line, header[place + 1], cell, rule))
            elif not is_total and float(cell.rstrip("% ")) > 100:
                faults.append(Fault(name, line, header[place + 1], cell, "is no more than 100 %"))
            else:
                cells.append(int(cell) if is_total else f"{cell.rstrip('% ')}%")
        table[f"r{number}"] = cells
        labels[f"r{number}"] = row[0].strip() or f"row {number}"
    if not faults and not any(cell is not None for cells in table.values() for cell in cells):
        faults.append(Fault(name, 0, "", "", "has a percentage or a base"))
    if faults:
        raise DataError(faults)
    content: dict[str, Any] = {
        "format": 1,
        "title": path.name,
        "sections": [{"id": "table", "title": path.name}],
        "tables": [
            {
                "id": "t",
                "section": "table",
                "columns": columns,
                "rows": table,
                "labels": labels,
                "complete": False,
            }
        ],
    }
    try:
        return Report.model_validate(content)
    except ValidationError as error:
        rules = dict.fromkeys(str(one["msg"]).removeprefix("Value error, ") for one in error.errors())
        raise DataError([Fault(name, 0, "", "", rule) for rule in rules]) from None
