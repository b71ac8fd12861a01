"""The model against brute force: every assignment of small counts is tried."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepinpact.audit import Contradiction, Model, adopted, candidates, literal
from keepinpact.data import entry_counts
from keepinpact.numbers import Bound, Percentage, Share
from keepinpact.readings import Report

TOP = 5
NAMES = ["a", "b", "c"]


def report(constraints, quantities=None):
    return Report.model_validate(
        {
            "format": 1,
            "title": "made",
            "sections": [{"id": "s", "title": "S"}],
            "quantities": quantities or [{"id": name, "says": name} for name in NAMES],
            "definitions": [
                {"id": "small", "says": "small", "holds": [{"at_most": {"each": NAMES, "is": TOP}}]}
            ],
            "statements": [
                {
                    "id": f"s{i}",
                    "section": "s",
                    "quote": "q",
                    "readings": [{"id": "r", "says": "r", "holds": [one]}],
                }
                for i, one in enumerate(constraints)
            ],
        }
    )


def holds(constraint, values):
    """Whether a constraint holds for an assignment, in plain arithmetic (the oracle)."""
    ((kind, body),) = constraint.items()

    def total(terms):
        terms = terms if isinstance(terms, list) else [terms]
        return sum(values[t] if isinstance(t, str) else t for t in terms)

    match kind:
        case "count":
            return total(body["of"]) == body["is"]
        case "sum":
            return total(body["of"]) == total(body["is"])
        case "one_of":
            return total(body["of"]) in body["are"]
        case "at_most":
            return all(values[q] <= body["is"] * values.get(body.get("per"), 1) for q in body["each"])
        case "at_least":
            return all(values[q] >= body["is"] * values.get(body.get("per"), 1) for q in body["each"])
        case "majority":
            return all(2 * values[q] > values[body["base"]] for q in body["each"])
        case "no_majority":
            return all(2 * values[q] <= values[body["base"]] for q in body["each"])
        case "more_than":
            return all(values[q] > values[o] for q in body["each"] for o in body["than"])
        case "at_least_as_many":
            return all(values[q] >= values[o] for q in body["each"] for o in body["as"])
        case "rank":
            order = [values[q] for q in body["order"]]
            return order == sorted(order, reverse=True) and all(
                order[-1] >= values[q] for q in body["ahead_of"]
            )
        case "share":
            k, n = total(body["of"]), values[body["base"]]
            return n >= 1 and k <= n and abs(100 * k / n - int(body["is"].rstrip("%"))) <= 0.5
    raise AssertionError(kind)


name = st.sampled_from(NAMES)
names = st.lists(name, min_size=1, max_size=2, unique=True)
small = st.integers(0, TOP)
constraint = st.one_of(
    st.builds(lambda q, n: {"count": {"of": q, "is": n}}, names, small),
    st.builds(
        lambda q, o: {"sum": {"of": q, "is": o}},
        names,
        st.lists(st.one_of(name, small), min_size=1, max_size=2),
    ),
    st.builds(lambda q, n: {"one_of": {"of": q, "are": n}}, names, st.lists(small, min_size=1, max_size=3)),
    st.builds(lambda q, n, p: {"at_most": {"each": q, "is": n, "per": p}}, names, small, name),
    st.builds(lambda q, n: {"at_least": {"each": q, "is": n}}, names, small),
    st.builds(lambda q, b: {"majority": {"each": q, "base": b}}, names, name),
    st.builds(lambda q, b: {"no_majority": {"each": q, "base": b}}, names, name),
    st.builds(lambda q, o: {"more_than": {"each": q, "than": o}}, names, names),
    st.builds(lambda q, o: {"at_least_as_many": {"each": q, "as": o}}, names, names),
    st.builds(
        lambda order, rest: {"rank": {"order": order, "ahead_of": rest}},
        st.lists(name, min_size=2, max_size=3, unique=True),
        st.lists(name, max_size=1),
    ),
    st.builds(
        lambda q, b, p: {"share": {"of": q, "base": b, "is": f"{p}%"}},
        name,
        name,
        st.sampled_from([0, 20, 25, 33, 40, 50, 60, 61, 67, 75, 80, 100]),
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(constraint, min_size=1, max_size=4))
def test_feasibility_bounds_and_values_agree_with_brute_force(constraints):
    fitting = [
        values
        for values in product(range(TOP + 1), repeat=len(NAMES))
        if all(holds(one, dict(zip(NAMES, values, strict=True))) for one in constraints)
    ]
    made = report(constraints)
    model = literal(made, {})
    assert model.feasible() == bool(fitting)
    if not fitting:
        with pytest.raises(Contradiction):
            model.bound("a")
        return
    for i, one in enumerate(NAMES):
        assert model.bound(one) == Bound(min(v[i] for v in fitting), max(v[i] for v in fitting))
    assert model.bound("a", "b") == Bound(
        min(v[0] + v[1] for v in fitting), max(v[0] + v[1] for v in fitting)
    )
    assert model.values(*NAMES) == fitting


def test_a_quantity_without_limit_has_no_upper_bound():
    made = report(
        [{"at_least": {"each": ["free"], "is": 2}}], [{"id": n, "says": n} for n in [*NAMES, "free"]]
    )
    assert literal(made, {}).bound("free") == Bound(2, None)


def test_parts_within_and_entries_are_built_in():
    quantities = [
        {"id": "a", "says": "a", "parts": ["b", "c"]},
        {"id": "b", "says": "b", "within": "c"},
        {"id": "c", "says": "c", "entries": ["list"]},
    ]
    model = Model(report([{"count": {"of": "a", "is": 0}}], quantities), {"list": 2})
    assert (model.bound("a"), model.bound("b"), model.bound("c")) == (Bound(2, 4), Bound(0, 2), Bound(2, 2))


def test_fix_best_keeps_only_the_best():
    model = literal(report([{"sum": {"of": ["a", "b"], "is": [4]}}]), {})
    assert model.fix_best(["a"], minimise=False) == 4
    assert model.bound("b") == Bound(0, 0)


def test_too_many_values_are_refused():
    with pytest.raises(ValueError, match="more than 3"):
        literal(report([{"at_least": {"each": ["a"], "is": 0}}]), {}).values("a", "b", most=3)


# What the design worked out independently of this code about the report itself.


@pytest.fixture(scope="module")
def entries(edition):
    return entry_counts(edition.items)


def test_the_report_cannot_hold_literally(edition, entries):
    assert not literal(edition.report, entries).feasible()


def test_giving_up_the_48_alone_mends_everything(edition, entries):
    without = edition.report.model_copy(
        update={"statements": [s for s in edition.report.statements if s.id != "answers"]}
    )
    model = literal(without, entries)
    assert model.bound("answers") == Bound(44, 44)
    assert literal(without, entries).values("answers.survey1") == [(18,), (23,)]
    assert literal(without, entries).values("frameworks.none") == [(31,)]


def test_without_the_16_countries_and_the_complete_list_the_48_can_be_reached(edition, entries):
    loose = edition.report.model_copy(
        update={
            "statements": [s for s in edition.report.statements if s.id not in ("countries", "frameworks")],
            "assumptions": [a for a in edition.report.assumptions if a.id != "country-list-complete"],
        }
    )
    assert literal(loose, entries).bound("countries.unlisted") == Bound(4, 4)


def test_the_adopted_repair(edition, entries):
    statement = edition.report.statement
    assert candidates(edition.report, edition.repair, entries, statement("staff")) == [
        Share(11, 18), Share(14, 23), Share(17, 28), Share(19, 31)
    ]  # fmt: skip
    assert candidates(edition.report, edition.repair, entries, statement("frameworks")) == [Share(33, 47)]
    model = adopted(edition.report, edition.repair, entries)
    assert model.bound("country.GB") == Bound(1, 2)
    assert model.bound("country.other") == Bound(16, 16)


def test_a_statement_without_a_share_has_no_candidates(edition, entries):
    with pytest.raises(ValueError, match="prints no share"):
        candidates(edition.report, edition.repair, entries, edition.report.statement("answers"))


def test_a_repair_that_mends_too_little_is_refused(edition, entries):
    nothing = edition.repair.model_copy(update={"readings": {}, "gives_up": [], "instead": []})
    with pytest.raises(Contradiction):
        adopted(edition.report, nothing, entries).bound("answers")


def test_percentages_of_the_report_are_kept_as_printed(edition):
    shares = [c for s in edition.report.statements for r in s.readings for c in r.holds if c.kind == "share"]
    assert {str(Percentage.parse(one.is_)) for one in shares} == {"61 %", "70 %"}
