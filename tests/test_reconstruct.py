"""The reconstruction holds what the statements settle, nothing else, and the same bytes each time."""

import os
import subprocess
import sys
from collections import Counter

from keepinpact.data import RECONSTRUCTION, ROOT, entry_counts, load_responses
from keepinpact.reconstruct import best, responses, settled, write
from keepinpact.statements.report import Report


def test_the_same_bytes_each_time_and_as_committed(tree):
    """What is committed was written with another hash seed."""
    code = f"from pathlib import Path; from keepinpact.reconstruct import write; write(Path({str(tree)!r}))"
    environment = dict(os.environ) | {"PYTHONHASHSEED": "1", "PYTHONPATH": str(ROOT / "src")}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    for name in (RECONSTRUCTION, "data/datapackage.json"):
        assert (tree / name).read_bytes() == (ROOT / name).read_bytes()


def test_the_solver_finds_no_other_value_for_anything_in_the_file(edition):
    rows = load_responses().table
    found = Counter(map(tuple, rows[["wave", "item", "value"]].to_numpy()))
    entries = entry_counts(edition.items)
    cells = {(q.wave or "", q.item, q.value): q for q in edition.report.quantities if q.item}
    model = best(edition.report, edition.repair, entries)
    for key, count in found.items():
        bound = model.bound(cells[key].id)
        assert bound.settled, key
        assert bound.low == count, key
    for item in {item for _, item, _ in found}:
        mine = [cells[key].id for key in found if key[1] == item]
        assert model.bound(*mine).settled, item
        assert model.bound(*mine).low == sum(n for key, n in found.items() if key[1] == item)


def test_what_is_expected_of_this_report():
    rows = load_responses().table
    count = Counter(map(tuple, rows[["wave", "item", "value"]].to_numpy()))
    assert (count["1", "staff", "yes"], count["1", "staff", "no"]) == (19, 12)
    assert (count["", "frameworks", "no"], count["", "frameworks", "yes"], count["", "frameworks", ""]) == (
        33,
        14,
        1,
    )
    small = {"GB", "IT", "MT", "EE", "DE", "CH", "LT", "AL", "SI", "ES", "US", "NL"}
    assert {count["", "country", code] for code in small} == {1}
    assert count["", "country", ""] == 4
    assert set(rows.loc[rows["item"] == "country", "value"]) == {"HR", "FR", "PT", "BE", "", *small}
    assert set(rows.loc[rows["item"].isin(["country", "frameworks"]), "wave"]) == {""}
    assert set(rows["respondent"]) == {""}
    assert set(rows["item"]) == {"country", "staff", "frameworks"}


def test_unsettled_quantities_are_left_out(edition):
    counts = settled(best(edition.report, edition.repair, entry_counts(edition.items)))
    assert counts["answers.survey1"] == 31
    assert {"sector.public", "challenge.time", "ways.projects"}.isdisjoint(counts)


def made(**quantity):
    report = {
        "format": 1,
        "title": "made",
        "sections": [{"id": "s", "title": "S"}],
        "quantities": [
            {"id": "a", "says": "a", "item": "x", "value": "a"},
            {"id": "rest", "says": "rest", "item": "x", "value": "rest", "parts": ["b", "c"]},
            {"id": "b", "says": "b", "item": "x", "value": "b"},
            {"id": "c", "says": "c", "item": "x", "value": "c"},
        ],
        "statements": [
            {
                "id": "s",
                "section": "s",
                "quote": "q",
                "readings": [{"id": "r", "says": "r", "holds": [{"count": {"of": "a", "is": 1}}]}],
            }
        ],
    }
    return Report.model_validate(report)


def test_an_aggregate_stands_only_for_parts_that_are_not_settled():
    values = lambda counts: [value for *_, value in responses(made(), counts)]  # noqa: E731
    assert values({"a": 1, "rest": 3, "b": 1, "c": 2}) == ["a", "b", "c", "c"]
    assert values({"a": 1, "rest": 3, "b": 1}) == ["a", "rest", "rest", "rest"]
    assert values({"a": 1, "b": 1}) == []
    assert values({"rest": 3, "b": 1}) == []


def test_nothing_is_written_from_faulty_data(tree):
    before = (tree / RECONSTRUCTION).read_bytes()
    (tree / "data/report/items.csv").write_text("id\n", encoding="utf-8")
    try:
        write(tree)
    except ValueError:
        pass
    else:
        raise AssertionError("faulty data were accepted")
    assert (tree / RECONSTRUCTION).read_bytes() == before


def test_every_row_says_that_nobody_gave_the_answer():
    header, *lines = (ROOT / RECONSTRUCTION).read_text(encoding="utf-8").splitlines()
    assert header == "wave,item,respondent,value,origin"
    assert lines
    assert all(line.endswith(",reconstructed: nobody's answer") for line in lines)
    assert list(load_responses().table.columns) == ["wave", "item", "respondent", "value"]
