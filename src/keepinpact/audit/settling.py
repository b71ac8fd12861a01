"""Which unpublished number would settle most, and how few answers would flip what is known."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from keepinpact.audit.linear import CEILING
from keepinpact.audit.model import Contradiction, DataSets, Sharp
from keepinpact.numbers import Bound
from keepinpact.readings import AtLeastAsMany, Constraint, Majority, MoreThan, NoMajority, Rank, Reading

__all__ = ["Settling", "flips", "most_settling"]

_VALUES = 500


@dataclass(frozen=True, order=True)
class Settling:
    """What is left open, in the worst case, once a quantity is known.

    Attributes
    ----------
    left
        The widths of all bounds added up, in the worst case.
    place
        The quantity's place in the report's order.
    quantity
        Its id.
    """

    left: int
    place: int
    quantity: str


def most_settling(
    data_sets: DataSets, bounds: Mapping[str, Bound], quantities: Sequence[str], most: int
) -> list[Settling]:
    """The quantities that would leave least open in the worst case, were they published.

    For each value that a quantity can take, the bounds of all others are worked out anew; its worst case
    is the value that leaves the largest sum of widths. Quantities without an upper bound count nowhere.

    Parameters
    ----------
    data_sets
        What is known to hold.
    bounds
        The sharp bound of every quantity.
    quantities
        Those that could be published. One that can take more than 500 values is passed over.
    most
        How many to find. Ties stand in the report's order.

    Raises
    ------
    keepinpact.audit.model.Unfinished
        If the time limit is reached.
    """
    model = data_sets.model
    finite = [i for i, name in enumerate(model.quantities) if bounds[name].high is not None]
    cases = [
        (name, value)
        for name in quantities
        if (high := bounds[name].high) is not None and bounds[name].low < high < bounds[name].low + _VALUES
        for value in range(bounds[name].low, high + 1)
    ]
    lows, highs = data_sets.intervals([{name: value} for name, value in cases])
    least = np.array([bounds[name].low for name in model.quantities])
    most_ = np.array(
        [2 * CEILING if (high := bounds[name].high) is None else high for name in model.quantities]
    )
    # Knowing more never leaves more open.
    np.maximum(lows[:, : len(least)], least, out=lows[:, : len(least)])
    np.minimum(highs[:, : len(most_)], most_, out=highs[:, : len(most_)])
    guesses: dict[str, list[tuple[int, int]]] = {}
    widths = (highs[:, finite] - lows[:, finite]).sum(axis=1)
    for row in np.flatnonzero((lows <= highs).all(axis=1)).tolist():
        guesses.setdefault(cases[row][0], []).append((int(widths[row]), row))
    found: list[Settling] = []
    for name in sorted(guesses, key=lambda name: max(guesses[name])[0]):
        place = model.columns[name]
        limit = len(finite) * 2 * CEILING
        if len(found) >= most:
            # One that leaves as much open as the last of those found takes its place if it stands before it.
            limit = found[-1].left + (place < found[-1].place)
        left = 0
        for guess, row in sorted(guesses[name], reverse=True):
            if guess <= left or left >= limit:
                break
            sharp = Sharp(lows[row], highs[row], len(model.quantities))
            with suppress(Contradiction):
                data_sets.where({name: cases[row][1]}).sharpen(sharp, (finite, limit))
                left = max(left, sharp.width(finite))
        if left < limit:
            insort(found, Settling(left, place, name))
            del found[most:]
    return found


def flips(reading: Reading, counts: Mapping[str, int]) -> tuple[bool, int] | None:
    """Whether a reading holds for known counts, and how few respondents could turn that round.

    Of a majority, a respondent gives up the answer (or takes it up) and stays in the base. Of a
    comparison, a respondent exchanges one answer for the other. A reading of several comparisons stops
    holding as soon as one does; to make it hold, at least the hardest has to be turned.

    Parameters
    ----------
    reading
        Any reading.
    counts
        Quantities whose count is known.

    Returns
    -------
    tuple or None
        Whether it holds, and the number of respondents: exact where it holds, at least so many where it
        does not. None where it compares nothing, or compares a count that is not known.
    """
    gaps = [gap for constraint in reading.holds for gap in _gaps(constraint)]
    if not gaps or any(name not in counts for gap in gaps for name in gap[1:] if isinstance(name, str)):
        return None
    turned = []
    for kind, one, other in gaps:
        if kind in ("majority", "no majority"):
            half = counts[other] // 2
            more = counts[one] > half
            respondents = counts[one] - half if more else half + 1 - counts[one]
            turned.append((more == (kind == "majority"), respondents))
        else:
            gap = counts[one] - counts[other] - (kind == "more than")
            turned.append((gap >= 0, gap // 2 + 1 if gap >= 0 else -(gap // 2)))
    if all(holds for holds, _ in turned):
        return True, min(respondents for _, respondents in turned)
    return False, max(respondents for holds, respondents in turned if not holds)


def _gaps(constraint: Constraint) -> Iterator[tuple[str, str, str]]:
    match constraint:
        case Majority(each=each, base=base):
            yield from (("majority", name, base) for name in each)
        case NoMajority(each=each, base=base):
            yield from (("no majority", name, base) for name in each)
        case MoreThan(each=each, than=than):
            yield from (("more than", name, other) for name in each for other in than)
        case AtLeastAsMany(each=each, as_=others):
            yield from (("at least", name, other) for name in each for other in others)
        case Rank(order=order, ahead_of=rest):
            for name, other in [*pairwise(order), *((order[-1], other) for other in rest)]:
                yield "at least", name, other
