"""What a repair would have to print instead, how far that is from what is printed, and causes."""

from fractions import Fraction
from itertools import product
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keepinpact.audit import repairs, words
from keepinpact.audit.causes import causes_of
from keepinpact.audit.instead import Asked, _Numbers, _Question, keystrokes
from keepinpact.audit.result import Audit, Conflict, FoundRepair, Instead, Member
from keepinpact.audit.slips import edits, in_digits
from keepinpact.audit.solver import Unfinished
from keepinpact.audit.whole import audit
from keepinpact.data import DataError, load_repair
from keepinpact.ledger import audited
from keepinpact.numbers import ROUNDINGS
from keepinpact.statements.constraints import (
    LIMIT,
    AtLeast,
    AtMost,
    Count,
    LimitedShare,
    Printed,
    PrintedShare,
    WordedShare,
)
from keepinpact.statements.report import Report
from keepinpact.statements.wordings import WORDINGS
from made import NAMES, TOP, Holds, World, constraints, decimal, made, percentages, ranges
from oracles import figure

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
@example(one="12", other="21")
@example(one="012", other="021")
@example(one="120", other="210")
def test_keystrokes_are_the_fewest(one: str, other: str) -> None:
    assert keystrokes(one, other) == fewest(one, other) == keystrokes(other, one)


@pytest.mark.long
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


def numbers() -> st.SearchStrategy[list[Holds]]:
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
    return st.lists(st.one_of(number, limits, constraints(NAMES, words=True)), min_size=2, max_size=4)


LIMITS = ("at_least", "more_than", "at_most", "less_than")


def slots(holds: list[Any], *, words: bool) -> list[tuple[int, str]]:
    """The numbers and words of some constraints that something else could stand for: where they stand."""
    found = []
    for place, one in enumerate(holds):
        numbered = isinstance(one, Count | Printed | AtMost) or (isinstance(one, AtLeast) and one.is_ > 1)
        if isinstance(one, WordedShare) or (numbered and not words):
            found.append((place, "is_"))
        elif isinstance(one, LimitedShare) and not words:
            found += [(place, key) for key in LIMITS if getattr(one, key)]
    return found


def other(constraint: Any, key: str) -> list[tuple[str, Any]]:
    """All that could stand there, ascending; of numbers without end as many as small counts can print."""
    if isinstance(constraint, WordedShare):
        texts = [one for one in WORDINGS if one != constraint.is_]
    elif isinstance(constraint, LimitedShare):
        texts = [f"{value} %" for value in range(101)]
    elif isinstance(constraint, Count | AtMost | AtLeast):
        return [(str(n), constraint.model_copy(update={key: n})) for n in range(3 * TOP + 1)]
    else:
        scale, after = constraint.printed.scale, constraint.after
        most = {"share": 100, "points": 100, "difference": 2 * TOP, "times": 2 * TOP}.get(constraint.kind)
        if most is None:
            most = max(constraint.of)
        elif after == " %" and constraint.kind == "times":
            most *= 100
        step = scale // 2 if constraint.kind == "median" and scale > 1 else 1
        units = range(0, most * scale + 1, step)
        texts = [decimal(Fraction(n, scale), constraint.printed.decimals, 0) + after for n in units]
    return [(text, constraint.model_copy(update={key: text.replace(" %", "%")})) for text in texts]


def possible(world: World, kept: list[str], reading: Any, place: int, key: str) -> list[str]:
    """All that would do in a place, by trying all assignments."""
    left = world.together(kept) & world.mask(held for at, held in enumerate(reading.holds) if at != place)
    values = world.found(left)
    return [
        text
        for text, one in other(reading.holds[place], key)
        if any(world.true(one, assignment) for assignment in values)
    ]


@pytest.mark.long
@settings(max_examples=80)
@given(
    system=numbers(),
    rule=st.sampled_from(["nearest", "truncated", "half up", "half even", "nearest 5"]),
    quoted=st.booleans(),
)
def test_everything_that_would_do_is_named_and_nothing_else(
    system: list[Holds], rule: str, quoted: bool
) -> None:
    content = made(system).model_dump(by_alias=True, exclude_none=True)
    for one in content["statements"]:
        printed = [str(held.get("is")) for held in one["readings"][0]["holds"]]
        one["quote"] = f"it is {printed[0]}" if quoted else "q"
    report = Report.model_validate(content)
    world = World(report, rule)
    found = audit(report, {}, rounding=rule)
    for repair in found.repairs:
        assert repair.instead is not None
        gone = {one.id if one.kind == "statement" else f"{one.id}:{one.reading}" for one in repair.gives_up}
        gone |= {f"{one.id}:literal" for one in repair.gives_up if one.kind == "statement"}
        (part,) = [one.statements for one in found.parts if one.part == repair.part]
        kept = [one for one in world.members if one.partition(":")[0] in part and one not in gone]
        places = [
            (one.id, place, key)
            for one in repair.gives_up
            for place, key in slots(report.statement(one.id).readings[0].holds, words=one.kind == "reading")
        ]
        assert [one.statement for one in repair.instead] == [name for name, *_ in places]
        for one, (name, place, key) in zip(repair.instead, places, strict=True):
            reading = report.statement(name).readings[0]
            values = possible(world, kept, reading, place, key)
            constraint = reading.holds[place]
            measured = in_digits(report.statement(name), constraint)
            check_instead(one, constraint, values, every=repair.smallest, measured=measured)
            if isinstance(constraint, PrintedShare):
                others = world.mask(held for at, held in enumerate(reading.holds) if at != place)
                assert one.roundings == [
                    name
                    for name in ROUNDINGS
                    if name != rule and World(report, name).mask([constraint]) & world.together(kept) & others
                ]
            assert words.instead(one, report)


def check_instead(one: Instead, constraint: Any, values: list[str], *, every: bool, measured: bool) -> None:
    """What is said of a number against all that would do."""
    limited = isinstance(constraint, LimitedShare)
    known = every or limited or isinstance(constraint, Count)
    assert one.not_known is None
    if isinstance(constraint, AtMost | AtLeast):
        # Small counts are within every large limit, and none is at least a large one, but a limit of nobody.
        assert one.values == (None if values else [])
        ends = (values[0], None) if isinstance(constraint, AtMost) else (None, values[-1])
        if values and values[-1] == str(3 * TOP) and isinstance(constraint, AtLeast):
            ends = (None, str(LIMIT - 1))
        assert (one.low, one.high) == (ends if values else (None, None))
        assert (one.keystrokes, one.nearest, one.closest) == (None, [], [])
        return
    if isinstance(constraint, WordedShare):
        assert one.values == (values if every else None)
        assert (one.low, one.high, one.nearest, one.closest) == (None, None, [], [])
        return
    if not known:
        assert (one.values, one.low, one.high, one.closest) == (None, None, None, [])
    else:
        ends = (values[0], values[-1]) if values else (None, None)
        assert (one.low, one.high) == ends
        assert one.values == ([] if not values else None if limited or len(values) > 101 else values)
    if limited:
        return
    units = {text: figure(text)[0] for text in values}
    printed, _, unit = figure(one.printed)
    assert one.printed not in values
    if known:
        below = [text for text in values if units[text] < printed][-1:]
        above = [text for text in values if units[text] > printed][:1]
        assert one.closest == below + above
    digits = one.printed.removesuffix(unit).strip()
    near = {text: keystrokes(digits, text.removesuffix(unit).strip()) for text in values}
    fewest = min(near.values(), default=None) if measured else None
    if not known and fewest != 1:
        fewest = None
    assert one.keystrokes == fewest
    nearest = [text for text in values if near[text] == fewest]
    if known:
        assert one.nearest == nearest
    elif fewest:
        # The first that was found: the nearest of them.
        assert one.nearest == sorted(nearest, key=lambda text: (abs(units[text] - printed), text))[:1]


# Numbers that are not known, or found among many


def of_three(*said: tuple[str, Holds], **parts: Any) -> Report:
    """A scale of three points, and statements with a quotation each."""
    content = made([one for _, one in said], top=None, **parts).model_dump(by_alias=True, exclude_none=True)
    for (quote, _), one in zip(said, content["statements"], strict=True):
        one["quote"] = quote
    return Report.model_validate(content)


SCALE = {1: "a", 2: "b", 3: "c"}
TOLD = [("20 low", {"count": {"of": "a", "is": 20}}), ("20 high", {"count": {"of": "c", "is": 20}})]
TWENTY = ("10 in the middle", {"count": {"of": "b", "is": 10}})


@pytest.mark.long
@pytest.mark.parametrize(
    ("quote", "holds", "says"),
    [
        ("a mean of 2.10", {"mean": {"of": SCALE, "is": "2.10"}}, "it said 2.00 (1 keystroke away)"),
        ("a median of 3", {"median": {"of": SCALE, "is": 3}}, "it said 2 (1 keystroke away)"),
        ("an SD of 0.80", {"sd": {"of": SCALE, "n": 50, "is": "0.80"}}, "if it said 0.89 or 0.90 (1"),
        ("3 times", {"times": {"of": "a", "as": "b", "is": "3.0 times"}}, "it said 2.0 times"),
        ("12 more", {"difference": {"of": "a", "than": "b", "is": 12}}, "it said 10 (1 keystroke away)"),
        ("18 points", {"points": {"of": "a", "than": "b", "base": 50, "is": 18}}, "it said 19, 20 or 21"),
        ("41.0 %", {"share": {"of": "a", "base": "all", "is": "41.0 %"}}, "it said 40.0 %"),
        ("fewer than 9", {"at_most": {"each": "a", "is": 8}}, "it said something from 20 on"),
        ("over 30 each", {"at_least": {"each": ["a", "c"], "is": 31}}, "it said something up to 20"),
        ("a 3rd each", {"at_most": {"each": "a", "is": 1, "per": "b"}}, "it said something from 2 on"),
        ("over 45 %", {"share": {"of": "a", "base": "all", "more_than": "45 %"}}, "from 0 % to 39 %"),
        (
            "half", {"share": {"of": "a", "base": "all", "is": "about half"}},
            "if it said two fifths, about two fifths, one in two or one in three",
        ),
    ],
)  # fmt: skip
def test_each_kind_of_number_is_named_as_it_would_be_printed(quote: str, holds: Holds, says: str) -> None:
    quantities = [{"id": name, "says": name} for name in NAMES]
    report = of_three(
        *TOLD,
        TWENTY,
        (quote, holds),
        quantities=[*quantities, {"id": "all", "says": "all", "parts": NAMES}],
    )
    last = next(one for one in audit(report, {}).repairs if one.gives_up[0].id == "s3")
    (one,) = last.instead or ()
    assert says in words.instead(one, report)


HOLD = "“quote 0” would hold with all the rest"
EACH = [str(n) for n in range(21)]


@pytest.mark.parametrize(
    ("known", "says"),
    [
        ({"values": ["3"], "nearest": ["3"], "keystrokes": 1}, f"{HOLD} if it said 3 (1 keystroke away)"),
        (
            {"values": ["3", "44"], "nearest": ["3"], "keystrokes": 1},
            f"{HOLD} if it said 3 or 44 (nearest: 3, 1 keystroke away)",
        ),
        (
            {"values": ["44"], "nearest": ["44"], "keystrokes": 2, "roundings": ["truncated"]},
            f"{HOLD} if it said 44 (2 keystrokes away), or as it stands if it was rounded down throughout",
        ),
        ({"values": EACH[:20], "low": "0", "high": "19"}, f"{HOLD} if it said {', '.join(EACH[:19])} or 19"),
        ({"values": EACH, "low": "0", "high": "20"}, f"{HOLD} if it said something from 0 to 20"),
        (
            {"values": [*EACH, "30"], "low": "0", "high": "30"},
            f"{HOLD} if it said one of 22 numbers from 0 to 30",
        ),
        ({"low": "4"}, f"{HOLD} if it said something from 4 on"),
        (
            {"low": "4", "not_known": "why"},
            f"{HOLD} if it said something from 4 on, up to what is not known (why)",
        ),
        (
            {"low": "4", "high": "9", "closest": ["4", "9"], "not_known": "why"},
            f"{HOLD} if it said something from 4 to 9, though perhaps not all of that (the nearest: 4 or 9)",
        ),
        (
            {"low": "4", "high": "9", "closest": ["4"], "nearest": ["5", "6"], "keystrokes": 1},
            f"{HOLD} if it said something from 4 to 9, though perhaps not all of that "
            "(nearest: 5 or 6, 1 keystroke away)",
        ),
        ({"high": "9"}, f"{HOLD} if it said something up to 9"),
        ({"nearest": ["5"], "keystrokes": 1}, f"{HOLD} if it said, for example, 5 (1 keystroke away)"),
        ({"closest": ["5", "8"]}, f"{HOLD} if it said, for example, 5 or 8"),
        (
            {"nearest": EACH[:8]},
            f"{HOLD} if it said, for example, {', '.join(EACH[:6])} or 2 more",
        ),
        ({"nearest": EACH[:7]}, f"{HOLD} if it said, for example, {', '.join(EACH[:6])} or 6"),
        ({}, "what “quote 0” would have to say is not known"),
        ({"not_known": "why"}, "what “quote 0” would have to say is not known (why)"),
        ({"values": []}, "no other number would make “quote 0” hold with all the rest"),
        (
            {"values": [], "printed": "5 %"},
            "no other percentage of one person or more would make “quote 0” hold with all the rest",
        ),
        ({"values": [], "printed": "half"}, "no other words would make “quote 0” hold with all the rest"),
        ({"values": ["24264"], "month": True}, f"{HOLD} if it said January 2022"),
        (
            {"low": "0", "high": "24264", "month": True, "closest": ["24264"]},
            f"{HOLD} if it said something up to January 2022",
        ),
        ({"low": "24264", "month": True}, f"{HOLD} if it said something from January 2022 on"),
        ({"closest": ["24265"], "month": True}, f"{HOLD} if it said, for example, February 2022"),
    ],
)
def test_what_would_hold_instead_is_told_as_far_as_it_is_known(known: Holds, says: str) -> None:
    report = of_three(("quote 0", {"count": {"of": "a", "is": 7}}))
    nothing: Holds = {"values": None, "low": None, "high": None, "keystrokes": None, "not_known": None}
    nothing |= {
        "statement": "s0",
        "printed": "7",
        "month": False,
        "closest": [],
        "nearest": [],
        "roundings": [],
    }
    assert words.instead(Instead.model_validate(nothing | known), report) == says


def test_what_the_solver_finds_hard_once_it_is_not_asked_again() -> None:
    asked, calls = Asked(5), []

    def find(*_: object) -> None:
        calls.append(1)
        raise Unfinished("too hard")

    question = object.__new__(_Question)
    question._system, question._on, question._beside = cast(Any, SimpleNamespace(find=find)), frozenset(), []
    for _ in range(2):
        with pytest.raises(Unfinished, match="too hard"):
            question._found(asked)
    assert len(calls) == 1


def test_a_number_without_end_has_a_beginning() -> None:
    report = of_three(
        ("3 times", {"times": {"of": "a", "as": "b", "is": "3 times"}}),
        ("over 80 %", {"share": {"of": "a", "base": "all", "more_than": "80 %"}}),
        quantities=[
            {"id": "all", "says": "all", "parts": ["a", "b"]},
            {"id": "a", "says": "a"},
            {"id": "b", "says": "b"},
        ],
    )  # fmt: skip
    first = next(one for one in audit(report, {}).repairs if one.gives_up[0].id == "s0")
    (one,) = first.instead or ()
    # Above 80 % is more than 4 times as many: 4.0…1 is printed as 4.
    assert (one.low, one.high, one.values, one.closest) == ("4 times", None, None, ["4 times"])
    assert (
        "something from 4 times on, though perhaps not all of that (nearest: 4 times, 5 times"
        in words.instead(one, report)
    )


@pytest.mark.parametrize("most", [0, 3, 12, 300])
def test_what_is_not_known_says_why_and_the_nearest_is_looked_for_first(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repairs, "_MOST_QUESTIONS", most)
    # Of 40 to 400 in all, and 7 % or so.
    report = of_three(
        ("about 5 or so, that is 90 %", {"share": {"of": "a", "base": "b", "is": "90 %"}}),
        ("40 to 400", {"at_least": {"each": "b", "is": 40}}),
        ("40 to 400", {"at_most": {"each": "b", "is": 400}}),
        ("under half", {"share": {"of": "a", "base": "b", "less_than": "1/2"}}),
    )
    found = audit(report, {})
    first = next(one for one in found.repairs if [m.id for m in one.gives_up] == ["s0"])
    (one,) = first.instead or ()
    said = words.instead(one, report)
    if most == 300:
        assert (one.not_known, one.values) == (None, [f"{n} %" for n in range(51)])
        assert "something from 0 % to 50 % (nearest: 0 %, 9 %, 10 %" in said
    else:
        assert one.not_known == "it would take too many questions"
        assert one.values is None
    if most == 0:
        assert "is not known (it would take too many questions)" in said
    if most == 12:
        assert one.closest == ["50 %"]
    assert len(found.repairs) > 1


@pytest.mark.parametrize(
    "said",
    [
        {"share": {"of": "a", "base": "b", "is": "nearly half"}},
        {"share": {"of": "a", "base": "b", "at_least": "50 %"}},
        {"share": {"of": "a", "base": "b", "at_most": "0 %"}},
        {"at_least": {"each": "a", "is": 30}},
        {"at_most": {"each": "b", "is": 10}},
        {"count": {"of": "a", "is": 30}},
    ],
)
def test_of_every_kind_of_number_it_is_said_what_is_not_known(
    said: Holds, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = of_three(
        ("so it is", said), ("20", {"count": {"of": "b", "is": 20}}), ("5", {"count": {"of": "a", "is": 5}})
    )

    def mended() -> Instead:
        first = next(one for one in audit(report, {}).repairs if [m.id for m in one.gives_up] == ["s0"])
        (one,) = first.instead or ()
        return one

    assert mended().not_known is None
    monkeypatch.setattr(repairs, "_MOST_QUESTIONS", 0)
    found = mended()
    assert (found.not_known, found.low, found.high, found.values, found.closest) == (
        "it would take too many questions",
        None,
        None,
        None,
        [],
    )


def test_only_numbers_that_would_do_are_in_a_row() -> None:
    """Out of 30, no count is 48 % or 49 %, and one in three percentages is some count."""
    base = {"count": {"of": "b", "is": 30}}
    shares = [{"share": {"of": "a", "base": "b", "is": "48 %"}}, base]
    report = of_three(*((f"quote {i}", one) for i, one in enumerate(shares)))
    first = next(one for one in audit(report, {}).repairs if one.gives_up[0].id == "s0")
    (one,) = first.instead or ()
    fits = {round(100 * k / 30) for k in range(31)}
    assert one.values == [f"{n} %" for n in sorted(fits)]
    assert f"one of {len(fits)} numbers from 0 % to 100 %" in words.instead(one, report)


def test_one_statement_that_cannot_hold_is_one() -> None:
    report = of_three(("no share", {"share": {"of": "a", "base": "a", "is": "48 %"}}))
    found = audit(report, {})
    assert "“no share” cannot hold (C1)" in words.cause(found.causes[0], found, report)
    (one,) = found.repairs[0].instead or ()
    assert "100 %" in words.instead(one, report)


ALL = st.sets(st.integers(0, 60), max_size=12)


@given(doing=ALL, place=st.integers(-1, 61))
def test_the_next_that_would_do_takes_few_questions(doing: set[int], place: int) -> None:
    asked = []

    def ask(first: int, last: int) -> dict[str, int] | None:
        asked.append((first, last))
        some = [one for one in sorted(doing) if first <= one <= last]
        return {"n": some[len(some) // 2]} if some else None

    numbers = _Numbers(61, ask, lambda first, last, counts: first <= counts["n"] <= last)
    assert numbers.after(place) == min((one for one in doing if one > place), default=None)
    assert len(asked) <= 22
    assert numbers.after(place, -1) == max((one for one in doing if one < place), default=None)
    walked, at = [], -1
    while (found := numbers.after(at)) is not None:
        walked.append(found)
        at = found
    assert walked == sorted(doing)


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


@pytest.mark.long
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


@pytest.mark.long
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


def test_the_nearest_months_are_named_where_many_would_do() -> None:
    units = [{"id": "a", "says": "a"}, {"id": "when", "says": "month of it", "unit": "month"}]
    limits = [
        {"at_most": {"each": "when", "is": "2018-12"}},
        {"at_least": {"each": "when", "is": "2010-01"}},
    ]
    report = made([MONTH, limits], quantities=units, top=None)
    first = next(one for one in audit(report, {}).repairs if one.gives_up[0].id == "s0")
    (one,) = first.instead or ()
    assert "to December 2018, though perhaps not all of that (the nearest: December 2018)" in words.instead(
        one, report
    )


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


def test_the_example_of_a_cause_is_of_no_other_if_it_can_be() -> None:
    def of(*names: str) -> list[Member]:
        return [Member(kind="statement", id=name) for name in names]

    conflicts = [
        Conflict(id=f"C{place}", part=1, members=of(*names), needs_ours=False, roundings=[])
        for place, names in enumerate(("ab", "acd", "bef"), start=1)
    ]
    repair = FoundRepair(
        id="R1", part=1, gives_up=of("a", "b"), hard=2, soft=0, assumptions=0,
        smallest=True, adopted=False, instead=None, keystrokes=None,
    )  # fmt: skip
    causes = causes_of(conflicts, [repair])
    assert [(one.members, one.example) for one in causes] == [(of("a"), "C2"), (of("b"), "C3")]
    assert [one.conflicts for one in causes] == [["C1", "C2"], ["C1", "C3"]]
