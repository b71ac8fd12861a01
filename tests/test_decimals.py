"""Amounts of money and other decimals: what they mean in exact arithmetic, how they are refused and told."""

import copy
import io
import pickle
import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from rich.console import Console

from keepinpact.audit import Audit, Model, audit, explain, literal
from keepinpact.audit.slips import slips
from keepinpact.console import show, show_why
from keepinpact.findings.printed import printed_number
from keepinpact.numbers import ROUNDINGS, Amount
from keepinpact.statements.report import Quantity, Report, statements_schema
from made import NAMES, Holds, holds, systems
from made import made as made_of
from oracles import figure, multiple, shows

HEAD = {"format": 1, "title": "made", "sections": [{"id": "s", "title": "S"}]}
AMOUNTS, PEOPLE = ["x", "y"], "p"


def report(decimals: int, *statements: Holds | list[Holds], **parts: Any) -> Report:
    """Two amounts, and people; statements s0, s1."""
    return Report.model_validate(
        {
            **HEAD,
            "quantities": [
                *({"id": name, "says": f"amount {name}", "decimals": decimals} for name in AMOUNTS),
                {"id": PEOPLE, "says": "people"},
            ],
            "statements": [
                {"id": f"s{i}", "section": "s", "quote": f"quote {i}", "says": f"says {i}"}
                | {"holds": one if isinstance(one, list) else [one]}
                for i, one in enumerate(statements)
            ],
            **parts,
        }
    )


def text(units: int, decimals: int) -> str | int:
    return f"{Decimal(units).scaleb(-decimals):.{decimals}f}" if decimals else units


@st.composite
def of_amounts(draw: st.DrawFn) -> tuple[int, Holds]:
    """A constraint over amounts with some decimals, and their number."""
    decimals = draw(st.integers(0, 3))
    name, other = draw(st.permutations(AMOUNTS))
    number = text(draw(st.integers(0, 9)), decimals)
    more = text(draw(st.integers(0, 9)), decimals)
    factor = draw(st.integers(0, decimals))
    per = text(draw(st.integers(0, 4)), factor)
    mean = f"{Decimal(draw(st.integers(0, 30))).scaleb(-draw(st.integers(0, 4))):f}"
    of = draw(st.sampled_from([name, [name, other], [name, number]]))
    each = draw(st.sampled_from([name, [name, other]]))
    kinds: list[Holds] = [
        {"count": {"of": of, "is": number}},
        {"sum": {"of": of, "is": [other, number]}},
        {"one_of": {"of": of, "are": [number, more]}},
        {"at_most": {"each": each, "is": number}},
        {"at_least": {"each": each, "is": number}},
        {"at_most": {"each": each, "is": text(2, decimals), "per": PEOPLE}},
        {"at_least": {"each": each, "is": 2, "per": other}},
        {"difference": {"of": of, "than": other, "is": str(number)}},
        {"more_than": {"each": name, "than": other}},
        {"times": {"of": of, "as": PEOPLE, "is": mean}},
        {"times": {"of": PEOPLE, "as": of, "is": mean}},
        {"times": {"of": of, "as": other, "is": f"{mean} times"}},
        {"times": {"of": of, "as": other, "is": f"{mean} %"}},
        {"share": {"of": name, "base": other, "is": draw(st.sampled_from(["33 %", "50%", "66.7 %"]))}},
        {"share": {"of": name, "base": other, "more_than": "1/3", "less_than": "70 %"}},
        {"share": {"of": name, "base": other, "is": "nearly half"}},
        {"majority": {"each": name, "base": other}},
        {"rank": {"order": [name, other], "ahead_of": []}},
    ]
    if factor == decimals:
        kinds.append({"at_most": {"each": each, "is": per, "per": PEOPLE}})
    return decimals, draw(st.sampled_from(kinds))


def means(constraint: Holds, values: Mapping[str, Fraction], units: Mapping[str, int], rule: str) -> bool:
    """Whether a constraint holds of amounts as they are, in exact arithmetic."""
    ((kind, body),) = constraint.items()

    def number(term: str | int) -> Fraction:
        return values[term] if term in values else Fraction(term)

    def total(terms: Any) -> Fraction:
        return sum((number(term) for term in (terms if isinstance(terms, list) else [terms])), Fraction(0))

    each = body.get("each", [])
    each = each if isinstance(each, list) else [each]
    match kind:
        case "count" | "sum":
            return total(body["of"]) == total(body["is"])
        case "one_of":
            return total(body["of"]) in [Fraction(one) for one in body["are"]]
        case "at_most" | "at_least":
            end = Fraction(body["is"]) * (values[body["per"]] if "per" in body else 1)
            return all(values[name] <= end if kind == "at_most" else values[name] >= end for name in each)
        case "difference":
            return total(body["of"]) - total(body["than"]) == Fraction(body["is"])
        case "times":
            of, base = total(body["of"]), total(body["as"])
            units, places, unit = figure(body["is"])
            return base > 0 and multiple(rule, of / base, units, places, unit)
    # A share and an order are the same in whatever unit.
    return holds(constraint, units, rule)


@settings(max_examples=300)
@given(drawn=of_amounts(), rule=st.sampled_from(sorted(ROUNDINGS)))
def test_amounts_mean_what_exact_arithmetic_says(drawn: tuple[int, Holds], rule: str) -> None:
    decimals, written = drawn
    made = report(decimals, written)
    assert list(made.faults()) == []
    lines = [line for held in made.statements[0].readings[0].holds for line in held.linears(ROUNDINGS[rule])]
    for x, y, people in product([0, 1, 2, 3, 5, 10, 25], [0, 1, 4, 5, 10], [0, 1, 2, 3]):
        units = {"x": x, "y": y, PEOPLE: people}
        scale = 10**decimals
        values = {"x": Fraction(x, scale), "y": Fraction(y, scale), PEOPLE: Fraction(people)}
        assert all(line.allows(units) for line in lines) == means(written, values, units, rule), units


@pytest.mark.long
@settings(max_examples=40)
@given(
    people=st.integers(1, 6),
    mean=st.integers(0, 30),
    share=st.sampled_from(["33 %", "50 %", "67 %", "100 %"]),
    rule=st.sampled_from(["nearest", "truncated", "half up"]),
)
def test_bounds_of_amounts_are_those_of_brute_force(people: int, mean: int, share: str, rule: str) -> None:
    """The mean of x is printed with fewer decimals than x has; y is a share of it."""
    said: list[Holds] = [
        {"count": {"of": PEOPLE, "is": people}},
        {"times": {"of": "x", "as": PEOPLE, "is": f"{mean / 10:.1f}"}},
        {"share": {"of": "y", "base": "x", "is": share}},
    ]
    made = report(2, *said)
    fit = [
        (x, y)
        for x in range(10 * people * mean + 10 * people + 1)
        if mean in shows(rule, Fraction(x, 100 * people), 1)
        for y in range(x + 1)
        if holds(said[2], {"x": x, "y": y}, rule)
    ]
    found = literal(Model(made, {}), rule)
    assert found.exist == bool(fit)
    if fit:
        bounds = found.bounds()
        for place, name in enumerate(AMOUNTS):
            values = [one[place] for one in fit]
            assert (bounds[name].low, bounds[name].high) == (min(values), max(values))


def in_tenths(written: Holds) -> Holds:
    """A constraint with each of its counts as so many tenths."""
    ((kind, body),) = written.items()
    keys = {"of", "than", "as", "base", "than_base", "are"} | ({"is"} if kind in ("count", "sum") else set())
    keys |= {"is"} if kind == "difference" or ("each" in body and "per" not in body) else set()

    def scaled(value: Any) -> Any:
        if isinstance(value, list):
            return [scaled(one) for one in value]
        return text(value, 1) if isinstance(value, int) else value

    return {kind: {key: scaled(value) if key in keys else value for key, value in body.items()}}


@pytest.mark.long
@settings(max_examples=30)
@given(systems(4))
def test_a_report_in_tenths_is_audited_as_one_of_whole_numbers(system: list[Holds]) -> None:
    kept = [one for one in system if not one.keys() & {"mean", "median", "sd"}] or [{"count": X_IS_ONE}]
    whole = made_of(kept, quantities=[{"id": one, "says": one, "unit": "other"} for one in NAMES], top=None)
    tenths = made_of(
        [in_tenths(one) for one in kept],
        quantities=[{"id": one, "says": one, "decimals": 1} for one in NAMES],
        top=None,
    )
    assert list(tenths.faults()) == []
    one, other = audit(whole, {}), audit(tenths, {})
    assert other.decimals == dict.fromkeys(NAMES, 1)
    for key in (
        "holds",
        "conflicts",
        "causes",
        "bounds",
        "candidates",
        "roundings",
        "unfinished",
    ):
        assert getattr(one, key) == getattr(other, key), key
    assert [each.gives_up for each in one.repairs] == [each.gives_up for each in other.repairs]
    # The numbers that could have been printed instead are more.
    for each, same in zip(one.verdicts, other.verdicts, strict=True):
        assert each.conflicts == same.conflicts
        assert each.without == same.without


X_IS_ONE = {"of": "a", "is": 1}
X, Y, P = ({"of": one} for one in ("x", "y", PEOPLE))


@pytest.mark.parametrize(
    ("written", "value", "rule"),
    [
        ({"count": {**X, "is": 12}}, "12", "is text with 2 decimals, as x has: '12.00'"),
        ({"count": {**X, "is": "12.5"}}, "12.5", "is text with 2 decimals, as x has: '12.50'"),
        ({"count": {**X, "is": "12.505"}}, "12.505", "is text with 2 decimals, as x has (it may"),
        ({"count": {**P, "is": "12.50"}}, "12.50", "is a whole number, as p has no decimals"),
        ({"sum": {"of": ["x", 3], "is": "y"}}, "3", "is text with 2 decimals, as x has: '3.00'"),
        ({"sum": {**X, "is": "p"}}, "p", "has as many decimals as x"),
        ({"one_of": {**X, "are": ["1.00", 2]}}, "2", "is text with 2 decimals, as x has: '2.00'"),
        ({"at_most": {"each": "x", "is": 5}}, "5", "is text with 2 decimals, as x has: '5.00'"),
        (
            {"at_least": {"each": "x", "is": 5, "per": "p"}}, "5",
            "is text with 2 decimals, as x for each of p has: '5.00'",
        ),
        (
            {"at_least": {"each": "x", "is": "5.00", "per": "y"}}, "5.00",
            "is a whole number, as x for each of y has no decimals",
        ),
        ({"at_most": {"each": "p", "is": 5, "per": "x"}}, "x", "has no more decimals than p"),
        ({"difference": {**X, "than": "y", "is": 5}}, "5", "is text with 2 decimals, as x has: '5.00'"),
        ({"difference": {**P, "than": 1, "is": "5.0"}}, "5.0", "is a whole number, as p has no decimals"),
        ({"share": {**X, "base": "p", "is": "5 %"}}, "p", "has as many decimals as x"),
        ({"points": {**X, "than": "y", "base": 5, "is": 5}}, "5", "is text with 2 decimals, as x has"),
        ({"rank": {"order": ["x", "p"]}}, "p", "has as many decimals as x"),
        ({"majority": {"each": "p", "base": "y"}}, "y", "has as many decimals as p"),
        ({"mean": {"of": {1: "x", 2: "p"}, "is": "1.5"}}, "x", "has no decimals"),
        ({"times": {"of": ["x", "p"], "as": "y", "is": 2}}, "p", "has as many decimals as x"),
    ],
)  # fmt: skip
def test_other_decimals_are_refused_with_what_is_meant(written: Holds, value: str, rule: str) -> None:
    ((_, found, said),) = report(2, written).faults()
    assert found == value
    assert said.startswith(rule)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (12.5, "one with decimals is text, with all of them: '12.50'"),
        ("12,50", "decimals have a point, and there are no commas: '12.50'"),
        ("1,250.00", "decimals have a point, and there are no commas: '1250.00'"),
        ("12.", "a whole number"),
        ("1.2345678", "a whole number"),
        ("10000000000000.00", "less than"),
    ],
)
def test_what_is_no_amount_is_refused_with_what_is_meant(value: Any, says: str) -> None:
    for written in ({"count": {**X, "is": value}}, {"one_of": {**X, "are": [value]}}):
        with pytest.raises(ValidationError, match="valid integer" if says == "a whole number" else says):
            report(2, written)


@pytest.mark.parametrize(
    ("quantity", "says"),
    [
        ({"decimals": 2, "unit": "answers"}, "the unit other, or months"),
        ({"decimals": 1, "unit": "month"}, "the unit other, or months"),
        ({"decimals": 2, "item": "i"}, "counts neither responses"),
        ({"decimals": 2, "wave": "1"}, "counts neither responses"),
        ({"decimals": 7}, "less than or equal to 6"),
    ],
)
def test_what_cannot_have_decimals(quantity: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        report(2, quantities=[{"id": "x", "says": "x", **quantity}])


def test_the_schema_knows_amounts() -> None:
    schema = jsonschema.Draft202012Validator(statements_schema())
    content = {**HEAD, "quantities": [{"id": "x", "says": "x", "decimals": 2}]}
    said = {"id": "s0", "section": "s", "quote": "q", "says": "s"}
    for number, fits in (("12.50", True), (12, True), ("2019-09", True), ("12,50", False), ("x", False)):
        one = {**said, "holds": [{"count": {"of": "x", "is": number}}]}
        assert schema.is_valid({**content, "statements": [one]}) == fits
    one = {**said, "holds": [{"count": {"of": "x", "is": "12.50"}}]}
    for other in ({"unit": "answers"}, {"item": "i"}, {"entries": ["l"]}, {"decimals": 7}):
        quantity = {**content["quantities"][0], **other}
        assert not schema.is_valid({**content, "quantities": [quantity], "statements": [one]})
        with pytest.raises(ValidationError):
            Quantity.model_validate(quantity)


def test_parts_and_what_is_within_have_the_same_decimals() -> None:
    both = [{"id": "a", "says": "a", "decimals": 1}, {"id": "b", "says": "b"}]
    for key, value in (("parts", ["b"]), ("within", "b")):
        made = report(2, {"count": {"of": "a", "is": "1.0"}}, quantities=[{**both[0], key: value}, both[1]])
        assert list(made.faults()) == [(("quantities", 0), "b", "has as many decimals as a")]


def test_an_amount_keeps_its_decimals_wherever_it_goes() -> None:
    amount = Amount(1250, 2)
    for same in (copy.copy(amount), copy.deepcopy(amount), pickle.loads(pickle.dumps(amount))):
        assert (same, str(same), f"{same}", type(same)) == (1250, "12.50", "12.50", Amount)
    assert [str(Amount(units, 2)) for units in (0, 5, 50, 105)] == ["0.00", "0.05", "0.50", "1.05"]
    made = report(
        2, {"count": {"of": ["x", "0.05"], "is": "12.50"}}, {"at_most": {"each": "x", "is": "9.00"}}
    )
    for dumped in (made.model_dump(by_alias=True), made.model_dump(mode="json", by_alias=True)):
        assert dumped["statements"][0]["readings"][0]["holds"][0]["is"] == "12.50"
        assert Report.model_validate(dumped) == made
    assert Report.model_validate_json(made.model_dump_json(by_alias=True)) == made
    assert printed_number(made, made.statement("s0")) == ("12.50", {"value": "12.50"})


SPENT: list[Holds] = [
    {"count": {"of": "x", "is": "1250.50"}},
    {"count": {"of": "y", "is": "1000.25"}},
    {"difference": {"of": "x", "than": "y", "is": "252.25"}},
    {"share": {"of": "y", "base": "x", "is": "80 %"}},
    {"times": {"of": "x", "as": PEOPLE, "is": "31.26"}},
]


def spent() -> Report:
    content = report(2, *SPENT).model_dump(by_alias=True, exclude_none=True)
    quotes = ["1250.50 in all", "1000.25 on food", "that is 252.25 more", "80 % of it", "31.26 each"]
    for one, quote in zip(content["statements"], quotes, strict=True):
        one["quote"] = quote
    return Report.model_validate(content)


def test_an_amount_is_told_with_its_decimals_and_a_slip_in_it_is_named() -> None:
    made = spent()
    found = audit(made, {})
    first = found.repairs[0]
    assert [one.id for one in first.gives_up] == ["s2"]
    assert [(one.printed, one.nearest) for one in first.instead or ()] == [("252.25", ["250.25"])]
    assert ("s2", "252.25", "250.25") in {
        (o.statement, o.printed, o.instead) for o in slips(Model(made, {})).mending
    }
    console = Console(file=io.StringIO(), width=150, color_system=None)
    with console.capture() as printed:
        show(found, made, console)
        for asked in ("x", "x=1250.51", "x=1250.50", "y", "s3", "s1", "C1"):
            explained = explain(made, {}, asked)
            assert explained.decimals == {"x": 2, "y": 2}
            show_why(explained, made, "nearest", console)
    assert "250.25" in printed.get()
    assert not re.search(r"\d{5}", printed.get()), "a number in cents"
    assert found.decimals == {"x": 2, "y": 2}
    assert Audit.model_validate_json(found.model_dump_json()) == found


def test_bounds_and_proofs_are_told_with_decimals() -> None:
    made = report(2, {"at_most": {"each": "x", "is": "99.95"}}, {"at_least": {"each": "x", "is": "0.50"}})
    console = Console(file=io.StringIO(), width=150, color_system=None)
    with console.capture() as printed:
        show(audit(made, {}), made, console)
        show_why(explain(made, {}, "x"), made, "nearest", console)
        show_why(explain(made, {}, "x=99.96"), made, "nearest", console)
    for words in ("0.50 to 99.95", "at least 0.50", "at most 99.95", "--why x=0.50", "x=99.96"):
        assert words in printed.get(), words
    for wrong in ("x=9996", "x=99.9", "x=99.950", "x="):
        with pytest.raises(LookupError):
            explain(made, {}, wrong)


def test_a_table_of_amounts() -> None:
    table = {"id": "t", "section": "s", "columns": ["food", "drink", "total"], "decimals": 2}
    rows = {"young": ["12.50", "37.5%", "20.00"], "total": [None, "7.50", None]}
    content = {**HEAD, "quantities": [], "statements": [], "tables": [{**table, "rows": rows}]}
    made = Report.model_validate(content)
    assert list(made.faults()) == []
    found = audit(made, {})
    assert found.holds
    assert found.decimals["t.young.food"] == 2
    assert str(found.bound("t.young.drink")) == "750"
    incomplete = Report.model_validate({**content, "tables": [{**table, "rows": rows, "complete": False}]})
    assert list(incomplete.faults()) == []
    for wrong in (12, "12.5", "12,50"):
        with pytest.raises(ValidationError, match=r"is text such as '12\.50', a percentage"):
            Report.model_validate({**HEAD, "tables": [{**table, "rows": {"young": [wrong, None, None]}}]})
    with pytest.raises(ValidationError, match="is a whole number, a percentage"):
        Report.model_validate({**HEAD, "tables": [{**table, "decimals": 0, "rows": rows}]})
