"""A certificate: what was checked of an edition, how, and what came out.

It is written as a bundle after CODECHECK's configuration file, version 2.0
(https://codecheck.org.uk/spec/config/2.0/): ``codecheck.yml`` beside the files that were made again, and a
folder ``codecheck`` with the certificate as Markdown and JSON. What nobody has given or assigned is left out
and named: who checked, the number in the register, where the certificate is published, the authors' ORCID.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from keepinpact.files import write_whole
from keepinpact.settings import Settings

__all__ = ["Certificate", "Check", "write_certificate"]

_SPECIFICATION = "https://codecheck.org.uk/spec/config/2.0/"
_OUTPUTS = {"results.json": "every published number", "statements.json": "every statement with its verdict"}
_NOT_ASSIGNED = {
    "codechecker": "a program checked; nobody has signed",
    "certificate": "the number in the register of CODECHECK, which assigns it",
    "report": "where the certificate is published",
    "paper.authors.ORCID": "the citation file names none",
}
_MOST_LISTED = 20


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Check(_Model):
    """One thing that was held against another."""

    what: str
    result: Literal["same", "differs", "not done"]
    compared: int | None = None
    """How many things were compared; null where that is not counted."""
    differences: list[str] = []
    said: str = ""
    """Why it was not done, or what a program that did it said."""


class Certificate(_Model):
    """What was checked of an edition, and what came out."""

    format: Literal[1] = 1
    edition: str
    released: str
    """The day of its release."""
    revision: str
    """The git revision that it was made again from."""
    lock: str
    """The SHA-256 of the lock of its environment, ``requirements.txt``."""
    python: str
    system: str
    copy_of: str | None
    """The copy that was compared; null where none was named."""
    checked: str
    """When, in UTC."""
    checks: list[Check]

    @property
    def reproduced(self) -> bool:
        """Whether nothing differs."""
        return all(one.result != "differs" for one in self.checks)

    @property
    def result(self) -> str:
        """The result in a line; it says how much was not done."""
        done = [one.result for one in self.checks if one.result != "not done"]
        return f"Checks done: {len(done)} of {len(self.checks)}. With differences: {done.count('differs')}."


def write_certificate(
    certificate: Certificate, into: Path, html: Path | None, cited: dict[str, Any], settings: Settings
) -> None:
    """Write a certificate as a bundle, in place of what is there.

    Parameters
    ----------
    certificate
        What was checked.
    into
        The bundle's folder; one that is not empty and no bundle is left alone.
    html
        The rebuilt edition, whose numbers, verdicts and figures' data go into it; None where there is none.
    cited
        The content of the edition's citation file.
    settings
        Where the site and the project are.

    Raises
    ------
    FileExistsError
        If the folder holds something else.
    """
    if into.exists() and any(into.iterdir()) and not (into / "codecheck.yml").is_file():
        raise FileExistsError(f"{into} is not empty and holds no codecheck.yml")
    shutil.rmtree(into, ignore_errors=True)
    (into / "codecheck").mkdir(parents=True)
    outputs = _copied(html, into) if html else {}
    content = certificate.model_dump() | {"result": certificate.result, "reproduced": certificate.reproduced}
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    write_whole(into / "codecheck/certificate.json", text)
    write_whole(into / "codecheck/certificate.md", _markdown(certificate, cited["title"]))
    configuration = _configuration(certificate, outputs, cited, settings)
    dumped = yaml.safe_dump(configuration, sort_keys=False, allow_unicode=True, width=100)
    write_whole(into / "codecheck.yml", f"%YAML 1.1\n---\n{dumped}")


def _copied(html: Path, into: Path) -> dict[str, str]:
    """The outputs that were made again, copied into the bundle, each with what it is."""
    found = {name: what for name, what in _OUTPUTS.items() if (html / name).is_file()}
    for file in sorted((html / "figures").glob("*.csv")):
        found[f"figures/{file.name}"] = "the numbers of a figure"
    for name in found:
        (into / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(html / name, into / name)
    return found


def _configuration(
    certificate: Certificate, outputs: dict[str, str], cited: dict[str, Any], settings: Settings
) -> dict[str, Any]:
    names = [one.get("name") or f"{one['given-names']} {one['family-names']}" for one in cited["authors"]]
    address = f"{settings.site_address}/v/{certificate.edition}/" if settings.site_address else ""
    return {
        "version": _SPECIFICATION,
        "manifest": [{"file": name, "comment": what} for name, what in outputs.items()],
        "paper": {
            "title": cited["title"],
            "authors": [{"name": name} for name in names],
            "reference": address or f"{cited['title']}, edition {certificate.edition}; no address is set",
        },
        "summary": f"{certificate.result} codecheck/certificate.md has them all.",
        **({"repository": settings.repository} if settings.repository else {}),
        "check_time": certificate.checked,
        "keepinpact": {
            **{name: getattr(certificate, name) for name in ("edition", "revision", "lock", "python")},
            "not-assigned": _NOT_ASSIGNED,
        },
    }


def _markdown(certificate: Certificate, title: str) -> str:
    facts = {
        "Edition": f"{certificate.edition}, released on {certificate.released}",
        "Revision": certificate.revision,
        "Lock of the environment (SHA-256 of requirements.txt)": certificate.lock,
        "Python": f"{certificate.python}, {certificate.system}",
        "Copy": certificate.copy_of or "none was named",
        "Checked": certificate.checked,
    }
    lines = [f"# Check of “{title}”", "", f"**{certificate.result}**", ""]
    lines += ["A program checked this and wrote it down. Nobody has signed it, and no register holds it.", ""]
    lines += [*(f"- {name}: {value}" for name, value in facts.items()), "", "## What was checked", ""]
    for one in certificate.checks:
        counted = "" if one.compared is None else f" ({one.compared} compared)"
        lines.append(f"- {one.what}{counted}: **{one.result}**." + (f" {one.said}" if one.said else ""))
        lines += [f"  - {each}" for each in one.differences[:_MOST_LISTED]]
        if len(one.differences) > _MOST_LISTED:
            lines.append(f"  - and {len(one.differences) - _MOST_LISTED} more, in certificate.json")
    lines += ["", "## What is not assigned", ""]
    lines += [f"- {name}: {why}" for name, why in _NOT_ASSIGNED.items()]
    return "\n".join(lines) + "\n"
