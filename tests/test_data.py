"""Bad input at every door: one error with every fault, by file, row, column, value and rule."""

import csv
import json
import re
from collections import Counter
from functools import partial
from importlib.metadata import distribution
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepinpact import data
from keepinpact.data import DataError
from keepinpact.faults import UNSEEN
from keepinpact.files import FORMULA
from keepinpact.reconstruct import write
from keepinpact.statements.report import Report
from mutate import sample

TABLES = {
    "data/report/claims.csv": data.load_claims,
    "data/report/items.csv": data.load_items,
    "data/report/charts.csv": data.load_charts,
    "data/report/exclusions.csv": data.load_exclusions,
    "data/report/headings.csv": data.load_headings,
    "data/report/disclosure.csv": data.load_disclosure,
    "data/codebook.csv": data.load_codebook,
    "data/glossary.csv": data.load_glossary,
    "data/responses/responses.csv": data.load_responses,
    **{path: partial(data.load_cases, name) for name, path in data.CASES.items()},
}
FILES = TABLES | {
    "data/report/statements.yml": data.load_statements,
    "data/report/repair.yml": data.load_repair,
}


def faults(load, root):
    with pytest.raises(DataError) as caught:
        load(root)
    return caught.value.faults


def edit(root: Path, name: str, old: str, new: str, count: int = 1) -> int:
    """Replace text in a file and return the line where it stood."""
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new, count), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def append(root: Path, name: str, *lines: str) -> int:
    path = root / name
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return text.count("\n") + 1


def test_the_data_are_valid_and_whole(tree):
    edition = data.load_edition(tree)
    for name, table in (("claims", edition.claims), ("items", edition.items), ("charts", edition.charts)):
        with (tree / f"data/report/{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert table.to_dict("records") == rows


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "is not empty"),
        (b" \n\n", "is not empty"),
        ("id\né\n".encode("latin-1"), "the file is UTF-8"),
        ("id,quote\n".encode("utf-16"), "the file is UTF-8"),
        ("id,quote\n".encode("utf-16-le"), "the file holds no control characters"),
    ],
)
def test_unreadable_files(tree, name, content, rule):
    (tree / name).write_bytes(content)
    found = faults(FILES[name], tree)
    assert [(one.file, one.rule) for one in found] == [(name, rule)]


@pytest.mark.parametrize("name", FILES)
def test_missing_files_and_folders(tree, name):
    (tree / name).unlink()
    assert "can be read" in faults(FILES[name], tree)[0].rule
    (tree / name).mkdir()
    assert "can be read" in faults(FILES[name], tree)[0].rule


@pytest.mark.parametrize("name", TABLES)
def test_headers(tree, name):
    lines = (tree / name).read_text(encoding="utf-8").splitlines()
    columns = lines[0].split(",")
    for header in (",".join(columns[::-1]) + ",x", ",".join([*columns, "more"]), "wrong"):
        (tree / name).write_text("\n".join([header, *lines[1:]]), encoding="utf-8")
        (fault,) = faults(TABLES[name], tree)
        assert (fault.row, fault.column, fault.value) == (1, "header", header)
        assert fault.rule == f"the header is {','.join(columns)}"


def test_a_byte_order_mark_and_windows_lines_are_accepted(tree):
    path = tree / "data/report/items.csv"
    text = path.read_text(encoding="utf-8")
    before = data.load_items(tree)
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert data.load_items(tree).equals(before)


def test_every_fault_of_a_table_comes_at_once_with_its_line(tree):
    name = "data/report/items.csv"
    start = append(
        tree,
        name,
        'tasks-90,tasks,tasks,9,,,"a\nline break",coordination',
        "tasks-91,tasks,tasks,1,,x,text,coordination",
        "tasks-92,tasks,tasks,1,,,,coordination",
        "tasks-93,tasks,tasks,1,,,short",
        "Tasks 94,tasks,tasks,1,,,text,Two  Spaces",
    )
    found = [(one.row - start, one.column, one.value) for one in faults(data.load_items, tree)]
    assert found == [
        (0, "wave", "9"),
        (2, "rank", "x"),
        (3, "text", ""),
        (4, "", "tasks-93,tasks,tasks,1,,,short"),
        (5, "id", "Tasks 94"),
        (5, "theme", "Two  Spaces"),
    ]
    assert all(one.file == name and one.rule for one in faults(data.load_items, tree))


def test_references_between_files(tree):
    start = append(
        tree,
        "data/report/items.csv",
        "x-1,nowhere,tasks,1,,,text,coordination",
        "x-2,tasks,no_list,1,,,text,",
        "x-3,tasks,tasks,1,,,text,no-theme",
        "x-3,tools,tools,,,,text,coordination",
    )
    found = {(one.row - start, one.column, one.value) for one in faults(data.load_items, tree)}
    assert found == {
        (0, "section", "nowhere"),
        (1, "list", "no_list"),
        (2, "theme", "no-theme"),
        (3, "theme", "coordination"),
        (2, "id", "x-3"),
        (3, "id", "x-3"),
    }
    append(tree, "data/report/claims.csv", "answers,nowhere,3,quote")
    assert {one.column for one in faults(data.load_claims, tree)} == {"section", "id", "wave"}
    append(tree, "data/report/charts.csv", "c,nowhere,,no_item,no-statement,certain,t,k")
    assert {one.column for one in faults(data.load_charts, tree)} == {"section", "item", "base"}


def test_ranks_run_from_one(tree):
    line = edit(
        tree,
        "data/report/items.csv",
        "top_challenges-03,top-challenges,top_challenges,2,,3",
        "top_challenges-03,top-challenges,top_challenges,2,,5",
    )
    (fault,) = faults(data.load_items, tree)
    assert (fault.row, fault.column, fault.value) == (line, "rank", "5")


@pytest.mark.parametrize("cell", ['"never closed', '"closed" too early'])
def test_broken_quotation_marks_are_reported_where_their_row_begins(tree, cell):
    start = append(tree, "data/report/claims.csv", "x-1,about,9,quote", f"x-2,about,,{cell}", "x-3,about,,q")
    first, second = faults(data.load_claims, tree)
    assert (first.row, first.column, first.value) == (start, "wave", "9")
    assert second.row == start + 1
    assert "is readable CSV" in second.rule


def test_markup_is_text(tree):
    append(tree, "data/report/claims.csv", '"x-1",about,,"<script>alert(1)</script> | *a* {b} $c$"')
    assert data.load_claims(tree)["quote"].iloc[-1] == "<script>alert(1)</script> | *a* {b} $c$"


@pytest.mark.parametrize("name", FILES)
def test_control_characters_are_refused_with_their_line(tree, name):
    line = append(tree, name, "a\0b")
    (fault,) = faults(FILES[name], tree)
    assert (fault.file, fault.row, fault.value) == (name, line, "U+0000")


@pytest.mark.parametrize("name", ["data/report/items.csv", "data/codebook.csv"])
def test_a_header_alone_lacks_what_the_statements_count(tree, name):
    path = tree / name
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    found = {(one.file, one.column.split("/")[-1]) for one in faults(FILES[name], tree)}
    assert found == {(STATEMENTS, "entries" if "items" in name else "item")}


def test_a_dropped_row_is_the_only_fault(tree):
    line = edit(tree, "data/report/items.csv", "top_challenges-02,top-challenges,", "top_challenges-02,")
    assert [(one.row, one.column) for one in faults(data.load_items, tree)] == [(line, "")]


def test_what_quantities_count_is_known_to_the_codebook(tree):
    one = edit(tree, STATEMENTS, 'item: staff, value: "yes"', 'item: staff, value: "maybe"')
    two = edit(tree, STATEMENTS, "item: country, value: HR", "item: county, value: HR")
    found = [(one.file, one.row, one.column, one.value) for one in faults(data.load_codebook, tree)]
    assert sorted(found) == [
        (STATEMENTS, two, "quantities/country.HR/item", "county"),
        (STATEMENTS, one, "quantities/staff.yes/value", "maybe"),
    ]


def test_a_huge_table_is_read(tree):
    append(tree, "data/report/claims.csv", *(f"x-{i},about,,quote {i}" for i in range(20_000)))
    assert len(data.load_claims(tree)) > 20_000


words = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=30).filter(
    lambda text: not FORMULA.match(text) and not UNSEEN.search(text)
)


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.tuples(words, words), min_size=1, max_size=8))
def test_what_is_written_is_read(tmp_path_factory, rows):
    root = tmp_path_factory.mktemp("exclusions")
    path = root / "data/report/exclusions.csv"
    path.parent.mkdir(parents=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "quote", "reason"])
        writer.writerows([f"r{i}", *row] for i, row in enumerate(rows))
    table = data.load_exclusions(root)
    assert [tuple(row) for row in table[["quote", "reason"]].to_numpy()] == rows


STATEMENTS = "data/report/statements.yml"


@pytest.mark.parametrize(
    ("old", "new", "value", "rule"),
    [
        (
            "of: staff.yes, base: staff.answered",
            "of: staff.maybe, base: staff.answered",
            "staff.maybe",
            "is a quantity of this file",
        ),
        ('is: "61%"', 'is: "161%"', "161%", "over 100"),
        ('is: "61%"', 'is: "many"', "many", "give the range of others yourself"),
        ('is: "61%"', "is: 61", "61", "is a percentage with its sign, such as 61 %"),
        (
            "{count: {of: answers, is: 48}}",
            "{count: {of: answers, is: -48}}",
            "-48",
            "greater than or equal to 0",
        ),
        (
            "{count: {of: answers, is: 48}}",
            "{count: {of: answers, is: true}}",
            "True",
            "whole number is needed",
        ),
        ("{count: {of: answers, is: 48}}", "{count: {of: answers, is: 4.5}}", "4.5", "is a whole number"),
        ("{count: {of: answers, is: 48}}", "{count: {of: answers, is: 48.0}}", "48.0", "is a whole number"),
        ("{count: {of: answers, is: 48}}", "{count: {of: answers, is: '48'}}", "48", "is a whole number"),
        ("{count: {of: answers, is: 48}}", "{count: {of: [answers, true], is: 48}}", "True", "whole number"),
        (
            "{count: {of: answers, is: 48}}",
            "{count: {of: answers, is: 48000000000000000}}",
            "48000000000000000",
            "less than",
        ),
        ("{count: {of: answers, is: 48}}", "{count: {of: answers}}", "", "is needed"),
        ('is: "61%"', 'is: "61.0000000%"', "61.0000000%", "is no percentage"),
        ("format: 1\n", "format: true\n", "True", "whole number"),
        ("title: European practices", "title: ''  # European practices", "", "is not empty"),
        ("page: 3}", "page: 0}", "0", "greater than or equal to 1"),
        ("parts: [answers.survey1, ", "parts: [answers, answers.survey1, ", "answers", "no part of itself"),
        ("{count: {of: answers, is: 48}}", "{about: {of: answers, is: 48}}", "about", "is one of count"),
        ("  - id: croatia\n", "  - id: france\n", "france", "is unique"),
        (
            "id: croatia\n    section: about",
            "id: croatia\n    section: nowhere",
            "nowhere",
            "is a section of this file",
        ),
        ("    quote: Croatia (11 answers)\n", "    quote: ''\n", "", "is not empty"),
        ("    quote: Croatia (11 answers)\n", "    quota: Croatia (11 answers)\n", "Croatia", "is no key"),
        ("- {id: answers.survey1,", "- {id: answers,", "answers", "is unique"),
        (
            "parts: [staff.yes, staff.no]",
            "parts: [staff.yes, staff.perhaps]",
            "staff.perhaps",
            "is a quantity",
        ),
    ],
)
def test_faults_of_statements(tree, old, new, value, rule):
    line = edit(tree, STATEMENTS, old, new)
    found = [
        one
        for one in faults(data.load_statements, tree)
        if rule in one.rule and (value in one.value if value else not one.value)
    ]
    assert found, faults(data.load_statements, tree)
    assert any(one.row == line + old[: old.rindex(":")].count("\n") for one in found), (line, found)


def test_a_key_that_is_given_twice(tree):
    old, twice = "{count: {of: answers, is: 48}}", "{count: {of: answers, is: 48, is: 49}}"
    line = edit(tree, STATEMENTS, old, twice)
    twice = [(line, "is", "is given once")] * 2
    assert [(one.row, one.column, one.rule) for one in faults(data.load_statements, tree)] == twice
    edit(tree, STATEMENTS, "format: 1", "format: 2")
    assert [one.column for one in faults(data.load_statements, tree)] == ["format", "is", "is"]


def test_aliases_that_grow_out_of_hand(tree):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)]
    (tree / STATEMENTS).write_text("\n".join(lines), encoding="utf-8")
    (fault,) = faults(data.load_statements, tree)
    assert "aliases" in fault.rule
    assert 1 < fault.row <= 10


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "a:\n\t- b",
        "- a\n- b",
        "just words",
        "42",
        "a: &a [*a]",
        "? {a: b}\n: c",
        "[" * 5000,
        "[" * 500 + "]" * 500,
        "# nothing but a remark",
        "a: !!python/name:os.system x",
    ],
)
def test_yaml_of_another_kind(tree, text):
    (tree / STATEMENTS).write_text(text, encoding="utf-8")
    assert faults(data.load_statements, tree)[0].file == STATEMENTS


def test_faults_of_the_repair(tree):
    (tree / "data/report/repair.yml").write_text(
        "format: 1\nreason: r\ngives_up:\n- nothing\n- answers:literal\n- other-countries:loose\n"
        "order:\n- {says: s, minimise: [phantom]}\n",
        encoding="utf-8",
    )
    found = {(one.row, one.value) for one in faults(data.load_repair, tree)}
    assert found == {(4, "nothing"), (5, "answers:literal"), (8, "phantom")}


def test_a_reconstruction_that_was_edited_or_is_out_of_date(tree):
    edit(tree, "data/responses/responses.csv", "1,staff,,no,", "1,staff,,yes,")
    (fault,) = faults(data.load_responses, tree)
    assert "python -m keepinpact reconstruct" in fault.rule
    write(tree)
    assert data.load_responses(tree).layer == "reconstructed"
    edit(tree, STATEMENTS, "is: 48", "is: 47")
    assert {one.file for one in faults(data.load_responses, tree)} == {STATEMENTS}


@pytest.mark.parametrize(
    "content",
    ["[", "[" * 5000, "[]", "{}", '{"resources": 3}', '{"resources": [{"reconstruction": {}}]}'],
    ids=range(6),
)
def test_a_broken_description(tree, content):
    (tree / "data/datapackage.json").write_text(content, encoding="utf-8")
    assert faults(data.load_responses, tree)[0].file == "data/datapackage.json"
    assert faults(data.undescribed, tree)[0].file == "data/datapackage.json"


def test_a_reconstruction_has_no_respondents(tree):
    edit(tree, "data/responses/responses.csv", "1,staff,,no,", "1,staff,r1,no,")
    found = [(one.row, one.column, one.value) for one in faults(data.load_responses, tree)]
    assert ("respondent", "r1") in [(column, value) for _, column, value in found]
    assert [row for row, column, _ in found if not column] == [0], "the record does not fit either"


RELEASED = "wave,item,respondent,value\n"


def release(tree, *rows):
    (tree / data.RELEASED).write_text(RELEASED + "".join(f"{row}\n" for row in rows), encoding="utf-8")


def test_released_responses_take_precedence(tree):
    release(tree, "1,staff,a,yes", "1,staff,b,", "2,sources,c,meetings", "2,sources,c,internet")
    responses = data.load_responses(tree)
    assert responses.layer == "responses"
    assert len(responses.table) == 4


def test_faults_of_released_responses_come_at_once(tree):
    release(
        tree,
        "1,staff,a,yes",
        "1,staff,a,no",
        "2,country,a,FR",
        "1,staff,,yes",
        ",staff,b,yes",
        "1,nothing,d,x",
        "1,staff,e,perhaps",
        "2,sources,c,meetings",
        "2,sources,c,meetings",
        "2,sources,c,",
        "3,staff,f,yes",
        "1,staff,g g,yes",
        "1,country,b,FR",
    )
    listed = [(one.row, one.column) for one in faults(data.load_responses, tree)]
    assert len(listed) == len(found := set(listed)), "a cell has one fault"
    wave = {(row, "wave") for row in (2, 3, 4)}
    once = {(row, "respondent") for row in (2, 3)} | {(row, "value") for row in (9, 10, 11)}
    cells = {(5, "respondent"), (6, "wave"), (7, "item"), (8, "value"), (12, "wave"), (13, "respondent")}
    assert found == wave | once | cells


def test_released_responses_without_a_row_do_not_replace_the_reconstruction(tree):
    release(tree)
    assert [one.rule for one in faults(data.load_responses, tree)] == ["holds responses"]


@pytest.mark.parametrize("row", ["1,staff,r{},yes", "2,sources,r,meetings"])
def test_two_hundred_thousand_responses(tree, row):
    release(tree, *(row.format(i) for i in range(200_000)))
    if "{" in row:
        assert len(data.load_responses(tree).table) == 200_000
    else:
        *listed, more = faults(data.load_responses, tree)
        assert [one.row for one in listed] == [*range(2, 102)]
        assert (more.row, more.column, more.value) == (0, "value", None)
        assert (more.rule, more.more) == (listed[0].rule, 199_900)
        assert "value: 199900 more with the same fault are not listed: a respondent" in str(more)


def test_all_files_faults_come_together(tree):
    append(tree, "data/report/claims.csv", "x-1,nowhere,,quote")
    append(tree, "data/report/charts.csv", "c,levels,,no_item,,certain,t,k")
    found = faults(data.load_edition, tree)
    assert {one.file for one in found} == {"data/report/claims.csv", "data/report/charts.csv"}
    assert str(DataError(found)).startswith("2 faults in the data (")
    append(tree, STATEMENTS, "more: 1")
    append(tree, "data/report/claims.csv", "x-2,about,9,quote")
    found = [(one.file, one.column) for one in faults(data.load_edition, tree)]
    assert found == [(STATEMENTS, "more"), ("data/report/claims.csv", "wave")]


def test_what_is_disclosed_has_its_section_and_a_quotation_and_nothing_else_has(tree):
    start = append(
        tree,
        "data/report/disclosure.csv",
        "a,Element,reported,,,says,",
        "b,Element,reported,nowhere,quote,says,",
        "c,Element,not reported,about,quote,says,",
        "d,Element,partly,,,says,",
        "dates,Element,not applicable,,,says,",
    )
    found = {(one.row - start, one.column) for one in faults(data.load_disclosure, tree)}
    assert {one for one in found if one[0] >= 0} == {
        (0, "section"), (0, "quote"), (1, "section"), (2, "section"), (2, "quote"), (3, "status"), (4, "id"),
    }  # fmt: skip


def test_a_term_is_explained_once(tree):
    append(tree, "data/glossary.csv", "base,Once more.", "Base,Not lower case.", "empty,")
    found = {(one.column, one.value) for one in faults(data.load_glossary, tree)}
    assert found == {("term", "base"), ("term", "Base"), ("definition", "")}


def test_the_description_fits_the_profile_of_data_package_2(tree):
    package = data.load_package(tree)
    profile = distribution("dplib-py").locate_file("dplib/profiles/2.0/datapackage.json")
    schema = json.loads(Path(str(profile)).read_text(encoding="utf-8"))
    assert package["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    jsonschema.validate(package, schema)
    for resource in package["resources"]:
        assert (tree / "data" / resource["path"]).is_file()
    package["resources"][0]["name"] = 3
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(package, schema)


@pytest.mark.long
def test_no_slip_of_the_hand_goes_unnoticed(tree):
    """Most are refused by no rule: a word of a definition, a wave, two rows that change places."""
    assert data.undescribed(tree) == []
    planted = sample(2)
    assert {slip.kind for slip in planted} >= {
        "digit",
        "other value",
        "rows swapped",
        "white space",
        "encoding",
    }
    for slip in planted:
        before = (tree / slip.file).read_bytes()
        (tree / slip.file).write_bytes(slip.content)
        assert [one.file for one in data.undescribed(tree)] == [slip.file], slip
        (tree / slip.file).write_bytes(before)
    (tree / "data/glossary.csv").unlink()
    assert [one.file for one in data.undescribed(tree)] == ["data/glossary.csv"]


def test_the_description_has_one_checksum_of_each_file():
    text = (data.ROOT / "data/datapackage.json").read_text(encoding="utf-8")
    assert len(re.findall("[0-9a-f]{64}", text)) == len(json.loads(text)["resources"])


def test_the_description_names_every_table_and_column(tree):
    package = json.loads((tree / "data/datapackage.json").read_text(encoding="utf-8"))
    tables = [resource for resource in package["resources"] if "schema" in resource]
    for resource in tables:
        with (tree / "data" / resource["path"]).open(encoding="utf-8", newline="") as file:
            assert next(csv.reader(file)) == [field["name"] for field in resource["schema"]["fields"]]
    assert {f"data/{resource['path']}" for resource in tables} == set(TABLES)
    files = {f"data/{resource['path']}" for resource in package["resources"]}
    inside = {path.relative_to(tree).as_posix() for path in (tree / "data").rglob("*") if path.is_file()}
    assert files == inside - {"data/datapackage.json"}


RAW = (
    "Horodateur;Adresse e-mail;Nom;Pays\n"
    "14/09/2021 10:33:05;somebody@example.org;Somebody;FR\n"
    "14/09/2021 10:35:41;somebody.else@example.com;Else;HR\n"
)


def test_a_raw_export_that_is_dropped_among_the_answers_is_refused(tree):
    (tree / "data/responses/raw.csv").write_text(RAW, encoding="utf-8")
    found = [(one.file, one.row, one.column) for one in faults(data.check, tree)]
    name = "data/responses/raw.csv"
    assert found == [
        (name, 0, ""),
        (name, 1, "Adresse e-mail"),
        (name, 1, "Nom"),
        *((name, row, "line") for row in (2, 3)),
    ]
    said = str(DataError(faults(data.check, tree)))
    assert "is a file that the edition knows" in said
    assert "example.org" not in said, "the fault repeats what must not be shown"


@pytest.mark.long
@pytest.mark.parametrize(
    "name",
    ["data/notes.txt", "data/report/items.csv.bak", "data/.DS_Store", "data/responses/deep/down/x.xlsx"],
)
def test_a_file_that_the_edition_does_not_know_is_a_fault(tree, name):
    (tree / name).parent.mkdir(parents=True, exist_ok=True)
    (tree / name).write_bytes(b"PK\0\1 somebody@example.org")
    assert [(one.file, one.row) for one in faults(data.check, tree)] == [(name, 0)]
    (tree / name).unlink()
    (tree / name).symlink_to(tree)
    assert [(one.file, one.row) for one in faults(data.check, tree)] == [(name, 0)]


def test_what_is_kept_may_lie_there_and_is_never_published(tree):
    for name in data.KEPT:
        (tree / name).write_text("item,code\n", encoding="utf-8")
    data.check_files(tree)
    assert not {*data.KEPT} & {*data.PUBLISHED}


PERSONAL = {
    "an e-mail address": ["a.b+c@example.org", "élodie@éxample.fr", "<x@y.example.com>"],
    "a telephone number": [
        "+33 6 12 34 56 78", "0033612345678", "06 12 34 56 78", "06.12.34.56.78", "0612345678",
        "(020) 7946 0018", "020-7946-0018", "+44 (0)20 7946 0018", "0470/12.34.56", "+385 1 234 5678",
    ],
    "a network address": ["192.168.0.17", "8.8.8.8"],
}  # fmt: skip


@pytest.mark.parametrize(("what", "value"), [(what, one) for what, some in PERSONAL.items() for one in some])
@pytest.mark.parametrize("name", ["released.csv", "import-1.yml", "codings.csv"])
def test_what_tells_who_answered_is_refused_with_its_line(tree, name, what, value):
    (tree / "data/responses" / name).write_text(f"first,line\n1,staff\n1,{value},yes\n", encoding="utf-8")
    (fault,) = faults(data.check_files, tree)
    assert (fault.row, fault.rule) == (3, f"holds nothing that looks like {what}")
    assert value not in str(fault)


@pytest.mark.parametrize(
    "value",
    [
        "2021-09-14 10:33:05", "14/09/2021 10:33", "01.09.2019 12 30", "01-09-2019", "0 1 0 0 1 1 0 1 0 1",
        "0.1234567890", "1234567890", "48", "s1r01", "@home", "12:30@work", "1.2.3", "2020-07", "0612",
        "1,0,1,0,0,1,1,0,1,0", "eu_projects", "01.02.2021;03.04.2022",
    ],
)  # fmt: skip
def test_what_tells_nothing_of_who_answered_is_accepted(tree, value):
    (tree / "data/responses/codings.csv").write_text(f"first,line\n{value}\n", encoding="utf-8")
    data.check_files(tree)


@pytest.mark.parametrize(
    ("heading", "refused"),
    [
        *((one, True) for one in ("Name", "First name", "your_name", "E-mail", "Email Address", "IP Address",
          "IPAddress", "ipaddr", "Téléphone", "Prénom", "userName", "Date of birth")),
        *((one, False) for one in ("wave", "respondent", "Membership", "Named tools", "Zip", "coder")),
    ],
)  # fmt: skip
def test_columns_called_like_what_tells_who_somebody_is(tree, heading, refused):
    for separator in ",;\t":
        text = f'wave{separator}"{heading}"{separator}value\n1{separator}x{separator}y\n'
        (tree / "data/responses/codings.csv").write_text(text, encoding="utf-8")
        if refused:
            (fault,) = faults(data.check_files, tree)
            assert (fault.row, fault.column) == (1, heading)
        else:
            data.check_files(tree)


def test_a_respondent_is_a_code_and_no_name(tree):
    release(tree, "1,staff,a,yes", "1,staff,r1,yes", "1,staff,marie,yes", "1,staff,j.doe,", "1,staff,12,no")
    found = [(one.row, one.value) for one in faults(data.load_responses, tree) if "code" in one.rule]
    assert found == [(4, "marie"), (5, "j.doe")]


def fault(row: int, rule: str = "is so", file: str = "a.csv", column: str = "x") -> data.Fault:
    return data.Fault(file, row, column, "v", rule)


def test_of_a_kind_of_fault_some_are_listed_and_the_others_counted_however_they_come_together():
    many = [fault(row) for row in range(1, 251)]
    others = [fault(1, file="b.csv"), fault(1, column="y"), fault(1, "is thus"), fault(1, "is so; 5 is next")]
    once = data.DataError([*many, *others])
    assert [one.row for one in once.faults[:100]] == [*range(1, 101)]
    assert once.faults[100:-1] == others[:3]
    # What follows a semicolon is about the row, so it is one of the many.
    assert (once.faults[-1].rule, once.faults[-1].more) == ("is so", 151)
    assert str(once).startswith("254 faults in the data")
    halves = data.DataError([*data.DataError(many[:120]).faults, *data.DataError(many[120:] + others).faults])
    assert sorted(halves.faults, key=str) == sorted(once.faults, key=str)
    assert str(data.DataError(many[:100])).count("\n") == 100
    # A cell's place in its row is no name.
    cells = data.DataError([fault(row, column=f"rows/r{row}/1") for row in range(1, 151)])
    assert (cells.faults[-1].column, cells.faults[-1].more) == ("", 50)


def test_every_fault_of_a_reference_is_told_at_its_place() -> None:
    """Of each kind one, by where it stands in the file."""
    holds = [{"count": {"of": "a", "is": 1}}]
    said = {"section": "s", "quote": "q"}
    readings = [{"id": "r", "says": "s", "holds": [{"count": {"of": "gone", "is": 1}}]}] * 2
    report = Report.model_validate(
        {
            "format": 1,
            "title": "made",
            "sections": [{"id": "s", "title": "S"}, {"id": "s", "title": "T"}],
            "quantities": [
                {"id": "a", "says": "a"},
                {"id": "b", "says": "b", "parts": ["a", "a", "gone"]},
                {"id": "c", "says": "c", "within": "c"},
                {"id": "d", "says": "d", "parts": ["e"]},
                {"id": "e", "says": "e", "parts": ["d"]},
            ],
            "definitions": [{"id": "d0", "says": "s", "holds": [{"count": {"of": "gone", "is": 1}}]}],
            "assumptions": [
                {"id": "a0", "says": "s", "why": "w", "holds": [{"count": {"of": "gone", "is": 1}}]},
                {"id": "s0", "says": "s", "why": "w", "holds": holds},
            ],
            "statements": [
                {"id": "s0", **said, "says": "s", "holds": holds},
                {"id": "s1", **said, "section": "elsewhere", "says": "s", "holds": holds},
                {"id": "s2", **said, "readings": readings},
            ],
            "tables": [{"id": "t", "section": "nowhere", "columns": ["x"], "rows": {"r": [1]}}],
        }
    )
    known = "is a quantity of this file"
    assert Counter(report.faults()) == Counter(
        [
            *[(("sections", i, "id"), "s", "is unique") for i in (0, 1)],
            (("assumptions", 1, "id"), "s0", "is unique"),
            (("statements", 0, "id"), "s0", "is unique"),
            (("definitions", 0, "holds"), "gone", known),
            (("assumptions", 0, "holds"), "gone", known),
            *[(("statements", 2, "readings", i, "holds"), "gone", known) for i in (0, 1)],
            (("quantities", 1, "parts"), "a", "is given once"),
            (("quantities", 1), "gone", known),
            (("quantities", 2, "within"), "c", "is another quantity than this one"),
            *[(("quantities", i, "parts"), one, "is no part of itself") for i, one in ((3, "d"), (4, "e"))],
            (("tables", 0, "section"), "nowhere", "is a section of this file"),
            (("statements", 1, "section"), "elsewhere", "is a section of this file"),
            *[(("statements", 2, "readings", i), "r", "is unique in its statement") for i in (0, 1)],
        ]
    )
