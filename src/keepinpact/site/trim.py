"""The theme's pages cut to what readers use, and mended where assistive technology stumbles over them.

Runs when the book is written and after everything else that changes pages: it looks at what the pages
hold, drops the rest, and puts all styles into one file.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path, PurePosixPath

from bs4 import BeautifulSoup, Tag

from keepinpact.site.styles import embed_icons, names_in_script, trim_styles

__all__ = ["Page", "mend", "trim"]

STYLES = "site.css"
_ICONS = "vendor/fontawesome/webfonts/fa-solid-900.ttf"
_PICTURE = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
_PLACE = re.compile(r'<svg id="picture-(\d+)"></svg>')
_IMPORT = re.compile(r'@import\s+"([^"]+)";')
_ADDRESS = re.compile(r"""url\((['"]?)(?!data:|#)([^'")]+)\1\)""")

# Icons as scripts, tooltips and menus, tabs; and what book.js does without losing the keyboard's place.
_UNUSED_SCRIPTS = ("fontawesome.js", "bootstrap.js", "design-tabs.js", "sphinx-book-theme.js")
_SEARCH_SCRIPTS = ("searchtools.js", "language_data.js", "searchindex.js")
# A place for advertisements and banners, a second title and contents for paper, a repeated viewport.
_UNUSED = ", ".join(
    [
        'link[rel="preload"][as="script"]',
        'meta[name^="docsearch:"]',
        'meta[name="viewport"] ~ meta[name="viewport"]',
        "#ethical-ad-placement",
        ".pst-async-banner-revealer",
        "#jb-print-docs-body",
        "footer.bd-footer",
    ]
)
_THEME_SCRIPT = """
(function () {
  var page = document.documentElement.dataset, mode = "auto";
  try { mode = localStorage.getItem("mode") || mode; } catch (refused) {}
  page.mode = mode;
  page.theme = mode !== "auto" ? mode : matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
})();
"""
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


def trim(html: Path) -> None:
    """Trim and mend the pages of a built book that wear the theme, and its static files, in place.

    Parameters
    ----------
    html
        The folder of the built pages.
    """
    static = html / "_static"
    pages = {}
    for path in sorted(html.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        if 'id="pst-skip-link"' in text:
            pages[path] = Page.parse(text)
            mend(pages[path].soup, search=path.name == "search.html")
    sheets: dict[Path, None] = {}
    scripts: dict[Path, None] = {}
    for path, page in pages.items():
        for link in page.soup.select('link[rel="stylesheet"]'):
            sheets[_local(path, str(link["href"]))] = None
        for script in page.soup.select("script[src]"):
            scripts[_local(path, str(script["src"]))] = None
    programs = [file.read_text(encoding="utf-8") for file in scripts]
    used = set[str]().union(
        *(page.names() for page in pages.values()), *(names_in_script(program) for program in programs)
    )
    css = "\n".join(_bundled(file, static) for file in sheets)
    css = trim_styles(css, used, "\n".join([*map(str, pages.values()), *programs]))
    css = embed_icons(css, (static / _ICONS).read_bytes())
    (static / STYLES).write_text(css, encoding="utf-8")
    version = hashlib.sha256(css.encode()).hexdigest()[:8]
    for path, page in pages.items():
        root = "../" * (len(path.relative_to(html).parts) - 1)
        first, *others = page.soup.select('link[rel="stylesheet"]')
        first.attrs = {"rel": "stylesheet", "href": f"{root}_static/{STYLES}?v={version}"}
        for link in others:
            link.decompose()
        path.write_text(str(page), encoding="utf-8")
    _sweep(static, {*scripts, static / STYLES, *(static / name for _, name in _ADDRESS.findall(css))})


@dataclass(frozen=True)
class Page:
    """A page whose pictures are kept aside: a parser of HTML would lose the case of SVG's names."""

    soup: BeautifulSoup
    pictures: Sequence[str]

    @classmethod
    def parse(cls, text: str) -> Page:
        """The page that a text holds; ``str`` gives the text back."""
        numbers = count()
        rest = _PICTURE.sub(lambda _: f'<svg id="picture-{next(numbers)}"></svg>', text)
        return cls(BeautifulSoup(rest, "html.parser"), _PICTURE.findall(text))

    def __str__(self) -> str:
        return _PLACE.sub(lambda found: self.pictures[int(found[1])], str(self.soup))

    def names(self) -> set[str]:
        """What a rule's selector may name here: elements, classes and ids, and more words than that."""
        names = names_in_script("\n".join(self.pictures))
        for tag in self.soup.find_all(True):
            names |= {tag.name, str(tag.get("id", "")), *tag.get_attribute_list("class")}
            if tag.name == "script":
                names |= names_in_script(tag.get_text())
        return names


def mend(soup: BeautifulSoup, *, search: bool = False) -> None:
    """Take from a page of the theme what is not used, and mend names, roles and landmarks.

    Parameters
    ----------
    soup
        The page, changed in place.
    search
        Whether it is the search page, the one that needs the search's scripts.
    """
    unused = _UNUSED_SCRIPTS if search else (*_UNUSED_SCRIPTS, *_SEARCH_SCRIPTS)
    for tag in soup.select(_UNUSED):
        tag.decompose()
    for script in soup.find_all("script"):
        source = str(script.get("src", ""))
        text = script.get_text()
        name = PurePosixPath(source.partition("?")[0]).name
        if name in unused:
            script.decompose()
        elif source and name != "documentation_options.js":
            # A page is drawn without waiting for its scripts; scripts inside it read that one's settings.
            script["defer"] = ""
        elif "dataset.mode" in text:
            script.string = _THEME_SCRIPT
    for attribute in ("data-bs-toggle", "data-bs-placement", "data-bs-title"):
        for tag in soup.select(f"[{attribute}]"):
            del tag[attribute]
    for selector, label in _LABELS.items():
        for tag in soup.select(selector):
            tag["aria-label"] = label
            if tag.name == "button":
                tag["type"] = "button"
                tag["title"] = label
    for selector, role in _ROLES.items():
        for tag in soup.select(selector):
            tag["role"] = role
    # An empty banner would be announced; the theme's script asks for its height.
    for header in soup.select("header#pst-header"):
        header.name = "div"
    for sidebar in soup.select("#pst-primary-sidebar, #pst-secondary-sidebar"):
        sidebar.insert(0, BeautifulSoup(_CLOSE, "html.parser"))
    # Such a name hides the element's own words from those who speak to the computer.
    for tag in soup.select("summary[aria-label], .search-button-field"):
        del tag["aria-label"]
    for link in soup.select("a.headerlink"):
        heading = link.parent.get_text().removesuffix("#").strip() if link.parent else ""
        link["aria-label"] = f"{link.get('title', 'Link')}: {heading}"
    _label_tables(soup.select(".pst-scrollable-table-container"))
    footers = soup.find_all("footer")
    if soup.head and footers:
        # Drawn before it is all read, a page would move as its buttons and its tables' rows come in.
        footers[-1]["id"] = _END
        soup.head.append(soup.new_tag("link", rel="expect", href=f"#{_END}", blocking="render"))


def _label_tables(containers: Iterable[Tag]) -> None:
    """Make each table's box a region that can be scrolled by keyboard, under a name of its own."""
    taken: set[str] = set()
    for box in containers:
        title = box.find("caption") or box.find_previous(re.compile("^h[1-6]$")) or box
        text = " ".join(title.get_text(" ").replace("#", " ").split())
        label = name = text if title.name == "caption" else f"Table: {text}"
        number = 1
        while label in taken:
            number += 1
            label = f"{name} ({number})"
        taken.add(label)
        box.attrs |= {"role": "region", "tabindex": "0", "aria-label": label}


def _local(page: Path, address: str) -> Path:
    return Path(posixpath.normpath(page.parent / address.partition("?")[0]))


def _bundled(sheet: Path, static: Path) -> str:
    """A stylesheet with its imports in their places, its addresses relative to the static folder."""
    css = _IMPORT.sub(lambda found: _bundled(_local(sheet, found[1]), static), sheet.read_text("utf-8"))
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
