"""Which slip of one character would make all that a report prints true, and all that we assume."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from keepinpact.audit.model import Model, literal
from keepinpact.numbers import ROUNDINGS, Figure
from keepinpact.statements.constraints import AtLeast, AtMost, Count, Kind, Printed
from keepinpact.statements.report import Report, Statement

_DIGITS = "0123456789"


@dataclass(frozen=True)
class Slip:
    """A printed number, and one that differs from it by a slip of one character."""

    statement: str
    printed: str
    instead: str


@dataclass(frozen=True)
class Slips:
    """How many slips were tried, and those that would mend everything."""

    tried: int
    mending: tuple[Slip, ...]


def slips(model: Model, rule: str = "nearest") -> Slips:
    """Try every slip of one character in every count and percentage that is printed in digits.

    A digit is changed, dropped or added, or two neighbours are swapped (Damerau 1964, "A technique for
    computer detection and correction of spelling errors", doi:10.1145/363958.363994). Percentages are read by
    ``rule``. Unfinished where an answer is not certain.
    """
    tried = 0
    mending = []
    everything = literal(model, rule)
    for statement in model.report.statements:
        reading = statement.readings[0]
        # Of a statement with other readings the literal one is to hold, with the slip in it.
        others = everything.without(statement.id)
        for place, constraint in enumerate(reading.holds):
            for text, other in _alternatives(model, statement, constraint):
                tried += 1
                said = [*reading.holds[:place], other, *reading.holds[place + 1 :]]
                lines = tuple(one for each in said for one in each.linears(ROUNDINGS[rule]))
                if others.holding((lines,)).exist:
                    mending.append(Slip(statement.id, printed_number(constraint), text))
    return Slips(tried, tuple(mending))


def printed_number(constraint: Kind) -> str:
    """The printed number of a constraint as its digits; empty for what prints none."""
    if isinstance(constraint, Printed):
        return constraint.printed.digits
    return str(constraint.is_) if isinstance(constraint, Count) else ""


def respelled(constraint: Count | Printed, digits: str) -> Count | Printed | None:
    """The same with other digits; None where these are no number that could stand there."""
    try:
        other = constraint.saying(digits)
        if isinstance(other, Count):
            return other
        figure, every = Figure.parse(digits), other.every()
    except ValueError:
        return None
    return other if every is None or figure.units in every else None


def in_digits(statement: Statement, constraint: Kind) -> bool:
    """Whether a number stands in a statement's quotation in digits; a word has none that could slip."""
    number = re.escape(printed_number(constraint))
    return bool(re.search(rf"(?<!\d){number}(?!\d)", statement.quote))


def is_month(constraint: Kind, report: Report) -> bool:
    """Whether its number is a month; what is compared may be months, and by how many is none."""
    first = next(iter(constraint.quantities()), None)
    if first is None or not isinstance(constraint, Count | AtMost | AtLeast):
        return False
    return report.quantity(first).unit == "month"


def _alternatives(model: Model, statement: Statement, constraint: Kind) -> Iterator[tuple[str, Kind]]:
    if not isinstance(constraint, Count | Printed):
        return
    if is_month(constraint, model.report) or not in_digits(statement, constraint):
        return
    for text in sorted(edits(printed_number(constraint))):
        if other := respelled(constraint, text):
            yield f"{text}{other.after if isinstance(other, Printed) else ''}", other


def edits(text: str) -> set[str]:
    """Numbers that differ from a written one by one character, without leading noughts."""
    found = set()
    for place in range(len(text) + 1):
        before, after = text[:place], text[place:]
        found |= {before + digit + after for digit in _DIGITS}
        if after and after[0] in _DIGITS:
            found |= {before + digit + after[1:] for digit in _DIGITS}
            found.add(before + after[1:])
        if len(after) > 1 and after[0] in _DIGITS and after[1] in _DIGITS:
            found.add(before + after[1] + after[0] + after[2:])
    kept = {one for one in found if one and (one[0] != "0" or one == "0" or one.startswith("0."))}
    return kept - {text}
