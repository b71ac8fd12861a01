"""Withdraw an edition: what it published goes, a notice takes its place, every other edition stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from keepinpact.editions.release import ReleaseError, commit_files, require_clean
from keepinpact.files import as_json
from keepinpact.records import LIST, Edition, Withdrawn, listed, load_editions, load_record

__all__ = ["WHY", "withdraw"]

WHY = "It held the answers of somebody who took them back."


def withdraw(
    root: Path,
    version: str,
    *,
    why: str = WHY,
    today: date | None = None,
    progress: Callable[[str], None] = print,
) -> Edition:
    """Withdraw a released edition in a commit that touches nothing else.

    The list of editions says when and why. Of its record only the names of its pages stay, where the site
    then has a notice; the numbers, which somebody's answers are part of, go. Its revision is not built again.

    Parameters
    ----------
    root
        The project's folder, a git repository.
    version
        The edition's.
    why
        The reason, as readers see it, in a sentence that names nobody.
    today
        The date; the current one if None.
    progress
        Called with a line at the end.

    Raises
    ------
    ReleaseError
        If there is no such edition, it is withdrawn already, or the tree is not clean; nothing is changed
        then.
    """
    editions = load_editions(root)
    found = next((one for one in editions if one.version == version), None)
    if found is None:
        raise ReleaseError(f"there is no edition {version}")
    if found.withdrawn:
        raise ReleaseError(f"edition {version} was withdrawn on {found.withdrawn.date}")
    if not why.strip():
        raise ReleaseError("readers want to know why: say it in a sentence that names nobody")
    require_clean(root)
    gone = Withdrawn(date=(today or date.today()).isoformat(), why=why.strip())
    withdrawn = found.model_copy(update={"withdrawn": gone})
    record = load_record(root, version)
    emptied = record.model_copy(
        update={"data": "", "code": "", "results": [], "figures": [], "verdicts": {}}
        | {"chapters": dict.fromkeys(record.chapters, "")}
    )
    files: dict[str, str | None] = {
        LIST: as_json(listed([withdrawn if one is found else one for one in editions])),
        f"editions/{version}.json": as_json(emptied.model_dump()),
    }
    if (root / f"editions/{version}.sha256").exists():
        files[f"editions/{version}.sha256"] = None
    commit_files(root, files, f"Withdraw {version}")
    progress(f"withdrew {version}: make site puts a notice in its place")
    return withdrawn
