"""Reading a file within limits, and writing one so that it is whole or not there."""

from __future__ import annotations

import fcntl
import json
import os
import re
import select
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from keepinpact.faults import DataError, Fault, unseen

__all__ = [
    "FORMULA",
    "MOST_BYTES",
    "alone",
    "as_json",
    "read_bytes",
    "read_json",
    "read_toml",
    "read_whole",
    "write_json",
    "write_whole",
]

FORMULA = re.compile(r"(?![-+]?[0-9][0-9.,]*[ \u00a0]?%?\Z)[-=+@＝＋－＠\t\r\n]")
"""How a cell begins that a spreadsheet may take for a formula; a number with its sign is none.

https://owasp.org/www-community/attacks/CSV_Injection
"""
MOST_BYTES = 100_000_000
_MOST_SECONDS = 10
"""How long whatever writes into a pipe may take for all of it."""
_PIECE = 1_000_000


def read_bytes(path: Path, name: str, most: int = MOST_BYTES) -> bytes:
    """What a file called ``name`` holds, or what comes through a pipe.

    DataError where it cannot be read, has more than ``most`` bytes, or is a pipe that stays open.
    """
    try:
        raw = _read(path, most)
    except TimeoutError:
        rule = f"is there within {_MOST_SECONDS} seconds (nothing, or not all of it, came through the pipe)"
        raise DataError([Fault(name, 0, "", "", rule)]) from None
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or str(error)
        raise DataError([Fault(name, 0, "", "", f"is a file that can be read ({problem})")]) from None
    if len(raw) > most:
        raise DataError([Fault(name, 0, "", "", f"has no more than {most // 1_000_000} MB")])
    return raw


def _read(path: Path, most: int) -> bytes:
    """The bytes of a file, one more than ``most`` at the most; TimeoutError for a pipe that stays open."""
    until = time.monotonic() + _MOST_SECONDS
    # Opening a pipe that nobody writes into would wait for ever, and so would reading from it.
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        read = bytearray()
        while len(read) <= most:
            if not select.select([file], [], [], max(0, until - time.monotonic()))[0]:
                raise TimeoutError
            piece = os.read(file, min(_PIECE, most + 1 - len(read)))
            if not piece:
                break
            read += piece
        return bytes(read)
    finally:
        os.close(file)


def read_whole(path: Path, name: str, most: int = MOST_BYTES) -> str:
    """What a file called ``name`` holds in UTF-8, its lines' ends as they are, or comes through a pipe.

    DataError where it cannot be used, or holds what cannot be seen.
    """
    raw = read_bytes(path, name, most)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        byte = f"0x{raw[error.start]:02X}"
        raise DataError([Fault(name, row, "byte", byte, "the file is UTF-8")]) from None
    if fault := unseen(name, text):
        raise DataError([fault])
    return text


def read_toml(path: Path, name: str) -> dict[str, Any]:
    """What a TOML file of the project holds; DataError where it cannot be read."""
    try:
        return tomllib.loads(read_whole(path, name))
    except tomllib.TOMLDecodeError as error:
        raise DataError([Fault(name, 0, "", "", f"is readable TOML ({error})")]) from None


def read_json(path: Path, name: str) -> Any:
    """What a JSON file holds; DataError where it cannot be read, or escapes what cannot be seen."""
    try:
        content = json.loads(read_whole(path, name))
    except json.JSONDecodeError as error:
        raise DataError([Fault(name, error.lineno, "", "", f"is readable JSON ({error.msg})")]) from None
    except RecursionError:
        raise DataError([Fault(name, 0, "", "", "is not nested this deeply")]) from None
    if fault := unseen(name, "\n".join(_texts(content))):
        raise DataError([replace(fault, row=0)])
    return content


def _texts(value: Any) -> Iterator[str]:
    """Every text in what a JSON file holds."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in (*value, *value.values()) if isinstance(value, dict) else value:
            yield from _texts(inner)


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
    except OSError as error:
        beside.unlink(missing_ok=True)
        # A disk that is full does not say which file it had no room for.
        raise OSError(error.errno, error.strerror, str(path)) from error


def as_json(content: Any) -> str:
    """JSON, one value a line, in a stable order."""
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def write_json(path: Path, content: Any) -> None:
    """Write JSON, one value a line, in a stable order."""
    write_whole(path, as_json(content))
