"""Why an audit says what it says: proofs that a person can follow, and data sets that show what is possible.

A proof begins with a smallest set of what forces its end, and goes on in steps, each of which names what it
takes as known, what it rests on, and which values of one quantity it leaves (see :mod:`steps`). Where none
was found, that is said; nothing is shown instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from keepinpact.audit.conflicts import shrunk
from keepinpact.audit.members import member_of, switch
from keepinpact.audit.model import Contradiction, DataSets, Model, share_in, switch_of
from keepinpact.audit.result import Basis, Conflict, QuantityBound, Verdict, _Result
from keepinpact.audit.search import clashes_by_every_rule
from keepinpact.audit.solver import Cases, Rule, System, Unfinished
from keepinpact.audit.steps import Branch, Effort, Known, Law, proved, supposing
from keepinpact.audit.values import ANY, Values, only, without
from keepinpact.audit.verdicts import quantity_bound, verdict_of
from keepinpact.audit.whole import Ground, based
from keepinpact.numbers import ROUNDINGS, Bound, Share
from keepinpact.statements.constraints import Constraint, Printed, PrintedShare, RangedShare
from keepinpact.statements.kind import decimals_of, month_of, number_of
from keepinpact.statements.linear import Linear
from keepinpact.statements.report import Quantity, Repair, Report

__all__ = [
    "Case",
    "Explanation",
    "Fact",
    "Given",
    "Proof",
    "Source",
    "Step",
    "UnknownName",
    "explain",
    "why_bound",
    "why_conflict",
    "why_impossible",
    "why_in",
    "why_share",
]


class UnknownName(LookupError):
    """What was asked about is no quantity, statement or conflict, or no value that it can be asked about."""


class Source(_Result):
    """What a step rests on: what can be given up, a definition, or what a quantity is by construction."""

    kind: Literal["statement", "reading", "assumption", "definition", "parts", "within", "entries", "counted"]
    """The last four: a quantity is the sum of its parts, is within another, counts entries, was counted."""
    id: str
    """The id of the statement, assumption or definition; of the quantity where it is so by construction."""
    reading: str | None = None
    """Of a reading, its id."""


class Fact(_Result):
    """The values of a quantity that are left."""

    quantity: str
    values: list[tuple[int, int | None]]
    """Spans, ascending; null where there is no upper end."""


class Given(Fact):
    """What a step takes as known."""

    step: int | None
    """The step that it comes from; null where it is supposed."""


class Step(_Result):
    """One step of a proof."""

    step: int
    """Its number in the proof."""
    given: list[Given]
    """What was known before and is used."""
    by: list[Source]
    """What forces it together with that: one, or the fewest."""
    leaves: Fact | None
    """What is known of a quantity from then on; null where all this cannot be so."""


class Case(_Result):
    """What follows if a quantity has certain values, or a statement is read in one way: that it cannot be."""

    supposed: Fact | None
    """Null where a reading is supposed."""
    read: Source | None = None
    """The reading that is supposed; null where values are."""
    steps: list[Step]
    split: Given | None = None
    """The quantity whose values are then gone through, and what is known of it."""
    cases: list[Case] = Field(default_factory=list)


class Proof(_Result):
    """That a quantity has no other values than some, or that something cannot be so."""

    supposed: list[Fact]
    """What is supposed from the start."""
    shows: Fact | None
    """What is shown; null where it is that all this cannot be so."""
    rests_on: list[Source]
    """What forces it: none of the statements, readings, assumptions and definitions can be spared."""
    steps: list[Step]
    split: Given | None = None
    """The quantity whose values are then gone through, and what is known of it."""
    cases: list[Case] = Field(default_factory=list)
    """For all values that are not what is shown, or for each reading of a statement, why it cannot be."""

    def lines(self) -> Iterator[Step]:
        """All steps, those of its cases among them, in their order."""
        yield from self.steps
        yield from _lines(self.cases)


def _lines(cases: Iterable[Case]) -> Iterator[Step]:
    for case in cases:
        yield from case.steps
        yield from _lines(case.cases)


class Explanation(_Result):
    """Why the audit says what it says of one thing. ``audit --why NAME --json`` prints it."""

    format: Literal[1] = 1
    asked: str
    """What was asked about."""
    kind: Literal["bound", "value", "statement", "conflict"]
    basis: Basis | None
    """What is taken to hold; null for a conflict, or where it is not known."""
    bound: QuantityBound | None = None
    """Of a quantity, its bound; null if not known."""
    possible: bool | None = None
    """Of a value, whether the quantity can have it; null if not known."""
    data_set: Annotated[
        dict[str, int] | None,
        Field(description="Counts of every quantity that fit: with the value, or with the statement."),
    ] = None
    shares: list[tuple[int, int]] | None = None
    """Of a statement that prints a percentage, every share that can lie behind it."""
    verdict: Verdict | None = None
    """Of a statement."""
    conflicts: list[str] = Field(default_factory=list)
    """The conflicts that are proved, one proof each, before all other proofs."""
    proofs: list[Proof]
    not_known: list[str] = Field(default_factory=list)
    """What no proof was found for, or what was not found out."""
    decimals: dict[str, int] = Field(default_factory=dict)
    """Quantities whose numbers here count a last decimal, with how many there are: of 2, 1250 is 12.50."""


@dataclass(frozen=True)
class _Ask:
    """What is to be proved from what holds."""

    model: Model
    rule: str
    on: frozenset[str]
    """The switches of the smallest set that forces it, definitions aside."""
    supposed: tuple[Known, ...]
    goal: tuple[str, Values] | None


def why_in(data_sets: DataSets, quantity: str, spans: Values, **supposed: Values) -> Proof | None:
    """Why a quantity has no values but some, in data sets.

    Parameters
    ----------
    data_sets
        What holds.
    quantity, spans
        The quantity, and the values that it is to be shown to have.
    supposed
        Values that other quantities are supposed to have.

    Returns
    -------
    Proof or None
        None where no proof was found: that is then not known, unless somebody else knows. ValueError where it
        is not so, or says nothing.
    """
    outside = without(ANY, spans)
    if not outside:
        raise ValueError("every value is among these")
    given = tuple(supposing(name, some) for name, some in supposed.items())
    lines = [Linear({quantity: 1}, outside), *(_line(one) for one in given)]
    return _forced(data_sets, lines, given, (quantity, spans))


def why_impossible(data_sets: DataSets, quantity: str, value: int) -> Proof | None:
    """Why a quantity cannot have a value; None where no proof was found, ValueError where it can."""
    given = supposing(quantity, only(value))
    return _forced(data_sets, [_line(given)], (given,), None)


def _line(one: Known) -> Linear:
    assert one.quantity is not None
    return Linear({one.quantity: 1}, one.values)


def _forced(
    data_sets: DataSets, lines: Sequence[Linear], given: tuple[Known, ...], goal: tuple[str, Values] | None
) -> Proof | None:
    cases = (tuple(lines),)
    try:
        on = data_sets.forced_by(cases)
        return _proof(_Ask(data_sets.model, data_sets.rule, on, given, goal), cases)
    except Unfinished:
        return None


def why_conflict(model: Model, conflict: Conflict, rule: str = "nearest") -> Proof | None:
    """Why the members of a conflict cannot all hold; None where no proof was found."""
    on = frozenset(switch(member) for member in conflict.members)
    try:
        return _proof(_Ask(model, rule, on, (), None), ())
    except Unfinished:
        return None


def why_share(data_sets: DataSets, share: PrintedShare, shares: Sequence[Share]) -> list[Proof | None]:
    """Why no other shares lie behind a percentage: which bases there are, and of each which counts.

    None for what no proof was found for; it is not looked for where the percentage is of a sum of quantities.
    """
    if len(share.of) != 1 or not isinstance(share.of[0], str):
        return [None]
    counts: dict[int, list[int]] = {}
    for one in shares:
        counts.setdefault(one.base, []).append(one.count)
    proofs = [why_in(data_sets, share.base, only(*counts))]
    # What all of a base are needs no proof.
    for base, some in counts.items() if share.of[0] != share.base else ():
        proofs.append(why_in(data_sets, share.of[0], only(*some), **{share.base: only(base)}))
    return proofs


def _proof(ask: _Ask, also: Sequence[Sequence[Linear]]) -> Proof | None:
    laws, sources = _laws(ask)
    own = [law for law in laws if not law.built_in]
    fixed = [name for name in dict.fromkeys(law.source for law in laws) if name not in ask.on]
    named: Cases = tuple(tuple(case) for case in also)
    system = System(
        ask.model.quantities,
        [
            *(Rule(None, law.cases) for law in own),
            *(Rule(law.source, law.cases) for law in laws if law not in own),
        ],
        ask.model.clock,
        ask.model.exact,
    )
    given = [named] if named else []
    needed = shrunk(fixed, lambda some: system.find(some, given) is not None) | ask.on
    effort = Effort(ask.model.clock, ask.model.exact)
    few = [law for law in laws if law.source in needed]
    branch = proved(few, ask.supposed, ask.goal, effort)
    if branch is None:
        return None
    rests_on = [source for name, source in sources.items() if name in needed]
    return _Written(sources).proof(branch, ask.goal, rests_on)


def _laws(ask: _Ask) -> tuple[list[Law], dict[str, Source]]:
    """Everything that holds, and where it comes from: members, then definitions and what is built in."""
    rule = ROUNDINGS[ask.rule]
    laws: list[Law] = []
    sources: dict[str, Source] = {}
    report = ask.model.report

    def said(name: str, constraints: Sequence[Constraint]) -> list[Law]:
        """What some constraints say, in as many laws as can be looked at one by one."""
        found: list[Law] = []
        for one in constraints:
            lines = tuple(one.linears(rule))
            # A count and its base are looked at together.
            cases = [lines] if isinstance(one, Printed | RangedShare) else [(line,) for line in lines]
            found += [Law(name, (case,), built_in=name.startswith(":")) for case in cases]
        return found

    for name in sorted(ask.on, key=_order(report).__getitem__):
        member = member_of(name, report)
        sources[name] = Source(kind=member.kind, id=member.id, reading=member.reading)
        if len(ask.model.said(name)) == 1:
            laws += said(name, ask.model.said(name)[0])
            continue
        readings = []
        held = []
        for reading in report.statement(name).readings:
            read = f"{name}:{reading.id}"
            sources[read] = Source(kind="reading", id=name, reading=reading.id)
            readings.append((read, tuple(said(read, reading.holds))))
            held.append(tuple(line for one in reading.holds for line in one.linears(rule)))
        laws.append(Law(name, tuple(held), readings=tuple(readings)))
    for definition in report.definitions:
        name = f":definition {definition.id}"
        sources[name] = Source(kind="definition", id=definition.id)
        laws += said(name, definition.holds)
    for kind, quantity, line in ask.model.built_in:
        name = f":{kind} {quantity}"
        sources[name] = Source(kind=kind, id=quantity)
        laws.append(Law(name, ((line,),), built_in=True))
    return laws, sources


def _order(report: Report) -> dict[str, int]:
    names: list[str] = []
    for statement in report.statements:
        names += [statement.id, *(switch_of(statement, reading) for reading in statement.readings)]
    names += [one.id for one in report.assumptions]
    return {name: place for place, name in enumerate(dict.fromkeys(names))}


class _Written:
    """A proof as it is written: its steps numbered in the order in which they are read."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = sources
        self._numbers: dict[Known, int] = {}

    def proof(self, branch: Branch, goal: tuple[str, Values] | None, rests_on: list[Source]) -> Proof:
        return Proof(
            supposed=[_fact(one) for one in branch.supposed],
            shows=Fact(quantity=goal[0], values=list(goal[1])) if goal else None,
            rests_on=rests_on,
            steps=self._steps(branch),
            split=self._split(branch),
            cases=[self._case(one) for one in branch.cases],
        )

    def _case(self, branch: Branch) -> Case:
        return Case(
            supposed=_fact(branch.supposed[0]) if branch.supposed else None,
            read=self._sources[branch.read] if branch.read else None,
            steps=self._steps(branch),
            split=self._split(branch),
            cases=[self._case(one) for one in branch.cases],
        )

    def _steps(self, branch: Branch) -> list[Step]:
        found = []
        for one in branch.steps:
            self._numbers[one] = len(self._numbers) + 1
            found.append(
                Step(
                    step=self._numbers[one],
                    given=[self._given(each) for each in one.given],
                    by=[self._sources[name] for name in dict.fromkeys(law.source for law in one.laws)],
                    leaves=None if one.quantity is None else _fact(one),
                )
            )
        return found

    def _given(self, one: Known) -> Given:
        return Given(quantity=one.quantity or "", values=list(one.values), step=self._numbers.get(one))

    def _split(self, branch: Branch) -> Given | None:
        if branch.split is None:
            return None
        known = branch.given or Known(branch.split, ANY)
        return Given(quantity=branch.split, values=list(known.values), step=self._numbers.get(known))


def _fact(one: Known) -> Fact:
    return Fact(quantity=one.quantity or "", values=list(one.values))


def explain(
    report: Report,
    entries: Mapping[str, int],
    asked: str,
    *,
    repair: Repair | None = None,
    chosen: str | None = None,
    rounding: str | None = None,
    facts: Mapping[str, int] | None = None,
    seconds: float | None = None,
) -> Explanation:
    """Why an audit says what it says of one thing.

    Parameters
    ----------
    report, entries, repair, chosen, rounding, facts, seconds
        As of :func:`keepinpact.audit.audit`.
    asked
        A quantity (its bound), a quantity and a value such as ``answers=27``, ``fee=12.50`` where it has
        decimals, ``opened=2019-03`` where it is a month (why it cannot have it, or a data set in which it
        has), a statement (its verdict, and the shares behind its percentage) or a conflict such as ``C1``.
        What is a quantity and a statement is taken as the quantity, unless ``statement:`` stands before it.

    Raises
    ------
    UnknownName
        If it is none of these.
    UnknownRepair, KeyError, Contradiction
        As :func:`keepinpact.audit.audit`.
    """
    found = _explained(report, entries, asked, repair, chosen, rounding, facts, seconds)
    return found.model_copy(update={"decimals": report.decimals})


def _explained(
    report: Report,
    entries: Mapping[str, int],
    asked: str,
    repair: Repair | None,
    chosen: str | None,
    rounding: str | None,
    facts: Mapping[str, int] | None,
    seconds: float | None,
) -> Explanation:
    name, equals, value = asked.partition("=")
    quantities = {one.id for one in report.quantities}
    statement = name.removeprefix("statement:")
    number = _number(report.quantity(name), value) if equals and name in quantities else None
    if equals and number is None:
        raise UnknownName(asked)
    statements = {one.id for one in report.statements}
    # A conflict is known only once it is looked for.
    if name not in quantities | statements and statement not in statements and not _is_conflict(name):
        raise UnknownName(asked)
    ground = based(report, entries, repair, chosen, rounding, facts, seconds)
    if facts:
        ground = ground.with_responses()
    data_sets, basis, unknown = ground.data_sets, ground.basis, ground.unknown
    if name in quantities:
        if data_sets is None or name in unknown:
            return Explanation(
                asked=asked,
                kind="value" if equals else "bound",
                basis=basis,
                proofs=[],
                not_known=[f"whether {asked}" if equals else f"the bound of {name}"],
            )
        if number is not None:
            return _value(asked, basis, data_sets, name, number)
        return _bound(asked, basis, data_sets, name)
    if statement in statements:
        return _statement(asked, statement, ground, data_sets, basis, unknown)
    conflict = next((one for one in ground.conflicts if one.id == name), None)
    if conflict is None:
        if all(part.found.complete for part in ground.parts):
            raise UnknownName(asked)
        not_known = [f"whether there is a conflict {name}, since the search was not finished"]
        return Explanation(asked=asked, kind="conflict", basis=None, proofs=[], not_known=not_known)
    proof = why_conflict(ground.work.model, conflict, ground.work.rounding)
    return Explanation(
        asked=asked,
        kind="conflict",
        basis=None,
        conflicts=[name] if proof else [],
        proofs=[proof] if proof else [],
        not_known=[] if proof else [f"a short proof that {name} cannot hold"],
    )


def _number(quantity: Quantity, text: str) -> int | None:
    """A value as it is asked about, with the decimals of its quantity or a month; None where it is none."""
    month = month_of(text) if quantity.unit == "month" else None
    try:
        number = number_of(text) if month is None else month
    except ValueError:
        return None
    return int(number) if decimals_of(number) == quantity.decimals else None


def _is_conflict(name: str) -> bool:
    return re.fullmatch(r"C[1-9][0-9]*", name) is not None


def _value(asked: str, basis: Basis | None, data_sets: DataSets, name: str, value: int) -> Explanation:
    fixed = data_sets.where({name: value})
    try:
        found = fixed.example()
    except Unfinished:
        return Explanation(asked=asked, kind="value", basis=basis, proofs=[], not_known=[f"whether {asked}"])
    if found is not None:
        order = {one: found[one] for one in data_sets.model.quantities}
        return Explanation(asked=asked, kind="value", basis=basis, possible=True, data_set=order, proofs=[])
    proof = why_impossible(data_sets, name, value)
    return Explanation(
        asked=asked,
        kind="value",
        basis=basis,
        possible=False,
        proofs=[proof] if proof else [],
        not_known=[] if proof else [f"a short proof that {asked.replace('=', ' is not ')}"],
    )


def why_bound(data_sets: DataSets, quantity: str, bound: Bound) -> tuple[list[Proof], list[str]]:
    """Why a quantity has a bound: a proof of each end and of the gaps, and what no proof was found for.

    ``bound`` is the quantity's sharp bound in these data sets.
    """
    proofs: list[Proof] = []
    not_known: list[str] = []
    for what, spans in _shown(bound, data_sets.model.report.quantity(quantity)):
        proof = why_in(data_sets, quantity, spans)
        if proof is None:
            not_known.append(f"a short proof that {quantity} is {what}")
        else:
            proofs.append(proof)
    return proofs, not_known


def _bound(asked: str, basis: Basis | None, data_sets: DataSets, name: str) -> Explanation:
    try:
        bound = data_sets.bound(name)
    except (Unfinished, Contradiction):
        return Explanation(
            asked=asked, kind="bound", basis=basis, proofs=[], not_known=[f"the bound of {name}"]
        )
    proofs, not_known = why_bound(data_sets, name, bound)
    return Explanation(
        asked=asked,
        kind="bound",
        basis=basis,
        bound=quantity_bound(name, bound),
        proofs=proofs,
        not_known=not_known,
    )


def _shown(bound: Bound, quantity: Quantity) -> Iterator[tuple[str, Values]]:
    """What there is to show of a bound: its two ends and its gaps, or the one value that is left."""
    if bound.low == bound.high:
        yield quantity.shown(bound.low), only(bound.low)
        return
    if bound.low > 0:
        yield f"at least {quantity.shown(bound.low)}", ((bound.low, None),)
    if bound.high is not None:
        yield f"at most {quantity.shown(bound.high)}", ((0, bound.high),)
    if bound.values is not None:
        gaps = without(((bound.low, bound.high),), only(*bound.values))
        yield "nothing in between that is left out", without(ANY, gaps)


def _statement(
    asked: str,
    statement_id: str,
    ground: Ground,
    data_sets: DataSets | None,
    basis: Basis | None,
    unknown: frozenset[str],
) -> Explanation:
    work = ground.work
    statement = work.report.statement(statement_id)
    part = next(one for one in ground.parts if statement.id in one.statements)
    conflicts, repairs = ground.conflicts, ground.repairs
    every_rule = clashes_by_every_rule(work, ground.parts, conflicts)
    verdict = verdict_of(work, statement, part, conflicts, repairs, data_sets, unknown, every_rule)
    proofs: list[Proof] = []
    not_known = [] if verdict.verdict else ["the verdict, since the search was not finished"]
    explained = []
    for conflict in (one for one in conflicts if one.id in verdict.conflicts):
        proof = why_conflict(work.model, conflict, work.rounding)
        if proof:
            explained.append(conflict.id)
            proofs.append(proof)
        else:
            not_known.append(f"a short proof that {conflict.id} cannot hold")
    found = shares = None
    share = share_in(statement.readings[0])
    held = data_sets is not None and switch_of(statement, statement.readings[0]) in data_sets.on
    if data_sets is not None and unknown.isdisjoint(statement.readings[0].quantities()):
        try:
            if statement.id in data_sets.on:
                found = data_sets.example()
            if share is not None and held and all(isinstance(term, str) for term in share.of):
                shares = data_sets.shares(share)
                for one in why_share(data_sets, share, shares) if shares else ():
                    proofs += [one] if one else []
                    not_known += [] if one else ["a short proof of the shares"]
        except Unfinished:
            not_known.append("the shares")
    return Explanation(
        asked=asked,
        kind="statement",
        basis=basis,
        data_set={name: found[name] for name in work.model.quantities} if found else None,
        shares=[(one.count, one.base) for one in shares] if shares is not None else None,
        verdict=verdict,
        conflicts=explained,
        proofs=proofs,
        not_known=list(dict.fromkeys(not_known)),
    )
