"""Checking the data and building the book with simulated responses: time, memory, and what is published.

The surveys are made up, nobody's answers: the 48 people of the tests, and so many times as many who answer
as they do. They lie in a temporary folder, and nothing that comes out is a result.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench import ROOT, Cost, measure
from keepinpact.data import RELEASED
from simulated import AGREEING, copy_of_the_project

EXAMPLES = """examples:
  python tests/bench_responses.py                   48, 10,000 and 1,000,000 people
  python tests/bench_responses.py --people 48 5000
"""


@dataclass(frozen=True)
class Measured:
    people: int
    megabytes: float
    """Of the file of responses."""
    check: Cost
    book: Cost
    pages: dict[str, int]
    """Bytes by name."""
    results: int
    """Bytes of results.json."""


def measured(people: int, folder: Path) -> Measured:
    """A project with so many simulated people, or a few more, checked and built from nothing."""
    factor = -(-people // sum(AGREEING.size.values()))
    folder.mkdir()
    copy_of_the_project(folder, AGREEING.times(factor))
    shutil.copy(ROOT / "verify.py", folder)
    run = [sys.executable, "-m", "keepinpact"]
    check, book = measure([*run, "check"], folder), measure([*run, "book"], folder)
    html = folder / "_build/html"
    return Measured(
        factor * sum(AGREEING.size.values()),
        (folder / RELEASED).stat().st_size / 1e6,
        check,
        book,
        {path.relative_to(html).as_posix(): path.stat().st_size for path in html.rglob("*.html")},
        (html / "results.json").stat().st_size,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--people", type=int, nargs="+", default=[48, 10_000, 1_000_000], metavar="N", help="of each survey"
    )
    found: list[Measured] = []
    with tempfile.TemporaryDirectory() as folder:
        for people in parser.parse_args().people:
            one = measured(people, Path(folder) / str(people))
            print(f"{one.people} people: book in {one.book.seconds:.0f} s", file=sys.stderr)
            found.append(one)
            shutil.rmtree(Path(folder) / str(people))
    python, processors = platform.python_version(), os.cpu_count()
    print(f"Simulated responses, nobody's answers. Python {python}, {processors} processors")
    print(f"{'people':>9} {'file':>9} {'check':>18} {'book':>18} {'pages':>9} {'largest':>9} {'results':>9}")
    for one in found:
        costs = " ".join(f"{c.seconds:8.1f} s {c.megabytes:5.0f} MB" for c in (one.check, one.book))
        sizes = (sum(one.pages.values()), max(one.pages.values()), one.results)
        print(
            f"{one.people:9} {one.megabytes:6.1f} MB {costs} "
            + " ".join(f"{n / 1024:6.0f} KB" for n in sizes)
        )
    first = found[0]
    for one in found[1:]:
        grown = max(one.pages, key=lambda name: one.pages[name] / first.pages.get(name, 1))
        print(
            f"{one.people} against {first.people}: book in {one.book.seconds / first.book.seconds:.2f} times "
            f"the time; check {one.check.seconds / one.megabytes:.3f} s a megabyte; pages "
            f"{sum(one.pages.values()) / sum(first.pages.values()):.3f} times, at most "
            f"{one.pages[grown] / first.pages.get(grown, 1):.2f} times ({grown})"
        )


if __name__ == "__main__":
    main()
