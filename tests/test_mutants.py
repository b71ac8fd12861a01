"""Mutants: every kind of change is made where it can be, and what is said to survive still stands there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from coverage import CoverageData

import mutants
from keepinpact.data import ROOT
from mutants import STARTED, Mutant, Reach, Seen, merged, reaching, readers, reasons, seen_in, tried

CODE = '''"""A docstring is no text."""
from limits import most


def called(a: int, b: int = 3) -> bool:
    """Nor is this."""
    for one in sorted([a, b]):
        if a < one and not b == 2:
            continue
    return min(a + b, most("x")) >= 1
'''
CHANGES = {
    "b: int = 3": "b: int = 4",
    "sorted([": "list([",
    "a < one": {"a <= one", "a >= one"},
    "if a < one and not b == 2": "if not (a < one and not b == 2)",
    "and": "or",
    "not b == 2": "(b == 2)",
    "b == 2": {"b != 2", "b == 3"},
    "continue": "break",
    "return min(a + b, most(\"x\")) >= 1": "return None",
    "min(": "max(",
    "a + b": "a - b",
    '"x"': '"Xx"',
    ">= 1": {"> 1", "< 1", ">= 2"},
}  # fmt: skip


def test_each_change_that_a_hand_could_make_is_made_once_and_nothing_else() -> None:
    expected = {
        CODE.replace(before, after, 1)
        for before, changed in CHANGES.items()
        for after in (changed if isinstance(changed, set) else {changed})
    }
    assert CODE not in expected
    made = [one.source for one in mutants.mutants("code.py", CODE)]
    assert len(made) == len(set(made))
    assert set(made) == expected


def test_what_stood_there_and_what_stands_there_are_told_with_their_line() -> None:
    (found,) = (one for one in mutants.mutants("code.py", CODE) if "max(" in one.source)
    assert (found.line, found.before) == (10, 'return min(a + b, most("x")) >= 1')
    assert found.after == 'return max(a + b, most("x")) >= 1'


def test_a_limit_within_an_annotation_is_changed_and_the_annotation_is_not() -> None:
    code = 'class A:\n    b: Annotated[Literal["c"], Field(ge=0)] = None\n'
    assert [one.after for one in mutants.mutants("code.py", code)] == [
        'b: Annotated[Literal["c"], Field(ge=1)] = None'
    ]


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one module and its tests, and no chapters."""
    (tmp_path / "src").mkdir()
    (tmp_path / "tests/reference").mkdir(parents=True)
    (tmp_path / "src/double.py").write_text("def double(n):\n    return n + n\n")
    (tmp_path / "tests/test_double.py").write_text(
        "from double import double\n\n\ndef test_of_two():\n    assert double(2) == 4\n"
    )
    shutil.copy(mutants.__file__, tmp_path / "tests")
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    return tmp_path


def mutant(after: str) -> Mutant:
    source = f"def double(n):\n    return {after}\n"
    return Mutant("src/double.py", 2, "+", "return n + n", f"return {after}", source)


@pytest.mark.long
def test_a_mutant_is_killed_by_a_test_that_reaches_it_and_survives_others(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def fails(module: list[str], tree: Path, seconds: float) -> bool:
        asked.append(module[0])
        return module[0] == "pytest" and real(module, tree, seconds)

    real = mutants._fails
    monkeypatch.setattr(mutants, "_fails", fails)
    tests = ["tests/test_double.py::test_of_two"]
    assert tried(mutant("n - n"), tests, 1, small)
    assert asked == ["pytest"]
    assert not tried(mutant("n * 2"), tests, 1, small)
    assert asked == ["pytest", "pytest", "keepinpact"]
    assert (small / "src/double.py").read_text() == "def double(n):\n    return n + n\n"


def test_what_was_compiled_of_another_mutant_is_not_run(small: Path) -> None:
    """Python knows a compiled module by the second and the size of its source."""
    module, ask = small / "src/double.py", [sys.executable, "-c", "import double; print(double.double(3))"]
    environment = {**os.environ, "PYTHONPATH": str(small / "src")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    for after, said in (("n + n", "6"), ("n - n", "0")):
        mutants._write(module, f"def double(n):\n    return {after}\n")
        os.utime(module, (10**9, 10**9))
        assert subprocess.run(ask, env=environment, capture_output=True, text=True).stdout.strip() == said


def test_a_mutant_that_chapters_show_is_killed_and_leaves_nothing(small: Path, tmp_path: Path) -> None:
    tree = tmp_path / "copy"
    (tree / "tests/reference").mkdir(parents=True)
    (small / "tests/reference/one.ipynb").write_text("4")
    (tree / "tests/reference/one.ipynb").write_text("0")
    assert mutants._other_references(tree)
    assert not mutants._other_references(tree)


@pytest.mark.parametrize(
    ("context", "told"),
    [
        ("tests/test_a.py::test_b|run", ("tests/test_a.py::test_b", "run")),
        ("tests/test_a.py::test_b[c|d (e)-f]|setup", ("tests/test_a.py::test_b", "setup")),
        ("tests/test_a.py::test_b (call)", ("tests/test_a.py::test_b", "call")),
        ("tests/test_a.py::test_b[c|d (e)-f] (setup)", ("tests/test_a.py::test_b", "setup")),
        ("", None),
    ],
)
def test_a_line_is_reached_in_a_tests_own_process_or_in_one_that_it_starts(
    context: str, told: tuple[str, str] | None
) -> None:
    assert reaching(context) == told


def test_what_all_tests_reached_is_seen_and_those_that_fail_are_left_out(tmp_path: Path) -> None:
    cases = [("test_a", "one[x]", 1), ("test_a", "one[y]", 2), ("test_a", "two", 4), ("test_b", "bad", 8)]
    told = "".join(
        f'<testcase classname="tests.{file}" name="{name}" time="{time}">'
        f"{'<failure/>' * (name == 'bad')}</testcase>"
        for file, name, time in cases
    )
    (tmp_path / "tests.xml").write_text(f"<testsuites><testsuite>{told}</testsuite></testsuites>")
    (tmp_path / STARTED).mkdir()
    own, started = (CoverageData(str(tmp_path / name)) for name in ("coverage", f"{STARTED}/coverage.host.1"))
    for data, tree, context, lines in [
        (own, "project", "", [1]),
        (own, "project", "tests/test_a.py::one[x]|run", [2]),
        (started, "copy", "tests/test_a.py::two (call)", [2, 3]),
        (own, "project", "tests/test_a.py::one|setup", [4]),
        (own, "project", "tests/test_b.py::bad|run", [5, 2]),
    ]:
        data.set_context(context)
        data.add_lines({f"/{tree}/src/keepinpact/code.py": lines})
        data.write()
    one, two = "tests/test_a.py::one", "tests/test_a.py::two"
    assert seen_in(tmp_path) == Seen(
        took={one: 3, two: 4},
        reached={
            "src/keepinpact/code.py": {1: [one, two], 2: [one, two], 3: [two], 4: [one, two], 5: [one, two]}
        },
        failed=frozenset({"tests/test_b.py::bad"}),
    )


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, []),
        ({"tests/test_double.py": "2"}, ["tests/test_double.py"]),
        ({"tests/test_gone.py": "1"}, ["tests/test_gone.py"]),
        ({"tests/texts/two.txt": "2"}, ["tests/test_double.py"]),
        ({"tests/double.csv": "1"}, ["tests/test_double.py"]),
        ({"tests/unread.csv": "1"}, None),
        ({"tests/mutants.py": "2"}, None),
        ({"tests/test_double.py": "2", "src/double.py": "2"}, None),
    ],
)
def test_only_tests_that_may_reach_other_lines_are_run_again(
    small: Path, changed: dict[str, str], told: list[str] | None
) -> None:
    test = small / "tests/test_double.py"
    test.write_text(f'{test.read_text()}\nREAD = ["tests/texts", "double.csv"]\n')
    (small / "tests/test_other.py").write_text("# The texts of others: texts, double texts.")
    names = ("src/double.py", "tests/mutants.py", "tests/test_double.py", "tests/test_other.py")
    now = {**dict.fromkeys(names, "1"), "tests/texts/two.txt": "1"}
    assert readers(now | changed, now) == told


def test_what_other_tests_reached_stays_seen() -> None:
    before = Reach(
        {"a::one": 1, "a::gone": 2, "b::two": 4},
        {"m.py": {"1": ["a::one", "b::two"], "2": ["a::gone"]}, "n.py": {"1": ["b::two"]}},
    )
    now = Seen({"a::one": 8, "a::new": 16}, {"m.py": {2: ["a::new"], 3: ["a::one"]}}, frozenset({"a::bad"}))
    assert merged(before, now, ["a"]) == Seen(
        took={"b::two": 4, "a::one": 8, "a::new": 16},
        reached={"m.py": {1: ["b::two"], 2: ["a::new"], 3: ["a::one"]}, "n.py": {1: ["b::two"]}},
        failed=frozenset({"a::bad"}),
    )


def test_those_that_reach_a_line_come_file_by_file_the_quickest_first() -> None:
    took = {"a::slow": 3.0, "a::quick": 1.0, "b::one": 2.0, "c::endless": 99.0, "d::instant": 0.1}
    took |= {f"e::{place:02}": 2.5 for place in range(60)}
    reach = Reach(
        took, {"m.py": {"3": ["a::quick", "a::slow", "b::one", "c::endless"], "9": [], "20": [*took]}}
    )
    assert reach.tests(Mutant("m.py", 4, "", "", "", "")) == ["b::one", "a::quick", "a::slow"]
    assert reach.tests(Mutant("other.py", 1, "", "", "", "")) == ["d::instant", "a::quick"]
    few = reach.tests(Mutant("m.py", 20, "", "", "", ""))
    assert few == [
        *("d::instant", "b::one", "a::quick", "a::slow"),
        *(f"e::{place:02}" for place in range(45)),
        *(f"e::{place:02}" for place in range(45, 60)),
    ]


def test_the_quickest_are_not_left_out_for_those_that_reach_more() -> None:
    wide = [f"e::{place:02}" for place in range(60)]
    took = dict.fromkeys(wide, 10.0) | {"z::of this line": 0.5, "z::slower": 0.6}
    reach = Reach(took, {"m.py": {"1": [*took], "2": wide}})
    found = reach.tests(Mutant("m.py", 1, "", "", "", ""))
    assert found == ["z::of this line", *wide[:47]]
    assert found[:12] == ["z::of this line", *wide[:11]], "the first within two minutes"


@pytest.mark.long
def test_what_is_said_to_survive_still_stands_in_the_code_and_has_a_reason() -> None:
    found = reasons()
    for (file, before, after), reason in found.items():
        text = (ROOT / file).read_text(encoding="utf-8")
        assert before in " ".join(text.split()), (file, before)
        made = {one.change for one in mutants.mutants(file, text)}
        assert (file, before, after) in made, (file, after)
        assert len(reason.split()) >= 3, (file, before)


def test_the_rate_has_its_base_and_its_uncertainty() -> None:
    assert mutants._rate(133, 150) == "133 of 150 killed, 88.7% (likely 82 to 93 %),"
    assert mutants._rate(0, 0) == "none"


def test_what_runs_when_a_module_is_imported_is_tried_by_all_quick_tests_and_by_whole_texts() -> None:
    inside, outside = mutants.mutants("m.py", "def f():\n    return 1\n\n\nA = 2\n"), "A = 2"
    assert {(one.before, one.imported) for one in inside} == {("return 1", False), (outside, True)}
    told, quick = f"{mutants.WHOLE}::told", "a::quick"
    another = f"{mutants.WHOLE}::of-another"
    took = {told: 5.0, quick: 0.5, "b::slow": 3.0, another: 0.2, "c::slow": 3.0}
    reach = Reach(took, {"m.py": {"1": [told, "b::slow"], "5": ["b::slow"]}, "n.py": {"1": ["c::slow"]}})
    found = reach.tests(Mutant("m.py", 5, "", "", "", "", imported=True))
    assert set(found) == {told, quick, another, "b::slow"}
    assert reach.tests(Mutant("m.py", 5, "", "", "", "")) == ["b::slow"]
