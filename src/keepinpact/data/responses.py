"""The responses, or the reconstruction until there are any."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ValidationError

from keepinpact.data.printed import codes_of, load_codebook
from keepinpact.data.tables import Table, read_table
from keepinpact.faults import DataError, Fault
from keepinpact.files import read_json
from keepinpact.paths import PACKAGE, RECONSTRUCTION, RELEASED, ROOT, SHARED, STATEMENTS


def load_package(root: Path = ROOT) -> dict[str, Any]:
    """The data package's description; DataError where it is no JSON object."""
    package = read_json(root / PACKAGE, PACKAGE)
    if not isinstance(package, dict):
        raise DataError([Fault(PACKAGE, 1, "", "", "is a JSON object")])
    return package


_SLOW = 1_000_000
"""A file of so many bytes is read so fast that nothing has to be kept."""
_READ_WITH = ("data/codebook.csv", STATEMENTS)
_RELEASED = "The responses as released by the survey's owners."


@dataclass(frozen=True)
class Responses:
    """The responses layer."""

    table: pd.DataFrame
    """Long table with the columns wave, item, respondent, value, each of categories of texts, so that those
    of a million respondents take little room. An empty value is item non-response; in a reconstruction
    respondent is empty, and wave where the report gives none.
    """
    layer: Literal["reconstructed", "responses"]
    """``responses`` for real responses, ``reconstructed`` for a reconstruction."""
    provenance: str
    """Where the rows come from, in a sentence."""
    kept: str = ""
    """What names them among what is kept while a book is built; empty where nothing is."""

    @property
    def file(self) -> str:
        """The file that the rows come from, relative to the project's folder."""
        return (RELEASED if self.layer == "responses" else RECONSTRUCTION).as_posix()

    @property
    def held(self) -> set[str]:
        """The items that somebody answered."""
        given = (self.table["value"] != "").to_numpy()
        return set(self.table["item"].array[given].unique())

    def respondents(self, waves: Collection[str] | None = None) -> int:
        """How many respondents there are of some surveys, or of all."""
        people = self.table["respondent"].array
        if waves is not None:
            people = people[self.table["wave"].isin(waves).to_numpy()]
        return len(people.unique())


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_responses(root: Path = ROOT) -> Responses:
    """The responses: the released ones where their file exists, else the reconstruction.

    DataError with the faults of the file. A reconstruction that does not match its record in
    ``datapackage.json``, or was made from other statements, is a fault as well. While a book is built
    released responses are read once, and kept in a folder that belongs to the present data and code.
    """
    folder, file = os.environ.get(SHARED), root / RELEASED
    if not folder or not file.is_file() or file.stat().st_size < _SLOW:
        return _read(root)
    state = (file.stat().st_size, file.stat().st_mtime_ns, *(sha256(root / name) for name in _READ_WITH))
    name = hashlib.sha256(repr(state).encode()).hexdigest()[:16]
    kept = Path(folder) / f"responses-{name}.pickle"
    if kept.is_file():
        return Responses(pd.read_pickle(kept), "responses", _RELEASED, name)
    found = replace(_read(root), kept=name)
    # Chapters may do this side by side; each writes a file of its own.
    written = kept.with_name(f"{kept.name}.{os.getpid()}")
    found.table.to_pickle(written)
    written.replace(kept)
    return found


def _read(root: Path) -> Responses:
    released = (root / RELEASED).exists()
    table = read_table(root, (RELEASED if released else RECONSTRUCTION).as_posix())
    codebook = table.needs(load_codebook, root)
    asked = codebook[codebook["variable"] == "item"]
    kinds = dict(zip(asked["code"], asked["response"], strict=True))
    table.check("item", lambda item: item in kinds, "is an item of the codebook")
    people = table.codes("respondent")
    anybody = people != table.code("respondent", "")
    for item, kind in kinds.items():
        rows = np.flatnonzero(table.codes("item") == table.code("item", item))
        known = [table.code("value", one) for one in codes_of(codebook, item) | {""}]
        unknown = rows[np.isin(table.codes("value")[rows], known, invert=True)]
        table.note("value", unknown, "is a value that the codebook has for this item, or empty")
        if released:
            _check_answers(table, item, kind, rows[anybody[rows]])
    if not released:
        table.check("respondent", lambda respondent: respondent == "", "is empty")
        digests, record = table.needs(described, root)
        table.faults.add(_record_faults(root, table, digests, record))
        return Responses(table.frame().drop(columns="origin"), "reconstructed", record.provenance)
    table.check("respondent", lambda respondent: respondent != "", "is not empty")
    table.check(
        "respondent",
        lambda respondent: len(respondent) == 1 or any(map(str.isdecimal, respondent)),
        "is a code, not a name: one letter, or with a digit in it",
    )
    table.check("wave", lambda wave: wave != "", "is not empty")
    waves = [(table.codes("wave") == table.code("wave", one)) & anybody for one in ("1", "2")]
    seen = [np.bincount(people[rows], minlength=int(people.max(initial=0)) + 1) > 0 for rows in waves]
    both = np.flatnonzero(anybody & (seen[0] & seen[1])[people])
    table.note("wave", both, "a respondent is of one wave")
    if table.whole and table.cells.empty:
        table.faults.add([Fault(table.name, 0, "", "", "holds responses")])
    return Responses(table.frame(), "responses", _RELEASED)


def _check_answers(table: Table, item: str, kind: str, rows: np.ndarray[Any, Any]) -> None:
    """Note which of the rows on an item cannot all be answers to it.

    There is one answer to a single-response item, one row for each value, and a blank stands alone.
    """
    people = table.codes("respondent")[rows]
    again = rows[np.bincount(people)[people] > 1] if len(rows) else rows
    if kind == "single":
        table.note("respondent", again, f"a respondent answers the single-response item {item} once")
        return
    values = table.codes("value")[again].astype(np.int64)
    answers = table.codes("respondent")[again] * (values.max(initial=0) + 1) + values
    twice = pd.Series(answers).duplicated(keep=False).to_numpy()
    table.note("value", again[twice], f"a respondent gives a value of {item} once")
    blank = again[~twice & (values == table.code("value", ""))]
    table.note("value", blank, f"a blank is the respondent's only answer to {item}")


class _Record(BaseModel):
    """What datapackage.json records of the reconstruction."""

    provenance: str
    rows: int
    made_from: list[str]


class _Resource(BaseModel):
    path: str
    hash: str
    reconstruction: _Record | None = None


class _Package(BaseModel):
    resources: list[_Resource]


def described(root: Path) -> tuple[dict[str, str], _Record]:
    """The SHA-256 of each file that datapackage.json describes, and what it records of the reconstruction.

    DataError where it does not.
    """
    rule = "describes the data and the reconstruction: run python -m keepinpact reconstruct"
    try:
        resources = _Package.model_validate(load_package(root)).resources
        record = next(one.reconstruction for one in resources if one.reconstruction)
    except (ValidationError, StopIteration):
        raise DataError([Fault(PACKAGE, 0, "resources", "", rule)]) from None
    return {f"data/{one.path}": one.hash.removeprefix("sha256:") for one in resources}, record


def _record_faults(root: Path, table: Table, digests: Mapping[str, str], record: _Record) -> Iterator[Fault]:
    """Totals of a reconstruction: its rows, and the files that it was made from, as recorded."""
    mend = "run python -m keepinpact reconstruct"
    if record.rows != len(table.cells):
        rule = f"has the {record.rows} rows that datapackage.json records: {mend}"
        yield Fault(table.name, 0, "rows", str(len(table.cells)), rule)
    for file in (table.name, *record.made_from):
        if not (root / file).is_file() or sha256(root / file) != digests.get(file):
            rule = f"is the file that datapackage.json records for the reconstruction: {mend}"
            yield Fault(file, 0, "", "", rule)
