"""What executed chapters publish in the metadata of their outputs: numbers, figures, the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nbformat import NotebookNode
from sphinx.errors import ExtensionError

__all__ = ["collect_ledger", "collect_results"]


def collect_results(
    notebooks: Mapping[str, NotebookNode], pages: Mapping[str, tuple[int, int | None] | None]
) -> dict[str, Any]:
    """Collect the published numbers and figures from the outputs' metadata.

    Parameters
    ----------
    notebooks
        The executed chapters by name, in the order of the book.
    pages
        The pages of each section of the report. A number that rests on no section of its own is of the
        section that its chapter is about.

    Returns
    -------
    dict
        ``results``, the published numbers in the order of the pages, and ``figures``, the checksums of the
        figures' data; each entry has its ``chapter``.

    Raises
    ------
    ExtensionError
        If a chapter publishes two numbers, or two figures, under one key.
    """
    found: dict[str, dict[tuple[str, str], dict[str, Any]]] = {"results": {}, "figures": {}}
    for chapter, notebook in notebooks.items():
        for receipt in _published(notebook):
            kind, key = ("figures", "figure") if "figure" in receipt else ("results", "key")
            name = (chapter, receipt[key])
            if name in found[kind]:
                raise ExtensionError(f"{chapter}: the key {receipt[key]!r} is published twice")
            found[kind][name] = {**receipt, "chapter": chapter}
            if kind == "results" and receipt.get("section") is None and chapter in pages:
                found[kind][name] |= {"section": chapter, "pages": pages[chapter]}
    return {"format": 1} | {kind: list(entries.values()) for kind, entries in found.items()}


def collect_ledger(notebook: NotebookNode) -> dict[str, Any] | None:
    """The ledger that a chapter publishes in an output's metadata; None where it publishes none."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            found = output.get("metadata", {}).get("keepinpact_ledger")
            if found is not None:
                return dict(found)
    return None


def _published(notebook: NotebookNode) -> Iterator[dict[str, Any]]:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            for receipt in output.get("metadata", {}).get("keepinpact", []):
                yield dict(receipt)
