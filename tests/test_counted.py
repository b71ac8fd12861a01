"""What is counted in released responses, against the counts that these were made of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from keepinpact import findings
from keepinpact.audit import DataSets
from keepinpact.data import Edition, load_edition
from keepinpact.findings import audited, implied, private
from keepinpact.findings.counted import holds
from keepinpact.findings.implied import counted_share
from keepinpact.numbers import Share
from keepinpact.privacy import settled_by_counts, withheld
from keepinpact.receipt import Receipt
from keepinpact.statements.constraints import CONSTRAINT
from keepinpact.statements.report import Quantity, Statement
from keepinpact.stats import facts
from simulated import CONTRADICTING, copy_of_the_project

BLANKS = "levels", "2"
"""An item that some left blank, in a survey."""


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    return load_edition(copy_of_the_project(tmp_path_factory.mktemp("released"), CONTRADICTING))


def given(item: str, *waves: str) -> Counter[str]:
    """How often each value was given, blanks left out."""
    found: Counter[str] = Counter()
    for wave, counts in CONTRADICTING.given[item].items():
        if wave in (waves or {"1", "2"}):
            found.update({value: often for value, often in counts.items() if value})
    return found


def answering(item: str, *waves: str) -> int:
    """How many people gave an answer."""
    people = {(wave, who) for wave, what, who, value in CONTRADICTING.rows() if what == item and value}
    return sum(wave in (waves or {"1", "2"}) for wave, _ in people)


def label(edition: Edition, item: str, value: str) -> str:
    codes = edition.codebook[edition.codebook["variable"] == item]
    return str(codes.set_index("code")["label"][value])


def cells(finding: findings.Finding) -> list[list[str]]:
    """The rows of a table, its head first."""
    head, _, *lines = str(finding).replace("\\", "").splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in (head, *lines)]


def lines(finding: findings.Finding) -> set[int]:
    """The lines of released.csv that a number is counted in."""
    return {
        line
        for receipt in finding.receipts
        for source in receipt.source  # type: ignore[union-attr]
        for line in range(source.lines[0], source.lines[1] + 1)
    }


def rows(item: str, *waves: str) -> set[int]:
    """The lines in which answers to an item stand, blanks among them."""
    every = enumerate(CONTRADICTING.rows(), start=2)
    return {line for line, one in every if one[1] == item and one[0] in (waves or ("1", "2"))}


@pytest.mark.parametrize(("item", "wave"), [BLANKS, ("levels", "1"), ("country", "1")])
def test_how_many_answered(released: Edition, item: str, wave: str) -> None:
    found = findings.respondents(released, item, wave)
    assert found.text == str(answering(item, wave))


@pytest.mark.parametrize(
    ("item", "wave"),
    [("country", None), ("country", "2"), ("training", None), ("diploma", "1"), ("added_value", "1")],
)
def test_the_most_frequent_answer(released: Edition, item: str, wave: str | None) -> None:
    waves = [wave] if wave else []
    often, base = given(item, *waves), answering(item, *waves)
    most = max(often.values())
    (leading,) = [value for value in often if often[value] == most]
    found = findings.leading(released, item, wave)
    share = f"{(200 * most + base) // (2 * base)} % ({most} of {base})"
    assert found.text == f"“{label(released, item, leading)}”: {share}"
    assert [(one.count, one.base, one.measure) for one in found.receipts] == [
        (most, base, "most frequent answer")
    ]
    assert [one.text for one in found.receipts] == [found.text]
    assert lines(found) == rows(item, *waves)


def with_rows(edition: Edition, rows: pd.DataFrame) -> Edition:
    """An edition with other rows in place of its own."""
    rows.attrs = edition.responses.table.attrs
    return replace(edition, responses=replace(edition.responses, table=rows))


def tied_on_staff(edition: Edition) -> Edition:
    """An edition of nothing but five answers of each kind on dedicated staff."""
    table = edition.responses.table
    return with_rows(edition, table[table["item"] == "staff"].groupby("value", observed=True).head(5))


def test_answers_that_are_equally_frequent_are_all_named(released: Edition) -> None:
    tied = tied_on_staff(released)
    labels = [f"“{label(released, 'staff', value)}”" for value in ("yes", "no")]
    assert findings.leading(tied, "staff").text == f"{' and '.join(labels)}: 50 % (5 of 10) each"


def test_who_has_a_majority_of_all_who_were_asked(released: Edition) -> None:
    often = given("country").most_common()
    asked, named, before = sum(CONTRADICTING.size.values()), [], 0
    for value, count in often:
        if 2 * before <= asked:
            named.append(label(released, "country", value))
        before += count
    assert findings.majority(released, "country").text == f"{', '.join(named[:-1])} and {named[-1]}"


def test_half_of_all_are_no_majority_yet(released: Edition) -> None:
    labels = {label(released, "staff", value) for value in ("yes", "no")}
    assert set(findings.majority(tied_on_staff(released), "staff").text.split(" and ")) == labels


def test_of_nobody_there_is_no_share(released: Edition) -> None:
    assert not {"MT", "EE"} & given("country").keys()
    edition = saying(released, {"share": {"of": "country.MT", "base": "country.EE", "is": "100%"}})
    assert counted_share(edition, findings.fitting(edition), "more") is None


@pytest.mark.parametrize(("item", "wave"), [("training", None), BLANKS, ("staff", "1")])
def test_the_share_of_each_answer(released: Edition, item: str, wave: str | None) -> None:
    waves = [wave] if wave else []
    often, base = given(item, *waves), answering(item, *waves)
    found = findings.shares_of(released, item, wave, "Answer")
    assert {row[0]: row[1] for row in cells(found)[1:]} == {
        label(released, item, value): f"{(200 * count + base) // (2 * base)} % ({count} of {base})"
        for value, count in often.items()
    }
    assert {one.measure for one in found.receipts} == {f"answers to {item}"}
    assert lines(found) == rows(item, *waves)


@pytest.mark.parametrize(("statement", "item", "value", "wave"), [("staff", "staff", "yes", "1")])
def test_a_printed_share_is_counted(
    released: Edition, statement: str, item: str, value: str, wave: str
) -> None:
    found = counted_share(released, findings.fitting(released), statement)
    assert found is not None
    (receipt,) = found.receipts
    assert (receipt.count, receipt.base) == (given(item, wave)[value], answering(item, wave))
    assert receipt.statements == [statement]


def saying(edition: Edition, holds: dict[str, Any], *quantities: dict[str, Any]) -> Edition:
    """An edition whose report says one thing more, as ``more``."""
    report = edition.report
    said = {"section": report.sections[0].id, "quote": "so it is", "says": "so it is"}
    known = [*report.quantities, *(Quantity.model_validate({"says": one["id"], **one}) for one in quantities)]
    more = Statement.model_validate({"id": "more", **said, "holds": [holds]})
    changed = report.model_copy(update={"quantities": known, "statements": [*report.statements, more]})
    lines = replace(edition.lines, statements={**edition.lines.statements, "more": 1})
    return replace(edition, report=changed, lines=lines)


def test_a_printed_share_is_counted_of_its_own_base(released: Edition) -> None:
    """Of a question that allows several answers people are counted, and what is a share of all is of all."""
    internet = {"id": "internet", "item": "sources", "value": "internet", "wave": "2"}
    who = {"id": "who", "item": "sources", "wave": "2"}
    shares = {
        "who": Share(given("sources", "2")["internet"], answering("sources", "2")),
        "answers": Share(given("sources", "2")["internet"], answering("country")),
    }
    assert sum(given("sources", "2").values()) > shares["who"].base
    for base, share in shares.items():
        edition = saying(released, {"share": {"of": "internet", "base": base, "is": "40%"}}, internet, who)
        found = findings.shares(edition, findings.fitting(edition), "more")
        assert (found.possible, found.full.text) == ([share], str(share))
        (row,) = [one for one in cells(findings.side_by_side(edition)) if one[0] == "“so it is”"]
        assert row[1:3] == ["40 %", str(share)]


def test_what_was_left_blank_explains_only_a_share_of_those_who_answered(released: Edition) -> None:
    item, wave = BLANKS
    (value, count), *_ = given(item, wave).items()
    asked, answered = 26, answering(item, wave)
    leaves = {"id": "leaf", "item": item, "value": value, "wave": wave}
    who = {"id": "who", "item": item, "wave": wave}
    of_all = Share(count, asked + asked - answered).percent()
    for base, is_, explains in (
        ("who", Share(count, asked).percent(), True),
        ("answers.survey2", of_all, False),
    ):
        edition = saying(released, {"share": {"of": "leaf", "base": base, "is": is_}}, leaves, who)
        (row,) = [one for one in cells(findings.side_by_side(edition)) if one[0] == "“so it is”"]
        assert ("left it blank" in row[3]) == explains


def test_an_answer_that_each_survey_counts_too_is_counted_once(released: Edition) -> None:
    alone = load_edition()
    each = [{"id": f"hr{wave}", "item": "country", "value": "HR", "wave": wave} for wave in "12"]
    for edition in (released, alone):
        more = saying(edition, {"at_least": {"each": "hr1", "is": 0}}, *each)
        found, before = (
            findings.part_of(one, findings.fitting(one), "country", ["HR", "FR"], "answers", "people").text
            for one in (more, edition)
        )
        assert found == before
        assert "of" in found
        few = [
            findings.few(one, findings.fitting(one), "country", 12, "countries").text
            for one in (more, edition)
        ]
        assert few[0] == few[1]


def test_what_is_not_asked_of_a_person_is_not_said_to_be_settled_by_nothing() -> None:
    edition = load_edition()
    assert findings.of_a_person(edition).text.startswith(
        "Of the options to answer that the report’s statements"
    )
    surveys = [one for one in edition.report.quantities if one.wave and not one.item]
    for gone, says in (
        (
            [surveys[0].id],
            r"Of the options .* count \d+ of \d+ are in a survey all of which is counted. Of these",
        ),
        (
            [one.id for one in surveys],
            "No quantity counts all of a survey, so it is not asked which of the options",
        ),
    ):
        known = [
            one.model_copy(update={"wave": None}) if one.id in gone else one
            for one in edition.report.quantities
        ]
        report = edition.report.model_copy(update={"quantities": known})
        assert re.match(says, findings.of_a_person(replace(edition, report=report)).text)


@pytest.mark.long
def test_shares_that_are_too_many_to_list_are_not_said_to_be_none() -> None:
    names = ({"id": "part"}, {"id": "whole"})
    edition = saying(load_edition(), {"share": {"of": "part", "base": "whole", "is": "40%"}}, *names)
    assert "40 %: more shares than can be listed" in re.sub(
        r" \(.*?\)", "", str(audited.repairs(edition, audited.audit_of(edition))).replace("\\", "")
    )
    with pytest.raises(ValueError, match="or of too many"):
        audited.firmness(edition, "more")
    with pytest.raises(ValueError, match=r"^the shares behind more cannot be listed$"):
        implied.shares(edition, implied.fitting(edition), "more")
    with pytest.raises(ValueError, match=r"^more prints no share, or nothing limits whole$"):
        audited.bases(edition, audited.audit_of(edition), "more", "whole")


def test_a_month_that_is_not_settled_is_refused() -> None:
    edition = load_edition()
    with pytest.raises(ValueError, match=r"^answers\.survey1 is not settled: \d+"):
        implied.month(edition, implied.fitting(edition), "answers.survey1")


def test_where_counted_answers_leave_no_share_none_is_named(released: Edition) -> None:
    """How many were asked is counted, how many of them said so is not."""
    edition = saying(
        released, {"share": {"of": "part", "base": "answers.survey1", "is": "3%"}}, {"id": "part"}
    )
    found = implied.shares(edition, implied.fitting(edition), "more")
    (receipt,) = found.full.receipts
    assert isinstance(receipt, Receipt)
    assert (found.possible, receipt.candidates, found.weight.text) == ([], [], "no")
    assert found.full.text == "3 % (base not printed; no share fits what was counted)"


def test_what_counted_answers_do_not_decide_is_said(released: Edition) -> None:
    assert audited.recount_of(released, "sources-order").text == "the recount gives otherwise"
    assert audited.recount_of(released, "project-start").text == "what was counted does not decide it"


def test_answers_that_the_counts_settle_for_everybody_are_told(released: Edition) -> None:
    asked, found, _ = settled_by_counts(released.responses, released.codebook)
    assert asked
    assert not found
    told = findings.of_a_person(released).text
    assert told == f"Of {asked} answers that were given, the published counts settle none."
    wave = released.responses.table["wave"] == "1"
    rows = released.responses.table.copy()
    rows.loc[wave & (rows["item"] == "staff"), "value"] = "yes"
    alike = with_rows(released, rows)
    size = int(rows.loc[wave, "respondent"].nunique())
    name = "survey 1, Dedicated staff, Dedicated staff"
    assert findings.of_a_person(alike).text == (
        f"Of {asked - 1} answers that were given, the published counts settle “{name}”, "
        f"because of “respondents of survey 1: {size}” and “{name}: {size}”."
    )


@pytest.mark.parametrize("fewest", [2, 3, 5])
def test_how_many_answers_only_few_gave(released: Edition, fewest: int) -> None:
    found = findings.few(released, findings.fitting(released), "country", fewest, "countries")
    assert found.text == str(sum(count < fewest for count in given("country").values()))
    assert {one.measure for one in found.receipts} == {"countries"}
    assert lines(found) == rows("country")


@pytest.mark.parametrize("fewest", [2, 4])
def test_two_questions_beside_each_other(released: Edition, fewest: int) -> None:
    by: dict[str, dict[str, str]] = {"country": {}, "position": {}}
    for wave, item, who, value in CONTRADICTING.rows():
        if item in by and value:
            by[item][wave + who] = value
    waves = {who: who[0] for who in by["country"]}
    people = Counter((waves[who], country, by["position"][who]) for who, country in by["country"].items())
    hidden = withheld(people, fewest)
    both = Counter((country, by["position"][who]) for who, country in by["country"].items())
    of_country = given("country")
    found = findings.crossed(released, "country", "position", fewest, "Country")
    head, *shown = cells(found)
    columns = [label(released, "position", value) for value in given("position")]
    assert head == ["Country", *columns]
    expected = {
        label(released, "country", country): [
            "withheld" if (country, position) in hidden else str(both[country, position])
            for position in given("position")
        ]
        for country in of_country
        if of_country[country] >= fewest
    }
    assert {row[0]: row[1:] for row in shown} == expected
    assert any("withheld" in row for row in expected.values())
    assert lines(found) == rows("country") | rows("position")


@pytest.mark.parametrize(("known_by", "fewest"), [(["country"], 3), (["country", "position"], 5), ([], 3)])
def test_how_many_are_alike(released: Edition, known_by: list[str], fewest: int) -> None:
    known: dict[str, list[str]] = {}
    for wave, item, who, value in CONTRADICTING.rows():
        known.setdefault(wave + who, [wave]).extend([f"{item} {value}"] * (item in known_by and value != ""))
    sizes = Counter(tuple(sorted(one)) for one in known.values())
    alone = sum(size == 1 for size in sizes.values())
    few = sum(size for size in sizes.values() if size < fewest)
    said = findings.alike(released, known_by, fewest).text
    assert said.startswith(f"Of {len(known)} respondents {alone or 'none'} share the survey")
    assert said.endswith(f"with nobody, and {few or 'none'} with fewer than {fewest - 1} others.")
    assert len(re.findall("“", said)) == len(known_by)


@pytest.mark.parametrize(
    "shown",
    [
        lambda edition: findings.respondents(edition, "country", "1"),
        lambda edition: findings.leading(edition, "country"),
        lambda edition: findings.shares_of(edition, "country", None, "Answer"),
        lambda edition: findings.crossed(edition, "country", "position", 3, "Country"),
        lambda edition: findings.alike(edition, ["country"], 3),
    ],
)
def test_without_released_responses_nothing_is_counted(
    edition: Edition, shown: Callable[[Edition], Any]
) -> None:
    assert str(shown(edition)) == ""
    assert not holds(edition, "country")
    assert not holds(edition)


def test_every_quantity_is_counted_as_the_answers_were_made(released: Edition) -> None:
    found, report = facts(released.responses, released.report), released.report
    assert found.items() >= CONTRADICTING.counts(report).items()
    named = {one.value for one in report.quantities if one.item == "country" and not one.parts}
    unnamed = {value: often for value, often in given("country").items() if value not in named}
    assert found["countries"] == len(given("country"))
    assert (found["countries.unlisted"], found["country.unlisted"]) == (len(unnamed), sum(unnamed.values()))
    assert found["organisation.most"] == max(given("organisation", "2").values())
    ways = {report.quantity(name).value for name in report.quantity("ways.any").among}
    people = Counter(
        who for wave, item, who, value in CONTRADICTING.rows() if item == "ways" and value in ways
    )
    for least, name in enumerate(("ways.any", "ways.two", "ways.all"), start=1):
        assert found[name] == sum(often >= least for often in people.values())
    for one in report.quantities:
        if one.value == "" and one.id in found:
            waves = [one.wave] if one.wave else ["1", "2"]
            asked = sum(
                CONTRADICTING.size[wave] for wave in waves if wave in CONTRADICTING.given[str(one.item)]
            )
            assert found[one.id] == asked - answering(str(one.item), *waves)
    assert facts(load_edition().responses, report) == {}


def test_the_rows_behind_every_quantity_are_those_of_its_questions_and_surveys(released: Edition) -> None:
    report, seen = released.report, set()
    for one in report.quantities:
        below = [report.quantity(name) for name in (*one.parts, *one.among)]
        every = [
            one,
            *below,
            *(report.quantity(name) for part in below for name in (*part.parts, *part.among)),
        ]
        items, waves = ({getattr(each, key) for each in every} - {None} for key in ("item", "wave"))
        expected = [
            line
            for line, (wave, item, *_) in enumerate(CONTRADICTING.rows(), start=2)
            if (item in items or not items) and (wave in waves or not waves)
        ]
        assert list(implied._rows(released, one.id).index) == expected, one.id
        seen.add((bool(items), len(waves)))
    assert {(True, 0), (True, 1), (False, 1)} <= seen


def test_statements_that_join_the_answers_to_questions_are_named(released: Edition) -> None:
    report = released.report
    assert private._joining(report) == []
    one, other = (next(q.id for q in report.quantities if q.item == item) for item in ("country", "staff"))
    statement = report.statements[0].model_copy(deep=True)
    for of, named in (([one, other], 1), ([one], 0), ([other, other], 0)):
        held = CONSTRAINT.validate_python({"count": {"of": of, "is": 5}})
        reading = statement.readings[0].model_copy(update={"holds": [held]})
        joined = statement.model_copy(update={"readings": [reading]})
        found = private._joining(report.model_copy(update={"statements": [joined]}))
        assert found == [f"“{statement.quote}”"] * named


def test_what_was_not_answered_is_not_held(released: Edition) -> None:
    assert holds(released, "country", "staff")
    assert holds(released)
    table = released.responses.table
    some = with_rows(released, table[table["item"] == "staff"])
    assert findings.respondents(some, "country", "1").text == ""
    assert findings.leading(some, "country").text == ""
    with pytest.raises(LookupError, match="country"):
        findings.majority(some, "country")
    assert str(findings.shares_of(some, "country", None, "Answer")) == ""


def test_what_rests_on_released_responses_says_so(released: Edition) -> None:
    """What the text alone forces does not, and nothing does where none are released."""
    fits, alone = findings.fitting(released), findings.fitting(released, text_alone=True)

    def kinds(data_sets: DataSets, quantity: str) -> set[str]:
        (receipt,) = implied.bound(released, data_sets, quantity).receipts
        assert isinstance(receipt, Receipt)
        return {one.kind for one in receipt.rests_on}

    assert fits.bound("project.last") == alone.bound("project.last")
    assert "responses" not in kinds(fits, "project.last")
    other = next(
        one.id
        for one in released.report.quantities
        if fits.bound(one.id) != alone.bound(one.id) and not implied.is_counted(released, fits, one.id)
    )
    assert "responses" in kinds(fits, other)
    assert "responses" not in kinds(alone, other)
