"""Answers of many people: read in proportion to their number, counted right, and shown in no more room.

What is simulated is nobody's answers, and lies in temporary folders only.
"""

import cProfile
import csv
import json
import pstats
import random
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from keepinpact import data, privacy, show, stats
from keepinpact.book.execute import read_notebook
from keepinpact.book.receipts import _sources
from keepinpact.data import RELEASED, ROOT, DataError, files, load_responses, tables
from keepinpact.data.responses import Responses
from keepinpact.figures import captions
from keepinpact.figures import draw as figures
from keepinpact.figures.svg import to_svg
from keepinpact.findings import answers as answers_to
from keepinpact.numbers import Bound, Percentage, Share
from keepinpact.paths import SHARED
from keepinpact.receipt import Finding, lines_of
from simulated import AGREEING, copy_of_the_project

HEAD = "wave,item,respondent,value\n"
SOME, FACTOR = 10, 100


def release(tree: Path, text: str) -> Path:
    (tree / RELEASED).write_text(text, encoding="utf-8", newline="")
    return tree


def faults(load: Callable[[Path], object], root: Path) -> list[data.Fault]:
    with pytest.raises(DataError) as caught:
        load(root)
    return caught.value.faults


@pytest.fixture(scope="module")
def surveys(tmp_path_factory) -> dict[int, Path]:
    """A survey of 48 people, and surveys of ten and of a hundred for each of them."""
    found = {factor: tmp_path_factory.mktemp(f"times{factor}") for factor in (1, SOME, FACTOR)}
    for factor, root in found.items():
        copy_of_the_project(root, AGREEING.times(factor))
    return found


@pytest.fixture(scope="module")
def editions(surveys) -> dict[int, data.Edition]:
    return {factor: data.load_edition(root) for factor, root in surveys.items()}


# Reading.


@pytest.mark.long
def test_a_bad_cell_far_down_is_found_in_its_row(tree):
    lines = [f"1,staff,r{number},yes\n" for number in range(750_100)]
    lines[749_999] = "1,staff,r749999,perhaps\n"
    (fault,) = faults(load_responses, release(tree, HEAD + "".join(lines)))
    assert (fault.file, fault.row, fault.column, fault.value) == (
        RELEASED.as_posix(),
        750_001,
        "value",
        "perhaps",
    )
    assert "is a value that the codebook has for this item" in fault.rule


ODD = [
    ("1,staff,r1,yes\n1,staff,r2,no\n", "as it should be"),
    ("1,staff,r1,yes\n1,staff,r2,no", "no end of the last line"),
    ("1,staff,r1,yes\r\n1,staff,r2,no\r\n", "lines of Windows"),
    ("1,staff,r1,yes\r1,staff,r2,no\r", "lines of an old Mac"),
    ('1,staff,"r1",yes\n"1",staff,r2,no\n', "quotations"),
    ("1,staff,r1,yes\n\n\n1,staff,r2,no\n", "blank lines"),
    ("1,staff,001,yes\n1,staff,02,\n", "noughts in front"),
    ("2,sources,r1,meetings\n1,staff,respondent9,yes\n", "the name of a column"),
    ("1,staff,r1,value\n", "the name of a column as a value"),
    ("1,staff,r1\n1,staff,r2,yes,no\n1,staff,r3,yes\n", "uneven rows"),
    ("1,staff,r1,yes,1\nstaff,r2,yes\n", "uneven rows with as many cells altogether"),
    ('1,staff,r1,"a\nb"\n1,staff,r2,no\n', "a line's end within a cell"),
    ('1,staff,r1,"yes\n1,staff,r2,no\n', "a quotation without an end"),
    ('1,staff,r1,ye"s\n1,staff,r2,no\n', "a quotation mark within"),
    ("1,staff,r1,é\n1,staff,r2,no\n", "letters beyond ASCII"),
]


@pytest.mark.parametrize(("text", "_"), ODD, ids=[name for _, name in ODD])
@pytest.mark.parametrize("block", [4, 1 << 23])
def test_rows_are_those_that_csv_reads(tree, monkeypatch, text, _, block):
    """The oracle: Python's own reader, line by line; and what is read is the same in blocks of any size."""
    monkeypatch.setattr(tables, "_BLOCK", block)
    release(tree, HEAD + text)
    with (tree / RELEASED).open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, strict=True)
        rows, uneven, line, broken = {}, [], 1, None
        try:
            for row in reader:
                if line > 1 and len(row) == 4:
                    rows[line] = row
                elif line > 1 and row:
                    uneven.append(line)
                line = reader.line_num + 1
        except csv.Error:
            broken = line
    found = tables.read_table(tree, RELEASED.as_posix())
    assert found.cells.astype("str").to_numpy().tolist() == list(rows.values())
    assert found.cells.index.tolist() == list(rows)
    shape = [one.row for one in found.faults if not one.column]
    assert shape == [*uneven, *([broken] if broken else [])]
    assert found.whole is (not shape)
    for column in found.cells:
        used = set(found.cells[column])
        assert set(found.cells[column].cat.categories) == used, "no text is left that no row has"


@pytest.mark.parametrize("block", [4, 1 << 23])
@pytest.mark.parametrize(
    ("raw", "row", "rule"),
    [
        (b"1,staff,r1,yes\n1,staff,\xff,no\n", 3, "the file is UTF-8"),
        (b"1,staff,r1,yes\n1,staff,\x07,no\n", 3, "the file holds no control characters"),
        (b"1,staff,r1,yes\n1,staff,\xc2\x85,no\n1,staff,\xc2\x90,no\n", 4, "no control characters"),
    ],
)
def test_a_byte_that_is_no_text_is_found_in_its_row(tree, monkeypatch, block, raw, row, rule):
    monkeypatch.setattr(tables, "_BLOCK", block)
    (tree / RELEASED).write_bytes(HEAD.encode() + raw)
    (fault,) = faults(load_responses, tree)
    assert fault.row == row
    assert rule in fault.rule


def test_a_file_larger_than_any_survey_is_refused_unread(tree, monkeypatch):
    monkeypatch.setattr(tables, "_MOST_BYTES", 2_000_000)
    release(tree, HEAD + "1,staff,r1,yes\n")
    assert len(load_responses(tree).table) == 1
    with (tree / RELEASED).open("r+b") as file:
        file.truncate(2_000_001)
    (fault,) = faults(load_responses, tree)
    assert (fault.row, fault.rule) == (0, "has no more than 2 MB")


def calls(function: Callable[..., object], *arguments: object) -> int:
    profile = cProfile.Profile()
    profile.runcall(function, *arguments)
    return int(pstats.Stats(profile).total_calls)


@pytest.mark.long
def test_reading_and_checking_take_steps_in_proportion(tree, edition):
    """Counted are calls of functions, not time: as many for each respondent, and none for each row."""
    steps = {}
    for size in (2_000, 4_000, 8_000):
        codes = [f"r{number}" for number in range(size)]
        rows = [f"2,{item},{one},{value}\n" for one in codes for item, value in (
            ("sources", "meetings"), ("sources", "networks"), ("ways", "events"), ("ways", "structures"),
            ("frameworks", "yes" if one.endswith("1") else "no"),
        )]  # fmt: skip
        release(tree, HEAD + "".join(rows))
        found = load_responses(tree)
        assert len(found.table) == 5 * size
        steps[size] = (
            calls(load_responses, tree),
            calls(files.check_files, tree),
            calls(privacy.alike, found, ["frameworks", "sources"], 5),
            calls(stats.facts, found, edition.report),
            calls(privacy.settled_by_counts, found, edition.codebook),
        )
    for small, middle, large in zip(*steps.values(), strict=True):
        assert large - middle <= 2.2 * max(middle - small, 0) + 500
        assert large - small <= 6_000 * 10, "some calls for a respondent, none for each of five rows"


@pytest.mark.parametrize("block", [50, 100, 1 << 22])
@pytest.mark.parametrize("before", ["", "0 ", "é "])
def test_who_answered_is_looked_for_in_every_line(tree, monkeypatch, block, before):
    monkeypatch.setattr(files, "_BLOCK", block)
    telling = {
        5: "a.b@example.org",
        9: "0612345678",
        14: "10.11.12.13",
        15: "+33 6 12 34 56 78",
        16: "(020) 7946 0018",
    }
    lines = [f"1,staff,{telling.get(number, f'{before}r{number}')},yes\n" for number in range(2, 20)]
    release(tree, HEAD + "".join(lines))
    found = faults(files.check_files, tree)
    assert sorted(one.row for one in found) == sorted(telling)
    assert {one.column for one in found} == {"line"}


def test_of_many_lines_that_tell_who_answered_some_are_listed_and_the_others_counted(tree):
    release(tree, HEAD + "1,staff,a.b@example.org,yes\n" * 5_000)
    *listed, more = faults(files.check_files, tree)
    assert [one.row for one in listed] == [*range(2, 102)]
    assert (more.row, more.value, more.rule, more.more) == (0, None, listed[0].rule, 4_900)


@pytest.mark.long
def test_what_a_build_keeps_of_many_answers_is_what_stands_in_the_file(surveys, tmp_path, monkeypatch):
    root = surveys[FACTOR]
    monkeypatch.setenv(SHARED, str(tmp_path))
    (read,) = [load_responses(root)]
    assert [one.suffix for one in tmp_path.iterdir()] == [".pickle"]
    monkeypatch.setattr(data.responses, "_read", lambda _: pytest.fail("it is read again"))
    again = load_responses(root)
    pd.testing.assert_frame_equal(read.table, again.table)
    assert (read.file, read.layer, read.kept) == (again.file, again.layer, again.kept)
    assert again.table.attrs == {"file": RELEASED.as_posix()}
    # Another codebook, another check.
    codebook = root / "data/codebook.csv"
    text = codebook.read_text(encoding="utf-8")
    codebook.write_text(text + "item,more,More,More,single,edition,\n", encoding="utf-8")
    with pytest.raises(pytest.fail.Exception, match="read again"):
        load_responses(root)
    codebook.write_text(text, encoding="utf-8")


# Counting.


@pytest.mark.long
def test_counts_of_many_are_those_of_a_recount(surveys, editions):
    """The oracle: rows as Python reads them, and dictionaries."""
    edition = editions[FACTOR]
    with (surveys[FACTOR] / RELEASED).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    people = {wave: {r["respondent"] for r in rows if r["wave"] == wave} for wave in "12"}
    known = stats.facts(edition.responses, edition.report)
    published = privacy.published_counts(edition.responses, edition.codebook)
    told = {(q.wave, q.item, q.value): int(re.search(r"\d+$", s.quote)[0])
            for q, s in zip(published.quantities, published.statements, strict=True)}  # fmt: skip
    for wave in "12":
        assert told.pop((wave, None, None)) == len(people[wave]) == known[f"answers.survey{wave}"]
        for item in {r["item"] for r in rows if r["wave"] == wave}:
            here = [r for r in rows if (r["wave"], r["item"]) == (wave, item)]
            counts = Counter(r["value"] for r in here if r["value"])
            answered = {r["respondent"] for r in here if r["value"]}
            found = stats.answers(edition.responses, edition.codebook, item, wave)
            assert dict(zip(found.table["code"], found.table["count"], strict=True)) == {
                code: counts[code] for code in found.table["code"]
            }
            assert (found.base, found.blank) == (len(answered), len(people[wave] - answered))
            for value, number in [*counts.items(), ("", len(people[wave] - answered))]:
                assert told.pop((wave, item, value)) == number
    assert not told
    assert known["countries"] == len({r["value"] for r in rows if r["item"] == "country" and r["value"]})
    for quantity in edition.report.quantities:
        if quantity.item and quantity.value and not quantity.parts and not quantity.among:
            alike = [r for r in rows if (r["item"], r["value"]) == (quantity.item, quantity.value)
                     and quantity.wave in (None, r["wave"])]  # fmt: skip
            assert known[quantity.id] == len(alike), quantity.id


@pytest.mark.long
def test_categories_give_what_texts_give(editions):
    """Nothing depends on how the table holds its texts."""
    edition = editions[1]
    found = edition.responses
    texts = Responses(found.table.astype("str"), found.layer, found.provenance)
    assert stats.facts(texts, edition.report) == stats.facts(found, edition.report)
    asked = ("country", "tasks", "sector")
    assert privacy.alike(texts, asked, 5) == privacy.alike(found, asked, 5)
    assert privacy.people_by(texts, "country", "position") == privacy.people_by(found, "country", "position")
    joined: Counter[tuple[str, ...]] = Counter()
    for (_, *both), number in privacy.people_by(found, "country", "position").items():
        joined[tuple(both)] += number if all(both) else 0
    for one in (texts, found):
        table = stats.crosstab(one, "country", "position")
        assert {key: n for key, n in table.stack().items() if n} == +joined


def test_a_chapter_counts_an_items_answers_and_no_others(surveys, editions):
    """With pandas alone, as its cells do; values of other items are none of this one."""
    with (surveys[1] / RELEASED).open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["item"] == "country" and row["value"]]
    found = answers_to(editions[1], "country")
    given = found[found["value"] != ""]
    assert given["value"].value_counts().to_dict() == Counter(row["value"] for row in rows)
    assert given.groupby("value").size().to_dict() == Counter(row["value"] for row in rows)
    assert found.attrs == {"file": RELEASED.as_posix()}


# Showing.


@pytest.mark.parametrize("seed", range(20))
def test_receipts_have_ranges_of_lines_and_where_there_were_too_many_their_number(seed):
    chance = random.Random(seed)
    lines = chance.sample(range(2, 80), chance.choice([1, 5, 20, 60, 78]))
    table = pd.DataFrame({"x": 0}, index=lines)
    table.attrs["file"] = "data/x.csv"
    found = lines_of(table.iloc[::2], table)
    runs = sum(line - 1 not in lines for line in lines)
    if runs > 12:
        (one,) = found
        assert (one.lines, one.count) == ((min(lines), max(lines)), len(lines))
        ((said, _),) = _sources([one.model_dump(mode="json", exclude_unset=True)], lambda *_: "x")
        assert said == f"data/x.csv, lines {min(lines)}-{max(lines)} ({len(lines)} of these)"
    else:
        assert len(found) == runs
        assert all(one.count is None for one in found)
        assert [n for one in found for n in range(one.lines[0], one.lines[1] + 1)] == sorted(lines)


def test_all_lines_of_a_table_are_one_range(editions):
    table = editions[FACTOR].responses.table
    for whole in (table, table[table["wave"] != ""]):
        (one,) = lines_of(whole)
        assert (one.lines, one.count) == ((2, len(table) + 1), None)


def test_of_many_a_picture_shows_bars_as_long_as_their_counts():
    most = figures.MOST_MARKS
    assert [figures.one_by_one(n) for n in (0, most, most + 1)] == [True, True, False]
    values = [Bound(6_000, 6_000), Bound(3_000, 4_500), Bound(0, 0)]
    (axes,) = figures.squares(["a", "b", "c"], values, ["full", "hatched", "hollow"]).axes
    assert [bar.get_width() for bar in axes.patches] == [6_000, 3_000, 0]
    assert axes.get_xlim()[0] == 0
    lines = [one.get_segments() for one in axes.collections]
    hatches, further = lines
    assert all(0 < x <= 3_000 for ((x, _), _) in hatches), "the lines of a hatched bar lie within it"
    assert [segment.tolist() for segment in further] == [[[3_000, 1], [4_500, 1]]]
    shares = [Share(3_958, 6_458), Share(1, 3)]
    (axes,) = figures.people(shares, Percentage.parse("61%")).axes
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([1, 3_958 / 6_458, 1, 1 / 3]), (
        "the whole, and the share of it"
    )


@pytest.mark.parametrize("factor", [10, 1_000])
def test_a_picture_takes_as_much_room_for_many_as_for_some(factor):
    def drawn(times: int) -> list[int]:
        bounds = [Bound(times * n, times * n) for n in (11, 9, 7, 5, 12, 4)]
        names, fills = list("abcdef"), ["full"] * 4 + ["hatched", "hollow"]
        share = [Share(19 * times, 31 * times)]
        return [
            len(to_svg(figures.squares(names, bounds, fills), "")),
            len(to_svg(figures.people(share, Percentage.parse("61%")), "")),
        ]

    for here, there in zip(drawn(10), drawn(10 * factor), strict=True):
        assert there == pytest.approx(here, rel=0.1)
    for here, there in zip(drawn(1), drawn(factor), strict=True):
        assert there < here, "fewer marks than squares"


def test_words_say_what_is_drawn():
    for times, square in ((1, True), (1_000, False)):
        values = [Bound(11 * times, 11 * times), Bound(9 * times, 9 * times)]
        alt = captions.bounds(["a", "b"], values, "answers", "country").alt
        assert alt.startswith("A square for each of the answers, a row for each country." if square
                              else "Bars of answers, one for each country.")  # fmt: skip
        alt = captions.people([Share(19 * times, 31 * times)], "base").alt
        assert alt.startswith("A row of people for each base" if square else "A bar for each base")


def shown(chapter: str, edition: data.Edition, monkeypatch) -> dict[str, object]:
    """What a chapter's cells show of an edition, run in this process."""
    found: dict[str, object] = {}
    monkeypatch.setattr(data, "load_edition", lambda *_: edition)
    monkeypatch.setattr(show, "glue", lambda key, what, **_: found.update({key: what}))
    # The audit is of the same statements, and takes its time.
    monkeypatch.setattr("keepinpact.findings.audited.firmness", lambda *_: Finding(""))
    names: dict[str, object] = {}
    for cell in read_notebook(ROOT / f"chapters/{chapter}.md").cells:
        if cell.cell_type == "code":
            exec(cell.source, names)
    return found


@pytest.mark.long
@pytest.mark.parametrize("chapter", ["summary", "about", "job-profile", "frameworks", "levels", "trust"])
def test_a_chapter_shows_as_much_of_many_as_of_few(editions, monkeypatch, chapter):
    """What it puts on its page, with its receipts: the same keys, in as much room.

    Of the fewest some numbers are withheld, and fewer differ from what is printed; so others are compared.
    """
    some, many = (shown(chapter, editions[factor], monkeypatch) for factor in (SOME, FACTOR))
    assert some.keys() == many.keys() == shown(chapter, editions[1], monkeypatch).keys()
    sizes = [len(json.dumps([one._repr_mimebundle_() for one in found.values()])) for found in (some, many)]
    assert sizes[1] == pytest.approx(sizes[0], rel=0.04), "a digit more for each number"
