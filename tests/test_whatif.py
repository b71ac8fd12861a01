"""What if another repair, reading or rounding rule were taken: each state is right, and none is a finding."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from bs4 import BeautifulSoup
from hypothesis import example, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, expect

from keepinpact.audit import Choice, Clock, Model, member_of, outcomes, readings_of, repaired, share_in
from keepinpact.audit.members import members_of, switch
from keepinpact.audit.model import switch_of
from keepinpact.audit.result import Member
from keepinpact.audit.solver import Unfinished
from keepinpact.audit.split import Split
from keepinpact.audit.whatif import Behind, Outcome
from keepinpact.data import Edition, entry_counts
from keepinpact.findings.implied import listed_shares, model_of
from keepinpact.findings.whatif import NOT_KNOWN, _behind, _states, form, table
from keepinpact.ledger import audited
from keepinpact.numbers import ROUNDINGS, Bound, Share
from keepinpact.statements.report import Report
from made import NAMES, TOP, Holds, World, constraints, made, percentages
from oracles import prints
from serving import served

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
ALL_RULES = list(ROUNDINGS)
FILE = "chapters/what-if-states.js"


# By trying all assignments


def read_in_ways() -> st.SearchStrategy[list[list[Holds]]]:
    """Statements with one reading or two, some of which print a percentage."""
    name = st.sampled_from(NAMES)
    share = st.builds(lambda q, b, p: {"share": {"of": q, "base": b, "is": p}}, name, name, percentages(TOP))
    return st.lists(
        st.lists(st.one_of(share, constraints(NAMES)), min_size=1, max_size=2), min_size=2, max_size=4
    )


def with_readings(statements: list[list[Holds]]) -> Report:
    report = made([one[0] for one in statements])
    content = report.model_dump(by_alias=True, exclude_none=True)
    for held, written in zip(statements, content["statements"], strict=True):
        written["readings"] = [
            {"id": f"r{place}", "says": f"reading {place}", "holds": [one]} for place, one in enumerate(held)
        ]
    return Report.model_validate(content)


def kept_by(choice: Choice, report: Report) -> list[tuple[str, str | None]]:
    """What a choice keeps: each statement with the reading that it must have, if any."""
    gone = {(one.kind, one.id) for one in choice.gives_up}
    kept: list[tuple[str, str | None]] = []
    for one in report.statements:
        if ("statement", one.id) in gone:
            continue
        must: str | None = one.readings[0].id
        if ("reading", one.id) in gone:
            must = None
        if choice.reading is not None and choice.reading[0] == one.id:
            must = choice.reading[1]
        kept.append((one.id, must))
    return kept


@pytest.mark.parametrize(
    ("asked", "outcome"),
    [
        ("exist", Outcome(None)),
        ("ends", Outcome(True, bounds=(Bound(0, 4),), behind=(Behind((), "not known"),))),
        ("holding", Outcome(True, bounds=(Bound(0, 4),), behind=(Behind((), "not known"),))),
        ("bound", Outcome(True, bounds=(None,), behind=(Behind((Share(1, 2), Share(2, 4))),))),
    ],
)
def test_what_the_solver_gives_up_is_not_known(
    monkeypatch: pytest.MonkeyPatch, asked: str, outcome: Outcome
) -> None:
    report = with_readings([[{"share": {"of": "a", "base": "b", "is": "50%"}}]])
    name = report.statements[0].id

    def stopped(*_: object) -> None:
        raise Unfinished("no more")

    monkeypatch.setattr(Split, asked, property(stopped) if asked == "exist" else stopped)
    found = outcomes(Model(report, {}), [()], [None], ["nearest"], [["c"]], [name])
    assert list(found.values()) == [outcome]


def test_what_clashes_is_not_known_where_the_solver_gives_up_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    report = with_readings([[{"count": {"of": "a", "is": 1}}], [{"count": {"of": "a", "is": 2}}]])
    asked: list[bool] = []

    def first_only(*_: object) -> bool:
        if asked:
            raise Unfinished("no more")
        asked.append(True)
        return False

    monkeypatch.setattr("keepinpact.audit.whatif._Work._exist", first_only)
    found = outcomes(Model(report, {}), [()], [None], ["nearest"], [["a"]], [])
    assert list(found.values()) == [Outcome(False)]


def test_a_quantity_without_a_limit_has_a_smallest_value_alone() -> None:
    said = {"id": "one", "section": "s", "quote": "3 or more", "says": "3 or more"}
    content = {
        "format": 1,
        "title": "t",
        "sections": [{"id": "s", "title": "s"}],
        "quantities": [{"id": "free", "says": "free"}],
        "statements": [{**said, "holds": [{"at_least": {"each": "free", "is": 3}}]}],
    }
    model = Model(Report.model_validate(content), {})
    (found,) = outcomes(model, [()], [None], ["nearest"], [["free"]], []).values()
    assert found == Outcome(True, bounds=(Bound(3, None),))


@pytest.mark.parametrize(
    ("most", "behind"),
    [(2, Behind((Share(1, 2), Share(2, 4)))), (1, Behind((), "too many"))],
)
def test_as_many_shares_are_listed_as_may_be(
    monkeypatch: pytest.MonkeyPatch, most: int, behind: Behind
) -> None:
    report = with_readings([[{"share": {"of": "a", "base": "b", "is": "50%"}}]])
    monkeypatch.setattr("keepinpact.audit.whatif._MOST_SHARES", most)
    found = outcomes(Model(report, {}), [()], [None], ["nearest"], [], [report.statements[0].id])
    assert [one.behind for one in found.values()] == [(behind,)]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("these", "1 of 2 or 2 of 4"),
        ("given up", "nothing, as the sentence is given up"),
        ("read otherwise", "other percentages too, as the sentence is read otherwise"),
        ("too many", "more shares than can be listed"),
        ("not known", NOT_KNOWN),
    ],
)
def test_what_lies_behind_a_percentage_is_told(said: Any, told: str) -> None:
    assert _behind(Behind((Share(1, 2), Share(2, 4)), said)) == told
    assert _behind(Behind((), "these")) == "no share"


def test_states_are_what_follows_and_each_text_stands_once(
    monkeypatch: pytest.MonkeyPatch, edition: Edition
) -> None:
    """Made-up outcomes, one of each kind."""
    report = edition.report
    blank = Member(kind="assumption", id="all-answered-frameworks")
    croatia, less = (
        Member(kind="statement", id="croatia"),
        Member(kind="reading", id="other-countries", reading="strict", soft=True),
    )
    usual = Bound(48, 48), Bound(17, 31, (17, 31)), Bound(24266, 24266)
    staff = Behind((Share(11, 18), Share(14, 23)))

    def fits(*bounds: Bound | None, behind: Behind = staff, spare: tuple[Member, ...] = ()) -> Outcome:
        return Outcome(True, bounds=(*bounds, *usual[len(bounds) :]), behind=(behind,), spare=spare)

    def choice(rule: str, *gone: Member, reading: tuple[str, str] | None = None) -> Choice:
        return Choice(gone, reading, rule)

    made_up = {
        choice("nearest"): fits(),
        choice("half up"): fits(None),
        choice("half down"): Outcome(None),
        choice("half even"): Outcome(False, clash=(croatia,)),
        choice("truncated"): Outcome(False, clash=(croatia, blank)),
        choice("ceiling"): Outcome(False),
        choice("nearest 5"): fits(Bound(44, 48), Bound(17, 30), Bound(24266, 24267)),
        choice("nearest", croatia): fits(None, None, None, behind=Behind((), "given up")),
        choice("nearest", blank, croatia): fits(spare=(blank, croatia)),
        choice("nearest", less): fits(spare=(less,)),
        choice("nearest", croatia, reading=("croatia", "other")): fits(spare=(croatia,)),
        choice("half up", croatia): fits(Bound(44, 48), behind=Behind((Share(11, 18),))),
        choice("half down", croatia): Outcome(False, clash=(croatia,)),
    }
    monkeypatch.setattr("keepinpact.findings.whatif.outcomes", lambda *_: made_up)
    numbers = {"all": ["answers"], "both": ["answers.survey1", "answers.survey2"], "end": ["project.last"]}
    found = _states(edition, numbers, {"behind it": "staff"})
    assert found["states"] == [
        [],
        [0, 1],
        None,
        0,
        1,
        2,
        [0, 2, 1, 1],
        [1, 1, 2, 2],
        [0, 0, 0, 0, 1],
        [0, 0, 0, 0, 2],
        [0, 0, 0, 0, 3],
        [2, 2],
        3,
    ]
    assert found["shown"] == [
        {
            "says": "behind it",
            "quote": report.statement("staff").quote,
            "texts": ["11 of 18 or 14 of 23", "nothing, as the sentence is given up", "11 of 18"],
            "shares": [[(11, 18), (14, 23)], [], [(11, 18)]],
        },
        {"says": "all", "texts": ["48", NOT_KNOWN, "44 to 48"]},
        {"says": "both", "texts": ["17 or 31", "17 to 30", NOT_KNOWN]},
        {"says": "end", "texts": ["March 2022", "March 2022 to April 2022", NOT_KNOWN]},
    ]
    more, quote = "More is given up than would be needed here", report.statement("croatia").quote
    assumed = "it could still be assumed that everyone answered the question on competence frameworks"
    literally = f"“{report.statement('other-countries').quote}” could still be read literally"
    assert found["remarks"] == [
        "",
        f"{more}: {assumed} or “{quote}” could still be kept.",
        f"{more}: {literally}.",
        "The sentence to be read otherwise is given up, so its reading changes nothing. "
        f"{more}: “{quote}” could still be kept.",
    ]
    assert found["clashes"] == [
        f"“{quote}” cannot hold if percentages are rounded to the nearest, to the even digit at a tie.",
        f"“{quote}” and the assumption that everyone answered the question on competence frameworks "
        "cannot all hold.",
        "",
        f"“{quote}” cannot hold if percentages are rounded to the nearest, down at a tie.",
    ]
    own, *others = found["rules"]
    assert own == ["nearest", "rounded to the nearest, either way at a tie"]
    assert [(name, says) for name, says in others] == [
        (name, f"rounded {ROUNDINGS[name].says}") for name in ROUNDINGS if name != "nearest"
    ]
    assert {key: found[key] for key in ("format", "note")} == {
        "format": 1,
        "note": "What if? These states are hypothetical: none of their numbers is a result of the edition.",
    }
    rows = str(table(found, "rules", "Rule|s")).splitlines()
    assert rows[:4] == [":::{container} supposing", "", "| Rule\\|s | If so |", "| --- | --- |"]
    assert [row.replace("\\", "") for row in rows[4:]] == [
        f"| Rounded {ROUNDINGS[name].says} | {follows} |"
        for (name, _), follows in zip(
            others,
            [
                f"[if so, all: {NOT_KNOWN}]{{.supposed}}",
                f"[if so, {NOT_KNOWN}]{{.supposed}}",
                f"[if so, no set of answers fits]{{.supposed}}<br>{found['clashes'][0]}",
                f"[if so, no set of answers fits]{{.supposed}}<br>{found['clashes'][1]}",
                "[if so, no set of answers fits]{.supposed}",
                "[if so, all: 44 to 48]{.supposed}<br>[if so, both: 17 to 30]{.supposed}<br>"
                "[if so, end: March 2022 to April 2022]{.supposed}",
            ],
            strict=True,
        )
    ] + [":::"]
    shown = form(found, "states.js")
    assert shown.record == {"keepinpact_states": {"file": "states.js", "states": found}}
    assert 'data-states="states.js?v=' in str(shown)
    remarked = found | {"states": [[], *[[0, 0, 0, 0, 2]] * 6]}
    assert str(table(remarked, "rules", "Rule")).replace("\\", "").splitlines()[4] == (
        f"| Rounded {ROUNDINGS['half up'].says} | none of these numbers changes<br>{more}: {literally}. |"
    )


@pytest.mark.long
@settings(max_examples=80)
@given(statements=read_in_ways(), rules=st.permutations(ALL_RULES))
# Rounded down, not to the nearest.
@example(
    statements=[[{"share": {"of": "a", "base": "b", "is": "66%"}}]], rules=["truncated", "nearest", "ceiling"]
)
def test_each_state_is_what_trying_all_assignments_gives(
    statements: list[list[Holds]], rules: list[str]
) -> None:
    report = with_readings(statements)
    rules = rules[:3]
    members = list(members_of(report))
    ways = [
        (),
        tuple(members[:1]),
        tuple(members[-1:]),
        tuple(one for one in members if one.kind == "reading"),
    ]
    sharing = [
        one.id
        for one in report.statements
        if (s := share_in(one.readings[0])) and all(isinstance(t, str) for t in s.of)
    ]
    found = outcomes(
        Model(report, {}), ways, [None, *readings_of(report)], rules, [["a"], ["b", "c"]], sharing
    )
    worlds = {rule: World(report, rule) for rule in rules}
    assert len(found) == len(set(ways)) * (1 + len(readings_of(report))) * len(rules)
    for choice, outcome in found.items():
        world = worlds[choice.rule]
        mask = world.all
        for name, must in kept_by(choice, report):
            mask &= world.members[name] if must is None else world.readings[name, must]
        left = [values for place, values in enumerate(world.values) if mask >> place & 1]
        assert outcome.fits is bool(left)
        if not left:
            continue
        for names, bound in zip([["a"], ["b", "c"]], outcome.bounds, strict=True):
            values = sorted({sum(one[name] for name in names) for one in left})
            gaps = len(values) <= values[-1] - values[0]
            assert bound == Bound(values[0], values[-1], tuple(values) if gaps else None)
        for name, behind in zip(sharing, outcome.behind, strict=True):
            share = share_in(report.statement(name).readings[0])
            assert share is not None
            pairs = {(sum(one[str(t)] for t in share.of), one[share.base]) for one in left}
            printing = {
                (k, n)
                for k, n in pairs
                if n
                and k <= n
                and int(share.printed.digits.replace(".", ""))
                in prints(choice.rule, k, n, share.printed.decimals)
            }
            kept = dict(kept_by(choice, report))
            if name not in kept:
                assert behind.said == "given up"
            else:
                assert {(one.count, one.base) for one in behind.shares} == printing
                assert (behind.said == "read otherwise") is (pairs != printing)


# The report


@pytest.fixture(scope="module")
def states(html: Path) -> dict:
    text = (html / FILE).read_text(encoding="utf-8")
    return json.loads(text.removeprefix("keepinpactStates(").removesuffix(");\n"))


def state_of(states: dict, repair: str, reading: str, rule: str) -> object:
    at = [
        [one[0] for one in states[key]].index(name)
        for key, name in (("repairs", repair), ("readings", reading), ("rules", rule))
    ]
    return states["states"][(at[0] * len(states["readings"]) + at[1]) * len(states["rules"]) + at[2]]


def texts_of(states: dict, state: list[int]) -> dict[str, str]:
    padded = [*state, *[0] * len(states["shown"])]
    return {one["says"]: one["texts"][place] for one, place in zip(states["shown"], padded, strict=False)}


def test_the_states_are_all_and_the_first_is_the_editions_own(states: dict, edition) -> None:
    audit = audited(edition)
    assert [one[0] for one in states["repairs"]] == [
        "R1",
        "none",
        *(r.id for r in audit.repairs if not r.adopted),
    ]
    assert [one[0] for one in states["readings"]] == ["", *map(":".join, readings_of(edition.report))]
    assert {one[0] for one in states["rules"]} == set(ROUNDINGS)
    assert len(states["states"]) == len(states["repairs"]) * len(states["readings"]) * len(states["rules"])
    assert states["states"][0] == []
    own = texts_of(states, [])
    for one in edition.report.quantities:
        if one.says in own and one.unit != "month":
            assert own[one.says] == str(audit.bound(one.id))
    for name, statement in (("61%", "staff"), ("70%", "frameworks")):
        assert own[f"what can lie behind “{name}”"] == listed_shares(audit.shares(statement))


@pytest.mark.long
@pytest.mark.parametrize("rule", ALL_RULES)
def test_states_are_what_the_audits_own_engine_gives(states: dict, edition, rule: str) -> None:
    """The states are worked out piece by piece; here each is asked of the whole report at once."""
    report, model = edition.report, model_of(edition, text_alone=True)
    says = {one.id: one.says for one in report.quantities}
    repairs = {one.id: one for one in audited(edition).repairs}
    readings = {"R2": "", "R3": "ways-majority:all", "R6": "frameworks:each", "R8": "other-countries:loose"}
    for name, reading in readings.items():
        data_sets = repaired(model, repairs[name], rule)
        if reading:
            statement = report.statement(reading.partition(":")[0])
            on = data_sets.on - {switch_of(statement, statement.readings[0])}
            data_sets = model.fitting(on | ({reading} if statement.id in on else set()), rule)
        state = state_of(states, name, reading, rule)
        assert data_sets.exist is isinstance(state, list)
        if not isinstance(state, list):
            continue
        texts = texts_of(states, state)
        for quantity in ("answers", "answers.survey1", "country.FR", "country.blank", "frameworks.blank"):
            assert texts[says[quantity]] == str(data_sets.bound(quantity)), (name, quantity)
        if "frameworks" in data_sets.on:
            share = share_in(report.statement("frameworks").readings[0])
            assert texts["what can lie behind “70%”"] == listed_shares(data_sets.shares(share))


@pytest.mark.parametrize("rule", ALL_RULES)
def test_sizes_and_shares_are_those_of_a_recount_by_hand(states: dict, rule: str) -> None:
    """With nothing of the package: everyone of survey 1 answered, 17 of survey 2 answered question 12."""
    for repair, total in (("R1", 48), ("R2", 48), ("R3", 44), ("R4", 48)):
        staff = [(k, n) for n in range(1, total - 17 + 1) for k in range(n + 1) if 61 in prints(rule, k, n)]
        bases = [total] if repair == "R3" else range(1, total + 1)
        none = [(k, n) for n in bases for k in range(n + 1) if 70 in prints(rule, k, n)]
        state = state_of(states, repair, "", rule)
        if not staff or not none:
            assert isinstance(state, int)
            continue
        assert isinstance(state, list)
        for place, expected in ((0, staff), (1, none)):
            at = state[place] if place < len(state) else 0
            assert states["shown"][place]["shares"][at] == [list(one) for one in expected]
        sizes = sorted({n for _, n in staff})
        values = tuple(sizes) if len(sizes) <= sizes[-1] - sizes[0] else None
        assert texts_of(states, state)["answers to survey 1"] == str(Bound(sizes[0], sizes[-1], values))


def test_what_clashes_is_named_and_needs_each_of_its_parts(states: dict, edition) -> None:
    model, report = model_of(edition, text_alone=True), edition.report
    ways = [(), tuple(member_of(one, report) for one in edition.repair.gives_up)]
    rules = ["nearest", "nearest 5", "truncated"]
    found = outcomes(model, ways, [None, ("project-start", "month-first")], rules, [], [])
    clashing = {choice: one for choice, one in found.items() if not one.fits}
    assert len(clashing) > len(rules)
    for choice, one in clashing.items():
        names = [switch(member) for member in one.clash]
        assert names
        assert not model.fitting(names, choice.rule).exist
        assert all(model.fitting(set(names) - {name}, choice.rule).exist for name in names)
    # If percentages were rounded down, one of the assumptions could be kept.
    own = found[Choice(ways[1], None, "truncated")]
    assert [member.id for member in own.spare] == ["all-answered-frameworks"]
    assert found[Choice(ways[1], None, "nearest")].spare == ()


def test_what_is_not_known_in_time_is_said_to_be(edition) -> None:
    model = Model(edition.report, entry_counts(edition.items), None, Clock(0))
    own = [member_of(one, edition.report) for one in edition.repair.gives_up]
    found = outcomes(model, [own], [None], ["nearest"], [["answers"]], ["staff"])
    assert [one.fits for one in found.values()] == [None]


# No findings


def test_no_state_is_a_result_or_a_citation_or_found_by_the_search(html: Path, states: dict) -> None:
    results = json.loads((html / "results.json").read_text(encoding="utf-8"))
    assert [
        one for kind in ("results", "figures") for one in results[kind] if one["chapter"] == "what-if"
    ] == []
    assert [path.name for path in (html / "figures").glob("*") if "what-if" in path.name] == []
    article = BeautifulSoup(
        (html / "chapters/what-if.html").read_text(encoding="utf-8"), "html.parser"
    ).article
    assert article.select(".receipt, [role=doc-noteref], [role=doc-endnotes], .receipts, .cite, figure") == []
    published = [html / "results.json", html / "statements.json", *(html / "figures").glob("*.json")]
    for path in published:
        text = path.read_text(encoding="utf-8")
        assert "if so," not in text
        assert "what-if" not in text
    index = (html / "searchindex.js").read_text(encoding="utf-8")
    place = json.loads(
        re.search(r"docnames:(\[.*?\])|\"docnames\":\s*(\[.*?\])", index)[0].partition(":")[2]
    ).index("chapters/what-if")
    terms = json.loads(index.partition("Search.setIndex(")[2].rpartition(")")[0])["terms"]
    assert [
        word for word, pages in terms.items() if place in (pages if isinstance(pages, list) else [pages])
    ] == []


def test_the_tables_are_in_the_page_and_say_if_so(html: Path, states: dict) -> None:
    article = BeautifulSoup(
        (html / "chapters/what-if.html").read_text(encoding="utf-8"), "html.parser"
    ).article
    own, *others = article.select("table")
    assert len(own.select("tbody tr")) == len(states["shown"])
    assert own.select(".supposed") == []
    lengths = [len(one.select("tbody tr")) for one in others]
    assert lengths == [len(states[key]) - 1 for key in ("repairs", "rules", "readings")]
    for row in (row for one in others for row in one.select("tbody tr")):
        cell = row.select("td")[1]
        marked = [one.get_text() for one in cell.select(".supposed")]
        assert all(one.startswith("if so, ") for one in marked)
        assert marked or cell.get_text().startswith("none of these numbers changes")
    assert "if so, answers to both surveys: 44" in others[0].get_text()


def test_the_states_are_light(html: Path) -> None:
    assert len(gzip.compress((html / FILE).read_bytes())) < 40 * 1024
    assert len(gzip.compress((html / "_static/what-if.js").read_bytes())) < 3 * 1024


def test_other_pages_load_nothing_of_it(html: Path) -> None:
    loading = [
        path.stem for path in (html / "chapters").glob("*.html") if "what-if.js" in path.read_text("utf-8")
    ]
    assert loading == ["what-if"]


# In a browser


@pytest.fixture(scope="module")
def address(html: Path) -> Iterator[str]:
    with served(html) as found:
        yield f"{found}chapters/what-if.html"


@pytest.fixture
def page(browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(**({"reduced_motion": "reduce"} | getattr(request, "param", {})))
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda one: faults.append(str(one)))
    opened.on("console", lambda one: faults.append(one.text) if one.type == "error" else None)
    yield opened
    assert faults == []
    context.close()


def shown(page: Page, name: str) -> str:
    return page.locator(
        "#what-if-shown tr", has=page.get_by_role("rowheader", name=name, exact=True)
    ).inner_text()


@pytest.mark.long
def test_a_choice_changes_the_numbers_and_stands_in_the_address(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.goto(address)
    assert not any("states" in one for one in asked), "the states are loaded on demand"
    expect(page.locator("#what-if-shown")).to_be_empty()
    page.get_by_label("Repair", exact=True).select_option("R3")
    expect(page.locator("#what-if-said")).to_contain_text("What if: ")
    assert sum("states" in one for one in asked) == 1
    assert "if so, 44" in shown(page, "answers to both surveys")
    assert "if so, 18 or 23" in shown(page, "answers to survey 1")
    assert "the same" in shown(page, "answers from Croatia")
    assert page.url == f"{address}#repair=R3"
    page.get_by_label("Rounding", exact=True).select_option("half even")
    assert page.url == f"{address}#repair=R3&rounding=half+even"
    # From the address alone, and once more by going to another.
    page.reload()
    expect(page.get_by_label("Repair", exact=True)).to_have_value("R3")
    expect(page.get_by_label("Rounding", exact=True)).to_have_value("half even")
    assert "if so, 44" in shown(page, "answers to both surveys")
    assert page.locator(".supposed-figure li").all_inner_texts() == ["11 of 18", "14 of 23", "31 of 44"]
    page.evaluate("location.hash = 'repair=none'")
    expect(page.locator("#what-if-said")).to_have_text("What if: no set of answers would fit.")
    assert "cannot all hold" in page.locator("#what-if-shown").inner_text()
    assert page.locator("#what-if-shown table").count() == 0


def test_a_way_leads_back_by_keyboard(page: Page, address: str) -> None:
    page.goto(f"{address}#repair=R2&rounding=truncated")
    expect(page.locator("#what-if-shown .supposed").first).to_be_visible()
    assert "More is given up than would be needed" in page.locator("#what-if-said").inner_text()
    page.get_by_label("Repair", exact=True).focus()
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#what-if-shown")).to_be_empty()
    expect(page.locator("#what-if-said")).to_have_text("Back to what this edition has.")
    assert page.url == address
    assert page.locator("#what-if-said").get_attribute("role") == "status"


def test_every_number_that_would_be_other_is_marked_and_no_other(
    page: Page, address: str, states: dict
) -> None:
    page.goto(address)
    page.get_by_label("Repair", exact=True).select_option("R7")
    expect(page.locator("#what-if-shown table")).to_be_visible()
    state = state_of(states, "R7", "", "nearest")
    expected = [bool(place) for place in [*state, *[0] * len(states["shown"])][: len(states["shown"])]]
    rows = page.locator("#what-if-shown tbody tr").all()
    assert [bool(row.locator(".supposed").count()) for row in rows] == expected
    assert page.locator("#what-if-shown").get_by_text("This is no finding of this edition").is_visible()
    assert page.locator("#what-if-shown a").count() == 0


def test_an_unknown_choice_and_one_without_effect_are_said(page: Page, address: str) -> None:
    page.goto(f"{address}#repair=R99&reading=prevalent-positions:each")
    said = page.locator("#what-if-said")
    expect(said).to_contain_text("none of the numbers shown here would be other")
    expect(said).to_contain_text("a choice that this edition does not have")
    page.get_by_label("Repair", exact=True).select_option("R13")
    page.get_by_label("Reading", exact=True).select_option("frameworks:each")
    expect(said).to_contain_text("its reading changes nothing")
    assert "this edition does not have" not in said.inner_text()


def test_what_is_not_known_is_said(page: Page, address: str, states: dict) -> None:
    unknown = json.dumps(states | {"states": [None] * len(states["states"])})
    page.route("**/what-if-states.js*", lambda route: route.fulfill(body=f"keepinpactStates({unknown});"))
    page.goto(f"{address}#repair=R3")
    expect(page.locator("#what-if-said")).to_contain_text("not known")
    assert page.locator("#what-if-shown table").count() == 0


@pytest.mark.parametrize("page", [{"viewport": {"width": 320, "height": 900}}], indirect=True)
def test_it_fits_a_small_screen_and_opens_from_a_folder(page: Page, html: Path) -> None:
    page.goto(
        (html / "chapters/what-if.html").as_uri() + "#repair=R1&reading=frameworks:each&rounding=truncated"
    )
    expect(page.locator("#what-if-shown table")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.url.endswith("#repair=R1&reading=frameworks:each&rounding=truncated")


@pytest.mark.long
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("state", ["#repair=R3&rounding=truncated", "#repair=none"])
def test_axe_finds_nothing_in_a_state(page: Page, address: str, theme: str, state: str) -> None:
    page.emulate_media(color_scheme=theme)
    page.goto(address + state)
    expect(page.locator("#what-if-said")).to_contain_text("What if: ")
    page.evaluate(AXE)
    wanted = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = page.evaluate("rules => axe.run(document, { runOnly: rules })", wanted)
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found["violations"]] == []


@pytest.mark.parametrize("page", [{"java_script_enabled": False}], indirect=True)
def test_without_scripts_the_tables_stand_and_the_form_does_not(page: Page, address: str) -> None:
    page.goto(f"{address}#repair=R3")
    assert page.locator("#what-if-form").is_hidden()
    assert page.locator("article table").first.is_visible()
    assert page.get_by_text("if so, answers to both surveys: 44").is_visible()


def test_paper_shows_the_state_as_what_it_is(page: Page, address: str) -> None:
    page.goto(f"{address}#repair=R3")
    expect(page.locator("#what-if-shown table")).to_be_visible()
    page.emulate_media(media="print")
    assert page.locator("#what-if-form").is_hidden()
    assert page.get_by_text("This is no finding of this edition").is_visible()
