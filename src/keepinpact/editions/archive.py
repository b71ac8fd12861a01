"""An edition as one file: the same bytes each time, and unpacked only where its checksums hold."""

from __future__ import annotations

import gzip
import hashlib
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

from keepinpact.files import write_whole

_MOST_BYTES = 2_000_000_000
_MOST_FILES = 20_000

__all__ = ["ArchiveError", "archive_name", "extract", "pack", "unpack"]


class ArchiveError(RuntimeError):
    """The archive cannot be read, or does not hold what it should."""


def archive_name(version: str) -> str:
    """What the archive of an edition is called."""
    return f"keepinpact-{version}.tar.gz"


def pack(folder: Path, version: str, to: Path) -> Path:
    """Put an edition's folder into an archive, with its checksum in a file beside it.

    Owner, time and mode of the files are left out, so that the same edition gives the same bytes.

    Returns
    -------
    Path
        The archive.
    """
    to.mkdir(parents=True, exist_ok=True)
    archive = to / archive_name(version)
    partial = archive.with_suffix(".partial")
    with (
        partial.open("wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", filename="", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as files,
    ):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = tarfile.TarInfo(f"{version}/{path.relative_to(folder).as_posix()}")
            entry.size, entry.mode = path.stat().st_size, 0o644
            with path.open("rb") as content:
                files.addfile(entry, content)
    partial.replace(archive)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    write_whole(archive.with_name(f"{archive.name}.sha256"), f"{digest}  {archive.name}\n")
    return archive


def extract(archive: Path, folder: Path) -> None:
    """Put what a zip or tar archive holds into a folder; ArchiveError if it cannot be or is too large."""
    if not archive.is_file():
        raise ArchiveError(f"{archive.name} is no file")
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as packed:
                _within_limits(archive, (one.file_size for one in packed.infolist()))
                packed.extractall(folder)
        else:
            with tarfile.open(archive) as files:
                # One after the other: the size of a file is known before it is unpacked.
                _within_limits(archive, (one.size for one in files))
                files.extractall(folder, filter="data")
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, zlib.error) as error:
        raise ArchiveError(f"{archive.name} cannot be unpacked: {error}") from None


def _within_limits(archive: Path, sizes: Iterable[int]) -> None:
    total = 0
    for number, size in enumerate(sizes, start=1):
        total += size
        if total > _MOST_BYTES or number > _MOST_FILES:
            limits = f"{_MOST_BYTES // 1_000_000_000} GB or {_MOST_FILES:,} files"
            raise ArchiveError(f"{archive.name} is not unpacked: it holds more than {limits}")


def unpack(archive: Path, version: str, target: Path) -> None:
    """Take an edition's folder out of an archive; ``target`` does not exist yet.

    Raises
    ------
    ArchiveError
        If the file is no such archive, or its checksum is not the one beside it.
    """
    beside = archive.with_name(f"{archive.name}.sha256")
    if beside.exists() and archive.is_file():
        named = beside.read_text(encoding="utf-8").split()[:1]
        if named != [hashlib.sha256(archive.read_bytes()).hexdigest()]:
            raise ArchiveError(f"{archive.name} has another checksum than {beside.name} says")
    with tempfile.TemporaryDirectory(dir=target.parent) as apart:
        extract(archive, Path(apart))
        if not (found := Path(apart) / version).is_dir():
            raise ArchiveError(f"{archive.name} holds no folder {version}")
        found.rename(target)
