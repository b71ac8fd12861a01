"""What the audit found, in plain sentences, the same for pages and terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from keepinpact.audit.model import share_in
from keepinpact.audit.result import (
    Audit,
    Basis,
    Conflict,
    FoundRepair,
    Member,
    QuantityBound,
    Severity,
    Verdict,
)
from keepinpact.numbers import ROUNDINGS, Share, either
from keepinpact.statements.constraints import Majority, NoMajority, month_name
from keepinpact.statements.report import Report, Statement

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
        return f"reads “{statement.quote}” otherwise: {_read_as(one, report)}"
    return f"gives up “{statement.quote}”"


def _read_as(one: Member, report: Report) -> str:
    """How else a statement is read whose literal reading is given up."""
    others = [each.says for each in report.statement(one.id).readings if each.id != one.reading]
    return either(others)


def gives_up_all(repair: FoundRepair, report: Report) -> str:
    """What a repair does, in a sentence without its subject."""
    return either([gives_up(one, report) for one in repair.gives_up], "and")


def _assumption(assumption: str, report: Report) -> str:
    return next(one.says for one in report.assumptions if one.id == assumption)


def rests_on(members: Sequence[Member], report: Report) -> str:
    """What a number rests on, as a list in a sentence."""
    said = []
    for one in members:
        if one.kind == "assumption":
            said.append(f"the assumption that {_assumption(one.id, report)}")
        elif one.reading:
            statement = report.statement(one.id)
            said.append(f"“{statement.quote}” read as: {statement.reading(one.reading).says}")
        elif not any(other.id == one.id and other.reading for other in members):
            said.append(f"“{report.statement(one.id).quote}”")
    return either(said, "and") or "what is true by construction"


def ways_out(conflict: Conflict, report: Report) -> list[str]:
    """What would end a conflict without giving up a statement."""
    ways = [f"if it is not assumed that {_assumption(m.id, report)}" for m in _of(conflict, "assumption")]
    for one in _of(conflict, "reading"):
        ways.append(f"if “{report.statement(one.id).quote}” is read as: {_read_as(one, report)}")
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
    counted = either([f"{report.quantity(n).says}: {c}" for n, c in found.counts.items()], "and")
    otherwise = " otherwise" if found.recount == "otherwise" else ""
    sentences = [f"Recounted{otherwise}: {counted}."] if counted else []
    match found.verdict:
        case None:
            sentences.append("This is not certain: the search was not finished.")
        case "reproduced" if found.reading and found.reading != statement.readings[0].id:
            sentences.append(f"So it holds if it is read as: {statement.reading(found.reading).says}.")
        case "contradicted":
            sentences += _clashes(statement, audit, report)
        case "conditional":
            sentences.append(_but_not(found, statement, audit, report))
        case "consistent":
            sentences.append(f"{_holds_with(audit)}.")
        case "not tested" if found.severity is None:
            sentences.append("It names nothing that could have been otherwise.")
        case "not tested":
            sentences.append(f"{_holds_with(audit)}, but nothing that is printed tests it.")
    if found.severity is not None and found.verdict is not None:
        sentences.append(severity(statement, found.severity, report, recounted=found.recount is not None))
    alone = found.verdict == "contradicted" and found.recount != "otherwise"
    if found.given_up is not None and (alone or found.verdict == "conditional"):
        times, smallest = found.given_up
        sentences.append(f"It is given up in {times or 'none'} of the {smallest} smallest repairs.")
    return " ".join(sentences)


def _holds_with(audit: Audit) -> str:
    if audit.statements_hold:
        return "It holds together with all other statements"
    return "It is in no clash of statements, and holds together with all that are in none"


def _but_not(found: Verdict, statement: Statement, audit: Audit, report: Report) -> str:
    """What of ours a conditional statement cannot hold together with, conflict by conflict."""
    clauses: list[str] = []
    for conflict in (one for one in audit.conflicts if one.id in found.conflicts):
        ours = [
            f"it is taken for granted that {_assumption(m.id, report)}" for m in _of(conflict, "assumption")
        ]
        for one in _of(conflict, "reading"):
            read = report.statement(one.id)
            ours.append(f"“{read.quote}” is read as: {read.reading(one.reading or '').says}")
        if not conflict.needs_ours:
            ours.append(f"percentages are read as rounded {ROUNDINGS[audit.rounding].says}")
        others = any(m.kind == "statement" and m.id != statement.id for m in conflict.members)
        those = f" with those of conflict {conflict.id}" if others else ""
        clauses.append(f"{'nor' if clauses else 'but not'}{those} if {either(ours, 'and')}")
    together = "It holds together with all other statements" if audit.can_be_true else "It can hold"
    return f"{together}, {'; '.join(clauses)}."


def _clashes(statement: Statement, audit: Audit, report: Report) -> Iterator[str]:
    found = audit.verdict(statement.id)
    for conflict in (one for one in audit.conflicts if one.id in found.conflicts and not one.needs_ours):
        if conflict.roundings and not audit.rounding_given:
            continue
        others = either(
            [f"“{report.statement(m.id).quote}”" for m in conflict.members if m.id != statement.id], "and"
        )
        clash = f"It cannot hold together with {others}" if others else "It cannot hold as it stands"
        rounded = (
            f" if percentages are rounded {ROUNDINGS[audit.rounding].says}" if conflict.roundings else ""
        )
        yield f"{clash}{rounded}, whatever is assumed and however they are read (conflict {conflict.id})."


def severity(statement: Statement, found: Severity, report: Report, *, recounted: bool = False) -> str:
    """How many alternatives to a statement would have held too, in a sentence.

    ``recounted`` is for one that stands behind what was counted.
    """
    if found.of == 1 and recounted:
        return f"The other statements by themselves {'allow' if found.passed else 'rule out'} the reverse."
    if found.of == 1:
        return "The reverse would have held too." if found.passed else "The reverse would not have held."
    holds = statement.readings[0].holds
    names = [*holds[0].quantities()]
    month = bool(names) and report.quantity(names[0]).unit == "month"
    form = {
        "share": "other percentages",
        "count": "other months near it" if month else "other numbers with as many digits",
        "rank": "other orders",
    }.get(holds[0].kind if len(holds) == 1 else "", "alternatives")
    if recounted:
        number = "all" if found.passed == found.of else f"{found.passed or 'none'} of"
        return f"The other statements by themselves allow {number} {found.of} {form}."
    if found.passed == found.of:
        return f"All {found.of} {form} that were tried would have held too."
    passed, too = (str(found.passed), " too") if found.passed else ("Not one", "")
    return f"{passed} of the {found.of} {form} that were tried would have held{too}."


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
    share = share_in(statement.readings[0])
    if share and found.recount and {*share.quantities()} <= found.counts.keys():
        count = sum(found.counts[term] if isinstance(term, str) else term for term in share.of)
        base = found.counts[share.base]
        # What is counted may be no share: more than all, or of nobody.
        return str(Share(count, base)) if base and count <= base else f"{count} of {base}"
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
        return f"{range_of(found.without, report)}, from all else as this edition takes it"
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
    named = f" ({either(found.repairs, 'and')})" if found.repairs else ""
    return {
        "everything": "The bounds rest on every statement and assumption.",
        "adopted repair": f"The bounds rest on the repair that the edition adopts{named}.",
        "chosen repair": f"The bounds rest on the chosen repair{named}; elsewhere on what no "
        "conflict touches.",
        "released responses": "The bounds rest on the released responses, and on what does not clash with "
        "them.",
        "outside all conflicts": "The bounds rest on what no conflict touches: "
        "they hold whichever repair is taken.",
    }[found.kind]


def result(audit: Audit, report: Report) -> str:
    """Whether the statements can all be true, in a sentence or two."""
    number = f"All {len(report.statements)} statements"
    rule = ROUNDINGS[audit.rounding].says
    if audit.can_be_true is None:
        return "Whether these statements can all be true is not known: the search was not finished."
    if audit.statements_hold is False:
        ends = either([ROUNDINGS[name].says for name in audit.mending_rules])
        if not audit.can_be_true:
            whatever = "whatever is assumed and however they are read"
            rounded = f", if percentages are rounded {rule}" if audit.mending_rules else ""
            end = f" If they are rounded {ends}, they can." if ends else ""
            return f"These statements cannot all be true{rounded}, {whatever}.{end}"
        return (
            f"{number} can be true at once, if percentages are rounded {ends}. "
            f"Rounded {rule}, as we read them, they cannot."
        )
    if audit.holds:
        return f"{number} can be true at once, with everything that is taken for granted."
    if audit.holds is None:
        return f"{number} can be true at once. With everything that is taken for granted this is not known."
    gone: list[Member] = []
    for part in (one for one in audit.parts if one.holds is False):
        repairs = [
            one
            for one in audit.smallest
            if one.part == part.part and all(member.kind != "statement" for member in one.gives_up)
        ]
        if not repairs:
            return f"{number} can be true at once, but not with everything that is taken for granted."
        gone += min(repairs, key=lambda one: not one.adopted).gives_up
    return can_hold(gone, report)


def clashing(audit: Audit) -> str:
    """What the conflicts are made of, as the rest of a sentence that has counted them."""
    alone = sum(not one.needs_ours for one in audit.conflicts)
    if not audit.conflicts:
        return ""
    if not alone:
        return ", and each of them needs something of ours: no word of the report has to be wrong"
    if alone == len(audit.conflicts):
        return ", and all of them are of statements alone"
    return ", and some of them are of statements alone"


def can_hold(gone: Sequence[Member], report: Report) -> str:
    """That all statements can be true once some of what is ours is given up, and not before.

    Parameters
    ----------
    gone
        Assumptions and literal readings; all statements hold without them, and not with all of them.
    report
        The report's statements.
    """
    instead, granted = [], []
    for one in gone:
        if one.kind == "assumption":
            assumption = next(a for a in report.assumptions if a.id == one.id)
            instead.append(assumption.otherwise or f"it is not assumed that {assumption.says}")
            granted.append(assumption.says)
        else:
            statement = report.statement(one.id)
            instead.append(f"“{statement.quote}” is read as: {_read_as(one, report)}")
            granted.append(f"“{statement.quote}” means that {statement.reading(one.reading or '').says}")
    number = f"All {len(report.statements)} statements can be true at once"
    return f"{number}, if {either(instead, 'and')}. Read literally, they cannot if {either(granted)}."
