"""The book's own Sphinx extension: chapters executed side by side, never a stale number.

jupyter-cache knows a notebook by its code alone, so after a change in ``data/`` or in the package it
would hand out old numbers. Here the cache lies in a folder named by a hash of everything the chapters
depend on; as that folder is part of Sphinx's environment, a change also makes Sphinx read every page
again.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util import logging

import keepinpact
from keepinpact.audit import Audit
from keepinpact.book import layers
from keepinpact.book.execute import ExecutionError, executed, fill_cache
from keepinpact.book.figures import caption_first, dress_figures
from keepinpact.book.glossary import Terms
from keepinpact.book.metadata import open_graph
from keepinpact.book.published import collect_ledger, collect_results
from keepinpact.book.results import Results, json_schema
from keepinpact.book.search import English
from keepinpact.data import STATEMENTS, load_statements
from keepinpact.ledger import Ledger
from keepinpact.paper.document import NAME, PaperError, Part, link_paper, publish_paper
from keepinpact.records import write_json
from keepinpact.settings import load_settings
from keepinpact.statements.report import statements_schema
from keepinpact.theme.page import change, read_pages
from keepinpact.theme.trim import MENDING, trim_static

__all__ = ["cache_folder", "content_hash", "setup"]

_KEPT_CACHES = 4
_NO_SUMMARIES = 'if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;'
_LOG = logging.getLogger(__name__)


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
    total = hashlib.sha256(f"{platform.python_version()}\n{load_settings(root)}".encode())
    for name, path in sorted((path.relative_to(root).as_posix(), path) for path in files):
        total.update(f"\n{name}\n{hashlib.sha256(path.read_bytes()).hexdigest()}".encode())
    return total.hexdigest()


def cache_folder(root: Path) -> Path:
    """The folder of the chapters executed with the present data and code, whether it exists or not."""
    return root / "_build" / ".execution" / content_hash(root)[:16]


def _configure(app: Sphinx, config: Config) -> None:
    root = Path(app.srcdir)
    package = Path(keepinpact.__file__).resolve().parent
    if package.parent != (root / "src").resolve():
        raise ExtensionError(
            f"this would build {root} with the package in {package}: put {root / 'src'} first in PYTHONPATH"
        )
    cache = cache_folder(root)
    cache.mkdir(parents=True, exist_ok=True)
    os.utime(cache)
    newest_first = sorted(cache.parent.iterdir(), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for old in newest_first[_KEPT_CACHES:]:
        shutil.rmtree(old)
    config["nb_execution_mode"] = "cache"
    config["nb_execution_cache_path"] = str(cache)
    config["nb_execution_raise_on_error"] = True


def _execute(app: Sphinx) -> None:
    try:
        fill_cache(
            _chapters(app),
            Path(app.config["nb_execution_cache_path"]),
            progress=_LOG.info,
            config=_markdown_config(app),
        )
    except ExecutionError as error:
        raise ExtensionError(str(error)) from error


def _show_figures(app: Sphinx, doctree: nodes.document, name: str) -> None:
    chapter = Path(app.srcdir) / f"{name}.md"
    if app.builder.format != "html" or not chapter.is_file():
        return
    cache = Path(app.config["nb_execution_cache_path"])
    for notebook in executed([chapter], cache, _markdown_config(app)).values():
        dress_figures(app, doctree, name, notebook)


def _write_results(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    cache = Path(app.config["nb_execution_cache_path"])
    notebooks = executed(_chapters(app), cache, _markdown_config(app))
    pages = {}
    if (Path(app.srcdir) / STATEMENTS).is_file():
        report = load_statements(Path(app.srcdir))
        pages = {section.id: report.pages(section.id) for section in report.sections}
    results = Results.model_validate(collect_results(notebooks, pages))
    written = {
        "results.json": results.plain(),
        "schemas/results.schema.json": json_schema(Results),
        "schemas/statements.schema.json": json_schema(Ledger),
        "schemas/statements-file.schema.json": statements_schema(),
        "schemas/audit.schema.json": json_schema(Audit),
    }
    for notebook in notebooks.values():
        if (ledger := collect_ledger(notebook)) is not None:
            written["statements.json"] = ledger
    (Path(app.outdir) / "schemas").mkdir(exist_ok=True)
    for name, content in written.items():
        write_json(Path(app.outdir) / name, content)


def _describe(
    app: Sphinx, page: str, _template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if page == "search":
        # A browser lets no script read the pages of a folder, which results take their summaries from.
        app.add_js_file(None, body=_NO_SUMMARIES)
    if doctree is None:
        return
    described = [one["content"] for one in doctree.findall(nodes.meta) if one.get("name") == "description"]
    title = app.env.titles[page].astext()
    context["metatags"] += open_graph(title, " ".join(described), app.config["html_title"])


def _finish_pages(app: Sphinx, exception: Exception | None) -> None:
    """Read each page, put all on paper, mend them, and write them with the styles that they need."""
    if exception is not None or app.builder.format != "html":
        return
    html, root = Path(app.outdir), Path(app.srcdir)
    pages = read_pages(html)
    try:
        paper = publish_paper(root, html, pages, [*_parts(app)], load_settings(root).site_address)
    except PaperError as error:
        raise ExtensionError(str(error)) from error
    _LOG.info(f"wrote {NAME}" if paper else f"typst is not installed: the book is built without {NAME}")
    for page in pages:
        for step in [link_paper, *MENDING] if paper else MENDING:
            step(page)
    change(html, pages, [trim_static(html, pages)])


def _parts(app: Sphinx) -> Iterator[Part]:
    """The parts of the table of contents."""
    site_map = app.config["external_site_map"]
    yield Part("", (site_map.root.docname,))
    for part in site_map.root.subtrees:
        pages = tuple(page for child in part.files() for page in _below(site_map, child))
        if pages:
            yield Part(part.caption or "", pages)


def _markdown_config(app: Sphinx) -> Any:
    return app.env.myst_config  # type: ignore[attr-defined]


def _chapters(app: Sphinx) -> list[Path]:
    """List the Markdown files in the table of contents, in its order."""
    site_map = app.config["external_site_map"]

    paths = (Path(app.srcdir) / name for name in _below(site_map, site_map.root.docname))
    files = (path if path.suffix == ".md" else path.with_name(f"{path.name}.md") for path in paths)
    return [file for file in files if file.is_file()]


def _below(site_map: Any, document: str) -> Iterator[str]:
    yield document
    for child in site_map[document].child_files():
        yield from _below(site_map, child)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension.

    Parameters
    ----------
    app
        The Sphinx application.

    Returns
    -------
    dict
        What Sphinx wants to know of an extension.
    """
    app.setup_extension("keepinpact.book.notes")
    app.connect("config-inited", _configure)
    app.add_directive("terms", Terms)
    layers.setup(app)
    app.add_search_language(English)
    # After MyST has read its settings at the same event: the chapters are parsed with them.
    app.connect("builder-inited", _execute, priority=900)
    app.connect("html-page-context", _describe)
    caption_first(app)
    app.connect("doctree-resolved", _show_figures)
    app.connect("build-finished", _write_results)
    # Last: it drops what no page uses.
    app.connect("build-finished", _finish_pages, priority=900)
    return {"parallel_read_safe": True}
