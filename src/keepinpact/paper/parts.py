"""The pages of a book in the order of its table of contents, and the files that they go into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keepinpact.faults import DataError, Fault
from keepinpact.files import read_whole

__all__ = ["ANNEX", "NAME", "WORKBOOK", "Part", "load_parts", "papers_of", "parts_of"]

NAME = "keepinpact.pdf"
ANNEX = "keepinpact-annex.pdf"
WORKBOOK = "keepinpact-tables.xlsx"


@dataclass(frozen=True)
class Part:
    """Pages that follow each other under one caption, by name (such as ``chapters/about``)."""

    caption: str
    pages: tuple[str, ...]


def parts_of(toc: Any) -> list[Part]:
    """The parts of a table of contents, as ``sphinx_external_toc`` reads it, and its first page."""

    def below(document: str) -> Iterator[str]:
        yield document
        for child in toc[document].child_files():
            yield from below(child)

    parts = [Part("", (toc.root.docname,))]
    for part in toc.root.subtrees:
        if pages := tuple(page for child in part.files() for page in below(child)):
            parts.append(Part(part.caption or "", pages))
    return parts


def load_parts(root: Path) -> list[Part]:
    """The parts of a project's table of contents, ``_toc.yml``; DataError where it cannot be read."""
    import yaml
    from sphinx_external_toc.parsing import MalformedError, parse_toc_yaml

    name = "_toc.yml"
    read_whole(root / name, name)
    try:
        return parts_of(parse_toc_yaml(root / name))
    except (MalformedError, yaml.YAMLError, RecursionError) as error:
        raise DataError([Fault(name, 0, "", "", f"is a readable table of contents ({error})")]) from None


def papers_of(parts: Sequence[Part]) -> dict[str, list[Part]]:
    """The parts of each PDF by its name: those whose caption begins with "Annex" have one of their own."""
    papers: dict[str, list[Part]] = {}
    for part in parts:
        papers.setdefault(ANNEX if part.caption.startswith("Annex") else NAME, []).append(part)
    return papers
