"""What stands on every page of a published book: the bar of editions, the citation, the canonical link."""

from __future__ import annotations

from pathlib import Path

from keepinpact.theme.page import Page, Step, append, prepend
from keepinpact.theme.template import fill

__all__ = ["dress"]

_HERE = Path(__file__).parent


def dress(html: Path, version: str, date: str, line: str, address: str) -> Step:
    """The step that adds the edition bar, the citation line and the canonical link to a page of a built book.

    Parameters
    ----------
    html
        The folder of the built pages; the bar's script and styles are copied there.
    version, date
        Of the edition; ``dev`` and an empty date for the working copy.
    line
        The citation.
    address
        The published site's address; empty where there is none.
    """
    for name in ("edition-bar.js", "edition-bar.css"):
        (html / "_static" / name).write_bytes((_HERE / name).read_bytes())

    def add_bar(page: Page) -> None:
        if page.article is None:
            return
        values = {"root": page.root, "name": page.name, "version": version, "date": date}
        append(page.head, fill("edition-head.html", address=address, **values))
        prepend(page.article, fill("edition-bar.html", **values))
        append(page.article, fill("edition-cite.html", line=line, **values))

    return add_bar
