"""Writing a file so that it is whole or not there, and reading the project's own settings."""

from __future__ import annotations

import fcntl
import json
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from keepinpact.faults import DataError, Fault, unseen

__all__ = ["alone", "as_json", "read_toml", "read_whole", "write_json", "write_whole"]


def read_whole(path: Path, name: str) -> str:
    """What a file of the project, called ``name``, holds in UTF-8; DataError where it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError([Fault(name, 0, "", "", f"is a file that can be read ({error.strerror})")]) from None
    except UnicodeDecodeError:
        raise DataError([Fault(name, 0, "", "", "the file is UTF-8")]) from None
    if fault := unseen(name, text):
        raise DataError([fault])
    return text


def read_toml(path: Path, name: str) -> dict[str, Any]:
    """What a TOML file of the project holds; DataError where it cannot be read."""
    try:
        return tomllib.loads(read_whole(path, name))
    except tomllib.TOMLDecodeError as error:
        raise DataError([Fault(name, 0, "", "", f"is readable TOML ({error})")]) from None


@contextmanager
def alone(lock: Path, wait: Callable[[], None]) -> Iterator[int]:
    """Be the only one that works under a lock, a file; ``wait`` is called where another does, until it ends.

    What is given is the lock as a child takes it along, so that it is held until the child ends too.
    """
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            wait()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def write_whole(path: Path, text: str) -> None:
    """Write a text in UTF-8, its lines' ends as they are; the file is whole or as it was."""
    beside = path.with_name(path.name + ".part")
    try:
        beside.write_text(text, encoding="utf-8", newline="")
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def as_json(content: Any) -> str:
    """JSON, one value a line, in a stable order."""
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def write_json(path: Path, content: Any) -> None:
    """Write JSON, one value a line, in a stable order."""
    write_whole(path, as_json(content))
