"""Words for fractions, each with the range of shares that it is read as.

No report says how far its "about a third" goes. So each wording has a range that is written down here and on
the page "The statements file", and every answer that rests on one names it. A statement that means another
range gives its limits itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["WORDINGS", "Range"]


@dataclass(frozen=True)
class Range:
    """Shares between two limits, as parts of 1; None where there is none, open where it does not count in."""

    low: Fraction | None = None
    high: Fraction | None = None
    low_open: bool = False
    high_open: bool = False
    says: str = ""
    """The range in words."""


_FRACTIONS = {
    "half": Fraction(1, 2),
    "a third": Fraction(1, 3),
    "two thirds": Fraction(2, 3),
    "a quarter": Fraction(1, 4),
    "three quarters": Fraction(3, 4),
    "a fifth": Fraction(1, 5),
    "two fifths": Fraction(2, 5),
    "three fifths": Fraction(3, 5),
    "four fifths": Fraction(4, 5),
    "a tenth": Fraction(1, 10),
}
_NARROW, _WIDE = Fraction(5, 2), Fraction(5)
"""How many percentage points a plain fraction, and one with a word before it, may be off."""
_ONE_IN = range(2, 11)


def _percents(fraction: Fraction, points: Fraction) -> tuple[int, int]:
    """So many points below and above a fraction, widened to whole per cents."""
    below, above = 100 * fraction - points, 100 * fraction + points
    return below.numerator // below.denominator, -(-above.numerator // above.denominator)


def _wordings() -> Iterator[tuple[str, Range]]:
    for words, fraction in _FRACTIONS.items():
        (low, high), (far_low, far_high) = _percents(fraction, _NARROW), _percents(fraction, _WIDE)
        for name, a, b in ((words, low, high), (f"about {words}", far_low, far_high)):
            yield name, Range(Fraction(a, 100), Fraction(b, 100), says=f"from {a} % to {b} %")
        yield (
            f"nearly {words}",
            Range(
                Fraction(far_low, 100),
                fraction,
                high_open=True,
                says=f"from {far_low} % to less than {words}",
            ),
        )
        yield (
            f"just over {words}",
            Range(
                fraction,
                Fraction(far_high, 100),
                low_open=True,
                says=f"more than {words}, up to {far_high} %",
            ),
        )
    names = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    for number, name in zip(_ONE_IN, names, strict=True):
        # To the nearest whole number: one in two and a half is the limit between one in two and one in three.
        least, most = 2 * number - 1, 2 * number + 1
        yield (
            f"one in {name}",
            Range(Fraction(2, most), Fraction(2, least), says=f"from 2 in {most} to 2 in {least}"),
        )


WORDINGS = dict(_wordings())
"""The range of each wording, by its words."""
