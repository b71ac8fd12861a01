"""Figures read back from their axes: they draw what they are given, and nothing stays open."""

import matplotlib.pyplot as plt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex

from keepinpact.figures import draw as figures
from keepinpact.figures.svg import PALETTE, to_svg
from keepinpact.numbers import Bound, Share

# Labels may repeat, and may hold what Matplotlib would take for a formula.
label = st.text("ab $_\\^{é", min_size=1, max_size=12)


def texts(axes):
    return [text.get_text() for text in axes.texts]


def unwrapped(lines):
    return [" ".join(line.split()) for line in lines]


def labels_of(axes):
    return unwrapped(label.get_text() for label in axes.get_yticklabels())


@settings(deadline=None, max_examples=15)
@given(st.lists(st.tuples(label, st.integers(0, 300)), min_size=1, max_size=6))
def test_counts(rows):
    labels, values = zip(*rows, strict=True)
    (axes,) = figures.counts(labels, values).axes
    assert [bar.get_width() for bar in axes.patches] == list(values)
    assert [round(bar.get_y() + bar.get_height() / 2) for bar in axes.patches] == list(range(len(rows)))
    assert axes.yaxis_inverted(), "the first row is on top"
    names, beside = texts(axes)[: len(rows)], texts(axes)[len(rows) :]
    assert unwrapped(names) == unwrapped(labels)
    assert beside == [str(value) for value in values]
    assert [text.xy for text in axes.texts[len(rows) :]] == [(value, row) for row, value in enumerate(values)]
    assert axes.get_xlim() == (0, max(*values, 1)), "a bar begins at zero"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("", "")
    assert plt.get_fignums() == []


@settings(deadline=None, max_examples=15)
@given(st.integers(1, 60).flatmap(lambda n: st.lists(st.integers(0, n), min_size=1, max_size=5)), st.data())
def test_shares(counts, data):
    base = data.draw(st.integers(max(*counts, 1), 70))
    labels = [data.draw(label) for _ in counts]
    (axes,) = figures.shares(labels, [Share(count, base) for count in counts]).axes
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([100 * k / base for k in counts])
    names, beside = texts(axes)[: len(counts)], texts(axes)[len(counts) :]
    assert unwrapped(names) == unwrapped(labels)
    assert beside == [f"{(200 * k + base) // (2 * base)} % ({k} of {base})" for k in counts]
    assert axes.get_xlim() == (0, 100), "the scale ends at the whole"
    assert plt.get_fignums() == []


def test_squares():
    values = [Bound(4, 4), Bound(1, 3), Bound(0, 9)]
    (axes,) = figures.squares(["a", "b", "a"], values, ["full", "hatched", "hollow"]).axes
    dots = [one for one in axes.collections if isinstance(one, PathCollection)]
    assert [len(one.get_offsets()) for one in dots] == [4, 1, 0]
    assert [int(row) for one in dots for _, row in one.get_offsets()] == [0] * 4 + [1]
    kinds = [(to_hex(one.get_facecolor()[0]), len(one.get_paths()[0].vertices)) for one in dots]
    assert len(set(kinds)) == 3, "told apart without colour: filled, crossed, empty"
    assert kinds[0][0] == PALETTE["mark"]
    assert kinds[1][1] > kinds[2][1]
    lines = [one for one in axes.collections if isinstance(one, LineCollection)]
    assert [line.get_segments()[0].tolist() for line in lines] == [[[1, 1], [3, 1]], [[0, 2], [9, 2]]]
    assert texts(axes) == ["4", "1 to 3", "0 to 9"]
    assert labels_of(axes) == ["a", "b", "a"]
    assert axes.yaxis_inverted()


def test_two_lists():
    titles = ["Survey 1", "Survey 2: ranked", "Survey 2: not so much"]
    (axes,) = figures.two_lists(["a", "b", "c"], ["b", "d"], ["a"], titles, figures.WIDE).axes
    said = [text.get_text() for text in axes.texts]
    assert said == ["Survey 1", "a", "b", "c", *titles[1:2], "1", "b", "2", "d", titles[2], "a"]
    ends = {
        (tuple(line.get_xdata()), tuple(line.get_ydata())): line.get_linestyle() == "--"
        for line in axes.lines
    }
    # To the ranked one solid, to the minor one dashed.
    assert ends == {((0, 1), (1, 4)): True, ((0, 1), (2, 1)): False}
    assert axes.yaxis_inverted()


def test_a_wide_figure_is_wider_and_its_text_is_not():
    for width in (figures.NARROW, figures.WIDE):
        figure = figures.counts(["a"], [1], width)
        assert figure.get_figwidth() * 72 == pytest.approx(width)
        assert {text.get_fontsize() for text in figure.axes[0].texts} == {14}


def test_no_text_is_a_formula():
    figure = figures.counts(["from $5 to $6", "$\\frac$"], [1, 2])
    svg = to_svg(figure, "")
    assert "from $5 to $6</text>" in svg
    assert "$\\frac$</text>" in svg


@pytest.mark.parametrize(
    "draw",
    [
        lambda: figures.squares(["a"], [Bound(1, None)], ["full"]),
        lambda: figures.squares(["a"], [Bound(1, 2)], ["full", "full"]),
        lambda: figures.counts(["a"], [1, 2]),
        lambda: figures.shares(["a", "b"], [Share(1, 2)]),
    ],
)
def test_what_cannot_be_drawn_is_refused_and_leaves_no_figure_open(draw):
    with pytest.raises(ValueError, match=r"upper end|length|argument|number of FixedLocator"):
        draw()
    assert plt.get_fignums() == []


def test_the_style_stays_with_its_figure():
    before = dict(plt.rcParams)
    figures.counts(["a"], [1])
    assert dict(plt.rcParams) == before
