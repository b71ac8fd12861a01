"""What executed chapters publish in the metadata of their outputs, and what pages need to know of the data.

Both are kept as plain JSON beside the executed chapters: a page that is built again needs neither the
notebooks of the other chapters nor the loaders.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml
from nbformat import NotebookNode
from sphinx.errors import ExtensionError

from keepinpact.book.apart import apart
from keepinpact.book.execute import executed
from keepinpact.files import write_json
from keepinpact.paths import SHARED

__all__ = [
    "Drawn",
    "collect_ledger",
    "collect_results",
    "drawn",
    "kept",
    "known_of",
    "published",
    "publishes",
    "statements_file",
]


@dataclass(frozen=True)
class Drawn:
    """A figure of an executed chapter.

    Attributes
    ----------
    svg, wide
        The drawing, and the wide one if there is one.
    csv
        Its numbers.
    layer, coding, source
        What they rest on, what this edition did to them, and the lines of the data that they come from.
    item, wave
        What of the codebook was asked, and in which survey in words, where the cell says so.
    """

    svg: str
    wide: str
    csv: str
    layer: str
    coding: str
    source: Sequence[Mapping[str, Any]]
    item: str = ""
    wave: str = ""


def publishes(notebook: NotebookNode | None) -> dict[str, Any]:
    """What a chapter publishes: its ``receipts``, its ``ledger`` and its ``states`` (None where it has none).

    Parameters
    ----------
    notebook
        The executed chapter; None for one without code.
    """
    metadata = [] if notebook is None else list(_metadata(notebook))
    ledgers = [found["keepinpact_ledger"] for found in metadata if "keepinpact_ledger" in found]
    return {
        "receipts": [receipt for found in metadata for receipt in found.get("keepinpact", [])],
        "ledger": ledgers[0] if ledgers else None,
        "states": next(
            (found["keepinpact_states"] for found in metadata if "keepinpact_states" in found), None
        ),
    }


def _metadata(notebook: NotebookNode) -> Iterator[Mapping[str, Any]]:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            yield output.get("metadata", {})


def _figures(notebook: NotebookNode | None) -> dict[str, Drawn]:
    """The figures of an executed chapter by name; none of one without code."""
    found = {}
    for cell in [] if notebook is None else notebook.cells:
        name = cell.metadata.get("mystnb", {}).get("figure", {}).get("name")
        about = cell.metadata.get("keepinpact", {})
        for output in cell.get("outputs", []):
            if name and "image/svg+xml" in output.get("data", {}):
                known = {key: value for key, value in output.metadata.items() if key in Drawn.__annotations__}
                found[name] = Drawn(svg=output.data["image/svg+xml"], **known, **about)
    return found


def kept(chapters: Iterable[Path], root: Path, cache: Path) -> dict[Path, Path]:
    """Where what each chapter publishes is kept, by its text and the book's settings.

    Parameters
    ----------
    chapters
        Markdown files.
    root
        The folder of the project.
    cache
        The folder of the chapters executed with the present data and code.
    """
    # The settings themselves have no stable form; they come from this file.
    settings = root / "_config.yml"
    first = settings.read_bytes() if settings.is_file() else b""
    return {
        chapter: cache / "published" / f"{hashlib.sha256(first + chapter.read_bytes()).hexdigest()}.json"
        for chapter in chapters
    }


def drawn(note: Path) -> dict[str, Drawn]:
    """The figures of a chapter by name, from where what it publishes is kept."""
    figures = json.loads(_beside(note).read_text(encoding="utf-8"))
    return {name: Drawn(**figure) for name, figure in figures.items()}


def _beside(note: Path) -> Path:
    return note.with_suffix(".figures.json")


def published(
    notes: Mapping[Path, Path],
    root: Path,
    cache: Path,
    config: Any = None,
    progress: Callable[[str], None] = print,
) -> dict[str, dict[str, Any]]:
    """What all chapters publish, after executing those that have not been executed with the present data.

    Parameters
    ----------
    notes
        What :func:`kept` returns.
    root
        The folder of the project.
    cache
        The folder of the chapters executed with the present data and code.
    config
        The settings the chapters are parsed with.
    progress
        Called with a line for each chapter executed.

    Returns
    -------
    dict
        By the chapters' names, in their order, what :func:`publishes` returns, and ``rests_on``: what
        forces an implied number, in words, by the number's key.

    Raises
    ------
    keepinpact.book.execute.ExecutionError
        If cells fail.
    """
    if unknown := [chapter for chapter, note in notes.items() if not note.is_file()]:
        notebooks = executed(unknown, cache, progress=progress, config=config)
        (cache / "published").mkdir(exist_ok=True)
        found = [publishes(notebooks.get(chapter.stem)) for chapter in unknown]
        words = _words([one["receipts"] for one in found], root, cache / "published")
        for chapter, one, forced in zip(unknown, found, words, strict=True):
            figures = _figures(notebooks.get(chapter.stem))
            write_json(_beside(notes[chapter]), {name: asdict(figure) for name, figure in figures.items()})
            write_json(notes[chapter], one | {"rests_on": forced})
    return {chapter.stem: json.loads(note.read_text(encoding="utf-8")) for chapter, note in notes.items()}


def _words(receipts: Sequence[Sequence[Mapping[str, Any]]], root: Path, kept: Path) -> list[dict[str, str]]:
    """The same as :func:`_in_words`; of receipts that were there before as it was then."""
    notes = [
        kept / f"words-{hashlib.sha256(json.dumps(one, sort_keys=True).encode()).hexdigest()}.json"
        for one in receipts
    ]
    unknown = [place for place, note in enumerate(notes) if not note.is_file()]
    if unknown:
        found = apart(_in_words, [receipts[place] for place in unknown], root)
        for place, one in zip(unknown, found, strict=True):
            write_json(notes[place], one)
    return [json.loads(note.read_text(encoding="utf-8")) for note in notes]


def _in_words(receipts: Sequence[Sequence[Mapping[str, Any]]], root: Path) -> list[dict[str, str]]:
    """What forces each chapter's implied numbers, by key; not those that the responses alone force."""
    forced = [
        {
            receipt["key"]: receipt["rests_on"]
            for receipt in of_chapter
            if any(support["kind"] != "responses" for support in receipt.get("rests_on", []))
        }
        for of_chapter in receipts
    ]
    if not any(forced):
        return forced
    from keepinpact.data import load_statements
    from keepinpact.findings.implied import in_words
    from keepinpact.receipt import Support

    report = load_statements(root)
    return [
        {key: in_words([Support(**one) for one in found], report) for key, found in of_chapter.items()}
        for of_chapter in forced
    ]


def known_of(root: Path, cache: Path) -> dict[str, Any]:
    """What pages need to know of the data, worked out once.

    Returns
    -------
    dict
        ``sections`` of the report by id, each with its ``place`` in words, its ``pages``, and these in words
        (``paged``); ``statements`` by id, each with id, section and quote; ``items`` of the codebook;
        ``answered``, those of them that released responses hold answers to, or None without released
        responses; ``asked``, what each item asks; ``charts`` of the report by id, each with its item and
        wave; ``places``, the section of each line of a file that stands in one; ``published``, the data
        files that the book publishes. A book without statements knows only these.
    """
    note = cache / "known.json"
    if not note.is_file():
        write_json(note, apart(_known, root, cache))
    return dict(json.loads(note.read_text(encoding="utf-8")))


def _known(root: Path, cache: Path) -> dict[str, Any]:
    os.environ[SHARED] = str(cache.resolve())
    from keepinpact.data import (
        ITEMS,
        STATEMENTS,
        cite,
        load_charts,
        load_codebook,
        load_items,
        load_lines,
        load_responses,
        load_statements,
        paged,
    )
    from keepinpact.settings import load_settings

    published = list(load_settings(root).published)
    if not (root / STATEMENTS).is_file():
        nothing: dict[str, Any] = {key: {} for key in ("sections", "statements", "asked", "charts", "places")}
        return nothing | {"items": [], "answered": None, "published": published}
    report, codebook, responses = load_statements(root), load_codebook(root), load_responses(root)
    items, lines, charts = load_items(root), load_lines(root), load_charts(root)
    asked = codebook[codebook["variable"] == "item"].set_index("code")["definition"]
    return {
        "sections": {
            one.id: {
                "place": cite(report, one.id),
                "pages": (pages := report.pages(one.id)),
                "paged": paged(pages) if pages else "",
            }
            for one in report.sections
        },
        "statements": {
            one.id: {"id": one.id, "section": one.section, "quote": one.quote} for one in report.statements
        },
        "items": sorted(asked.index),
        "asked": dict(asked),
        "charts": {one.id: {"item": one.item, "wave": one.wave} for one in charts.itertuples()},
        "places": {
            STATEMENTS: {str(lines.statements[one.id]): one.section for one in report.statements},
            ITEMS: {str(line): section for line, section in items["section"].items()},
        },
        "answered": sorted(responses.held) if responses.layer == "responses" else None,
        "published": published,
    }


def collect_results(
    chapters: Mapping[str, Mapping[str, Any]], pages: Mapping[str, Sequence[int | None] | None]
) -> dict[str, Any]:
    """Collect the published numbers and figures.

    Parameters
    ----------
    chapters
        What :func:`publishes` returns, by the chapters' names, in the order of the book.
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
    for chapter, content in chapters.items():
        for receipt in content["receipts"]:
            kind, key = ("figures", "figure") if "figure" in receipt else ("results", "key")
            name = (chapter, receipt[key])
            if name in found[kind]:
                raise ExtensionError(f"{chapter}: the key {receipt[key]!r} is published twice")
            found[kind][name] = {**receipt, "chapter": chapter}
            if kind == "results" and receipt.get("section") is None and chapter in pages:
                found[kind][name] |= {"section": chapter, "pages": pages[chapter]}
    return {"format": 1} | {kind: list(entries.values()) for kind, entries in found.items()}


def collect_ledger(chapters: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """The ledger that a chapter publishes; None where none does."""
    return next((content["ledger"] for content in chapters.values() if content["ledger"] is not None), None)


def statements_file(root: Path) -> str | None:
    """The statements file as JSON, in its own order, for whoever cannot read YAML.

    None for a book without statements.
    """
    file = root / "data/report/statements.yml"
    if not file.is_file():
        return None
    # It was validated before; what a reader of its own reads otherwise (010, 1:30) is no valid number there.
    content = yaml.load(file.read_text(encoding="utf-8-sig"), Loader=yaml.CSafeLoader)
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
