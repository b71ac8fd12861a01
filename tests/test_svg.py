"""Drawings as SVG: text is text, colours are the palette's, and the bytes are the same on every run."""

import os
import re
import subprocess
import sys
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepinpact.data import ROOT
from keepinpact.figures import draw as figures
from keepinpact.figures.svg import PALETTE, measured, standalone, to_svg, wrapped
from keepinpact.numbers import Bound, Share

DRAWN = {
    "counts": lambda: figures.counts(
        ["A & B <1>", "A label that needs more room than a line has, surely"], [3, 1]
    ),
    "shares": lambda: figures.shares(["Yes", "No"], [Share(2, 3), Share(1, 3)]),
    "bounds": lambda: figures.squares(
        ["Here", "Bosnia and Herzegovina"], [Bound(2, 2), Bound(1, 4)], ["full", "hatched"]
    ),
    "two_lists": lambda: figures.two_lists(["a", "b"], ["b", "c"], ["a"], ["One: x", "Two", "Three"]),
}


def drawing(name: str) -> str:
    return to_svg(DRAWN[name](), 'What is "seen" & where')


def texts(svg: str) -> list[str]:
    return [one.text for one in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("name", DRAWN)
def test_a_drawing_is_small_plain_and_says_what_it_shows(name: str) -> None:
    svg = drawing(name)
    root = ElementTree.fromstring(svg)
    assert (root.get("role"), root.get("aria-label")) == ("img", 'What is "seen" & where')
    assert {one.tag.rpartition("}")[2] for one in root.iter()} <= {"svg", "path", "circle", "text"}
    assert not re.search(r"\bid=|style|clip|href", svg), "nothing that could meet another figure on the page"
    assert len(svg) < 4000
    assert plt.get_fignums() == []


def test_text_is_text() -> None:
    shown = texts(drawing("counts"))
    assert shown[0] == "A & B <1>"
    assert " ".join(shown[1:-2]) == "A label that needs more room than a line has, surely"
    assert len(shown) == 5, "a long label is broken into lines"
    assert texts(drawing("shares")) == ["Yes", "No", "67 % (2 of 3)", "33 % (1 of 3)"]


@pytest.mark.parametrize("name", DRAWN)
def test_every_colour_is_one_of_the_palette(name: str) -> None:
    svg = drawing(name)
    named = re.findall(r"var\(--figure-([\w-]+), (#[0-9a-f]{6})\)", svg)
    assert len(named) == svg.count("#")
    assert all(PALETTE[name] == colour for name, colour in named)
    assert set(re.findall(r'(?:fill|stroke)="([^"v]\w*)', svg)) <= {"none"}


def test_what_a_drawing_cannot_hold_is_refused() -> None:
    def plotted(**settings: object) -> plt.Figure:
        figure, axes = plt.subplots(facecolor="none")
        axes.set(facecolor="none")
        axes.set_axis_off()
        axes.text(0, 0, "words", **settings)
        plt.close(figure)
        return figure

    with pytest.raises(ValueError, match="palette"):
        to_svg(plotted(color="red"), "")
    with pytest.raises(ValueError, match="palette"):
        to_svg(plotted(color=PALETTE["ink"], alpha=0.5), "")
    with pytest.raises(ValueError, match="turned"):
        to_svg(plotted(color=PALETTE["ink"], rotation=90), "")


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def dark_palette() -> dict[str, str]:
    style = (ROOT / "_static/book.css").read_text(encoding="utf-8")
    return dict(re.findall(r"--figure-([\w-]+): (?:var\(--[\w-]+, )?(#[0-9a-f]{6})\)?;", style))


@pytest.mark.parametrize("palette", [dict(PALETTE), dark_palette()], ids=["light", "dark"])
def test_contrast(palette: dict[str, str]) -> None:
    assert set(palette) == set(PALETTE)
    assert contrast(palette["ink"], palette["ground"]) >= 7
    assert contrast(palette["quiet"], palette["ground"]) >= 4.5
    assert contrast(palette["on-mark"], palette["mark"]) >= 4.5
    assert contrast(palette["mark"], palette["ground"]) >= 3


@pytest.mark.long
def test_the_same_bytes_in_every_process() -> None:
    code = "import test_svg; print(*map(test_svg.drawing, test_svg.DRAWN))"
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=dict(os.environ) | {"PYTHONHASHSEED": seed, "PYTHONPATH": path},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert outputs.pop().decode() == " ".join(map(drawing, DRAWN)) + "\n"


@given(st.lists(st.text("abcW%", min_size=1, max_size=9), max_size=9), st.integers(20, 200))
def test_lines_are_as_long_as_they_may_be(words: list[str], width: int) -> None:
    lines = wrapped(" ".join(words), width)
    assert "".join(lines).replace(" ", "") == "".join(words)
    if all(measured(word) <= width for word in words):
        assert " ".join(lines).split() == words
    for line, following in zip(lines, [*lines[1:], ""], strict=False):
        assert measured(line) <= width or len(line) == 1
        if following:
            assert measured(f"{line} {following.split()[0]}") > width


def test_a_drawing_by_itself_has_its_headline_and_plain_colours() -> None:
    svg = drawing("bounds")
    alone = standalone(svg, "A finding that is long enough for more than one line", ["Base: some < all."])
    words = " ".join(texts(alone))
    assert words.startswith("A finding that is long enough for more than one line Base: some < all.")
    assert words.endswith(" ".join(texts(svg)))
    assert "var(" not in alone
    root, drawn = ElementTree.fromstring(alone), ElementTree.fromstring(svg)
    assert root.get("aria-label") == drawn.get("aria-label")
    assert float(root.get("height")) > float(drawn.get("height")) + 60
