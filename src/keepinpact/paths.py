"""Where the files of an edition are."""

from __future__ import annotations

from pathlib import Path

_AROUND = Path(__file__).resolve().parents[2]
ROOT = _AROUND if (_AROUND / "pyproject.toml").exists() else Path.cwd()
"""The project's folder: the one that this file belongs to, or for an installed package that it is used in."""

RECONSTRUCTION = Path("data/responses/responses.csv")

RELEASED = Path("data/responses/released.csv")
"""Real responses go here; where this file exists it takes precedence over the reconstruction."""

CODINGS = Path("data/responses/codings.csv")
"""How open answers were coded, by each coder; only where released responses hold such."""

PACKAGE = "data/datapackage.json"
STATEMENTS = "data/report/statements.yml"
CLAIMS = "data/report/claims.csv"
ITEMS = "data/report/items.csv"
CHARTS = "data/report/charts.csv"
DISCLOSURE = "data/report/disclosure.csv"
CASES = {name: f"data/cases/{name}.csv" for name in ("published", "grim", "samples", "surveys", "slips")}
"""What came out where the audit was tried on cases whose truth is known, by the name of the table."""


EDITION = "KEEPINPACT_EDITION"
"""The variable of the environment that holds the edition being built, as JSON; older revisions ignore it."""

SHARED = "KEEPINPACT_SHARED"
"""The variable of the environment that names where the chapters of a build share their audit."""
