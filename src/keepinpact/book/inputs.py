"""What a built book was made of: whether it is still what would be built, and if not, what has to be done.

jupyter-cache knows a notebook by its code alone, and Sphinx a page by the time its file was changed; both
would leave stale numbers and sentences. Here everything is known by a hash of what it holds.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from keepinpact.files import read_toml

__all__ = [
    "CHECK",
    "HTML",
    "Inputs",
    "cache_folder",
    "content_hash",
    "forget",
    "inputs",
    "read_stamp",
    "write_stamp",
]

CHECK = "verify.py"
"""The script that checks a built book, beside the package and taking nothing from it."""
HTML = Path("_build/html")
_STAMP = Path("_build/.built.json")


@dataclass(frozen=True)
class Inputs:
    """Hashes of what a book is made of.

    Attributes
    ----------
    content
        What the chapters' results depend on, except the chapters: data, examples, package, lock, settings.
    reading
        What every page is read with: that, and the table of contents and what the book is called.
    dress
        What every page is written with: styles, scripts and templates; and the script that checks the book.
    chapters
        The chapters' text.
    """

    content: str
    reading: str
    dress: str
    chapters: str


def content_hash(root: Path) -> str:
    """Hash all that the chapters' results depend on, except the chapters.

    Parameters
    ----------
    root
        The folder of the project.

    Returns
    -------
    str
        SHA-256 of Python's version, the settings, the data, the examples, the package and the lock: names and
        bytes.
    """
    files = [
        *(path for name in ("data", "examples") for path in (root / name).rglob("*") if path.is_file()),
        *(root / "src" / "keepinpact").rglob("*.py"),
        root / "requirements.txt",
    ]
    settings = read_toml(root / "pyproject.toml", "pyproject.toml").get("tool", {})
    addresses = json.dumps(settings.get("keepinpact", {}), sort_keys=True)
    return _hash(root, files, f"{platform.python_version()}\n{addresses}")


def cache_folder(root: Path, content: str | None = None) -> Path:
    """The folder of the chapters executed with the present data and code, whether it exists or not.

    ``content`` is the hash of these, where it is known already.
    """
    return root / "_build" / ".execution" / (content or content_hash(root))[:16]


def inputs(root: Path) -> Inputs:
    """What the book of a working copy is made of now."""
    settings = [root / name for name in ("_config.yml", "_toc.yml", "CITATION.cff", "pyproject.toml")]
    package = root / "src" / "keepinpact"
    dress = [
        *(path for path in (root / "_static").rglob("*") if path.is_file()),
        *(path for path in package.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")),
        *(path for path in [root / CHECK] if path.is_file()),
    ]
    chapters = [path for path in root.glob("*.md") if path.is_file()] + [*(root / "chapters").rglob("*.md")]
    content = content_hash(root)
    return Inputs(
        content,
        _hash(root, [path for path in settings if path.is_file()], content),
        _hash(root, dress),
        _hash(root, chapters),
    )


def _hash(root: Path, files: Iterable[Path], first: str = "") -> str:
    total = hashlib.sha256(first.encode())
    for name, path in sorted((path.relative_to(root).as_posix(), path) for path in files):
        with path.open("rb") as file:
            total.update(f"\n{name}\n{hashlib.file_digest(file, 'sha256').hexdigest()}".encode())
    return total.hexdigest()


def read_stamp(root: Path) -> Inputs | None:
    """What the book in ``_build/html`` was made of; None if it is not whole, was changed since, or warned."""
    try:
        stamp = json.loads((root / _STAMP).read_text(encoding="utf-8"))
        return Inputs(**stamp["inputs"]) if stamp["outputs"] == _outputs(root / HTML) else None
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def write_stamp(root: Path, made_of: Inputs) -> None:
    """Note what the book in ``_build/html`` was made of, once it is whole."""
    stamp = {"inputs": asdict(made_of), "outputs": _outputs(root / HTML)}
    (root / _STAMP).write_text(json.dumps(stamp), encoding="utf-8")


def forget(root: Path) -> None:
    """Take the note away before something of the book is changed; a build that stops halfway leaves none."""
    (root / _STAMP).unlink(missing_ok=True)


def _outputs(html: Path) -> str:
    files = ((path, path.stat()) for path in sorted(html.rglob("*")) if path.is_file())
    listed = [f"{path.relative_to(html)} {stat.st_size} {stat.st_mtime_ns}" for path, stat in files]
    return hashlib.sha256("\n".join(listed).encode()).hexdigest()
