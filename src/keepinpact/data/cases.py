"""What came out where the audit was tried on cases whose truth is known."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from keepinpact.data.tables import read_table
from keepinpact.paths import CASES, ROOT

_KEYS = {
    "published": ("case", "what"),
    "grim": ("source", "printed", "n", "rounding"),
    "samples": ("low", "high", "mean", "sd", "n"),
    "surveys": ("survey", "amount"),
    "slips": ("survey", "amount", "kind"),
}


def load_cases(name: str, root: Path = ROOT) -> pd.DataFrame:
    """A table of ``data/cases/``, such as ``slips``; DataError with every fault of the file.

    What a slip's repairs are like is known where the slip was found, and nowhere else.
    """
    table = read_table(root, CASES[name])
    table.unique(*_KEYS[name])
    if name == "surveys":
        table.check_together(
            ["within", "bounds"], lambda within, bounds: int(within) <= int(bounds), "is at most all bounds"
        )
    if name == "slips":
        for column in ("complete", "smallest", "named", "top", "proposed"):
            rule = "is given where the slip was found, else empty"
            table.check_together(
                [column, "found"], lambda given, found: bool(given) == (found == "yes"), rule
            )
    return table.texts()
