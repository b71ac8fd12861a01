"""A statements file to fill in, and one made from a plain table of percentages."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
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
_BASES = ("n", "base")
_TOTALS = (*_BASES, TOTAL)
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
    many people a row is about; all others hold percentages of the row, with or without a sign, or nothing. A
    ``total`` of 100 % says nothing, and may stand beside an ``n``. Where percentages are of the column (see
    :func:`_of_columns`), all this is turned round. That the percentages of a group are all the answers there
    were is an assumption. DataError with every fault.
    """
    name = str(path)
    (first, header), *below = _read(path, name)
    faults = []
    if len(header) < 2:
        rule = "has a column of names and one of percentages"
        if re.search(r"[;\t|]", header[0]):
            rule += ", with a comma between them"
        faults.append(Fault(name, first, "", ",".join(header), rule))
    if not below:
        faults.append(Fault(name, first, "", "", "has a row below its header"))
    rule = f"has {len(header)} cells, as the header has"
    faults += [Fault(name, line, "", ",".join(row), rule) for line, row in below if len(row) != len(header)]
    grid = [
        [_Cell(text, line, column) for text, column in zip(row, header, strict=True)]
        for line, row in [(first, header), *below]
        if len(row) == len(header)
    ]
    of_columns = _of_columns(grid)
    if of_columns is None and not faults:
        rule = (
            "is of each row or of the columns, which add up to 100 %: add a row called total with 100 %, "
            "or a column with the other answers"
        )
        column = next(one.column for one in grid[0][1:] if not one.called)
        faults.append(Fault(name, first, column, None, rule))
    table = _table(
        list(zip(*grid, strict=True)) if of_columns else grid, name, faults, turned=bool(of_columns)
    )
    if not faults and not any(cell is not None for cells in table["rows"].values() for cell in cells):
        faults.append(Fault(name, 0, "", "", "has a percentage or a base"))
    if faults:
        raise DataError(faults)
    said = {"says": "the table (percentages of the column)"} if of_columns else {}
    content: dict[str, Any] = {
        "format": 1,
        "title": path.name,
        "sections": [{"id": "table", "title": path.name}],
        "tables": [{"id": "t", "section": "table", **said, **table, "complete": False}],
    }
    try:
        return Report.model_validate(content)
    except ValidationError as error:
        rules = dict.fromkeys(str(one["msg"]).removeprefix("Value error, ") for one in error.errors())
        raise DataError([Fault(name, 0, "", "", rule) for rule in rules]) from None


@dataclass(frozen=True)
class _Cell:
    text: str
    line: int
    column: str

    @property
    def called(self) -> str | None:
        """Of what names a row or a column: n, base or total, where it holds bases or totals."""
        return self.text.lower() if self.text.lower() in _TOTALS else None

    @property
    def number(self) -> Decimal | None:
        return Decimal(self.text.rstrip("% ")) if _CELL.fullmatch(self.text) else None


def _read(path: Path, name: str) -> list[tuple[int, list[str]]]:
    """The rows of a file that are not blank, each with its line."""
    reader = csv.reader(io.StringIO(read_text(path, name, _MOST_BYTES), newline=""), strict=True)
    rows, line = [], 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((line, [cell.strip() for cell in row]))
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError([Fault(name, reader.line_num, "", "", f"is a readable CSV file ({error})")]) from None
    if not rows:
        raise DataError([Fault(name, 0, "", "", "is not empty")])
    return rows


def _of_columns(grid: Sequence[Sequence[_Cell]]) -> bool | None:
    """Whether percentages are of the column and not of the row; None where they may be of either.

    Of the column they are where a row called total is 100 % throughout, and where columns add up to 100 %
    and a row to more, or a row called n or base holds bases and no column does.
    """
    head, *rows = grid
    totals = [place for place, cell in enumerate(head) if place and cell.called]
    inner = [place for place, cell in enumerate(head) if place and not cell.called]
    groups = [[row[place] for place in inner] for row in rows if not row[0].called]
    columns = [_sum(column) for column in zip(*groups, strict=True)]
    add_up = len(groups) > 1 and bool(columns) and all(low <= 100 <= high for low, high in columns)
    for row in rows:
        whole = bool(inner) and all(row[place].number == 100 for place in inner)
        if row[0].called == TOTAL and whole and (add_up or len(inner) > 1):
            return True
        if row[0].called in _BASES and add_up and not totals:
            return True
    sums = [_sum(group) for group in groups]
    if not add_up or all(low <= 100 <= high for low, high in sums):
        return False
    return True if any(low > 100 for low, _ in sums) else None


def _sum(cells: Sequence[_Cell]) -> tuple[Decimal, Decimal]:
    """Between what the sum of some percentages lies, of which those in cells are rounded."""
    numbers = [cell.number for cell in cells if cell.number is not None]
    slack = sum((Decimal(1).scaleb(int(one.as_tuple().exponent)) for one in numbers), Decimal(0)) / 2
    return sum(numbers, -slack), sum(numbers, slack)


def _is_whole(cell: _Cell, percentages: Sequence[_Cell]) -> bool:
    """Whether a cell holds the total of percentages in per cent: 100, or what they add up to; or nothing."""
    low, high = _sum(percentages)
    return not cell.text or (cell.number is not None and (cell.number == 100 or low <= cell.number <= high))


def _table(
    grid: Sequence[Sequence[_Cell]], name: str, faults: list[Fault], *, turned: bool
) -> dict[str, Any]:
    """The columns, rows and labels of a table of percentages of the row; what is wrong is added to faults."""
    head, *rows = grid
    totals = [place for place, cell in enumerate(head) if place and cell.called]
    groups = [row for row in rows if not (turned and row[0].called)]
    wholes = [
        place
        for place in totals
        if (turned or len(totals) > 1)
        and head[place].called == TOTAL
        and all(
            _is_whole(row[place], [row[at] for at in range(1, len(head)) if at not in totals])
            for row in groups
        )
    ]
    bases = [place for place in totals if place not in wholes] or wholes[:1]
    if len(bases) > 1:
        rule = "has one column of bases, beside which a total of 100 % may stand"
        faults.append(Fault(name, head[bases[1]].line, head[bases[1]].text, None, rule))
    kept = [place for place in range(1, len(head)) if place in bases or place not in totals]
    table: dict[str, list[int | str | None]] = {}
    labels = {f"c{place}": head[place].text or f"column {place}" for place in kept if place not in bases}
    for number, row in enumerate(rows, start=1):
        of_bases = row not in groups
        if of_bases and len(groups) > 1:
            rule = (
                "stands beside one column of percentages, since of several each has a base of its own: "
                "leave it out, or write a statements file"
            )
            faults.append(Fault(name, row[0].line, row[0].column, row[0].text, rule))
        cells: list[int | str | None] = []
        for place in kept:
            cell, is_count = row[place], of_bases or place in bases
            said = (
                not cell.text
                or (place in wholes and not of_bases)
                or (is_count and _WHOLE.fullmatch(cell.text))
            )
            if said:
                cells.append(None)
            elif not (_COUNT if is_count else _CELL).fullmatch(cell.text):
                rule = "is a whole number, or 100 %" if is_count else "is a percentage such as 42.9 or 42.9 %"
                faults.append(Fault(name, cell.line, cell.column, cell.text, rule))
            elif not is_count and (cell.number or 0) > 100:
                faults.append(Fault(name, cell.line, cell.column, cell.text, "is no more than 100 %"))
            else:
                cells.append(int(cell.text) if is_count else f"{cell.text.rstrip('% ')}%")
        table[TOTAL if of_bases else f"r{number}"] = cells
        if not of_bases:
            labels[f"r{number}"] = row[0].text or f"row {number}"
    columns = [TOTAL if place in bases else f"c{place}" for place in kept]
    return {"columns": columns, "rows": table, "labels": labels}
