"""What notices a slip in the code that computes: mutants of it, one at a time, and the tests that reach them.

``make mutants`` takes a sample of all mutants of the modules in ``COMPUTES``, plants each in a copy of the
project and runs tests that reach its line until one fails: then the mutant is killed. What survives is
printed, with its reason where ``survivors.csv`` has one: there stands what changes no answer. The mutation
score leaves these out (DeMillo, Lipton and Sayward 1978, doi:10.1109/C-M.1978.218136).

A mutant is one change that a hand could make: an operator exchanged, a condition turned round, a number one
larger, a text changed, a statement left out (after Offutt, Lee, Rothermel, Untch and Zapf 1996,
doi:10.1145/227607.227610, and Deng, Offutt and Li 2013, doi:10.1109/ICST.2013.20). The libraries at hand
leave out properties, functions with decorators and the level of modules (mutmut), or run the same tests for
each mutant (Cosmic Ray). What stands within an f-string stays: its place is not known before Python 3.12.

Which tests reach a line, by themselves or in a process that they start, is seen by running them once, with
nothing changed: those that read a file of the tests which is another since, and all of them once any other
file is another (``--as-reached`` spares that while tests are written); what fails then is left out. Those
that build a book or read a built one are not among them; in their place the chapters are executed with each
mutant that survived so far, and what they put out is held against the reference notebooks, as nbval does. A
mutant with which the tests take over three times as long and half a minute counts as killed.
"""

from __future__ import annotations

import argparse
import ast
import csv
import json
import os
import queue
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from itertools import accumulate, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from coverage import CoverageData

from keepinpact.paths import ROOT
from keepinpact.stats import Share, wilson

PACKAGE = "src/keepinpact"
COMPUTES = ("stats.py", "numbers.py", "reconstruct.py", "statements/*.py", "audit/*.py", "findings/*.py")
REASONS = ROOT / "tests/survivors.csv"
REACHED = ROOT / "_build/mutants"
LONGEST, FIRST, TOGETHER = 60, 120, 480
"""For a mutant no test is run that takes more seconds than the first of these. The most telling ones that
together take no more than the second come first, and no more run than those within the third.
"""
AT_ONCE = 0.5
"""Tests that take no more seconds than this come before all others."""
WHOLE = "tests/test_told.py"
"""Tests of whole texts, which notice most."""
OF_A_BOOK = {"html", "browser"}
"""Tests that use one of these fixtures need the built book."""
_PYTEST = ("pytest", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "mutants")
STARTED = "started"
"""Where coverage keeps what was reached in processes that tests start, beside the rest."""
_SETTINGS = "MUTANTS_COVERAGE"
"""The variable of the environment that names coverage's settings in these processes."""
_CHAPTERS = 600
"""Seconds after which executing the chapters is given up."""
BUILD = ("editions", "hostile", "lab", "machine", "rebuild", "scale", "site", "start", "states", "watch")
"""Files of tests that build a book, or several."""
EXAMPLES = """examples:
  make mutants                            a sample of 500
  make mutants OPTIONS="--number 50"      a small one
  make mutants OPTIONS="--only audit/why.py --seed other"
"""


@dataclass(frozen=True)
class Mutant:
    """A module with one change: its file in the project, its line, what stood there and what stands there."""

    file: str
    line: int
    kind: str
    before: str
    after: str
    source: str
    imported: bool = False
    """Whether it runs when the module is imported."""

    @property
    def change(self) -> tuple[str, str, str]:
        """What it is known by in ``survivors.csv``, where lines move."""
        return self.file, self.before, self.after


# Mutants: each kind of node gives pairs of a kind of change and the text that takes the node's place.

_OPERATORS = {
    ast.Lt: ("<", "<=", ">="), ast.LtE: ("<=", "<", ">"),
    ast.Gt: (">", ">=", "<="), ast.GtE: (">=", ">", "<"),
    ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="), ast.Is: ("is", "is not"), ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"), ast.NotIn: ("not in", "in"),
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "+"), ast.Pow: ("**", "*"),
    ast.FloorDiv: ("//", "*"), ast.Div: ("/", "*"), ast.Mod: ("%", "*"),
    ast.BitOr: ("|", "&"), ast.BitAnd: ("&", "|"), ast.BitXor: ("^", "|"),
    ast.And: ("and", "or"), ast.Or: ("or", "and"),
}  # fmt: skip
"""How each operator is written, and what it is exchanged for."""
_CALLED = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "ceil": "floor",
    "floor": "ceil",
    "sorted": "list",
}


def mutants(file: str, source: str) -> Iterator[Mutant]:
    """Every mutant of a module that is still a module of Python."""
    lines = source.encode().split(b"\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    content = source.encode()
    called = _called(ast.parse(source))
    for node in _code(ast.parse(source)):
        for kind, (first, last), text in _changes(node, content, starts):
            if content[first:last] == text:
                continue
            changed = content[:first] + text + content[last:]
            number = content[:first].count(b"\n")
            end = number + 1 + content[first:last].count(b"\n")
            after = changed.split(b"\n")[number : end + text.count(b"\n") - content[first:last].count(b"\n")]
            try:
                compile(changed, file, "exec")
            except (SyntaxError, ValueError):
                continue
            told = (" ".join(b"\n".join(one).decode().split()) for one in (lines[number:end], after))
            yield Mutant(file, number + 1, kind, *told, changed.decode(), number + 1 not in called)


def _called(tree: ast.AST) -> set[int]:
    """The lines within functions, which run when these are called."""
    return {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for line in range(node.body[0].lineno, (node.end_lineno or 0) + 1)
    }


def _code(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that do something: no docstring, import or export, and of types the limits alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom | ast.JoinedStr):
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Assign) and re.match("__all__ =|.* = TypeVar", ast.unparse(node)):
            continue
        if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation is not None:
            limits = (one for one in ast.walk(node.annotation) if isinstance(one, ast.Call))
            yield from (one for call in limits for one in ast.walk(call) if isinstance(one, ast.Constant))
            node.annotation = ast.Constant(None)
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        yield node
        yield from _code(node)


def _changes(
    node: ast.AST, content: bytes, starts: list[int]
) -> Iterator[tuple[str, tuple[int, int], bytes]]:
    def place(one: ast.expr | ast.stmt) -> tuple[int, int]:
        assert one.end_lineno is not None
        assert one.end_col_offset is not None
        return starts[one.lineno - 1] + one.col_offset, starts[one.end_lineno - 1] + one.end_col_offset

    def between(
        left: ast.expr, operator: ast.AST, right: ast.expr
    ) -> Iterator[tuple[str, tuple[int, int], bytes]]:
        first, last = place(left)[1], place(right)[0]
        old, *others = _OPERATORS.get(type(operator), ("",))
        for new in others:
            text = content[first:last].replace(old.encode(), new.encode(), 1)
            yield f"{old} to {new}", (first, last), text

    def around(one: ast.expr, text: str) -> tuple[tuple[int, int], bytes]:
        first, last = place(one)
        return (first, last), text.encode() % content[first:last]

    match node:
        case ast.Compare():
            sides = [node.left, *node.comparators]
            for left, operator, right in zip(sides, node.ops, node.comparators, strict=False):
                yield from between(left, operator, right)
        case ast.BinOp():
            yield from between(node.left, node.op, node.right)
        case ast.BoolOp():
            for left, right in pairwise(node.values):
                yield from between(left, node.op, right)
        case ast.UnaryOp():
            yield "sign or not left out", place(node), b"(" + content[slice(*place(node.operand))] + b")"
        case ast.Constant(value=bool()):
            yield "true and false", place(node), str(not node.value).encode()
        case ast.Constant(value=int()):
            yield "number", place(node), str(node.value + 1).encode()
        case ast.Constant(value=str()) if content[slice(*place(node))][:1] in (b'"', b"'"):
            text = content[slice(*place(node))]
            yield "text", place(node), text[:1] + b"X" + text[1:]
        case ast.Call(func=ast.Name(id=name)) if name in _CALLED:
            yield f"{name} to {_CALLED[name]}", place(node.func), _CALLED[name].encode()
        case ast.If() | ast.While() | ast.IfExp():
            yield "condition", *around(node.test, "not (%s)")
        case ast.comprehension():
            yield from (("condition", *around(one, "not (%s)")) for one in node.ifs)
        case ast.Return(value=ast.expr()):
            yield "nothing returned", place(node), b"return None"
        case ast.Expr() | ast.AugAssign() | ast.Raise():
            yield "statement left out", place(node), b"pass"
        case ast.Break():
            yield "break to continue", place(node), b"continue"
        case ast.Continue():
            yield "continue to break", place(node), b"break"


# Tests: pytest is run with this module as a plugin, which leaves out those of the book.


def pytest_runtest_setup() -> None:
    """Where it is seen what tests reach, see it in the processes that they start too."""
    if settings := os.environ.get(_SETTINGS):
        os.environ["COVERAGE_PROCESS_START"] = settings


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests of the built book."""
    gone = [one for one in items if not OF_A_BOOK.isdisjoint(getattr(one, "fixturenames", ()))]
    config.hook.pytest_deselected(items=gone)
    items[:] = [one for one in items if one not in set(gone)]


def _environment(tree: Path) -> dict[str, str]:
    paths = os.pathsep.join(str(tree / one) for one in ("src", "tests"))
    return {**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": "0"}


def _files() -> list[str]:
    """The project's files, without what was built and without git."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return sorted(name for name in told.stdout.split("\0") if name and (ROOT / name).is_file())


def _state() -> dict[str, str]:
    """What each of these files holds, in a word; reasons make no difference."""
    files = (name for name in _files() if ROOT / name != REASONS)
    return {name: sha256((ROOT / name).read_bytes()).hexdigest() for name in files}


def readers(before: Mapping[str, str], now: Mapping[str, str]) -> list[str] | None:
    """The files of tests that may reach other lines than in the state before; None where any of them may.

    What tests read is named in them, or its folder is.
    """
    a_test = re.compile(r"tests/test_\w+\.py")
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in now if a_test.fullmatch(name)}
    found: set[str] = set()
    for name in {name for name in (*before, *now) if before.get(name) != now.get(name)}:
        if a_test.fullmatch(name):
            found.add(name)
            continue
        if not name.startswith("tests/") or name.endswith(".py"):
            return None
        named_so = re.compile(rf"""["'/]{re.escape(Path(Path(name).parts[1]).stem)}["'/.]""")
        named = {test for test, text in texts.items() if named_so.search(text)}
        if not named:
            return None
        found |= named
    return sorted(found)


def _copy(to: Path) -> Path:
    for name in _files():
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, to / name)
    return to


def reach() -> None:
    """Run tests once and note which lines each reaches, and how long it takes (in ``_build/mutants``)."""
    state, before = _state(), _reached()
    files = readers(before.state, state) if before else None
    if before is None or files is None:
        seen = _seen([])
    else:
        run = [one for one in files if one in state and not one.endswith(tuple(f"_{n}.py" for n in BUILD))]
        seen = merged(before, _seen(run) if run else Seen({}, {}, frozenset()), files)
    if seen.failed:
        print("they fail without any mutant and are left out:", *sorted(seen.failed), sep="\n  ")
    told = {"took": seen.took, "reached": seen.reached, "state": state}
    (REACHED / "reached.json").write_text(json.dumps(told))


def _seen(files: list[str]) -> Seen:
    """What some files of tests reach, or all but those that build books."""
    to = REACHED / "run"
    settings, started = to / "coveragerc", to / STARTED
    shutil.rmtree(to, ignore_errors=True)
    started.mkdir(parents=True)
    # A process may run in a copy of the project; pytest-cov may take what lies beside its own data.
    run = f"[run]\ninclude = */{PACKAGE}/*\ndata_file = "
    settings.write_text(f"{run}{to / 'coverage'}\n")
    each = "parallel = true\ncontext = ${PYTEST_CURRENT_TEST-}\n"
    (started / "rc").write_text(f"{run}{started / 'coverage'}\n{each}")
    command = [sys.executable, "-m", "pytest", "-p", "mutants", "-n", "2", "--dist", "loadfile"]
    command += [f"--cov-config={settings}", "--cov", "--cov-context=test", "--cov-report="]
    command += [f"--junitxml={to / 'tests.xml'}", "-o", "junit_duration_report=total"]
    command += files or [f"--ignore=tests/test_{name}.py" for name in BUILD]
    with tempfile.TemporaryDirectory() as folder:
        tree = _copy(Path(folder).resolve())
        environment = _environment(tree) | {_SETTINGS: str(started / "rc")}
        done = subprocess.run(command, cwd=tree, env=environment)
        if done.returncode > 1:
            sys.exit("the tests have to run to their end before mutants can be tried")
    return seen_in(to)


def _file(test: str) -> str:
    return test.partition("::")[0]


def reaching(context: str) -> tuple[str, str] | None:
    """The test and its phase that reached a line, in the test's own process or in one that it started.

    The name is that of all cases of the test; None where the line was reached outside of tests.
    """
    found = re.fullmatch(r"([^[|]*?)(?:\[.*)?(?:\|| \()(\w+)\)?", context, re.DOTALL)
    return (found[1], found[2]) if found else None


@dataclass(frozen=True)
class Seen:
    """What was seen when all tests ran once: see :class:`Reach`, and the tests that failed."""

    took: Mapping[str, float]
    reached: Mapping[str, Mapping[int, list[str]]]
    failed: frozenset[str]


def seen_in(folder: Path) -> Seen:
    """The tests that reach each line, and the seconds of each test, all its cases together.

    On what a test's set-up reaches every test of that file may depend; so it is with what an import runs.
    """
    took: Counter[str] = Counter()
    failed = set()
    for one in ElementTree.parse(folder / "tests.xml").iter("testcase"):
        module, *inner = one.attrib["classname"].removeprefix("tests.").split(".")
        name = "::".join([f"tests/{module}.py", *inner, one.attrib["name"].partition("[")[0]])
        took[name] += float(one.attrib["time"])
        if one.find("failure") is not None or one.find("error") is not None:
            failed.add(name)
    contexts: dict[str, dict[int, set[tuple[str, str]]]] = {}
    for path in [folder / "coverage", *sorted((folder / STARTED).glob("coverage.*"))]:
        data = CoverageData(str(path))
        data.read()
        for file in data.measured_files():
            lines = contexts.setdefault(f"{PACKAGE}/{file.rpartition(f'/{PACKAGE}/')[2]}", {})
            for line, some in data.contexts_by_lineno(file).items():
                lines.setdefault(line, set()).update(one for context in some if (one := reaching(context)))

    def depending(seen: set[tuple[str, str]]) -> set[str]:
        shared = {_file(test) for test, phase in seen if phase == "setup"}
        return ({test for test, _ in seen} | {one for one in took if _file(one) in shared}) - failed

    reached = {}
    for name, lines in contexts.items():
        tests = {line: depending(seen) for line, seen in lines.items()}
        every = set().union(*tests.values())
        reached[name] = {line: sorted(some or every) for line, some in tests.items()}
    return Seen({one: took[one] for one in took if one not in failed}, reached, frozenset(failed))


def merged(before: Reach, now: Seen, files: Collection[str]) -> Seen:
    """What was seen before, and for the tests of some files what is seen now."""

    def others(tests: Iterable[str]) -> list[str]:
        return [one for one in tests if _file(one) not in files]

    reached: dict[str, dict[int, list[str]]] = {}
    for name in {*before.reached, *now.reached}:
        old, new = before.reached.get(name, {}), now.reached.get(name, {})
        lines = {*map(int, old), *new}
        reached[name] = {
            line: sorted({*others(old.get(str(line), [])), *new.get(line, [])}) for line in sorted(lines)
        }
    took = {one: before.took[one] for one in others(before.took)} | {**now.took}
    return Seen(took, reached, now.failed)


@dataclass(frozen=True)
class Reach:
    """Which tests reach a line of the code, how many seconds each takes, and what the files held then."""

    took: Mapping[str, float]
    reached: Mapping[str, Mapping[str, list[str]]]
    state: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def wide(self) -> Mapping[str, Counter[str]]:
        """How many lines of each module a test reaches."""
        return {
            file: Counter(test for tests in lines.values() for test in tests)
            for file, lines in self.reached.items()
        }

    def tests(self, mutant: Mutant) -> list[str]:
        """Those that reach a mutant's line, the most telling first, of these the quickest, files together.

        A line in the midst of an expression has none of its own: there those of a line above are taken. On
        what is only imported any test may depend, also where one imported it first: there it is all the quick
        ones and those that reach anything else of the module. Most telling are the quickest, then those of
        whole texts, then what reaches most.
        """
        lines, wide = self.reached.get(mutant.file, {}), self.wide.get(mutant.file, Counter())
        above: Iterator[list[str] | None] = (
            lines.get(str(line)) for line in range(mutant.line, max(0, mutant.line - 12), -1)
        )
        quick = [one for one, seconds in self.took.items() if seconds <= 1]
        if mutant.imported:
            quick += [one for one, seconds in self.took.items() if seconds > 1 and wide[one]]
            above = iter(())
        found = [one for one in next(filter(None, above), quick) if self.took.get(one, 0) <= LONGEST]
        found.sort(key=lambda one: (self.took.get(one, 0) > AT_ONCE, _file(one) != WHOLE, -wide[one], one))
        until = dict(zip(found, accumulate(self.took.get(one, 0) for one in found), strict=True))
        first = [one for one in found if until[one] <= FIRST]
        return self._by_file(first) + self._by_file([one for one in found if FIRST < until[one] <= TOGETHER])

    def _by_file(self, tests: Sequence[str]) -> list[str]:
        files: Counter[str] = Counter()
        for one in tests:
            files[_file(one)] += self.took.get(one, 0)
        return sorted(tests, key=lambda one: (files[_file(one)], _file(one), self.took.get(one, 0)))


def tried(mutant: Mutant, tests: list[str], seconds: float, tree: Path) -> bool:
    """Whether a mutant is killed in a copy of the project, by a test or by what chapters put out."""
    path = tree / mutant.file
    before = path.read_text()
    _write(path, mutant.source)
    try:
        if tests and _fails([*_PYTEST, *tests], tree, 30 + 3 * seconds):
            return True
        return _other_chapters(tree)
    finally:
        _write(path, before)


def _write(path: Path, source: str) -> None:
    """Write a module; compiled ones are known by second and size only, which a mutant may share."""
    path.write_text(source)
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*"):
        compiled.unlink()


def _fails(module: list[str], tree: Path, seconds: float) -> bool:
    """Whether a command ends with a fault, or with no end in so many seconds."""
    command = [sys.executable, "-m", *module]
    try:
        done = subprocess.run(command, cwd=tree, env=_environment(tree), capture_output=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return True
    # Tests or a chapter failed, or what they import did, or pytest itself could not go on, which it can where
    # nothing is changed; a signal is no matter of the mutant.
    if done.returncode not in (0, 1, 2, 3, 4):
        raise ChildProcessError(f"{' '.join(command[:3])} ended with {done.returncode}")
    return done.returncode != 0


def _other_chapters(tree: Path) -> bool:
    """Whether the chapters fail, or put out something else than stands in the reference notebooks."""
    return _fails(["keepinpact", "reference"], tree, _CHAPTERS) or _other_references(tree)


def _other_references(tree: Path) -> bool:
    """Whether the reference notebooks are no longer the project's; afterwards they are so again."""
    mine, its = ROOT / "tests/reference", tree / "tests/reference"
    told = [{path.name: path.read_bytes() for path in folder.iterdir()} for folder in (mine, its)]
    shutil.copytree(mine, its, dirs_exist_ok=True)
    return told[0] != told[1]


def sample(number: int, seed: str, only: list[str]) -> list[Mutant]:
    """So many of all mutants, each as likely as any other."""
    package = ROOT / PACKAGE
    found: list[Mutant] = []
    for path in sorted({path for pattern in only for path in package.glob(pattern)}):
        found += mutants(path.relative_to(ROOT).as_posix(), path.read_text())
    print(f"{len(found)} mutants in all", file=sys.stderr)
    return random.Random(seed).sample(found, min(number, len(found)))


def _reached() -> Reach | None:
    file = REACHED / "reached.json"
    return Reach(**json.loads(file.read_text())) if file.exists() else None


def run(chosen: list[Mutant], found: Reach, workers: int) -> Iterator[tuple[Mutant, bool]]:
    """Whether each is killed, several at a time, each in a copy of its own.

    The tests pass on what they were last seen to reach; where a file is another since, those that are chosen
    run once before any mutant.
    """
    waiting: queue.SimpleQueue[Mutant] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[Mutant, bool] | OSError] = queue.SimpleQueue()
    for one in chosen:
        waiting.put(one)

    def work(tree: Path) -> None:
        while not waiting.empty():
            mutant = waiting.get()
            tests = found.tests(mutant)
            try:
                done.put((mutant, tried(mutant, tests, sum(found.took.get(one, 0) for one in tests), tree)))
            except OSError as error:
                done.put(error)

    with tempfile.TemporaryDirectory() as folder:
        trees = [_copy(Path(folder).resolve() / str(number)) for number in range(workers)]
        every = sorted({test for one in chosen for test in found.tests(one)})
        if every and found.state != _state() and _fails([*_PYTEST, *every], trees[0], 3600):
            sys.exit("without any mutant these tests fail, or some of them are gone")
        if _other_chapters(trees[0]):
            sys.exit("without any mutant the chapters put out something else: make reference")
        for tree in trees:
            threading.Thread(target=work, args=(tree,), daemon=True).start()
        for _ in chosen:
            ended = done.get()
            if isinstance(ended, OSError):
                raise ended
            yield ended


def reasons() -> dict[tuple[str, str, str], str]:
    """Why a mutant may survive, by file, what stood there and what stands there instead."""
    with REASONS.open(encoding="utf-8", newline="") as file:
        return {(row["file"], row["before"], row["after"]): row["reason"] for row in csv.DictReader(file)}


def _rate(killed: int, of: int) -> str:
    if not of:
        return "none"
    low, high = wilson(Share(killed, of))
    return f"{killed} of {of} killed, {killed / of:.1%} (likely {low} to {high} %),"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--number", type=int, default=500, metavar="N", help="how many mutants (500)")
    parser.add_argument("--seed", default="mutants", help="which sample")
    parser.add_argument(
        "--only", nargs="+", default=COMPUTES, metavar="PATTERN", help="modules of the package"
    )
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="how many at a time (2)")
    parser.add_argument(
        "--as-reached", action="store_true", help="the tests reach what they did when that was last seen"
    )
    options = parser.parse_args()
    found = _reached()
    if found is None or (found.state != _state() and not options.as_reached):
        reach()
        found = _reached()
    assert found is not None
    chosen = sample(options.number, options.seed, options.only)
    known, killed, unexplained = reasons(), 0, 0
    for number, (mutant, noticed) in enumerate(run(chosen, found, options.workers), start=1):
        killed += noticed
        if not noticed:
            why = known.get(mutant.change, "")
            unexplained += not why
            print(
                f"survived: {mutant.file}, line {mutant.line}, {mutant.kind}: {why or 'no reason is known'}"
            )
            print(f"  - {mutant.before}\n  + {mutant.after}", flush=True)
        if sys.stderr.isatty():
            print(f"\r{number} of {len(chosen)}", end="", file=sys.stderr)
        elif number % 20 == 0:
            print(f"{number} of {len(chosen)}", file=sys.stderr, flush=True)
    if not chosen:
        return
    print(f"{_rate(killed, len(chosen))} of all mutants")
    print(f"{_rate(killed, killed + unexplained)} of those that change an answer (the mutation score)")
    print(f"{unexplained} survivors have no reason")
    sys.exit(bool(unexplained))


if __name__ == "__main__":
    main()
