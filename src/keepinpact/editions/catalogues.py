"""What catalogues and archives read of an edition, and the way to it from the page that tells of it."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from html import escape
from pathlib import Path

from keepinpact.editions.codebook import DDI, ddi_codebook
from keepinpact.editions.crate import CRATE, crate
from keepinpact.editions.software import BILL, LICENCES, bill_of_materials
from keepinpact.files import read_toml, write_whole
from keepinpact.records import Edition
from keepinpact.settings import Settings
from keepinpact.theme.page import Page, Step, parsed

__all__ = ["catalogues", "lead_to_files", "write_catalogues"]

_SECTION = "section#for-catalogues"
_SELF = "src/keepinpact/editions/catalogues.py"


def catalogues(tree: Path, edition: Edition | None) -> list[str]:
    """The files for catalogues that an edition gets.

    None for an edition that was released before there were any, whose data are of another form. The working
    copy is no crate, which has to have a date.
    """
    if not (tree / _SELF).exists():
        return []
    software = [BILL, LICENCES] if (tree / LICENCES).exists() else []
    return [DDI, *software, *([CRATE] if edition else [])]


def write_catalogues(tree: Path, target: Path, edition: Edition | None, settings: Settings) -> None:
    """Write them into the folder of an edition that is finished otherwise: the crate describes its files."""
    files = catalogues(tree, edition)
    if DDI in files:
        write_whole(target / DDI, ddi_codebook(tree, edition, settings.site_address))
    if BILL in files:
        project = read_toml(tree / "pyproject.toml", "pyproject.toml")["project"]
        bill = bill_of_materials(tree, project["name"], project["version"], edition)
        write_whole(target / BILL, bill)
        shutil.copyfile(tree / LICENCES, target / LICENCES)
    if edition and CRATE in files:
        write_whole(target / CRATE, crate(tree, target, edition, settings))


def lead_to_files(names: Collection[str]) -> Step:
    """The step that makes links of the names of files that an edition has, where the book tells of them.

    The book by itself has none of them, so that a link in the chapter would lead nowhere.
    """

    def link(page: Page) -> None:
        for code in page.tree.css(f"{_SECTION} code"):
            name = code.text()
            if name in names and code.parent and code.parent.tag != "a":
                (leading,) = parsed(f'<a href="{page.root}{escape(name)}">{code.html}</a>')
                code.replace_with(leading)

    return link
