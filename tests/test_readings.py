"""The language of statements: months, short forms, what constraints name, references, pages."""

import json
import re
from datetime import date
from fractions import Fraction
from typing import Literal

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from keepinpact.audit import Model, audit
from keepinpact.data import DataError, load_statements
from keepinpact.numbers import Bound
from keepinpact.statements.constraints import LIMIT, kinds, listed, month_name
from keepinpact.statements.report import Definition, Order, Quantity, Repair, Report, statements_schema
from keepinpact.statements.scales import _MOST_SUMS
from keepinpact.statements.wordings import WORDINGS
from made import made
from oracles import FRACTIONS, NUMBERS, worded


def definition(*constraints):
    return Definition.model_validate({"id": "d", "says": "d", "holds": list(constraints)})


def only(constraint):
    (found,) = definition(constraint).holds
    return found


def report(**parts):
    made = {
        "format": 1,
        "title": "made",
        "sections": [{"id": "s", "title": "S"}],
        "quantities": [{"id": "a", "says": "a"}, {"id": "b", "says": "b"}],
        "statements": [
            {
                "id": "one",
                "section": "s",
                "quote": "q",
                "readings": [{"id": "r", "says": "r", "holds": [{"count": {"of": "a", "is": 1}}]}],
            }
        ],
    }
    return Report.model_validate(made | parts)


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)), st.integers(0, 1000))
def test_months_are_counted(start, months):
    first = only({"count": {"of": "a", "is": f"{start:%Y-%m}"}}).is_
    assert month_name(first) == f"{start:%B} {start.year}"
    years, month = divmod(start.month - 1 + months, 12)
    assert month_name(first + months) == f"{date(2000, month + 1, 1):%B} {start.year + years}"


def test_months_stand_wherever_a_number_does():
    year = 2019 * 12
    assert only({"sum": {"of": "a", "is": ["b", "2019-02"]}}).is_ == ["b", year + 1]
    assert only({"one_of": {"of": "a", "are": ["2019-01", 3]}}).are == [year, 3]
    assert only({"at_most": {"each": ["a"], "is": "2019-12"}}).is_ == year + 11


@pytest.mark.parametrize("value", ["2019-13", "2019-00", "2019-9", "19-09", "2019-09-01", "2019-09 "])
def test_what_is_no_month_is_refused(value):
    with pytest.raises(ValidationError):
        only({"count": {"of": "a", "is": value}})


@pytest.mark.parametrize("value", [True, False, 3.0, 2.5, "3", -1, LIMIT, 10**30, None])
@pytest.mark.parametrize(
    "constraint",
    [
        lambda value: {"count": {"of": "a", "is": value}},
        lambda value: {"sum": {"of": [value], "is": "a"}},
        lambda value: {"sum": {"of": "a", "is": [value]}},
        lambda value: {"one_of": {"of": "a", "are": [value]}},
        lambda value: {"at_least": {"each": ["a"], "is": value}},
    ],
)
def test_only_whole_numbers_count(constraint, value):
    with pytest.raises(ValidationError):
        only(constraint(value))


KINDS = {
    "count": ({"of": ["a", "b", 3], "is": 5}, ["a", "b"]),
    "sum": ({"of": "a", "is": ["b", 1, "c"]}, ["a", "b", "c"]),
    "share": ({"of": ["a", "b"], "base": "c", "is": "61%"}, ["a", "b", "c"]),
    "at_most": ({"each": ["a", "b"], "is": 3, "per": "c"}, ["a", "b", "c"]),
    "at_least": ({"each": ["a"], "is": 3}, ["a"]),
    "majority": ({"each": ["a", "b"], "base": "c"}, ["a", "b", "c"]),
    "no_majority": ({"each": ["a"], "base": "b"}, ["a", "b"]),
    "more_than": ({"each": ["a"], "than": ["b", "c"]}, ["a", "b", "c"]),
    "at_least_as_many": ({"each": ["a"], "as": ["b", "c"]}, ["a", "b", "c"]),
    "rank": ({"order": ["a", "b"], "ahead_of": ["c"]}, ["a", "b", "c"]),
    "one_of": ({"of": ["a", "b"], "are": [1, 2]}, ["a", "b"]),
    "times": ({"of": ["a", "b"], "as": "c", "is": "2.5 times"}, ["a", "b", "c"]),
    "difference": ({"of": "a", "than": ["b", 3], "is": 12}, ["a", "b"]),
    "points": ({"of": "a", "than": "b", "base": "c", "is": "12 points"}, ["a", "b", "c"]),
    "mean": ({"of": {1: "a", 2: "b"}, "is": "1.50"}, ["a", "b"]),
    "median": ({"of": {1: "a", 2: "b"}, "is": "1.5"}, ["a", "b"]),
    "sd": ({"of": {1: "a", 2: "b"}, "n": 20, "mean": "1.50", "is": "0.51"}, ["a", "b"]),
}


SHARES = [
    {"of": "a", "base": "b", "is": "nearly half"},
    {"of": ["a", 1], "base": "b", "more_than": "60 %"},
    {"of": "a", "base": "b", "at_least": "1/3", "less_than": "50%"},
]


@pytest.mark.parametrize("share", SHARES)
def test_a_share_may_be_in_words_or_between_limits(share):
    short = only({"share": share})
    assert short == only({"kind": "share", **share}) == only(short)
    assert sorted(short.quantities()) == ["a", "b"]
    assert short.model_dump(by_alias=True, exclude_none=True) == {
        **share, "kind": "share", "of": listed(share["of"])
    }  # fmt: skip


@pytest.mark.parametrize(
    ("share", "says"),
    [
        ({"is": "almost half"}, "such as about half, nearly half; give the range of others yourself"),
        ({"is": "61,5 %"}, "a decimal point instead of the comma: '61.5 %'"),
        ({"at_least": "61,5 %"}, "a decimal point instead of the comma: '61.5 %'"),
        ({"at_least": "50%", "more_than": "50%"}, "either at_least or more_than"),
        ({"at_most": "50%", "less_than": "50%"}, "either at_most or less_than"),
        ({"at_least": "50%", "less_than": "1/2"}, "no share lies between these limits"),
        ({"more_than": "60%", "at_most": "50%"}, "no share lies between these limits"),
        ({"at_least": "3/2"}, "over 1"),
        ({"at_least": "120%"}, "over 100 %"),
        ({"is": "60%", "at_least": "50%"}, "is"),
        ({}, "is"),
    ],
)
def test_what_is_no_share_is_refused_with_what_is_meant(share, says):
    with pytest.raises(ValidationError, match=re.escape(says)):
        only({"share": {"of": "a", "base": "b", **share}})


POINTS = {"of": "a", "than": "b", "base": 20, "is": "12 points"}
SD = {"of": {1: "a", 9: "b"}, "n": 4000, "is": "1.2"}


@pytest.mark.parametrize(
    ("constraint", "says"),
    [
        (
            {"points": POINTS | {"base": "c", "than_base": 30}},
            "of open ones a difference cannot be worked out",
        ),
        ({"points": POINTS | {"base": 0}}, "a base is 1 or more"),
        ({"points": POINTS | {"than_base": 0}}, "a base is 1 or more"),
        ({"median": {"of": {1: "a", 2: "b"}, "is": "1.2"}}, "a whole number or a half, such as '3.5'"),
        ({"median": {"of": {1: "a", 2: "b"}, "is": "1.51"}}, "a whole number or a half, such as '3.5'"),
    ],
)
def test_what_has_no_sense_is_refused_with_its_rule(constraint, says):
    with pytest.raises(ValidationError, match=re.escape(says)):
        only(constraint)


@pytest.mark.parametrize(
    "constraint",
    [
        {"points": POINTS},
        {"points": POINTS | {"than_base": 30}},
        {"points": POINTS | {"base": 1, "than_base": 1}},
        {"points": POINTS | {"base": "c"}},
        *({"median": {"of": {1: "a", 2: "b"}, "is": given}} for given in ("1", "1.5", "1.50", "2.0")),
    ],
)
def test_what_has_sense_beside_it_is_taken(constraint):
    (kind,) = constraint
    assert only(constraint).kind == kind


@pytest.mark.parametrize(
    ("base", "printed", "rule", "low", "high"),
    [
        (100, "30 points", "nearest", 29, 31),
        (100, "30 points", "nearest 5", 25, 35),
        (1000, "30.0 points", "nearest", 299, 301),
        (1000, "30.0 points", "nearest 5", 250, 350),
    ],
)
def test_a_difference_of_two_rounded_percentages_is_off_by_as_much_as_one_can_be(
    base, printed, rule, low, high
):
    points = {"points": {"of": "a", "than": "b", "base": base, "is": printed}}
    model = Model(made([points, {"count": {"of": "b", "is": 0}}], top=None), {})
    assert model.fitting(["s0", "s1"], rule).bound("a") == Bound(low, high)


def test_a_standard_deviation_of_many_answers_needs_a_more_exact_mean():
    says = "only with a more exact mean"
    assert only({"sd": SD | {"n": _MOST_SUMS // 8 - 1}}).n == _MOST_SUMS // 8 - 1
    for more in ({"n": _MOST_SUMS // 8}, {"n": _MOST_SUMS // 2, "mean": "5"}):
        with pytest.raises(ValidationError, match=says):
            only({"sd": SD | more})
    assert only({"sd": SD | {"n": _MOST_SUMS // 2 - 1, "mean": "5"}}).mean == "5"
    assert only({"sd": SD | {"n": _MOST_SUMS // 2, "mean": "5.0"}}).mean == "5.0"


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"counts": "values"}, "what counts values needs an item, and no value"),
        ({"counts": "values", "item": "i", "value": "v"}, "what counts values needs an item, and no value"),
        ({"value": "v"}, "a value needs an item"),
        ({"decimals": 1, "unit": "answers"}, "what has decimals has the unit other, or months"),
        ({"decimals": 1, "wave": "1"}, "what has decimals counts neither responses nor entries of a list"),
    ],
)
def test_what_a_quantity_cannot_be_is_refused(more, says):
    named = {"id": "a", "says": "a"}
    with pytest.raises(ValidationError, match=says):
        Quantity.model_validate(named | more)
    for sense in ({"counts": "values", "item": "i"}, {"value": "v", "item": "i"}, {"decimals": 1}):
        assert Quantity.model_validate(named | sense).id == "a"


@pytest.mark.parametrize("order", [{}, {"minimise": ["a"], "maximise": ["a"]}])
def test_an_order_makes_a_sum_either_small_or_large(order):
    with pytest.raises(ValidationError, match="give either minimise or maximise"):
        Order.model_validate({"says": "so"} | order)
    for one in ("minimise", "maximise"):
        assert getattr(Order.model_validate({"says": "so", one: ["a"]}), one) == ["a"]


def test_the_schema_takes_a_single_limit_at_each_end():
    schema = jsonschema.Draft202012Validator(statements_schema())
    head = {"format": 1, "title": "t", "sections": [{"id": "s", "title": "S"}]}
    said = {"id": "one", "section": "s", "quote": "q", "says": "s"}
    named = [{"id": name, "says": name} for name in "ab"]
    for limits, fits in (
        ({}, False), ({"at_least": "50%"}, True), ({"more_than": "1/2", "less_than": "60%"}, True),
        ({"at_least": "50%", "more_than": "50%"}, False), ({"at_most": "50%", "less_than": "50%"}, False),
    ):  # fmt: skip
        held = {"share": {"of": "a", "base": "b", **limits}}
        content = {**head, "quantities": named, "statements": [{**said, "holds": [held]}]}
        assert schema.is_valid(content) == fits, limits


def test_the_schema_says_what_stands_under_a_key():
    defined = statements_schema()["$defs"]
    assert defined["Points"]["properties"]["base"]["description"].startswith("What both are shares of")
    assert defined["Quantity"]["properties"]["unit"]["description"].startswith("What is counted")


def test_words_have_the_range_that_is_told_of_them():
    for words, read in WORDINGS.items():
        for n in range(1, 41):
            for k in range(n + 1):
                share = Fraction(k, n)
                above = share > read.low or (share == read.low and not read.low_open)
                below = share < read.high or (share == read.high and not read.high_open)
                assert worded(words, k, n) == (above and below), (words, k, n)
    assert len(WORDINGS) == 4 * len(FRACTIONS) + len(NUMBERS)


def test_words_may_go_further_than_their_range_and_no_clash_with_it_is_the_reports():
    share = {"share": {"of": "a", "base": "b", "is": "nearly half"}}
    known = [{"count": {"of": "a", "is": 6}}, {"count": {"of": "b", "is": 7}}]
    found = audit(made([share, *known], top=None), {})
    assert (found.holds, found.statements_hold) == (False, True)
    assert "contradicted" not in {one.verdict for one in found.verdicts}
    (conflict,) = found.conflicts
    assert conflict.needs_ours
    statement = made([share]).statements[0]
    assert [one.id for one in statement.readings] == ["literal", "wider"]
    dumped = statement.model_dump(by_alias=True, exclude_none=True)
    assert type(statement).model_validate(dumped) == statement


@pytest.mark.parametrize(
    ("other", "a", "ids"),
    [
        ({"share": {"of": "c", "base": "b", "is": "nearly half"}}, 8, ["one", "two", "wider", "wider-two"]),
        ({"majority": {"each": "c", "base": "b"}}, 2, ["one", "two", "wider"]),
    ],
)
def test_words_may_go_further_in_whichever_reading_has_them(other, a, ids):
    """Of 7, either 2 of c fits no range of "nearly half", or 2 of a does not: both only go further."""
    share = {"share": {"of": "a", "base": "b", "is": "nearly half"}}
    known = [{"count": {"of": one, "is": count}} for one, count in (("a", a), ("b", 7), ("c", 2))]
    content = made(known, top=None).model_dump(by_alias=True, exclude_none=True)
    readings = [{"id": i, "says": i, "holds": [one]} for i, one in (("one", share), ("two", other))]
    content["statements"].append({"id": "half", "section": "s", "quote": "half", "readings": readings})
    read = Report.model_validate(content)
    assert [one.id for one in read.statement("half").readings] == ids
    assert Report.model_validate(read.model_dump(by_alias=True, exclude_none=True)) == read
    found = audit(read, {})
    assert (found.holds, found.statements_hold) == (False, True)
    assert "contradicted" not in {one.verdict for one in found.verdicts}


def test_every_kind_has_its_example():
    assert set(kinds()) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_short_and_long_form_are_the_same_and_name_their_quantities(kind):
    body, named = KINDS[kind]
    short, long = only({kind: body}), only({"kind": kind, **body})
    assert short == long
    assert short.kind == kind
    assert sorted(short.quantities()) == named
    for unknown in named:
        renamed = {
            key: [f"x.{one}" if one == unknown else one for one in value]
            if isinstance(value, list)
            else {point: f"x.{one}" if one == unknown else one for point, one in value.items()}
            if isinstance(value, dict)
            else f"x.{value}" if value == unknown else value
            for key, value in body.items()
        }  # fmt: skip
        rules = [
            (value, rule)
            for _, value, rule in report(
                quantities=[{"id": one, "says": one} for one in "abc"],
                definitions=[{"id": "d", "says": "d", "holds": [{kind: renamed}]}],
            ).faults()
        ]
        assert rules == [(f"x.{unknown}", "is a quantity of this file")]


@pytest.mark.parametrize(
    "constraint",
    [
        {"count": {"of": "a"}},
        {"count": {"of": "a", "is": 1, "more": 1}},
        {"count": {"of": [], "is": 1}},
        {"rank": {"order": ["a"]}},
        {"share": {"of": "a", "base": "b", "is": "101 %"}},
        {"share": {"of": "a", "base": 3, "is": "50 %"}},
        {"count": {"of": "a", "is": 1}, "sum": {"of": "a", "is": "b"}},
        {"counts": {"of": "a", "is": 1}},
        {"count": {"of": "1a", "is": 1}},
        "count",
    ],
)
def test_malformed_constraints_are_refused(constraint):
    with pytest.raises(ValidationError):
        definition(constraint)


def test_faults_say_where_they_are():
    reading = {"id": "r", "says": "r", "holds": [{"count": {"of": "ghost", "is": 1}}]}
    statement = {"id": "one", "section": "nowhere", "quote": "q", "readings": [reading, reading]}
    made = report(
        sections=[{"id": "s", "title": "S"}, {"id": "s", "title": "S again"}],
        quantities=[
            {"id": "a", "says": "a", "parts": ["b", "lost"]},
            {"id": "b", "says": "b", "within": "gone", "parts": ["c"]},
            {"id": "d", "says": "d", "within": "d", "parts": ["a", "a"]},
            {"id": "c", "says": "c", "parts": ["b"]},
        ],
        definitions=[{"id": "one", "says": "d", "holds": [{"count": {"of": "a", "is": 1}}]}],
        statements=[statement],
    )
    assert sorted(made.faults(), key=str) == sorted(
        [
            (("sections", 0, "id"), "s", "is unique"),
            (("sections", 1, "id"), "s", "is unique"),
            (("definitions", 0, "id"), "one", "is unique"),
            (("statements", 0, "id"), "one", "is unique"),
            (("statements", 0, "readings", 0, "holds"), "ghost", "is a quantity of this file"),
            (("statements", 0, "readings", 1, "holds"), "ghost", "is a quantity of this file"),
            (("quantities", 0), "lost", "is a quantity of this file"),
            (("quantities", 1), "gone", "is a quantity of this file"),
            (("quantities", 1, "parts"), "b", "is no part of itself"),
            (("quantities", 2, "parts"), "a", "is given once"),
            (("quantities", 2, "within"), "d", "is another quantity than this one"),
            (("quantities", 3, "parts"), "c", "is no part of itself"),
            (("statements", 0, "section"), "nowhere", "is a section of this file"),
            (("statements", 0, "readings", 0), "r", "is unique in its statement"),
            (("statements", 0, "readings", 1), "r", "is unique in its statement"),
        ],
        key=str,
    )
    assert list(report().faults()) == []


def test_what_is_ranked_has_a_single_place():
    with pytest.raises(ValidationError, match="a has a single place in a rank"):
        report(definitions=[{"id": "d", "says": "d", "holds": [{"rank": {"order": ["a", "b", "a"]}}]}])


def test_a_value_needs_an_item_and_an_empty_one_is_a_value():
    blank = {"id": "a", "says": "a", "item": "x", "value": ""}
    assert report(quantities=[blank]).quantity("a").value == ""
    assert report(quantities=[{"id": "a", "says": "a", "item": "x"}]).quantity("a").value is None
    with pytest.raises(ValidationError, match="needs an item"):
        report(quantities=[{"id": "a", "says": "a", "value": "x"}])


def test_an_only_reading_may_stand_in_its_statement():
    only = {"id": "s", "section": "s", "quote": "q", "says": "r", "holds": [{"count": {"of": "a", "is": 1}}]}
    (reading,) = report(statements=[only]).statements[0].readings
    assert (reading.id, reading.says, reading.holds[0].is_) == ("literal", "r", 1)
    with pytest.raises(ValidationError, match="readings"):
        report(statements=[{**only, "readings": []}])


def test_pages():
    pages = {"cover": None, "first": 3, "second": 3, "last": 12}
    made = report(sections=[{"id": one, "title": one, "page": page} for one, page in pages.items()])
    assert {one: made.pages(one) for one in pages} == {
        "cover": None,
        "first": (3, 3),
        "second": (3, 12),
        "last": (12, None),
    }


def test_names_that_lead_nowhere():
    made = report()
    for find in (made.statement, made.quantity, made.section, made.statement("one").reading):
        with pytest.raises(KeyError):
            find("nothing")


def test_numbers_of_any_size_that_a_report_prints_are_taken():
    assert only({"count": {"of": "a", "is": LIMIT - 1}}).is_ == 10**15 - 1


def test_a_kind_that_leaves_out_what_it_means_is_refused():
    from keepinpact.statements.constraints import Count, Kind

    with pytest.raises(TypeError, match="does not say its naming"):

        class Half(Kind):
            kind: Literal["half"]
            linears, others = Count.linears, Count.others


def test_what_an_assumption_gives_way_to_may_be_said():
    assumption = {"id": "x", "says": "x", "why": "w", "holds": [{"count": {"of": "a", "is": 1}}]}
    assert report(assumptions=[assumption]).assumptions[0].otherwise is None
    told = report(assumptions=[{**assumption, "otherwise": "somebody did not answer"}]).assumptions[0]
    assert told.otherwise == "somebody did not answer"


@pytest.mark.parametrize("gone", ["not_testable", "instead", "keeps"])
def test_keys_of_the_old_language_are_refused(gone):
    one = [{"count": {"of": "a", "is": 1}}]
    statement = {"id": "s", "section": "s", "quote": "q", "says": "r", "holds": one}
    with pytest.raises(ValidationError, match=gone):
        report(statements=[{**statement, gone: "text"}])
    repair = {"format": 1, "reason": "r", "gives_up": ["one", "one:literal"]}
    assert Repair.model_validate(repair).gives_up == ["one", "one:literal"]
    with pytest.raises(ValidationError, match=gone):
        Repair.model_validate({**repair, gone: "text"})


@pytest.mark.parametrize(
    "keys", [(), ("statements", 0), ("quantities", 0), ("statements", 0, "readings", 0, "holds", 0)]
)
def test_what_was_read_is_never_changed(keys):
    """Shared answers of the audit are kept by what they were asked of."""
    found = report(
        statements=[
            {"id": "c", "section": "s", "quote": "q", "says": "s", "holds": [{"count": {"of": "a", "is": 1}}]}
        ]
    )
    for key in keys:
        found = getattr(found, key) if isinstance(key, str) else found[key]
    for name in type(found).model_fields:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(found, name, getattr(found, name))


def test_of_a_file_that_cannot_be_read_whole_the_references_are_checked_in_every_part(tmp_path):
    """The statement without a quotation is a fault by itself; what else leads nowhere is told beside it."""
    lost = {group: [{"count": {"of": f"lost-{group}", "is": 1}}] for group in ("d", "a", "s")}
    content = {
        "format": 1,
        "title": "t",
        "sections": [{"id": "s", "title": "S"}],
        "quantities": [{"id": "a", "says": "a", "parts": ["lost-p"]}],
        "definitions": [{"id": "d", "says": "d", "holds": lost["d"]}],
        "assumptions": [{"id": "e", "says": "e", "why": "w", "holds": lost["a"]}],
        "statements": [{"id": "f", "section": "lost-section", "says": "r", "holds": lost["s"]}],
    }
    path = tmp_path / "made.yml"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        load_statements(file=path)
    told = " ".join(map(str, caught.value.faults))
    assert "quote" in told
    for name in ("lost-p", "lost-d", "lost-a", "lost-s", "lost-section"):
        assert f"'{name}'" in told, told


def test_a_key_is_written_as_the_language_has_it():
    with pytest.raises(ValidationError, match="is_"):
        report(definitions=[{"id": "d", "says": "d", "holds": [{"count": {"of": "a", "is_": 1}}]}])
