"""What the audit says of small made-up reports, word for word, as it was read and found right once.

That its answers are true is shown elsewhere, by trying everything. Here are its words, in which all that it
answered stands, and how much work they were: ``told/NAME.txt`` has what it tells of ``told/NAME.yml``,
``kinds.txt`` of one false sentence of each kind. ``python tests/test_told.py`` writes them anew: read the
difference.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
import z3
from ortools.sat.python import cp_model

from keepinpact.audit import Choice, Member, audit, explain, outcomes, readings_of, share_in, words
from keepinpact.audit.model import Model
from keepinpact.audit.narrowing import Narrowing
from keepinpact.audit.result import Ask
from keepinpact.audit.slips import slips
from keepinpact.audit.solver import Clock, System, Unfinished
from keepinpact.console import Terminal, show, show_why
from keepinpact.data import DataError, entry_counts, load_edition, load_statements
from keepinpact.numbers import ROUNDINGS, Share
from keepinpact.statements.report import Report

TOLD = Path(__file__).with_name("told")
ASKED: dict[str, list[str]] = {
    "misprints": ["staff-part", "guests", "closed", "calls-long", "C1"],
    "open": ["people", "people=24", "people=23", "lasted", "more-yes", "left", "yes-share"],
    "ours": ["agreement", "online", "few-online", "C1"],
    "table": ["age.total.buys", "age.old.total", "C1"],
    "cases": ["C1", "C2", "C3", "east", "young=3", "twice", "attic-bar"],
}
"""What is asked why of each report."""
PROVED = (
    *("answers.survey1", "answers.survey2", "country.blank", "position.other.most", "staff.answered"),
    *("position.other.most.survey1", "position.other.most.each", "C1", "C2"),
)
"""Of what in this report it is looked how long a proof is."""
SAID = "59% a"
"""The false sentence that is explained beside released responses too."""
STOPS = (0, 10, 50, 200, 500, 1000)
"""After how many looks at the clock an audit's time is over."""

_SAID = {"section": "said", "quote": "so it is", "says": "so it is"}
_SURE = {"trust": "certain", "section": "counts"}
COUNTS: dict[str, Any] = {
    "format": 1,
    "title": "Made up, for tests only",
    "sections": [{"id": "counts", "title": "Counts"}, {"id": "said", "title": "What is said", "page": 2}],
    "quantities": [
        {"id": "opened", "says": "month in which it opened", "unit": "month"},
        {"id": "all", "says": "all answers", "parts": ["a", "b", "c"]},
        {"id": "a", "says": "answers a"},
        {"id": "b", "says": "answers b"},
        {"id": "c", "says": "answers c"},
        {"id": "spent", "says": "what they spent", "decimals": 2, "parts": ["spent.food", "spent.rest"]},
        {"id": "spent.food", "says": "what they spent on food", "decimals": 2},
        {"id": "spent.rest", "says": "what they spent on the rest", "decimals": 2},
        {"id": "listed", "says": "entries of the list", "unit": "entries", "entries": ["places"]},
        {"id": "some", "says": "people who said so", "within": "all"},
    ],
    "lists": {"places": 3},
}
SURE: dict[str, list[dict[str, Any]]] = {
    "12 a": [{"count": {"of": "a", "is": 12}}],
    "7 b": [{"count": {"of": "b", "is": 7}}],
    "1 c": [{"count": {"of": "c", "is": 1}}],
    "opened in May 2020": [{"count": {"of": "opened", "is": "2020-05"}}],
    "12.50 for food, 2.25 for the rest": [
        {"count": {"of": "spent.food", "is": "12.50"}},
        {"count": {"of": "spent.rest", "is": "2.25"}},
    ],
}
COUNTED = {"all": 20, "a": 12, "b": 7, "c": 1, "some": 5}
SCALE = {1: "a", 2: "b", 3: "c"}
FALSE: dict[str, dict[str, Any]] = {
    "21 answers": {"count": {"of": "all", "is": 21}},
    "13 a or b": {"count": {"of": ["a", "b"], "is": 13}},
    "as many a as b and c": {"sum": {"of": "a", "is": ["b", "c"]}},
    "59% a": {"share": {"of": "a", "base": "all", "is": "59%"}},
    "40.1% b or c": {"share": {"of": ["b", "c"], "base": "all", "is": "40.1%"}},
    "57% a, adjusted": {"share": {"of": "a", "base": "all", "is": "57%", "adjusted": True}},
    "8% c, with weights": {"share": {"of": "c", "base": "all", "is": "8%", "weights_up_to": "1.5"}},
    "more than 60% a": {"share": {"of": "a", "base": "all", "more_than": "60%"}},
    "less than a third b": {"share": {"of": "b", "base": "all", "less_than": "1/3"}},
    "between 61 and 70% a": {"share": {"of": "a", "base": "all", "at_least": "61%", "at_most": "70%"}},
    "nearly half a": {"share": {"of": "a", "base": "all", "is": "nearly half"}},
    "a majority b": {"majority": {"each": "b", "base": "all"}},
    "no majority": {"no_majority": {"each": ["a", "b"], "base": "all"}},
    "more c than b": {"more_than": {"each": "c", "than": "b"}},
    "no fewer b than a": {"at_least_as_many": {"each": "b", "as": "a"}},
    "a, c, b": {"rank": {"order": ["a", "c", "b"]}},
    "c before b": {"rank": {"order": ["a", "c"], "ahead_of": "b"}},
    "at least 13 a": {"at_least": {"each": "a", "is": 13}},
    "at least 8 b for a c": {"at_least": {"each": "b", "is": 8, "per": "c"}},
    "a and 4 more are 17": {"count": {"of": ["a", 4], "is": 17}},
    "at most 3 b for a c": {"at_most": {"each": "b", "is": 3, "per": "c"}},
    "at most 6 b": {"at_most": {"each": "b", "is": 6}},
    "10 or 11 a": {"one_of": {"of": "a", "are": [10, 11]}},
    "1.5 times as many a as b": {"times": {"of": "a", "as": "b", "is": "1.5 times"}},
    "b are 60% of a": {"times": {"of": "b", "as": "a", "is": "60%"}},
    "6 more a than b": {"difference": {"of": "a", "than": "b", "is": 6}},
    "30 points more a": {"points": {"of": "a", "than": "b", "base": "all", "is": "30 points"}},
    "mean 1.6": {"mean": {"of": SCALE, "is": "1.6"}},
    "median 2": {"median": {"of": SCALE, "is": "2"}},
    "SD 0.7": {"sd": {"of": SCALE, "n": 20, "mean": "1.45", "is": "0.7"}},
    "opened in June 2020": {"count": {"of": "opened", "is": "2020-06"}},
    "14.76 in all": {"count": {"of": "spent", "is": "14.76"}},
    "1.00 each": {"times": {"of": "spent", "as": "all", "is": "1.00"}},
    "4 places": {"count": {"of": "listed", "is": 4}},
    "25 said so": {"count": {"of": "some", "is": 25}},
}


ENGINES: dict[str, tuple[type, str]] = {
    "questions": (System, "_find"),
    "narrowings": (Narrowing, "narrow"),
    "searches": (cp_model.CpSolver, "solve"),
    "proofs": (z3.Solver, "check"),
}


@contextmanager
def work() -> Iterator[Counter[str]]:
    """How often each engine of the solver is asked within."""
    done: Counter[str] = Counter()

    def counted(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            done[name] += 1
            return method(*arguments, **named)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name, (engine, method) in ENGINES.items():
            patch.setattr(engine, method, counted(name, getattr(engine, method)))
        yield done


def with_work(say: Callable[[], str]) -> str:
    """What is told, and how much work it was, which shortcuts keep small."""
    with work() as done:
        text = say()
    return f"{text}work: {', '.join(f'{done[name]} {name}' for name in ENGINES)}\n"


def of_kind(quote: str) -> Report:
    """The counts, which are sure, and a sentence that does not agree with them."""
    statements = [
        {"id": f"sure{place}", "quote": words, "says": words, "holds": holds, **_SURE}
        for place, (words, holds) in enumerate(SURE.items())
    ]
    said = {"id": "said", "section": "said", "quote": quote, "says": quote, "holds": [FALSE[quote]]}
    return Report.model_validate(COUNTS | {"statements": [*statements, said]})


def console() -> Terminal:
    return Terminal(file=io.StringIO(), width=110, color_system=None, legacy_windows=False)


def printed(shown: Terminal) -> str:
    assert isinstance(shown.file, io.StringIO)
    return "".join(f"{line.rstrip()}\n" for line in shown.file.getvalue().splitlines())


def judged(report: Report, facts: Mapping[str, int] | None = None) -> str:
    """The verdict of the last sentence of a report, why, and what would mend it."""
    found, said = audit(report, report.lists, facts=facts), report.statements[-1]
    lines = [
        words.result(found, report),
        *(f"{one.id}: {words.rests_on(one.members, report)}" for one in found.conflicts),
        *(f"{one.id} {words.gives_up_all(one, report)}" for one in found.repairs),
        *(words.instead(other, report) for one in found.repairs for other in one.instead or ()),
        f"{found.verdict(said.id).verdict}: {words.why(said, found, report)}",
        f"recomputed: {words.recomputed(said, found, report)}",
    ]
    return "\n".join([*lines, ""])


def told(report: Report) -> str:
    """What the audit prints of a report, why each verdict, the entries of lists in its JSON, and slips."""
    found, shown = audit(report, report.lists), console()
    show(found, report, shown)
    for one in report.statements:
        shown.print(f"{one.id}: {words.why(one, found, report)}", markup=False, highlight=False)
    held = found.model_dump(mode="json", exclude_defaults=True)
    lists = {key: value if isinstance(value, list) else [value] for key, value in held.items()}
    lines = (f"{key}: {json.dumps(one, ensure_ascii=False)}" for key, every in lists.items() for one in every)
    slipped = slips(Model(report, report.lists))
    mending = [f"{one.statement}: {one.instead} for {one.printed}" for one in slipped.mending]
    ends = [f"{slipped.tried} slips of one character, of which these would mend everything", *mending]
    return printed(shown) + "\n".join([f"clashing{words.clashing(found)}", "", "--json", *lines, *ends, ""])


def explained(
    report: Report,
    names: Sequence[str],
    seconds: float | None = None,
    facts: Mapping[str, int] | None = None,
) -> str:
    """What the audit says why of some things."""
    shown = console()
    for name in names:
        shown.print(f"--why {name}", markup=False, highlight=False)
        show_why(explain(report, report.lists, name, seconds=seconds, facts=facts), report, "nearest", shown)
        shown.print()
    return printed(shown)


def spoilt() -> str:
    """What is told of each kind where something else stands under each of its keys."""
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for quote, said in FALSE.items():
            ((kind, body),) = said.items()
            for key in body:
                for other in ("?", [-1]):
                    statement = _SAID | {"id": "said", "holds": [{kind: body | {key: other}}]}
                    file = Path(folder) / "spoilt.yml"
                    file.write_text(json.dumps(COUNTS | {"statements": [statement]}), encoding="utf-8")
                    with pytest.raises(DataError) as caught:
                        load_statements(Path(), file)
                    lines += [
                        f"{quote}: {key} {json.dumps(other)}: {one.rule}\n" for one in caught.value.faults
                    ]
    return "".join(dict.fromkeys(lines))


def of_this_report() -> str:
    """How much work this report is, and how many lines some proofs of its bounds and conflicts have."""
    edition = load_edition()
    report, entries = edition.report, entry_counts(edition.items)
    lines = []
    with work() as done:
        found = audit(report, entries, repair=edition.repair)
        lines += [f"audit: {dict(done)}"]
        assert {one.id for one in found.conflicts} <= {*PROVED}
        for name in PROVED:
            done.clear()
            proofs = explain(report, entries, name, repair=edition.repair).proofs
            lengths = [len([*words.proof_lines(one, report)]) for one in proofs]
            lines += [f"{name}: {lengths}, {dict(done)}"]
    return "\n".join([*lines, ""])


def of_kinds(say: Callable[[Report], str]) -> str:
    return "\n".join(f"=== {quote}\n{with_work(lambda q=quote: say(of_kind(q)))}" for quote in FALSE)


def supposed(report: Report) -> str:
    """What follows from each repair, reading and rounding rule, of each quantity, two sums and each share."""
    model, found = Model(report, report.lists), audit(report, report.lists)
    ways = [(), *(tuple(one.gives_up) for one in found.repairs)]
    names = [one.id for one in report.quantities]
    numbers = [*([one] for one in names), names[:2], [names[0], *names[-2:]]]
    prints = [one.id for one in report.statements if share_in(one.readings[0])]
    every = outcomes(model, ways, [None, *readings_of(report)], [*ROUNDINGS], numbers, prints)
    same: dict[str, list[str]] = {}
    for choice, one in every.items():
        if not one.fits:
            follows = [f"fits: {one.fits}, since {', '.join(map(_named, one.clash))}"]
        else:
            bounds = (f"{' and '.join(n)} {bound}" for n, bound in zip(numbers, one.bounds, strict=True))
            shares = (f"{n}: {b.said} {_listed(b.shares)}" for n, b in zip(prints, one.behind, strict=True))
            follows = [
                "; ".join(bounds),
                *shares,
                f"given up needlessly: {', '.join(map(_named, one.spare))}",
            ]
        same.setdefault("\n".join(map(str.rstrip, follows)), []).append(_chosen(choice))
    return "\n\n".join("\n".join([*choices, follows]) for follows, choices in same.items()) + "\n"


def _chosen(choice: Choice) -> str:
    reading = ":".join(choice.reading) if choice.reading else "literal"
    gone = ", ".join(map(_named, choice.gives_up))
    return f"{choice.rule}, {reading}{' (moot)' if choice.moot else ''}, without {gone or 'nothing'}"


def _named(one: Member) -> str:
    return f"{one.kind} {one.id}{f':{one.reading}' if one.reading else ''}{' (soft)' if one.soft else ''}"


def _listed(shares: Sequence[Share]) -> str:
    return " ".join(f"{one.count}/{one.base}" for one in shares)


def stopped(report: Report) -> str:
    """What the audit prints where its time is over after so many looks at the clock."""

    def say() -> str:
        shown = console()
        show(audit(report, report.lists, seconds=10**6), report, shown)
        return printed(shown)

    return "\n".join(f"=== {looks}\n{_stopped(say, looks)}" for looks in STOPS)


def explained_in_time(report: Report, names: Sequence[str]) -> str:
    """What the audit says why of some things, each with so many looks at the clock."""
    return "\n".join(
        f"=== {looks}\n{_stopped(lambda name=name: explained(report, [name], seconds=10**6), looks)}"
        for name in names
        for looks in STOPS
    )


def _stopped(say: Callable[[], str], looks: int) -> str:
    in_time, left_ = Clock.left, iter(range(looks))

    def left(clock: Clock) -> int:
        if next(left_, None) is None:
            raise Unfinished
        return in_time(clock)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Clock, "left", left)
        return say()


def of_file(name: str) -> Report:
    return load_statements(Path(), TOLD / f"{name}.yml")


def texts() -> Iterator[tuple[str, Callable[[], str]]]:
    """Every text by the name of its file, and what makes it."""
    yield "kinds", lambda: of_kinds(judged)
    yield "kinds-counted", lambda: of_kinds(lambda report: judged(report, COUNTED))
    yield "kinds-spoilt", spoilt
    yield "kinds-why", lambda: of_kinds(lambda report: explained(report, ["said", "C1"]))
    asked_of = ("all", "some", "some=7", "listed", "spent", "opened=2020-07", "said", "sure0")
    yield "counted-why", lambda: with_work(lambda: explained(of_kind(SAID), asked_of, facts=COUNTED))
    yield "this-report", of_this_report
    for name, asked in ASKED.items():
        yield name, lambda name=name: with_work(lambda: told(of_file(name)))
        yield (
            f"{name}-why",
            lambda name=name, asked=asked: with_work(lambda: explained(of_file(name), asked)),
        )
        yield f"{name}-stopped", lambda name=name: stopped(of_file(name))
        yield f"{name}-supposed", lambda name=name: with_work(lambda: supposed(of_file(name)))
        yield (
            f"{name}-why-stopped",
            lambda name=name, asked=asked: explained_in_time(of_file(name), asked),
        )


def made(name: str) -> str:
    """A text as it is now."""
    return dict(texts())[name]()


def kept(name: str) -> str:
    return (TOLD / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.long
def test_a_false_sentence_of_each_kind_is_judged() -> None:
    assert made("kinds") == kept("kinds")


@pytest.mark.long
def test_a_false_sentence_of_each_kind_is_judged_by_released_responses() -> None:
    assert made("kinds-counted") == kept("kinds-counted")


@pytest.mark.long
def test_of_each_kind_it_is_told_what_may_stand_under_its_keys() -> None:
    assert made("kinds-spoilt") == kept("kinds-spoilt")


@pytest.mark.long
def test_a_false_sentence_of_each_kind_is_explained() -> None:
    assert made("kinds-why") == kept("kinds-why")


def test_what_is_counted_is_explained_by_released_responses() -> None:
    assert made("counted-why") == kept("counted-why")


@pytest.mark.parametrize("name", ASKED)
def test_a_report_is_told(name: str) -> None:
    assert made(name) == kept(name)


@pytest.mark.long
@pytest.mark.parametrize("name", ASKED)
def test_a_report_is_explained(name: str) -> None:
    assert made(f"{name}-why") == kept(f"{name}-why")


@pytest.mark.long
def test_this_report_is_as_much_work_and_its_proofs_are_as_long_as_they_were() -> None:
    assert made("this-report") == kept("this-report")


@pytest.mark.long
@pytest.mark.parametrize("name", ASKED)
def test_a_report_is_told_as_far_as_time_allowed(name: str) -> None:
    assert made(f"{name}-stopped") == kept(f"{name}-stopped")


@pytest.mark.parametrize("name", ASKED)
def test_what_would_follow_in_a_report_is_told(name: str) -> None:
    assert made(f"{name}-supposed") == kept(f"{name}-supposed")


@pytest.mark.long
@pytest.mark.parametrize("name", ASKED)
def test_a_report_is_explained_as_far_as_time_allowed(name: str) -> None:
    assert made(f"{name}-why-stopped") == kept(f"{name}-why-stopped")


def test_what_conflicts_are_made_of() -> None:
    found = audit(report := of_file("ours"), report.lists)
    assert {one.needs_ours for one in found.conflicts} == {True}
    alone = found.conflicts[0].model_copy(update={"needs_ours": False})
    some = found.model_copy(update={"conflicts": [alone, *found.conflicts]})
    assert words.clashing(some) == ", and some of them are of statements alone"


@pytest.mark.parametrize(
    ("verdict", "told"),
    [
        ({"verdict": None}, "This is not certain: the search was not finished."),
        (
            {"verdict": "not tested", "severity": None},
            "It names nothing that could have been otherwise.",
        ),
    ],
)
def test_why_a_statement_has_no_other_verdict_is_told(verdict: dict[str, Any], told: str) -> None:
    found = audit(report := of_file("open"), report.lists)
    verdicts = [one.model_copy(update=verdict) for one in found.verdicts]
    known = found.model_copy(update={"verdicts": verdicts})
    assert words.why(report.statements[0], known, report) == told


@pytest.mark.parametrize(
    ("holds", "statements_hold", "told"),
    [
        (True, True, "All 8 statements can be true at once, with everything that is taken for granted."),
        (
            None,
            True,
            "All 8 statements can be true at once. "
            "With everything that is taken for granted this is not known.",
        ),
        (None, None, "Whether these statements can all be true is not known: the search was not finished."),
    ],
)
def test_whether_all_can_be_true_is_told_as_far_as_it_is_known(
    holds: bool | None, statements_hold: bool | None, told: str
) -> None:
    found = audit(report := of_file("open"), report.lists)
    known = found.model_copy(update={"holds": holds, "statements_hold": statements_hold})
    assert words.result(known, report) == told
    assert words.basis(None) == "There is no basis for bounds."


def test_what_a_number_rests_on_names_each_sentence_once() -> None:
    report = of_file("ours")
    members = [
        Member(kind="statement", id="all-answers"),
        Member(kind="statement", id="few-online", soft=True),
        Member(kind="reading", id="few-online", reading="strict", soft=True),
        Member(kind="assumption", id="no-third"),
    ]
    assert words.rests_on(members, report, "more") == (
        "“20 people answered”, “fewer than 12 answered online” read as: at most 11 answered online, "
        "the assumption that there are only paper and online and more"
    )
    assert words.rests_on([], report) == "what is true by construction"


def test_what_is_worked_out_is_words_or_none_of_them() -> None:
    report = of_file("open")
    steps = [
        step
        for name in ("people", "left")
        for proof in explain(report, report.lists, name).proofs
        for step in proof.lines()
    ]
    told = [words.arithmetic(step, report) for step in steps]
    assert {type(one) for one in told} == {str}
    assert "" in told


@pytest.mark.parametrize(
    ("left", "mean", "settles", "told"),
    [
        (0, None, None, "Nothing stays open."),
        (0, (0, 3), 2, "Nothing stays open; it would settle 2 other numbers for certain."),
        (
            1,
            (1, 2),
            1,
            "At worst 1 stays open, on average over the possible answers 0.5; "
            "it would settle one other number for certain.",
        ),
        (2, None, 0, "At worst 2 stay open; it would settle no other number for certain."),
    ],
)
def test_what_an_answer_would_settle_is_told(
    left: int, mean: tuple[int, int] | None, settles: int | None, told: str
) -> None:
    ask = Ask(quantity="a", question="How many?", open=left, expected=mean, settles=settles)
    assert words.effect(ask) == told


def test_the_reports_say_that_they_are_made_up_and_each_text_is_compared() -> None:
    for path in TOLD.glob("*.yml"):
        title = yaml.safe_load(path.read_text(encoding="utf-8"))["title"]
        assert title.endswith("made up, for tests only")
    names = {path.name for path in TOLD.iterdir()}
    assert names == {f"{name}.yml" for name in ASKED} | {f"{name}.txt" for name, _ in texts()}


if __name__ == "__main__":
    for name, make in texts():
        (TOLD / f"{name}.txt").write_text(make(), encoding="utf-8")
        print(f"wrote tests/told/{name}.txt")
