"""A printed table as a table, a plain CSV table, a file to fill in, and weighted answers."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from called import called
from keepinpact.audit import Model, audit, literal, words
from keepinpact.data import DataError, load_statements
from keepinpact.data.new import TEMPLATE
from keepinpact.numbers import ROUNDINGS, Percentage
from keepinpact.statements.constraints import CONSTRAINT
from keepinpact.statements.report import Report, statements_schema
from keepinpact.statements.tables import Table
from oracles import prints

HEAD = {"format": 1, "title": "made", "sections": [{"id": "s", "title": "S"}]}


def of_table(**parts: Any) -> Report:
    table = {"id": "t", "section": "s", "columns": ["x", "y"], **parts}
    return Report.model_validate({**HEAD, "tables": [table]})


def percent(k: int, n: int, rule: str = "half up") -> str:
    return f"{prints(rule, k, n).pop()}%"


@settings(max_examples=60)
@given(
    counts=st.lists(st.tuples(st.integers(0, 4), st.integers(1, 4)), min_size=2, max_size=2),
    per=st.sampled_from(["row", "column", "total"]),
    slip=st.sampled_from([0, 0, 1, 13]),
    adjusted=st.booleans(),
)
def test_a_table_allows_what_its_percentages_allow(counts: Any, per: str, slip: int, adjusted: bool) -> None:
    """Against every way to fill its cells, with the totals of its rows printed."""
    down = [sum(column) for column in zip(*counts, strict=True)]
    whole = sum(down)
    if per == "column" and 0 in down:
        return

    def base(i: int, j: int, some: Any) -> int:
        return {
            "row": sum(some[i]),
            "column": some[0][j] + some[1][j],
            "total": sum(map(sum, some)),
        }[per]

    printed = [[prints("half up", counts[i][j], base(i, j, counts)).pop() for j in (0, 1)] for i in (0, 1)]
    printed[0][0] = min(printed[0][0] + slip, 100)
    rows = {f"r{i}": [f"{printed[i][0]}%", f"{printed[i][1]}%", sum(counts[i])] for i in (0, 1)}
    report = of_table(columns=["x", "y", "total"], rows=rows, per=per, adjusted=adjusted, rounding="half-up")
    off = {-1, 0, 1} if adjusted else {0}
    fit = []
    for a, c in product(range(sum(counts[0]) + 1), range(sum(counts[1]) + 1)):
        some = [(a, sum(counts[0]) - a), (c, sum(counts[1]) - c)]
        if all(
            base(i, j, some)
            and any(printed[i][j] + one in prints("half up", some[i][j], base(i, j, some)) for one in off)
            for i in (0, 1)
            for j in (0, 1)
        ):
            fit.append((a, c))
    data_sets = literal(Model(report, {}))
    assert data_sets.exist == bool(fit)
    if fit:
        bounds = data_sets.bounds()
        for place, name in enumerate(("t.r0.x", "t.r1.x")):
            values = sorted({one[place] for one in fit})
            assert (
                list(bounds[name].values or range(bounds[name].low, (bounds[name].high or 0) + 1)) == values
            )
    if not slip:
        assert fit
    assert whole == sum(map(sum, counts))


def test_a_nudged_row_is_no_clash_where_the_table_says_so() -> None:
    """Thirds are printed as 33, 33 and 34 so that they add up to 100."""
    thirds = {"columns": ["x", "y", "z", "total"], "rows": {"r": ["33%", "33%", "34%", 3]}}
    assert audit(of_table(**thirds), {}).holds is False
    found = audit(of_table(**thirds, adjusted=True), {})
    assert found.holds
    assert found.bound("t.r.z").low == 1
    assert audit(of_table(columns=["x", "total"], rows={"r": ["36%", 3]}, adjusted=True), {}).holds is False


def test_a_table_that_may_not_be_complete_assumes_that_it_is() -> None:
    report = of_table(columns=["x", "total"], rows={"r": ["50%", 4]}, complete=False)
    found = audit(report, {})
    assert (found.holds, found.statements_hold) == (False, True)
    (assumption,) = report.assumptions
    assert assumption.otherwise == "there were other answers to r"


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"rows": {"r": ["50%"]}}, "row r has 1 cells for 2 columns"),
        ({"rows": {"rest": ["50%", "50%"]}}, "no row or column is called rest"),
        ({"rows": {"r": ["50", "50%"]}}, "with its sign"),
        (
            {"decimals": "many", "rows": {"r": ["1.5", "50%"]}},
            "is a whole number, a percentage with its sign",
        ),
        ({"rows": {"r": ["500%", "50%"]}}, "over 100 %"),
        ({"rows": {}}, "at least 1"),
        ({"rows": {"r": ["50%", "50%"]}, "per": "cell"}, "row"),
        ({"rows": {"r": ["50%", "50%"]}, "rounding": "up"}, "nearest"),
        ({"rows": {"r": ["50%", "50%"]}, "labels": {"x": "X", "z": "Z"}}, "z is neither"),
        ({"rows": {"r": ["50%", "50%"], "Total": [1, 1]}}, "Total is written in small letters"),
    ],
)
def test_a_faulty_table_is_refused(parts: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        of_table(**parts)


def test_every_cell_is_one_statement_and_the_file_has_its_schema() -> None:
    import jsonschema

    report = of_table(rows={"r": ["50%", 2], "total": [None, 3]})
    assert [one.id for one in report.statements] == ["t.r.x", "t.r.y", "t.total.y"]
    assert report.quantity("t.total.y").parts == ["t.r.y"]
    schema = statements_schema()
    assert "tables" in schema["properties"]
    jsonschema.Draft202012Validator(schema["$defs"]["Table"] | {"$defs": schema["$defs"]}).validate(
        {"id": "t", "section": "s", "columns": ["x"], "rows": {"r": ["50%"]}}
    )
    assert Report.model_validate(report.model_dump(by_alias=True, exclude_none=True)) == report.model_copy(
        update={"tables": []}
    )
    assert Table.model_fields.keys() >= {"per", "rounding", "adjusted"}


def test_tables_of_one_name_are_told_at_their_places() -> None:
    table = {"id": "t", "section": "s", "columns": ["x"], "rows": {"r": ["50%"]}}
    report = Report.model_validate({**HEAD, "tables": [table, table]})
    places = [place for place, value, rule in report.faults() if (value, rule) == ("t", "is unique")]
    assert places == [("tables", 0, "id"), ("tables", 1, "id")]


def test_totals_are_those_that_are_printed() -> None:
    rows = {"r": ["50%", 2], "q": ["50%", None], "total": [None, 100]}
    (table,) = of_table(columns=["x", "total"], rows=rows).tables
    assert table.totals == [2, 100]
    (table,) = of_table(columns=["x"], rows={"r": ["50%"]}).tables
    assert table.totals == []


def test_a_file_of_nothing_but_tables_fits_the_schema() -> None:
    import jsonschema

    table = {"id": "t", "section": "s", "columns": ["x"], "rows": {"r": ["50%"]}}
    fits = jsonschema.Draft202012Validator(statements_schema()).is_valid
    assert fits({**HEAD, "tables": [table]})
    assert Report.model_validate({**HEAD, "tables": [table]})
    for content in (HEAD, {**HEAD, "tables": []}, {**HEAD, "quantities": [{"id": "a", "says": "a"}]}):
        assert not fits(content)
        with pytest.raises(ValidationError):
            Report.model_validate(content)


@pytest.mark.long
@pytest.mark.parametrize("per", ["row", "column"])
def test_an_empty_group_may_print_nought_and_nothing_else(per: str) -> None:
    def told(nought: str, zero: int = 0) -> bool | None:
        cells = [[nought, nought, zero], ["40%", "60%", 10]]
        if per == "row":
            report = of_table(
                columns=["x", "y", "total"], rows=dict(zip("ab", cells, strict=True)), labels={"a": "A"}
            )
        else:
            rows = dict(zip(["x", "y", "total"], map(list, zip(*cells, strict=True)), strict=True))
            report = of_table(columns=["a", "b"], rows=rows, per=per)
        return audit(report, {}).holds

    assert told("0%")
    assert told("0.0 %")
    assert told("10%") is False
    assert told("0%", 5) is False


def test_nought_per_cent_is_nobody_only_where_there_is_nobody() -> None:
    report = of_table(columns=["x", "y", "total"], rows={"r": ["0%", "100%", 1000], "q": ["0%", "0%", 0]})
    kinds = {
        one.quote: type(one.readings[0].holds[0]).__name__
        for one in report.statements
        if "total" not in one.id
    }
    assert kinds == {
        "r, x: 0%": "PrintedShare",
        "r, y: 100%": "PrintedShare",
        "q, x: 0%": "Count",
        "q, y: 0%": "Count",
    }


# A file to fill in


def test_a_new_file_audits_as_it_stands_and_overwrites_nothing(tmp_path: Path) -> None:
    path = tmp_path / "mine.yml"
    done = called("audit", "--new", str(path))
    assert (done.returncode, path.read_text(encoding="utf-8")) == (0, TEMPLATE)
    assert called("audit", "--statements", str(path)).returncode == 0
    path.write_text("mine", encoding="utf-8")
    done = called("audit", "--new", str(path))
    assert (done.returncode, done.stdout, path.read_text(encoding="utf-8")) == (2, "", "mine")
    assert "nothing is overwritten" in done.stderr
    assert called("audit", "--new", str(tmp_path / "no" / "such.yml")).returncode == 2
    uncommented = TEMPLATE.replace("\n# tables:", "\ntables:").replace("\n#   ", "\n  ")
    content = yaml.safe_load(uncommented)
    assert len(Report.model_validate(content).statements) == 3 + 6


# A plain table


def csv_of(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.long
def test_a_base_of_100_in_each_row_is_doubted_and_100_percent_is_no_number_of_people(tmp_path: Path) -> None:
    people = csv_of(tmp_path, "Group,yes,no,n\nyoung,40%,60%,100\nold,30%,70%,100\n")
    assert audit(load_statements(file=people), {}).bound("t.r1.total").low == 100
    assert "each total of the table is 100" in " ".join(
        called("audit", "--statements", str(people)).stdout.split()
    )
    percent = csv_of(tmp_path, "Group,yes,no,total\nyoung,40%,60%,100%\nold,30%,70%,100.0 %\n")
    assert audit(load_statements(file=percent), {}).bound("t.r1.c1").low == 2
    assert "each total" not in called("audit", "--statements", str(percent)).stdout
    others = csv_of(tmp_path, "Group,yes,no,total\nyoung,40%,60%,100\nold,30%,70%,10\n")
    assert "each total" not in called("audit", "--statements", str(others)).stdout


def test_a_row_of_totals_in_a_plain_table_is_a_group_and_that_is_said(tmp_path: Path) -> None:
    path = csv_of(tmp_path, "Group,yes,n\nA,10,10\nB,20,10\nTotal,50,20\n")
    told = " ".join(called("audit", "--statements", str(path)).stdout.split())
    assert "the row “Total” is read as one more group" in told
    path = csv_of(tmp_path, "Group,yes,n\nA,10,10\nB,20,10\n")
    assert "one more group" not in called("audit", "--statements", str(path)).stdout


def test_a_plain_table_of_percentages_is_read(tmp_path: Path) -> None:
    path = csv_of(tmp_path, "Group,yes,no,n\nyoung,42.9,57.1 %,7\nold,62.5%,,\n")
    report = load_statements(file=path)
    assert [one.quote for one in report.statements] == [
        "young, yes: 42.9%", "young, no: 57.1%", "young, total: 7", "old, yes: 62.5%",
    ]  # fmt: skip
    found = audit(report, {})
    assert found.holds
    assert found.bound("t.r1.c1").low == found.bound("t.r1.c1").high == 3
    assert called("audit", "--statements", str(path)).returncode == 0
    wrong = csv_of(tmp_path, "Group,yes,no,n\nyoung,42.9,57.1,8\n")
    assert called("audit", "--statements", str(wrong)).returncode == 1


BY_ROW = [
    "young, yes: 40%",
    "young, no: 60%",
    "young, total: 10",
    "old, yes: 30%",
    "old, no: 70%",
    "old, total: 20",
]
TURN = "turn the table round, so that each group is a row"


@pytest.mark.long
@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        ("Group,yes,no,total,n\nyoung,40,60,100%,10\nold,30,70,100,20\n", BY_ROW),
        ("Group,yes,no,base,total\nyoung,40,60,10,100\nold,30,70,20,100\n", BY_ROW),
        ("Group,yes,no,n\nA,60,40,5\nB,40,60,10\n", ["A, yes: 60%", "A, no: 40%", "A, total: 5"]),
        ("Group,yes,no,total\nA,60,40,100%\nB,40,60,100 %\n", ["A, yes: 60%", "A, no: 40%", "B, yes: 40%"]),
        # Groups may be called so, and a row of totals may be one more group.
        ("Group,yes,no\nN,40,60\nS,30,70\n", ["N, yes: 40%", "N, no: 60%", "S, yes: 30%", "S, no: 70%"]),
        ("Group,yes\nA,10\nTotal,100\n", ["A, yes: 10%", "Total, yes: 100%"]),
        # Small percentages are no shares.
        ("Group,a,b,n\nyoung,0.5%,0.5%,200\n", ["young, a: 0.5%", "young, b: 0.5%", "young, total: 200"]),
        # That adds up to 101 %, as rounded percentages may: in one row, with signs, or not in each row.
        ("Group,a,b,c\nyoung,60,40,1\n", ["young, a: 60%", "young, b: 40%", "young, c: 1%"]),
        ("Group,a,b,c\nyoung,60,40,1%\nold,55,45,1%\n", ["young, a: 60%", "young, b: 40%", "young, c: 1%"]),
        ("Group,a,b,c\nyoung,60,40,1\nold,55,44,1\n", ["young, a: 60%", "young, b: 40%", "young, c: 1%"]),
        ("Group,a,b,c\nyoung,60,40,0\nold,55,45,1\n", ["young, a: 60%", "young, b: 40%", "young, c: 0%"]),
    ],
)
def test_a_plain_table_of_percentages_of_the_row_is_read_as_such(
    tmp_path: Path, text: str, quotes: list[str]
) -> None:
    report = load_statements(file=csv_of(tmp_path, text))
    assert [one.quote for one in report.statements][: len(quotes)] == quotes
    assert audit(report, {}).statements_hold


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("Answer,men,women\nyes,40,30\nno,60,70\nTotal,100,100\n", 4, f"percentages are of the row; {TURN}"),
        ("Answer,men,women\nyes,40,30\nno,60,70\nAll,100,100\n", 4, f"percentages are of the row; {TURN}"),
        ("Answer,men,women\nyes,40,30\nno,60,70\n", 1, f"of the column, {TURN}; else add a column"),
        ("Answer,men,women\nyes,60,40\nno,40,60\n", 1, f"of the column, {TURN}; else add a column"),
        ("Answer,n,%\nyes,20,40\nno,30,60\n", 1, f"of the column, {TURN}; else add a column"),
        ("Answer,n,%\nyes,20,40\nno,30,60\nTotal,50,100\n", 1, f"of the column, {TURN}; else add a column"),
        ("Answer,men,women\nyes,33.3,30.1\nno,66.6,69.9\n", 1, f"of the column, {TURN}; else add a column"),
        ("Answer,young,old\na,80,75\nb,60,50\nn,5,4\n", 4, f"where it is that, {TURN}"),
        ("Answer,young,old\nyes,40,30\nno,60,70\nn,40,60\n", 4, f"where it is that, {TURN}"),
        ("Answer,young,old\nyes,40,60\nno,60,40\nBase,7,8\n", 4, f"where it is that, {TURN}"),
        ("Group,a,b,c,n\nyoung,80,60,40,5\n", 2, "to 180 %, more than rounding explains"),
        ("Group,yes,no,total\nyoung,3,4,7\n", 2, "not counts that add up to its base"),
        ("Group,yes,no,n\nyoung,0.43,0.57,7\n", 2, "not shares such as 0.429"),
        (
            "Group,wave,yes,no\nmen,1,60,40\nwomen,2,55,45\n",
            1,
            "with it none does; of other numbers leave it out",
        ),
        ("Group,yes,no,men\nyoung,60,40,3\nold,55,45,0.5\n", 1, "without this column each row"),
        ("Group,yes,no,Base (n)\nyoung,43,57,7\n", 1, "is called n, base or total where"),
        ("Group,yes,no,N=\nyoung,43,57,7\n", 1, "is called n, base or total where"),
        (
            "Group,yes,no,total\nyoung,40,60,100\nold,30,70,100\n",
            1,
            "called n where each row is about 100 people",
        ),
        ("group,yes,no\nyoung,12,5\nold,3,9\n", 1, "where no row adds up to 100 %: these may be counts"),
        ("group,yes\nyoung,12\n", 1, "where no row adds up to 100 %: these may be counts"),
        ("group,n\nyoung,7\n", 1, "has a column of names and one of percentages"),
    ],
)
def test_what_looks_like_something_else_than_percentages_of_the_row_is_asked_about(
    tmp_path: Path, text: str, line: int, says: str
) -> None:
    with pytest.raises(DataError) as caught:
        load_statements(file=csv_of(tmp_path, text))
    (fault,) = caught.value.faults
    assert fault.row == line
    assert says in fault.rule


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("Group\nyoung\n", 1, "has a column of names and one of percentages"),
        ("Group;yes\nyoung;10\n", 1, "with a comma between them"),
        ("Group,yes\n", 1, "has a row below its header"),
        ("Group,yes,n,base\nyoung,1,2,3\n", 1, "has one column of bases"),
        ("Group,yes,no,total,n\nyoung,40,60,20,10\n", 1, "beside which a total of 100 % may stand"),
        ("Group,yes\nyoung\n", 2, "has 2 cells, as the header has"),
        ("Group,yes\nyoung,many\n", 2, "is a percentage such as 42.9"),
        ('Group,yes\nyoung,"42,9"\n', 2, "is a percentage such as 42.9"),
        ("Group,yes,n\nyoung,42.9,7.5\n", 2, "is a whole number"),
        ("Group,yes\nyoung,142.9\n", 2, "is no more than 100 %"),
        ('Group,yes\n"young,1\n', 2, "is a readable CSV file"),
        (",,\n , \n", 0, "is not empty"),
        ("Group,yes\n\nyoung,many\n", 3, "is a percentage such as 42.9"),
        ('Group,yes\n"you\nng",10\nold,many\n', 4, "is a percentage such as 42.9"),
        ("Group,yes,n\nyoung,,\n", 0, "has a percentage or a base"),
    ],
)
def test_a_faulty_plain_table_is_refused_at_its_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    path = csv_of(tmp_path, text)
    with pytest.raises(DataError) as caught:
        load_statements(file=path)
    assert any(one.row == line and says in one.rule for one in caught.value.faults), caught.value


CELL = "is a whole number, a percentage with its sign such as 42.9%, or null"


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("[57%, 43%]", "[157%, 43%]", 12, "'157%' is over 100 %"),
        ("[57%, 43%]", '["57,5%", 43%]', 12, f"{CELL}; with a decimal point: 57.5%"),
        ("[57%, 43%]", "[57.5, 43%]", 12, CELL),
        ("[57%, 43%]", "[57%, -3]", 12, CELL),
        ("[57%, 43%]", "[57%, 012]", 12, CELL),
        ("section: results, columns", "section: elsewhere, columns", 10, "is a section of this file"),
        ("[yes-answers, no-answers]", "[yes-answers, yes-answers]", 10, "each column has a name of its own"),
    ],
)
def test_a_fault_of_a_table_is_told_at_its_place(
    tmp_path: Path, old: str, new: str, line: int, says: str
) -> None:
    text = """\
format: 1
title: made
sections: [{id: results, title: Results}]
quantities: [{id: a, says: a}]
statements:
  - {id: one, section: results, quote: q, says: s, holds: [{count: {of: a, is: 1}}]}
tables:
  - {section: results, id: before, columns: [x], rows: {y: [1]}}

  - {id: t, section: results, columns: [yes-answers, no-answers],
     rows: {
       young: [57%, 43%]}}
"""
    path = tmp_path / "report.yml"
    path.write_text(text, encoding="utf-8")
    assert load_statements(file=path)
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        load_statements(file=path)
    assert [(one.row, one.rule) for one in caught.value.faults] == [(line, says)]


@pytest.mark.parametrize("beside", ["", "quantities: []\n", "quantities: []\nstatements: []\n"])
def test_what_a_faulty_table_stands_for_is_not_called_missing(tmp_path: Path, beside: str) -> None:
    path = tmp_path / "report.yml"
    path.write_text(
        f"format: 1\ntitle: t\nsections: [{{id: s, title: S}}]\n{beside}"
        "tables:\n  - {id: t, section: s, columns: [x], rows: {r: [1, 2]}}\n"
    )
    with pytest.raises(DataError) as caught:
        load_statements(file=path)
    assert [one.rule for one in caught.value.faults] == ["row r has 2 cells for 1 columns"]


def test_every_fault_of_a_table_is_told_in_one_go_and_what_it_stands_for_is_not_called_missing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "report.yml"
    path.write_text("""\
format: 1
title: made
sections: [{id: results, title: Results}]
quantities: [{id: a, says: a, parts: [good.r.x, bad.old.yes-answers, ugly.r.x]}]
tables:
  - {id: good, section: nowhere, columns: [x], rows: {r: [1]}}
  - id: bad
    section: elsewhere
    columns: [yes-answers, yes-answers, rest]
    rows:
      young: [57%, 43%]
      old: ["57,5%", 43%, 1]
      Total: [157%, 43%, 1]
    labels: {young: up to 50, odl: over 50}
    rounding: up
""")
    with pytest.raises(DataError) as caught:
        load_statements(file=path)
    told = [(one.row, one.rule.partition(";")[0]) for one in caught.value.faults]
    assert told == [
        (4, "is a quantity of this file"),
        (6, "is a section of this file"),
        (8, "is a section of this file"),
        (9, "no row or column is called rest"),
        (9, "each column has a name of its own"),
        (11, "row young has 2 cells for 3 columns"),
        (12, CELL),
        (13, "'157%' is over 100 %"),
        (13, "Total is written in small letters where it holds totals: total"),
        (14, "a label is of a row or a column, and odl is neither"),
        (15, "is 'nearest', 'half-up', 'half-down', 'half-even', 'truncated', 'ceiling' or 'nearest-5'"),
    ]
    assert caught.value.faults[0].value == "ugly.r.x"


# Weighted answers


def of_weights(weights: Any, printed: str = "70%") -> Report:
    said = {"share": {"of": "a", "base": "b", "is": printed, "weights_up_to": weights}}
    count = {"count": {"of": "b", "is": 10}}
    statements = [
        {"id": f"s{i}", "section": "s", "quote": q, "says": q, "holds": [one]}
        for i, (q, one) in enumerate([(printed, said), ("10 in all", count)])
    ]
    quantities = [{"id": "a", "says": "a"}, {"id": "b", "says": "b"}]
    return Report.model_validate({**HEAD, "quantities": quantities, "statements": statements})


@pytest.mark.parametrize(
    ("weights", "low", "high"), [(1, 7, 7), ("1.0", 7, 7), (2, 6, 8), ("2.5", 5, 8), (9, 3, 9)]
)
def test_with_a_limit_to_the_weights_a_weighted_percentage_bounds_its_count(
    weights: Any, low: int, high: int
) -> None:
    """With weights up to 2, 6 of 10 may count as 6 to 12 against 4 to 8: as 12 of 16 at most, 75 %."""
    found = audit(of_weights(weights), {})
    assert (found.bound("a").low, found.bound("a").high) == (low, high)
    assert found.candidates == []


def test_a_repair_names_the_weighted_percentages_that_would_do() -> None:
    report = of_weights(2, "70%")
    content = report.model_dump(by_alias=True, exclude_none=True)
    six = {
        "id": "s2",
        "section": "s",
        "quote": "4 a",
        "says": "4",
        "holds": [{"count": {"of": "a", "is": 4}}],
    }
    content["statements"].append(six)
    found = audit(Report.model_validate(content), {})
    (one,) = [one.instead[0] for one in found.repairs if [m.id for m in one.gives_up] == ["s0"]]
    # 4 of 10 count as 4 of 16 at least, and as 8 of 14 at most.
    assert (one.low, one.high) == ("25 %", "57 %")


@pytest.mark.parametrize("rounding", ["nearest", "half up", "half down", "truncated", "ceiling"])
@pytest.mark.parametrize("printed", [0, 1, 33, 49, 50, 67, 70, 99, 100])
def test_with_equal_weights_a_weighted_percentage_is_one_without(rounding: str, printed: int) -> None:
    rule, said = ROUNDINGS[rounding], {"of": "a", "base": "b", "is": f"{printed}%"}
    plain = CONSTRAINT.validate_python({"share": said})
    equal = CONSTRAINT.validate_python({"share": said | {"weights_up_to": "1"}})
    for base in (3, 7, 40, 200):
        counts = [
            count
            for count in range(base + 1)
            if all(one.allows({"a": count, "b": base}) for one in equal.linears(rule))
        ]
        assert counts == list(plain.counts(base, rule)), base


@pytest.mark.parametrize("weights", ["0.5", 0, "much", "2,5", True])
def test_a_limit_to_weights_is_a_number_from_1_on(weights: Any) -> None:
    with pytest.raises(ValidationError, match=r"weights_up_to"):
        of_weights(weights)


def test_weights_with_a_limit_need_no_mark_that_nothing_can_be_tested() -> None:
    content = of_weights(2).model_dump(by_alias=True, exclude_none=True)
    content["statements"][0]["weighted"] = True
    with pytest.raises(ValidationError, match="is left out where a share has weights_up_to"):
        Report.model_validate(content)


def test_weights_with_a_limit_are_not_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "report.yml"
    path.write_text(yaml.safe_dump(of_weights(2).model_dump(by_alias=True, exclude_none=True)))
    told = called("audit", "--statements", str(path)).stdout
    assert "Both statements can be true at once" in " ".join(told.split())
    assert "Mind" not in told


def test_what_a_weighted_statement_names_exists(tmp_path: Path) -> None:
    said = "{id: w, section: s, quote: q, says: r, weighted: true, holds: [{count: {of: ghost, is: 5}}]}"
    path = tmp_path / "report.yml"
    path.write_text(
        "format: 1\ntitle: t\nsections: [{id: s, title: S}]\nquantities: [{id: a, says: a}]\n"
        f"statements:\n  - {said}\n"
    )
    with pytest.raises(DataError, match=r"statements/w 'ghost': is a quantity of this file"):
        load_statements(file=path)


def test_what_is_weighted_is_not_tested_and_nothing_rests_on_it() -> None:
    said = {"id": "w", "section": "s", "quote": "14 %", "says": "r", "weighted": True}
    said["holds"] = [{"share": {"of": "a", "base": "b", "is": "14 %"}}]
    count = {"id": "c", "section": "s", "quote": "5", "says": "r", "holds": [{"count": {"of": "b", "is": 5}}]}
    content = {**HEAD, "quantities": [{"id": one, "says": one} for one in "ab"], "statements": [said, count]}
    report = Report.model_validate(content)
    found = audit(report, {})
    assert found.holds
    verdict = found.verdict("w")
    assert (verdict.verdict, verdict.severity) == ("not tested", None)
    assert "not testable" in words.why(report.statement("w"), found, report)
    said["weighted"] = False
    assert audit(Report.model_validate(content), {}).holds is False


@pytest.mark.parametrize("space", ["", " ", "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"])
def test_a_space_at_which_no_line_breaks_may_stand_before_the_sign(tmp_path: Path, space: str) -> None:
    table = load_statements(file=csv_of(tmp_path, f"group,yes,no,n\nyoung,40{space}%,60{space}%,5\n"))
    assert table == load_statements(file=csv_of(tmp_path, "group,yes,no,n\nyoung,40%,60%,5\n"))
    assert str(Percentage.parse(f"40{space}%")) == "40 %"


@pytest.mark.parametrize(("rounding", "holds"), [("half-up", False), ("half-down", True), (None, True)])
def test_a_table_has_a_rounding_rule_of_its_own(rounding: str | None, holds: bool) -> None:
    """1 of 8 is 12.5 %, which is 12 % where ties go down, or either way."""
    own = {"rounding": rounding} if rounding else {}
    report = of_table(columns=["x", "y", "total"], rows={"r": ["12%", "87.5%", 8]}, **own)
    assert audit(report, {}).holds is holds


def test_a_table_without_a_name_is_the_table() -> None:
    report = of_table(columns=["x", "y", "total"], rows={"r": ["25%", "75%", 8]})
    assert report.quantity("t.r.x").says == "the table: r, x"
    assert of_table(rows={"r": ["25%", "75%"]}, says="lunch").quantity("t.r.x").says == "lunch: r, x"
