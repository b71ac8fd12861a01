"""Sentences of the audit that are easily false: what is needed, what is one way of several, what was read."""

from __future__ import annotations

import io
from typing import Any

import pytest

from keepinpact.audit import audit, explain
from keepinpact.console import Terminal, show, show_why
from keepinpact.statements.report import Report


def said(
    statements: dict[str, Any], quantities: str = "q", assumptions: tuple[Any, ...] = (), **more: Any
) -> Report:
    """Statements by their quotations: what holds, or readings by what they say."""
    listed = [
        {"id": f"s{place}", "section": "s", "quote": quote}
        | ({"says": quote, "holds": [one]} if isinstance(one, dict) else {"readings": readings(one)})
        | more.get(f"s{place}", {})
        for place, (quote, one) in enumerate(statements.items())
    ]
    content = {
        "format": 1,
        "title": "made",
        "sections": [{"id": "s", "title": "S"}],
        "quantities": [
            {"id": name, "says": f"people {name}"} | more.get(name, {}) for name in quantities.split()
        ],
        "definitions": more.get("definitions", []),
        "assumptions": [
            {"id": f"a{place}", "says": f"it is {place}", "why": "so", "holds": [one]}
            for place, one in enumerate(assumptions)
        ],
        "statements": listed,
    }
    return Report.model_validate(content)


def readings(some: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": f"r{place}", "says": f"way {place}", "holds": [one]} for place, one in enumerate(some)]


def count(of: str, number: int | str) -> dict[str, Any]:
    return {"count": {"of": of, "is": number}}


def text(report: Report, why: str = "") -> str:
    """What is printed, on one line."""
    shown = Terminal(file=io.StringIO(), width=10_000, color_system=None, legacy_windows=False)
    if why:
        show_why(explain(report, {}, why), report, "nearest", shown)
    else:
        show(audit(report, {}), report, shown)
    assert isinstance(shown.file, io.StringIO)
    return " ".join(shown.file.getvalue().split())


def test_of_several_other_readings_not_each_is_said_to_do() -> None:
    most = {"at_least": {"each": "q", "is": 7}}
    several = [count("q", 5), count("q", 6), count("q", 7)]
    printed = text(said({"some": several, "7 or more": most}))
    told = "is read as: way 1 or way 2 (at least one of these will do, perhaps not each)"
    assert f"Both statements can be true at once, if “some” {told}." in printed
    assert f"They can if “some” {told}." in printed
    assert (
        "reads “some” otherwise: way 1 or way 2 (at least one of these will do, perhaps not each)" in printed
    )
    assert "if “some” is read as: way 1. With" in text(said({"some": several[::2], "7 or more": most}))


def test_what_one_repair_gives_up_is_not_all_that_could_be() -> None:
    blank = {"sum": {"of": "asked", "is": ["answered", "blank"]}}
    report = said(
        {"18 answered": count("answered", 18)},
        "asked answered blank",
        (count("blank", 0), count("asked", 20)),
        definitions=[{"id": "d", "says": "d", "holds": [blank]}],
    )
    assert text(report).startswith(
        "made The statement can be true, if it is not assumed that it is 0. With all else read "
        "literally and taken for granted, it cannot if it is 0."
    )


def test_a_cause_says_how_much_each_lightest_repair_gives_up() -> None:
    printed = text(said({f"{number} people": count("q", number) for number in (5, 6, 7)}))
    ways = "it gives up “5 people”; it gives up “6 people”; it gives up “7 people”."
    assert f"the lightest repair makes 2 of these changes: {ways}" in printed
    two = text(said({f"{number} people": count("q", number) for number in (5, 6)}))
    assert "the lightest repair gives up “5 people” or gives up “6 people”." in two


def test_a_month_has_no_other_values_than_those_it_can_have() -> None:
    spring = {"one_of": {"of": "q", "are": ["2019-03", "2019-09"]}}
    report = said({"in spring or autumn": spring}, q={"unit": "month"})
    assert "March 2019 or September 2019" in text(report)
    why = text(report, "q")
    assert "q (people q): March 2019 or September 2019. Each of these is possible: --why q=2019-03 " in why
    assert "So people q: March 2019 or earlier or September 2019 or later." in why
    assert "0 to" not in why
    assert "is possible" in text(report, "q=2019-09")
    assert "This cannot be: people q: April 2019." in text(report, "q=2019-04")
    later = said({"not before March": {"at_least": {"each": "q", "is": "2019-03"}}}, q={"unit": "month"})
    assert "So people q: March 2019 or later." in text(later, "q")


def test_a_part_of_which_nothing_can_be_given_up_is_named() -> None:
    sure = {"trust": "certain"}
    clash = {"6": count("q", 6), "7": count("q", 7), "3": count("r", 3), "4": count("r", 4)}
    end = "would give up a statement that is marked as certain."
    assert f"Every repair of the part with “s0” {end}" in text(said(clash, "q r", s0=sure, s1=sure))
    alone = text(said({"6": count("q", 6), "7": count("q", 7)}, s0=sure, s1=sure))
    assert f"Every repair {end}" in alone


@pytest.mark.parametrize(
    ("share", "told"),
    [
        ({"is": "42%"}, "out of its base, rounded to the nearest, either way at a tie. One"),
        ({"is": "42%", "rounding": "truncated"}, "out of its base. One"),
        ({"more_than": "42%"}, "out of its base. One"),
    ],
)
def test_percentages_are_said_to_be_rounded_where_some_are(share: dict[str, Any], told: str) -> None:
    one = {"share": {"of": "k", "base": "n"} | share}
    assert told in text(said({"some": one}, "n k"))
    other = {"share": {"of": "k", "base": "n", "is": "50%", "rounding": "ceiling"}}
    both = text(said({"some": one, "half": other}, "n k"))
    assert ("unless it has a rule of its own" in both) == (share == {"is": "42%"})


def test_all_of_a_base_are_as_many_without_a_proof() -> None:
    report = said({"7": count("n", 7), "all": {"share": {"of": "n", "base": "n", "is": "100%"}}}, "n")
    printed = text(report, "s1")
    assert "Behind its percentage: 7 of 7." in printed
    assert "Not known" not in printed


def test_between_months_there_is_a_number_with_keystrokes() -> None:
    months = {"o": {"unit": "month"}, "c": {"unit": "month"}}
    later = {"difference": {"of": "c", "than": "o", "is": 3}}
    report = said(
        {"March 2019": count("o", "2019-03"), "May 2019": count("c", "2019-05"), "3 months later": later},
        "o c",
        s0={"trust": "certain"},
        s1={"trust": "certain"},
        **months,
    )
    assert "“3 months later” would hold with all the rest if it said 2 (1 keystroke away)." in text(report)
