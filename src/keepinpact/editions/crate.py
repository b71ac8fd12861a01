"""An edition as an RO-Crate: what its files are, what made them, and what they rest on.

RO-Crate Metadata Specification 1.2, https://w3id.org/ro/crate/1.2. The facts come from ``CITATION.cff``,
``data/datapackage.json``, the settings, the lock and the files themselves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from selectolax.lexbor import LexborHTMLParser

from keepinpact.book.metadata import organizations
from keepinpact.data import load_package
from keepinpact.editions.codebook import DDI
from keepinpact.editions.software import BILL, LICENCES
from keepinpact.paper.parts import ANNEX, NAME, WORKBOOK
from keepinpact.records import Edition
from keepinpact.settings import Settings, load_citation

__all__ = ["CRATE", "crate"]

CRATE = "ro-crate-metadata.json"
"""The file of an edition that describes all others, but for the list of checksums, which is made after it."""

_SPECIFICATION = "https://w3id.org/ro/crate/1.2"

# Python's own table is another on each machine.
_FORMATS = {
    ".bib": "application/x-bibtex",
    ".cff": "application/yaml",
    ".css": "text/css",
    ".csv": "text/csv",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".md": "text/markdown",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".py": "text/x-python",
    ".ris": "application/x-research-info-systems",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".woff2": "font/woff2",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xml": "application/xml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}
_UNKNOWN = "application/octet-stream"

_KNOWN = {
    "CITATION.cff": "How the edition is cited.",
    "citation.bib": "How the edition is cited, for BibTeX.",
    "citation.ris": "How the edition is cited, for reference managers.",
    "data/datapackage.json": "The description of the data files, as a Data Package.",
    DDI: "The surveys behind the report, as far as they are known, as a DDI codebook.",
    BILL: "The software that the edition was built with, as a CycloneDX bill of materials.",
    LICENCES: "The licences of that software, as its packages name them.",
    "requirements.txt": "The software that the edition was built with, locked with checksums.",
    "results.json": "Every published number with what it rests on.",
    "statements.json": "Every statement of the report with its verdict.",
    NAME: "The chapters of the edition on paper.",
    ANNEX: "The annex of the edition on paper.",
    WORKBOOK: "The tables of the edition as a workbook.",
}
_FOLDERS = {
    "_downloads": "A file that a page offers.",
    "_images": "A picture of a page.",
    "_sources": "The source of a page: its text and its code.",
    "_static": "Part of how the pages look and work.",
    "data": "A file of the data, or a page that shows it.",
    "figures": "A figure, its numbers, or a page about it.",
    "schemas": "The schema of a published file.",
}


def crate(tree: Path, folder: Path, edition: Edition, settings: Settings) -> str:
    """What an edition is, as JSON; it describes each file of the folder.

    Parameters
    ----------
    tree
        The project's folder.
    folder
        The edition, finished but for this file.
    edition
        The edition; what has no date is no crate.
    settings
        What is not set is left out.

    Raises
    ------
    keepinpact.data.DataError
        If the description of the data cannot be read.
    """
    cff = load_citation(tree)
    package = load_package(tree)
    files = list(_files(folder, package))
    makers = _identified(organizations(cff))
    contact = list(_contact(settings))
    for one in makers if contact else ():
        one["contactPoint"] = _to(contact)
    source = cff["references"][0]
    authors = _identified(organizations(source))
    licences = [
        _entity(
            one["path"], "CreativeWork", one["title"], description=f"Licence {one['name']}: {one['title']}."
        )
        for one in package["licenses"]
    ]
    software = list(_software(tree, edition, settings))
    root = _entity(
        "./",
        "Dataset",
        cff["title"],
        description=cff.get("abstract", cff["title"]),
        version=edition.version,
        datePublished=edition.date,
        inLanguage="en",
        keywords=cff["keywords"],
        license=_to(licences),
        author=_to(makers),
        publisher=_to(makers),
        isBasedOn={"@id": "#report"},
        mentions={"@id": "#build"},
        hasPart=_to(files),
    )
    if settings.site_address:
        root["url"] = f"{settings.site_address}/v/{edition.version}/"
    report = _entity(
        "#report",
        "ScholarlyArticle",
        source["title"],
        description=source["notes"],
        author=_to(authors),
        datePublished=f"{source['year']}-{source['month']:02}",
        url=source["url"],
    )
    made = _entity(
        "#build",
        "CreateAction",
        "The build of this edition",
        description=f"Built from revision {edition.revision} of the project.",
        instrument=_to(software),
        object=_to([file for file in files if file["@id"].startswith("data/")]),
        result={"@id": "./"},
    )
    descriptor = _entity(CRATE, "CreativeWork", "The description of this edition")
    descriptor |= {"about": {"@id": "./"}, "conformsTo": {"@id": _SPECIFICATION}}
    named = {one["@id"]: one for one in [*makers, *authors]}
    graph = [descriptor, root, report, made, *software, *licences, *named.values(), *contact, *files]
    whole = {"@context": f"{_SPECIFICATION}/context", "@graph": graph}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _entity(identifier: str, kind: str, name: str, **properties: Any) -> dict[str, Any]:
    return {"@id": identifier, "@type": kind, "name": name, **properties}


def _to(entities: list[dict[str, Any]]) -> Any:
    """What leads to entities: a list only where there are several."""
    leads = [{"@id": one["@id"]} for one in entities]
    return leads[0] if len(leads) == 1 else leads


def _identified(named: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same, each with a name in the crate."""
    return [{"@id": f"#{quote(one['name'].replace(' ', '-'))}", **one} for one in named]


def _contact(settings: Settings) -> Iterator[dict[str, Any]]:
    if address := settings.contact:
        by_mail = "@" in address and not address.startswith("https://")
        leads = {"email": address} if by_mail else {"url": address}
        yield _entity("#contact", "ContactPoint", "Where to write in confidence", **leads)


def _software(tree: Path, edition: Edition, settings: Settings) -> Iterator[dict[str, Any]]:
    """The package of the edition, and what of the lock builds pages."""
    kept = settings.repository
    said = (
        "" if kept else " Where it is kept is not published; the address is that of the edition's first page."
    )
    yield _entity(
        "#keepinpact",
        "SoftwareApplication",
        "keepinpact",
        description=f"The package that audits, computes, draws and builds this edition.{said}",
        version=edition.version,
        url=kept or "index.html",
    )
    lock = (tree / "requirements.txt").read_text(encoding="utf-8")
    if found := re.search(r"^jupyter-book==(\S+)", lock, re.MULTILINE):
        yield _entity(
            "https://jupyterbook.org/",
            "SoftwareApplication",
            "Jupyter Book",
            description="What executes the chapters and writes the pages.",
            version=found[1],
            url="https://jupyterbook.org/",
        )


def _files(folder: Path, package: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Each file of an edition but its description, sorted by name."""
    data = {f"data/{one['path']}": one["description"] for one in package["resources"]}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if name == CRATE:
            continue
        title = _title(path) if path.suffix == ".html" else ""
        told = data.get(name) or _KNOWN.get(name) or _FOLDERS.get(PurePosixPath(name).parts[0], "")
        yield _entity(
            quote(name),
            "File",
            title or name,
            description=told or "A page of the edition." if title else told or "A file of the edition.",
            encodingFormat=_FORMATS.get(path.suffix, _UNKNOWN),
            contentSize=str(path.stat().st_size),
        )


def _title(page: Path) -> str:
    found = LexborHTMLParser(page.read_text(encoding="utf-8")).css_first("title")
    return found.text().strip() if found else ""
