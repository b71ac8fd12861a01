"""What is printed of a scale whose points are counted: its mean, its median, its standard deviation.

The mean of whole numbers is a sum by a count, so it is linear in how many chose each point; that it can be
printed with so many decimals is the GRIM test (Brown and Heathers 2017, doi:10.1177/1948550616673876), here
together with all else that a report says. Of a standard deviation with a known count the same is true of the
sums of the values and of their squares: the GRIMMER test (Anaya 2016, doi:10.7287/peerj.preprints.2400v1)
asks for them, and CLOSURE (in the R package unsum by Lukas Jung) lists the samples that have both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from keepinpact.numbers import Figure, Rounding
from keepinpact.statements.figures import End, Printed, Written, quotient, rounded_to
from keepinpact.statements.kind import Name
from keepinpact.statements.linear import IMPOSSIBLE, Interval, Linear, linear

__all__ = ["Mean", "Median", "Sd"]

_MOST_SUMS = 1000
"""Of a standard deviation, so many sums of the values are gone through."""


def _point(value: Any) -> Any:
    """A point that is written as text, as every key of a JSON file is; not 01, which would hide a 1."""
    return int(value) if isinstance(value, str) and re.fullmatch("0|[1-9][0-9]{0,3}", value) else value


_Point = Annotated[int, Field(ge=0, le=1000, strict=True), BeforeValidator(_point)]
_Scale = Annotated[
    dict[_Point, Name],
    Field(
        min_length=2, description="The points of the scale, whole numbers from 0 on, each with its quantity."
    ),
]


class _OfScale(Printed):
    naming = ("of",)
    of: _Scale

    def unlike(self, decimals: Mapping[str, int]) -> Iterator[tuple[str, str]]:
        """Quantities with decimals, which count no people."""
        for name in self.quantities():
            if decimals.get(name):
                yield name, "has no decimals, since a scale is of people"

    def _sum(self, power: int) -> list[tuple[str | int, int]]:
        """The sum of all answers to some power; to the power 0 their number."""
        return [(name, point**power) for point, name in self.of.items()]


class Mean(_OfScale):
    """The mean of a scale is ``is``, rounded as it is printed: ``of`` says how many chose each point.

    A rule that rounds percentages to multiples of a step is to the nearest here.
    """

    kind: Literal["mean"]
    is_: Annotated[str, Written()] = Field(
        alias="is", description="The mean as printed, with all its decimals, in quotation marks: '3.40'."
    )

    def every(self) -> range:
        """Every number with as many decimals from the lowest point to the highest."""
        return range(min(self.of) * self.printed.scale, max(self.of) * self.printed.scale + 1)

    def between(self, first: Figure, last: Figure, rule: Rounding) -> Iterator[Linear]:
        """The sum of all answers by their number is rounded to the mean."""
        low, high = rounded_to(first, self._by(rule))[0], rounded_to(last, self._by(rule))[1]
        yield linear(self._sum(0), (1, None))
        yield from quotient(self._sum(1), self._sum(0), low, high)


class Median(_OfScale):
    """A median of a scale is ``is``: at least half chose it or less, and at least half it or more.

    So it holds whether the lower, the upper or the middle of two middle answers is printed.
    """

    kind: Literal["median"]
    is_: Annotated[str, Written(such_as="3 or '3.5'")] = Field(
        alias="is", description="The median, a whole number or a half: 3 or '3.5'."
    )

    @field_validator("is_")
    @classmethod
    def _half(cls, value: str) -> str:
        figure = Figure.parse(value)
        if 2 * figure.units % figure.scale:
            raise ValueError("a median of whole numbers is a whole number or a half, such as '3.5'")
        return value

    def every(self) -> range:
        """Every whole number, and every half where one is printed with decimals."""
        scale = self.printed.scale
        return range(min(self.of) * scale, max(self.of) * scale + 1, max(scale // 2, 1))

    def between(self, first: Figure, last: Figure, rule: Rounding) -> Iterator[Linear]:
        """Twice those on either side, its own among them, are as many as all or more."""
        yield linear(self._sum(0), (1, None))
        for side, end in ((1, last), (-1, first)):
            near = [
                (name, 1 if side * (point * end.scale - end.units) <= 0 else -1)
                for point, name in self.of.items()
            ]
            yield linear(near, (0, None))


class Sd(_OfScale):
    """The standard deviation of a scale that ``n`` people answered is ``is``, rounded as it is printed.

    ``mean`` is the mean that is printed with it. ``divisor`` says whether the squares were divided by n or by
    n - 1; if it does not, either will do.
    """

    kind: Literal["sd"]
    n: Annotated[int, Field(ge=2, le=100_000, strict=True)]
    mean: Annotated[str, Written()] | None = None
    is_: Annotated[str, Written()] = Field(
        alias="is", description="The standard deviation as printed, in quotation marks: '1.20'."
    )
    divisor: Literal["n", "n-1"] | None = None

    @model_validator(mode="after")
    def _few(self) -> Self:
        scale = Figure.parse(self.mean).scale if self.mean else 1
        width = Fraction(2, scale) if self.mean else max(self.of) - min(self.of)
        if self.n * width + 1 > _MOST_SUMS:
            raise ValueError(
                "of so many answers a standard deviation is worked out only with a more exact mean"
            )
        return self

    def every(self) -> range:
        """Every number with as many decimals up to the width of the scale."""
        return range((max(self.of) - min(self.of)) * self.printed.scale + 1)

    def between(self, first: Figure, last: Figure, rule: Rounding) -> Iterator[Linear]:
        """The sum of the answers T and that of their squares Q are among the pairs that can be printed so.

        Where several sums are possible, a factor K above every Q makes one sum of both, K·T + Q, that tells
        them apart; the pairs are spans of it.
        """
        yield linear(self._sum(0), (self.n, self.n))
        totals = self._totals(rule)
        highest = self.n * max(self.of) ** 2
        factor = 0 if len(totals) == 1 else highest + 1
        spans: list[tuple[int, int]] = []
        for total in totals:
            for low, high in sorted(self._squares(total, first, last, rule)):
                low, high = factor * total + max(low, 0), factor * total + min(high, highest)
                if low > high:
                    continue
                if spans and low <= spans[-1][1] + 1:
                    spans[-1] = (spans[-1][0], max(spans[-1][1], high))
                else:
                    spans.append((low, high))
        if not spans:
            yield IMPOSSIBLE
            return
        if not factor:
            yield linear(self._sum(1), (totals[0], totals[0]))
        ends: list[Interval] = [*spans]
        yield linear([(name, factor * point + point**2) for point, name in self.of.items()], *ends)

    def _totals(self, rule: Rounding) -> range:
        """The sums of all answers that there may be, with the mean if it is given."""
        least, most = self.n * min(self.of), self.n * max(self.of)
        if self.mean is not None:
            low, high = rounded_to(Figure.parse(self.mean), self._by(rule))
            least, most = max(least, _from(low, self.n)), min(most, _to(high, self.n))
        return range(least, most + 1)

    def _squares(self, total: int, first: Figure, last: Figure, rule: Rounding) -> Iterator[tuple[int, int]]:
        """The sums of squares Q that go with a sum T: Q - T² / n is the divisor times the variance."""
        low, high = rounded_to(first, self._by(rule))[0], rounded_to(last, self._by(rule))[1]
        assert high is not None
        both = {"n": self.n, "n-1": self.n - 1}
        for divisor in [both[self.divisor]] if self.divisor else both.values():
            lowest: End = None
            if low is not None and low[0] >= 0:
                lowest = (low[0] ** 2 * divisor + Fraction(total**2, self.n), low[1])
            highest = (high[0] ** 2 * divisor + Fraction(total**2, self.n), high[1])
            yield (_from(lowest, 1) if lowest else 0), _to(highest, 1)


def _from(end: End, factor: int) -> int:
    """The smallest whole number that is not below a limit times a factor."""
    assert end is not None
    limit = end[0] * factor
    return -(-limit.numerator // limit.denominator) + int(end[1] and limit.denominator == 1)


def _to(end: End, factor: int) -> int:
    """The largest whole number that is not above a limit times a factor."""
    assert end is not None
    limit = end[0] * factor
    return limit.numerator // limit.denominator - int(end[1] and limit.denominator == 1)
