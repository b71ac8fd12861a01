"""What is counted in the responses, or in the reconstruction until there are any."""

from __future__ import annotations

import pandas as pd

from keepinpact.data import Edition
from keepinpact.findings.printed import placed
from keepinpact.findings.tables import table as table_of
from keepinpact.numbers import Share, either
from keepinpact.receipt import LAYERS, NOWHERE, Finding, Receipt, backed, lines_of, plain
from keepinpact.stats import agreement
from keepinpact.stats import answers as count_answers


def answers(edition: Edition, item: str, wave: str | None = None) -> pd.DataFrame:
    """The rows of the responses on an item: wave, item, respondent, value; an empty value is a blank.

    ``item`` is a code of the codebook's variable ``item``; ``wave`` is ``1`` or ``2``, None for all rows.
    """
    table = edition.responses.table
    rows = table[table["item"] == item]
    if wave is not None:
        rows = rows[rows["wave"] == wave]
    # As texts: of categories pandas counts those of all other items too, as values that nobody gave.
    return rows.assign(value=rows["value"].astype("str"))


def counted(edition: Edition, found: Share | int, rows: pd.DataFrame, statement: str = "") -> Finding:
    """A count or a share of rows of the responses, with the statement that prints it, if any."""
    where = placed(edition, statement) if statement else NOWHERE
    rest = {"source": lines_of(rows), **plain(found)}
    return backed(str(found), edition.responses.layer, where, **rest)


def holds(edition: Edition, *items: str) -> bool:
    """Whether responses are released, with answers to all of some items."""
    if edition.responses.layer != "responses":
        return False
    return edition.responses.held.issuperset(items)


def leading(edition: Edition, item: str, wave: str | None = None) -> Finding:
    """The value that most respondents gave, with its share; several where they are tied, empty for none."""
    found = count_answers(edition.responses, edition.codebook, item, wave)
    if not holds(edition) or found is None or not found.base:
        return Finding("")
    most = int(found.table["count"].max())
    labels = [f"“{one}”" for one in found.table[found.table["count"] == most]["label"]]
    share = counted(edition, Share(most, found.base), answers(edition, item, wave))
    text = f"{either(labels, 'and')}: {share}" + (" each" if len(labels) > 1 else "")
    (receipt,) = share.receipts
    assert isinstance(receipt, Receipt)
    return Finding(text, (receipt.model_copy(update={"text": text, "measure": "most frequent answer"}),))


def respondents(edition: Edition, item: str, wave: str) -> Finding:
    """How many of a survey answered an item, in released responses that hold it; empty without them."""
    if not holds(edition, item):
        return Finding("")
    rows = answers(edition, item)
    given = rows[(rows["value"] != "") & (rows["wave"] == wave)]
    return counted(edition, int(given["respondent"].nunique()), rows)


def majority(edition: Edition, item: str) -> Finding:
    """The values that together more than half of all respondents gave, the most frequent ones first.

    LookupError where no responses are released, or these hold no answer to the item.
    """
    found = count_answers(edition.responses, edition.codebook, item)
    if not holds(edition) or found is None or not found.base:
        raise LookupError(f"no released responses hold an answer to {item}")
    table = found.table.sort_values("count", ascending=False, kind="stable")
    before = table["count"].cumsum() - table["count"]
    top = table[(2 * before <= found.base + found.blank) & (table["count"] > 0)]
    return Finding(either(list(top["label"]), "and"))


def shares_of(edition: Edition, item: str, wave: str | None, what: str) -> Finding:
    """A table of the share of those who answered that gave each value; empty while none is released."""
    found = count_answers(edition.responses, edition.codebook, item, wave)
    if not holds(edition) or found is None or not found.base:
        return Finding("", markdown="")
    shares = pd.Series(found.shares(), dtype="object")
    frame = pd.DataFrame({what: found.table["label"], "Share of those who answered": shares})
    return table_of(frame, "responses", lines_of(answers(edition, item, wave)), measure=f"answers to {item}")


def coded_alike(codings: pd.DataFrame, codebook: pd.DataFrame) -> Finding:
    """A table of how far coders of open answers agree, by code; empty where no answer was coded again.

    ``codings`` is what :func:`keepinpact.data.load_codings` returns.
    """
    rows = [
        (
            f"{one.item}, {one.label} (survey {one.wave}; {either(one.coders, 'and')})",
            one.agreed,
            "not defined" if one.kappa is None else f"{float(one.kappa):.2f}",
        )
        for one in agreement(codings, codebook)
    ]
    if not rows:
        return Finding("", markdown="")
    frame = pd.DataFrame(rows, columns=["Coded", "Answers coded alike", "Cohen’s kappa"])
    return table_of(frame, "responses", lines_of(codings), measure="answers coded alike")


def layer(edition: Edition) -> Finding:
    """What the responses layer rests on, in words."""
    return Finding(LAYERS[edition.responses.layer])
