"""The released editions: their list, their recorded results, and what changed between them.

``editions.json`` lists the editions, newest first. ``editions/VERSION.json`` records what an edition
published: every number, a checksum of every figure's data, every verdict, and checksums of the data, the
code and the chapters that it was made from.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from keepinpact.data import DataError, Fault
from keepinpact.files import read_json, read_whole
from keepinpact.numbers import rounded
from keepinpact.paths import EDITION

__all__ = [
    "Change",
    "Edition",
    "Record",
    "Withdrawn",
    "changes",
    "edition_built",
    "listed",
    "load_editions",
    "load_record",
    "make_record",
    "mismatches",
    "published",
    "version_key",
]

LIST = "editions.json"
REASONS = "editions/why.csv"
_VERSION = r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$"
Version = Annotated[str, Field(pattern=_VERSION)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Withdrawn(_Model):
    """When an edition was withdrawn, and why, in a sentence for readers."""

    date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    why: Annotated[str, Field(min_length=1)]


class Edition(_Model):
    """A released edition; ``revision`` is the git revision that it is built from."""

    version: Version
    date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    revision: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
    changed: Annotated[str, Field(min_length=1)]
    withdrawn: Withdrawn | None = None
    """Of an edition that is withdrawn only a notice is published; its record has the names of its pages."""


def listed(editions: Sequence[Edition]) -> list[dict[str, Any]]:
    """Editions as ``editions.json`` has them."""
    return [one.model_dump(exclude_none=True) for one in editions]


def published(editions: Sequence[Edition]) -> list[Edition]:
    """Those that are not withdrawn."""
    return [one for one in editions if not one.withdrawn]


def edition_built() -> Edition | None:
    """The edition that is built; None for the working copy."""
    named = os.environ.get(EDITION)
    return Edition.model_validate_json(named) if named else None


class Record(_Model):
    """What an edition published, and checksums of what it was made from."""

    format: Literal[1]
    version: Version
    data: str
    code: str
    chapters: dict[str, str]
    results: list[dict[str, Any]]
    figures: list[dict[str, Any]]
    verdicts: dict[str, str]


@dataclass(frozen=True)
class Change:
    """One difference between two editions."""

    kind: Literal["number", "figure", "verdict"]
    """``number``, ``figure`` or ``verdict``."""
    place: str
    """The chapter and the key (for a verdict the statement's id alone)."""
    old: str | None
    new: str | None
    """As shown; None where the edition has no such thing."""
    difference: str
    """New less old, where both are numbers; else empty."""
    causes: tuple[str, ...]
    """Which of ``data``, ``code`` and ``text`` changed between the editions, for what they can explain."""
    why: str = ""
    """The reason in a sentence, as ``editions/why.csv`` gives it; empty where it gives none."""

    def __str__(self) -> str:
        if self.old is None:
            said = f"added: {self.new}"
        elif self.new is None:
            said = f"removed: {self.old}"
        else:
            said = f"{self.old} -> {self.new}" + (f" ({self.difference})" if self.difference else "")
        return f"{self.kind} {self.place}: {said} [{', '.join(self.causes)}]" + (self.why and f" {self.why}")


def version_key(version: str) -> tuple[int, int, int]:
    """The parts of a version, to compare by; ValueError where it is none such as 1.2.3."""
    match = re.fullmatch(_VERSION, version)
    if match is None:
        raise ValueError(f"{version!r} is no version: three whole numbers, such as 1.2.3")
    major, minor, patch = (int(part) for part in match.groups())
    return major, minor, patch


def _load(root: Path, name: str, kind: Any) -> Any:
    try:
        return TypeAdapter(kind).validate_json(json.dumps(read_json(root / name, name)))
    except ValidationError as error:
        raise DataError(
            [
                Fault(name, 0, ".".join(map(str, e["loc"])), str(e["input"])[:80], e["msg"])
                for e in error.errors()
            ]
        ) from None


def load_editions(root: Path) -> list[Edition]:
    """The released editions, newest first; none where there is no list yet.

    DataError where the list has a fault, or is not in descending order of versions.
    """
    if not (root / LIST).exists():
        return []
    editions: list[Edition] = _load(root, LIST, list[Edition])
    for newer, older in pairwise(editions):
        if version_key(newer.version) <= version_key(older.version):
            rule = f"stands above {older.version}, the newest edition first"
            raise DataError([Fault(LIST, 0, "version", newer.version, rule)])
    return editions


def load_record(root: Path, version: str) -> Record:
    """What an edition published, as recorded at its release; DataError for a fault, or without a record."""
    name = f"editions/{version}.json"
    record: Record = _load(root, name, Record)
    if record.version != version:
        raise DataError([Fault(name, 0, "version", record.version, f"is {version}")])
    return record


def _checksum(tree: Path, files: Sequence[Path]) -> str:
    total = hashlib.sha256()
    for file in sorted(files):
        total.update(file.relative_to(tree).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def make_record(version: str, tree: Path, html: Path) -> Record:
    """The record of a version, from its tree and the pages that were built from it.

    The pages hold ``results.json`` and, where the tree makes it, ``statements.json``.
    """
    built = json.loads((html / "results.json").read_text(encoding="utf-8"))
    ledger = html / "statements.json"
    verdicts = {}
    if ledger.exists():
        statements = json.loads(ledger.read_text(encoding="utf-8"))["statements"]
        verdicts = {one["id"]: one["verdict"] for one in statements}
    code = [*(tree / "src").rglob("*.py"), tree / "requirements.txt"]
    return Record(
        format=1,
        version=version,
        data=_checksum(tree, [file for file in (tree / "data").rglob("*") if file.is_file()]),
        code=_checksum(tree, code),
        chapters={file.stem: _checksum(tree, [file]) for file in sorted((tree / "chapters").glob("*.md"))},
        results=built["results"],
        figures=built["figures"],
        verdicts=verdicts,
    )


def changes(old: Record, new: Record) -> list[Change]:
    """What changed from an edition to the next: numbers, figures, verdicts, in the new one's order."""
    shared = [name for name in ("data", "code") if getattr(old, name) != getattr(new, name)]
    found: list[Change] = []
    for kind, before, after in (
        ("number", _numbers(old), _numbers(new)),
        ("figure", _figures(old), _figures(new)),
        ("verdict", _verdicts(old), _verdicts(new)),
    ):
        for place in [*after, *(place for place in before if place not in after)]:
            was, now = before.get(place), after.get(place)
            if was == now:
                continue
            chapter = place.split(": ")[0]
            text = old.chapters.get(chapter) != new.chapters.get(chapter)
            causes = (*shared, "text") if text and kind != "verdict" else tuple(shared)
            difference = _difference(was, now) if was and now and kind == "number" else ""
            found.append(
                Change(
                    kind,  # type: ignore[arg-type]
                    place,
                    was["shown"] if was else None,
                    now["shown"] if now else None,
                    difference,
                    causes,
                )
            )
    return found


def explained(found: Sequence[Change], reasons: Sequence[tuple[str, str]]) -> list[Change]:
    """Changes with their reasons.

    A reason comes with a pattern of a kind and a place, such as ``number about: country*``; the first pattern
    that fits gives the reason.
    """
    return [
        replace(
            one, why=next((why for what, why in reasons if fnmatchcase(f"{one.kind} {one.place}", what)), "")
        )
        for one in found
    ]


def load_reasons(root: Path, version: str) -> list[tuple[str, str]]:
    """Why numbers, figures and verdicts of an edition differ from the one before, as patterns with reasons.

    DataError where ``editions/why.csv`` has a fault.
    """
    path = root / REASONS
    if not path.exists():
        return []
    rows = csv.reader(io.StringIO(read_whole(path, REASONS), newline=""), strict=True)
    found = []
    try:
        if next(rows, None) != ["version", "what", "why"]:
            raise DataError([Fault(REASONS, 1, "", "", "has the columns version, what, why")])
        for number, row in enumerate(rows, start=2):
            if len(row) != 3 or not all(row):
                raise DataError(
                    [Fault(REASONS, number, "", ",".join(row), "has a version, a pattern, a reason")]
                )
            if row[0] == version:
                found.append((row[1], row[2]))
    except csv.Error as error:
        raise DataError([Fault(REASONS, rows.line_num, "", "", f"is readable CSV ({error})")]) from None
    return found


def _numbers(record: Record) -> dict[str, dict[str, Any]]:
    about = ("chapter", "key", "text", "section", "pages", "statements", "measure", "source", "rests_on")
    return {
        f"{one['chapter']}: {one['key']}": {"shown": one["text"]}
        | {name: value for name, value in one.items() if name not in about}
        for one in record.results
    }


def _figures(record: Record) -> dict[str, dict[str, Any]]:
    return {
        f"{one['chapter']}: {one['figure']}": {"shown": f"data {one['sha256'][:12]}"}
        for one in record.figures
    }


def _verdicts(record: Record) -> dict[str, dict[str, Any]]:
    return {statement: {"shown": verdict} for statement, verdict in record.verdicts.items()}


def _difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    if isinstance(old.get("value"), int) and isinstance(new.get("value"), int):
        return f"{new['value'] - old['value']:+d}"
    if "count" in old and "count" in new:
        gap = 100 * (Fraction(new["count"], new["base"]) - Fraction(old["count"], old["base"]))
        sign = "-" if gap < 0 else "+"
        return f"{sign}{rounded(abs(gap), 1)} percentage points"
    return ""


def mismatches(record: Record, rebuilt: Record) -> Iterator[str]:
    """Where a rebuilt edition differs from its record, recorded and recomputed side by side."""
    for change in changes(record, rebuilt):
        recorded = "nothing" if change.old is None else change.old
        recomputed = "nothing" if change.new is None else change.new
        yield f"{change.kind} {change.place}: recorded {recorded}, recomputed {recomputed}"
