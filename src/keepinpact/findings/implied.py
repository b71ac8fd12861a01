"""What the report's statements imply, together with what is known from responses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from keepinpact.audit import (
    DataSets,
    Member,
    Model,
    adopted,
    agreeing,
    besides,
    besides_shares,
    forced_by_rounding,
    resting_on,
    share_in,
    words,
)
from keepinpact.data import RELEASED, STATEMENTS, Edition, entry_counts
from keepinpact.findings.counted import counted
from keepinpact.findings.printed import number, placed, printed_number
from keepinpact.findings.tables import computed
from keepinpact.findings.tables import words as said
from keepinpact.ledger import known_counts
from keepinpact.numbers import ROUNDINGS, Percentage, Share, either, one_answer
from keepinpact.receipt import (
    LAYERS,
    Candidate,
    Finding,
    Layer,
    Receipt,
    Source,
    Support,
    backed,
    lines_of,
    plain,
    ranges,
)
from keepinpact.statements.constraints import Count, month_name
from keepinpact.statements.linear import Linear
from keepinpact.statements.report import Report

_MOST_LISTED = 6


def model_of(edition: Edition, *, text_alone: bool = False) -> Model:
    """The model of an edition's statements, with what is known from released responses or without it."""
    known = {} if text_alone else known_counts(edition)
    return Model(edition.report, entry_counts(edition.items), known)


def fitting(edition: Edition, *, text_alone: bool = False) -> DataSets:
    """The data sets that fit the statements once the edition's repair is adopted, and the responses.

    What clashes with released responses is left out; with ``text_alone`` these are passed over.
    """
    alone = adopted(model_of(edition, text_alone=True), edition.repair)
    if text_alone or edition.responses.layer != "responses":
        return alone
    return agreeing(model_of(edition), alone.on)


def is_counted(edition: Edition, data_sets: DataSets, *quantities: str) -> bool:
    """Whether responses settle quantities by themselves, which no printed list does."""
    if not data_sets.model.facts:
        return False
    listed = model_of(edition, text_alone=True).certain("nearest")
    return all(one in data_sets.model.certain(data_sets.rule) and one not in listed for one in quantities)


def _rows(edition: Edition, *quantities: str) -> pd.DataFrame:
    """The rows of the responses in which quantities, or their parts, are counted."""
    known = {one.id: one for one in edition.report.quantities}
    open_, leaves = list(quantities), []
    while open_:
        one = known[open_.pop()]
        open_ += [*one.parts, *one.among]
        leaves.append(one)
    table = edition.responses.table
    items = {one.item for one in leaves if one.item}
    waves = {one.wave for one in leaves if one.wave}
    wanted = table["item"].isin(items) if items else pd.Series(True, index=table.index)
    return table.loc[wanted & table["wave"].isin(waves) if waves else wanted, ["item", "wave"]]


def recounted(edition: Edition, data_sets: DataSets, statement: str) -> Finding:
    """The number that a statement prints; where responses give it, what was counted; both if they differ."""
    found = number(edition, statement)
    holds = edition.report.statement(statement).readings[0].holds
    names = [name for one in holds if isinstance(one, Count) for name in one.of if isinstance(name, str)]
    if len(names) != 1 or not is_counted(edition, data_sets, *names):
        return found
    count = data_sets.model.certain(data_sets.rule)[names[0]]
    text = str(count) if str(count) == found.text else f"{count} (the report prints {found.text})"
    source = lines_of(_rows(edition, *names))
    return backed(text, "responses", placed(edition, statement), source=source, value=count)


def counted_share(edition: Edition, data_sets: DataSets, statement: str) -> Finding | None:
    """The share that a statement prints, of its own base; None where responses do not give both."""
    printed = share_in(edition.report.statement(statement).readings[0])
    if printed is None:
        return None
    names = [one for one in printed.of if isinstance(one, str)]
    if not is_counted(edition, data_sets, *names, printed.base):
        return None
    certain = data_sets.model.certain(data_sets.rule)
    count = sum(certain[one] if isinstance(one, str) else one for one in printed.of)
    if not 0 <= count <= certain[printed.base] > 0:
        return None
    found = Share(count, certain[printed.base])
    return counted(edition, found, _rows(edition, *names, printed.base), statement)


def bound(edition: Edition, data_sets: DataSets, *quantities: str, where: str = "") -> Finding:
    """The bound that data sets have for a sum of quantities.

    ``where`` is what is not taken to hold, to be added to what is counted.
    """
    found = data_sets.bound(*quantities)
    if is_counted(edition, data_sets, *quantities):
        return computed(
            found.low, "responses", lines_of(_rows(edition, *quantities)), _says(edition, *quantities)
        )
    return backed(
        str(found),
        "implied",
        source=defined(edition, *quantities),
        **_resting(edition, data_sets, quantities),
        **plain(found),
        measure=_says(edition, *quantities) + where,
    )


def counting(edition: Edition, item: str, value: str) -> list[str]:
    """The quantities that together count a value of an item once: that of all, or else each survey's."""
    same = [one for one in edition.report.quantities if (one.item, one.value) == (item, value)]
    of_all = [one.id for one in same if not one.wave]
    return of_all[:1] or [one.id for one in same]


def part_of(
    edition: Edition, data_sets: DataSets, item: str, values: Sequence[str], whole: str, measure: str
) -> Finding:
    """The share of a quantity that some values of an item make up; a bound where that is not settled.

    ``measure`` says what the share counts.
    """
    names = [name for value in values for name in counting(edition, item, value)]
    count, base = data_sets.bound(*names), data_sets.bound(whole)
    if not (count.settled and base.settled):
        return bound(edition, data_sets, *names)
    share = Share(count.low, base.low)
    if is_counted(edition, data_sets, *names, whole):
        return computed(share, "responses", lines_of(_rows(edition, *names, whole)), measure)
    return backed(
        str(share),
        "implied",
        source=defined(edition, *names, whole),
        **_resting(edition, data_sets, names, [whole]),
        **plain(share),
        measure=measure,
    )


def month(edition: Edition, data_sets: DataSets, quantity: str) -> Finding:
    """A quantity that is a month; ValueError where it is not settled."""
    found = data_sets.bound(quantity)
    if not found.settled:
        raise ValueError(f"{quantity} is not settled: {found}")
    text = month_name(found.low)
    return backed(
        text,
        "implied",
        source=defined(edition, quantity),
        **_resting(edition, data_sets, [quantity]),
        value=text,
        measure=_says(edition, quantity),
    )


def _resting(edition: Edition, data_sets: DataSets, *sums: Sequence[str]) -> dict[str, Any]:
    """What forces that none of some sums of quantities is otherwise; nothing where all of them are open."""
    others = [besides(data_sets.bound(*names), *names) for names in sums]
    supports = _supports(edition, data_sets, *([other] for other in others if other is not None))
    return {"rests_on": supports} if supports else {}


def _supports(edition: Edition, data_sets: DataSets, *cases: Sequence[Linear]) -> list[Support]:
    """What forces that none of some cases is so."""
    members = resting_on(data_sets, *cases)
    supports = [Support(kind=one.kind, id=one.id, reading=one.reading) for one in members]
    if forced_by_rounding(data_sets, members, *cases):
        supports.append(Support(kind="rounding", id=data_sets.rule))
    if data_sets.model.facts:
        # Not from these alone: what was counted has its part in it.
        alone = model_of(edition, text_alone=True).fitting(data_sets.on)
        if alone.holding(tuple(map(tuple, cases))).exist:
            supports.append(Support(kind="responses", id=RELEASED.as_posix()))
    return supports


def rests_on(edition: Edition, finding: Finding) -> Finding:
    """What a finding rests on, in words."""
    (receipt, *_) = finding.receipts
    assert isinstance(receipt, Receipt)
    if receipt.layer != "implied":
        return said(LAYERS[receipt.layer].removeprefix("from "))
    return said(in_words(receipt.rests_on, edition.report))


def in_words(supports: Sequence[Support], report: Report) -> str:
    """What forces a number, as a list in a sentence."""
    members, more = [], []
    for one in supports:
        if one.kind == "rounding":
            more.append(f"our taking percentages as rounded {ROUNDINGS[one.id].says}")
        elif one.kind == "responses":
            more.append("the released responses")
        else:
            members.append(Member(kind=one.kind, id=one.id, reading=one.reading))
    return words.rests_on(members, report, *more)


@dataclass(frozen=True)
class Shares:
    """What can lie behind a printed percentage."""

    possible: list[Share]
    """The shares; a single one once responses are released."""
    full: Finding
    """The percentage with its base, or with every share that can lie behind it."""
    weight: Finding
    """How many percentage points one answer weighs."""
    beside: Finding = field(default_factory=lambda: Finding(""))
    """Of a counted share, whether the report prints the same; empty where none is counted."""


def shares(edition: Edition, data_sets: DataSets, statement: str) -> Shares:
    """The shares that can lie behind a statement's percentage.

    Raises
    ------
    ValueError
        If the statement prints no percentage, or what lies behind it cannot be listed.
    """
    found = edition.report.statement(statement)
    share = share_in(found.readings[0])
    text, value = printed_number(edition.report, found) or ("", {})
    if share is None:
        raise ValueError(f"{statement} prints no share")
    own_share = counted_share(edition, data_sets, statement)
    if own_share is not None:
        (own,) = own_share.receipts
        assert isinstance(own, Receipt)
        of = Share(own.count, own.base)
        # What was counted need not be what is printed.
        beside = f"; the report prints {text}" if of.percent() != text else ", as the report prints it"
        weight = _weight(edition, statement, "responses", [of.base], own.source)
        return Shares([of], own_share, weight, said(beside))
    possible = data_sets.shares(share)
    if possible == [] and data_sets.model.facts:
        # What was counted of other questions leaves none.
        nothing = f"{text} (base not printed; no share fits what was counted)"
        full = backed(nothing, "implied", placed(edition, statement), **value, candidates=[])
        return Shares([], full, said("no"))
    if not possible:
        raise ValueError(f"the shares behind {statement} cannot be listed")
    full = backed(
        f"{text} (base not printed; {listed_shares(possible)})",
        "implied",
        placed(edition, statement),
        rests_on=_supports(edition, data_sets, *besides_shares(share, possible)),
        **value,
        candidates=[Candidate(count=share.count, base=share.base) for share in possible],
    )
    return Shares(possible, full, _weight(edition, statement, "implied", [share.base for share in possible]))


def at_most(found: Shares) -> Finding:
    """A printed percentage in short, with the largest number of people that it can be a share of."""
    if len(found.possible) < 2:
        return found.full
    (receipt,) = found.full.receipts
    assert isinstance(receipt, Receipt)
    largest = max(share.base for share in found.possible)
    text = f"{Percentage.parse(receipt.percentage)}, of at most {largest} people,"
    return Finding(text, (receipt.model_copy(update={"text": text}),))


def _weight(
    edition: Edition, statement: str, layer: Layer, bases: Sequence[int], source: Sequence[Source] = ()
) -> Finding:
    weight = one_answer(bases)
    shown = weight.low if layer == "responses" and weight.settled else weight
    where = placed(edition, statement) | ({"source": list(source)} if source else {})
    measure = "percentage points that one answer weighs"
    return backed(str(weight), layer, where, **plain(shown), measure=measure)


def worked_out(edition: Edition, text: str, *statements: str, **value: Any) -> Finding:
    """Something in words that follows from statements alone; ``value`` is its value as a receipt has it."""
    return backed(text, "implied", placed(edition, *statements), **value)


def listed_shares(possible: Sequence[Share]) -> str:
    """The shares in a sentence; of many the first and the last."""
    texts = [f"{one.count} of {one.base}" for one in possible]
    if len(texts) <= _MOST_LISTED:
        return either(texts)
    return f"one of {len(texts)} shares from {texts[0]} to {texts[-1]}"


def defined(edition: Edition, *quantities: str) -> list[Source]:
    """The lines in which quantities are defined."""
    return ranges(STATEMENTS, [edition.lines.quantities[one] for one in quantities])


def _says(edition: Edition, *quantities: str) -> str:
    return " and ".join(edition.report.quantity(one).says for one in quantities)
