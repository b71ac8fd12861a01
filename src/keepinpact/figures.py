"""Counts in, a Matplotlib figure out; one style; no file is read and nothing is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from keepinpact.numbers import Bound, Share

__all__ = ["bounds", "counts", "presence", "shares"]

_INK, _QUIET, _BAR, _SOFT = "#1f2933", "#52606d", "#1f6f8b", "#a9cdd9"
_STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 11,
    "text.color": _INK,
    "axes.labelcolor": _QUIET,
    "axes.edgecolor": _QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "xtick.color": _QUIET,
    "ytick.color": _INK,
    "ytick.left": False,
    "figure.dpi": 160,
    "savefig.dpi": 160,
    "savefig.bbox": "tight",
    "svg.hashsalt": "keepinpact",
    "text.parse_math": False,
}
_WIDTH = 7.2


@contextmanager
def _axes(rows: int, measure: str) -> Iterator[tuple[Figure, Axes]]:
    """Axes for so many rows; closed afterwards, so that a notebook shows a figure only once."""
    with mpl.rc_context(sns.axes_style("white") | _STYLE):
        figure, axes = plt.subplots(figsize=(_WIDTH, 0.9 + 0.42 * rows), layout="constrained")
        axes.set_xlabel(measure)
        axes.set_ylabel("")
        try:
            yield figure, axes
        finally:
            plt.close(figure)
        axes.set(xlabel=measure, ylabel="")


def counts(labels: Sequence[str], values: Sequence[int], measure: str) -> Figure:
    """Horizontal bars of counts with each count written beside its bar.

    Parameters
    ----------
    labels
        One label a bar, top to bottom.
    values
        Counts of zero or more, in the same order.
    measure
        What is counted, for the axis.
    """
    with _axes(len(values), measure) as (figure, axes):
        _bars(axes, labels, values, [str(value) for value in values])
        axes.set_xlim(0, max([*values, 1]) * 1.08)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def shares(labels: Sequence[str], values: Sequence[Share], measure: str) -> Figure:
    """Horizontal bars of shares of one base, each with its percentage and count.

    Parameters
    ----------
    labels
        One label a bar, top to bottom.
    values
        Shares of the same base, in the same order.
    measure
        What is measured and its base, for the axis.
    """
    percentages = [float(100 * value.fraction) for value in values]
    with _axes(len(values), measure) as (figure, axes):
        _bars(axes, labels, percentages, [str(value) for value in values])
        axes.set_xlim(0, 118)
        axes.set_xticks([0, 25, 50, 75, 100])
    return figure


def bounds(labels: Sequence[str], values: Sequence[Bound], measure: str) -> Figure:
    """One dot a settled count, and a line from the smallest to the largest possible where it is not.

    Parameters
    ----------
    labels
        One label a row, top to bottom.
    values
        Bounds with an upper end, in the same order.
    measure
        What is counted, for the axis.

    Raises
    ------
    ValueError
        If a bound has no upper end.
    """
    highs = [value.high for value in values if value.high is not None]
    if len(highs) < len(values):
        raise ValueError("a bound without an upper end cannot be drawn")
    lows = [value.low for value in values]
    with _axes(len(values), measure) as (figure, axes):
        rows = range(len(values))
        axes.hlines(rows, lows, highs, color=_SOFT, linewidth=7, zorder=1)
        ends = pd.DataFrame({"x": [*lows, *highs], "y": [*rows, *rows]})
        sns.scatterplot(ends, x="x", y="y", color=_BAR, s=70, ax=axes, legend=False, zorder=2)
        for row, (value, high) in enumerate(zip(values, highs, strict=True)):
            axes.annotate(str(value), (high, row), (9, 0), textcoords="offset points", va="center")
        axes.set_yticks(list(rows), list(labels))
        axes.set_ylim(len(values) - 0.5, -0.5)
        axes.set_xlim(0, max([*highs, 1]) * 1.12)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def presence(labels: Sequence[str], columns: Sequence[str], marks: Sequence[Sequence[str]]) -> Figure:
    """A grid of which label stands in which list; a mark is written where it does.

    Parameters
    ----------
    labels
        One label a row, top to bottom.
    columns
        One title a list.
    marks
        One row a label, one text a column; empty where the label is not in the list.
    """
    with _axes(len(labels), "") as (figure, axes):
        for row, (_, texts) in enumerate(zip(labels, marks, strict=True)):
            for column, (_, text) in enumerate(zip(columns, texts, strict=True)):
                if text:
                    axes.scatter(column, row, s=330, color=_BAR, zorder=2)
                    axes.annotate(text, (column, row), ha="center", va="center", color="white", fontsize=10)
        axes.hlines(range(len(labels)), -0.5, len(columns) - 0.5, color="#e4e7eb", linewidth=0.8, zorder=0)
        axes.set_yticks(range(len(labels)), list(labels))
        axes.set_xticks(range(len(columns)), [column.replace(": ", ":\n") for column in columns])
        axes.tick_params(axis="x", length=0)
        axes.xaxis.tick_top()
        axes.set_xlim(-0.5, len(columns) - 0.5)
        axes.set_ylim(len(labels) - 0.5, -0.5)
        axes.spines["bottom"].set_visible(False)
    return figure


def _bars(axes: Axes, labels: Sequence[str], values: Sequence[float], texts: Sequence[str]) -> None:
    """One bar a row, whatever its label: two rows may have the same."""
    table = pd.DataFrame({"row": range(len(labels)), "value": list(values)})
    sns.barplot(table, x="value", y="row", orient="h", color=_BAR, ax=axes, errorbar=None)
    axes.set_yticks(range(len(labels)), list(labels))
    for row, (text, value) in enumerate(zip(texts, values, strict=True)):
        axes.annotate(text, (value, row), (6, 0), textcoords="offset points", va="center")
