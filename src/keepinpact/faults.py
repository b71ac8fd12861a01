"""What is wrong with a file: every fault with file, line, column, value and rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


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
        return f"{where}: {what if self.column or self.value else 'the file'}: {self.rule}"


class DataError(ValueError):
    """A file that cannot be used, with all its faults."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)
        count = f"{len(self.faults)} fault" + ("s" if len(self.faults) > 1 else "")
        listed = "\n".join(f"  {f}" for f in self.faults)
        super().__init__(f"{count} in the data (place: what stands there: what should):\n{listed}")


def fault_rule(message: str) -> str:
    """A rule in our words, from the message of a validation."""
    rule = message.removeprefix("Value error, ")
    return rule.replace("Input should be", "is").replace("String should", "should")
