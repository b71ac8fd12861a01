"""The audit of a report: can its statements all be true, what would mend them, and what follows from them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from keepinpact.audit.basis import basis_of, candidates_of, rounded
from keepinpact.audit.causes import causes_of
from keepinpact.audit.model import Contradiction, DataSets, Model, agreeing, share_in
from keepinpact.audit.repairs import repairs_of
from keepinpact.audit.result import Ask, Audit, Basis, Conflict, Flip, FoundRepair
from keepinpact.audit.search import Searched, Work, clashes_by_every_rule, conflicts_of
from keepinpact.audit.settling import Settling, flips, most_settling, question
from keepinpact.audit.solver import Clock, Unfinished
from keepinpact.audit.verdicts import quantity_bound, verdict_of
from keepinpact.statements.constraints import Majority, NoMajority
from keepinpact.statements.report import Reading, Repair, Report

_ASKED = 5
_TO_ASK = "the numbers to ask for"


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
    Unfinished
        If the time is over before it is known which statements hang together, or whether there is such a
        repair.
    """
    ground = based(report, entries, repair, chosen, rounding, facts, seconds)
    work, parts, conflicts, repairs = ground.work, ground.parts, ground.conflicts, ground.repairs
    basis, data_sets, unknown = ground.basis, ground.data_sets, ground.unknown
    model, rule = work.model, work.rounding
    shares = [] if data_sets is None else candidates_of(work, data_sets, unknown)
    roundings = work.attempt("the rounding rules", lambda: rounded(work, repair, basis, shares, unknown))
    if facts:
        ground = ground.with_responses()
        basis, data_sets, unknown = ground.basis, ground.data_sets, ground.unknown
    bounds = {n: b for n, b in data_sets.bounds().items() if n not in unknown} if data_sets else {}
    missing = len(model.quantities) - len(bounds)
    if missing:
        work.unfinished.append(f"{missing} of {len(model.quantities)} bounds")
    settled = {name: bound.low for name, bound in bounds.items() if bound.settled}
    part_of = {name: part for part in parts for name in part.statements}
    every_rule = clashes_by_every_rule(work, parts, conflicts)
    verdicts = [
        verdict_of(work, statement, part_of[statement.id], conflicts, repairs, data_sets, unknown, every_rule)
        for statement in report.statements
    ]
    if not every_rule.complete and any(one.verdict is None and one.conflicts for one in verdicts):
        work.unfinished.append("which statements clash by every rounding rule")
    asks: list[Settling] = []
    open_now = None
    if data_sets and not missing:
        numbers = _published(report)
        open_now = sum(any(not bounds[name].settled for name in number) for number in numbers)
        asks, complete = work.attempt(
            _TO_ASK, lambda: most_settling(data_sets, bounds, _askable(report), numbers, _ASKED)
        ) or ([], True)
        asks = [one for one in asks if one.expected < open_now or one.settles]
        if not complete:
            work.unfinished.append(f"whether others would settle more, of {_TO_ASK}")
    return Audit(
        title=report.title,
        rounding=rule,
        rounding_given=rounding is not None,
        holds=_all(part.holds for part in parts),
        statements_hold=_all(part.statements_hold for part in parts),
        parts=[part.result for part in parts],
        causes=causes_of(conflicts, repairs),
        conflicts=conflicts,
        repairs=repairs,
        complete=all(part.found.complete for part in parts),
        basis=basis,
        bounds=[quantity_bound(name, bound) for name, bound in bounds.items()],
        candidates=shares,
        decimals=report.decimals,
        roundings=roundings or [],
        flips=[
            Flip(statement=statement.id, reading=literal.id, holds=turned[0], respondents=turned[1])
            for statement in report.statements
            if _of_answers(literal := statement.readings[0], report) and (turned := flips(literal, settled))
        ],
        asks=[
            Ask(
                quantity=ask.quantity,
                question=question(report.quantity(ask.quantity)),
                open=ask.open,
                expected=None if ask.added is None or ask.values is None else (ask.added, ask.values),
                settles=ask.settles,
            )
            for ask in asks
        ],
        open_now=open_now,
        verdicts=verdicts,
        unfinished=list(dict.fromkeys(work.unfinished)),
    )


@dataclass(frozen=True)
class Ground:
    """A report searched for conflicts and repairs, and what its bounds rest on; nothing is bounded yet."""

    work: Work
    parts: list[Searched]
    conflicts: list[Conflict]
    repairs: list[FoundRepair]
    basis: Basis | None
    data_sets: DataSets | None
    """Those of the text alone."""
    unknown: frozenset[str]
    """Quantities of parts of which the basis is not known."""

    def with_responses(self) -> Ground:
        """The same on the basis of released responses; what clashes with them is left out."""
        if self.data_sets is None:
            return self
        known, rule = self.work.known, self.work.rounding
        return replace(
            self,
            basis=Basis(kind="released responses", repairs=[]),
            data_sets=agreeing(known, self.data_sets.on, rule),
            unknown=self.unknown - known.certain(rule).keys(),
        )


def based(
    report: Report,
    entries: Mapping[str, int],
    repair: Repair | None = None,
    chosen: str | None = None,
    rounding: str | None = None,
    facts: Mapping[str, int] | None = None,
    seconds: float | None = None,
) -> Ground:
    """Search a report for conflicts and repairs; parameters and errors are those of :func:`audit`."""
    rule = rounding or "nearest"
    model = Model(report, entries, None, Clock(seconds))
    known = Model(report, entries, facts, model.clock) if facts else model
    work = Work(model, known, rule, rounding_given=rounding is not None)
    if work.attempt("whether the definitions hold", lambda: known.fitting([], rule).exist) is False:
        raise Contradiction(
            "what is true by construction (definitions, parts, within, entry counts, released responses) "
            "cannot all hold, whatever the statements say"
        )
    searchable = [part for part in model.parts(rule) if part.switches]
    parts = [Searched(work, number, part) for number, part in enumerate(searchable, start=1)]
    conflicts = conflicts_of(work, parts)
    repairs = repairs_of(work, parts, repair)
    if chosen is not None and chosen not in {found.id for found in repairs}:
        if re.fullmatch(r"R[1-9][0-9]*", chosen) and not all(part.found.complete for part in parts):
            raise Unfinished(f"the search for repairs ended without {chosen}")
        raise UnknownRepair(chosen)
    basis, data_sets, unknown = basis_of(work, parts, repairs, repair, chosen) or (None, None, frozenset())
    return Ground(work, parts, conflicts, repairs, basis, data_sets, unknown)


def _all(answers: Iterable[bool | None]) -> bool | None:
    """Whether all are true; None where none is false and some are not known."""
    known = list(answers)
    if False in known:
        return False
    return None if None in known else True


def _published(report: Report) -> list[list[str]]:
    """Of the size of each survey and of each printed percentage, the quantities that settle it."""
    sizes = [[quantity.id] for quantity in report.quantities if quantity.wave and not quantity.item]
    shares = [share_in(statement.readings[0]) for statement in report.statements]
    return [*sizes, *(list(share.quantities()) for share in shares if share)]


def _askable(report: Report) -> list[str]:
    """Those quantities, and every other base of a majority, as far as they count answers."""
    held = [constraint for statement in report.statements for constraint in statement.readings[0].holds]
    names = [name for number in _published(report) for name in number]
    names += [constraint.base for constraint in held if isinstance(constraint, Majority | NoMajority)]
    return [name for name in dict.fromkeys(names) if report.quantity(name).unit == "answers"]


def _of_answers(reading: Reading, report: Report) -> bool:
    """Whether a reading is about respondents and nothing else."""
    return all(report.quantity(name).unit == "answers" for name in reading.quantities())
