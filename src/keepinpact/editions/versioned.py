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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from sphinx_external_toc.parsing import parse_toc_yaml

from keepinpact.book.build import BuildError, build_paper, run_quietly
from keepinpact.book.metadata import metadata, robots, sitemap
from keepinpact.book.plain import Site, redirect, site_pages
from keepinpact.editions.edition_bar import dress
from keepinpact.paper.citation import citation
from keepinpact.paper.parts import parts_of
from keepinpact.paths import EDITION
from keepinpact.records import (
    Edition,
    changes,
    explained,
    load_editions,
    load_reasons,
    load_record,
    make_record,
    mismatches,
)
from keepinpact.settings import Settings, load_settings
from keepinpact.theme.page import change, read_pages

__all__ = ["SiteError", "build_site", "leads_to", "staging", "swap", "versions_script"]

SUMS = "SHA256SUMS"
Progress = Callable[[str], None]


class SiteError(RuntimeError):
    """The site cannot be built as it should be; the old one is untouched."""


def build_site(root: Path, *, fresh: bool = False, progress: Progress = print) -> Path:
    """Build every released edition and the working copy into ``_site/``.

    Parameters
    ----------
    root
        The project's folder, a git repository.
    fresh
        Recompute every edition; else one that was built before is reused once its checksums and its
        record are found to hold.
    progress
        Called with a line for each step.

    Returns
    -------
    Path
        The site's folder.

    Raises
    ------
    SiteError
        If a revision is missing, an edition differs from its record, or a published page was changed.
    BuildError
        If a book does not build.
    keepinpact.data.DataError
        If the list of editions, a record or a setting has a fault.
    """
    settings = load_settings(root)
    editions = load_editions(root)
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
            published = site / "v" / edition.version
            if published.exists() and not fresh:
                _check_published(published, root, edition)
                shutil.copytree(published, target, copy_function=os.link)
                progress(f"{name}: reused, as published")
            else:
                progress(f"{name}: building from {edition.revision[:10]}")
                _build_edition(root, edition, target, folder, settings, fresh=fresh, progress=progress)
            listed.append(_listed(target, edition.version, edition.date))
        progress("working copy: building")
        build_paper(root, fresh=True, progress=progress)
        _copy_book(root / "_build/html", versions / "dev")
        _finish(root, versions / "dev", None, settings)
        listed.append(_listed(versions / "dev", "dev", ""))
        newest = editions[0].version if editions else "dev"
        _write_above(root, folder / "site", editions, listed, newest, settings.site_address)
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
    return subprocess.run(
        ["git", "-C", str(root), *arguments], capture_output=True, text=True, encoding="utf-8"
    )


def _checkout(root: Path, edition: Edition, tree: Path) -> None:
    """The files of an edition's revision."""
    revision = edition.revision
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


def _build_edition(
    root: Path,
    edition: Edition,
    target: Path,
    folder: Path,
    settings: Settings,
    *,
    fresh: bool,
    progress: Progress,
) -> None:
    """Build an edition from its own revision with its own code, data and locked environment."""
    tree = folder / f"tree-{edition.version}"
    _checkout(root, edition, tree)
    # Editions of the same data and code share their executed chapters.
    shared = (folder if fresh else root / "_build") / ".execution"
    shared.mkdir(exist_ok=True)
    (tree / "_build").mkdir()
    (tree / "_build/.execution").symlink_to(shared.resolve())
    environment = dict(os.environ) | {"PYTHONPATH": str(tree / "src"), EDITION: edition.model_dump_json()}
    # Up to 0.5.0 the book brings its PDF with it.
    makes_paper = (tree / "src/keepinpact/book/inputs.py").exists()
    command = [_python(root, tree), "-m", "keepinpact", "paper" if makes_paper else "book"]
    status, output = run_quietly(command, tree, environment, progress)
    if status:
        raise BuildError(f"{output}\nedition {edition.version} does not build")
    html = tree / "_build/html"
    record = load_record(root, edition.version)
    differing = list(mismatches(record, make_record(edition.version, tree, html)))
    if differing:
        listed = "\n".join(f"  {line}" for line in differing)
        raise SiteError(f"edition {edition.version} differs from editions/{edition.version}.json:\n{listed}")
    _copy_book(html, target)
    _finish(tree, target, edition, settings)
    shutil.rmtree(tree)


def _python(root: Path, tree: Path) -> str:
    """A Python with the environment that the tree's lock describes."""
    lock = (tree / "requirements.txt").read_bytes()
    if lock == (root / "requirements.txt").read_bytes():
        return sys.executable
    environment = root / "_build/environments" / hashlib.sha256(lock).hexdigest()[:16]
    python = environment / "bin/python"
    if not (environment / ".ready").exists():
        shutil.rmtree(environment, ignore_errors=True)
        uv = [sys.executable, "-m", "uv"]
        for command in (
            [*uv, "venv", "--quiet", "--python", sys.executable, str(environment)],
            [*uv, "pip", "sync", "--quiet", "--python", str(python), "--require-hashes", "requirements.txt"],
        ):
            done = subprocess.run(command, cwd=tree, capture_output=True, text=True)
            if done.returncode:
                raise SiteError(f"the environment of an edition cannot be set up: {done.stderr.strip()}")
        (environment / ".ready").touch()
    return str(python)


def _copy_book(html: Path, target: Path) -> None:
    shutil.copytree(html, target, ignore=shutil.ignore_patterns(".buildinfo"))


def _finish(tree: Path, html: Path, edition: Edition | None, settings: Settings) -> None:
    """Dress a built book (the working copy's without an edition), add citation and lock, and seal it."""
    address = settings.site_address
    cited = citation(tree, edition, address)
    version, date = (edition.version, edition.date) if edition else ("dev", "")
    steps = (dress(html, version, date, cited["line"], address), metadata(html, tree, edition, settings))
    change(html, read_pages(html), steps)
    for name in ("CITATION.cff", "citation.bib", "citation.ris"):
        (html / name).write_text(cited[name], encoding="utf-8")
    shutil.copyfile(tree / "requirements.txt", html / "requirements.txt")
    (html / SUMS).write_text(_sums(html), encoding="utf-8")


def _sums(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in files
    )


def _check_published(published: Path, root: Path, edition: Edition) -> None:
    """Whether a published edition is as it was sealed, and as its record says."""
    mend = "make site FRESH=1 builds it anew from its revision"
    sums = published / SUMS
    sealed = sums.read_text(encoding="utf-8") if sums.exists() else ""
    now = _sums(published)
    if sealed != now:
        names = {line[66:] for line in set(sealed.splitlines()) ^ set(now.splitlines())}
        raise SiteError(
            f"edition {edition.version} was changed after it was published: "
            f"{', '.join(sorted(names))}; {mend}"
        )
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
    editions: list[Edition],
    listed: list[dict[str, object]],
    newest: str,
    address: str,
) -> None:
    """What changes with every release: the list, the way in, the comparisons."""
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
    above = site_pages(editions, changed, leads_to(root, site / "v" / newest, address))
    if address and editions:
        names = [page.relative_to(site / "v" / newest).as_posix() for page in _pages(site / "v" / newest)]
        above |= {"sitemap.xml": sitemap(address, editions[0], names), "robots.txt": robots(address)}
    for file, text in above.items():
        (site / file).parent.mkdir(exist_ok=True)
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
    firsts = [(part.caption, f"{part.pages[0]}.html") for part in parts_of(parse_toc_yaml(root / "_toc.yml"))]
    return Site(
        name=yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))["title"],
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
