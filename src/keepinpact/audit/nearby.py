"""Counts near others: how few changes make some fulfil constraints, and how far one can go on.

Nothing here says that there are none; what is found is checked constraint by constraint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from keepinpact.audit.narrowing import Ends, Line
from keepinpact.statements.linear import Interval, Linear

Cases = tuple[tuple[Linear, ...], ...]
"""At least one of these holds; of each, everything."""

_CHANGES = 24
"""How many counts are changed, one after the other, before that is given up."""
_AGAIN = 2
"""How often one of them is."""


@dataclass(frozen=True, eq=False)
class Choice:
    """Cases of which one holds where a switch is on, and the places of the quantities that they name."""

    cases: Cases
    lines: tuple[tuple[Line, ...], ...]
    places: tuple[int, ...]
    bit: int


Bearing = Callable[[int], Iterable[Line | Choice]]
"""What holds of a quantity, by its place."""


def allowed(total: int, spans: Iterable[Interval]) -> bool:
    """Whether a sum lies in one of some spans."""
    for low, high in spans:  # noqa: SIM110
        if (low is None or low <= total) and (high is None or total <= high):
            return True
    return False


def total_of(line: Line, counts: Sequence[int]) -> int:
    """The sum of a constraint."""
    # Called millions of times: a loop takes half the time of a sum over a generator.
    total = 0
    for place, factor in line.terms:
        total += counts[place] * factor
    return total


def met(one: Line | Choice, counts: Sequence[int]) -> bool:
    """Whether counts fulfil a constraint."""
    if isinstance(one, Line):
        return allowed(total_of(one, counts), one.spans)
    return any(all(met(line, counts) for line in case) for case in one.lines)


def nudged(
    counts: Sequence[int], failed: Iterable[Line | Choice], ends: Ends, bearing: Bearing
) -> list[int] | None:
    """Counts that fulfil everything, from some that fulfil all but what has ``failed``; None if not found.

    One count after the other is moved by as little as a constraint that fails needs, that which breaks fewest
    others first (the heuristic of Minton and others 1992, "Minimizing conflicts",
    doi:10.1016/0004-3702(92)90007-K).
    """
    now = list(counts)
    waiting = list(failed)
    moved: dict[int, int] = {}
    for _ in range(_CHANGES):
        waiting = [one for one in waiting if not met(one, now)]
        if not waiting:
            return now
        best: tuple[int, int, int, int] | None = None
        for line in _failing(waiting[0], now):
            for place, step in _steps(line, now, ends):
                if moved.get(place, 0) < _AGAIN:
                    before = now[place]
                    now[place] = before + step
                    broken = sum(not met(one, now) for one in bearing(place))
                    now[place] = before
                    cost = (broken, moved.get(place, 0), abs(step), place)
                    if best is None or cost < best:
                        best, chosen = cost, step
        if best is None:
            return None
        place = best[-1]
        now[place] += chosen
        moved[place] = moved.get(place, 0) + 1
        waiting += [one for one in bearing(place) if one not in waiting]
    return None if any(not met(one, now) for one in waiting) else now


def _failing(one: Line | Choice, counts: Sequence[int]) -> Iterable[Line]:
    lines = [one] if isinstance(one, Line) else [line for case in one.lines for line in case]
    return [line for line in lines if not met(line, counts)]


def _steps(line: Line, counts: Sequence[int], ends: Ends) -> Iterable[tuple[int, int]]:
    """By how much each quantity of a constraint could be moved so that it holds."""
    total = total_of(line, counts)
    for low, high in line.spans:
        off = low - total if low is not None and total < low else (high or 0) - total
        for place, factor in line.terms:
            # Away from the sum that there is, so that it is not just short of the span.
            step = -(-abs(off) // abs(factor)) * (1 if (off > 0) == (factor > 0) else -1)
            aim, count = total + step * factor, counts[place] + step
            top = ends.highs[place]
            if (
                ends.lows[place] <= count
                and (top is None or count <= top)
                and (low is None or low <= aim)
                and (high is None or aim <= high)
            ):
                yield place, step


def going_on(counts: Sequence[int], step: Mapping[int, int], bearing: Bearing) -> int | None:
    """How often a step can be added to counts that fulfil everything; None if for ever.

    Where a constraint allows several spans, the sum stays in the one that it is in; so all counts on the way
    fulfil it as well.
    """
    most: int | None = None

    def at_most(times: int | None) -> None:
        nonlocal most
        most = times if most is None else most if times is None else min(most, times)

    for place, by in step.items():
        if by < 0:
            at_most(counts[place] // -by)
    if most == 0:
        return 0
    for one in dict.fromkeys(one for place in step for one in bearing(place)):
        if most == 0:
            return 0
        if isinstance(one, Line):
            at_most(_along(one, counts, step))
        else:
            cases = [
                [_along(line, counts, step) for line in case]
                for case in one.lines
                if all(met(line, counts) for line in case)
            ]
            ends = [min((end for end in case if end is not None), default=None) for case in cases]
            at_most(None if None in ends else max((end for end in ends if end is not None), default=0))
    return most


def _along(line: Line, counts: Sequence[int], step: Mapping[int, int]) -> int | None:
    slope = sum(factor * step.get(place, 0) for place, factor in line.terms)
    if not slope:
        return None
    total = total_of(line, counts)
    low, high = next(
        (low, high)
        for low, high in line.spans
        if (low is None or low <= total) and (high is None or total <= high)
    )
    if slope > 0:
        return None if high is None else (high - total) // slope
    return None if low is None else (total - low) // -slope
