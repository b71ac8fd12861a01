"""Tables in, numbers out: counts and shares of responses, entry counts of printed lists."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import combinations
from statistics import NormalDist
from typing import NamedTuple

import pandas as pd

from keepinpact.data import Responses
from keepinpact.numbers import ROUNDINGS, Share
from keepinpact.statements.linear import Linear, linear, narrowed, times
from keepinpact.statements.report import Quantity, Report

__all__ = [
    "CONFIDENCE",
    "Agreement",
    "Answers",
    "NotIdentifiedError",
    "agreement",
    "answers",
    "crosstab",
    "entries_by_theme",
    "facts",
    "kappa",
    "labels",
    "under_themes",
    "wilson",
]

CONFIDENCE = Fraction(95, 100)


class NotIdentifiedError(ValueError):
    """The responses carry no respondents, so answers to different items cannot be joined."""


@dataclass(frozen=True)
class Answers:
    """The answers to one item."""

    table: pd.DataFrame
    """One row a value, in the codebook's order: code, label, count (respondents who gave it)."""
    base: int
    """Respondents who answered the item."""
    blank: int
    """Respondents who were asked and did not answer (item non-response)."""
    multiple: bool
    """Whether a respondent may give several values; then the counts may add up to more than the base."""

    def shares(self) -> list[Share]:
        """The share of each value, in the table's order; empty where nobody answered."""
        return [Share(int(count), self.base) for count in self.table["count"]] if self.base else []


def answers(
    responses: Responses, codebook: pd.DataFrame, item: str, wave: str | None = None
) -> Answers | None:
    """Count the answers to an item; None where the responses hold nothing on it.

    Parameters
    ----------
    responses
        What :func:`keepinpact.data.load_responses` returns.
    codebook
        It gives the order of the values; KeyError where it has no such item.
    item, wave
        A code of the codebook's variable ``item``; ``1`` or ``2`` for one survey, None for all rows.
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
    blank = len(rows) - len(given)
    if identified:
        # Whoever is of a survey that asked and gave no answer, whether a row says so or not.
        blank = responses.respondents(rows["wave"].unique()) - base
    values = codebook[codebook["variable"] == item][["code", "label"]]
    counts = given["value"].value_counts()
    table = values.assign(count=[int(counts.get(code, 0)) for code in values["code"]])
    return Answers(table.reset_index(drop=True), base, blank, multiple)


def facts(responses: Responses, report: Report) -> dict[str, int]:
    """The counts that real responses give for a report's quantities.

    There are none for a reconstruction, which is no evidence of anything. Sums of other quantities, and items
    that the responses do not hold, are left out.
    """
    if responses.layer != "responses":
        return {}
    table = responses.table

    @cache
    def rows_of(item: str) -> pd.DataFrame:
        return table[table["item"] == item]

    @cache
    def everybody(waves: frozenset[str]) -> int:
        return responses.respondents(waves)

    def who(quantity: Quantity) -> pd.DataFrame:
        rows = _who(rows_of(str(quantity.item)), quantity)
        return rows if quantity.value == "" else rows[rows["value"] != ""]

    held = responses.held
    every_wave = set(table["wave"].unique())
    defined = {name for one in report.definitions for name in one.quantities()}
    counts, blanks = {}, {}
    for quantity in report.quantities:
        of = [report.quantity(name) for name in quantity.among] or [quantity]
        if any(one.item and one.item not in held for one in of):
            continue
        if quantity.among:
            often = pd.concat([who(one)["respondent"] for one in of]).value_counts()
            counts[quantity.id] = int((often >= quantity.least).sum())
        elif quantity.counts:
            counts[quantity.id] = _tally(who(quantity), quantity, report)
        elif quantity.parts or not (quantity.item or quantity.wave):
            continue
        elif not quantity.item:
            counts[quantity.id] = everybody(frozenset({str(quantity.wave)}))
        elif quantity.value == "":
            # Whoever is of a survey that asked and gave no answer, whether a row says so or not.
            asked = _who(rows_of(quantity.item), quantity.model_copy(update={"value": None}))
            waves = set(asked["wave"].unique())
            if quantity.wave or waves == every_wave or quantity.id not in defined:
                answered = asked.loc[asked["value"] != "", "respondent"].nunique()
                blanks[quantity.id] = everybody(frozenset(waves)) - int(answered)
        else:
            counts[quantity.id] = int(who(quantity)["respondent"].nunique())
    # A value that the definitions do not know (such as "don't know") belongs to neither side of a blank.
    return counts | blanks if _fit(report, counts | blanks) else counts


def _fit(report: Report, counts: Mapping[str, int]) -> bool:
    """Whether counts agree with the definitions."""
    fixed = [Linear({name: 1}, ((count, count),)) for name, count in counts.items()]
    fixed += [
        line
        for one in report.definitions
        for held in one.holds
        for line in held.linears(ROUNDINGS["nearest"])
    ]
    for one in report.quantities:
        if one.parts and one.id not in counts:
            fixed.append(linear([(one.id, 1), *times(one.parts, -1)], (0, 0)))
    return narrowed(fixed, dict.fromkeys((one.id for one in report.quantities), (0, None))) is not None


def _tally(rows: pd.DataFrame, quantity: Quantity, report: Report) -> int:
    if quantity.counts in ("unnamed", "unnamed values"):
        named = {one.value for one in report.quantities if one.item == quantity.item and not one.parts}
        rows = rows[~rows["value"].isin(named)]
    if quantity.counts == "unnamed":
        return int(rows["respondent"].nunique())
    times_given = rows["value"].value_counts()
    times_given = times_given[times_given > 0]
    if quantity.counts == "commonest":
        return int(times_given.max()) if len(times_given) else 0
    return len(times_given)


def _who(rows: pd.DataFrame, quantity: Quantity) -> pd.DataFrame:
    """Those of the rows on its item that a quantity counts."""
    if quantity.value is not None:
        rows = rows[rows["value"] == quantity.value]
    return rows[rows["wave"] == quantity.wave] if quantity.wave else rows


def crosstab(responses: Responses, row: str, column: str) -> pd.DataFrame:
    """Count respondents by their answers to two items (respondents who answered both).

    Raises
    ------
    NotIdentifiedError
        If the rows carry no respondents: which answers belong together is then not known, and many
        cross tables fit the same counts.
    """
    table = responses.table
    table = table[table["item"].isin([row, column]) & (table["value"] != "")]
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

    An entry may carry several themes, and then counts for each. ``rows`` are rows of ``items.csv``,
    ``variable`` is the codebook variable that holds the themes. The columns are code, label, count; themes
    without an entry are left out.
    """
    themes = rows["theme"].str.split().explode()
    counts = themes.value_counts()
    known = codebook[codebook["variable"] == variable][["code", "label"]]
    table = known.assign(count=[int(counts.get(code, 0)) for code in known["code"]])
    table = table[table["count"] > 0].sort_values("count", ascending=False, kind="stable")
    return table.reset_index(drop=True)


def under_themes(rows: pd.DataFrame, codebook: pd.DataFrame, variable: str) -> pd.DataFrame:
    """The entries of a printed list under each theme that they carry, which takes the place of their group.

    The themes stand in the codebook's order, the entries of a theme in that of ``rows``; an entry with
    several themes stands under each. The arguments are those of :func:`entries_by_theme`.
    """
    known = codebook[codebook["variable"] == variable]
    under = rows.assign(theme=rows["theme"].str.split()).explode("theme")
    blocks = [
        under[under["theme"] == code].assign(group=label)
        for code, label in zip(known["code"], known["label"], strict=True)
    ]
    return pd.DataFrame(pd.concat(blocks))


def labels(codebook: pd.DataFrame, variable: str, codes: Sequence[str]) -> list[str]:
    """The labels of some codes of a codebook variable; KeyError where one is unknown."""
    known = codebook[codebook["variable"] == variable]
    table = dict(zip(known["code"], known["label"], strict=True))
    return [table[code] for code in codes]


def kappa(first: Sequence[str], second: Sequence[str]) -> Fraction | None:
    """Cohen's kappa: how far two coders agree, beyond what how often they give each code would do by chance.

    None without an answer, and where both gave one and the same code throughout: then chance explains all.
    ValueError where the coders did not code the same answers. (Cohen 1960, "A coefficient of agreement for
    nominal scales", doi:10.1177/001316446002000104.)
    """
    agreed = sum(one == other for one, other in zip(first, second, strict=True))
    often, as_often = Counter(first), Counter(second)
    n, chance = len(first), sum(often[code] * as_often[code] for code in often)
    return Fraction(n * agreed - chance, n * n - chance) if n * n > chance else None


class Agreement(NamedTuple):
    """How far two coders agree on a code."""

    wave: str
    item: str
    coders: tuple[str, str]
    label: str
    """Of the code; "all codes" where an answer has a single one."""
    agreed: Share
    """Of the answers that both coded, those on which they agree."""
    kappa: Fraction | None
    """See :func:`kappa`; None where it is not defined."""


def agreement(codings: pd.DataFrame, codebook: pd.DataFrame) -> list[Agreement]:
    """How far coders agree, for each two who coded answers to the same item in the same wave.

    Where an answer may have several codes, each is looked at by itself: whether it was given. ``codings``
    is what :func:`keepinpact.data.load_codings` returns.
    """
    single = set(codebook[(codebook["variable"] == "item") & (codebook["response"] == "single")]["code"])
    given: dict[tuple[str, str], dict[str, dict[str, set[str]]]] = {}
    for row in codings[["wave", "item", "coder", "respondent", "value"]].to_numpy(dtype=str).tolist():
        wave, item, coder, respondent, value = row
        given.setdefault((wave, item), {}).setdefault(coder, {}).setdefault(respondent, set()).add(value)
    found = []
    for (wave, item), coders in given.items():
        values = codebook[codebook["variable"] == item]
        for one, other in combinations(coders, 2):
            both = [(codes, coders[other][who]) for who, codes in coders[one].items() if who in coders[other]]
            used = {code for pair in both for codes in pair for code in codes}
            looks = {
                str(label): [[str(code in codes) for codes in pair] for pair in both]
                for code, label in zip(values["code"], values["label"], strict=True)
                if code in used
            }
            if item in single:
                looks = {"all codes": [["".join(codes) for codes in pair] for pair in both]}
            for label, pairs in looks.items() if both else ():
                first, second = zip(*pairs, strict=True)
                agreed = Share(sum(a == b for a, b in pairs), len(pairs))
                found.append(Agreement(wave, item, (one, other), label, agreed, kappa(first, second)))
    return found


def wilson(share: Share, confidence: Fraction = CONFIDENCE) -> tuple[int, int]:
    """The interval of Wilson of a share of a random sample, in whole per cent, rounded outwards.

    Only for what was drawn at random: those who answer a survey that anybody may answer are no sample.
    (Wilson 1927, "Probable inference, the law of succession, and statistical inference",
    doi:10.1080/01621459.1927.10502953.)
    """
    z2 = NormalDist().inv_cdf(float((1 + confidence) / 2)) ** 2
    n, p = share.base, share.count / share.base
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    reach = (z2 * (p * (1 - p) / n + z2 / (4 * n * n))) ** 0.5 / (1 + z2 / n)
    low = 0 if share.count == 0 else math.floor(100 * (middle - reach))
    high = 100 if share.count == n else math.ceil(100 * (middle + reach))
    return low, high
