"""Figures as findings: a drawing with its headline, its alternative text, and the numbers behind it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from keepinpact.data import Edition
from keepinpact.figures import captions
from keepinpact.figures import draw as figures
from keepinpact.figures.captions import Caption
from keepinpact.figures.draw import NARROW, WIDE
from keepinpact.figures.svg import to_svg
from keepinpact.findings.counted import answers as rows_of
from keepinpact.findings.implied import Shares, rests_on
from keepinpact.findings.listed import ENTRIES
from keepinpact.findings.printed import number, placed
from keepinpact.findings.tables import fenced, sentence, table, words
from keepinpact.numbers import Bound, Percentage, Share
from keepinpact.receipt import LAYERS, NOWHERE, Finding, Layer, Receipt, Source, Value, backed, lines_of
from keepinpact.stats import Answers
from keepinpact.stats import answers as count_answers


@dataclass(frozen=True)
class Drawing:
    """A figure, or the box that stands in its place."""

    headline: Finding
    """What it says."""
    note: Finding
    """What is to be known of its base; empty where the caption says so."""
    table: Finding
    """The numbers behind it."""
    extra: dict[str, Finding]
    """Findings that the box refers to, by what is added to the figure's key."""
    svg: str = ""
    wide: str = ""
    """The drawing, as wide as a phone and as wide as a page; empty for a box."""
    alt: str = ""
    csv: str = ""
    """What is to be seen in it, and its numbers as a file; empty for a box."""
    origin: Mapping[str, Any] = field(default_factory=dict)
    """What the numbers rest on: ``layer``, ``coding`` by this edition, and ``source``, lines of the data."""
    box: str = ""
    """What stands in its place, as Markdown; empty for a drawing."""

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
        if self.box:
            return {"text/plain": self.alt, "text/markdown": self.box}, {}
        return {"text/plain": self.alt, "image/svg+xml": self.svg}, {
            "csv": self.csv,
            "wide": self.wide,
            **self.origin,
        }


def drawing(
    figure: Figure | Callable[[float], Figure],
    caption: Caption,
    frame: pd.DataFrame,
    layer: Layer,
    source: Sequence[Source] = (),
    *,
    measure: str = "",
    ours: str = "",
    note: Finding | None = None,
) -> Drawing:
    """A figure with the numbers behind it.

    Parameters
    ----------
    figure
        What :mod:`keepinpact.figures.draw`, seaborn or Matplotlib drew, or what draws it in a given width.
    caption
        Its headline and alternative text.
    frame
        The numbers, as :func:`keepinpact.findings.table` takes them.
    layer, source
        What they rest on, and the lines of the data that they were computed from.
    measure
        What is counted, where the header does not say so.
    ours
        What this edition did to what is printed before it counted.
    note
        What is to be known of its base.
    """
    counted = f"{measure or ENTRIES}, {ours}" if ours else measure
    numbers = table(frame, layer, source, measure=counted, drawn=True)
    rests = f"{layer}; {ours}" if ours else layer
    narrow, wide = (figure, None) if isinstance(figure, Figure) else (figure(NARROW), figure(WIDE))
    return Drawing(
        headline=words(caption.headline),
        note=note or words(""),
        table=numbers,
        extra={},
        svg=to_svg(narrow, caption.alt),
        wide=to_svg(wide, caption.alt) if wide else "",
        alt=caption.alt,
        csv=_csv(frame, rests),
        origin={
            "layer": layer,
            "coding": ours,
            "source": [one.model_dump(mode="json", exclude_unset=True) for one in source],
        },
    )


def picture(figure: Figure, alt: str) -> Finding:
    """A small drawing within a text that says what it shows; ``alt`` says what is to be seen."""
    return Finding(alt, markdown=fenced("{raw} html", to_svg(figure, alt)))


def bars(
    frame: pd.DataFrame,
    entries: str,
    layer: Layer,
    source: Sequence[Source],
    *,
    measure: str = "",
    ours: str = "",
    note: Finding | None = None,
) -> Drawing:
    """Bars of counts, one a row; for what is not said here see :func:`drawing`.

    ``frame`` has two columns, what a bar stands for and how many; ``entries`` is what is counted, in the
    plural, such as ``listed tasks``.
    """
    what, count = frame.columns
    labels, values = list(frame[what]), [int(one) for one in frame[count]]
    caption = captions.counts(labels, values, entries, str(what).lower())
    figure = partial(figures.counts, labels, values)
    return drawing(figure, caption, frame, layer, source, measure=measure, ours=ours, note=note)


def counts_of(edition: Edition, item: str, what: str, count: str) -> Drawing:
    """Bars of how many respondents gave each value of an item, in released responses.

    ``what`` and ``count`` say what a value is, and what is counted, for the table's header.
    """
    found = count_answers(edition.responses, edition.codebook, item)
    assert found is not None
    # Values that no quantity of the report stands for are shown where somebody gave them.
    named = {one.value for one in edition.report.quantities if one.item == item and not one.parts}
    table = found.table[(found.table["count"] > 0) | found.table["code"].isin(named)]
    frame = table[["label", "count"]].set_axis([what, count], axis=1)
    source = lines_of(rows_of(edition, item))
    return bars(
        frame,
        count.lower(),
        "responses",
        source,
        measure=f"respondents by {what.lower()}",
        note=_base(edition, found, item, None),
    )


def squares(
    frame: pd.DataFrame,
    fills: Sequence[figures.Fill],
    layer: Layer,
    source: Sequence[Source],
    *,
    given: str = "",
    note: Finding | None = None,
) -> Drawing:
    """A square for each of so many, filled, hatched or hollow by row; see :func:`drawing`.

    ``frame`` has two columns: what a row stands for, and :class:`keepinpact.numbers.Bound` of how many;
    ``given`` says on what condition these hold.
    """
    what, count = frame.columns
    labels, values = list(frame[what]), list(frame[count])
    caption = captions.bounds(labels, values, str(count).lower(), str(what).lower(), given)
    figure = partial(figures.squares, labels, values, fills)
    return drawing(figure, caption, frame, layer, source, note=note)


def two_lists(
    frame: pd.DataFrame, caption: Caption, layer: Layer, source: Sequence[Source], *, ours: str = ""
) -> Drawing:
    """A list beside a ranked and a minor one, with lines between what stands in both; see :func:`drawing`.

    ``frame`` has the labels, then a column for each of the three lists, which is empty where a label is not
    in it: in that of the ranked ones the rank. The labels stand in the figure in its order, the ranked ones
    by rank.
    """
    label, before, ranked, minor = frame.columns
    in_order = frame[frame[ranked] != ""].sort_values(ranked, key=lambda ranks: ranks.astype(int))
    listed, marked = frame[frame[before] != ""], frame[frame[minor] != ""]
    lists = [list(rows[label]) for rows in (listed, in_order, marked)]
    titles = [str(title) for title in (before, ranked, minor)]
    figure = partial(figures.two_lists, lists[0], lists[1], lists[2], titles)
    return drawing(figure, caption, frame.replace("", "–"), layer, source, ours=ours)


def people(edition: Edition, shares: Shares, what: str, bases: str, note: Finding | None = None) -> Drawing:
    """Every share that can lie behind a printed percentage, a row of people a share.

    ``shares`` is what :func:`keepinpact.findings.shares` returns. ``what`` says what the shares are of, for
    the table's header, ``bases`` what the bases are, in the singular, such as ``size of survey 1``, and
    ``note`` what is to be known of the base.
    """
    (receipt,) = shares.full.receipts
    labels = [f"{one.base} respondents" for one in shares.possible]
    frame = pd.DataFrame({sentence(bases): labels, what: pd.Series(shares.possible, dtype="object")})
    caption = captions.people(shares.possible, bases)
    assert isinstance(receipt, Receipt)
    figure = partial(figures.people, shares.possible, Percentage.parse(receipt.percentage))
    return drawing(figure, caption, frame, receipt.layer, receipt.source, note=note)


def slot(edition: Edition, chart: str, answers: Answers | None, shares: Shares | None = None) -> Drawing:
    """What stands in the place of a chart that is missing from the report's text.

    Parameters
    ----------
    edition, chart
        The edition, and an id of its ``charts.csv``; KeyError where that has no such chart.
    answers
        The counted answers to its item. They are drawn once they are real; a reconstruction is one data set
        of many, and nothing is drawn from it.
    shares
        Where the report prints its percentage, what can lie behind it.
    """
    rows = edition.charts[edition.charts["id"] == chart]
    if rows.empty:
        raise KeyError(chart)
    row = rows.iloc[0]
    if edition.responses.layer == "responses" and answers is not None and answers.base:
        return _counted(edition, row, answers)
    if shares is not None and shares.possible:
        rests = rests_on(edition, shares.full).text
        note = words(
            "Base: not printed. Every count and base that the report’s numbers allow is drawn. "
            f"They rest on {rests}."
        )
        about = f"{row['title'][:1].lower()}{row['title'][1:]}"
        return people(edition, shares, row["title"], f"base of the percentage on {about}", note)
    return _missing(edition, row)


def _counted(edition: Edition, row: pd.Series[str], answers: Answers) -> Drawing:
    labels, shares = list(answers.table["label"]), answers.shares()
    rows = rows_of(edition, row["item"], row["wave"] if row["wave"] in ("1", "2") else None)
    frame = pd.DataFrame({row["title"]: labels, "Share of respondents": pd.Series(shares, dtype="object")})
    return drawing(
        partial(figures.shares, labels, shares),
        captions.shares(labels, shares, row["title"]),
        frame,
        "responses",
        lines_of(rows),
        note=_base(edition, answers, row["item"], row["wave"], row["base"]),
    )


def _base(edition: Edition, answers: Answers, item: str, wave: str | None, printed: str = "") -> Finding:
    """Of how many respondents shares are taken; ``printed`` is the statement that prints this, if any."""
    blanks = f"; {answers.blank} left it blank" if answers.blank else ""
    several = "; several answers were possible" if answers.multiple else ""
    text = f"Base: {answers.base} respondents{blanks}{several}. {sentence(LAYERS['responses'])}."
    where = placed(edition, printed) if printed else NOWHERE
    return backed(
        text,
        "responses",
        where,
        source=lines_of(rows_of(edition, item, wave if wave in ("1", "2") else None)),
        base=answers.base,
        blank=answers.blank,
        measure="respondents who answered the question",
    )


def _missing(edition: Edition, row: pd.Series[str]) -> Drawing:
    certain = "shows a chart here" if row["certainty"] == "certain" else "seems to show a chart here"
    known = f"The report {certain}; its text does not hold it."
    missing = "Chart missing" if row["certainty"] == "certain" else "Chart missing, as it seems"
    extra, base, pasted = {}, "", ""
    if row["base"]:
        extra["-base"] = number(edition, row["base"])
        base = f" Printed base: {extra['-base'].text} answers."
        pasted = f" Printed base: {{glue:text}}`chart-{row['id']}-base` answers."
    return Drawing(
        headline=words(f"{missing}: no counts are published."),
        note=words(""),
        table=Finding("", markdown=""),
        extra=extra,
        alt=f"{known} {row['known']}{base}",
        box=f"{known}{pasted}",
    )


def _csv(frame: pd.DataFrame, layer: str) -> str:
    """The numbers behind a figure: counts, bases and the ends of bounds in columns of their own."""
    written = io.StringIO()
    out = csv.writer(written, lineterminator="\n")
    rows = list(frame.itertuples(index=False, name=None))
    head = [
        name for column, cell in zip(frame.columns, rows[0], strict=True) for name in _spread(column, cell)
    ]
    out.writerow([*head, "Layer"])
    for row in rows:
        out.writerow([*(cell for one in row for cell in _spread("", one).values()), layer])
    return written.getvalue()


def _spread(column: str, cell: str | Value) -> dict[str, object]:
    match cell:
        case Share(count=count, base=base):
            return {f"{column} (%)": cell.percent().removesuffix(" %"), "Count": count, "Base": base}
        case Bound(low=low, high=high):
            return {f"{column} (smallest)": low, f"{column} (largest)": high}
        case _:
            return {column: cell}
