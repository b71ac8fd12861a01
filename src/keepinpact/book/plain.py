"""Pages that do not wear the theme: listings of data, what leads on, and what stands above the editions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from keepinpact.theme.template import fill

if TYPE_CHECKING:
    from keepinpact.records import Change, Edition

__all__ = ["listing", "redirect", "site_pages"]


def redirect(target: str) -> str:
    """A page that leads on to another, with and without JavaScript, keeping the place in the page."""
    return fill("redirect.html", target=target)


def listing(name: str, text: str, note: str = "") -> str:
    """A page with the lines of a data file, each with its anchor: ``#L12`` is line 12.

    Parameters
    ----------
    name
        The file, relative to the book; the page stands beside it.
    text
        What it holds.
    note
        What has to be known before it is used, in plain text.
    """
    path = PurePosixPath(name)
    front = "../" * len(path.parent.parts) + "index.html"
    lines = text.removesuffix("\n").split("\n")
    return fill("listing.html", name=name, file=path.name, front=front, lines=lines, note=note)


def site_pages(
    editions: Sequence[Edition],
    changed: Sequence[tuple[Edition, Edition, Sequence[Change]]],
    newest: str,
    address: str = "",
) -> dict[str, str]:
    """The pages above the editions by name: the list, one for each pair of neighbours, the way in, no page.

    Parameters
    ----------
    editions
        The released editions, newest first.
    changed
        For each pair of neighbours the older, the newer, and what changed.
    newest
        The front page of the newest edition, relative to the site.
    address
        The published site's address; empty where there is none.
    """
    between = {new.version: f"changes/{old.version}-{new.version}.html" for old, new, _ in changed}
    path = urlsplit(address).path if address else None
    pages = {
        "editions.html": fill("editions.html", editions=editions, between=between),
        "index.html": redirect(newest),
        # The page that a server shows, at whatever address, where there is none; its links start at the site.
        "404.html": fill("404.html", path=path),
    }
    for old, new, found in changed:
        pages[between[new.version]] = fill("changes.html", old=old, new=new, found=found)
    return pages
