"""What rounding rules print, worked out with the standard library's decimal numbers: an oracle for tests."""

import math
from decimal import (
    ROUND_DOWN,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
)
from fractions import Fraction
from itertools import product
from statistics import median_high, median_low

# Enough digits that no quotient of small counts looks like a tie, or like a whole number, without being one.
_EXACT = Context(prec=40)
_ROUNDED = {
    "nearest": (ROUND_HALF_UP, ROUND_HALF_DOWN),
    "half up": (ROUND_HALF_UP,),
    "half down": (ROUND_HALF_DOWN,),
    "half even": (ROUND_HALF_EVEN,),
    "truncated": (ROUND_DOWN,),
    "ceiling": (ROUND_UP,),
    "nearest 5": (ROUND_HALF_UP, ROUND_HALF_DOWN),
}


def prints(rule: str, k: int, n: int, decimals: int = 0) -> set[int]:
    """The percentages that a rule prints for k of n, as whole numbers of the last decimal printed."""
    step = 5 if rule == "nearest 5" else 1
    steps = _EXACT.divide(Decimal(100 * 10**decimals * k), Decimal(step * n))
    return {step * int(steps.to_integral_value(way, _EXACT)) for way in _ROUNDED[rule]}


def weighted(k: int, n: int, ratio: Fraction) -> tuple[Fraction, Fraction]:
    """The smallest and the largest weighted share of k in n, by trying the extreme weights of each answer."""
    found = []
    for weights in product([Fraction(1), ratio], repeat=n):
        found.append(sum(weights[:k], Fraction(0)) / sum(weights, Fraction(0)))
    return min(found), max(found)


def prints_between(rule: str, ends: tuple[Fraction, Fraction], units: int, decimals: int) -> bool:
    """Whether a percentage is printed of some share between two: what is printed grows with the share."""
    first, last = (prints(rule, one.numerator, one.denominator, decimals) for one in ends)
    step = 5 if rule == "nearest 5" else 1
    return units % step == 0 and not (decimals and step == 5) and min(first) <= units <= max(last)


FRACTIONS = {
    "half": (1, 2), "a third": (1, 3), "two thirds": (2, 3), "a quarter": (1, 4), "three quarters": (3, 4),
    "a fifth": (1, 5), "two fifths": (2, 5), "three fifths": (3, 5), "four fifths": (4, 5),
    "a tenth": (1, 10),
}  # fmt: skip
NUMBERS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


def worded(words: str, k: int, n: int) -> bool:
    """Whether k of n is what words for a fraction say, as the page on the statements file has it."""
    share = Fraction(k, n)
    if words.startswith("one in "):
        number = NUMBERS.index(words.removeprefix("one in ")) + 2
        # n / k rounds to the number, either way at a tie.
        return k > 0 and abs(Fraction(n, k) - number) <= Fraction(1, 2)
    before = next((one for one in ("about ", "nearly ", "just over ") if words.startswith(one)), "")
    fraction = Fraction(*FRACTIONS[words.removeprefix(before)])
    points = 5 if before else Fraction(5, 2)
    low = Fraction(math.floor(100 * fraction - points), 100)
    high = Fraction(math.ceil(100 * fraction + points), 100)
    return {
        "": low <= share <= high,
        "about ": low <= share <= high,
        "nearly ": low <= share < fraction,
        "just over ": fraction < share <= high,
    }[before]


def limit(text: str) -> Fraction:
    """A limit of a share as it is written."""
    return Fraction(text.rstrip("% ")) / 100 if "%" in text else Fraction(text)


LIMITS = {
    "at_least": lambda share, end: share >= end,
    "more_than": lambda share, end: share > end,
    "at_most": lambda share, end: share <= end,
    "less_than": lambda share, end: share < end,
}


def figure(text: str | int) -> tuple[int, int, str]:
    """The digits, the number of decimals and the unit of a printed number."""
    text = str(text)
    number = text.rstrip("abcdefghijklmnopqrstuvwxyz% ")
    whole, _, decimals = number.partition(".")
    return int(whole + decimals), len(decimals), text[len(number) :].strip()


def multiple(rule: str, value: Fraction, units: int, decimals: int, unit: str) -> bool:
    """Whether a rule prints a number, of a percentage its hundredth, as so many units of the last decimal."""
    if unit != "%":
        return units in shows(rule, value, decimals)
    stepped = rule == "nearest 5" and (decimals or units % 5)
    return not stepped and units in prints(rule, value.numerator, value.denominator, decimals)


def shows(rule: str, value: Fraction, decimals: int) -> set[int]:
    """The numbers, no percentages, that a rule prints, as whole numbers of the last decimal."""
    return _shown(rule, _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator)), decimals)


def shows_root(rule: str, value: Fraction, decimals: int) -> set[int]:
    """The same for the square root of a value."""
    return _shown(
        rule, _EXACT.sqrt(_EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))), decimals
    )


def _shown(rule: str, value: Decimal, decimals: int) -> set[int]:
    plain = "nearest" if rule == "nearest 5" else rule
    return {int(value.scaleb(decimals).to_integral_value(way, _EXACT)) for way in _ROUNDED[plain]}


def of_scale(kind: str, body: dict, answers: list[int], rule: str) -> bool:
    """Whether answers have the printed mean, median or standard deviation."""
    n = len(answers)
    units, decimals, _ = figure(body["is"])
    if n == 0:
        return False
    mean = Fraction(sum(answers), n)
    if kind == "mean":
        return units in shows(rule, mean, decimals)
    if kind == "median":
        return median_low(answers) <= Fraction(units, 10**decimals) <= median_high(answers)
    if n != body["n"]:
        return False
    if body.get("mean"):
        printed, places, _ = figure(body["mean"])
        if printed not in shows(rule, mean, places):
            return False
    squares = sum((answer - mean) ** 2 for answer in answers)
    divisors = {"n": [n], "n-1": [n - 1], None: [n, n - 1]}[body.get("divisor")]
    return any(units in shows_root(rule, squares / divisor, decimals) for divisor in divisors)
