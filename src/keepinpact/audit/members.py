"""What of a report can be kept or given up, and what of it forces a number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from keepinpact.audit.model import DataSets, Model, switch_of
from keepinpact.audit.result import FoundRepair, Member
from keepinpact.numbers import ROUNDINGS, Bound, Share
from keepinpact.statements.constraints import PrintedShare
from keepinpact.statements.linear import Linear
from keepinpact.statements.report import Repair, Report


def members_of(report: Report) -> Iterator[Member]:
    """The members of a report, in its order."""
    for statement in report.statements:
        yield Member(kind="statement", id=statement.id, soft=statement.soft)
        if len(statement.readings) > 1:
            yield Member(kind="reading", id=statement.id, reading=statement.readings[0].id, soft=True)
    for assumption in report.assumptions:
        yield Member(kind="assumption", id=assumption.id)


def switch(member: Member) -> str:
    """The switch of a member in the model."""
    return f"{member.id}:{member.reading}" if member.reading else member.id


def member_of(wanted: str, report: Report) -> Member:
    """The member that a switch stands for; KeyError where it stands for none."""
    for member in members_of(report):
        if switch(member) == wanted:
            return member
    raise KeyError(wanted)


def given_up(repair: Repair, report: Report) -> frozenset[str]:
    """The switches that an edition's repair gives up."""
    switches = set(repair.gives_up)
    for statement in report.statements:
        if len(statement.readings) > 1 and statement.id in switches:
            switches.add(switch_of(statement, statement.readings[0]))
    return frozenset(switches)


def kept(members: Iterable[Member], repair: FoundRepair) -> list[str]:
    """The switches of the members that a found repair keeps."""
    gone = {(member.kind, member.id) for member in repair.gives_up}
    gone |= {("reading", name) for kind, name in gone if kind == "statement"}
    return [switch(member) for member in members if (member.kind, member.id) not in gone]


def repaired(model: Model, repair: FoundRepair, rounding: str = "nearest") -> DataSets:
    """The data sets of everything that a found repair keeps, by the audit's model and rounding rule."""
    return model.fitting(kept(members_of(model.report), repair), rounding)


def resting_on(data_sets: DataSets, *cases: Sequence[Linear]) -> list[Member]:
    """What forces that none of some cases is so: statements, readings, assumptions, none of them needlessly.

    Of each case is given what holds in it. ValueError where one of them can be, Unfinished where an answer is
    not certain.
    """
    forced = data_sets.forced_by(tuple(tuple(case) for case in cases))
    return [member for member in members_of(data_sets.model.report) if switch(member) in forced]


def forced_by_rounding(data_sets: DataSets, members: Iterable[Member], *cases: Sequence[Linear]) -> bool:
    """Whether members that force that none of some cases is so do so by the rounding rule of the data sets.

    That is so where by another rule one of the cases can be. Unfinished where an answer is not certain.
    """
    on, cased = [switch(one) for one in members], tuple(tuple(case) for case in cases)
    others = [rule for rule in ROUNDINGS if rule != data_sets.rule]
    return any(data_sets.model.fitting(on, rule).holding(cased).exist for rule in others)


def besides(bound: Bound, *quantities: str) -> Linear | None:
    """That a sum of quantities has a value outside a bound; None where the bound leaves no number out."""
    total = {name: quantities.count(name) for name in quantities}
    inside = tuple((value, value) for value in bound.values or ()) or ((bound.low, bound.high),)
    other = Linear(total, inside).otherwise()
    # Below nought there is nothing.
    spans = tuple((low, high) for low, high in other.spans if high is None or high >= 0) if other else ()
    return Linear(total, spans) if spans else None


def besides_shares(share: PrintedShare, shares: Sequence[Share]) -> list[list[Linear]]:
    """The cases in which none of some shares lies behind a percentage."""
    terms = [str(term) for term in share.of]
    count = {name: terms.count(name) for name in terms}
    by_base: dict[int, list[int]] = {}
    for possible in shares:
        by_base.setdefault(possible.base, []).append(possible.count)
    bases = Linear({share.base: 1}, tuple((base, base) for base in sorted(by_base)))
    cases = [[other]] if (other := bases.otherwise()) else []
    for base, counts in sorted(by_base.items()):
        other_counts = Linear(count, tuple((value, value) for value in sorted(counts))).otherwise()
        if other_counts is not None:
            cases.append([Linear({share.base: 1}, ((base, base),)), other_counts])
    return cases
