"""What a statement that is given up would have to print so as to hold with all the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from keepinpact.audit.result import Instead
from keepinpact.audit.search import Searched, Work
from keepinpact.audit.slips import edits, in_digits, printed_number, respelled
from keepinpact.audit.solver import Cases, Unfinished
from keepinpact.numbers import ROUNDINGS, Amount, Figure
from keepinpact.statements.constraints import Count, Kind, LimitedShare, Printed
from keepinpact.statements.linear import Linear
from keepinpact.statements.report import Reading, Statement

_MOST_VALUES = 100
"""So many values of a count, or fewer, are looked at one by one."""
_MOST_PRINTED = 101


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

    def one(self) -> None:
        """Ask one more; Unfinished where none is left."""
        if self.left <= 0:
            raise Unfinished("there are too many values to look at")
        self.left -= 1


def instead_of(
    work: Work, part: Searched, gone: frozenset[str], name: str, asked: Asked, *, every: bool
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
    asked
        How many questions may be asked; what is not certain by then is null.
    every
        Whether to look at every percentage without decimals, or only for one that is a keystroke away.
    """
    statement = work.report.statement(name)
    reading = statement.readings[0]
    on = frozenset(one for one in part.members if one not in gone)
    found = []
    for place, constraint in enumerate(reading.holds):
        question = _Question(work, part, on, statement, reading, place, asked)
        if isinstance(constraint, Count):
            found.append(question.of_count(constraint))
        elif isinstance(constraint, Printed):
            found.append(question.of_printed(constraint, every=every))
        elif isinstance(constraint, LimitedShare):
            found += [question.of_limit(constraint, key) for key in constraint.limits()]
    return found


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
        asked: Asked,
    ) -> None:
        self._work, self._on, self._asked = work, on, asked
        self._system = part.part.system
        self._statement = statement
        self._beside: list[Cases] = [
            ((line,),)
            for at, held in enumerate(reading.holds)
            if at != place
            for line in held.linears(work.rule)
        ]

    def _possible(self, *lines: Linear) -> bool:
        self._asked.one()
        also = [*self._beside, *(((line,),) for line in lines)]
        try:
            return self._system.find(self._on, also) is not None
        except Unfinished:
            # What the solver finds hard once it would find hard again.
            self._asked.left = 0
            raise

    def _printing(self, constraint: Kind, rule: str) -> bool:
        return self._possible(*constraint.linears(ROUNDINGS[rule]))

    def _is_month(self, constraint: Kind) -> bool:
        first = next(iter(constraint.quantities()), None)
        return first is not None and self._work.report.quantity(first).unit == "month"

    def _measured(self, constraint: Kind) -> bool:
        """Whether the number is printed in digits, so that keystrokes can be counted."""
        return not self._is_month(constraint) and in_digits(self._statement, constraint)

    def of_count(self, count: Count) -> Instead:
        """Of a count: every number that it could be, or the limits of them."""
        printed = printed_number(count)
        total: dict[str, int] = {}
        for term in count.of:
            if isinstance(term, str):
                total[term] = total.get(term, 0) + 1
        beside = sum(term for term in count.of if isinstance(term, int))
        low: int | None = None
        high: int | None = None
        values: list[int] | None = None
        none = False
        try:
            ends = []
            for minimise in (True, False) if total else ():
                self._asked.one()
                best = self._system.extreme(self._on, self._beside, total, minimise=minimise)
                ends.append(None if best is None else best[0])
                none = best is None
                if none:
                    break
            if none or not total:
                values = [] if none or not self._possible() else [beside]
            else:
                low, high = ends
                assert low is not None
                if high is not None and high - low <= _MOST_VALUES:
                    values = [
                        value + beside
                        for value in range(low, high + 1)
                        if value in (low, high) or self._possible(Linear(total, ((value, value),)))
                    ]
                low, high = low + beside, None if high is None else high + beside
        except Unfinished:
            pass
        nearest: list[str] = []
        strokes: int | None = None

        def told(value: int) -> str:
            return str(Amount.like(count.is_, value))

        if self._measured(count):
            if values is not None:
                nearest, strokes = _nearest(printed, [told(value) for value in values])
            else:
                nearest, strokes = self._first(printed, _near_counts(count))
        return Instead(
            statement=self._statement.id,
            printed=printed,
            month=self._is_month(count),
            values=None if values is None else [told(value) for value in values],
            low=None if low is None else told(low),
            high=None if high is None else told(high),
            nearest=nearest,
            keystrokes=strokes,
            roundings=[],
        )

    def of_printed(self, said: Printed, *, every: bool) -> Instead:
        """Of what is printed rounded: every other number if asked for and few; else one a keystroke away."""
        printed, units = printed_number(said), said.every()
        values: list[str] | None = None
        try:
            if every and units is not None and len(units) <= _MOST_PRINTED:
                values = []
                for one in units:
                    other = said.saying(Figure(one, said.printed.scale).digits)
                    if _prints(other, self._work.rounding) and self._printing(other, self._work.rounding):
                        values.append(printed_number(other))
        except Unfinished:
            values = None
        nearest: list[str] = []
        strokes: int | None = None
        if self._measured(said):
            if values is not None:
                nearest, strokes = _nearest(printed, values)
            else:
                nearest, strokes = self._first(printed, _near(said), every=every)
        rules = []
        try:
            for rule in ROUNDINGS:
                other_rule = rule != self._work.rounding and _prints(said, rule)
                if other_rule and self._printing(said, rule):
                    rules.append(rule)
        except Unfinished:
            rules = []
        return Instead(
            statement=self._statement.id,
            printed=f"{printed}{said.after}",
            month=False,
            values=None if values is None else [f"{value}{said.after}" for value in values],
            low=f"{values[0]}{said.after}" if values else None,
            high=f"{values[-1]}{said.after}" if values else None,
            nearest=[f"{value}{said.after}" for value in nearest],
            keystrokes=strokes,
            roundings=rules,
        )

    def of_limit(self, share: LimitedShare, key: str) -> Instead:
        """Of a limit of a share: from which to which whole percentage it could be, the other as it is.

        The lower a lower limit is, the more shares it allows; so it is enough to look for the last that does.
        """
        lower = key in ("at_least", "more_than")
        least, most = (0, 100) if lower else (100, 0)
        none = False
        try:
            if self._limited(share, key, most):
                least = most
            elif not self._limited(share, key, least):
                none = True
            else:
                while abs(most - least) > 1:
                    middle = (least + most) // 2
                    least, most = (middle, most) if self._limited(share, key, middle) else (least, middle)
            known = True
        except Unfinished:
            known = False
        low, high = (0, least) if lower else (least, 100)
        return Instead(
            statement=self._statement.id,
            printed=share.limits()[key],
            month=False,
            values=[] if known and none else None,
            low=f"{low} %" if known and not none else None,
            high=f"{high} %" if known and not none else None,
            nearest=[],
            keystrokes=None,
            roundings=[],
        )

    def _limited(self, share: LimitedShare, key: str, percent: int) -> bool:
        return self._printing(share.saying(key, f"{percent} %"), self._work.rounding)

    def _first(
        self, printed: str, others: Iterable[Count | Printed], *, every: bool = True
    ) -> tuple[list[str], int | None]:
        """Those among some numbers a keystroke away that would do, or the first; none if not certain."""
        found: list[str] = []
        try:
            for other in others:
                if self._printing(other, self._work.rounding):
                    found.append(printed_number(other))
                    if not every:
                        break
        except Unfinished:
            return [], None
        return _nearest(printed, found)


def _prints(said: Printed, rule: str) -> bool:
    return said.can_print(ROUNDINGS[rule])


def _nearest(printed: str, values: Sequence[str]) -> tuple[list[str], int | None]:
    """The numbers with the fewest keystrokes to a printed one, and how many these are."""
    if not values:
        return [], None
    strokes = {value: keystrokes(printed, value) for value in values}
    fewest = min(strokes.values())
    return [value for value, number in strokes.items() if number == fewest], fewest


def _near_counts(said: Count) -> list[Count]:
    """The same with numbers a keystroke away, ascending."""
    others = (respelled(said, text) for text in edits(printed_number(said)))
    return sorted((other for other in others if isinstance(other, Count)), key=lambda other: other.is_)


def _near(said: Printed) -> list[Printed]:
    """The same with numbers of as many decimals, a keystroke away, the closest in value first."""
    printed = said.printed
    others = [respelled(said, text) for text in edits(printed.digits)]
    same = [other for other in others if isinstance(other, Printed) and other.printed.scale == printed.scale]
    return sorted(same, key=lambda other: (abs(other.printed.units - printed.units), other.printed.units))
