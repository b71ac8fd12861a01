"""The articles of built pages as plain nodes, ready to be typeset.

A node is a string or a mapping with a ``form`` that ``paper.typ`` knows. An element that has no form on
paper is an error, so that nothing is lost without a word.
"""

from __future__ import annotations

import posixpath
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborNode, create_tag

from keepinpact.theme.page import Page, drop

__all__ = ["SANS", "Node", "PaperError", "read_articles"]

Node = str | dict[str, Any]

# The sans serif of the drawings.
SANS = "DejaVu Sans"
_SVG = "http://www.w3.org/2000/svg"
# About as many letters as a table's row holds, and as the space between its columns takes.
_LINE, _GAP = 100, 3

# What is of no use on paper: controls, downloads, ways back.
_LEFT_OUT = (
    "script, style, template, noscript, button, form, input, select, dialog, [hidden], .headerlink, "
    ".toctree-wrapper, .d-print-none, .receipt-back, p:has(> a[download])"
)
_MARKS = {
    **dict.fromkeys(("strong", "b"), "strong"),
    **dict.fromkeys(("em", "i", "var"), "emph"),
    **dict.fromkeys(("s", "del"), "strike"),
    **{name: name for name in ("mark", "sub", "sup")},
}
_CODE = {"code", "kbd", "samp", "tt"}
_WORDS = {"abbr", "bdi", "cite", "data", "dfn", "ins", "label", "small", "span", "time", "u"}
_INLINE_TAGS = {*_MARKS, *_CODE, *_WORDS, "a", "br", "img", "q", "wbr"}
_BOXES = {"address", "article", "aside", "div", "footer", "header", "main", "nav", "p", "picture", "section"}
_INLINE = {*_MARKS.values(), "anchor", "break", "code", "lang", "link", "note"}


class PaperError(ValueError):
    """A page holds what cannot be put on paper. The message names the page and the thing."""


@dataclass(frozen=True)
class _Page:
    """A page that is being read."""

    name: str
    """The page's name."""
    drawings: Sequence[str]
    """The drawings of its article, each in XML."""
    link: Callable[[str], dict[str, Any] | None]
    """From an address on the page to a link without its words, or None for what paper cannot link to."""
    notes: Mapping[str, int]
    """The numbers of the page's notes by id."""
    wanted: frozenset[str]
    """The places, on any page, that some page links to."""

    def error(self, what: str) -> PaperError:
        return PaperError(f"{self.name}.html: {what} has no form on paper")


def read_articles(pages: Sequence[Page], address: str = "") -> dict[str, list[Node]]:
    """The articles of built pages as nodes, by the pages' names (such as ``chapters/about``).

    Links between the pages are kept. A link to another file leads to ``address``, where the pages are
    published, ending in a slash; it is mere text without one. PaperError where a page has no article, or
    holds an element that has no form on paper.
    """
    drawings: dict[str, list[str]] = {}
    articles: dict[str, LexborNode] = {}
    for page in pages:
        name = page.name.removesuffix(".html")
        article = page.copy().article
        if article is None:
            raise PaperError(f"{page.name} has no article")
        drawings[name] = _take_drawings(article)
        drop(article, _LEFT_OUT)
        _collapse_spaces(article)
        articles[name] = article
    places = _places(articles)

    def links(name: str) -> Callable[[str], dict[str, Any] | None]:
        return lambda target: _link(name, target, places, address)

    wanted = frozenset(
        link["label"]
        for name, article in articles.items()
        for tag in article.css("a[href]")
        if (link := links(name)(_attribute(tag, "href"))) and "label" in link
    )
    read = {}
    for name, article in articles.items():
        entries = article.css("details.receipts > ol > li[id]")
        notes = {entry.id or "": number for number, entry in enumerate(entries, start=1)}
        read[name] = _flow(_children(article, _Page(name, drawings[name], links(name), notes, wanted)))
        seen: set[str] = set()
        for link in _links(read[name]):
            link["paged"] &= link["label"] not in seen
            seen.add(link["label"])
    return read


def _links(nodes: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """The links to places, in their order."""
    for node in nodes:
        if isinstance(node, dict):
            if "paged" in node:
                yield node
            for inner in node.values():
                yield from _links(inner if isinstance(inner, list) else ())
        elif isinstance(node, list):
            yield from _links(node)


def _attribute(tag: LexborNode, name: str) -> str:
    return tag.attributes.get(name) or ""


def _classes(tag: LexborNode) -> set[str]:
    return set(_attribute(tag, "class").split())


def _named(tag: LexborNode, *names: str) -> list[LexborNode]:
    """The children of such names."""
    return [child for child in tag.iter() if child.tag in names]


def _around(tag: LexborNode, name: str) -> LexborNode | None:
    """The nearest element of a name that a node stands in."""
    outer = tag.parent
    while outer is not None and outer.tag != name:
        outer = outer.parent
    return outer


def _places(articles: Mapping[str, LexborNode]) -> dict[str, str]:
    """The label of each place that can be linked to; that of a page is its name."""
    places: dict[str, str] = {}
    for name, article in articles.items():
        places |= {place: place for tag in article.css("[id]") if (place := f"{name}#{tag.id}")}
        title = article.css_first("h1")
        # The section that is all of the page begins with the page's title.
        if title is not None and title.parent is not None and title.parent.id:
            places[f"{name}#{title.parent.id}"] = name
        places[name] = name
    return places


def _link(page: str, target: str, places: Mapping[str, str], address: str) -> dict[str, Any] | None:
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return {"form": "link", "url": target}
    file = posixpath.join(posixpath.dirname(page), unquote(parts.path)) if parts.path else f"{page}.html"
    file = posixpath.normpath(file)
    name = file.removesuffix(".html")
    if name in places and name != file:
        label = places.get(f"{name}#{unquote(parts.fragment)}", name)
        # Whoever holds the paper needs the page's number, once.
        return {"form": "link", "label": label, "paged": name != page}
    if not address:
        return None
    return {"form": "link", "url": address + file + (f"#{parts.fragment}" if parts.fragment else "")}


def _take_drawings(article: LexborNode) -> list[str]:
    """The drawings of an article, which has an ``img`` in place of each from then on."""
    drawings: list[str] = []
    while (drawing := article.css_first("svg")) is not None:
        place = create_tag("img")
        place.attrs["data-drawing"] = str(len(drawings))
        # The one name that HTML gives a letter and XML does not.
        drawings.append((drawing.html or "").replace("&nbsp;", "\xa0"))
        drawing.replace_with(place, move=True)
    return drawings


def _collapse_spaces(article: LexborNode) -> None:
    """Leave the spaces that a browser shows, and some at the end of a block."""
    spaced = True
    for node in list(article.traverse(include_text=True)):
        if node.text_content is None:
            if node.tag not in _INLINE_TAGS or node.tag == "br":
                spaced = True
        elif _around(node, "pre") is None:
            text = re.sub(r"[ \t\r\n\f]+", " ", node.text_content)
            text = text.removeprefix(" ") if spaced else text
            spaced = text.endswith(" ") if text else spaced
            if not text:
                node.decompose()
            elif text != node.text_content:
                node.replace_with(text)


def _children(tag: LexborNode, page: _Page) -> list[Node]:
    nodes: list[Node] = []
    for child in tag.iter(include_text=True):
        if child.text_content is None:
            nodes += _placed(child, _element(child, page), page)
        else:
            nodes.append(child.text_content)
    return nodes


def _is_inline(node: Node) -> bool:
    return isinstance(node, str) or node["form"] in _INLINE


def _flow(nodes: Sequence[Node]) -> list[Node]:
    """Blocks: words between blocks become paragraphs, spaces between blocks go."""
    blocks: list[Node] = []
    for inline, run in groupby(nodes, _is_inline):
        found = list(run)
        if not inline:
            blocks += found
            continue
        anchors = [node for node in found if not isinstance(node, str) and node["form"] == "anchor"]
        if all(node in anchors or (isinstance(node, str) and not node.strip(" ")) for node in found):
            blocks += anchors
            continue
        if isinstance(found[-1], str):
            found[-1] = found[-1].rstrip(" ")
        blocks.append({"form": "paragraph", "nodes": found})
    return blocks


def _content(tag: LexborNode, page: _Page) -> list[Node]:
    """What a cell, an item or a caption holds: mere words where it is a single paragraph."""
    blocks = _flow(_placed(tag, _children(tag, page), page))
    if len(blocks) == 1 and not isinstance(blocks[0], str) and blocks[0]["form"] == "paragraph":
        return list(blocks[0]["nodes"])
    return blocks


def _taken(tag: LexborNode | None, page: _Page) -> list[Node]:
    """The content of a part (a title, a caption) that is taken out of the element that it belongs to."""
    if tag is None:
        return []
    nodes = _content(tag, page)
    tag.decompose()
    return nodes


def _placed(tag: LexborNode, nodes: list[Node], page: _Page) -> list[Node]:
    """The nodes of an element, with its place if something links to it, and its language."""
    label = f"{page.name}#{tag.id}"
    if label in page.wanted:
        heading = next((n for n in nodes if not isinstance(n, str) and n["form"] == "heading"), None)
        first = nodes[0] if nodes else ""
        if tag.tag == "section" and heading is not None:
            nodes = [{"label": label} | node if node is heading else node for node in nodes]
        elif isinstance(first, str) or first["form"] in _INLINE or "label" in first:
            nodes = [{"form": "anchor", "label": label}, *nodes]
        elif first["form"] == "paragraph":
            inside = [{"form": "anchor", "label": label}, *first["nodes"]]
            nodes = [{"form": "paragraph", "nodes": inside}, *nodes[1:]]
        else:
            nodes = [first | {"label": label}, *nodes[1:]]
    language = _attribute(tag, "lang")
    if language and nodes:
        form = "lang" if all(map(_is_inline, nodes)) else "lang-block"
        nodes = [{"form": form, "lang": language.partition("-")[0], "nodes": nodes}]
    return nodes


def _element(tag: LexborNode, page: _Page) -> list[Node]:
    classes = _classes(tag)
    match tag.tag:
        case "div" | "aside" if "admonition" in classes:
            return _admonition(tag, classes, page)
        case "div" if "ledger-entry" in classes:
            return [{"form": "entry", "nodes": _flow(_children(tag, page))}]
        case "div" | "span" if "math" in classes:
            raise page.error("a formula")
        case str(name) if name in _BOXES:
            return _flow(_children(tag, page))
        case str(name) if name in _WORDS:
            return _children(tag, page)
        case str(name) if name in _MARKS:
            nodes = _children(tag, page)
            return [{"form": _MARKS[name], "nodes": nodes}] if nodes else []
        case str(name) if name in _CODE:
            return [{"form": "code", "text": tag.text()}]
        case "q":
            return ["“", *_children(tag, page), "”"]
        case "h1":
            return [{"form": "heading", "level": 1, "nodes": _children(tag, page), "label": page.name}]
        case "h2" | "h3" | "h4" | "h5" | "h6" as name:
            return [{"form": "heading", "level": int(name[1]), "nodes": _children(tag, page)}]
        case "a":
            return _anchor(tag, classes, page)
        case "br":
            return [{"form": "break"}]
        case "wbr":
            return []
        case "hr":
            return [{"form": "rule"}]
        case "ul" | "menu" | "ol":
            items = [_content(item, page) for item in _named(tag, "li")]
            if tag.tag != "ol":
                return [{"form": "list", "items": items}]
            if tag.parent is not None and "receipts" in _classes(tag.parent):
                return [{"form": "notes", "items": [_run_in(item) for item in items]}]
            return [{"form": "enum", "start": _number(tag, "start"), "items": items}]
        case "dl":
            return _definitions(tag, page)
        case "blockquote":
            return [{"form": "quote", "nodes": _flow(_children(tag, page))}]
        case "pre":
            folded = _around(tag, "details") is not None
            for number in tag.css(".linenos"):
                number.insert_child("  ")
            return [] if folded else [{"form": "raw", "text": tag.text().rstrip("\n")}]
        case "table":
            return _table(tag, page)
        case "figure":
            return _figure(tag, page)
        case "details":
            title = _taken(next(iter(_named(tag, "summary")), None), page)
            nodes = _flow(_children(tag, page))
            # Without code, which stays folded, there may be nothing in it.
            return [{"form": "unfolded", "title": title, "nodes": nodes}] if nodes else []
        case "img":
            return _picture(tag, page)
        case _:
            raise page.error(f"<{tag.tag}>")


def _run_in(blocks: list[Node]) -> list[Node]:
    """Paragraphs put into one."""
    runs = [b["nodes"] for b in blocks if not isinstance(b, str) and b["form"] == "paragraph"]
    return [node for run in runs for node in (*run, " ")][:-1] if len(runs) == len(blocks) else blocks


def _number(tag: LexborNode, attribute: str) -> int:
    return int(_attribute(tag, attribute) or "1")


def _admonition(tag: LexborNode, classes: set[str], page: _Page) -> list[Node]:
    title = _taken(next((one for one in tag.iter() if "admonition-title" in _classes(one)), None), page)
    kind = "warning" if classes & {"warning", "caution", "danger", "attention", "error"} else "note"
    return [{"form": "admonition", "kind": kind, "title": title, "nodes": _flow(_children(tag, page))}]


def _anchor(tag: LexborNode, classes: set[str], page: _Page) -> list[Node]:
    nodes = _children(tag, page)
    target = tag.attributes.get("href")
    if target is None:
        return nodes
    if "receipt" in classes:
        key = unquote(target.removeprefix("#"))
        if key not in page.notes:
            raise page.error(f"the number {tag.text()!r} without its note {key!r}")
        return [*nodes, {"form": "note", "number": page.notes[key], "label": f"{page.name}#{key}"}]
    link = page.link(target)
    return [link | {"nodes": nodes}] if link and nodes else nodes


def _definitions(tag: LexborNode, page: _Page) -> list[Node]:
    items: list[dict[str, list[Node]]] = []
    for entry in tag.css("dt, dd"):
        if _around(entry, "dl") != tag:
            continue
        content = _content(entry, page)
        if entry.tag == "dt" and items and not items[-1]["meaning"]:
            items[-1]["term"] += [{"form": "break"}, *content]
        elif entry.tag == "dt":
            items.append({"term": content, "meaning": []})
        elif items:
            items[-1]["meaning"] += _flow(content)
        else:
            raise page.error("a meaning without a term")
    return [{"form": "terms", "items": items}]


def _table(tag: LexborNode, page: _Page) -> list[Node]:
    rows = [row for row in tag.css("tr") if _around(row, "table") == tag]
    head = [row for row in rows if _around(row, "thead")]
    if not head and rows and not _named(rows[0], "td"):
        head = rows[:1]
    return [
        {
            "form": "table",
            "caption": _taken(next(iter(_named(tag, "caption")), None), page),
            "columns": _columns(rows),
            "head": [cell for row in head for cell in _cells(row, page)],
            "cells": [cell for row in rows if row not in head for cell in _cells(row, page)],
        }
    ]


def _cells(row: LexborNode, page: _Page) -> Iterator[dict[str, Any]]:
    for place, cell in enumerate(_named(row, "td", "th")):
        nodes = _content(cell, page)
        yield {
            "nodes": nodes if place else _placed(row, nodes, page),
            "title": cell.tag == "th",
            "right": "text-right" in _classes(cell) or "right" in _attribute(cell, "style"),
            "across": _number(cell, "colspan"),
            "down": _number(cell, "rowspan"),
        }


def _columns(rows: Sequence[LexborNode]) -> list[float]:
    """How the columns share the width: 0 for as wide as needed; else as browsers do, by words and texts."""
    word: dict[int, int] = {}
    text: dict[int, int] = {}
    for row in rows:
        column = 0
        for cell in _named(row, "td", "th"):
            wide = _number(cell, "colspan")
            said = cell.text(separator=" ", strip=True, skip_empty=True) if wide == 1 else ""
            text[column] = max(text.get(column, 0), _GAP + len(said))
            word[column] = max(word.get(column, 0), *(_GAP + len(one) for one in re.split(r"[\s/-]", said)))
            column += wide
    if sum(text.values()) <= _LINE:
        return [0.0] * len(text)
    spare = max(_LINE - sum(word.values()), 0)
    wished = sum(text.values()) - sum(word.values())
    return [word[place] + (text[place] - word[place]) * spare / wished for place in sorted(text)]


def _figure(tag: LexborNode, page: _Page) -> list[Node]:
    """The pictures with their caption, then what else is there; without a picture the caption comes last."""
    said = tag.css_first("figcaption")
    above = said is not None and next(tag.iter()) == said
    caption = _taken(said, page)
    nodes = _flow(_children(tag, page))
    pictures = [node for node in nodes if not isinstance(node, str) and node["form"] == "picture"]
    rest = [node for node in nodes if node not in pictures]
    if pictures:
        return [{"form": "figure", "nodes": pictures, "caption": caption, "above": above}, *rest]
    return [*rest, {"form": "caption", "nodes": caption}]


def _picture(tag: LexborNode, page: _Page) -> list[Node]:
    if number := _attribute(tag, "data-drawing"):
        return _drawing(page.drawings[int(number)], page)
    address = _attribute(tag, "src")
    source = urlsplit(address)
    if "alt" not in tag.attributes:
        raise page.error(f"the picture {source.path[:80]} without an alternative text")
    if source.scheme or source.netloc:
        raise page.error(f"the picture {address[:80]}, which is no file of the site,")
    file = posixpath.normpath(posixpath.join("/", posixpath.dirname(page.name), unquote(source.path)))
    return [{"form": "picture", "file": file, "alt": _attribute(tag, "alt")}]


def _drawing(text: str, page: _Page) -> list[Node]:
    """A drawing within the page, in the colours that stand for light, with text in a font of this PDF."""
    if "xmlns=" not in text[: text.index(">")]:
        text = text.replace("<svg", f'<svg xmlns="{_SVG}"', 1)
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        raise page.error(f"a drawing that is no XML ({error})") from error
    if root.get("aria-hidden") == "true":
        return []
    said = [child for name in ("title", "desc") for child in root.findall(f"{{{_SVG}}}{name}")]
    alt = root.get("aria-label") or ". ".join("".join(one.itertext()).strip() for one in said)
    if not alt:
        raise page.error("a drawing without an alternative text")
    root.set("font-family", root.get("font-family", "sans-serif"))
    svg = ET.tostring(root, encoding="unicode")
    while variable := re.search(r"var\(\s*--[\w-]+\s*(?:,((?:[^()]|\([^()]*\))*))?\)", svg):
        if variable[1] is None:
            raise page.error(f"{variable[0]} without a value of its own")
        svg = svg[: variable.start()] + variable[1].strip() + svg[variable.end() :]
    svg = re.sub(r"@media[^{]*\{(?:[^{}]|\{[^{}]*\})*\}", "", svg)
    svg = re.sub(r"(?<![\w-])sans-serif\b", SANS, svg)
    return [{"form": "picture", "svg": svg, "alt": alt, "width": _width(root, page)}]


def _width(root: ET.Element, page: _Page) -> float:
    """The width of a drawing in points; a pixel is three quarters of one."""
    size = re.fullmatch(r"([\d.]+)(px|pt|)", root.get("width") or root.get("viewBox", "").split(" ")[-2:][0])
    if size is None:
        raise page.error("a drawing without a size")
    return round(float(size[1]) * (1 if size[2] == "pt" else 0.75), 2)
