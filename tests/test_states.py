"""The book in each state of its responses: none released, some that agree with the report, some that do not.

The released ones are made up (:mod:`simulated`). Every page is right in every state, with the same code.
"""

import csv
import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from copy import copy
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from pypdf import PdfReader

from keepinpact.book.build import build_paper
from keepinpact.book.inputs import inputs, read_stamp
from keepinpact.book.metadata import linked_data
from keepinpact.data import RELEASED, ROOT
from keepinpact.paper.parts import ANNEX, NAME
from keepinpact.receipt import ranges
from simulated import (
    AGREEING,
    CODES,
    CONTRADICTING,
    RANKED,
    ROWS_PUBLISHED,
    STATES,
    copy_of_the_project,
    fits,
)
from test_verify import changed, files_of, numbers_in, script, wrong

pytestmark = pytest.mark.long

COUNTED = ["agreeing", "contradicting"]

# What only one state may say. These pages explain what there could be.
EXPLAINED = {
    "method", "glossary", "codebook", "data", "statements-file", "accessibility", "survey",
    "when-responses-come",
}  # fmt: skip
UNTIL_RELEASED = (
    r"not published with",
    r"base not printed",
    r"reconstruct",
    r"nobody’s answers",
    r"Chart missing",
    r"as soon as its counts are known",
    r"no counts are published",
    r"is not known how many",
    r"Nothing says that (it is|there were)",
    r"nobody can check",
    r"answers behind its numbers",
    r"as we assume",
    r"numbers? leaves? ",
    r"Hatched: worked out",
    r"what is true by construction",
    r"charts survive only as gaps",
)
ONCE_RELEASED = (
    r"released responses",
    r"Counted in the released",
    r"recount gives",
    r"were recounted otherwise",
    r"the report prints \d",
    r"as the report prints it",
    r"could be recounted",
)
# The audit of the printed text: there the text alone may leave several values.
OF_THE_TEXT = {"audit": (r"numbers? leaves? ",), "ledger": ()}


@dataclass(frozen=True)
class Built:
    """A built book in one state."""

    state: str
    root: Path

    @property
    def html(self) -> Path:
        return self.root / "_build/html"

    @cached_property
    def pages(self) -> dict[str, BeautifulSoup]:
        """The articles by name, without code; drawings are left as their words."""
        found = {}
        for path in sorted((self.html / "chapters").glob("*.html")):
            article = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").select_one("article")
            assert article is not None
            for code in article.select("div.cell_input, pre, script, style"):
                code.decompose()
            found[path.stem] = article
        return found

    def text(self, page: str, *, notes: bool = True) -> str:
        return text_of(self, page, notes)

    @cached_property
    def results(self) -> dict[tuple[str, str], dict]:
        found = json.loads((self.html / "results.json").read_text(encoding="utf-8"))["results"]
        return {(one["chapter"], one["key"]): one for one in found}

    @cached_property
    def statements(self) -> dict[str, dict]:
        found = json.loads((self.html / "statements.json").read_text(encoding="utf-8"))
        return {one["id"]: one for one in found["statements"]}

    @cached_property
    def rows(self) -> list[dict[str, str]]:
        """The released rows, read with nothing of the package."""
        with (self.root / RELEASED).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def count(self, item: str, wave: str | None = None) -> tuple[Counter, int, int]:
        """Of an item: how often each value was given, who answered, who of a survey that asked did not."""
        rows = [r for r in self.rows if r["item"] == item and wave in (None, r["wave"])]
        given = Counter(r["value"] for r in rows if r["value"])
        waves = {r["wave"] for r in rows}
        asked = {r["respondent"] for r in self.rows if r["wave"] in waves}
        answered = {r["respondent"] for r in rows if r["value"]}
        return given, len(answered), len(asked - answered)


@cache
def text_of(built: Built, page: str, notes: bool) -> str:
    """The words of a page, those of its drawings last."""
    article = built.pages[page]
    if not notes:
        article = copy(article)
        for listed in article.select("[role=doc-endnotes]"):
            listed.decompose()
    words = " ".join(article.get_text(" ").split())
    alternatives = [str(one.get("alt") or one.get("aria-label") or "") for one in article.select("img, svg")]
    return re.sub(r" ([.,;:)”])", r"\1", f"{words} {' '.join(alternatives)}")


@pytest.fixture(scope="module", params=STATES)
def built(request, tmp_path_factory) -> Built:
    return book(request.param, tmp_path_factory)


@pytest.fixture(scope="module", params=COUNTED)
def counted(request, tmp_path_factory) -> Built:
    return book(request.param, tmp_path_factory)


BOOKS: dict[str, Built] = {}


def book(state: str, tmp_path_factory) -> Built:
    """The book of a state, built once a session; the one without responses is the working copy's."""
    if state not in BOOKS:
        if STATES[state] is None:
            assert not (ROOT / RELEASED).exists(), "responses are released: these tests have had their time"
            assert read_stamp(ROOT) == inputs(ROOT), "the built book is out of date: make paper"
            BOOKS[state] = Built(state, ROOT)
            return BOOKS[state]
        # A folder of one's own keeps executed chapters from one session to the next.
        kept = os.environ.get("KEEPINPACT_STATES")
        root = Path(kept) / state if kept else tmp_path_factory.mktemp(state)
        root.mkdir(parents=True, exist_ok=True)
        copy_of_the_project(root, STATES[state])
        build_paper(root, progress=lambda _: None)
        BOOKS[state] = Built(state, root)
    return BOOKS[state]


def half_up(count: int, base: int) -> int:
    return (200 * count + base) // (2 * base)


def test_the_agreeing_answers_fit_the_report():
    assert fits()


def test_the_command_line_accepts_the_data(built):
    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "keepinpact", *command],
            cwd=built.root,
            env=dict(os.environ) | {"PYTHONPATH": str(built.root / "src")},
            capture_output=True,
            text=True,
        )

    checked = run("check")
    assert checked.returncode == 0, checked.stderr
    layer = "reconstructed" if built.state == "reconstructed" else "responses"
    assert f"({layer})" in checked.stdout


@pytest.mark.parametrize("phrase", UNTIL_RELEASED)
def test_no_page_says_what_is_true_only_until_responses_are_released(counted, phrase):
    for page in counted.pages.keys() - EXPLAINED:
        if phrase not in OF_THE_TEXT.get(page, ()):
            assert not re.search(phrase, counted.text(page)), page


@pytest.mark.parametrize("phrase", UNTIL_RELEASED)
def test_each_of_these_phrases_is_said_until_then(phrase, tmp_path_factory):
    before = book("reconstructed", tmp_path_factory)
    if phrase != r"what is true by construction":
        assert any(re.search(phrase, before.text(page)) for page in before.pages), phrase


@pytest.mark.parametrize("phrase", ONCE_RELEASED)
def test_no_page_says_what_is_true_only_once_responses_are_released(phrase, tmp_path_factory):
    before = book("reconstructed", tmp_path_factory)
    for page in before.pages.keys() - EXPLAINED:
        assert not re.search(phrase, before.text(page)), page
    after = [book(state, tmp_path_factory) for state in COUNTED]
    assert any(re.search(phrase, one.text(page)) for one in after for page in one.pages), phrase


def test_the_pages_that_explain_say_which_state_it_is(built):
    released = built.state != "reconstructed"
    assert ("not published with" in built.text("method")) is not released
    assert ("The responses as released" in built.text("method")) is released
    assert ("The responses are released" in built.text("data")) is released
    assert ("should they be released" in built.text("data")) is not released
    assert "not published with" not in built.text("glossary")
    published = (built.html / "data/datapackage.json").read_text(encoding="utf-8")
    assert "not published with" not in published


def test_every_percentage_has_its_base_at_its_side(counted):
    for page in (
        "summary",
        "frameworks",
        "job-profile",
        "organisations",
        "identification",
        "types",
        "levels",
    ):
        text = re.sub(r"“[^”]*”", "", counted.text(page, notes=False))
        text = re.sub(r"the report prints \d+ %", "", text)
        for found in re.finditer(r"\d+ %(.{0,14})", text):
            assert re.match(r" \(\d+ of \d+\)", found[1]), (page, found[0])


def test_shares_are_those_of_an_independent_count(counted):
    for item, wave, value, chapter, key, printed in (
        ("staff", "1", "yes", "job-profile", "staff-full", 61),
        ("frameworks", None, "no", "frameworks", "frameworks-full", 70),
        ("staff", "1", "yes", "summary", "staff-full", 61),
        ("frameworks", None, "no", "summary", "frameworks-full", 70),
    ):
        given, base, blank = counted.count(item, wave)
        result = counted.results[chapter, key]
        assert (result["count"], result["base"], result["layer"]) == (given[value], base, "responses")
        percent = half_up(given[value], base)
        assert result["text"] == f"{percent} % ({given[value]} of {base})"
        text = counted.text(chapter, notes=False)
        assert result["text"] in text
        beside = f"the report prints {printed} %" if percent != printed else "as the report prints it"
        assert beside in text
        if chapter != "summary":
            assert counted.results[chapter, f"{item}-blank"]["value"] == blank
            assert f"{blank} left it blank" in text


CHARTS = (
    ("staff", "1", "job-profile", "chart-staff"),
    ("position", None, "job-profile", "chart-positions"),
    ("tasks", "1", "tasks", "chart-tasks"),
    ("organisation", "2", "organisations", "chart-organisation"),
    ("sector", "2", "organisations", "chart-sector"),
    ("ways", "2", "types", "chart-ways"),
    ("levels", None, "levels", "chart-levels"),
    ("training", None, "training", "chart-training"),
    ("frameworks", None, "frameworks", "chart-frameworks"),
    ("sources", "2", "identification", "sources-counted"),
    ("challenges", "2", "top-challenges", "challenges-counted"),
    ("diploma", None, "diploma", "diploma-counted"),
    ("partners", None, "with-whom", "with-whom-counted"),
    ("themes", None, "themes", "themes-counted"),
    ("tools", None, "tools", "tools-counted"),
    ("added_value", None, "added-value", "added-value-counted"),
    ("meaning", None, "meaning", "meaning-counted"),
)


@pytest.mark.parametrize(("item", "wave", "chapter", "key"), CHARTS)
def test_every_question_shows_its_counts(counted, item, wave, chapter, key):
    given, base, blank = counted.count(item, wave)
    shown = {
        name[1].split("/")[1]: one
        for name, one in counted.results.items()
        if name[0] == chapter and name[1].startswith(f"{key}/")
    }
    assert sorted(one["count"] for one in shown.values()) == sorted(given.values())
    assert {one["base"] for one in shown.values()} == {base}
    assert {one["layer"] for one in shown.values()} == {"responses"}
    for one in shown.values():
        assert one["text"] in counted.text(chapter, notes=False)
    if key.startswith("chart-"):
        note = counted.results[chapter, f"{key}-note"]
        assert (note["base"], note["blank"]) == (base, blank)
        first = max(shown, key=lambda label: shown[label]["count"])
        figure = next(
            one for one in counted.pages[chapter].select("figure") if note["text"] in one.get_text()
        )
        headline = figure.select_one("figcaption strong").get_text()
        assert f"“{first}”" in headline
        above = 2 * shown[first]["count"] > base
        assert headline.startswith("More than half" if above else "Most frequent, though not above half")
        drawn = figure.select_one("svg[aria-label], img[alt], svg[role=img]")
        words = str(drawn.get("aria-label") or drawn.get("alt") or drawn.get_text(" "))
        assert re.search(rf"The longest bars?[^.]* “{re.escape(first)}”", words), words


def test_the_countries_are_counted(counted):
    given, base, blank = counted.count("country")
    shown = {
        key.split("/")[1]: one["value"]
        for (chapter, key), one in counted.results.items()
        if chapter == "about" and key.startswith("countries-table/")
    }
    assert sorted(filter(None, shown.values())) == sorted(given.values())
    first = max(shown, key=shown.__getitem__)
    assert f"“{first}” has more answers than any other country" in counted.text("about")
    assert counted.results["about", "countries-table-note"]["base"] == base
    assert counted.results["about", "blank"]["value"] == blank
    for chapter in ("about", "summary"):
        names = ("answers-now", "countries-now") if chapter == "about" else ("answers", "countries")
        for name, value, printed in zip(names, (base + blank, len(given)), (48, 16), strict=True):
            result = counted.results[chapter, name]
            assert (result["value"], result["layer"]) == (value, "responses")
            both = f"{value} (the report prints {printed})"
            assert result["text"] == (str(value) if value == printed else both)


def test_the_size_of_each_survey_is_counted(counted):
    sizes = {
        wave: len({one["respondent"] for one in counted.rows if one["wave"] == wave}) for wave in ("1", "2")
    }
    for chapter, end in (("trust", ""), ("about", ""), ("levels", "-now")):
        for wave, size in sizes.items():
            result = counted.results[chapter, f"survey{wave}{end}"]
            assert (result["value"], result["layer"]) == (size, "responses")
    assert "That rests on the released responses" in counted.text("about")
    asked = {
        wave: len(
            {
                r["respondent"]
                for r in counted.rows
                if r["item"] == "levels" and r["wave"] == wave and r["value"]
            }
        )
        for wave in ("1", "2")
    }
    for wave, count in asked.items():
        assert counted.results["levels", f"levels-survey{wave}"]["value"] == count


# Not shown where question 12 is counted.
OF_THE_TEXT_ON_LEVELS = {"either", "survey1", "survey2"}


def test_what_is_counted_is_no_bound(counted):
    for (chapter, key), one in counted.results.items():
        if chapter == "audit" or "low" not in one:
            continue
        if (chapter == "levels" and key in OF_THE_TEXT_ON_LEVELS) or (chapter, key) == (
            "about",
            "named-printed",
        ):
            continue  # what the printed text leaves by itself
        pytest.fail(f"{chapter}: {key} is still a bound: {one['text']}")


def test_the_part_of_the_partners_countries_is_counted(counted):
    theirs = [
        row
        for row in counted.rows
        if row["item"] == "country" and row["value"] in ("FR", "BE", "IT", "PT", "HR")
    ]
    everybody = {(row["wave"], row["respondent"]) for row in counted.rows}
    for chapter in ("summary", "trust"):
        found = counted.results[chapter, "partners"]
        assert (found["count"], found["base"]) == (len(theirs), len(everybody))
        assert found["layer"] == "responses"


def test_bounds_stay_where_nothing_is_counted(tmp_path_factory):
    before = book("reconstructed", tmp_path_factory)
    found = before.results["trust", "survey1"]
    assert (found["values"], found["layer"]) == ([18, 23, 28, 31], "implied")
    assert before.results["organisations", "public"]["layer"] == "implied"


# Verdicts that rest on what is counted; every other is the one that the printed text has by itself.
FOLLOWING = [
    "answers",
    "countries",
    "most-answers",
    "croatia",
    "france",
    "portugal",
    "belgium",
    "other-countries",
    "staff",
    "organisation-balance",
    "public-sector",
    "sources-order",
    "sources-not",
    "ways-majority",
    "ways-less-common",
    "levels",
    "top-order",
    "challenges-not",
    "frameworks",
]
RECOUNTED = {
    "agreeing": dict.fromkeys(FOLLOWING, "reproduced"),
    "contradicting": dict.fromkeys(FOLLOWING, "contradicted")
    | dict.fromkeys(["most-answers", "belgium", "ways-majority"], "reproduced"),
}
RECOUNTED["partial"] = {
    name: RECOUNTED["contradicting"][name]
    for name in [
        "answers",
        "countries",
        "most-answers",
        "croatia",
        "france",
        "portugal",
        "belgium",
        "other-countries",
        "staff",
        "ways-majority",
        "ways-less-common",
    ]
}


def test_verdicts_follow_the_counts(built, tmp_path_factory):
    alone = book("reconstructed", tmp_path_factory).statements
    expected = {name: one["verdict"] for name, one in alone.items()} | RECOUNTED.get(built.state, {})
    assert {name: one["verdict"] for name, one in built.statements.items()} == expected
    for name, one in built.statements.items():
        contradicted = one["verdict"] == "contradicted"
        assert (one["recount"] == "otherwise") is contradicted
        assert ("Recounted otherwise:" in one["why"]) is contradicted, name
        # No clash of the text is made of a count.
        assert one["conflicts"] == alone[name]["conflicts"]


def test_a_reading_that_holds_is_no_contradiction(tmp_path_factory):
    one = book("contradicting", tmp_path_factory).statements["ways-majority"]
    assert one["verdict"] == "reproduced"
    assert [reading["id"] for reading in one["readings"] if reading["adopted"]] == ["together"]
    assert "if it is read as: more than half cooperate in at least one of these ways" in one["why"]


def test_what_was_recomputed_is_what_was_counted(counted):
    given, base, _ = counted.count("frameworks")
    expected = f"{half_up(given['no'], base)} % ({given['no']} of {base})"
    assert counted.statements["frameworks"]["recomputed"] == expected
    given, base, blank = counted.count("country")
    assert counted.statements["croatia"]["recomputed"] == str(given["HR"])
    assert counted.statements["answers"]["recomputed"] == str(base + blank)
    assert counted.statements["countries"]["recomputed"] == str(len(given))


def test_the_audit_of_the_text_is_the_same_in_every_state(built, tmp_path_factory):
    before = book("reconstructed", tmp_path_factory)
    for kind in (".conflict", ".repairs", "#fig-bases", "#fig-sizes"):
        mine, its = (
            [
                " ".join(re.sub(r"Conflict \w+", "", one.get_text(" ")).split())
                for one in b.pages["audit"].select(kind)
            ]
            for b in (built, before)
        )
        assert mine == its
        assert mine, kind
    for conflict in built.pages["audit"].select(".conflict"):
        assert len(conflict.select("li")) > 2


def test_notes_say_recounted_otherwise_of_what_was(tmp_path_factory):
    notes = book("contradicting", tmp_path_factory).text("frameworks")
    assert "Verdict: contradicted, it was recounted otherwise" in notes
    assert "it cannot hold together with other statements" not in notes


def test_the_order_of_challenges_follows_the_counts(counted):
    given, base, _ = counted.count("challenges", "2")
    ranks = [given[code] for code in RANKED]
    same = ranks == sorted(ranks, reverse=True)
    assert same is (counted.state == "agreeing")
    text = counted.text("top-challenges", notes=False)
    assert f"Of the order of the ranked ones, the recount gives {'the same' if same else 'otherwise'}" in text
    leading = counted.results["summary", "leading-challenge"]
    assert (leading["count"], leading["base"]) == (max(given.values()), base)


def test_how_many_were_recounted_is_said(counted):
    found = Counter(one["recount"] for one in counted.statements.values())
    said = f"{found['same'] or 'none'} gave the same, {found['otherwise'] or 'none'} did not"
    assert said in counted.text("trust")
    verdicts = Counter(one["verdict"] for one in counted.statements.values())
    for verdict, key in (("reproduced", "verdict-reproduced"), ("contradicted", "verdict-contradicted")):
        assert counted.results["audit", key]["value"] == verdicts[verdict]


def test_nothing_is_left_to_ask_for_once_it_is_counted(built):
    result = built.results["audit", "open-now"]
    assert result["value"] == {"reconstructed": 4, "partial": 1}.get(built.state, 0)
    assert ("the questions that would settle most" in built.text("audit")) is (result["value"] > 0)


def test_the_pdf_is_made_and_says_the_same(built):
    pages = (page for name in (NAME, ANNEX) for page in PdfReader(built.html / name).pages)
    text = " ".join(" ".join(page.extract_text().split()) for page in pages)
    assert len(text) > 50_000
    assert ("not published with" in text) is (built.state == "reconstructed")
    assert ("base not printed" in text) is (built.state not in COUNTED)
    if built.state in COUNTED:
        given, base, _ = built.count("frameworks")
        assert f"({given['no']} of {base})" in text


def test_a_release_of_some_questions_keeps_the_text_for_the_others(tmp_path_factory):
    some = book("partial", tmp_path_factory)
    assert "28 %" not in some.text("frameworks")
    assert "base not printed" in some.text("frameworks")
    assert "45 % (9 of 20)" in some.text("job-profile")
    assert "Chart missing" in some.text("organisations")
    assert "Chart missing" not in some.text("types")
    assert "If it was survey 2, as we assume" in some.text("levels")
    assert "Survey 1 has 20 answers" in some.text("about")
    for page in some.pages.keys() - EXPLAINED:
        assert not re.search("not published with|reconstruct|nobody’s answers", some.text(page)), page
    assert some.statements["frameworks"]["recount"] is None
    assert some.statements["frameworks"]["verdict"] == "conditional"
    assert some.statements["staff"]["verdict"] == "contradicted"
    # How many people there are was counted, and leaves out a share that the text allows.
    forced = some.results["frameworks", "frameworks-full"]["rests_on"]
    assert [one["id"] for one in forced] == ["frameworks", "nearest", RELEASED.as_posix()]


def test_rows_are_published_only_where_respondents_agreed(built):
    rows = built.html / RELEASED
    agreed = built.state == ROWS_PUBLISHED
    assert rows.exists() is agreed
    package = json.loads((built.html / "data/datapackage.json").read_text(encoding="utf-8"))
    assert any(f"data/{one['path']}" == RELEASED.as_posix() for one in package["resources"]) is agreed
    dataset = linked_data(built.root, built.html, None, "")["@graph"][1]
    downloads = [one["contentUrl"].removeprefix("../") for one in dataset["distribution"]]
    assert (RELEASED.as_posix() in downloads) is agreed
    assert all((built.html / name).is_file() for name in downloads)
    if built.state in (*COUNTED, ROWS_PUBLISHED):
        assert ("their rows are not" in built.text("data")) is not agreed
        assert ("rows are not published" in built.text("method")) is not agreed


def test_what_leads_to_a_line_of_the_responses_leads_there_or_says_that_it_is_not_published(built):
    agreed, said = built.state == ROWS_PUBLISHED, Counter()
    pages = [*(built.html / "chapters").glob("*.html"), *(built.html / "figures").glob("*.html")]
    for path in pages:
        page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for link in page.select("a[href]"):
            if RELEASED.name in link["href"]:
                file, _, line = link["href"].partition("#")
                target = BeautifulSoup(
                    (path.parent / file).resolve().read_text(encoding="utf-8"), "html.parser"
                )
                assert target.find(id=line), (path.name, line)
                said["led"] += 1
        said["not published"] += page.get_text().count("(not published)")
    assert bool(said["led"]) is agreed
    assert bool(said["not published"]) is (built.state in COUNTED)


def test_no_respondent_is_named_in_anything_that_is_published(counted):
    known = {row["respondent"] for row in counted.rows}
    assert len(known) > 40
    code = re.compile(rf"\b(?:{'|'.join(known)})\b".encode())
    for path in counted.html.rglob("*"):
        if path.is_file() and "_static" not in path.parts:
            assert not code.search(path.read_bytes()), path.relative_to(counted.html)


def test_a_table_of_two_questions_shows_no_count_of_few(counted):
    answers: dict[str, dict[str, str]] = {}
    for row in counted.rows:
        answers.setdefault(row["respondent"], {})[row["item"]] = row["value"]
    true = Counter(
        (one["country"], one["position"]) for one in answers.values() if one["country"] and one["position"]
    )
    labels = {
        line["code"]: line["label"]
        for line in csv.DictReader((counted.root / "data/codebook.csv").read_text("utf-8").splitlines())
        if line["variable"] in ("country", "position")
    }
    named = {(labels[country], labels[position]): number for (country, position), number in true.items()}
    shown = {
        tuple(key.split("/")[1:]): one["value"]
        for (chapter, key), one in counted.results.items()
        if chapter == "job-profile" and key.startswith("by-country/")
    }
    assert shown
    assert all(number == 0 or number >= 5 for number in shown.values())
    assert all(named.get(cell, 0) == number for cell, number in shown.items())
    text = counted.text("job-profile", notes=False)
    assert "withheld" in text
    for country in {labels[code] for code, _ in true}:
        answering = sum(number for (one, _), number in named.items() if one == country)
        assert any(one == country for one, _ in shown) <= (answering >= 5)


def test_the_pages_say_what_the_numbers_tell_of_a_person(built):
    text = built.text("method", notes=False)
    if built.state == "reconstructed":
        assert "the report’s statements count, the printed numbers settle none for anybody." in text
        assert "12 countries have fewer than 5 answers each" in text
        return
    given = {(r["wave"], r["item"], r["value"]) for r in built.rows if r["value"]}
    assert f"Of {len(given)} answers that were given, the published counts settle none." in text
    countries = Counter(r["value"] for r in built.rows if r["item"] == "country" and r["value"])
    assert f"{sum(n < 5 for n in countries.values())} countries have fewer answers" in text


# The second opinion


def with_rows(built) -> dict[str, bytes]:
    """What verify.py reads of a book for whoever has the responses, published or not."""
    return files_of(built.html) | {RELEASED.as_posix(): (built.root / RELEASED).read_bytes()}


NOT_RECOUNTED = {
    *("verdict-reproduced", "verdict-consistent", "verdict-conditional", "verdict-contradicted"),
    *("verdict-not-tested", "tried", "open-now", "clashes", "frameworks-bases", "by-country"),
}


def test_the_second_opinion_says_of_each_number_that_it_was_recounted_or_was_not(built):
    edition = script().Edition(files_of(built.html))
    edition.check()
    assert edition.wrong == []
    kinds = ("recounted from the data", "not recounted")
    recounted, not_recounted = (edition.seen[f"numbers of results.json: {kind}"] for kind in kinds)
    assert recounted + not_recounted == len(built.results)
    assert len(edition.cannot) == len(set(edition.cannot)) == not_recounted
    counted = {f"{x}: {key}" for (x, key), one in built.results.items() if one["layer"] == "responses"}
    if built.state == ROWS_PUBLISHED:
        assert counted & {*edition.cannot} == {"trust: clashes"}
    else:
        assert counted <= {*edition.cannot}


def test_who_has_the_rows_can_recount_what_is_counted_in_them(counted):
    edition = script().Edition(with_rows(counted))
    edition.check()
    assert edition.wrong == []
    assert {one.partition(": ")[2].partition("/")[0] for one in edition.cannot} == NOT_RECOUNTED
    assert edition.seen["numbers of results.json: recounted from the data"] > 240


def test_it_counts_wherever_the_rows_stand(counted):
    files = with_rows(counted)
    header, *rows = files[RELEASED.as_posix()].decode().splitlines()
    order = random.Random(3).sample(range(len(rows)), len(rows))
    files[RELEASED.as_posix()] = "\n".join([header, *(rows[place] for place in order), ""]).encode()
    now = {place + 2: line for line, place in enumerate(order, 2)}
    document = json.loads(files["results.json"])
    for one in document["results"]:
        if one["layer"] == "responses":
            lines = [n for source in one["source"] for n in range(source["lines"][0], source["lines"][1] + 1)]
            moved = ranges(RELEASED.as_posix(), sorted(now[n] for n in lines), 12)
            one["source"] = [source.model_dump(mode="json", exclude_unset=True) for source in moved]
    assert any("count" in source for one in document["results"] for source in one["source"])
    files["results.json"] = json.dumps(document).encode()
    edition = script().Edition(files)
    edition.check()
    assert edition.wrong == []
    assert {one.partition(": ")[2].partition("/")[0] for one in edition.cannot} == NOT_RECOUNTED


@pytest.mark.parametrize("state", [*COUNTED, ROWS_PUBLISHED])
def test_a_counted_number_that_is_one_off_is_noticed(state, tmp_path_factory):
    one_state, verify = book(state, tmp_path_factory), script()
    files = with_rows(one_state)
    kept = {name: text for name, text in files.items() if name.startswith("data/") or "/" not in name}
    kept["chapters/ledger.html"] = files["chapters/ledger.html"]
    edition = verify.Edition(files)
    edition.check()
    results = [
        one
        for (chapter, key), one in one_state.results.items()
        if one["layer"] == "responses" and f"{chapter}: {key}" not in edition.cannot
    ]
    document = json.loads(files["results.json"])
    # By itself each is checked in no time.
    alone = [document | {"results": [one]} for one in results]
    fields = ("text", "source", "pages", "value", "count", "base", "blank", "low", "high")
    places = [
        (which, *place)
        for which, one in enumerate(alone)
        for place in numbers_in({"results": one["results"]})
        if place[0][2] in fields
    ]
    assert len(results) > 25
    assert wrong(verify, kept | {"results.json": json.dumps(alone[0]).encode()}) == []
    for which, path, span in random.Random(14).sample(places, 60):
        changed_file = {"results.json": changed(alone[which], path, span)}
        assert wrong(verify, kept | changed_file), (results[which]["key"], path)


def test_an_answer_that_is_another_is_noticed(counted):
    files = with_rows(counted)
    other = re.sub(rb"(?m)^(1,staff,\w+),yes$", rb"\1,no", files[RELEASED.as_posix()], count=1)
    found = wrong(script(), files | {RELEASED.as_posix(): other})
    assert any(one.startswith("job-profile: staff-full: published") for one in found)


PRINTED = (("Croatia", "HR", 11), ("France", "FR", 9), ("Portugal", "PT", 7), ("Belgium", "BE", 5))


def test_each_printed_number_stands_beside_its_recount(counted):
    (table,) = [one for one in counted.pages["trust"].select("table") if "Printed" in one.get_text()]
    rows = [[cell.get_text() for cell in row.select("th, td")] for row in table.select("tbody tr")]
    country, base, blank = counted.count("country")
    expected = {
        "received a total of": ("48", str(base + blank)),
        "16 countries": ("16", str(len(country))),
        "17 réponses": ("17", str(counted.count("levels")[1])),
    }
    for name, code, printed in PRINTED:
        expected[f"{name} ({printed} answers)"] = (str(printed), str(country[code]))
    for words, item, wave, value, printed in (
        ("61% of the respondents", "staff", "1", "yes", 61),
        ("70% of respondents", "frameworks", None, "no", 70),
    ):
        given, base, _ = counted.count(item, wave)
        expected[words] = (f"{printed} %", f"{half_up(given[value], base)} % ({given[value]} of {base})")
    assert len(rows) == len(expected)
    for words, (printed, recount) in expected.items():
        (row,) = [row[1:] for row in rows if words in row[0]]
        assert row[:2] == [printed, recount]
        assert (row[2] == "no difference") is (recount.split(" (")[0] == printed)


def test_clashes_with_responses_stand_apart_from_those_within_the_text(counted):
    text = counted.text("trust", notes=False)
    contradicted = [one for one in counted.statements.values() if one["recount"] == "otherwise"]
    assert f"The responses contradict {len(contradicted)} of the report’s statements" in text
    listed = counted.pages["trust"].select("a[href*='#ledger-']:not(section[role] *)")
    assert len({one["href"] for one in listed}) == len(contradicted)
    assert "Clashes within the printed text are another matter" in text


def test_simulated_codes_are_no_part_of_the_data():
    codebook = (Path(__file__).parents[1] / "data/codebook.csv").read_text(encoding="utf-8")
    assert "Made-up" not in codebook
    assert not (Path(__file__).parents[1] / RELEASED).exists() or "s1r01" not in (
        Path(__file__).parents[1] / RELEASED
    ).read_text(encoding="utf-8")
    charted = yaml.safe_load("[position, tasks, organisation, levels, training]")
    in_words = yaml.safe_load("[diploma, partners, themes, tools, added_value, meaning]")
    assert sorted(CODES) == sorted([*charted, *in_words])
    assert AGREEING.size != CONTRADICTING.size
