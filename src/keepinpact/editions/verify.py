"""Making the newest edition again in a clean environment, and holding it against its record and a copy."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal


from keepinpact.book.inputs import CHECK
from keepinpact.editions.certificate import Certificate, Check, write_certificate
from keepinpact.editions.copies import differing_files, fetched, opened
from keepinpact.editions.versioned import SiteError, build_edition, environment_of
from keepinpact.records import Edition, Record, load_editions, load_record, make_record, mismatches
from keepinpact.settings import load_citation, load_settings

__all__ = ["CERTIFICATE", "verify"]

CERTIFICATE = Path("_build/certificate")
_KEPT = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""What of the environment's variables a clean build sees; the rest could change what it makes."""
_RECORDED = "numbers, figures' data and verdicts"
_OPINION = f"the second opinion, {CHECK}"


def verify(
    root: Path,
    copy: Path | None = None,
    site: str = "",
    into: Path | None = None,
    *,
    environment: Callable[[Path, Path], str] = environment_of,
    progress: Callable[[str], None] = print,
) -> Certificate:
    """Make the newest edition again and write a certificate of what comes out.

    Parameters
    ----------
    root
        The project's folder, a git repository.
    copy, site
        A copy to compare with: a folder or an archive, or the address of a published site; none of both if none.
    into
        The folder of the certificate; the project's own if None.
    environment
        Sets up, from a tree, the environment of its lock in a new folder, and gives its Python.
    progress
        Called with a line for each step.

    Returns
    -------
    Certificate
        What was checked, with every difference.

    Raises
    ------
    SiteError
        If there is no edition, its revision is missing, or the copy cannot be read.
    BuildError
        If the edition does not build.
    FileExistsError
        If something else is where the certificate goes.
    keepinpact.data.DataError
        If the list of editions, a record or a setting has a fault.
    """
    settings, editions = load_settings(root), load_editions(root)
    if not editions:
        raise SiteError("no edition is released yet: there is nothing to verify")
    edition = editions[0]
    record = load_record(root, edition.version)
    (root / "_build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="verify-", dir=root / "_build") as name:
        folder = Path(name)
        html, theirs = folder / "edition", folder / "copy"
        if copy is not None:
            theirs = opened(copy, edition.version, theirs)
        progress(f"edition {edition.version}: building from {edition.revision[:10]} in an environment of its own")
        checks = [_rebuilt(root, edition, record, html, folder, environment, progress)]
        made = html if checks[0].result == "same" else None
        checks.append(_asked(made))
        if site:
            progress(f"fetching the edition from {site}")
            files = (one.relative_to(html).as_posix() for one in sorted(html.rglob("*")) if one.is_file())
            names = list(files) if made else ["results.json", "statements.json"]
            theirs = fetched(site, edition.version, names, theirs)
        if theirs.is_dir():
            checks += [_recorded(record, root, theirs), _same_files(made, theirs, site)]
        lock = subprocess.run(
            ["git", "-C", str(root), "show", f"{edition.revision}:requirements.txt"], capture_output=True
        )
        certificate = Certificate(
            edition=edition.version,
            released=edition.date,
            revision=edition.revision,
            lock=hashlib.sha256(lock.stdout).hexdigest(),
            python=platform.python_version(),
            system=platform.platform(),
            copy_of=site or (copy.name if copy else None),
            checked=datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"),
            checks=checks,
        )
        cited = load_citation(root)
        write_certificate(certificate, into or root / CERTIFICATE, made, cited, settings)
    return certificate


def _rebuilt(
    root: Path,
    edition: Edition,
    record: Record,
    html: Path,
    folder: Path,
    environment: Callable[[Path, Path], str],
    progress: Callable[[str], None],
) -> Check:
    """The edition made again, held against its record."""
    what = f"the {_RECORDED} of the edition made again, against its record"
    compared = len(record.results) + len(record.figures) + len(record.verdicts)
    clean = {name: os.environ[name] for name in _KEPT if name in os.environ}
    clean |= {"LANG": "C.UTF-8", "PYTHONHASHSEED": "0"}
    python: Callable[[Path], str] = partial(_python_in, environment, folder / "environment")
    shared = folder / ".execution"
    built = build_edition(root, edition, html, folder, shared, python, clean, progress)
    differing = list(mismatches(record, built))
    result: Literal["same", "differs"] = "differs" if differing else "same"
    return Check(what=what, result=result, compared=compared, differences=differing)


def _python_in(environment: Callable[[Path, Path], str], folder: Path, tree: Path) -> str:
    return environment(tree, folder)


def _asked(html: Path | None) -> Check:
    """What the script says that the edition itself brings."""
    if html is None or not (script := html / CHECK).is_file():
        why = "the edition made again differs from its record" if html is None else "the edition does not have it"
        return Check(what=_OPINION, result="not done", said=f"{why[:1].upper()}{why[1:]}.")
    done = subprocess.run(
        [sys.executable, "-I", str(script), str(html)], capture_output=True, text=True, encoding="utf-8"
    )
    lines = [one.strip() for one in (done.stdout or done.stderr).splitlines()]
    if done.returncode:
        return Check(what=_OPINION, result="differs", differences=lines)
    return Check(what=_OPINION, result="same", said="; ".join(lines))


def _recorded(record: Record, root: Path, theirs: Path) -> Check:
    """A copy's numbers, held against the record."""
    own: Mapping[str, object] = {"data": record.data, "code": record.code, "chapters": record.chapters}
    shown = make_record(record.version, root, theirs).model_copy(update=own)
    differing = list(mismatches(record, shown))
    return Check(
        what=f"the {_RECORDED} of the copy, against the record",
        result="differs" if differing else "same",
        compared=len(record.results) + len(record.figures) + len(record.verdicts),
        differences=differing,
    )


def _same_files(made: Path | None, theirs: Path, site: str) -> Check:
    """Every file of a copy, held against the edition made again."""
    what = "the files of the copy, byte by byte, against the edition made again"
    if made is None:
        return Check(what=what, result="not done", said="The edition made again differs from its record.")
    differing = list(differing_files(made, theirs))
    number = sum(one.is_file() for one in made.rglob("*"))
    unseen = "What else the site has was not looked at." if site else ""
    result: Literal["same", "differs"] = "differs" if differing else "same"
    return Check(what=what, result=result, compared=number, differences=differing, said=unseen)
