"""The command line called in this process, which spares the start of another one."""

import contextlib
import io
import os
import subprocess
from unittest.mock import patch

from keepinpact.__main__ import main
from keepinpact.data import ROOT


def called(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the package and give what a process of its own would; an empty variable is unset."""
    out, err = io.StringIO(), io.StringIO()
    kept = {name: value for name, value in os.environ.items() if name not in environment}
    given = {name: value for name, value in environment.items() if value}
    with (
        patch.dict(os.environ, kept | given, clear=True),
        contextlib.chdir(ROOT),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            status = main(arguments)
        except SystemExit as error:
            status = error.code if isinstance(error.code, int) else 1
    return subprocess.CompletedProcess(list(arguments), status, out.getvalue(), err.getvalue())
