"""What is wrong with a file: every fault with file, line, column, value and rule."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f"
    r"\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
    r"|(?<![\u0250-\U0010ffff])[\u200c\u200d]"
)
"""What cannot be seen, or changes how others are seen: controls, marks of direction, what has no width.

Joiners have their place within scripts and signs that are joined, and nowhere else.
"""


def visible(text: str) -> str:
    """A line to be shown, in which what cannot be seen has its number, such as U+202E."""
    return UNSEEN.sub(lambda found: f"<U+{ord(found[0]):04X}>", text).replace("\n", "<U+000A>")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a file."""

    file: str
    """The file, relative to the project's folder where it lies in it."""
    row: int
    """The line in the file, from 1; 0 for the file as a whole."""
    column: str
    """Column or key; empty for a whole row."""
    value: str | None
    """What stands there; None for nothing."""
    rule: str
    """What should."""

    def __str__(self) -> str:
        where = f"{self.file}:{self.row}" if self.row else self.file
        shown = "" if self.value is None else repr(self.value)
        what = f"{self.column} {shown}".strip() if self.column else shown
        return visible(f"{where}: {what if self.column or self.value else 'the file'}: {self.rule}")


def unseen(name: str, text: str, row: int = 1) -> Fault | None:
    """The fault of the first character that cannot be seen in a text which begins in a row of a file."""
    found = UNSEEN.search(text)
    if found is None:
        return None
    if unicodedata.category(found[0]) == "Cc":
        rule = "the file holds no control characters"
    else:
        what = unicodedata.name(found[0], "such a character").lower()
        rule = f"the file holds nothing that cannot be seen, such as this {what}: leave it out"
    row += text.count("\n", 0, found.start())
    return Fault(name, row, "character", f"U+{ord(found[0]):04X}", rule)


MOST_SHOWN = 500
"""How many faults an error lists; whoever has a million of them reads no more."""


class DataError(ValueError):
    """A file that cannot be used, with all its faults."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)
        count = f"{len(self.faults)} fault" + ("s" if len(self.faults) > 1 else "")
        listed = "\n".join(f"  {f}" for f in self.faults[:MOST_SHOWN])
        if len(self.faults) > MOST_SHOWN:
            listed += f"\n  and {len(self.faults) - MOST_SHOWN} more"
        super().__init__(f"{count} in the data (place: what stands there: what should):\n{listed}")


def fault_rule(message: str) -> str:
    """A rule in our words, from the message of a validation."""
    rule = message.removeprefix("Value error, ")
    return rule.replace("Input should be", "is").replace("String should", "should")
