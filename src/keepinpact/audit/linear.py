"""What readings say of counts, as linear constraints; and the intervals that these leave by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from keepinpact.numbers import Rounding
from keepinpact.readings import (
    AtLeast,
    AtLeastAsMany,
    AtMost,
    Constraint,
    Count,
    Majority,
    MoreThan,
    NoMajority,
    OneOf,
    PrintedShare,
    Rank,
    Report,
    Sum,
)

__all__ = ["CEILING", "IMPOSSIBLE", "Counts", "Linear", "built_in", "linears", "narrowed"]

CEILING = 10**7
"""Counts are sought up to here. A bound that gives way when this is doubled is no bound.

Where percentages of a base that nothing limits clash by a hair, the solver may step through every count up to
here, in time and memory.
"""

Counts = NDArray[np.int64]

_FAR = 2**62
_SWEEPS = 50


@dataclass(frozen=True)
class Linear:
    """A sum of quantities times whole numbers that lies in one of some spans.

    Attributes
    ----------
    terms
        A coefficient by quantity, none of them 0.
    spans
        Allowed values of the sum as (lowest, highest), ascending; None where an end is open.
    """

    terms: Mapping[str, int]
    spans: tuple[tuple[int | None, int | None], ...]

    @property
    def closed_spans(self) -> list[list[int]]:
        """The spans with every open end far away."""
        return [[-_FAR if low is None else low, _FAR if high is None else high] for low, high in self.spans]


IMPOSSIBLE = Linear({}, ((1, 1),))
"""What no data set fulfils."""


def _linear(terms: Iterable[tuple[str | int, int]], *spans: tuple[int | None, int | None]) -> Linear:
    """A constraint from terms that may name a quantity twice or be whole numbers."""
    total: dict[str, int] = {}
    constant = 0
    for term, factor in terms:
        if isinstance(term, str):
            total[term] = total.get(term, 0) + factor
        else:
            constant += term * factor
    return Linear(
        {name: factor for name, factor in total.items() if factor},
        tuple(
            (None if low is None else low - constant, None if high is None else high - constant)
            for low, high in spans
        ),
    )


def _times(terms: Iterable[str | int], factor: int) -> list[tuple[str | int, int]]:
    return [(term, factor) for term in terms]


def linears(constraint: Constraint, rule: Rounding) -> Iterator[Linear]:
    """What a constraint says, with printed percentages read by a rounding rule.

    A percentage that the rule can never print gives :data:`IMPOSSIBLE`.
    """
    match constraint:
        case Count(of=of, is_=value):
            yield _linear(_times(of, 1), (value, value))
        case Sum(of=left, is_=right):
            yield _linear([*_times(left, 1), *_times(right, -1)], (0, 0))
        case OneOf(of=of, are=values):
            yield _linear(_times(of, 1), *((value, value) for value in sorted(set(values))))
        case AtMost(each=each, is_=value, per=per):
            for name in each:
                yield _linear([(name, 1), (per or 1, -value)], (None, 0))
        case AtLeast(each=each, is_=value, per=per):
            for name in each:
                yield _linear([(name, 1), (per or 1, -value)], (0, None))
        case Majority(each=each, base=base):
            for name in each:
                yield _linear([(name, 2), (base, -1)], (1, None))
        case NoMajority(each=each, base=base):
            for name in each:
                yield _linear([(name, 2), (base, -1)], (None, 0))
        case MoreThan(each=each, than=than):
            for name in each:
                for other in than:
                    yield _linear([(name, 1), (other, -1)], (1, None))
        case AtLeastAsMany(each=each, as_=others):
            for name in each:
                for other in others:
                    yield _linear([(name, 1), (other, -1)], (0, None))
        case Rank(order=order, ahead_of=rest):
            for name, after in [*pairwise(order), *((order[-1], other) for other in rest)]:
                yield _linear([(name, 1), (after, -1)], (0, None))
        case PrintedShare(of=of, base=base):
            yield from _share(constraint, of, base, rule)


def _share(share: PrintedShare, of: Sequence[str | int], base: str, rule: Rounding) -> Iterator[Linear]:
    """A printed percentage P of k in n with S = 10^decimals: D = 2(100·S·k - P·S·n) lies between two n."""
    if not rule.prints(share.printed):
        yield IMPOSSIBLE
        return
    low, low_open, high, high_open = rule.span(share.printed)
    part, whole = 200 * share.printed.scale, 2 * share.printed.units
    yield _linear([(base, 1)], (1, None))
    yield _linear([*_times(of, 1), (base, -1)], (None, 0))
    yield _linear([*_times(of, part), (base, -whole - low)], (int(low_open), None))
    yield _linear([*_times(of, part), (base, -whole - high)], (None, -int(high_open)))


def built_in(report: Report, entries: Mapping[str, int]) -> Iterator[Linear]:
    """What quantities are by construction, apart from the definitions.

    Raises
    ------
    KeyError
        If a quantity refers to a list that ``entries`` lacks.
    """
    for quantity in report.quantities:
        if quantity.parts:
            yield _linear([(quantity.id, 1), *_times(quantity.parts, -1)], (0, 0))
        if quantity.within:
            yield _linear([(quantity.id, 1), (quantity.within, -1)], (None, 0))
        if quantity.entries:
            count = sum(entries[name] for name in quantity.entries)
            yield _linear([(quantity.id, 1)], (count, count))


def narrowed(
    constraints: Sequence[Linear], columns: Mapping[str, int], low: Counts, high: Counts
) -> tuple[Counts, Counts]:
    """Intervals of the quantities, narrowed as far as each constraint alone can.

    They are never too narrow, and may be too wide. For many cases at once.

    Parameters
    ----------
    constraints
        All of these hold.
    columns
        The position of each quantity.
    low, high
        Integers of shape (cases, quantities), from 0 to twice :data:`CEILING`.

    Returns
    -------
    tuple
        The narrowed intervals; a case with a low above its high has no solution.
    """
    low, high = low.copy(), high.copy()
    prepared = [
        ([(columns[name], factor) for name, factor in one.terms.items()], spans[0][0], spans[-1][1])
        for one in constraints
        if (spans := one.closed_spans)
    ]
    if any(not terms and not least <= 0 <= most for terms, least, most in prepared):
        return low, np.full_like(high, -1)
    rows = np.arange(len(low))
    moved = set(columns.values())
    for _ in range(_SWEEPS):
        some_low, some_high = low[rows], high[rows]
        for terms, least, most in prepared:
            if not any(column in moved for column, _ in terms):
                continue
            smallest = [
                factor * (some_low if factor > 0 else some_high)[:, column] for column, factor in terms
            ]
            largest = [
                factor * (some_high if factor > 0 else some_low)[:, column] for column, factor in terms
            ]
            down, up = sum(smallest), sum(largest)
            for (column, factor), small, large in zip(terms, smallest, largest, strict=True):
                if least > -_FAR:
                    _at_least(some_low, some_high, column, factor, least - (up - large))
                if most < _FAR:
                    _at_least(some_low, some_high, column, -factor, (down - small) - most)
        changed = (some_low != low[rows]) | (some_high != high[rows])
        low[rows], high[rows] = some_low, some_high
        moved = set(np.flatnonzero(changed.any(axis=0)).tolist())
        # A case without a solution would be narrowed for ever.
        rows = rows[(some_low <= some_high).all(axis=1) & changed.any(axis=1)]
        if not len(rows):
            break
    return low, high


def _at_least(low: Counts, high: Counts, column: int, factor: int, value: Counts) -> None:
    """Narrow a quantity so that factor times it is at least a value."""
    if factor > 0:
        np.maximum(low[:, column], -(-value // factor), out=low[:, column])
    else:
        np.minimum(high[:, column], -value // -factor, out=high[:, column])
