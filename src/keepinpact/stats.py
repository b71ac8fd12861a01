"""Tables in, numbers out: counts and shares of responses, entry counts of printed lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from keepinpact.data import Responses
from keepinpact.numbers import Share
from keepinpact.readings import Report

__all__ = [
    "Answers",
    "NotIdentifiedError",
    "answers",
    "crosstab",
    "entries_by_theme",
    "facts",
    "labels",
    "share",
]


class NotIdentifiedError(ValueError):
    """The responses carry no respondents, so answers to different items cannot be joined."""


@dataclass(frozen=True)
class Answers:
    """The answers to one item.

    Attributes
    ----------
    table
        One row a value, in the codebook's order: code, label, count (respondents who gave it).
    base
        Respondents who answered the item.
    blank
        Respondents who were asked and did not answer (item non-response).
    multiple
        Whether a respondent may give several values; then the counts may add up to more than the base.
    """

    table: pd.DataFrame
    base: int
    blank: int
    multiple: bool

    def shares(self) -> list[Share]:
        """The share of each value, in the table's order; empty where nobody answered."""
        return [Share(int(count), self.base) for count in self.table["count"]] if self.base else []


def answers(
    responses: Responses, codebook: pd.DataFrame, item: str, wave: str | None = None
) -> Answers | None:
    """Count the answers to an item.

    Parameters
    ----------
    responses
        What :func:`keepinpact.data.load_responses` returns.
    codebook
        What :func:`keepinpact.data.load_codebook` returns; it gives the order of the values.
    item
        A code of the codebook's variable ``item``.
    wave
        ``1`` or ``2`` for one survey; None for all rows.

    Returns
    -------
    Answers or None
        None where the responses hold nothing on the item.

    Raises
    ------
    KeyError
        If the codebook has no such item.
    """
    asked = codebook[(codebook["variable"] == "item") & (codebook["code"] == item)]
    if asked.empty:
        raise KeyError(item)
    multiple = bool((asked["response"] == "multiple").any())
    rows = responses.table[responses.table["item"] == item]
    if wave is not None:
        rows = rows[rows["wave"] == wave]
    if rows.empty:
        return None
    given = rows[rows["value"] != ""]
    identified = bool((rows["respondent"] != "").all())
    if multiple and not identified:
        raise NotIdentifiedError(f"{item} allows several answers and the rows carry no respondents")
    base = int(given["respondent"].nunique()) if identified else len(given)
    values = codebook[codebook["variable"] == item][["code", "label"]]
    counts = given["value"].value_counts()
    table = values.assign(count=[int(counts.get(code, 0)) for code in values["code"]])
    return Answers(table.reset_index(drop=True), base, len(rows) - len(given), multiple)


def share(
    responses: Responses, codebook: pd.DataFrame, item: str, value: str, wave: str | None = None
) -> Share:
    """The share of those who answered an item that gave a value.

    Raises
    ------
    LookupError
        If the item or value is unknown, or the responses hold no answer to the item.
    """
    found = answers(responses, codebook, item, wave)
    if found is None or not found.base:
        raise LookupError(f"the responses hold no answer to {item}")
    row = found.table[found.table["code"] == value]
    if row.empty:
        raise LookupError(f"{value} is no value of {item}")
    return Share(int(row["count"].iloc[0]), found.base)


def facts(responses: Responses, report: Report) -> dict[str, int]:
    """The counts that real responses give for a report's quantities.

    Returns
    -------
    dict
        By quantity; empty for a reconstruction, which is no evidence of anything. Sums of other quantities
        and items that the responses do not hold are left out.
    """
    if responses.layer != "responses":
        return {}
    counts = {}
    for quantity in report.quantities:
        rows = responses.table
        if quantity.parts or not (quantity.item or quantity.wave):
            continue
        if quantity.item:
            rows = rows[rows["item"] == quantity.item]
            if rows.empty:
                continue
            given = rows["value"] != "" if quantity.value is None else rows["value"] == quantity.value
            rows = rows[given]
        if quantity.wave:
            rows = rows[rows["wave"] == quantity.wave]
        count = int(rows["respondent"].nunique())
        # Where blanks are not written down, how many there are follows from the other counts.
        if count or quantity.value != "":
            counts[quantity.id] = count
    return counts


def crosstab(responses: Responses, row: str, column: str) -> pd.DataFrame:
    """Count respondents by their answers to two items (respondents who answered both).

    Raises
    ------
    NotIdentifiedError
        If the rows carry no respondents: which answers belong together is then not known, and many
        cross tables fit the same counts.
    """
    table = responses.table[responses.table["item"].isin([row, column]) & (responses.table["value"] != "")]
    if responses.layer == "reconstructed" or (table["respondent"] == "").any():
        raise NotIdentifiedError(
            f"{row} by {column} cannot be counted: the responses are a reconstruction, whose rows carry no "
            "respondents, because the report does not say which answers belong together"
        )
    wide = table[table["item"] == row].merge(
        table[table["item"] == column], on="respondent", suffixes=("_row", "_column")
    )
    return pd.crosstab(
        wide["value_row"].rename(row), wide["value_column"].rename(column)
    )  # fmt: skip


def entries_by_theme(rows: pd.DataFrame, codebook: pd.DataFrame, variable: str) -> pd.DataFrame:
    """Entry counts of a printed list by theme, most frequent first, ties in the codebook's order.

    An entry may carry several themes, and then counts for each.

    Parameters
    ----------
    rows
        Rows of ``items.csv``.
    codebook
        What :func:`keepinpact.data.load_codebook` returns.
    variable
        The codebook variable that holds the themes.

    Returns
    -------
    pandas.DataFrame
        code, label, count; themes without an entry are left out.
    """
    themes = rows["theme"].str.split().explode()
    counts = themes.value_counts()
    known = codebook[codebook["variable"] == variable][["code", "label"]]
    table = known.assign(count=[int(counts.get(code, 0)) for code in known["code"]])
    table = table[table["count"] > 0].sort_values("count", ascending=False, kind="stable")
    return table.reset_index(drop=True)


def labels(codebook: pd.DataFrame, variable: str, codes: Sequence[str]) -> list[str]:
    """The labels of some codes of a codebook variable; KeyError where one is unknown."""
    known = codebook[codebook["variable"] == variable]
    table = dict(zip(known["code"], known["label"], strict=True))
    return [table[code] for code in codes]
