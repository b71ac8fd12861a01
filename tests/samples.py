"""Whether a sample with a printed mean and standard deviation exists: published cases, and brute force."""

import csv
from fractions import Fraction
from pathlib import Path
from typing import Any

from keepinpact.statements.report import Report
from oracles import figure, shows, shows_root

with (Path(__file__).parent / "samples.csv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))


def of_scale(low: int, high: int, *said: dict[str, dict[str, Any]]) -> Report:
    """A made-up report that prints something of a scale."""
    points = {point: f"p{point}" for point in range(low, high + 1)}
    return Report.model_validate(
        {
            "format": 1,
            "title": "made",
            "sections": [{"id": "s", "title": "S"}],
            "quantities": [
                {"id": "n", "says": "answers", "parts": list(points.values())},
                *({"id": name, "says": f"answers {point}"} for point, name in points.items()),
            ],
            "statements": [
                {
                    "id": f"s{i}",
                    "section": "s",
                    "quote": "q",
                    "says": "s",
                    "holds": [
                        {kind: body if kind == "count" else {"of": points, **body}}
                        for kind, body in one.items()
                    ],
                }
                for i, one in enumerate(said)
            ],
        }
    )


def report(row: dict[str, str]) -> Report:
    """The report of a case: so many answers on a scale, their mean and their standard deviation (n - 1)."""
    said = {"n": int(row["n"]), "mean": row["mean"], "is": row["sd"], "divisor": "n-1"}
    return of_scale(int(row["low"]), int(row["high"]), {"sd": said})


def exists(row: dict[str, str]) -> bool:
    """Whether a sample exists, by going through every sum and sum of squares of so many answers."""
    low, high, n = (int(row[name]) for name in ("low", "high", "n"))
    # A bit for each sum of squares, by the sum.
    reached = {0: 1}
    for _ in range(n):
        further: dict[int, int] = {}
        for total, squares in reached.items():
            for point in range(high - low + 1):
                further[total + point] = further.get(total + point, 0) | squares << point**2
        reached = further
    mean, places, _ = figure(row["mean"])
    sd, decimals, _ = figure(row["sd"])
    return any(
        sd in shows_root("nearest", Fraction(n * squares - total**2, n * (n - 1)), decimals)
        for total, bits in reached.items()
        if mean in shows("nearest", Fraction(total + n * low, n), places)
        for squares in range(bits.bit_length())
        if bits >> squares & 1
    )
