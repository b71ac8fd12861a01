"""Pages that do not wear the theme: listings of data, what leads on, and what stands above the editions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from keepinpact.theme.template import fill

if TYPE_CHECKING:
    from keepinpact.records import Change, Edition

__all__ = ["ASSETS", "Site", "listing", "redirect", "site_pages"]

_FILES = Path(__file__).with_name("assets")
ASSETS = ("plain.css", "redirect.js")
"""What such pages use; the files stand in the static folder of a book, and above the editions."""


@dataclass(frozen=True)
class Site:
    """What the pages above the editions lead to."""

    name: str
    """What the book is called."""
    newest: str
    """The folder of the newest edition, in ``v/``."""
    front: str
    """Its front page, relative to it."""
    contents: Sequence[tuple[str, str]]
    """The captions of its parts, each with its first page."""
    address: str = ""
    """The published site's address; empty where there is none."""


def redirect(target: str, assets: str) -> str:
    """A page that leads on to another, with and without JavaScript, keeping the place in the page.

    ``assets`` is the way from it to the folder of :data:`ASSETS`: empty, or ending in a slash.
    """
    return fill("redirect.html", target=target, assets=assets)


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
    root = "../" * len(path.parent.parts)
    lines = text.removesuffix("\n").split("\n")
    return fill(
        "listing.html",
        name=name,
        file=path.name,
        front=f"{root}index.html",
        assets=f"{root}_static/",
        lines=lines,
        note=note,
    )


def site_pages(
    editions: Sequence[Edition],
    changed: Sequence[tuple[Edition, Edition, Sequence[Change]]],
    site: Site,
    withdrawn: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, str]:
    """The pages above the editions by name: the list, one for each pair of neighbours, the way in, no page.

    In the place of each page of a withdrawn edition stands a notice. What the pages use is among them.

    Parameters
    ----------
    editions
        The released editions, newest first.
    changed
        For each pair of neighbours the older, the newer, and what changed.
    site
        What they lead to.
    withdrawn
        The names of the chapters that each withdrawn edition had, by its version.
    """
    between = {new.version: f"changes/{old.version}-{new.version}.html" for old, new, _ in changed}
    leads = {"name": site.name, "front": site.front, "contents": site.contents}
    # The page that a server shows, at whatever address, where there is none; its links start at the site.
    path = urlsplit(site.address).path if site.address else None
    plain = {name: (_FILES / name).read_text(encoding="utf-8") for name in (*ASSETS, "not-found.js")}
    script = plain.pop("not-found.js")
    pages = {
        "editions.html": fill("editions.html", editions=editions, between=between, up="", assets="", **leads),
        "index.html": redirect(f"v/{site.newest}/{site.front}", ""),
        "404.html": fill("404.html", path=path, style=plain["plain.css"], script=script, up="", **leads),
        **plain,
    }
    for edition in (one for one in editions if one.withdrawn):
        chapters = [f"chapters/{name}.html" for name in (withdrawn or {}).get(edition.version, ())]
        for name in ("index.html", *chapters):
            up = "../" * (2 + name.count("/"))
            pages[f"v/{edition.version}/{name}"] = fill(
                "withdrawn.html", edition=edition, up=up, assets=up, **leads
            )
    for old, new, found in changed:
        groups = [
            (f"{kind.capitalize()}s", *_sorted(kind, found)) for kind in ("number", "figure", "verdict")
        ]
        pages[between[new.version]] = fill(
            "changes.html",
            old=old,
            new=new,
            words=" ".join(_in_words(*group) for group in groups),
            groups=[group for group in groups if any(group[1:])],
            up="../",
            assets="../",
            **leads,
        )
    return pages


def _sorted(kind: str, found: Sequence[Change]) -> tuple[list[Change], list[Change], list[Change]]:
    """The changes of a kind: of what both editions have, of what only the newer and only the older has."""
    of_kind = [one for one in found if one.kind == kind]
    return (
        [one for one in of_kind if one.old is not None and one.new is not None],
        [one for one in of_kind if one.old is None],
        [one for one in of_kind if one.new is None],
    )


def _in_words(heading: str, changed: list[Change], added: list[Change], gone: list[Change]) -> str:
    said = [
        f"{len(found)} {words}"
        for found, words in ((changed, "changed"), (added, "new"), (gone, "no longer published"))
        if found
    ]
    return f"{heading}: {', '.join(said) or 'none changed'}."
