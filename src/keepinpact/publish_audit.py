"""Put the audit and the ledger into their chapters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from html import escape as html
from typing import get_args

from keepinpact import captions, figures
from keepinpact.audit import Audit, FoundRepair, Member, repaired, share_in, words
from keepinpact.audit.result import Candidates, VerdictName
from keepinpact.audit.slips import slips
from keepinpact.data import STATEMENTS, Edition, cite
from keepinpact.ledger import Entry, audited, ledger
from keepinpact.numbers import ROUNDINGS, Percentage, candidates, either
from keepinpact.publish import Drawn, Page, Published, Value, escape, listed_shares

__all__ = ["AuditPage"]

_VERDICTS: tuple[VerdictName, ...] = get_args(VerdictName)


class AuditPage(Page):
    """A chapter's page that shows what the audit found; the audit runs once.

    Parameters
    ----------
    section
        A name of the chapter's own.
    edition
        What :func:`keepinpact.data.load_edition` returns.
    """

    def __init__(self, section: str, edition: Edition) -> None:
        super().__init__(section, edition)
        lines = edition.lines.statements.values()
        self._everything = [{"file": STATEMENTS, "lines": [min(lines), max(lines)]}]

    @cached_property
    def audit(self) -> Audit:
        """The audit of the edition."""
        return audited(self.edition)

    def verdict_counts(self, prefix: str) -> None:
        """Glue how many statements have each verdict, as ``PREFIX-VERDICT``; blanks become hyphens."""
        counts = Counter(one.verdict for one in self.audit.verdicts)
        for name in _VERDICTS:
            key = f"{prefix}-{name.replace(' ', '-')}"
            self.value(key, counts[name], "implied", measure=f"statements: {name}", source=self._everything)

    def found(self, result: str, conflicts: str, repairs: str, smallest: str) -> None:
        """Glue whether everything can be true, and how many conflicts and repairs there are.

        What the conflicts are made of is ``CONFLICTS-kind``.
        """
        self.text(result, words.result(self.audit, self.edition.report))
        self.text(f"{conflicts}-kind", words.clashing(self.audit))
        for key, count, measure in (
            (conflicts, len(self.audit.conflicts), "conflicts"),
            (repairs, len(self.audit.repairs), "minimal repairs"),
            (smallest, len(self.audit.smallest), "smallest repairs"),
        ):
            self.value(key, count, "implied", measure=measure, source=self._everything)

    def conflicts(self, key: str) -> None:
        """Glue the conflicts, each with its members in the report's words and what would end it."""
        report = self.edition.report
        blocks = []
        for conflict in self.audit.conflicts:
            kind = (
                "It needs what is ours. Without that the others can all hold; together these cannot:"
                if conflict.needs_ours
                else "These statements of the report clash by themselves:"
            )
            lines = [f"**Conflict {conflict.id}.** {kind}", ""]
            lines += [*(f"- {self._member(one)}" for one in conflict.members), ""]
            ways = words.ways_out(conflict, report)
            if ways:
                lines += ["They can all hold if a single one of these is granted:", ""]
                lines += [f"- {escape(way)}" for way in ways]
            else:
                lines.append("Nothing that this edition could assume, read or round otherwise changes that.")
            blocks.append(_block("conflict", f"conflict-{conflict.id.lower()}", lines))
        self._markdown(key, "\n\n".join(blocks) or "There is none.")

    def _member(self, one: Member) -> str:
        if one.kind == "assumption":
            return f"{escape(words.member(one, self.edition.report))} (ours, not the report’s)"
        statement = self.edition.report.statement(one.id)
        said = f"“{escape(statement.quote)}” ({escape(cite(self.edition.report, statement.section))})"
        if one.reading:
            said += f", read literally: {escape(statement.reading(one.reading).says)}"
        return f"{said} – [ledger entry](#ledger-{one.id})"

    def repairs(self, key: str, every: str) -> None:
        """Glue the smallest repairs side by side, each with what would follow; ``every`` lists them all."""
        blocks = []
        for repair in self.audit.smallest:
            adopted = " (adopted by this edition)" if repair.adopted else ""
            lines = [f"**Repair {repair.id}**{adopted} {escape(self._gives_up(repair))}.", ""]
            lines += ["Then:", "", *self._consequences(repair)]
            blocks.append(_block("repair", f"repair-{repair.id.lower()}", lines))
        self._markdown(key, _block("repairs", "", ["\n\n".join(blocks)], fence="::::"))
        rows: list[list[str | Value]] = [
            [one.id, self._gives_up(one), one.hard, one.soft, one.assumptions] for one in self.audit.repairs
        ]
        columns = ["Repair", "What it does", "Statements", "Soft ones and readings", "Assumptions"]
        self.table(every, columns, rows, "implied", source=self._everything)

    def _gives_up(self, repair: FoundRepair) -> str:
        return either([words.gives_up(one, self.edition.report) for one in repair.gives_up], "and")

    def _consequences(self, repair: FoundRepair) -> list[str]:
        report = self.edition.report
        follows = self.implied if repair.adopted else repaired(self._model(), repair, self.audit.rounding)
        lines = []
        sizes = [one.id for one in report.quantities if one.wave and not one.item]
        sums = [one.id for one in report.quantities if one.parts and set(one.parts) <= set(sizes)]
        for name in [*sums, *sizes]:
            lines.append(f"- {escape(report.quantity(name).says)}: {follows.bound(name)}")
        for one in self.audit.candidates:
            share = share_in(report.statement(one.statement).readings[0])
            found = follows.shares(share) if share else None
            listed = listed_shares(found or ())
            lines.append(f"- {escape(one.printed)} ({escape(self._section(one.statement))}): {listed}")
        return lines

    def _section(self, statement: str) -> str:
        report = self.edition.report
        return report.section(report.statement(statement).section).title

    def adopted(self, repair: str, reason: str) -> None:
        """Glue which repair the edition adopts and why."""
        ours = next((one.id for one in self.audit.repairs if one.adopted), None)
        self.text(repair, f"repair {ours}" if ours else "a repair of its own, which is none of those found")
        self.text(reason, self.edition.repair.reason.strip())

    def roundings(self, key: str) -> None:
        """Glue a table of the rounding rules: whether everything holds, and what is behind percentages."""
        known = {None: "not known", True: "yes", False: "no"}
        printed = {one.statement: one.printed for one in self.audit.candidates}
        columns = ["Percentages rounded", "Statements hold", "With all assumptions", "Once repaired"]
        rows = []
        for one in self.audit.roundings:
            behind = {each.statement: _listed(each) for each in one.candidates}
            shares = [behind.get(statement, "–") for statement in printed]
            holds = [known[one.statements_hold], known[one.holds], known[one.holds_on_basis]]
            rows.append([ROUNDINGS[one.rule].says, *holds, *shares])
        columns += [f"Behind {text}" for text in printed.values()]
        self.table(key, columns, rows, "implied", source=self._everything)

    def behind(self, key: str, statement: str, base: str) -> Drawn | Published:
        """Draw every share that can lie behind a printed percentage; a box says so where none can.

        Parameters
        ----------
        key
            The key of the table; ``KEY-headline`` is the headline.
        statement
            A statement that prints a percentage.
        base
            The quantity whose sizes its bases are.
        """
        bases = f"number of {self._says(base)}"
        shares = self.audit.shares(statement)
        if not shares:
            self.text(f"{key}-headline", "No share fits the printed percentage")
            self._markdown(key, "")
            said = "No share fits this percentage together with everything else that is known."
            return Published(said, f":::{{admonition}} No share fits\n:class: note\n{said}\n:::")
        labels = [f"{one.base} respondents" for one in shares]
        rows: list[list[str | Value]] = [[label, share] for label, share in zip(labels, shares, strict=True)]
        columns = [bases[:1].upper() + bases[1:], "Share"]
        source = self._stands(statement)
        caption = captions.parts(labels, shares, bases)
        return self._draw(key, figures.parts(labels, shares), caption, columns, rows, "implied", source)

    def bases(self, key: str, statement: str, whole: str) -> Drawn:
        """Draw the bases that a printed percentage can have under each rule that fits every percentage.

        Parameters
        ----------
        key
            The key of the table; ``KEY-headline`` is the headline, ``KEY-most`` the largest base.
        statement
            A statement that prints a percentage.
        whole
            The quantity that is the largest base.
        """
        share = share_in(self.edition.report.statement(statement).readings[0])
        most = self.audit.bound(whole).high
        if share is None or most is None:
            raise ValueError(f"{statement} prints no share, or nothing limits {whole}")
        percentage: Percentage = share.printed
        every = [Percentage.parse(one.printed) for one in self.audit.candidates]
        rules = [one for one in self.audit.roundings if all(map(ROUNDINGS[one.rule].prints, every))]
        labels = [ROUNDINGS[one.rule].says for one in rules]
        possible = [[n for n in range(1, most + 1) if candidates(percentage, n, one.rule)] for one in rules]
        marked = [
            sorted({each.base for c in one.candidates if c.statement == statement for each in c.listed()})
            for one in rules
        ]
        self.value(f"{key}-most", most, "implied", measure=self._says(whole), source=self._defined(whole))
        rows = [
            [label, either([str(n) for n in numbers], "and"), either([str(n) for n in fits], "or") or "none"]
            for label, numbers, fits in zip(labels, possible, marked, strict=True)
        ]
        source = self._stands(statement)
        caption = captions.places(labels, [most in numbers for numbers in possible], "all answers")
        drawing = figures.places(labels, possible, marked, most)
        columns = ["Percentages rounded", "Possible bases", "Those that fit the other numbers"]
        return self._draw(key, drawing, caption, columns, rows, "implied", source)

    def slips(self, tried: str, mending: str) -> None:
        """Glue how many slips of one character were tried, and those that mend everything, in a sentence."""
        found = slips(self._model(), self.audit.rounding)
        measure = "slips of one character in printed numbers"
        self.value(tried, found.tried, "implied", measure=measure, source=self._everything)
        mends = [
            f"{one.instead} for {one.printed} (“{self.edition.report.statement(one.statement).quote}”)"
            for one in found.mending
        ]
        number = "a single one does" if len(mends) == 1 else f"{len(mends)} do"
        self.text(mending, f"{number}: {either(mends)}" if mends else "none of them does")

    def asks(self, key: str, now: str) -> None:
        """Glue the questions whose answers would settle most, as a table, and how many numbers are open."""
        report = self.edition.report
        rows: list[list[str | Value]] = [
            [f"How many {report.quantity(one.quantity).says} were there?", one.open, one.left]
            for one in self.audit.asks
        ]
        source = self._defined(*(one.quantity for one in self.audit.asks))
        columns = ["If they answered this", "Numbers still open at worst", "Values too many in these"]
        self.table(key, columns, rows, "implied", source=source)
        measure = "sizes of surveys and printed percentages that are open"
        self.value(now, self.audit.open_now or 0, "implied", measure=measure, source=self._everything)

    def flips(self, key: str) -> None:
        """Glue how few respondents would turn round what is known of majorities and ranks, as a list."""
        lines = []
        for one in self.audit.flips:
            quote = escape(self.edition.report.statement(one.statement).quote)
            said = (
                f"holds; it would no longer if {one.respondents} respondents had answered otherwise"
                if one.holds
                else f"does not hold; at least {one.respondents} respondents would have to answer otherwise"
            )
            lines.append(f"- “{quote}” {said}. [Ledger entry](#ledger-{one.statement})")
        self._markdown(key, "\n".join(lines) or "No count is known for any of them.")

    def ledger(self, key: str, choice: str) -> None:
        """Glue the ledger, and ``choice``, the control that filters it by verdict; record it for the site."""
        found = ledger(self.edition, self.audit)
        entries = [*found.statements, *found.claims]
        counts = Counter(one.verdict for one in entries)
        options = "".join(_option(name, counts[name]) for name in _VERDICTS)
        every = _option("all", len(entries), checked=True)
        legend = "<legend>Show</legend>"
        form = f"<fieldset class='ledger-filter d-print-none'>{legend}{every}{options}</fieldset>"
        self._markdown(choice, f"```{{raw}} html\n{form}\n```")
        blocks = [
            "\n".join(["## Statements", "", *(self._entry(one) for one in found.statements)]),
            "\n".join(["## Claims", "", *(self._entry(one) for one in found.claims)]),
        ]
        text = "\n\n".join(blocks)
        self._publish(key, Published(text, text, ledger=found.model_dump(mode="json")))

    def _entry(self, one: Entry) -> str:
        report = self.edition.report
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


def _listed(one: Candidates) -> str:
    return listed_shares(one.listed()) or "–"


def _option(name: str, count: int, *, checked: bool = False) -> str:
    value = name.replace(" ", "-")
    return (
        f"<label><input type='radio' name='verdict' id='show-{value}' value='{value}'"
        f"{' checked' if checked else ''}> {html(name)} ({count})</label> "
    )
