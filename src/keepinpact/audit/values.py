"""Sets of values that a count can have, and what a constraint leaves of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

from keepinpact.audit.solver import Cases
from keepinpact.statements.linear import Interval, Linear

__all__ = ["ANY", "Values", "both", "each", "left_by", "only", "size", "values", "within", "without"]

Values = tuple[tuple[int, int | None], ...]
"""Spans of whole numbers from 0 on, ascending and apart; the end of the last may be open."""

ANY: Values = ((0, None),)

_MOST_VALUES = 200
_MOST_SUMS = 2000
_MOST_TOGETHER = 600
_ROUNDS = 8


def values(spans: Iterable[Interval]) -> Values:
    """Any spans as a set: those below 0 are cut off, those that touch are joined."""
    found: list[tuple[int, int | None]] = []
    clipped = [(max(low or 0, 0), high) for low, high in spans]
    for low, high in sorted(clipped, key=lambda span: span[0]):
        if high is not None and high < low:
            continue
        if found:
            start, end = found[-1]
            if end is None:
                break
            if low <= end + 1:
                found[-1] = (start, None if high is None else max(end, high))
                continue
        found.append((low, high))
    return tuple(found)


def only(*numbers: int) -> Values:
    """The set of some numbers."""
    return values((number, number) for number in numbers)


def both(one: Values, other: Values) -> Values:
    """What is in both sets."""
    return values(
        (max(a, c), d if b is None else b if d is None else min(b, d)) for a, b in one for c, d in other
    )


def without(one: Values, other: Values) -> Values:
    """What is in the first set and not in the second."""
    gaps: list[Interval] = []
    before = 0
    for low, high in other:
        gaps.append((before, low - 1))
        if high is None:
            break
        before = high + 1
    else:
        gaps.append((before, None))
    return both(one, values(gaps))


def within(one: Values, other: Values) -> bool:
    """Whether all of the first set is in the second."""
    return both(one, other) == one


def size(one: Values) -> int | None:
    """How many values there are; None if there is no end to them."""
    if one and one[-1][1] is None:
        return None
    return sum((high or 0) - low + 1 for low, high in one)


def each(one: Values) -> Iterator[int]:
    """The values of a set that has an end; ValueError of one that has none."""
    for low, high in one:
        if high is None:
            raise ValueError("there is no end to these values")
        yield from range(low, high + 1)


def left_by(cases: Cases, known: Mapping[str, Values]) -> dict[str, Values] | None:
    """What is left of sets of values where one of some cases holds; it may be more than is possible.

    Parameters
    ----------
    cases
        At least one of them holds.
    known
        The values of every quantity that the cases name.

    Returns
    -------
    dict or None
        The values of each of these quantities; None where no case can hold.
    """
    found = [left for case in cases if (left := _of_case(case, known)) is not None]
    if not found:
        return None
    return {name: values(span for left in found for span in left[name]) for name in known}


def _of_case(case: Sequence[Linear], known: Mapping[str, Values]) -> dict[str, Values] | None:
    found = dict(known)
    if any(not line.terms and not line.allows({}) for line in case):
        return None
    moved = True
    for _ in range(_ROUNDS):
        if not moved:
            break
        moved = False
        for line in case:
            for name in line.terms:
                left = both(found[name], _beside(line, name, found))
                if not left:
                    return None
                moved |= left != found[name]
                found[name] = left
    if len(case) > 1:
        names = list(dict.fromkeys(name for line in case for name in line.terms))
        for name in names:
            others = [other for other in names if other != name]
            if _few(others, found):
                found[name] = _beside_all(case, name, others, found)
                if not found[name]:
                    return None
    return found


def _few(names: Sequence[str], known: Mapping[str, Values]) -> bool:
    """Whether all combinations of some quantities' values can be gone through."""
    combinations = 1
    for name in names:
        combinations *= size(known[name]) or _MOST_TOGETHER + 1
        if combinations > _MOST_TOGETHER:
            return False
    return True


def _beside(line: Linear, name: str, known: Mapping[str, Values]) -> Values:
    """The values of a quantity that a sum leaves, given those of the others in it."""
    factor = line.terms[name]
    others = {other: times for other, times in line.terms.items() if other != name}
    sums = _sums(others, known)
    if sums is not None:
        return values(
            _through(factor, None if low is None else low - rest, None if high is None else high - rest)
            for low, high in line.spans
            for rest in sums
        )
    least, most = _hull(others, known)
    return values(
        _through(
            factor,
            None if low is None or most is None else low - most,
            None if high is None or least is None else high - least,
        )
        for low, high in line.spans
    )


def _beside_all(
    case: Sequence[Linear], name: str, others: Sequence[str], known: Mapping[str, Values]
) -> Values:
    """The values of a quantity for which the others have some with which all sums hold."""
    found: list[Interval] = []
    for numbers in product(*(list(each(known[other])) for other in others)):
        given = dict(zip(others, numbers, strict=True))
        left = known[name]
        for line in case:
            rest = sum(times * given[other] for other, times in line.terms.items() if other != name)
            if name in line.terms:
                factor = line.terms[name]
                spans = values(
                    _through(factor, None if a is None else a - rest, None if b is None else b - rest)
                    for a, b in line.spans
                )
                left = both(left, spans)
            elif not line.allows(given):
                left = ()
            if not left:
                break
        found += left
    return values(found)


def _through(factor: int, low: int | None, high: int | None) -> Interval:
    """The values that lie between two limits once they are multiplied."""
    if factor < 0:
        factor, low, high = -factor, None if high is None else -high, None if low is None else -low
    return None if low is None else -(-low // factor), None if high is None else high // factor


def _sums(terms: Mapping[str, int], known: Mapping[str, Values]) -> set[int] | None:
    """Every value that a sum can have; None where they are too many."""
    sums = {0}
    for name, factor in terms.items():
        number = size(known[name])
        if number is None or number > _MOST_VALUES or number * len(sums) > 50 * _MOST_SUMS:
            return None
        sums = {rest + factor * value for rest in sums for value in each(known[name])}
        if len(sums) > _MOST_SUMS:
            return None
    return sums


def _hull(terms: Mapping[str, int], known: Mapping[str, Values]) -> Interval:
    """The lowest and the highest value of a sum."""
    least: int | None = 0
    most: int | None = 0
    for name, factor in terms.items():
        low, high = known[name][0][0], known[name][-1][1]
        small, large = (low, high) if factor > 0 else (high, low)
        least = None if least is None or small is None else least + factor * small
        most = None if most is None or large is None else most + factor * large
    return least, most
