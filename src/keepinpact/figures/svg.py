"""A Matplotlib drawing as small and plain SVG: text stays text, and colours have names.

A page's style sheet sets the names (``--figure-ink`` and so on) for its dark theme; where it does not,
the light colours stand beside them. Text is measured in DejaVu Sans, which is wider than the fonts of the
common systems, so that what fits here fits there.

Matplotlib's own SVG (``svg.fonttype: none``, a fixed salt, no date) was tried on the ten figures of the book.
As it comes a figure has 1.1 to 2.9 times the bytes (0.3 to 1.1 KB more after gzip), a style for every
element of the page, names that other figures have too, and colours by value. Cleaned of these, every text
still where it is here, it takes 0.1 to 0.3 KB more. But that is some fifty lines that depend on how
Matplotlib writes SVG, in place of some ninety that depend on how it draws: too little is saved for heavier
pages and marks by reference.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape as escaped

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.textpath import TextToPath
from matplotlib.transforms import Affine2D, Transform

__all__ = ["FONT", "PALETTE", "SIZE", "measured", "standalone", "to_svg", "wrapped"]

PALETTE: Mapping[str, str] = {
    "ground": "#ffffff",
    "ink": "#1f2933",
    "quiet": "#52606d",
    "mark": "#1f6f8b",
    "on-mark": "#fefefe",
    "rule": "#c4cdd5",
}
"""The colours on light ground: text, lesser text, marks, text on marks, and lines that only guide the eye."""

FONT = "DejaVu Sans"
SIZE = 14
_SEGMENTS = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C"}
_ANCHORS = {"left": (0.0, ""), "center": (0.5, "middle"), "right": (1.0, "end")}
_CIRCLE = np.asarray(Path.unit_circle().vertices)
_MARGIN = 12


def measured(text: str, size: float = SIZE, weight: str = "normal") -> float:
    """How wide a text is at most, in units of the drawing."""
    font = FontProperties(family=FONT, size=size, weight=weight)
    width, _, _ = TextToPath().get_text_width_height_descent(text, font, ismath=False)
    return float(width)


def wrapped(text: str, width: float, size: float = SIZE, weight: str = "normal") -> list[str]:
    """Break a text into lines of at most a width: between words, and within one that is wider by itself."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measured(longer, size, weight) <= width:
            lines[-1] = longer
            continue
        while measured(word, size, weight) > width and len(word) > 1:
            ends = range(1, len(word))
            fits = bisect_right(ends, width, key=lambda end: measured(word[:end], size, weight))
            lines.append(word[: max(fits, 1)])
            word = word[max(fits, 1) :]
        lines.append(word)
    return lines


def to_svg(figure: Figure, alt: str) -> str:
    """Write a figure of 72 dots an inch as SVG, the same bytes on every run; ``alt`` says what is to be seen.

    ValueError where it holds a colour that is not of :data:`PALETTE`, a transparent one, turned text or an
    image.
    """
    renderer = _Renderer(figure.get_figwidth() * 72, figure.get_figheight() * 72)
    figure.draw(renderer)
    return _document(renderer.width, renderer.height, alt, renderer.shapes)


def standalone(svg: str, headline: str, notes: Sequence[str]) -> str:
    """A drawing of :func:`to_svg` to be shown by itself, in colours that any program knows.

    It stands below its headline and notes, which are paragraphs such as the measure and the base.
    """
    drawing = ElementTree.fromstring(svg)
    width, height = float(drawing.attrib["width"]), float(drawing.attrib["height"])
    texts, y = [], float(_MARGIN)
    for words, size, weight in [
        (headline, SIZE + 2, "bold"),
        *((note, SIZE - 2, "normal") for note in notes),
    ]:
        for line in wrapped(words, width, size, weight):
            y += 1.35 * size
            texts.append(_text(_MARGIN, y, line, size, weight))
        y += 6
    top = y + _MARGIN
    # Its shapes are the lines that _document was given.
    drawn = svg.splitlines()[2:-1]
    shapes = [*texts, f'<g transform="translate({_MARGIN} {_short(top)})">', *drawn, "</g>"]
    alt = drawing.attrib["aria-label"]
    composed = _document(width + 2 * _MARGIN, top + height + _MARGIN, alt, shapes)
    return re.sub(r"var\(--figure-[\w-]+, (#[0-9a-f]{6})\)", r"\1", composed)


def _document(width: float, height: float, alt: str, shapes: Sequence[str]) -> str:
    w, h = _short(width), _short(height)
    label = escaped(alt, {'"': "&quot;"})
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{label}" '
        f'width="{w}" height="{h}" viewBox="0 0 {w} {h}" font-family="system-ui, sans-serif" '
        f'font-size="{SIZE}" fill="{_named("ink")}">'
    )
    ground = f'<path fill="{_named("ground")}" d="M0 0H{w}V{h}H0Z"/>'
    return "\n".join([head, ground, *shapes, "</svg>\n"])


def _text(
    x: float, y: float, text: str, size: float, weight: str, colour: str = "ink", anchor: str = ""
) -> str:
    attributes = f' font-size="{_short(size)}"' if size != SIZE else ""
    attributes += f' font-weight="{weight}"' if weight != "normal" else ""
    attributes += f' text-anchor="{anchor}"' if anchor else ""
    attributes += f' fill="{_named(colour)}"' if colour != "ink" else ""
    return f'<text x="{_short(x)}" y="{_short(y)}"{attributes}>{escaped(text)}</text>'


def _named(name: str) -> str:
    return f"var(--figure-{name}, {PALETTE[name]})"


def _name(colour: Any) -> str:
    """What the palette calls an opaque colour."""
    for name, known in PALETTE.items():
        if to_rgba(colour) == to_rgba(known):
            return name
    raise ValueError(f"{colour} is no colour of the palette")


def _short(number: float) -> str:
    return f"{round(number, 1) + 0:g}"


class _Renderer(RendererBase):
    """What Matplotlib draws upon; it notes shapes and texts, top left being the origin."""

    def __init__(self, width: float, height: float) -> None:
        super().__init__()
        self.width, self.height = width, height
        self.shapes: list[str] = []

    def get_canvas_width_height(self) -> tuple[float, float]:
        return self.width, self.height

    def draw_path(
        self,
        gc: GraphicsContextBase,
        path: Path,
        transform: Transform,
        rgbFace: Any = None,  # noqa: N803
    ) -> None:
        paint = []
        filled = rgbFace is not None and to_rgba(rgbFace)[3] > 0
        paint.append(f'fill="{_named(_name(rgbFace)) if filled else "none"}"')
        if gc.get_linewidth() > 0 and gc.get_rgb()[3] > 0:
            paint.append(
                f'stroke="{_named(_name(gc.get_rgb()))}" stroke-width="{_short(gc.get_linewidth())}"'
            )
            if (dashes := gc.get_dashes()[1]) is not None:
                paint.append(f'stroke-dasharray="{" ".join(map(_short, np.asarray(dashes, float)))}"')
        elif not filled:
            return
        flipped = transform + Affine2D().scale(1, -1).translate(0, self.height)
        vertices = np.asarray(path.vertices)
        radius = vertices.max(initial=0)
        if vertices.shape == _CIRCLE.shape and np.allclose(vertices, radius * _CIRCLE):
            (x, y), (edge, _) = flipped.transform([[0, 0], [radius, 0]])
            shape = f'cx="{_short(x)}" cy="{_short(y)}" r="{_short(edge - x)}"'
            self.shapes.append(f"<circle {' '.join(paint)} {shape}/>")
            return
        drawn = "".join(
            "Z" if code == Path.CLOSEPOLY else _SEGMENTS[code] + " ".join(_short(point) for point in points)
            for points, code in path.iter_segments(flipped, simplify=False)
        )
        self.shapes.append(f'<path {" ".join(paint)} d="{drawn}"/>')

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: Any = False,
        mtext: Text | None = None,
    ) -> None:
        if angle:
            raise ValueError(f"turned text is hard to read: {s!r}")
        share, anchor = _ANCHORS[mtext.get_horizontalalignment() if mtext else "left"]
        size, weight = float(prop.get_size_in_points()), str(prop.get_weight())
        # Anchored as it is aligned, so that it keeps its place in a reader's narrower font. How a text of
        # several lines is aligned Matplotlib does not tell: align it left.
        x += share * measured(s, size, weight)
        self.shapes.append(_text(x, y, s, size, weight, _name(gc.get_rgb()), anchor))

    def draw_image(self, *_: Any, **__: Any) -> None:
        raise ValueError("a figure holds no image")
