"""What is printed of two counts or two shares that are compared: a multiple, a difference, points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from keepinpact.numbers import Amount, Figure, Rounding, unstepped
from keepinpact.statements.figures import Printed, Written, quotient, rounded_to
from keepinpact.statements.kind import Term, Terms, Whole, decimals_of
from keepinpact.statements.linear import IMPOSSIBLE, Linear, linear, times

__all__ = ["Difference", "Points", "Times"]


class Times(Printed):
    """The quantities ``of`` are ``is`` times as many as those of ``as``, rounded as it is printed.

    A percentage of another base, which may be above 100, is such a number too, and is rounded as percentages
    are. A rule that rounds these to multiples of a step is to the nearest for numbers that are none.
    """

    kind: Literal["times"]
    naming = ("of", "as_")
    of: Terms
    as_: Terms = Field(alias="as")
    is_: Annotated[str, Written(("times", "%"), such_as="3, '2.5 times' or '120 %'")] = Field(
        alias="is", description="The number as printed: 3, 2.5 times or 120 %."
    )
    _shift: int = PrivateAttr(0)
    """How many decimals more the first have than the others."""

    def alike(self) -> Iterator[Sequence[str | int]]:
        """Each side by itself: an amount may be so many times as many as people."""
        yield self.of
        yield self.as_

    def given(self, decimals: Mapping[str, int]) -> Self:
        """The same with the decimals of both sides told apart."""
        of, as_ = (
            decimals.get(side[0], 0) if isinstance(side[0], str) else decimals_of(side[0])
            for side in (self.of, self.as_)
        )
        found = self.model_copy()
        found._shift = of - as_
        return found

    def every(self) -> None:
        """There is no end to them."""

    def _by(self, rule: Rounding) -> Rounding:
        return rule if self.after == " %" else unstepped(rule)

    def between(self, first: Figure, last: Figure, rule: Rounding) -> Iterator[Linear]:
        """One sum by the other, a hundred times that for a percentage, is rounded to the number."""
        rule = self._by(rule)
        if not (rule.prints(first) and rule.prints(last)):
            yield IMPOSSIBLE
            return
        per = Fraction(100 if self.after == " %" else 1) / Fraction(10) ** self._shift
        low, high = (
            (end[0] / per, end[1]) if end else None
            for end in (rounded_to(first, rule)[0], rounded_to(last, rule)[1])
        )
        yield linear(times(self.as_, 1), (1, None))
        yield from quotient(times(self.of, 1), times(self.as_, 1), low, high)


class Difference(Printed):
    """The quantities ``of`` are ``is`` more than those of ``than``, exactly, with the decimals they have."""

    kind: Literal["difference"]
    naming = ("of", "than")
    of: Terms
    than: Terms
    is_: Annotated[str, Written(such_as="12")] = Field(
        alias="is", description="How many more, with the decimals of the quantities: 12, or '12.50'."
    )

    def alike(self) -> Iterator[Sequence[str | int]]:
        """The quantities and how many more they are."""
        printed = self.printed
        more = Amount(printed.units, printed.decimals) if printed.decimals else printed.units
        yield [*self.of, *self.than, more]

    def every(self) -> None:
        """There is no end to them."""

    def saying(self, digits: str) -> Self:
        """The same with another number; ValueError where it has other decimals."""
        if Figure.parse(digits).scale != self.printed.scale:
            raise ValueError(f"{digits} is no number that could stand here")
        return super().saying(digits)

    def between(self, first: Figure, last: Figure, rule: Rounding) -> Iterator[Linear]:
        """One sum less the other has this value."""
        yield linear([*times(self.of, 1), *times(self.than, -1)], (first.units, last.units))


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
    than_base: Whole | None = None
    is_: Annotated[str, Written(("points?",), such_as="12 or '12.5 points'")] = Field(
        alias="is", description="The difference as printed: 12 or 12.5 points."
    )

    @model_validator(mode="after")
    def _numbers(self) -> Self:
        if self.than_base is not None and isinstance(self.base, str):
            raise ValueError("two bases are given as numbers: of open ones a difference cannot be worked out")
        if 0 in (self.base, self.than_base):
            raise ValueError("a base is 1 or more")
        return self

    def alike(self) -> Iterator[Sequence[str | int]]:
        """Parts and bases."""
        yield [*self.of, *self.than, self.base, *([] if self.than_base is None else [self.than_base])]

    def every(self) -> range:
        """Every difference of two percentages with as many decimals."""
        return range(100 * self.printed.scale + 1)

    def between(self, first: Figure, last: Figure, rule: Rounding) -> Iterator[Linear]:
        """The difference of both shares, multiplied out, is at most a unit off."""
        scale = first.scale
        off = rule.step * scale if rule.step > 1 else 1
        ends = [(Fraction(units, 100 * scale), False) for units in (first.units - off, last.units + off)]
        of, than = times(self.of, 1), times(self.than, 1)
        if self.than_base is None or not isinstance(self.base, int):
            yield linear([(self.base, 1)], (1, None))
            for some in (of, than):
                yield linear([*some, (self.base, -1)], (None, 0))
            yield from quotient([*of, *times(self.than, -1)], [(self.base, 1)], *ends)
            return
        base, other = self.base, self.than_base
        yield linear(of, (None, base))
        yield linear(than, (None, other))
        part = [*times(self.of, other), *times(self.than, -base)]
        yield from quotient(part, [(base * other, 1)], *ends)
