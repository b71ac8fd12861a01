"""Everything that the chapters are made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from keepinpact.data.cases import load_cases
from keepinpact.data.codings import load_codings
from keepinpact.data.files import check_files
from keepinpact.data.printed import (
    load_charts,
    load_claims,
    load_codebook,
    load_disclosure,
    load_exclusions,
    load_glossary,
    load_headings,
    load_items,
)
from keepinpact.data.responses import Responses, described, load_responses, sha256
from keepinpact.data.statements import Lines, load_lines, load_repair, load_statements
from keepinpact.faults import DataError, Fault
from keepinpact.paths import CASES, ROOT
from keepinpact.statements.report import Repair, Report


@dataclass(frozen=True)
class Edition:
    """Everything that the chapters are made from, validated; see the loader of each part."""

    report: Report
    lines: Lines
    repair: Repair
    claims: pd.DataFrame
    items: pd.DataFrame
    charts: pd.DataFrame
    codebook: pd.DataFrame
    responses: Responses


def load_edition(root: Path = ROOT) -> Edition:
    """Load everything that the chapters are made from; DataError with the faults of all files together."""
    loaders: dict[str, Callable[[Path], Any]] = {
        "report": load_statements,
        "lines": load_lines,
        "repair": load_repair,
        "codebook": load_codebook,
        "claims": load_claims,
        "items": load_items,
        "charts": load_charts,
        "responses": load_responses,
    }
    return Edition(**load_together(loaders, root))


def load_together(loaders: Mapping[str, Callable[[Path], Any]], root: Path = ROOT) -> dict[str, Any]:
    """What several loaders return, by name; DataError with the faults of all of them together."""
    parts: dict[str, Any] = {}
    faults: dict[Fault, None] = {}
    for name, load in loaders.items():
        try:
            parts[name] = load(root)
        except DataError as error:
            faults |= dict.fromkeys(error.faults)
    if faults:
        raise DataError(list(faults))
    return parts


def check(root: Path = ROOT) -> Edition:
    """Everything that the chapters are made from, once every file in ``data/`` is known and has been read.

    Raises
    ------
    DataError
        With the faults of all files together.
    """
    loaders: dict[str, Callable[[Path], Any]] = {
        "files": check_files,
        "edition": load_edition,
        "codings": load_codings,
        "exclusions": load_exclusions,
        "headings": load_headings,
        "disclosure": load_disclosure,
        "glossary": load_glossary,
        **{name: partial(load_cases, name) for name in CASES},
    }
    edition: Edition = load_together(loaders, root)["edition"]
    return edition


def undescribed(root: Path = ROOT) -> list[Fault]:
    """The files in ``data/`` that are not, byte for byte, those which ``datapackage.json`` describes.

    A change that no rule of a file can tell from what was meant is seen here.
    """
    rule = "is the file that datapackage.json describes: if the change is meant, run make reconstruct"
    digests, _ = described(root)
    return [
        Fault(name, 0, "", "", rule)
        for name, digest in digests.items()
        if not (root / name).is_file() or sha256(root / name) != digest
    ]
