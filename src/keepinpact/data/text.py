"""Reading a file as text."""

from __future__ import annotations

import os
import select
import time
from pathlib import Path

from keepinpact.faults import DataError, Fault, unseen

_MOST_BYTES = 100_000_000
_MOST_SECONDS = 10
"""How long whatever writes into a pipe may take for all of it."""
_PIECE = 1_000_000


def read_bytes(path: Path, name: str, most: int = _MOST_BYTES) -> bytes:
    """What a file holds, or what comes through a pipe; DataError where it cannot be read or is too large."""
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


def read_text(path: Path, name: str, most: int = _MOST_BYTES) -> str:
    """What a UTF-8 file holds; DataError where it cannot be used."""
    raw = read_bytes(path, name, most)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        byte = f"0x{raw[error.start]:02X}"
        raise DataError([Fault(name, row, "byte", byte, "the file is UTF-8")]) from None
    if not text.strip():
        raise DataError([Fault(name, 0, "", "", "is not empty")])
    if fault := unseen(name, text):
        raise DataError([fault])
    return text


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
