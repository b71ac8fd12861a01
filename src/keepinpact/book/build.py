"""Building the working copy's book, so that a warning is an error."""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile

from keepinpact.book.inputs import HTML, cache_folder, forget, inputs, read_stamp, write_stamp
from keepinpact.faults import DataError, Fault
from keepinpact.files import alone, read_whole
from keepinpact.paper.parts import NAME, load_parts
from keepinpact.paths import SHARED

__all__ = ["BuildError", "alone_in", "build_book", "build_paper", "run_quietly"]

# There is no "python -m jupyter_book", and a script called by name may belong to another environment.
# Jupyter Book has printed the cause of a RuntimeError before raising it. Looking for garbage among the nodes
# of pages takes a sixth of a short build.
_JUPYTER_BOOK = """
import gc
gc.set_threshold(100_000, 20, 100)
from jupyter_book.cli.main import main
try:
    main()
except RuntimeError as error:
    raise SystemExit(str(error))
"""
_BUILD = ("build", ".", "-W", "-n", "--keep-going")
_FULL = re.compile(
    "(?:"
    + "|".join(os.strerror(one) for one in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO))
    + ")(?:: '[^'\n]*')?|database or disk is full|disk I/O error|attempt to write a readonly database"
)
"""What each of thousands of files would be told of."""
_PROBED = 1_000_000
_PROGRESS = re.compile(r"(?:executed \S+ \(|wrote (?:all )?\d+ pages).*")


class BuildError(RuntimeError):
    """Jupyter Book failed or warned. The message has its exit status."""


def run_quietly(
    command: Sequence[str],
    cwd: Path,
    environment: Mapping[str, str],
    progress: Callable[[str], None],
    keep_open: Sequence[int] = (),
) -> tuple[int, str]:
    """Run a build and pass on only its lines of progress; ``keep_open`` is what it takes along.

    Returns
    -------
    tuple
        The exit status and the whole output.
    """
    lines = []
    with subprocess.Popen(
        list(command),
        cwd=cwd,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        pass_fds=keep_open,
    ) as run:
        assert run.stdout is not None
        for line in run.stdout:
            lines.append(line)
            if said := _PROGRESS.search(line):
                progress(f"  {said[0].rstrip()}")
    return run.returncode, "".join(lines)


def build_book(root: Path, *, fresh: bool = False, progress: Callable[[str], None] = print) -> None:
    """Build the book of a working copy into its ``_build/html``; a second build there waits for the first.

    What has not changed since the last build stays: executed chapters, and pages. Sphinx repeats no warning
    of a page it does not read again, so after a build that did not end well every page is read again.

    Parameters
    ----------
    root
        The folder of the project.
    fresh
        Read and write every page anew, whatever there is.
    progress
        Called with a line for each chapter executed and for the pages written; the rest of the output is
        shown only if the build fails.

    Raises
    ------
    DataError
        If the data have faults.
    BuildError
        If the build fails or warns.
    """
    root = root.resolve()
    with alone_in(root, progress) as lock:
        _build_book(root, lock, fresh=fresh, progress=progress)


def alone_in(root: Path, progress: Callable[[str], None]) -> AbstractContextManager[int]:
    """Be the only build in a project's folder; OSError where next to nothing can be written there."""
    (root / "_build").mkdir(exist_ok=True)
    try:
        with TemporaryFile(dir=root / "_build") as probe:
            probe.write(bytes(_PROBED))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(root / "_build")) from error
    wait = "another build is at work in this folder: this one begins when it has ended"
    return alone(root / "_build/.lock", lambda: progress(wait))


def _build_book(root: Path, lock: int, *, fresh: bool, progress: Callable[[str], None]) -> None:
    made_of, now = (None if fresh else read_stamp(root)), inputs(root)
    for chapter in _left_out(root):
        progress(f"{chapter} is not in _toc.yml and so not in the book")
    if made_of == now:
        progress("nothing has changed")
        return
    if made_of is None or made_of.reading != now.reading:
        _check_data(root, cache_folder(root, now.content))
        stale: tuple[str, ...] = ("html", ".doctrees", "jupyter_execute")
    else:
        # A PDF would be out of date, and every page leads to it.
        has_paper = (root / HTML / NAME).exists()
        stale = ("html",) if has_paper or made_of.dress != now.dress else ()
    if stale:
        forget(root)
    for name in stale:
        shutil.rmtree(root / "_build" / name, ignore_errors=True)
    environment = dict(os.environ)
    # A year other than the current one would rewrite the copyright line.
    environment.pop("SOURCE_DATE_EPOCH", None)
    path = [str(root / "src"), *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    environment |= {"PYTHONHASHSEED": "0", "PYTHONPATH": os.pathsep.join(dict.fromkeys(path))}
    status, output = run_quietly(
        [sys.executable, "-c", _JUPYTER_BOOK, *_BUILD], root, environment, progress, [lock]
    )
    # A home that may not be written to is no fault of the book.
    denied = re.search(rf"{os.strerror(errno.EACCES)}: '{re.escape(str(root))}[^'\n]*'", output)
    if status and (full := _FULL.search(output) or denied):
        raise BuildError(f"the book cannot be written: {full[0]}; build again once it can")
    if status:
        print(output, file=sys.stderr)
        raise BuildError(f"jupyter-book ended with exit status {status}")
    # Jupyter Book's page has no title and no language.
    index = root / HTML / "index.html"
    stub = re.fullmatch(r'<meta http-equiv="Refresh" content="0; url=(.+)" />\s*', index.read_text("utf-8"))
    if stub:
        from keepinpact.book.plain import redirect

        index.write_text(redirect(stub[1], "_static/"), encoding="utf-8")
    write_stamp(root, now)


def _check_data(root: Path, shared: Path) -> None:
    """Tell what is wrong with the data once, and not in each chapter."""
    if not (root / "data/report/statements.yml").is_file():
        return
    from keepinpact.book.apart import apart

    if faults := apart(_faults, root, shared):
        raise DataError(faults)


def _faults(root: Path, shared: Path) -> list[Fault]:
    shared.mkdir(parents=True, exist_ok=True)
    os.environ[SHARED] = str(shared)
    from keepinpact.data import check
    from keepinpact.privacy import check as check_privacy

    try:
        check_privacy(root, check(root).responses)
    except DataError as error:
        return error.faults
    return []


def _left_out(root: Path) -> list[str]:
    """The chapters that the table of contents does not name."""
    listed = read_whole(root / "_toc.yml", "_toc.yml")
    names = {entry.removesuffix(".md") for entry in re.findall(r":[ \t]*(\S+)[ \t]*$", listed, re.MULTILINE)}
    chapters = (path.relative_to(root).as_posix() for path in sorted((root / "chapters").glob("*.md")))
    return [chapter for chapter in chapters if chapter.removesuffix(".md") not in names]


def build_paper(root: Path, *, fresh: bool = False, progress: Callable[[str], None] = print) -> Path | None:
    """Build the book of a working copy and put its PDFs beside its pages, each of which then leads to them.

    Parameters
    ----------
    root, fresh, progress
        See :func:`build_book`.

    Returns
    -------
    Path or None
        The first PDF; None where the renderer is not installed.

    Raises
    ------
    DataError
        If the data have faults.
    BuildError
        If the book does not build, or a page cannot be put on paper.
    """
    root = root.resolve()
    with alone_in(root, progress) as lock:
        _build_book(root, lock, fresh=fresh, progress=progress)
        return _build_paper(root, progress)


def _build_paper(root: Path, progress: Callable[[str], None]) -> Path | None:
    html, made_of = root / HTML, inputs(root)
    if find_spec("typst") is None:
        return None
    if not (html / NAME).exists():
        from keepinpact.paper.document import PaperError, link_papers, publish_paper
        from keepinpact.settings import load_settings
        from keepinpact.theme.page import change, read_pages

        pages = read_pages(html)
        forget(root)
        try:
            parts = load_parts(root)
            papers = publish_paper(root, html, pages, parts, load_settings(root).site_address)
        except PaperError as error:
            raise BuildError(str(error)) from error
        change(html, pages, [link_papers(papers)])
        write_stamp(root, made_of)
        progress(f"  wrote {', '.join(papers)}")
    return html / NAME
