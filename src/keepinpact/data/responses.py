"""The responses, or the reconstruction until there are any."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ValidationError

from keepinpact.data.printed import codes_of, load_codebook
from keepinpact.data.tables import Table, read_table
from keepinpact.faults import DataError, Fault
from keepinpact.files import read_json
from keepinpact.paths import RECONSTRUCTION, RELEASED, ROOT


def load_package(root: Path = ROOT) -> dict[str, Any]:
    """The data package's description; DataError where it is no JSON object."""
    name = "data/datapackage.json"
    package = read_json(root / name, name)
    if not isinstance(package, dict):
        raise DataError([Fault(name, 1, "", "", "is a JSON object")])
    return package


@dataclass(frozen=True)
class Responses:
    """The responses layer."""

    table: pd.DataFrame
    """Long table of strings with the columns wave, item, respondent, value. An empty value is item
    non-response; in a reconstruction respondent is empty, and wave where the report gives none.
    """
    layer: Literal["reconstructed", "responses"]
    """``responses`` for real responses, ``reconstructed`` for a reconstruction."""
    provenance: str
    """Where the rows come from, in a sentence."""

    @property
    def file(self) -> str:
        """The file that the rows come from, relative to the project's folder."""
        return (RELEASED if self.layer == "responses" else RECONSTRUCTION).as_posix()


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load_responses(root: Path = ROOT) -> Responses:
    """The responses: the released ones where their file exists, else the reconstruction.

    DataError with every fault of the file. A reconstruction that does not match its record in
    ``datapackage.json``, or was made from other statements, is a fault as well.
    """
    released = (root / RELEASED).exists()
    table = read_table(root, (RELEASED if released else RECONSTRUCTION).as_posix())
    codebook = table.needs(load_codebook, root)
    asked = codebook[codebook["variable"] == "item"]
    kinds = dict(zip(asked["code"], asked["response"], strict=True))
    values = {item: codes_of(codebook, item) | {""} for item in kinds}
    table.check("item", lambda row: row["item"] in kinds, "is an item of the codebook")
    table.check(
        "value",
        lambda row: row["value"] in values.get(row["item"], {row["value"]}),
        "is a value that the codebook has for this item, or empty",
    )
    if not released:
        table.check("respondent", lambda row: row["respondent"] == "", "is empty")
        record = table.needs(_reconstruction, root)
        table.faults += _record_faults(root, table, record)
        return Responses(table.frame().drop(columns="origin"), "reconstructed", record.provenance)
    table.check("respondent", lambda row: row["respondent"] != "", "is not empty")
    table.check(
        "respondent",
        lambda row: len(row["respondent"]) == 1 or any(map(str.isdecimal, row["respondent"])),
        "is a code, not a name: one letter, or with a digit in it",
    )
    table.check("wave", lambda row: row["wave"] != "", "is not empty")
    table.faults += _released_faults(table, kinds)
    return Responses(table.frame(), "responses", "The responses as released by the survey's owners.")


def _released_faults(table: Table, kinds: Mapping[str, str]) -> Iterator[Fault]:
    """Totals of real responses: one wave a respondent, one answer to a single-response item."""
    if table.whole and not table.rows:
        yield Fault(table.name, 0, "", "", "holds responses")
    waves: dict[str, set[str]] = defaultdict(set)
    answers: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    rows = [(line, row) for line, row in zip(table.lines, table.rows, strict=True) if row["respondent"]]
    for _, row in rows:
        waves[row["respondent"]].update({row["wave"]} - {""})
        answers[row["respondent"], row["item"]][row["value"]] += 1
    for line, row in rows:
        respondent, item, value = row["respondent"], row["item"], row["value"]
        given = answers[respondent, item]
        if len(waves[respondent]) > 1:
            yield Fault(table.name, line, "wave", row["wave"], "a respondent is of one wave")
        if kinds.get(item) == "single" and given.total() > 1:
            rule = f"a respondent answers the single-response item {item} once"
            yield Fault(table.name, line, "respondent", respondent, rule)
        elif given[value] > 1:
            yield Fault(table.name, line, "value", value, f"a respondent gives a value of {item} once")
        elif value == "" and given.total() > 1:
            rule = f"a blank is the respondent's only answer to {item}"
            yield Fault(table.name, line, "value", value, rule)


class _Record(BaseModel):
    """What datapackage.json records of the reconstruction."""

    provenance: str
    rows: int
    sha256: str
    made_from: dict[str, str]


def _reconstruction(root: Path) -> _Record:
    resources = load_package(root).get("resources")
    for resource in resources if isinstance(resources, list) else []:
        if isinstance(resource, dict) and "reconstruction" in resource:
            try:
                return _Record.model_validate(resource["reconstruction"])
            except ValidationError:
                break
    rule = "describes the reconstruction: run python -m keepinpact reconstruct"
    raise DataError([Fault("data/datapackage.json", 0, "resources", "", rule)])


def _record_faults(root: Path, table: Table, record: _Record) -> Iterator[Fault]:
    """Totals of a reconstruction: its rows, and the files that it was made from, as recorded."""
    mend = "run python -m keepinpact reconstruct"
    if record.rows != len(table.rows):
        rule = f"has the {record.rows} rows that datapackage.json records: {mend}"
        yield Fault(table.name, 0, "rows", str(len(table.rows)), rule)
    for file, digest in {table.name: record.sha256, **record.made_from}.items():
        if not (root / file).is_file() or sha256(root / file) != digest:
            rule = f"is the file that datapackage.json records for the reconstruction: {mend}"
            yield Fault(file, 0, "", "", rule)
