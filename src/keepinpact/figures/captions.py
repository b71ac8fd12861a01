"""What a figure says, in words computed from what it draws: its headline and its alternative text.

No value stands in them, so they may be set above a reconstruction too, and none of them can go stale.
``labels`` are always those of the figure's rows, top to bottom, and what belongs to a row stands in the same
order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from keepinpact.figures.draw import one_by_one
from keepinpact.numbers import Bound, Share, either

__all__ = ["Caption", "bounds", "counts", "people", "places", "returns", "shares"]

_TABLE = "The numbers are in the table that follows."


@dataclass(frozen=True)
class Caption:
    """The finding as a headline, and what is to be seen for those who do not see it."""

    headline: str
    alt: str


def counts(labels: Sequence[str], values: Sequence[int], entries: str, group: str) -> Caption:
    """Words for bars of counts.

    ``entries`` is what is counted, in the plural, such as ``listed tasks``; ``group`` is what a bar stands
    for, in the singular, such as ``theme``.
    """
    sizes = [Fraction(value) for value in values]
    top = _top(labels, sizes)
    if len(labels) == 1:
        headline = f"All {entries} stand under {_listed(labels)}"
    elif len(top) == len(labels):
        headline = f"No {group} has more {entries} than another"
    else:
        verb = "has" if len(top) == 1 else "have"
        headline = f"{_listed(top)} {verb} more {entries} than any other {group}"
    return Caption(headline, f"Bar chart of {entries} by {group}. {_seen(labels, sizes)} {_TABLE}")


def shares(labels: Sequence[str], values: Sequence[Share], item: str) -> Caption:
    """Words for bars of shares of one base; ``item`` is what was asked, as the chart's title has it."""
    sizes = [value.fraction for value in values]
    top = _top(labels, sizes)
    if len(labels) > 1 and len(top) == len(labels):
        headline = "No answer is more frequent than another"
    elif 2 * max(sizes) > 1:
        headline = f"More than half of those who answered: {_listed(top)}"
    else:
        headline = f"Most frequent, though not above half of those who answered: {_listed(top)}"
    seen = _seen(labels, sizes)
    return Caption(headline, f"Bar chart: {item}, as shares of those who answered. {seen} {_TABLE}")


def bounds(
    labels: Sequence[str], values: Sequence[Bound], entries: str, group: str, given: str = ""
) -> Caption:
    """Words for counts of which some are known only within bounds, each with an upper end.

    ``entries`` and ``group`` are as in :func:`counts`; ``given`` says on what condition.
    """
    rows = list(zip(labels, values, strict=True))
    settled = [label for label, value in rows if value.settled]
    open_ = [label for label, value in rows if not value.settled]
    ahead = [
        label
        for row, (label, value) in enumerate(rows)
        if all(o.high is not None and value.low > o.high for _, o in rows[:row] + rows[row + 1 :])
    ]
    if ahead:
        lead = f"{ahead[0]} has more {entries} than any other {group}"
    else:
        certainly = "certainly " if open_ else ""
        lead = f"No {group} {certainly}has more {entries} than every other"
    state = ("not every" if settled else "no") if open_ else "every"
    known = f" Settled: {', '.join(settled)}." if settled else ""
    unknown = f" Not settled: {', '.join(open_)}." if open_ else ""
    line = "; where a count is not settled, a line goes on to the largest that is possible" if open_ else ""
    most = max(value.low if value.high is None else value.high for value in values)
    drawn = f"A square for each of the {entries}, a row" if one_by_one(most) else f"Bars of {entries}, one"
    alt = f"{drawn} for each {group}{line}. {lead}.{known}{unknown} {_TABLE}"
    return Caption(f"{lead}; {state} count is settled{given and f' {given}'}", alt)


def people(values: Sequence[Share], bases: str) -> Caption:
    """Words for the shares, of different bases, that can lie behind a printed percentage.

    ``bases`` is what the bases are, in the singular, such as ``size of survey 1``.
    """
    if not values:
        headline = f"No {bases} fits the printed numbers"
    elif len(values) == 1:
        headline = f"A single {bases} fits the printed numbers"
    else:
        headline = f"More than a single {bases} fits the printed numbers; none is settled"
    drawn = "A row of people" if one_by_one(max((one.base for one in values), default=0)) else "A bar"
    alt = (
        f"{drawn} for each {bases} that fits, filled as far as the share goes, to the whole. "
        f"{headline}. {_TABLE}"
    )
    return Caption(headline, alt)


def places(labels: Sequence[str], whole: Sequence[bool], base: str) -> Caption:
    """Words for the bases that a printed percentage can have under several rounding rules.

    A label says how percentages are rounded, such as ``down``, and ``whole`` whether the largest base is
    possible; ``base`` is what that is, such as ``all answers``.
    """
    can = [f"“{label}”" for label, possible in zip(labels, whole, strict=True) if possible]
    if not can:
        headline = f"Under no rounding rule can {base} be the base"
    elif len(can) == len(labels):
        headline = f"Under every rounding rule {base} can be the base"
    else:
        headline = f"Only if percentages are rounded {' or '.join(can)} can {base} be the base"
    rows = ", ".join(f"“{label}”" for label in labels)
    alt = (
        f"Dot chart, a row for each rounding rule ({rows}), a dot at each possible base, filled where "
        f"it fits the other printed numbers too. {headline}. {_TABLE}"
    )
    return Caption(headline, alt)


def returns(before: Sequence[bool], ranked: Sequence[bool], minor: Sequence[bool]) -> Caption:
    """Words for the challenges of both surveys beside each other.

    Of each challenge: whether survey 1 lists it, whether it is among the ranked ones of survey 2, and whether
    among those that are not so much a challenge there.
    """
    back = [later for listed, later in zip(before, ranked, strict=True) if listed]
    turned = [later for listed, later in zip(before, minor, strict=True) if listed]
    new = [not listed for listed, later in zip(before, ranked, strict=True) if later]
    headline = (
        f"{_some(back)} of the challenges of survey 1 return among the ranked ones of survey 2; "
        f"{_some(turned).lower()} are not so much a challenge there"
    )
    alt = (
        "The challenges of both surveys beside each other, with a line between those that stand in both: "
        f"solid to a ranked one, dashed to one that is not so much a challenge. {headline}. "
        f"{_some(new)} of those ranked in survey 2 are not listed in survey 1. {_TABLE}"
    )
    return Caption(headline, alt)


def _top(labels: Sequence[str], values: Sequence[Fraction]) -> list[str]:
    return [label for label, value in zip(labels, values, strict=True) if value == max(values)]


def _seen(labels: Sequence[str], values: Sequence[Fraction]) -> str:
    """The bars in their order, and which are the longest and the shortest."""
    seen = f"From top to bottom: {', '.join(labels)}."
    if len(labels) == 1:
        return seen
    if min(values) == max(values):
        return f"{seen} All bars are equally long."
    longest, shortest = _top(labels, values), _top(labels, [-value for value in values])
    return f"{seen} {_bars('longest', longest)} {_bars('shortest', shortest)}"


def _bars(kind: str, labels: Sequence[str]) -> str:
    if len(labels) == 1:
        return f"The {kind} bar is that of {_listed(labels)}."
    return f"The {kind} bars, equally long, are those of {_listed(labels)}."


def _listed(labels: Sequence[str]) -> str:
    return either([f"“{label}”" for label in labels], "and")


def _some(holds: Sequence[bool]) -> str:
    if holds and all(holds):
        return "All"
    return "Some" if any(holds) else "None"
