"""Nothing of the people who answered is published by accident, and the numbers tell of none of them."""

import json
import random
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from itertools import product
from types import SimpleNamespace

import pandas as pd
import pytest

from keepinpact import privacy
from keepinpact.book.build import _check_data, build_book
from keepinpact.book.notes import _publish_data
from keepinpact.data import KEPT, PUBLISHED, RELEASED, ROOT, DataError, Responses
from keepinpact.editions.release import release
from keepinpact.settings import Settings
from keepinpact.statements.report import Report

EXPORT = "Timestamp,Username,Country\n2021-09-14 10:33:05,somebody@example.org,FR\n"
HIDDEN = ["data/responses/export.csv", "data/report/raw.txt", "data/old/answers.tsv", *KEPT]
PACKAGE = "data/datapackage.json"


@pytest.fixture
def tree(tree):
    shutil.copy(ROOT / "pyproject.toml", tree)
    return tree


def set_to(root, **settings) -> None:
    """Change settings of the project, each written as TOML."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    for setting, value in settings.items():
        name = setting.replace("_", "-")
        text, changed = re.subn(rf"^{name} = .*$", f"{name} = {value}", text, flags=re.MULTILINE)
        assert changed == 1, name
    (root / "pyproject.toml").write_text(text, encoding="utf-8")


def publish(root) -> set[str]:
    """What a build copies of ``data/``, whether or not the check was asked before."""
    out = root / "_out"
    shutil.rmtree(out, ignore_errors=True)
    _publish_data(SimpleNamespace(outdir=out, srcdir=root, builder=SimpleNamespace(format="html")), None)
    return {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}


def test_only_listed_files_are_published(tree):
    for name in HIDDEN:
        (tree / name).parent.mkdir(exist_ok=True)
        (tree / name).write_text(EXPORT, encoding="utf-8")
    found = publish(tree)
    there = {name for name in PUBLISHED if (tree / name).is_file()}
    assert found == there | {f"{name}.html" for name in there}
    assert len(there) > 10
    for path in (tree / "_out").rglob("*.*"):
        assert path.is_dir() or b"somebody@" not in path.read_bytes()


@pytest.mark.long
@pytest.mark.parametrize("tracked", [True, False])
def test_a_raw_export_stops_the_build(project, tracked):
    (project / HIDDEN[0]).write_text(EXPORT, encoding="utf-8")
    if tracked:
        for command in (["init", "--quiet"], ["add", HIDDEN[0]]):
            subprocess.run(["git", "-C", str(project), *command], check=True)
    with pytest.raises(DataError) as caught:
        build_book(project, progress=lambda _: None)
    found = [(one.file, one.row, one.column) for one in caught.value.faults]
    assert found == [(HIDDEN[0], 0, ""), (HIDDEN[0], 1, "Username"), (HIDDEN[0], 2, "line")]
    assert not (project / "_build/html").exists()


def test_the_built_book_has_the_listed_files_and_no_others(html):
    found = {path.relative_to(html).as_posix() for path in (html / "data").rglob("*") if path.is_file()}
    there = {name for name in PUBLISHED if (ROOT / name).is_file()}
    assert found == there | {f"{name}.html" for name in there}


HEAD = "wave,item,respondent,value\n"


def released(root, *rows: str) -> None:
    (root / RELEASED).write_text(HEAD + "".join(f"{row}\n" for row in rows), encoding="utf-8")


def test_rows_are_published_only_where_the_setting_says_so(tree):
    released(tree, "1,staff,r1,yes", "1,staff,r2,no")
    name = RELEASED.as_posix()
    assert name not in publish(tree)
    assert name not in (tree / "_out" / PACKAGE).read_text(encoding="utf-8")
    set_to(tree, publish_rows="true")
    assert {name, f"{name}.html"} <= publish(tree)
    package = json.loads((tree / "_out" / PACKAGE).read_text(encoding="utf-8"))
    (resource,) = [one for one in package["resources"] if f"data/{one['path']}" == name]
    assert [one["name"] for one in resource["schema"]["fields"]] == HEAD.strip().split(",")
    assert json.loads((tree / PACKAGE).read_text(encoding="utf-8"))["resources"] == package["resources"][:-1]
    assert not Settings().publish_rows, "rows are published unless something else is said"


# Who shares what they may be known by.


def people(seed: int) -> list[list[str]]:
    """Rows of made-up responses; some questions are left blank, some blanks have no row."""
    chance = random.Random(seed)
    rows = []
    for number in range(30):
        wave, who = chance.choice("12"), f"r{number}"
        for item, values in {
            "country": ["FR", "HR", "PT"],
            "staff": ["yes", "no"],
            "tasks": ["a", "b"],
        }.items():
            given = chance.sample(values, 2) if item == "tasks" else [chance.choice([*values, ""])]
            rows += [[wave, item, who, value] for value in given if value or chance.random() < 0.5]
    return rows


def responses(rows: list[list[str]]) -> Responses:
    table = pd.DataFrame(rows, columns=HEAD.strip().split(","))
    return Responses(table, "responses", "Made up.")


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("items", [[], ["country"], ["country", "staff", "tasks", "unasked"]])
def test_who_is_alike_against_a_recount(seed, items):
    rows = people(seed)
    known: dict[str, list] = {}
    for wave, item, who, value in rows:
        known.setdefault(who, [wave])
        if item in items and value:
            known[who].append((item, value))
    sizes = Counter(tuple(map(str, [one[0], *sorted(one[1:])])) for one in known.values())
    each = [sizes[tuple(map(str, [one[0], *sorted(one[1:])]))] for one in known.values()]
    found = privacy.alike(responses(rows), items, 4)
    assert (found.respondents, found.alone, found.few) == (len(each), each.count(1), sum(n < 4 for n in each))
    assert found.known_by == tuple(one for one in items if one != "unasked")


@pytest.mark.long
def test_rows_of_too_few_are_not_published(tree):
    rows = [f"1,country,r{n},{code}" for n, code in enumerate(["FR"] * 5 + ["HR"] * 4)]
    released(tree, *rows)
    assert "with fewer than 4 others; rows are not published" in privacy.check(tree)
    set_to(tree, publish_rows="true")
    with pytest.raises(DataError, match="shares the survey") as caught:
        privacy.check(tree)
    assert "4 of 9 do not, 0 share it with nobody" in str(caught.value)
    with pytest.raises(DataError, match="4 of 9"):
        _check_data(tree, tree / "_build")
    set_to(tree, fewest_alike="4")
    assert "rows are published" in privacy.check(tree)
    set_to(tree, known_by='["country", "county"]')
    with pytest.raises(DataError, match="'county': is an item of the codebook"):
        privacy.check(tree)


# What numbers settle.


CODES = pd.DataFrame(
    [
        *(("item", item, item, "", kind) for item, kind in (("one", "single"), ("many", "multiple"))),
        *((item, value, value.upper(), "", "") for item in ("one", "many") for value in "abc"),
    ],
    columns=["variable", "code", "label", "definition", "response"],
)


@pytest.mark.parametrize("seed", range(40))
def test_counts_settle_an_answer_where_all_of_a_survey_gave_it_and_nowhere_else(seed):
    chance = random.Random(seed)
    rows, gave = [], {}
    for wave in "12":
        everybody = [f"{wave}{number}" for number in range(chance.randint(1, 4))]
        for item in ("one", "many"):
            values = chance.choice(["a", "ab", "abc"])
            for who in everybody:
                given = (
                    chance.sample(values, chance.randint(1, len(values)))
                    if item == "many"
                    else [chance.choice(values)]
                )
                given = [""] if chance.random() < 0.15 else given
                rows += [[wave, item, who, value] for value in given]
                gave.setdefault((wave, item), []).append(given)
    expected = {
        (wave, item, value)
        for (wave, item), answers in gave.items()
        for value in "abc"
        if all(value in given for given in answers)
    }
    _, found, report = privacy.settled_by_counts(responses(rows), CODES)
    assert {(one.quantity.wave, one.quantity.item, one.quantity.value) for one in found} == expected
    for one in found:
        said = {report.statement(member.id).quote for member in one.by}
        count = len(gave[one.quantity.wave, one.quantity.item])
        assert f"respondents of survey {one.quantity.wave}: {count}" in said, said
        assert len(said) <= 1 + sum(q.item == one.quantity.item for q in report.quantities)


def printed(*holds: dict, several: bool = False) -> list[privacy.Settled]:
    """What statements of a small report settle; they are called s0, s1, and so on."""
    item = "tools" if several else "staff"
    values = {"yes": "yes", "no": "no", "blank": ""}
    report = Report.model_validate(
        {
            "format": 1,
            "title": "t",
            "sections": [{"id": "s", "title": "s"}],
            "quantities": [
                {"id": "all", "says": "all", "wave": "1"},
                *(
                    {"id": one, "says": one, "item": item, "value": v, "wave": "1"}
                    for one, v in values.items()
                ),
            ],
            "definitions": []
            if several
            else [{"id": "d", "says": "d", "holds": [{"sum": {"of": "all", "is": [*values]}}]}],
            "statements": [
                {"id": f"s{n}", "section": "s", "quote": f"s{n}", "says": "s", "holds": [one]}
                for n, one in enumerate(holds)
            ],
        }
    )
    on = [one.id for one in report.statements]
    return privacy.settled(report, {}, on, {"tools"})[1]


ALL = {"count": {"of": "all", "is": 4}}
MOST = {"share": {"of": "yes", "base": "all", "at_least": "88%"}}


@pytest.mark.parametrize(
    ("holds", "several", "by"),
    [
        ([ALL, {"count": {"of": "yes", "is": 4}}], False, {"s0", "s1"}),
        ([ALL, {"count": {"of": "yes", "is": 4}}], True, {"s0", "s1"}),
        ([ALL, {"count": {"of": "yes", "is": 3}}], False, None),
        ([ALL, {"count": {"of": "yes", "is": 3}}], True, None),
        ([{"count": {"of": "no", "is": 0}}, {"count": {"of": "blank", "is": 0}}], False, {"s0", "s1"}),
        ([{"count": {"of": "no", "is": 0}}, {"count": {"of": "blank", "is": 0}}], True, None),
        # Of four 88 % or more is all of them; of nine it is not.
        ([ALL, MOST], False, {"s0", "s1"}),
        ([{"count": {"of": "all", "is": 9}}, MOST], False, None),
        ([{"sum": {"of": "all", "is": "yes"}}, {"count": {"of": "no", "is": 0}}], False, {"s0"}),
    ],
)  # fmt: skip
def test_what_statements_settle_and_which_of_them_do(holds, several, by):
    found = printed(*holds, several=several)
    assert {one.quantity.id for one in found} == ({"yes"} if by else set())
    if by:
        assert {member.id for member in found[0].by} == by


@pytest.mark.long
def test_the_check_and_the_release_name_the_numbers_that_give_an_answer_away(tree):
    released(
        tree,
        *(f"1,staff,r{n},yes" for n in range(6)),
        *(f"2,sector,q{n},public" for n in range(5)),
        "2,sector,q9,",
    )
    with pytest.raises(DataError) as caught:
        privacy.check(tree)
    (fault,) = caught.value.faults
    assert fault.value == "survey 1, Dedicated staff, Dedicated staff"
    assert "(respondents of survey 1: 6; survey 1, Dedicated staff, Dedicated staff: 6)" in fault.rule
    with pytest.raises(DataError, match="settled-accepted"):
        release(tree, "9.9.9", tests=["false"])
    with pytest.raises(DataError, match="settled-accepted"):
        _check_data(tree, tree / "_build")
    set_to(tree, settled_accepted='["1/staff/yes"]')
    assert "Of 2 answers 1 are settled" in privacy.check(tree)


# Tables of two questions.


def tables(rows: list[int], columns: list[int]) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Every table with these sums."""
    if not rows:
        if not any(columns):
            yield ()
        return
    for first in product(*(range(min(rows[0], column) + 1) for column in columns)):
        if sum(first) == rows[0]:
            left = [column - cell for column, cell in zip(columns, first, strict=True)]
            yield from ((first, *rest) for rest in tables(rows[1:], left))


def possible(true: dict, shown: set) -> list[dict]:
    """Every count of both surveys that has the sums of each survey, and the shown cells of both together."""
    waves, rows, columns = (sorted({where[place] for where in true}) for place in range(3))
    each = []
    for w in waves:
        sums = [
            [sum(true[w, r, c] for c in columns) for r in rows],
            [sum(true[w, r, c] for r in rows) for c in columns],
        ]
        each.append([
            {(w, r, c): table[i][j] for i, r in enumerate(rows) for j, c in enumerate(columns)}
            for table in tables(*sums)
        ])  # fmt: skip
    found = []
    for together in product(*each):
        counts = {cell: number for one in together for cell, number in one.items()}
        if all(sum(counts[w, *cell] - true[w, *cell] for w in waves) == 0 for cell in shown):
            found.append(counts)
    return found


def given_away(true: dict, hidden: set, fewest: int) -> set:
    """The small cells, and the groups of a survey with one answer, that the numbers left settle."""
    cells = {(r, c) for _, r, c in true if r and c}
    every = possible(true, cells - hidden)
    waves = {w for w, _, _ in true}
    found = set()
    for cell in cells:
        number = sum(true[w, *cell] for w in waves)
        if 0 < number < fewest and len({sum(one[w, *cell] for w in waves) for one in every}) == 1:
            found.add(cell)
    for (w, r, c), number in true.items():
        alone = number and r and c and number in (
            sum(n for (v, s, _), n in true.items() if (v, s) == (w, r)),
            sum(n for (v, _, d), n in true.items() if (v, d) == (w, c)),
        )  # fmt: skip
        if alone and len({one[w, r, c] for one in every}) == 1:
            found.add((w, r, c))
    return found


def test_nothing_that_is_withheld_can_be_worked_out():
    besides = shown = 0
    for seed in range(120):
        chance = random.Random(seed)
        waves, rows = chance.choice(["1", "12"]), chance.choice(["ab", "abc"])
        columns = "xy" if seed % 2 else ["", "x", "y"]
        true = {
            cell: chance.choice([0, 0, 1, 1, 2, 3] if cell[2] else [0, 0, 1])
            for cell in product(waves, rows, columns)
        }
        fewest = chance.choice([2, 3])
        hidden = set(privacy.withheld({cell: n for cell, n in true.items() if n}, fewest))
        both = Counter({(r, c): sum(true[w, r, c] for w in waves) for _, r, c in true if c})
        small = {cell for cell, number in both.items() if 0 < number < fewest}
        assert small <= hidden
        # What the sums alone settle no table can keep.
        by_sums = given_away(true, set(both), fewest)
        assert given_away(true, hidden, fewest) <= by_sums, seed
        besides += bool(given_away(true, small, fewest) - by_sums)
        shown += len({cell for cell, number in both.items() if number} - hidden)
    assert besides > 10, "the small cells alone would have been enough"
    assert shown > 50, "nothing is shown"


def test_a_table_of_a_question_with_several_answers_is_no_table_of_people():
    with pytest.raises(ValueError, match="several answers"):
        privacy.people_by(responses(people(0)), "country", "tasks")


def test_people_are_counted_by_both_answers():
    rows = people(1)
    answers: dict[str, dict[str, str]] = {}
    for wave, item, who, value in rows:
        answers.setdefault(who, {"wave": wave})[item] = value
    expected = Counter(
        (one["wave"], one.get("country", ""), one.get("staff", "")) for one in answers.values()
    )
    assert privacy.people_by(responses(rows), "country", "staff") == expected


def test_no_chapter_shows_a_table_of_two_questions_as_it_is():
    for path in sorted((ROOT / "chapters").glob("*.md")):
        assert not re.search(r"crosstab|pivot|unstack", path.read_text(encoding="utf-8")), path.name
