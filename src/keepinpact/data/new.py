"""A statements file to fill in, and one made from a plain table of percentages."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from keepinpact.data.text import read_text
from keepinpact.faults import DataError, Fault
from keepinpact.files import write_whole
from keepinpact.numbers import SPACE
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
_BASE_IN_WORDS = re.compile(r"\bn\b|\bbases?\b", re.IGNORECASE)

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

_Row = tuple[int, Sequence[str]]
"""A row of a plain table with its line."""


def write_template(path: Path) -> None:
    """Write a statements file to fill in; DataError where something stands there or it cannot be written."""
    if path.suffix.lower() == ".csv":
        raise DataError(
            [Fault(str(path), 0, "", "", "is named .yml: what stands in .csv is read as a table")]
        )
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
    ``total`` of 100 % says nothing, and may stand beside an ``n``. That the percentages of a row are all the
    answers there were is an assumption. DataError with every fault; one is that the numbers look as if they
    were something else than percentages of the row, since what they would say of it may well be false.
    """
    name = str(path)
    (first, header), *below = _read(path, name)
    faults = []
    wholes, bases = _totals(header, [row for _, row in below if len(row) == len(header)])
    kept = [place for place in range(1, len(header)) if place not in wholes]
    named = [place for place in kept if place not in bases]
    if not named:
        rule = "has a column of names and one of percentages"
        if re.search(r"[;\t|]", header[0]):
            rule += ", with a comma between them"
        faults.append(Fault(name, first, "", ",".join(header), rule))
    if header[0].strip().lower() in (*_BASES, TOTAL):
        rule = "names the rows: a column of bases stands after the one of names"
        faults.append(Fault(name, first, header[0], None, rule))
    if not below:
        faults.append(Fault(name, first, "", "", "has a row below its header"))
    rule = f"has {len(header)} cells, as the header has"
    faults += [Fault(name, line, "", ",".join(row), rule) for line, row in below if len(row) != len(header)]
    rows = [
        (line, [row[0], *(re.sub(SPACE, " ", cell) if "%" in cell else cell for cell in row[1:])])
        for line, row in below
        if len(row) == len(header)
    ]
    if len(bases) > 1:
        rule = "has one column of bases, beside which a total of 100 % may stand"
        faults.append(Fault(name, first, header[bases[1]], None, rule))
    table: dict[str, list[int | str | None]] = {}
    labels = {f"c{place}": header[place] or f"column {place}" for place in named}
    for number, (line, row) in enumerate(rows, start=1):
        cells: list[int | str | None] = []
        for place in kept:
            cell, is_base = row[place], place in bases
            if not cell or (is_base and _WHOLE.fullmatch(cell)):
                cells.append(None)
            elif not (_COUNT if is_base else _CELL).fullmatch(cell):
                rule = "is a whole number, or 100 %" if is_base else "is a percentage such as 42.9 or 42.9 %"
                faults.append(Fault(name, line, header[place], cell, rule))
            elif not is_base and _numbers([cell])[0] > 100:
                faults.append(Fault(name, line, header[place], cell, "is no more than 100 %"))
            else:
                cells.append(int(cell) if is_base else f"{cell.rstrip('% ')}%")
        table[f"r{number}"] = cells
        labels[f"r{number}"] = row[0] or f"row {number}"
    if not faults and not any(cell is not None for cells in table.values() for cell in cells):
        faults.append(Fault(name, 0, "", "", "has a percentage or a base"))
    turned = _turned(name, (first, header), rows, named, bases, wholes)
    faults += [turned] if turned else _others(name, (first, header), rows, named, bases)
    if faults:
        raise DataError(faults)
    columns = [TOTAL if place in bases else f"c{place}" for place in kept]
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


def _totals(header: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[list[int], list[int]]:
    """The columns that hold the whole in per cent and nothing else, and those that hold bases."""
    totals = [place for place, cell in enumerate(header) if place and cell.lower() in _TOTALS]
    wholes = [
        place
        for place in totals
        if header[place].lower() == TOTAL
        and any(row[place] for row in rows)
        and all(
            not row[place]
            or _WHOLE.fullmatch(row[place])
            or (len(totals) > 1 and _numbers([row[place]]) == [100])
            for row in rows
        )
    ]
    return wholes, [place for place in totals if place not in wholes]


def _turned(
    name: str,
    header: tuple[int, Sequence[str]],
    rows: Sequence[_Row],
    named: Sequence[int],
    bases: Sequence[int],
    wholes: Sequence[int],
) -> Fault | None:
    """What makes it look as if percentages were of the column."""
    first, names = header
    turn = "turn the table round, so that each group is a row"
    groups = {line: _numbers(row[place] for place in named) for line, row in rows}
    for line, row in rows:
        if row[0].lower() in _BASES and not all(map(_is_whole, groups.values())):
            rule = f"is a group, not how many people each column is about: where it is that, {turn}"
            return Fault(name, line, "", row[0], rule)
        if len(groups[line]) > 1 and set(groups[line]) == {100}:
            rule = f"is not 100 % in each column: percentages are of the row; {turn}"
            return Fault(name, line, "", row[0], rule)
    inner = [row for _, row in rows if row[0].lower() != TOTAL]
    columns = [_numbers(row[place] for row in inner) for place in named]
    of_rows = wholes or (bases and all(map(_is_whole, groups.values())))
    if of_rows or len(inner) < 2 or not columns or not all(map(_is_whole, columns)):
        return None
    rule = f"does not add up to 100 %, as each column does: where percentages are of the column, {turn}"
    return Fault(name, first, names[named[0]], None, f"{rule}; else add a column called total with 100 %")


def _others(
    name: str,
    header: tuple[int, Sequence[str]],
    rows: Sequence[_Row],
    named: Sequence[int],
    bases: Sequence[int],
) -> Iterator[Fault]:
    """What looks as if a table held something else than percentages of all answers, and bases."""
    first, names = header
    for place in bases:
        cells = [row[place] for _, row in rows if row[place]]
        if names[place].lower() == TOTAL and set(cells) == {"100"}:
            rule = "is 100 % where it is the whole, and called n where each row is about 100 people"
            yield Fault(name, first, names[place], "100", rule)
    if unnamed := [place for place in named if _BASE_IN_WORDS.search(names[place])]:
        rule = "is called n, base or total where it holds how many people a row is about"
        yield from (Fault(name, first, names[place], None, rule) for place in unnamed)
        return
    if counts := [place for place in named if _beside_all(rows, named, place)]:
        rule = (
            "holds percentages, which have to be written with their sign here: without this column each row "
            "adds up to 100 %, and with it none does; of other numbers leave it out"
        )
        yield from (Fault(name, first, names[place], None, rule) for place in counts)
        return
    groups = [_numbers(row[place] for place in named) for _, row in rows]
    signed = any("%" in row[place] for _, row in rows for place in named)
    whole = all(one % 1 == 0 for numbers in groups for one in numbers)
    if any(groups) and not (bases or signed) and whole and not any(map(_is_whole, groups)):
        rule = "holds percentages, which have to be written with their sign where no row adds up to 100 %"
        yield Fault(name, first, names[named[0]], None, f"{rule}: these may be counts")
        return
    for (line, row), numbers in zip(rows, groups, strict=True):
        base = next((int(row[place]) for place in bases if _COUNT.fullmatch(row[place])), None)
        signs = any("%" in row[place] for place in named)
        rule = ""
        if sum(numbers) > 100 + _units(numbers):
            rule = (
                f"does not add up to {sum(numbers)} %, more than rounding explains; "
                "where people could give several answers, write a statements file"
            )
        elif not signs and len(numbers) > 1 and sum(numbers) == base and not _is_whole(numbers):
            rule = "has percentages, not counts that add up to its base"
        elif not signs and any(one % 1 for one in numbers) and _is_whole(numbers, 1):
            rule = "has percentages such as 42.9, not shares such as 0.429"
        if rule:
            yield Fault(name, line, "", row[0], rule)


def _beside_all(rows: Sequence[_Row], named: Sequence[int], place: int) -> bool:
    """Whether several rows add up to just 100 % without a column that has something, and no sign, in each."""
    others = [other for other in named if other != place]
    return (
        len(rows) > 1
        and len(others) > 1
        and all(re.fullmatch("[0-9.]*[1-9][0-9.]*", row[place]) for _, row in rows)
        and all(sum(_numbers(row[other] for other in others)) == 100 for _, row in rows)
    )


def _numbers(cells: Iterable[str]) -> list[Decimal]:
    """The percentages that some cells hold."""
    return [Decimal(cell.rstrip("% ")) for cell in cells if _CELL.fullmatch(cell)]


def _is_whole(numbers: Sequence[Decimal], whole: int = 100) -> bool:
    """Whether percentages add up to 100, or shares to 1, each of them rounded at its last place."""
    return abs(sum(numbers, Decimal(0)) - whole) <= _units(numbers) / 2


def _units(numbers: Iterable[Decimal]) -> Decimal:
    """One in the last place of each, added up."""
    return sum((Decimal(1).scaleb(int(one.as_tuple().exponent)) for one in numbers), Decimal(0))
