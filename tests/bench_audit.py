"""Time and memory of the audit: this report's, and made-up ones of growing size.

Each line is a process of its own; times leave the imports out. The made-up reports are drawn by a seeded
generator: first a data set, then statements that are true of it, of every kind. Planted contradictions are
counts and percentages that are not.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from keepinpact.audit import Model, audit, literal, whole
from keepinpact.audit.settling import most_settling
from keepinpact.data import entry_counts, load_edition
from keepinpact.numbers import Share
from keepinpact.statements.report import Report

EXAMPLES = """examples:
  python tests/bench_audit.py                              the table
  python tests/bench_audit.py --one 200 48 0 --limit 60    one made-up report: statements, base, planted
"""
SIZES = (25, 50, 100, 200)
BASES = (100, 1_000, 10_000, 100_000)
LIMITS = (48, 10_000, 10_000_000)
"""A thousand statements: bounds are to take 5 s, what to ask for 5 s, the whole audit 30 s."""
GROUP = 10
"""Quantities an item: its base and the answers."""

Holds = dict[str, dict[str, Any]]


class Made:
    """A made-up data set and statements that are true of it."""

    def __init__(self, quantities: int, base: int, seed: int) -> None:
        self.draw = random.Random(seed)
        self.values: dict[str, int] = {}
        self.items: list[tuple[str, list[str]]] = []
        self.quantities: list[dict[str, Any]] = []
        for item in range(quantities // GROUP or 1):
            name = f"item{item}"
            self.values[name] = max(2, round(base * self.draw.uniform(0.7, 1)))
            answers = [f"{name}.value{i}" for i in range(GROUP - 1)]
            left = self.values[name]
            # Every second item allows one answer a respondent, the others several.
            exclusive = item % 2 == 0
            for answer in answers:
                self.values[answer] = self.draw.randint(0, left)
                left -= self.values[answer] if exclusive else 0
            if exclusive:
                self.values[answers[-1]] += left
            self.items.append((name, answers))
            self.quantities.append({"id": name, "says": name, "parts": answers if exclusive else []})
            self.quantities += [{"id": answer, "says": answer, "within": name} for answer in answers]

    def statement(self, kind: str) -> Holds | None:
        """Something true of that kind about a random item; None where nothing is."""
        draw, values = self.draw, self.values
        base, answers = draw.choice(self.items)
        one, other, third = draw.sample(answers, 3)
        order = sorted((one, other, third), key=lambda name: -values[name])
        match kind:
            case "count":
                return {"count": {"of": one, "is": values[one]}}
            case "share" if values[base]:
                share = Share(values[one], values[base])
                return {"share": {"of": one, "base": base, "is": share.percent(draw.choice((0, 0, 0, 1)))}}
            case "sum":
                far = draw.choice(draw.choice(self.items)[1])
                total = values[one] + values[other] - values[far]
                if total >= 0:
                    return {"sum": {"of": [one, other], "is": [far, total]}}
                return {"sum": {"of": [one, other, -total], "is": [far]}}
            case "one_of":
                return {"one_of": {"of": one, "are": [values[one] + step for step in (0, 3, 7)]}}
            case "at_most":
                return {"at_most": {"each": [one, other], "is": max(values[one], values[other]) + 2}}
            case "at_least":
                return {"at_least": {"each": [one, other], "is": min(values[one], values[other]) // 2}}
            case "majority":
                each = [name for name in answers if 2 * values[name] > values[base]]
                return {"majority": {"each": each[:2], "base": base}} if each else None
            case "no_majority":
                each = [name for name in answers if 2 * values[name] <= values[base]]
                return {"no_majority": {"each": each[:3], "base": base}} if each else None
            case "more_than" if values[order[0]] > values[order[1]]:
                return {"more_than": {"each": [order[0]], "than": order[1:]}}
            case "at_least_as_many":
                return {"at_least_as_many": {"each": order[:2], "as": order[2:]}}
            case "rank":
                ranked = sorted(answers, key=lambda name: -values[name])
                return {"rank": {"order": ranked[:3], "ahead_of": ranked[3:]}}
        return None

    def statements(self, number: int) -> Iterator[Holds]:
        """That many true statements, of all kinds."""
        kinds = ["count", "share", "share", "sum", "one_of", "at_most", "at_least", "majority", "no_majority"]
        kinds += ["more_than", "at_least_as_many", "rank"]
        while number:
            found = self.statement(self.draw.choice(kinds))
            if found:
                number -= 1
                yield found

    def planted(self, number: int) -> Iterator[Holds]:
        """That many pairs of statements of which one at least is false."""
        for _ in range(number):
            one = self.draw.choice(self.draw.choice(self.items)[1])
            yield {"count": {"of": one, "is": self.values[one]}}
            yield {"count": {"of": [one, one], "is": 2 * self.values[one] + 2}}


def made_up(statements: int, base: int, planted: int, seed: int = 1) -> Report:
    """A report of that many statements over half as many quantities, each about ``base`` at most."""
    made = Made(statements // 2, base, seed)
    largest: dict[str, Any] = {"id": "largest", "says": "none is larger", "holds": []}
    largest["holds"] = [{"at_most": {"each": [name for name, _ in made.items], "is": base}}]
    holds = [*made.statements(statements - 2 * planted), *made.planted(planted)]
    return Report.model_validate(
        {
            "format": 1,
            "title": "made up",
            "sections": [{"id": "s", "title": "S"}],
            "quantities": made.quantities,
            "definitions": [largest],
            "statements": [
                {"id": f"s{i}", "section": "s", "quote": "made up", "says": "made up", "holds": [one]}
                for i, one in enumerate(holds)
            ],
        }
    )


def measured(report: Report, entries: dict[str, int], limit: float, **more: Any) -> dict[str, Any]:
    """Processor time of the bounds and of what to ask for; time and memory of the whole audit."""
    start = time.process_time()
    bounds = None
    data_sets = literal(Model(report, entries))
    if data_sets.exist:
        data_sets.bounds()
        bounds = time.process_time() - start
    asking = [0.0]

    def timed(*given: Any) -> Any:
        began = time.process_time()
        try:
            return most_settling(*given)
        finally:
            asking[0] += time.process_time() - began

    whole.most_settling = timed
    start, cpu = time.perf_counter(), time.process_time()
    found = audit(report, entries, seconds=limit, **more)
    return {
        "statements": len(report.statements),
        "quantities": len(report.quantities),
        "bounds": bounds,
        "audit": time.perf_counter() - start,
        "cpu": time.process_time() - cpu,
        "asks": asking[0],
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "conflicts": len(found.conflicts),
        "repairs": len(found.repairs),
        "unfinished": found.unfinished,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--limit", type=float, default=60, metavar="S", help="time limit of an audit (60)")
    parser.add_argument(
        "--one", type=int, nargs="*", metavar="N", help="one line as JSON; without numbers, this report"
    )
    options = parser.parse_args()
    if options.one is not None:
        if options.one:
            result = measured(made_up(*options.one), {}, options.limit)
        else:
            edition = load_edition()
            result = measured(
                edition.report, entry_counts(edition.items), options.limit, repair=edition.repair
            )
        print(json.dumps(result))
        return
    cases: list[tuple[str, list[int]]] = [("this report", [])]
    cases += [("up to 48", [size, 48, 0]) for size in SIZES]
    cases += [(f"up to {base:,}", [200, base, 0]) for base in BASES]
    cases += [(f"limits, to {base:,}", [1_000, base, 0]) for base in LIMITS]
    cases += [("3 planted", [200, 48, 3]), ("3 planted, to 100,000", [200, 100_000, 3])]
    print(
        f"{'counts':22} {'statements':>10} {'quantities':>10} {'bounds':>8} {'audit':>8} {'its CPU':>9} "
        f"{'asks':>8} {'peak':>7} {'conflicts':>9} {'repairs':>7}"
    )
    for name, numbers in cases:
        command = [sys.executable, __file__, "--limit", str(options.limit), "--one", *map(str, numbers)]
        one = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        bounds = f"{one['bounds']:6.2f} s" if one["bounds"] else ""
        print(
            f"{name:22} {one['statements']:10} {one['quantities']:10} {bounds:>8} {one['audit']:6.2f} s "
            f"{one['cpu']:7.2f} s {one['asks']:6.2f} s {one['peak']:4.0f} MB {one['conflicts']:9} "
            f"{one['repairs']:7}"
            + (f"  unfinished: {', '.join(one['unfinished'])}" if one["unfinished"] else ""),
            flush=True,
        )


if __name__ == "__main__":
    main()
