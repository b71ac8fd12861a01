"""Counts in, a Matplotlib figure out; one style; no file is read and nothing is shown.

A figure is drawn once as wide as a phone (:data:`NARROW`) and once as wide as a page (:data:`WIDE`), so that
its text keeps a readable size on both: labels stand above their bars or break into lines, values stand beside
their marks, and there is no axis to look things up on. ``labels`` are always those of the rows, top to
bottom, and what belongs to a row stands in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.path import Path

from keepinpact.figures.svg import FONT, PALETTE, SIZE, measured, wrapped
from keepinpact.numbers import Bound, Percentage, Share

__all__ = [
    "MOST_MARKS",
    "NARROW",
    "WIDE",
    "Fill",
    "counts",
    "one_by_one",
    "people",
    "places",
    "shares",
    "squares",
    "two_lists",
]

NARROW, WIDE = 360, 600
"""How wide figures are, in units of the drawing."""

MOST_MARKS = 60
"""So many people or answers in a row are drawn one by one. On a phone a mark is then some three units wide,
a fifth of a letter; of more the marks run together, and the picture grows with the survey for nothing."""

Fill = Literal["full", "hatched", "hollow"]
"""How squares are filled; told apart without colour."""

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
_BAR, _GAP = 12, 6
_SMALL = SIZE - 2
_LINE = 1.2 * SIZE
# A square with two lines across it, as a marker of unit size.
_HATCHED = Path(
    [
        [-0.5, -0.5],
        [-0.5, 0.5],
        [0.5, 0.5],
        [0.5, -0.5],
        [-0.5, -0.5],
        [-0.5, 0],
        [0, 0.5],
        [0, -0.5],
        [0.5, 0],
    ],
    [1, 2, 2, 2, 79, 1, 2, 1, 2],
)


@contextmanager
def _axes(
    rows: int,
    pitch: float,
    *,
    width: float,
    at: float = 0.5,
    left: float = 1,
    right: float = 1,
    top: float = 0,
) -> Iterator[tuple[Figure, Axes]]:
    """Axes of so many rows, the first on top, closed afterwards so that a notebook shows a figure only once.

    ``pitch`` is the height of a row, ``at`` where in it the marks stand, from its top; ``left``, ``right``
    and ``top`` are margins, all in units of the drawing, as ``width`` is.
    """
    with mpl.rc_context(sns.axes_style("white") | _STYLE):
        height = top + rows * pitch
        figure = plt.figure(figsize=(width / 72, height / 72))
        axes = figure.add_axes((left / width, 0, (width - left - right) / width, rows * pitch / height))
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


def one_by_one(most: int) -> bool:
    """Whether a figure whose longest row has so many shows them one by one; else it shows bars."""
    return most <= MOST_MARKS


def counts(labels: Sequence[str], values: Sequence[int], width: float = NARROW) -> Figure:
    """Horizontal bars of counts, each below its label, with the count written beside it."""
    return _bars(labels, values, [str(value) for value in values], max([*values, 1]), width)


def shares(labels: Sequence[str], values: Sequence[Share], width: float = NARROW) -> Figure:
    """Bars of shares of one base, each with its percentage and count; the scale ends at the whole."""
    percentages = [float(100 * value.fraction) for value in values]
    return _bars(labels, percentages, [str(value) for value in values], 100, width)


def squares(
    labels: Sequence[str], values: Sequence[Bound], fills: Sequence[Fill], width: float = NARROW
) -> Figure:
    """A square for each of so many, a row a label, with the count beside it; of many a bar.

    Where a count is not settled there are as many squares as it is at least, and a line goes on from there to
    what it is at most. ValueError for a bound without an upper end. For bars see :func:`one_by_one`.
    """
    highs = [value.high for value in values if value.high is not None]
    if len(highs) < len(values):
        raise ValueError("a bound without an upper end cannot be drawn")
    names, left, pitch = _beside(labels, 0.34 * width)
    texts = [str(value) for value in values]
    right = _room(texts)
    apart = min(0.04 * width, (width - left - right) / max([*highs, 1]))
    with _axes(len(values), max(pitch, apart + 2), width=width, left=left, right=right) as (figure, axes):
        for row, (value, high, fill) in enumerate(zip(values, highs, fills, strict=True)):
            if one_by_one(max(highs)):
                axes.scatter(
                    [one + 0.5 for one in range(value.low)], [row] * value.low, s=(0.75 * apart) ** 2,
                    marker=_HATCHED if fill == "hatched" else "s",
                    color=PALETTE["mark" if fill == "full" else "ground"], edgecolor=PALETTE["mark"],
                    linewidth=1,
                )  # fmt: skip
            else:
                _bar(axes, row, pitch, value.low, fill, 10 / apart)
            if not value.settled:
                axes.hlines(row, value.low, high, color=PALETTE["mark"], linewidth=3)
        _values(axes, texts, highs)
        _names(axes, len(values), names, left)
        axes.set_xlim(0, (width - left - right) / apart)
        axes.spines["left"].set_visible(False)
    return figure


def _bar(axes: Axes, row: int, pitch: float, length: float, fill: Fill, hatch: float) -> None:
    """A bar from nought; ``hatch`` is how far the lines of a hatched one are apart."""
    half = _BAR / 2 / pitch
    axes.barh(
        row, length, 2 * half, color=PALETTE["mark" if fill == "full" else "ground"],
        edgecolor=PALETTE["mark"], linewidth=1,
    )  # fmt: skip
    if fill == "hatched":
        lines = [hatch * (place + 1) for place in range(int(length / hatch))]
        axes.vlines(lines, row - half, row + half, color=PALETTE["mark"], linewidth=1)


def people(values: Sequence[Share], printed: Percentage, width: float = NARROW) -> Figure:
    """A row of people for each share, on a track to 100 %: as many as its base, its count of them filled.

    Of many people it is a bar (:func:`one_by_one`). A line stands at the printed percentage.
    """
    texts = [f"{value.count} of {value.base}" for value in values]
    pitch, right = _BAR + 2 * _GAP, _room(texts)
    with _axes(len(values), pitch, width=width, right=right) as (figure, axes):
        at = printed.units / printed.scale / 100
        axes.vlines(at, -0.5, len(values) - 0.5, color=PALETTE["rule"], linewidth=1, zorder=0)
        for row, value in enumerate(values):
            if not one_by_one(max(one.base for one in values)):
                _bar(axes, row, pitch, 1, "hollow", 1)
                _bar(axes, row, pitch, float(value.fraction), "full", 1)
                continue
            apart = (width - right) / value.base
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
    labels: Sequence[str],
    values: Sequence[Sequence[int]],
    marked: Sequence[Sequence[int]],
    most: int,
    width: float = NARROW,
) -> Figure:
    """A dot at each possible number of a scale from 1 to ``most``, filled and larger where it is marked."""
    names, lines = _wrap(labels, width - 2)
    above = lines * _LINE + _GAP
    pitch = above + 2 * _BAR + _GAP
    left, right = (measured(str(end)) + _GAP + 6 for end in (1, most))
    with _axes(len(labels), pitch, width=width, at=(above + _BAR) / pitch, left=left, right=right) as (
        figure,
        axes,
    ):
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


def two_lists(
    before: Sequence[str],
    ranked: Sequence[str],
    minor: Sequence[str],
    titles: Sequence[str],
    width: float = NARROW,
) -> Figure:
    """A list on the left, a ranked one and a minor one on the right, with lines between what is in both.

    An entry of the list is a ring, a ranked one its rank on a disc, a minor one a crossed ring; a line to a
    ranked one is solid, to a minor one dashed. ``titles`` are those of the lists, and a label stands in a
    list once.
    """
    title, *others = titles
    middle = 0.17 * width
    side = (width - middle) / 2 - _BAR - _GAP
    rows = [[(title, ""), *((label, "o") for label in before)]]
    rows += [[(others[0], ""), *((label, str(rank)) for rank, label in enumerate(ranked, 1))]]
    rows[1] += [(others[1], ""), *((label, "x") for label in minor)]
    broken = [[(wrapped(text, side, _SMALL), mark) for text, mark in column] for column in rows]
    count, line = max(map(len, broken)), 1.2 * _SMALL
    pitch = max(24, max(len(lines) for column in broken for lines, _ in column) * line + _GAP)
    with _axes(count, pitch, width=width) as (figure, axes):
        ends: list[dict[str, tuple[int, str]]] = []
        for across, column in enumerate(broken):
            away, align = ((-_BAR - _GAP, "right"), (_BAR + _GAP, "left"))[across]
            for row, (lines, mark) in enumerate(column):
                if mark:
                    _mark(axes, across, row, mark)
                for at, words in enumerate(lines):
                    below = ((len(lines) - 1) / 2 - at) * line
                    axes.annotate(
                        words, (across, row), (away, below), textcoords="offset points", ha=align,
                        va="center_baseline", fontsize=_SMALL, weight="normal" if mark else "bold",
                    )  # fmt: skip
            ends.append({text: (row, mark) for row, (text, mark) in enumerate(rows[across]) if mark})
        for label in (one for one in before if one in ends[1]):
            (start, _), (end, mark) = ends[0][label], ends[1][label]
            axes.plot(
                [0, 1], [start, end], color=PALETTE["mark"], linewidth=2, zorder=0,
                linestyle=(0, (3, 2)) if mark == "x" else "-",
            )  # fmt: skip
        axes.set_yticks([])
        edge = (width - middle) / 2 / middle
        axes.set_xlim(-edge, 1 + edge)
        axes.spines["left"].set_visible(False)
    return figure


def _mark(axes: Axes, across: float, row: float, mark: str) -> None:
    """A ring, a crossed ring, or a rank on a disc."""
    ring = {"o": 40, "x": 110}.get(mark)
    axes.scatter(
        across, row, s=ring or 260, color=PALETTE["ground" if ring else "mark"], edgecolor=PALETTE["mark"],
        linewidth=1.5,
    )  # fmt: skip
    if mark == "x":
        axes.scatter(across, row, s=50, marker="x", color=PALETTE["mark"], linewidth=1.5)
    elif not ring:
        axes.annotate(
            mark, (across, row), ha="center", va="center", fontsize=_SMALL, color=PALETTE["on-mark"]
        )


def _bars(
    labels: Sequence[str],
    values: Sequence[float],
    texts: Sequence[str],
    whole: float,
    width: float,
) -> Figure:
    """One bar a row, whatever its label: two rows may have the same."""
    names, lines = _wrap(labels, width - 2)
    above = lines * _LINE + _GAP
    pitch = above + _BAR + 2 * _GAP
    with _axes(len(values), pitch, width=width, at=(above + _BAR / 2) / pitch, right=_room(texts)) as (
        figure,
        axes,
    ):
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
