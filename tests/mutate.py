"""What notices a wrong value in the data: slips planted in a copy of ``data/``, one at a time.

``make mutate`` plants a sample of every kind of slip in every file and prints, by file and kind, how many a
rule refuses (``keepinpact.data.check``) and how many are only seen because the file is no longer the one that
``datapackage.json`` describes (``keepinpact.data.undescribed``). The first says how far the rules reach by
themselves (of the statements, the repair and the reconstruction one rule is a checksum, too); with the second
nothing may slip through.
"""

from __future__ import annotations

import argparse
import csv
import io
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from keepinpact.data import DataError, check, undescribed
from keepinpact.paths import ROOT

EXAMPLES = """examples:
  make mutate                     a sample of twenty of each kind in each file
  make mutate OPTIONS="--each 3"  a small one
"""
DESCRIPTION = "data/datapackage.json"


@dataclass(frozen=True)
class Slip:
    """A file of the data with something wrong in it."""

    file: str
    kind: str
    place: str
    content: bytes


def slips(file: str, content: bytes) -> Iterator[Slip]:
    """Every slip of every kind in a file."""
    text = content.decode()
    if file.endswith(".csv"):
        yield from _cells(file, text)
    lines = text.splitlines(keepends=True)
    for place, line in enumerate(lines):
        for kind, changed in _lines(lines, place):
            yield Slip(file, kind, f"line {place + 1}", changed.encode())
        if not file.endswith(".csv"):
            for kind, other in _texts(line.rstrip("\n")):
                spoilt = [*lines[:place], other + "\n", *lines[place + 1 :]]
                yield Slip(file, kind, f"line {place + 1}", "".join(spoilt).encode())
    yield Slip(file, "byte-order mark", "start", b"\xef\xbb\xbf" + content)
    yield Slip(file, "encoding", "whole", text.encode("utf-16"))
    yield Slip(file, "cut off", "end", content[: len(content) * 2 // 3])


def _lines(lines: list[str], place: int) -> Iterator[tuple[str, str]]:
    before, line, after = lines[:place], lines[place], lines[place + 1 :]
    yield "row dropped", "".join([*before, *after])
    yield "row doubled", "".join([*before, line, line, *after])
    if after and after[0] != line:
        yield "rows swapped", "".join([*before, after[0], line, *after[1:]])


def _cells(file: str, text: str) -> Iterator[Slip]:
    head, *rows = list(csv.reader(io.StringIO(text, newline="")))
    for place, row in enumerate(rows):
        for column, cell in enumerate(row):
            others = sorted({one[column] for one in rows} - {cell})
            found = list(_texts(cell))
            found += [("other value", others[(place + column) % len(others)])] if others else []
            for kind, other in found:
                changed = [*row[:column], other, *row[column + 1 :]]
                out = io.StringIO(newline="")
                csv.writer(out, lineterminator="\n").writerows(
                    [head, *rows[:place], changed, *rows[place + 1 :]]
                )
                yield Slip(file, kind, f"row {place + 2}, {head[column]}", out.getvalue().encode())


def _texts(text: str) -> Iterator[tuple[str, str]]:
    """What a slip of the hand makes of a text."""
    by = random.Random(text)
    digits = [place for place, one in enumerate(text) if one.isdigit()]
    if digits:
        at = by.choice(digits)
        yield "digit", f"{text[:at]}{(int(text[at]) + by.randint(1, 9)) % 10}{text[at + 1 :]}"
        yield "sign", f"{text[: digits[0]]}-{text[digits[0] :]}"
    letters = [place for place in range(len(text) - 1) if text[place : place + 2].isalpha()]
    letters = [place for place in letters if text[place] != text[place + 1]]
    if letters:
        at = by.choice(letters)
        yield "letters swapped", f"{text[:at]}{text[at + 1]}{text[at]}{text[at + 2 :]}"
        yield "letter dropped", f"{text[:at]}{text[at + 1 :]}"
    if text.strip():
        yield "white space", f"{text} "
    words = text.split(" ")
    if len(words) > 2:
        at = by.randrange(1, len(words))
        yield "word doubled", " ".join([*words[:at], words[at - 1], *words[at:]])


def noticed(slip: Slip, tree: Path) -> str:
    """What notices a slip, in a copy of the project's data: ``rule``, ``description`` or ``nothing``."""
    path = tree / slip.file
    before = path.read_bytes()
    path.write_bytes(slip.content)
    try:
        check(tree)
    except DataError:
        return "rule"
    else:
        return "description" if undescribed(tree) else "nothing"
    finally:
        path.write_bytes(before)


def sample(each: int, seed: str = "slips") -> list[Slip]:
    """So many slips of each kind in each file of the data, but for the description itself."""
    by = random.Random(seed)
    found: list[Slip] = []
    for path in sorted(path for path in (ROOT / "data").rglob("*") if path.is_file()):
        file = path.relative_to(ROOT).as_posix()
        content = path.read_bytes()
        kinds: dict[str, list[Slip]] = {}
        for slip in slips(file, content) if file != DESCRIPTION else ():
            if slip.content != content:
                kinds.setdefault(slip.kind, []).append(slip)
        for ones in kinds.values():
            found += by.sample(ones, min(each, len(ones)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--each", type=int, default=20, metavar="N", help="so many of a kind and file (20)")
    options = parser.parse_args()
    planted = sample(options.each)
    counts: dict[tuple[str, str], Counter[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "data", Path(folder) / "data")
        for number, slip in enumerate(planted, start=1):
            by = noticed(slip, Path(folder))
            counts.setdefault((slip.file, slip.kind), Counter())[by] += 1
            if by == "nothing":
                print(f"noticed by nothing: {slip.file}, {slip.place}: {slip.kind}")
            if sys.stderr.isatty():
                print(f"\r{number} of {len(planted)}", end="", file=sys.stderr)
    print(f"{'file':32}{'slip':18}{'planted':>8}{'by a rule':>10}{'by nothing':>11}")
    for (file, kind), count in counts.items():
        print(f"{file:32}{kind:18}{count.total():8}{count['rule']:10}{count['nothing']:11}")
    total = sum(counts.values(), Counter[str]())
    share = round(100 * total["rule"] / total.total())
    said = f"a rule refuses {total['rule']} ({share} %), {total['nothing']} go unnoticed"
    print(f"{total.total()} planted, {said}")
    sys.exit(bool(total["nothing"]))


if __name__ == "__main__":
    main()
