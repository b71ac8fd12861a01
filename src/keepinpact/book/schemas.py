"""How the published JSON is written down: the schemas beside the book."""

from __future__ import annotations

from pathlib import Path

from keepinpact.audit import Audit, Explanation
from keepinpact.book.results import Results, json_schema
from keepinpact.files import write_json
from keepinpact.ledger import Ledger
from keepinpact.statements.report import statements_schema

__all__ = ["check_results", "write_schemas"]


def check_results(file: Path) -> None:
    """Hold the published numbers against their model; ValueError where they do not fit it."""
    Results.model_validate_json(file.read_text(encoding="utf-8"))


def write_schemas(folder: Path) -> None:
    """Write the JSON Schemas of all that is published as JSON, and of a statements file."""
    folder.mkdir(exist_ok=True)
    schemas = {
        "results": json_schema(Results),
        "statements": json_schema(Ledger),
        "statements-file": statements_schema(),
        "audit": json_schema(Audit),
        "audit-why": json_schema(Explanation),
    }
    for name, schema in schemas.items():
        write_json(folder / f"{name}.schema.json", schema)
