"""The printed layer against the source: on small made texts, and on the source where it is at hand."""

import csv
import os
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from keepinpact.data import ROOT
from keepinpact.quotes import (
    Quote,
    SourceError,
    missing,
    normalise,
    quotations,
    quotes_of,
    read_source,
    report,
    sentences,
    uncovered,
)

DATA = Path(__file__).parents[1] / "data"

TEXT = """Our survey

12 people answered. Most came from two countries: Latvia (7 answers), Malta (5 answers).

The others (less than 2) included the UK, Chad and Fiji. They like it.

- Helping: trust and care, time
- Chess

- 1. By post
- 2. By telephone
"""
HEADINGS = ["Our survey"]
STATEMENTS = ["12 people", "Most came from two countries", "Latvia (7 answers)", "Malta (5 answers)"]
STATEMENTS += ["The others (less than 2) included", "1. By post"]
ITEMS = [("", "Latvia"), ("", "Malta"), ("", "UK"), ("", "Chad"), ("", "Fiji"), ("Helping", "trust and care")]
ITEMS += [("Helping", "time"), ("", "Chess"), ("", "By post"), ("", "By telephone")]


def layer() -> dict[str, list[dict[str, str]]]:
    return {
        "statements.yml": [{"id": f"s{i}", "quote": text} for i, text in enumerate(STATEMENTS)],
        "claims.csv": [{"id": "c", "quote": "They like it"}],
        "items.csv": [{"id": f"i{i}", "group": g, "text": t} for i, (g, t) in enumerate(ITEMS)],
    }


def quotes(tables: dict[str, list[dict[str, str]]]) -> list[Quote]:
    return [quote for file, rows in tables.items() for quote in quotes_of(file, rows)]


def without(tables: dict[str, list[dict[str, str]]], file: str, i: int) -> list[Quote]:
    return quotes({**tables, file: tables[file][:i] + tables[file][i + 1 :]})


def pdf(text: str) -> bytes:
    """A PDF of one page, made by hand."""
    content = b"BT /F1 12 Tf 72 720 Td (" + text.encode("ascii") + b") Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\n" % (size, table, size)
    return out + b"startxref\n%d\n%%%%EOF\n" % out.index(b"xref\n0")


class TestReadSource:
    def test_text_with_byte_order_mark(self, tmp_path: Path) -> None:
        file = tmp_path / "a.txt"
        file.write_bytes("\ufeffréponses".encode())
        assert read_source(file) == "réponses"

    def test_pdf_by_its_first_bytes(self, tmp_path: Path) -> None:
        file = tmp_path / "a.txt"
        file.write_bytes(pdf("48 answers came"))
        assert read_source(file).split() == ["48", "answers", "came"]

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"caf\xe9", "not UTF-8 .byte 0xE9 at position 3"),
            (b" \n", "holds no text"),
            (b"%PDF-1.4 and nothing more", "PDF cannot be read"),
            (pdf(" "), "holds no text"),
        ],
    )
    def test_unusable(self, tmp_path: Path, content: bytes, message: str) -> None:
        file = tmp_path / "a"
        file.write_bytes(content)
        with pytest.raises(SourceError, match=message):
            read_source(file)

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="no such file"):
            read_source(tmp_path / "a")
        with pytest.raises(SourceError, match="can be read"):
            read_source(tmp_path)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a \t b\x0cc\xa0d\r\n\ne", "a b c d e"),
        ("the <u>KEEP</u> <b>x</b>, 1 < 2 > 0", "the KEEP x, 1 < 2 > 0"),
        (r" ${\bf Author}({\bf s}){:}\ {\rm Long}\ {\rm Name}$", "Author(s): Long Name"),
        ("costs $5 or $6", "costs $5 or $6"),
        ("| A | 3 |\n|---|:--:|\n| B c | 4 |", "A 3 B c 4"),
        ("Types ........ 6", "Types 6"),
        ("“a” «b» ‘c’ d’e f–g h—i", '"a" "b" \'c\' d\'e f-g h-i'),
        ("ﬁne cafe\u0301…", "fine café..."),
        ("", ""),
    ],
)
def test_normalise(text: str, plain: str) -> None:
    assert normalise(text) == plain
    assert normalise(plain) == plain


@pytest.mark.parametrize("source", ["a multi-\nstakeholder plan", "a multi-\n\n stakeholder\nplan"])
@pytest.mark.parametrize("quote", ["multi-stakeholder plan", "multistakeholder", "multi-\nstakeholder"])
def test_hyphen_at_a_line_end(source: str, quote: str) -> None:
    assert missing([Quote("claims.csv", "a", quote)], source) == []


def test_hyphen_only_in_the_quotation() -> None:
    assert missing([Quote("claims.csv", "a", "multi-\nstakeholder")], "multi-stakeholder") == []
    assert missing([Quote("claims.csv", "a", "multistakeholder")], "multi-stakeholder") != []


@pytest.mark.parametrize("text", ["Latvia  (7\nanswers)", "“12 people”", "included the UK, Chad and Fiji"])
def test_found(text: str) -> None:
    assert missing([Quote("claims.csv", "a", text)], TEXT.replace("12 people", '"12 people"')) == []


@pytest.mark.parametrize("text", ["Latvia (8 answers)", "latvia", "peopl", "2 people", "", " ", "UK Chad"])
def test_missing(text: str) -> None:
    quote = Quote("claims.csv", "a", text)
    assert missing([quote], TEXT) == [quote]


def cut(text: str) -> list[str]:
    return [sentence for sentence, _ in sentences(text)]


def test_sentences() -> None:
    assert cut(
        "Title\n\nOne, eg. VET (e.g. Ltd.) has 1.5 parts. Two goes on\n\nover a page. Third?\n12 say no.\n"
        "• First bullet\nwrapped\n- 2. Second\n| Row | 3 |\n|---|---|\n12. What is it? 17 réponses\n"
        '- "One. Two."\n•\nAlone..\nEnd'
    ) == [
        "Title",
        "One, eg. VET (e.g. Ltd.) has 1.5 parts.",
        "Two goes on over a page.",
        "Third?",
        "12 say no.",
        "First bullet wrapped",
        "2. Second",
        "Row 3",
        "12. What is it?",
        "17 réponses",
        '"One.',
        'Two."',
        "Alone..",
        "End",
    ]


def test_all_covered() -> None:
    assert uncovered(TEXT, quotes(layer()), HEADINGS) == []
    assert uncovered(TEXT, [], []) == cut(TEXT)


@pytest.mark.parametrize("file", layer())
def test_each_row_is_needed(file: str) -> None:
    for i, row in enumerate(layer()[file]):
        assert uncovered(TEXT, without(layer(), file, i), HEADINGS), row


def test_heading_is_a_whole_line() -> None:
    assert uncovered("A title:\nNot a title here", [], ["A title"]) == ["Not a title here"]
    assert uncovered("Top 6 things:", [], ["Top 6 things"]) == ["Top 6 things:"]


def test_numbers() -> None:
    claim = [Quote("claims.csv", "a", "grew")]
    assert uncovered("Survey 1 grew in survey 2, and surveys 1 and 2 too.", claim, []) == []
    assert uncovered("It grew by 3.", claim, []) == ["It grew by 3."]
    assert uncovered("It grew by 3.", [*claim, Quote("statements.yml", "b", "by 3")], []) == []
    assert uncovered("It grew by 3.", [*claim, Quote("exclusions.csv", "b", "by 3")], []) == []


@pytest.mark.parametrize(
    "words", ["A majority", "Most of them", "They usually", "Most common fish", "A few times they", "mostly"]
)
def test_quantity_words_stand_in_a_statement_or_a_heading(words: str) -> None:
    claim, item = Quote("claims.csv", "a", "like fish"), Quote("items.csv", "a", f"{words} like fish")
    text = f"{words} like fish"
    assert uncovered(text, [claim], []) == uncovered(text, [item], []) == [text]
    assert uncovered(text, [claim, Quote("statements.yml", "b", words)], []) == []
    assert uncovered(text, [], [text]) == []
    assert uncovered("The most vulnerable, a few days", [Quote("claims.csv", "a", "vulnerable")], []) == []


LISTS = ["- 1. By post\n- 2. By phone\n", "• 1. By post\n\n• 2. By phone", "1. By post\n2. By phone"]


@pytest.mark.parametrize("source", LISTS)
def test_a_quotation_spans_a_ranking_word_for_word(source: str) -> None:
    def absent(text: str) -> bool:
        return missing([Quote("statements.yml", "a", text)], source) != []

    assert not absent("1. By post 2. By phone")
    assert absent("1. By phone 2. By post")
    assert absent("1. By post By phone")
    assert absent("1. By - post")


def test_a_dash_at_a_line_s_beginning_is_a_dash_too() -> None:
    quote = [Quote("claims.csv", "a", "Partnerships - usually local")]
    assert missing(quote, "Partnerships\n- usually local") == []
    assert missing(quote, "Partnerships usually local") == quote


def test_rankings_are_quoted_to_their_last_rank() -> None:
    said = " ".join(
        row["quote"]
        for row in yaml.safe_load((DATA / "report/statements.yml").read_text("utf-8"))["statements"]
    )
    ranked = [row for row in rows_of("items.csv") if row["rank"]]
    assert ranked
    assert [row["id"] for row in ranked if f"{row['rank']}. {row['text']}" not in said] == []


def test_exclusion_holds_only_its_words() -> None:
    assert uncovered("Nothing to see", [Quote("exclusions.csv", "a", "Nothing")], []) == ["Nothing to see"]


def test_printed_twice_needs_two_rows() -> None:
    row = Quote("items.csv", "a", "trust")
    assert uncovered("- trust\n- time\n- trust", [row, Quote("items.csv", "b", "time")], []) == ["trust"]


def test_unknown_kind() -> None:
    with pytest.raises(ValueError, match=r"notes\.csv: no kind of quotation"):
        uncovered("a", [Quote("notes.csv", "a", "a")], [])


def test_groups() -> None:
    rows = [{"id": str(i), "group": g, "text": t} for i, (g, t) in enumerate(["Aa", "Ab", "bb", "Ac"])]
    assert [quote.text for quote in quotes_of("items.csv", rows)] == ["A", "a", "b", "b", "A", "c"]


def test_what_is_quoted_again_stands_in_the_source_and_covers_nothing(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("It was so.\n", encoding="utf-8")
    again = [Quote("disclosure", "a", "It was so"), Quote("disclosure", "b", "It was not")]
    assert report(file, again, []) == ([again[1]], ["It was so."])
    assert {quote.id for quote in quotations(ROOT)[0] if quote.file == "disclosure"} >= {"dates", "sizes"}


def test_report(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("Heading\n\nLeft out.\n", encoding="utf-8")
    absent, left = report(file, [Quote("claims.csv", "a", "Not there")], ["Heading", "No heading"])
    assert [quote.id for quote in absent] == ["a", "No heading"]
    assert left == ["Left out."]


plain_text = st.text("aBé1-,:;?!()'\"“’ \n\t\xa0\u00ad•", max_size=80)
words = st.lists(st.text("abcé", min_size=1, max_size=5), min_size=1, max_size=12)


@given(plain_text)
def test_normalise_twice_is_once(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert once == once.strip()
    assert "  " not in once
    assert "\n" not in once


@given(st.text())
def test_any_text_is_cut_without_loss(text: str) -> None:
    at = 0
    whole = normalise(text)
    for sentence in cut(text):
        at = whole.index(sentence, at) + len(sentence)
    assert set(uncovered(text, [], [])) <= set(cut(text))


@given(words, st.data())
def test_any_run_of_words_is_found(text: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    gap = data.draw(st.sampled_from([" ", "\n", "\xa0", "\n\n"]))
    assert missing([Quote("claims.csv", "a", " ".join(text[start:end]))], gap.join(text)) == []


@given(st.lists(words, min_size=1, max_size=8), st.data())
def test_bullets_need_every_item(entries: list[list[str]], data: st.DataObject) -> None:
    lines = [f"{i}x{' '.join(entry)}" for i, entry in enumerate(entries)]
    lines = [re.sub(r"^\d+", lambda m: chr(65 + int(m[0])), line) for line in lines]
    source = "".join(f"- {line}\n" for line in lines)
    rows = [Quote("items.csv", str(i), line) for i, line in enumerate(lines)]
    assert uncovered(source, rows, []) == []
    gone = data.draw(st.integers(0, len(rows) - 1))
    assert uncovered(source, rows[:gone] + rows[gone + 1 :], []) == [lines[gone]]


# On the source itself, which is not part of the project.


@pytest.fixture(scope="module")
def source() -> str:
    path = os.environ.get("KEEPINPACT_SOURCE")
    if not path:
        pytest.skip("KEEPINPACT_SOURCE names no file: the source is not part of the project")
    return read_source(path)


def rows_of(name: str) -> list[dict[str, str]]:
    with (DATA / "report" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def printed() -> dict[str, list[dict[str, str]]]:
    statements = DATA / "report/statements.yml"
    content = yaml.safe_load(statements.read_text(encoding="utf-8")) if statements.exists() else {}
    tables = {name: rows_of(name) for name in ("claims.csv", "items.csv", "exclusions.csv")}
    return {"statements.yml": content.get("statements", []), **tables}


@pytest.fixture(scope="module")
def headings() -> list[str]:
    return [row["text"] for row in rows_of("headings.csv")]


@pytest.mark.check
def test_every_quotation_stands_in_the_source(
    source: str, printed: dict[str, list[dict[str, str]]], headings: list[str]
) -> None:
    titles = [Quote("headings.csv", heading, heading) for heading in headings]
    disclosed = [Quote("disclosure", row["id"], row["quote"]) for row in rows_of("disclosure.csv")]
    assert missing([*quotes(printed), *titles, *(one for one in disclosed if one.text)], source) == []


@pytest.mark.check
def test_the_source_is_covered(
    source: str, printed: dict[str, list[dict[str, str]]], headings: list[str]
) -> None:
    assert uncovered(source, quotes(printed), headings) == []


@pytest.mark.long
@pytest.mark.parametrize("file", ["statements.yml", "claims.csv", "items.csv", "exclusions.csv"])
def test_every_row_is_needed_to_cover_the_source(
    source: str, printed: dict[str, list[dict[str, str]]], headings: list[str], file: str
) -> None:
    """Without it the source is not covered, or words are quoted nowhere that a statement rests on."""
    spare = []
    for i, row in enumerate(printed[file]):
        others = without(printed, file, i)
        told = " ".join(normalise(quote.text) for quote in others)
        if not uncovered(source, others, headings) and normalise(quotes_of(file, [row])[-1].text) in told:
            spare.append(row["id"])
    assert spare == []


# On the tables alone.


@pytest.mark.check
def test_claims_have_no_number() -> None:
    for row in rows_of("claims.csv"):
        assert not re.search(r"\d", re.sub(r"(?i)survey \d", "", row["quote"])), row["id"]


@pytest.mark.check
def test_items_are_numbered_in_printed_order() -> None:
    seen: dict[str, int] = {}
    for row in rows_of("items.csv"):
        seen[row["list"]] = seen.get(row["list"], 0) + 1
        assert row["id"] == f"{row['list']}-{seen[row['list']]:02d}"


@pytest.mark.check
def test_codes_and_codebook_agree() -> None:
    variables = {"tasks": "task_theme", "meaning": "meaning_theme", "competences": "competence_theme"}
    variables |= dict.fromkeys(["challenges_survey1", "top_challenges", "challenges_not"], "challenge")
    used: set[tuple[str, str]] = set()
    for row in rows_of("items.csv"):
        used.add(("list", row["list"]))
        codes = row["theme"].split()
        used |= {(variables[row["list"]], code) for code in codes}
        if row["list"] in variables and row["list"] not in ("meaning", "competences"):
            assert len(codes) == 1, row["id"]
    with (DATA / "codebook.csv").open(encoding="utf-8", newline="") as file:
        book = [(row["variable"], row["code"]) for row in csv.DictReader(file)]
    kinds = {"list", *variables.values()}
    assert len(book) == len(set(book))
    assert {key for key in book if key[0] in kinds} == used
