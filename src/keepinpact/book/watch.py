"""Serving the working copy, built again after each edit: the page that is open reloads by itself."""

from __future__ import annotations

import logging
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from livereload import Server
from livereload.handlers import LiveReloadHandler, StaticFileHandler
from livereload.watcher import Watcher

from keepinpact.book.build import BuildError, build_book
from keepinpact.book.inputs import HTML
from keepinpact.data import DataError

__all__ = ["watch"]

# What a book is made of; the settings of Jupyter Book and the lock among them.
_FILES = ("_config.yml", "_toc.yml", "pyproject.toml", "CITATION.cff", "requirements.txt")
_FOLDERS = ("chapters", "data", "examples", "_static", "src")


class _Watcher(Watcher):  # type: ignore[misc]
    """Tells of a build once there is a page to tell it to.

    By itself livereload passes over a change within three seconds of a reload, and one that comes while the
    page is loading; what an author edits twice in a row would then not be shown.
    """

    def __init__(self) -> None:
        super().__init__()
        self._untold = False

    def examine(self) -> tuple[str | None, None]:
        """What livereload is to tell now, by the name that it tells at once, or nothing."""
        changed, _ = super().examine()
        if changed:
            # Not at once: while the book was built, pages could neither go nor come.
            self._untold = True
            return None, None
        told = self._untold and bool(LiveReloadHandler.waiters)
        self._untold = self._untold and not told
        return "__livereload__" if told else None, None


class _Pages(StaticFileHandler):  # type: ignore[misc]
    """Serves pages without their policy, which would keep livereload's own script from running."""

    @classmethod
    def get_content(cls, *arguments: Any, **options: Any) -> Iterator[bytes]:
        """What a file holds, of the same length."""
        for chunk in super().get_content(*arguments, **options):
            yield chunk.replace(b'http-equiv="Content-Security', b'data-equiv="Content-Security')


def watch(root: Path, port: int) -> int:
    """Build the book, serve it on 127.0.0.1 and build again after each edit, until stopped by Ctrl-C.

    A build that fails tells why and leaves the server running.

    Parameters
    ----------
    root
        The folder of the project.
    port
        The port to serve on.

    Returns
    -------
    int
        Exit status: 0 when stopped, 1 if the port is taken.
    """

    def build() -> None:
        start = time.perf_counter()
        try:
            build_book(root)
        except (BuildError, DataError) as error:
            print(error, file=sys.stderr, flush=True)
        else:
            print(f"built in {time.perf_counter() - start:.1f} s", flush=True)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    try:
        with socket.create_server(("127.0.0.1", port)):
            pass
    except OSError as error:
        print(f"port {port}: {error.strerror}; --port N takes another", file=sys.stderr)
        return 1
    for ends in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ends, stop)
    build()
    # It tells each step of its own, at a level that it sets itself.
    logging.getLogger("livereload").disabled = True
    logging.getLogger("tornado.access").setLevel(logging.ERROR)
    server = Server(watcher=_Watcher())
    server.SFH = _Pages
    for name in _FILES:
        server.watch(str(root / name), build)
    for name in _FOLDERS:
        server.watch(f"{root / name}/", build, ignore=_ignored)
    print(f"http://127.0.0.1:{port}/ (stop with Ctrl-C)", flush=True)
    with suppress(KeyboardInterrupt):
        server.serve(port=port, host="127.0.0.1", root=str(root / HTML), open_url_delay=None)
    return 0


def _ignored(path: str) -> bool:
    return path.endswith((".pyc", ".part", "~", ".swp")) or "/__pycache__" in path
