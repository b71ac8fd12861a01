"""Show findings on a chapter's page: the only place where something is glued."""

from __future__ import annotations

from collections.abc import Mapping
from typing import overload

from myst_nb import glue

from keepinpact.findings.drawn import Drawing
from keepinpact.receipt import Finding

__all__ = ["show", "show_each"]


@overload
def show(key: str, what: Finding) -> None: ...


@overload
def show(key: str, what: Drawing) -> Drawing: ...


def show(key: str, what: Finding | Drawing) -> Drawing | None:
    """Show a finding where the page names its key, such as ``{glue:text}`KEY```.

    A key is a name of the page's own. Of a figure the table is shown as ``KEY``, the headline as
    ``KEY-headline`` and the note as ``KEY-note``; it is returned so that it can be the last thing in its
    cell.
    """
    if isinstance(what, Finding):
        glue(key, what.named(key), display=False)
        return None
    for end, finding in {
        "": what.table,
        "-headline": what.headline,
        "-note": what.note,
        **what.extra,
    }.items():
        glue(f"{key}{end}", finding.named(f"{key}{end}"), display=False)
    return what


def show_each(findings: Mapping[str, Finding]) -> None:
    """Show findings under their keys."""
    for key, finding in findings.items():
        show(key, finding)
