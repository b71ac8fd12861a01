"""What the audit found, in plain sentences, the same for pages and terminal."""

from __future__ import annotations

from keepinpact.audit.result import Audit, Basis, Conflict, Member, QuantityBound
from keepinpact.numbers import ROUNDINGS, either
from keepinpact.readings import Majority, NoMajority, Report, Statement, month_name

__all__ = ["basis", "gives_up", "member", "range_of", "recomputed", "result", "ways_out", "why"]

_MOST_LISTED = 20


def member(one: Member, report: Report) -> str:
    """What a member of a conflict says, with the report's words in quotation marks."""
    if one.kind == "assumption":
        return f"the assumption that {_assumption(one.id, report)}"
    statement = report.statement(one.id)
    place = f"“{statement.quote}” (section “{report.section(statement.section).title}”)"
    if one.reading:
        return f"{place}, read literally: {statement.reading(one.reading).says}"
    return place


def gives_up(one: Member, report: Report) -> str:
    """What a repair does with a member."""
    if one.kind == "assumption":
        return f"does not assume that {_assumption(one.id, report)}"
    statement = report.statement(one.id)
    if one.reading:
        others = [reading.says for reading in statement.readings if reading.id != one.reading]
        return f"reads “{statement.quote}” otherwise: {either(others)}"
    return f"gives up “{statement.quote}”"


def _assumption(assumption: str, report: Report) -> str:
    return next(one.says for one in report.assumptions if one.id == assumption)


def ways_out(conflict: Conflict, report: Report) -> list[str]:
    """What would end a conflict without giving up a statement."""
    ways = [f"if it is not assumed that {_assumption(m.id, report)}" for m in _of(conflict, "assumption")]
    for one in _of(conflict, "reading"):
        statement = report.statement(one.id)
        others = [reading.says for reading in statement.readings if reading.id != one.reading]
        ways.append(f"if “{statement.quote}” is read as: {either(others)}")
    if conflict.roundings:
        ways.append(f"if percentages are rounded {either([ROUNDINGS[r].says for r in conflict.roundings])}")
    return ways


def _of(conflict: Conflict, kind: str) -> list[Member]:
    return [one for one in conflict.members if one.kind == kind]


def why(statement: Statement, audit: Audit, report: Report) -> str:
    """Why a statement has its verdict.

    Raises
    ------
    KeyError
        If the audit has no such statement.
    """
    found = audit.verdict(statement.id)
    if found.counts:
        counted = either([f"{report.quantity(n).says}: {c}" for n, c in found.counts.items()], "and")
        return f"Recounted: {counted}."
    if found.verdict == "not testable":
        return statement.not_testable or ""
    if found.verdict is None:
        return "The time limit was reached before this was certain."
    if not found.conflicts:
        return "It can hold together with everything else that the report prints."
    sentences = []
    for conflict in (one for one in audit.conflicts if one.id in found.conflicts):
        others = either([f"“{report.statement(m.id).quote}”" for m in conflict.members
                         if m.kind != "assumption" and m.id != statement.id], "and")  # fmt: skip
        clash = f"It cannot hold together with {others}" if others else "It cannot hold as it stands"
        ways = ways_out(conflict, report)
        end = f"; they can {either(ways)}" if ways else ", whatever is assumed"
        sentences.append(f"{clash}{end} (conflict {conflict.id}).")
    return " ".join(sentences)


def range_of(bound: QuantityBound, report: Report) -> str:
    """A bound as text; months are named."""
    if report.quantity(bound.quantity).unit != "month":
        return str(bound.bound)
    if bound.low == 0:
        return "any month" if bound.high is None else f"{month_name(bound.high)} or earlier"
    if bound.high is None:
        return f"{month_name(bound.low)} or later"
    ends = dict.fromkeys([month_name(bound.low), month_name(bound.high)])
    return " to ".join(ends)


def recomputed(statement: Statement, audit: Audit, report: Report) -> str | None:
    """What a statement's number was recomputed to; None where nothing can be computed for it."""
    found = audit.verdict(statement.id)
    if found.counts and found.without:
        return str(found.counts.get(found.without.quantity, found.without.bound))
    for one in audit.candidates:
        if one.statement == statement.id:
            if one.shares is None:
                return "more shares than can be listed"
            shares = [f"{share.count} of {share.base}" for share in one.listed()]
            if len(shares) > _MOST_LISTED:
                return f"any of {len(shares)} shares, from {shares[0]} to {shares[-1]}"
            return either(shares) or "no share"
    if found.without:
        return f"{range_of(found.without, report)}, from everything else"
    bounds = {one.quantity: one.bound for one in audit.bounds}
    first = statement.readings[0].holds[0]
    if isinstance(first, Majority | NoMajority) and len(first.each) == 1:
        part, base = bounds.get(first.each[0]), bounds.get(first.base)
        if part and base and part.settled and base.settled:
            return f"{part} of {base}"
    return None


def basis(found: Basis | None) -> str:
    """What the bounds rest on, in a sentence."""
    if found is None:
        return "There is no basis for bounds."
    return {
        "everything": "The bounds rest on every statement and assumption.",
        "adopted repair": "The bounds rest on the repair that the edition adopts"
        + (f" ({found.repair})." if found.repair else "."),
        "chosen repair": f"The bounds rest on repair {found.repair}.",
        "outside all conflicts": "The bounds rest on what no conflict touches: "
        "they hold whichever repair is taken.",
    }[found.kind]


def result(audit: Audit) -> str:
    """Whether the statements can all be true, in a sentence."""
    if audit.holds is None:
        return "Whether these statements can all be true is not known: the time limit was reached."
    can = "can" if audit.holds else "cannot"
    says = ROUNDINGS[audit.rounding].says
    return f"These statements {can} all be true if percentages are rounded {says}."
