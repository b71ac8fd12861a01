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
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag

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
    """A page that is being read.

    Attributes
    ----------
    name
        The page's name.
    drawings
        The drawings of its article, which a reader of HTML would spoil (it writes all names small).
    link
        From an address on the page to a link without its words, or None for what paper cannot link to.
    notes
        The numbers of the page's notes by id.
    wanted
        The places, on any page, that some page links to.
    """

    name: str
    drawings: Sequence[str]
    link: Callable[[str], dict[str, Any] | None]
    notes: Mapping[str, int]
    wanted: frozenset[str]

    def error(self, what: str) -> PaperError:
        return PaperError(f"{self.name}.html: {what} has no form on paper")


def read_articles(html: Path, names: Sequence[str], address: str = "") -> dict[str, list[Node]]:
    """The articles of built pages as nodes, by the pages' names.

    Parameters
    ----------
    html
        The built pages.
    names
        The pages' names (such as ``chapters/about``); links between them are kept.
    address
        Where the pages are published, ending in a slash; a link to a file that is none of these pages leads
        there, and is mere text where there is no address.

    Raises
    ------
    PaperError
        If a page has no article, or holds an element that has no form on paper.
    """
    drawings: dict[str, list[str]] = {}
    articles: dict[str, Tag] = {}
    for name in names:
        text, drawings[name] = _without_drawings((html / f"{name}.html").read_text(encoding="utf-8"))
        article = BeautifulSoup(text, "html.parser").find("article")
        if article is None:
            raise PaperError(f"{name}.html has no article")
        for unwanted in article.select(_LEFT_OUT):
            unwanted.decompose()
        _collapse_spaces(article)
        articles[name] = article
    places = _places(articles)

    def links(name: str) -> Callable[[str], dict[str, Any] | None]:
        return lambda target: _link(name, target, places, address)

    wanted = frozenset(
        link["label"]
        for name, article in articles.items()
        for tag in article.find_all("a", href=True)
        if (link := links(name)(str(tag["href"]))) and "label" in link
    )
    read = {}
    for name, article in articles.items():
        entries = article.select("section.receipts > ol > li[id]")
        notes = {str(entry["id"]): number for number, entry in enumerate(entries, start=1)}
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


def _places(articles: Mapping[str, Tag]) -> dict[str, str]:
    """The label of each place that can be linked to; that of a page is its name."""
    places: dict[str, str] = {}
    for name, article in articles.items():
        places |= {place: place for tag in article.find_all(id=True) if (place := f"{name}#{tag['id']}")}
        title = article.find("h1")
        # The section that is all of the page begins with the page's title.
        if title is not None and title.parent is not None and title.parent.get("id"):
            places[f"{name}#{title.parent['id']}"] = name
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


def _without_drawings(text: str) -> tuple[str, list[str]]:
    """A page with an ``img`` in place of each drawing of its article, and the drawings."""
    start = max(text.find("<article"), 0)
    end = max(text.rfind("</article>"), 0)
    kept: list[str] = []
    drawings: list[str] = []
    depth, since = 0, 0
    for tag in re.compile(r"<(/?)svg\b[^>]*?(/?)>").finditer(text, start, end):
        if depth == 0:
            kept.append(text[since : tag.start()])
            since = tag.start()
        depth += -1 if tag[1] else 0 if tag[2] else 1
        if depth == 0:
            kept.append(f'<img data-drawing="{len(drawings)}">')
            drawings.append(text[since : tag.end()])
            since = tag.end()
    return "".join(kept) + text[since:], drawings


def _collapse_spaces(article: Tag) -> None:
    """Leave the spaces that a browser shows, and some at the end of a block."""
    spaced = True
    for node in list(article.descendants):
        if isinstance(node, Tag):
            if node.name not in _INLINE_TAGS or node.name == "br":
                spaced = True
        elif type(node) is NavigableString and node.find_parent("pre") is None:
            text = re.sub(r"[ \t\r\n\f]+", " ", node)
            text = text.removeprefix(" ") if spaced else text
            spaced = text.endswith(" ") if text else spaced
            node.replace_with(NavigableString(text))


def _children(tag: Tag, page: _Page) -> list[Node]:
    nodes: list[Node] = []
    for child in tag.children:
        if isinstance(child, Tag):
            nodes += _placed(child, _element(child, page), page)
        elif type(child) is NavigableString and child:
            nodes.append(str(child))
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


def _content(tag: Tag, page: _Page) -> list[Node]:
    """What a cell, an item or a caption holds: mere words where it is a single paragraph."""
    blocks = _flow(_placed(tag, _children(tag, page), page))
    if len(blocks) == 1 and not isinstance(blocks[0], str) and blocks[0]["form"] == "paragraph":
        return list(blocks[0]["nodes"])
    return blocks


def _taken(tag: Tag | None, page: _Page) -> list[Node]:
    """The content of a part (a title, a caption) that is taken out of the element that it belongs to."""
    return _content(tag.extract(), page) if tag is not None else []


def _placed(tag: Tag, nodes: list[Node], page: _Page) -> list[Node]:
    """The nodes of an element, with its place if something links to it, and its language."""
    label = f"{page.name}#{tag.get('id')}"
    if label in page.wanted:
        heading = next((n for n in nodes if not isinstance(n, str) and n["form"] == "heading"), None)
        first = nodes[0] if nodes else ""
        if tag.name == "section" and heading is not None:
            nodes = [{"label": label} | node if node is heading else node for node in nodes]
        elif isinstance(first, str) or first["form"] in _INLINE or "label" in first:
            nodes = [{"form": "anchor", "label": label}, *nodes]
        elif first["form"] == "paragraph":
            inside = [{"form": "anchor", "label": label}, *first["nodes"]]
            nodes = [{"form": "paragraph", "nodes": inside}, *nodes[1:]]
        else:
            nodes = [first | {"label": label}, *nodes[1:]]
    language = tag.get("lang")
    if isinstance(language, str) and nodes:
        form = "lang" if all(map(_is_inline, nodes)) else "lang-block"
        nodes = [{"form": form, "lang": language.partition("-")[0], "nodes": nodes}]
    return nodes


def _element(tag: Tag, page: _Page) -> list[Node]:
    classes = {str(one) for one in tag.get_attribute_list("class")}
    match tag.name:
        case "div" | "aside" if "admonition" in classes:
            return _admonition(tag, classes, page)
        case "div" if "ledger-entry" in classes:
            return [{"form": "entry", "nodes": _flow(_children(tag, page))}]
        case "div" | "span" if "math" in classes:
            raise page.error("a formula")
        case name if name in _BOXES:
            return _flow(_children(tag, page))
        case name if name in _WORDS:
            return _children(tag, page)
        case name if name in _MARKS:
            nodes = _children(tag, page)
            return [{"form": _MARKS[name], "nodes": nodes}] if nodes else []
        case name if name in _CODE:
            return [{"form": "code", "text": tag.get_text()}]
        case "q":
            return ["“", *_children(tag, page), "”"]
        case "h1":
            return [{"form": "heading", "level": 1, "nodes": _children(tag, page), "label": page.name}]
        case "h2" | "h3" | "h4" | "h5" | "h6":
            return [{"form": "heading", "level": int(tag.name[1]), "nodes": _children(tag, page)}]
        case "a":
            return _anchor(tag, classes, page)
        case "br":
            return [{"form": "break"}]
        case "wbr":
            return []
        case "hr":
            return [{"form": "rule"}]
        case "ul" | "menu":
            items = [_content(item, page) for item in tag.find_all("li", recursive=False)]
            return [{"form": "list", "items": items}]
        case "ol":
            items = [_content(item, page) for item in tag.find_all("li", recursive=False)]
            if tag.parent is not None and "receipts" in tag.parent.get_attribute_list("class"):
                return [{"form": "notes", "items": [_run_in(item) for item in items]}]
            return [{"form": "enum", "start": _number(tag, "start"), "items": items}]
        case "dl":
            return _definitions(tag, page)
        case "blockquote":
            return [{"form": "quote", "nodes": _flow(_children(tag, page))}]
        case "pre":
            folded = tag.find_parent("details") is not None
            for number in tag.select(".linenos"):
                number.append("  ")
            return [] if folded else [{"form": "raw", "text": tag.get_text().rstrip("\n")}]
        case "table":
            return _table(tag, page)
        case "figure":
            return _figure(tag, page)
        case "details":
            title = _taken(tag.find("summary", recursive=False), page)
            nodes = _flow(_children(tag, page))
            # Without code, which stays folded, there may be nothing in it.
            return [{"form": "unfolded", "title": title, "nodes": nodes}] if nodes else []
        case "img":
            return _picture(tag, page)
        case _:
            raise page.error(f"<{tag.name}>")


def _run_in(blocks: list[Node]) -> list[Node]:
    """Paragraphs put into one."""
    runs = [b["nodes"] for b in blocks if not isinstance(b, str) and b["form"] == "paragraph"]
    return [node for run in runs for node in (*run, " ")][:-1] if len(runs) == len(blocks) else blocks


def _number(tag: Tag, attribute: str) -> int:
    return int(str(tag.get(attribute, "1")))


def _admonition(tag: Tag, classes: set[str], page: _Page) -> list[Node]:
    title = _taken(tag.find(class_="admonition-title", recursive=False), page)
    kind = "warning" if classes & {"warning", "caution", "danger", "attention", "error"} else "note"
    return [{"form": "admonition", "kind": kind, "title": title, "nodes": _flow(_children(tag, page))}]


def _anchor(tag: Tag, classes: set[str], page: _Page) -> list[Node]:
    nodes = _children(tag, page)
    target = tag.get("href")
    if not isinstance(target, str):
        return nodes
    if "receipt" in classes:
        key = unquote(target.removeprefix("#"))
        if key not in page.notes:
            raise page.error(f"the number {tag.get_text()!r} without its note {key!r}")
        return [*nodes, {"form": "note", "number": page.notes[key], "label": f"{page.name}#{key}"}]
    link = page.link(target)
    return [link | {"nodes": nodes}] if link and nodes else nodes


def _definitions(tag: Tag, page: _Page) -> list[Node]:
    items: list[dict[str, list[Node]]] = []
    for entry in tag.find_all(["dt", "dd"]):
        if entry.find_parent("dl") is not tag:
            continue
        content = _content(entry, page)
        if entry.name == "dt" and items and not items[-1]["meaning"]:
            items[-1]["term"] += [{"form": "break"}, *content]
        elif entry.name == "dt":
            items.append({"term": content, "meaning": []})
        elif items:
            items[-1]["meaning"] += _flow(content)
        else:
            raise page.error("a meaning without a term")
    return [{"form": "terms", "items": items}]


def _table(tag: Tag, page: _Page) -> list[Node]:
    rows = [row for row in tag.find_all("tr") if row.find_parent("table") is tag]
    head = [row for row in rows if row.find_parent("thead")]
    if not head and rows and not rows[0].find("td", recursive=False):
        head = rows[:1]
    return [
        {
            "form": "table",
            "caption": _taken(tag.find("caption", recursive=False), page),
            "columns": _columns(rows),
            "head": [cell for row in head for cell in _cells(row, page)],
            "cells": [cell for row in rows if row not in head for cell in _cells(row, page)],
        }
    ]


def _cells(row: Tag, page: _Page) -> Iterator[dict[str, Any]]:
    cells = row.find_all(["td", "th"], recursive=False)
    for place, cell in enumerate(cells):
        nodes = _content(cell, page)
        yield {
            "nodes": nodes if place else _placed(row, nodes, page),
            "title": cell.name == "th",
            "right": "text-right" in cell.get_attribute_list("class") or "right" in str(cell.get("style")),
            "across": _number(cell, "colspan"),
            "down": _number(cell, "rowspan"),
        }


def _columns(rows: Sequence[Tag]) -> list[float]:
    """How the columns share the width: 0 for as wide as needed; else as browsers do, by words and texts."""
    word: dict[int, int] = {}
    text: dict[int, int] = {}
    for row in rows:
        column = 0
        for cell in row.find_all(["td", "th"], recursive=False):
            said = cell.get_text(" ", strip=True) if _number(cell, "colspan") == 1 else ""
            text[column] = max(text.get(column, 0), _GAP + len(said))
            word[column] = max(word.get(column, 0), *(_GAP + len(one) for one in re.split(r"[\s/-]", said)))
            column += _number(cell, "colspan")
    if sum(text.values()) <= _LINE:
        return [0.0] * len(text)
    spare = max(_LINE - sum(word.values()), 0)
    wished = sum(text.values()) - sum(word.values())
    return [word[place] + (text[place] - word[place]) * spare / wished for place in sorted(text)]


def _figure(tag: Tag, page: _Page) -> list[Node]:
    """The pictures with their caption, then what else is there; without a picture the caption comes last."""
    said = tag.find("figcaption")
    above = said is not None and tag.find() is said
    caption = _taken(said, page)
    nodes = _flow(_children(tag, page))
    pictures = [node for node in nodes if not isinstance(node, str) and node["form"] == "picture"]
    rest = [node for node in nodes if node not in pictures]
    if pictures:
        return [{"form": "figure", "nodes": pictures, "caption": caption, "above": above}, *rest]
    return [*rest, {"form": "caption", "nodes": caption}]


def _picture(tag: Tag, page: _Page) -> list[Node]:
    number = tag.get("data-drawing")
    if number is not None:
        return _drawing(page.drawings[int(str(number))], page)
    source = urlsplit(str(tag["src"]))
    if tag.get("alt") is None:
        raise page.error(f"the picture {source.path[:80]} without an alternative text")
    if source.scheme or source.netloc:
        raise page.error(f"the picture {str(tag['src'])[:80]}, which is no file of the site,")
    file = posixpath.normpath(posixpath.join("/", posixpath.dirname(page.name), unquote(source.path)))
    return [{"form": "picture", "file": file, "alt": str(tag["alt"])}]


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
