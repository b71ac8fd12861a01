"""How a page shows itself where it is shared."""

from __future__ import annotations

import json
from html import escape

from keepinpact.theme.template import ICON

__all__ = ["CARD", "card", "open_graph"]

CARD = "card.png"


def open_graph(title: str, description: str, site: str) -> str:
    """The tags that a page shows itself with where it is shared; a picture needs an address."""
    tags = {"type": "article", "site_name": site, "title": title, "description": description}
    return "".join(
        f'<meta property="og:{name}" content="{escape(content)}" />\n'
        for name, content in tags.items()
        if content
    )


def card(title: str) -> bytes:
    """The picture that the site is shared with, as PNG: its sign and its title.

    What stands behind the last colon of the title is its subtitle. ImportError without Typst.
    """
    from keepinpact.book.png import typeset
    from keepinpact.figures.svg import FONT, PALETTE

    main, _, subtitle = title.rpartition(": ")
    icon, *words = (
        json.dumps(text, ensure_ascii=False) for text in (ICON.read_text("utf-8"), main, subtitle)
    )
    return typeset(
        f"""#set page(width: 450pt, height: 236.25pt, margin: 30pt, fill: rgb("{PALETTE["ground"]}"))
#set text(font: "{FONT}", fill: rgb("{PALETTE["ink"]}"), hyphenate: false)
#set par(spacing: 9pt)
#image(bytes({icon}), format: "svg", width: 48pt)
#v(1fr)
#text(22pt, weight: "bold", {words[0]})

#text(15pt, {words[1]})
"""
    )
