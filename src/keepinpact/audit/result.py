"""The audit of a report: can its statements all be true, what would mend them, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, partial
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from keepinpact.audit.conflicts import Found, minimal_sets
from keepinpact.audit.model import (
    Contradiction,
    DataSets,
    Model,
    Part,
    adopted,
    agreeing,
    literal,
    share_in,
    switch_of,
)
from keepinpact.audit.settling import flips, most_settling
from keepinpact.audit.solver import Clock, Unfinished
from keepinpact.numbers import ROUNDINGS, Bound, Share
from keepinpact.statements.constraints import Count, Majority, NoMajority, PrintedShare
from keepinpact.statements.linear import Linear
from keepinpact.statements.report import Reading, Repair, Report, Statement

__all__ = [
    "Ask",
    "Audit",
    "Basis",
    "Candidates",
    "Conflict",
    "Flip",
    "FoundRepair",
    "Member",
    "QuantityBound",
    "Rounded",
    "Severity",
    "Verdict",
    "VerdictName",
    "audit",
    "besides",
    "besides_shares",
    "member_of",
    "recounts",
    "repaired",
    "resting_on",
]

VerdictName = Literal["reproduced", "consistent", "conditional", "contradicted", "not tested"]

MOST_SETS = 1000
MOST_QUESTIONS = 1200
"""How often a part is asked whether some of its members hold, before the search for conflicts ends."""
MOST_SHARES = 1000
MOST_SHARES_OF_OTHERS = 100
"""Of a rule other than the one asked for; each share costs a search."""
MOST_REASONS = 30
"""What forces a list of shares is worked out where it is no longer than this."""
ASKED = 5
SHARES = "the shares behind percentages"

_T = TypeVar("_T")


class _Result(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_serialization_defaults_required=True)


class Member(_Result):
    """What can be kept or given up: a statement, the literal reading of one, or an assumption."""

    kind: Literal["statement", "reading", "assumption"]
    id: Annotated[str, Field(description="The statement's or the assumption's id.")]
    reading: Annotated[str | None, Field(description="Of a reading, its id.")] = None
    soft: Annotated[bool, Field(description="Whether it is a reading or a statement marked soft.")] = False


class Conflict(_Result):
    """Members that cannot all hold, though any part of them can."""

    id: str
    part: Annotated[int, Field(description="The part of the report that it lies in.")]
    members: list[Member]
    needs_ours: Annotated[
        bool,
        Field(description="Whether it needs an assumption or a literal reading of ours besides statements."),
    ]
    roundings: Annotated[
        list[str] | None,
        Field(description="Other rounding rules under which these can all hold; null if not worked out."),
    ]


class FoundRepair(_Result):
    """Members of one part that have to be given up so that all others of it hold, none of them needlessly."""

    id: str
    part: Annotated[int, Field(description="The part of the report that it mends.")]
    gives_up: list[Member]
    hard: Annotated[int, Field(description="How many statements it gives up that are not soft.")]
    soft: Annotated[int, Field(description="How many soft statements and literal readings.")]
    assumptions: Annotated[int, Field(description="How many assumptions.")]
    smallest: Annotated[
        bool, Field(description="Whether no other of its part gives up fewer of one kind and no more of any.")
    ]
    adopted: Annotated[bool, Field(description="Whether it belongs to what the edition adopts.")]


class PartResult(_Result):
    """Statements that share no open count with those of any other part, and what is certain of them."""

    part: int
    statements: list[str]
    holds: Annotated[bool | None, Field(description="Whether everything holds, taken at its word.")]
    statements_hold: Annotated[
        bool | None, Field(description="Whether the statements alone do, in one reading or another.")
    ]
    complete: Annotated[bool, Field(description="Whether it has no other conflicts and repairs.")]


class Basis(_Result):
    """What is taken to hold for the bounds and all that follows from them."""

    kind: Annotated[
        Literal[
            "everything", "adopted repair", "chosen repair", "outside all conflicts", "released responses"
        ],
        Field(
            description="The fourth is what holds whichever repair is taken, the last what was counted, "
            "with all that does not clash with it."
        ),
    ]
    repairs: Annotated[list[str], Field(description="The ids of the repairs among those found.")]


class QuantityBound(_Result):
    """The sharp bound of a quantity; ``high`` is null where nothing limits it."""

    quantity: str
    low: int
    high: int | None
    values: Annotated[
        list[int] | None, Field(description="Every possible value, where some between the two are not.")
    ] = None

    @property
    def bound(self) -> Bound:
        """The bound as a number."""
        return Bound(self.low, self.high, None if self.values is None else tuple(self.values))


class Candidates(_Result):
    """Every share that can lie behind a printed percentage; null where they are too many to list."""

    statement: str
    printed: str
    base: Annotated[str, Field(description="The quantity that is the base.")]
    shares: list[tuple[int, int]] | None
    rests_on: Annotated[
        list[Member] | None,
        Field(description="What forces these shares, none of it needlessly; null where not worked out."),
    ] = None

    def listed(self) -> list[Share]:
        """The shares; none where they are too many to list."""
        return [Share(count, base) for count, base in self.shares or ()]


class Rounded(_Result):
    """Whether the statements hold under a rounding rule."""

    rule: str
    holds: Annotated[bool, Field(description="Whether everything holds, taken at its word.")]
    statements_hold: Annotated[bool, Field(description="Whether the statements alone do, in some reading.")]
    holds_on_basis: Annotated[bool | None, Field(description="Whether the basis holds; null without one.")]
    candidates: Annotated[list[Candidates], Field(description="On the basis, where that holds.")]


class Flip(_Result):
    """How few respondents would turn a reading of known counts round."""

    statement: str
    reading: str
    holds: bool
    respondents: Annotated[int, Field(description="Exact where it holds, at least so many where not.")]


class Ask(_Result):
    """An unpublished number, and how much would be left open in the worst case, were it known."""

    quantity: str
    open: Annotated[int, Field(description="How many of the published numbers are then still open.")]
    left: Annotated[int, Field(description="How many values too many they can then have, added up.")]


class Severity(_Result):
    """How severe a test a statement has been through: how many alternatives would have passed it too."""

    passed: Annotated[int, Field(description="How many would have held with all other statements.")]
    of: Annotated[int, Field(description="How many others of the same form there are.")]


class Verdict(_Result):
    """What the audit says of a statement."""

    statement: str
    verdict: Annotated[VerdictName | None, Field(description="Null where it is not certain.")]
    recount: Annotated[
        Literal["same", "otherwise"] | None,
        Field(
            description="What a recount gives: as in some reading, as in none; null where it decides nothing."
        ),
    ] = None
    conflicts: list[str]
    not_with: Annotated[
        list[Member], Field(description="Of a conditional one, what of ours it cannot hold together with.")
    ]
    severity: Annotated[Severity | None, Field(description="Null where it is not worked out.")]
    given_up: Annotated[
        tuple[int, int] | None,
        Field(
            description="In how many of the smallest repairs of its part it is given up; null without any."
        ),
    ]
    reading: Annotated[str | None, Field(description="The first reading that holds on the basis.")]
    counts: Annotated[
        dict[str, int],
        Field(description="What was recounted, by quantity; only where reproduced or refuted."),
    ]
    without: Annotated[
        QuantityBound | None,
        Field(description="Of a printed count: what all else on the basis allows without this statement."),
    ]


class Audit(_Result):
    """Everything that the audit found. ``python -m keepinpact audit --json`` prints it."""

    format: Literal[2] = 2
    title: str
    rounding: Annotated[str, Field(description="The rule by which printed percentages are read.")]
    rounding_given: Annotated[bool, Field(description="Whether the rule was asked for; else it is ours.")]
    holds: Annotated[bool | None, Field(description="Whether everything holds, taken at its word.")]
    statements_hold: Annotated[
        bool | None,
        Field(description="Whether the statements alone do, in one reading or another; null if not known."),
    ]
    parts: list[PartResult]
    conflicts: list[Conflict]
    repairs: Annotated[list[FoundRepair], Field(description="Fewest hard members first, then soft ones.")]
    complete: Annotated[bool, Field(description="Whether there are no other conflicts and repairs.")]
    basis: Basis | None
    bounds: list[QuantityBound]
    candidates: list[Candidates]
    roundings: list[Rounded]
    flips: list[Flip]
    asks: Annotated[list[Ask], Field(description="Those that would leave least open first.")]
    open_now: Annotated[
        int | None,
        Field(description="How many of the published numbers are open now: sizes of surveys and shares."),
    ]
    verdicts: list[Verdict]
    unfinished: Annotated[list[str], Field(description="What is not certain.")]

    def verdict(self, statement: str) -> Verdict:
        """The verdict on a statement; KeyError where there is none."""
        return _one(self.verdicts, "statement", statement)

    def bound(self, quantity: str) -> Bound:
        """The bound of a quantity; KeyError where there is none."""
        return _one(self.bounds, "quantity", quantity).bound

    def shares(self, statement: str) -> list[Share]:
        """What can lie behind the percentage of a statement; KeyError where it prints none."""
        return _one(self.candidates, "statement", statement).listed()

    @property
    def smallest(self) -> list[FoundRepair]:
        """The smallest repairs, side by side."""
        return [repair for repair in self.repairs if repair.smallest]

    @property
    def can_be_true(self) -> bool | None:
        """Whether the statements can all be true, whatever of ours has to go; None if not known."""
        if self.statements_hold is False and not self.rounding_given and self.mending_rules:
            return True
        return self.statements_hold

    @property
    def mending_rules(self) -> list[str]:
        """The other rounding rules under which the statements hold, where they do not under this one."""
        if self.statements_hold is not False:
            return []
        return [one.rule for one in self.roundings if one.statements_hold]


def _one(things: Sequence[_T], name: str, wanted: str) -> _T:
    for thing in things:
        if getattr(thing, name) == wanted:
            return thing
    raise KeyError(wanted)


class UnknownRepair(LookupError):
    """A repair was chosen that the audit does not find."""


def audit(
    report: Report,
    entries: Mapping[str, int],
    *,
    repair: Repair | None = None,
    chosen: str | None = None,
    rounding: str | None = None,
    facts: Mapping[str, int] | None = None,
    seconds: float | None = None,
) -> Audit:
    """Audit a report's statements.

    Parameters
    ----------
    report
        The statements with all that they name.
    entries
        Entry count of each printed list that a quantity refers to.
    repair
        The repair that an edition adopts; it is the basis of the bounds where not everything holds.
    chosen
        The id of a found repair, such as ``R2``, that is the basis instead in its part.
    rounding
        The rule by which printed percentages are read, a key of :data:`keepinpact.numbers.ROUNDINGS`. Without
        one they are read to the nearest; that is then a reading of ours, which a clash may rest on.
    facts
        Counts of released responses, by quantity. Never those of a reconstruction. Verdicts, bounds and what
        follows from these rest on them; conflicts, repairs and what lies behind percentages are those of the
        text alone.
    seconds
        A time limit. What is not certain by then is named in the result, and nothing is guessed.

    Raises
    ------
    UnknownRepair
        If ``chosen`` is no repair that was found.
    KeyError
        If an entry count is missing.
    Contradiction
        If no data set fits even what is true by construction.
    """
    rule = rounding or "nearest"
    model = Model(report, entries, None, Clock(seconds))
    known = Model(report, entries, facts, model.clock) if facts else model
    work = _Work(model, known, rule, rounding_given=rounding is not None)
    if work.attempt("whether the definitions hold", lambda: known.fitting([], rule).exist) is False:
        raise Contradiction(
            "what is true by construction (definitions, parts, within, entry counts, released responses) "
            "cannot all hold, whatever the statements say"
        )
    places = [place for place, part in enumerate(model.parts(rule)) if part.switches]
    parts = [work.part(number, model.parts(rule)[place]) for number, place in enumerate(places, start=1)]
    conflicts = work.conflicts(parts)
    repairs = _repairs(parts, repair, report)
    if chosen and chosen not in {one.id for one in repairs}:
        raise UnknownRepair(chosen)
    basis, data_sets, unknown = work.basis(parts, repairs, repair, chosen) or (None, None, frozenset())
    shares = [] if data_sets is None else work.candidates(data_sets, unknown, MOST_SHARES, reasons=True)
    rounded = work.attempt(
        "the rounding rules",
        lambda: _rounded(model, repair, basis, {rule: shares}, unknown, others=SHARES not in work.unfinished),
    )
    if facts and data_sets is not None:
        data_sets, basis = agreeing(known, data_sets.on, rule), Basis(kind="released responses", repairs=[])
        unknown -= known.certain(rule).keys()
    bounds = {n: b for n, b in data_sets.bounds().items() if n not in unknown} if data_sets else {}
    missing = len(model.quantities) - len(bounds)
    if missing:
        work.unfinished.append(f"{missing} of {len(model.quantities)} bounds")
    settled = {name: bound.low for name, bound in bounds.items() if bound.settled}
    verdicts = [work.verdict(one, parts, conflicts, repairs, data_sets, unknown) for one in report.statements]
    asks = open_now = None
    if data_sets and not missing:
        numbers = _published(report)
        open_now = sum(any(not bounds[name].settled for name in number) for number in numbers)
        asks = work.attempt(
            "the numbers to ask for",
            lambda: most_settling(data_sets, bounds, _askable(report), numbers, ASKED),
        )
    return Audit(
        title=report.title,
        rounding=rule,
        rounding_given=rounding is not None,
        holds=_all(part.holds for part in parts),
        statements_hold=_all(part.statements_hold for part in parts),
        parts=[part.result for part in parts],
        conflicts=conflicts,
        repairs=repairs,
        complete=all(part.found.complete for part in parts),
        basis=basis,
        bounds=[_quantity_bound(name, bound) for name, bound in bounds.items()],
        candidates=shares,
        roundings=rounded or [],
        flips=[
            Flip(statement=one.id, reading=one.readings[0].id, holds=turned[0], respondents=turned[1])
            for one in report.statements
            if _of_answers(one.readings[0], report) and (turned := flips(one.readings[0], settled))
        ],
        asks=[Ask(quantity=one.quantity, open=one.open, left=one.left) for one in asks or ()],
        open_now=open_now,
        verdicts=verdicts,
        unfinished=list(dict.fromkeys(work.unfinished)),
    )


def recounts(
    report: Report, entries: Mapping[str, int], facts: Mapping[str, int]
) -> dict[str, tuple[bool | None, Reading]]:
    """Of every statement, whether a recount gives the same (None: not decided), and in which reading."""
    model = Model(report, entries)
    work = _Work(model, Model(report, entries, facts) if facts else model, "nearest", rounding_given=False)
    return {one.id: work.recount(one) for one in report.statements}


def _first_not_refuted(recounts: Sequence[bool | None]) -> bool | None:
    """A reading that is not decided hides those after it: unknown is not no."""
    return next((one for one in recounts if one is not False), False)


def _all(answers: Iterator[bool | None]) -> bool | None:
    """Whether all are true; None where none is false and some are not known."""
    known = list(answers)
    if False in known:
        return False
    return None if None in known else True


def _quantity_bound(name: str, bound: Bound) -> QuantityBound:
    values = None if bound.values is None else list(bound.values)
    return QuantityBound(quantity=name, low=bound.low, high=bound.high, values=values)


def _published(report: Report) -> list[list[str]]:
    """Of the size of each survey and of each printed percentage, the quantities that settle it."""
    found = [[one.id] for one in report.quantities if one.wave and not one.item]
    for statement in report.statements:
        if share := share_in(statement.readings[0]):
            found.append(list(share.quantities()))
    return found


def _askable(report: Report) -> list[str]:
    """Those quantities, and every other base of a majority, as far as they count answers."""
    found = [name for number in _published(report) for name in number]
    for statement in report.statements:
        for constraint in statement.readings[0].holds:
            if isinstance(constraint, Majority | NoMajority):
                found.append(constraint.base)
    return [name for name in dict.fromkeys(found) if report.quantity(name).unit == "answers"]


def _members(report: Report) -> Iterator[Member]:
    for statement in report.statements:
        yield Member(kind="statement", id=statement.id, soft=statement.soft)
        if len(statement.readings) > 1:
            yield Member(kind="reading", id=statement.id, reading=statement.readings[0].id, soft=True)
    for assumption in report.assumptions:
        yield Member(kind="assumption", id=assumption.id)


def _weight(member: Member) -> int:
    """How reluctantly a member is given up."""
    return 1 if member.kind == "assumption" else 2 if member.soft else 4


def _switch(member: Member) -> str:
    return f"{member.id}:{member.reading}" if member.reading else member.id


def member_of(switch: str, report: Report) -> Member:
    """The member that a switch stands for; KeyError where it stands for none."""
    for member in _members(report):
        if _switch(member) == switch:
            return member
    raise KeyError(switch)


def resting_on(data_sets: DataSets, *other: Sequence[Linear]) -> list[Member]:
    """What forces that none of some cases is so: statements, readings, assumptions, none of them needlessly.

    Parameters
    ----------
    data_sets
        What is taken to hold.
    other
        The cases, of each what holds in it.

    Raises
    ------
    ValueError
        If one of the cases can be.
    keepinpact.audit.solver.Unfinished
        If an answer is not certain.
    """
    forced = data_sets.forced_by(tuple(tuple(case) for case in other))
    members = {_switch(member): member for member in _members(data_sets.model.report)}
    return [member for switch, member in members.items() if switch in forced]


def besides(bound: Bound, *quantities: str) -> Linear | None:
    """That a sum of quantities has a value outside a bound; None where the bound leaves no number out."""
    total = {name: quantities.count(name) for name in quantities}
    values = bound.values or ()
    inside = tuple((value, value) for value in values) or ((bound.low, bound.high),)
    other = Linear(total, inside).otherwise()
    # Below nought there is nothing.
    spans = tuple((low, high) for low, high in other.spans if high is None or high >= 0) if other else ()
    return Linear(total, spans) if spans else None


def besides_shares(share: PrintedShare, shares: Sequence[Share]) -> list[list[Linear]]:
    """The cases in which none of some shares lies behind a percentage."""
    terms = [str(term) for term in share.of]
    count = {name: terms.count(name) for name in terms}
    by_base: dict[int, list[int]] = {}
    for one in shares:
        by_base.setdefault(one.base, []).append(one.count)
    bases = Linear({share.base: 1}, tuple((base, base) for base in sorted(by_base)))
    cases = [[other]] if (other := bases.otherwise()) else []
    for base, counts in sorted(by_base.items()):
        other_counts = Linear(count, tuple((one, one) for one in sorted(counts))).otherwise()
        if other_counts is not None:
            cases.append([Linear({share.base: 1}, ((base, base),)), other_counts])
    return cases


def _of_answers(reading: Reading, report: Report) -> bool:
    """Whether a reading is about respondents and nothing else."""
    return all(report.quantity(n).unit == "answers" for one in reading.holds for n in one.quantities())


class _Searched:
    """A part of the report once it was searched for conflicts."""

    def __init__(self, number: int, part: Part, members: Sequence[Member], statements: list[str]) -> None:
        self.number = number
        self.part = part
        self.members = {_switch(member): member for member in members}
        self.statements = statements
        self.holds: bool | None = None
        self.statements_hold: bool | None = None
        self.found = Found((), (), complete=False)

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

    def ordered(self, switches: frozenset[str]) -> list[Member]:
        """Members in the report's order."""
        return [member for switch, member in self.members.items() if switch in switches]

    def said(self) -> Iterator[frozenset[str]]:
        """The conflicts, but for those with a literal reading whose statement alone clashes as well."""
        for conflict in self.found.conflicts:
            literal_ones = {switch for switch in conflict if self.members[switch].kind == "reading"}
            without = (conflict - literal_ones) | {self.members[switch].id for switch in literal_ones}
            if not any(other != conflict and other <= without | conflict for other in self.found.conflicts):
                yield conflict

    def clashing(self, *, alone: bool) -> set[str]:
        """The statements and readings in some conflict, or in one of statements alone."""
        found: set[str] = set()
        for conflict in self.found.conflicts:
            members = [self.members[switch] for switch in conflict]
            if not alone or all(member.kind == "statement" for member in members):
                found |= {member.id for member in members}
        return found


def _repairs(parts: Sequence[_Searched], repair: Repair | None, report: Report) -> list[FoundRepair]:
    """The repairs that were found, part by part: hard members first, then soft ones, then assumptions."""
    ours = _given_up(repair, report) if repair else frozenset()
    repairs: list[FoundRepair] = []
    for part in parts:
        own = ours & part.members.keys()
        weighed = []
        for one in part.found.repairs:
            gone = [m for m in part.ordered(one) if m.kind != "reading" or m.id not in one]
            hard = sum(m.kind == "statement" and not m.soft for m in gone)
            assumptions = sum(m.kind == "assumption" for m in gone)
            weight = (hard, len(gone) - hard - assumptions, assumptions)
            order = [i for i, switch in enumerate(part.members) if switch in one]
            weighed.append((weight, order, gone, one == own))
        weighed.sort(key=lambda one: one[:2])
        weights = {weight for weight, *_ in weighed}
        for weight, _, gone, is_ours in weighed:
            smaller = (
                other
                for other in weights
                if other != weight and all(a <= b for a, b in zip(other, weight, strict=True))
            )
            repairs.append(
                FoundRepair(
                    id=f"R{len(repairs) + 1}",
                    part=part.number,
                    gives_up=gone,
                    hard=weight[0],
                    soft=weight[1],
                    assumptions=weight[2],
                    smallest=next(smaller, None) is None,
                    adopted=is_ours,
                )
            )
    return repairs


def _given_up(repair: Repair, report: Report) -> frozenset[str]:
    """The switches that an edition's repair gives up."""
    switches = set(repair.gives_up)
    for statement in report.statements:
        if len(statement.readings) > 1 and statement.id in switches:
            switches.add(switch_of(statement, statement.readings[0]))
    return frozenset(switches)


def repaired(model: Model, repair: FoundRepair, rounding: str = "nearest") -> DataSets:
    """The data sets of everything that a found repair keeps.

    Parameters
    ----------
    model
        The model of the report that was audited.
    repair
        One of the audit's repairs.
    rounding
        The audit's rounding rule.
    """
    return model.fitting(_kept(_members(model.report), repair), rounding)


def _kept(members: Iterator[Member], repair: FoundRepair) -> list[str]:
    gone = {(member.kind, member.id) for member in repair.gives_up}
    gone |= {("reading", name) for kind, name in gone if kind == "statement"}
    return [_switch(one) for one in members if (one.kind, one.id) not in gone]


def _rounded(
    model: Model,
    repair: Repair | None,
    basis: Basis | None,
    found: Mapping[str, list[Candidates]],
    unknown: frozenset[str],
    *,
    others: bool,
) -> list[Rounded]:
    """What each rule allows, with the shares found before under one, and under the others if asked."""
    statements = [one.id for one in model.report.statements]
    rounded = []
    for rule in ROUNDINGS:
        on_basis: DataSets | None = None
        known: bool | None = None
        if basis and basis.kind == "everything":
            on_basis = literal(model, rule)
        elif basis and basis.kind == "adopted repair" and repair:
            try:
                on_basis = adopted(model, repair, rule)
            except Contradiction:
                known = False
        shares: list[Candidates] = []
        if on_basis is not None and (known := on_basis.exist):
            if rule in found:
                shares = found[rule]
            elif others:
                shares = list(_shares(on_basis, unknown, MOST_SHARES_OF_OTHERS))
        rounded.append(
            Rounded(
                rule=rule,
                holds=literal(model, rule).exist,
                statements_hold=model.fitting(statements, rule).exist,
                holds_on_basis=known,
                candidates=shares,
            )
        )
    return rounded


def _shares(data_sets: DataSets, unknown: frozenset[str], most: int) -> Iterator[Candidates]:
    for statement in data_sets.model.report.statements:
        share = share_in(statement.readings[0])
        if share is None or not all(isinstance(term, str) for term in share.of):
            continue
        if unknown.isdisjoint(share.quantities()):
            shares = data_sets.shares(share, most)
            yield Candidates(
                statement=statement.id,
                printed=str(share.printed),
                base=share.base,
                shares=None if shares is None else [(one.count, one.base) for one in shares],
            )


class _Work:
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

    def part(self, number: int, part: Part) -> _Searched:
        """Search a part for conflicts and repairs."""
        members = [m for m in _members(self.report) if _switch(m) in part.switches]
        statements = [m.id for m in members if m.kind == "statement"]
        searched = _Searched(number, part, members, statements)

        def holds(kept: frozenset[str]) -> bool:
            return part.system.find(kept) is not None

        searched.holds = self.attempt("whether everything holds", lambda: holds(frozenset(searched.members)))
        if searched.holds:
            searched.statements_hold = True
            searched.found = Found((), (), complete=True)
            return searched
        searched.statements_hold = self.attempt(
            "whether the statements hold", lambda: holds(frozenset(statements))
        )
        weights = {switch: _weight(member) for switch, member in searched.members.items()}
        searched.found = minimal_sets(
            list(searched.members),
            holds,
            MOST_SETS,
            suggest=lambda repairs: part.system.suggest(weights, repairs),
            clock=self.model.clock,
            most_questions=MOST_QUESTIONS,
        )
        if not searched.found.complete:
            self.unfinished.append("the lists of conflicts and repairs")
        return searched

    def conflicts(self, parts: Sequence[_Searched]) -> list[Conflict]:
        """All conflicts, part by part, the smallest first."""
        found: list[Conflict] = []
        for part in parts:
            order = {switch: place for place, switch in enumerate(part.members)}
            for one in sorted(part.said(), key=lambda s: (len(s), sorted(order[m] for m in s))):
                members = part.ordered(one)
                name = f"C{len(found) + 1}"
                roundings = self.attempt(
                    f"other rounding rules for conflict {name}", partial(self._roundings, one)
                )
                found.append(
                    Conflict(
                        id=name,
                        part=part.number,
                        members=members,
                        needs_ours=any(member.kind != "statement" for member in members),
                        roundings=roundings,
                    )
                )
        return found

    def _roundings(self, conflict: frozenset[str]) -> list[str]:
        """The other rules that can print every percentage of the report and let a conflict's members hold."""
        return [
            name
            for name, possible in self._other_rules.items()
            if possible
            and all(
                part.system.find(conflict) is not None
                for part in self.model.parts(name)
                if not conflict.isdisjoint(part.switches)
            )
        ]

    @cached_property
    def _other_rules(self) -> dict[str, bool]:
        """The other rules, and whether each can print every percentage of the report."""
        holding = (one for statement in self.report.statements for one in statement.readings[0].holds)
        printed = [one.printed for one in holding if isinstance(one, PrintedShare)]
        return {
            name: all(map(rule.prints, printed)) and self.model.fitting([], name).exist
            for name, rule in ROUNDINGS.items()
            if name != self.rounding
        }

    def _rules(self) -> list[str]:
        """The rules that can print every percentage of the report."""
        return [self.rounding, *(name for name, possible in self._other_rules.items() if possible)]

    def basis(
        self,
        parts: Sequence[_Searched],
        repairs: Sequence[FoundRepair],
        repair: Repair | None,
        chosen: str | None,
    ) -> tuple[Basis, DataSets, frozenset[str]] | None:
        """What the bounds rest on, its data sets, and the quantities of parts where that is not known."""
        on: set[str] = set()
        kinds: set[str] = set()
        named: list[str] = []
        unknown: set[str] = set()
        for part in parts:
            system, own = part.part.system, [one for one in repairs if one.part == part.number]
            picked = next((one for one in own if one.id == chosen), None)
            kept: list[str] | None = None
            if picked is not None:
                kept, kind = _kept(iter(part.members.values()), picked), "chosen repair"
                named.append(picked.id)
            elif part.holds:
                kept, kind = list(part.members), "everything"
            elif repair is not None:
                gone = _given_up(repair, self.report)
                mended = [switch for switch in part.members if switch not in gone]
                with suppress(Unfinished):
                    if system.find(frozenset(mended)) is not None:
                        kept, kind = mended, "adopted repair"
                        named += [one.id for one in own if one.adopted]
            if kept is None:
                clashing = {s for conflict in part.found.conflicts for s in conflict}
                clashing |= {name.partition(":")[0] for name in clashing if ":" in name}
                outside = [switch for switch in part.members if switch not in clashing]
                # Where every member is in a conflict that was found, no other conflict matters.
                if part.found.complete or not outside:
                    kept, kind = outside, "outside"
            if kept is None:
                unknown |= set(part.part.quantities)
            else:
                on |= set(kept)
                kinds.add(kind)
        if not kinds:
            return None
        data_sets = self.model.fitting(on, self.rounding)
        if self.attempt("the basis", lambda: data_sets.exist) is None and self.model.clock.seconds == 0:
            return None
        if "chosen repair" in kinds:
            basis = Basis(kind="chosen repair", repairs=named)
        elif "adopted repair" in kinds:
            basis = Basis(kind="adopted repair", repairs=named)
        elif "outside" in kinds:
            basis = Basis(kind="outside all conflicts", repairs=[])
        else:
            basis = Basis(kind="everything", repairs=[])
        return basis, data_sets, frozenset(unknown)

    def candidates(
        self, data_sets: DataSets, unknown: frozenset[str], most: int, *, reasons: bool
    ) -> list[Candidates]:
        """The shares behind every printed percentage, and what forces them."""
        found = self.attempt(SHARES, lambda: list(_shares(data_sets, unknown, most)))
        if not reasons:
            return found or []
        return [self._with_reason(one, data_sets) for one in found or []]

    def _with_reason(self, one: Candidates, data_sets: DataSets) -> Candidates:
        statement = self.report.statement(one.statement)
        share = share_in(statement.readings[0])
        # Of a statement that is given up the shares are those that could be, and nothing forces them.
        held = switch_of(statement, statement.readings[0]) in data_sets.on
        if not held or share is None or one.shares is None or not 0 < len(one.shares) <= MOST_REASONS:
            return one
        cases = besides_shares(share, one.listed())
        rests_on = self.attempt(
            f"what the shares behind {one.statement} rest on", lambda: resting_on(data_sets, *cases)
        )
        return one.model_copy(update={"rests_on": rests_on})

    def recount(self, statement: Statement) -> tuple[bool | None, Reading]:
        """What a recount gives, and the reading that it decides or leaves open."""
        recounts = [self.fulfils(statement, reading) for reading in statement.readings]
        found = _first_not_refuted(recounts)
        return found, statement.readings[recounts.index(found)]

    def fulfils(self, statement: Statement, reading: Reading) -> bool | None:
        """Whether recounted numbers fulfil a reading; None where they do not decide it.

        Without released responses only what is recounted as a whole decides.
        """
        known = self.known.certain(self.rounding)
        whole = all(name in known for one in reading.holds for name in one.quantities())
        if whole and all(
            one.allows(known) for constraint in reading.holds for one in constraint.linears(self.rule)
        ):
            return True
        if self.known is self.model:
            return False if whole else None
        printed = any(isinstance(one, PrintedShare) for one in reading.holds)
        rules = self._rules() if printed and not self.rounding_given else [self.rounding]
        switch = switch_of(statement, reading)
        refuted = self.attempt(
            f"whether a recount refutes {statement.id}",
            lambda: not any(self.known.fitting([switch], rule).exist for rule in rules),
        )
        return False if refuted else None

    def verdict(
        self,
        statement: Statement,
        parts: Sequence[_Searched],
        conflicts: Sequence[Conflict],
        repairs: Sequence[FoundRepair],
        data_sets: DataSets | None,
        unknown: frozenset[str],
    ) -> Verdict:
        """The verdict on a statement, with what it rests on."""
        part = next(one for one in parts if statement.id in one.statements)
        recounts = [self.fulfils(statement, reading) for reading in statement.readings]
        recount = _first_not_refuted(recounts)
        clashing = [one for one in conflicts if any(m.id == statement.id for m in one.members)]
        severity = self.attempt(
            f"the alternatives to {statement.id}", lambda: self._severity(statement, part)
        )
        alone = [one for one in clashing if self._of_statements_alone(one)]
        name: VerdictName | None
        if recount:
            name = "reproduced"
        elif recount is False or any(not self._may_be_rounding(one) for one in alone):
            name = "contradicted"
        elif clashing:
            name = (
                None
                if any(one.roundings is None for one in alone) or not part.found.complete
                else ("conditional")
            )
        elif not part.found.complete or severity is None:
            name = None
        else:
            name = "not tested" if severity.passed == severity.of else "consistent"
        reading = without = None
        if data_sets is not None and unknown.isdisjoint(part.part.quantities):
            reading, without = self.attempt(
                f"the recomputation of {statement.id}", lambda: self._recomputed(statement, data_sets)
            ) or (None, None)
        smallest = [one for one in repairs if one.smallest and one.part == part.number]
        decided = [place for place, one in enumerate(recounts) if one is not None]
        recounted = statement.readings[recounts.index(True) if recount else decided[0]] if decided else None
        if recount and recounted:
            reading = recounted.id
        named = [n for one in recounted.holds for n in one.quantities()] if recounted else []
        return Verdict(
            statement=statement.id,
            verdict=name,
            recount=None if recount is None else "same" if recount else "otherwise",
            conflicts=[one.id for one in clashing],
            not_with=self._not_with(clashing, statement) if name == "conditional" else [],
            severity=severity,
            given_up=(sum(any(m.id == statement.id for m in one.gives_up) for one in smallest), len(smallest))
            if smallest
            else None,
            reading=reading,
            counts={
                n: self.known.certain(self.rounding)[n]
                for n in named
                if n in self.known.certain(self.rounding)
            },
            without=without,
        )

    def _of_statements_alone(self, conflict: Conflict) -> bool:
        return not conflict.needs_ours

    def _may_be_rounding(self, conflict: Conflict) -> bool:
        """Whether a clash of statements may rest on how we read percentages."""
        return not self.rounding_given and conflict.roundings != []

    def _not_with(self, clashing: Sequence[Conflict], statement: Statement) -> list[Member]:
        found = {_switch(m): m for one in clashing for m in one.members if m.kind != "statement"}
        return [m for m in _members(self.report) if _switch(m) in found]

    def _severity(self, statement: Statement, part: _Searched) -> Severity | None:
        """How many alternatives to a statement would have held with all other statements.

        Where these clash among themselves, with all that are in no clash of statements alone.
        """
        others = frozenset(one for one in part.statements if one != statement.id)
        system = part.part.system
        if system.find(others) is None:
            if not part.found.complete:
                return None
            others -= part.clashing(alone=True)
        reading = next(
            (
                one
                for one in statement.readings
                if system.find(others | {switch_of(statement, one)}) is not None
            ),
            statement.readings[0],
        )
        passed = of = 0
        seen: list[Mapping[str, int]] = []
        for place, constraint in enumerate(reading.holds):
            rest = [
                one for i, kept in enumerate(reading.holds) if i != place for one in kept.linears(self.rule)
            ]
            unit = next((self.report.quantity(name).unit for name in constraint.quantities()), "other")
            for other in constraint.others(self.rule, unit):
                of += 1
                wanted = [*rest, *other]
                known = any(all(one.allows(counts) for one in wanted) for counts in seen)
                counts = None if known else system.find(others, ((tuple(wanted),),))
                if counts is not None:
                    seen.append(counts)
                passed += known or counts is not None
        return Severity(passed=passed, of=of) if of else None

    def _recomputed(
        self, statement: Statement, data_sets: DataSets
    ) -> tuple[str | None, QuantityBound | None]:
        """The reading that holds on the basis, and what all else allows for a printed count."""
        reading = next(
            (r.id for r in statement.readings if switch_of(statement, r) in data_sets.on), None
        ) or next((r.id for r in statement.readings if data_sets.also(switch_of(statement, r)).exist), None)
        first = statement.readings[0].holds[0]
        if not isinstance(first, Count) or len(first.of) != 1 or not isinstance(first.of[0], str):
            return reading, None
        bound = data_sets.without(statement.id).bound(first.of[0])
        return reading, _quantity_bound(first.of[0], bound)
