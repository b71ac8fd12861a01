"""The ledger: every statement and claim of the report with its verdict and the reason for it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from keepinpact.audit import Audit, audit, words
from keepinpact.audit.result import Conflict, FoundRepair, Severity, VerdictName
from keepinpact.data import Edition, entry_counts
from keepinpact.files import write_whole
from keepinpact.paths import SHARED
from keepinpact.stats import facts

__all__ = ["Entry", "Ledger", "ReadAs", "audited", "ledger", "shared"]

_CLAIM = "We read nothing in it that could be counted."


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class ReadAs(_Part):
    """One formal reading of a statement, in words."""

    id: str
    says: str
    adopted: bool
    """Whether it is the one that the edition's bounds rest on."""


class Entry(_Part):
    """A statement or a claim of the report."""

    id: str
    section: str
    pages: tuple[int, int | None] | None
    """First page of its section and of the next; null where the contents give none."""
    wave: str | None
    """1, 2 or 1+2; null where the report names no survey."""
    quote: str
    """The report's words."""
    soft: bool = False
    """Whether it uses a quantity word that leaves room."""
    readings: list[ReadAs] = []
    verdict: VerdictName
    why: str
    """The reason for the verdict, in a sentence."""
    recomputed: str | None = None
    """What its number was recomputed to."""
    recount: Literal["same", "otherwise"] | None = None
    """Whether a recount gave the same."""
    severity: Severity | None = None
    """How many alternatives would have held with all other statements."""
    conflicts: list[str] = []


class Ledger(_Part):
    """What ``statements.json`` holds."""

    format: Literal[2] = 2
    rounding: str
    """The rule by which printed percentages are read."""
    statements: list[Entry]
    claims: list[Entry]
    conflicts: list[Conflict]
    repairs: list[FoundRepair]


def known_counts(edition: Edition) -> dict[str, int]:
    """The counts that real responses give (:func:`keepinpact.stats.facts`).

    Many responses are counted once while a book is built.
    """
    responses, report = edition.responses, edition.report
    if not responses.kept:
        return facts(responses, report)
    asked = repr((responses.kept, report))
    found = shared("facts", asked, lambda: json.dumps(facts(responses, report)))
    return {name: int(count) for name, count in json.loads(found).items()}


def audited(edition: Edition) -> Audit:
    """The audit of an edition: released responses count as facts, a reconstruction never does.

    While a book is built, chapters that need the same audit share it: the first works it out, others wait.
    """
    entries, known = entry_counts(edition.items), known_counts(edition)
    asked = repr((edition.report, sorted(entries.items()), edition.repair, sorted(known.items())))

    def found() -> str:
        return audit(edition.report, entries, repair=edition.repair, facts=known).model_dump_json()

    return Audit.model_validate_json(shared("audit", asked, found))


def shared(name: str, asked: str, found: Callable[[], str]) -> str:
    """What some work finds. While a book is built the first chapter that asks works it out, others wait.

    It is kept by its name and what was asked, in a folder that belongs to the present data and code.
    """
    folder = os.environ.get(SHARED)
    if not folder:
        return found()
    import fcntl

    kept = Path(folder) / f"{name}-{hashlib.sha256(asked.encode()).hexdigest()[:16]}.json"
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.is_file():
            write_whole(kept, found())
    return kept.read_text(encoding="utf-8")


def ledger(edition: Edition, found: Audit) -> Ledger:
    """The ledger of an edition, from its finished audit; ValueError where that left a verdict open."""
    report = edition.report
    statements = []
    for one in report.statements:
        verdict = found.verdict(one.id)
        if verdict.verdict is None:
            raise ValueError(f"the audit left the verdict on {one.id} open")
        statements.append(
            Entry(
                id=one.id,
                section=one.section,
                pages=report.pages(one.section),
                wave=one.wave,
                quote=one.quote,
                soft=one.soft,
                readings=[
                    ReadAs(id=r.id, says=r.says, adopted=r.id == verdict.reading) for r in one.readings
                ],
                verdict=verdict.verdict,
                why=words.why(one, found, report),
                recomputed=words.recomputed(one, found, report),
                recount=verdict.recount,
                severity=verdict.severity,
                conflicts=verdict.conflicts,
            )
        )
    claims = [
        Entry(
            id=row["id"],
            section=row["section"],
            pages=report.pages(row["section"]),
            wave=row["wave"] or None,
            quote=row["quote"],
            verdict="not tested",
            why=_CLAIM,
        )
        for row in edition.claims.to_dict("records")
    ]
    return Ledger(
        rounding=found.rounding,
        statements=statements,
        claims=claims,
        conflicts=found.conflicts,
        repairs=found.repairs,
    )
