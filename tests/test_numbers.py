"""Rounding, shares, bounds and printed percentages against oracles."""

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepinpact.numbers import ROUNDINGS, Bound, Figure, Percentage, Share, candidates, one_answer, rounded
from oracles import prints


def quotient(k: int, n: int) -> Decimal:
    with localcontext() as context:
        context.prec = 60
        return Decimal(100 * k) / Decimal(n)


def test_every_tie_up_to_a_thousand_goes_up():
    ties = 0
    for n in range(1, 1001):
        for k in range(n + 1):
            if (200 * k) % (2 * n) == n:
                ties += 1
                assert Share(k, n).percent() == f"{(200 * k + n) // (2 * n)} %"
    assert ties > 1000


@pytest.mark.parametrize(("k", "shown"), [(6, "13 %"), (18, "38 %"), (30, "63 %"), (42, "88 %")])
def test_the_ties_of_48_are_not_rounded_to_even(k, shown):
    assert Share(k, 48).percent() == shown


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.integers(0, 3))
def test_printing_agrees_with_decimal_division(share, decimals):
    k, n = share
    expected = quotient(k, n).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    assert rounded(100 * Fraction(k, n), decimals) == expected


def test_share_text_and_limits():
    assert str(Share(19, 31)) == "61 % (19 of 31)"
    assert str(Share(0, 3)) == "0 % (0 of 3)"
    for k, n in ((1, 0), (-1, 3), (4, 3)):
        with pytest.raises(ValueError, match="no share"):
            Share(k, n)


def test_bound_text_and_limits():
    assert str(Bound(1, 2)) == "1 to 2"
    assert str(Bound(33, 33)) == "33"
    assert str(Bound(2, None)) == "2 or more"
    assert Bound(0, 0).settled
    assert not Bound(0, None).settled
    with pytest.raises(ValueError, match=r"^a bound from 2 to 1 is empty$"):
        Bound(2, 1)
    assert str(Bound(2, 5, (2, 4, 5))) == "2, 4 or 5"
    for values in ((3, 5), (2, 4)):
        with pytest.raises(ValueError, match=r"^the values of a bound run from 2 to 5$"):
            Bound(2, 5, values)


def test_a_number_is_shown_as_it_was_printed():
    for printed in ("3", "3.4", "3.40", "0.05", "12.000001"):
        assert str(Figure.parse(printed)) == printed


def test_what_a_rule_cannot_print_has_no_limits():
    for printed in ("61 %", "60.0 %", "60.5 %"):
        with pytest.raises(ValueError, match=rf"^{printed} is no whole multiple of 5 %$"):
            ROUNDINGS["nearest 5"].span(Percentage.parse(printed))
    assert ROUNDINGS["nearest 5"].span(Percentage.parse("60 %")) is not None


@pytest.mark.parametrize(
    ("printed", "units", "scale", "shown"),
    [
        ("61%", 61, 1, "61 %"),
        ("70.0 %", 700, 10, "70.0 %"),
        ("100", 100, 1, "100 %"),
        ("0.05%", 5, 100, "0.05 %"),
    ],
)
def test_percentages_keep_their_printed_digits(printed, units, scale, shown):
    percentage = Percentage.parse(printed)
    assert (percentage.units, percentage.scale, str(percentage)) == (units, scale, shown)


@pytest.mark.parametrize("printed", ["", "%", "101 %", "100.1", "-3 %", "6,1 %", "sixty", "61 %%", "1e2"])
def test_what_is_no_percentage_is_refused(printed):
    with pytest.raises(ValueError, match=r"percentage|over 100"):
        Percentage.parse(printed)


@pytest.mark.parametrize(
    ("rule", "decimals"), [(r, d) for r in ROUNDINGS for d in (0, 1, 2) if d == 0 or r != "nearest 5"]
)
def test_rounding_rules_against_division(rule, decimals):
    rounding, scale = ROUNDINGS[rule], 10**decimals
    percentages = [Percentage(units, scale) for units in range(100 * scale + 1)]
    # What a rule allows lies side by side, but that "nearest 5" prints every fifth and ties go to the even.
    beside = (-rounding.step, -2, -1, 0, 1, 2, rounding.step)
    for n in range(1, 201):
        behind: dict[int, list[Share]] = {}
        for k in range(n + 1):
            share, expected = Share(k, n), prints(rule, k, n, decimals)
            near = {p + step for p in expected for step in beside if 0 <= p + step <= 100 * scale}
            for p in near:
                behind.setdefault(p, []).extend([share] * (p in expected))
        for p, shares in behind.items():
            assert candidates(percentages[p], n, rule) == shares, (p, n)


def test_no_count_of_48_is_70_per_cent_unless_truncated():
    seventy = Percentage.parse("70 %")
    assert candidates(seventy, 48) == []
    assert candidates(seventy, 48, "truncated") == [Share(34, 48)]
    assert candidates(seventy, 47) == [Share(33, 47)]


def test_weight_of_one_answer():
    assert one_answer([31, 18]) == Bound(3, 6, (3, 6))
    assert one_answer([50, 33]) == Bound(2, 3)
    assert one_answer([47]) == Bound(2, 2)
