"""The statements and the repair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keepinpact.data.new import read_table_of_percentages
from keepinpact.data.yaml_files import Locate, References, _references, read_yaml
from keepinpact.faults import DataError, Fault
from keepinpact.paths import ROOT, STATEMENTS
from keepinpact.statements.report import Repair, Report, readable_part


def read_statements(path: Path, name: str) -> tuple[Report, Locate]:
    """The statements and a function from a place in their file to its line and name."""
    try:
        report, locate = read_yaml(path, name, Report, _of_readable)
    except DataError as error:
        # What a faulty table stands for is missing for that reason only.
        of_tables = any(fault.column.startswith("tables/") for fault in error.faults)
        lacking = {"statements", "quantities"} if of_tables else set()
        rest = [one for one in error.faults if one.column not in lacking or one.value not in (None, "[]")]
        raise DataError(rest) from None
    faults = _references(name, report.faults(), locate)
    if faults:
        raise DataError(faults)
    return report, locate


def _of_readable(content: Any) -> References:
    """The faults of references; none of quantities where no list of these can be read at all.

    A faulty table stands for quantities too, so none that is called after it is said to be missing.
    """
    if isinstance(content, dict) and {type(content.get(key)) for key in ("quantities", "tables")} & {list}:
        part = readable_part(content)
        of_faulty = tuple(f"{table.id}." for table in part.tables if not table.rows)
        yield from (one for one in part.faults() if not str(one[1]).startswith(of_faulty))


def load_statements(root: Path = ROOT, file: Path | None = None) -> Report:
    """The report's statements with their readings; DataError with every fault of their file.

    ``file``, relative to ``root``, is another statements file to read instead, which has the entry counts of
    its printed lists in it; one that ends in ``.csv`` is a plain table of percentages.
    """
    if file is None:
        return read_statements(root / STATEMENTS, STATEMENTS)[0]
    if file.suffix.lower() == ".csv":
        return read_table_of_percentages(root / file)
    report, locate = read_statements(root / file, str(file))
    faults = [
        Fault(str(file), *locate(("quantities", i, "entries")), name, "is one of the file's lists")
        for i, quantity in enumerate(report.quantities)
        for name in quantity.entries
        if name not in report.lists
    ]
    if faults:
        raise DataError(faults)
    return report


@dataclass(frozen=True)
class Lines:
    """Where things stand in ``statements.yml``: the line of each statement and quantity, by id."""

    statements: Mapping[str, int]
    quantities: Mapping[str, int]


def load_lines(root: Path = ROOT) -> Lines:
    """The lines of the statements and quantities; DataError with every fault of their file."""
    report, line = read_statements(root / STATEMENTS, STATEMENTS)
    return Lines(
        {one.id: line(("statements", i))[0] for i, one in enumerate(report.statements)},
        {one.id: line(("quantities", i))[0] for i, one in enumerate(report.quantities)},
    )


def cite(report: Report, section: str) -> str:
    """Where a section stands in the report, e.g. ``section “Types of cooperation”, p. 6-8``."""
    place = f"section “{report.section(section).title}”"
    pages = report.pages(section)
    return f"{place}, {paged(pages) if pages else 'no page given'}"


def paged(pages: Sequence[int | None]) -> str:
    """The first and the last page of a section in words, e.g. ``p. 6-8``; the last may not be known."""
    first, last = pages
    if last is None:
        return f"from p. {first}"
    return f"p. {first}" + (f"-{last}" if last != first else "")


def load_repair(root: Path = ROOT) -> Repair:
    """The repair that the edition adopts; DataError with every fault of the file."""
    name = "data/report/repair.yml"
    repair, locate = read_yaml(root / name, name, Repair)
    report = load_statements(root)
    members = {one.id for one in [*report.statements, *report.assumptions]}
    members |= {f"{s.id}:{r.id}" for s in report.statements for r in s.readings if len(s.readings) > 1}
    quantities = {quantity.id for quantity in report.quantities}
    faults = [
        Fault(name, *locate(("gives_up", i)), member, "is a statement, an assumption or a reading of several")
        for i, member in enumerate(repair.gives_up)
        if member not in members
    ]
    faults += [
        Fault(name, *locate(("order", i)), quantity, "is a quantity of the statements")
        for i, step in enumerate(repair.order)
        for quantity in step.minimise + step.maximise
        if quantity not in quantities
    ]
    certain = {one.id for one in report.statements if one.trust}
    faults += [
        Fault(name, *locate(("gives_up", i)), member, "is no statement marked as certain")
        for i, member in enumerate(repair.gives_up)
        if member in certain
    ]
    if faults:
        raise DataError(faults)
    return repair
