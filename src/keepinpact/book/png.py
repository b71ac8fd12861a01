"""Drawings as PNG, by way of Typst, which the PDF needs too."""

from __future__ import annotations

import json

from matplotlib import get_data_path

from keepinpact.figures.svg import FONT

__all__ = ["to_png", "typeset"]


def to_png(svg: str) -> bytes:
    """A drawing that stands by itself as PNG, two dots a unit, in the font that its text was measured in.

    ImportError without Typst.
    """
    text = json.dumps(svg.replace("system-ui, sans-serif", FONT), ensure_ascii=False)
    return typeset(f'#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes({text}), format: "svg")')


def typeset(page: str) -> bytes:
    """A page in Typst's language as PNG, with Matplotlib's fonts; ImportError without Typst."""
    import typst

    fonts = typst.Fonts(include_system_fonts=False, font_paths=[f"{get_data_path()}/fonts/ttf"])
    made = typst.compile(page.encode(), format="png", ppi=192, font_paths=fonts)
    assert isinstance(made, bytes)
    return made
