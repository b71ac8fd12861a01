"""Numbers in the prose lead to their receipts, which stand as notes at the end of each page.

MyST-NB's glue roles know a number's key and, in the output's metadata, its receipt. Here they keep both
in the page's tree; the notes are written with the page.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_nb.core.variables import RetrievalError
from myst_nb.ext.glue.directives import PasteMarkdownDirective
from myst_nb.ext.glue.roles import PasteTextRole
from myst_nb.ext.glue.utils import retrieve_glue_data
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.config import Config
from sphinx.writers.html5 import HTML5Translator

from keepinpact.book.citing import Citing, citing, number_cited
from keepinpact.book.plain import listing
from keepinpact.book.published import collect_ledger, kept, known_of, published
from keepinpact.book.receipts import Links, beside, identifier, note, render
from keepinpact.paths import PACKAGE

__all__ = ["setup"]

_METHOD, _LEDGER = "chapters/method", "chapters/ledger"
_ASSETS = "src/keepinpact/book/assets"
_MOST_LISTED = 1_000_000
"""Bytes of a file of the data whose lines are shown as a page."""
_NOBODY = "A reconstruction: one of the data sets that fit the report. These are nobody’s answers."
_TABLE = "Source of these numbers"
_IN_TABLE = "The numbers in the table"
_FOLD = '<details class="numbers"><summary>The numbers as a table</summary>'


class Reference(nodes.inline):  # type: ignore[misc]
    """A number (or a link below a table) with the receipt that it leads to."""


def _receipts(document: nodes.document, key: str) -> list[dict[str, Any]]:
    """The receipts of what is glued under a key."""
    try:
        found = retrieve_glue_data(document, key)
    except RetrievalError:
        return []
    return [dict(one) for one in found.metadata.get("keepinpact", [])]


class _Number(PasteTextRole):  # type: ignore[misc]
    """``{glue:text}`` that leads to the number's receipt."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        pasted, messages = super().run()
        receipts = _receipts(self.document, self.text)
        if not receipts or not pasted:
            return pasted, messages
        (shown,) = pasted
        number = Reference("", shown.astext(), classes=["receipt", *shown["classes"]], receipt=receipts[0])
        number.source, number.line = shown.source, shown.line
        return [number], messages


class _Table(PasteMarkdownDirective):  # type: ignore[misc]
    """``{glue:md}`` whose table keeps its receipts together as one."""

    def run(self) -> list[nodes.Node]:
        pasted: list[nodes.Node] = super().run()
        key = self.arguments[0]
        receipts = _receipts(self.document, key)
        tables = [table for one in pasted for table in one.findall(nodes.table)]
        if receipts and tables:
            first = receipts[0]
            tables[0]["drawn"] = "figure" in first
            tables[0]["receipt"] = {
                "key": key,
                "text": _IN_TABLE,
                "layer": first["layer"],
                "statements": [],
                "source": first["source"],
            }
        return pasted


def _link_tables(app: Sphinx, tree: nodes.document) -> None:
    for table in list(tree.findall(nodes.table)):
        if "receipt" in table:
            link = Reference("", _TABLE, classes=["receipt"], receipt=table["receipt"])
            shown: list[nodes.Node] = [table, nodes.paragraph("", "", link)]
            if table["drawn"]:
                shown = [
                    nodes.raw("", _FOLD, format="html"),
                    *shown,
                    nodes.raw("", "</details>", format="html"),
                ]
            at, parent = table.parent.index(table), table.parent
            parent[at : at + 1] = shown


class _Known:
    """What every page's notes need, read once in a build, when the chapters have been executed."""

    def __init__(self, app: Sphinx) -> None:
        self._app = app
        self._pages: dict[str, dict[str, Any]] = {}

    @cached_property
    def sections(self) -> dict[str, Any]:
        """The sections of the report by id, each with its place in words."""
        return dict(self._known["sections"])

    @cached_property
    def statements(self) -> dict[str, dict[str, Any]]:
        """The statements by id, with their verdicts where the book has a ledger."""
        ledger = collect_ledger(self._published(_LEDGER))
        return {one["id"]: one for one in ledger["statements"]} if ledger else dict(self._known["statements"])

    def rests_on(self, page: str, key: str) -> str:
        """What forces an implied number, in words."""
        if page not in self._pages:
            (self._pages[page],) = self._published(page).values()
        return str(self._pages[page]["rests_on"].get(key, ""))

    @cached_property
    def published(self) -> frozenset[str]:
        """The data files that the book publishes."""
        return frozenset(self._known["published"])

    @cached_property
    def citing(self) -> Citing:
        """What every citation names."""
        return citing(Path(self._app.srcdir), self._cache)

    def cited(self, page: str, receipt: Mapping[str, Any], number: str) -> str:
        """How a number of a page is cited; in short it is ``number``."""
        if number == _IN_TABLE:
            number = f"A table in “{self._app.env.titles[page].astext()}”"
        statements = [self.statements[one] for one in receipt["statements"]]
        what, section = number_cited(receipt, number, statements)
        # What is counted in the lists of a section is found where its chapter's section is.
        section = section or page.rpartition("/")[2]
        place = str(self.sections[section]["place"]) if section in self.sections else ""
        return self.citing.full(what, place, f"{page}.html#receipt-{identifier(receipt['key'])}")

    @cached_property
    def _known(self) -> dict[str, Any]:
        return known_of(Path(self._app.srcdir), self._cache)

    @property
    def _cache(self) -> Path:
        return Path(self._app.config["nb_execution_cache_path"])

    def _published(self, page: str) -> dict[str, dict[str, Any]]:
        root, cache = Path(self._app.srcdir), self._cache
        notes = kept([path for path in [root / f"{page}.md"] if path.is_file()], root, cache)
        return published(notes, root, cache, self._app.env.myst_config)  # type: ignore[attr-defined]


def _number_references(known: _Known, app: Sphinx, tree: nodes.document, page: str) -> None:
    """Count the references to each note, and the notes, in the order of the page; mark the verdicts."""
    seen: Counter[str] = Counter()
    for reference in tree.findall(Reference):
        key = reference["receipt"]["key"]
        seen[key] += 1
        reference["number"], reference["note"] = seen[key], list(seen).index(key) + 1
        receipt = reference["receipt"]
        statements = [known.statements[one] for one in receipt["statements"]]
        verdicts = {one.get("verdict", "") for one in statements}
        if seen[key] == 1:
            section = known.sections.get(receipt.get("section") or "", {})
            reference["beside"] = beside(receipt, section.get("paged", ""), statements)
        if len(verdicts) == 1 and (verdict := verdicts.pop()):
            reference["verdict"] = verdict


def _enter(writer: HTML5Translator, node: Reference) -> None:
    inside = node.parent
    while inside is not None and not isinstance(inside, nodes.reference):
        inside = inside.parent
    # A link holds no other: an entry of the page's contents, a number in a link's words.
    if inside is not None or "number" not in node:
        writer.body.append(writer.starttag(node, "span", ""))
        writer.context.append("</span>")
        return
    id = identifier(node["receipt"]["key"])
    attributes = {
        "href": f"#receipt-{id}",
        "role": "doc-noteref",
        "data-note": str(node["note"]),
    }
    if "beside" in node:
        attributes["data-beside"] = node["beside"]
    if "verdict" in node:
        attributes["data-verdict"] = node["verdict"]
    writer.body.append(writer.starttag(node, "a", "", ids=[f"receipt-{id}-{node['number']}"], **attributes))
    writer.context.append("</a>")


def _leave(writer: HTML5Translator, node: Reference) -> None:
    writer.body.append(writer.context.pop())


def _append_notes(
    known: _Known,
    app: Sphinx,
    page: str,
    template: str,
    context: dict[str, Any],
    tree: nodes.document | None,
) -> None:
    references = list(tree.findall(Reference)) if tree is not None else []
    if not references:
        return
    builder = app.builder
    assert isinstance(builder, StandaloneHTMLBuilder)
    root = builder.get_relative_uri(page, "index").rpartition("/")[0]
    root = f"{root}/" if root else ""

    def leads_to(document: str, anchor: str) -> str:
        exists = document in app.env.found_docs
        return f"{builder.get_relative_uri(page, document)}#{anchor}" if exists else ""

    def line(file: str, number: int) -> str:
        if file not in known.published:
            return ""
        return f"{root}{file}.html#L{number}" if _listed(Path(app.srcdir) / file) else f"{root}{file}"

    links = Links(
        leads_to(_METHOD, "layers"), lambda statement: leads_to(_LEDGER, f"ledger-{statement}"), line
    )
    counts = Counter(one["receipt"]["key"] for one in references)
    receipts = {one["receipt"]["key"]: one["receipt"] for one in references}
    notes = [
        (
            note(
                receipt,
                known.statements,
                lambda section: str(known.sections[section]["place"]),
                links,
                known.rests_on(page, receipt["key"]),
                partial(known.cited, page, receipt),
            ),
            counts[key],
        )
        for key, receipt in receipts.items()
    ]
    context["body"] += render(notes)
    app.add_css_file("receipts.css")
    app.add_js_file("receipts.js", loading_method="defer")


def _configure(app: Sphinx, config: Config) -> None:
    config["html_static_path"].append(_ASSETS)


def _listed(file: Path) -> bool:
    """Whether a file of the data has a page with its lines; that of many answers would have no end."""
    return file.stat().st_size <= _MOST_LISTED


def _publish_data(app: Sphinx, exception: Exception | None) -> None:
    """Copy the published data beside the book, each with a page that has an anchor for every line."""
    if exception is not None or app.builder.format != "html":
        return
    if (Path(app.outdir) / "data").exists():
        # A change of the data makes the whole book anew.
        return
    from keepinpact.data import RECONSTRUCTION
    from keepinpact.reconstruct import published_package
    from keepinpact.settings import load_settings

    source = Path(app.srcdir)
    for name in load_settings(source).published:
        file = source / name
        if not file.is_file():
            continue
        target = Path(app.outdir) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if name == PACKAGE:
            target.write_text(published_package(source), encoding="utf-8")
        else:
            shutil.copyfile(file, target)
        if not _listed(file):
            continue
        page = target.with_name(f"{target.name}.html")
        note = _NOBODY if name == RECONSTRUCTION.as_posix() else ""
        page.write_text(listing(name, target.read_text(encoding="utf-8-sig"), note), encoding="utf-8")


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
    app.setup_extension("myst_nb")
    app.add_node(Reference, html=(_enter, _leave))
    app.add_role_to_domain("glue", "text", _Number(), override=True)
    app.add_directive_to_domain("glue", "md", _Table, override=True)
    app.connect("config-inited", _configure)
    app.connect("doctree-read", _link_tables)
    known = _Known(app)
    app.connect("doctree-resolved", partial(_number_references, known))
    app.connect("html-page-context", partial(_append_notes, known))
    app.connect("build-finished", _publish_data)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
