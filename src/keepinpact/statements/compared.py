"""What is printed of two counts or two shares that are compared: a multiple, a difference, points."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from keepinpact.numbers import Rounding
from keepinpact.statements.figures import Printed, Written, quotient, rounded_to
from keepinpact.statements.kind import Term, Terms
from keepinpact.statements.linear import Linear, linear, times

__all__ = ["Difference", "Points", "Times"]


class Times(Printed):
    """The quantities ``of`` are ``is`` times as many as those of ``as``, rounded as it is printed.

    A percentage of another base, which may be above 100, is such a number too. A rule that rounds percentages
    to multiples of a step is to the nearest here.
    """

    kind: Literal["times"]
    naming = ("of", "as_")
    of: Terms
    as_: Terms = Field(alias="as")
    is_: Annotated[str, Written(("times", "%"), such_as="3, '2.5 times' or '120 %'")] = Field(
        alias="is", description="The number as printed: 3, 2.5 times or 120 %."
    )

    def every(self) -> None:
        """There is no end to them."""

    def linears(self, rule: Rounding) -> Iterator[Linear]:
        """One sum by the other, a hundred times that for a percentage, is rounded to the number."""
        per = 100 if self.after == " %" else 1
        low, high = ((end[0] / per, end[1]) if end else None for end in rounded_to(self.printed, rule))
        yield linear(times(self.as_, 1), (1, None))
        yield from quotient(times(self.of, 1), times(self.as_, 1), low, high)


class Difference(Printed):
    """The quantities ``of`` are ``is`` more than those of ``than``, which is a whole number."""

    kind: Literal["difference"]
    naming = ("of", "than")
    of: Terms
    than: Terms
    is_: Annotated[str, Written(whole=True, such_as="12")] = Field(
        alias="is", description="How many more, a whole number."
    )

    def every(self) -> None:
        """There is no end to them."""

    def linears(self, rule: Rounding) -> Iterator[Linear]:
        """One sum less the other has this value."""
        value = self.printed.units
        yield linear([*times(self.of, 1), *times(self.than, -1)], (value, value))


class Points(Printed):
    """The share ``of`` in ``base`` is ``is`` percentage points above the share ``than`` in ``than_base``.

    Authors take the difference of the shares or of the rounded percentages, so it may be off by a unit of its
    last decimal either way, whatever the rounding rule (by the step of one that has a step). A difference of
    shares of two bases whose sizes are open is not linear, so two bases have to be numbers.
    """

    kind: Literal["points"]
    naming = ("of", "than", "base")
    of: Terms
    than: Terms
    base: Term
    """What both are shares of: a quantity or a number; with ``than_base`` the number for the first."""
    than_base: Annotated[int, Field(ge=1, lt=10**9, strict=True)] | None = None
    is_: Annotated[str, Written(("points?",), such_as="12 or '12.5 points'")] = Field(
        alias="is", description="The difference as printed: 12 or 12.5 points."
    )

    @model_validator(mode="after")
    def _numbers(self) -> Self:
        if self.than_base is not None and isinstance(self.base, str):
            raise ValueError("two bases are given as numbers: of open ones a difference cannot be worked out")
        if self.base == 0:
            raise ValueError("a base is 1 or more")
        return self

    def every(self) -> range:
        """Every difference of two percentages with as many decimals."""
        return range(100 * self.printed.scale + 1)

    def linears(self, rule: Rounding) -> Iterator[Linear]:
        """The difference of both shares, multiplied out, is at most a unit off."""
        scale, units = self.printed.scale, self.printed.units
        off = rule.step * scale if rule.step > 1 else 1
        ends = [(Fraction(units + one, 100 * scale), False) for one in (-off, off)]
        of, than = times(self.of, 1), times(self.than, 1)
        if self.than_base is None or not isinstance(self.base, int):
            yield linear([(self.base, 1)], (1, None))
            for some in (of, than):
                yield linear([*some, (self.base, -1)], (None, 0))
            yield from quotient([*of, *times(self.than, -1)], [(self.base, 1)], *ends)
            return
        first, second = self.base, self.than_base
        yield linear(of, (None, first))
        yield linear(than, (None, second))
        part = [*times(self.of, second), *times(self.than, -first)]
        yield from quotient(part, [(first * second, 1)], *ends)
