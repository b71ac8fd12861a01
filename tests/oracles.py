"""What rounding rules print, worked out with the standard library's decimal numbers: an oracle for tests."""

from decimal import (
    ROUND_DOWN,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
)

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
