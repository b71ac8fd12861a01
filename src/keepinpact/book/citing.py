"""How a figure, a number and a statement are cited: the report, its pages, the edition, and the caveat.

Pure functions, but for :func:`citing`, which reads the project's citation file and settings.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from keepinpact.files import read_whole, write_json
from keepinpact.numbers import either
from keepinpact.paths import EDITION
from keepinpact.theme.page import Page, append
from keepinpact.theme.template import fill

__all__ = ["Citing", "cite_entries", "citing", "number_cited"]

_LAYERS: Mapping[str, str] = {
    "implied": "worked out from what the report prints",
    "reconstructed": "counted in a reconstruction, which is nobody’s answers",
    "responses": "counted in the released responses",
}
_VERDICTS: Mapping[str, str] = {
    "conditional": "it holds with all other statements of the report, "
    "but not with every assumption that the edition weighed",
    "contradicted": "it cannot hold together with other statements of the report",
    "otherwise": "it was recounted otherwise",
}

_LISTED = " (listed, not counted)"
_COUNTED = "lines of what is printed, counted by the edition; no count of respondents"


@dataclass(frozen=True)
class Citing:
    """What every citation names.

    Attributes
    ----------
    report, edition
        The report and the edition, each in a sentence.
    short
        Both, as the source of a figure names them.
    address
        Where the edition is published, with a slash at its end; empty where it is not.
    """

    report: str
    edition: str
    short: tuple[str, str]
    address: str

    def full(self, what: str, place: str, page: str) -> str:
        """Cite something of the report that a page of the edition shows.

        ``what`` it is, and its ``place`` in the report (empty where it has none), in words; ``page`` is
        relative to the book.
        """
        where = f", {place}" if place else ""
        named = f" {self.address}{page}" if self.address else ""
        return f"{what}. {self.report}{where}. As given in: {self.edition}{named}"

    def line(self, place: str) -> str:
        """The source of a figure in a line."""
        report, edition = self.short
        return f"Source: {report}{f', {place}' if place else ''}; {edition}"


def citing(root: Path, cache: Path) -> Citing:
    """What citations name in the book of a project; kept, since the loaders take long to import.

    ``cache`` is a folder for that.
    """
    from_files = [read_whole(root / name, name) for name in ("CITATION.cff", "pyproject.toml")]
    edition = os.environ.get(EDITION, "")
    key = hashlib.sha256("\n".join([*from_files, edition]).encode()).hexdigest()[:16]
    note = cache / f"citing-{key}.json"
    if not note.is_file():
        write_json(note, asdict(_citing(root)))
    return Citing(**json.loads(note.read_text(encoding="utf-8")))


def _citing(root: Path) -> Citing:
    from keepinpact.paper.citation import citation
    from keepinpact.records import edition_built
    from keepinpact.settings import load_citation, load_settings

    edition = edition_built()
    known = load_citation(root)
    report, title = known["references"][0], known["title"].rpartition(": ")[2]
    authors = " and ".join(author["name"] for author in report["authors"])
    address, version = load_settings(root).site_address, edition.version if edition else ""
    return Citing(
        report=f"{authors} ({report['year']}): {report['title']}. {report['notes']}",
        edition=citation(root, edition, "")["line"],
        short=(
            f"{authors} {report['year']}",
            f"{title}, {f'edition {version}' if edition else 'working copy'}",
        ),
        address=f"{address}/v/{version or 'dev'}/" if address else "",
    )


def number_cited(
    receipt: Mapping[str, Any], number: str, statements: Sequence[Mapping[str, Any]]
) -> tuple[str, str]:
    """What a number is, with its caveat, and which section it rests on, as a citation has it.

    Parameters
    ----------
    receipt
        As in ``results.json``.
    number
        The number in short.
    statements
        Those that it rests on, as in ``statements.json``.
    """
    # The caveat says what was counted, and how.
    measure = f" {receipt['measure'].removesuffix(_LISTED)}" if receipt.get("measure") else ""
    said = [f"“{one['quote']}”" for one in statements]
    quotes = either(said, "and")
    what = quotes if said and receipt["layer"] == "printed" else f"{number}{measure}"
    if said and what != quotes:
        what += f", about {quotes}"
    caveats = []
    if "percentage" in receipt:
        fits = either([f"{one['count']} of {one['base']}" for one in receipt.get("candidates", ())])
        caveats.append(f"base not printed; {fits}" if fits else "base not printed")
    if layer := _LAYERS.get(receipt["layer"], "" if said else _COUNTED):
        caveats.append(layer)
    # What was recounted otherwise clashes with the responses, and not with other statements.
    states = {"otherwise" if one.get("recount") == "otherwise" else one.get("verdict") for one in statements}
    caveats += [words for name, words in _VERDICTS.items() if name in states]
    sections = {str(one["section"]) for one in statements} or {str(receipt.get("section") or "")}
    return what + (f" ({'; '.join(caveats)})" if caveats else ""), sections.pop() if len(
        sections
    ) == 1 else ""


def cite_entries(
    page: Page, entries: Sequence[Mapping[str, Any]], sections: Mapping[str, Any], cited: Citing
) -> None:
    """Put below each entry of the ledger how it is cited.

    ``entries`` are as in ``statements.json``, ``sections`` those of the report by id, each with its
    ``place``.
    """
    for one in entries:
        name = f"ledger-{one['id']}"
        if (entry := page.tree.css_first(f'[id="{name}"]')) is not None:
            again = f"; recomputed: {one['recomputed']}" if one.get("recomputed") else ""
            what = f"“{one['quote']}” (verdict of the edition: {one['verdict']}{again})"
            text = cited.full(what, str(sections[one["section"]]["place"]), f"{page.name}#{name}")
            append(entry, fill("cite.html", text=text))
