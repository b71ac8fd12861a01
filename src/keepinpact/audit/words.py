"""What the audit found, in plain sentences, the same for pages and terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from keepinpact.audit.causes import lightest
from keepinpact.audit.model import share_in
from keepinpact.audit.result import (
    Ask,
    Audit,
    Basis,
    Cause,
    Conflict,
    FoundRepair,
    Instead,
    Member,
    QuantityBound,
    Severity,
    Verdict,
)
from keepinpact.audit.values import ANY, without
from keepinpact.audit.why import Case, Explanation, Fact, Given, Proof, Source, Step
from keepinpact.numbers import ROUNDINGS, Percentage, Share, either, in_decimals, rounded
from keepinpact.statements.constraints import (
    Majority,
    NoMajority,
    Printed,
    PrintedShare,
    WordedShare,
    month_name,
)
from keepinpact.statements.kind import written_month
from keepinpact.statements.report import Quantity, Reading, Report, Statement
from keepinpact.statements.wordings import WORDINGS

_ANY_RULE = "whatever rounding rule that can print all percentages of the report"
_MOST_LISTED = 20
_LAST_MONTH = 10_000 * 12
"""From here on a month cannot be written as one."""
_MOST_EXAMPLES = 6
_MOST_QUOTED = 70
_MOST_PARTS = 4
_MOST_BASES, _MOST_WORKED_OUT = 60, 4
"""Of so many bases the counts that can be printed are listed, and the neighbours of one that cannot."""
_MOST_OF_BASES = 1000
"""So many counts of all these bases are listed."""


def member(one: Member, report: Report) -> str:
    """What a member of a conflict says, with the report's words in quotation marks."""
    if one.kind == "assumption":
        return f"the assumption that {_assumption(one.id, report)}"
    statement = report.statement(one.id)
    place = f"“{statement.quote}” (section “{report.section(statement.section).title}”)"
    if one.reading:
        reading = statement.reading(one.reading)
        return f"{place}, read literally: {reading.says}{_ranges([reading])}"
    return place + _ranges(statement.readings)


def _ranges(readings: Sequence[Reading]) -> str:
    """What words for a fraction are read as, where one of some readings has any; goes on after a comma."""
    worded = [held for reading in readings for held in reading.holds if isinstance(held, WordedShare)]
    said = dict.fromkeys(f"“{held.is_}” taken as {held.reads_as.says}" for held in worded)
    return f", {either(list(said), 'and')}" if said else ""


def gives_up(one: Member, report: Report) -> str:
    """What a repair does with a member."""
    if one.kind == "assumption":
        return f"does not assume that {_assumption(one.id, report)}"
    statement = report.statement(one.id)
    if one.reading:
        return f"reads “{statement.quote}” otherwise: {_read_as(one, report)}"
    return f"gives up “{statement.quote}”"


def _read_as(one: Member, report: Report) -> str:
    """How else a statement is read whose literal reading is given up; of several perhaps not each will do."""
    others = [each.says for each in report.statement(one.id).readings if each.id != one.reading]
    return either(others) + (" (at least one of these will do, perhaps not each)" if len(others) > 1 else "")


def gives_up_all(repair: FoundRepair, report: Report) -> str:
    """What a repair does, in a sentence without its subject."""
    return either([gives_up(one, report) for one in repair.gives_up], "and")


def cause(one: Cause, audit: Audit, report: Report) -> str:
    """What may be behind conflicts that share their repairs, in sentences that follow a colon."""
    example = next(conflict for conflict in audit.conflicts if conflict.id == one.example)
    ways = [gives_up(each, report) for each in one.members]
    complete = next(part.complete for part in audit.parts if part.part == one.part)
    repair = f"the lightest repair{'' if complete else ' found so far'}"
    done = _done(one, audit)
    if done == "1":
        mended = f" For it {repair} {either(ways)}."
    else:
        mended = f" For it {repair} makes {done} of these changes: it {'; it '.join(ways)}." if ways else ""
    hold = "cannot all hold" if len(example.members) > 1 else "cannot hold"
    clash = f"{rests_on(example.members, report)} {hold} ({example.id})."
    more = len(one.conflicts) - 1
    others = f" {more} more {'conflict is' if more == 1 else 'conflicts are'} of this cause." if more else ""
    return f"{clash}{others}{mended}"


def _done(one: Cause, audit: Audit) -> str:
    """How many of a cause's members each of the lightest repairs of its part gives up."""
    own = [repair for repair in audit.repairs if repair.part == one.part]
    numbers = [sum(member in repair.gives_up for member in one.members) for repair in lightest(own)]
    return " to ".join(dict.fromkeys(map(str, (min(numbers), max(numbers))))) if numbers else ""


def instead(one: Instead, report: Report) -> str:
    """What a statement would have to print so as to hold with all that a repair keeps, in a sentence."""
    what = f"{_quoted(report.statement(one.statement))} would hold with all the rest"
    numbers, low, high, beside = one.values, one.low, one.high, one.closest
    if one.month:
        numbers = numbers and [month_name(int(value)) for value in numbers]
        low, high = (None if end in (None, "0") else month_name(int(end)) for end in (low, high))
        beside = [month_name(int(value)) for value in beside]
    if one.values == []:
        # Of nobody there is no share, though tables print 0 % there.
        of_somebody = "percentage of one person or more" if one.printed.endswith("%") else "number"
        things = "words" if one.printed in WORDINGS else of_somebody
        quoted = _quoted(report.statement(one.statement))
        said = f"no other {things} would make {quoted} hold with all the rest"
    elif numbers is not None and (low is None or len(numbers) <= _MOST_LISTED):
        said = f"{what} if it said {either(numbers)}"
    elif low is not None:
        gaps = one.values is not None and not _in_a_row(one.values)
        something = f"one of {len(one.values or ())} numbers" if gaps else "something"
        said = f"{what} if it said {something} from {low} {f'to {high}' if high is not None else 'on'}"
        if beside and one.values is None:
            said += ", though perhaps not all of that"
        if high is None and one.not_known:
            said += f", up to what is not known ({one.not_known})"
        if one.keystrokes is None and beside:
            said += f" (the nearest: {either(beside)})"
    elif high is not None:
        said = f"{what} if it said something up to {high}"
    elif one.nearest or beside:
        said = f"{what} if it said, for example, {_some(one.nearest or beside)}"
    else:
        said = f"what {_quoted(report.statement(one.statement))} would have to say is not known"
        said += f" ({one.not_known})" if one.not_known else ""
    if one.keystrokes is not None:
        strokes = "1 keystroke" if one.keystrokes == 1 else f"{one.keystrokes} keystrokes"
        alone = one.nearest == one.values or (one.values is None and one.low is None)
        said += f" ({strokes} away)" if alone else f" (nearest: {_some(one.nearest)}, {strokes} away)"
    if one.roundings:
        rules = either([ROUNDINGS[rule].says for rule in one.roundings])
        said += f", or as it stands if it was rounded {rules}"
    return said


def _in_a_row(numbers: Sequence[str]) -> bool:
    """Whether numbers that are printed alike, ascending, leave none out."""
    units = [int(re.sub("[^0-9]", "", one)) for one in numbers]
    return units == [*range(units[0], units[-1] + 1)]


def _some(numbers: Sequence[str]) -> str:
    """The first of some numbers, and how many more there are."""
    left = len(numbers) - _MOST_EXAMPLES
    return either(numbers) if left < 2 else either([*numbers[:_MOST_EXAMPLES], f"{left} more"])


def _assumption(assumption: str, report: Report) -> str:
    return next(one.says for one in report.assumptions if one.id == assumption)


def rests_on(members: Sequence[Member], report: Report, *more: str) -> str:
    """What a number rests on, as a list in a sentence, at whose end stands what else there is in words."""
    said = []
    for one in members:
        if one.kind == "assumption":
            said.append(f"the assumption that {_assumption(one.id, report)}")
        elif one.reading:
            statement = report.statement(one.id)
            said.append(f"“{statement.quote}” read as: {statement.reading(one.reading).says}")
        elif not any(other.id == one.id and other.reading for other in members):
            said.append(f"“{report.statement(one.id).quote}”")
    return either([*said, *more], "and") or "what is true by construction"


def ways_out(conflict: Conflict, report: Report) -> list[str]:
    """What would end a conflict without giving up a statement."""
    ways = [f"if it is not assumed that {_assumption(m.id, report)}" for m in _of(conflict, "assumption")]
    for one in _of(conflict, "reading"):
        ways.append(f"if “{report.statement(one.id).quote}” is read as: {_read_as(one, report)}")
    if conflict.roundings:
        ends = either([ROUNDINGS[r].says for r in conflict.roundings])
        ways.append(f"if {_rounded_ones(report)} are rounded {ends}")
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
    known = ((report.quantity(name), count) for name, count in found.counts.items())
    counted = either([f"{one.says}: {one.shown(count)}" for one, count in known], "and")
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
            sentences.append(f"{_holds_with(audit, report)}.")
        case "not tested" if statement.weighted:
            sentences.append(
                "It is of weighted answers, which are no counts of people: it is not testable, and nothing "
                "rests on it."
            )
        case "not tested" if found.severity is None:
            sentences.append("It names nothing that could have been otherwise.")
        case "not tested":
            sentences.append(f"{_holds_with(audit, report)}, but nothing that is printed tests it.")
    if found.severity is not None and found.verdict is not None:
        sentences.append(severity(statement, found.severity, report, recounted=found.recount is not None))
    alone = found.verdict == "contradicted" and found.recount != "otherwise"
    if found.given_up is not None and (alone or found.verdict == "conditional"):
        times, smallest = found.given_up
        sentences.append(f"It is given up in {times or 'none'} of the {smallest} smallest repairs.")
    return " ".join(sentences)


def _rounded_ones(report: Report) -> str:
    """What of a report is rounded by a rule: percentages, or other numbers too."""
    held = (one for statement in report.statements for reading in statement.written for one in reading.holds)
    others = any(one.kind in ("times", "mean", "sd") and getattr(one, "after", "") != " %" for one in held)
    return "numbers" if others else "percentages"


def _holds_with(audit: Audit, report: Report) -> str:
    if audit.statements_hold:
        return "It holds together with all other statements"
    other = any(one.every_rule for one in audit.verdicts)
    by_ours = f" if {_rounded_ones(report)} are rounded {ROUNDINGS[audit.rounding].says}" if other else ""
    return f"It is in no clash of statements{by_ours}, and holds together with all that are in none"


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
            ours.append(f"{_rounded_ones(report)} are read as rounded {ROUNDINGS[audit.rounding].says}")
        others = any(m.kind == "statement" and m.id != statement.id for m in conflict.members)
        those = f" with those of conflict {conflict.id}" if others else ""
        clauses.append(f"{'nor' if clauses else 'but not'}{those} if {either(ours, 'and')}")
    together = "It holds together with all other statements" if audit.can_be_true else "It can hold"
    return f"{together}, {'; '.join(clauses)}."


def by_every_rule(audit: Audit, report: Report) -> Iterator[str]:
    """Sets of statements that clash by every rounding rule, though each conflict would end by another.

    Of each statement that clashes by the audit's own rule there is one.
    """
    clashing = {frozenset({one.statement, *one.every_rule}) for one in audit.verdicts if one.every_rule}
    for some in sorted(map(sorted, clashing)):
        quoted = either([_quoted(one) for one in report.statements if one.id in some], "and")
        yield f"By {_ANY_RULE}, {quoted} cannot all hold."


def _by_every_rule(found: Verdict, report: Report) -> str:
    others = either([_quoted(report.statement(one)) for one in found.every_rule], "and")
    return (
        f"It cannot hold together with {others}, whatever is assumed, however they are read and by "
        f"{_ANY_RULE}."
    )


def _clashes(statement: Statement, audit: Audit, report: Report) -> Iterator[str]:
    found = audit.verdict(statement.id)
    if found.every_rule:
        yield _by_every_rule(found, report)
    for conflict in (one for one in audit.conflicts if one.id in found.conflicts and not one.needs_ours):
        firm = conflict.roundings == []
        if not firm and not audit.rounding_given:
            continue
        others = either(
            [f"“{report.statement(m.id).quote}”" for m in conflict.members if m.id != statement.id], "and"
        )
        clash = f"It cannot hold together with {others}" if others else "It cannot hold as it stands"
        rounded = "" if firm else f" if {_rounded_ones(report)} are rounded {ROUNDINGS[audit.rounding].says}"
        whatever = "whatever is assumed and however they are read"
        if firm and not audit.rounding_given and any(_prints(one, report) for one in conflict.members):
            whatever = f"whatever is assumed, however they are read and by {_ANY_RULE}"
        yield f"{clash}{rounded}, {whatever} (conflict {conflict.id})."


def _prints(member: Member, report: Report) -> bool:
    """Whether a statement prints a percentage."""
    return any(
        isinstance(held, Printed) and held.after == " %"
        for reading in report.statement(member.id).readings
        for held in reading.holds
    )


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
    quantity = report.quantity(bound.quantity)
    if quantity.unit != "month" or bound.values is not None:
        return bound.bound.told(quantity.shown)
    if bound.low == 0:
        return "any month" if bound.high is None else f"{month_name(bound.high)} or earlier"
    if bound.high is None:
        return f"{month_name(bound.low)} or later"
    ends = dict.fromkeys([month_name(bound.low), month_name(bound.high)])
    return " to ".join(ends)


def share_of(count: int, base: int, quantity: Quantity) -> str:
    """A count and its base, both shown as a quantity is, such as ``11 of 18``."""
    return f"{quantity.shown(count)} of {quantity.shown(base)}"


def effect(ask: Ask) -> str:
    """What an answer would leave open, and settle besides."""
    worst = {0: "Nothing stays open", 1: "At worst 1 stays open"}
    said = worst.get(ask.open, f"At worst {ask.open} stay open")
    if ask.expected is not None and ask.open:
        said += f", on average over the possible answers {rounded(Fraction(*ask.expected), 1)}"
    if ask.settles is None:
        return f"{said}."
    others = {0: "no other number", 1: "one other number"}.get(ask.settles, f"{ask.settles} other numbers")
    return f"{said}; it would settle {others} for certain."


def recomputed(statement: Statement, audit: Audit, report: Report) -> str | None:
    """What a statement's number was recomputed to; None where nothing can be computed for it."""
    found = audit.verdict(statement.id)
    share = share_in(statement.readings[0])
    if share and found.recount and {*share.quantities()} <= found.counts.keys():
        count = sum(found.counts[term] if isinstance(term, str) else term for term in share.of)
        whole = found.counts[share.base]
        told = share_of(count, whole, report.quantity(share.base))
        if count > whole > 0:
            return told
        return f"{Share(count, whole).percent()} ({told})" if whole else None
    if found.counts and found.without:
        name = found.without.quantity
        return (
            report.quantity(name).shown(found.counts[name])
            if name in found.counts
            else range_of(found.without, report)
        )
    for one in audit.candidates:
        if one.statement == statement.id:
            if one.shares is None:
                return "more shares than can be listed"
            base = report.quantity(one.base)
            shares = [share_of(share.count, share.base, base) for share in one.listed()]
            if len(shares) > _MOST_LISTED:
                return f"any of {len(shares)} shares, from {shares[0]} to {shares[-1]}"
            return either(shares) or "no share"
    if found.without:
        return f"{range_of(found.without, report)}, from all else that the bounds rest on"
    bounds = {one.quantity: one.bound for one in audit.bounds}
    first = next(iter(statement.readings[0].holds), None)
    if isinstance(first, Majority | NoMajority) and len(first.each) == 1:
        part, of = bounds.get(first.each[0]), bounds.get(first.base)
        if part and of and part.settled and of.settled:
            return share_of(part.low, of.low, report.quantity(first.base))
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
    number, they = _all(report)
    rule = ROUNDINGS[audit.rounding].says
    if audit.can_be_true is None:
        return "Whether these statements can all be true is not known: the search was not finished."
    if audit.statements_hold is False:
        ends = either([ROUNDINGS[name].says for name in audit.mending_rules])
        if not audit.can_be_true:
            whatever = "whatever is assumed and however they are read"
            ours = audit.mending_rules or not audit.rules_known
            rounded = f", if {_rounded_ones(report)} are rounded {rule}" if ours else ""
            end = f" If they are rounded {ends}, {they} can." if ends else ""
            cannot = "These statements cannot all" if they == "they" else "The statement cannot"
            return f"{cannot} be true{rounded}, {whatever}.{end}"
        if_rounded = f"if {_rounded_ones(report)} are rounded {ends}"
        return f"{number}, {if_rounded}. Rounded {rule}, as we read them, {they} cannot."
    if audit.holds:
        return f"{number}, with everything that is taken for granted."
    if audit.holds is None:
        return f"{number}. With everything that is taken for granted this is not known."
    gone: list[Member] = []
    for part in (one for one in audit.parts if one.holds is False):
        repairs = [
            one
            for one in audit.smallest
            if one.part == part.part and all(member.kind != "statement" for member in one.gives_up)
        ]
        if not repairs:
            return f"{number}, but not with everything that is taken for granted."
        gone += min(repairs, key=lambda one: not one.adopted).gives_up
    return can_hold(gone, report)


def _all(report: Report) -> tuple[str, str]:
    """That all statements can be true, and what they are called in the next sentence."""
    number = len(report.statements)
    if number == 1:
        return "The statement can be true", "it"
    return f"{'Both' if number == 2 else f'All {number}'} statements can be true at once", "they"


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
    number, they = _all(report)
    return (
        f"{number}, if {either(instead, 'and')}. With all else read literally and taken for granted, {they} "
        f"cannot if {either(granted)}."
    )


def _quoted(statement: Statement) -> str:
    """A statement's words, or their beginning where they are many."""
    words = statement.quote
    if len(words) > _MOST_QUOTED:
        words = f"{words[:_MOST_QUOTED].rsplit(' ', 1)[0]} …"
    return f"“{words}”"


def source(one: Source, report: Report) -> str:
    """What a step of a proof rests on."""
    match one.kind:
        case "statement":
            statement = report.statement(one.id)
            return _quoted(statement) + _ranges(statement.readings)
        case "reading":
            statement = report.statement(one.id)
            reading = statement.reading(one.reading or "")
            return f"{_quoted(statement)}, read as: {reading.says}{_ranges([reading])}"
        case "assumption":
            return f"the assumption that {_assumption(one.id, report)}"
        case "definition":
            says = next(definition.says for definition in report.definitions if definition.id == one.id)
            return f"by definition, {says}"
    quantity = report.quantity(one.id)
    match one.kind:
        case "parts" if len(quantity.parts) > _MOST_PARTS:
            return f"{quantity.says} are the sum of their {len(quantity.parts)} parts"
        case "parts":
            parts = either([report.quantity(name).says for name in quantity.parts], "and")
            return f"{quantity.says} are the sum of {parts}"
        case "within":
            return f"{quantity.says} are among {report.quantity(quantity.within or '').says}"
        case "entries":
            return f"{quantity.says} are the entries of a printed list"
    return f"{quantity.says} are counted in the released responses"


def _is_rounded(one: Source, report: Report) -> bool:
    """Whether what it means depends on how printed numbers are rounded."""
    match one.kind:
        case "statement":
            held = [reading.holds for reading in report.statement(one.id).readings]
        case "reading":
            held = [report.statement(one.id).reading(one.reading or "").holds]
        case "assumption":
            held = [each.holds for each in report.assumptions if each.id == one.id]
        case "definition":
            held = [each.holds for each in report.definitions if each.id == one.id]
        case _:
            return False
    near, down = ROUNDINGS["nearest"], ROUNDINGS["truncated"]
    return any([*each.linears(near)] != [*each.linears(down)] for some in held for each in some)


def sources(some: Sequence[Source], report: Report) -> str:
    """What a proof rests on, as a list in a sentence; what is true by construction comes last, by name."""
    said = [source(one, report) for one in some if one.kind in ("statement", "reading", "assumption")]
    definitions = [one.id for one in some if one.kind == "definition"]
    built_in = list(dict.fromkeys(one.id for one in some if one.kind in ("parts", "within", "entries")))
    counted = [one.id for one in some if one.kind == "counted"]
    said += [f"the definition {name}" for name in definitions]
    said += [f"what {either(built_in, 'and')} are made of"] if built_in else []
    said += [f"the counts of {either(counted, 'and')}"] if counted else []
    return either(said, "and") or "nothing but that counts are whole numbers from 0 on"


def left(fact: Fact, report: Report) -> str:
    """The values that are left of a quantity, after its name."""
    return f"{report.quantity(fact.quantity).says}: {_spans(fact, report)}"


def _shown(fact: Fact, report: Report) -> str:
    """The same, of which the values that are left out are named where these are the fewer."""
    spans = tuple(fact.values)
    if len(spans) == 1 or spans[-1][1] is not None:
        return left(fact, report)
    others = fact.model_copy(update={"values": list(without(ANY, spans))})
    return f"{report.quantity(fact.quantity).says}: not {_spans(others, report)}"


def _spans(fact: Fact, report: Report) -> str:
    number = report.quantity(fact.quantity).shown
    month = report.quantity(fact.quantity).unit == "month"
    (low, high), *others = fact.values
    if not others and high is None and not month:
        return f"at least {number(low)}"
    if not others and low == 0 and high and not month:
        return f"at most {number(high)}"
    said = []
    for low, high in fact.values:
        if high is None:
            said.append(f"{number(low)} or {'later' if month else 'more'}")
        elif month and low == 0:
            said.append(f"{number(high)} or earlier")
        elif high - low < 2:
            said += [number(value) for value in range(low, high + 1)]
        else:
            said.append(f"{number(low)} to {number(high)}")
    return either(said)


def _shares_of(step: Step, report: Report) -> PrintedShare | None:
    """The printed percentage that a step looks at, where it looks at nothing else that is said."""
    if len(step.by) != 1 or step.by[0].kind not in ("statement", "reading"):
        return None
    statement = report.statement(step.by[0].id)
    if step.by[0].kind == "statement" and len(statement.readings) > 1:
        return None
    reading = statement.reading(step.by[0].reading) if step.by[0].reading else statement.readings[0]
    names = {one.quantity for one in [*step.given, *([step.leaves] if step.leaves else [])]}
    shares = [one for one in reading.holds if isinstance(one, PrintedShare)]
    fitting = [one for one in shares if names and names <= {*one.quantities()}]
    return fitting[0] if len(fitting) == 1 else None


def arithmetic(step: Step, report: Report, rounding: str = "nearest") -> str:
    """What a step does with a printed percentage, worked out; empty where there is nothing to list."""
    share = _shares_of(step, report)
    base = next((one for one in step.given if share and one.quantity == share.base), None)
    if share is None or base is None:
        return ""
    ends = [high for _, high in base.values]
    if None in ends or sum(high - low + 1 for low, high in base.values if high is not None) > _MOST_BASES:
        return ""
    bases = [value for low, high in base.values if high is not None for value in range(low, high + 1)]
    rule = ROUNDINGS[rounding]
    if sum(len(share.counts(value, rule)) for value in bases if value) > _MOST_OF_BASES:
        return ""
    found = [one for value in bases if value for one in share.shares(value, rule)]
    if step.leaves is not None:
        printing = [share_of(one.count, one.base, report.quantity(share.base)) for one in found]
        return f"of these, {either(printing, 'and')} can be printed as {share.printed}" if printing else ""
    if found or len(bases) > _MOST_WORKED_OUT:
        return "" if found else f"no count out of any of these can be printed as {share.printed}"
    decimals = len(str(share.printed.scale)) - 1
    said = []
    for value in bases:
        below = share.printed.units * value // (100 * share.printed.scale)
        near = [Share(count, value) for count in (below, below + 1) if value and count <= value]
        as_printed = any(Percentage.parse(one.percent(decimals)) == share.printed for one in near)
        said += [
            f"{share_of(one.count, one.base, report.quantity(share.base))} is "
            f"{one.percent(decimals + as_printed)}"
            for one in near
        ]
    return either(said, "and")


def _step(steps: Sequence[Step], report: Report, rounding: str) -> str:
    """Steps that say the same of several quantities, in a line."""
    step = steps[0]
    numbers = str(step.step) if len(steps) == 1 else f"{step.step} to {steps[-1].step}"
    by = [source(one, report) for one in step.by]
    known = "; ".join(_known(step.given, report))
    worked_out = arithmetic(step, report, rounding)
    said = _sentence("; ".join([*([known] if known else []), *by]))
    said = f"{numbers}. {said}" + (f": {worked_out}." if worked_out else ".")
    if step.leaves is None:
        return f"{said} This cannot be."
    if len(steps) == 1:
        return f"{said} So {left(step.leaves, report)}."
    names = [report.quantity(one.leaves.quantity).says for one in steps if one.leaves]
    return f"{said} So each of these: {_spans(step.leaves, report)} ({'; '.join(names)})."


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _known(given: Sequence[Given], report: Report) -> Iterator[str]:
    """What a step takes as known; what is the same of many quantities is said once."""
    groups: dict[str, list[Given]] = {}
    for one in given:
        groups.setdefault(_spans(one, report), []).append(one)
    for values, group in groups.items():
        steps = [one.step for one in group if one.step is not None]
        if len(group) > _MOST_PARTS and len(steps) == len(group):
            names = f"{report.quantity(group[0].quantity).says} and {len(group) - 1} others"
            yield f"{names}: {values} each (steps {either([str(step) for step in sorted(steps)], 'and')})"
        else:
            for one in group:
                yield f"{left(one, report)} ({'supposed' if one.step is None else f'step {one.step}'})"


def _together(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """Neighbouring steps that say the same of several quantities from the same."""
    group: list[Step] = []
    for step in steps:
        same = (
            bool(group)
            and step.by == group[0].by
            and not step.given
            and not group[0].given
            and step.leaves is not None
            and group[0].leaves is not None
            and step.leaves.values == group[0].leaves.values
        )
        if not same and group:
            yield group
            group = []
        group.append(step)
    if group:
        yield group


def proof_lines(found: Proof, report: Report, rounding: str = "nearest") -> Iterator[tuple[int, str]]:
    """A proof, line by line: how far each is indented, and what it says.

    The first line says what is shown, the second what forces it, the others are its steps. ``rounding`` is
    the rule by which percentages are read.
    """
    supposed = either([left(one, report) for one in found.supposed], "and")
    if found.shows is None:
        ends = [step for step in found.lines() if step.leaves is None]
        reason = arithmetic(ends[-1], report, rounding) if len(ends) == 1 else ""
        what = f"This cannot be: {supposed}" if supposed else "These cannot all hold"
        yield 0, what + (f" ({reason})." if reason else ".")
    else:
        shown = (f"if {supposed}, then " if supposed else "") + f"{_shown(found.shows, report)}."
        yield 0, _sentence(shown)
    yield 0, f"This rests on {sources(found.rests_on, report)}."
    if any(_is_rounded(one, report) for one in found.rests_on):
        yield 0, f"Printed numbers are read as rounded {ROUNDINGS[rounding].says}."
    yield from _steps(found.steps, found.cases, report, rounding, 1)


def _steps(
    steps: Sequence[Step], cases: Sequence[Case], report: Report, rounding: str, depth: int
) -> Iterator[tuple[int, str]]:
    for group in _together(steps):
        yield depth, _step(group, report, rounding)
    for case in cases:
        if case.read:
            yield depth, f"If it is read so: {source(case.read, report)}."
        elif case.supposed:
            yield depth, f"Suppose {left(case.supposed, report)}."
        yield from _steps(case.steps, case.cases, report, rounding, depth + 1)


def explanation(found: Explanation, report: Report) -> list[str]:
    """What an explanation explains, in sentences that stand before its proofs."""
    said: list[str] = []
    name = found.asked.partition("=")[0].removeprefix("statement:")
    if found.kind in ("bound", "value"):
        quantity = report.quantity(name)
        says = quantity.says
        if found.kind == "bound" and found.bound:
            said.append(f"{name} ({says}): {range_of(found.bound, report)}.")
            each = "Each of these" if found.bound.values else "The smallest"
            if not found.bound.values and found.bound.low == found.bound.high:
                each = "It"
            value = in_decimals(found.bound.low, quantity.decimals)
            if quantity.unit == "month" and 0 < found.bound.low < _LAST_MONTH:
                value = written_month(found.bound.low)
            said.append(f"{each} is possible: --why {name}={value} prints a data set.")
        elif found.possible is not None:
            can = "is possible" if found.possible else "is impossible"
            said.append(f"{found.asked} ({says}) {can}.")
    elif found.kind == "statement" and found.verdict:
        verdict = found.verdict.verdict or "not certain"
        said.append(f"“{report.statement(name).quote}”: {verdict}.")
        if found.verdict.every_rule:
            said.append(_by_every_rule(found.verdict, report))
        if found.shares:
            share = share_in(report.statement(name).readings[0])
            assert share is not None
            of = report.quantity(share.base)
            listed = either([share_of(count, base, of) for count, base in found.shares])
            said.append(f"Behind its percentage: {listed}.")
    if found.basis is not None:
        said.append(basis(found.basis))
    if found.data_set is not None:
        said.append("This data set fits:")
    return said
