"""Reading what survey tools export, each cell as a text."""

from __future__ import annotations

import csv
import io
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import chain, count, islice
from pathlib import Path
from typing import Any

from keepinpact.faults import DataError, Fault
from keepinpact.files import read_bytes

__all__ = ["Export", "key", "read_export"]

_MOST_UNPACKED = 500_000_000
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252"}

_Record = tuple[int, list[str]]


@dataclass(frozen=True)
class Export:
    """An export, each cell a text without white space around it."""

    name: str
    """The file's name."""
    read_as: str
    """How it was read, in words."""
    header_rows: int
    """How many rows of it are headings; the parts of a heading are joined by a bar."""
    headings: list[str]
    """A heading for each column; no two have the same key."""
    rows: list[_Record]
    """The row's number in the file (in one of SPSS, the case) and its cells; not of empty rows."""


def _tidy(text: str) -> str:
    """A text with its white space, line breaks too, as single blanks."""
    return " ".join(text.split())


def key(text: str) -> str:
    """A text as it is compared: its white space, quotation marks and capitals do not matter."""
    straight = unicodedata.normalize("NFKC", text).replace("’", "'").replace("‘", "'")
    return _tidy(straight).casefold()


def read_export(path: Path, header_rows: int | None = None) -> Export:
    """An export as CSV, XLSX or SAV, by the end of its name.

    Parameters
    ----------
    path
        The file.
    header_rows
        How many rows are headings; None to find out.

    Raises
    ------
    DataError
        Where it cannot be read, naming file, row and rule.
    """
    readers: dict[str, Callable[[Path], tuple[str, list[_Record]]]] = {
        **dict.fromkeys((".csv", ".txt", ".tsv"), _csv),
        ".xlsx": _xlsx,
        **dict.fromkeys((".sav", ".zsav"), _sav),
    }
    read = readers.get(path.suffix.lower())
    if read is None:
        raise _unusable(path, "is a CSV file (.csv, .tsv, .txt), an Excel file (.xlsx) or one of SPSS (.sav)")
    read_as, records = read(path)
    records = [(row, [_tidy(cell) for cell in cells]) for row, cells in records]
    records = [(row, cells) for row, cells in records if any(cells)]
    if not records:
        raise _unusable(path, "holds a heading and answers")
    number = header_rows or (2 if _two_headings(records) else 1)
    headings = _joined([cells for _, cells in records[:number]])
    rows = [(row, cells + [""] * (len(headings) - len(cells))) for row, cells in records[number:]]
    faults = [
        Fault(path.name, row, "", "", f"has {len(headings)} cells, as the headings have, not {len(cells)}")
        for row, cells in rows
        if any(cells[len(headings) :])
    ]
    if not rows:
        faults.append(Fault(path.name, 0, "", "", "holds answers below its headings"))
    if faults:
        raise DataError(faults)
    used = [place for place, head in enumerate(headings) if head or any(cells[place] for _, cells in rows)]
    return Export(
        path.name,
        read_as,
        number,
        _unlike([headings[place] or f"column {place + 1}" for place in used]),
        [(row, [cells[place] for place in used]) for row, cells in rows],
    )


def _unusable(path: Path, rule: str, row: int = 0) -> DataError:
    return DataError([Fault(path.name, row, "", "", rule)])


def _two_headings(records: Sequence[_Record]) -> bool:
    """Whether the second row goes on with the headings: questions above, their options below."""
    if len(records) < 2:
        return False
    first, second = (cells for _, cells in records[:2])
    below = [option for question, option in zip(first, second, strict=False) if not question]
    return not second[0] and any(below)


def _joined(rows: Sequence[list[str]]) -> list[str]:
    """The headings of rows above each other, a question standing above all its options."""
    width = max(map(len, rows))
    headings, question = [], ""
    for top, *below in zip(*(row + [""] * (width - len(row)) for row in rows), strict=True):
        question = top or question
        headings.append(" | ".join(filter(None, [question if any(below) else top, *below])))
    return headings


def _unlike(headings: Sequence[str]) -> list[str]:
    """The headings, those that stand there already with a number."""
    found: dict[str, str] = {}
    for heading in headings:
        alike = (f"{heading} ({number})" for number in count(2))
        free = next(one for one in chain([heading], alike) if key(one) not in found)
        found[key(free)] = free
    return list(found.values())


def _csv(path: Path) -> tuple[str, list[_Record]]:
    text, encoding = _decoded(path)
    separator = max(_SEPARATORS, key=lambda one: _likely(text, one))
    records = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    row = 1
    try:
        for cells in reader:
            records.append((row, cells))
            row = reader.line_num + 1
    except csv.Error as error:
        raise _unusable(path, f"is readable CSV from here on ({error})", row) from None
    return f"CSV, {_NAMES[encoding]}, separated by {_SEPARATORS[separator]}", records


def _decoded(path: Path) -> tuple[str, str]:
    raw = read_bytes(path, path.name)
    marked = [encoding for mark, encoding in _MARKS if raw.startswith(mark)]
    for encoding in marked or ["utf-8", "cp1252"]:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError as error:
            row = raw[: error.start].count(b"\n") + 1
            continue
        if "\0" in text:
            raise _unusable(
                path, "is text, and UTF-16 begins with its mark", text.count("\n", 0, text.index("\0")) + 1
            )
        return text, encoding
    raise _unusable(path, "is UTF-8, UTF-16 or Windows-1252", row)


def _likely(text: str, separator: str) -> tuple[float, int]:
    """How much speaks for a separator: the share of rows as wide as the first, and its width."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    widths: list[int] = []
    with suppress(csv.Error):
        widths.extend(len(cells) for cells in islice(reader, 30) if cells)
    if not widths or widths[0] == 1:
        return 0, 1
    return widths.count(widths[0]) / len(widths), widths[0]


def _xlsx(path: Path) -> tuple[str, list[_Record]]:
    import openpyxl

    raw = io.BytesIO(read_bytes(path, path.name))
    try:
        with zipfile.ZipFile(raw) as packed:
            if sum(one.file_size for one in packed.infolist()) > _MOST_UNPACKED:
                raise _unusable(path, f"has no more than {_MOST_UNPACKED // 1_000_000} MB once unpacked")
        sheet = openpyxl.load_workbook(raw, read_only=True, data_only=True).worksheets[0]
        # Some tools write a wrong size into the sheet.
        sheet.reset_dimensions()
        records = [
            (row, [_text(cell) for cell in cells])
            for row, cells in enumerate(sheet.iter_rows(values_only=True), start=1)
        ]
    except DataError:
        raise
    except Exception as error:  # What a broken file makes openpyxl raise is not said anywhere.
        raise _unusable(path, f"is a readable Excel file ({type(error).__name__})") from None
    return f"Excel, its first sheet, “{sheet.title}”", records


def _sav(path: Path) -> tuple[str, list[_Record]]:
    import pyreadstat

    raw = read_bytes(path, path.name)
    try:
        # What reads it takes a file alone, and would read a pipe once more, without a limit.
        with tempfile.NamedTemporaryFile(suffix=path.suffix) as copy:
            copy.write(raw)
            copy.flush()
            frame, about = pyreadstat.read_sav(copy.name, dates_as_pandas_datetime=False)
    except Exception as error:  # Its own errors, and those of Python where a file is broken.
        raise _unusable(path, f"is a readable file of SPSS ({error})") from None
    labels = about.variable_value_labels
    columns = [
        [_text(labels.get(name, {}).get(value, value)) for value in frame[name].tolist()]
        for name in frame.columns
    ]
    names = [" | ".join(filter(None, [name, about.column_names_to_labels[name]])) for name in frame.columns]
    # The headings are no case: the first case is 1.
    records = [(0, names), *enumerate((list(cells) for cells in zip(*columns, strict=True)), start=1)]
    return "SPSS, with its labels; what the file declares missing is blank", records


def _text(value: Any) -> str:
    """A cell as text: whole numbers without a point, nothing for nothing."""
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, date) else str(value)
