"""Narrowed intervals cut no solution off and rest on what they are said to rest on, by brute force."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keepinpact.audit.model import _runs
from keepinpact.audit.narrowing import Ends, Narrowing
from keepinpact.audit.solver import Clock, Rule, System
from keepinpact.statements.linear import Linear

NAMES = ("a", "b", "c")
TOP = 4
EVERYTHING = [dict(zip(NAMES, counts, strict=True)) for counts in product(range(TOP + 1), repeat=3)]
SMALL = [(Linear({name: 1}, ((None, TOP),)), 0) for name in NAMES]


def spans(ends: list[int], open_: tuple[bool, bool]) -> tuple:
    """Spans apart from each other, the first and the last of them with an open end or not."""
    cut = sorted(ends)
    found = [(low, high) for low, high in zip(cut[::2], cut[1::2], strict=False)]
    kept = [one for i, one in enumerate(found) if i == 0 or one[0] > found[i - 1][1] + 1] or [(0, 0)]
    first, last = kept[0], kept[-1]
    kept[0] = (None if open_[0] else first[0], kept[0][1])
    kept[-1] = (kept[-1][0], None if open_[1] else last[1])
    return tuple(kept)


lines = st.builds(
    lambda factors, ends, open_: Linear(
        {name: factor for name, factor in zip(NAMES, factors, strict=True) if factor}, spans(ends, open_)
    ),
    st.tuples(*[st.integers(-3, 3)] * 3),
    st.lists(st.integers(-8, 8), min_size=2, max_size=6),
    st.tuples(st.booleans(), st.booleans()),
)


def fits(some: list[tuple[Linear, int]], on: int) -> list[dict[str, int]]:
    return [v for v in EVERYTHING if all(one.allows(v) for one, bit in some if not bit & ~on)]


def inside(ends: Ends, values: dict[str, int]) -> bool:
    return all(
        ends.lows[place] <= values[name] and ((high := ends.highs[place]) is None or values[name] <= high)
        for place, name in enumerate(NAMES)
    )


@settings(max_examples=200)
@given(lines, st.tuples(*[st.integers(0, TOP)] * 3))
def test_from_the_least_value_on_a_sum_that_grows_always_holds(line: Linear, counts: tuple[int, ...]) -> None:
    others = dict(zip(NAMES, counts, strict=True))
    for name in line.terms:
        if line.grows_into(name):
            least = line.least(name, others)
            holds = [line.allows({**others, name: value}) for value in range(least, least + 20)]
            assert all(holds)
            if least > 0 and len(line.spans) == 1:
                assert not line.allows({**others, name: least - 1})


FAR = 40
"""Further than any end of the sums here."""


@settings(max_examples=200)
@given(lines, st.lists(st.tuples(st.integers(0, 3), st.none() | st.integers(3, 6)), min_size=3, max_size=3))
@example(Linear({"a": 1}, ((None, 4),)), [(0, None)] * 3)
@example(Linear({"a": -1}, ((-4, None),)), [(0, None)] * 3)
def test_what_is_sure_holds_whatever_the_counts_are(line: Linear, ends: list[tuple[int, int | None]]) -> None:
    intervals = dict(zip(NAMES, ends, strict=True))
    inside = {name: intervals[name] for name in line.terms}
    every = product(*({low, FAR if high is None else high} for low, high in inside.values()))
    holds = all(line.allows(dict(zip(inside, counts, strict=True))) for counts in every)
    if len(line.spans) == 1:
        assert line.sure(intervals) == holds
    elif line.sure(intervals):
        assert holds


@pytest.mark.long
@settings(max_examples=300)
@given(st.lists(lines, min_size=1, max_size=5), st.integers(0, 31), st.integers(0, 31))
def test_ends_hold_every_solution_and_rest_on_what_is_said(some: list[Linear], on: int, gone: int) -> None:
    switched = [*SMALL, *((one, 1 << place) for place, one in enumerate(some))]
    narrowing = Narrowing(NAMES, switched)
    ends = Ends(len(NAMES))
    refuted = narrowing.narrow(ends, range(len(switched)), ~on)
    if refuted is not None:
        assert not refuted & ~on
        assert not fits(switched, refuted)
        return
    assert all(inside(ends, values) for values in fits(switched, on))
    for place, name in enumerate(NAMES):
        for values in fits(switched, ends.low_why[place]):
            assert values[name] >= ends.lows[place]
        for values in fits(switched, ends.high_why[place]):
            assert values[name] <= ends.highs[place]
    # Turned off, a switch narrows nothing, and narrowing on is narrowing from nothing.
    left, widened = ends.without(gone)
    assert all(inside(left, values) for values in fits(switched, on & ~gone))
    assert narrowing.narrow(left, narrowing.about(widened), ~(on & ~gone)) is None
    anew = Ends(len(NAMES))
    assert narrowing.narrow(anew, range(len(switched)), ~(on & ~gone)) is None
    assert (left.lows, left.highs) == (anew.lows, anew.highs)


@pytest.mark.long
@settings(max_examples=150)
@given(st.data())
def test_one_system_answers_question_after_question_as_brute_force_does(data: st.DataObject) -> None:
    """What it remembers of one question, and leaves as it was for the next, changes no answer."""
    some = data.draw(st.lists(lines, min_size=2, max_size=5))
    rules = [Rule(None, (tuple(one for one, _ in SMALL),))]
    rules += [Rule(f"s{place}", ((one,),)) for place, one in enumerate(some[:-1])]
    # The last two are cases of one switch as well.
    rules.append(Rule("either", ((some[-1],), (some[0], some[-2]))))
    system = System(NAMES, rules, Clock())
    switches = [rule.switch for rule in rules if rule.switch]
    for _ in range(6):
        on = frozenset(data.draw(st.lists(st.sampled_from(switches), unique=True)))
        also = data.draw(st.lists(st.lists(st.lists(lines, max_size=2), min_size=1, max_size=2), max_size=2))
        cases = [tuple(map(tuple, one)) for one in also]
        held = [rule.cases for rule in rules if rule.switch is None or rule.switch in on] + cases
        possible = [
            values
            for values in EVERYTHING
            if all(any(all(one.allows(values) for one in case) for case in each) for each in held)
        ]
        found = system.find(on, cases)
        assert found in possible if possible else found is None
        core = system.core(on, cases)
        if core is not None:
            assert core <= on
            assert system.find(core, cases) is None
            assert not possible
        name = data.draw(st.sampled_from(NAMES))
        total = {name: 1, "a": 2}
        for minimise, best in ((True, min), (False, max)):
            end = system.extreme(on, cases, total, minimise=minimise)
            values = [sum(factor * one[each] for each, factor in total.items()) for one in possible]
            assert (None if end is None else end[0]) == best(values, default=None)
            assert end is None or end[1] in possible


def test_values_in_a_row_are_one_interval() -> None:
    assert _runs([1, 2, 3, 5, 7, 8]) == [(1, 3), (5, 5), (7, 8)]
    assert _runs([]) == []
