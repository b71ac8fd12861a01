"""The second opinion: verify.py finds nothing wrong with the built book, and notices a changed number."""

import ast
import importlib.util
import json
import os
import random
import re
import shutil
import sys
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from keepinpact.book.inputs import HTML
from keepinpact.data import ROOT
from keepinpact.editions.finish import finish

SCRIPT = ROOT / "verify.py"
SAMPLED = 60
"""Of the numbers of results.json so many are changed here, one at a time."""
Files = dict[str, bytes]


@cache
def script() -> ModuleType:
    """verify.py as a module; what it has found out once it keeps."""
    spec = importlib.util.spec_from_file_location("verify", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def verify() -> ModuleType:
    return script()


@pytest.fixture(scope="module")
def files(html: Path) -> Files:
    return files_of(html)


def files_of(html: Path) -> Files:
    """What verify.py reads of a built book."""
    kept = (".json", ".csv", ".yml", ".html")
    return {
        path.relative_to(html).as_posix(): path.read_bytes()
        for path in html.rglob("*")
        if path.suffix in kept and "_static" not in path.parts
    }


def wrong(verify: ModuleType, files: Files) -> list[str]:
    edition = verify.Edition(files)
    edition.check()
    return list(edition.wrong)


def wrong_but_for_recounts(verify: ModuleType, files: Files) -> list[str]:
    """The same without recounting, which takes long where the statements are others."""
    edition = verify.Edition(files)
    edition.recount = lambda result: {"shown": verify.numbers(result["text"])}
    edition.check()
    return list(edition.wrong)


def numbers_in(
    value: Any, path: tuple[Any, ...] = ()
) -> Iterator[tuple[tuple[Any, ...], tuple[int, int] | None]]:
    """Where the numbers of a JSON document stand, those within its texts too."""
    if isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from numbers_in(one, (*path, key))
    elif isinstance(value, int) and not isinstance(value, bool):
        yield path, None
    elif isinstance(value, str):
        yield from ((path, one.span()) for one in re.finditer(r"\d+(?:\.\d+)?", value))


def one_up(text: str, span: tuple[int, int]) -> str:
    """A text in which a number is larger by one unit in its last place."""
    first, last = span
    digits = text[first:last].replace(".", "")
    more = str(int(digits) + 1).zfill(len(digits))
    decimals = len(text[first:last].partition(".")[2])
    return text[:first] + (f"{more[:-decimals]}.{more[-decimals:]}" if decimals else more) + text[last:]


def changed(document: Any, path: tuple[Any, ...], span: tuple[int, int] | None) -> bytes:
    copy = json.loads(json.dumps(document))
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = inner[path[-1]] + 1 if span is None else one_up(inner[path[-1]], span)
    return json.dumps(copy).encode()


def test_it_can_be_read_in_one_sitting_and_needs_nothing_but_python() -> None:
    source = SCRIPT.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 300
    imported = {
        name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
        )
    }
    assert imported
    assert imported <= sys.stdlib_module_names


@pytest.mark.long
def test_it_is_published_and_finds_nothing_wrong(
    verify: ModuleType, html: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (html / "verify.py").read_bytes() == SCRIPT.read_bytes()
    assert verify.main(html) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[-1] == "0 differences"
    assert not re.search(r"\ball\b", said)


@pytest.mark.long
def test_what_it_did_not_recount_it_names(verify: ModuleType, files: Files) -> None:
    edition = verify.Edition(files)
    edition.check()
    (kind,) = (one for one in edition.seen if one.endswith("recounted from the data"))
    assert edition.seen[kind] + len(edition.cannot) == len(edition.results["results"])
    assert (
        len(set(edition.cannot))
        == len(edition.cannot)
        == edition.seen["numbers of results.json: not recounted"]
    )
    assert {one.partition("/")[0] for one in edition.cannot} == {
        *(f"audit: verdict-{one}" for one in ("reproduced", "consistent", "not-tested")),
        *(f"audit: {one}" for one in ("tried", "asks", "open-now")),
    }


@pytest.mark.long
def test_a_number_of_the_results_that_is_one_off_is_noticed(verify: ModuleType, files: Files) -> None:
    document = json.loads(files["results.json"])
    places = [
        one
        for one in numbers_in({"results": document["results"]})
        if set(one[0]) & {"text", "source", "pages"}
    ]
    places += [
        one
        for one in numbers_in({"results": document["results"]})
        if one[0][2] in ("value", "count", "base", "low", "high", "values", "percentage", "candidates")
    ]
    # The pages show most of them too; here they are left out.
    rest = {name: text for name, text in files.items() if name.startswith("data/") or "/" not in name}
    rest["chapters/ledger.html"] = files["chapters/ledger.html"]
    assert wrong(verify, rest) == []
    for path, span in random.Random(14).sample(places, SAMPLED):
        assert wrong(verify, rest | {"results.json": changed(document, path, span)}), path


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("figures/frameworks-frameworks.csv", r"70,(33)"),
        ("data/report/items.csv", r"top_challenges,2,,(\d)"),
        ("data/responses/responses.csv", r"\n(\d)"),
        ("data/cases/slips.csv", r",(\d+),"),
        ("data/report/statements.yml", r"Croatia \((11) answers"),
        ("data/report/statements.yml", r"of: country.HR, is: (11)"),
        ("statements-file.json", r'"is": (48)'),
        ("statements.json", r'"passed": (38)'),
        ("chapters/frameworks.html", r"70 % \((33) of 47\)</a>"),
        ("chapters/about.html", r">(48)</a>"),
        ("chapters/audit.html", r"<td[^>]*><p>61 % \((14) of 23\)"),
        ("chapters/ledger.html", r"(38) of the 89"),
        ("figures/audit-sizes.html", r"<td>(23)</td>"),
        ("data/report/items.csv.html", r"top_challenges-0(3)"),
        ("data/report/statements.yml.html", r"Croatia \((11) answers"),
    ],
)
def test_a_number_that_is_one_off_elsewhere_is_noticed(
    verify: ModuleType, files: Files, name: str, pattern: str
) -> None:
    text = files[name].decode()
    found = re.search(pattern, text)
    assert wrong_but_for_recounts(verify, files) == []
    assert found, f"{name} has no {pattern}"
    assert wrong_but_for_recounts(verify, files | {name: one_up(text, found.span(1)).encode()})


def judged(page: str, statement: str, verdict: str, other: str) -> str:
    """The page of the ledger, had it another verdict on a statement."""
    before, entry, after = page.partition(f'id="ledger-{statement}"')
    assert entry
    return before + entry + after.replace(f"Verdict: {verdict}", f"Verdict: {other}", 1)


def exchanged(files: Files, first: str, second: str, *, on_the_page: bool) -> Files:
    """The files, had two statements of the ledger each the verdict of the other."""
    ledger = json.loads(files["statements.json"])
    page = files["chapters/ledger.html"].decode()
    pair = [
        next(one for one in ledger["statements"] if one["verdict"] == verdict) for verdict in (first, second)
    ]
    for one, new in zip(pair, (second, first), strict=True):
        if on_the_page:
            page = judged(page, one["id"], one["verdict"], new)
        one["verdict"] = new
    return {**files, "statements.json": json.dumps(ledger).encode(), "chapters/ledger.html": page.encode()}


@pytest.mark.parametrize("on_the_page", [False, True])
@pytest.mark.parametrize(("first", "second"), [("conditional", "consistent"), ("not tested", "consistent")])
def test_verdicts_that_are_exchanged_are_noticed(
    verify: ModuleType, files: Files, first: str, second: str, on_the_page: bool
) -> None:
    found = wrong_but_for_recounts(verify, exchanged(files, first, second, on_the_page=on_the_page))
    assert len(found) == 2


def test_a_clash_that_another_rule_ends_is_conditional_and_one_that_none_ends_is_not(
    verify: ModuleType, files: Files
) -> None:
    """Of a conflict of statements alone the verdict rests on what rules would end it."""
    ledger = json.loads(files["statements.json"])
    page = files["chapters/ledger.html"].decode()
    own = next(one for one in ledger["statements"] if one["verdict"] == "consistent")
    for roundings, verdict, differences in (
        (["truncated"], "conditional", 0), (["truncated"], "contradicted", 0), ([], "contradicted", 0),
        ([], "conditional", 1), (["truncated"], "consistent", 1),
    ):  # fmt: skip
        member = {"id": own["id"], "kind": "statement", "reading": None, "soft": False}
        clash = {"id": "C9", "members": [member], "needs_ours": False, "part": 1, "roundings": roundings}
        more = {**own, "verdict": verdict, "conflicts": ["C9"]}
        statements = [more if one is own else one for one in ledger["statements"]]
        changed_ = {**ledger, "statements": statements, "conflicts": [*ledger["conflicts"], clash]}
        told = judged(page, own["id"], "consistent", verdict)
        some = {
            **files,
            "statements.json": json.dumps(changed_).encode(),
            "chapters/ledger.html": told.encode(),
        }
        found = [one for one in wrong_but_for_recounts(verify, some) if one.startswith(f"{own['id']}:")]
        assert len(found) == differences, (roundings, verdict)


def test_a_statement_read_otherwise_in_both_forms_is_noticed_by_its_quotation(
    verify: ModuleType, files: Files
) -> None:
    both = {
        name: re.sub(old, new, files[name].decode(), count=1).encode()
        for name, old, new in (
            ("data/report/statements.yml", r"of: country.HR, is: 11", "of: country.HR, is: 12"),
            ("statements-file.json", r'("of": "country.HR",\s+"is": )11', r"\g<1>12"),
        )
    }
    assert all(both[name] != files[name] for name in both)
    edition = verify.Edition(files | both)
    croatia = next(one for one in edition.results["results"] if one["statements"] == ["croatia"])
    assert edition.recount(croatia) == {
        "lines": croatia["source"][0]["lines"][:1],
        "not in its quotation": 12,
    }


@pytest.mark.long
def test_a_folder_with_a_changed_number_fails_and_says_where(
    verify: ModuleType, html: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "edition"
    shutil.copytree(html, folder, copy_function=os.link, ignore=shutil.ignore_patterns("_static", "*.pdf"))
    changed_file = folder / "results.json"
    text = changed_file.read_text(encoding="utf-8")
    changed_file.unlink()
    changed_file.write_text(
        text.replace('"text": "61 % (19 of 31)"', '"text": "61 % (20 of 31)"', 1), encoding="utf-8"
    )
    assert verify.main(folder) == 1
    said = capsys.readouterr().out
    assert "job-profile: staff-recounted: published ['61', '20', '31'], found ['61', '19', '31']" in said


@pytest.mark.long
def test_a_seal_that_does_not_hold_is_noticed(verify: ModuleType, files: Files) -> None:
    seal = {"SHA256SUMS": f"{'0' * 64}  results.json\n".encode()}
    assert wrong(verify, files | seal) == [
        f"results.json: published {'0' * 64}, found "
        f"{verify.hashlib.sha256(files['results.json']).hexdigest()}"
    ]


def test_a_released_edition_is_sealed_and_nothing_in_it_is_wrong(
    verify: ModuleType, html: Path, tmp_path: Path
) -> None:
    assert html == ROOT / HTML
    folder = tmp_path / "edition"
    finish(ROOT, folder, None)
    read = {
        one.relative_to(folder).as_posix(): one.read_bytes() for one in folder.rglob("*") if one.is_file()
    }
    assert wrong_but_for_recounts(verify, read) == []
    # The words of a page are held against nothing but the seal.
    page = "chapters/types.html"
    other = read[page].replace(b"grant agreement 2019-1", b"grant agreement 2019-2", 1)
    assert other != read[page]
    (found,) = wrong_but_for_recounts(verify, read | {page: other})
    assert found.startswith(f"{page}: published ")


def test_what_has_more_values_than_can_be_tried_is_named_and_no_difference(
    verify: ModuleType, files: Files
) -> None:
    unlimited = {"quantities": [{"id": "people", "says": "people"}], "statements": []}
    model = verify.Model(json.dumps(unlimited), ())
    results = json.loads(files["results.json"])["results"]
    bounds = [one for one in results if {"low", "high"} <= one.keys()]

    def recount(result: dict[str, Any]) -> dict[str, Any]:
        values = model.values(frozenset(), "people") if result in bounds else result["text"]
        return {"shown": verify.numbers(values)}

    edition = verify.Edition(files)
    edition.recount = recount
    edition.check()
    assert bounds
    assert edition.cannot == [f"{one['chapter']}: {one['key']}" for one in bounds]
    assert edition.wrong == []


@pytest.mark.long
@pytest.mark.parametrize(
    ("group", "other"),
    [
        (
            "definitions",
            {"id": "other", "says": "other", "holds": [{"one_of": {"of": "answers", "are": [1]}}]},
        ),
        ("quantities", {"id": "other", "says": "other", "unit": "other", "decimals": 1}),
    ],
)
def test_what_rests_on_kinds_that_it_does_not_know_is_named_and_no_difference(
    verify: ModuleType, files: Files, group: str, other: dict[str, Any]
) -> None:
    """No edition of this report needs such a kind; one of another may."""
    name = "statements-file.json"
    read = json.loads(files[name])
    read[group].append(other)
    edition = verify.Edition(files | {name: json.dumps(read).encode()})
    edition.check()
    bounds = [one for one in edition.results["results"] if {"low", "high"} <= one.keys()]
    assert bounds
    assert {f"{one['chapter']}: {one['key']}" for one in bounds} <= {*edition.cannot}
    (only,) = edition.wrong
    assert only.startswith("data/report/statements.yml: ")


def test_what_is_no_edition_is_said(
    verify: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify.main(tmp_path) == 2
    assert "is no edition" in capsys.readouterr().err


@pytest.mark.parametrize("seed", range(40))
def test_its_solver_agrees_with_trying_everything(verify: ModuleType, seed: int) -> None:
    some = random.Random(seed)
    names = ["a", "b", "c", "d"]
    lines = []
    for _ in range(some.randint(2, 5)):
        terms = [(some.randint(-3, 3), name) for name in some.sample(names, some.randint(1, 3))]
        low = some.randint(-6, 6)
        lines.append(verify.line(terms, low, low + some.choice([0, 0, 1, 5])))
    box = dict.fromkeys(names, (0, 4))

    def holds(values: dict[str, int]) -> bool:
        return all(low <= sum(f * values[t] for t, f in terms.items()) <= high for terms, low, high in lines)

    every = (dict(zip(names, one, strict=True)) for one in product(range(5), repeat=len(names)))
    possible = any(holds(one) for one in every)
    found = verify.solve(verify.together(lines), box)
    assert (found is not None) == possible
    assert found is None or holds({name: low for name, (low, _) in found.items()})
