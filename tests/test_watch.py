"""The working copy served while it is edited: the page that is open reloads, an error ends nothing."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import pytest
from livereload.handlers import LiveReloadHandler
from playwright.sync_api import Browser

from keepinpact.book.watch import _Watcher
from small import append, edit

pytestmark = pytest.mark.long


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def watched(project: Path, port: int) -> Iterator["subprocess.Popen[str]"]:
    """The project, built and served."""
    with subprocess.Popen(
        [sys.executable, "-m", "keepinpact", "watch", "--port", str(port)],
        cwd=project,
        env=dict(os.environ) | {"PYTHONPATH": str(project / "src")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as run:
        try:
            yield run
            run.terminate()
            assert run.wait(timeout=20) == 0
        finally:
            run.kill()


def read_until(run: "subprocess.Popen[str]", words: str) -> str:
    """What the command says, up to a line with some words; ended if these do not come in two minutes."""
    assert run.stdout is not None
    said = ""
    limit = Timer(120, run.kill)
    limit.start()
    try:
        for line in run.stdout:
            said += line
            if words in line:
                return said
    finally:
        limit.cancel()
    raise AssertionError(f"ended without {words!r}:\n{said}")


def test_an_edit_reloads_the_page_and_an_error_ends_nothing(
    project: Path, port: int, watched: "subprocess.Popen[str]", browser: Browser
) -> None:
    read_until(watched, f"http://127.0.0.1:{port}/")
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{port}/chapters/diploma.html")
    chapter = project / "chapters/diploma.md"
    append(chapter, "\nA xylophone.\n")
    page.get_by_text("A xylophone.").wait_for(timeout=60_000)
    edit(chapter, "A xylophone.", "[A xylophone](nowhere.md).")
    assert "nowhere.md" in read_until(watched, "ended with exit status")
    edit(chapter, "[A xylophone](nowhere.md).", "A flute.")
    page.get_by_text("A flute.").wait_for(timeout=60_000)
    edit(chapter, "A flute.", "A drum.")  # right after a reload
    page.get_by_text("A drum.").wait_for(timeout=60_000)
    append(project / "_static/book.css", "\narticle { outline: 3px solid rgb(1, 2, 3); }\n")
    page.wait_for_function(
        "getComputedStyle(document.querySelector('article')).outlineColor == 'rgb(1, 2, 3)'", timeout=60_000
    )
    page.close()


def test_a_build_is_told_once_there_is_a_page_however_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages: set[object] = set()
    monkeypatch.setattr(LiveReloadHandler, "waiters", pages)
    monkeypatch.setattr(LiveReloadHandler, "watcher", watcher := _Watcher())
    monkeypatch.setattr(LiveReloadHandler, "_last_reload_time", time.time())
    told: list[str] = []
    monkeypatch.setattr(LiveReloadHandler, "reload_waiters", lambda: told.append("reload"))
    chapter = tmp_path / "chapter.md"
    chapter.write_text("one", encoding="utf-8")
    watcher.watch(str(tmp_path))
    LiveReloadHandler.poll_tasks()
    chapter.write_text("two", encoding="utf-8")
    os.utime(chapter, (time.time() + 9, time.time() + 9))
    for _ in range(3):
        LiveReloadHandler.poll_tasks()
    assert told == []
    pages.add("a page")
    for _ in range(3):
        LiveReloadHandler.poll_tasks()
    assert told == ["reload"]


def test_a_port_that_is_taken_is_said(project: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "keepinpact", "watch", "--port", number],
            cwd=project,
            env=dict(os.environ) | {"PYTHONPATH": str(project / "src")},
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 1
    assert f"port {number}" in done.stderr
    assert "Traceback" not in done.stderr
