"""Published examples of the GRIM test, which the rounding rules and the audit have to reproduce.

GRIM (Brown and Heathers 2017, doi:10.1177/1948550616673876) asks whether the mean of n whole numbers can be
the one that is printed. Such a mean is a whole number and k of n more, so its decimals are a percentage: 5.19
of 28 answers can be right where 19 % of 28 can. That needs two decimals or more. The n of a scale of several
items is taken times their number, as scrutiny does.

``grim.csv`` holds the examples as facts, each with its source. What scrutiny calls "floor" and "anti_trunc"
is "trunc" and "ceiling" for numbers above zero. Its "even" counts both ends of the interval in, since it
rounds binary numbers; ours is exact, so it may be stricter there and nowhere else.
"""

from functools import partial
from statistics import fmean, stdev

import pytest

import samples
from grim import ROWS, RULES, percentage, report
from keepinpact.audit import Model, audit, literal
from keepinpact.numbers import Bound, Percentage, candidates
from oracles import prints
from samples import of_scale

SCRUTINY = "R package scrutiny by Lukas Jung, https://github.com/lhdjung/scrutiny, "
SOURCES = {
    "grim": SCRUTINY + "help page of grim(), examples",
    "grim_map": SCRUTINY + "help page of grim_map(), examples with the data pigs1",
    "total_n": SCRUTINY + "help page of grim_map_total_n(), first table",
    "readme": SCRUTINY + "README, example with the percentages pigs2",
    "article": SCRUTINY + "article GRIM, tables of grim(), grim_map(), grim_map_seq() and grim_map_total_n()",
    "vignette": SCRUTINY + "vignette GRIM up to 0.2, section Rounding, as its text describes the table",
    "test-grim": SCRUTINY + "tests/testthat/test-grim.R",
    "test-grim-map": SCRUTINY + "tests/testthat/test-grim-map.R of 1.0.0, pigs1 with 40 and 80 answers",
    "rsprite2": "R package rsprite2 by Lukas Wallrich, https://github.com/LukasWallrich/rsprite2, tests",
    "heathers": "James Heathers, The GRIM test, 2016, "
    "https://jamesheathers.medium.com/the-grim-test-a-method-for-evaluating-published-research-9a4e5f05e870",
    "economist": "The Economist, Come again, 18 June 2016, quoted at https://replicationnetwork.com/2016/06/28/",
    "wikipedia": "Wikipedia, GRIM test, section Example",
    "inspect-sr": "INSPECT-SR, check 4.8, https://inspect.sr/chapters/check_4_8.html, example 1",
}
FACTS = [
    pytest.param(
        row["printed"], int(row["n"]), row["rounding"], row["consistent"] == "yes", id=" ".join(row.values())
    )
    for row in ROWS
]


def test_every_fact_has_its_source():
    assert len(ROWS) > 250
    assert {row["source"] for row in ROWS} == set(SOURCES)
    assert {row["consistent"] for row in ROWS} == {"yes", "no"}


@pytest.mark.long
@pytest.mark.parametrize(("printed", "n", "rounding", "consistent"), FACTS)
def test_published_examples(printed, n, rounding, consistent):
    rule, share = RULES[rounding], percentage(printed)
    shares = candidates(share, n, rule)
    decimals = len(str(share.scale)) - 1
    assert all(share.units in prints(rule, one.count, n, decimals) for one in shares)
    found = audit(report({"all": share}, {"all": n}), {}, rounding=rule)
    assert found.complete
    if rounding == "even":
        assert consistent or not shares
    else:
        assert bool(shares) == consistent
    assert found.holds == bool(shares)
    if shares:
        assert found.shares("share-of-all") == shares
        assert found.bound("all.answered").low == shares[0].count
        assert found.bound("all.answered").high == shares[-1].count
        assert found.conflicts == []
        verdict = found.verdict("share-of-all")
        # From some base on every percentage with so few decimals is one of some count, and nothing is tested.
        severity = (verdict.severity.passed, verdict.severity.of)
        assert verdict.verdict == ("not tested" if severity[0] == severity[1] else "consistent")
        if decimals == 0:
            other = [Percentage(units, 1) for units in range(101) if units != share.units]
            assert severity == (sum(bool(candidates(one, n, rule)) for one in other), 100)
    else:
        (conflict,), (repair,) = found.conflicts, found.repairs
        assert [member.id for member in conflict.members] == ["share-of-all"]
        assert [member.id for member in repair.gives_up] == ["share-of-all"]
        others = [other for other in RULES.values() if candidates(share, n, other)]
        assert [other for other in conflict.roundings if other in RULES.values()] == others
        # The rule was asked for, so it is no reading of ours that the clash could rest on.
        assert found.verdict("share-of-all").verdict == "contradicted"
        assert found.can_be_true is False
        if rule == "nearest":
            unasked = audit(report({"all": share}, {"all": n}), {})
            ours = "conditional" if conflict.roundings else "contradicted"
            assert unasked.verdict("share-of-all").verdict == ours
            assert unasked.can_be_true == bool(conflict.roundings)


@pytest.mark.parametrize(
    ("first", "second", "total", "steps", "hits"),
    [
        ("3.43", "5.28", 90, 5, 3),
        ("3.43", "5.28", 90, 10, 6),
        ("2.97", "4.42", 103, 5, 0),
        ("2.97", "4.42", 103, 10, 2),
    ],
)
def test_groups_of_unknown_size(first, second, total, steps, hits):
    """scrutiny, help page of grim_map_total_n(): splits of a total near its half that fit both means."""
    shares = {"first": percentage(first), "second": percentage(second)}
    fits = literal(Model(report(shares, {"first": None, "second": None}, total), {}))
    sizes = range(total // 2 - steps, (total + 1) // 2 + steps + 1)
    assert sum(fits.where({"first": n}).exist for n in sizes) == hits


def test_of_a_hundred_endings_as_many_can_be_right_as_there_are_answers():
    """Brown and Heathers 2017, p. 367: below N = 100, some N % of means with two decimals are consistent."""
    for n in range(1, 100):
        endings = map(partial(Percentage, scale=1), range(100))
        assert sum(bool(candidates(one, n, "half up")) for one in endings) == n


# Means and standard deviations of a scale


MEANS = [row for row in ROWS if not row["printed"].endswith("%") and int(row["n"]) < 60][::7]


@pytest.mark.long
@pytest.mark.parametrize("row", MEANS, ids=lambda row: " ".join(row.values()))
def test_published_examples_as_means_of_a_scale(row):
    """The same facts without a word of percentages; the scale reaches as far as the mean may."""
    rule = RULES[row["rounding"]]
    whole = int(row["printed"].partition(".")[0])
    size = {"count": {"of": "n", "is": int(row["n"])}}
    report = of_scale(whole, whole + 1, {"mean": {"is": row["printed"]}}, size)
    holds = audit(report, {}, rounding=rule).holds
    if rule == "half even":
        assert holds <= (row["consistent"] == "yes")
    else:
        assert holds == (row["consistent"] == "yes")


SAMPLES = {
    "pigs5": SCRUTINY + "tests/testthat/test-grimmer-map.R, expected result for its data pigs5, but for the "
    "last row, whose standard deviation needs answers below 0; the scale is ours",
    "closure": "R package unsum, README: CLOSURE finds samples",
    "ends": "worked out: answers are furthest from their mean if they are at both ends, where 2.7 has 1.99",
}


def test_every_sample_has_its_source():
    assert {row["source"] for row in samples.ROWS} == set(SAMPLES)
    assert {row["exist"] for row in samples.ROWS} == {"yes", "no"}


@pytest.mark.long
@pytest.mark.parametrize("row", samples.ROWS, ids=lambda row: " ".join(row.values()))
def test_whether_samples_with_a_mean_and_a_standard_deviation_exist(row):
    data_set = literal(Model(samples.report(row), {})).example()
    exist, mean, sd = row["exist"] == "yes", row["mean"], row["sd"]
    assert (data_set is not None) == exist
    if exist:
        points = range(int(row["low"]), int(row["high"]) + 1)
        answers = [point for point in points for _ in range(data_set[f"p{point}"])]
        assert len(answers) == int(row["n"])
        assert f"{fmean(answers):.{len(mean.partition('.')[2])}f}" == mean
        assert f"{stdev(answers):.{len(sd.partition('.')[2])}f}" == sd


def test_a_mean_is_held_against_all_else():
    """No other number of answers on a scale from 1 to 2 has the mean; with the median, one split is left."""
    report = of_scale(
        1,
        2,
        {"mean": {"is": "1.47"}},
        {"median": {"is": "1"}},
        {"sd": {"n": 19, "is": "0.51", "mean": "1.47"}},
    )
    found = audit(report, {})
    assert found.holds
    assert (found.bound("p1"), found.bound("p2")) == (Bound(10, 10), Bound(9, 9))
