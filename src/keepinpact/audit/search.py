"""One audit under way: its parts, searched for conflicts and repairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property, partial
from typing import TypeVar

from keepinpact.audit.conflicts import Found, minimal_sets, shrunk
from keepinpact.audit.members import members_of, switch
from keepinpact.audit.model import Model, Part
from keepinpact.audit.result import Conflict, Member, PartResult
from keepinpact.audit.solver import Clock, Unfinished
from keepinpact.numbers import ROUNDINGS
from keepinpact.statements.constraints import Printed
from keepinpact.statements.report import Statement

_MOST_SETS = 1000
_MOST_QUESTIONS = 1200
"""How often a part is asked whether some of its members hold, before the search for conflicts ends."""

_CERTAIN = 1000

_T = TypeVar("_T")


class Work:
    """One audit under way: its model, with and without responses, its rule, and what was left undone."""

    def __init__(self, model: Model, known: Model, rounding: str, *, rounding_given: bool) -> None:
        self.model = model
        self.known = known
        self.report = model.report
        self.rounding = rounding
        self.rule = ROUNDINGS[rounding]
        self.rounding_given = rounding_given
        self.unfinished: list[str] = []

    def attempt(self, what: str, work: Callable[[], _T]) -> _T | None:
        """What some work gives; None, and a note, where it did not become certain."""
        try:
            return work()
        except Unfinished:
            self.unfinished.append(what)
            return None

    @cached_property
    def members(self) -> dict[str, Member]:
        """The members of the report by their switches, in its order."""
        return {switch(member): member for member in members_of(self.report)}

    @cached_property
    def statements(self) -> frozenset[str]:
        """The statements of the report."""
        return frozenset(one.id for one in self.report.statements)

    @cached_property
    def trusted(self) -> frozenset[str]:
        """The statements that are marked as certain."""
        return frozenset(one.id for one in self.report.statements if one.trust)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.members)}

    def members_of(self, part: Part) -> dict[str, Member]:
        """The members of a part by their switches, in the report's order."""
        names = sorted(self.members.keys() & set(part.switches), key=self._places.__getitem__)
        return {name: self.members[name] for name in names}

    @cached_property
    def other_rules(self) -> list[str]:
        """The other rules that can print every percentage of the report, in some reading of its statement."""
        return [
            name
            for name in ROUNDINGS
            if name != self.rounding
            and all(self._printable(statement, name) for statement in self.report.statements)
            and self.model.fitting([], name).exist
        ]

    def _printable(self, statement: Statement, rule: str) -> bool:
        # What a percentage's own rule cannot print is no matter of the report's.
        return any(
            all(
                held.can_print(ROUNDINGS[rule])
                for held in reading.holds
                if isinstance(held, Printed) and held.can_print(self.rule)
            )
            for reading in statement.written
        )


class Searched:
    """A part of the report, searched for conflicts and repairs; what is not certain is noted in the work."""

    def __init__(self, work: Work, number: int, part: Part) -> None:
        self.number = number
        self.part = part
        self._trusted = work.trusted
        self.members = work.members_of(part)
        self.statements = [member.id for member in self.members.values() if member.kind == "statement"]
        self.statements_hold: bool | None = True
        self.found = Found((), (), complete=True)

        def holds(some: frozenset[str]) -> bool:
            return part.system.find(some) is not None

        everything = frozenset(self.members)
        self.holds = work.attempt("whether everything holds", lambda: holds(everything))
        if self.holds:
            return
        self.statements_hold = work.attempt(
            "whether the statements hold", lambda: holds(frozenset(self.statements))
        )
        weights = {name: _weight(member) for name, member in self.members.items()}
        weights |= dict.fromkeys(self.certain, _CERTAIN)
        self.found = minimal_sets(
            list(self.members),
            holds,
            _MOST_SETS,
            suggest=lambda repairs: part.system.suggest(weights, repairs),
            core=part.system.core,
            clock=work.model.clock,
            most_questions=_MOST_QUESTIONS,
        )
        if not self.found.complete:
            work.unfinished.append("the lists of conflicts and repairs")
        # What was given up on at first may have been found out since.
        if self.holds is None:
            self.holds = self._without(self.found.conflicts)
        if self.statements_hold is None:
            self.statements_hold = self._without(self._alone())

    def _without(self, conflicts: Sequence[frozenset[str]]) -> bool | None:
        return False if conflicts else True if self.found.complete else None

    @property
    def result(self) -> PartResult:
        """What is certain of it."""
        return PartResult(
            part=self.number,
            statements=self.statements,
            holds=self.holds,
            statements_hold=self.statements_hold,
            complete=self.found.complete,
        )

    @property
    def certain(self) -> frozenset[str]:
        """The statements that are never given up."""
        return self._trusted.intersection(self.members)

    @property
    def repairs(self) -> list[frozenset[str]]:
        """The repairs that give up nothing that is certain.

        A minimal repair among those members that are not certain is one among all of them, and the other way
        round: so they need no search of their own.
        """
        return [some for some in self.found.repairs if self.certain.isdisjoint(some)]

    def ordered(self, switches: frozenset[str]) -> list[Member]:
        """Members in the report's order."""
        return [member for name, member in self.members.items() if name in switches]

    def conflicts(self) -> list[frozenset[str]]:
        """The conflicts, the smallest first.

        Without those with a literal reading whose statement alone clashes as well.
        """
        order = {name: place for place, name in enumerate(self.members)}
        return sorted(self._said(), key=lambda some: (len(some), sorted(order[name] for name in some)))

    def _said(self) -> Iterator[frozenset[str]]:
        for conflict in self.found.conflicts:
            readings = {name for name in conflict if self.members[name].kind == "reading"}
            without = (conflict - readings) | {self.members[name].id for name in readings}
            if any(other != conflict and other <= without | conflict for other in self.found.conflicts):
                continue
            # That their statements clash as well is known of all only where all were looked for.
            if self.found.complete or not readings or self._may_hold(without):
                yield conflict

    def _may_hold(self, some: frozenset[str]) -> bool:
        try:
            return self.part.system.find(some) is not None
        except Unfinished:
            return False

    def clashing_alone(self) -> set[str]:
        """The statements in some conflict of statements alone."""
        return {statement for conflict in self._alone() for statement in conflict}

    def _alone(self) -> list[frozenset[str]]:
        return [some for some in self.found.conflicts if some.issubset(self.statements)]


def _weight(member: Member) -> int:
    """How reluctantly a member is given up."""
    return 1 if member.kind == "assumption" else 2 if member.soft else 4


def conflicts_of(work: Work, parts: Sequence[Searched]) -> list[Conflict]:
    """All conflicts, part by part, the smallest first."""
    conflicts: list[Conflict] = []
    for part in parts:
        for some in part.conflicts():
            members = part.ordered(some)
            name = f"C{len(conflicts) + 1}"
            conflicts.append(
                Conflict(
                    id=name,
                    part=part.number,
                    members=members,
                    needs_ours=any(member.kind != "statement" for member in members),
                    roundings=work.attempt(
                        f"other rounding rules for conflict {name}", partial(_roundings, work, some)
                    ),
                )
            )
    return conflicts


def clashes_by_every_rule(work: Work, parts: Sequence[Searched], conflicts: Sequence[Conflict]) -> Found:
    """The smallest sets of statements that clash by whatever rule all percentages are rounded.

    Where each conflict clashes by every rule they are the conflicts, and are not repeated here. One rule is
    that of the whole report. So such a set has a conflict by each rule in it, of whatever part and
    statements, and each smallest one is made of one conflict by each rule.
    """
    nothing = Found((), (), complete=True)
    alone = [one for one in conflicts if not one.needs_ours]
    complete = all(part.found.complete for part in parts)
    firm = complete and all(one.roundings == [] for one in alone)
    if work.rounding_given or firm or all(part.statements_hold for part in parts):
        return nothing
    try:
        clashing = {rule: _clashing(work, rule) for rule in work.other_rules}
        if not all(clashing.values()):
            return nothing
        found = [frozenset(member.id for member in one.members) for one in alone]
        for rule, some in clashing.items():
            if any(_hold(work, one, rule) for one in found):
                by_rule = [_conflicts(work, part, names) for part, names in some]
                complete = complete and all(one.complete for one in by_rule)
                others = [conflict for one in by_rule for conflict in one.conflicts]
                few = max(1, _MOST_SETS // max(1, len(found)))
                complete = complete and len(others) <= few
                found = _joined(found, sorted(others, key=len)[:few], work.model.clock)
        if complete:
            return Found(tuple(found), (), complete=True)
        # What was joined of some conflicts only clashes, but something in it may be spared.
        rules = [work.rounding, *clashing]
        fewest: dict[frozenset[str], None] = {}
        with suppress(Unfinished):
            for one in found:
                fewest[shrunk(sorted(one), lambda names: any(_hold(work, names, r) for r in rules))] = None
        return Found(tuple(fewest), (), complete=False)
    except Unfinished:
        return Found((), (), complete=False)


def _clashing(work: Work, rule: str) -> list[tuple[Part, list[str]]]:
    """The parts whose statements do not all hold by a rule, and these statements."""
    found = []
    for part in work.model.parts(rule):
        names = [name for name in part.switches if name in work.statements]
        if part.system.find(frozenset(names)) is None:
            found.append((part, names))
    return found


def _conflicts(work: Work, part: Part, statements: list[str]) -> Found:
    """The conflicts of some statements of a part."""
    return minimal_sets(
        statements,
        lambda some: part.system.find(some) is not None,
        _MOST_SETS,
        core=part.system.core,
        clock=work.model.clock,
        most_questions=_MOST_QUESTIONS,
    )


def _joined(
    sets: Sequence[frozenset[str]], others: Sequence[frozenset[str]], clock: Clock
) -> list[frozenset[str]]:
    """Each set joined with each of the others, without those that have another one within."""
    found: list[frozenset[str]] = []
    for some in sorted(
        {one | other for one in sets for other in others}, key=lambda one: (len(one), sorted(one))
    ):
        clock.left()
        if not any(one <= some for one in found):
            found.append(some)
    return found


def _roundings(work: Work, conflict: frozenset[str]) -> list[str]:
    """The other rules that can print every percentage of the report and let a conflict's members hold."""
    return [rule for rule in work.other_rules if _hold(work, conflict, rule)]


def _hold(work: Work, some: frozenset[str], rule: str) -> bool:
    """Whether some members hold together where all percentages are rounded by a rule."""
    return all(
        part.system.find(some) is not None
        for part in work.model.parts(rule)
        if not some.isdisjoint(part.switches)
    )
