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
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util import logging

import keepinpact
from keepinpact.ledger import Ledger
from keepinpact.settings import load_settings
from keepinpact.site.editions import write_json
from keepinpact.site.execute import ExecutionError, executed, fill_cache
from keepinpact.site.figures import caption_first, dress_figures
from keepinpact.site.glossary import Terms
from keepinpact.site.metadata import open_graph
from keepinpact.site.results import Results, json_schema
from keepinpact.site.search import English

__all__ = ["cache_folder", "collect_results", "content_hash", "setup"]

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
        SHA-256 of Python's version, the settings, the data, the package and the lock: names and bytes.
    """
    files = [
        *(path for path in (root / "data").rglob("*") if path.is_file()),
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


def collect_results(notebooks: Mapping[str, NotebookNode]) -> dict[str, Any]:
    """Collect the published numbers and figures from the outputs' metadata.

    Parameters
    ----------
    notebooks
        The executed chapters by name, in the order of the book.

    Returns
    -------
    dict
        ``results``, the published numbers in the order of the pages, and ``figures``, the checksums of the
        figures' data; each entry has its ``chapter``.

    Raises
    ------
    ExtensionError
        If a chapter publishes two numbers, or two figures, under one key.
    """
    found: dict[str, dict[tuple[str, str], dict[str, Any]]] = {"results": {}, "figures": {}}
    for chapter, notebook in notebooks.items():
        for receipt in _published(notebook):
            kind, key = ("figures", "figure") if "figure" in receipt else ("results", "key")
            name = (chapter, receipt[key])
            if name in found[kind]:
                raise ExtensionError(f"{chapter}: the key {receipt[key]!r} is published twice")
            found[kind][name] = {**receipt, "chapter": chapter}
    return {"format": 1} | {kind: list(entries.values()) for kind, entries in found.items()}


def _published(notebook: NotebookNode) -> Iterator[dict[str, Any]]:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            for receipt in output.get("metadata", {}).get("keepinpact", []):
                yield dict(receipt)


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
    results = collect_results(executed(_chapters(app), cache, _markdown_config(app)))
    out = Path(app.outdir)
    write_json(out / "results.json", Results.model_validate(results).plain())
    (out / "schemas").mkdir(exist_ok=True)
    write_json(out / "schemas/results.schema.json", json_schema(Results))
    write_json(out / "schemas/statements.schema.json", json_schema(Ledger))


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


def _markdown_config(app: Sphinx) -> Any:
    return app.env.myst_config  # type: ignore[attr-defined]


def _chapters(app: Sphinx) -> list[Path]:
    """List the Markdown files in the table of contents, in its order."""
    site_map = app.config["external_site_map"]

    def below(document: str) -> Iterator[str]:
        yield document
        for child in site_map[document].child_files():
            yield from below(child)

    paths = (Path(app.srcdir) / name for name in below(site_map.root.docname))
    files = (path if path.suffix == ".md" else path.with_name(f"{path.name}.md") for path in paths)
    return [file for file in files if file.is_file()]


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
    app.setup_extension("keepinpact.site.notes")
    app.connect("config-inited", _configure)
    app.add_directive("terms", Terms)
    app.add_search_language(English)
    # After MyST has read its settings at the same event: the chapters are parsed with them.
    app.connect("builder-inited", _execute, priority=900)
    app.connect("html-page-context", _describe)
    caption_first(app)
    app.connect("doctree-resolved", _show_figures)
    app.connect("build-finished", _write_results)
    return {"parallel_read_safe": True}
