"""What is printed of a part and its whole: a percentage, its limits, or words for a fraction."""

from __future__ import annotations

import difflib
import re
from abc import abstractmethod
from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    Tag,
    field_validator,
    model_validator,
)
from pydantic_core import CoreSchema

from keepinpact.numbers import ROUNDINGS, SPACE, Figure, Percentage, Rounding, Share, counts
from keepinpact.statements.figures import End, Printed, Written, quotient
from keepinpact.statements.kind import Kind, Name, Terms
from keepinpact.statements.linear import IMPOSSIBLE, Linear, linear, times
from keepinpact.statements.wordings import WORDINGS, Range

__all__ = ["RULES", "AnyShare", "LimitedShare", "PrintedShare", "RangedShare", "WeightedShare", "WordedShare"]

_PERCENTAGE = rf"(100(\.0{{1,6}})?|[0-9]{{1,2}}(\.[0-9]{{1,6}})?){SPACE}?%?"
RULES = Literal[
    "nearest", "half-up", "half-down", "half-even", "truncated", "ceiling", "nearest-5"
]  # fmt: skip
"""The rounding rules, as they are written in a file."""

_FRACTION = re.compile(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,5})")


class _PercentOf(Printed):
    """A printed percentage of a base, rounded by a rule."""

    kind: Literal["share"]
    naming = ("of", "base")
    of: Terms
    base: Name
    is_: str = Field(
        alias="is",
        description="The percentage as printed, with as many decimals, such as 61 % or 61.0 %.",
        json_schema_extra={"pattern": f"^{_PERCENTAGE}$"},
    )
    rounding: RULES | None = None
    """How it was rounded, where that is known of it."""

    @field_validator("is_")
    @classmethod
    def _percentage(cls, value: str) -> str:
        Percentage.parse(value)
        return value

    @property
    def printed(self) -> Percentage:
        """The percentage as printed."""
        return Percentage.parse(self.is_)

    @property
    def after(self) -> str:
        """The sign, with or without which it may be written."""
        return " %"

    def every(self) -> range:
        """Every percentage with as many decimals."""
        return range(100 * self.printed.scale + 1)

    def _by(self, rule: Rounding) -> Rounding:
        """The rule by which it was rounded: its own, or that of the report."""
        return ROUNDINGS[self.rounding.replace("-", " ")] if self.rounding else rule


class PrintedShare(_PercentOf):
    """The quantities ``of`` are the printed percentage ``is`` of ``base`` under the rounding rule.

    A percentage of answers that were weighted is none: what was weighted is not a count.
    """

    adjusted: bool = False
    """Whether it was adjusted so that percentages add up to 100: then it may be a unit off, either way."""

    def _before(self, printed: Figure, rule: Rounding) -> list[Percentage]:
        """What may have been printed but for an adjustment, ascending."""
        units, scale, step = printed.units, printed.scale, rule.step
        near = [units - step, units, units + step] if self.adjusted else [units]
        return [Percentage(one, scale) for one in near if one in self.every()]

    def counts(self, base: int, rule: Rounding) -> range:
        """Every count out of a known base, 1 or more, that may have been printed so."""
        rule = self._by(rule)
        found = [some for one in self._before(self.printed, rule) if (some := counts(one, base, rule.name))]
        return range(found[0].start, found[-1].stop) if found else range(0)

    def shares(self, base: int, rule: Rounding) -> list[Share]:
        """The same as shares."""
        return [Share(count, base) for count in self.counts(base, rule)]

    def between(self, first: Figure, last: Figure, rule: Rounding) -> Iterator[Linear]:
        """P of k in n with S = 10^decimals: D = 2(100·S·k - P·S·n) lies between two multiples of n.

        A percentage that the rule can never print gives :data:`keepinpact.statements.linear.IMPOSSIBLE`.
        """
        rule = self._by(rule)
        if not (rule.prints(first) and rule.prints(last)):
            yield IMPOSSIBLE
            return
        least, most = self._before(first, rule)[0], self._before(last, rule)[-1]
        low, low_open, _, _ = rule.span(least)
        _, _, high, high_open = rule.span(most)
        part = 200 * self.printed.scale
        yield from _of_base(self.of, self.base)
        yield linear([*times(self.of, part), (self.base, -2 * least.units - low)], (int(low_open), None))
        yield linear([*times(self.of, part), (self.base, -2 * most.units - high)], (None, -int(high_open)))


class WeightedShare(_PercentOf):
    """The printed percentage ``is`` of ``base``, each answer weighted, and weights limited.

    It says that there are weights within the limit by which it was printed: weights of its own, whatever
    those of other percentages are.
    """

    weights_up_to: Annotated[str, Written(such_as="3 or '2.5'")] = Field(
        description="How many times as much as another answer none counts more than, such as 3 or 2.5.",
    )

    @field_validator("weights_up_to")
    @classmethod
    def _one_or_more(cls, value: str) -> str:
        if (limit := Figure.parse(value)).units < limit.scale:
            raise ValueError("is 1 or more")
        return value

    def between(self, first: Figure, last: Figure, rule: Rounding) -> Iterator[Linear]:
        """With weights from 1 to R, k of n is a share from k / (k + R (n - k)) to R k / (R k + n - k).

        Every share between is one too, so that it is enough that the largest is above the lower limit and the
        smallest below the upper: that the odds of k in n are at least an R-th, and at most R times, those of
        the limits.
        """
        rule = self._by(rule)
        if not (rule.prints(first) and rule.prints(last)):
            yield IMPOSSIBLE
            return
        low, low_open, _, _ = rule.span(first)
        _, _, high, high_open = rule.span(last)
        part = 200 * first.scale
        limit = Figure.parse(self.weights_up_to)
        ratio = Fraction(limit.units, limit.scale)
        least = max(Fraction(2 * first.units + low, part), Fraction(0))
        most = min(Fraction(2 * last.units + high, part), Fraction(1))
        yield from _of_base(self.of, self.base)
        yield from quotient(
            times(self.of, 1),
            [(self.base, 1)],
            (least / (least + ratio * (1 - least)), low_open and 2 * first.units + low >= 0),
            (ratio * most / (ratio * most + 1 - most), high_open and 2 * last.units + high <= part),
        )


def _of_base(of: list[Any], base: str) -> Iterator[Linear]:
    """That something is a share at all: its base is not empty, and it is no more than that."""
    yield linear([(base, 1)], (1, None))
    yield linear([*times(of, 1), (base, -1)], (None, 0))


class RangedShare(Kind):
    """The quantities ``of`` are a share of ``base`` within limits. A limit is exact: nothing is rounded."""

    naming = ("of", "base")
    of: Terms
    base: Name

    @property
    @abstractmethod
    def reads_as(self) -> Range:
        """The limits."""

    def linears(self, rule: Rounding) -> Iterator[Linear]:
        """The share lies within the limits, multiplied out."""
        yield from _of_base(self.of, self.base)
        low, high = self._ends()
        yield from quotient(times(self.of, 1), [(self.base, 1)], low, high)

    def others(self, rule: Rounding, unit: str) -> Iterator[list[Linear]]:
        """A share below the lower limit, and one above the upper."""
        low, high = self._ends()
        for below, above in ((None, low), (high, None)):
            if below is not None or above is not None:
                # What a limit leaves out is open where the limit counts in.
                turned = [end and (end[0], not end[1]) for end in (below, above)]
                beyond = quotient(times(self.of, 1), [(self.base, 1)], *turned)
                yield [*_of_base(self.of, self.base), *beyond]

    def _ends(self) -> tuple[End, End]:
        found = self.reads_as
        return (
            None if found.low is None else (found.low, found.low_open),
            None if found.high is None else (found.high, found.high_open),
        )


class WordedShare(RangedShare):
    """The quantities ``of`` are a share of ``base`` that ``is`` says in words, read as their range."""

    kind: Literal["share"]
    is_: str = Field(
        alias="is",
        description="Words for a fraction that have a range, such as nearly half.",
        json_schema_extra={"enum": list(WORDINGS)},
    )

    @field_validator("is_")
    @classmethod
    def _words(cls, value: str) -> str:
        if value not in WORDINGS:
            close = difflib.get_close_matches(value, WORDINGS, n=3) or list(WORDINGS)[:3]
            raise ValueError(
                f"{value!r} is neither a percentage nor words that have a range, such as {', '.join(close)}; "
                "give the range of others yourself, with at_least, more_than, at_most and less_than"
            )
        return value

    def wider(self) -> LimitedShare:
        """That it is some share, whichever: what is left if the words go further than their range."""
        return LimitedShare(kind="share", of=self.of, base=self.base, at_least="0 %")

    @property
    def reads_as(self) -> Range:
        """What the words are read as."""
        return WORDINGS[self.is_]


def _limit(value: str) -> str:
    _fraction(value)
    return value


def _fraction(value: str) -> Fraction:
    """A limit as a part of 1; ValueError where it is neither a percentage nor a fraction up to 1."""
    if match := _FRACTION.fullmatch(value):
        found = Fraction(int(match[1]), int(match[2]))
        if found > 1:
            raise ValueError(f"{value!r} is over 1")
        return found
    printed = Percentage.parse(value)
    return Fraction(printed.units, 100 * printed.scale)


Limit = Annotated[
    str,
    AfterValidator(_limit),
    Field(
        description="A percentage such as 60 %, or a fraction such as 1/3.",
        json_schema_extra={"pattern": f"^({_PERCENTAGE}|{_FRACTION.pattern})$"},
    ),
]

LIMITS = ("at_least", "more_than", "at_most", "less_than")


class LimitedShare(RangedShare):
    """The quantities ``of`` are a share of ``base`` that is given by a limit, or by one at each end."""

    kind: Literal["share"]
    at_least: Limit | None = None
    more_than: Limit | None = None
    at_most: Limit | None = None
    less_than: Limit | None = None

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The schema: one limit or two, and no two at the same end."""
        made = super().__get_pydantic_json_schema__(core, handler)
        body = handler.resolve_ref_schema(made)
        body["anyOf"] = [{"required": [key]} for key in LIMITS]
        body["not"] = {"anyOf": [{"required": list(pair)} for pair in (LIMITS[:2], LIMITS[2:])]}
        return made

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        given = self.limits()
        for pair in (LIMITS[:2], LIMITS[2:]):
            if given.keys() >= set(pair):
                raise ValueError(f"give either {pair[0]} or {pair[1]}")
        low, high = self._ends()
        if low and high and (low[0] > high[0] or (low[0] == high[0] and (low[1] or high[1]))):
            raise ValueError("no share lies between these limits")
        return self

    def limits(self) -> dict[str, str]:
        """The limits that are given, as they are printed, by their keys."""
        return {key: value for key in LIMITS if (value := getattr(self, key)) is not None}

    def saying(self, key: str, limit: str) -> LimitedShare:
        """The same with another number as a limit."""
        return self.model_copy(update={key: limit})

    @property
    def reads_as(self) -> Range:
        """The limits."""
        low, high = self.at_least or self.more_than, self.at_most or self.less_than
        return Range(
            _fraction(low) if low else None,
            _fraction(high) if high else None,
            self.more_than is not None,
            self.less_than is not None,
        )


def _how(value: Any) -> str:
    """How a share is written: as a percentage, in words or by limits."""
    if isinstance(value, Kind):
        return {PrintedShare: "printed", WordedShare: "worded", WeightedShare: "weighted"}.get(
            type(value), "limited"
        )
    if not isinstance(value, dict):
        return "printed"
    if any(key in value for key in LIMITS):
        return "limited"
    if "weights_up_to" in value:
        return "weighted"
    printed = value.get("is", value.get("is_"))
    return "worded" if isinstance(printed, str) and re.match(r"[A-Za-z]", printed) else "printed"


AnyShare = Annotated[
    Annotated[PrintedShare, Tag("printed")]
    | Annotated[WordedShare, Tag("worded")]
    | Annotated[LimitedShare, Tag("limited")]
    | Annotated[WeightedShare, Tag("weighted")],
    Discriminator(_how),
]
