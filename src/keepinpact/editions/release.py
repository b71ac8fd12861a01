"""Release an edition: record what it publishes in a commit that touches nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

from keepinpact.editions.archive import pack
from keepinpact.editions.finish import SUMS
from keepinpact.editions.versioned import build_edition, staging
from keepinpact.files import as_json, write_whole
from keepinpact.privacy import check as check_privacy
from keepinpact.records import (
    LIST,
    REASONS,
    Edition,
    changes,
    explained,
    listed,
    load_editions,
    load_reasons,
    load_record,
    published,
    version_key,
)

__all__ = ["ReleaseError", "commit_files", "release", "require_clean"]

ARCHIVES = "_build/archives"


class ReleaseError(RuntimeError):
    """The release cannot be made; nothing was changed. The message says what to do."""


def release(
    root: Path,
    version: str,
    *,
    tests: Sequence[str] = ("make", "test", "long"),
    today: date | None = None,
    progress: Callable[[str], None] = print,
) -> Edition:
    """Release the revision that is checked out as an edition.

    Parameters
    ----------
    root
        The project's folder, a git repository.
    version
        The edition's version, above the last.
    tests
        The command that runs the tests.
    today
        The date of the release; the current one if None.
    progress
        Called with a line for each step.

    Raises
    ------
    ReleaseError
        If a check fails; nothing is changed then.
    BuildError
        If the book does not build; nothing is changed then.
    keepinpact.data.DataError
        If the data have a fault, or would give away what somebody answered; nothing is changed then.
    """
    changed = _checked(root, version)
    revision = _git(root, "rev-parse", "HEAD").strip()
    progress(f"running the tests: {' '.join(tests)}")
    if subprocess.run(list(tests), cwd=root).returncode:
        raise ReleaseError("the tests fail: mend them and release again")
    if _git(root, "status", "--porcelain").strip() or _git(root, "rev-parse", "HEAD").strip() != revision:
        raise ReleaseError("the tests changed the tree: commit or undo that and release again")
    edition = Edition(
        version=version, date=(today or date.today()).isoformat(), revision=revision, changed=changed
    )
    progress(f"building edition {version} from {revision[:10]}")
    with staging(root) as folder:
        record = build_edition(
            root, edition, folder / version, folder, folder / ".execution",
            lambda _: sys.executable, os.environ, progress,
        )  # fmt: skip
        sealed = (folder / version / SUMS).read_text(encoding="utf-8")
        archive = pack(folder / version, version, root / ARCHIVES)
    before_it = load_editions(root)
    if kept := published(before_it):
        found = changes(load_record(root, kept[0].version), record)
        silent = [str(one) for one in explained(found, load_reasons(root, version)) if not one.why]
        if silent:
            lines = "\n".join(silent)
            raise ReleaseError(f"{REASONS} does not say why these differ from {kept[0].version}:\n{lines}")
    files = {
        LIST: as_json(listed([edition, *before_it])),
        f"editions/{version}.json": as_json(record.model_dump()),
        f"editions/{version}.sha256": sealed,
    }
    commit_files(root, files, f"Release {version}")
    if subprocess.run(["git", "-C", str(root), "config", "user.signingkey"], capture_output=True).stdout:
        _git(root, "tag", "--sign", f"v{version}", "--message", f"Release {version}")
        progress(f"signed the tag v{version}")
    progress(f"released {version}: {changed}")
    progress(f"its archive: {archive.relative_to(root)}, with its checksum beside it")
    return edition


def commit_files(root: Path, files: Mapping[str, str | None], message: str) -> None:
    """Write files, relative to the project's folder, or delete them (None), and commit that alone.

    ReleaseError where git refuses; then all is as it was.
    """
    before = {name: path.read_bytes() if (path := root / name).exists() else None for name in files}
    try:
        for name, content in files.items():
            (root / name).parent.mkdir(exist_ok=True)
            if content is None:
                (root / name).unlink()
            else:
                write_whole(root / name, content)
        _git(root, "add", "--", *files)
        _git(root, "commit", "--quiet", "--message", message, "--", *files)
    except (OSError, ReleaseError):
        for name, old in before.items():
            if old is None:
                (root / name).unlink(missing_ok=True)
            else:
                (root / name).write_bytes(old)
        subprocess.run(["git", "-C", str(root), "reset", "--quiet", "--", *files], capture_output=True)
        raise


def require_clean(root: Path) -> None:
    """ReleaseError where something in the tree is not committed."""
    if dirty := _git(root, "status", "--porcelain").strip():
        raise ReleaseError(f"the tree is not clean: commit or undo this first:\n{dirty}")


def _checked(root: Path, version: str) -> str:
    """What the changelog says of the version in a line, once everything is in order."""
    try:
        key = version_key(version)
    except ValueError as error:
        raise ReleaseError(str(error)) from None
    editions = load_editions(root)
    if editions and key <= version_key(editions[0].version):
        raise ReleaseError(f"{version} is not above the last edition, {editions[0].version}")
    check_privacy(root)
    require_clean(root)
    named = {
        "pyproject.toml": r'^version = "([^"]*)"',
        "CITATION.cff": r'^version: "?([^"\n]*)"?',
    }
    for name, pattern in named.items():
        found = re.search(pattern, (root / name).read_text(encoding="utf-8"), re.MULTILINE)
        if found is None or found.group(1) != version:
            has = found.group(1) if found else "none"
            raise ReleaseError(f"{name} has version {has}: set it to {version} and commit")
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    section = re.search(rf"^## {re.escape(version)}\b.*\n+(.+)$", changelog, re.MULTILINE)
    if section is None or section.group(1).startswith("#"):
        raise ReleaseError(
            f"CHANGELOG.md has no section '## {version}' with a first line that says what changed"
        )
    return section.group(1).strip()


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, encoding="utf-8"
        )
    except FileNotFoundError:
        raise ReleaseError("git is not installed") from None
    if done.returncode:
        raise ReleaseError(f"git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout
