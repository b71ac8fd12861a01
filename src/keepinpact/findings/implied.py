"""What the report's statements imply, together with what is known from responses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from keepinpact.audit import (
    Contradiction,
    DataSets,
    Member,
    Model,
    adopted,
    besides,
    besides_shares,
    literal,
    member_of,
    resting_on,
    share_in,
    words,
)
from keepinpact.constraints import month_name
from keepinpact.data import STATEMENTS, Edition, entry_counts
from keepinpact.findings.counted import counted_share
from keepinpact.findings.printed import placed, printed_number
from keepinpact.findings.tables import words as said
from keepinpact.numbers import Share, either, one_answer
from keepinpact.receipt import LAYERS, Candidate, Finding, Layer, Receipt, Source, Support, plain, ranges
from keepinpact.stats import facts

__all__ = [
    "Shares",
    "bound",
    "defined",
    "fitting",
    "listed_shares",
    "model_of",
    "month",
    "rests_on",
    "result",
    "shares",
    "worked_out",
]

_MOST_LISTED = 6


def model_of(edition: Edition) -> Model:
    """The model of an edition's statements, with what is known from released responses."""
    known = facts(edition.responses, edition.report)
    return Model(edition.report, entry_counts(edition.items), known)


def fitting(edition: Edition) -> DataSets:
    """The data sets that fit the statements once the edition's repair is adopted, and the responses.

    Where released responses contradict a statement, that statement is left out.
    """
    model = model_of(edition)
    try:
        return adopted(model, edition.repair)
    except Contradiction:
        return model.fitting([])


def bound(edition: Edition, data_sets: DataSets, *quantities: str, where: str = "") -> Finding:
    """The bound of a sum of quantities.

    Parameters
    ----------
    edition
        Where the quantities are defined.
    data_sets
        What is taken to hold.
    quantities
        Their ids.
    where
        What is not taken to hold, to be added to what is counted.
    """
    found = data_sets.bound(*quantities)
    return Finding(
        str(found),
        (
            Receipt(
                text=str(found),
                layer="implied",
                section=None,
                pages=None,
                statements=[],
                source=defined(edition, *quantities),
                **_resting(data_sets, *quantities),
                **plain(found),
                measure=_says(edition, *quantities) + where,
            ),
        ),
    )


def month(edition: Edition, data_sets: DataSets, quantity: str) -> Finding:
    """A quantity that is a month; ValueError where it is not settled."""
    found = data_sets.bound(quantity)
    if not found.settled:
        raise ValueError(f"{quantity} is not settled: {found}")
    text = month_name(found.low)
    return Finding(
        text,
        (
            Receipt(
                text=text,
                layer="implied",
                section=None,
                pages=None,
                statements=[],
                source=defined(edition, quantity),
                **_resting(data_sets, quantity),
                value=text,
                measure=_says(edition, quantity),
            ),
        ),
    )


def _resting(data_sets: DataSets, *quantities: str) -> dict[str, list[Support]]:
    other = besides(data_sets.bound(*quantities), *quantities)
    members = [] if other is None else resting_on(data_sets, [other])
    return {"rests_on": _supports(members)} if members else {}


def _supports(members: Sequence[Member]) -> list[Support]:
    return [Support(kind=one.kind, id=one.id, reading=one.reading) for one in members]


def rests_on(edition: Edition, finding: Finding) -> Finding:
    """What a finding rests on, in words."""
    (receipt, *_) = finding.receipts
    assert isinstance(receipt, Receipt)
    if receipt.layer != "implied":
        return said(LAYERS[receipt.layer])
    members = [Member(kind=one.kind, id=one.id, reading=one.reading) for one in receipt.rests_on]
    return said(words.rests_on(members, edition.report))


@dataclass(frozen=True)
class Shares:
    """What can lie behind a printed percentage.

    Attributes
    ----------
    possible
        The shares; a single one once responses are released.
    full
        The percentage with its base, or with every share that can lie behind it.
    weight
        How many percentage points one answer weighs.
    """

    possible: list[Share]
    full: Finding
    weight: Finding


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
    counted = counted_share(edition, statement)
    if edition.responses.layer == "responses" and counted is not None:
        own = counted.receipts[0]
        assert isinstance(own, Receipt)
        of = Share(own.count, own.base)
        # What was counted need not be what is printed.
        differs = of.percent() != text
        full = f"{of}; the report prints {text}" if differs else str(of)
        return Shares(
            [of],
            Finding(full, (own.model_copy(update={"text": full}),)),
            _weight(edition, statement, "responses", [of.base]),
        )
    possible = data_sets.shares(share)
    if not possible:
        raise ValueError(f"the shares behind {statement} cannot be listed")
    members = resting_on(data_sets, *besides_shares(share, possible))
    full = f"{text} (base not printed; {listed_shares(possible)})"
    candidates = [Candidate(count=one.count, base=one.base) for one in possible]
    receipt = Receipt(
        text=full,
        layer="implied",
        **placed(edition, statement),
        rests_on=_supports(members),
        **value,
        candidates=candidates,
    )
    bases = [one.base for one in possible]
    return Shares(possible, Finding(full, (receipt,)), _weight(edition, statement, "implied", bases))


def _weight(edition: Edition, statement: str, layer: Layer, bases: Sequence[int]) -> Finding:
    weight = one_answer(bases)
    receipt = Receipt(
        text=str(weight),
        layer=layer,
        **placed(edition, statement),
        **plain(weight),
        measure="percentage points that one answer weighs",
    )
    return Finding(str(weight), (receipt,))


def worked_out(edition: Edition, text: str, *statements: str, **value: Any) -> Finding:
    """Something that follows from statements alone, in words.

    Parameters
    ----------
    edition
        Where the statements stand.
    text
        The words.
    statements
        Their ids.
    value
        The value as a receipt has it.
    """
    return Finding(text, (Receipt(text=text, layer="implied", **placed(edition, *statements), **value),))


def listed_shares(possible: Sequence[Share]) -> str:
    """The shares in a sentence; of many the first and the last."""
    texts = [f"{one.count} of {one.base}" for one in possible]
    if len(texts) <= _MOST_LISTED:
        return either(texts)
    return f"one of {len(texts)} shares from {texts[0]} to {texts[-1]}"


def result(edition: Edition) -> Finding:
    """Whether all statements can be true at once, and what of ours has to go for that."""
    report, repair = edition.report, edition.repair
    model = model_of(edition)
    number = f"All {len(report.statements)} statements"
    if literal(model).exist:
        return said(f"{number} can be true at once.")
    if not model.fitting([one.id for one in report.statements]).exist:
        against = " together with the responses" if edition.responses.layer == "responses" else ""
        return said(f"The statements cannot all be true{against}, whatever is assumed.")
    gone = [member_of(switch, report) for switch in repair.gives_up]
    if any(one.kind == "statement" for one in gone):
        return said(f"{number} can be true at once, but not with everything that is taken for granted.")
    return said(words.can_hold(gone, report))


def defined(edition: Edition, *quantities: str) -> list[Source]:
    """The lines in which quantities are defined."""
    return ranges(STATEMENTS, [edition.lines.quantities[one] for one in quantities])


def _says(edition: Edition, *quantities: str) -> str:
    return " and ".join(edition.report.quantity(one).says for one in quantities)
