"""A copy of an edition, wherever it is: a folder, an archive, or an address."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from http.client import HTTPResponse
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, urlsplit

from keepinpact.editions.archive import ArchiveError, extract
from keepinpact.editions.versioned import SiteError

__all__ = ["differing_files", "fetched", "opened"]

_SECONDS = 30
"""How long a site may be silent."""
_MOST_SECONDS = 300
"""How long one file may take."""
_MOST_BYTES = 500_000_000
_PIECE = 1_000_000


def opened(copy: Path, version: str, folder: Path) -> Path:
    """The folder of an edition in a copy of it or of a whole site.

    Parameters
    ----------
    copy
        A folder, or a zip or tar archive.
    version
        The edition's, for a copy that holds several.
    folder
        Where an archive is unpacked; it does not exist yet.

    Raises
    ------
    SiteError
        If it cannot be read, or no edition is in it.
    """
    if not copy.exists():
        raise SiteError(f"{copy} does not exist")
    if copy.is_file():
        try:
            extract(copy, folder)
        except ArchiveError as error:
            raise SiteError(f"{copy} is no archive that can be unpacked: {error}") from None
        copy = folder
    if not copy.is_dir():
        raise SiteError(f"{copy} is neither a folder nor an archive")
    below = sorted(one for one in copy.iterdir() if one.is_dir())
    for place in (one / inner for one in (copy, *below) for inner in (f"v/{version}", ".")):
        if (place / "results.json").is_file():
            return place
    raise SiteError(f"{copy} holds no edition: there is no results.json")


def fetched(address: str, version: str, names: Iterable[str], folder: Path) -> Path:
    """Fetch files of an edition from a published site into a folder, and give the folder.

    Parameters
    ----------
    address
        That of the site, the page above all editions.
    version, names
        The edition, and its files. What a site does not have is left out; what else it has is not seen.
    folder
        Where they go.

    Raises
    ------
    SiteError
        If the address is none of the web, or does not answer.
    """
    if urlsplit(address).scheme not in ("http", "https"):
        raise SiteError(f"{address} is no web address (https://...)")
    for name in names:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        whole = f"{address.rstrip('/')}/v/{version}/{quote(name)}"
        try:
            with urllib.request.urlopen(whole, timeout=_SECONDS) as answer, target.open("wb") as file:
                _write(answer, file)
        except urllib.error.HTTPError as error:
            target.unlink(missing_ok=True)
            if error.code not in (403, 404, 410):
                raise SiteError(f"{whole}: {error}") from None
        except (OSError, ValueError) as error:
            raise SiteError(f"{whole}: {error}") from None
    if not (folder / "results.json").is_file():
        raise SiteError(f"{address} has no edition {version}")
    return folder


def _write(answer: HTTPResponse, file: BinaryIO) -> None:
    """What is fetched, into a file; OSError where it is too long or takes too long."""
    until, left = time.monotonic() + _MOST_SECONDS, _MOST_BYTES
    while piece := answer.read1(_PIECE):
        file.write(piece)
        left -= len(piece)
        if left < 0:
            raise OSError(f"more than {_MOST_BYTES // 1_000_000} MB came")
        if time.monotonic() > until:
            raise OSError(f"it did not all come within {_MOST_SECONDS} seconds")


def differing_files(rebuilt: Path, copy: Path) -> Iterator[str]:
    """Where the files of a copy differ from those that were rebuilt: a line for each file, in their order."""
    ours, theirs = _files(rebuilt), _files(copy)
    for name in sorted(ours.keys() | theirs.keys()):
        if name not in theirs:
            yield f"{name}: only in the rebuilt edition"
        elif name not in ours:
            yield f"{name}: only in the copy"
        else:
            place = _first_difference(ours[name].read_bytes(), theirs[name].read_bytes())
            if place is not None:
                yield f"{name}: differs from byte {place} on"


def _files(folder: Path) -> dict[str, Path]:
    return {one.relative_to(folder).as_posix(): one for one in folder.rglob("*") if one.is_file()}


def _first_difference(one: bytes, other: bytes) -> int | None:
    if one == other:
        return None
    shared = min(len(one), len(other))
    return next((place for place in range(shared) if one[place] != other[place]), shared)
