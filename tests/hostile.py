"""Markup planted in every text of a copy of the data, found by walking its files."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from keepinpact.data import DataError, check
from keepinpact.data.rows import ROWS
from keepinpact.reconstruct import write

BEFORE = "# 1. > % "
"""What begins a heading, a list, a quotation, a remark."""
WITHIN = (
    '<b class="tplanted">b</b><img src="tplanted.png" onerror="window.tplanted=true">'
    "<script>window.tplanted=true</script></a></title></textarea>"
    '[link](javascript:tplanted)<a href="javascript:tplanted">a</a>![image](tplanted.png "t")'
    "`code` *em* _em_ **strong** ~~gone~~ $m$ {.tplanted} {sub}`s` {{ s }} [^note] https://tplanted.example/ "
    "\\b &lt; &#60; | ::: ``` +++ === [@cited] @someone #tag $$$$ [[wiki]] (target)= ^up^ #let #tplanted "
    "\n\n```{raw} html\n<b class='tplanted'>b</b>\n```\n\n:::{note}\nb\n:::\n\n<b class='tplanted'>b</b> end"
)
"""Markup of HTML, Markdown and its extensions, Typst, directives, and what makes attributes end."""


def planted(text: str) -> str:
    """A text with markup before and after it."""
    return f"{BEFORE}{text} {WITHIN}"


def texts(value: Any, key: str = "") -> Iterator[tuple[Any, Any, str]]:
    """Each text in what a YAML file holds: what holds it, where there, and the key that it stands under."""
    for at, inner in value.items() if isinstance(value, dict) else enumerate(value):
        name = at if isinstance(value, dict) else key
        if isinstance(inner, str):
            yield value, at, name
        elif isinstance(inner, dict | list):
            yield from texts(inner, name)


def _tables(root: Path) -> dict[str, list[list[str]]]:
    found = {}
    for name in ROWS:
        if (root / name).exists():
            with (root / name).open(encoding="utf-8", newline="") as file:
                found[name] = list(csv.reader(file))
    return found


def _fits(name: str, head: list[str], row: list[str], place: int) -> bool:
    """Whether the model of a row takes markup in a column."""
    cells = dict(zip(head, row, strict=True)) | {head[place]: planted(row[place])}
    try:
        ROWS[name].model_validate(cells)
    except ValidationError:
        return False
    return True


def plant(root: Path) -> tuple[set[tuple[str, str]], list[str]]:
    """Plant markup in every text of a project's data that takes it, and make its checksums anew.

    Returns
    -------
    tuple
        The file and the column or key of each text that is planted; and the faults with which the check
        refused it in all others, which are names of something and stay as they are.
    """
    tables = _tables(root)
    written = {
        path.relative_to(root).as_posix(): yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in (root / "data").rglob("*.yml")
    }
    keys = {(name, key) for name, content in written.items() for _, _, key in texts(content)}
    columns = {
        (name, head[place])
        for name, (head, *rows) in tables.items()
        for place in range(len(head))
        if any(row[place] and _fits(name, head, row, place) for row in rows[:100:3])
    }
    refused: list[str] = []
    left = keys | columns
    while True:
        for name, (head, *rows) in tables.items():
            with (root / name).open("w", encoding="utf-8", newline="") as file:
                out = csv.writer(file, lineterminator="\n")
                out.writerow(head)
                for number, row in enumerate(rows):
                    # Some rows are enough of a long table.
                    here = number % 3 == 0 and number < 100
                    out.writerow(
                        planted(cell) if here and cell and (name, column) in left else cell
                        for column, cell in zip(head, row, strict=True)
                    )
        for name, content in written.items():
            copy = yaml.safe_load(yaml.safe_dump(content))
            for holder, at, key in [*texts(copy)]:
                if (name, key) in left:
                    holder[at] = planted(holder[at])
            text = yaml.safe_dump(copy, allow_unicode=True, sort_keys=False, width=1000)
            (root / name).write_text(text, encoding="utf-8")
        try:
            write(root)
            check(root)
        except DataError as error:
            names = {(fault.file, fault.column.rpartition("/")[2]) for fault in error.faults}
            if not names & left:
                # A place in a list has no key of its own.
                names = {(fault.file, key) for fault in error.faults for key in fault.column.split("/")}
            if not names & left:
                raise
            refused += [str(fault) for fault in error.faults if not fault.more]
            left -= names
        else:
            return left, refused
