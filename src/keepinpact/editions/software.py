"""What an edition was built with: a bill of materials after CycloneDX, and the licences of it all.

CycloneDX 1.6 (ECMA-424), https://cyclonedx.org/docs/1.6/json/. Both are made from the lock and from a
table of licences that belongs to it, so that an edition gives the same bytes whatever is installed beside.
"""

from __future__ import annotations

import csv
import io
import json
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageMetadata, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from keepinpact.files import read_whole, write_whole
from keepinpact.records import Edition

__all__ = ["BILL", "LICENCES", "Locked", "bill_of_materials", "licence_of", "locked", "write_licences"]

BILL = "sbom.cdx.json"
LICENCES = "licences.csv"
"""The table of licences, beside the lock and in an edition: package, version, SPDX expression, own words."""

_LOCK = "requirements.txt"
_HEAD = ("package", "version", "spdx", "said")
_ENTRY = re.compile(
    r"^([a-z0-9][a-z0-9-]*)==([^ \\]+)(?: ; ([^\\\n]+?))?(?: \\)?\n((?:[ ]{4}.*\n)*)", re.MULTILINE
)
_SPDX = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "Apache-2.0": "Apache-2.0",
    "BSD 3-Clause License": "BSD-3-Clause",
    "BSD-3-Clause": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "ISC license": "ISC",
    "MIT": "MIT",
    "MIT License": "MIT",
    "MPL-2.0": "MPL-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
"""What packages call licences that have one identifier; "BSD License" may be any of several."""


@dataclass(frozen=True)
class Locked:
    """A package as it is locked: for which machines, the SHA-256 of its files, and which packages want it."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]
    wanted_by: tuple[str, ...]

    @property
    def purl(self) -> str:
        """Its package URL."""
        return f"pkg:pypi/{self.name}@{self.version.replace('+', '%2B')}"


def locked(lock: str) -> list[Locked]:
    """The packages of a lock as uv writes it, in its order."""
    return [
        Locked(
            *(entry[1], entry[2], entry[3] or ""),
            tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", entry[4])),
            tuple(re.findall(r"^ +# +(?:via )?(?!via$)(\S.*)$", entry[4], re.MULTILINE)),
        )
        for entry in _ENTRY.finditer(lock)
    ]


def licence_of(metadata: PackageMetadata) -> tuple[str, str]:
    """A package's licence from its metadata: an SPDX expression, empty where none follows, and its words."""
    if expressions := metadata.get_all("License-Expression"):
        return expressions[0], expressions[0]
    classifiers = [one for one in metadata.get_all("Classifier") or () if one.startswith("License :: ")]
    named = [one.rpartition(" :: ")[2] for one in classifiers]
    text = "".join(metadata.get_all("License") or ()).strip()
    first = text.partition("\n")[0].strip()
    if first in _SPDX:
        return _SPDX[first], first
    if len(named) == 1 and named[0] in _SPDX:
        return _SPDX[named[0]], named[0]
    return "", "; ".join(named) or (first if first and first == text else "see the package")


def write_licences(root: Path) -> Path:
    """Write the licences of what the lock names and this environment has; others keep the line they have.

    Returns
    -------
    Path
        The table.
    """
    table = root / LICENCES
    before = _licences(root) if table.is_file() else {}
    rows = []
    for one in locked(read_whole(root / _LOCK, _LOCK)):
        try:
            found = distribution(one.name)
        except PackageNotFoundError:
            found = None
        if found is not None and found.version == one.version:
            rows.append((one.name, one.version, *licence_of(found.metadata)))
        elif (one.name, one.version) in before:
            rows.append((one.name, one.version, *before[one.name, one.version]))
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([_HEAD, *rows])
    write_whole(table, text.getvalue())
    return table


def bill_of_materials(root: Path, name: str, version: str, edition: Edition | None) -> str:
    """The bill of materials of a project, as JSON.

    Parameters
    ----------
    root
        The project's folder, with its lock and the table of licences.
    name, version
        What the project is called, and its version.
    edition
        The edition, which gives the date; None for the working copy, which has none.
    """
    packages, licences = locked(read_whole(root / _LOCK, _LOCK)), _licences(root)
    licences_of_top = [{"license": {"id": one}} for one in ("MIT", "CC-BY-4.0")]
    top = {"type": "application", "bom-ref": name, "name": name, "version": version}
    metadata: dict[str, Any] = {"component": top | {"licenses": licences_of_top}}
    metadata |= {"timestamp": f"{edition.date}T00:00:00Z"} if edition else {}
    bill: dict[str, Any] = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": metadata,
        "components": [_component(one, licences.get((one.name, one.version))) for one in packages],
        "dependencies": list(_dependencies(name, packages)),
    }
    # A number by chance would be another one in each build.
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(bill, sort_keys=True))
    return json.dumps(bill | {"serialNumber": f"urn:uuid:{serial}"}, ensure_ascii=False, indent=1) + "\n"


def _component(package: Locked, licence: tuple[str, str] | None) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": package.purl,
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "hashes": [{"alg": "SHA-256", "content": one} for one in package.hashes],
    }
    if licence is not None:
        spdx, said = licence
        if " " in spdx:
            component["licenses"] = [{"expression": spdx}]
        else:
            component["licenses"] = [{"license": {"id": spdx} if spdx else {"name": said}}]
    if package.marker:
        component["properties"] = [{"name": "keepinpact:only-where", "value": package.marker}]
    return component


def _dependencies(name: str, packages: Sequence[Locked]) -> Iterator[dict[str, Any]]:
    """What each part wants: the project what it chooses, a package other packages."""

    def wanted(by: str) -> list[str]:
        return [one.purl for one in packages if by in one.wanted_by]

    yield {"ref": name, "dependsOn": wanted("-r requirements.in")}
    for one in packages:
        yield {"ref": one.purl, "dependsOn": wanted(one.name)}


def _licences(root: Path) -> dict[tuple[str, str], tuple[str, str]]:
    rows = csv.reader(read_whole(root / LICENCES, LICENCES).splitlines())
    return {(name, version): (spdx, said) for name, version, spdx, said in list(rows)[1:]}
