"""A sum of quantities that lies in one of some spans: the arithmetic of whatever a report says of counts.

Whole numbers of any size; nothing here is rounded or cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["IMPOSSIBLE", "Interval", "Linear", "linear", "narrowed", "times"]

Interval = tuple[int | None, int | None]
"""The lowest and the highest value; None where an end is open."""

_ROUNDS = 60
"""How often each constraint is looked at, on average, before narrowing is given up."""
_OFTEN = 200


@dataclass(frozen=True)
class Linear:
    """A sum of quantities times whole numbers that lies in one of some spans."""

    terms: Mapping[str, int]
    """A coefficient by quantity, none of them 0."""
    spans: tuple[Interval, ...]
    """Allowed values of the sum, ascending and apart."""

    @property
    def hull(self) -> Interval:
        """The lowest and the highest value that the sum can have."""
        return self.spans[0][0], self.spans[-1][1]

    def given(self, known: Mapping[str, int]) -> Linear:
        """The same, once some counts are known."""
        return linear([(known.get(name, name), factor) for name, factor in self.terms.items()], *self.spans)

    def allows(self, values: Mapping[str, int]) -> bool:
        """Whether counts fulfil it; KeyError where one is missing."""
        total = sum(values[name] * factor for name, factor in self.terms.items())
        return any(
            (low is None or low <= total) and (high is None or total <= high) for low, high in self.spans
        )

    def sure(self, intervals: Mapping[str, Interval]) -> bool:
        """Whether whatever counts lie in some intervals fulfil it."""
        lows = highs = 0
        open_low = open_high = False
        for name, factor in self.terms.items():
            ends = intervals[name]
            low, high = ends if factor > 0 else ends[::-1]
            if low is None:
                open_low = True
            else:
                lows += low * factor
            if high is None:
                open_high = True
            else:
                highs += high * factor
        return any(
            (low is None or (not open_low and low <= lows))
            and (high is None or (not open_high and highs <= high))
            for low, high in self.spans
        )

    def grows_into(self, name: str) -> bool:
        """Whether it holds as soon as one of its counts is large enough, whatever the others are."""
        return (self.spans[-1][1] if self.terms[name] > 0 else self.spans[0][0]) is None

    def least(self, name: str, others: Mapping[str, int]) -> int:
        """From which value of a count that it grows into it always holds, given the others."""
        factor = self.terms[name]
        rest = sum(others[one] * times_ for one, times_ in self.terms.items() if one != name)
        end = self.spans[-1][0] if factor > 0 else self.spans[0][1]
        if end is None:
            return 0
        return -((rest - end) // factor) if factor > 0 else -((end - rest) // -factor)

    def otherwise(self) -> Linear | None:
        """Every other value of the sum; None where there is none."""
        gaps: list[Interval] = []
        before: int | None = None
        for low, high in self.spans:
            if low is not None and (before is None or before + 1 < low):
                gaps.append((None if before is None else before + 1, low - 1))
            if high is None:
                break
            before = high
        else:
            gaps.append((None if before is None else before + 1, None))
        return Linear(self.terms, tuple(gaps)) if gaps else None


IMPOSSIBLE = Linear({}, ((1, 1),))
"""What no data set fulfils."""


def linear(terms: Iterable[tuple[str | int, int]], *spans: Interval) -> Linear:
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


def times(terms: Iterable[str | int], factor: int) -> list[tuple[str | int, int]]:
    """Terms with the same factor each."""
    return [(term, factor) for term in terms]


def narrowed(
    constraints: Sequence[Linear],
    start: Mapping[str, Interval],
    tick: Callable[[], object] = bool,
    looked_at: Sequence[Linear] = (),
) -> dict[str, Interval] | None:
    """Intervals of the quantities, narrowed as far as one constraint after the other can.

    They hold every solution and may be too wide; None where there certainly is no solution.

    Parameters
    ----------
    constraints
        All of these hold.
    start
        An interval for each quantity that they name.
    tick
        Called now and then; it may raise.
    looked_at
        Constraints that hold too, and by which the start was narrowed before.
    """
    found = dict(start)
    every = [*constraints, *looked_at]
    users: dict[str, list[int]] = {}
    for place, one in enumerate(every):
        for name in one.terms:
            users.setdefault(name, []).append(place)
    waiting = dict.fromkeys(range(len(constraints)))
    left = _ROUNDS * (len(every) + 1)
    while waiting and left:
        left -= 1
        if left % _OFTEN == 0:
            tick()
        place = next(iter(waiting))
        del waiting[place]
        moved = _narrow(every[place], found)
        if moved is None:
            return None
        for name in moved:
            waiting.update(dict.fromkeys(users[name]))
    return found


def _narrow(one: Linear, found: dict[str, Interval]) -> list[str] | None:
    """The quantities whose interval one constraint narrows, in place; None where it cannot hold."""
    ends = []
    lows = highs = 0
    open_lows = open_highs = 0
    for name, factor in one.terms.items():
        low, high = found[name]
        if factor < 0:
            low, high = high, low
        small = None if low is None else low * factor
        large = None if high is None else high * factor
        ends.append((name, factor, small, large))
        if small is None:
            open_lows += 1
        else:
            lows += small
        if large is None:
            open_highs += 1
        else:
            highs += large
    # The sum lies in a span that its terms can reach.
    reached = [
        (low, high)
        for low, high in one.spans
        if (low is None or open_highs or low <= highs) and (high is None or open_lows or high >= lows)
    ]
    if not reached:
        return None
    least, most = reached[0][0], reached[-1][1]
    moved = []
    for name, factor, small, large in ends:
        before = low, high = found[name]
        if least is not None and not open_highs - (large is None):
            value = least - (highs - (large or 0))
            if factor > 0:
                low = max(-(-value // factor), low if low is not None else -(-value // factor))
            else:
                high = min(value // factor, high if high is not None else value // factor)
        if most is not None and not open_lows - (small is None):
            value = most - (lows - (small or 0))
            if factor > 0:
                high = min(value // factor, high if high is not None else value // factor)
            else:
                low = max(-(-value // factor), low if low is not None else -(-value // factor))
        if low is not None and high is not None and low > high:
            return None
        if (low, high) != before:
            found[name] = (low, high)
            moved.append(name)
    return moved
