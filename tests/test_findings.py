"""Findings: what is shown, with which receipts; every slot draws once there are counts."""

import csv
import html
import io
import itertools
import json
import re
from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from myst_nb.core.variables import format_plain_text
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from keepinpact import findings, show, stats
from keepinpact.audit import Model, repaired, share_in
from keepinpact.data import ROOT, Responses, entry_counts
from keepinpact.findings import implied
from keepinpact.findings.audited import firmness
from keepinpact.findings.implied import listed_shares
from keepinpact.findings.tables import escape
from keepinpact.ledger import audited
from keepinpact.numbers import Share
from keepinpact.receipt import CODED, FigureReceipt, Source, Support, lines_of


@pytest.fixture(scope="module")
def fits(edition):
    return findings.fitting(edition)


def listed(edition, name):
    return edition.items[edition.items["list"] == name]


signs = st.sampled_from("*_`<>[](){}|\\$:&;#.@%-+=!~^/'\"1a \n\t")
plain = st.text(
    signs | st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=("Cs", "Cc"))
)


@pytest.fixture(scope="module")
def render():
    """Markdown to HTML as the site reads it."""
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["sphinx"]["config"]
    extensions = set(settings["myst_enable_extensions"])
    return create_md_parser(MdParserConfig(enable_extensions=extensions), RendererHTML).render


@pytest.mark.parametrize("place", ["- {}", "1. “{}”", "x {} x", "**{}**", "| a |\n| --- |\n| {} |"])
@given(text=plain | st.sampled_from(["www.example.org", "a@example.org", "see //example.org", "% remark"]))
def test_escaped_text_is_shown_as_it_is(render, place, text):
    tag = re.compile(r"<[^>]*>")
    shown, without = render(place.format(escape(text))), render(place.format("\ue000"))
    if text.strip():
        assert tag.findall(shown) == tag.findall(without)
        words = html.unescape(tag.sub(" ", shown)).split()
        expected = html.unescape(tag.sub(" ", without)).replace("\ue000", " ".join(text.split()))
        assert words == expected.split()


def test_markup_in_a_cell_stays_in_its_cell():
    frame = pd.DataFrame([["<script>|*x*", 3]], columns=["A|B", "N"])
    tokens = MarkdownIt("commonmark").enable("table").parse(findings.table(frame, "printed").markdown)
    assert [token.content for token in tokens if token.type == "inline"] == [
        "A|B", "N", r"\<script\>|\*x\*", "3"
    ]  # fmt: skip


def test_a_mean_in_a_table_has_a_receipt_of_its_own():
    frame = pd.DataFrame([["asked", Decimal("2.50"), "not known"]], columns=["What", "Mean", "Other"])
    (receipt,) = findings.table(frame, "implied", [Source(file="a.csv", lines=(2, 3))]).receipts
    assert (receipt.key, receipt.text, receipt.value) == ("/asked/Mean", "2.50", "2.50")


def test_what_to_ask_for_is_shown_with_the_mean_over_the_answers(edition, html):
    published = json.loads((html / "results.json").read_text(encoding="utf-8"))["results"]
    means = {one["key"]: one["value"] for one in published if one["key"].endswith("/Mean open")}
    asked = findings.audited.audit_of(edition).asks
    assert len(means) == len(asked) > 0
    for one in asked:
        left, answers = one.expected
        mean = means[f"asks/{one.question}/Mean open"]
        assert re.fullmatch(r"\d+\.\d", mean)
        assert abs(float(mean) - left / answers) <= 0.05


def test_quotation_marks_within_a_quotation_are_single(edition):
    text = findings.quotation(edition, "training-strategic-partnerships").text
    assert (text.count("“"), text.count("”"), text.count("‘"), text.count("’")) == (1, 1, 1, 1)
    assert '"' not in text
    assert text.endswith("useful’”")


def test_receipts(edition, fits):
    staff = findings.shares(edition, fits, "staff")
    (receipt,) = staff.full.receipts
    assert receipt.layer == "implied"
    assert (receipt.section, receipt.pages, receipt.statements) == ("job-profile", (3, 5), ["staff"])
    assert [(one.count, one.base) for one in receipt.candidates] == [(11, 18), (14, 23), (17, 28), (19, 31)]
    rests = {one.id for one in receipt.rests_on}
    assert rests == {"answers", "staff", "levels", "question-12-in-survey-2", "nearest"}
    assert staff.weight.text == "3, 4 or 6"
    survey1 = findings.bound(edition, fits, "answers.survey1")
    assert survey1.text == "18, 23, 28 or 31"
    (receipt,) = survey1.receipts
    assert (receipt.low, receipt.high, receipt.values) == (18, 31, [18, 23, 28, 31])
    assert {one.id for one in receipt.rests_on} == {*rests, "all-answered-staff"}
    assert "the assumption that question 12 is in survey 2" in findings.rests_on(edition, survey1).text
    told = findings.rests_on(edition, survey1).text
    assert told.endswith(" and our taking percentages as rounded to the nearest, either way at a tie")
    (receipt,) = findings.bound(edition, fits, "country.named").receipts
    assert receipt.measure == "answers from the countries with printed counts"
    assert "rounding" not in {one.kind for one in receipt.rests_on}
    free = fits.without("question-12-in-survey-2").bound("answers.survey1")
    assert free.values is not None
    assert (free.low, free.high, len(free.values)) == (18, 46, 10)


def test_a_finding_prints_itself_and_carries_its_receipts_under_the_key_of_its_page(monkeypatch, edition):
    glued = {}
    monkeypatch.setattr(show, "glue", lambda key, value, display: glued.__setitem__(key, value))
    count = findings.entry_count(listed(edition, "tasks"))
    assert repr(count) == count.text == str(len(listed(edition, "tasks")))
    assert show.show("n", count) is None
    frame = pd.DataFrame({"A": ["x", "y"], "N": pd.Series([2, Share(1, 2)], dtype="object")})
    show.show("t", findings.table(frame, "printed", drawn=True))
    data, metadata = glued["n"]._repr_mimebundle_()
    assert data == {"text/plain": count.text}
    assert [one["key"] for one in metadata["keepinpact"]] == ["n"]
    assert metadata["keepinpact"][0]["source"] == [{"file": "data/report/items.csv", "lines": [56, 81]}]
    keys = [one.figure if isinstance(one, FigureReceipt) else one.key for one in glued["t"].receipts]
    assert keys == ["t", "t/x/N", "t/y/N"]


def test_lines_are_those_of_the_file(edition):
    rows = listed(edition, "tasks")
    text = (ROOT / "data/report/items.csv").read_text(encoding="utf-8").splitlines()
    for source in lines_of(rows):
        for line in range(source.lines[0], source.lines[1] + 1):
            assert ",tasks," in text[line - 1]
    assert sum(one.lines[1] - one.lines[0] + 1 for one in lines_of(rows)) == len(rows)


def test_unknown_names_are_refused(edition, fits):
    for call in (findings.number, findings.quotation, findings.printed):
        with pytest.raises(KeyError):
            call(edition, "nothing")
    with pytest.raises(KeyError):
        findings.slot(edition, "nothing", None)
    with pytest.raises(KeyError):
        findings.shares(edition, fits, "nothing")
    with pytest.raises(ValueError, match="prints no share"):
        findings.shares(edition, fits, "answers")
    with pytest.raises(ValueError, match="prints no number"):
        findings.number(edition, "sources-order")
    for call in (findings.entry_count, findings.listing):
        with pytest.raises(KeyError):
            call(listed(edition, "nothing"))


def released(edition):
    """The edition with made answers to every charted item, for tests alone."""
    codes = [
        row
        for row in edition.codebook.to_dict("records")
        if row["variable"] not in set(edition.charts["item"])
    ]
    rows = []
    for item in edition.charts["item"]:
        known = edition.codebook[edition.codebook["variable"] == item]["code"]
        values = list(known) or ["v1", "v2", "v3"]
        codes += [
            {
                "variable": item,
                "code": v,
                "label": f"Label {v}",
                "definition": "d",
                "response": "",
                "origin": "report",
            }
            for v in values
        ]
        for i in range(20):
            wave = "1" if item in ("staff", "tasks") or i < 10 else "2"
            wave = "2" if item in ("organisation", "sector", "ways", "training") else wave
            rows.append((wave, item, f"r{i}", values[i % len(values)]))
    table = pd.DataFrame(rows, columns=["wave", "item", "respondent", "value"], dtype="str")
    table.attrs["file"] = "data/responses/released.csv"
    return replace(
        edition, codebook=pd.DataFrame(codes), responses=Responses(table, "responses", "made for a test")
    )


MISSING = {
    "certain": "Chart missing: no counts are published.",
    "likely": "Chart missing, as it seems: no counts are published.",
}


def filled(edition, chart, shares=None):
    row = edition.charts[edition.charts["id"] == chart].iloc[0]
    wave = row["wave"] if row["wave"] in ("1", "2") else None
    return findings.slot(
        edition, chart, stats.answers(edition.responses, edition.codebook, row["item"], wave), shares
    )


def test_every_slot_draws_once_there_are_counts_and_says_so_before(edition, fits):
    with_counts = released(edition)
    for chart in edition.charts["id"]:
        printed = chart in ("staff", "frameworks")
        shares = findings.shares(edition, fits, chart) if printed else None
        before = filled(edition, chart, shares)
        assert bool(before.svg) == printed, chart
        if printed:
            # Every share that can be is drawn, and none from the reconstruction.
            figure, *drawn = before.table.receipts
            assert figure.layer == "implied"
            assert len(drawn) == len(shares.possible) == {"staff": 4, "frameworks": 12}[chart]
            assert "Every count and base" in before.note.text
        else:
            assert "its text does not hold it" in before.alt
            assert before.headline.text == MISSING[edition.charts.set_index("id")["certainty"][chart]]
            assert before.note.text == ""
        after = filled(with_counts, chart)
        assert after.svg
        assert not after.box
        assert after.headline.text != MISSING
        assert "released responses" in after.note.text
        assert after.note.receipts[0].layer == "responses"
        row = edition.charts[edition.charts["id"] == chart].iloc[0]
        waves = [row["wave"]] if row["wave"] in ("1", "2") else ["1", "2", ""]
        table = with_counts.responses.table
        behind = table[(table["item"] == row["item"]) & table["wave"].isin(waves)]
        assert after.table.receipts[0].source == lines_of(behind), chart


def test_released_responses_take_the_place_of_what_is_implied(edition):
    with_counts = released(edition)
    found = findings.shares(with_counts, findings.fitting(with_counts), "frameworks")
    assert found.full.text == "50 % (10 of 20)"
    assert "70 %" in found.beside.text
    assert found.full.receipts[0].layer == "responses"


@pytest.mark.parametrize(
    ("quantity", "item", "waves"),
    [
        ("frameworks.answered", "frameworks", {"1", "2"}),
        ("staff.answered", "staff", {"1"}),
    ],
)
def test_the_rows_behind_a_number_are_those_in_which_it_or_its_parts_are_counted(
    edition, quantity, item, waves
):
    with_counts = released(edition)
    rows = implied._rows(with_counts, quantity)
    table = with_counts.responses.table
    assert list(rows.index) == list(table.index[(table["item"] == item) & table["wave"].isin(waves)])
    assert set(rows["wave"]) == waves


def test_what_forces_a_number_is_named_with_the_responses_last(edition):
    counted, said = Support(kind="responses", id="released.csv"), Support(kind="statement", id="answers")
    quote = f"“{edition.report.statement('answers').quote}”"
    for supports, told in (
        ([], "what is true by construction"),
        ([counted], "the released responses"),
        ([said], quote),
        ([counted, said], f"{quote} and the released responses"),
    ):
        assert implied.in_words(supports, edition.report) == told


def test_a_printed_base_is_shown_in_its_slot(edition):
    slot = filled(edition, "levels")
    assert "Printed base: 17 answers" in slot.alt
    assert slot.extra["-base"].receipts[0].statements == ["levels"]


def test_the_numbers_behind_a_figure_in_columns_of_their_own(edition, fits):
    drawn = filled(edition, "staff", findings.shares(edition, fits, "staff"))
    shares = list(csv.reader(io.StringIO(drawn.csv)))
    assert shares[0][1:] == ["Staff dedicated to multi-partnership management (%)", "Count", "Base", "Layer"]
    for (_, percentage, count, base, layer), row in zip(shares[1:], drawn.table.receipts[1:], strict=True):
        assert (int(count), int(base), layer) == (row.count, row.base, "implied")
        assert row.text == f"{percentage} % ({count} of {base})"
    table = pd.DataFrame({"Country": ["x"], "Answers": pd.Series([fits.bound("country.HR")], dtype="object")})
    bounds = list(csv.reader(io.StringIO(findings.squares(table, ["full"] * len(table), "implied", []).csv)))
    assert bounds == [
        ["Country", "Answers (smallest)", "Answers (largest)", "Layer"],
        ["x", "11", "11", "implied"],
    ]


def test_a_count_by_our_own_themes_is_not_called_merely_printed(edition):
    tasks = listed(edition, "tasks")
    themes = stats.entries_by_theme(tasks, edition.codebook, "task_theme")[["label", "count"]]
    ours = findings.bars(themes, "tasks", "printed", lines_of(tasks), ours=CODED)
    theirs = findings.bars(themes, "tasks", "printed", lines_of(tasks))

    def layers(drawn):
        return {row["Layer"] for row in csv.DictReader(io.StringIO(drawn.csv))}

    assert layers(ours) == {"printed; coded by this edition"}
    assert all("coded by this edition" in one.measure for one in ours.table.receipts[1:])
    assert layers(theirs) == {"printed"}


def test_downloads_name_what_this_edition_did(html):
    """On the built pages: which figures rest on our matching, and which do not."""
    layers = {}
    for path in (html / "figures").glob("*.csv"):
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
        layers[path.stem] = {row["Layer"] for row in rows}
    assert layers["top-challenges-challenges"] == {"printed; matched by this edition"}
    assert layers["about-countries"] == {"implied"}


def test_every_area_stands_above_its_own_entries_and_no_others(edition, render):
    shown = findings.listing(listed(edition, "competences")).markdown
    shown = re.findall(r"<strong>(.*?)</strong>|<li>(.*?)</li>", render(shown), re.DOTALL)
    found = []
    for area, entry in shown:
        if area:
            found.append((html.unescape(area), []))
        else:
            found[-1][1].append(html.unescape(entry))
    rows = edition.items[edition.items["list"] == "competences"]
    areas = list(dict.fromkeys(rows["group"]))
    expected = [(area, [t for t in rows[rows["group"] == area]["text"] if t != area]) for area in areas]
    assert found == expected
    assert any(not entries for _, entries in found)
    assert sum(len(entries) or 1 for _, entries in found) == len(rows)


def test_a_pair_that_is_printed_only_together_is_one_notion(edition):
    themes = [set(codes.split()) for codes in edition.items.query("list == 'competences'")["theme"]]
    for pair in itertools.combinations(sorted(set.union(*themes)), 2):
        held = [codes & set(pair) for codes in themes if codes & set(pair)]
        assert len(held) == 1 or any(len(codes) == 1 for codes in held), pair


def test_no_value_is_in_a_headline_or_an_alternative_text(edition, fits):
    for chart in ("staff", "frameworks"):
        drawn = filled(edition, chart, findings.shares(edition, fits, chart))
        assert not re.search(r"\d", drawn.alt + drawn.headline.text)


def test_a_headline_follows_the_data(edition):
    def said(majority, minority):
        values = pd.Series([majority] * 12 + [minority] * 3)
        rows = pd.DataFrame(
            {"wave": "1", "item": "staff", "respondent": values.index.map(str), "value": values}
        )
        rows.attrs["file"] = "data/responses/released.csv"
        drawn = filled(replace(edition, responses=Responses(rows, "responses", "made for a test")), "staff")
        return drawn.headline.text, drawn.alt

    headline, _ = said("yes", "no")
    assert headline == "More than half of those who answered: “Dedicated staff”"
    headline, alt = said("no", "yes")
    assert headline == "More than half of those who answered: “No dedicated staff”"
    assert "The longest bar is that of “No dedicated staff”" in alt


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "staff",
            "Each of the 15 ways to resolve what does not go together leaves these shares or some of them, "
            "and no others.",
        ),
        (
            "frameworks",
            "Of the 15 ways to resolve what does not go together 7 give this very sentence up; "
            "the others leave no other shares.",
        ),
    ],
)
def test_how_firm_a_percentage_is(edition, statement, said):
    audit = audited(edition)
    assert str(firmness(edition, statement)) == said
    share = share_in(edition.report.statement(statement).readings[0])
    adopts = set(findings.fitting(edition).shares(share))
    model = Model(edition.report, entry_counts(edition.items), None)
    # Every share, listed one by one, in the repairs that are smallest.
    for repair in audit.smallest:
        assert set(repaired(model, repair).shares(share)) <= adopts
    gone = [one.id for one in audit.repairs if statement in {member.id for member in one.gives_up}]
    assert len(gone) == {"staff": 0, "frameworks": 7}[statement]


def test_a_percentage_that_another_repair_lets_be_something_else_is_not_firm(edition, monkeypatch):
    # With all but the first left out, they are no longer all that the repairs allow.
    real = findings.audited.fitting

    class Fewer:
        def shares(self, share):
            return real(edition).shares(share)[:1]

    monkeypatch.setattr(findings.audited, "fitting", lambda *_, **__: Fewer())
    assert "allow other shares" in str(firmness(edition, "staff"))


@pytest.mark.parametrize(
    "text", ["9,000", "1.50", "61", "61 %", "0x10", "[1]", "'so'", "“so”", "1_000", "", "-0"]
)
def test_a_text_is_shown_as_it_is_even_where_it_looks_like_code(text):
    bundle, _ = findings.words(text)._repr_mimebundle_()
    assert format_plain_text(bundle["text/plain"], "") == text


@pytest.mark.parametrize(
    ("bases", "text"),
    [
        ((9, 8), "1 of 9 or 1 of 8"),
        (range(9, 15), "1 of 9, 1 of 10, 1 of 11, 1 of 12, 1 of 13 or 1 of 14"),
        (range(9, 16), "one of 7 shares from 1 of 9 to 1 of 15"),
    ],
)
def test_few_shares_are_listed_and_of_many_the_ends(bases, text):
    assert listed_shares([Share(1, base) for base in bases]) == text
