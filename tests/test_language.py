"""The whole language at random: the audit raises nothing, agrees with brute force, and can be told in words.

``LANGUAGE_EXAMPLES=3000 pytest tests/test_language.py`` runs it long: about an hour.
"""

from __future__ import annotations

import copy
import io
import os
from collections.abc import Iterator
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from called import called
from keepinpact.audit import Audit, Contradiction, Model, audit, words
from keepinpact.console import show
from keepinpact.data import ROOT, DataError, load_statements
from keepinpact.data.new import TEMPLATE
from keepinpact.numbers import ROUNDINGS
from keepinpact.statements.constraints import CONSTRAINT, PrintedShare
from keepinpact.statements.report import Report
from made import MONTHS, World, constraints, holds, minimal

EXAMPLES = int(os.environ.get("LANGUAGE_EXAMPLES", "60"))
NAMES = ["a", "b", "c", "d", "listed"]
TOP = 3
of_counts = constraints(NAMES, TOP, words=True)
of_months = st.one_of(
    st.builds(lambda m: {"count": {"of": ["when"], "is": f"2019-{m:02}"}}, st.integers(1, 4)),
    st.builds(lambda m: {"at_least": {"each": ["when"], "is": f"2019-{m:02}"}}, st.integers(1, 4)),
    st.builds(lambda m: {"one_of": {"of": ["when"], "are": [f"2019-{m:02}", "2020-01"]}}, st.integers(1, 4)),
    st.builds(lambda q: {"sum": {"of": ["when", q], "is": ["2019-03"]}}, st.sampled_from(NAMES)),
)
constraint = st.one_of(of_counts, of_counts, of_counts, of_months)
some = st.lists(constraint, min_size=1, max_size=2)
top = st.integers(0, TOP)


@st.composite
def reports(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, int], str | None]:
    """A statements file, facts, and a rounding rule that is asked for, or none."""
    quantities: list[dict[str, Any]] = [{"id": name, "says": f"how many {name}"} for name in NAMES[:-1]]
    shape = draw(st.sampled_from(["", "", "parts", "within", "both"]))
    if shape in ("parts", "both"):
        quantities[0]["parts"] = draw(st.sampled_from([["b", "c"], ["b", "listed"], ["d"], ["c"]]))
    if shape in ("within", "both"):
        quantities[1]["within"] = draw(st.sampled_from(["a", "c", "listed"]))
    quantities.append({"id": "listed", "says": "entries", "unit": "entries", "entries": ["list"]})
    quantities.append({"id": "when", "says": "month of it", "unit": "month"})
    limits = [
        {"at_most": {"each": NAMES[:-1], "is": TOP}},
        {"at_least": {"each": ["when"], "is": MONTHS[0]}},
        {"at_most": {"each": ["when"], "is": MONTHS[-1]}},
    ]
    defined = draw(st.lists(constraint, max_size=1)) if draw(st.booleans()) else []
    statements = []
    for i in range(draw(st.integers(1, 4))):
        readings = draw(st.lists(some, min_size=1, max_size=draw(st.sampled_from([1, 1, 2, 3]))))
        statements.append(
            {
                "id": f"s{i}",
                "section": "s",
                "quote": f"quote {i}",
                "soft": draw(st.booleans()),
                "readings": [
                    {"id": f"r{j}", "says": f"reads {j}", "holds": one} for j, one in enumerate(readings)
                ],
            }
        )
    otherwise = draw(st.sampled_from([{}, {"otherwise": "it is not so"}]))
    content = {
        "format": 1,
        "title": "made",
        "sections": [{"id": "s", "title": "S"}],
        "lists": {"list": draw(top)},
        "quantities": quantities,
        "definitions": [{"id": "d", "says": "d", "holds": limits + defined}],
        "assumptions": [
            {"id": f"a{i}", "says": f"assumed {i}", "why": "w", "holds": one, **otherwise}
            for i, one in enumerate(draw(st.lists(some, max_size=2)))
        ],
        "statements": statements,
    }
    facts = draw(st.dictionaries(st.sampled_from(NAMES[:-1]), top, max_size=2))
    return content, facts, draw(st.sampled_from([None, None, *ROUNDINGS]))


def written(members: Any) -> frozenset[str]:
    return frozenset(f"{m.id}:{m.reading}" if m.reading else m.id for m in members)


def rendered(found: Audit, report: Report) -> str:
    """Everything that can be told of an audit, for a wide and for a narrow window."""
    console = Console(file=io.StringIO(), width=100, color_system=None)
    narrow = Console(file=io.StringIO(), width=38, color_system=None)
    with console.capture() as printed, narrow.capture():
        show(found, report, console)
        show(found, report, narrow)
    told = [words.why(one, found, report) for one in report.statements]
    for one in told:
        assert one.endswith(".")
        assert "  " not in one
        assert ".." not in one
    assert Audit.model_validate_json(found.model_dump_json()) == found
    return printed.get() + "\n".join(told)


def check(content: dict[str, Any], facts: dict[str, int], rounding: str | None) -> None:
    report = Report.model_validate(content)
    rule = rounding or "nearest"
    world = World(report, rule, facts=facts, top=TOP)
    if not world.values:
        with pytest.raises(Contradiction):
            audit(report, report.lists, facts=facts, rounding=rounding)
        return
    if facts:
        counted(report, world, facts, rounding)
        facts, world = {}, World(report, rule, top=TOP)
    found = audit(report, report.lists, facts=facts, rounding=rounding)
    rendered(found, report)
    assert found.complete
    assert found.unfinished == []
    statements = [one.id for one in report.statements]
    assert found.holds == bool(world.together(world.members))
    assert found.statements_hold == bool(world.together(statements))
    assert {written(one.members) for one in found.conflicts} == world.said

    # The repairs of the report are one repair of each part that needs one.
    by_part = [[set(written(r.gives_up)) for r in found.repairs if r.part == p.part] for p in found.parts]
    for part in by_part:
        for one in part:
            one |= {
                f"{s.id}:{s.readings[0].id}" for s in report.statements if s.id in one and len(s.readings) > 1
            }
    together = {frozenset().union(*one) for one in product(*filter(None, by_part))} - {frozenset()}

    # A statement that is given up takes its literal reading with it, where that had to go; else it may stay.
    def whole(repair: frozenset[str]) -> frozenset[str]:
        taken = {
            f"{s.id}:{s.readings[0].id}" for s in report.statements if s.id in repair and len(s.readings) > 1
        }
        return repair | taken

    assert together == {whole(one) for one in world.repairs}

    # Bounds hold whichever repair is taken; every value is listed where there are gaps.
    basis = world.found(world.together(world.outside))
    for quantity in report.quantities:
        bound = found.bound(quantity.id)
        values = sorted({one[quantity.id] for one in basis})
        assert list(bound.values or range(bound.low, (bound.high or 0) + 1)) == values
    for candidates in found.candidates:
        statement = report.statement(candidates.statement)
        share = next(one for one in statement.readings[0].holds if isinstance(one, PrintedShare))
        behind = {
            (sum(one[t] for t in share.of), one[share.base])
            for one in basis
            if holds({"share": share.model_dump(by_alias=True, exclude_none=True)}, one, rule)
        }
        assert sorted(candidates.shares) == sorted(behind, key=lambda one: (one[0], one[1]))

    shares = any(f"'{kind}'" in repr(content) for kind in ("share", "times", "points", "mean", "sd"))
    other_worlds = {
        name: World(report, name, facts=facts, top=TOP) if shares else world
        for name in ROUNDINGS
        if name != rule
    }
    for one in found.roundings:
        other = other_worlds.get(one.rule, world)
        assert one.holds == (bool(other.values) and bool(other.together(other.members)))
        assert one.statements_hold == (bool(other.values) and bool(other.together(statements)))

    def printable(name: str) -> bool:
        """Whether a rule can print all percentages without one of their own, in some reading of each."""
        return all(
            any(
                all(
                    one.can_print(ROUNDINGS[name])
                    for one in reading.holds
                    if isinstance(one, PrintedShare) and one.rounding is None
                )
                for reading in statement.readings
            )
            for statement in report.statements
        )

    others = {name: other for name, other in other_worlds.items() if printable(name)}
    ends = {
        conflict: [name for name, other in others.items() if other.values and other.together(conflict)]
        for conflict in world.conflicts
    }
    for one in found.conflicts:
        assert one.roundings == ends[written(one.members)]
        assert one.needs_ours == (not written(one.members) <= set(statements))

    rules = [world, *others.values()]
    by_every_rule = minimal(
        some
        for size in range(1, len(statements) + 1)
        for some in map(frozenset, combinations(statements, size))
        if not rounding and not any(other.values and other.together(some) for other in rules)
    )
    assert (found.can_be_true is False) == (
        bool(by_every_rule) or (bool(rounding) and not found.statements_hold)
    )

    known = Model(report, report.lists, facts).certain(rule)
    assert all(values[name] == count for values in world.values for name, count in known.items())
    for statement in report.statements:
        verdict = found.verdict(statement.id)
        part = next(one for one in found.parts if statement.id in one.statements)
        recounts = []
        for reading in statement.readings:
            names = {name for one in reading.holds for name in one.quantities()}
            true = [
                names <= known.keys() and all(one.true(held, known) for held in reading.holds)
                for one in (rules[:1] if rounding else rules)
            ]
            # What another rule would let be true a recount does not refute.
            recounts.append(True if true[0] else False if names <= known.keys() and not any(true) else None)
        mine = [one for one in world.conflicts if {statement.id, *own(statement)} & one]
        alone = [one for one in mine if one <= set(statements)]
        severity = world.severity(statement, part.statements)
        if severity[1]:
            assert (verdict.severity.passed, verdict.severity.of) == severity
        else:
            assert verdict.severity is None
        # Words for any share are not recounted, and what is not decided hides the readings after it.
        further = [reading.id.startswith("wider") for reading in statement.readings]
        told = [None if each and wide else each for each, wide in zip(recounts, further, strict=True)]
        if next((each for each in told if each is not False), False):
            expected = "reproduced"
        elif all(one is False for one in recounts) or any(rounding or not ends[one] for one in alone):
            expected = "contradicted"
        elif alone and any(statement.id in one for one in by_every_rule):
            expected = "contradicted"
            assert {statement.id, *verdict.every_rule} in by_every_rule
        elif mine:
            expected = "conditional"
        else:
            expected = "not tested" if severity[0] == severity[1] else "consistent"
        assert verdict.verdict == expected
        assert (verdict.not_with != []) <= (expected == "conditional")


def counted(report: Report, world: World, facts: dict[str, int], rounding: str | None) -> None:
    """What is known from responses decides verdicts; conflicts and repairs stay those of the text."""
    found = audit(report, report.lists, facts=facts, rounding=rounding)
    rendered(found, report)
    alone = audit(report, report.lists, rounding=rounding)
    assert (found.conflicts, found.repairs) == (alone.conflicts, alone.repairs)
    assert (found.holds, found.statements_hold) == (alone.holds, alone.statements_hold)
    for statement in report.statements:
        verdict = found.verdict(statement.id)
        held = world.found(world.together([statement.id]))
        if verdict.recount is False:
            assert not held
        if verdict.verdict == "reproduced":
            assert len(held) == len(world.values)


def own(statement: Any) -> set[str]:
    return {f"{statement.id}:{reading.id}" for reading in statement.readings}


ASSIGNMENTS = [dict(zip("abc", counts, strict=True)) for counts in product(range(TOP + 2), repeat=3)]


@pytest.mark.long
@settings(max_examples=10 * EXAMPLES, suppress_health_check=[HealthCheck.too_slow])
@given(written_as=constraints(["a", "b", "c"], TOP + 1, words=True), rule=st.sampled_from(sorted(ROUNDINGS)))
def test_every_kind_means_what_plain_arithmetic_says(written_as: Any, rule: str) -> None:
    lines = list(CONSTRAINT.validate_python(written_as).linears(ROUNDINGS[rule]))
    for counts in ASSIGNMENTS:
        assert all(line.allows(counts) for line in lines) == holds(written_as, counts, rule), counts


@pytest.mark.long
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(reports())
def test_the_whole_language_agrees_with_brute_force(drawn: Any) -> None:
    check(*drawn)


@pytest.mark.long
@settings(max_examples=max(EXAMPLES // 3, 10), suppress_health_check=[HealthCheck.too_slow])
@given(reports())
def test_without_limits_nothing_is_raised_and_nothing_true_is_called_false(drawn: Any) -> None:
    content, facts, rounding = drawn
    content["definitions"] = []
    report = Report.model_validate(content)
    world = World(report, rounding or "nearest", facts=facts, top=TOP)
    try:
        found = audit(report, report.lists, facts=facts, rounding=rounding)
    except Contradiction:
        assert not world.values
        return
    rendered(found, report)
    # Whether all of it can be true is a question of the text alone, whatever was counted.
    text = World(report, rounding or "nearest")
    if text.values and text.together(text.members):
        assert found.holds is True
    if text.values and text.together([one.id for one in report.statements]):
        assert found.statements_hold is True
    for one in found.bounds:
        if world.values and world.together(world.members):
            for values in world.found(world.together(world.members)):
                assert one.low <= values[one.quantity]
                assert one.high is None or values[one.quantity] <= one.high


NOBODY = {"sum": {"of": "a", "is": ["a", 1]}}
OF_FIVES = {"share": {"of": "a", "base": "n", "is": "33%", "rounding": "nearest-5"}}
"""No count fulfils these, whatever the rule, and they name none once they are worked out."""


def small(*statements: list[dict[str, Any]]) -> dict[str, Any]:
    """A report of which each statement has these readings of a single constraint."""
    return {
        "format": 1,
        "title": "made",
        "sections": [{"id": "s", "title": "S"}],
        "quantities": [
            {"id": "n", "says": "all", "parts": ["a", "b"]},
            {"id": "a", "says": "aa"},
            {"id": "b", "says": "bb"},
        ],
        "definitions": [{"id": "d", "says": "d", "holds": [{"at_most": {"each": "n", "is": TOP}}]}],
        "statements": [
            {
                "id": f"s{i}",
                "section": "s",
                "quote": f"quote {i}",
                "readings": [
                    {"id": f"r{j}", "says": f"reads {j}", "holds": [one]} for j, one in enumerate(readings)
                ],
            }
            for i, readings in enumerate(statements)
        ],
    }


@pytest.mark.parametrize("rounding", [None, "nearest", "nearest 5"])
@pytest.mark.parametrize(
    "readings",
    [
        [NOBODY, {"sum": {"of": "b", "is": ["b", 1]}}],
        [NOBODY, {"count": {"of": "a", "is": 2}}],
        [{"count": {"of": "a", "is": 2}}, NOBODY],
        [{"count": {"of": 3, "is": 4}}, {"count": {"of": 3, "is": 5}}],
        [{"count": {"of": 3, "is": 4}}, {"count": {"of": 3, "is": 3}}],
        [{"more_than": {"each": "a", "than": "a"}}, {"difference": {"of": "a", "than": "a", "is": 2}}],
        [OF_FIVES, OF_FIVES | {"share": OF_FIVES["share"] | {"is": "34%"}}],
        [
            {"share": {"of": "a", "base": "n", "is": "61%"}},
            {"share": {"of": "b", "base": "n", "is": "61%"}},
        ],
    ],
)
def test_readings_that_name_no_count_once_they_are_worked_out(
    readings: list[dict[str, Any]], rounding: str | None
) -> None:
    check(small([{"count": {"of": "n", "is": 3}}], readings), {}, rounding)


def test_a_percentage_with_a_rule_of_its_own_says_nothing_of_the_others() -> None:
    counted = [{"count": {"of": "n", "is": 3}}]
    down = [{"share": {"of": "a", "base": "n", "is": "66%"}}]
    content = small(counted, down, [OF_FIVES])
    check(content, {}, None)
    found = audit(Report.model_validate(content), {})
    assert [one.verdict for one in found.verdicts] == ["consistent", "conditional", "contradicted"]
    assert [one.roundings for one in found.conflicts] == [["truncated"], []]


@pytest.mark.parametrize(
    ("printed", "rounding", "verdict"),
    [
        ("67%", None, "reproduced"),
        ("66%", None, "conditional"),
        ("66%", "nearest", "contradicted"),
        ("66%", "truncated", "reproduced"),
        ("65%", None, "conditional"),
        ("64%", None, "contradicted"),
    ],
)
def test_a_recount_of_printed_lists_refutes_what_no_rounding_rule_lets_be(
    printed: str, rounding: str | None, verdict: str
) -> None:
    """2 of 3 is 67 %, 66 % where it was cut off, and 65 % only to the nearest multiple of five."""
    content = small([{"share": {"of": "a", "base": "n", "is": printed}}])
    content["lists"] = {"all": 3, "some": 2}
    content["quantities"] = [
        {"id": "n", "says": "entries", "unit": "entries", "entries": ["all"]},
        {"id": "a", "says": "some of them", "unit": "entries", "entries": ["some"]},
    ]
    check(content, {}, rounding)
    found = audit(Report.model_validate(content), content["lists"], rounding=rounding)
    assert found.verdicts[0].verdict == verdict


def test_words_that_may_mean_any_share_are_not_reproduced() -> None:
    content = {
        "format": 1,
        "title": "made",
        "sections": [{"id": "s", "title": "S"}],
        "lists": {"all": 4, "some": 3},
        "quantities": [
            {"id": "all", "says": "entries", "unit": "entries", "entries": ["all"]},
            {"id": "some", "says": "some of them", "unit": "entries", "entries": ["some"]},
        ],
        "statements": [
            {
                "id": f"s{i}",
                "section": "s",
                "quote": words,
                "readings": [
                    {
                        "id": "literal",
                        "says": words,
                        "holds": [{"share": {"of": "some", "base": "all", "is": words}}],
                    }
                ],
            }
            for i, words in enumerate(["half", "three quarters"])
        ],
    }
    report = Report.model_validate(content)
    found = audit(report, report.lists)
    assert [one.verdict for one in found.verdicts] == ["conditional", "reproduced"]
    assert "but not if “half” is read as: half" in words.why(report.statement("s0"), found, report)


def test_a_reading_of_lists_beside_one_of_an_open_count() -> None:
    readings = [
        {"id": "list", "says": "the list has 3", "holds": [{"count": {"of": "listed", "is": 3}}]},
        {"id": "people", "says": "3 people", "holds": [{"count": {"of": "a", "is": 3}}]},
    ]
    for lines in (3, 2):
        content = {
            "format": 1,
            "title": "made",
            "sections": [{"id": "s", "title": "S"}],
            "lists": {"list": lines},
            "quantities": [
                {"id": "a", "says": "people"},
                {"id": "listed", "says": "entries", "unit": "entries", "entries": ["list"]},
            ],
            "statements": [{"id": "s0", "section": "s", "quote": "the three", "readings": readings}],
        }
        report = Report.model_validate(content)
        found = audit(report, report.lists)
        assert "made" in rendered(found, report)
        verdict = found.verdict("s0")
        assert verdict.verdict == ("reproduced" if lines == 3 else "conditional")
        assert verdict.counts == {"listed": lines}


@st.composite
def files(draw: st.DrawFn) -> dict[str, Any]:
    """A whole file: what :func:`reports` makes, printed tables, amounts, and what is certain or weighted."""
    content, _, _ = draw(reports())
    content["quantities"].append({"id": "spent", "says": "what they spent", "decimals": 2})
    content["definitions"][0]["holds"].append({"at_most": {"each": ["spent"], "is": "9.99"}})
    for one in content["statements"]:
        more = draw(st.sampled_from([{}, {}, {"weighted": True}, {"trust": "certain"}]))
        if "weighted" not in more or "weights_up_to" not in repr(one):
            one |= more
    if draw(st.booleans()):
        amount = draw(st.sampled_from(["0.00", "2.50", "9.99", "10.00"]))
        holds = [{"count": {"of": "spent", "is": amount}}]
        content["statements"].append(
            {"id": "money", "section": "s", "quote": f"{amount} each", "says": "spent", "holds": holds}
        )
    cell = st.one_of(top, st.sampled_from(["0 %", "33%", "50.0%", "67 %", "100%"]), st.none())
    columns = draw(st.sampled_from([["x"], ["x", "y"], ["x", "y", "total"]]))
    row = st.lists(cell, min_size=len(columns), max_size=len(columns))
    content["tables"] = [
        {
            "id": "t",
            "section": "s",
            "columns": columns,
            "rows": {name: draw(row) for name in draw(st.sampled_from([["r"], ["r", "q"], ["r", "total"]]))},
            "per": draw(st.sampled_from(["row", "column", "total"])),
            "complete": draw(st.booleans()),
            "adjusted": draw(st.booleans()),
            **draw(st.sampled_from([{}, {"rounding": "half-up"}, {"labels": {"x": "the *first*"}}])),
        }
    ]
    return content


@pytest.mark.long
@settings(
    max_examples=max(EXAMPLES // 3, 10),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(content=files(), more=st.sampled_from([[], ["--json"], ["--why", "a"], ["--why", "a=1"]]))
def test_no_file_that_is_valid_breaks_the_command(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, Any], more: list[str]
) -> None:
    path = tmp_path_factory.mktemp("language") / "file.yml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    told = called("audit", "--statements", str(path), "--time-limit", "5", *more)
    if told.returncode == 2:
        assert "true by construction" in told.stderr
    else:
        assert told.returncode in (0, 1, 3), told.stderr
        assert (bool(told.stdout), told.stderr) == (True, "")


EVERYTHING = """
format: 1
title: made
sections: [{id: s, title: S, page: 1}]
lists: {list: 3}
quantities:
  - {id: n, says: all, parts: [k, l]}
  - {id: k, says: some}
  - {id: l, says: others, within: n}
  - {id: m, says: money, decimals: 2}
  - {id: w, says: when, unit: month}
  - {id: e, says: entries, unit: entries, entries: [list]}
definitions: [{id: d, says: few, holds: [at_most: {each: [k, l], is: 9}]}]
assumptions: [{id: a, says: none, why: w, otherwise: o, holds: [count: {of: l, is: 0}]}]
tables:
  - id: t
    section: s
    columns: [x, y, total]
    rows: {r: [1, 2, 3], q: [30%, 70%, 10]}
    labels: {x: X}
    per: row
    adjusted: true
    rounding: half-up
    complete: false
  - {id: u, section: s, columns: [x, y], rows: {r: ["1.50", null]}, decimals: 2}
statements:
  - {id: s0, section: s, quote: q, says: x, weighted: true, holds: [share: {of: k, base: n, is: 10%}]}
  - id: s1
    section: s
    wave: "1"
    quote: q
    soft: true
    trust: certain
    readings:
      - id: literal
        says: x
        holds:
          - mean: {of: {1: k, 2: l}, is: "1.50"}
          - median: {of: {1: k, 2: l}, is: 1}
          - sd: {of: {1: k, 2: l}, n: 5, mean: "1.2", divisor: n-1, is: "0.5"}
          - times: {of: k, as: l, is: 2 times}
          - difference: {of: k, than: l, is: 3}
          - points: {of: k, than: l, base: n, is: 3 points}
          - count: {of: m, is: "2.50"}
          - count: {of: w, is: 2019-10}
      - id: other
        says: y
        holds:
          - rank: {order: [k, l], ahead_of: [n]}
          - one_of: {of: [k, 1], are: [1, 2]}
          - at_most: {each: k, is: 3, per: l}
          - at_least: {each: k, is: 3}
          - sum: {of: [k, l], is: n}
          - majority: {each: k, base: n}
          - no_majority: {each: l, base: n}
          - more_than: {each: k, than: l}
          - at_least_as_many: {each: k, as: l}
          - share: {of: k, base: n, at_least: 50 %, less_than: 2/3}
          - share: {of: k, base: n, is: about half}
"""
WHOLE = [
    yaml.safe_load(text)
    for text in (
        EVERYTHING,
        TEMPLATE,
        *((ROOT / "examples" / name).read_text("utf-8") for name in ("lunch-survey.yml", "panel.yml")),
    )
]
JUNK = [
    None, True, -1, 2.5, 10**16, "", [], {}, "n", "x" * 300, "61,5 %", "1,234", "120 %", "2019-13", "half",
    "½", [None], [1, 2], {"a": 1}, {1: "n"}, {"count": 3}, {"count": {"of": "n", "is": 1}, "share": {}},
]  # fmt: skip
KEYS = ["foo", "id", "holds", "is", "of", "labels", 3, None, True, "61,5 %"]


def places(content: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each thing in a file."""
    for key in (
        content if isinstance(content, dict) else range(len(content) if isinstance(content, list) else 0)
    ):
        yield (*way, key)
        yield from places(content[key], (*way, key))


@pytest.mark.long
@settings(max_examples=5 * EXAMPLES, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_spoilt_file_is_told_in_our_words_or_is_read(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = copy.deepcopy(data.draw(st.sampled_from(WHOLE)))
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from(list(places(content))))
        holder = content
        for key in way:
            holder = holder[key]
        junk = copy.deepcopy(data.draw(st.sampled_from(JUNK)))
        match data.draw(st.sampled_from(["put", "drop", "add", "rename"])):
            case "put":
                holder[last] = junk
            case "add" if isinstance(holder, list):
                holder.insert(last, junk)
            case "add":
                holder[data.draw(st.sampled_from(KEYS))] = junk
            case "rename" if isinstance(holder, dict):
                holder[data.draw(st.sampled_from(KEYS))] = holder.pop(last)
            case _:
                del holder[last]
        if not content:
            return
    path = tmp_path_factory.mktemp("spoilt") / "file.yml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    try:
        report = load_statements(path.parent, Path(path.name))
        assert report.statements
        return
    except DataError as error:
        faults = error.faults
    # What pydantic says of itself is no help for who writes a file.
    assert [fault for fault in faults if any(word in fault.rule for word in THEIRS)] == []
    assert faults


THEIRS = [
    "Input",
    "should be",
    "Keys",
    "List",
    "Dictionary",
    "instance",
    "Field",
    "dictionary",
    "validation",
    "parse",
]
