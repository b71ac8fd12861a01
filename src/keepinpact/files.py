"""Writing a file so that it is whole or not there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["as_json", "write_json", "write_whole"]


def write_whole(path: Path, text: str) -> None:
    """Write a text in UTF-8, its lines' ends as they are; the file is whole or as it was."""
    beside = path.with_name(path.name + ".part")
    beside.write_text(text, encoding="utf-8", newline="")
    beside.replace(path)


def as_json(content: Any) -> str:
    """JSON, one value a line, in a stable order."""
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def write_json(path: Path, content: Any) -> None:
    """Write JSON, one value a line, in a stable order."""
    write_whole(path, as_json(content))
