"""What a repair would have to print instead, how far that is from what is printed, and causes."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepinpact.audit import words
from keepinpact.audit.instead import keystrokes
from keepinpact.audit.result import Audit
from keepinpact.audit.slips import edits, respelled
from keepinpact.audit.whole import audit
from keepinpact.data import DataError, load_repair
from keepinpact.ledger import audited
from keepinpact.numbers import ROUNDINGS
from keepinpact.statements.constraints import Count, LimitedShare, Printed, PrintedShare
from keepinpact.statements.report import Report
from made import NAMES, TOP, Holds, World, constraints, made, percentages, ranges

# Keystrokes


def fewest(one: str, other: str) -> int:
    """The same by its definition: no place is edited twice."""
    if not one or not other:
        return len(one) + len(other)
    ways = [
        fewest(one[1:], other) + 1,
        fewest(one, other[1:]) + 1,
        fewest(one[1:], other[1:]) + (one[0] != other[0]),
    ]
    if len(one) > 1 and len(other) > 1 and one[:2] == other[1::-1]:
        ways.append(fewest(one[2:], other[2:]) + 1)
    return min(ways)


digits = st.text("0123.", max_size=5)


@given(one=digits, other=digits)
def test_keystrokes_are_the_fewest(one: str, other: str) -> None:
    assert keystrokes(one, other) == fewest(one, other) == keystrokes(other, one)


@given(number=st.integers(0, 9999))
def test_one_keystroke_is_a_slip_of_one_character(number: int) -> None:
    near = (
        {str(value) for value in range(100_000) if keystrokes(str(number), str(value)) == 1}
        if number < 60
        else edits(str(number))
    )
    assert near == edits(str(number))
    assert all(keystrokes(str(number), other) == 1 for other in near)


# What would have to be printed


def counts_and_shares() -> st.SearchStrategy[list[Holds]]:
    name = st.sampled_from(NAMES)
    some = st.lists(name, min_size=1, max_size=2, unique=True)
    number = st.one_of(
        st.builds(lambda q, n: {"count": {"of": q, "is": n}}, some, st.integers(0, 2 * TOP)),
        st.builds(
            lambda q, c, n: {"count": {"of": [q, c], "is": n}}, name, st.integers(0, 2), st.integers(0, TOP)
        ),
        st.builds(lambda q, b, p: {"share": {"of": q, "base": b, "is": p}}, some, name, percentages(TOP)),
    )
    limits = st.builds(lambda q, b, ends: {"share": {"of": q, "base": b, **ends}}, some, name, ranges(TOP))
    return st.lists(st.one_of(number, number, limits, constraints(NAMES)), min_size=2, max_size=4)


NEAREST = "the nearest numbers alone"


def slots(holds: list[Any]) -> list[tuple[int, str]]:
    """The numbers and words of some constraints that something else could stand for: where they stand."""
    found = []
    for place, one in enumerate(holds):
        if isinstance(one, LimitedShare):
            found += [
                (place, key) for key in ("at_least", "more_than", "at_most", "less_than") if getattr(one, key)
            ]
        elif isinstance(one, Count | PrintedShare):
            found.append((place, "is_"))
        elif isinstance(one, Printed):
            found.append((place, NEAREST))
    return found


def possible(world: World, kept: list[str], statement: str, place: int, key: str) -> Iterator[str]:
    """Every number that would do, by trying all assignments."""
    mask = world.together(kept)
    reading = world.report.statement(statement).readings[0]
    others = [one for at, one in enumerate(reading.holds) if at != place]
    mask &= world.mask(others)
    constraint = reading.holds[place]
    if isinstance(constraint, LimitedShare):
        texts = [f"{value} %" for value in range(101)]
        made_of = [constraint.model_copy(update={key: text}) for text in texts]
    elif constraint.kind == "count":
        texts = [str(value) for value in range(3 * TOP + 1)]
        made_of = [constraint.model_copy(update={"is_": int(text)}) for text in texts]
    else:
        scale = constraint.printed.scale
        texts = [f"{value} %" for value in range(101)] if scale == 1 else []
        made_of = [constraint.model_copy(update={"is_": text}) for text in texts]
    for text, one in zip(texts, made_of, strict=True):
        if mask & world.mask([one]):
            yield text


@settings(max_examples=60)
@given(system=counts_and_shares(), rule=st.sampled_from(["nearest", "truncated", "half up", "nearest 5"]))
def test_every_number_that_would_do_is_named_and_no_other(system: list[Holds], rule: str) -> None:
    report = made(system)
    world = World(report, rule)
    found = audit(report, {}, rounding=rule)
    for repair in found.repairs:
        assert repair.instead is not None
        named = {one.statement for one in repair.instead}
        gone = {one.id for one in repair.gives_up}
        (part,) = [one.statements for one in found.parts if one.part == repair.part]
        kept = [name for name in part if name not in gone]
        for statement in named:
            numbers = [one for one in repair.instead if one.statement == statement]
            places = slots(report.statement(statement).readings[0].holds)
            assert len(numbers) == len(places)
            for one, (place, key) in zip(numbers, places, strict=True):
                if key == NEAREST:
                    reading = report.statement(statement).readings[0]
                    named_too = [*one.nearest, *(one.values or [])]
                    made_of = [respelled(reading.holds[place], near) for near in named_too]
                    others = [held for at, held in enumerate(reading.holds) if at != place]
                    left = world.together(kept) & world.mask(others)
                    assert all(left & world.mask([other]) for other in made_of)
                    continue
                values = list(possible(world, kept, statement, place, key))
                if key != "is_":
                    assert one.values == (None if values else [])
                    assert (one.low, one.high) == ((values[0], values[-1]) if values else (None, None))
                elif one.values is not None:
                    assert one.values == values
                    assert one.printed not in values
                constraint = report.statement(statement).readings[0].holds[place]
                if isinstance(constraint, PrintedShare):
                    rules = [
                        name
                        for name in ROUNDINGS
                        if name != rule and World(report, name).mask([constraint]) & world.together(kept)
                    ]
                    assert one.roundings == rules


ROWS = [[5, 8, 3], [7, 2, 6], [4, 9, 1]]


def table(*, columns: bool, wrong: dict[tuple[int, int], int]) -> Report:
    """A table of counts whose rows add up to printed totals, and its columns if asked for, with misprints."""
    names = [[f"r{i}c{j}" for j in range(3)] for i in range(3)]
    quantities: list[dict[str, Any]] = [{"id": name, "says": name} for row in names for name in row]
    statements: list[tuple[str, Holds]] = []
    for i, row in enumerate(names):
        quantities.append({"id": f"row{i}", "says": f"row {i}", "parts": row})
        statements.append((f"row{i}", {"count": {"of": f"row{i}", "is": sum(ROWS[i])}}))
        for j, name in enumerate(row):
            printed = wrong.get((i, j), ROWS[i][j])
            statements.append((name, {"count": {"of": name, "is": printed}}))
    if columns:
        for j in range(3):
            quantities.append({"id": f"col{j}", "says": f"column {j}", "parts": [row[j] for row in names]})
            total = sum(row[j] for row in ROWS)
            statements.append((f"col{j}", {"count": {"of": f"col{j}", "is": total}}))
        quantities.append({"id": "all", "says": "all", "parts": ["row0", "row1", "row2"]})
        statements.append(("all", {"count": {"of": "all", "is": sum(map(sum, ROWS))}}))
    return Report.model_validate(
        {
            "format": 1,
            "title": "a table",
            "sections": [{"id": "s", "title": "S"}],
            "quantities": quantities,
            "statements": [
                {
                    "id": f"s.{name}",
                    "section": "s",
                    "quote": f"{name}: {one['count']['is']}",
                    "says": name,
                    "holds": [one],
                }
                for name, one in statements
            ],
        }
    )


def test_a_misprint_is_named_with_what_it_should_have_been() -> None:
    report = table(columns=True, wrong={(1, 2): 16})
    found = audit(report, {})
    first = found.repairs[0]
    assert [one.id for one in first.gives_up] == ["s.r1c2"]
    (instead,) = first.instead or ()
    assert (instead.printed, instead.values, instead.keystrokes, first.keystrokes) == ("16", ["6"], 1, 1)
    assert "would hold with all the rest if it said 6 (1 keystroke away)" in words.instead(instead, report)


def test_repairs_of_the_same_weight_are_in_the_order_of_their_slips() -> None:
    # Row 1 is 7 + 2 + 6 = 15, and 1 is printed for the 7.
    found = audit(table(columns=False, wrong={(1, 0): 1}), {})
    told = {
        one.gives_up[0].id: (one.instead[0].values, one.keystrokes) for one in found.repairs if one.instead
    }
    assert told == {
        "s.r1c0": (["7"], 1), "s.r1c1": (["8"], 1), "s.row1": (["9"], 2), "s.r1c2": (["12"], 2),
    }  # fmt: skip
    assert list(told) == ["s.r1c0", "s.r1c1", "s.row1", "s.r1c2"]
    assert [one.id for one in found.repairs] == ["R1", "R2", "R3", "R4"]


def test_what_is_certain_is_never_given_up() -> None:
    report = table(columns=False, wrong={(1, 2): 3})
    content = report.model_dump(by_alias=True, exclude_none=True)
    for one in content["statements"]:
        if one["id"] in ("s.r1c2", "s.r1c0"):
            one["trust"] = "certain"
    found = audit(Report.model_validate(content), {})
    assert {one.id for repair in found.repairs for one in repair.gives_up} == {"s.row1", "s.r1c1"}
    assert found.complete
    assert "s.r1c2" in {member.id for one in found.conflicts for member in one.members}
    for one in content["statements"]:
        one["trust"] = "certain"
    found = audit(Report.model_validate(content), {})
    assert (found.repairs, len(found.conflicts), found.can_be_true) == ([], 1, False)
    (cause,) = found.causes
    assert (cause.members, cause.conflicts) == ([], ["C1"])


@settings(max_examples=60)
@given(
    system=st.lists(constraints(NAMES), min_size=2, max_size=4),
    certain=st.sets(st.integers(0, 3)),
)
def test_repairs_without_what_is_certain_are_all_there_are(system: list[Holds], certain: set[int]) -> None:
    report = made(system)
    content = report.model_dump(by_alias=True, exclude_none=True)
    for i in certain:
        if i < len(system):
            content["statements"][i]["trust"] = "certain"
    trusted = Report.model_validate(content)
    world = World(report)
    names = {f"s{i}" for i in certain}
    found = audit(trusted, {})
    by_part = [
        [frozenset(one.id for one in repair.gives_up) for repair in found.repairs if repair.part == part.part]
        for part in found.parts
        if part.holds is False
    ]
    whole = {frozenset().union(*some) for some in product(*by_part)} - {frozenset()}
    assert whole == {some for some in world.repairs if names.isdisjoint(some)}


def test_an_adopted_repair_that_gives_up_what_is_certain_is_a_fault(tree: Any) -> None:
    path = tree / "data/report/repair.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("gives_up: [one-country,", "gives_up: [answers,"), encoding="utf-8")
    load_repair(tree)
    statements = tree / "data/report/statements.yml"
    content = statements.read_text(encoding="utf-8")
    changed = content.replace(
        "  - id: answers\n    section", "  - id: answers\n    trust: certain\n    section"
    )
    assert changed != content
    statements.write_text(changed, encoding="utf-8")
    with pytest.raises(DataError, match="certain"):
        load_repair(tree)


# Causes


@pytest.mark.parametrize("columns", [False, True])
def test_two_misprints_in_independent_rows_are_two_causes(columns: bool) -> None:
    found = audit(table(columns=columns, wrong={(0, 0): 8, (2, 2): 6}), {})
    assert len(found.causes) == 2
    blamed = [{one.id for one in cause.members} for cause in found.causes]
    assert any("s.r0c0" in some for some in blamed)
    assert any("s.r2c2" in some for some in blamed)
    assert not blamed[0] & blamed[1]
    if columns:
        assert len(found.conflicts) > 4
        assert sorted(map(sorted, blamed)) == [["s.r0c0"], ["s.r2c2"]]
    check_causes(found)


def test_one_misprint_is_one_cause_however_many_conflicts() -> None:
    found = audit(table(columns=True, wrong={(0, 0): 8}), {})
    assert len(found.conflicts) > 1
    (cause,) = found.causes
    assert [one.id for one in cause.members] == ["s.r0c0"]
    assert len(cause.conflicts) == len(found.conflicts)
    check_causes(found)


def check_causes(found: Audit) -> None:
    """Every conflict is of a cause, and the example of each is the smallest that it can be."""
    assert [one.cause for one in found.causes] == list(range(1, len(found.causes) + 1))
    assert {name for one in found.causes for name in one.conflicts} == {one.id for one in found.conflicts}
    sizes = {one.id: len(one.members) for one in found.conflicts}
    for cause in found.causes:
        others = {name for one in found.causes if one is not cause for name in one.conflicts}
        own = [name for name in cause.conflicts if name not in others] or cause.conflicts
        assert cause.example in own
        assert sizes[cause.example] == min(sizes[name] for name in own)


@settings(max_examples=60)
@given(
    system=st.lists(constraints(NAMES), min_size=2, max_size=5),
    assumed=st.lists(constraints(NAMES), max_size=2),
)
def test_every_conflict_has_a_cause(system: list[Holds], assumed: list[Holds]) -> None:
    found = audit(made(system, assumptions=assumed), {})
    check_causes(found)
    for part in {one.part for one in found.causes}:
        causes = [one for one in found.causes if one.part == part]
        lightest = min((one.hard, one.soft, one.assumptions) for one in found.repairs if one.part == part)
        # No more causes than things that have to go, and each of these is in one.
        assert len(causes) <= sum(lightest)
        for one in found.repairs:
            if one.part == part and (one.hard, one.soft, one.assumptions) == lightest:
                for member in one.gives_up:
                    assert sum(member in cause.members for cause in causes) == 1


def test_causes_of_this_report(edition: Any) -> None:
    found = audited(edition)
    check_causes(found)
    assert [[one.kind for one in cause.members] for cause in found.causes] == [["assumption"], ["assumption"]]
    said = [words.cause(one, found, edition.report) for one in found.causes]
    assert all("cannot all hold" in one for one in said)


MONTH, NUMBER = {"count": {"of": "when", "is": "2019-03"}}, {"count": {"of": "a", "is": 2}}


@pytest.mark.parametrize(
    ("both", "other", "said"),
    [
        ([MONTH, NUMBER], {"count": {"of": "a", "is": 1}}, "if it said 1"),
        ([NUMBER, MONTH], {"count": {"of": "when", "is": "2019-04"}}, "if it said April 2019"),
    ],
)
def test_only_the_months_of_a_statement_are_named_as_months(
    both: list[Holds], other: Holds, said: str
) -> None:
    units = [{"id": "a", "says": "a"}, {"id": "when", "says": "month of it", "unit": "month"}]
    report = made([both, other], quantities=units, top=None)
    first = next(one for one in audit(report, {}).repairs if one.gives_up[0].id == "s0")
    assert said in " / ".join(words.instead(one, report) for one in first.instead or ())


def test_the_slip_of_one_keystroke_stands_first_however_many_numbers_there_are_to_look_at() -> None:
    printed = {"never": 14, "sometimes": 53, "daily": 38}
    shares = {name: {"share": {"of": name, "base": "all", "is": f"{n} %"}} for name, n in printed.items()}
    said: dict[str, Holds] = {"all": {"count": {"of": "all", "is": 76}}, **shares}
    report = Report.model_validate(
        {
            "format": 1,
            "title": "a question",
            "sections": [{"id": "s", "title": "S"}],
            "quantities": [
                {"id": "all", "says": "answers", "parts": [*printed]},
                *({"id": name, "says": name} for name in printed),
            ],
            "statements": [
                {"id": f"s.{name}", "section": "s", "quote": f"{name}: {printed.get(name, 76)}", "says": name}
                | {"holds": [one]}
                | ({"trust": "certain"} if name == "all" else {})
                for name, one in said.items()
            ],
        }
    )
    repairs = audit(report, {}).repairs
    assert [[one.id for one in each.gives_up] for each in repairs] == [
        ["s.daily"],
        ["s.never"],
        ["s.sometimes"],
    ]
    assert repairs[0].keystrokes == 1
    assert [one.nearest for one in repairs[0].instead or ()] == [["33 %"]]
