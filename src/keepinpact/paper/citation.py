"""How an edition is cited, from the project's CITATION.cff."""

from __future__ import annotations

from pathlib import Path

import yaml

from keepinpact.records import Edition
from keepinpact.settings import load_citation

__all__ = ["citation"]


def citation(tree: Path, edition: Edition | None, address: str) -> dict[str, str]:
    """The citation of an edition (None: the working copy), made from the project's CITATION.cff.

    ``address`` is the published site's, empty where there is none. Returned are ``line``, a sentence, and
    the contents of the files ``CITATION.cff``, ``citation.bib`` and ``citation.ris``.
    """
    cff = load_citation(tree)
    version = edition.version if edition else "working copy"
    date = edition.date if edition else ""
    permanent = f"{address}/v/{version}/" if address and edition else ""
    cff["version"] = version
    if edition:
        cff["date-released"] = edition.date
    if permanent:
        cff["url"] = permanent
    authors = " and ".join(author["name"] for author in cff["authors"])
    year = date[:4] or "n.d."
    line = f"{authors} ({year}): {cff['title']}. Edition {version}" + (f", {date}." if date else ".")
    fields = {
        "title": f"{{{cff['title']}}}",
        "author": f"{{{authors}}}",
        "year": year,
        "version": version,
        "note": f"Edition of {date}" if date else "Working copy",
        "url": permanent,
    }
    ris = [("TY", "DATA"), ("TI", cff["title"])]
    ris += [("AU", author["name"]) for author in cff["authors"]]
    ris += [("PY", date[:4]), ("DA", date.replace("-", "/")), ("ET", version), ("UR", permanent)]
    body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
    return {
        "line": f"{line} {permanent}".strip(),
        "CITATION.cff": yaml.safe_dump(cff, sort_keys=False, allow_unicode=True),
        "citation.bib": f"@misc{{keepinpact-{version.replace(' ', '-')},\n{body}\n}}\n",
        "citation.ris": "".join(f"{tag}  - {value}\n" for tag, value in ris if value) + "ER  - \n",
    }
