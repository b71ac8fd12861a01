"""Executing the chapters, side by side, into the cache that MyST-NB reads.

MyST-NB executes one chapter after the other and starts a new interpreter for each. When all chapters
are in its cache beforehand, it executes nothing.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from myst_nb.core.config import NbParserConfig
from myst_nb.core.read import create_nb_reader
from myst_parser.config.main import MdParserConfig
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from keepinpact.book.kernel import Kernels, kernel_environment
from keepinpact.paths import SHARED

__all__ = ["ExecutionError", "executed", "read_notebook"]

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_CELL_SECONDS = 300
_KERNEL_OPTIONS = ["--log-level=ERROR"]


class ExecutionError(RuntimeError):
    """A chapter's code failed. The message names the chapter, the cell and the error."""


def read_notebook(chapter: Path, config: MdParserConfig | None = None) -> NotebookNode | None:
    """Read a chapter the way MyST-NB does.

    Parameters
    ----------
    chapter
        A Markdown file.
    config
        The settings it is parsed with. They matter only for code cells inside other blocks.

    Returns
    -------
    NotebookNode or None
        The notebook without outputs, or None for a page without code.
    """
    text = chapter.read_text(encoding="utf-8")
    reader = create_nb_reader(str(chapter), config or MdParserConfig(), NbParserConfig(), text)
    return None if reader is None else reader.read(text)


def executed(
    chapters: Sequence[Path],
    cache_dir: Path,
    *,
    jobs: int | None = None,
    progress: Callable[[str], None] = print,
    config: MdParserConfig | None = None,
) -> dict[str, NotebookNode]:
    """The executed chapters, from the cache; those whose code is not there yet are executed into it.

    Parameters
    ----------
    chapters
        Markdown files; those without code are left out.
    cache_dir
        The folder of the cache, made if need be.
    jobs
        How many chapters run at a time; one for each processor if None.
    progress
        Called with a line for each chapter executed.
    config
        The settings the chapters are parsed with.

    Returns
    -------
    dict
        The notebooks with their outputs, by the chapters' names, in the order given.

    Raises
    ------
    ExecutionError
        If cells fail, with all the failures; every other chapter is in the cache then.
    """
    cache = get_cache(str(cache_dir))
    read = ((chapter, read_notebook(chapter, config)) for chapter in chapters)
    notebooks = {chapter: notebook for chapter, notebook in read if notebook is not None}
    waiting: dict[str, tuple[Path, NotebookNode]] = {}
    for chapter, notebook in notebooks.items():
        # Chapters with the very same code share one entry of the cache.
        key = cache.create_hashed_notebook(notebook)[1]
        try:
            cache.match_cache_notebook(notebook)
        except KeyError:
            waiting.setdefault(key, (chapter, notebook))
    if waiting:
        _fill(cache, waiting.values(), cache_dir, jobs, progress)
    return {
        chapter.stem: cache.merge_match_into_notebook(notebook)[1] for chapter, notebook in notebooks.items()
    }


def _fill(
    cache: JupyterCacheAbstract,
    waiting: Collection[tuple[Path, NotebookNode]],
    cache_dir: Path,
    jobs: int | None,
    progress: Callable[[str], None],
) -> None:
    jobs = min(jobs or os.cpu_count() or 1, len(waiting))
    failures: dict[Path, str] = {}
    with ThreadPoolExecutor(jobs) as pool, Kernels() as kernels:
        runs: dict[Future[float], tuple[Path, NotebookNode]] = {
            pool.submit(_execute, chapter, notebook, kernels, cache_dir): (chapter, notebook)
            for chapter, notebook in waiting
        }
        try:
            for done, run in enumerate(as_completed(runs), start=1):
                chapter, notebook = runs[run]
                try:
                    seconds = run.result()
                except ExecutionError as error:
                    failures[chapter] = str(error)
                    continue
                cache.cache_notebook_bundle(
                    CacheBundleIn(notebook, str(chapter), data={"execution_seconds": seconds}),
                    check_validity=False,
                    overwrite=True,
                )
                progress(f"executed {chapter.stem} ({seconds:.1f} s), {done} of {len(runs)}")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    if failures:
        raise ExecutionError("\n\n".join(failures[c] for c, _ in waiting if c in failures))


def _execute(chapter: Path, notebook: NotebookNode, kernels: Kernels, shared: Path) -> float:
    """Execute a notebook in place and give the seconds it took."""
    reached = 0

    def note(cell_index: int, **_: Any) -> None:
        nonlocal reached
        reached = cell_index

    client = NotebookClient(
        notebook,
        timeout=_CELL_SECONDS,
        record_timing=False,
        shutdown_kernel="immediate",
        extra_arguments=list(_KERNEL_OPTIONS),
        on_cell_start=note,
    )
    client.km = kernels.manager(notebook.metadata.get("kernelspec", {}).get("name", "python3"))
    start = time.perf_counter()
    try:
        client.execute(cwd=str(chapter.parent), env=kernel_environment() | {SHARED: str(shared.resolve())})
    except CellExecutionError as error:
        summary, details = f"{error.ename}: {error.evalue}", f"\n{error.traceback}"
    except (RuntimeError, TimeoutError) as error:
        summary, details = str(error), ""
    else:
        return time.perf_counter() - start
    line = notebook.metadata["source_map"][reached]
    raise ExecutionError(_ANSI.sub("", f"{chapter.name}, cell at line {line}: {summary}{details}").rstrip())
