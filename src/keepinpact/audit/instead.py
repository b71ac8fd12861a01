"""What a statement that is given up would have to print so as to hold with all the rest."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from keepinpact.audit.result import Instead
from keepinpact.audit.search import Searched, Work
from keepinpact.audit.slips import edits, in_digits, is_month, printed_number, respelled
from keepinpact.audit.solver import Cases, Counts, Unfinished
from keepinpact.numbers import ROUNDINGS, Amount, Figure, unstepped
from keepinpact.statements.constraints import (
    LIMIT,
    AtLeast,
    AtMost,
    Count,
    Kind,
    LimitedShare,
    Printed,
    WordedShare,
)
from keepinpact.statements.linear import Linear, linear, times
from keepinpact.statements.report import Reading, Statement
from keepinpact.statements.wordings import WORDINGS

_K = TypeVar("_K", bound=Kind)

_FAR = 1000
"""Of numbers without end the highest is looked for up to this many times what is printed plus as much, in
units of the last decimal."""
_MOST_VALUES = 101
"""So many numbers that would do, or fewer, are all named."""


def keystrokes(one: str, other: str) -> int:
    """How many slips lie between two printed numbers: a character changed, dropped, added, or two swapped.

    The restricted Damerau-Levenshtein distance (optimal string alignment), by which typing errors are looked
    for in data that break rules (Scholtus 2009, "Automatic correction of simple typing errors in numerical
    data with balance edits", Statistics Netherlands; van der Loo and de Jonge, the R packages deducorrect and
    deductive).
    """
    before: list[int] = []
    above = list(range(len(other) + 1))
    for i, character in enumerate(one, start=1):
        row = [i]
        for j, wanted in enumerate(other, start=1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (character != wanted))
            if i > 1 and j > 1 and character == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, above = above, row
    return above[-1]


class Asked:
    """How many questions may still be asked of the solver; the same on every machine."""

    def __init__(self, left: int) -> None:
        self.left = left
        self._ended = "it would take too many questions"

    def one(self) -> None:
        """Ask one more; Unfinished where none is left."""
        if self.left <= 0:
            raise Unfinished(self._ended)
        self.left -= 1

    def end(self, why: str) -> None:
        """Ask nothing more: what the solver finds hard once it would find hard again."""
        self.left, self._ended = 0, why


@dataclass(frozen=True)
class Budget:
    """The questions that may be asked of all repairs, each kind of them apart, so that none takes all."""

    nearby: Asked
    """Whether a keystroke mends a number."""
    ends: Asked
    """Between which numbers it lies, and which are next to what is printed."""
    values: Asked
    """Which others would do."""


def instead_of(
    work: Work,
    part: Searched,
    gone: frozenset[str],
    name: str,
    budget: Budget,
    *,
    every: bool,
    words: bool,
) -> list[Instead]:
    """What a statement would have to print in place of each of its numbers, were it true with all the rest.

    Parameters
    ----------
    work, part
        The audit, and the part of the report that the statement is in.
    gone
        The switches that a repair gives up, the statement's among them: the rest is all others.
    name
        The statement's id. Its literal reading is to hold, with another number in it.
    budget
        How many questions may be asked; what is not certain by then is null.
    every
        Whether to look for all that would do, or only for a number that is a keystroke away.
    words
        Whether only its words for fractions are looked at, as where its literal reading is given up.
    """
    statement = work.report.statement(name)
    reading = statement.readings[0]
    on = frozenset(one for one in part.members if one not in gone)
    found = []
    for place, constraint in enumerate(reading.holds):
        question = _Question(work, part, on, statement, reading, place, budget)
        if isinstance(constraint, WordedShare):
            found.append(question.of_words(constraint, every=every))
        elif words:
            continue
        elif isinstance(constraint, Count):
            found.append(question.of_count(constraint))
        elif isinstance(constraint, Printed):
            found.append(question.of_printed(constraint, every=every))
        elif isinstance(constraint, LimitedShare):
            found += [question.of_limit(constraint, key) for key in constraint.limits()]
        elif isinstance(constraint, AtMost) or (isinstance(constraint, AtLeast) and constraint.is_ > 1):
            # At least one says that there is any, and is no number that could have been another.
            found.append(question.of_end(constraint))
    return found


class _Numbers:
    """Which of some numbers would do, each by its place among them.

    ``ask`` finds counts that would print a number between two places, or none; ``prints`` says whether counts
    do so. Both are true of a span of places if and only if they are of some place in it.
    """

    def __init__(
        self,
        places: int,
        ask: Callable[[int, int], Counts | None],
        prints: Callable[[int, int, Counts], bool],
    ) -> None:
        self._places, self._ask, self._prints = places, ask, prints
        self._seen: list[int] = []

    def one(self, first: int, last: int) -> int | None:
        """Some place from one to another that would do; None where none does."""
        at = bisect_left(self._seen, first)
        if at < len(self._seen) and self._seen[at] <= last:
            return self._seen[at]
        counts = self._ask(first, last) if first <= last else None
        if counts is None:
            return None
        while first < last:
            middle = (first + last) // 2
            if self._prints(first, middle, counts):
                last = middle
            else:
                first = middle + 1
        self._seen.insert(at, first)
        return first

    def after(self, place: int, step: int = 1) -> int | None:
        """The next place that would do, or the last one before with a step of -1; None where none does."""
        found = self.one(place + 1, self._places - 1) if step > 0 else self.one(0, place - 1)
        near, width = place + step, 1
        while found is not None and found != near:
            # Up to the middle at most: each answer halves what is left, or doubles the steps.
            far = near + step * min(width, (abs(found - near) + 1) // 2) - step
            nearer = self.one(*sorted((near, far)))
            if nearer is None:
                near, width = far + step, 2 * width
            else:
                found = nearer
        return found


@dataclass
class _Known:
    """What is known of the numbers that would do, by their places."""

    near: list[int] = field(default_factory=list)
    """Those next to what is printed."""
    low: int | None = None
    high: int | None = None
    values: list[int] | None = None
    reason: str | None = None
    """Why not all is known."""


class _Question:
    """A number of a statement, and what all the rest allows in its place."""

    def __init__(
        self,
        work: Work,
        part: Searched,
        on: frozenset[str],
        statement: Statement,
        reading: Reading,
        place: int,
        budget: Budget,
    ) -> None:
        self._work, self._on, self._budget = work, on, budget
        self._system = part.part.system
        self._statement = statement
        self._beside: list[Cases] = [
            ((line,),)
            for at, held in enumerate(reading.holds)
            if at != place
            for line in held.linears(work.rule)
        ]

    def _found(self, asked: Asked, *also: Cases) -> Counts | None:
        """Counts with which all the rest holds, and a case of each of some choices; None without any."""
        asked.one()
        try:
            return self._system.find(self._on, [*self._beside, *also])
        except Unfinished as error:
            asked.end(str(error))
            raise

    def _printing(self, asked: Asked, constraint: Kind, rule: str) -> bool:
        return self._found(asked, (tuple(constraint.linears(ROUNDINGS[rule])),)) is not None

    def _measured(self, constraint: Kind) -> bool:
        """Whether the number is printed in digits, so that keystrokes can be counted."""
        return not is_month(constraint, self._work.report) and in_digits(self._statement, constraint)

    def _look(
        self,
        between: Callable[[int, int], list[Linear]],
        places: int,
        printed: int,
        *,
        own: bool = True,
        open_: bool = False,
        ends: tuple[int, int | None] | None = None,
    ) -> _Known:
        """What would do among so many places: the nearest to what is printed, then the ends, then all.

        ``own`` says whether the place of what is printed is its own, or else that of the next; ``open_`` that
        there is no end to the numbers, so that the highest is not looked for far away; ``ends`` are the ends
        where these are known.
        """
        asked = self._budget.ends

        def find(first: int, last: int) -> Counts | None:
            return self._found(asked, (tuple(between(first, last)),))

        numbers = _Numbers(
            places, find, lambda first, last, some: all(line.allows(some) for line in between(first, last))
        )
        found = _Known()
        try:
            if numbers.one(0, places - 1) is None:
                return _Known(values=[])
            found.near = [
                place
                for place in (numbers.after(printed, -1), numbers.after(printed if own else printed - 1))
                if place is not None
            ]
            if ends is not None:
                found.low, found.high = ends
            else:
                found.low = numbers.after(-1)
                far = min(places, _FAR * (printed + _FAR)) if open_ else places
                if far == places or numbers.one(far, places - 1) is None:
                    found.high = numbers.after(far, -1)
            asked = self._budget.values
            values: list[int] = []
            place = found.low
            while found.high is not None and place is not None and len(values) < _MOST_VALUES:
                values.append(place)
                place = numbers.after(place) if place < found.high else None
            if values and place is None:
                found.values = values
        except Unfinished as error:
            found.reason = str(error)
        return found

    def of_count(self, count: Count) -> Instead:
        """Of a count: every number that it could be, or the limits of them."""
        total = dict(linear(times(count.of, 1)).terms)
        beside = sum(term for term in count.of if isinstance(term, int))
        asked = self._budget.ends

        def between(first: int, last: int) -> list[Linear]:
            return [linear(times(count.of, 1), (first, last))]

        found = _Known(values=[])
        try:
            ends: list[int | None] = [] if total else [beside, beside]
            for minimise in (True, False) if total else ():
                asked.one()
                best = self._system.extreme(self._on, self._beside, total, minimise=minimise)
                if best is None:
                    break
                ends.append(best[0] if best[0] is None else best[0] + beside)
            else:
                low, high = ends
                assert low is not None
                places = LIMIT if high is None else high + 1
                found = self._look(between, places, int(count.is_), ends=(low, high))
        except Unfinished as error:
            asked.end(str(error))
            found = _Known(reason=str(error))

        def told(value: int) -> str:
            return str(Amount.like(count.is_, value))

        def near(asked: Asked) -> list[str]:
            others = [(int(other.is_), other) for other in _near(count)]
            return self._near(asked, sorted(others, key=lambda one: one[0]), between, every=True)

        return self._instead(count, found, told, near)

    def of_printed(self, said: Printed, *, every: bool) -> Instead:
        """Of what is printed rounded: the others if asked for; else whether one is a keystroke away."""
        units, scale, rule = said.printed.units, said.printed.scale, self._work.rule
        domain = said.written(rule)
        own = units in domain
        printed = bisect_left(domain, units)

        def between(first: int, last: int) -> list[Linear]:
            return list(said.between(Figure(domain[first], scale), Figure(domain[last], scale), rule))

        def told(place: int) -> str:
            return f"{Figure(domain[place], scale).digits}{said.after}"

        def near(asked: Asked) -> list[str]:
            others = [
                (domain.index(other.printed.units), other)
                for other in _near(said)
                if isinstance(other, Printed)
                and other.printed.scale == scale
                and other.printed.units in domain
            ]
            others.sort(key=lambda one: (abs(one[1].printed.units - units), one[1].printed.units))
            return self._near(asked, others, between, every=every)

        found = _Known()
        if every:
            found = self._look(between, len(domain), printed, own=own, open_=said.every() is None)
        roundings: list[str] = []
        lines = list(said.linears(rule))
        try:
            for name, other in ROUNDINGS.items():
                read = list(said.linears(other)) if said.can_print(other) else lines
                # A number that is no percentage is rounded to no multiple of a step.
                stepped = other.step > 1 and read == list(said.linears(unstepped(other)))
                if read != lines and not stepped and self._printing(self._budget.nearby, said, name):
                    roundings.append(name)
        except Unfinished as error:
            roundings, found.reason = [], found.reason or str(error)
        return self._instead(said, found, told, near, roundings)

    def of_words(self, share: WordedShare, *, every: bool) -> Instead:
        """Of words for a fraction: which others would do."""
        found = _Known()
        words = [one for one in WORDINGS if one != share.is_]
        others = [(place, share.model_copy(update={"is_": one})) for place, one in enumerate(words)]
        if every:
            try:
                doing = self._doing(self._budget.values, others, None)
                found.values = sorted(place for place, _ in doing)
            except Unfinished as error:
                found.reason = str(error)
        return self._instead(share, found, words.__getitem__, None)

    def of_limit(self, share: LimitedShare, key: str) -> Instead:
        """Of a limit of a share: from which to which whole percentage it could be, the other as it is.

        The lower a lower limit is, the more shares it allows; so it is enough to look for the last that does.
        """
        lower = key in ("at_least", "more_than")
        least, most = (0, 100) if lower else (100, 0)
        found = _Known()
        try:
            if self._limited(share, key, most):
                least = most
            elif not self._limited(share, key, least):
                found.values = []
            else:
                while abs(most - least) > 1:
                    middle = (least + most) // 2
                    least, most = (middle, most) if self._limited(share, key, middle) else (least, middle)
            if found.values is None:
                found.low, found.high = (0, least) if lower else (least, 100)
        except Unfinished as error:
            found.reason = str(error)
        instead = self._instead(share, found, lambda percent: f"{percent} %", None)
        return instead.model_copy(update={"printed": share.limits()[key]})

    def _limited(self, share: LimitedShare, key: str, percent: int) -> bool:
        return self._printing(self._budget.ends, share.saying(key, f"{percent} %"), self._work.rounding)

    def of_end(self, said: AtMost | AtLeast) -> Instead:
        """Of a limit of quantities: the least upper limit, or the greatest lower one, that would do.

        An upper limit that would do does so the more, the larger it is, and a lower one the smaller it is.
        What is limited per a quantity of which there is nothing would hold as it stands.
        """
        upper = isinstance(said, AtMost)

        def tightened(number: int) -> int | None:
            """The tightest limit that some counts with this one allow; None without any."""
            other = said.model_copy(update={"is_": Amount.like(said.is_, number)})
            counts = self._found(self._budget.ends, (tuple(other.linears(self._work.rule)),))
            if counts is None:
                return None
            per = counts[said.per] if said.per else 1
            each = [counts[name] for name in said.each]
            return -(-max(each) // per) if upper else min(each) // per

        found = _Known()
        try:
            known = tightened(LIMIT - 1 if upper else 0)
            if known is None:
                found.values = []
            else:
                beyond = 0 if upper else LIMIT - 1
                while known != beyond:
                    middle = (known + beyond) // 2 if upper else min((known + beyond + 1) // 2, 2 * known + 1)
                    better = tightened(middle)
                    if better is None:
                        beyond = middle + 1 if upper else middle - 1
                    else:
                        known = better
                found.low, found.high = (known, None) if upper else (None, known)
        except Unfinished as error:
            found.reason = str(error)
        instead = self._instead(said, found, lambda number: str(Amount.like(said.is_, number)), None)
        return instead.model_copy(update={"printed": str(said.is_)})

    def _doing(
        self,
        asked: Asked,
        others: Sequence[tuple[int, _K]],
        between: Callable[[int, int], list[Linear]] | None,
    ) -> list[tuple[int, _K]]:
        """Those of some others that would do: as many questions as there are, and one."""
        left, found = list(others), []
        while left and (doing := self._some(asked, left, between)):
            found += doing
            left = [one for one in left if one not in doing]
        return found

    def _some(
        self,
        asked: Asked,
        others: Sequence[tuple[int, _K]],
        between: Callable[[int, int], list[Linear]] | None,
    ) -> list[tuple[int, _K]]:
        """Some of those that would do, in their order; none only where none would.

        ``between`` is what is said of all numbers from one place to another: it limits what is looked at.
        """
        cases = [(other, tuple(other[1].linears(self._work.rule))) for other in others]
        cases = [one for one in cases if all(line.terms or line.allows({}) for line in one[1])]
        if not cases:
            return []
        places = [place for (place, _), _ in cases]
        around: list[Cases] = [(tuple(between(min(places), max(places))),)] if between else []
        counts = self._found(asked, tuple(lines for _, lines in cases), *around)
        if counts is None:
            return []
        return [other for other, lines in cases if all(line.allows(counts) for line in lines)]

    def _near(
        self,
        asked: Asked,
        others: Sequence[tuple[int, Count | Printed]],
        between: Callable[[int, int], list[Linear]],
        *,
        every: bool,
    ) -> list[str]:
        """Those among some numbers a keystroke away that would do, or the first."""
        if every:
            doing = sorted(self._doing(asked, others, between), key=lambda one: one[0])
        else:
            doing = self._some(asked, others, between)[:1]
            low, high = 0, others.index(doing[0]) if doing else 0
            while low < high:
                middle = (low + high) // 2
                if nearer := self._some(asked, others[low : middle + 1], between):
                    high, doing = others.index(nearer[0]), nearer[:1]
                else:
                    low = middle + 1
        return [f"{printed_number(other)}{_after(other)}" for _, other in doing]

    def _instead(
        self,
        said: Kind,
        found: _Known,
        told: Callable[[int], str],
        near: Callable[[Asked], list[str]] | None,
        roundings: Sequence[str] = (),
    ) -> Instead:
        """What is known of the numbers in the place of one, as an audit has it."""
        ends = [*found.values[:1], *found.values[-1:]] if found.values else [found.low, found.high]
        low, high = (None if end is None else told(end) for end in ends)
        values = None if found.values is None else [told(value) for value in found.values]
        nearest: list[str] = []
        strokes: int | None = None
        if near is not None and self._measured(said):
            try:
                close = near(self._budget.nearby) if values is None else values
                nearest, strokes = _nearest(printed_number(said), close)
            except Unfinished as error:
                found.reason = found.reason or str(error)
        if isinstance(said, WordedShare):
            printed, low, high = said.is_, None, None
        else:
            printed = f"{printed_number(said)}{_after(said)}"
        return Instead(
            statement=self._statement.id,
            printed=printed,
            month=is_month(said, self._work.report),
            values=values,
            low=low,
            high=high,
            closest=[told(place) for place in found.near],
            nearest=nearest,
            keystrokes=strokes,
            roundings=list(roundings),
            not_known=found.reason,
        )


def _after(said: Kind) -> str:
    return said.after if isinstance(said, Printed) else ""


def _nearest(printed: str, values: Sequence[str]) -> tuple[list[str], int | None]:
    """The numbers with the fewest keystrokes to a printed one, units aside, and how many these are."""
    if not values:
        return [], None
    strokes = {value: keystrokes(printed, re.sub("[^0-9.]", "", value)) for value in values}
    fewest = min(strokes.values())
    return [value for value, number in strokes.items() if number == fewest], fewest


def _near(said: Count | Printed) -> list[Count | Printed]:
    """The same with numbers that are a keystroke away."""
    others = (respelled(said, text) for text in edits(printed_number(said)))
    return [other for other in others if other is not None]
