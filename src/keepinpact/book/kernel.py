"""Kernels that start fast: forked from one process that has done the imports already.

Starting an interpreter and importing pandas and seaborn takes longer than running a chapter. Here one
process imports them once and forks a fresh, ordinary ipykernel for each chapter. No chapter sees
anything of another, and each runs in the same environment as with kernels started one by one.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any, Self

from jupyter_client.manager import AsyncKernelManager, KernelManager
from jupyter_client.provisioning import LocalProvisioner

import keepinpact

__all__ = ["Kernels", "kernel_environment"]

_LAUNCHER = "ipykernel_launcher"
# Not the inline backend: importing it sets up the notebook that imports it.
_IMPORTS = (
    "ipykernel.kernelapp",
    "ipykernel.debugger",
    "IPython.core.pylabtools",
    "matplotlib.backends.backend_agg",
    "matplotlib.pyplot",
    "myst_nb",
    "pandas",
    "seaborn",
)
_NOT_IMPORTED = {"__main__", "book", "editions", "imports", "paper", "quotes", "start", "theme"}
"""What of the package no chapter imports."""
_LONGEST_FOLDER = 80
"""In bytes: the path of a Unix socket has to be shorter than 108."""


def kernel_environment() -> dict[str, str]:
    """Give the environment variables every chapter runs with, whatever the caller's are.

    Returns
    -------
    dict
        This process's own, with the running package first on the path, the inline figures of a
        notebook, a fixed hash seed and no debugger notes.
    """
    source = str(Path(keepinpact.__file__).parents[1])
    path = [source, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return dict(os.environ) | {
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(path)),
    }


class Kernels:
    """A source of kernels, to be used in a ``with`` block that ends all of them.

    Only Linux forks safely after such imports; elsewhere the kernels are ordinary ones. The forked ones
    are spoken to through sockets in a folder of their own: a network port that was free when a manager
    looked may be taken by another process before its kernel uses it, and then the kernel ends.
    """

    def __init__(self) -> None:
        self._server: subprocess.Popen[str] | None = None
        self._sockets: str | None = None
        self._numbers = count()
        self._pids: list[int] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        if sys.platform == "linux":
            self._sockets = tempfile.mkdtemp(prefix="kernels-")
            self._server = subprocess.Popen(
                [sys.executable, "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=kernel_environment(),
                text=True,
                start_new_session=True,
            )
            self._answer()
        return self

    def __exit__(self, *_: object) -> None:
        for pid in self._pids:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        if self._server is not None:
            self._server.communicate()
        if self._sockets is not None:
            shutil.rmtree(self._sockets, ignore_errors=True)

    def manager(self, kernel_name: str) -> AsyncKernelManager:
        """Give a manager that has not started its kernel yet.

        Parameters
        ----------
        kernel_name
            The name of an installed kernel; only ``ipykernel`` ones are forked.

        Returns
        -------
        AsyncKernelManager
            As :class:`nbclient.NotebookClient` takes it.
        """
        manager = AsyncKernelManager(kernel_name=kernel_name)
        self.provide(manager)
        return manager

    def provide(self, manager: KernelManager) -> None:
        """Let a manager that has not started its kernel yet start a forked one, where kernels are forked."""
        if self._server is not None:
            manager.provisioner = _Provisioner(
                parent=manager, kernel_spec=manager.kernel_spec, kernel_id=manager.kernel_id
            )
            manager.provisioner.kernels = self
        if self._sockets is not None and len(os.fsencode(self._sockets)) <= _LONGEST_FOLDER:
            manager.transport = "ipc"
            manager.ip = f"{self._sockets}/{next(self._numbers)}"

    def fork(self, arguments: list[str], cwd: str, environment: Mapping[str, str]) -> int:
        """Start a kernel in a process of its own and give that process's id.

        Parameters
        ----------
        arguments
            Of the ``ipykernel_launcher`` command.
        cwd
            The folder it runs in.
        environment
            All its environment variables.

        Returns
        -------
        int
            The process id, which is the id of its process group too.
        """
        assert self._server is not None
        assert self._server.stdin is not None
        request = {"arguments": arguments, "cwd": cwd, "environment": dict(environment)}
        with self._lock:
            self._server.stdin.write(json.dumps(request) + "\n")
            self._server.stdin.flush()
            pid = self._answer()
            self._pids.append(pid)
        return pid

    def _answer(self) -> int:
        assert self._server is not None
        assert self._server.stdout is not None
        answer = self._server.stdout.readline()
        if not answer:
            raise RuntimeError("the process that forks kernels has ended")
        return int(answer)


class _Forked:
    """As much of :class:`subprocess.Popen` as a provisioner needs."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        # The server lets the system reap its children, so an ended one is gone, with its status.
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 1
        return None

    def wait(self) -> int | None:
        return self.poll()

    def send_signal(self, signum: int) -> None:
        os.kill(self.pid, signum)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class _Provisioner(LocalProvisioner):  # type: ignore[misc]
    """Launches a kernel by forking; everything else is as with an ordinary local kernel."""

    kernels: Kernels

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        if _LAUNCHER not in cmd:
            return await super().launch_kernel(cmd, **kwargs)
        arguments = cmd[cmd.index(_LAUNCHER) + 1 :]
        self.cwd = str(kwargs.get("cwd") or Path.cwd())
        self.pid = self.pgid = self.kernels.fork(arguments, self.cwd, kwargs["env"])
        self.process = _Forked(self.pid)
        return self.connection_info


def _import_all() -> None:
    chapters_import = (
        module.name
        for module in pkgutil.iter_modules(keepinpact.__path__, "keepinpact.")
        if module.name.removeprefix("keepinpact.") not in _NOT_IMPORTED
    )
    for name in (*_IMPORTS, *chapters_import):
        # What cannot be imported is reported by the chapter that needs it, at the line that does.
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def _serve() -> None:
    # The answers keep the pipe to themselves: whatever else prints goes to the build's own output.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    del sys.path[0]  # the folder this was started in is no kernel's
    _import_all()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print(os.getpid(), file=answers, flush=True)
    for request in sys.stdin:
        pid = os.fork()
        if pid == 0:
            answers.detach()
            _become_kernel(**json.loads(request))
        print(pid, file=answers, flush=True)


def _become_kernel(arguments: list[str], cwd: str, environment: dict[str, str]) -> None:
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    random.seed()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()
    kernelapp = importlib.import_module("ipykernel.kernelapp")
    kernelapp.IPKernelApp.launch_instance(argv=arguments, parent_handle=os.getppid())
    raise SystemExit


if __name__ == "__main__":
    _serve()
