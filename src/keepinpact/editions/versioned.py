"""The versioned site: every edition from its own revision, put in place as a whole."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from keepinpact.book.build import BuildError, build_paper, run_quietly
from keepinpact.book.inputs import HTML
from keepinpact.book.metadata import robots, sitemap
from keepinpact.book.plain import Site, redirect, site_pages
from keepinpact.editions.archive import archive_name, unpack
from keepinpact.editions.finish import SUMS, finish, sums
from keepinpact.paper.parts import load_parts
from keepinpact.paths import EDITION
from keepinpact.records import (
    Edition,
    Record,
    changes,
    explained,
    load_editions,
    load_reasons,
    load_record,
    make_record,
    mismatches,
    published,
)
from keepinpact.settings import load_citation, load_settings

__all__ = [
    "SUMS",
    "SiteError",
    "build_edition",
    "build_site",
    "environment_of",
    "leads_to",
    "staging",
    "swap",
    "versions_script",
]

_FINISH = "src/keepinpact/editions/finish.py"
_ALONE = "make book builds the working copy alone"
Progress = Callable[[str], None]


class SiteError(RuntimeError):
    """The site cannot be built as it should be; the old one is untouched."""


def build_site(
    root: Path, *, fresh: bool = False, archives: Path | None = None, progress: Progress = print
) -> Path:
    """Build every released edition and the working copy into ``_site/``; of a withdrawn one a notice.

    Parameters
    ----------
    root
        The project's folder, a git repository.
    fresh
        Recompute every edition; else one that was built before is reused once its checksums and its
        record are found to hold.
    archives
        A folder of archives of editions, which are unpacked instead of built.
    progress
        Called with a line for each step.

    Returns
    -------
    Path
        The site's folder.

    Raises
    ------
    SiteError
        If a revision is missing, an edition differs from its record, or a published file was changed.
    keepinpact.editions.archive.ArchiveError
        If an archive cannot be unpacked.
    BuildError
        If a book does not build.
    keepinpact.data.DataError
        If the list of editions, a record or a setting has a fault.
    """
    settings = load_settings(root)
    every = load_editions(root)
    editions = published(every)
    site = root / "_site"
    if not settings.site_address:
        left_out = "canonical and permanent addresses and the sitemap are left out"
        progress(f"no site-address in pyproject.toml: {left_out}")
    with staging(root) as folder:
        versions = folder / "site" / "v"
        versions.mkdir(parents=True)
        listed = []
        for number, edition in enumerate(editions, start=1):
            name = f"edition {edition.version} ({number} of {len(editions)})"
            target = versions / edition.version
            before = site / "v" / edition.version
            archive = archives / archive_name(edition.version) if archives else None
            if archive and archive.exists():
                unpack(archive, edition.version, target)
                _check_published(target, root, edition)
                progress(f"{name}: unpacked from {archive.name}")
            elif before.exists() and not fresh:
                _check_published(before, root, edition)
                shutil.copytree(before, target, copy_function=os.link)
                progress(f"{name}: reused, as published")
            else:
                progress(f"{name}: building from {edition.revision[:10]}")
                shared = (folder if fresh else root / "_build") / ".execution"
                _rebuild(root, edition, target, folder, shared, progress)
            listed.append(_listed(target, edition.version, edition.date))
        progress("working copy: building")
        build_paper(root, fresh=True, progress=progress)
        finish(root, versions / "dev", None)
        listed.append(_listed(versions / "dev", "dev", ""))
        newest = editions[0].version if editions else "dev"
        _write_above(root, folder / "site", every, listed, newest, settings.site_address)
        swap(folder / "site", site)
    return site


@contextmanager
def staging(root: Path) -> Iterator[Path]:
    """A folder beside the site to build in, by one process at a time; leftovers of killed ones go."""
    build = root / "_build"
    build.mkdir(exist_ok=True)
    with (build / ".site.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SiteError("the site is being built by another process") from None
        site = root / "_site"
        if _aside(site).exists():
            _aside(site).rename(build / "site-old" if site.exists() else site)
        for leftover in build.glob("site-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix="site-", dir=build))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, encoding="utf-8"
        )
    except FileNotFoundError:
        raise SiteError(f"git is not installed, and editions are built from it; {_ALONE}") from None


def _checkout(root: Path, edition: Edition, tree: Path) -> None:
    """The files of an edition's revision."""
    revision = edition.revision
    if _git(root, "rev-parse", "--git-dir").returncode:
        raise SiteError(f"this folder is no clone of a git repository, as editions need it; {_ALONE}")
    if _git(root, "cat-file", "-e", f"{revision}^{{commit}}").returncode:
        shallow = _git(root, "rev-parse", "--is-shallow-repository").stdout.strip() == "true"
        mend = "git fetch --unshallow" if shallow else f"git fetch origin {revision}"
        raise SiteError(f"this clone lacks revision {revision} of edition {edition.version}: {mend}")
    tree.mkdir()
    archive = tree.with_suffix(".tar")
    done = _git(root, "archive", "--format=tar", f"--output={archive}", revision)
    if done.returncode:
        raise SiteError(f"edition {edition.version}: git archive failed: {done.stderr.strip()}")
    with tarfile.open(archive) as files:
        files.extractall(tree, filter="data")
    archive.unlink()


def _rebuild(
    root: Path, edition: Edition, target: Path, folder: Path, shared: Path, progress: Progress
) -> None:
    """Build a released edition; it has to be what is recorded of it."""
    python = partial(_python, root)
    built = build_edition(root, edition, target, folder, shared, python, os.environ, progress)
    if differing := list(mismatches(load_record(root, edition.version), built)):
        listed = "\n".join(f"  {line}" for line in differing)
        raise SiteError(f"edition {edition.version} differs from editions/{edition.version}.json:\n{listed}")
    _check_files(target, root, edition, f"editions/{edition.version}.sha256 says which bytes they should be")
    if _recorded(root, edition) is None:
        name = f"editions/{edition.version}.sha256"
        shutil.copyfile(target / SUMS, root / name)
        progress(f"edition {edition.version}: nothing said yet which bytes it has; wrote {name}, commit it")


def build_edition(
    root: Path,
    edition: Edition,
    target: Path,
    folder: Path,
    shared: Path,
    python: Callable[[Path], str],
    variables: Mapping[str, str],
    progress: Progress,
) -> Record:
    """Build an edition from its own revision with its own code, data and locked environment.

    Parameters
    ----------
    root
        The project's folder, a git repository.
    edition
        The edition; its revision need not be released yet.
    target, folder
        Where the finished edition goes, which does not exist yet, and where its tree stands meanwhile.
    shared
        Where the executed chapters are kept; editions of the same data and code share theirs.
    python
        From a tree a Python with the environment that its lock describes.
    variables
        The environment's variables that the build sees.
    progress
        Called with a line for each step.

    Returns
    -------
    Record
        What it publishes.

    Raises
    ------
    SiteError
        If the revision is missing or its environment cannot be set up.
    BuildError
        If it does not build.
    """

    def run(code: Path, *command: str) -> None:
        """A command of the package in some tree, in that tree's locked environment, for this edition."""
        built = edition.model_dump_json(exclude_none=True)
        environment = dict(variables) | {"PYTHONPATH": str(code / "src"), EDITION: built}
        status, output = run_quietly(
            [python(code), "-m", "keepinpact", *command], tree, environment, progress
        )
        if status:
            raise BuildError(f"{output}\nedition {edition.version} does not build")

    tree = folder / f"tree-{edition.version}"
    _checkout(root, edition, tree)
    shared.mkdir(parents=True, exist_ok=True)
    (tree / "_build").mkdir()
    (tree / "_build/.execution").symlink_to(shared.resolve())
    # Up to 0.5.0 the book brings its PDF with it.
    run(tree, "paper" if (tree / "src/keepinpact/book/inputs.py").exists() else "book")
    record = make_record(edition.version, tree, tree / HTML)
    finisher = _finisher(root, tree, folder)
    if finisher is None:
        finish(tree, target, edition)
    else:
        run(finisher, "finish", str(tree), str(target))
    shutil.rmtree(tree)
    return record


def _finisher(root: Path, tree: Path, folder: Path) -> Path | None:
    """The code that finishes an edition: its own, or of one that cannot yet that of the first that can.

    None where there is none: then it is that of the working copy.
    """
    if (tree / _FINISH).exists():
        return tree
    for edition in reversed(load_editions(root)):
        if _git(root, "cat-file", "-e", f"{edition.revision}:{_FINISH}").returncode == 0:
            first = folder / "finisher"
            if not first.exists():
                _checkout(root, edition, first)
            return first
    return None


def _python(root: Path, tree: Path) -> str:
    """A Python with the environment that the tree's lock describes."""
    lock = (tree / "requirements.txt").read_bytes()
    if lock == (root / "requirements.txt").read_bytes():
        return sys.executable
    environment = root / "_build/environments" / hashlib.sha256(lock).hexdigest()[:16]
    if not (environment / ".ready").exists():
        shutil.rmtree(environment, ignore_errors=True)
        environment_of(tree, environment)
        (environment / ".ready").touch()
    return str(environment / "bin/python")


def environment_of(tree: Path, environment: Path) -> str:
    """Set up in a new folder the environment that a tree's lock describes, and give its Python.

    SiteError where that fails.
    """
    python = environment / "bin/python"
    uv = [sys.executable, "-m", "uv"]
    for command in (
        [*uv, "venv", "--quiet", "--python", sys.executable, str(environment)],
        [*uv, "pip", "sync", "--quiet", "--python", str(python), "--require-hashes", "requirements.txt"],
    ):
        done = subprocess.run(command, cwd=tree, capture_output=True, text=True)
        if done.returncode:
            raise SiteError(f"the environment of an edition cannot be set up: {done.stderr.strip()}")
    return str(python)


def _recorded(root: Path, edition: Edition) -> str | None:
    """The checksums of an edition's files as they are recorded; None where they never were."""
    record = root / "editions" / f"{edition.version}.sha256"
    return record.read_text(encoding="utf-8") if record.exists() else None


def _check_files(target: Path, root: Path, edition: Edition, mend: str) -> None:
    """Whether every file of an edition is as recorded, byte by byte."""
    sealed = (target / SUMS).read_text(encoding="utf-8") if (target / SUMS).exists() else ""
    recorded, now = _recorded(root, edition), sums(target)
    for expected in (sealed, recorded or sealed):
        if expected != now:
            names = sorted({line[66:] for line in set(expected.splitlines()) ^ set(now.splitlines())})
            more = f" and {len(names) - 5} more" if len(names) > 5 else ""
            raise SiteError(
                f"edition {edition.version} has other files than it was published with: "
                f"{', '.join(names[:5])}{more}; {mend}"
            )


def _check_published(published: Path, root: Path, edition: Edition) -> None:
    """Whether a published edition is as it was sealed, and as its record says."""
    mend = "make site FRESH=1 builds it anew from its revision"
    _check_files(published, root, edition, mend)
    record = load_record(root, edition.version)
    shown = make_record(edition.version, root, published).model_copy(
        update={"data": record.data, "code": record.code, "chapters": record.chapters}
    )
    differing = list(mismatches(record, shown))
    if differing:
        listed = "\n".join(f"  {line}" for line in differing)
        raise SiteError(
            f"edition {edition.version}, as published, differs from editions/{edition.version}.json:\n"
            f"{listed}\n{mend}, or git checkout brings the record back"
        )


def _front_page(html: Path) -> str:
    """The page that a built book opens with, relative to it."""
    toc_front = html / "chapters/summary.html"
    return "chapters/summary.html" if toc_front.exists() else "index.html"


def versions_script(editions: Sequence[dict[str, Any]], newest: str) -> str:
    """The plain script above the editions: which there are, their pages, and which is the newest."""
    content = json.dumps({"newest": newest, "editions": list(editions)}, indent=1, sort_keys=True)
    return f"window.KEEPINPACT_EDITIONS = {content};\n"


def _listed(html: Path, version: str, date: str) -> dict[str, object]:
    pages = [page.relative_to(html).as_posix() for page in _pages(html)]
    return {"version": version, "date": date, "front": _front_page(html), "pages": pages}


def _pages(html: Path) -> list[Path]:
    """The pages of a built book; the theme leaves stubs among its files."""
    return sorted(page for page in html.rglob("*.html") if "_static" not in page.parts)


def _write_above(
    root: Path,
    site: Path,
    every: list[Edition],
    listed: list[dict[str, object]],
    newest: str,
    address: str,
) -> None:
    """What changes with every release: the list, the way in, comparisons, notices of what is withdrawn."""
    editions = published(every)
    (site / "v/versions.js").write_text(versions_script(listed, newest), encoding="utf-8")
    for page in _pages(site / "v" / newest):
        name = page.relative_to(site / "v" / newest)
        leading = site / "v/latest" / name
        leading.parent.mkdir(parents=True, exist_ok=True)
        up = "../" * len(name.parts)
        leading.write_text(redirect(f"{up}{newest}/{name.as_posix()}", f"{up}../"), encoding="utf-8")
    changed = [
        (
            old,
            new,
            explained(
                changes(load_record(root, old.version), load_record(root, new.version)),
                load_reasons(root, new.version),
            ),
        )
        for new, old in pairwise(editions)
    ]
    withdrawn = {one.version: [*load_record(root, one.version).chapters] for one in every if one.withdrawn}
    above = site_pages(every, changed, leads_to(root, site / "v" / newest, address), withdrawn)
    if address and editions:
        names = [page.relative_to(site / "v" / newest).as_posix() for page in _pages(site / "v" / newest)]
        above |= {"sitemap.xml": sitemap(address, editions[0], names), "robots.txt": robots(address)}
    for file, text in above.items():
        (site / file).parent.mkdir(parents=True, exist_ok=True)
        (site / file).write_text(text, encoding="utf-8")


def leads_to(root: Path, html: Path, address: str) -> Site:
    """What the pages above the editions lead to: of the working copy's contents what the newest edition has.

    Parameters
    ----------
    root
        The folder of the project.
    html
        The newest edition's folder.
    address
        The published site's address; empty where there is none.
    """
    firsts = [(part.caption, f"{part.pages[0]}.html") for part in load_parts(root)]
    return Site(
        name=load_citation(root)["title"],
        newest=html.name,
        front=_front_page(html),
        contents=[(caption, page) for caption, page in firsts if caption and (html / page).is_file()],
        address=address,
    )


def swap(new: Path, site: Path) -> None:
    """Put the new site in the old one's place; the old one ends where the new one was.

    Between two renames there is no site: whoever asks for a page in that instant is told that
    it does not exist. A process killed just then leaves the old site aside, whole, and the next build begins
    with putting it back; where only the second rename fails, it is put back at once.
    """
    aside = _aside(site)
    if site.exists():
        site.rename(aside)
    try:
        new.rename(site)
    except OSError:
        if aside.exists():
            aside.rename(site)
        raise
    if aside.exists():
        aside.rename(new)


def _aside(site: Path) -> Path:
    return site.with_name("_build") / "site.old"
