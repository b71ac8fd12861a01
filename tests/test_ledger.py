"""The ledger, its words, its page and its file."""

import json
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup

from keepinpact.audit import audit, words
from keepinpact.audit.result import Conflict, Member
from keepinpact.findings import audited as blocks
from keepinpact.ledger import Ledger, audited, ledger
from keepinpact.stats import facts
from made import made


@pytest.fixture(scope="module")
def found(edition):
    return audited(edition)


@pytest.fixture(scope="module")
def page(html):
    return BeautifulSoup((html / "chapters/ledger.html").read_text(encoding="utf-8"), "html.parser")


def test_the_file_is_the_ledger_of_the_data(html, edition, found):
    written = json.loads((html / "statements.json").read_text(encoding="utf-8"))
    assert Ledger.model_validate(written) == ledger(edition, found)


def test_every_statement_and_claim_has_an_entry_with_an_address(page, edition):
    expected = [*(one.id for one in edition.report.statements), *edition.claims["id"]]
    entries = page.select(".ledger-entry")
    assert [entry["id"] for entry in entries] == [f"ledger-{one}" for one in expected]
    for entry, statement in zip(entries, edition.report.statements, strict=False):
        text = " ".join(entry.get_text(" ").split())
        assert all(
            " ".join(reading.says.split())[:20] in text.replace("’", "'") for reading in statement.readings
        )


def test_every_printed_number_in_a_chapter_carries_its_statements_verdict(html, edition, found):
    results = json.loads((html / "results.json").read_text(encoding="utf-8"))["results"]
    marked = 0
    for chapter in sorted((html / "chapters").glob("*.html")):
        soup = BeautifulSoup(chapter.read_text(encoding="utf-8"), "html.parser")
        shown = {a["href"].removeprefix("#receipt-"): a for a in soup.select("article a.receipt")}
        for one in results:
            if one["chapter"] == chapter.stem and one["layer"] == "printed" and len(one["statements"]) == 1:
                link = shown.get(one["key"])
                if link is not None:
                    assert link["data-verdict"] == found.verdict(one["statements"][0]).verdict, one
                    marked += 1
    assert marked > 15


@pytest.mark.long
def test_filter_shows_one_verdict_without_a_script(browser, html, found):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((html / "chapters/ledger.html").as_uri())
    everything = page.locator(".ledger-entry:visible").count()
    page.locator("#show-conditional").check()
    shown = page.locator(".ledger-entry:visible")
    assert shown.count() == sum(one.verdict == "conditional" for one in found.verdicts) < everything
    assert shown.first.get_attribute("id") == "ledger-answers"
    page.locator("#show-all").check()
    assert page.locator(".ledger-entry:visible").count() == everything
    context.close()


@pytest.mark.long
def test_an_entry_of_its_own_address_is_reached_from_a_number_in_two_steps(browser, html):
    page = browser.new_page()
    page.goto((html / "chapters/frameworks.html").as_uri())
    number = page.locator("a.receipt[data-verdict=conditional]").first
    number.click()
    page.locator(".receipt-box a", has_text="Ledger entry").first.click()
    page.wait_for_url("**/ledger.html#ledger-frameworks")
    page.close()


def test_conflicts_on_the_page_are_the_engines(html, found, edition):
    soup = BeautifulSoup((html / "chapters/audit.html").read_text(encoding="utf-8"), "html.parser")
    blocks = soup.select(".conflict")
    assert [block["id"] for block in blocks] == [f"conflict-{one.id.lower()}" for one in found.conflicts]
    for block, conflict in zip(blocks, found.conflicts, strict=True):
        text = " ".join(block.get_text().split())
        for member in conflict.members:
            if member.kind != "assumption":
                quote = edition.report.statement(member.id).quote
                assert quote.replace('"', "")[:25] in text
    repairs = soup.select(".repairs .repair")
    assert [one["id"] for one in repairs] == [f"repair-{one.id.lower()}" for one in found.smallest]
    assert sum("adopted" in one.get_text() for one in repairs) == 1


def test_words_say_whether_and_why(edition, found):
    report = edition.report
    assert words.result(found, report).startswith(
        f"All {len(report.statements)} statements can be true at once, if somebody named no country and "
        "somebody left the question on competence frameworks blank."
    )
    everything = found.model_copy(update={"holds": True})
    assert "with everything that is taken for granted" in words.result(everything, report)
    nothing = found.model_copy(update={"holds": None, "statements_hold": None})
    assert "not known" in words.result(nothing, report)
    never = [one.model_copy(update={"statements_hold": False}) for one in found.roundings]
    clash = found.model_copy(update={"holds": False, "statements_hold": False, "roundings": never})
    assert "cannot all be true" in words.result(clash, report)
    why = words.why(report.statement("frameworks"), found, report)
    assert why.startswith("It holds together with all other statements, but not ")
    assert "everyone answered the question on competence frameworks" in why
    hard = Conflict(
        id="C1", part=1, members=[Member(kind="statement", id="frameworks")], needs_ours=False, roundings=[]
    )
    verdicts = [
        one.model_copy(update={"verdict": "contradicted"}) if one.statement == "frameworks" else one
        for one in found.verdicts
    ]
    alone = found.model_copy(update={"conflicts": [hard], "verdicts": verdicts})
    assert "whatever is assumed" in words.why(report.statement("frameworks"), alone, report)
    assert words.recomputed(report.statement("most-answers"), found, report) == "32 of 48"
    assert words.recomputed(report.statement("top-length"), found, report) == "6"
    assert words.recomputed(report.statement("report-month"), found, report).startswith(
        "September 2021 or later"
    )
    assert words.recomputed(report.statement("sources-order"), found, report) is None


def test_the_ledger_is_recorded_for_the_file_that_the_book_publishes(edition, found):
    entries = ledger(edition, found)
    assert blocks.ledger(edition, entries).record == {"keepinpact_ledger": entries.model_dump(mode="json")}


@pytest.mark.parametrize(
    ("counted", "told"),
    [
        ({"a": 1, "b": 1, "c": 3}, "67 % (2 of 3)"),
        ({"a": 2, "b": 1, "c": 3}, "100 % (3 of 3)"),
        ({"a": 3, "b": 2, "c": 4}, "5 of 4"),
        ({"a": 0, "b": 0, "c": 0}, None),
    ],
)
def test_a_counted_share_is_told_with_its_base_even_where_it_is_none(
    counted: dict[str, int], told: str | None
) -> None:
    report = made([{"share": {"of": ["a", "b"], "base": "c", "is": "60%"}}])
    found = audit(report, {}, facts=counted)
    assert words.recomputed(report.statements[0], found, report) == told


def test_what_a_majority_is_of_is_told_where_both_are_settled() -> None:
    report = made([{"majority": {"each": ["a"], "base": "c"}}])
    assert (
        words.recomputed(report.statements[0], audit(report, {}, facts={"a": 3, "c": 4}), report) == "3 of 4"
    )
    assert words.recomputed(report.statements[0], audit(report, {}, facts={"c": 4}), report) is None


def test_an_open_verdict_is_no_ledger(edition, found):
    first = found.verdicts[0].model_copy(update={"verdict": None})
    with pytest.raises(ValueError, match="left the verdict"):
        ledger(edition, found.model_copy(update={"verdicts": [first, *found.verdicts[1:]]}))


@pytest.mark.long
def test_released_responses_are_facts_and_test_what_could_not_be_tested(edition):
    """Those to one question agree with the report, those to another contradict it."""
    rows = edition.responses.table.iloc[:0]
    given = [("1", "staff", f"a{i}", "yes" if i < 19 else "no") for i in range(31)]
    given += [("2", "frameworks", f"b{i}", "no") for i in range(30)]
    table = rows.reindex(range(len(given))).assign(
        **{name: [row[i] for row in given] for i, name in enumerate(rows.columns)}
    )
    released = replace(edition, responses=replace(edition.responses, table=table, layer="responses"))
    counted = facts(released.responses, edition.report)
    staff = {"answers.survey1": 31, "answers.survey2": 30, "staff.yes": 19, "staff.no": 12}
    assert staff.items() <= counted.items()
    found = blocks.audit_of(released)
    assert found.verdict("staff").verdict == "reproduced"
    assert found.verdict("frameworks").verdict == found.verdict("answers").verdict == "contradicted"
    # The blocks stand all the same.
    assert "container" in blocks.conflicts(released, found).text
    assert "container" in blocks.repairs(released, found).text
    assert "recounted" in blocks.ledger(released, blocks.ledger_of(released)).text.lower()
