"""What is counted in the responses, or in the reconstruction until there are any."""

from __future__ import annotations

import pandas as pd

from keepinpact.audit import share_in
from keepinpact.data import Edition
from keepinpact.findings.printed import placed
from keepinpact.numbers import Share
from keepinpact.receipt import LAYERS, Finding, Receipt, lines_of

__all__ = ["answers", "counted", "counted_share", "layer"]


def answers(edition: Edition, item: str, wave: str | None = None) -> pd.DataFrame:
    """The rows of the responses on an item: wave, item, respondent, value; an empty value is a blank.

    Parameters
    ----------
    edition
        What :func:`keepinpact.data.load_edition` returns.
    item
        A code of the codebook's variable ``item``.
    wave
        ``1`` or ``2`` for one survey; None for all rows.
    """
    table = edition.responses.table
    rows = table[table["item"] == item]
    return rows if wave is None else rows[rows["wave"] == wave]


def counted(edition: Edition, found: Share | int, rows: pd.DataFrame, statement: str = "") -> Finding:
    """A count or a share of responses, with the rows that it was counted in.

    Parameters
    ----------
    edition
        What :func:`keepinpact.data.load_edition` returns.
    found
        The count or the share.
    rows
        The rows of the responses.
    statement
        The statement that prints it, if any.
    """
    value = {"count": found.count, "base": found.base} if isinstance(found, Share) else {"value": found}
    where = placed(edition, statement) if statement else {"section": None, "pages": None, "statements": []}
    receipt = Receipt(
        text=str(found), layer=edition.responses.layer, **{**where, "source": lines_of(rows)}, **value
    )
    return Finding(str(found), (receipt,))


def counted_share(edition: Edition, statement: str) -> Finding | None:
    """The share that a statement prints, counted in the responses; None where they do not hold it."""
    printed = share_in(edition.report.statement(statement).readings[0])
    if printed is None or len(printed.of) != 1:
        return None
    quantity = edition.report.quantity(str(printed.of[0]))
    if not quantity.item or quantity.value is None:
        return None
    rows = answers(edition, quantity.item, quantity.wave)
    given = rows[rows["value"] != ""]
    if given.empty:
        return None
    share = Share(int((given["value"] == quantity.value).sum()), len(given))
    return counted(edition, share, rows, statement)


def layer(edition: Edition) -> Finding:
    """What the responses layer rests on, in words."""
    return Finding(LAYERS[edition.responses.layer])
