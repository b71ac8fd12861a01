"""What the report prints beside what released responses give, and what would explain a difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pandas as pd

from keepinpact.audit import DataSets, share_in
from keepinpact.audit import recounts as recounted_in
from keepinpact.data import Edition, cite, entry_counts
from keepinpact.findings.counted import holds
from keepinpact.findings.implied import counted_share, fitting, is_counted, recounted
from keepinpact.findings.printed import printed_number
from keepinpact.findings.tables import computed, escape, markdown, quoted, table
from keepinpact.ledger import known_counts
from keepinpact.numbers import ROUNDINGS, Percentage, Share, counts
from keepinpact.receipt import Finding, Receipt, lines_of
from keepinpact.statements.constraints import Count
from keepinpact.statements.report import Quantity, Statement
from keepinpact.stats import answers as count_answers
from keepinpact.stats import facts

SAME = "no difference"
UNEXPLAINED = "nothing that we tried"
# Those that differ by more than which way a tie goes.
_OTHER_RULES = ("truncated", "ceiling", "nearest 5")
_ONE = {
    (1, 0): "one more of them had given this answer",
    (-1, 0): "one fewer of them had given this answer",
    (1, 1): "one respondent more had given this answer",
    (-1, -1): "one respondent fewer had given this answer",
    (0, 1): "one respondent more had given another answer",
    (0, -1): "one respondent fewer had given another answer",
}


def explained_share(
    printed: Percentage, counted: Share, blank: int, bases: Mapping[str, int]
) -> Iterator[str]:
    """What would let a counted share be printed as a percentage, as clauses with "if"; none where it is.

    Tried are another rounding rule, those who left the question blank in the base, other bases by what they
    are of, and one respondent more or less.
    """

    def prints(count: int, base: int, rule: str = "nearest") -> bool:
        return 0 <= count <= base and base > 0 and count in counts(printed, base, rule)

    count, base = counted.count, counted.base
    if prints(count, base):
        return
    for rule in _OTHER_RULES:
        if ROUNDINGS[rule].prints(printed) and prints(count, base, rule):
            yield f"if percentages are rounded {ROUNDINGS[rule].says}"
    if blank and prints(count, base + blank):
        yield f"if those who left it blank are in the base ({count} of {base + blank})"
    for of, other in bases.items():
        if other not in (base, base + blank) and prints(count, other):
            yield f"if it is taken of {of} ({count} of {other})"
    for (more, larger), says in _ONE.items():
        if prints(count + more, base + larger):
            yield f"if {says} ({count + more} of {base + larger})"


def explained_count(printed: int, counted: int, blank: int, parts: Mapping[str, int]) -> Iterator[str]:
    """What would let a count be the printed one, as clauses with "if"; none where it is.

    Tried are those who left the question blank, a part of those who were counted, by what it is, and one more
    or less.
    """
    if counted == printed:
        return
    if blank and counted + blank == printed:
        yield f"if those who left it blank are counted as well ({counted} and {blank})"
    for of, part in parts.items():
        if part == printed:
            yield f"if only {of} is counted"
    if abs(counted - printed) == 1:
        yield f"if there had been one {'more' if printed > counted else 'fewer'}"


def side_by_side(edition: Edition) -> Finding:
    """Each printed number beside what released responses give, and what would explain a difference.

    Empty where none is released.
    """
    if not holds(edition):
        return Finding("", markdown="")
    fits, sizes, alone = fitting(edition), _sizes(edition), _by_survey(edition)
    rows = ((one, _row(edition, one, fits, sizes, alone)) for one in edition.report.statements)
    found = [(one, row) for one, row in rows if row is not None]
    lines = [[quoted(one.quote), *row] for one, row in found]
    header = ["In the report’s words", "Printed", "Counted", "What would explain a difference"]
    frame = pd.DataFrame(lines, columns=header, dtype=object)
    return table(frame, "responses", lines_of(edition.responses.table), measure="counted in the responses")


def _row(
    edition: Edition,
    statement: Statement,
    fits: DataSets,
    sizes: Mapping[str, int],
    alone: Mapping[str, Mapping[str, int]],
) -> tuple[str, Share | int, str] | None:
    """What a statement prints, what was counted, and what would explain a difference; None if neither is."""
    printed = printed_number(edition.report, statement)
    if printed is None:
        return None
    share = share_in(statement.readings[0])
    if share is not None:
        own = counted_share(edition, fits, statement.id)
        if own is None:
            return None
        (receipt,) = own.receipts
        assert isinstance(receipt, Receipt)
        counted = Share(receipt.count, receipt.base)
        of = [edition.report.quantity(one) for one in share.of if isinstance(one, str)]
        blank = max((_blank(edition, one, counted.base) for one in of), default=0)
        reasons = explained_share(Percentage.parse(share.is_), counted, blank, sizes)
        return printed[0], counted, _said(reasons, counted.count in counts(share.printed, counted.base))
    names = [
        name
        for one in statement.readings[0].holds
        if isinstance(one, Count)
        for name in one.of
        if isinstance(name, str)
    ]
    if len(names) != 1 or not is_counted(edition, fits, *names):
        return None
    (receipt,) = recounted(edition, fits, statement.id).receipts
    assert isinstance(receipt, Receipt)
    number, quantity = int(receipt.value), edition.report.quantity(names[0])
    open_ = quantity.item and quantity.value is None and not quantity.counts
    blank = _blank(edition, quantity, number) if open_ else 0
    parts = {of: only[names[0]] for of, only in alone.items() if names[0] in only}
    reasons = explained_count(int(printed[1]["value"]), number, blank, parts)
    return printed[0], number, _said(reasons, number == printed[1]["value"])


def _said(reasons: Iterator[str], same: bool) -> str:
    return SAME if same else "; or ".join(reasons) or UNEXPLAINED


def _blank(edition: Edition, quantity: Quantity, answered: int) -> int:
    """How many left a question blank, where so many are all who answered it; 0 where they are others."""
    if not quantity.item:
        return 0
    found = count_answers(edition.responses, edition.codebook, quantity.item, quantity.wave)
    return found.blank if found is not None and found.base == answered else 0


def _sizes(edition: Edition) -> dict[str, int]:
    responses = edition.responses
    sizes = {f"all of survey {wave}": responses.respondents([wave]) for wave in ("1", "2")}
    return sizes | {"all who answered either survey": responses.respondents()}


def _by_survey(edition: Edition) -> dict[str, dict[str, int]]:
    """The counts of each survey by itself."""
    table = edition.responses.table
    return {
        f"survey {wave}": facts(
            replace(edition.responses, table=table[table["wave"] == wave]), edition.report
        )
        for wave in sorted(table["wave"].unique())
    }


def clashes_with_responses(edition: Edition) -> tuple[Finding, Finding]:
    """How many statements released responses contradict, and a list of them; empty where none is released.

    Apart from clashes within the printed text: none of these is needed for them.
    """
    if not holds(edition):
        return Finding(""), Finding("", markdown="")
    known = known_counts(edition)
    alone = recounted_in(edition.report, entry_counts(edition.items), {})
    found = [
        edition.report.statement(name)
        for name, (same, _) in recounted_in(edition.report, entry_counts(edition.items), known).items()
        if same is False and alone[name][0] is not False
    ]
    lines = [
        f"- {escape(quoted(one.quote))} ({escape(cite(edition.report, one.section))}) – "
        f"[ledger entry](#ledger-{one.id})"
        for one in found
    ]
    number = computed(
        len(found), "responses", lines_of(edition.responses.table), "statements recounted otherwise"
    )
    return number, markdown("\n".join(lines) or "There is none.")
