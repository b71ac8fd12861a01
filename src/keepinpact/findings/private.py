"""What the numbers tell of a single person, and tables of two questions that tell of none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain

import pandas as pd

from keepinpact import privacy
from keepinpact.audit import DataSets, words
from keepinpact.data import Edition, entry_counts
from keepinpact.findings.counted import answers, holds
from keepinpact.findings.implied import counting, defined, fitting
from keepinpact.findings.tables import computed, table
from keepinpact.findings.tables import words as said
from keepinpact.numbers import either
from keepinpact.receipt import Finding, lines_of
from keepinpact.statements.report import Report

WITHHELD = "withheld"


def crossed(edition: Edition, row: str, column: str, fewest: int, what: str) -> Finding:
    """How many respondents gave which answers to two single-response items, in released responses.

    A count of fewer people than the threshold is withheld, and so is one that would give such a count away;
    of answers that fewer gave there is no row (:func:`keepinpact.privacy.withheld`). Empty where no responses
    to both are released. ``what`` says what a row is, for the header.
    """
    if not holds(edition, row, column):
        return Finding("", markdown="")
    people = privacy.people_by(edition.responses, row, column)
    hidden = privacy.withheld(people, fewest)
    both: Counter[tuple[str, str]] = Counter()
    for (_, *cell), number in people.items():
        if all(cell):
            both[cell[0], cell[1]] += number
    rows, columns = (
        {
            str(one.code): str(one.label)
            for one in edition.codebook.itertuples()
            if one.variable == item and sum(n for cell, n in both.items() if cell[place] == one.code) >= least
        }
        for place, (item, least) in enumerate([(row, fewest), (column, 1)])
    )
    lines = [
        [label, *(WITHHELD if (code, other) in hidden else both[code, other] for other in columns)]
        for code, label in rows.items()
    ]
    frame = pd.DataFrame(lines, columns=[what, *columns.values()], dtype=object)
    given = pd.concat([answers(edition, row), answers(edition, column)])
    given.attrs = edition.responses.table.attrs
    return table(frame, "responses", lines_of(given), measure=f"respondents by {row} and {column}")


def few(edition: Edition, data_sets: DataSets, item: str, fewest: int, measure: str) -> Finding:
    """How many values of an item fewer respondents gave than a threshold, but somebody did.

    ``measure`` says what is counted. A value counts where every data set has it so.
    """
    values = dict.fromkeys(one.value for one in edition.report.quantities if one.item == item and one.value)
    cells = [counting(edition, item, value) for value in values]
    bounds = [data_sets.bound(*names) for names in cells]
    small = sum(one.low > 0 and one.high is not None and one.high < fewest for one in bounds)
    if holds(edition, item):
        given = answers(edition, item)
        counts = given.loc[given["value"] != "", "value"].value_counts()
        return computed(int((counts < fewest).sum()), "responses", lines_of(given), measure)
    return computed(small, "implied", defined(edition, *chain.from_iterable(cells)), measure)


def of_a_person(edition: Edition) -> Finding:
    """Whether the published numbers settle an answer of a single person, in sentences.

    Asked of what the report prints, once the edition's repair is adopted, and of the counts of released
    responses where there are any.
    """
    report, several = edition.report, privacy.several_answers(edition.codebook)
    on = fitting(edition, text_alone=True).on
    asked, found = privacy.settled(report, entry_counts(edition.items), on, several)
    options = sum(bool(one.item and one.value and not one.parts) for one in report.quantities)
    settles = f"the printed numbers settle {_listed(found, report)} for anybody"
    those = "the options to answer that the report’s statements count"
    if asked == options:
        text = f"Of {those}, {settles}."
    elif asked:
        text = f"Of {those} {asked} of {options} are in a survey all of which is counted. Of these {settles}."
    else:
        text = f"No quantity counts all of a survey, so it is not asked which of {those} are settled."
    joining = _joining(report)
    text += (
        " No statement joins such answers to different questions, so whoever knows one of them of a person "
        "learns no other from it. What statements say of anything else is not asked."
        if not joining
        else f" These statements join the answers to different questions: {either(joining, 'and')}."
    )
    if edition.responses.layer == "responses":
        asked, found, published = privacy.settled_by_counts(edition.responses, edition.codebook)
        text = f"Of {asked} answers that were given, the published counts settle {_listed(found, published)}."
    return said(text)


def _listed(found: Sequence[privacy.Settled], report: Report) -> str:
    listed = [f"“{one.quantity.says}”, because of {words.rests_on(one.by, report)}" for one in found]
    return either(listed, "and") or "none"


def _joining(report: Report) -> list[str]:
    """The statements that relate the answers to a question to those to another."""
    items = {one.id: one.item for one in report.quantities if one.item}
    return [
        f"“{statement.quote}”"
        for statement in report.statements
        for reading in statement.readings
        if any(len({items[name] for name in one.quantities() if name in items}) > 1 for one in reading.holds)
    ]


def alike(edition: Edition, known_by: Sequence[str], fewest: int) -> Finding:
    """How many respondents share with nobody what they may be known by, in a sentence; empty without any."""
    if edition.responses.layer != "responses":
        return said("")
    found = privacy.alike(edition.responses, known_by, fewest)
    labels = edition.codebook[edition.codebook["variable"] == "item"].set_index("code")["label"]
    named = either([f"“{labels[item]}”" for item in found.known_by], "and")
    shared = f"the survey and the answers to {named}" if named else "the survey"
    return said(
        f"Of {found.respondents} respondents {found.alone or 'none'} share {shared} with nobody, and "
        f"{found.few or 'none'} with fewer than {fewest - 1} others."
    )
