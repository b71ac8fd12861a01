"""The reconstruction: one of the data sets that fit the statements, holding only what they settle."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from keepinpact.audit import DataSets, Model, adopted
from keepinpact.data import (
    NOBODY,
    RECONSTRUCTION,
    ROOT,
    ROW_BY_ROW,
    ROWS,
    entry_counts,
    load_items,
    load_package,
    load_repair,
    load_statements,
    sha256,
)
from keepinpact.files import write_whole
from keepinpact.settings import load_settings
from keepinpact.statements.report import Quantity, Repair, Report

__all__ = ["best", "published_package", "responses", "settled", "write"]

_MADE_FROM = {
    "data/report/statements.yml": (
        "Sentences of the report with a number, a date, a rank or a quantity word, and their readings."
    ),
    "data/report/repair.yml": (
        "What the edition gives up so that the statements can all be true, and its further choices."
    ),
}


def best(report: Report, repair: Repair, entries: Mapping[str, int]) -> DataSets:
    """The best data sets in the repair's written order.

    Contradiction where no data set fits once the repair is adopted.
    """
    found = adopted(Model(report, entries), repair)
    for step in repair.order:
        found = found.best(step.minimise or step.maximise, minimise=bool(step.minimise))
    return found


def settled(data_sets: DataSets) -> dict[str, int]:
    """The quantities that are the same in every data set, with their values."""
    return {quantity: bound.low for quantity, bound in data_sets.bounds().items() if bound.settled}


def responses(report: Report, counts: Mapping[str, int]) -> Iterator[tuple[str, str, str, str]]:
    """The rows of the reconstruction, from the settled counts: wave, item, respondent (empty), value.

    An item has rows only if all its answers are settled; a quantity with parts stands for them where
    they are not all settled.
    """
    items = list(dict.fromkeys(q.item for q in report.quantities if q.item))
    for item in items:
        cells = _cells([q for q in report.quantities if q.item == item and q.value is not None], counts)
        if len(cells) < 2 or any(cell.id not in counts for cell in cells):
            continue
        for cell in cells:
            yield from [(cell.wave or "", item, "", cell.value or "")] * counts[cell.id]


def _cells(quantities: list[Quantity], counts: Mapping[str, int]) -> list[Quantity]:
    dropped: set[str] = set()
    for quantity in quantities:
        if quantity.parts and all(part in counts for part in quantity.parts):
            dropped.add(quantity.id)
        else:
            dropped.update(quantity.parts)
    return [quantity for quantity in quantities if quantity.id not in dropped]


def write(root: Path = ROOT) -> list[Path]:
    """Write the reconstruction and the data package's description, the same bytes each time.

    The files written are returned. DataError where a file that it is made from has a fault, Contradiction
    where no data set fits once the repair is adopted.
    """
    report, repair = load_statements(root), load_repair(root)
    found = best(report, repair, entry_counts(load_items(root)))
    rows = list(responses(report, settled(found)))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(ROWS[RECONSTRUCTION.as_posix()].model_fields)
    writer.writerows([*row, NOBODY] for row in rows)
    table, package = root / RECONSTRUCTION, root / "data/datapackage.json"
    table.parent.mkdir(parents=True, exist_ok=True)
    write_whole(table, text.getvalue())
    record = {
        "provenance": (
            "In the place of responses stands a reconstruction: one of the data sets that fit the "
            "report's statements, nobody's answers. It holds only what is settled once the "
            "edition's repair and its further choices are made."
        ),
        "made_by": "python -m keepinpact reconstruct",
        "repair": repair.reason,
        "order": [step.says for step in repair.order],
        "made_from": list(_MADE_FROM),
        "rows": len(rows),
    }
    description = json.dumps(_package(root, report, record), indent=2, ensure_ascii=False)
    write_whole(package, description + "\n")
    return [table, package]


def _package(root: Path, report: Report, record: Mapping[str, Any]) -> dict[str, Any]:
    resources = []
    for name, row in ROWS.items():
        if name in ROW_BY_ROW:
            continue
        resource = _table(root, name, row)
        if name == RECONSTRUCTION.as_posix():
            resource["reconstruction"] = record
        resources.append(resource)
    yml = {"format": "yml", "mediatype": "application/yaml", "encoding": "utf-8"}
    resources += [_resource(root, name, description) | yml for name, description in _MADE_FROM.items()]
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "keepinpact",
        "title": f"Data of the reproducible edition of: {report.title}",
        "description": (
            "What the report prints, transcribed with its sections and short quotations, the edition's "
            "codebook and glossary, and a reconstruction of responses that fits what the report prints. "
            "Where the responses themselves are released, they take precedence; their rows are published "
            "only if the respondents agreed to that. Apart from all this: what came out where the audit was "
            "tried on cases whose truth is known."
        ),
        "licenses": [
            {
                "name": "CC-BY-4.0",
                "path": "https://creativecommons.org/licenses/by/4.0/",
                "title": "Creative Commons Attribution 4.0 (what is ours; not the report's own words)",
            }
        ],
        "sources": [{"title": report.title} | ({"path": report.address} if report.address else {})],
        "resources": resources,
    }


def published_package(root: Path) -> str:
    """The data package's description as it is published: with the responses, where their rows are.

    DataError where it is no JSON object.
    """
    package, published = load_package(root), load_settings(root).published
    for name in ROW_BY_ROW:
        if name in published and (root / name).is_file():
            package["resources"].append(_table(root, name, ROWS[name]))
    return json.dumps(package, indent=2, ensure_ascii=False) + "\n"


def _table(root: Path, name: str, row: type[BaseModel]) -> dict[str, Any]:
    return {
        **_resource(root, name, row.__doc__),
        "type": "table",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {"fields": list(_fields(row))},
    }


def _resource(root: Path, name: str, description: str | None) -> dict[str, Any]:
    path = Path(name)
    return {
        "name": path.stem,
        "description": description,
        "path": path.relative_to("data").as_posix(),
        "bytes": (root / name).stat().st_size,
        "hash": f"sha256:{sha256(root / name)}",
    }


def _fields(row: type[BaseModel]) -> Iterator[dict[str, Any]]:
    for name, field in row.model_fields.items():
        constraints: dict[str, Any] = {}
        if get_origin(field.annotation) is Literal:
            values = [value for value in get_args(field.annotation) if value is not NoneType]
            constraints["enum"] = values
        for part in field.metadata:
            if pattern := getattr(part, "pattern", None):
                constraints["pattern"] = pattern
            if getattr(part, "min_length", None):
                constraints["required"] = True
        yield {"name": name, "type": "string"} | ({"constraints": constraints} if constraints else {})
