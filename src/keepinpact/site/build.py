"""Building the working copy's book, so that a warning is an error."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["BuildError", "build_book"]

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


def build_book(root: Path, *, quiet: bool = False) -> None:
    """Build the book of a working copy into its ``_build/html``.

    Every page is read and written anew, since Sphinx repeats no warning of a page it does not read
    again. Executed chapters are kept.

    Parameters
    ----------
    root
        The folder of the project.
    quiet
        Show the output only if the build fails.

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
    run = subprocess.run(
        [sys.executable, "-c", _JUPYTER_BOOK, *_BUILD],
        cwd=root,
        env=environment,
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
        text=True,
        encoding="utf-8",
    )
    if run.returncode:
        if quiet:
            print(run.stdout, file=sys.stderr)
        raise BuildError(f"jupyter-book ended with exit status {run.returncode}")


def main(arguments: list[str] | None = None) -> int:
    """Build the book from the command line.

    Parameters
    ----------
    arguments
        The command's arguments; those of this process if None.

    Returns
    -------
    int
        The exit status.
    """
    parser = argparse.ArgumentParser(prog="python -m keepinpact.site.build", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(), help="the project (default: here)")
    parser.add_argument("--quiet", action="store_true", help="show output only on failure")
    options = parser.parse_args(arguments)
    try:
        build_book(options.root, quiet=options.quiet)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
