"""Figures on the built pages: part of the page, with a foot and a data page, their code below them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from html import escape
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

from keepinpact.book.citing import Citing, citing
from keepinpact.book.published import Drawn, known_of
from keepinpact.files import FORMULA, write_json, write_whole
from keepinpact.theme.template import fill

__all__ = ["caption_first", "data_page", "dress_figures", "for_spreadsheets"]

FOLDER, LIST = "figures", "chapters/data"
_LAYERS: Mapping[str, str] = {
    "printed": "Printed in the report",
    "implied": "Worked out from what the report prints",
    "reconstructed": "A reconstruction: one of the data sets that fit the report. It is nobody’s answers",
    "responses": "Counted in the released responses",
}
_WAVES: Mapping[str, str] = {
    "1": "survey 1",
    "2": "survey 2",
    "1+2": "both surveys",
    "": "the report does not say of which survey",
}


def dress_figures(app: Sphinx, doctree: nodes.document, document: str, figures: Mapping[str, Drawn]) -> None:
    """Put a page's drawings into the page, each with its foot, and write its data page and downloads.

    Parameters
    ----------
    app
        The Sphinx application.
    doctree
        The page, resolved.
    document
        Its name.
    figures
        Its figures by name.
    """
    folder, chapter = Path(app.outdir) / FOLDER, PurePosixPath(document).name
    for old in _written(folder, chapter):
        old.unlink()
    cache = Path(app.config["nb_execution_cache_path"])
    known, cited = known_of(Path(app.srcdir), cache), citing(Path(app.srcdir), cache)
    published = known["published"]
    for chart in known["charts"]:
        _lead_to_list(app, doctree, document, f"fig-{chart}")
    if figures:
        folder.mkdir(exist_ok=True)
    for name, one in figures.items():
        (figure,) = (node for node in doctree.findall(nodes.figure) if name in node["names"])
        (caption,) = figure.findall(nodes.caption)
        (strong,) = caption.findall(nodes.strong)
        headline, stem = strong.astext(), f"{chapter}-{name.removeprefix('fig-')}"
        measure = " ".join(caption.astext().removeprefix(headline).split())
        data = data_page(one, stem, f"{document}.html#{name}", headline, measure, known, cited)
        svg = _kept(cache, "svg", one.wide or one.svg, headline, measure, data["source_line"]).decode()
        kinds = ["CSV", "SVG", *(["PNG"] if find_spec("typst") else []), "JSON"]
        if "PNG" in kinds:
            (folder / f"{stem}.png").write_bytes(_kept(cache, "png", svg))
        write_whole(folder / f"{stem}.svg", svg)
        write_whole(folder / f"{stem}.csv", for_spreadsheets(one.csv))
        write_json(folder / f"{stem}.json", data)
        downloads = [f"{stem}.{kind.lower()}" for kind in kinds]
        files, drawings = dict(zip(kinds, downloads, strict=True)), _drawings(one)
        page = fill(
            "figure.html",
            data=data,
            kinds=files,
            drawings=drawings,
            published=published,
            assets="../_static/",
        )
        write_whole(folder / f"{stem}.html", page)
        (image,) = figure.findall(nodes.image)
        image.replace_self(nodes.raw("", f'<div class="drawn">{drawings}</div>', format="html"))
        root = "../" * document.count("/")
        figure += nodes.raw("", _foot(f"{root}{FOLDER}/{stem}", kinds, headline, data), format="html")
        _code_below(figure)


def for_spreadsheets(table: str) -> str:
    """A table as CSV in which an apostrophe stands before each text that a spreadsheet would work out."""
    made = io.StringIO(newline="")
    rows = csv.reader(io.StringIO(table, newline=""))
    csv.writer(made, lineterminator="\n").writerows(
        ["'" * bool(FORMULA.match(cell)) + cell for cell in row] for row in rows
    )
    return made.getvalue()


def _drawings(figure: Drawn) -> str:
    """A drawing in each of its widths; the style shows that which fits, and paper has the wide one."""
    narrow = figure.svg.replace("<svg ", '<svg class="d-print-none" ', 1) if figure.wide else figure.svg
    return narrow + figure.wide


def _lead_to_list(app: Sphinx, doctree: nodes.document, document: str, name: str) -> None:
    """Let the line in the place of a missing chart lead to the list of them all, where the book has one."""
    for figure in doctree.findall(nodes.figure):
        texts = list(figure.findall(nodes.paragraph))
        if (
            name in figure["names"]
            and texts
            and not list(figure.findall(nodes.image))
            and LIST in app.env.found_docs
        ):
            address = app.builder.get_relative_uri(document, LIST)
            link = f' <a href="{address}#missing-charts">What is known of it</a>'
            texts[-1] += nodes.raw("", link, format="html")


def _written(folder: Path, chapter: str) -> list[Path]:
    """The files of a chapter's figures that an earlier build wrote."""
    notes = [path for path in folder.glob("*.json") if path.name.startswith(f"{chapter}-")]
    stems = [path.stem for path in notes if json.loads(path.read_text("utf-8"))["chapter"] == chapter]
    return [path for stem in stems for path in folder.glob(f"{stem}.*")]


def data_page(
    figure: Drawn,
    stem: str,
    page: str,
    headline: str,
    measure: str,
    known: Mapping[str, Any],
    cited: Citing,
) -> dict[str, Any]:
    """What there is to know of a figure, as its ``.json`` holds it and its data page shows it.

    Parameters
    ----------
    figure
        The figure.
    stem
        The name of its files.
    page
        Where it stands, relative to the book.
    headline, measure
        Its caption: what it says, and what is drawn, of which base.
    known
        What :func:`keepinpact.book.published.known_of` returns.
    cited
        What a citation names.
    """
    chapter = PurePosixPath(page.partition(".html")[0]).name
    chart = known["charts"].get(page.rpartition("#fig-")[2], {})
    item, wave = figure.item or chart.get("item"), figure.wave or _WAVES.get(chart.get("wave"), "")
    asked = known["asked"].get(item, "")
    if asked and '"' not in asked:
        asked += " (in this edition’s words; the report does not print the question)"
    place = _place(figure.source, chapter, known)
    head, *rows = csv.reader(io.StringIO(figure.csv, newline=""))
    shows, _, base = measure.partition("Base: ")
    layer = _LAYERS[figure.layer]
    caveats = [
        base and f"base: {base.partition('. ')[0].rstrip('.')}",
        layer[:1].lower() + layer[1:],
        figure.coding,
    ]
    return {
        "format": 1,
        "chapter": chapter,
        "title": headline,
        "shows": shows.strip(),
        "base": base,
        "asked": asked,
        "wave": wave[:1].upper() + wave[1:],
        "layer": figure.layer,
        "layer_means": layer,
        "coding": figure.coding,
        "place": place,
        "source": list(figure.source),
        "source_line": cited.line(place),
        "citation": cited.full(
            f"Figure “{headline}” ({'; '.join(filter(None, caveats))})", place, f"{FOLDER}/{stem}.html"
        ),
        "page": page,
        "columns": head,
        "rows": rows,
    }


def _place(source: Sequence[Mapping[str, Any]], chapter: str, known: Mapping[str, Any]) -> str:
    """The sections of the report that lines of data stand in; else the one that a chapter is about."""
    found: dict[str, None] = {}
    for one in source:
        lines, (first, last) = known["places"].get(one["file"], {}), one["lines"]
        found |= {section: None for line, section in lines.items() if first <= int(line) <= last}
    sections = list(found) or [chapter]
    return "; ".join(known["sections"][one]["place"] for one in sections if one in known["sections"])


def _foot(path: str, kinds: Sequence[str], headline: str, data: Mapping[str, Any]) -> str:
    """What stands below a drawing: its source, its data page, downloads, and how it is cited."""
    links = ", ".join(
        f'<a href="{path}.{kind.lower()}" download aria-label="{kind}: {escape(headline)}">{kind}</a>'
        for kind in kinds
    )
    return (
        f'<p class="source">{escape(data["source_line"])}</p>'
        f'<p class="downloads"><a href="{path}.html" '
        f'aria-label="Data page: {escape(headline)}">Data page</a>. Download: {links}</p>'
        + fill("cite.html", title="Citation to copy", text=data["citation"])
    )


def _kept(cache: Path, kind: str, svg: str, *words: str) -> bytes:
    """A drawing by itself, as SVG below its headline and notes or as PNG.

    It is kept beside the executed chapters, since it takes Matplotlib or Typst, which are slow to import.
    """
    key = hashlib.sha256("\n".join([svg, *words]).encode()).hexdigest()
    kept = cache / "figures" / f"{key}.{kind}"
    if not kept.is_file():
        from keepinpact.book.png import to_png
        from keepinpact.figures.svg import standalone

        kept.parent.mkdir(exist_ok=True)
        made = to_png(svg) if kind == "png" else standalone(svg, words[0], words[1:]).encode()
        beside = kept.with_suffix(".part")
        beside.write_bytes(made)
        beside.replace(kept)
    return kept.read_bytes()


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
