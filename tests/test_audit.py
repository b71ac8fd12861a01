"""The model against brute force: every assignment of small counts is tried."""

from dataclasses import replace
from itertools import combinations, product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keepinpact.audit import Clock, Contradiction, Model, Unfinished, adopted, audit, literal, share_in
from keepinpact.audit.conflicts import minimal_sets
from keepinpact.audit.linear import CEILING
from keepinpact.audit.settling import flips, most_settling
from keepinpact.data import entry_counts
from keepinpact.numbers import ROUNDINGS, Bound, Percentage, Share
from keepinpact.readings import Report
from keepinpact.stats import facts
from oracles import prints

TOP = 5
NAMES = ["a", "b", "c"]


def report(constraints, quantities=None, top=TOP):
    return Report.model_validate(
        {
            "format": 1,
            "title": "made",
            "sections": [{"id": "s", "title": "S"}],
            "quantities": quantities or [{"id": name, "says": name} for name in NAMES],
            "definitions": [
                {"id": "small", "says": "small", "holds": [{"at_most": {"each": NAMES, "is": top}}]}
            ],
            "statements": [
                {"id": f"s{i}", "section": "s", "quote": "q", "says": "r", "holds": [one]}
                for i, one in enumerate(constraints or [{"at_least": {"each": ["a"], "is": 0}}])
            ],
        }
    )


def holds(constraint, values, rule="nearest"):
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
            whole, _, decimals = body["is"].rstrip("%").partition(".")
            if not 0 <= k <= n != 0 or (decimals and rule == "nearest 5"):
                return False
            return int(whole + decimals) in prints(rule, k, n, len(decimals))
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


systems = st.lists(constraint, min_size=1, max_size=5)
EVERYTHING = list(product(range(TOP + 1), repeat=len(NAMES)))


def fitting(constraints):
    """Every assignment of small counts in which all constraints hold."""
    return [
        values
        for values in EVERYTHING
        if all(holds(one, dict(zip(NAMES, values, strict=True))) for one in constraints)
    ]


@settings(max_examples=150)
@given(systems)
def test_feasibility_bounds_and_sums_agree_with_brute_force(constraints):
    fits = fitting(constraints)
    data_sets = literal(Model(report(constraints), {}))
    assert data_sets.exist == bool(fits)
    if not fits:
        with pytest.raises(Contradiction):
            data_sets.bound("a")
        with pytest.raises(Contradiction):
            data_sets.bounds()
        return
    expected = {one: Bound(min(v[i] for v in fits), max(v[i] for v in fits)) for i, one in enumerate(NAMES)}
    assert data_sets.bounds() == expected
    assert {one: data_sets.bound(one) for one in NAMES} == expected
    assert data_sets.bound("a", "b") == Bound(min(v[0] + v[1] for v in fits), max(v[0] + v[1] for v in fits))
    certain = data_sets.certain()
    assert all(expected[one] == Bound(value, value) for one, value in certain.items())


def minimal(sets):
    return {one for one in sets if not any(other < one for other in sets)}


@settings(max_examples=150)
@given(systems)
def test_conflicts_and_repairs_agree_with_brute_force(constraints):
    ids = [f"s{i}" for i in range(len(constraints))]
    by_id = dict(zip(ids, constraints, strict=True))
    subsets = [
        frozenset(one for one, kept in zip(ids, which, strict=True) if kept)
        for which in product([False, True], repeat=len(ids))
    ]
    clashing = {one for one in subsets if not fitting([by_id[name] for name in one])}
    mended = {frozenset(ids) - one for one in subsets if one not in clashing}
    found = audit(report(constraints), {})
    members = [{member.id for member in one.members} for one in found.conflicts]
    assert sorted(map(sorted, members)) == sorted(map(sorted, minimal(clashing)))
    given_up = [{member.id for member in one.gives_up} for one in found.repairs]
    assert sorted(map(sorted, given_up)) == sorted(map(sorted, minimal(mended) - {frozenset()}))
    assert found.complete
    assert found.holds == (frozenset(ids) not in clashing)
    # Where nothing is adopted or chosen, the bounds hold whichever repair is taken.
    outside = fitting([by_id[name] for name in ids if not any(name in one for one in members)])
    for i, one in enumerate(NAMES):
        assert found.bound(one) == Bound(min(v[i] for v in outside), max(v[i] for v in outside))


# Up to 8, so that eighths stand between two percentages; and percentages that some rule prints, or nearly.
TOP_OF_SHARES = 8
some_percentage = st.builds(
    lambda k, n, rule, near: f"{min(max(sorted(prints(rule, min(k, n), n))[0] + near, 0), 100)}%",
    st.integers(0, TOP_OF_SHARES),
    st.integers(1, TOP_OF_SHARES),
    st.sampled_from(sorted(ROUNDINGS)),
    st.sampled_from([-1, 0, 0, 0, 1]),
)
finer_percentage = st.builds(
    lambda k, n, near: f"{min(max(1000 * min(k, n) // n + near, 0), 1000) / 10:.1f}%",
    st.integers(0, TOP_OF_SHARES),
    st.integers(1, TOP_OF_SHARES),
    st.sampled_from([-1, 0, 0, 1]),
)
share = st.builds(
    lambda q, b, p: {"share": {"of": q, "base": b, "is": p}},
    st.one_of(names, st.builds(lambda q, n: [q, n], name, st.integers(0, 2))),
    name,
    st.one_of(some_percentage, some_percentage, finer_percentage),
)


@settings(max_examples=30)
@given(st.lists(share, min_size=1, max_size=3), st.lists(constraint, max_size=2))
@pytest.mark.parametrize("rule", ROUNDINGS)
def test_every_rounding_rule_agrees_with_brute_force(rule, shares, others):
    constraints = [*shares, *others]
    everything = list(product(range(TOP_OF_SHARES + 1), repeat=len(NAMES)))
    fits = {
        name: [
            {v for v in everything if holds(one, dict(zip(NAMES, v, strict=True)), name)}
            for one in constraints
        ]
        for name in ROUNDINGS
    }

    def together(kept, name=rule):
        return set(everything).intersection(*(fits[name][i] for i in kept))

    numbers = range(len(constraints))
    subsets = [frozenset(one) for n in range(len(constraints) + 1) for one in combinations(numbers, n)]
    clashing = minimal({one for one in subsets if not together(one)})
    mended = minimal({frozenset(numbers) - one for one in subsets if together(one)}) - {frozenset()}
    found = audit(report(constraints, top=TOP_OF_SHARES), {}, rounding=rule)
    assert found.complete
    assert {frozenset(int(m.id[1:]) for m in one.members) for one in found.conflicts} == clashing
    assert {frozenset(int(m.id[1:]) for m in one.gives_up) for one in found.repairs} == mended
    printed = [Percentage.parse(one["share"]["is"]) for one in constraints if "share" in one]
    printable = [name for name, other in ROUNDINGS.items() if all(map(other.prints, printed))]
    for conflict in found.conflicts:
        kept = [int(member.id[1:]) for member in conflict.members]
        assert conflict.roundings == [n for n in printable if n != rule and together(kept, n)]
    assert {one.rule for one in found.roundings if one.holds} == {n for n in fits if together(numbers, n)}
    outside = together(set(numbers).difference(*clashing))
    for i, name in enumerate(NAMES):
        assert found.bound(name) == Bound(min(v[i] for v in outside), max(v[i] for v in outside))
    for one in found.candidates:
        number = int(one.statement[1:])
        body = constraints[number]["share"]
        behind = set()
        for v in outside & fits[rule][number]:
            values = dict(zip(NAMES, v, strict=True))
            behind.add((sum(values[term] for term in body["of"]), values[body["base"]]))
        assert sorted(one.shares) == sorted(behind)


@settings(max_examples=100)
@given(st.lists(st.lists(constraint, min_size=1, max_size=2), min_size=1, max_size=3), st.data())
def test_readings_and_assumptions_agree_with_brute_force(statements, data):
    assumed = data.draw(st.lists(constraint, max_size=2))
    made = report([])
    made = Report.model_validate(
        made.model_dump(by_alias=True)
        | {
            "assumptions": [
                {"id": f"a{i}", "says": "a", "why": "w", "holds": [one]} for i, one in enumerate(assumed)
            ],
            "statements": [
                {
                    "id": f"s{i}",
                    "section": "s",
                    "quote": "q",
                    "readings": [
                        {"id": f"r{j}", "says": "r", "holds": [one]} for j, one in enumerate(readings)
                    ],
                }
                for i, readings in enumerate(statements)
            ],
        }
    )
    # A member is a statement in any reading, its literal reading where it has others, or an assumption.
    members = {f"s{i}": readings for i, readings in enumerate(statements)}
    members |= {f"s{i}:r0": readings[:1] for i, readings in enumerate(statements) if len(readings) > 1}
    members |= {f"a{i}": [one] for i, one in enumerate(assumed)}

    def fits(kept):
        return any(
            all(any(holds(one, dict(zip(NAMES, v, strict=True))) for one in members[m]) for m in kept)
            for v in EVERYTHING
        )

    subsets = [
        frozenset(one for one, kept in zip(members, which, strict=True) if kept)
        for which in product([False, True], repeat=len(members))
    ]
    clashing = {one for one in subsets if not fits(one)}
    found = audit(made, {})
    written = {
        frozenset(f"{m.id}:{m.reading}" if m.reading else m.id for m in c.members) for c in found.conflicts
    }
    assert written == minimal(clashing)
    mended = minimal({frozenset(members) - one for one in subsets if one not in clashing}) - {frozenset()}
    expected = {frozenset(m for m in one if m.partition(":")[0] not in one - {m}) for one in mended}
    gone = {
        frozenset(f"{m.id}:{m.reading}" if m.reading else m.id for m in r.gives_up) for r in found.repairs
    }
    assert gone == expected


@settings(max_examples=60)
@given(systems)
@example(  # three that leave as much open; the first to be found is not the first of the report
    [{"at_most": {"each": ["b"], "is": 2, "per": "c"}}, {"sum": {"of": ["b", "c"], "is": ["a", "a"]}}]
)
def test_what_settles_most_agrees_with_brute_force(constraints):
    fits = fitting(constraints)
    if not fits:
        return
    data_sets = literal(Model(report(constraints), {}))

    def left(i, value):
        some = [v for v in fits if v[i] == value]
        return sum(max(v[j] for v in some) - min(v[j] for v in some) for j in range(len(NAMES)))

    expected = [
        (max(left(i, value) for value in values), i, one)
        for i, one in enumerate(NAMES)
        if len(values := {v[i] for v in fits}) > 1
    ]
    found = most_settling(data_sets, data_sets.bounds(), NAMES, 2)
    assert [(one.left, one.place, one.quantity) for one in found] == sorted(expected)[:2]


@settings(max_examples=200)
@given(st.lists(st.integers(0, 4), min_size=2, max_size=5), st.integers(0, 3))
def test_flips_agree_with_moving_answers_one_by_one(counts, extra):
    """One answer each: a respondent's change moves one from one place to another."""
    total = sum(counts) + extra
    names = [f"q{i}" for i in range(len(counts))]
    known = {**dict(zip(names, counts, strict=True)), "base": total}

    def within(steps, kind):
        seen = {(*counts, extra)}
        for _ in range(steps):
            seen |= {
                tuple(c + (j == b) - (j == a) for j, c in enumerate(one))
                for one in seen for a in range(len(one)) for b in range(len(one)) if one[a]
            }  # fmt: skip
        return {kind(one) for one in seen}

    majority = report(
        [{"majority": {"each": ["q0"], "base": "base"}}], [{"id": n, "says": n} for n in [*NAMES, *known]]
    )
    ahead = report(
        [{"more_than": {"each": ["q0"], "than": ["q1"]}}], [{"id": n, "says": n} for n in [*NAMES, *known]]
    )
    for made, kind in ((majority, lambda c: 2 * c[0] > total), (ahead, lambda c: c[0] > c[1])):
        now, respondents = flips(made.statements[0].readings[0], known)
        assert now == kind(tuple(counts))
        if respondents <= 3 and total:
            assert within(respondents - 1, kind) == {now}
            assert within(respondents, kind) == {now, not now} or respondents > total


def test_flips_need_every_count():
    made = report([{"majority": {"each": ["a"], "base": "b"}}, {"count": {"of": "a", "is": 1}}])
    assert flips(made.statements[0].readings[0], {"a": 1}) is None
    assert flips(made.statements[1].readings[0], {"a": 1}) is None


def free(constraints, *more):
    return report(constraints, [{"id": n, "says": n} for n in [*NAMES, "free", "half", *more]])


def test_a_quantity_without_limit_has_no_upper_bound():
    made = free(
        [
            {"at_least": {"each": ["free"], "is": 2}},
            {"no_majority": {"each": ["half"], "base": "free"}},
            {"majority": {"each": ["a"], "base": "b"}},
        ]
    )
    data_sets = literal(Model(made, {}))
    # Half of what has no limit has none either, although the solver stops looking somewhere.
    assert data_sets.bounds() == {
        "a": Bound(1, TOP), "b": Bound(0, TOP), "c": Bound(0, TOP),
        "free": Bound(2, None), "half": Bound(0, None),
    }  # fmt: skip
    assert data_sets.bound("free", "half") == Bound(2, None)


def test_large_bases_are_exact():
    made = free(
        [{"share": {"of": "half", "base": "free", "is": "61.25%"}}, {"count": {"of": "free", "is": 100_000}}]
    )
    data_sets = literal(Model(made, {}))
    assert data_sets.bound("half") == Bound(61_245, 61_255)
    assert CEILING > 10 * 100_000


def test_limits_that_close_in_one_by_one_are_stepped_through_once():
    """Even and odd: without a presolve, each search would count down from the top."""
    made = free(
        [
            {"sum": {"of": "free", "is": ["half", "half"]}},
            {"sum": {"of": ["free", 1], "is": ["other", "other"]}},
        ],
        "other",
    )
    model = Model(made, {})
    steps = []
    for _ in range(2):
        assert model.solve(literal(model).on, {}, ceiling=200_000) is None
        steps.append(model._solver.response_proto.num_integer_propagations)
    assert steps[0] > 100 * steps[1]


def test_percentages_of_a_base_without_limit_may_clash_by_a_hair():
    made = free([{"share": {"of": "half", "base": "free", "is": f"33.33{end}%"}} for end in ("3", "5")])
    found = audit(made, {})
    assert [[member.id for member in one.members] for one in found.conflicts] == [["s0", "s1"]]
    assert found.complete


def test_parts_within_and_entries_are_built_in():
    quantities = [
        {"id": "a", "says": "a", "parts": ["b", "c"]},
        {"id": "b", "says": "b", "within": "c"},
        {"id": "c", "says": "c", "entries": ["list"]},
    ]
    bounds = Model(report([{"count": {"of": "a", "is": 0}}], quantities), {"list": 2}).fitting([]).bounds()
    assert bounds == {"a": Bound(2, 4), "b": Bound(0, 2), "c": Bound(2, 2)}


def test_best_keeps_only_the_best():
    data_sets = literal(Model(report([{"sum": {"of": ["a", "b"], "is": [4]}}]), {}))
    assert data_sets.best(["a"], minimise=False).bound("b") == Bound(0, 0)
    assert data_sets.bound("b") == Bound(0, 4)
    with pytest.raises(ValueError, match="nothing limits"):
        literal(Model(free([{"at_least": {"each": ["a"], "is": 0}}]), {})).best(["free"], minimise=False)


def test_too_many_shares_are_not_listed():
    made = free([{"share": {"of": "half", "base": "free", "is": "50%"}}])
    share = share_in(made.statements[0].readings[0])
    assert literal(Model(made, {})).shares(share) is None
    some = literal(Model(made, {})).where({"free": 6})
    assert some.shares(share) == [Share(3, 6)]
    assert some.shares(share, most=0) is None


def test_a_time_limit_leaves_undone_and_guesses_nothing():
    made = report([{"count": {"of": "a", "is": 1}}, {"count": {"of": "a", "is": 2}}])
    with pytest.raises(Unfinished):
        _ = Model(made, {}, clock=Clock(0)).fitting([]).exist
    found = audit(made, {}, seconds=0)
    assert found.holds is None
    assert (found.conflicts, found.repairs, found.bounds, found.basis) == ([], [], [], None)
    assert {one.verdict for one in found.verdicts} == {None}
    assert "whether everything holds" in found.unfinished


def test_a_search_that_is_cut_short_says_so():
    def at_most_one(kept):
        return len(kept) <= 1

    members = [f"m{i}" for i in range(6)]
    assert len(minimal_sets(members, at_most_one, 100).conflicts) == 15
    short = minimal_sets(members, at_most_one, 4)
    assert len(short.conflicts) + len(short.repairs) == 4
    assert not short.complete


def test_a_rule_ends_a_conflict_only_if_it_can_print_every_percentage():
    shares = [{"share": {"of": "c", "base": "b", "is": printed}} for printed in ("20%", "21%")]
    made = report(
        [{"share": {"of": "a", "base": "b", "is": "35%"}}, {"count": {"of": "b", "is": 5}}, *shares]
    )
    first, second, *others = made.statements
    both = others[0].readings[0].model_copy(update={"holds": [o.readings[0].holds[0] for o in others]})
    in_one = others[0].model_copy(update={"readings": [both]})
    alone = made.model_copy(update={"statements": [first, second]})
    assert [one.roundings for one in audit(alone, {}).conflicts] == [["nearest 5"]]
    made = made.model_copy(update={"statements": [first, second, in_one]})
    assert {tuple(one.roundings) for one in audit(made, {}).conflicts} == {()}


def test_a_chosen_repair_is_the_basis():
    made = report([{"count": {"of": "a", "is": 1}}, {"count": {"of": "a", "is": 2}}])
    assert audit(made, {}).basis.kind == "outside all conflicts"
    found = audit(made, {}, chosen="R2")
    assert [m.id for m in found.repairs[1].gives_up] == ["s1"]
    assert (found.basis.kind, found.bound("a")) == ("chosen repair", Bound(1, 1))
    with pytest.raises(KeyError):
        audit(made, {}, chosen="R3")


def test_verdicts_follow_from_conflicts_lists_and_counts():
    made = Report.model_validate(
        {
            "format": 1,
            "title": "made",
            "lists": {"list": 3},
            "sections": [{"id": "s", "title": "S"}],
            "quantities": [
                {"id": "n", "says": "n"}, {"id": "k", "says": "k", "within": "n"}, {"id": "m", "says": "m"},
                {"id": "entries", "says": "e", "unit": "entries", "entries": ["list"]},
            ],
            "assumptions": [{"id": "x", "says": "x", "why": "w", "holds": [{"count": {"of": "m", "is": 1}}]}],
            "statements": [
                {"id": i, "section": "s", "quote": i, "says": i, "holds": [one], **more}
                for i, one, more in [
                    ("base", {"count": {"of": "n", "is": 48}}, {}),
                    ("cut", {"share": {"of": "k", "base": "n", "is": "70%"}}, {}),
                    ("seven", {"count": {"of": "m", "is": 7}}, {}),
                    ("eight", {"at_least": {"each": ["m"], "is": 8}}, {}),
                    ("three", {"count": {"of": "entries", "is": 3}}, {}),
                    ("four", {"count": {"of": "entries", "is": 4}}, {}),
                    ("vague", {"majority": {"each": ["k"], "base": "n"}}, {"not_testable": "no counts"}),
                    ("some", {"at_least": {"each": ["n"], "is": 1}}, {}),
                ]
            ],
        }
    )  # fmt: skip
    found = audit(made, made.lists)
    assert {one.statement: one.verdict for one in found.verdicts} == {
        "base": "conditional",  # truncated, 70 % is 34 of 48
        "cut": "conditional",
        "seven": "contradicted",  # by "eight", whatever is assumed
        "eight": "contradicted",
        "three": "reproduced",
        "four": "contradicted",
        "vague": "not testable",
        "some": "consistent",
    }
    assert next(c.roundings for c in found.conflicts if "cut" in [m.id for m in c.members]) == [
        "truncated",
        "nearest 5",
    ]
    counted = audit(made, made.lists, facts={"n": 48, "k": 34})
    verdicts = {one.statement: one.verdict for one in counted.verdicts}
    assert (verdicts["base"], verdicts["vague"], verdicts["cut"]) == (
        "reproduced",
        "reproduced",
        "contradicted",
    )


# What the design worked out independently of this code about the report itself.


@pytest.fixture(scope="module")
def entries(edition):
    return entry_counts(edition.items)


@pytest.fixture(scope="module")
def found(edition, entries):
    return audit(edition.report, entries, repair=edition.repair)


def names(members):
    return {f"{one.id}:{one.reading}" if one.reading else one.id for one in members}


def test_the_two_conflicts_of_the_report(found):
    assert found.complete
    assert [names(one.members) for one in found.conflicts] == [
        {"answers", "frameworks", "all-answered-frameworks"},
        {
            "answers",
            "countries",
            "croatia",
            "france",
            "portugal",
            "belgium",
            "other-countries:literal",
            "one-country",
        },
    ]
    assert found.conflicts[0].roundings == ["truncated"]
    assert found.conflicts[1].roundings == []


def test_the_smallest_repairs_of_the_report(found):
    assert [names(one.gives_up) for one in found.smallest] == [
        {"one-country", "all-answered-frameworks"},
        {"other-countries:literal", "all-answered-frameworks"},
        {"answers"},
    ]
    assert [one.adopted for one in found.smallest] == [False, True, False]
    weights = [(one.hard, one.soft, one.assumptions) for one in found.repairs]
    assert weights == sorted(weights)
    assert len(weights) == 15


def test_the_shares_behind_the_percentages(found):
    assert found.shares("staff") == [Share(11, 18), Share(14, 23), Share(17, 28), Share(19, 31)]
    assert found.shares("frameworks") == [Share(33, 47)]
    surviving = [one.rule for one in found.roundings if one.holds_on_basis]
    assert surviving == ["nearest", "half up", "half down", "half even", "truncated"]
    assert not any(one.holds for one in found.roundings)


def test_how_few_would_flip_what_is_known(found):
    assert [(one.statement, one.holds, one.respondents) for one in found.flips] == [("most-answers", True, 8)]


def test_no_verdict_reads_a_reconstruction(edition, entries, found):
    assert facts(edition.responses, edition.report) == {}
    released = replace(edition.responses, layer="responses")
    assert facts(released, edition.report)
    assert {one.statement for one in found.verdicts if one.verdict == "reproduced"} == {
        "partner-countries", "sources-length", "top-length"
    }  # fmt: skip


def test_the_report_cannot_hold_literally(edition, entries):
    assert not literal(Model(edition.report, entries)).exist


def test_giving_up_the_48_alone_mends_everything(edition, entries):
    without = edition.report.model_copy(
        update={"statements": [s for s in edition.report.statements if s.id != "answers"]}
    )
    data_sets = literal(Model(without, entries))
    assert data_sets.bound("answers") == Bound(44, 44)
    assert data_sets.bound("frameworks.none") == Bound(31, 31)
    sizes = [n for n in range(45) if data_sets.where({"answers.survey1": n}).exist]
    assert sizes == [18, 23]


def test_without_the_16_countries_the_48_can_be_reached(edition, entries):
    loose = edition.report.model_copy(
        update={
            "statements": [s for s in edition.report.statements if s.id not in ("countries", "frameworks")]
        }
    )
    assert literal(Model(loose, entries)).bound("countries.unlisted") == Bound(4, 4)


def test_the_adopted_repair(edition, entries):
    data_sets = adopted(Model(edition.report, entries, repair=edition.repair), edition.repair)
    assert data_sets.bound("country.GB") == Bound(1, 2)
    assert data_sets.bound("country.other") == Bound(16, 16)
    sizes = [n for n in range(49) if data_sets.where({"answers.survey1": n}).exist]
    assert sizes == [18, 23, 28, 31]


def test_a_repair_that_mends_too_little_is_refused(edition, entries):
    nothing = edition.repair.model_copy(update={"readings": {}, "gives_up": [], "instead": []})
    with pytest.raises(Contradiction):
        adopted(Model(edition.report, entries), nothing)


def test_percentages_of_the_report_are_kept_as_printed(edition):
    shares = [c for s in edition.report.statements for r in s.readings for c in r.holds if c.kind == "share"]
    assert {str(Percentage.parse(one.is_)) for one in shares} == {"61 %", "70 %"}
