"""The book's own Sphinx extension: chapters executed side by side, never a stale number.

jupyter-cache knows a notebook by its code alone, so after a change in ``data/`` or in the package it
would hand out old numbers. Here the cache lies in a folder named by a hash of everything the chapters
depend on; as that folder is part of Sphinx's environment, a change also makes Sphinx read every page
again. Sphinx by itself writes a page again when the page has changed, and no other; here all pages are
written again when something has changed that other pages show: a title, a label, a verdict.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from docutils import nodes
from jinja2 import FileSystemBytecodeCache
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.search import js_index
from sphinx.util import logging

import keepinpact
from keepinpact.book import layers
from keepinpact.book.citing import cite_entries, citing
from keepinpact.book.execute import ExecutionError
from keepinpact.book.figures import caption_first, dress_figures
from keepinpact.book.glossary import Terms
from keepinpact.book.inputs import CHECK, cache_folder, forget, inputs, read_stamp
from keepinpact.book.plain import ASSETS
from keepinpact.book.published import (
    collect_ledger,
    collect_results,
    drawn,
    kept,
    known_of,
    published,
    statements_file,
)
from keepinpact.book.search import English, finds_numbers, scorer, whole_index
from keepinpact.book.sharing import open_graph
from keepinpact.files import write_json, write_whole
from keepinpact.paper.parts import parts_of
from keepinpact.theme.page import Step, read_pages
from keepinpact.theme.trim import MENDING, STYLES, Needs, link_styles, needs, trim_static

__all__ = ["setup"]

_KEPT_CACHES = 4
_PAGES = "_build/.pages.json"
_LOG = logging.getLogger(__name__)


@dataclass
class _Build:
    """What a build remembers from one event to the next.

    Attributes
    ----------
    anew
        Whether every page is read and written.
    kept
        Where what each chapter publishes is kept.
    published
        What each chapter publishes, by its name.
    written
        The pages that Sphinx has written, by name.
    """

    anew: bool = True
    kept: Mapping[Path, Path] = field(default_factory=dict)
    published: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)


def _configure(build: _Build, app: Sphinx, config: Config) -> None:
    root = Path(app.srcdir)
    package = Path(keepinpact.__file__).resolve().parent
    if package.parent != (root / "src").resolve():
        raise ExtensionError(
            f"this would build {root} with the package in {package}: put {root / 'src'} first in PYTHONPATH"
        )
    made_of, now = read_stamp(root), inputs(root)
    build.anew = made_of is None or (made_of.reading, made_of.dress) != (now.reading, now.dress)
    cache = cache_folder(root, now.content)
    cache.mkdir(parents=True, exist_ok=True)
    os.utime(cache)
    newest_first = sorted(cache.parent.iterdir(), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for old in newest_first[_KEPT_CACHES:]:
        shutil.rmtree(old)
    config["nb_execution_mode"] = "cache"
    config["nb_execution_cache_path"] = str(cache)
    config["nb_execution_raise_on_error"] = True
    first = [config["root_doc"], *(f"chapters/{name}" for name in known_of(root, cache)["sections"])]
    write_whole(cache / "scorer.js", scorer(first))
    config["html_search_scorer"] = str(cache / "scorer.js")


def _execute(build: _Build, app: Sphinx) -> None:
    root, cache = Path(app.srcdir), _cache(app)
    build.kept = kept(_chapters(app), root, cache)
    try:
        build.published = published(build.kept, root, cache, _markdown_config(app), _LOG.info)
    except ExecutionError as error:
        raise ExtensionError(str(error)) from error
    except RuntimeError as error:
        # The cache of executed chapters hides what is wrong with its file.
        raise ExtensionError(f"{error} ({error.__cause__})") from error
    # Sphinx compiles the theme's templates in each build.
    compiled = root / "_build/.templates"
    compiled.mkdir(exist_ok=True)
    app.builder.templates.environment.bytecode_cache = FileSystemBytecodeCache(str(compiled))
    # From here on the pages change; whatever stops the build, the next one then begins anew.
    forget(root)


def _outdated(
    build: _Build, app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """The pages to read again: all, or those whose text has changed, whatever the time of the file says."""
    before = getattr(env, "keepinpact_texts", {})
    if build.anew:
        return sorted(env.found_docs)
    return [name for name, text in _texts(env).items() if before.get(name) != text]


def _texts(env: BuildEnvironment) -> dict[str, str]:
    paths = {name: Path(env.doc2path(name)) for name in sorted(env.found_docs)}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in paths.items()}


def _to_write(build: _Build, app: Sphinx, env: BuildEnvironment) -> list[str]:
    """The pages to write beside those that were read: all, if something has changed that others show."""
    std = env.domaindata["std"]
    shown = hashlib.sha256(
        repr(
            [
                *(
                    {name: title.astext() for name, title in sorted(found.items())}
                    for found in (env.titles, env.longtitles)
                ),
                *(sorted(std[kind].items(), key=repr) for kind in ("labels", "anonlabels", "objects")),
                sorted((name, repr(found.get("myst_slugs"))) for name, found in env.metadata.items()),
                *(sorted(found.items()) for found in (env.toctree_includes, env.toc_secnumbers)),
                json.dumps(collect_ledger(build.published), sort_keys=True),
            ]
        ).encode()
    ).hexdigest()
    before = getattr(env, "keepinpact_shown", "")
    env.keepinpact_texts, env.keepinpact_shown = _texts(env), shown  # type: ignore[attr-defined]
    return sorted(env.found_docs) if shown != before else []


def _show_figures(build: _Build, app: Sphinx, doctree: nodes.document, name: str) -> None:
    note = build.kept.get(Path(app.srcdir) / f"{name}.md")
    if app.builder.format == "html" and note is not None:
        dress_figures(app, doctree, name, drawn(note))


def _describe(
    build: _Build,
    app: Sphinx,
    page: str,
    _template: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    build.written.append(page)
    if _states(build, page):
        app.add_js_file("what-if.js", loading_method="defer")
    if page == "search":
        app.add_js_file("search-page.js", loading_method="defer")
    if doctree is None:
        return
    described = [one["content"] for one in doctree.findall(nodes.meta) if one.get("name") == "description"]
    title = app.env.titles[page].astext()
    context["metatags"] += open_graph(title, " ".join(described), app.config["html_title"])


def _states(build: _Build, page: str) -> dict[str, Any] | None:
    """The states that a page loads, of what would follow if something else were taken."""
    name = PurePosixPath(page).name
    return build.published[name]["states"] if name in build.published else None


def _no_findings(build: _Build, app: Sphinx, _tree: nodes.document) -> None:
    """Keep the text of a page that shows what is not so out of the search."""
    if _states(build, app.env.docname):
        app.env.metadata[app.env.docname]["nosearch"] = True


def _finish(build: _Build, app: Sphinx, exception: Exception | None) -> None:
    """Write what programs read, and mend the pages that Sphinx has written."""
    if exception is not None or app.builder.format != "html":
        return
    html, note = Path(app.outdir), Path(app.srcdir) / _PAGES
    state: dict[str, Any] = {"pages": {}} if build.anew else json.loads(note.read_text(encoding="utf-8"))
    published = hashlib.sha256(json.dumps(build.published).encode()).hexdigest()
    if state.get("published") != published:
        sections = known_of(Path(app.srcdir), _cache(app))["sections"]
        _publish(html, build.published, {name: section["pages"] for name, section in sections.items()})
    if build.anew:
        from keepinpact.book.schemas import check_results, write_schemas

        write_schemas(html / "schemas")
        _publish_check(Path(app.srcdir), html)
        check_results(html / "results.json")
    pages = [f"{name}.html" for name in build.written]
    tools = html / "_static/searchtools.js"
    write_whole(tools, finds_numbers(tools.read_text(encoding="utf-8")))
    steps = [*MENDING, _cite_entries(build, app)]
    state["styles"] = _mend(html, pages, steps, state["pages"], state.get("styles", {}))
    state["terms"] = _mend_search(html / "searchindex.js", build.written, state.get("terms"))
    write_whole(note, json.dumps(state | {"published": published}))
    if build.anew:
        _LOG.info(f"wrote all {len(pages)} pages")
    else:
        _LOG.info(
            f"wrote {len(pages)} pages: {', '.join(PurePosixPath(name).name for name in build.written)}"
        )


def _publish(html: Path, chapters: Mapping[str, Any], pages: Mapping[str, Any]) -> None:
    """Write the numbers and the statements."""
    write_json(html / "results.json", collect_results(chapters, pages))
    if (ledger := collect_ledger(chapters)) is not None:
        write_json(html / "statements.json", ledger)
    for content in chapters.values():
        if states := content["states"]:
            text = json.dumps(states["states"], ensure_ascii=False, separators=(",", ":"))
            # As a script, since a browser lets no page read the files of a folder.
            write_whole(html / "chapters" / states["file"], f"keepinpactStates({text});\n")


def _publish_check(root: Path, html: Path) -> None:
    """Put beside the book what checks it without the package, and the statements as it can read them."""
    if (text := statements_file(root)) is not None:
        write_whole(html / "statements-file.json", text)
    if (script := root / CHECK).is_file():
        shutil.copyfile(script, html / CHECK)


def _cite_entries(build: _Build, app: Sphinx) -> Step:
    """The step that lets each entry of the ledger be cited."""
    ledger = collect_ledger(build.published)
    entries = [*ledger["statements"], *ledger["claims"]] if ledger else []
    sections = known_of(Path(app.srcdir), _cache(app))["sections"]
    return partial(
        cite_entries, entries=entries, sections=sections, cited=citing(Path(app.srcdir), _cache(app))
    )


def _mend(
    html: Path,
    written: list[str],
    steps: Sequence[Step],
    needed: dict[str, Any],
    before: Mapping[str, str],
) -> dict[str, str]:
    """Mend the pages that were written, and lead all pages to the styles that they need.

    ``steps`` mend a page; ``needed`` is what each page of the book needs, and is brought up to date.
    """
    pages = read_pages(html, written)
    for page in pages:
        for step in steps:
            step(page)
        needed[page.name] = asdict(needs(page))
    styles = trim_static(html, [Needs(**found) for _, found in sorted(needed.items())], before, ASSETS)
    for page in pages:
        link_styles(page, styles["version"])
        write_whole(html / page.name, str(page))
    if before and styles["version"] != before["version"]:
        old, new = (f"{STYLES}?v={one['version']}" for one in (before, styles))
        for name in needed.keys() - {page.name for page in pages}:
            write_whole(html / name, (html / name).read_text(encoding="utf-8").replace(old, new))
    return styles


def _mend_search(file: Path, written: list[str], terms: dict[str, Any] | None) -> dict[str, Any]:
    """Mend the search's index; the glossary's terms in it, from one build to the next."""
    found = js_index.loads(file.read_text(encoding="utf-8"))
    mended = whole_index(found, found["indexentries"] if terms is None else terms, written)
    write_whole(file, js_index.dumps(mended))
    return dict(mended["indexentries"])


def _cache(app: Sphinx) -> Path:
    return Path(app.config["nb_execution_cache_path"])


def _markdown_config(app: Sphinx) -> Any:
    return app.env.myst_config  # type: ignore[attr-defined]


def _chapters(app: Sphinx) -> list[Path]:
    """List the Markdown files in the table of contents, in its order."""
    names = (name for part in parts_of(app.config["external_site_map"]) for name in part.pages)
    paths = (Path(app.srcdir) / name for name in names)
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
    build = _Build()
    app.setup_extension("keepinpact.book.notes")
    app.connect("config-inited", partial(_configure, build))
    app.add_directive("terms", Terms)
    layers.setup(app)
    app.add_search_language(English)
    # After MyST has read its settings at the same event: the chapters are parsed with them.
    app.connect("builder-inited", partial(_execute, build), priority=900)
    app.connect("env-get-outdated", partial(_outdated, build))
    app.connect("env-get-updated", partial(_to_write, build))
    app.connect("doctree-read", partial(_no_findings, build))
    app.connect("html-page-context", partial(_describe, build))
    caption_first(app)
    app.connect("doctree-resolved", partial(_show_figures, build))
    # Last: it drops what no page uses.
    app.connect("build-finished", partial(_finish, build), priority=900)
    return {"parallel_read_safe": True}
