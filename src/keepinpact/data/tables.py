"""Reading a CSV table, with all its faults at once."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pandas as pd
from pydantic import ValidationError

from keepinpact.data.rows import ROWS
from keepinpact.data.text import read_text
from keepinpact.faults import DataError, Fault, fault_rule

_T = TypeVar("_T")

_LARGEST = 1_000_000
_MOST_FAULTS = 2_000
"""With so many faults nothing more of a table is looked at."""

FORMULA = re.compile(r"(?![-+]?[0-9][0-9.,]*[ \u00a0]?%?\Z)[-=+@＝＋－＠\t\r\n]")
"""How a cell begins that a spreadsheet may take for a formula; a number with its sign is none.

https://owasp.org/www-community/attacks/CSV_Injection
"""
NO_FORMULA = (
    "begins like no formula, which a spreadsheet would work out "
    "(=, +, -, @, a tab, a line's end): begin with a word or a quotation mark"
)


@dataclass
class Table:
    """A table as it stands in its file, with the faults found so far; only a faultless one is handed out."""

    name: str
    columns: Sequence[str]
    rows: list[dict[str, str]]
    lines: list[int]
    faults: list[Fault]
    whole: bool = True

    def needs(self, load: Callable[[Path], _T], root: Path) -> _T:
        """What another file holds; if that has faults, they come together with those of the table."""
        try:
            return load(root)
        except DataError as error:
            raise DataError([*self.faults, *error.faults]) from None

    def check(self, column: str, holds: Callable[[dict[str, str]], bool], rule: str) -> None:
        """Note every row that breaks a rule, unless the cell has a fault already."""
        faulty = {(fault.row, fault.column) for fault in self.faults}
        for line, row in zip(self.lines, self.rows, strict=True):
            if len(self.faults) >= _MOST_FAULTS:
                break
            if (line, column) not in faulty and not holds(row):
                self.faults.append(Fault(self.name, line, column, row[column], rule))

    def unique(self, *columns: str) -> None:
        """Note every row that has the same values in these columns as another."""
        keys = [tuple(row[column] for column in columns) for row in self.rows]
        counts = Counter(keys)
        for line, key in zip(self.lines, keys, strict=True):
            if len(self.faults) >= _MOST_FAULTS:
                break
            if counts[key] > 1:
                fault = Fault(self.name, line, ", ".join(columns), ", ".join(key), "is unique")
                self.faults.append(fault)

    def frame(self) -> pd.DataFrame:
        """The table, or one error with every fault in the order of the lines."""
        if self.faults:
            raise DataError(sorted(self.faults, key=lambda fault: fault.row))
        lines = pd.Index(self.lines, dtype="int64", name="line")
        table = pd.DataFrame(self.rows, index=lines, columns=list(self.columns), dtype="str")
        table.attrs["file"] = self.name
        return table


def read_table(root: Path, name: str) -> Table:
    """A table, each row held against its model; DataError where it cannot be read as one."""
    model = ROWS[name]
    text = read_text(root / name, name)
    columns = list(model.model_fields)
    table = Table(name, columns, [], [], [])
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        header = next(reader)
        if header != columns:
            rule = f"the header is {','.join(columns)}"
            raise DataError([Fault(name, 1, "header", ",".join(header), rule)])
        line = reader.line_num + 1
        for cells in reader:
            if len(table.faults) >= _MOST_FAULTS:
                table.whole = False
                break
            if cells and len(cells) != len(columns):
                rule = f"has {len(columns)} cells, not {len(cells)}"
                table.faults.append(Fault(name, line, "", ",".join(cells), rule))
                table.whole = False
            elif cells:
                row = dict(zip(columns, cells, strict=True))
                table.rows.append(row)
                table.lines.append(line)
                table.faults += [
                    Fault(name, line, column, cell, NO_FORMULA)
                    for column, cell in row.items()
                    if FORMULA.match(cell)
                ]
                try:
                    model.model_validate(row)
                except ValidationError as error:
                    table.faults += [
                        Fault(name, line, str(e["loc"][0]), str(e["input"]), fault_rule(e["msg"]))
                        for e in error.errors()
                    ]
            line = reader.line_num + 1
    except csv.Error as error:
        table.faults.append(Fault(name, line, "", "", f"is readable CSV ({error})"))
        table.whole = False
    return table
