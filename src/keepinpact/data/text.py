"""Reading a file as text."""

from __future__ import annotations

from pathlib import Path

from keepinpact.faults import DataError, Fault
from keepinpact.files import MOST_BYTES, read_whole


def read_text(path: Path, name: str, most: int = MOST_BYTES) -> str:
    """What a file holds in UTF-8, or a pipe brings; DataError where it cannot be used or is empty."""
    text = read_whole(path, name, most)
    if not text.strip():
        raise DataError([Fault(name, 0, "", "", "is not empty")])
    return text
