"""Finishing a built book as an edition: bar, citation, metadata, lock, files for catalogues, and checksums.

An edition is finished by the code and the settings of its own revision, so that nothing that comes later
changes a byte of it.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from keepinpact.book.inputs import HTML
from keepinpact.book.metadata import metadata
from keepinpact.editions.catalogues import catalogues, lead_to_files, write_catalogues
from keepinpact.editions.edition_bar import dress
from keepinpact.paper.citation import citation
from keepinpact.records import Edition
from keepinpact.settings import load_settings
from keepinpact.theme.page import change, read_pages

__all__ = ["SUMS", "finish", "sums"]

SUMS = "SHA256SUMS"
"""The file of an edition that lists the checksums of all others, as ``sha256sum --check`` takes it."""


def finish(tree: Path, target: Path, edition: Edition | None) -> None:
    """Copy the built book of a project into a folder, and finish and seal it there.

    Parameters
    ----------
    tree
        The project's folder; its ``_build/html`` holds the book.
    target
        The folder of the edition, which does not exist yet.
    edition
        The edition that the book is; None for the working copy.
    """
    settings = load_settings(tree)
    shutil.copytree(tree / HTML, target, ignore=shutil.ignore_patterns(".buildinfo"))
    cited = citation(tree, edition, settings.site_address)
    version, date = (edition.version, edition.date) if edition else ("dev", "")
    cited_files = ("CITATION.cff", "citation.bib", "citation.ris")
    steps = (
        dress(target, version, date, cited["line"], settings.site_address),
        metadata(target, tree, edition, settings),
        lead_to_files((*cited_files, *catalogues(tree, edition))),
    )
    change(target, read_pages(target), steps)
    for name in cited_files:
        (target / name).write_text(cited[name], encoding="utf-8")
    shutil.copyfile(tree / "requirements.txt", target / "requirements.txt")
    write_catalogues(tree, target, edition, settings)
    (target / SUMS).write_text(sums(target), encoding="utf-8")


def sums(folder: Path) -> str:
    """The SHA-256 of every file of an edition but of the list itself, a line each, sorted by name."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in files
    )
