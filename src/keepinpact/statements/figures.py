"""What is printed as one number, rounded: how it is written, and between which limits it then lies."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from keepinpact.numbers import Figure, Rounding, unstepped
from keepinpact.statements.kind import Kind, other_digits
from keepinpact.statements.linear import Linear, linear

__all__ = ["End", "Printed", "Written", "quotient", "rounded_to"]

End = tuple[Fraction, bool] | None
"""A limit and whether it is open, so that it is not reached itself; None where there is none."""

_ALL = 101
_MOST = 10**9
"""Every printed number is below it, as it is written in a file."""
_NUMBER = r"[0-9]{1,9}(\.[0-9]{1,6})?"
_COMMA = re.compile(r"([0-9]+),([0-9]+)(.*)")


@dataclass(frozen=True)
class Written:
    """How a printed number is written: its digits, then one of some units or nothing.

    A whole number without a unit may be written as a number; all else is text, so that no decimal gets lost.
    """

    units: tuple[str, ...] = ()
    such_as: str = "'3.40'"

    @property
    def pattern(self) -> str:
        """What fits, as a regular expression."""
        units = f"( ?({'|'.join(self.units)}))?" if self.units else ""
        return f"^{_NUMBER}{units}$"

    def check(self, value: Any) -> Any:
        """The number as text; ValueError with what is meant for all else."""
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, bool):
            raise ValueError(f"is written as it is printed, such as {self.such_as}")
        if isinstance(value, float):
            raise ValueError(
                f"a number with decimals is text in quotes, with all that are printed: {self.such_as}"
            )
        if isinstance(value, str) and not re.fullmatch(self.pattern, value, re.ASCII):
            comma = _COMMA.fullmatch(value)
            meant = f"; with a decimal point: '{comma[1]}.{comma[2]}{comma[3]}'" if comma else ""
            raise ValueError(f"is written as it is printed, such as {self.such_as}{meant}")
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {
            "anyOf": [
                {"type": "integer", "minimum": 0, "exclusiveMaximum": 10**9},
                {"type": "string", "pattern": self.pattern},
            ]
        }


class Printed(Kind):
    """A kind that prints one number, rounded."""

    if TYPE_CHECKING:
        is_: str

    @property
    def after(self) -> str:
        """What stands after the digits."""
        unit = self.is_.lstrip("0123456789.").strip()
        return f" {unit}" if unit else ""

    @property
    def printed(self) -> Figure:
        """The number as printed."""
        return Figure.parse(re.sub(r"[^0-9.]", "", self.is_))

    @abstractmethod
    def every(self) -> range | None:
        """Every number with as many decimals that could stand there, as units; None where there is no end."""

    @abstractmethod
    def between(self, first: Figure, last: Figure, rule: Rounding) -> Iterator[Linear]:
        """What it means that some number from one to another was printed, with as many decimals as both."""

    def linears(self, rule: Rounding) -> Iterator[Linear]:
        """What the printed number means."""
        yield from self.between(self.printed, self.printed, rule)

    def _by(self, rule: Rounding) -> Rounding:
        """How the number was rounded where the report's percentages were by a rule."""
        return unstepped(rule)

    def written(self, rule: Rounding) -> range:
        """Every number with as many decimals that a rule prints and a file takes, as units."""
        every = self.every()
        numbers = range(_MOST * self.printed.scale) if every is None else every
        return self._by(rule).multiples(numbers, self.printed.scale)

    def saying(self, digits: str) -> Self:
        """The same with another number."""
        return self.model_copy(update={"is_": digits + self.after})

    def can_print(self, rule: Rounding) -> bool:
        """Whether a rounding rule can print this number at all: of a percentage a multiple of its step."""
        return self._by(rule).prints(self.printed)

    def others(self, rule: Rounding, unit: str) -> Iterator[list[Linear]]:
        """Every other number if they are few; else the ends and those that differ in one digit."""
        printed, every = self.printed, self.every()
        values: Sequence[int] = other_digits(printed.units)
        if every is not None and len(every) <= _ALL:
            values = every
        elif every is not None:
            values = sorted({every[0], every[-1], *(value for value in values if value in every)})
        for value in values:
            if value != printed.units:
                yield list(self.saying(Figure(value, printed.scale).digits).linears(rule))


def rounded_to(printed: Figure, rule: Rounding) -> tuple[End, End]:
    """Between which limits a number lies that was rounded to what is printed; ValueError as of a span."""
    low, low_open, high, high_open = rule.span(printed)
    twice = 2 * printed.scale
    return (
        (Fraction(2 * printed.units + low, twice), low_open),
        (Fraction(2 * printed.units + high, twice), high_open),
    )


def quotient(
    part: Sequence[tuple[str | int, int]], whole: Sequence[tuple[str | int, int]], low: End, high: End
) -> Iterator[Linear]:
    """A part of a whole lies between two limits, multiplied out, so that it is linear in both.

    The whole is to be 1 or more.
    """

    def compared(limit: Fraction) -> list[tuple[str | int, int]]:
        terms = [(name, factor * limit.denominator) for name, factor in part]
        return [*terms, *((name, -factor * limit.numerator) for name, factor in whole)]

    if low is not None:
        yield linear(compared(low[0]), (int(low[1]), None))
    if high is not None:
        yield linear(compared(high[0]), (None, -int(high[1])))
