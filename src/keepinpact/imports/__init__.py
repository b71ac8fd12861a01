"""From what a survey tool exports to released responses: nothing is written until everything is settled."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from keepinpact.data import CODINGS, RELEASED, ROWS, load_codebook
from keepinpact.data.tables import read_table
from keepinpact.faults import DataError, Fault
from keepinpact.files import write_whole
from keepinpact.imports.drafting import drafted
from keepinpact.imports.exports import Export, read_export
from keepinpact.imports.mapping import file_of, load_plan
from keepinpact.imports.understood import Understood, understand
from keepinpact.stats import agreement

__all__ = ["Understood", "read", "write", "write_draft"]


def write_draft(root: Path, files: Sequence[Path], wave: str) -> Path:
    """Write a draft of the mapping of a wave's exports; its file is returned.

    DataError where an export cannot be read, or a mapping is there already.
    """
    path = root / file_of(wave)
    if path.exists():
        rule = "is a new file (nothing is overwritten)"
        raise DataError([Fault(file_of(wave).as_posix(), 0, "", "", rule)])
    write_whole(path, drafted(_exports(root, files), load_codebook(root)))
    return path


def read(root: Path, files: Sequence[Path], wave: str) -> Understood:
    """What the exports of a wave say by its mapping; DataError where a file cannot be used."""
    if not (root / file_of(wave)).exists():
        rule = "is there (import with --draft begins it)"
        raise DataError([Fault(file_of(wave).as_posix(), 0, "", "", rule)])
    plan, locate = load_plan(root, wave)
    codebook = load_codebook(root)
    found = understand(_exports(root, files, plan.header_rows), plan, locate, codebook, wave)
    codings = pd.DataFrame(found.codings, columns=list(ROWS[CODINGS.as_posix()].model_fields))
    for one in agreement(codings, codebook):
        kappa = "not defined" if one.kappa is None else f"{float(one.kappa):.2f}"
        who = " and ".join(one.coders)
        found.said.append(f"{one.item}, {one.label}: {who} agree on {one.agreed}; Cohen's kappa {kappa}")
    return found


def write(root: Path, found: Understood, wave: str) -> list[str]:
    """Write the released responses and codings of a wave beside those of the other; what was written.

    ValueError where something is not understood; DataError where what is there cannot be read.
    """
    if found.problems:
        raise ValueError("not everything is understood")
    said, texts = [], {}
    for path, rows in ((CODINGS, found.codings), (RELEASED, found.released)):
        name = path.as_posix()
        there = read_table(root, name).texts() if (root / path).exists() else None
        kept = [] if there is None else [*there[there["wave"] != wave].itertuples(index=False, name=None)]
        if taken := {row[2] for row in rows} & {row[2] for row in kept}:
            rule = f"is no respondent of another survey: a code such as s{wave}-1 is given by the import"
            raise DataError([Fault(name, 0, "respondent", min(taken), rule)])
        if rows or there is not None:
            texts[path] = _table(ROWS[name].model_fields, sorted([*kept, *rows], key=lambda row: row[0]))
            said.append(f"{name}: {len(rows)} rows of survey {wave}, {len(kept)} of the other")
    for path, text in texts.items():
        write_whole(root / path, text)
    return said


def _table(header: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _exports(root: Path, files: Sequence[Path], header_rows: int | None = None) -> list[Export]:
    faults, exports = [], []
    for place, path in enumerate(files):
        if path.resolve().is_relative_to((root / "data").resolve()):
            faults.append(
                Fault(str(path), 0, "", "", "lies outside of data/, which holds what may be public")
            )
        elif path.name in [one.name for one in files[:place]]:
            faults.append(Fault(str(path), 0, "", "", "has another name than the other files"))
        else:
            try:
                exports.append(read_export(path, header_rows))
            except DataError as error:
                faults += error.faults
    if faults:
        raise DataError(faults)
    return exports
