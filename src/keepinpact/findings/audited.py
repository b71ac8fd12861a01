"""What the audit found, and the ledger, as blocks of a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from html import escape as html
from typing import get_args

import pandas as pd

from keepinpact.audit import (
    Audit,
    DataSets,
    FoundRepair,
    Member,
    adopted,
    besides_shares,
    repaired,
    share_in,
    why_bound,
    words,
)
from keepinpact.audit import recounts as recounted_in
from keepinpact.audit import slips as one_character
from keepinpact.audit.result import VerdictName
from keepinpact.data import RELEASED, STATEMENTS, Edition, cite, entry_counts
from keepinpact.figures import captions
from keepinpact.figures import draw as figures
from keepinpact.findings.counted import holds
from keepinpact.findings.drawn import Drawing, drawing
from keepinpact.findings.implied import fitting, listed_shares, model_of, worked_out
from keepinpact.findings.printed import stands
from keepinpact.findings.tables import computed, escape, fenced, markdown, sentence
from keepinpact.findings.tables import words as said
from keepinpact.ledger import Entry, Ledger, known_counts
from keepinpact.ledger import audited as audit_of
from keepinpact.ledger import ledger as made
from keepinpact.numbers import ROUNDINGS, candidates, either
from keepinpact.receipt import Finding, Source, Support, ranges
from keepinpact.statements.report import Reading

VERDICTS: tuple[VerdictName, ...] = get_args(VerdictName)


def _recounted(edition: Edition, *statements: str) -> dict[str, tuple[bool | None, Reading]]:
    known = known_counts(edition)
    return recounted_in(edition.report, entry_counts(edition.items), known, *statements)


def recounts(edition: Edition) -> Finding:
    """How many statements a recount found to be the same, in a sentence; empty while nothing is released."""
    if not holds(edition):
        return said("")
    found = [one for one, _ in _recounted(edition).values()]
    same, other = found.count(True), found.count(False)
    return said(
        f"Of {len(found)} statements {same + other} could be recounted, in the released responses or in "
        f"printed lists: {same or 'none'} gave the same, {other or 'none'} did not. "
        "By the printed text alone:"
    )


def number_of(edition: Edition, count: int, measure: str) -> Finding:
    """How many of something there are, as found in the statements and in responses, if any are released."""
    found = computed(count, "implied", every_statement(edition), measure)
    if not holds(edition):
        return found
    (receipt,) = found.receipts
    counted = [Support(kind="responses", id=RELEASED.as_posix())]
    return replace(found, receipts=(receipt.model_copy(update={"rests_on": counted}),))


def otherwise(edition: Edition, audit: Audit) -> Finding:
    """How many statements are contradicted by a recount, as a sentence; empty while nothing is released."""
    if not holds(edition):
        return said("")
    number = sum(one.recount == "otherwise" for one in audit.verdicts)
    return said(f"Of those contradicted, {number or 'none'} were recounted otherwise.")


def recount_of(edition: Edition, statement: str) -> Finding:
    """What a recount says of a statement, as a clause."""
    found, reading = _recounted(edition, statement)[statement]
    if found is None:
        return said("what was counted does not decide it")
    if not found:
        return said("the recount gives otherwise")
    literal = reading == edition.report.statement(statement).readings[0]
    return said("the recount gives the same" + ("" if literal else f" if it is read as: {reading.says}"))


def every_statement(edition: Edition) -> list[Source]:
    """The lines that hold all statements."""
    lines = edition.lines.statements.values()
    return ranges(STATEMENTS, range(min(lines), max(lines) + 1))


def result(edition: Edition, audit: Audit) -> Finding:
    """Whether everything can be true, in a sentence or two."""
    return said(words.result(audit, edition.report))


def clashing(audit: Audit) -> Finding:
    """What the conflicts are made of, as the rest of a sentence that has counted them."""
    return said(words.clashing(audit))


def conflicts(edition: Edition, audit: Audit) -> Finding:
    """The conflicts, each with its members in the report's words and what would end it."""
    blocks = []
    for conflict in audit.conflicts:
        kind = (
            "It needs what is ours. Without that the others can all hold; together these cannot:"
            if conflict.needs_ours
            else "These statements of the report clash by themselves:"
        )
        lines = [f"**Conflict {conflict.id}.** {kind}", ""]
        lines += [*(f"- {_member(edition, one)}" for one in conflict.members), ""]
        ways = words.ways_out(conflict, edition.report)
        if ways:
            lines += ["They can all hold if a single one of these is granted:", ""]
            lines += [f"- {escape(way)}" for way in ways]
        else:
            lines.append("Nothing that this edition could assume, read or round otherwise changes that.")
        blocks.append(_block("conflict", f"conflict-{conflict.id.lower()}", lines))
    return markdown("\n\n".join(blocks) or "There is none.")


def causes(edition: Edition, audit: Audit) -> Finding:
    """The causes, each with its smallest conflict and what the lightest repair gives up for it."""
    lines = [f"- {sentence(escape(words.cause(one, audit, edition.report)))}" for one in audit.causes]
    return markdown("\n".join(lines) or "There is none.")


def why(edition: Edition, data_sets: DataSets, quantity: str, rounding: str = "nearest") -> Finding:
    """Why a quantity has its bound in some data sets, step by step."""
    proofs, not_known = why_bound(data_sets, quantity, data_sets.bound(quantity))
    blocks = []
    for proof in proofs:
        (_, shown), (_, rests_on), *steps = words.proof_lines(proof, edition.report, rounding)
        lines = [f"{'  ' * (depth - 1)}- {escape(line)}" for depth, line in steps]
        blocks.append("\n".join([f"**{escape(shown)}** {escape(rests_on)}", "", *lines]))
    blocks += [f"Not known: {escape(one)}." for one in not_known]
    return markdown("\n\n".join(blocks))


def _member(edition: Edition, one: Member) -> str:
    if one.kind == "assumption":
        return f"{escape(words.member(one, edition.report))} (ours, not the report’s)"
    statement = edition.report.statement(one.id)
    text = f"“{escape(statement.quote)}” ({escape(cite(edition.report, statement.section))})"
    if one.reading:
        text += f", read literally: {escape(statement.reading(one.reading).says)}"
    return f"{text} – [ledger entry](#ledger-{one.id})"


def repairs(edition: Edition, audit: Audit) -> Finding:
    """The smallest repairs side by side, each with what would follow."""
    blocks = []
    for repair in audit.smallest:
        mark = " (adopted by this edition)" if repair.adopted else ""
        gives_up = escape(words.gives_up_all(repair, edition.report))
        lines = [f"**Repair {repair.id}**{mark} {gives_up}.", ""]
        for one in repair.instead or ():
            lines += [f"{sentence(escape(words.instead(one, edition.report)))}.", ""]
        lines += ["Then:", ""]
        lines += _consequences(edition, audit, repair)
        blocks.append(_block("repair", f"repair-{repair.id.lower()}", lines))
    return markdown(
        _block("repairs", "", ["\n\n".join(blocks)], fence="::::") if blocks else "None is needed."
    )


def _consequences(edition: Edition, audit: Audit, repair: FoundRepair) -> list[str]:
    report = edition.report
    model = model_of(edition, text_alone=True)
    follows = adopted(model, edition.repair) if repair.adopted else repaired(model, repair, audit.rounding)
    if not follows.exist:
        return ["- what follows depends on how the rest is mended"]
    sizes = [one.id for one in report.quantities if one.wave and not one.item]
    sums = [one.id for one in report.quantities if one.parts and set(one.parts) <= set(sizes)]
    lines = [f"- {escape(report.quantity(name).says)}: {follows.bound(name)}" for name in [*sums, *sizes]]
    for one in audit.candidates:
        statement = report.statement(one.statement)
        share = share_in(statement.readings[0])
        found = follows.shares(share) if share else None
        section = report.section(statement.section).title
        listed = "more shares than can be listed" if found is None else listed_shares(found) or "no share"
        lines.append(f"- {escape(one.printed)} ({escape(section)}): {listed}")
    return lines


def firmness(edition: Edition, statement: str) -> Finding:
    """Whether a printed percentage stands for the same shares whichever repair is taken, in a sentence.

    ValueError where the statement prints no percentage, or what lies behind it cannot be listed.
    """
    share = share_in(edition.report.statement(statement).readings[0])
    adopts = None if share is None else fitting(edition, text_alone=True).shares(share)
    if share is None or adopts is None:
        raise ValueError(f"{statement} prints no share, or of too many")
    audit, model = audit_of(edition), model_of(edition, text_alone=True)
    other = tuple(tuple(case) for case in besides_shares(share, adopts))
    givers = [one for one in audit.repairs if any(member.id == statement for member in one.gives_up)]
    keepers = [repaired(model, one, audit.rounding) for one in audit.repairs if one not in givers]
    straying = sum(data_sets.holding(other).exist for data_sets in keepers)
    number, ways = len(audit.repairs), "ways to resolve what does not go together"
    if not number:
        text = "Nothing has to be given up for that."
    elif straying:
        text = f"Of the {number} {ways} {straying} {'allows' if straying == 1 else 'allow'} other shares."
    elif givers:
        gone = f"{len(givers)} {'gives' if len(givers) == 1 else 'give'} this very sentence up"
        text = f"Of the {number} {ways} {gone}; the others leave no other shares."
    else:
        text = f"Each of the {number} {ways} leaves these shares or some of them, and no others."
    return worked_out(edition, text, statement, value=number)


def slips(edition: Edition, audit: Audit) -> tuple[int, Finding]:
    """How many slips of one character were tried, and those that mend everything, in a sentence."""
    found = one_character(model_of(edition, text_alone=True), audit.rounding)
    if not audit.conflicts:
        return found.tried, said("there are none, since nothing clashes")
    mends = [
        f"{one.instead} for {one.printed} (“{edition.report.statement(one.statement).quote}”)"
        for one in found.mending
    ]
    number = "there is a single one" if len(mends) == 1 else f"there are {len(mends)}"
    return found.tried, said(f"{number}: {either(mends)}" if mends else "there is none")


def bases(edition: Edition, audit: Audit, statement: str, whole: str) -> Drawing:
    """The bases that a printed percentage can have under each rule that fits every percentage.

    ``whole`` is the quantity that is the largest base. ValueError where the statement prints no percentage,
    or nothing limits that quantity.
    """
    share = share_in(edition.report.statement(statement).readings[0])
    most = fitting(edition, text_alone=True).bound(whole).high
    if share is None or most is None:
        raise ValueError(f"{statement} prints no share, or nothing limits {whole}")
    holding = [share_in(one.readings[0]) for one in edition.report.statements]
    every = [one.printed for one in holding if one is not None]
    rules = [one for one in audit.roundings if all(map(ROUNDINGS[one.rule].prints, every))]
    labels = [ROUNDINGS[one.rule].says for one in rules]
    possible = [[n for n in range(1, most + 1) if candidates(share.printed, n, one.rule)] for one in rules]
    marked = [
        sorted({each.base for c in one.candidates if c.statement == statement for each in c.listed()})
        for one in rules
    ]
    frame = pd.DataFrame(
        {
            "Percentages rounded": labels,
            "Possible bases": [either([str(n) for n in numbers], "and") for numbers in possible],
            "Those that fit the other numbers": [either([str(n) for n in fits]) or "none" for fits in marked],
        }
    )
    caption = captions.places(labels, [most in numbers for numbers in possible], "all answers")
    return drawing(
        partial(figures.places, labels, possible, marked, most),
        caption,
        frame,
        "implied",
        stands(edition, statement),
    )


def ledger_of(edition: Edition) -> Ledger:
    """The ledger of an edition."""
    return made(edition, audit_of(edition))


def choice(entries: Ledger) -> Finding:
    """The control that filters the ledger by verdict."""
    every = [*entries.statements, *entries.claims]
    counts = Counter(one.verdict for one in every)
    options = "".join(_option(name, counts[name]) for name in VERDICTS)
    legend = "<legend>Show</legend>"
    first = _option("all", len(every), checked=True)
    form = f"<fieldset class='ledger-filter d-print-none'>{legend}{first}{options}</fieldset>"
    return markdown(fenced("{raw} html", form))


def ledger(edition: Edition, entries: Ledger) -> Finding:
    """Every statement and claim with its verdict; the book publishes it as ``statements.json``."""
    blocks = [
        "\n".join(["## Statements", "", *(_entry(edition, one) for one in entries.statements)]),
        "\n".join(["## Claims", "", *(_entry(edition, one) for one in entries.claims)]),
    ]
    text = "\n\n".join(blocks)
    return Finding(text, markdown=text, record={"keepinpact_ledger": entries.model_dump(mode="json")})


def _entry(edition: Edition, one: Entry) -> str:
    report = edition.report
    place = escape(cite(report, one.section))
    if one.section != report.sections[0].id:
        place = f"[{place}]({one.section}.md)"
    wave = {"1": ", survey 1", "2": ", survey 2", "1+2": ", both surveys"}.get(one.wave or "", "")
    lines = [f"“{escape(one.quote)}”", "", f"{place}{wave}", ""]
    lines += [f"**Verdict: {one.verdict}.** {escape(one.why)}", ""]
    for reading in one.readings:
        taken = " (the one that this edition takes)" if reading.adopted and len(one.readings) > 1 else ""
        lines.append(f"- Read as: {escape(reading.says)}{taken}")
    if one.recomputed:
        lines.append(f"- Recomputed: {escape(one.recomputed)}")
    if one.soft:
        lines.append("- Soft: it uses a word that leaves room.")
    lines += [f"- [Conflict {conflict}](#conflict-{conflict.lower()})" for conflict in one.conflicts]
    kind = f"ledger-entry verdict-{one.verdict.replace(' ', '-')}"
    return _block(kind, f"ledger-{one.id}", lines) + "\n"


def _block(kind: str, name: str, lines: Sequence[str], fence: str = ":::") -> str:
    named = [f":name: {name}"] if name else []
    return "\n".join([f"{fence}{{container}} {kind}", *named, "", *lines, fence])


def _option(name: str, count: int, *, checked: bool = False) -> str:
    value = name.replace(" ", "-")
    return (
        f"<label><input type='radio' name='verdict' id='show-{value}' value='{value}'"
        f"{' checked' if checked else ''}> {html(name)} ({count})</label> "
    )
