"""Why: every step of a proof follows from what it names, and a proof ends in what it shows."""

import json
from itertools import pairwise
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepinpact.__main__ import main
from keepinpact.audit import Model, literal, share_in, words
from keepinpact.audit.solver import Unfinished
from keepinpact.audit.values import ANY, Values, both, each, left_by, only, size, values, within, without
from keepinpact.audit.whole import audit
from keepinpact.audit.why import Case, Explanation, Proof, UnknownName, explain, why_in, why_share
from keepinpact.book.results import json_schema
from keepinpact.data import ROOT, entry_counts, load_statements
from keepinpact.numbers import ROUNDINGS
from keepinpact.statements.constraints import CONSTRAINT
from made import NAMES, Holds, constraints, holds, made, systems
from proofs import Checker

LUNCH = ROOT / "examples/lunch-survey.yml"


# Sets of values

span = st.tuples(st.integers(0, 12), st.one_of(st.none(), st.integers(0, 14)))
sets = st.lists(span, max_size=4).map(values)


def members(some: Values) -> set[int]:
    return {
        value for value in range(40) for low, high in some if low <= value and (high is None or value <= high)
    }


@given(one=sets, other=sets)
def test_sets_of_values_are_sets(one: Values, other: Values) -> None:
    assert members(both(one, other)) == members(one) & members(other)
    assert members(without(one, other)) == members(one) - members(other)
    assert within(one, other) == (members(one) <= members(other))
    assert size(one) in (None, len(members(one)))
    for (_, high), (low, _) in pairwise(one):
        assert high is not None
        assert high + 1 < low
    assert members(only(*members(both(one, ((0, 20),))))) == members(one) & set(range(21))


@pytest.mark.long
@settings(max_examples=300)
@given(
    cases=st.lists(st.lists(constraints(NAMES, words=True), min_size=1, max_size=2), min_size=1, max_size=2),
    known=st.data(),
)
def test_what_is_left_holds_every_solution(cases: list[list[Holds]], known: st.DataObject) -> None:
    rule = known.draw(st.sampled_from(sorted(ROUNDINGS)))
    start = {name: known.draw(st.sampled_from([((0, 4),), ((1, 1), (3, 4)), ((2, 2),)])) for name in NAMES}
    lines = tuple(
        tuple(line for one in case for line in CONSTRAINT.validate_python(one).linears(ROUNDINGS[rule]))
        for case in cases
    )
    found = left_by(lines, start)
    solutions = [
        dict(zip(NAMES, (a, b, c), strict=True))
        for a in members(start["a"])
        for b in members(start["b"])
        for c in members(start["c"])
    ]
    fit = [v for v in solutions if any(all(holds(one, v, rule) for one in case) for case in cases)]
    if found is None:
        assert fit == []
    else:
        for name in NAMES:
            assert {v[name] for v in fit} <= members(found[name]) <= members(start[name])


# Proofs

ASKED = [
    "answers", "answers.survey1", "answers.survey1=27", "answers.survey2", "staff", "staff.answered",
    "country.blank", "country.other", "frameworks.blank", "frameworks.some.survey1", "levels.blank",
    "project.last", "project.duration", "C1", "C2", "statement:answers", "statement:countries",
    "frameworks", "organisations", "countries.unlisted",
]  # fmt: skip


@pytest.fixture(scope="module")
def explained(edition: Any) -> dict[str, Explanation]:
    entries = entry_counts(edition.items)
    return {name: explain(edition.report, entries, name, repair=edition.repair) for name in ASKED}


@pytest.mark.long
@pytest.mark.parametrize("asked", ASKED)
def test_every_proof_for_this_report_proves(explained: Any, edition: Any, asked: str) -> None:
    checker = Checker(edition.report, entry_counts(edition.items))
    found = explained[asked]
    assert found.not_known == []
    assert found.proofs
    for proof in found.proofs:
        assert checker.faults(proof) == []


@pytest.mark.long
def test_a_bound_is_shown_at_both_ends_and_in_its_gaps(explained: Any) -> None:
    found = explained["answers.survey1"]
    assert found.bound is not None
    shown: Values = ANY
    for proof in found.proofs:
        assert proof.shows is not None
        assert proof.supposed == []
        shown = both(shown, values(proof.shows.values))
    assert members(shown) == set(found.bound.values)


@pytest.mark.long
def test_27_respondents_are_impossible_in_a_few_words(explained: Any, edition: Any) -> None:
    (proof,) = explained["answers.survey1=27"].proofs
    first, rests_on, rounded, *steps = [line for _, line in words.proof_lines(proof, edition.report)]
    assert "answers to survey 1: 27 (16 of 27 is 59 % and 17 of 27 is 63 %)" in first
    assert "61% of the respondents" in rests_on
    assert rounded == "Printed numbers are read as rounded to the nearest, either way at a tie."
    assert len(steps) == 3


@pytest.mark.long
def test_what_is_possible_is_shown_by_a_data_set(edition: Any) -> None:
    entries = entry_counts(edition.items)
    found = explain(edition.report, entries, "answers.survey1=23", repair=edition.repair)
    assert found.possible
    assert found.data_set is not None
    assert found.data_set["answers.survey1"] == 23
    assert found.proofs == []
    kept = {one.id for one in edition.report.statements} - set(edition.repair.gives_up)
    for statement in edition.report.statements:
        if statement.id in kept:
            assert any(
                all(holds_written(one, found.data_set) for one in reading.holds)
                for reading in statement.readings
            )


def holds_written(constraint: Any, counts: dict[str, int]) -> bool:
    written = constraint.model_dump(by_alias=True, exclude_none=True)
    return holds({written.pop("kind"): written}, counts)


@pytest.mark.long
@pytest.mark.parametrize("rule", ["nearest", "truncated", "nearest 5"])
def test_every_proof_for_the_example_proves(rule: str) -> None:
    report = load_statements(file=LUNCH)
    checker = Checker(report, report.lists, rule=rule)
    asked = [one.id for one in report.quantities] + [f"statement:{one.id}" for one in report.statements]
    proved = 0
    for name in [*asked, "answers=3", "online.answered=21"]:
        found = explain(report, report.lists, name, rounding=rule)
        assert found.not_known == [], name
        for proof in found.proofs:
            assert checker.faults(proof) == [], (name, proof)
            proved += 1
    assert proved > 10


@pytest.mark.long
@settings(max_examples=80)
@given(system=systems(most=4), rule=st.sampled_from(sorted(ROUNDINGS)), limited=st.booleans())
def test_every_proof_for_any_report_proves(system: list[Holds], rule: str, limited: bool) -> None:
    report = made(system, top=6 if limited else None)
    checker = Checker(report, {}, rule=rule)
    asked = [*NAMES, "a=2", *[one.id for one in audit(report, {}, rounding=rule).conflicts]]
    for name in asked:
        found = explain(report, {}, name, rounding=rule)
        for proof in found.proofs:
            assert checker.faults(proof) == [], (name, proof)
            for line in proof.lines():
                assert brute(line, report, rule), line


def test_proofs_from_words_a_table_and_a_scale_prove() -> None:
    said: list[Holds] = [
        {"share": {"of": "a", "base": "b", "is": "one in three"}},
        {"share": {"of": "a", "base": "b", "more_than": "1/3"}},
        {"mean": {"of": {1: "a", 2: "b"}, "is": "1.7"}},
        {"sd": {"of": {1: "a", 2: "b"}, "n": 10, "is": "0.5"}},
    ]
    report = made(said, top=None)
    checker = Checker(report, {})
    proved = 0
    for name in ["a", "b", "a=4", *[f"statement:s{i}" for i in range(len(said))]]:
        for proof in explain(report, {}, name).proofs:
            assert checker.faults(proof) == [], name
            proved += 1
    assert proved
    cannot = made([{"count": {"of": "a", "is": 6}}, {"count": {"of": "b", "is": 7}}, said[0]], top=None)
    (proof,) = explain(cannot, {}, "C1").proofs
    assert Checker(cannot, {}).faults(proof) == []
    assert "taken as from 2 in 7 to 2 in 5" in " ".join(line for _, line in words.proof_lines(proof, cannot))


def brute(step: Any, report: Any, rule: str, top: int = 7) -> bool:
    """Whether a step holds for all small counts, in plain arithmetic."""
    parts = {one.id: [one.holds] for one in [*report.definitions, *report.assumptions]}
    parts |= {one.id: [reading.holds for reading in one.readings] for one in report.statements}
    if any(one.kind not in ("statement", "reading", "assumption", "definition") for one in step.by):
        return True
    for a in range(top):
        for b in range(top):
            for c in range(top):
                counts = {"a": a, "b": b, "c": c}
                if not all(counts[one.quantity] in members(values(one.values)) for one in step.given):
                    continue
                if all(
                    any(all(holds_rule(one, counts, rule) for one in reading) for reading in parts[source.id])
                    for source in step.by
                ) and (
                    step.leaves is None
                    or counts[step.leaves.quantity] not in members(values(step.leaves.values))
                ):
                    return False
    return True


def holds_rule(constraint: Any, counts: dict[str, int], rule: str) -> bool:
    written = constraint.model_dump(by_alias=True, exclude_none=True)
    return holds({written.pop("kind"): written}, counts, rule)


def test_most_bounds_of_any_report_are_proved() -> None:
    tried = proved = 0

    @settings(max_examples=40)
    @given(system=systems(most=4))
    def look(system: list[Holds]) -> None:
        nonlocal tried, proved
        for name in NAMES:
            found = explain(made(system), {}, name)
            tried += len(found.proofs) + len(found.not_known)
            proved += len(found.proofs)

    look()
    assert proved > 0.97 * tried > 60


# Planted faults


def spoiled(proof: Proof) -> dict[str, Proof]:
    """The same proof with one thing wrong in it."""
    found: dict[str, Proof] = {}

    def put(name: str, place: int, **changed: Any) -> None:
        steps = list(proof.steps)
        steps[place] = steps[place].model_copy(update=changed)
        found[name] = proof.model_copy(update={"steps": steps})

    for place, step in enumerate(proof.steps):
        if step.leaves is not None:
            (low, high), *rest = step.leaves.values
            if high is None or high > low:
                narrower = step.leaves.model_copy(update={"values": [(low + 1, high), *rest]})
                put(f"narrower {place}", place, leaves=narrower)
        else:
            put(f"ends in nothing {place}", place, leaves=proof.steps[0].leaves)
        if step.given:
            put(f"given left out {place}", place, given=step.given[1:])
            other = step.given[0].model_copy(update={"values": [(0, 0)]})
            put(f"given otherwise {place}", place, given=[other, *step.given[1:]])
        put(f"by nothing {place}", place, by=[])
    found["a source left out"] = proof.model_copy(update={"rests_on": proof.rests_on[1:]})
    found["a source too many"] = proof.model_copy(
        update={
            "rests_on": [
                *proof.rests_on,
                proof.rests_on[0].model_copy(update={"kind": "statement", "id": "levels"}),
            ]
        }
    )
    return found


@pytest.mark.long
def test_the_checker_finds_every_planted_fault(explained: Any, edition: Any) -> None:
    checker = Checker(edition.report, entry_counts(edition.items))
    (proof,) = explained["answers.survey1=27"].proofs
    wrong = spoiled(proof)
    assert len(wrong) > 8
    for name, one in wrong.items():
        assert checker.faults(one), name
    # A bound whose end is shown one too narrow, and a case that is left out.
    low = explained["answers.survey1"].proofs[0]
    narrower = low.model_copy(update={"shows": low.shows.model_copy(update={"values": [(19, None)]})})
    assert checker.faults(narrower)
    split = next(p for p in explained["C1"].proofs if p.cases)
    assert checker.faults(split.model_copy(update={"cases": split.cases[1:]}))
    gaps = next(p for p in explained["answers.survey1"].proofs if p.cases)
    (case,) = gaps.cases
    fewer = case.supposed.model_copy(update={"values": case.supposed.values[1:]})
    assert checker.faults(gaps.model_copy(update={"cases": [case.model_copy(update={"supposed": fewer})]}))


# What is asked, and what comes out


def test_what_is_not_there_is_said_to_be_unknown() -> None:
    report = load_statements(file=LUNCH)
    for asked in (
        "ghost",
        "ghost=3",
        "answers=-1",
        "answers=x",
        "answers=",
        "C9",
        "C",
        "statement:ghost",
        "",
        "answers=9999999999999999",
    ):
        with pytest.raises(UnknownName):
            explain(report, report.lists, asked)


def test_what_takes_too_long_is_not_known() -> None:
    report = load_statements(file=LUNCH)
    for asked in ("answers", "answers=3", "online.answered"):
        found = explain(report, report.lists, asked, seconds=1e-6)
        assert found.not_known
        assert found.proofs == []


def test_of_what_was_not_found_in_time_it_is_not_said_that_it_is_not_there(
    capsys: pytest.CaptureFixture[str],
) -> None:
    late = ["audit", "--statements", str(LUNCH), "--time-limit", "0.000001"]
    for more, told in (
        (["--why", "C1"], "Not known: whether there is a conflict C1, since the search was not finished"),
        (["--why", "answers=3"], "Not known: whether answers=3"),
        (["--why", "paper-buyers"], "Not known: the verdict, since"),
        (
            ["--repair", "R1"],
            "not known: the search for repairs ended without R1 before",
        ),
        (["--repair", "R1", "--why", "C1"], "not known: the search for repairs ended without R1"),
    ):
        assert main([*late, *more]) == 3
        assert told in " ".join("".join(capsys.readouterr()).split())
    for more in (["--repair", "1"], ["--repair", "R1x"], ["--repair", "R0"], ["--why", "C"], ["--why", "C0"]):
        assert main([*late, *more]) == 2
        assert "that the audit finds" in capsys.readouterr().err
    for more in (["--repair", "R99"], ["--why", "C99"]):
        assert main([*late[:-2], *more]) == 2
        assert "that the audit finds" in capsys.readouterr().err


def test_what_the_solver_gives_up_is_said_without_a_time_limit_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def given_up(*_: object) -> None:
        raise Unfinished("the solver gave up")

    monkeypatch.setattr(Model, "parts", given_up)
    assert main(["audit", "--statements", str(LUNCH)]) == 3
    assert capsys.readouterr().err.startswith("not known: the solver gave up before")


def test_values_without_end_are_not_gone_through() -> None:
    assert list(each(((0, 1), (3, 4)))) == [0, 1, 3, 4]
    with pytest.raises(ValueError, match=r"^there is no end to these values$"):
        list(each(((0, 1), (3, None))))


def test_of_a_percentage_of_a_sum_it_is_not_shown_why_no_other_shares_fit() -> None:
    report = made([{"share": {"of": ["a", "b"], "base": "c", "is": "50%"}}])
    share = share_in(report.statements[0].readings[0])
    assert share is not None
    data_sets = literal(Model(report, {}))
    assert why_share(data_sets, share, data_sets.shares(share) or []) == [None]


def test_nothing_is_proved_of_what_is_so() -> None:
    data_sets = literal(Model(made([{"count": {"of": "a", "is": 2}}]), {}))
    with pytest.raises(ValueError, match="forces"):
        why_in(data_sets, "a", ((3, None),))
    with pytest.raises(ValueError, match="every value"):
        why_in(data_sets, "a", ANY)


def test_the_command_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    mended = ["audit", "--statements", str(LUNCH), "--repair", "R1"]
    assert main([*mended, "--why", "online.answered=12"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "online.answered=12 (answers online that say how) is impossible." in printed
    assert main([*mended, "--why", "online.answered"]) == 0
    assert "step 1" in capsys.readouterr().out
    assert main(["audit", "--statements", str(LUNCH), "--why", "ghost"]) == 2
    assert "no quantity" in capsys.readouterr().err
    assert main(["audit", "--statements", str(LUNCH), "--why", "answers", "--time-limit", "0.000001"]) == 3
    assert "Not known" in capsys.readouterr().out
    assert main(["audit", "--statements", str(LUNCH), "--why", "C1", "--json"]) == 0
    found = Explanation.model_validate_json(capsys.readouterr().out)
    assert (found.kind, found.conflicts) == ("conflict", ["C1"])


@pytest.mark.long
def test_the_json_fits_its_schema(explained: Any) -> None:
    schema = json_schema(Explanation)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for found in explained.values():
        validator.validate(json.loads(found.model_dump_json()))
        assert Explanation.model_validate_json(found.model_dump_json()) == found
    content = json.loads(explained["answers"].model_dump_json())
    for key in content:
        assert not validator.is_valid({name: one for name, one in content.items() if name != key}), key
    for name, one in [("", schema), *schema["$defs"].items()]:
        assert one["title"], name
        assert one["description"], name


@pytest.mark.long
def test_every_line_can_be_read(explained: Any, edition: Any) -> None:
    for found in explained.values():
        for line in words.explanation(found, edition.report):
            assert line.endswith((".", ":"))
        for proof in found.proofs:
            for depth, line in words.proof_lines(proof, edition.report):
                assert depth >= 0
                assert line.endswith(".")
                assert "None" not in line


@pytest.mark.long
def test_a_case_says_what_it_supposes(explained: Any) -> None:
    def look(cases: list[Case]) -> None:
        for case in cases:
            assert (case.supposed is None) != (case.read is None)
            look(case.cases)

    for found in explained.values():
        for proof in found.proofs:
            look(proof.cases)


@pytest.mark.parametrize("stands", ["statement", "assumption", "definition"])
@pytest.mark.parametrize(
    "said", [{"share": {"of": "a", "base": "b", "is": "61%"}}, {"count": {"of": "a", "is": 3}}]
)
def test_a_proof_says_by_which_rule_numbers_are_read_where_it_rests_on_one(stands: str, said: Holds) -> None:
    counts: list[Holds] = [{"at_most": {"each": "b", "is": 20}}]
    match stands:
        case "statement":
            report = made([*counts, said], top=None)
        case "assumption":
            report = made(counts, top=None, assumptions=[said])
        case _:
            definition = {"id": "d", "says": "so it is", "holds": [said]}
            report = made(counts, top=None, definitions=[definition])
    found = explain(report, {}, "a=15")
    told = [line for proof in found.proofs for _, line in words.proof_lines(proof, report, "truncated")]
    assert told
    assert ("Printed numbers are read as rounded down throughout." in told) == ("share" in said)
