"""What programs read about the pages: titles and descriptions, structured data, the sitemap.

The facts come from ``CITATION.cff``, ``data/datapackage.json``, the editions and the settings; none is
written here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from keepinpact.book.sharing import CARD, card
from keepinpact.data import load_package
from keepinpact.paths import PACKAGE
from keepinpact.records import Edition
from keepinpact.settings import Settings, load_citation
from keepinpact.theme.page import Page, Step, append

__all__ = ["linked_data", "metadata", "organizations", "robots", "sitemap"]

_FRONT, _DATA = "chapters/summary.html", "chapters/data.html"


def linked_data(tree: Path, html: Path, edition: Edition | None, address: str) -> dict[str, Any]:
    """What the edition, its data and the report are, in the words of schema.org.

    Parameters
    ----------
    tree
        The project's folder.
    html
        The built pages; data files that are not among them are left out.
    edition
        The edition; None for the working copy.
    address
        The published site's address; empty where there is none. Addresses are then relative to a chapter.
    """
    cff = load_citation(tree)
    package = load_package(html if (html / PACKAGE).is_file() else tree)
    root = f"{address}/v/{_version(edition)}/" if address else "../"
    ids = {name: {"@id": f"{root}#{name}"} for name in ("edition", "data", "report")}
    creator = organizations(cff)
    shared = {
        "creator": creator,
        "license": package["licenses"][0]["path"],
        "inLanguage": "en",
        "keywords": cff["keywords"],
        "isBasedOn": ids["report"],
        "isAccessibleForFree": True,
    }
    if edition:
        shared |= {"version": edition.version, "datePublished": edition.date}
    files = [
        {
            "@type": "DataDownload",
            "name": resource["name"],
            "encodingFormat": resource["mediatype"],
            "contentUrl": f"{root}data/{resource['path']}",
        }
        for resource in package["resources"]
        if (html / "data" / resource["path"]).exists()
    ]
    article = {
        "@type": "ScholarlyArticle",
        **ids["edition"],
        "headline": cff["title"],
        "author": creator,
        "url": f"{root}{_FRONT}",
        **shared,
    }
    dataset = {
        "@type": "Dataset",
        **ids["data"],
        "name": package["title"],
        "description": package.get("description", package["title"]),
        "url": f"{root}{_DATA}",
        "isPartOf": ids["edition"],
        "distribution": files,
        **shared,
    }
    source = cff["references"][0]
    report = {
        "@type": "ScholarlyArticle",
        **ids["report"],
        "headline": source["title"],
        "description": source["notes"],
        "author": organizations(source),
        "datePublished": f"{source['year']}-{source['month']:02}",
        "url": source["url"],
    }
    return {"@context": "https://schema.org", "@graph": [article, dataset, report]}


def organizations(cited: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The authors of what ``CITATION.cff`` cites, in the words of schema.org."""
    return [{"@type": "Organization", "name": author["name"]} for author in cited["authors"]]


def _version(edition: Edition | None) -> str:
    return edition.version if edition else "dev"


def metadata(html: Path, tree: Path, edition: Edition | None, settings: Settings) -> Step:
    """The step that adds structured data, a chapter's own address and the way to report an error.

    The working copy is kept out of search engines.

    Parameters
    ----------
    html, tree, edition
        See :func:`linked_data`.
    settings
        What is not set is left out.
    """
    version, address = _version(edition), settings.site_address
    graph = json.dumps(linked_data(tree, html, edition, address), ensure_ascii=False, sort_keys=True)
    script = '<script type="application/ld+json">{}</script>\n'.format(graph.replace("</", "<\\/"))

    # A picture is named by its whole address, and drawn with Typst.
    shared = bool(address and find_spec("typst"))
    if shared:
        cff = load_citation(tree)
        (html / CARD).write_bytes(card(cff["title"]))

    def add_metadata(page: Page) -> None:
        name = page.name
        if page.article is None:
            return
        if edition is None:
            append(page.head, '<meta name="robots" content="noindex">\n')
        if address:
            content = f"{escape(address)}/v/{version}/{name}"
            append(page.head, f'<meta property="og:url" content="{content}">\n')
        if shared:
            append(page.head, f'<meta property="og:image" content="{escape(address)}/v/{version}/{CARD}">\n')
        if name in (_FRONT, _DATA):
            append(page.head, script)
        if report := settings.report_error(f"{name} ({version})"):
            link = f'<a href="{escape(report)}">Report an error on this page</a>'
            append(page.article, f'<p class="edition-cite">{link}</p>\n')

    return add_metadata


def sitemap(address: str, edition: Edition, pages: Sequence[str]) -> str:
    """The sitemap of the site: the pages of its newest edition."""
    root = ElementTree.Element("urlset", xmlns="http://www.sitemaps.org/schemas/sitemap/0.9")
    for page in pages:
        entry = ElementTree.SubElement(root, "url")
        ElementTree.SubElement(entry, "loc").text = f"{address}/v/{edition.version}/{quote(page)}"
        ElementTree.SubElement(entry, "lastmod").text = edition.date
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def robots(address: str) -> str:
    """What robots may read, which is everything, and where the sitemap is."""
    return f"User-agent: *\nAllow: /\nSitemap: {address}/sitemap.xml\n"
