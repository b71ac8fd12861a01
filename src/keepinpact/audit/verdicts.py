"""What an audit says of each statement, and how severe a test it has been through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from keepinpact.audit.conflicts import Found
from keepinpact.audit.members import members_of, switch
from keepinpact.audit.model import DataSets, Model, switch_of
from keepinpact.audit.result import (
    Conflict,
    FoundRepair,
    Member,
    QuantityBound,
    Severity,
    Verdict,
    VerdictName,
)
from keepinpact.audit.search import Searched, Work
from keepinpact.numbers import Bound
from keepinpact.statements.constraints import Count, Printed
from keepinpact.statements.report import Reading, Report, Statement


def recounts(
    report: Report, entries: Mapping[str, int], facts: Mapping[str, int], *statements: str
) -> dict[str, tuple[bool | None, Reading]]:
    """Whether a recount of statements gives the same (None: not decided), and in which reading.

    By the statements' ids; of all statements where none is named.
    """
    model = Model(report, entries)
    work = Work(model, Model(report, entries, facts) if facts else model, "nearest", rounding_given=False)
    found = {}
    for statement in map(report.statement, statements) if statements else report.statements:
        fulfilled = _fulfilled(work, statement)
        recount = _first_not_refuted(fulfilled)
        found[statement.id] = recount, statement.readings[fulfilled.index(recount)]
    return found


def _fulfilled(work: Work, statement: Statement) -> list[bool | None]:
    """Of each reading, whether recounted numbers fulfil it; None where they do not decide it."""
    return [_fulfils(work, statement, reading) for reading in statement.readings]


def _first_not_refuted(fulfilled: Sequence[bool | None]) -> bool | None:
    """A reading that is not decided hides those after it: unknown is not no."""
    return next((each for each in fulfilled if each is not False), False)


def _fulfils(work: Work, statement: Statement, reading: Reading) -> bool | None:
    """Without released responses only what is recounted as a whole decides."""
    if not reading.holds:
        return None
    certain = work.known.certain(work.rounding)
    whole = all(name in certain for name in reading.quantities())
    if whole and all(line.allows(certain) for held in reading.holds for line in held.linears(work.rule)):
        # Words that may mean any share are not found to be as printed, whatever the share is.
        return None if statement.goes_further(reading) else True
    if work.known is work.model and not whole:
        return None
    printed = any(isinstance(held, Printed) for held in reading.holds)

    def refuted() -> bool:
        rules = [work.rounding, *(work.other_rules if printed and not work.rounding_given else ())]
        return not any(work.known.fitting([switch_of(statement, reading)], rule).exist for rule in rules)

    return False if work.attempt(f"whether a recount refutes {statement.id}", refuted) else None


def verdict_of(
    work: Work,
    statement: Statement,
    part: Searched,
    conflicts: Sequence[Conflict],
    repairs: Sequence[FoundRepair],
    data_sets: DataSets | None,
    unknown: frozenset[str],
    every_rule: Found,
) -> Verdict:
    """The verdict on a statement, with what it rests on.

    Parameters
    ----------
    work
        The audit under way.
    statement
        The statement.
    part
        The part that it stands in.
    conflicts, repairs
        What the search has found.
    data_sets
        Those of the basis; None without one.
    unknown
        The quantities of parts where the basis is not known.
    every_rule
        What :func:`keepinpact.audit.search.clashes_by_every_rule` returns.
    """
    fulfilled = _fulfilled(work, statement)
    recount = _first_not_refuted(fulfilled)
    clashing = [conflict for conflict in conflicts if _holds(conflict.members, statement)]
    severity = work.attempt(f"the alternatives to {statement.id}", lambda: _severity(work, statement, part))
    alone = [conflict for conflict in clashing if not conflict.needs_ours]
    # A clash of statements may rest on how we read percentages.
    firm = any(work.rounding_given or conflict.roundings == [] for conflict in alone)
    # What only shows that another rule was not used is not to blame.
    unsaved = every_rule.conflicts if alone and not firm else ()
    larger = next((some for some in unsaved if statement.id in some), frozenset())
    name: VerdictName | None
    if recount:
        name = "reproduced"
    elif recount is False or firm or larger:
        name = "contradicted"
    elif statement.weighted:
        name = "not tested"
    elif not part.found.complete or (alone and not every_rule.complete):
        name = None
    elif clashing:
        name = "conditional"
    elif severity is None:
        name = None
    else:
        name = "not tested" if severity.passed == severity.of else "consistent"
    reading = without = None
    if data_sets is not None and unknown.isdisjoint(part.part.quantities):
        reading, without = work.attempt(
            f"the recomputation of {statement.id}", lambda: _recomputed(statement, data_sets)
        ) or (None, None)
    smallest = [repair for repair in repairs if repair.smallest and repair.part == part.number]
    decided = [place for place, each in enumerate(fulfilled) if each is not None]
    recounted = statement.readings[fulfilled.index(True) if recount else decided[0]] if decided else None
    if recount and recounted:
        reading = recounted.id
    certain = work.known.certain(work.rounding)
    return Verdict(
        statement=statement.id,
        verdict=name,
        recount=None if recount is None else "same" if recount else "otherwise",
        conflicts=[conflict.id for conflict in clashing],
        not_with=_not_with(work, clashing) if name == "conditional" else [],
        every_rule=[one.id for one in work.report.statements if one.id in larger - {statement.id}],
        severity=severity,
        given_up=(sum(_holds(repair.gives_up, statement) for repair in smallest), len(smallest))
        if smallest and part.found.complete
        else None,
        reading=reading,
        counts={n: certain[n] for n in recounted.quantities() if n in certain} if recounted else {},
        without=without,
    )


def _holds(members: Sequence[Member], statement: Statement) -> bool:
    return any(member.id == statement.id for member in members)


def _not_with(work: Work, clashing: Sequence[Conflict]) -> list[Member]:
    """What of ours some conflicts hold, in the report's order."""
    ours = {switch(m) for conflict in clashing for m in conflict.members if m.kind != "statement"}
    return [member for member in members_of(work.report) if switch(member) in ours]


def _severity(work: Work, statement: Statement, part: Searched) -> Severity | None:
    """How many alternatives to a statement would have held with all other statements.

    Where these clash among themselves, with all that are in no clash of statements alone.
    """
    # Of thousands of statements even to say what the others are takes seconds.
    work.model.clock.left()
    others = frozenset(name for name in part.statements if name != statement.id)
    system = part.part.system
    if system.find(others) is None:
        if not part.found.complete:
            return None
        others -= part.clashing_alone()
    holding = (r for r in statement.readings if system.find(others | {switch_of(statement, r)}) is not None)
    reading = next(holding, statement.readings[0])
    passed = of = 0
    seen: list[Mapping[str, int]] = []
    for place, constraint in enumerate(reading.holds):
        rest = [
            line for i, held in enumerate(reading.holds) if i != place for line in held.linears(work.rule)
        ]
        unit = next((work.report.quantity(name).unit for name in constraint.quantities()), "other")
        for other in constraint.others(work.rule, unit):
            of += 1
            wanted = [*rest, *other]
            known = any(all(line.allows(counts) for line in wanted) for counts in seen)
            counts = None if known else system.find(others, ((tuple(wanted),),))
            if counts is not None:
                seen.append(counts)
            passed += known or counts is not None
    return Severity(passed=passed, of=of) if of else None


def _recomputed(statement: Statement, data_sets: DataSets) -> tuple[str | None, QuantityBound | None]:
    """The reading that holds on the basis, and what all else allows for a printed count."""
    readings = {reading.id: switch_of(statement, reading) for reading in statement.readings}
    reading = next((name for name, switch in readings.items() if switch in data_sets.on), None) or next(
        (name for name, switch in readings.items() if data_sets.also(switch).exist), None
    )
    first = next(iter(statement.readings[0].holds), None)
    if not isinstance(first, Count) or len(first.of) != 1 or not isinstance(first.of[0], str):
        return reading, None
    return reading, quantity_bound(first.of[0], data_sets.without(statement.id).bound(first.of[0]))


def quantity_bound(name: str, bound: Bound) -> QuantityBound:
    """The bound of a quantity, as an audit has it."""
    values = None if bound.values is None else list(bound.values)
    return QuantityBound(quantity=name, low=bound.low, high=bound.high, values=values)
