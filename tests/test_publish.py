"""What a page glues, with which receipts; every slot draws once there are counts."""

import csv
import html
import io
import itertools
import re
from dataclasses import replace

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

import keepinpact.publish as publish
from keepinpact.data import ROOT, Responses
from keepinpact.numbers import Share
from keepinpact.publish import Drawn, Page, Published, escape
from keepinpact.settings import Settings


@pytest.fixture
def glued(monkeypatch):
    found = {}
    monkeypatch.setattr(publish, "glue", lambda key, value, display: found.__setitem__(key, value))
    return found


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


def test_the_contact_is_the_repositorys_issue_tracker_or_said_to_be_missing(edition, glued):
    page = Page("accessibility", edition)
    page.contact("c", Settings())
    assert "names no place for reports" in glued["c"].markdown
    page.contact("c", Settings(repository="https://codeberg.org/a/b"))
    assert "(https://codeberg.org/a/b/issues/new)" in glued["c"].markdown


def test_markup_in_a_cell_stays_in_its_cell(edition, glued):
    Page("tools", edition).table("t", ["A|B", "N"], [["<script>|*x*", 3]], "printed")
    tokens = MarkdownIt("commonmark").enable("table").parse(glued["t"].markdown)
    assert [token.content for token in tokens if token.type == "inline"] == [
        "A|B", "N", r"\<script\>|\*x\*", "3"
    ]  # fmt: skip


def test_quotation_marks_within_a_quotation_are_single(edition, glued):
    page = Page("training", edition)
    page.claim("training-strategic-partnerships")
    text = glued["training-strategic-partnerships"].text
    assert (text.count("“"), text.count("”"), text.count("‘"), text.count("’")) == (1, 1, 1, 1)
    assert '"' not in text
    assert text.endswith("useful’”")


def test_receipts(edition, glued):
    page = Page("job-profile", edition)
    page.share("staff")
    (receipt,) = glued["staff-full"].receipts
    assert receipt["layer"] == "implied"
    assert (receipt["section"], receipt["pages"], receipt["statements"]) == ("job-profile", [3, 5], ["staff"])
    assert {"count": 19, "base": 31} in receipt["candidates"]
    page.recount("staff")
    assert glued["staff-recounted"].receipts[0]["layer"] == "reconstructed"
    assert "reconstruction" in glued["staff-layer"].text
    rests = {one["id"] for one in receipt["rests_on"]}
    assert rests == {"answers", "staff", "levels", "question-12-in-survey-2"}
    page.bound("b", "answers.survey1")
    (found,) = glued["b"].receipts
    assert (found["low"], found["high"], found["values"]) == (18, 31, [18, 23, 28, 31])
    assert {one["id"] for one in found["rests_on"]} == {*rests, "all-answered-staff"}
    page.rests("r", "answers.survey1")
    assert "the assumption that question 12 is in survey 2" in glued["r"].text
    page.without("w", "question-12-in-survey-2", "answers.survey1")
    assert glued["w-values"].receipts[0]["value"] == 10
    assert "question 12 is in survey 2" in glued["w"].receipts[0]["measure"]
    page.table("t", ["A", "N"], [["x", 2], ["y", Share(1, 2)]], "printed", figure=True)
    assert [one.get("figure") or one["key"] for one in glued["t"].receipts] == ["t", "t/x/N", "t/y/N"]
    data, metadata = glued["b"]._repr_mimebundle_()
    assert data == {"text/plain": "18, 23, 28 or 31"}
    assert metadata["keepinpact"] == list(glued["b"].receipts)


def test_unknown_names_are_refused(edition, glued):
    page = Page("tools", edition)
    for call in (page.statement, page.claim, page.share, page.recount, page.chart):
        with pytest.raises(KeyError):
            call("nothing")
    for call in (page.entries, page.items):
        with pytest.raises(KeyError):
            call("k", "nothing")
    with pytest.raises(KeyError):
        page.ranked("k", "tools", rank=1)


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
    return replace(
        edition, codebook=pd.DataFrame(codes), responses=Responses(table, "responses", "made for a test")
    )


MISSING = "No counts are published for this"


def test_every_slot_draws_once_there_are_counts_and_says_so_before(edition, glued):
    with_counts = released(edition)
    for chart in edition.charts.itertuples():
        held = chart.item in ("staff", "frameworks")
        before = Page(chart.section, edition).chart(chart.id)
        assert isinstance(before, Drawn if held else Published), chart.id
        if not held:
            assert "its text does not hold it" in before.text
            assert glued[f"chart-{chart.id}-headline"].text == MISSING
            assert "as soon as" in glued[f"chart-{chart.id}-note"].text
        else:
            # Every share that can be is drawn, and none from the reconstruction.
            assert "Every count and base" in glued[f"chart-{chart.id}-note"].text
            figure, *shares = glued[f"chart-{chart.id}-table"].receipts
            assert figure["layer"] == "implied"
            assert len(shares) == {"staff": 4, "frameworks": 12}[chart.item]
        after = Page(chart.section, with_counts).chart(chart.id)
        assert isinstance(after, Drawn), chart.id
        assert glued[f"chart-{chart.id}-headline"].text != MISSING
        note = glued[f"chart-{chart.id}-note"]
        assert "released responses" in note.text
        assert note.receipts[0]["layer"] == "responses"


def test_released_responses_change_every_number_without_a_change_of_code(edition, glued):
    page = Page("frameworks", released(edition))
    page.share("frameworks")
    assert glued["frameworks-full"].text == "50 % (10 of 20)"
    assert glued["frameworks-full"].receipts[0]["layer"] == "responses"


def test_a_printed_base_is_shown_in_its_slot(edition, glued):
    assert "Printed base: 17 answers" in Page("levels", edition).chart("levels").text


def test_the_numbers_behind_a_figure_in_columns_of_their_own(edition, glued):
    shares = list(csv.reader(io.StringIO(Page("job-profile", edition).chart("staff").csv)))
    assert shares[0][1:] == ["Staff dedicated to multi-partnership management (%)", "Count", "Base", "Layer"]
    for (_, percentage, count, base, layer), row in zip(
        shares[1:], glued["chart-staff-table"].receipts[1:], strict=True
    ):
        assert (int(count), int(base), layer) == (row["count"], row["base"], "implied")
        assert row["text"] == f"{percentage} % ({count} of {base})"
    bounds = list(
        csv.reader(io.StringIO(Page("about", edition).bounds("c", "country", "Country", "Answers").csv))
    )
    assert bounds[0] == ["Country", "Answers (smallest)", "Answers (largest)", "Layer"]
    for (_, low, high, layer), row in zip(bounds[1:], glued["c"].receipts[1:], strict=True):
        assert (int(low), int(high), layer) == (row["low"], row["high"], "implied")


def test_a_count_by_our_own_themes_is_not_called_merely_printed(edition, glued):
    def layers(drawn):
        return {row["Layer"] for row in csv.DictReader(io.StringIO(drawn.csv))}

    ours = {"tasks": "Theme", "meaning": "Theme", "competences": "Notion"}
    for name, what in ours.items():
        assert layers(Page("tasks", edition).themes("t", name, what, "entries")) == {
            "printed; coded by this edition"
        }
        assert all("coded by this edition" in one["measure"] for one in glued["t"].receipts if "key" in one)
    drawn = Page("top-challenges", edition).challenges("c")
    assert layers(drawn) == {"printed; matched by this edition"}
    assert "matched by this edition" in glued["c-back"].receipts[0]["measure"]
    assert layers(Page("with-whom", edition).groups("g", "partners", "Group", "partners")) == {"printed"}


def test_every_area_stands_above_its_own_entries_and_no_others(edition, glued, render):
    Page("competences", edition).items("l", "competences")
    shown = re.findall(r"<strong>(.*?)</strong>|<li>(.*?)</li>", render(glued["l"].markdown), re.DOTALL)
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


def test_no_value_is_in_a_headline_or_an_alternative_text(edition, glued):
    for chart in ("staff", "frameworks"):
        drawn = Page("method", edition).chart(chart)
        assert not re.search(r"\d", drawn.alt + glued[f"chart-{chart}-headline"].text)


def test_a_headline_follows_the_data(edition, glued):
    counted = pd.Series(["no"] * 12 + ["yes"] * 3)
    rows = pd.DataFrame(
        {"wave": "1", "item": "staff", "respondent": counted.index.map(str), "value": counted}
    )
    turned = replace(
        edition, responses=Responses(rows.replace({"value": {"no": "yes", "yes": "no"}}), "responses", "made")
    )
    Page("job-profile", turned).chart("staff")
    before = glued["chart-staff-headline"].text
    flipped = replace(edition, responses=Responses(rows, "responses", "made for a test"))
    drawn = Page("job-profile", flipped).chart("staff")
    assert (before, glued["chart-staff-headline"].text) == (
        "More than half of those who answered: “Dedicated staff”",
        "More than half of those who answered: “No dedicated staff”",
    )
    assert "The longest bar is that of “No dedicated staff”" in drawn.alt
