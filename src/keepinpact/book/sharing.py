"""How a page shows itself where it is shared."""

from __future__ import annotations

from html import escape

__all__ = ["open_graph"]


def open_graph(title: str, description: str, site: str) -> str:
    """The tags that a page shows itself with where it is shared; without addresses, so without a picture."""
    tags = {"type": "article", "site_name": site, "title": title, "description": description}
    return "".join(
        f'<meta property="og:{name}" content="{escape(content)}" />\n'
        for name, content in tags.items()
        if content
    )
