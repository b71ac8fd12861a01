"""Building the working copy's book, so that a warning is an error."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from keepinpact.book.plain import redirect

__all__ = ["BuildError", "build_book", "run_quietly"]

# There is no "python -m jupyter_book", and a script called by name may belong to another environment.
# Jupyter Book has printed the cause of a RuntimeError before raising it.
_JUPYTER_BOOK = """
from jupyter_book.cli.main import main
try:
    main()
except RuntimeError as error:
    raise SystemExit(str(error))
"""
_BUILD = ("build", ".", "-W", "-n", "--keep-going")


class BuildError(RuntimeError):
    """Jupyter Book failed or warned. The message has its exit status."""


def run_quietly(
    command: Sequence[str], cwd: Path, environment: Mapping[str, str], progress: Callable[[str], None]
) -> tuple[int, str]:
    """Run a build and pass on only its lines of progress.

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
    ) as run:
        assert run.stdout is not None
        for line in run.stdout:
            lines.append(line)
            if "executed " in line:
                progress("  " + line[line.index("executed ") :].rstrip())
    return run.returncode, "".join(lines)


def build_book(root: Path, *, progress: Callable[[str], None] | None = None) -> None:
    """Build the book of a working copy into its ``_build/html``.

    Every page is read and written anew, since Sphinx repeats no warning of a page it does not read
    again. Executed chapters are kept.

    Parameters
    ----------
    root
        The folder of the project.
    progress
        Called with a line for each chapter executed; the rest of the output is then shown only if the
        build fails. If None, all output is shown.

    Raises
    ------
    BuildError
        If the build fails or warns.
    """
    root = root.resolve()
    for name in ("html", ".doctrees", "jupyter_execute"):
        shutil.rmtree(root / "_build" / name, ignore_errors=True)
    environment = dict(os.environ)
    # A year other than the current one would rewrite the copyright line.
    environment.pop("SOURCE_DATE_EPOCH", None)
    path = [str(root / "src"), *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    environment |= {"PYTHONHASHSEED": "0", "PYTHONPATH": os.pathsep.join(dict.fromkeys(path))}
    command = [sys.executable, "-c", _JUPYTER_BOOK, *_BUILD]
    if progress is None:
        status = subprocess.run(command, cwd=root, env=environment).returncode
    else:
        status, output = run_quietly(command, root, environment, progress)
        if status:
            print(output, file=sys.stderr)
    if status:
        raise BuildError(f"jupyter-book ended with exit status {status}")
    # Jupyter Book's page has no title and no language.
    index = root / "_build/html/index.html"
    stub = re.fullmatch(r'<meta http-equiv="Refresh" content="0; url=(.+)" />\s*', index.read_text("utf-8"))
    if stub:
        index.write_text(redirect(stub[1]), encoding="utf-8")
