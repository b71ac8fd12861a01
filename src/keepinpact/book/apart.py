"""A function called in a process that ends, so that a build does not keep the memory of what it imports."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

__all__ = ["apart"]

T = TypeVar("T")


def apart(function: Callable[..., T], *arguments: object) -> T:
    """Call a function of a module in a process of its own; what it takes, returns or raises has to pickle."""
    with ProcessPoolExecutor(1) as pool:
        return pool.submit(function, *arguments).result()
