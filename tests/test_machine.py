"""Faults of the machine: a sentence, an exit status, nothing lost, nothing stale."""

import errno
import fcntl
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from called import called
from keepinpact.book import build as building
from keepinpact.book.build import BuildError, build_book, build_paper, run_quietly
from keepinpact.data import ROOT
from keepinpact.editions.versioned import SiteError, build_site
from keepinpact.files import alone, write_whole
from small import append, small_book

FOLDER = "Prüfung für „später“ (1)"
"""Spaces, umlauts and quotation marks: the folder of the book that is built here."""
WAITS = "another build is at work in this folder: this one begins when it has ended"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp(FOLDER)
    return small_book(root)


def run(
    root: Path, *arguments: str, before: Sequence[str] = (), limit: int | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """A command of the package in a project; ``limit`` is how many bytes a file may have."""

    def limited() -> None:
        if limit is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        [*before, sys.executable, "-m", "keepinpact", *arguments],
        cwd=root,
        env=dict(os.environ) | {"PYTHONPATH": str(root / "src")} | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="surrogateescape",
        preexec_fn=limited,
        timeout=300,
    )


def written(root: Path) -> dict[str, bytes]:
    html = root / "_build/html"
    return {
        path.relative_to(html).as_posix(): path.read_bytes() for path in html.rglob("*") if path.is_file()
    }


def is_a_sentence(done: subprocess.CompletedProcess[str], status: int, words: str) -> None:
    assert done.returncode == status, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 3


# Two at once


def test_a_second_build_says_that_it_waits_and_begins_when_the_first_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, inside, go = [], threading.Event(), threading.Event()

    def work(*_: object, **__: object) -> None:
        order.append("begins")
        inside.set()
        assert go.wait(20)
        order.append("ends")

    monkeypatch.setattr(building, "_build_book", work)
    said: list[str] = []
    first = threading.Thread(target=build_book, args=(tmp_path,), kwargs={"progress": said.append})
    first.start()
    assert inside.wait(20)
    waiting = threading.Event()

    def tell(line: str) -> None:
        said.append(line)
        waiting.set()

    second = threading.Thread(target=build_book, args=(tmp_path,), kwargs={"progress": tell})
    second.start()
    assert waiting.wait(20)
    assert (said, order) == ([WAITS], ["begins"])
    go.set()
    first.join(20)
    second.join(20)
    assert order == ["begins", "ends", "begins", "ends"]
    assert said == [WAITS]


def test_paper_takes_the_same_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def held(root: Path, lock: int, **_: object) -> None:
        with (root / "_build/.lock").open("w") as other, pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)

    monkeypatch.setattr(building, "_build_book", held)
    monkeypatch.setattr(building, "_build_paper", lambda root, _: held(root, 0))
    build_paper(tmp_path)


@pytest.mark.long
def test_what_a_killed_build_started_still_holds_the_lock(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path\n"
        "from keepinpact.files import alone; from keepinpact.book.build import run_quietly\n"
        "with alone(Path('lock'), lambda: None) as lock:\n"
        "    print('held', flush=True)\n"
        "    run_quietly(['sleep', '3'], Path(), os.environ, print, [lock])\n"
    )
    environment = dict(os.environ) | {"PYTHONPATH": str(ROOT / "src")}
    process = subprocess.Popen(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    time.sleep(0.5)
    process.kill()
    process.wait()
    process.stdout.close()
    before, waited = time.monotonic(), []
    with alone(tmp_path / "lock", lambda: waited.append(True)):
        assert waited
        assert time.monotonic() - before > 0.5


# Killed, no room, no right


@pytest.mark.long
def test_after_a_kill_at_any_moment_the_next_build_gives_what_a_fresh_one_gives(project: Path) -> None:
    build_book(project, progress=lambda _: None)
    for number, seconds in enumerate((1.0, 3.5)):
        append(project / "chapters/diploma.md", f"\nSentence {['one', 'two', 'three'][number]}.\n")
        process = subprocess.Popen(
            [sys.executable, "-m", "keepinpact", "book"],
            cwd=project,
            env=dict(os.environ) | {"PYTHONPATH": str(project / "src")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    build_book(project, progress=lambda _: None)
    after = written(project)
    build_book(project, fresh=True, progress=lambda _: None)
    fresh = written(project)
    assert [name for name in {*after, *fresh} if after.get(name) != fresh.get(name)] == []
    page = fresh["chapters/diploma.html"].decode()
    assert all(f"Sentence {word}" in page for word in ("one", "two"))


def limited(project: Path) -> None:
    """Build where no file may have more than some kilobytes; what the build starts inherits that."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        build_book(project, progress=lambda _: None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.long
def test_a_build_without_room_says_so_and_the_next_one_is_whole(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_book(project, progress=lambda _: None)
    before = written(project)
    append(project / "chapters/themes.md", "\nNo room.\n")
    sources = (project / "chapters/themes.md").read_bytes()
    # There is no room for anything, or for less than is needed.
    is_a_sentence(run(project, "book", limit=20_000), 2, "_build cannot be used: File too large")
    monkeypatch.setattr(building, "_PROBED", 1)
    with pytest.raises(BuildError, match=r"the book cannot be written: (disk I/O error|File too large)"):
        limited(project)
    assert (project / "chapters/themes.md").read_bytes() == sources
    assert run(project, "book").returncode == 0
    after = written(project)
    assert b"No room." in after["chapters/themes.html"]
    assert after.keys() == before.keys()


def test_a_file_without_room_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text("old", encoding="utf-8")

    def full(self: Path, *_: object, **__: object) -> None:
        self.write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match=r"No space left.*kept\.txt"):
        write_whole(kept, "new")
    assert kept.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


@pytest.mark.long
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT, errno.EIO])
@pytest.mark.parametrize("command", [("check",), ("reconstruct",), ("audit",), ("book",), ("site",)])
def test_what_no_program_can_help_is_said_in_a_sentence(
    number: int, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), "/somewhere/file")

    for module, name in (
        ("keepinpact.data", "check"),
        ("keepinpact.reconstruct", "write"),
        ("keepinpact.audit", "audit"),
        ("keepinpact.book.build", "build_book"),
        ("keepinpact.editions.versioned", "build_site"),
    ):
        monkeypatch.setattr(f"{module}.{name}", fails)
    done = called(*command)
    is_a_sentence(done, 2, f"/somewhere/file cannot be used: {os.strerror(number)}")


def test_any_other_error_of_the_system_is_a_fault_of_ours_and_not_hidden(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(errno.EBADF, "Bad file descriptor")

    monkeypatch.setattr("keepinpact.data.check", fails)
    with pytest.raises(OSError, match="Bad file"):
        called("check")


@pytest.fixture
def locked_folder(project: Path) -> Iterator[tuple[Path, list[str]]]:
    """The project where nothing may be written, and what takes root's right to write all the same."""
    before: list[str] = []
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root may write everywhere, and there is no setpriv")
        before = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"]
    folders = [path for path in [project, *project.rglob("*")] if path.is_dir()]
    modes = {path: path.stat().st_mode for path in folders}
    for path in folders:
        path.chmod(0o555)
    yield project, before
    for path, mode in modes.items():
        path.chmod(mode)


@pytest.mark.long
def test_a_folder_that_may_only_be_read(locked_folder: tuple[Path, list[str]]) -> None:
    root, before = locked_folder
    kept = written(root)
    environment = {"PYTHONDONTWRITEBYTECODE": "1"}
    assert run(root, "check", before=before, **environment).returncode == 0
    statements = str(ROOT / "examples/lunch-survey.yml")
    assert run(root, "audit", "--statements", statements, before=before, **environment).returncode == 0
    for command in ("book", "reconstruct"):
        done = run(root, command, before=before, **environment)
        is_a_sentence(done, 2, "cannot be used: Permission denied")
    assert written(root) == kept


# Without git, elsewhere


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """What a downloaded archive of a project with editions holds: no history."""
    for name in ("pyproject.toml", "editions.json", "requirements.txt", "CITATION.cff", "_toc.yml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "editions", tmp_path / "editions")
    return tmp_path


def test_a_site_without_git_says_what_is_needed(released: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SiteError, match=r"git is not installed, .* make book builds the working copy alone"):
        build_site(released, progress=lambda _: None)
    assert not (released / "_site").exists()


def test_a_site_from_a_downloaded_archive_says_what_is_needed(released: Path) -> None:
    with pytest.raises(SiteError, match=r"no clone of a git repository.* make book builds the working copy"):
        build_site(released, progress=lambda _: None)
    assert not (released / "_site").exists()


@pytest.mark.long
def test_a_book_needs_no_git_and_no_clone(project: Path) -> None:
    assert not (project / ".git").exists()
    append(project / "chapters/themes.md", "\nWithout git.\n")
    done = run(project, "book", PATH="")
    assert done.returncode == 0, done.stderr
    assert b"Without git." in written(project)["chapters/themes.html"]


@pytest.mark.long
@pytest.mark.parametrize("locale", ["C", "tr_TR.UTF-8"])
def test_in_any_locale_the_same_is_said_and_written(locale: str, tree: Path) -> None:
    shutil.copytree(ROOT / "src", tree / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    before = (tree / "data/responses/responses.csv").read_bytes()
    # Without these Python would take UTF-8 nevertheless.
    plain = {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
    done = run(tree, "reconstruct", **plain)
    assert done.returncode == 0, done.stderr
    assert (tree / "data/responses/responses.csv").read_bytes() == before
    (tree / "é.yml").write_text("title: é – “x”\n", encoding="utf-8")
    done = run(tree, "audit", "--statements", "é.yml", **plain)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert ".yml" in done.stderr
    done = run(tree, "audit", "--statements", str(ROOT / "examples/lunch-survey.yml"), **plain)
    assert done.returncode == 0, done.stderr


def test_make_reads_and_writes_utf_8_in_any_locale() -> None:
    asked = ["make", "--no-print-directory", "--eval=asked: ; @echo $$LC_ALL", "asked"]
    done = subprocess.run(
        asked, cwd=ROOT, env=dict(os.environ) | {"LC_ALL": "C"}, capture_output=True, text=True
    )
    assert done.stdout == "C.UTF-8\n"


@pytest.mark.long
def test_whoever_has_read_enough_is_no_fault() -> None:
    command = [sys.executable, "-m", "keepinpact", "audit", "--statements", "examples/lunch-survey.yml"]
    environment = dict(os.environ) | {"PYTHONPATH": str(ROOT / "src")}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
    # None of the answers of an audit.
    assert process.wait(60) == 2


def test_what_is_taken_along_is_what_was_given(tmp_path: Path) -> None:
    """The lock is a file of its own; nothing else of a build is passed on."""
    with alone(tmp_path / "lock", lambda: None) as lock:
        status, output = run_quietly(["ls", "-l", "/proc/self/fd"], tmp_path, os.environ, print, [lock])
    assert status == 0
    assert output.count(str(tmp_path / "lock")) == 1


# Two makes at once

STUB = """#!/bin/bash
echo "$(basename "$0") begins" >> log
while ! [ -e go ]; do sleep 0.05; done
echo "$(basename "$0") ends" >> log
"""
SETS_UP = [f"{name} {what}" for name in ("python", "uv", "uv") for what in ("begins", "ends")]


@pytest.fixture
def to_set_up(tmp_path: Path) -> Iterator[Path]:
    """A folder with an environment to set up, whose commands only say that they were called, and wait."""
    for name in ("Makefile", "requirements.txt", "requirements-test.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    commands = tmp_path / ".venv/bin"
    commands.mkdir(parents=True)
    for name in ("python", "pip", "uv"):
        (commands / name).write_text(STUB, encoding="utf-8")
        (commands / name).chmod(0o755)
    yield tmp_path
    (tmp_path / "go").touch()


def makes(folder: Path, *targets: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["make", f"PYTHON={sys.executable}", *targets],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def begun(folder: Path, times: int = 1) -> None:
    """Wait until commands have been called so often."""
    until = time.monotonic() + 60
    while not (folder / "log").exists() or (folder / "log").read_text().count("begins") < times:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_second_make_waits_until_the_environment_is_set_up_and_does_not_do_it_again(
    to_set_up: Path,
) -> None:
    first = makes(to_set_up, "env")
    begun(to_set_up)
    second = makes(to_set_up, "env")
    assert second.stdout is not None
    assert second.stdout.readline().startswith("another make is setting up an environment in this folder: ")
    (to_set_up / "go").touch()
    said = [one.communicate(timeout=60)[0] for one in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0)
    assert said == ["setting up .venv from requirements.txt\n", ""]
    assert (to_set_up / "log").read_text().splitlines() == SETS_UP


def test_where_no_environment_can_be_set_up_make_says_so(
    to_set_up: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(to_set_up / ".venv")
    (to_set_up / ".venv").write_text("a file")
    done = makes(to_set_up, "env")
    assert done.wait(timeout=60) == 2
    assert capfd.readouterr().err.startswith(".venv cannot be set up in this folder: File exists\n")


def test_what_would_be_done_is_only_told(to_set_up: Path) -> None:
    done = makes(to_set_up, "--dry-run", "env")
    said, _ = done.communicate(timeout=60)
    assert done.returncode == 0
    assert said.count("SETTING_UP=1") == 1
    assert not (to_set_up / "log").exists()
    assert not (to_set_up / ".venv/.setting-up").exists()


def test_what_a_killed_make_left_running_ends_before_the_next_one_sets_up(to_set_up: Path) -> None:
    killed = makes(to_set_up, "env")
    begun(to_set_up)
    # The makes and their shells, but not what they started.
    found = subprocess.run(
        ["ps", "-o", "pid=,args=", "-g", str(killed.pid)], capture_output=True, text=True, check=True
    )
    for line in found.stdout.splitlines():
        pid, _, command = line.strip().partition(" ")
        if command.split()[0].endswith("make"):
            os.kill(int(pid), signal.SIGKILL)
    killed.wait()
    following = makes(to_set_up, "env")
    assert following.stdout is not None
    assert following.stdout.readline().startswith("another make is setting up")
    (to_set_up / "go").touch()
    following.communicate(timeout=60)
    assert killed.stdout is not None
    killed.stdout.close()
    assert following.returncode == 0
    assert (to_set_up / "log").read_text().splitlines() == [*SETS_UP[:2], *SETS_UP]
    # Once all is killed, nothing holds the lock.
    (to_set_up / "go").unlink()
    (to_set_up / ".venv/.ready").unlink()
    killed = makes(to_set_up, "env")
    begun(to_set_up, 5)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    (to_set_up / "go").touch()
    last = makes(to_set_up, "env")
    assert last.communicate(timeout=60)[0] == "setting up .venv from requirements.txt\n"
    assert last.returncode == 0
