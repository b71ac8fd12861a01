"""The theme's pages cut to what readers use, and mended where assistive technology stumbles over them.

The steps are taken when the book is written; then all styles are put into one file, without those that no
page needs.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from selectolax.lexbor import LexborNode, create_tag

from keepinpact.theme.folds import gather_code
from keepinpact.theme.page import Page, Step, append, drop, parsed, prepend
from keepinpact.theme.policy import set_policy
from keepinpact.theme.styles import embed_icons, names_in_script, properties_read, trim_styles
from keepinpact.theme.template import ICON_ADDRESS

__all__ = ["MENDING", "Needs", "link_styles", "needs", "trim_static"]

STYLES = "site.css"
_SHEETS = 'link[rel="stylesheet"]'
_ICONS = "vendor/fontawesome/webfonts/fa-solid-900.ttf"
_IMPORT = re.compile(r'@import\s+"([^"]+)";')
_ADDRESS = re.compile(r"""url\((['"]?)(?!data:|#)([^'")]+)\1\)""")

# Icons as scripts, tooltips and menus, tabs; and what book.js does without losing the keyboard's place.
_UNUSED_SCRIPTS = ("fontawesome.js", "bootstrap.js", "design-tabs.js", "sphinx-book-theme.js")
_INDEX = "searchindex.js"
_SEARCH_SCRIPTS = ("searchtools.js", "language_data.js", _INDEX)
# A place for advertisements and banners, a second title and contents for paper, a repeated viewport.
_UNUSED = ", ".join(
    [
        'link[rel="preload"][as="script"]',
        'meta[name^="docsearch:"]',
        # It hides buttons that do nothing without scripts; access.css does.
        "noscript:has(style)",
        'meta[name="viewport"] ~ meta[name="viewport"]',
        "#ethical-ad-placement",
        ".pst-async-banner-revealer",
        "#jb-print-docs-body",
        "footer.bd-footer",
    ]
)
_FIRST = "_static/first.js"
# What stands in a page and no script of ours needs: settings of menus that are not there, and the search's
# focus, which search-page.js sets.
_IN_PAGE = re.compile(r"DOCUMENTATION_OPTIONS\.(pagename|search_as_you_type)\b|\bsearchInput\b")
_LABELS = {
    ".primary-toggle": "Chapters",
    ".secondary-toggle": "On this page",
    ".theme-switch-button": "Colour theme",
    "#pst-primary-sidebar-modal": "Chapters",
    "#pst-secondary-sidebar-modal": "On this page",
    "#pst-search-dialog": "Search",
    ".search-button": "Search",
    ".bd-docs-nav": "Chapters",
    ".prev-next-area": "Previous and next page",
}
_ROLES = {
    ".sidebar-primary-item:has(> .navbar-brand)": "banner",
    ".sidebar-primary-item:has(> .search-button-field)": "search",
    ".prev-next-area": "navigation",
}
_END = "page-end"
_CLOSE = '<form class="sidebar-close" method="dialog"><button class="btn btn-sm">Close</button></form>'


def _drop_unused(page: Page) -> None:
    drop(page.tree, _UNUSED)
    for attribute in ("data-bs-toggle", "data-bs-placement", "data-bs-title"):
        for tag in page.tree.css(f"[{attribute}]"):
            del tag.attrs[attribute]


def _settle_scripts(page: Page) -> None:
    # The search page is the one that needs the search's scripts.
    unused = _UNUSED_SCRIPTS if page.name == "search.html" else (*_UNUSED_SCRIPTS, *_SEARCH_SCRIPTS)
    for script in page.tree.css("script"):
        source = script.attributes.get("src") or ""
        name = PurePosixPath(source.partition("?")[0]).name
        if name in unused:
            script.decompose()
        elif source:
            # A page is drawn without waiting for its scripts.
            script.attrs["defer"] = None
        elif "dataset.mode" in script.text():
            # Save for this one: it sets the theme, which nothing is drawn without.
            script.insert_before(next(parsed(f'<script src="{page.root}{_FIRST}"></script>')))
            script.decompose()
        elif _IN_PAGE.search(script.text()):
            script.decompose()


def _name_controls(page: Page) -> None:
    for selector, label in _LABELS.items():
        for tag in page.tree.css(selector):
            tag.attrs["aria-label"] = label
            if tag.tag == "button":
                tag.attrs["type"] = "button"
                tag.attrs["title"] = label
    # Such a name hides the element's own words from those who speak to the computer.
    for tag in page.tree.css("summary[aria-label], .search-button-field[aria-label]"):
        del tag.attrs["aria-label"]
    for link in page.tree.css("a.headerlink"):
        heading = link.parent.text().removesuffix("#").strip() if link.parent else ""
        link.attrs["aria-label"] = f"{link.attributes.get('title', 'Link')}: {heading}"


def _mark_regions(page: Page) -> None:
    for selector, role in _ROLES.items():
        for tag in page.tree.css(selector):
            tag.attrs["role"] = role
    # An empty banner would be announced; the theme's script asks for its height.
    for header in page.tree.css("header#pst-header"):
        box = create_tag("div")
        for name, value in header.attributes.items():
            box.attrs[name] = value
        for child in list(header.iter(include_text=True)):
            box.insert_child(child, move=True)
        header.replace_with(box, move=True)
    for sidebar in page.tree.css("#pst-primary-sidebar, #pst-secondary-sidebar"):
        prepend(sidebar, _CLOSE)


def _label_tables(page: Page) -> None:
    """Make each table's box a region that can be scrolled by keyboard, under a name of its own."""
    taken: set[str] = set()
    heading: LexborNode | None = None
    for tag in page.tree.css("h1, h2, h3, h4, h5, h6, .pst-scrollable-table-container"):
        if tag.tag != "div":
            heading = tag
            continue
        title = tag.css_first("caption") or heading or tag
        text = " ".join(title.text(separator=" ").replace("#", " ").split())
        label = name = text if title.tag == "caption" else f"Table: {text}"
        number = 1
        while label in taken:
            number += 1
            label = f"{name} ({number})"
        taken.add(label)
        for attribute, value in (("role", "region"), ("tabindex", "0"), ("aria-label", label)):
            tag.attrs[attribute] = value


def _add_icon(page: Page) -> None:
    # Within the page: a file of its own would be one more to ask for.
    append(page.head, f'<link rel="icon" href="{ICON_ADDRESS}">')


def _wait_for_end(page: Page) -> None:
    # Drawn before it is all read, a page would move as its buttons and its tables' rows come in.
    if footers := page.tree.css("footer"):
        footers[-1].attrs["id"] = _END
        append(page.head, f'<link rel="expect" href="#{_END}" blocking="render">')


MENDING: Sequence[Step] = (
    gather_code,
    _drop_unused,
    _settle_scripts,
    set_policy,
    _name_controls,
    _mark_regions,
    _label_tables,
    _add_icon,
    _wait_for_end,
)
"""Take from a page of the theme what is not used, and mend names, roles and landmarks."""


@dataclass(frozen=True)
class Needs:
    """What a page needs of the static files.

    Attributes
    ----------
    sheets, scripts
        The files it names, relative to the book.
    names
        What a rule's selector may name on it: elements, classes and ids, and all words of its scripts.
    properties
        The custom properties that it reads.
    """

    sheets: list[str]
    scripts: list[str]
    names: list[str]
    properties: list[str]


def needs(page: Page) -> Needs:
    """What a page needs, before its styles are replaced."""

    def files(selector: str, attribute: str) -> list[str]:
        named = (tag.attributes[attribute] or "" for tag in page.tree.css(selector))
        return [_local(PurePosixPath(page.name), address) for address in named]

    return Needs(
        files(_SHEETS, "href"),
        files("script[src]", "src"),
        sorted(set(_names(page))),
        sorted(properties_read(str(page))),
    )


def _names(page: Page) -> Iterator[str]:
    for tag in page.tree.css("*"):
        yield tag.tag or ""
        yield tag.id or ""
        yield from (tag.attributes.get("class") or "").split()
        if tag.tag == "script":
            yield from names_in_script(tag.text())


def trim_static(
    html: Path, pages: Iterable[Needs], before: Mapping[str, str], kept: Iterable[str] = ()
) -> dict[str, str]:
    """Put what the pages need of their styles into one file, and delete static files that nothing needs.

    Parameters
    ----------
    html
        The folder of the built pages.
    pages
        What each page needs, in the order of their names.
    before
        What this returned for the file that is there; empty where there is none.
    kept
        Static files that pages need which do not wear the theme.

    Returns
    -------
    dict
        Hashes: ``version``, of the file with the styles, and ``made_of``, of what it was made of.
    """
    pages, static = list(pages), html / "_static"
    sheets = list(dict.fromkeys(name for page in pages for name in page.sheets))
    scripts = list(dict.fromkeys(name for page in pages for name in page.scripts))
    # The search's index is a script that holds words of the pages' text, and no names.
    programs = [(html / file).read_text(encoding="utf-8") for file in scripts if file != _INDEX]
    used = set[str]().union(*(page.names for page in pages), *map(names_in_script, programs))
    read = set[str]().union(*(page.properties for page in pages), *map(properties_read, programs))
    css = "\n".join(_bundled(html / file, static) for file in sheets)
    made_of = hashlib.sha256("\n".join([css, *sorted(used), "", *sorted(read)]).encode()).hexdigest()
    if before.get("made_of") == made_of and (static / STYLES).is_file():
        css, version = (static / STYLES).read_text(encoding="utf-8"), before["version"]
    else:
        css = embed_icons(trim_styles(css, used, read), (static / _ICONS).read_bytes())
        (static / STYLES).write_text(css, encoding="utf-8")
        version = hashlib.sha256(css.encode()).hexdigest()[:8]
    needed = {html / name for name in scripts} | {static / name for _, name in _ADDRESS.findall(css)}
    _sweep(static, {*needed, static / STYLES, *(static / name for name in kept)})
    return {"version": version, "made_of": made_of}


def link_styles(page: Page, version: str) -> None:
    """Make a page use the one file with the styles in place of its own."""
    first, *others = page.tree.css(_SHEETS)
    link = f'<link rel="stylesheet" href="{page.root}_static/{STYLES}?v={version}">'
    first.insert_before(next(parsed(link)))
    for sheet in (first, *others):
        sheet.decompose()


def _local(page: PurePosixPath, address: str) -> str:
    return posixpath.normpath(page.parent / address.partition("?")[0])


def _bundled(sheet: Path, static: Path) -> str:
    """A stylesheet with its imports in their places, its addresses relative to the static folder."""
    css = _IMPORT.sub(
        lambda found: _bundled(Path(posixpath.normpath(sheet.parent / found[1].partition("?")[0])), static),
        sheet.read_text(encoding="utf-8"),
    )
    here = sheet.parent.relative_to(static).as_posix()
    return _ADDRESS.sub(lambda found: f'url("{posixpath.normpath(posixpath.join(here, found[2]))}")', css)


def _sweep(folder: Path, kept: set[Path]) -> None:
    """Delete the files of a folder that nothing refers to."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path not in kept:
            path.unlink()
