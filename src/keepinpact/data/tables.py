"""Reading a table, also the answers of a million people, into categories, with all its faults at once.

A text that a column repeats is kept once, and held against its model once.
"""

from __future__ import annotations

import csv
import io
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import Annotated, Any, BinaryIO, TypeVar

import numpy as np
import pandas as pd
from pydantic import TypeAdapter, ValidationError

from keepinpact.data.rows import ROWS
from keepinpact.faults import UNSEEN, DataError, Fault, Faults, fault_rule, unseen
from keepinpact.files import FORMULA, MOST_BYTES, read_bytes

_T = TypeVar("_T")
_Whole = np.ndarray[Any, np.dtype[np.integer[Any]]]

_NO_FORMULA = (
    "begins like no formula, which a spreadsheet would work out "
    "(=, +, -, @, a tab, a line's end): begin with a word or a quotation mark"
)

# Twice what a million people answer to the questions of these surveys.
_MOST_BYTES = 1_000_000_000
# Larger blocks are read faster, but the memory that they take grows with them.
_BLOCK = 1 << 26
_Known = defaultdict[str, int]
_UNSEEN = bytes(one for one in range(128) if UNSEEN.match(chr(one)))


@dataclass
class Table:
    """A table as it stands in its file, with the faults found so far; only a faultless one is handed out."""

    name: str
    cells: pd.DataFrame
    """Categories of texts; the index is the line in the file."""
    faults: Faults
    whole: bool
    """Whether every row of the file is in it."""
    _faulty: dict[str, np.ndarray[Any, np.dtype[np.bool_]]] = field(default_factory=dict)

    def needs(self, load: Callable[[Path], _T], root: Path) -> _T:
        """What another file holds; if that has faults, they come together with those of the table."""
        try:
            return load(root)
        except DataError as error:
            raise DataError([*self._in_order(), *error.faults]) from None

    def codes(self, column: str) -> _Whole:
        """For each row the number of its text among the categories of a column."""
        return np.asarray(self.cells[column].cat.codes)

    def code(self, column: str, text: str) -> int:
        """The number of a text among the categories of a column; -1 where it has no such."""
        return int(self.cells[column].cat.categories.get_indexer(pd.Index([text]))[0])

    def note(self, column: str, rows: _Whole | Sequence[int], rule: str) -> None:
        """Note the rows, counted from nought, that break a rule, unless the cell has a fault already."""
        at = np.asarray(rows, dtype=np.int64)
        before = self._faulty_in(column)
        at = at[~before[at]]
        before[at] = True
        self.faults.add(
            Fault(self.name, line, column, text, rule)
            for line, text in zip(self.cells.index[at].tolist(), self.cells[column].array[at], strict=True)
        )

    def check(self, column: str, holds: Callable[[str], bool], rule: str) -> None:
        """Note each row whose cell breaks a rule; each text is asked about once."""
        texts = self.cells[column].cat.categories.tolist()
        self.note_codes(column, [code for code, text in enumerate(texts) if not holds(text)], rule)

    def note_codes(self, column: str, codes: Sequence[int], rule: str) -> None:
        """Note each row that has one of some texts, given by their numbers."""
        if codes:
            self.note(column, np.flatnonzero(np.isin(self.codes(column), codes)), rule)

    def check_together(self, columns: Sequence[str], holds: Callable[..., bool], rule: str) -> None:
        """Note the first of some cells where together they break a rule, unless one has a fault already."""
        faulty = np.any([self._faulty_in(column) for column in columns], axis=0).tolist()
        rows = zip(faulty, *(self.cells[column] for column in columns), strict=True)
        broken = [at for at, (known, *texts) in enumerate(rows) if not known and not holds(*texts)]
        self.note(columns[0], broken, rule)

    def unique(self, *columns: str) -> None:
        """Note every row that has the same values in these columns as another."""
        keys = self.cells[[*columns]]
        again = keys[keys.duplicated(keep=False)]
        self.faults.add(
            Fault(self.name, line, ", ".join(columns), ", ".join(key), "is unique")
            for line, *key in again.itertuples(name=None)
        )

    def frame(self) -> pd.DataFrame:
        """The table, or one error with its faults in the order of the lines."""
        if self.faults:
            raise DataError(self._in_order())
        self.cells.attrs["file"] = self.name
        return self.cells

    def texts(self) -> pd.DataFrame:
        """The same with a text of its own in each cell, for tables that are not large."""
        return self.frame().astype("str")

    def _faulty_in(self, column: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """For each row whether its cell in a column has a fault; what is written into it stays."""
        return self._faulty.setdefault(column, np.zeros(len(self.cells), dtype=bool))

    def _in_order(self) -> list[Fault]:
        return sorted(self.faults, key=lambda fault: (fault.more, fault.row))


def read_table(root: Path, name: str) -> Table:
    """A table, each text held against the model of its column; DataError where it cannot be read as one.

    Only blocks with quotations, blank lines or uneven rows are taken apart line by line.
    """
    models = _models(name)
    columns = list(models)
    known = [_Known(count().__next__) for _ in columns]
    codes: list[list[_Whole]] = []
    lines: list[_Whole] = []
    faults, readable = Faults(), True
    for first, raw in _blocks(root / name, name):
        if first == 1:
            first, raw = _after_header(_text(raw, first, name), columns, name)
        if _is_plain(raw, len(columns)):
            coded = _plain(raw, columns, known)
            at: Sequence[int] = range(first, first + len(coded[0]))
        else:
            text = _text(raw, first, name)
            at, cells, readable = _rows(text, first, len(columns), name, faults)
            pairs = zip(known, cells, strict=True)
            coded = [np.fromiter(map(one.__getitem__, texts), np.int32) for one, texts in pairs]
        lines.append(np.array(at, dtype=np.int64))
        codes.append(coded)
        if not readable:
            break
    table = {
        column: pd.Categorical.from_codes(np.concatenate(parts), pd.Index([*texts], dtype="str"))
        for column, texts, parts in zip(columns, known, zip(*codes, strict=True), strict=True)
    }
    found = Table(name, pd.DataFrame(table, index=_index(lines)), faults, whole=not faults)
    for column, model in models.items():
        found.check(column, lambda text: not FORMULA.match(text), _NO_FORMULA)
        _held(found, column, model)
    return found


@cache
def _models(name: str) -> dict[str, TypeAdapter[Any]]:
    """For each column of a table the model of its texts."""
    fields = ROWS[name].model_fields.items()
    return {column: TypeAdapter(list[Annotated[kind.annotation, kind]]) for column, kind in fields}  # type: ignore[name-defined]


def _index(lines: Sequence[_Whole]) -> pd.Index[Any]:
    """An index of lines in their order; it takes no room where none is left out."""
    every = np.concatenate(lines)
    if len(every) and every[-1] - every[0] + 1 == len(every):
        return pd.RangeIndex(int(every[0]), int(every[-1]) + 1, name="line")
    index: pd.Index[Any] = pd.Index(every, name="line")
    return index


def _blocks(path: Path, name: str) -> Iterator[tuple[int, bytes]]:
    """A file in blocks of whole lines and whole quotations, each with the number of its first line."""
    first = 1
    if path.exists() and not path.is_file():
        # A pipe has no size, and may stay open.
        yield first, read_bytes(path, name, MOST_BYTES)
        return
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size > _MOST_BYTES:
                raise DataError([Fault(name, 0, "", "", f"has no more than {_MOST_BYTES // 1_000_000} MB")])
            while raw := file.read(_BLOCK) + file.readline():
                while raw.count(b'"') % 2 and (more := _as_far_as_a_quote(file)):
                    raw += more
                if first == 1 and not raw.strip():
                    break
                yield first, raw
                first += raw.count(b"\n")
    except OSError as error:
        raise DataError([Fault(name, 0, "", "", f"is a file that can be read ({error.strerror})")]) from None
    if first == 1:
        raise DataError([Fault(name, 0, "", "", "is not empty")])


def _as_far_as_a_quote(file: BinaryIO) -> bytes:
    """The lines of a file as far as one with a quotation mark."""
    lines = []
    for line in file:
        lines.append(line)
        if b'"' in line:
            break
    return b"".join(lines)


def _text(raw: bytes, first: int, name: str) -> str:
    """A block as text; DataError where it is no UTF-8 or holds what cannot be seen."""
    try:
        text = raw.decode("utf-8-sig" if first == 1 else "utf-8")
    except UnicodeDecodeError as error:
        row = first + raw[: error.start].count(b"\n")
        broken = Fault(name, row, "byte", f"0x{raw[error.start]:02X}", "the file is UTF-8")
        raise DataError([broken]) from None
    if fault := unseen(name, text, first):
        raise DataError([fault])
    return text


def _after_header(text: str, columns: Sequence[str], name: str) -> tuple[int, bytes]:
    """What stands below the header, with the number of its first line; DataError for another header."""
    file = io.StringIO(text, newline="")
    reader = csv.reader(file, strict=True)
    try:
        header = next(reader, [])
    except csv.Error as error:
        raise DataError([Fault(name, 1, "", "", f"is readable CSV ({error})")]) from None
    if header != list(columns):
        rule = f"the header is {','.join(columns)}"
        raise DataError([Fault(name, 1, "header", ",".join(header), rule)])
    return 1 + reader.line_num, file.read().encode()


def _is_plain(raw: bytes, width: int) -> bool:
    """Whether each line of a block is a row of so many cells in plain ASCII, none in quotation marks."""
    strange = not raw.isascii() or len(raw.translate(None, _UNSEEN)) < len(raw)
    if not raw or strange or b'"' in raw or raw.count(b"\r") != raw.count(b"\r\n"):
        return False
    marks = np.frombuffer(raw, np.uint8)
    marks = marks[(marks == ord(",")) | (marks == ord("\n"))]
    if not raw.endswith(b"\n"):
        marks = np.append(marks, np.uint8(ord("\n")))
    row = [ord(",")] * (width - 1) + [ord("\n")]
    return not len(marks) % width and bool((marks.reshape(-1, width) == row).all())


def _plain(raw: bytes, columns: Sequence[str], known: Sequence[_Known]) -> list[_Whole]:
    """The columns of a plain block, each as the numbers of its texts among those that are known then."""
    # With the header read as a row, no column looks like one of numbers, whose noughts in front would go.
    header = f"{','.join(columns)}\n".encode()
    cells = pd.read_csv(
        io.BytesIO(header + raw), header=None, names=[*columns], dtype="category", na_filter=False,
        quoting=csv.QUOTE_NONE, low_memory=False,
    )  # fmt: skip
    found = []
    for column, texts in zip(columns, known, strict=True):
        array = cells[column].array
        codes = array.codes[1:]
        numbers = np.zeros(len(array.categories), dtype=np.int32)
        used = np.flatnonzero(np.bincount(codes, minlength=len(numbers)))
        numbers[used] = [*map(texts.__getitem__, array.categories[used].tolist())]
        found.append(numbers[codes])
    return found


def _rows(
    text: str, first: int, width: int, name: str, faults: Faults
) -> tuple[list[int], list[list[str]], bool]:
    """The lines of a block's rows, and its columns, as far as it is CSV; whether all of it is.

    Rows that have too many cells or too few are noted, and so is what is no CSV.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines, columns, line = [], [list[str]() for _ in range(width)], first
    try:
        for row in reader:
            if len(row) == width:
                lines.append(line)
                for column, cell in zip(columns, row, strict=True):
                    column.append(cell)
            elif row:
                rule = f"has {width} cells, not {len(row)}"
                faults.add([Fault(name, line, "", ",".join(row), rule)])
            line = first + reader.line_num
    except csv.Error as error:
        faults.add([Fault(name, line, "", "", f"is readable CSV ({error})")])
        return lines, columns, False
    return lines, columns, True


def _held(table: Table, column: str, model: TypeAdapter[Any]) -> None:
    """Note the cells of a column that are not as its model has them."""
    try:
        model.validate_python(table.cells[column].cat.categories.tolist())
    except ValidationError as error:
        rules: dict[str, list[int]] = defaultdict(list)
        for one in error.errors(include_url=False, include_context=False):
            rules[fault_rule(one["msg"])].append(int(one["loc"][0]))
        for rule, codes in rules.items():
            table.note_codes(column, codes, rule)
