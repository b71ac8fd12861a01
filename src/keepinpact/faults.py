"""What is wrong with a file: every fault with file, line, column, value and rule."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f"
    r"\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
    r"|(?<![\u0250-\U0010ffff])[\u200c\u200d]"
)
"""What cannot be seen, or changes how others are seen: controls, marks of direction, what has no width.

Joiners have their place within scripts and signs that are joined, and nowhere else.
"""

MOST_LISTED = 100
"""So many faults of a kind are listed; whoever has a million of them reads no more."""


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
    more: int = 0
    """Not 0 for what stands for so many more that break the rule, of which none is listed."""

    def __str__(self) -> str:
        if self.more:
            where = ": ".join(filter(None, [self.file, self.column]))
            return visible(f"{where}: {self.more} more with the same fault are not listed: {self.rule}")
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


class Faults:
    """Faults, as they are found: of each kind the first are listed, and the others counted.

    Of a kind are those of a file that break the same rule in the same column, or under the same key. What
    follows a semicolon in a rule is about the one row, and makes no kind of its own.
    """

    def __init__(self, found: Iterable[Fault] = ()) -> None:
        self._listed: list[Fault] = []
        self._number: Counter[tuple[str, str, str]] = Counter()
        self.add(found)

    def add(self, found: Iterable[Fault]) -> None:
        """Take more of them in."""
        for one in found:
            key = one.column.rpartition("/")[2]
            # A place in a list would look like a line.
            kind = one.file, "" if key.isdigit() else key, one.rule.partition(";")[0]
            self._number[kind] += one.more or 1
            if not one.more and self._number[kind] <= MOST_LISTED:
                self._listed.append(one)

    def __len__(self) -> int:
        return sum(self._number.values())

    def __iter__(self) -> Iterator[Fault]:
        yield from self._listed
        for (file, column, rule), number in self._number.items():
            if number > MOST_LISTED:
                yield Fault(file, 0, column, None, rule, number - MOST_LISTED)


class DataError(ValueError):
    """A file that cannot be used, with its faults; see :class:`Faults`."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        found = Faults(faults)
        self.faults = [*found]
        count = f"{len(found)} fault" + ("s" if len(found) > 1 else "")
        listed = "\n".join(f"  {one}" for one in self.faults)
        super().__init__(f"{count} in the data (place: what stands there: what should):\n{listed}")


def fault_rule(message: str) -> str:
    """A rule in our words, from the message of a validation."""
    rule = message.removeprefix("Value error, ")
    return rule.replace("Input should be", "is").replace("String should", "should")
