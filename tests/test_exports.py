"""From exports of survey tools to released responses: one made-up survey, and nothing that is not settled."""

import csv
import io
import json
import random
import re
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from itertools import combinations, pairwise
from pathlib import Path

import openpyxl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import keepinpact.__main__ as command
from called import called
from exports import EXPORTS, MADE_UP, QUESTIONS, SECRETS, SEVERAL, TEXTS, google_forms, people
from keepinpact.data import (
    CODINGS,
    RELEASED,
    ROOT,
    DataError,
    check,
    load_codebook,
    load_codings,
    load_responses,
)
from keepinpact.findings import coded_alike
from keepinpact.imports import exports, read, write, write_draft
from keepinpact.imports.exports import key
from keepinpact.imports.mapping import Column, Plan
from keepinpact.imports.understood import parts
from simulated import AGREEING, CODES

MAPPING = "data/responses/import-{}.yml"
NEW = ("position", *SEVERAL)


@pytest.fixture
def root(tree: Path) -> Path:
    """The data, with the codes that the made-up survey needs in the codebook."""
    with (tree / "data/codebook.csv").open("a", encoding="utf-8", newline="") as file:
        for item in NEW:
            for code in CODES[item]:
                csv.writer(file, lineterminator="\n").writerow(
                    [item, code, TEXTS[code][1], MADE_UP, "", "edition", ""]
                )
    return tree


def settle(root: Path, wave: str = "1", **more: object) -> dict:
    """Settle what the draft of a mapping leaves open, by the texts of the made-up survey."""
    path = root / MAPPING.format(wave)
    plan = yaml.safe_load(path.read_text(encoding="utf-8"))
    for column in plan["columns"]:
        item, values = column.get("item"), column.get("values", {})
        options = {
            text: code for code in (*SEVERAL.get(item, ()), *values.values()) for text in TEXTS.get(code, ())
        }
        if "separator" in column and column["separator"] != " ":
            column["values"] = options
        else:
            named = next((code for text, code in options.items() if f"[{text}]" in column["column"]), "?")
            codes = {text: code for code, texts in TEXTS.items() for text in texts}
            column["values"] = {
                text: (codes.get(text, named) if item not in SEVERAL else named) if code == "?" else code
                for text, code in values.items()
            }
        if not item:
            del column["values"]
    save(path, plan | more)
    return plan


def save(path: Path, plan: dict) -> None:
    path.write_text(yaml.safe_dump(plan, allow_unicode=True, sort_keys=False), encoding="utf-8")


def imported(root: Path, *files: Path, wave: str = "1") -> bytes:
    found = read(root, files, wave)
    assert found.problems == {}
    write(root, found, wave)
    return (root / RELEASED).read_bytes()


def given_in(text: bytes) -> Counter:
    """Who answered what, without who they are: how often each set of answers was given."""
    answers: dict[str, dict[str, frozenset]] = {}
    for row in csv.DictReader(io.StringIO(text.decode())):
        of = answers.setdefault(row["respondent"], {})
        of[row["item"]] = of.get(row["item"], frozenset()) | ({row["value"]} - {""})
    return Counter(frozenset(one.items()) for one in answers.values())


@pytest.mark.long
@pytest.mark.parametrize("tool", EXPORTS)
def test_every_tool_gives_the_same_responses_without_names(root: Path, tmp_path_factory, tool: str) -> None:
    folder, some = tmp_path_factory.mktemp("exports"), people()
    path = EXPORTS[tool](folder, some)
    draft = write_draft(root, [path], "1").read_text(encoding="utf-8")
    plan = yaml.safe_load(draft)
    assert {one.get("item") for one in plan["columns"]} - {None} == set(QUESTIONS)
    assert [one for one in plan["columns"] if not {"item", "set_aside"} & set(one)] == []
    if "French" in tool or tool == "SPSS":
        settle(root)
    text = imported(root, path)
    # The oracle: the simulated survey itself, and that every tool gives the same file.
    assert given_in(text) == Counter(frozenset(one.answers.items()) for one in some)
    assert text == reference(root, folder)
    assert load_responses(root).layer == "responses"
    for secret in (*SECRETS, MADE_UP, *(one.email for one in some)):
        assert secret not in text.decode() + draft
    assert not (root / CODINGS).exists()


def reference(root: Path, folder: Path) -> bytes:
    """What another tool gives, of the same people in another order."""
    some = people()
    random.Random(1).shuffle(some)
    path = EXPORTS["KoBo"](folder, some)
    (root / RELEASED).unlink()
    (root / MAPPING.format(1)).unlink()
    write_draft(root, [path], "1")
    return imported(root, path)


def test_codes_of_respondents_do_not_tell_the_order_of_the_export(root: Path, tmp_path: Path) -> None:
    some = people()
    path = EXPORTS["KoBo"](tmp_path, some)
    write_draft(root, [path], "1")
    rows = [
        row for row in csv.DictReader(io.StringIO(imported(root, path).decode())) if row["item"] == "country"
    ]
    released = [row["value"] for row in rows]
    assert released != ["".join(one.answers["country"]) for one in some]
    # They follow the answers, in the codebook's order; a blank comes first.
    order = ["", "HR", "FR", "PT", "BE", "GB", "IT", "MT", "EE", "DE", "CH", "LT"]
    assert [order.index(value) for value in released] == sorted(order.index(value) for value in released)
    assert [row["respondent"] for row in rows] == [f"s1-{number:02d}" for number in range(1, len(some) + 1)]


def test_both_waves_stand_together_and_one_is_replaced_alone(root: Path, tmp_path: Path) -> None:
    (tmp_path / "2").mkdir()
    first, second = (
        EXPORTS["KoBo"](tmp_path, people()),
        EXPORTS["KoBo"](tmp_path / "2", people(AGREEING, "2")),
    )
    write_draft(root, [first], "1")
    write_draft(root, [second], "2")
    two = imported(root, second, wave="2").decode().splitlines()
    both = imported(root, first).decode().splitlines()
    assert [line for line in both if line[0] == "2"] == two[1:]
    assert both[1].startswith("1,country,s1-01,")
    fewer = EXPORTS["KoBo"](tmp_path, people()[:5])
    again = imported(root, fewer).decode().splitlines()
    assert [line for line in again if line[0] == "2"] == two[1:]
    assert sum(line.startswith("1,country,") for line in again) == 5
    check(root)
    with (root / RELEASED).open("a", encoding="utf-8") as file:
        file.write("2,country,s1-1,FR\n")
    with pytest.raises(
        DataError, match=r"released.csv: respondent 's1-1': is no respondent of another survey"
    ):
        imported(root, fewer)


def test_a_form_for_each_language(root: Path, tmp_path: Path) -> None:
    some = people()
    whole = EXPORTS["KoBo"](tmp_path, some)
    write_draft(root, [whole], "1")
    expected = imported(root, whole)
    (root / MAPPING.format(1)).unlink()
    (tmp_path / "fr").mkdir()
    french = google_forms(tmp_path / "fr", some[:12]).rename(tmp_path / "fr.csv")
    english = google_forms(tmp_path / "fr", some[12:], 1).rename(tmp_path / "en.csv")
    write_draft(root, [french, english], "1")
    settle(root)
    assert imported(root, french, english) == expected
    with pytest.raises(DataError, match="has another name than the other files"):
        read(root, [french, french], "1")


def plain(path: Path, rows: list[list[str]], encoding: str = "utf-8", separator: str = ",") -> Path:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


SMALL = [
    ["Pays", "Adresse\nélectronique", "Réseau"],
    ["Croatie", "a@example.org", "Oui, « très »\nvraiment; bien"],
    ["", "b@example.org", ""],
    ["Estonie", "c@example.org", "Non’"],
]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_separators_and_line_breaks(tmp_path: Path, encoding: str, separator: str) -> None:
    found = exports.read_export(plain(tmp_path / "e.csv", SMALL, encoding, separator))
    assert found.headings == ["Pays", "Adresse électronique", "Réseau"]
    assert found.rows == [
        (3, ["Croatie", "a@example.org", "Oui, « très » vraiment; bien"]),
        (5, ["", "b@example.org", ""]),
        (6, ["Estonie", "c@example.org", "Non’"]),
    ]
    assert {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252"}.get(encoding, encoding.upper()) in found.read_as


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("none.csv", None, "can be read"),
        ("empty.csv", b"", "holds a heading and answers"),
        ("blank.csv", b"\n ,\n", "holds a heading and answers"),
        ("head.csv", b"Pays,Oui\n", "holds answers below its headings"),
        ("open.csv", b'Pays,Oui\nHR,"no\nend', "open.csv:2: the file: is readable CSV from here on"),
        (
            "wide.csv",
            b"Pays,Oui\nHR,1\nFR,1,2\n",
            "wide.csv:3: the file: has 2 cells, as the headings have, not 3",
        ),
        ("null.csv", b"P\0a\0\n\0", "null.csv:1: the file: is text, and UTF-16 begins with its mark"),
        ("odd.csv", b"Pays\nHR\n\x81\xe9\n", "odd.csv:3: the file: is UTF-8, UTF-16 or Windows-1252"),
        ("torn.csv", b"\xff\xfeP", "is UTF-8, UTF-16"),
        ("old.xls", b"x", "is a CSV file"),
        ("broken.xlsx", b"PK\x03\x04 nothing", "is a readable Excel file"),
        ("broken.sav", b"$FL2 nothing", "is a readable file of SPSS"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, name: str, content: bytes | None, rule: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as caught:
        exports.read_export(tmp_path / name)
    assert rule in str(caught.value)
    assert f"  {name}" in str(caught.value)


def test_huge_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "huge.csv").open("wb") as file:
        file.truncate(100_000_001)
    with pytest.raises(DataError, match="has no more than 100 MB"):
        exports.read_export(tmp_path / "huge.csv")
    book = openpyxl.Workbook()
    book.active.append(["Pays"])
    book.save(tmp_path / "bomb.xlsx")
    monkeypatch.setattr(exports, "_MOST_UNPACKED", 1000)
    with pytest.raises(DataError, match="once unpacked"):
        exports.read_export(tmp_path / "bomb.xlsx")


def test_headings_are_told_apart(tmp_path: Path) -> None:
    rows = [["Pays", "PAYS", "", "Pays (2)", ""], ["HR", "FR", "x", "", ""]]
    found = exports.read_export(plain(tmp_path / "e.csv", rows))
    assert found.headings == ["Pays", "PAYS (2)", "column 3", "Pays (2) (2)"]


def test_a_draft_holds_nobodys_own_words(tree: Path, tmp_path: Path) -> None:
    """Not where a column looks like an item, like an option of one, or like one with a few answers more."""
    head = [
        "Pays",
        "Your tasks [Work]",
        "Your tasks [More]",
        "Sources de partenaires",
        "Meaning of cooperation",
    ]
    words = [f"Mr X of {place}" for place in "ABCDEFGHIJ"]
    rows = [["Croatie", "1", f"{one}!", f"Internet; {one}?", f"{one}."] for one in words]
    rows[0][0], rows[1][1] = words[0], words[1]
    draft = write_draft(tree, [plain(tmp_path / "e.csv", [head, *rows])], "1").read_text(encoding="utf-8")
    assert "Mr X" not in draft
    assert [one.get("item") for one in yaml.safe_load(draft)["columns"]] == [
        "country", "tasks", "tasks", "sources", None,
    ]  # fmt: skip
    assert '"Internet": "internet"' in draft


PLAN = {
    "format": 1,
    "columns": [
        {"column": "Pays", "item": "country", "values": {"Croatie": "HR", "France": "FR"}},
        {"column": "Mail", "set_aside": "identifier"},
        {"column": "Sources", "item": "sources", "separator": ", ",
         "values": {"Internet": "internet", "Réseaux, salons": "networks"}},
    ],
}  # fmt: skip
ROWS = [
    ["Pays", "Mail", "Sources"],
    ["Croatie", "a@example.org", "Internet"],
    ["France", "b@example.org", ""],
]


def problems(root: Path, tmp_path: Path, rows: list[list[str]], plan: dict = PLAN) -> dict[str, list[str]]:
    """The problems of an export; where there are any, nothing can be written."""
    save(root / MAPPING.format(1), plan)
    before = {path: path.read_bytes() for path in (root / "data").rglob("*") if path.is_file()}
    found = read(root, [plain(tmp_path / "e.csv", rows)], "1")
    if found.problems:
        with pytest.raises(ValueError, match="not everything is understood"):
            write(root, found, "1")
    assert before == {path: path.read_bytes() for path in (root / "data").rglob("*") if path.is_file()}
    return {title: list(map(str, faults)) for title, faults in found.problems.items()}


def column(number: int, **changed: object) -> dict:
    """The plan with a column changed, or without it."""
    columns = [dict(one) for one in PLAN["columns"]]
    columns[number] |= changed
    return PLAN | {"columns": columns}


def test_a_settled_export_has_no_problems(tree: Path, tmp_path: Path) -> None:
    assert problems(tree, tmp_path, ROWS) == {}


@pytest.mark.parametrize("left", range(3))
def test_a_column_that_is_not_mapped_stops_it(tree: Path, tmp_path: Path, left: int) -> None:
    plan = PLAN | {"columns": [one for number, one in enumerate(PLAN["columns"]) if number != left]}
    found = problems(tree, tmp_path, ROWS, plan)["columns that data/responses/import-1.yml does not settle"]
    assert found == [
        f"e.csv:1: {ROWS[0][left]}: stands in data/responses/import-1.yml with an item or set aside"
    ]


@pytest.mark.parametrize(
    ("plan", "rule"),
    [
        (column(0, column="Land"), "import-1.yml:3: Land: is a column of the export"),
        (column(0, item="land"), "Pays: answers an item of the codebook: country, position"),
        (column(0, set_aside="personal"), "Pays: says with item what it answers, or with set_aside why"),
        (column(1, set_aside=None), "Mail: says with item what it answers, or with set_aside why"),
        (column(1, column="PAYS "), "PAYS: stands once"),
        (column(0, separator=";"), "Pays: has no separator, since the item takes a single answer"),
        (column(0, values={"France": "FR", "france": "HR"}), "Pays: gives a text one code"),
        (column(1, set_aside=None, item="country", coder="a", rule="r"), "Pays: has a coder"),
    ],
)
def test_faults_of_a_mapping_are_named(tree: Path, tmp_path: Path, plan: dict, rule: str) -> None:
    found = problems(tree, tmp_path, ROWS, plan)["columns that data/responses/import-1.yml does not settle"]
    assert any(rule in one for one in found), found


@pytest.mark.parametrize(
    ("plan", "rule"),
    [
        (column(0, values={1: "HR"}), "is text (a number"),
        (column(0, values={"Oui": True}), "is text (a number"),
        (column(0, set_aside="whatever"), "'identifier', 'personal'"),
        (column(0, coder="a"), "coder and rule stand together"),
        (PLAN | {"repeated": "twice"}, "'keep all', 'keep first'"),
        (PLAN | {"column": []}, "is no key that can stand here"),
        ({"format": 1}, "columns: is needed"),
    ],
)
def test_a_mapping_that_cannot_be_read(tree: Path, tmp_path: Path, plan: dict, rule: str) -> None:
    save(tree / MAPPING.format(1), plan)
    with pytest.raises(DataError) as caught:
        read(tree, [plain(tmp_path / "e.csv", ROWS)], "1")
    assert rule in str(caught.value)
    assert "data/responses/import-1.yml" in str(caught.value)


def test_unknown_texts_are_grouped_with_the_allowed_codes(tree: Path, tmp_path: Path) -> None:
    more = [
        ["Kroatien", "c@example.org", "Internet, Mail"],
        ["Kroatien", "d@example.org", "Post, Réseaux, salons"],
    ]
    found = problems(tree, tmp_path, [*ROWS, *more])
    country, sources = found
    assert country.startswith(
        "country: texts that data/responses/import-1.yml does not know. Its codes: HR (Croatia)"
    )
    assert found[country] == ["e.csv:4: Pays 'Kroatien': has a code there (2 rows)"]
    assert "networks (Existing networks)" in sources
    assert found[sources] == [
        "e.csv:4: Sources 'Mail': has a code there (1 row)",
        "e.csv:5: Sources 'Post': has a code there (1 row)",
    ]
    assert problems(tree, tmp_path, [*ROWS, *more[:0]], column(2, others="internet")) == {}
    plan = column(2, others="internet")
    plan["columns"][0]["values"] = plan["columns"][0]["values"] | {"Kroatien": "HR"}
    assert problems(tree, tmp_path, [*ROWS, *more], plan) == {}
    assert ("1", "sources", "s1-2", "internet") in read(tree, [tmp_path / "e.csv"], "1").released


def test_codes_that_the_codebook_lacks_come_with_its_rows(tree: Path, tmp_path: Path) -> None:
    plan = column(0, item="position", values={"Croatie": "chief", "France": "?"})
    ((title, faults),) = problems(tree, tmp_path, ROWS, plan).items()
    assert title == "position: codes that data/codebook.csv does not have. Its codes: none yet"
    assert [one.split(": ", 1)[1] for one in faults] == [
        "Croatie 'chief': is a code of the item, or \"\" for no answer",
        "France '?': is a code of the item, or \"\" for no answer",
    ]
    (row,) = read(tree, [tmp_path / "e.csv"], "1").lacking
    with (tree / "data/codebook.csv").open("a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(row)
    plan["columns"][0]["values"]["France"], plan["empty_rows"] = "", "keep"
    assert problems(tree, tmp_path, ROWS, plan) == {}
    write(tree, read(tree, [tmp_path / "e.csv"], "1"), "1")
    check(tree)


def test_rows_without_answers_and_of_one_respondent_have_to_be_decided(tree: Path, tmp_path: Path) -> None:
    rows = [*ROWS, ["", "c@example.org", ""], ["France", "A@example.org", "Internet"]]
    assert problems(tree, tmp_path, rows) == {
        "rows": [
            "e.csv:4: the file: empty_rows says what becomes of rows without an answer: keep, or leave out",
            "e.csv:2: Mail: repeated says what becomes of such rows: keep all, keep first, or keep last",
        ]
    }
    for empty, repeated, countries in (
        ("keep", "keep all", {"": 1, "HR": 1, "FR": 2}),
        ("leave out", "keep first", {"HR": 1, "FR": 1}),
        ("leave out", "keep last", {"FR": 2}),
    ):
        assert problems(tree, tmp_path, rows, PLAN | {"empty_rows": empty, "repeated": repeated}) == {}
        found = read(tree, [tmp_path / "e.csv"], "1")
        assert Counter(row[3] for row in found.released if row[1] == "country") == countries
        assert f"the same in “Mail”: e.csv:2, e.csv:5 ({repeated})" in found.said
        assert f"rows without an answer: e.csv:4 ({empty})" in found.said
    plan = PLAN | {"rows_left_out": {"e.csv:4": "a test", "e.csv:2": "sent twice"}}
    assert problems(tree, tmp_path, rows, plan) == {}
    plan["rows_left_out"]["e.csv:9"] = "is not there"
    (fault,) = problems(tree, tmp_path, rows, plan)["rows"]
    assert "rows_left_out/e.csv:9: is a file and a row of it" in fault
    plan = PLAN | {"rows_left_out": {f"e.csv:{row}": "none" for row in range(2, 6)}}
    assert "holds a row that is not left out" in str(problems(tree, tmp_path, rows, plan))


def test_several_answers_to_an_item_that_takes_one(tree: Path, tmp_path: Path) -> None:
    plan = column(1, set_aside=None, item="country", values={"Croatia": "HR", "France": "FR"})
    rows = [ROWS[0], ["Croatie", "Croatia", ""], ["", "France", ""]]
    assert problems(tree, tmp_path, rows, plan) == {}
    rows.append(["Croatie", "France", ""])
    assert problems(tree, tmp_path, rows, plan) == {
        "country: several answers to an item that takes one": ["e.csv:4: country 'FR, HR': is one answer"]
    }


def test_a_cell_that_can_be_read_in_two_ways(tree: Path, tmp_path: Path) -> None:
    values = {"Internet": "internet", "Salons": "meetings", "Internet, salons": "networks"}
    rows = [ROWS[0], ["Croatie", "a@example.org", "Internet, salons"]]
    ((title, faults),) = problems(tree, tmp_path, rows, column(2, values=values)).items()
    assert title == "sources: cells that can be read in several ways"
    assert faults[0].startswith("e.csv:2: Sources 'Internet, salons': can be read in one way")


def test_a_choice_of_nothing_is_a_blank_and_said_to_be(tree: Path, tmp_path: Path) -> None:
    plan = column(2, separator=None, values={"1": "internet", "0": ""})
    rows = [ROWS[0], ["Croatie", "", "1"], ["France", "", "0"], ["France", "", ""]]
    assert problems(tree, tmp_path, rows, plan) == {}
    found = read(tree, [tmp_path / "e.csv"], "1")
    assert any(
        line.startswith("sources: 1 answered, 2 blank (1 of them chose nothing)") for line in found.said
    )
    assert [row[3] for row in found.released if row[1] == "sources"] == ["internet", "", ""]


def test_a_raw_export_in_the_data_is_refused(tree: Path) -> None:
    path = plain(tree / "data/responses/export.csv", ROWS)
    save(tree / MAPPING.format(1), PLAN)
    with pytest.raises(DataError, match="lies outside of data/"):
        read(tree, [path], "1")
    (tree / MAPPING.format(1)).unlink()
    with pytest.raises(DataError, match="lies outside of data/"):
        write_draft(tree, [path], "1")


PIECES = st.lists(st.sampled_from("abc"), max_size=6)


@settings(max_examples=300)
@given(
    PIECES,
    st.dictionaries(
        st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(tuple), st.sampled_from("xyz")
    ),
)
def test_cells_are_read_in_all_ways_there_are(text: list[str], options: dict[tuple[str, ...], str]) -> None:
    """The oracle: every way to cut the pieces into neighbours."""
    cuts = (
        [
            [0, *between, len(text)]
            for size in range(len(text))
            for between in combinations(range(1, len(text)), size)
        ]
        if text
        else [[]]
    )
    split = [[tuple(text[a:b]) for a, b in pairwise(cut)] for cut in cuts]
    ways = {frozenset(options[one] for one in cut) for cut in split if all(one in options for one in cut)}
    found, unknown = parts(text, options)
    if ways:
        assert (set(found), unknown) == (ways, [])
    else:
        assert (len(found), bool(unknown)) == (1, True)
    if max(map(len, options), default=1) == 1:
        assert [one for run in unknown for one in run] == [one for one in text if (one,) not in options]


def test_keys_ignore_what_tools_change() -> None:
    assert key("L’École  du\nsoir ") == key("l'école du soir")
    assert key("A") != key("B")


# Open answers, coded

RULE = "Each theme that the words name."

CODED = {
    "format": 1,
    "columns": [
        {"column": "Sens", "set_aside": "free text"},
        {"column": "A", "item": "meaning", "separator": " ", "coder": "first-reader", "rule": RULE},
        {"column": "B", "item": "meaning", "separator": " ", "coder": "second-reader", "rule": RULE},
    ],
}  # fmt: skip
WORDS = [
    ["Sens", "A", "B"],
    ["Gagner ensemble, dit Jeanne", "benefit", "benefit"],
    ["Apprendre", "learning", "learning benefit"],
    ["Tout", "benefit learning", "learning"],
    ["Rien", "learning", ""],
    ["Sans code", "", ""],
]


@pytest.fixture
def coded(tree: Path) -> Path:
    with (tree / "data/codebook.csv").open("a", encoding="utf-8") as file:
        file.write("meaning,benefit,Benefit,Made up,,edition,\nmeaning,learning,Learning,Made up,,edition,\n")
    return tree


def test_codings_are_recorded_with_coder_rule_and_agreement(coded: Path, tmp_path: Path) -> None:
    plan = CODED | {"empty_rows": "keep"}
    assert problems(coded, tmp_path, WORDS, plan) == {}
    found = read(coded, [tmp_path / "e.csv"], "1")
    write(coded, found, "1")
    check(coded)
    codings = load_codings(coded)
    assert set(codings["rule"]) == {RULE}
    assert Counter(codings["coder"]) == {"first-reader": 5, "second-reader": 4}
    # What counts is the first coder's; the words themselves are nowhere.
    released = load_responses(coded).table
    assert Counter(released["value"]) == {"benefit": 2, "learning": 3, "": 1}
    assert "Jeanne" not in (coded / RELEASED).read_text() + (coded / CODINGS).read_text()
    # By hand, of three answers that both coded: benefit 110/101... agree on one; learning on all.
    assert (
        "meaning, Benefit: first-reader and second-reader agree on 33 % (1 of 3); Cohen's kappa -0.50"
        in found.said
    )
    assert (
        "meaning, Learning: first-reader and second-reader agree on 100 % (3 of 3); Cohen's kappa 1.00"
        in found.said
    )


def test_the_agreement_of_coders_is_shown_where_there_is_any(coded: Path, tmp_path: Path) -> None:
    assert coded_alike(load_codings(coded), load_codebook(coded)).markdown == ""
    problems(coded, tmp_path, WORDS[:4], CODED)
    write(coded, read(coded, [tmp_path / "e.csv"], "1"), "1")
    shown = coded_alike(load_codings(coded), load_codebook(coded))
    assert [(one.count, one.base, one.layer) for one in shown.receipts] == [
        (1, 3, "responses"),
        (3, 3, "responses"),
    ]
    assert "meaning, Benefit \\(survey 1; first\\-reader and second\\-reader\\)" in shown.markdown
    alike = load_codings(coded)
    alike["value"] = "benefit"
    assert "| not defined |" in coded_alike(alike, load_codebook(coded)).markdown
    assert {one.file for receipt in shown.receipts for one in receipt.source} == {CODINGS.as_posix()}


def test_a_sheet_whose_size_is_written_wrongly_is_read_whole(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in SMALL:
        book.active.append(row)
    book.save(tmp_path / "right.xlsx")
    with (
        zipfile.ZipFile(tmp_path / "right.xlsx") as old,
        zipfile.ZipFile(tmp_path / "wrong.xlsx", "w") as new,
    ):
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'<dimension ref="A1:C4"', b'<dimension ref="A1:A2"'))
    right, wrong = (exports.read_export(tmp_path / name) for name in ("right.xlsx", "wrong.xlsx"))
    assert (tmp_path / "wrong.xlsx").read_bytes() != (tmp_path / "right.xlsx").read_bytes()
    assert (wrong.headings, wrong.rows) == (right.headings, right.rows)
    assert [row for row, _ in right.rows] == [2, 3, 4]


def test_codings_that_do_not_count_without_the_first(coded: Path, tmp_path: Path) -> None:
    found = problems(coded, tmp_path, [*WORDS[:2], ["Encore", "", "learning"]], CODED)
    assert next(iter(found.values())) == [
        "e.csv:3: meaning: has a code of first-reader, as it has one of second-reader"
    ]
    plan = json.loads(json.dumps(CODED))
    plan["columns"].append({"column": "C", "item": "meaning", "coder": "second-reader", "rule": "Another."})
    rows = [[*row, ""] for row in WORDS[:3]]
    rows[0][-1] = "C"
    assert "has the one rule of its coder for the item" in str(problems(coded, tmp_path, rows, plan))


@pytest.mark.long
@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("1,meaning,s1-9,benefit,x,R", "is a respondent of this wave who was asked this item"),
        ("2,meaning,s1-1,benefit,x,R", "is a respondent of this wave who was asked this item"),
        ("1,meaning,s1-1,other,x,R", "is a value that the codebook has for this item"),
        ("1,meaning,s1-1,,x,R", "should have at least 1 character"),
        ("1,meaning,s1-1,benefit,first-reader,Another.", "is the one rule that first-reader followed"),
        (f"1,meaning,s1-1,benefit,first-reader,{RULE}", "is unique"),
    ],
)
def test_faulty_codings(coded: Path, tmp_path: Path, line: str, rule: str) -> None:
    problems(coded, tmp_path, WORDS[:2], CODED)
    write(coded, read(coded, [tmp_path / "e.csv"], "1"), "1")
    assert len(load_codings(coded)) == 2
    with (coded / CODINGS).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(DataError) as caught:
        load_codings(coded)
    assert rule in str(caught.value)
    (coded / RELEASED).unlink()
    with pytest.raises(DataError, match="is a respondent of this wave who was asked this item"):
        load_codings(coded)


# The page

PAGE = (ROOT / "chapters/when-responses-come.md").read_text(encoding="utf-8")


def test_the_example_on_the_page_is_what_the_command_does(coded: Path, tmp_path: Path) -> None:
    fences = re.findall(r"^```(text|yaml)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    (_, export), (_, draft), (_, settled), (_, said), (_, released), (_, rows) = fences
    (tmp_path / "export.csv").write_text(export, encoding="utf-8")
    drafted = write_draft(coded, [tmp_path / "export.csv"], "1").read_text(encoding="utf-8")
    assert "".join(line for line in drafted.splitlines(keepends=True) if line[0] != "#") == draft
    (coded / MAPPING.format(1)).write_text(settled, encoding="utf-8")
    assert imported(coded, tmp_path / "export.csv").decode() == released
    assert read(coded, [tmp_path / "export.csv"], "1").said == said.splitlines()
    (coded / MAPPING.format(1)).write_text(settled + rows, encoding="utf-8")
    found = read(coded, [tmp_path / "export.csv"], "1")
    assert "left out: export.csv:5 (a test of ours)" in found.said
    assert not found.problems


def test_the_page_names_every_key_and_value_of_a_mapping() -> None:
    for model in (Plan, Column):
        for name, about in model.model_fields.items():
            assert f"`{name}`" in PAGE
            for value in re.findall(r"'([a-z ]+)'[,\]]", str(about.annotation)):
                assert value in PAGE, value


# The command


def test_the_command_drafts_shows_and_writes(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(ROOT / "pyproject.toml", root)
    monkeypatch.setattr(command, "ROOT", root)
    path = EXPORTS["SurveyMonkey"](tmp_path, people())
    missing = called("import", str(path), "--wave", "1")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "data/responses/import-1.yml: the file: is there (import with --draft begins it)" in missing.stderr
    drafted = called("import", str(path), "--wave", "1", "--draft")
    assert (drafted.returncode, drafted.stderr) == (0, "")
    again = called("import", str(path), "--wave", "1", "--draft")
    assert again.returncode == 2
    assert "nothing is overwritten" in again.stderr
    mapping = root / MAPPING.format(1)
    text = mapping.read_text(encoding="utf-8")
    mapping.write_text(text.replace('"France": "FR"', '"France": "gaul"'), encoding="utf-8")
    unsettled = called("import", str(path), "--wave", "1")
    assert unsettled.returncode == 1
    assert "country: codes that data/codebook.csv does not have" in unsettled.stdout
    assert "\ncountry,gaul,France,Answered: France,,edition,\n" in unsettled.stdout
    assert "nothing was written" in unsettled.stderr
    assert not (root / RELEASED).exists()
    mapping.write_text(text, encoding="utf-8")
    done = called("import", str(path), "--wave", "1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "staff: 31 answered, 0 blank; yes 19, no 12; from “Does your organisation" in done.stdout
    assert "wrote data/responses/released.csv: " in done.stdout
    for faulty in ([], [str(path)], [str(path), "--wave", "3"]):
        assert called("import", *faulty).returncode == 2
    gone = called("import", str(tmp_path / "gone.csv"), "--wave", "1")
    assert gone.returncode == 2
    assert "gone.csv: the file: is a file that can be read" in gone.stderr


def test_nothing_of_it_is_read_before_it_is_needed() -> None:
    code = "import sys, keepinpact.imports; print({'openpyxl', 'pyreadstat', 'babel'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
