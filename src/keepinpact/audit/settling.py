"""Which unpublished number would settle most, and how few answers would flip what is known."""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keepinpact.audit.model import DataSets
from keepinpact.audit.solver import Unfinished
from keepinpact.numbers import ROUNDINGS, Bound
from keepinpact.statements.constraints import AtLeastAsMany, Majority, MoreThan, NoMajority, Rank
from keepinpact.statements.report import Reading

_MOST_VALUES = 100
_MOST_QUESTIONS = 4000
"""How often it is asked whether two values go together, before the search is given up."""


@dataclass(frozen=True, order=True)
class Settling:
    """What is left open, in the worst case, once a quantity is known."""

    open: int
    """How many of the published numbers are still open."""
    left: int
    """How many values too many their quantities can still have, added up."""
    place: int
    """The quantity's place among those that were asked about."""
    quantity: str
    """Its id."""


def values_of(bound: Bound) -> Sequence[int] | None:
    """Every value of a bound; None where it has no upper end or more than a hundred values."""
    if bound.high is None or bound.high - bound.low > _MOST_VALUES:
        return None
    return bound.values or range(bound.low, bound.high + 1)


def most_settling(
    data_sets: DataSets,
    bounds: Mapping[str, Bound],
    asked: Sequence[str],
    numbers: Sequence[Sequence[str]],
    most: int,
) -> list[Settling]:
    """The quantities that would leave least open of some published numbers, were they known.

    For each value that a quantity can have, every value that the published numbers can still have is looked
    for; its worst case is the value that leaves most of them open.

    Parameters
    ----------
    data_sets, bounds
        What is known to hold, and the sharp bound of every quantity.
    asked, most
        Quantities that could be asked for, and how many to find. Ties stand in the order of ``asked``.
    numbers
        Of each published number, the quantities that settle it. A quantity whose values are too many to list
        counts nowhere.

    Raises
    ------
    keepinpact.audit.solver.Unfinished
        If an answer is not certain, or there are too many questions.
    """
    asked_for = 0
    targets = {
        name: values
        for name in dict.fromkeys(name for number in numbers for name in number)
        if (values := values_of(bounds[name])) and len(values) > 1
    }
    seen: dict[tuple[str, int], dict[str, set[int]]] = {}

    def known(name: str, value: int) -> dict[str, set[int]]:
        return seen.setdefault((name, value), {target: set() for target in targets})

    def note(counts: Mapping[str, int]) -> None:
        for name in asked:
            for target in targets:
                known(name, counts[name])[target].add(counts[target])

    def left(name: str, value: int, enough: tuple[int, int] | None) -> tuple[int, int]:
        """How many numbers and values are left open; or as many as are enough, and more."""
        nonlocal asked_for
        fixed = data_sets.where({name: value})
        possible = known(name, value)

        def so_far() -> tuple[int, int]:
            open_ = {target: len(values) - 1 for target, values in possible.items() if len(values) > 1}
            return sum(not open_.keys().isdisjoint(number) for number in numbers), sum(open_.values())

        for target, values in targets.items():
            for one in values:
                if enough is not None and so_far() >= enough:
                    return so_far()
                if one in possible[target]:
                    continue
                asked_for += 1
                if asked_for > _MOST_QUESTIONS:
                    raise Unfinished("there are too many values to look at")
                if counts := fixed.where({target: one}).example():
                    note(counts)
        return so_far()

    found: list[Settling] = []
    for place, name in enumerate(asked):
        candidates = values_of(bounds[name])
        if candidates is None or len(candidates) < 2:
            continue
        limit = (found[-1].open, found[-1].left) if len(found) >= most else None
        worst = (0, 0)
        for value in candidates:
            worst = max(worst, left(name, value, limit))
            if limit is not None and worst >= limit:
                break
        if limit is None or worst < limit:
            insort(found, Settling(*worst, place, name))
            del found[most:]
    return found


def flips(reading: Reading, counts: Mapping[str, int]) -> tuple[bool, int] | None:
    """Whether a reading holds for known counts, and how few respondents could turn that round.

    Of a majority, a respondent gives up the answer (or takes it up) and stays in the base. Of a
    comparison, a respondent exchanges one answer for the other. A reading of several comparisons stops
    holding as soon as one does; to make it hold, at least the hardest has to be turned. So the number is
    exact where it holds, and at least so many where it does not. None where the reading compares nothing, or
    compares a count that is not known.
    """
    comparing = Majority | NoMajority | MoreThan | AtLeastAsMany | Rank
    compared = [constraint for constraint in reading.holds if isinstance(constraint, comparing)]
    names = {name for constraint in compared for name in constraint.quantities()}
    if not compared or not names <= counts.keys():
        return None
    gaps = []
    for line in (line for constraint in compared for line in constraint.linears(ROUNDINGS["nearest"])):
        total = sum(counts[name] * factor for name, factor in line.terms.items())
        low, high = line.hull
        gaps += [total - low] if low is not None else []
        gaps += [high - total] if high is not None else []
    # A respondent who answers otherwise moves a difference by two.
    gap = min(gaps)
    return (True, gap // 2 + 1) if gap >= 0 else (False, -(gap // 2))
