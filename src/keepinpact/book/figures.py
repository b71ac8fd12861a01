"""Figures on the built pages: part of the page itself, with their downloads, their code below them."""

from __future__ import annotations

import hashlib
from html import escape
from pathlib import Path, PurePosixPath

from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

from keepinpact.files import write_whole

__all__ = ["caption_first", "drawn", "dress_figures"]

FOLDER = "figures"


def drawn(notebook: NotebookNode) -> dict[str, tuple[str, str, str]]:
    """The figures of an executed chapter by name: as SVG, as wide SVG if there is one, its numbers as CSV."""
    found = {}
    for cell in notebook.cells:
        name = cell.metadata.get("mystnb", {}).get("figure", {}).get("name")
        for output in cell.get("outputs", []):
            if name and "image/svg+xml" in output.get("data", {}):
                svg, known = output.data["image/svg+xml"], output.metadata
                found[name] = svg, known.get("wide", ""), known["csv"]
    return found


def dress_figures(app: Sphinx, doctree: nodes.document, document: str, notebook: NotebookNode) -> None:
    """Put a page's drawings into the page, write their downloads and link these.

    Parameters
    ----------
    app
        The Sphinx application.
    doctree
        The page, resolved.
    document
        Its name.
    notebook
        The executed chapter that it shows.
    """
    folder = Path(app.outdir) / FOLDER
    up = "../" * document.count("/")
    for name, (svg, wide, csv) in drawn(notebook).items():
        (figure,) = (one for one in doctree.findall(nodes.figure) if name in one["names"])
        (caption,) = figure.findall(nodes.caption)
        (strong,) = caption.findall(nodes.strong)
        headline = strong.astext()
        measure = caption.astext().removeprefix(headline)
        stem = f"{PurePosixPath(document).name}-{name.removeprefix('fig-')}"
        folder.mkdir(exist_ok=True)
        alone = _standalone(app, wide or svg, headline, [measure, app.config.html_title])
        (folder / f"{stem}.svg").write_text(alone, encoding="utf-8")
        (folder / f"{stem}.csv").write_text(csv, encoding="utf-8")
        links = ", ".join(
            f'<a href="{up}{FOLDER}/{stem}.{kind.lower()}" download '
            f'aria-label="{kind}: {escape(headline)}">{kind}</a>'
            for kind in ("CSV", "SVG")
        )
        (image,) = figure.findall(nodes.image)
        image.replace_self(nodes.raw("", f'<div class="drawn">{svg}{wide}</div>', format="html"))
        figure += nodes.raw("", f'<p class="downloads">Download: {links}</p>', format="html")
        _code_below(figure)


def _standalone(app: Sphinx, svg: str, headline: str, notes: list[str]) -> str:
    """The drawing by itself; kept beside the executed chapters, since measuring text needs Matplotlib."""
    key = hashlib.sha256("\n".join([svg, headline, *notes]).encode()).hexdigest()
    kept = Path(app.config["nb_execution_cache_path"]) / "figures" / f"{key}.svg"
    if not kept.is_file():
        from keepinpact.figures.svg import standalone

        kept.parent.mkdir(exist_ok=True)
        write_whole(kept, standalone(svg, headline, notes))
    return kept.read_text(encoding="utf-8")


def _code_below(figure: nodes.figure) -> None:
    """Move the code that drew a figure below it."""
    node: nodes.Element = figure
    while node.parent is not None:
        cell = node.parent
        if isinstance(cell, nodes.container) and cell.get("nb_element") == "cell_code":
            cell.remove(node)
            cell.insert(0, node)
            return
        node = cell


def caption_first(app: Sphinx) -> None:
    """Let a figure's caption stand above its drawing; docutils' own ends the caption with the figure."""
    app.add_node(nodes.caption, override=True, html=(HTML5Translator.visit_caption, _end_caption))
    app.add_node(nodes.figure, override=True, html=(HTML5Translator.visit_figure, _end_figure))


def _end_caption(writer: HTML5Translator, node: nodes.caption) -> None:
    HTML5Translator.depart_caption(writer, node)
    if isinstance(node.parent, nodes.figure):
        writer.body.append("</figcaption>\n")


def _end_figure(writer: HTML5Translator, _: nodes.figure) -> None:
    writer.body.append("</figure>\n")
