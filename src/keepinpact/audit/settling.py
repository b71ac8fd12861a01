"""Which unpublished number would settle most, and how few answers would flip what is known."""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from keepinpact.audit.model import DataSets
from keepinpact.audit.narrowing import Line
from keepinpact.audit.nearby import Bearing, Choice, total_of
from keepinpact.audit.solver import Cases, System, Unfinished
from keepinpact.numbers import ROUNDINGS, Bound
from keepinpact.statements.constraints import AtLeastAsMany, Majority, MoreThan, NoMajority, Rank
from keepinpact.statements.linear import Linear
from keepinpact.statements.report import Quantity, Reading

_MOST_VALUES = 100
"""The answers to a question are gone through one by one where they are no more than these."""
_AMID = 1000
"""So far from its lower end a quantity is looked at that has no upper one."""
_HARD, _MOST_HARD = 10, 20
"""How much more a question to the solver takes than a look nearby, and how many are asked of many values."""
_MOST_ROWS, _MOST_WORK = 600, 2000
"""How much is looked at one by one for a question, and in all, before the search ends."""


@dataclass(frozen=True)
class Settling:
    """What is left open once a quantity is known."""

    quantity: str
    """Its id."""
    open: int
    """How many of the published numbers are still open in the worst case."""
    added: int | None
    """How many are for each value that the quantity can have, added up; None where these are too many."""
    values: int | None
    """How many values it can have; None where they are too many."""
    settles: int | None
    """How many other quantities that are open now are settled then, whatever the value; None if not known."""

    @property
    def expected(self) -> Fraction:
        """How many numbers are open on average, each value taken once; where not known no more than this."""
        return Fraction(self.open if self.added is None else self.added, self.values or 1)


def most_settling(
    data_sets: DataSets,
    bounds: Mapping[str, Bound],
    asked: Sequence[str],
    numbers: Sequence[Sequence[str]],
    most: int,
) -> tuple[list[Settling], bool]:
    """The quantities that would leave least open of some published numbers, were they known.

    Least in the worst case first, then on average over the possible values, then those that settle most other
    quantities besides. A quantity is open once two data sets are found that have the same value of what is
    asked and differ in it, and settled where the solver or an equation says so. Where the values are too many
    to look at each, the worst case is certain if all that no equation settles is open for one of them.

    Parameters
    ----------
    data_sets, bounds
        What is known to hold, and the sharp bound of every quantity.
    asked, most
        Quantities that could be asked for, and how many to find. Ties stand in the order of ``asked``.
    numbers
        Of each published number, the quantities that settle it.

    Returns
    -------
    list of Settling, bool
        Those that are certain, in their order, and whether all that could stand before them were looked at.
    """
    open_now = {name for name, bound in bounds.items() if not bound.settled}
    wanted = [name for name in asked if name in open_now]
    complete = True
    groups: list[_Group] = []
    group_of: dict[str, _Group] = {}
    for part in data_sets.model.parts(data_sets.rule):
        also = data_sets.asked_of(part)
        for names in part.system.together(data_sets.on, also):
            inside = [name for name in names if name in open_now]
            group = _Group(part.system, data_sets.on, also, inside, numbers, open_now)
            groups.append(group)
            group_of |= dict.fromkeys(inside, group)
    # First those that may settle most.
    waiting = sorted((group_of[name].at_most(name), place, name) for place, name in enumerate(wanted))
    found: list[tuple[int, Fraction, int, int, Settling]] = []
    most_work = sum(group.work for group in groups) + _MOST_WORK
    for _, place, name in waiting:
        group = group_of[name]
        enough = found[most - 1][0] if len(found) >= most else len(numbers)
        if sum(group.work for group in groups) > most_work:
            complete = False
            break
        try:
            one = group.settling(name, bounds[name], enough)
        except Unfinished:
            complete = False
        else:
            if one is not None:
                insort(found, (one.open, one.expected, -(one.settles or 0), place, one))
    return [one[-1] for one in found[:most]], complete


@dataclass(frozen=True)
class _Step:
    """What is added to counts, by place, and by how much this changes which sums."""

    by: dict[int, int]
    slopes: list[tuple[Line, int]]
    straight: bool
    """Whether no choice of cases names what it changes."""

    def can(self, counts: Sequence[int], sums: dict[Line, int], sign: int) -> bool:
        """Whether it can be made from counts, or back, so that each sum stays in its span.

        ``sums`` are those of these counts that are known; they become more.
        """
        if any(counts[place] + sign * by < 0 for place, by in self.by.items()):
            return False
        for line, slope in self.slopes:
            if line not in sums:
                sums[line] = total_of(line, counts)
            if not any(
                (low is None or (low <= sums[line] and low <= sums[line] + sign * slope))
                and (high is None or (sums[line] <= high and sums[line] + sign * slope <= high))
                for low, high in line.spans
            ):
                return False
        return True


@dataclass
class _Group:
    """Open quantities that bear on one another, and data sets that differ in them."""

    system: System
    on: frozenset[str]
    also: list[Cases]
    names: list[str]
    numbers: Sequence[Sequence[str]]
    open_now: set[str]
    work: int = 0
    """How much was looked at."""

    @cached_property
    def _place(self) -> dict[str, int]:
        return {name: self.system.place[name] for name in self.names}

    @cached_property
    def _name(self) -> dict[int, str]:
        return {place: name for name, place in self._place.items()}

    @cached_property
    def _bearing(self) -> Bearing:
        return self.system.bearing(self.on, self.also)

    @cached_property
    def _start(self) -> list[int]:
        found = self.system.find(self.on, self.also)
        assert found is not None
        return [found[name] for name in self.system.quantities]

    @cached_property
    def _steps(self) -> list[_Step]:
        """From one data set to others: each changes a quantity, with as little else as was found."""
        found = [self._other(self._start, name) for name in self.names]
        return [self._step(self._start, one) for one in found if one is not None]

    @cached_property
    def _left_over(self) -> dict[str, dict[int, Fraction]]:
        """What equations leave of each quantity, so much times others by place (Gaussian elimination)."""
        rows: dict[int, dict[int, Fraction]] = {}

        def reduced(row: dict[int, Fraction]) -> dict[int, Fraction]:
            for place, other in rows.items():
                if place in row:
                    times = row[place]
                    for at, factor in other.items():
                        row[at] = row.get(at, Fraction(0)) - times * factor
            return {at: factor for at, factor in row.items() if factor}

        for line in dict.fromkeys(one for place in self._name for one in self._bearing(place)):
            if isinstance(line, Line) and len(line.spans) == 1 and line.spans[0][0] == line.spans[0][1]:
                row = reduced({at: Fraction(by) for at, by in line.terms if at in self._name})
                if row:
                    first = next(iter(row))
                    rows[first] = {at: by / row[first] for at, by in row.items()}
        return {name: reduced({place: Fraction(1)}) for name, place in self._place.items()}

    def determined(self, name: str) -> set[str]:
        """Quantities that by equations are settled once another is known."""
        own = self._left_over[name]
        return {
            other
            for other, row in self._left_over.items()
            if other != name
            and row.keys() == own.keys()
            and len({by / own[at] for at, by in row.items()}) <= 1
        }

    def _other(self, counts: list[int], name: str, *given: str) -> list[int] | None:
        """A data set near to another that differs in a quantity, not in some given; None if not found."""
        self.work += 1
        same = [self._place[one] for one in given]
        return self.system.near(self.on, self.also, counts, self._but(counts, name), same)

    def _found(self, counts: list[int], name: str, given: str) -> list[int] | None:
        """A data set that differs from another in a quantity, not in one given; None where there is none."""
        self.work += _HARD
        also = [*self.also, _is(given, counts[self._place[given]]), ((self._but(counts, name),),)]
        example = self.system.find(self.on, also)
        return None if example is None else [example[one] for one in self.system.quantities]

    def _but(self, counts: list[int], name: str) -> Linear:
        value = counts[self._place[name]]
        return Linear({name: 1}, ((None, value - 1), (value + 1, None)))

    def _step(self, before: list[int], after: list[int]) -> _Step:
        # What changes elsewhere than here has nothing to do with it.
        by = {place: step for place in self._name if (step := after[place] - before[place])}
        bearing = dict.fromkeys(one for place in by for one in self._bearing(place))
        slopes = [
            (one, slope)
            for one in bearing
            if isinstance(one, Line) and (slope := sum(factor * by.get(at, 0) for at, factor in one.terms))
        ]
        return _Step(by, slopes, straight=not any(isinstance(one, Choice) for one in bearing))

    def _left(self, open_: Set[str], but: str) -> int:
        """How many published numbers are open where of these quantities some are."""
        still = self.open_now.difference(self.names).union(open_)
        return sum(any(name in still and name != but for name in one) for one in self.numbers)

    def at_most(self, name: str) -> int:
        """No more numbers are open for any value of a quantity: those that no equation settles."""
        return self._left(set(self.names) - {name} - self.determined(name), name)

    @cached_property
    def _from_start(self) -> list[_Step]:
        sums: dict[Line, int] = {}
        return [step for step in self._steps if step.straight and step.can(self._start, sums, 1)]

    def at_least(self, name: str) -> int:
        """So many numbers are certainly open for some value of a quantity."""
        places = {place for one in self._from_start if self._place[name] not in one.by for place in one.by}
        return self._left({self._name[place] for place in places}, name)

    def _differing(self, name: str, counts: list[int]) -> set[str]:
        """Quantities of which two values go with the value that another has in some counts."""
        found: set[int] = set()
        sums: dict[Line, int] = {}
        for step in self._steps:
            if not step.straight or self._place[name] in step.by or found.issuperset(step.by):
                continue
            if step.can(counts, sums, 1) or step.can(counts, sums, -1):
                found |= step.by.keys()
        return {self._name[place] for place in found}

    def settling(self, name: str, bound: Bound, enough: int) -> Settling | None:
        """What a quantity leaves open once it is known; None where that is more than enough.

        Unfinished where it is not certain.
        """
        if self.at_least(name) > enough:
            return None
        others = frozenset(self.names) - {name} - self.determined(name)
        if bound.high is not None and bound.high - bound.low <= _MOST_VALUES:
            with suppress(Unfinished):
                return self._one_by_one(name, bound.low, bound.high, others, enough)
        # As many as may be open where they are for one of the values.
        worst = self.at_most(name)
        for counts in (self._start, self._amid(name, bound)):
            open_ = self._open_at_one(name, counts, others, worst)
            if self._left(open_, name) > enough:
                return None
            if self._left(open_, name) == worst:
                settles = len(self.names) - 1 - len(others) if open_ >= others else None
                return Settling(name, worst, None, None, settles)
        raise Unfinished(f"what {name} would settle depends on its value")

    def _amid(self, name: str, bound: Bound) -> list[int]:
        """A data set in which a quantity is neither smallest nor largest, if there is one."""
        low = bound.low + _AMID if bound.high is None else (bound.low + bound.high) // 2
        found = self.system.find(self.on, [*self.also, ((Linear({name: 1}, ((low, bound.high),)),),)])
        return self._start if found is None else [found[one] for one in self.system.quantities]

    def _open_at_one(self, name: str, counts: list[int], others: Set[str], worst: int) -> set[str]:
        """Quantities that are open for the value of another in some counts, as far as is found."""
        open_ = self._differing(name, counts)
        published = {one for number in self.numbers for one in number}
        hard = 0
        for other in sorted(published.intersection(others)):
            if other not in open_ and self._left(open_, name) < worst:
                found = self._other(counts, other, name)
                if found is None and hard < _MOST_HARD:
                    hard += 1
                    found = self._found(counts, other, name)
                if found is not None:
                    self._steps.append(step := self._step(counts, found))
                    open_ |= {self._name[place] for place in step.by}
        return open_

    def _one_by_one(self, name: str, low: int, high: int, others: Set[str], enough: int) -> Settling | None:
        """The same, from each of its values; Unfinished where that is too much work."""
        most = self.work + _MOST_ROWS
        left: dict[int, int] = {}
        still: set[str] = set()
        for run in self.system.runs(self.on, self.also, {name: 1}, [(low, high)]):
            for times in range(run.times + 1):
                counts = run.after(times)
                value = counts[self._place[name]]
                if value not in left:
                    open_ = self._differing(name, counts)
                    open_ |= self._open_for(name, counts, others - open_, most)
                    left[value] = self._left(open_, name)
                    still |= open_
                    if left[value] > enough:
                        return None
        settles = len(self.names) - 1 - len(still)
        return Settling(name, max(left.values()), sum(left.values()), len(left), settles)

    def _open_for(self, name: str, counts: list[int], others: Set[str], most: int) -> set[str]:
        """Which of others are open where a quantity has the value that it has in some counts.

        Unfinished where more than so much work is needed.
        """
        limits = self.system.limits(self.on, [*self.also, _is(name, counts[self._place[name]])])
        open_: set[str] = set()
        for other in sorted(others):
            low, high = limits[other]
            if low == high or other in open_:
                continue
            if self.work > most:
                raise Unfinished("there are too many values to look at")
            found = self._other(counts, other, name)
            if found is None:
                found = self._found(counts, other, name)
            if found is not None:
                self._steps.append(step := self._step(counts, found))
                open_ |= {self._name[place] for place in step.by}
        return open_


def _is(name: str, value: int) -> Cases:
    return ((Linear({name: 1}, ((value, value),)),),)


def question(quantity: Quantity) -> str:
    """What to ask the authors, so that they can answer with a number.

    What a quantity counts is told in somebody's own words, as “all answers” or “no answer on their age”. In
    quotation marks they fit the sentence, whatever they are.
    """
    return f"How many did you count as “{quantity.says}”?"


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
