"""What data/cases/ says comes out again, and the cases are what they are said to be.

The published cases are recomputed in full. Of the drawn surveys those whose respondents ``drawn.csv`` holds
are printed and audited again; where statsmodels is installed it is checked that they were drawn as recorded.
"""

import csv
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

import cases
import samples
from keepinpact.audit import audit, search
from keepinpact.data import CASES, DataError, load_cases
from keepinpact.numbers import Bound, Percentage, Share
from keepinpact.paths import ROOT
from keepinpact.stats import wilson
from oracles import prints

SURVEYS = load_cases("surveys")
SLIPS = load_cases("slips")
KEPT = cases.drawn()


def recorded(name: str) -> str:
    return (ROOT / CASES[name]).read_text(encoding="utf-8")


def rows(name: str, **where: str) -> list[list[str]]:
    table = load_cases(name)
    for column, value in where.items():
        table = table[table[column] == value]
    return table.to_numpy().tolist()


@pytest.mark.long
def test_the_published_cases_come_out_again() -> None:
    assert cases.written("published", cases.published()) == recorded("published")
    assert {row[3] == row[4] for row in rows("published")} == {True}


def test_the_published_groups_are_what_brute_force_gives() -> None:
    """Every size of every group is tried, with the printed percentages rounded by decimal arithmetic."""

    def fits(size: int, shares: tuple[str, ...]) -> bool:
        first, second = (Percentage.parse(share).units for share in shares)
        return any(
            first in prints("nearest", k, size, 1) and second in prints("nearest", size - k, size, 1)
            for k in range(size + 1)
        )

    alone = [[n for n in range(1, cases.TOTAL + 1) if fits(n, shares)] for shares, _ in cases.GROUPS.values()]
    together = [sizes for sizes in product(*alone) if sum(sizes) == cases.TOTAL]
    for place, (group, (_, sizes)) in enumerate(cases.GROUPS.items()):
        possible = {one[place] for one in together}
        assert possible == set(sizes), group
        assert sorted(possible) == [int(n) for n in rows("published", what=group)[0][4].split(" or ")]


@pytest.mark.parametrize("name", cases.RECORDS)
def test_a_typing_error_in_a_record_is_named(name: str) -> None:
    found = audit(cases.record(cases.RECORDS[name]), {})
    assert found.complete
    assert found.statements_hold is False
    wrong = {f"x{i + 1}.printed" for i in range(11) if cases.RECORDS[name][i] != cases.RIGHT[i]}
    assert [{one.id for one in repair.gives_up} for repair in found.repairs[:1]] == [wrong]
    assert audit(cases.record(cases.RIGHT), {}).holds


def test_the_examples_of_grim_come_out_again() -> None:
    assert list(cases.grim()) == [row[:-1] for row in rows("grim")]
    for _, _, _, rounding, published, ours, _ in rows("grim"):
        assert published == ours or (rounding, published, ours) == ("even", "yes", "no")


@pytest.mark.long
def test_the_samples_come_out_again() -> None:
    """The audit's own answers are tried in ``test_grim``."""
    for row, (*case, published, ours, brute, scrutipy) in zip(samples.ROWS, rows("samples"), strict=True):
        assert [*case, published] == list(row.values())
        assert published == ours == brute == cases.yes(samples.exists(row))
        assert scrutipy in (published, "none")


@pytest.mark.skipif(find_spec("scrutipy") is None, reason="scrutipy is not installed; make cases has it")
def test_scrutipy_says_what_is_recorded() -> None:
    for name in ("grim", "samples"):
        assert cases.beside(name, [row[:-1] for row in rows(name)]) == rows(name)


def test_true_reports_hold_and_every_bound_contains_the_truth() -> None:
    assert len(SURVEYS) >= 300
    assert set(SURVEYS["holds"]) == {"yes"}
    assert (SURVEYS["within"] == SURVEYS["bounds"]).all()


def test_every_survey_is_printed_at_every_amount_and_slips_are_of_every_kind() -> None:
    for table, kinds in ((SURVEYS, 1), (SLIPS, len(cases.SLIPS))):
        counts = table.groupby("survey")["amount"].value_counts()
        assert set(counts) == {kinds}
        assert set(table["amount"]) == set(cases.AMOUNTS)
    assert SURVEYS["respondents"].astype(int).between(*cases.SIZES).all()


def test_a_slip_alone_is_a_smallest_repair_wherever_it_is_found() -> None:
    found = SLIPS[SLIPS["found"] == "yes"]
    assert set(found["named"]) == {"yes"}
    # What a look at each number finds is found by the whole audit too.
    assert set(SLIPS.loc[SLIPS["alone"] == "yes", "found"]) == {"yes"}
    little = SLIPS[SLIPS["amount"] == "little"]
    assert (little["alone"] == little["found"]).all(), "the page says that no more is found"
    # The more is printed, the more is found.
    often = [(SLIPS.loc[SLIPS["amount"] == one, "found"] == "yes").mean() for one in cases.AMOUNTS]
    assert often == sorted(often)


@pytest.mark.parametrize("survey", KEPT)
@pytest.mark.parametrize("amount", cases.AMOUNTS)
def test_kept_surveys_come_out_again(survey: int, amount: str) -> None:
    whole = cases.printed(KEPT[survey], amount)
    assert [cases.survey_row(survey, amount, whole)] == rows("surveys", survey=str(survey), amount=amount)


@pytest.mark.long
@pytest.mark.parametrize(("survey", "amount"), [(1, "little"), (2, "little"), (3, "little"), (3, "some")])
def test_slips_in_kept_surveys_come_out_again(survey: int, amount: str) -> None:
    whole = cases.printed(KEPT[survey], amount)
    found = [cases.slip_row(survey, amount, made) for made in cases.slips_of(survey, amount, whole)]
    assert found == rows("slips", survey=str(survey), amount=amount)


def test_a_slip_where_much_is_printed_comes_out_again() -> None:
    whole = cases.printed(KEPT[3], "much")
    made = next(cases.slips_of(3, "much", whole))
    assert cases.slip_row(3, "much", made) == rows("slips", survey="3", amount="much", kind=made.kind)[0]


@pytest.mark.long
def test_a_whole_audit_says_the_same_as_the_part_of_it_that_was_run() -> None:
    whole = cases.printed(KEPT[1], "little")
    found = audit(whole.report(), {}, rounding="nearest")
    assert found.holds
    assert all(one.bound == bound_of(whole, one.quantity) for one in found.bounds)
    made = next(cases.slips_of(1, "little", whole))
    (row,) = rows("slips", survey="1", amount="little", kind=made.kind)
    slipped = audit(made.copy.report(), {}, rounding="nearest")
    assert cases.yes(slipped.can_be_true is False) == row[8]
    assert str(len(slipped.smallest)) == row[10]
    assert cases.yes([one.id for one in slipped.repairs[0].gives_up] == [made.statement]) == row[12]


def bound_of(whole: cases.Printed, name: str) -> Bound:
    return cases.literal(cases.Model(whole.report(), {}), "nearest").bounds()[name]


@pytest.mark.long
@pytest.mark.parametrize("kind", cases.SLIPS)
def test_the_audits_own_limit_leads_to_the_same_smallest_repairs(kind: str, monkeypatch) -> None:
    whole = cases.printed(KEPT[3], "some")
    made = cases.slip(whole, kind, "slip 3 some")
    soon = cases.slip_row(3, "some", made)
    assert cases.QUESTIONS < search._MOST_QUESTIONS
    monkeypatch.setattr(cases, "QUESTIONS", search._MOST_QUESTIONS)
    late = cases.slip_row(3, "some", made)
    complete = 9
    assert late[complete] == "yes"
    assert [*late[:complete], *late[complete + 1 :]] == [*soon[:complete], *soon[complete + 1 :]]


def test_what_a_report_prints_is_true_and_what_a_slip_prints_is_false() -> None:
    for survey, respondents in KEPT.items():
        for amount in cases.AMOUNTS:
            whole = cases.printed(respondents, amount)
            for name, (words, holds) in whole.statements.items():
                if text := cases.number(holds):
                    assert whole.true(holds), name
                    assert text in words
            for made in cases.slips_of(survey, amount, whole):
                changed = {
                    name
                    for name, one in made.copy.statements.items()
                    if one != whole.statements[name]
                }  # fmt: skip
                assert changed == {made.statement}
                assert not whole.true(made.copy.statements[made.statement][1])
                assert made.was != made.is_
                if made.kind == "swap":
                    assert sorted(made.was) == sorted(made.is_)
                if made.kind == "digit":
                    assert sum(a != b for a, b in zip(made.was, made.is_, strict=True)) == 1


def test_a_percentage_that_is_none_of_its_base_is_seen_alone() -> None:
    counts = {"answers": 25, "party.democrat": 11}

    def said(share: str) -> cases.Printed:
        holds = {"share": {"of": "party.democrat", "base": "answers", "is": share}}
        count = {"count": {"of": "answers", "is": 25}}
        return cases.Printed(counts, {"a": ("25 answers", count), "b": (share, holds)})

    assert not cases.impossible_alone(said("44%"))
    assert cases.impossible_alone(said("45%"))


@pytest.mark.skipif(
    find_spec("statsmodels") is None, reason="statsmodels is not installed; make cases has it"
)
def test_the_kept_surveys_were_drawn_as_recorded() -> None:
    everyone = cases.answers()
    for survey, respondents in KEPT.items():
        assert cases.draw(everyone, survey) == respondents


def test_a_survey_has_as_many_people_as_recorded() -> None:
    assert len(KEPT) == cases.KEPT
    for survey, respondents in KEPT.items():
        assert {row[2] for row in rows("surveys", survey=str(survey))} == {str(len(respondents))}
        counts = cases.counted(respondents)
        for item, (_, values) in cases.ITEMS.items():
            assert sum(counts[f"{item}.{value}"] for value in values) == len(respondents)


@pytest.mark.parametrize(
    ("name", "column", "value", "rule"),
    [
        ("slips", "named", "", "is given where the slip was found"),
        ("surveys", "within", "31", "is at most all bounds"),
        ("surveys", "holds", "perhaps", ""),
    ],
)
def test_faults_of_the_recorded_tables(tree, name: str, column: str, value: str, rule: str) -> None:
    path = tree / CASES[name]
    with path.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    row = next(i for i, one in enumerate(table) if one.get("found", "yes") == "yes")
    table[row][column] = value
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, table[0])
        writer.writeheader()
        writer.writerows(table)
    with pytest.raises(DataError) as caught:
        load_cases(name, tree)
    (fault,) = caught.value.faults
    assert (fault.row, fault.column, fault.value) == (row + 2, column, value)
    assert rule in fault.rule


def test_the_page_shows_what_the_tables_hold(html: Path) -> None:
    page = BeautifulSoup((html / "chapters/cases.html").read_text(encoding="utf-8"), "html.parser").article
    shown = " ".join(page.get_text(" ").split())
    bounds, within = (SURVEYS[column].astype(int).sum() for column in ("bounds", "within"))
    assert f"Of {bounds} bounds {bounds - within} miss the truth" in shown
    assert f"of {len(SURVEYS)} true reports it says of 0 that they cannot be true" in shown.lower()
    for amount in cases.AMOUNTS:
        block = SLIPS[SLIPS["amount"] == amount]
        found = block[block["found"] == "yes"]
        for share in (Share(len(found), len(block)), Share(int((found["top"] == "yes").sum()), len(found))):
            assert str(share) in shown
    cells = [[cell.get_text() for cell in row.select("td")] for row in page.select("table")[-1].select("tr")]
    repairs = [row for row in cells if len(row) == 8]
    groups = SLIPS[SLIPS["found"] == "yes"].groupby(["amount", "kind"])
    expected = {key: (len(block), (block["top"] == "yes").sum()) for key, block in groups}
    assert {(row[0], row[1]): int(row[2]) for row in repairs} == {key: n for key, (n, _) in expected.items()}
    for row in repairs:
        n, top = expected[row[0], row[1]]
        assert row[4] == Share(int(top), n).percent()


def test_wilsons_interval() -> None:
    """Newcombe 1998, Statistics in Medicine 17, method 3."""
    assert wilson(Share(81, 263)) == (25, 37)
    assert wilson(Share(15, 148)) == (6, 17)
    assert wilson(Share(0, 20)) == (0, 17)
    assert wilson(Share(1, 29)) == (0, 18)
    assert wilson(Share(20, 20)) == (83, 100)
