"""Reading a file as text."""

from __future__ import annotations

import re
from pathlib import Path

from keepinpact.faults import DataError, Fault

_MOST_BYTES = 100_000_000
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")


def read_bytes(path: Path, name: str, most: int = _MOST_BYTES) -> bytes:
    """What a file holds; DataError where it cannot be read or is too large."""
    try:
        with path.open("rb") as file:
            raw = file.read(most + 1)
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
    if control := CONTROL.search(text):
        raise DataError([control_fault(name, text.count("\n", 0, control.start()) + 1, control[0])])
    return text


def control_fault(name: str, row: int, character: str) -> Fault:
    """The fault of a control character."""
    return Fault(name, row, "character", f"U+{ord(character):04X}", "the file holds no control characters")
