"""A printed table as the quantities and statements that it stands for, one of each for a cell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import (
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from keepinpact.numbers import SPACE, Percentage, in_decimals
from keepinpact.statements.kind import Name, Number, Strict, decimals_of, number_of
from keepinpact.statements.shares import RULES

__all__ = ["TOTAL", "Table"]

TOTAL = "total"
"""The name of the column, or row, that holds totals."""
_REST = "rest"


def _cell(value: Any, check: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
    """A cell; ValueError with all that may stand there, and not with what each of it is by itself."""
    decimals = info.data.get("decimals", 0)
    try:
        checked = check(value)
        if checked is None or (isinstance(checked, str) and checked.endswith("%")):
            fits = True
        else:
            fits = decimals_of(number_of(str(checked))) == decimals
    except ValidationError:
        fits = False
    if not fits:
        number = f"text such as '{in_decimals(1250, decimals)}'" if decimals else "a whole number"
        comma = re.fullmatch(r"([0-9]+),([0-9]+(?: ?%)?)", str(value), re.ASCII)
        meant = f"; with a decimal point: {comma[1]}.{comma[2]}" if comma else ""
        raise ValueError(f"is {number}, a percentage with its sign such as 42.9%, or null{meant}")
    if isinstance(checked, str) and checked.endswith("%"):
        Percentage.parse(checked)
    return checked


_Cell = Annotated[
    Number | Annotated[str, Field(pattern=rf"^[0-9]+((\.[0-9]+)?{SPACE}?%|\.[0-9]{{1,6}})$")] | None,
    WrapValidator(_cell),
]


class Table(Strict):
    """A printed table of counts and percentages, each row a list with a cell for each column.

    A whole number is a count (with ``decimals`` one with so many), a text with a sign a percentage, nothing a
    cell that is not printed. The cells of a row add up to its total, those of a column to the column's; a row
    or column that is called ``total`` holds these. A percentage of 0 beside a printed total of 0 says that
    there was nobody: it is the custom where a group is empty, though nothing has a share of nobody.
    """

    id: Name
    section: Name
    says: str = "the table"
    """What it is called, in plain words."""
    per: Literal["row", "column", "total"] = "row"
    """What its percentages are of: the total of the row, of the column, or of the whole table."""
    decimals: Annotated[int, Field(ge=0, le=6, strict=True)] = 0
    """With how many decimals its numbers that are no percentages are printed, each of them text."""
    columns: Annotated[list[Name], Field(min_length=1)]
    rows: Annotated[dict[Name, list[_Cell]], Field(min_length=1)]
    labels: dict[Name, str] = {}
    """What rows and columns are called in the report, where that is not their name."""
    complete: bool = True
    """Whether the columns are all that a row adds up to; if not, that they are is an assumption."""
    rounding: RULES | None = None
    """How its percentages were rounded, where that is known."""
    adjusted: bool = False
    """Whether percentages were adjusted so that they add up to 100: each may be a unit off."""

    @model_validator(mode="wrap")
    @classmethod
    def _in_one_go(cls, value: Any, check: ModelWrapValidatorHandler[Self]) -> Self:
        """The table, or all its faults: those of its names beside those of what they stand for."""
        found = [*_misnamed(value)]
        try:
            made = check(value)
        except ValidationError as error:
            found = [
                InitErrorDetails(
                    type=PydanticCustomError(one["type"], one["msg"], one.get("ctx")),
                    loc=one["loc"],
                    input=one["input"],
                )
                for one in error.errors()
            ] + found
        if found:
            raise ValidationError.from_exception_data(cls.__name__, found)
        return made

    def parts(self) -> dict[str, list[dict[str, Any]]]:
        """The quantities, assumptions and statements that it stands for, as a file has them."""
        return {
            "quantities": list(self._quantities()),
            "assumptions": list(self._assumptions()),
            "statements": list(self._statements()),
        }

    @property
    def totals(self) -> list[int | str]:
        """What its column of totals prints."""
        found = (
            [cells[self.columns.index(TOTAL)] for cells in self.rows.values()]
            if TOTAL in self.columns
            else []
        )
        return [one for one in found if one is not None]

    @property
    def _inner(self) -> tuple[list[str], list[str]]:
        """The rows and the columns without totals."""
        return [one for one in self.rows if one != TOTAL], [one for one in self.columns if one != TOTAL]

    @property
    def _down(self) -> bool:
        """Whether totals of columns are needed."""
        return TOTAL in self.rows or self.per != "row"

    def _cell(self, row: str, column: str) -> str:
        return f"{self.id}.{row}.{column}"

    def _called(self, *names: str) -> str:
        return ", ".join(self.labels.get(name, name) for name in names)

    def _quantities(self) -> Iterator[dict[str, Any]]:
        rows, columns = self._inner
        inside = columns if self.complete else [*columns, _REST]
        for row in rows:
            for column in inside:
                yield {
                    "id": self._cell(row, column),
                    "says": f"{self.says}: {self._called(row, column)}",
                    "decimals": self.decimals,
                }
            parts = [self._cell(row, column) for column in inside]
            says = f"{self.says}: {self._called(row)}, all"
            yield {
                "id": self._cell(row, TOTAL),
                "says": says,
                "parts": parts,
                "decimals": self.decimals,
            }
        if self._down:
            for column in [*inside, TOTAL]:
                says = f"{self.says}: all, {'all' if column == TOTAL else self._called(column)}"
                parts = [self._cell(row, column) for row in rows]
                yield {
                    "id": self._cell(TOTAL, column),
                    "says": says,
                    "parts": parts,
                    "decimals": self.decimals,
                }

    @property
    def _nobody(self) -> int | str:
        """A count of 0, as the table prints it."""
        return in_decimals(0, self.decimals) if self.decimals else 0

    def _assumptions(self) -> Iterator[dict[str, Any]]:
        for row in self._inner[0] if not self.complete else ():
            yield {
                "id": f"{self._cell(row, _REST)}.none",
                "says": f"the columns of {self.says} are all answers that there were to {self._called(row)}",
                "why": "The table shows no others.",
                "otherwise": f"there were other answers to {self._called(row)}",
                "holds": [{"count": {"of": self._cell(row, _REST), "is": self._nobody}}],
            }

    def _statements(self) -> Iterator[dict[str, Any]]:
        options = {"rounding": self.rounding} if self.rounding else {}
        empty = {
            self._cell(row, column)
            for row, cells in self.rows.items()
            for column, cell in zip(self.columns, cells, strict=True)
            if TOTAL in (row, column) and cell == self._nobody
        }
        for row, cells in self.rows.items():
            for column, cell in zip(self.columns, cells, strict=True):
                if cell is None:
                    continue
                name = self._cell(row, column)
                base = {
                    "row": self._cell(row, TOTAL),
                    "column": self._cell(TOTAL, column),
                    "total": self._cell(TOTAL, TOTAL),
                }[self.per]
                holds: dict[str, Any] = {"count": {"of": name, "is": cell}}
                if str(cell).endswith("%"):
                    share = {"of": name, "base": base, "is": cell, "adjusted": self.adjusted, **options}
                    nobody = base in empty and not Percentage.parse(str(cell)).units
                    holds = {"count": {"of": name, "is": self._nobody}} if nobody else {"share": share}
                yield {
                    "id": name,
                    "section": self.section,
                    "quote": f"{self._called(row, column)}: {cell}",
                    "says": f"in {self.says} {self._called(row, column)} is {cell}",
                    "holds": [holds],
                }


def _misnamed(table: Any) -> Iterator[InitErrorDetails]:
    """What is wrong with the names of rows and columns, with labels, and with the lengths of rows.

    As far as it can be seen in a table as a file has it, which may have other faults.
    """
    parts = table if isinstance(table, dict) else {}
    columns, rows, labels = (parts.get(key) for key in ("columns", "rows", "labels"))
    if not isinstance(columns, list) or not isinstance(rows, dict):
        return

    def wrong(place: tuple[str, ...], value: Any, rule: str) -> InitErrorDetails:
        return InitErrorDetails(type=PydanticCustomError("value_error", rule), loc=place, input=value)

    for name, cells in rows.items():
        if isinstance(cells, list) and len(cells) != len(columns):
            told = f"row {name} has {len(cells)} cells for {len(columns)} columns"
            yield wrong(("rows", str(name)), None, told)
    names = [(("columns",), one) for one in columns] + [(("rows", one), one) for one in map(str, rows)]
    for place, name in names:
        if name != TOTAL and str(name).lower() == TOTAL:
            yield wrong(place, name, f"{name} is written in small letters where it holds totals: {TOTAL}")
        if name == _REST:
            yield wrong(place, name, f"no row or column is called {_REST}")
    if len({*map(str, columns)}) < len(columns):
        yield wrong(("columns",), None, "each column has a name of its own")
    for one in labels if isinstance(labels, dict) else ():
        if isinstance(one, str) and one not in [name for _, name in names]:
            yield wrong(("labels", str(one)), one, f"a label is of a row or a column, and {one} is neither")
