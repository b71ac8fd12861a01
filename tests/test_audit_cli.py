"""``python -m keepinpact audit`` on files that people write, and the page that teaches how."""

import builtins
import copy
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import keepinpact.__main__ as command
import keepinpact.audit
from called import called
from keepinpact.__main__ import main
from keepinpact.audit import Audit, audit
from keepinpact.audit.result import Conflict
from keepinpact.audit.search import Searched, Work, conflicts_of
from keepinpact.book.results import json_schema
from keepinpact.console import transcript
from keepinpact.data import ROOT, STATEMENTS, DataError, load_statements, yaml_files
from keepinpact.ledger import audited
from keepinpact.numbers import ROUNDINGS
from keepinpact.statements.constraints import kinds
from keepinpact.statements.report import Report, statements_schema
from made import made

LUNCH = ROOT / "examples/lunch-survey.yml"
SOUND = """\
format: 1
title: A title
sections: [{id: s, title: S}]
quantities: [{id: a, says: apples}, {id: b, says: baskets}]
statements:
  - {id: one, section: s, quote: q, says: r, holds: [{count: {of: a, is: 3}}]}
"""


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command, called in this process."""
    return called("audit", *arguments, **{"COLUMNS": "", "NO_COLOR": "", "FORCE_COLOR": ""} | environment)


def run_apart(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, as in a terminal."""
    inherited = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR")}
    return subprocess.run(
        [sys.executable, "-m", "keepinpact", "audit", *arguments],
        cwd=ROOT,
        env=inherited | {"PYTHONPATH": str(ROOT / "src")} | environment,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module", autouse=True)
def once() -> Iterator[None]:
    """What the command audits again is worked out once: most of these tests are about what it prints."""
    known: dict[str, Audit] = {}

    def remembered(*arguments: Any, **options: Any) -> Audit:
        if options.get("seconds") is not None:
            return audit(*arguments, **options)
        key = repr((arguments, options))
        if key not in known:
            known[key] = audit(*arguments, **options)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("keepinpact.audit.audit", remembered)
        yield


def written(folder: Path, content: str | bytes) -> str:
    path = folder / "made.yml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def lunch() -> dict[str, Any]:
    return yaml.safe_load(LUNCH.read_text(encoding="utf-8"))


# The example


@pytest.mark.long
def test_the_planted_clash_is_found_and_only_together() -> None:
    report = load_statements(file=LUNCH)
    assert len(report.statements) == 10
    found = audit(report, report.lists)
    (conflict,) = found.conflicts
    assert found.complete
    # It needs what is taken for granted, so the statements themselves can all be true.
    assert (found.holds, found.can_be_true, conflict.needs_ours) == (False, True, True)
    assert "contradicted" not in {one.verdict for one in found.verdicts}
    assert {(one.kind, one.id) for one in conflict.members} == {
        ("statement", "all-answers"), ("statement", "on-paper"), ("statement", "paper-buyers"),
        ("statement", "online-bringers"), ("reading", "majority-buys"), ("assumption", "nothing-blank"),
    }  # fmt: skip
    for member in conflict.members:
        content = lunch()
        group = "assumptions" if member.kind == "assumption" else "statements"
        content[group] = [one for one in content[group] if one["id"] != member.id]
        assert audit(Report.model_validate(content), content["lists"]).holds, member.id


def test_the_example_has_every_feature_and_says_that_it_is_made_up() -> None:
    report = load_statements(file=LUNCH)
    used = {constraint.kind for one in report.statements for r in one.readings for constraint in r.holds}
    assert {"count", "share", "majority", "rank", "more_than"} <= used
    assert any(one.soft for one in report.statements)
    assert any(one.otherwise for one in report.assumptions)
    assert any(len(one.readings) > 1 for one in report.statements)
    assert "made-up" in report.title
    assert "made-up" in LUNCH.read_text(encoding="utf-8").splitlines()[0]


# Exit statuses


def test_the_exit_status_says_what_was_found(tmp_path: Path) -> None:
    assert run("--statements", written(tmp_path, SOUND)).returncode == 0
    # What clashes only with what is taken for granted can all be true.
    assert run("--statements", str(LUNCH)).returncode == 0
    clash = SOUND + "  - {id: two, section: s, quote: z, says: r, holds: [{at_least: {each: a, is: 4}}]}\n"
    assert run("--statements", written(tmp_path, clash)).returncode == 1
    assert run("--statements", str(tmp_path / "none.yml")).returncode == 2
    late = run("--statements", str(LUNCH), "--time-limit", "0.000001")
    assert late.returncode == 3
    assert "is not known: the search was not finished" in " ".join(late.stdout.split())
    assert "Not certain, since the search was not finished" in late.stdout


def test_a_rule_that_was_not_asked_for_is_ours_and_one_that_was_is_not(tmp_path: Path) -> None:
    share = "  - {id: two, section: s, quote: z, says: r, holds: [{share: {of: a, base: b, is: 6%}}]}\n"
    base = "  - {id: three, section: s, quote: z, says: r, holds: [{count: {of: b, is: 45}}]}\n"
    path = written(tmp_path, SOUND + share + base)  # 3 of 45 is 6.67 %: rounded down 6 %, else 7 %
    free = run("--statements", path)
    assert free.returncode == 0
    flat = " ".join(free.stdout.split())
    assert "can be true at once, if percentages are rounded down throughout" in flat
    assert run("--statements", path, "--rounding", "nearest").returncode == 1
    assert run("--statements", path, "--rounding", "truncated").returncode == 0


def test_a_fault_of_the_program_is_not_told_as_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Audit:
        raise KeyError("inside")

    monkeypatch.setattr("keepinpact.audit.audit", broken)
    with pytest.raises(KeyError, match="inside"):
        main(["audit", "--statements", str(LUNCH), "--repair", "R1"])


def test_an_unknown_repair_is_the_users(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--statements", str(LUNCH), "--repair", "R99"]) == 2
    assert capsys.readouterr().err.strip().endswith("“R99” is no repair that the audit finds")


def test_a_repair_is_unknown_only_where_every_part_was_searched_to_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def one_is_not(work: Work, parts: Sequence[Searched]) -> list[Conflict]:
        assert len(parts) > 1
        parts[0].found = replace(parts[0].found, complete=False)
        return conflicts_of(work, parts)

    monkeypatch.setattr("keepinpact.audit.whole.conflicts_of", one_is_not)
    assert main(["audit", "--statements", str(LUNCH), "--repair", "R99"]) == 3
    assert "the search for repairs ended without R99" in capsys.readouterr().err


def test_an_empty_name_is_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--statements", str(LUNCH), "--repair", ""]) == 2
    assert "“” is no repair that the audit finds" in capsys.readouterr().err
    assert main(["audit", "--statements", str(LUNCH), "--why", ""]) == 2
    assert "“” is no quantity of these statements" in capsys.readouterr().err


def test_a_statements_file_is_not_named_like_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "--new", str(tmp_path / "new.csv")]) == 2
    assert "is named .yml" in capsys.readouterr().err
    assert not any(tmp_path.iterdir())


def test_a_number_of_too_many_digits_is_the_users(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--statements", written(tmp_path, f"format: 1\ntitle: {'9' * 5000}\n")]) == 2
    assert "made.yml:2: the file: has numbers of 1000 digits at most" in capsys.readouterr().err


def test_where_nobody_hears_the_answer_the_status_still_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["audit", "--statements", str(LUNCH)]) == 0


def test_statements_that_clash_by_every_rounding_rule_are_named(tmp_path: Path) -> None:
    report = {
        "format": 1,
        "title": "t",
        "sections": [{"id": "s", "title": "S"}],
        "quantities": [{"id": "a", "says": "aa"}, {"id": "b", "says": "bb"}],
        "statements": [
            {
                "id": one["count"]["of"] if "count" in one else "t",
                "section": "s",
                "quote": q,
                "says": q,
                "holds": [one],
            }
            for q, one in {
                "12 a": {"count": {"of": "a", "is": 12}},
                "7 b": {"count": {"of": "b", "is": 7}},
                "1.5 times as many": {"times": {"of": "a", "as": "b", "is": "1.5 times"}},
            }.items()
        ],
    }
    file = written(tmp_path, json.dumps(report))
    clash = "“12 a”, “7 b” and “1.5 times as many” cannot all hold"
    assert f"By whatever rounding rule that can print all percentages of the report, {clash}." in " ".join(
        run("--statements", file).stdout.split()
    )
    why = " ".join(run("--statements", file, "--why", "t").stdout.split())
    assert "It cannot hold together with “12 a” and “7 b”, whatever is assumed" in why


def test_the_warning_of_weights_stands_only_where_there_are_percentages(tmp_path: Path) -> None:
    assert "weighted" in run("--statements", str(LUNCH)).stdout
    assert "weighted" not in run("--statements", written(tmp_path, SOUND)).stdout


def test_what_to_ask_for_is_a_question_in_whatever_words_a_quantity_is_told(tmp_path: Path) -> None:
    says = ["all answers", "no answer on age", "the largest group", "cooperation through working groups"]
    names = ["n", "a", "b", "c"]
    quantities = ", ".join(f"{{id: {i}, says: {one}}}" for i, one in zip(names, says, strict=True))
    share = (
        "  - {{id: s.{0}, section: s, quote: q, says: r, holds: [{{share: {{of: {0}, base: n, is: {1}%}}}}]}}"
    )
    said = "\n".join(share.format(name, 10 * place) for place, name in enumerate(names[1:], start=4))
    most = "  - {id: most, section: s, quote: q, says: r, holds: [{at_most: {each: n, is: 22}}]}"
    head = f"format: 1\ntitle: t\nsections: [{{id: s, title: S}}]\nquantities: [{quantities}]"
    told = " ".join(
        run("--statements", written(tmp_path, f"{head}\nstatements:\n{said}\n{most}\n")).stdout.split()
    )
    for one in says:
        assert f"How many did you count as “{one}”?" in told


def test_a_time_limit_is_kept(tmp_path: Path) -> None:
    """Twelve percentages with six decimals of one base: all bounds take longer than is let pass here."""
    names = [f"k{i}" for i in range(12)]
    quantities = ", ".join(f"{{id: {name}, says: s}}" for name in ["n", *names])
    share = (
        "  - {{id: s{0}, section: s, quote: q, says: r, holds: [{{share: {{of: k{0}, base: n, is: {1}%}}}}]}}"
    )
    kept = "\n".join(share.format(i, f"{7.123457 * (i + 1):.6f}") for i in range(12))
    head = f"format: 1\ntitle: t\nsections: [{{id: s, title: S}}]\nquantities: [{quantities}]"
    path = written(tmp_path, f"{head}\nstatements:\n{kept}\n")
    report = load_statements(file=Path(path))
    for seconds in (0.2, 1.0):
        started = time.monotonic()
        found = audit(report, {}, seconds=seconds)
        assert time.monotonic() - started < seconds + 10
        assert found.unfinished
        assert found.can_be_true is not False


def test_a_time_limit_counts_from_the_start_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """The solvers seem to take an hour to be imported, on the clock of the command alone."""
    late, clock, imported = [0], time.monotonic, builtins.__import__

    def slowly(name: str, *rest: Any, **more: Any) -> Any:
        late[0] += 3600 * (name == "keepinpact.audit")
        return imported(name, *rest, **more)

    given = []
    monkeypatch.setattr(keepinpact.audit, "audit", lambda *_, seconds, **__: given.append(seconds) or 1 / 0)
    monkeypatch.setattr(command, "time", SimpleNamespace(monotonic=lambda: clock() + late[0]))
    monkeypatch.setattr(builtins, "__import__", slowly)
    for limit in ("10000", "1000"):
        with pytest.raises(ZeroDivisionError):
            main(["audit", "--statements", str(LUNCH), "--time-limit", limit])
    assert 0 < given[0] < 10_000 - 3_600
    assert given[1] == 0


@pytest.mark.parametrize(
    ("option", "value"),
    [("--rounding", "sideways"), ("--time-limit", "0"), ("--time-limit", "soon"), ("--repair", "R99")],
)
def test_options_without_sense_are_refused(option: str, value: str) -> None:
    done = run("--statements", str(LUNCH), option, value)
    assert (done.returncode, done.stdout) == (2, "")
    assert value in done.stderr
    assert "Traceback" not in done.stderr


def test_definitions_that_clash_are_no_conflict_of_the_report(tmp_path: Path) -> None:
    clash = "definitions: [{id: d, says: d, holds: [{count: {of: a, is: 1}}, {count: {of: a, is: 2}}]}]\n"
    done = run("--statements", written(tmp_path, SOUND + clash))
    assert (done.returncode, done.stdout) == (2, "")
    assert "true by construction" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_rounding_rule_and_a_repair_are_taken() -> None:
    found = Audit.model_validate_json(
        run("--statements", str(LUNCH), "--json", "--rounding", "nearest-5").stdout
    )
    assert (found.rounding, found.holds) == ("nearest 5", False)
    found = Audit.model_validate_json(run("--statements", str(LUNCH), "--json", "--repair", "R1").stdout)
    assert found.basis is not None
    assert (found.basis.kind, found.basis.repairs) == ("chosen repair", ["R1"])
    assert str(found.bound("online.answered")) == "11, 14 or 22"


# Faults

FAULTS = [
    # line, place, what the message says
    ("of: a, is: 3", "of: ghost, is: 3", 6, "statements/one/holds 'ghost': is a quantity of this file"),
    ("{count: {of", "{counts: {of", 6, "statements/one/holds/1 'counts': is one of count, sum, share"),
    ("count: {of: a, is: 3}", "share: {of: a, base: b, is: 101%}", 6, "is '101%': '101%' is over 100 %"),
    ("count: {of: a, is: 3}", "share: {of: a, base: b, is: 61}", 6, "is '61': is a percentage with its sign"),
    ("count: {of: a, is: 3}", "share: {of: a, base: 150, is: 61%}", 6, "'150': is the name of a quantity"),
    ("count: {of: a, is: 3}", "share: {of: a, base: b, at_least: 60}", 6, "'60': is a percentage with"),
    ("count: {of: a, is: 3}", "share: {of: a, base: b, is: '61,5 %'}", 6, "instead of the comma: '61.5 %'"),
    ("count: {of: a, is: 3}", "share: {of: a, base: b, is: most}", 6, "neither a percentage nor words"),
    (
        "count: {of: a, is: 3}",
        "share: {of: a, base: b, is: nearly hal}",
        6,
        "such as nearly half, nearly a third, nearly a tenth; give",
    ),
    ("count: {of: a, is: 3}", "share: {of: a, base: b, is: lots}", 6, "half, about half, nearly half; give"),
    ("count: {of: a, is: 3}", "mean: {of: {1: a, 2: b}, is: 1.5}", 6, "with all that are printed: '3.40'"),
    ("count: {of: a, is: 3}", "share: {of: a, base: b, is: 61,5 %}", 6, "(decimals have a point: 61.5 %)"),
    ("of: a, is: 3", "of: a, is: 1,234", 6, "(a number is written without commas: 1234)"),
    ("of: a, is: 3", "of: a, is: '1,234'", 6, "is a whole number, written without commas: 1234"),
    ("{id: b,", "{id: yes,", 4, "id 'True': is text (a number, a date, yes and no become text in quotes)"),
    ("{id: b,", "{id: a,", 4, "quantities/a/id 'a': is unique"),
    ("is: 3", "is: -3", 6, "count/is '-3': is greater than or equal to 0"),
    ("is: 3", "is: 2019-09-01", 6, "a month is written without a day"),
    ("of: a, is: 3", "of: a", 6, "statements/one/holds/1/count/is: is needed"),
    ("quote: q, ", "", 6, "statements/one/quote: is needed"),
    ("says: r", "says: r, and more", 6, "statements/one/and more: is no key that can stand here"),
    ("quote: q", "quote: 48", 6, "statements/one/quote '48': is text"),
    ("{id: b,", "{id: no,", 4, "id 'False': is text"),
    ("section: s", "section: t", 6, "statements/one/section 't': is a section of this file"),
    ("says: baskets}", "says: baskets, parts: b}", 4, "quantities/b/parts 'b': is a list"),
    ("baskets}", "baskets, entries: [l]}", 4, "quantities/b/entries 'l': is one of the file's lists"),
    ("{id: s, title: S}", "s", 3, "sections/1 's': is a mapping"),
    ("count: {of: a, is: 3}", "count: 3", 6, "is count with a mapping of what it takes, as in count: {of"),
    ("count: {of: a, is: 3}", "count: {of: a, is: 3}, majority: {}", 6, "each of count, majority an entry"),
    ("of: a, is: 3", "of: [], is: 3", 6, "count/of '[]': has an entry or more"),
    ("count: {of: a, is: 3}", "difference: {of: a, than: b, is: true}", 6, "as it is printed, such as 12"),
    ("count: {of: a, is: 3}", "mean: {of: [a], is: 2}", 6, "mean/of \"['a']\": is a mapping, of keys"),
    ("says: r", "says: r, 3: x", 6, "is no key that can stand here"),
    ("says: r", "sayss: r", 6, "is no key that can stand here (is says meant?)"),
    ("of: a, is: 3", "of: a, is: 3, weights_upto: 3", 6, "(is weights_up_to meant?)"),
    ("format: 1", "format: 2", 1, "format '2': is less than or equal to 1"),
    ("title: A title", "title: A: title", 2, "context; a text with a colon needs quotes"),
    ("title: A title", "title: A title\ntitle: B", 2, "title: is given once"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "says"), FAULTS)
def test_each_fault_is_told_at_its_line(tmp_path: Path, old: str, new: str, line: int, says: str) -> None:
    assert old in SOUND
    path = written(tmp_path, SOUND.replace(old, new))
    with pytest.raises(DataError) as caught:
        load_statements(file=Path(path))
    assert any(one.startswith(f"  {path}:{line}: ") and says in one for one in str(caught.value).splitlines())


@pytest.mark.parametrize(
    ("new", "says"),
    [
        ("count: {of: a, is: 010}", "'010': is a whole number"),  # the reader of YAML takes it for 8
        ("times: {of: a, as: b, is: 1:3}", "'1:3': is written as it is printed"),  # and this for 63
        ("mean: {of: {1: a, 01: b, 2: b}, is: '1.5'}", "'01': is a whole number"),
    ],
)
def test_no_number_is_read_as_another(tmp_path: Path, new: str, says: str) -> None:
    path = written(tmp_path, SOUND.replace("count: {of: a, is: 3}", new))
    with pytest.raises(DataError) as caught:
        load_statements(file=Path(path))
    assert says in str(caught.value)


@pytest.mark.parametrize("adjusted", [False, True])
def test_the_shares_of_a_very_large_base_are_not_gone_through(tmp_path: Path, adjusted: bool) -> None:
    base = 999_999_999_999_999
    share = f"share: {{of: a, base: b, is: 50%, adjusted: {str(adjusted).lower()}}}"
    text = SOUND.replace("{count: {of: a, is: 3}}", f"{{count: {{of: b, is: {base}}}}}, {{{share}}}")
    path = written(tmp_path, text)
    found = Audit.model_validate_json(run("--statements", path, "--json").stdout)
    low = -(-(97 if adjusted else 99) * base // 200)
    assert (found.bound("a").low, found.candidates[0].shares) == (low, None)
    done = run("--statements", path, "--why", "a")
    assert done.returncode == 0
    assert f"at least {low}" in done.stdout


def test_no_value_between_is_called_possible_that_is_not(tmp_path: Path) -> None:
    """33 % and 66 % of all there are take both ties, so 200, 400, 600 and so on are possible, and not 201."""
    text = SOUND.replace("{id: b, says: baskets}", "{id: b, says: b}, {id: n, says: all, parts: [a, b]}")
    shares = "{share: {of: a, base: n, is: 33%}}, {share: {of: b, base: n, is: 66%}}"
    path = written(tmp_path, text.replace("{count: {of: a, is: 3}}", shares))
    assert "n=201 (all) is impossible" in run("--statements", path, "--why", "n=201").stdout
    told = run("--statements", path, "--why", "n").stdout
    assert "200 or more" in told
    assert "The smallest is possible: --why n=200 prints a data set." in told
    known = written(tmp_path, SOUND)
    assert "It is possible: --why a=3" in run("--statements", known, "--why", "a").stdout
    some = written(tmp_path, SOUND.replace("count: {of: a, is: 3}", "one_of: {of: a, are: [3, 5]}"))
    assert "Each of these is possible: --why a=3" in run("--statements", some, "--why", "a").stdout


def test_all_faults_come_at_once_without_a_traceback() -> None:
    done = run("--statements", "examples/faulty.yml")
    assert (done.returncode, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert lines[0].startswith(f"{len(lines) - 1} faults in the data")
    told = [int(line.split(":")[1]) for line in lines[1:]]
    assert told == sorted(told)
    # Every line of the file that breaks a rule, and none that does not.
    assert set(told) == {3, 6, 10, 13, 14, 16, 17, 21}
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is not empty"),
        (b"- a\n- b\n", "is a mapping"),
        (b"just words", "is a mapping"),
        (b"\x7fELF\x02\x01\x00\xff", "the file is UTF-8"),
        ("title: Büro".encode("latin-1"), "the file is UTF-8"),
        ("title: A".encode("utf-16"), "the file is UTF-8"),
        (b"title: a\x1b[31mb", "no control characters"),
        (SOUND.replace("title: A title", r'title: "\e[31mA"').encode(), "no control characters"),
        (b"a: &a [*a]", "nested"),
        (b"[" * 100_000, "nested"),
        (
            b"\n".join(
                [b"a0: &a0 [x, x, x, x, x, x, x, x]"]
                + [b"a%d: &a%d [%s]" % (i, i, b", ".join([b"*a%d" % (i - 1)] * 8)) for i in range(1, 30)]
            ),
            "aliases",
        ),
    ],
)  # fmt: skip
def test_files_of_another_kind(tmp_path: Path, content: bytes, says: str) -> None:
    done = run("--statements", written(tmp_path, content))
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr


def test_what_is_no_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.yml", Path("/dev/zero")):
        done = run("--statements", str(path))
        assert (done.returncode, done.stdout) == (2, "")
        assert str(path) in done.stderr
        assert "Traceback" not in done.stderr


def test_a_huge_file_is_refused_before_it_is_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = "  - {id: one, section: s, quote: q, says: r, holds: [{count: {of: a, is: 3}}]}\n"
    path = Path(written(tmp_path, SOUND + line * 1_000_000))
    monkeypatch.setattr(yaml_files, "_Loader", lambda _: pytest.fail("it is parsed"))
    with pytest.raises(DataError, match="no more than 2 MB"):
        load_statements(file=path)


# What is printed


def test_json_is_all_that_stands_on_stdout() -> None:
    done = run_apart("--statements", str(LUNCH), "--json", FORCE_COLOR="1")
    found = Audit.model_validate_json(done.stdout)
    assert (done.returncode, found.format) == (0, 3)
    assert done.stdout == found.model_dump_json(indent=1) + "\n"
    assert "auditing 10 statements" in done.stderr


def test_texts_are_printed_as_they_are(tmp_path: Path) -> None:
    texts = [":smile: [bold]bold[/bold]", "<b>b</b> [/]", "[link=x]y[/link] \\", "[red]apples[/red]"]
    title, section, quote, says = (json.dumps(text) for text in texts)
    second = "  - {id: two, section: s, quote: z, says: r, holds: [{count: {of: a, is: 4}}]}\n"
    made = SOUND.replace("A title", title).replace("title: S", f"title: {section}") + second
    made = made.replace("quote: q", f"quote: {quote}").replace("says: apples", f"says: {says}")
    for columns in ("200", "40"):
        done = run("--statements", written(tmp_path, made), COLUMNS=columns, FORCE_COLOR="")
        flat = " ".join(done.stdout.split())
        for text in texts:
            assert text in flat, (columns, text)


def test_a_narrow_terminal_has_room_for_everything() -> None:
    wide, narrow = (run("--statements", str(LUNCH), COLUMNS=width).stdout for width in ("100", "40"))
    assert max(map(len, narrow.splitlines())) <= 40
    flat = " ".join(narrow.split())
    for one in load_statements(file=LUNCH).statements:
        assert one.id in wide
        assert one.id in flat
        assert one.quote in flat
    assert "Verdict: conditional" in flat


def test_a_long_list_of_shares_is_cut(tmp_path: Path) -> None:
    share = "  - {id: two, section: s, quote: z, says: r, holds: [{share: {of: a, base: b, is: 50%}}]}\n"
    for most, says in ((10, "5 of 10"), (100, "shares, from")):
        limit = f"definitions: [{{id: d, says: d, holds: [{{at_most: {{each: b, is: {most}}}}}]}}]\n"
        made = SOUND.replace("count: {of: a, is: 3}", "at_least: {each: a, is: 0}") + share + limit
        printed = " ".join(run("--statements", written(tmp_path, made), COLUMNS="200").stdout.split())
        assert says in printed
        assert ("any of" in printed) == (most == 100)


def test_without_colour_nothing_but_text_is_printed() -> None:
    for environment in ({}, {"NO_COLOR": "1", "FORCE_COLOR": "", "TERM": "xterm"}):
        assert "\x1b" not in run("--statements", str(LUNCH), **environment).stdout


def test_the_page_shows_what_the_command_prints() -> None:
    for file in ("examples/lunch-survey.yml", "examples/faulty.yml"):
        done = run("--statements", file, COLUMNS="38")
        shown = transcript(file)
        assert shown.split() == (done.stdout + done.stderr).split()
        assert max(map(len, shown.splitlines())) <= 44


# Schemas


@pytest.fixture(scope="module")
def of_files() -> Any:
    schema = statements_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture(scope="module")
def of_audits() -> Any:
    schema = json_schema(Audit)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_files_that_are_used_fit_their_schema(of_files: Any) -> None:
    for path in (LUNCH, ROOT / STATEMENTS):
        of_files.validate(yaml.safe_load(path.read_text(encoding="utf-8")))


# What no schema can tell.
OUTSIDE = ("is a quantity", "is a section", "is one of the file", "is unique", "given once", "a colon")


@pytest.mark.parametrize(
    ("old", "new"), [one[:2] for one in FAULTS if not any(name in one[3] for name in OUTSIDE)]
)
def test_faulty_files_do_not_fit(of_files: Any, old: str, new: str) -> None:
    content = yaml.safe_load(SOUND.replace(old, new))
    if "2019-09-01" in new:
        content["statements"][0]["holds"][0]["count"]["is"] = "2019-09-01"
    assert not of_files.is_valid(content)


def test_a_statement_is_written_in_one_of_two_ways(of_files: Any) -> None:
    content = lunch()
    says, holds = (content["statements"][0].pop(key) for key in ("says", "holds"))
    assert not of_files.is_valid(content)
    content["statements"][0]["readings"] = [{"id": "one", "says": says, "holds": holds}]
    assert of_files.is_valid(content)
    for key, value in (("says", says), ("holds", holds)):
        both = copy.deepcopy(content)
        both["statements"][0][key] = value
        assert not of_files.is_valid(both)


def test_short_ways_of_writing_fit(of_files: Any) -> None:
    content = lunch()
    for constraint in (
        {"sum": {"of": "buy", "is": ["paper.buy", 3]}},
        {"sum": {"of": "opened", "is": "2023-10"}},
        {"count": {"of": ["paper", 3], "is": "2023-10"}},
        {"rank": {"order": ["buy", "paper.buy"], "ahead_of": "online.buy"}},
        {"at_most": {"each": "buy", "is": 3, "per": "answers"}},
        {"one_of": {"of": "buy", "are": [1, "2019-09"]}},
        {"count": {"of": "buy", "is": 999_999_999_999_999}},
    ):
        content["statements"][0]["holds"] = [constraint]
        of_files.validate(content)
        assert list(Report.model_validate(content).faults()) == []


def places(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(place for key, one in inner for place in places(one, (*here, key)))]


junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2_000_000),
    st.sampled_from([0.5, "", "a b", "buy", "2019-09", "2019-13", "1+2"]),
    st.sampled_from(["61%", "100.0 %", "101%", "61.1234567", "061", "100.1%"]),
    st.sampled_from([[], {}, ["buy"], [3], [["buy"]], {"count": {"of": "buy", "is": 1}}, [None]]),
    st.sampled_from(["month", "2", "literal", "é", "x" * 200]),
)  # fmt: skip
EXAMPLE = lunch()
PLACES = places(EXAMPLE)[1:]


@settings(max_examples=400)
@given(data=st.data())
def test_schema_and_loader_judge_alike(of_files: Any, data: st.DataObject) -> None:
    content = copy.deepcopy(EXAMPLE)
    for _ in range(data.draw(st.integers(1, 2))):
        *way, last = data.draw(st.sampled_from(PLACES))
        try:
            holder: Any = content
            for key in way:
                holder = holder[key]
            action = data.draw(st.sampled_from(["put", "drop", "add"]))
            if action == "put":
                holder[last] = data.draw(junk)
            elif action == "drop":
                del holder[last]
            else:
                holder[last][data.draw(st.sampled_from(["value", "item", "readings", "says", "more"]))] = (
                    data.draw(junk)
                )
        except (KeyError, IndexError, TypeError):
            continue
    try:
        Report.model_validate(content)
        loaded = True
    except ValidationError:
        loaded = False
    # The loader also takes the form {kind: count, of: a, is: 1}, and null or words for true and false, which
    # the schema does not tell of.
    assert loaded or not of_files.is_valid(content)


def test_the_json_of_real_audits_fits(of_audits: Any, edition: Any) -> None:
    report = load_statements(file=LUNCH)
    clashing = made(
        [{"share": {"of": "a", "base": "b", "is": "35%"}}, {"count": {"of": "b", "is": 5}}],
        assumptions=[{"count": {"of": "a", "is": 1}}],
    )
    audits = [audit(report, report.lists), audit(report, report.lists, chosen="R2")]
    audits += [audit(report, report.lists, seconds=1e-6), audited(edition)]
    audits += [audit(clashing, {}, rounding=rule) for rule in ROUNDINGS]
    for found in audits:
        of_audits.validate(json.loads(found.model_dump_json()))
    content = json.loads(audits[0].model_dump_json())
    for key in content:
        assert not of_audits.is_valid({name: one for name, one in content.items() if name != key}), key


@pytest.mark.parametrize("schema", [statements_schema(), json_schema(Audit)], ids=["file", "audit"])
def test_schemas_tell_what_they_are_about(schema: dict[str, Any]) -> None:
    for name, one in [("", schema), *schema["$defs"].items()]:
        assert one["title"], name
        assert one["description"], name


def test_the_schemas_are_published(html: Path) -> None:
    for name, schema in (("statements-file", statements_schema()), ("audit", json_schema(Audit))):
        published = json.loads((html / f"schemas/{name}.schema.json").read_text(encoding="utf-8"))
        assert published == schema


# The page

PAGE = (ROOT / "chapters/statements-file.md").read_text(encoding="utf-8")
SHOWN = [
    yaml.safe_load(fence) for fence in re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
]


def test_every_kind_is_shown_with_an_example_that_works() -> None:
    shown = [one for fence in SHOWN if isinstance(fence, list) for one in fence]
    assert {kind for one in shown for kind in one} == set(kinds())
    content = lunch()
    content["definitions"] = [{"id": "shown", "says": "s", "holds": shown}]
    assert list(Report.model_validate(content).faults()) == []
    for kind in kinds():
        assert f"\n`{kind}`\n: " in PAGE


def test_every_piece_of_a_file_that_is_shown_works() -> None:
    whole, *pieces = [fence for fence in SHOWN if isinstance(fence, dict)]
    small = Report.model_validate(whole)
    assert list(small.faults()) == []
    found = audit(small, {})
    assert (found.holds, found.can_be_true) == (False, True)
    assert pieces
    for piece in pieces:
        content = lunch()
        for key, added in piece.items():
            content[key] = (
                {**content[key], **added} if isinstance(added, dict) else [*content.get(key, []), *added]
            )
        assert list(Report.model_validate(content).faults()) == []


def test_the_page_names_every_key_option_rule_and_result() -> None:
    for model in ("Section", "Quantity", "Definition", "Assumption", "Reading", "Statement", "Report"):
        for key in set(statements_schema()["$defs"].get(model, {}).get("properties", {})) - OTHERS:
            assert re.search(rf"`{key}`|\b{key}: ", PAGE), (model, key)
    for key in Audit.model_fields:
        assert f"`{key}`" in PAGE, key
    for rule in ROUNDINGS:
        assert rule.replace(" ", "-") in PAGE
    options = set(re.findall(r"--[a-z-]+", run("--help").stdout.partition("\nexamples:")[0])) - {"--help"}
    assert "--time-limit" in options
    assert {option for option in options if option not in PAGE} == set()


# What only this edition uses: its responses, its waves, the parts of its contents.
OTHERS = {"item", "value", "wave", "part", "counts", "among", "least"}
