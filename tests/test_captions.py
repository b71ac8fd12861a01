"""Headlines and alternative texts: true whatever the data say, and without a value."""

import re

from hypothesis import given
from hypothesis import strategies as st

from keepinpact.figures import captions
from keepinpact.numbers import Bound, Share

NAMES = ["Ash", "Birch", "Cedar", "Elm", "Fir", "Gum"]
rows = st.integers(1, len(NAMES)).flatmap(lambda n: st.lists(st.integers(0, 9), min_size=n, max_size=n))


def named(text: str) -> set[str]:
    return set(re.findall("“([^”]+)”", text))


def extremes(alt: str) -> tuple[set[str], set[str]]:
    longest, shortest = re.search("The longest bar(.*)The shortest bar(.*)", alt).groups()
    return named(longest), named(shortest)


def check_bars(caption: captions.Caption, values: list[int]) -> None:
    labels = NAMES[: len(values)]
    top = {label for label, value in zip(labels, values, strict=True) if value == max(values)}
    low = {label for label, value in zip(labels, values, strict=True) if value == min(values)}
    assert not re.search(r"\d", caption.headline + caption.alt)
    assert f"From top to bottom: {', '.join(labels)}." in caption.alt
    if len(top) == len(labels) > 1:
        assert caption.headline.startswith("No ")
        assert "All bars are equally long" in caption.alt
        return
    assert named(caption.headline) == top
    if len(labels) > 1:
        assert extremes(caption.alt) == (top, low)


@given(rows)
def test_counts(values: list[int]) -> None:
    caption = captions.counts(NAMES[: len(values)], values, "listed trees", "wood")
    check_bars(caption, values)
    assert "listed trees" in caption.headline


@given(rows, st.integers(0, 9))
def test_shares(values: list[int], more: int) -> None:
    base = max(*values, 1) + more
    caption = captions.shares(NAMES[: len(values)], [Share(value, base) for value in values], "Wood")
    check_bars(caption, values)
    if not caption.headline.startswith("No "):
        assert caption.headline.startswith("More than half") == (2 * max(values) > base)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=len(NAMES)))
def test_bounds(ends: list[tuple[int, int]]) -> None:
    values = [Bound(min(end), max(end)) for end in ends]
    labels = NAMES[: len(values)]
    caption = captions.bounds(labels, values, "trees", "wood")
    # Ahead in every case: with its own smallest count and the largest of all others.
    ahead = [
        label
        for row, label in enumerate(labels)
        if all(values[row].low > other.high for at, other in enumerate(values) if at != row)
    ]
    assert not re.search(r"\d", caption.headline + caption.alt)
    settled = [label for label, value in zip(labels, values, strict=True) if value.settled]
    nobody = "No wood has more" if len(settled) == len(labels) else "No wood certainly has more"
    assert caption.headline.startswith(f"{ahead[0]} has more trees" if ahead else nobody)
    state = {0: "no count", len(labels): "every count"}.get(len(settled), "not every count")
    assert caption.headline.endswith(f"{state} is settled")
    given = captions.bounds(labels, values, "trees", "wood", "if it rains").headline
    assert given == f"{caption.headline} if it rains"
    assert ("Settled: " + ", ".join(settled) + "." in caption.alt) == bool(settled)
    assert ("Not settled" in caption.alt) == (len(settled) < len(labels))


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=5))
def test_returns(lists: list[tuple[bool, bool, bool]]) -> None:
    before, ranked, minor = (list(column) for column in zip(*lists, strict=True))
    words = re.match(
        "(All|Some|None) of the .* return .*; (all|some|none) are",
        captions.returns(before, ranked, minor).headline,
    ).groups()

    def amount(later: list[bool]) -> str:
        of_before = {two for one, two in zip(before, later, strict=True) if one}
        return {frozenset({True}): "all", frozenset({True, False}): "some"}.get(frozenset(of_before), "none")

    assert [word.lower() for word in words] == [amount(ranked), amount(minor)]
