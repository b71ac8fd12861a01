"""nbval compares what a chapter says, not the coordinates of its drawings.

Its kernels are forked from one process, as a build's are: starting them takes most of its time otherwise.
"""

import os

import pytest
from nbval import kernel

from keepinpact.book.inputs import cache_folder
from keepinpact.book.kernel import Kernels, kernel_environment
from keepinpact.data import ROOT
from keepinpact.paths import SHARED


def pytest_collectstart(collector: pytest.Collector) -> None:
    if collector.path.suffix == ".ipynb":
        collector.skip_compare += ("image/svg+xml",)


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("nbval", default=False):
        return
    os.environ.update(kernel_environment() | {SHARED: str(cache_folder(ROOT))})
    kernels = Kernels()
    kernels.__enter__()
    config.add_cleanup(lambda: kernels.__exit__(None, None, None))

    class Forked(kernel.KernelManager):
        """A manager whose kernel is forked."""

        def __init__(self, **options: object) -> None:
            super().__init__(**options)
            kernels.provide(self)

        def start_kernel(self, **options: object) -> None:
            super().start_kernel(extra_arguments=["--log-level=ERROR"], **options)

    kernel.KernelManager = Forked
