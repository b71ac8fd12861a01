"""The audit of a report: can its statements all be true, what would mend them, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from keepinpact.audit.conflicts import Found, minimal_sets
from keepinpact.audit.linear import linears
from keepinpact.audit.model import (
    Clock,
    Contradiction,
    DataSets,
    Model,
    Unfinished,
    adopted,
    literal,
    share_in,
    switch_of,
)
from keepinpact.audit.settling import flips, most_settling
from keepinpact.numbers import ROUNDINGS, Bound, Share
from keepinpact.readings import Count, PrintedShare, Reading, Repair, Report, Statement

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
    "Verdict",
    "VerdictName",
    "audit",
    "repaired",
]

VerdictName = Literal["reproduced", "consistent", "conditional", "contradicted", "not testable"]

MOST_SETS = 1000
MOST_SHARES = 1000
MOST_SHARES_OF_OTHERS = 100
"""Of a rule other than the one asked for; each share costs a search."""
ASKED = 5

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
    members: list[Member]
    roundings: Annotated[
        list[str] | None,
        Field(description="Other rounding rules under which these can all hold; null if not worked out."),
    ]


class FoundRepair(_Result):
    """Members that have to be given up so that all others hold, none of them needlessly."""

    id: str
    gives_up: list[Member]
    hard: Annotated[int, Field(description="How many statements it gives up that are not soft.")]
    soft: Annotated[int, Field(description="How many soft statements and literal readings.")]
    assumptions: Annotated[int, Field(description="How many assumptions.")]
    smallest: Annotated[
        bool, Field(description="Whether no other repair gives up fewer of one kind and no more of any.")
    ]
    adopted: Annotated[bool, Field(description="Whether it is the one that the edition adopts.")]


class Basis(_Result):
    """What is taken to hold for the bounds and all that follows from them."""

    kind: Annotated[
        Literal["everything", "adopted repair", "chosen repair", "outside all conflicts"],
        Field(description="The last is what holds whichever repair is taken."),
    ]
    repair: Annotated[str | None, Field(description="The id of the repair among those found.")]


class QuantityBound(_Result):
    """The sharp bound of a quantity; ``high`` is null where nothing limits it."""

    quantity: str
    low: int
    high: int | None

    @property
    def bound(self) -> Bound:
        """The bound as a number."""
        return Bound(self.low, self.high)


class Candidates(_Result):
    """Every share that can lie behind a printed percentage; null where they are too many to list."""

    statement: str
    printed: str
    base: Annotated[str, Field(description="The quantity that is the base.")]
    shares: list[tuple[int, int]] | None

    def listed(self) -> list[Share]:
        """The shares; none where they are too many to list."""
        return [Share(count, base) for count, base in self.shares or ()]


class Rounded(_Result):
    """Whether the statements hold under a rounding rule."""

    rule: str
    holds: Annotated[bool, Field(description="Whether everything holds, taken at its word.")]
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
    left: Annotated[int, Field(description="The widths of all limited bounds added up.")]


class Verdict(_Result):
    """What the audit says of a statement."""

    statement: str
    verdict: Annotated[VerdictName | None, Field(description="Null where the time limit left it open.")]
    conflicts: list[str]
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

    format: Literal[1] = 1
    title: str
    rounding: Annotated[str, Field(description="The rule by which printed percentages are read.")]
    holds: Annotated[bool | None, Field(description="Whether everything holds, taken at its word.")]
    conflicts: list[Conflict]
    repairs: Annotated[list[FoundRepair], Field(description="Fewest hard members first, then soft ones.")]
    complete: Annotated[bool, Field(description="Whether there are no other conflicts and repairs.")]
    basis: Basis | None
    bounds: list[QuantityBound]
    open_now: Annotated[int | None, Field(description="The widths of all limited bounds added up.")]
    candidates: list[Candidates]
    roundings: list[Rounded]
    flips: list[Flip]
    asks: Annotated[list[Ask], Field(description="Those that would leave least open first.")]
    verdicts: list[Verdict]
    unfinished: Annotated[list[str], Field(description="What the time limit left undone.")]

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


def _one(things: Sequence[_T], name: str, wanted: str) -> _T:
    for thing in things:
        if getattr(thing, name) == wanted:
            return thing
    raise KeyError(wanted)


def audit(
    report: Report,
    entries: Mapping[str, int],
    *,
    repair: Repair | None = None,
    chosen: str | None = None,
    rounding: str = "nearest",
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
        The id of a found repair, such as ``R2``, that is the basis instead.
    rounding
        The rule by which printed percentages are read, a key of :data:`keepinpact.numbers.ROUNDINGS`.
    facts
        Counts of released responses, by quantity. Never those of a reconstruction.
    seconds
        A time limit. What it leaves undone is named in the result, and nothing is guessed.

    Raises
    ------
    KeyError
        If ``chosen`` is no repair that was found, or an entry count is missing.
    Contradiction
        If no data set fits even what is true by construction.
    """
    model = Model(report, entries, facts, repair, Clock(seconds))
    work = _Work(model, rounding)
    if work.attempt("whether the definitions hold", lambda: model.fitting([], rounding).exist) is False:
        raise Contradiction(
            "what is true by construction (definitions, parts, within, entry counts, released responses) "
            "cannot all hold, whatever the statements say"
        )
    members = {_switch(member, report): member for member in _members(report)}
    holds = work.attempt("whether everything holds", lambda: literal(model, rounding).exist)
    found = (
        Found((), (), complete=True)
        if holds
        else minimal_sets(list(members), lambda kept: model.fitting(kept, rounding).exist, MOST_SETS)
    )
    if not found.complete:
        work.unfinished.append("the lists of conflicts and repairs")
    conflicts = [
        Conflict(
            id=f"C{i}",
            members=_ordered(conflict, members),
            roundings=work.attempt(
                f"other rounding rules for conflict C{i}", partial(_roundings, model, conflict, rounding)
            ),
        )
        for i, conflict in enumerate(sorted(found.conflicts, key=lambda s: _key(s, members)), start=1)
    ]
    repairs = _repairs(found.repairs, members, repair, report)
    if chosen and chosen not in {one.id for one in repairs}:
        raise KeyError(chosen)
    basis, data_sets = work.attempt(
        "the basis",
        lambda: _basis(
            model,
            repairs,
            repair,
            chosen,
            rounding,
            holds=holds,
            conflicts=conflicts,
            complete=found.complete,
        ),
    ) or (None, None)
    bounds = data_sets.bounds() if data_sets else {}
    if data_sets and len(bounds) < len(model.quantities):
        work.unfinished.append(f"{len(model.quantities) - len(bounds)} of {len(model.quantities)} bounds")
    settled = {name: bound.low for name, bound in bounds.items() if bound.settled}
    shares = work.attempt(
        "the shares behind percentages", lambda: _candidates(data_sets, MOST_SHARES) if data_sets else []
    )
    verdicts = [
        work.verdict(one, conflicts, data_sets, holds=holds, complete=found.complete)
        for one in report.statements
    ]
    rounded = work.attempt(
        "the rounding rules", lambda: _rounded(model, repair, basis, {rounding: shares or []})
    )
    asks = None
    if data_sets and len(bounds) == len(model.quantities):
        countable = [q.id for q in report.quantities if q.unit == "answers"]
        asks = work.attempt(
            "the numbers to ask for", lambda: most_settling(data_sets, bounds, countable, ASKED)
        )
    return Audit(
        title=report.title,
        rounding=rounding,
        holds=holds,
        conflicts=conflicts,
        repairs=repairs,
        complete=found.complete,
        basis=basis,
        bounds=[QuantityBound(quantity=name, low=b.low, high=b.high) for name, b in bounds.items()],
        open_now=sum(b.high - b.low for b in bounds.values() if b.high is not None) if bounds else None,
        candidates=shares or [],
        roundings=rounded or [],
        flips=[
            Flip(statement=one.id, reading=one.readings[0].id, holds=turned[0], respondents=turned[1])
            for one in report.statements
            if _of_answers(one.readings[0], report) and (turned := flips(one.readings[0], settled))
        ],
        asks=[Ask(quantity=one.quantity, left=one.left) for one in asks or ()],
        verdicts=verdicts,
        unfinished=list(dict.fromkeys(work.unfinished)),
    )


def _members(report: Report) -> Iterator[Member]:
    for statement in report.statements:
        yield Member(kind="statement", id=statement.id, soft=statement.soft)
        if len(statement.readings) > 1:
            yield Member(kind="reading", id=statement.id, reading=statement.readings[0].id, soft=True)
    for assumption in report.assumptions:
        yield Member(kind="assumption", id=assumption.id)


def _switch(member: Member, report: Report) -> str:
    if member.kind == "reading":
        statement = report.statement(member.id)
        return switch_of(statement, statement.readings[0])
    return member.id


def _ordered(switches: frozenset[str], members: Mapping[str, Member]) -> list[Member]:
    return [member for switch, member in members.items() if switch in switches]


def _key(switches: frozenset[str], members: Mapping[str, Member]) -> tuple[int, list[int]]:
    return len(switches), [i for i, switch in enumerate(members) if switch in switches]


def _roundings(model: Model, conflict: frozenset[str], rounding: str) -> list[str]:
    """The other rules that can print every percentage of the report and let a conflict's members hold."""
    holding = (one for statement in model.report.statements for one in statement.readings[0].holds)
    printed = [one.printed for one in holding if isinstance(one, PrintedShare)]
    return [
        name
        for name, rule in ROUNDINGS.items()
        if name != rounding
        and all(rule.prints(percentage) for percentage in printed)
        and model.fitting(conflict, name).exist
    ]


def _repairs(
    found: Sequence[frozenset[str]], members: Mapping[str, Member], repair: Repair | None, report: Report
) -> list[FoundRepair]:
    """The repairs that were found: hard members first, then soft ones, then assumptions."""
    given_up: list[tuple[tuple[int, int, int], list[int], list[Member], bool]] = []
    ours = _given_up(repair, report) if repair else None
    for one in found:
        gone = [m for m in _ordered(one, members) if m.kind != "reading" or m.id not in one]
        hard = sum(m.kind == "statement" and not m.soft for m in gone)
        assumptions = sum(m.kind == "assumption" for m in gone)
        weight = (hard, len(gone) - hard - assumptions, assumptions)
        given_up.append((weight, _key(one, members)[1], gone, one == ours))
    given_up.sort(key=lambda one: one[:2])
    weights = {weight for weight, *_ in given_up}
    return [
        FoundRepair(
            id=f"R{i}",
            gives_up=gone,
            hard=weight[0],
            soft=weight[1],
            assumptions=weight[2],
            smallest=not any(
                other != weight and all(a <= b for a, b in zip(other, weight, strict=True))
                for other in weights
            ),
            adopted=is_ours,
        )
        for i, (weight, _, gone, is_ours) in enumerate(given_up, start=1)
    ]


def _given_up(repair: Repair, report: Report) -> frozenset[str]:
    """The switches that an edition's repair gives up."""
    switches = set(repair.gives_up)
    for statement in report.statements:
        first = statement.readings[0]
        literal_given_up = statement.id in switches or repair.readings.get(statement.id, first.id) != first.id
        if len(statement.readings) > 1 and literal_given_up:
            switches.add(switch_of(statement, first))
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
    gone = {(member.kind, member.id) for member in repair.gives_up}
    gone |= {("reading", name) for kind, name in gone if kind == "statement"}
    kept = [one for one in _members(model.report) if (one.kind, one.id) not in gone]
    return model.fitting([_switch(one, model.report) for one in kept], rounding)


def _basis(
    model: Model,
    repairs: Sequence[FoundRepair],
    repair: Repair | None,
    chosen: str | None,
    rounding: str,
    *,
    holds: bool | None,
    conflicts: Sequence[Conflict],
    complete: bool,
) -> tuple[Basis, DataSets] | None:
    """What the bounds rest on; None where that is not known."""
    if chosen:
        mended = repaired(model, _one(repairs, "id", chosen), rounding)
        return Basis(kind="chosen repair", repair=chosen), mended
    if holds:
        return Basis(kind="everything", repair=None), literal(model, rounding)
    if repair is not None:
        with suppress(Contradiction):
            found = adopted(model, repair, rounding)
            ours = next((one.id for one in repairs if one.adopted), None)
            return Basis(kind="adopted repair", repair=ours), found
    if not complete:
        return None
    clashing = {_switch(member, model.report) for one in conflicts for member in one.members}
    clashing |= {name.partition(":")[0] for name in clashing if ":" in name}
    kept = [s for s in (_switch(m, model.report) for m in _members(model.report)) if s not in clashing]
    untouched = model.fitting(kept, rounding)
    if not untouched.exist:
        return None
    return Basis(kind="outside all conflicts", repair=None), untouched


def _rounded(
    model: Model, repair: Repair | None, basis: Basis | None, found: Mapping[str, list[Candidates]]
) -> list[Rounded]:
    """What each rule allows, with the shares that were found before under one."""
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
            shares = found[rule] if rule in found else _candidates(on_basis, MOST_SHARES_OF_OTHERS)
        holds = literal(model, rule).exist
        rounded.append(Rounded(rule=rule, holds=holds, holds_on_basis=known, candidates=shares))
    return rounded


def _candidates(data_sets: DataSets, most: int) -> list[Candidates]:
    found = []
    for statement in data_sets.model.report.statements:
        share = share_in(statement.readings[0])
        if share is not None and all(isinstance(term, str) for term in share.of):
            shares = data_sets.shares(share, most)
            found.append(
                Candidates(
                    statement=statement.id,
                    printed=str(share.printed),
                    base=share.base,
                    shares=None if shares is None else [(one.count, one.base) for one in shares],
                )
            )
    return found


class _Work:
    """One audit under way: its model, its rule, and what the time limit left undone."""

    def __init__(self, model: Model, rounding: str) -> None:
        self.model = model
        self.rule = ROUNDINGS[rounding]
        self.unfinished: list[str] = []
        self.certain = model.fitting([], rounding).certain()

    def attempt(self, what: str, work: Callable[[], _T]) -> _T | None:
        """What some work gives; None, and a note, where the time limit ends it."""
        try:
            return work()
        except Unfinished:
            self.unfinished.append(what)
            return None

    def fulfils(self, reading: Reading) -> bool | None:
        """Whether recounted numbers fulfil a reading; None where it names one that is not recounted."""
        if any(name not in self.certain for one in reading.holds for name in one.quantities()):
            return None
        for one in (linear for constraint in reading.holds for linear in linears(constraint, self.rule)):
            total = sum(self.certain[name] * factor for name, factor in one.terms.items())
            if not any(low <= total <= high for low, high in one.closed_spans):
                return False
        return True

    def verdict(
        self,
        statement: Statement,
        conflicts: Sequence[Conflict],
        data_sets: DataSets | None,
        *,
        holds: bool | None,
        complete: bool,
    ) -> Verdict:
        """The verdict on a statement, with what it rests on."""
        recounts = [self.fulfils(reading) for reading in statement.readings]
        clashing = [one for one in conflicts if any(m.id == statement.id for m in one.members)]
        verdict: VerdictName | None
        if recounts[0]:
            verdict = "reproduced"
        elif recounts[0] is False:
            verdict = "conditional" if any(recounts) else "contradicted"
        elif statement.not_testable:
            verdict = "not testable"
        elif any(_gives_way(one) is False for one in clashing):
            verdict = "contradicted"
        elif not complete or any(_gives_way(one) is None for one in clashing):
            verdict = None
        else:
            verdict = "conditional" if clashing else "consistent"
        reading = without = None
        if data_sets is not None:
            reading, without = self.attempt(
                f"the recomputation of {statement.id}", lambda: self.recomputed(statement, data_sets)
            ) or (None, None)
        named = {name for reading in statement.readings for one in reading.holds for name in one.quantities()}
        return Verdict(
            statement=statement.id,
            verdict=verdict,
            conflicts=[one.id for one in clashing],
            reading=reading,
            counts={n: self.certain[n] for n in sorted(named)} if recounts[0] is not None else {},
            without=without,
        )

    def recomputed(
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
        return reading, QuantityBound(quantity=first.of[0], low=bound.low, high=bound.high)


def _of_answers(reading: Reading, report: Report) -> bool:
    """Whether a reading is about respondents and nothing else."""
    return all(report.quantity(n).unit == "answers" for one in reading.holds for n in one.quantities())


def _gives_way(conflict: Conflict) -> bool | None:
    """Whether an assumption, another reading or rounding rule would end a conflict; None if not known."""
    if any(member.kind != "statement" for member in conflict.members):
        return True
    return None if conflict.roundings is None else bool(conflict.roundings)
