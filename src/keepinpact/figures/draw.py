"""Counts in, a Matplotlib figure out; one style; no file is read and nothing is shown.

A figure is as wide as a phone, so that its text keeps a readable size there: labels stand above their
bars or break into lines, values stand beside their marks, and there is no axis to look things up on.
``labels`` are always those of the rows, top to bottom, and what belongs to a row stands in the same order.
"""

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

from keepinpact.figures.svg import FONT, PALETTE, SIZE, measured, wrapped
from keepinpact.numbers import Bound, Percentage, Share

__all__ = ["bounds", "counts", "people", "places", "presence", "shares", "squares"]

_STYLE: dict[Any, Any] = {
    "font.family": FONT,
    "font.size": SIZE,
    "text.color": PALETTE["ink"],
    "text.parse_math": False,
    "axes.edgecolor": PALETTE["quiet"],
    "axes.linewidth": 1,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.bottom": False,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "xtick.bottom": False,
    "xtick.labelbottom": False,
    "ytick.left": False,
    "ytick.major.size": 0,
    "ytick.labelcolor": PALETTE["ink"],
    "figure.dpi": 72,
}
_WIDTH, _BAR, _GAP = 360, 12, 6
_LINE = 1.2 * SIZE


@contextmanager
def _axes(
    rows: int, pitch: float, *, at: float = 0.5, left: float = 1, right: float = 1, top: float = 0
) -> Iterator[tuple[Figure, Axes]]:
    """Axes of so many rows, the first on top, closed afterwards so that a notebook shows a figure only once.

    ``pitch`` is the height of a row, ``at`` where in it the marks stand, from its top; ``left``, ``right``
    and ``top`` are margins, all in units of the drawing.
    """
    with mpl.rc_context(sns.axes_style("white") | _STYLE):
        height = top + rows * pitch
        figure = plt.figure(figsize=(_WIDTH / 72, height / 72))
        axes = figure.add_axes((left / _WIDTH, 0, (_WIDTH - left - right) / _WIDTH, rows * pitch / height))
        try:
            yield figure, axes
        finally:
            plt.close(figure)
        axes.set(xlabel="", ylabel="", ylim=(rows - at, -at))


def _wrap(labels: Sequence[str], width: float) -> tuple[list[str], int]:
    """Labels broken into lines, and of how many lines the longest is."""
    broken = [wrapped(label, width) for label in labels]
    return ["\n".join(lines) for lines in broken], max(map(len, broken))


def _beside(labels: Sequence[str], most: float) -> tuple[list[str], float, float]:
    """Labels for the left of their marks: broken into lines, their width, and the height of a row."""
    broken, lines = _wrap(labels, most)
    width = max(measured(line) for label in broken for line in label.split("\n"))
    return broken, width + _GAP + 2, lines * _LINE + _GAP


def _names(axes: Axes, rows: int, labels: Sequence[str], left: float) -> None:
    """Write the rows' labels at the left edge of the drawing."""
    axes.set_yticks(range(rows), labels, ha="left")
    axes.tick_params(axis="y", pad=left)


def _values(axes: Axes, texts: Sequence[str], ends: Sequence[float]) -> None:
    """Write each value to the right of where its mark ends."""
    for row, (text, end) in enumerate(zip(texts, ends, strict=True)):
        axes.annotate(text, (end, row), (_GAP + 2, 0), textcoords="offset points", va="center_baseline")


def _room(texts: Sequence[str]) -> float:
    """How much room the values need at the right."""
    return max(measured(text) for text in texts) + _GAP + 4


def counts(labels: Sequence[str], values: Sequence[int]) -> Figure:
    """Horizontal bars of counts, each below its label, with the count written beside it."""
    return _bars(labels, values, [str(value) for value in values], max([*values, 1]))


def shares(labels: Sequence[str], values: Sequence[Share]) -> Figure:
    """Bars of shares of one base, each with its percentage and count; the scale ends at the whole."""
    percentages = [float(100 * value.fraction) for value in values]
    return _bars(labels, percentages, [str(value) for value in values], 100)


def squares(labels: Sequence[str], values: Sequence[int], hollow: Sequence[bool]) -> Figure:
    """A square for each answer, a row a label, with the count beside it; hollow where no count is printed."""
    names, left, pitch = _beside(labels, 110)
    texts = [str(value) for value in values]
    right = _room(texts)
    apart = min(_BAR + 2, (_WIDTH - left - right) / max([*values, 1]))
    with _axes(len(values), max(pitch, apart), left=left, right=right) as (figure, axes):
        for row, (value, empty) in enumerate(zip(values, hollow, strict=True)):
            color = PALETTE["ground" if empty else "mark"]
            axes.scatter(
                [one + 0.5 for one in range(value)], [row] * value, s=(0.75 * apart) ** 2, marker="s",
                color=color, edgecolor=PALETTE["mark"], linewidth=1,
            )  # fmt: skip
        _values(axes, texts, values)
        _names(axes, len(values), names, left)
        axes.set_xlim(0, (_WIDTH - left - right) / apart)
        axes.spines["left"].set_visible(False)
    return figure


def people(values: Sequence[Share], printed: Percentage) -> Figure:
    """A row of people for each share, on a track to 100 %: as many as its base, its count of them filled.

    A line stands at the printed percentage.
    """
    texts = [f"{value.count} of {value.base}" for value in values]
    pitch, right = _BAR + 2 * _GAP, _room(texts)
    with _axes(len(values), pitch, right=right) as (figure, axes):
        at = printed.units / printed.scale / 100
        axes.vlines(at, -0.5, len(values) - 0.5, color=PALETTE["rule"], linewidth=1, zorder=0)
        for row, value in enumerate(values):
            apart = (_WIDTH - right) / value.base
            size = min(_BAR - 3, 0.75 * apart) ** 2
            for first, last, fill in ((0, value.count, "mark"), (value.count, value.base, "ground")):
                across = [(person + 0.5) / value.base for person in range(first, last)]
                axes.scatter(
                    across, [row] * len(across), s=size, color=PALETTE[fill], edgecolor=PALETTE["mark"]
                )
        _values(axes, texts, [1] * len(values))
        axes.set_yticks([])
        axes.set_xlim(0, 1)
        axes.spines["left"].set_visible(False)
    return figure


def places(
    labels: Sequence[str], values: Sequence[Sequence[int]], marked: Sequence[Sequence[int]], most: int
) -> Figure:
    """A dot at each possible number of a scale from 1 to ``most``, filled and larger where it is marked."""
    names, lines = _wrap(labels, _WIDTH - 2)
    above = lines * _LINE + _GAP
    pitch = above + 2 * _BAR + _GAP
    left, right = (measured(str(end)) + _GAP + 6 for end in (1, most))
    with _axes(len(labels), pitch, at=(above + _BAR) / pitch, left=left, right=right) as (figure, axes):
        rows = range(len(labels))
        axes.hlines(rows, 1, most, color=PALETTE["rule"], linewidth=1, zorder=0)
        for kind, size, chosen in (("ground", 26, values), ("mark", 80, marked)):
            spots = [(number, row) for row, numbers in zip(rows, chosen, strict=True) for number in numbers]
            if spots:
                across, down = zip(*spots, strict=True)
                axes.scatter(
                    across, down, s=size, color=PALETTE[kind], edgecolor=PALETTE["mark"], linewidth=1.2
                )
        for row, name in enumerate(names):
            axes.annotate(
                name, (1, row), (-left + 1, _BAR + 2), textcoords="offset points", va="bottom", ha="left"
            )
        for row in rows:
            for end, away, side in ((1, -_GAP - 4, "right"), (most, _GAP + 4, "left")):
                axes.annotate(
                    str(end), (end, row), (away, 0), textcoords="offset points", va="center_baseline",
                    ha=side, color=PALETTE["quiet"],
                )  # fmt: skip
        axes.set_yticks([])
        axes.set_xlim(1, most)
        axes.spines["left"].set_visible(False)
    return figure


def bounds(labels: Sequence[str], values: Sequence[Bound]) -> Figure:
    """One dot a settled count, and a line from the smallest to the largest possible where it is not.

    ValueError for a bound without an upper end.
    """
    highs = [value.high for value in values if value.high is not None]
    if len(highs) < len(values):
        raise ValueError("a bound without an upper end cannot be drawn")
    lows = [value.low for value in values]
    texts = [str(value) for value in values]
    names, left, pitch = _beside(labels, 140)
    with _axes(len(values), pitch, left=left, right=_room(texts)) as (figure, axes):
        rows = range(len(values))
        axes.hlines(rows, lows, highs, color=PALETTE["mark"], linewidth=3)
        ends = pd.DataFrame({"x": [*lows, *highs], "y": [*rows, *rows]})
        sns.scatterplot(ends, x="x", y="y", color=PALETTE["mark"], s=80, linewidth=0, ax=axes, legend=False)
        _values(axes, texts, highs)
        _names(axes, len(values), names, left)
        axes.set_xlim(0, max([*highs, 1]))
    return figure


def presence(labels: Sequence[str], columns: Sequence[str], marks: Sequence[Sequence[str]]) -> Figure:
    """A grid of which label stands in which list.

    ``columns`` are the titles of the lists, ``marks`` one text a list for each label: it is written where the
    label is in the list, and empty where it is not.
    """
    names, left, pitch = _beside(labels, 160)
    small = SIZE - 2
    titles = [wrapped(column, (_WIDTH - left) / len(columns) - 2, small) for column in columns]
    top = max(map(len, titles)) * _LINE
    with _axes(len(labels), pitch, left=left, top=top) as (figure, axes):
        axes.hlines(range(len(labels)), -0.5, len(columns) - 0.5, color=PALETTE["rule"], linewidth=1)
        for row, (_, texts) in enumerate(zip(labels, marks, strict=True)):
            for column, (_, text) in enumerate(zip(columns, texts, strict=True)):
                if text:
                    axes.scatter(column, row, s=360, color=PALETTE["mark"], linewidth=0, zorder=2)
                    axes.annotate(text, (column, row), ha="center", va="center", color=PALETTE["on-mark"])
        for column, title in enumerate(titles):
            for line, words in enumerate(reversed(title)):
                axes.annotate(
                    words, (column, -0.5), (0, 5 + line * 1.2 * small), textcoords="offset points",
                    ha="center", fontsize=small,
                )  # fmt: skip
        _names(axes, len(marks), names, left)
        axes.set_xticks([])
        axes.set_xlim(-0.5, len(columns) - 0.5)
        axes.spines["left"].set_visible(False)
    return figure


def _bars(
    labels: Sequence[str],
    values: Sequence[float],
    texts: Sequence[str],
    whole: float,
) -> Figure:
    """One bar a row, whatever its label: two rows may have the same."""
    names, lines = _wrap(labels, _WIDTH - 2)
    above = lines * _LINE + _GAP
    pitch = above + _BAR + 2 * _GAP
    with _axes(len(values), pitch, at=(above + _BAR / 2) / pitch, right=_room(texts)) as (figure, axes):
        table = pd.DataFrame({"row": range(len(labels)), "value": list(values)})
        sns.barplot(
            table, x="value", y="row", orient="h", width=_BAR / pitch, color=PALETTE["mark"], saturation=1,
            linewidth=0, errorbar=None, ax=axes,
        )  # fmt: skip
        for row, name in enumerate(names):
            axes.annotate(name, (0, row), (0, _BAR / 2 + 4), textcoords="offset points", va="bottom")
        _values(axes, texts, values)
        axes.set_yticks([])
        axes.set_xlim(0, whole)
        axes.spines["left"].set_visible(False)
    return figure
