"""The published examples of the GRIM test, as facts and as reports that can be audited."""

import csv
from pathlib import Path

from keepinpact.numbers import Percentage
from keepinpact.statements.report import Report

RULES = {
    "up_or_down": "nearest",  # scrutiny's default and ours: either way at a tie
    "up": "half up",
    "down": "half down",
    "even": "half even",
    "trunc": "truncated",
    "ceiling": "ceiling",
}

with (Path(__file__).parent / "grim.csv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))


def percentage(printed):
    """A printed percentage, or the decimals of a printed mean as a percentage."""
    if printed.endswith("%"):
        return Percentage.parse(printed)
    decimals = printed.partition(".")[2]
    return Percentage.parse(f"{decimals[:2]}.{decimals[2:]}".rstrip("."))


def report(shares, bases, total=None):
    """A made-up report that prints percentages of bases, which are known unless only their total is."""
    known = [{"count": {"of": base, "is": n}} for base, n in bases.items() if n is not None]
    if total is not None:
        known.append({"sum": {"of": list(bases), "is": total}})
    return Report.model_validate(
        {
            "format": 1,
            "title": "made",
            "sections": [{"id": "s", "title": "S"}],
            "quantities": [
                {"id": name, "says": name} for base in bases for name in (base, f"{base}.answered")
            ],
            "definitions": [{"id": "known", "says": "known", "holds": known}],
            "statements": [
                {
                    "id": f"share-of-{base}",
                    "section": "s",
                    "quote": str(printed),
                    "says": "share",
                    "holds": [{"share": {"of": f"{base}.answered", "base": base, "is": str(printed)}}],
                }
                for base, printed in shares.items()
            ],
        }
    )
