"""The edition on paper: the built pages as one tagged PDF, the same bytes on every machine.

The articles are read into plain nodes, which ``document.typ`` typesets with Typst. No text becomes markup on
its way: Typst gets the nodes as data.

Typst comes as a wheel with its fonts inside, checks PDF/UA-1 while it writes, and gives the same bytes
everywhere. WeasyPrint would read the pages' own style sheets, but needs Pango and the fonts of the machine.
Given up with it: the look of the site, and tags that tell the heads of rows (shown bold) from other cells.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from keepinpact.paper.articles import SANS, PaperError, read_articles
from keepinpact.paper.citation import citation
from keepinpact.paper.parts import ANNEX, NAME, WORKBOOK, Part, papers_of
from keepinpact.paper.workbook import make_workbook
from keepinpact.records import Edition, edition_built
from keepinpact.theme.page import Page, Step, append

__all__ = [
    "PaperError",
    "Titles",
    "link_papers",
    "make_paper",
    "make_titles",
    "publish_paper",
]

_TEMPLATE = Path(__file__).with_suffix(".typ")


@dataclass(frozen=True)
class Titles:
    """What stands on the cover and the page after it."""

    title: str
    """The title, and after a colon the subtitle."""
    authors: str
    """Their names."""
    edition: str
    """Which edition this is, in words."""
    date: date | None
    """The edition's date; None for the working copy."""
    report: str
    """Who published the report, and when, in words."""
    imprint: Mapping[str, str]
    """Sentences by the word that they stand under."""
    address: str
    """Where this edition is published, ending in a slash; empty where it is not. Links to files that are no
    pages need it.
    """


def publish_paper(
    root: Path, html: Path, pages: Sequence[Page], parts: Sequence[Part], address: str
) -> list[str]:
    """Put the PDFs of a built book and the workbook of its tables beside its pages, and give their names.

    Parameters
    ----------
    root, html
        The project's folder and that of the built pages.
    pages, parts
        The pages, and their names in their order.
    address
        Where the site is published, without a slash at its end; empty where it is not.

    Raises
    ------
    PaperError
        If a page cannot be put on paper.
    """
    edition = edition_built()
    papers = papers_of(parts)
    for name, own in papers.items():
        others = [other for other in papers if other != name]
        (html / name).write_bytes(
            make_paper(html, pages, own, make_titles(root, edition, address, name, others))
        )
    titles = make_titles(root, edition, address)
    said = [
        f"{titles.edition}, {titles.authors}.",
        f"Made independently, from the report that {titles.report}.",
    ]
    sources = {head: text for head, text in titles.imprint.items() if head != "This PDF"}
    workbook = make_workbook(html, f"{titles.title}: tables", said, sources, titles.date)
    if workbook is None:
        return list(papers)
    (html / WORKBOOK).write_bytes(workbook)
    return [*papers, WORKBOOK]


def make_titles(
    root: Path, edition: Edition | None, address: str, name: str = NAME, others: Sequence[str] = ()
) -> Titles:
    """What stands on the cover of a PDF, from the project's citation file.

    Parameters
    ----------
    root
        The project's folder.
    edition
        The edition; None for the working copy.
    address
        Where the site is published, without a slash at its end; empty where it is not.
    name, others
        The file of the PDF, and the files that hold the rest of the edition.
    """
    cited = citation(root, edition, address)
    cff = yaml.safe_load(cited["CITATION.cff"])
    place = f"{address}/v/{edition.version if edition else 'dev'}/" if address else ""
    report = cff["references"][0]
    imprint = {
        "Cite this edition": cited["line"],
        "The report": f"{report['title']}. {_names(report)}, {report['year']}. {report['notes']}.",
        "Licence": f"{cff['license']} for our own text and data. "
        "The words of the report belong to their authors.",
        "This PDF": "It holds the words, figures and notes of the pages that its contents list; "
        "an arrow before a page leads to a page of this PDF. "
        + "".join(f"The other pages are in {other}. " for other in others)
        + "Tables that repeat a figure, the code and the data files are on the site of this edition"
        + (f": {place}" if place else "."),
    }
    return Titles(
        title=cff["title"] if name == NAME else f"{cff['title']}, annex",
        authors=_names(cff),
        edition=f"Edition {edition.version} of {edition.date}" if edition else "Working copy",
        date=date.fromisoformat(edition.date) if edition else None,
        report=f"{_names(report)} published in {report['year']}",
        imprint=imprint,
        address=place,
    )


def _names(work: Mapping[str, Any]) -> str:
    return ", ".join(author["name"] for author in work["authors"])


def make_paper(html: Path, pages: Sequence[Page], parts: Sequence[Part], titles: Titles) -> bytes:
    """The PDF of the book in a folder of built pages, with what stands on the cover.

    PaperError where a page holds an element that has no form on paper, or what cannot be typeset accessibly.
    """
    import typst

    named = {page.name.removesuffix(".html"): page for page in pages}
    articles = read_articles([named[name] for part in parts for name in part.pages], titles.address)
    main, _, subtitle = titles.title.partition(": ")
    book = {
        "title": titles.title,
        "main": main,
        "subtitle": subtitle[:1].upper() + subtitle[1:],
        "authors": titles.authors,
        "report": titles.report,
        "edition": titles.edition,
        "date": [titles.date.year, titles.date.month, titles.date.day] if titles.date else None,
        "imprint": list(titles.imprint.items()),
        "sans": SANS,
        "parts": [
            {"caption": part.caption, "pages": [{"name": p, "nodes": articles[p]} for p in part.pages]}
            for part in parts
        ],
    }
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(_matplotlib_fonts())])
    compiler = typst.Compiler(
        _TEMPLATE.read_bytes(), root=str(html), font_paths=fonts, sys_inputs={"book": json.dumps(book)}
    )
    try:
        pdf, warnings = compiler.compile_with_warnings(format="pdf", pdf_standards=["ua-1"])
    except typst.TypstError as error:
        raise PaperError(f"{NAME}: {error.diagnostic or error.message}") from error
    if warnings:
        raise PaperError(f"{NAME}: {'; '.join(warning.message for warning in warnings)}")
    assert isinstance(pdf, bytes)
    return pdf


def _matplotlib_fonts() -> Path:
    """Fonts that are the same on every machine, since the lock holds them; Typst itself has no sans serif."""
    found = find_spec("matplotlib")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "mpl-data/fonts/ttf"


def link_papers(names: Sequence[str]) -> Step:
    """The step that links these files at the end of a page's article."""
    said = {
        NAME: "The edition as a PDF",
        ANNEX: "its annex as a PDF",
        WORKBOOK: "its tables as a workbook",
    }

    def add_links(page: Page) -> None:
        if page.article:
            links = " · ".join(f'<a href="{page.root}{name}">{said[name]}</a>' for name in names)
            append(page.article, f'<p class="paper d-print-none">{links}</p>\n')

    return add_links
