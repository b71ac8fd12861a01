"""Counts, shares, bounds and printed percentages, exact throughout.

Nothing here uses binary floating point: shares are pairs of integers, printed percentages are kept as
the strings that were printed, and rounding goes through :mod:`decimal`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Self

__all__ = [
    "ROUNDINGS",
    "SPACE",
    "Bound",
    "Figure",
    "Percentage",
    "Rounding",
    "Share",
    "candidates",
    "counts",
    "either",
    "one_answer",
    "percent",
    "rounded",
    "unstepped",
]

SPACE = "[ \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]"
"""What may stand before a sign; documents often have one at which no line breaks."""
_PRINTED = re.compile(rf"(\d{{1,3}})(?:\.(\d{{1,6}}))?{SPACE}?%?", re.ASCII)
_FIGURE = re.compile(r"(\d{1,9})(?:\.(\d{1,6}))?", re.ASCII)
_COMMA = re.compile(rf"(\d{{1,9}}),(\d{{1,6}}){SPACE}?%?", re.ASCII)


def rounded(value: Fraction, decimals: int = 0) -> Decimal:
    """Round a fraction of zero or more half up to so many decimals, as this edition prints."""
    scaled = value * 10**decimals
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    tie_or_more = 2 * rest >= scaled.denominator
    unit = Decimal(1).scaleb(-decimals)
    return (Decimal(whole + tie_or_more) * unit).quantize(unit, rounding=ROUND_HALF_UP)


def percent(value: Fraction, decimals: int = 0) -> str:
    """Write a share between 0 and 1 as a percentage, e.g. ``61 %``."""
    return f"{rounded(100 * value, decimals)} %"


@dataclass(frozen=True, order=True)
class Share:
    """A share: ``count`` of ``base`` respondents.

    ValueError where the base is not positive or the count lies outside 0 to base.
    """

    count: int
    base: int

    def __post_init__(self) -> None:
        if self.base < 1 or not 0 <= self.count <= self.base:
            raise ValueError(f"{self.count} of {self.base} is no share: 0 <= count <= base, base >= 1")

    @property
    def fraction(self) -> Fraction:
        """The exact share, between 0 and 1."""
        return Fraction(self.count, self.base)

    def percent(self, decimals: int = 0) -> str:
        """The share as a percentage, rounded half up."""
        return percent(self.fraction, decimals)

    def __str__(self) -> str:
        return f"{self.percent()} ({self.count} of {self.base})"


@dataclass(frozen=True)
class Bound:
    """The smallest and the largest value that a quantity can take.

    ``high`` is None where nothing limits the quantity from above. ``values`` has every value that is possible
    where some between the two are not and they are few enough to be listed. ValueError where the lower end is
    above the upper, or the values do not run from one to the other.
    """

    low: int
    high: int | None
    values: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.high is not None and self.low > self.high:
            raise ValueError(f"a bound from {self.low} to {self.high} is empty")
        if self.values is not None and (self.values[0], self.values[-1]) != (self.low, self.high):
            raise ValueError(f"the values of a bound run from {self.low} to {self.high}")

    @property
    def settled(self) -> bool:
        """Whether only one value is left."""
        return self.low == self.high

    def __str__(self) -> str:
        return self.told(str)

    def told(self, shown: Callable[[int], str]) -> str:
        """The bound as text, each of its values as it is shown."""
        if self.high is None:
            return f"{shown(self.low)} or more"
        if self.values is not None:
            return either([shown(value) for value in self.values])
        return shown(self.low) if self.settled else f"{shown(self.low)} to {shown(self.high)}"


@dataclass(frozen=True)
class Figure:
    """A number as somebody printed it, with its decimals, so that ``3.4`` and ``3.40`` stay different.

    ``units`` are the printed digits as one integer (``61.5`` gives 615), ``scale`` is ten to the number of
    printed decimals (``61.5`` gives 10).
    """

    units: int
    scale: int

    @classmethod
    def parse(cls, printed: str) -> Self:
        """Read ``3``, ``3.4`` or ``3.40``, with six decimals at most; ValueError for all else."""
        match = _FIGURE.fullmatch(printed.strip())
        if match is None:
            raise ValueError(f"{printed!r} is no number as it is printed, such as 3.48{_meant(printed, '')}")
        return cls._of(match)

    @classmethod
    def _of(cls, match: re.Match[str]) -> Self:
        whole, decimals = match.group(1), match.group(2) or ""
        return cls(int(whole + decimals), int(10 ** len(decimals)))

    @property
    def decimals(self) -> int:
        """How many decimals are printed."""
        return len(str(self.scale)) - 1

    @property
    def digits(self) -> str:
        """The number as its digits."""
        return f"{Decimal(self.units).scaleb(-self.decimals):.{self.decimals}f}"

    def __str__(self) -> str:
        return self.digits


class Amount(int):
    """A number with decimals as how many of its last decimal it is: 12.50 is 1250 hundredths.

    It adds up and compares as that whole number, and is told as it is printed.
    """

    decimals: int

    def __new__(cls, units: int, decimals: int) -> Self:
        """So many units of so many decimals, 1 or more."""
        made = super().__new__(cls, units)
        made.decimals = decimals
        return made

    def __getnewargs__(self) -> tuple[int, int]:  # type: ignore[override]
        return int(self), self.decimals

    def __str__(self) -> str:
        return in_decimals(self, self.decimals)

    @staticmethod
    def like(printed: int, units: int) -> int:
        """So many units of as many decimals as another number is printed with."""
        return Amount(units, printed.decimals) if isinstance(printed, Amount) else units


def in_decimals(units: int, decimals: int) -> str:
    """A number that counts its last decimal, 0 or more, as it is printed: 1250 with 2 is ``12.50``."""
    return Figure(units, 10**decimals).digits


@dataclass(frozen=True)
class Percentage(Figure):
    """A percentage as somebody printed it, so that ``70`` and ``70.0`` stay different."""

    @classmethod
    def parse(cls, printed: str) -> Self:
        """Read ``61``, ``61%``, ``61 %`` or ``61.5 %``, with six decimals at most.

        ValueError where the text is no percentage, or one over 100.
        """
        match = _PRINTED.fullmatch(printed.strip())
        if match is None:
            raise ValueError(
                f"{printed!r} is no percentage: write it as printed, such as '61 %'{_meant(printed, ' %')}"
            )
        percentage = cls._of(match)
        if percentage.units > 100 * percentage.scale:
            raise ValueError(f"{printed!r} is over 100 %")
        return percentage

    def __str__(self) -> str:
        return f"{self.digits} %"


def _meant(printed: str, unit: str) -> str:
    """What somebody meant who wrote a decimal comma; empty where that is not what is wrong."""
    match = _COMMA.fullmatch(printed.strip())
    return f"; a decimal point instead of the comma: '{match[1]}.{match[2]}{unit}'" if match else ""


@dataclass(frozen=True)
class Rounding:
    """A rule by which a share may have become the printed percentage.

    With S the percentage's scale, P·S its units, and D = 2(100·S·k - P·S·n), the rule allows
    ``low``·n <= D <= ``high``·n; an end that is open excludes equality. A rule stated like this is
    linear in k and n, so it holds where the base is unknown too. ``says`` goes on from "rounded".
    """

    name: str
    says: str
    low: int
    high: int
    low_open: bool = False
    high_open: bool = False
    ties_to_even: bool = False
    step: int = 1

    def prints(self, printed: Figure) -> bool:
        """Whether the rule can print this percentage at all."""
        return self.step == 1 or (printed.scale == 1 and printed.units % self.step == 0)

    def multiples(self, numbers: range, scale: int) -> range:
        """Of all numbers from 0 to some, in units of so large a scale, those that the rule can print."""
        return numbers[:: self.step] if self.step == 1 or scale == 1 else range(0)

    def span(self, printed: Figure) -> tuple[int, bool, int, bool]:
        """The limits for one printed percentage: low, low open, high, high open.

        ValueError where the rule can never print it (no multiple of its step).
        """
        if not self.prints(printed):
            raise ValueError(f"{printed} is no whole multiple of {self.step} %")
        odd = self.ties_to_even and printed.units % 2 == 1
        return self.low, self.low_open or odd, self.high, self.high_open or odd


ROUNDINGS = {
    rule.name: rule
    for rule in (
        Rounding("nearest", "to the nearest, either way at a tie", -1, 1),
        Rounding("half up", "to the nearest, up at a tie", -1, 1, high_open=True),
        Rounding("half down", "to the nearest, down at a tie", -1, 1, low_open=True),
        Rounding("half even", "to the nearest, to the even digit at a tie", -1, 1, ties_to_even=True),
        Rounding("truncated", "down throughout", 0, 2, high_open=True),
        Rounding("ceiling", "up throughout", -2, 0, low_open=True),
        Rounding("nearest 5", "to the nearest multiple of five per cent", -5, 5, step=5),
    )
}
"""The named rounding rules; ``nearest`` (either way at a tie) is how this edition reads a report."""


def unstepped(rule: Rounding) -> Rounding:
    """The rule for numbers that are no percentages: one that prints multiples of a step is to the nearest."""
    return rule if rule.step == 1 else ROUNDINGS["nearest"]


def counts(printed: Percentage, base: int, rounding: str = "nearest") -> range:
    """Every count out of a known base, 1 or more, that may have been printed as the percentage.

    ``rounding`` is a key of :data:`ROUNDINGS`. Of a large base they are too many to be listed.
    """
    rule = ROUNDINGS[rounding]
    if not rule.prints(printed):
        return range(0)
    low, low_open, high, high_open = rule.span(printed)
    part, whole = 200 * printed.scale, 2 * printed.units
    least = -(-((whole + low) * base + low_open) // part)
    most = ((whole + high) * base - high_open) // part
    return range(max(least, 0), min(most, base) + 1)


def candidates(printed: Percentage, base: int, rounding: str = "nearest") -> list[Share]:
    """Every share of a known base, 1 or more, that may have been printed as the percentage.

    ``rounding`` is a key of :data:`ROUNDINGS`.
    """
    return [Share(count, base) for count in counts(printed, base, rounding)]


def one_answer(bases: Iterable[int]) -> Bound:
    """How much one respondent weighs, in percentage points, given one or more possible bases."""
    points = sorted({int(rounded(Fraction(100, base))) for base in bases})
    gaps = len(points) < points[-1] - points[0] + 1
    return Bound(points[0], points[-1], tuple(points) if gaps else None)


def either(texts: Sequence[str], last: str = "or") -> str:
    """Alternatives in a sentence, e.g. ``11 of 18, 14 of 23 or 17 of 28``."""
    return f" {last} ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)
