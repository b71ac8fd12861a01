"""What is added around a built book: the edition bar, the citation, and the pages above the editions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import yaml

from keepinpact.site.editions import Change, Edition
from keepinpact.site.page import Page, Step, append, prepend

__all__ = ["citation", "dress", "front_page", "listing", "redirect", "site_pages", "versions_script"]

_HERE = Path(__file__).parent

_SHELL = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
{head}<style>
:root {{ color-scheme: light dark; background: #fff; color: #1f2933; }}
a {{ color: #0b57d0; }}
@media (prefers-color-scheme: dark) {{
  :root {{ background: #121212; color: #e4e7eb; }}
  a {{ color: #8ab4f8; }}
}}
body {{ max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.6 system-ui, sans-serif; }}
table {{ border-collapse: collapse; }}
th, td {{ text-align: left; vertical-align: top; padding: .35rem .9rem .35rem 0;
  border-bottom: 1px solid currentColor; overflow-wrap: break-word; }}
td:nth-child(2), td:last-child {{ white-space: nowrap; }}
.wide {{ overflow-x: auto; }}
:focus-visible {{ outline: 3px solid; outline-offset: 2px; }}
</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def _page(title: str, body: str, head: str = "") -> str:
    return _SHELL.format(title=escape(title), body=body, head=head)


def _table(label: str, columns: Sequence[str], rows: Sequence[str]) -> str:
    """A table in a box of its own that scrolls where the window is narrow, by keyboard too."""
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    lines = "\n".join([f"<tr>{head}</tr>", *rows])
    box = f'<div class="wide" role="region" tabindex="0" aria-label="{label}">'
    return f"{box}<table>\n{lines}\n</table></div>"


def redirect(target: str) -> str:
    """A page that leads on to another, with and without JavaScript, keeping the place in the page."""
    to = escape(target, quote=True)
    head = (
        f"<script>location.replace({json.dumps(target)} + location.hash)</script>\n"
        f'<noscript><meta http-equiv="refresh" content="0; url={to}"></noscript>\n'
    )
    return _page("Moved", f'<h1>Moved</h1>\n<p><a href="{to}">Go to the page</a></p>', head)


def listing(name: str, text: str, note: str = "") -> str:
    """A page with the lines of a data file, each with its anchor: ``#L12`` is line 12.

    Parameters
    ----------
    name
        The file, relative to the book; the page stands beside it.
    text
        What it holds.
    note
        What has to be known before it is used, in plain text.
    """
    path = PurePosixPath(name)
    lines = "\n".join(
        f'<li id="L{number}"><code>{escape(line)}</code></li>'
        for number, line in enumerate(text.removesuffix("\n").split("\n"), start=1)
    )
    front = "../" * len(path.parent.parts) + "index.html"
    head = (
        "<style>\nbody { overflow-wrap: anywhere; }\nol { padding-left: 3.5rem; }\n"
        "li::marker, code { font: .85rem/1.6 ui-monospace, monospace; }\n"
        "code { white-space: pre-wrap; }\n"
        "li:target code { background: Mark; color: MarkText; }\n</style>\n"
    )
    said = f"<p><strong>{escape(note)}</strong></p>\n" if note else ""
    links = f'<a href="{escape(path.name)}">The file itself</a> · <a href="{front}">The book</a>'
    return _page(name, f"<h1>{escape(name)}</h1>\n{said}<p>{links}</p>\n<ol>\n{lines}\n</ol>", head)


def citation(tree: Path, edition: Edition | None, address: str) -> dict[str, str]:
    """The citation of an edition, made from the project's CITATION.cff.

    Parameters
    ----------
    tree
        The project's folder.
    edition
        The edition; None for the working copy.
    address
        The published site's address; empty where there is none.

    Returns
    -------
    dict
        ``line``, a sentence; ``CITATION.cff``, ``citation.bib`` and ``citation.ris``, the files' contents.
    """
    cff: dict[str, Any] = yaml.safe_load((tree / "CITATION.cff").read_text(encoding="utf-8"))
    version = edition.version if edition else "working copy"
    date = edition.date if edition else ""
    permanent = f"{address}/v/{version}/" if address and edition else ""
    cff["version"] = version
    if edition:
        cff["date-released"] = edition.date
    if permanent:
        cff["url"] = permanent
    authors = " and ".join(author["name"] for author in cff["authors"])
    year = date[:4] or "n.d."
    line = f"{authors} ({year}): {cff['title']}. Edition {version}" + (f", {date}." if date else ".")
    fields = {
        "title": f"{{{cff['title']}}}",
        "author": f"{{{authors}}}",
        "year": year,
        "version": version,
        "note": f"Edition of {date}" if date else "Working copy",
        "url": permanent,
    }
    ris = [("TY", "DATA"), ("TI", cff["title"])]
    ris += [("AU", author["name"]) for author in cff["authors"]]
    ris += [("PY", date[:4]), ("DA", date.replace("-", "/")), ("ET", version), ("UR", permanent)]
    body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
    return {
        "line": f"{line} {permanent}".strip(),
        "CITATION.cff": yaml.safe_dump(cff, sort_keys=False, allow_unicode=True),
        "citation.bib": f"@misc{{keepinpact-{version.replace(' ', '-')},\n{body}\n}}\n",
        "citation.ris": "".join(f"{tag}  - {value}\n" for tag, value in ris if value) + "ER  - \n",
    }


def front_page(html: Path) -> str:
    """The page that a built book opens with, relative to it."""
    toc_front = html / "chapters/summary.html"
    return "chapters/summary.html" if toc_front.exists() else "index.html"


def dress(html: Path, version: str, date: str, line: str, address: str) -> Step:
    """The step that adds the edition bar, the citation line and the canonical link to a page of a built book.

    Parameters
    ----------
    html
        The folder of the built pages; the bar's script and styles are copied there.
    version, date
        Of the edition; ``dev`` and an empty date for the working copy.
    line
        The citation.
    address
        The published site's address; empty where there is none.
    """
    for name in ("edition-bar.js", "edition-bar.css"):
        (html / "_static" / name).write_bytes((_HERE / name).read_bytes())
    named = "Working copy" if version == "dev" else f"Edition {version} of {date}"

    def add_bar(page: Page) -> None:
        if page.article is None:
            return
        root, name = page.root, page.name
        # The script stands beside the bar: what it adds is there before anything below is drawn.
        bar = (
            f'\n<nav class="edition-bar" aria-label="Editions" data-edition="{version}"'
            f' data-page="{escape(name)}" data-root="{root}"><span>{escape(named)}</span>'
            f' <a href="{root}../../editions.html">All editions and what changed</a></nav>\n'
            f'<script src="{root}_static/edition-bar.js"></script>\n'
        )
        cite = (
            f'<p class="edition-cite">Cite this edition: {escape(line)} '
            f'<a href="{root}citation.bib">BibTeX</a> · <a href="{root}citation.ris">RIS</a> · '
            f'<a href="{root}CITATION.cff">CITATION.cff</a></p>\n'
        )
        head = f'<link rel="stylesheet" href="{root}_static/edition-bar.css">\n'
        head += f'<script src="{root}../versions.js"></script>\n'
        if address:
            head += f'<link rel="canonical" href="{escape(address)}/v/{version}/{escape(name)}">\n'
        append(page.head, head)
        prepend(page.article, bar)
        append(page.article, cite)

    return add_bar


def versions_script(editions: Sequence[dict[str, Any]], newest: str) -> str:
    """The plain script above the editions: which there are, their pages, and which is the newest."""
    content = json.dumps({"newest": newest, "editions": list(editions)}, indent=1, sort_keys=True)
    return f"window.KEEPINPACT_EDITIONS = {content};\n"


def site_pages(
    editions: Sequence[Edition],
    changed: Sequence[tuple[Edition, Edition, Sequence[Change]]],
    newest: str,
    address: str = "",
) -> dict[str, str]:
    """The pages above the editions by name: the list, one for each pair of neighbours, the way in, no page.

    Parameters
    ----------
    editions
        The released editions, newest first.
    changed
        For each pair of neighbours the older, the newer, and what changed.
    newest
        The front page of the newest edition, relative to the site.
    address
        The published site's address; empty where there is none.
    """
    between = {new.version: f"changes/{old.version}-{new.version}.html" for old, new, _ in changed}
    rows = []
    for edition in editions:
        version = edition.version
        compare = f'<a href="{between[version]}">What changed</a>' if version in between else "–"
        rows.append(
            f'<tr><th scope="row"><a href="v/{version}/index.html">{version}</a></th><td>{edition.date}</td>'
            f"<td>{escape(edition.changed)}</td><td>{compare}</td>"
            f'<td><a href="v/{version}/results.json">results</a> · '
            f'<a href="v/{version}/requirements.txt">lock</a> · '
            f'<a href="v/{version}/citation.bib">BibTeX</a> · '
            f'<a href="v/{version}/SHA256SUMS">checksums</a></td></tr>'
        )
    table = _table("Editions", ["Edition", "Date", "In short", "Compared", "Files"], rows)
    if not editions:
        table = "<p>No edition has been released yet.</p>"
    body = (
        "<h1>Editions</h1>\n<p>A released edition never changes. "
        'The <a href="v/latest/index.html">newest edition</a> always has the same address. The '
        '<a href="v/dev/index.html">working copy</a> is what the next edition may become.</p>\n' + table
    )
    pages = {
        "editions.html": _page("Editions", body),
        "index.html": redirect(newest),
        "404.html": _not_found(address),
    }
    for old, new, found in changed:
        pages[between[new.version]] = _changes_page(old, new, found)
    return pages


def _not_found(address: str) -> str:
    """The page that a server shows, at whatever address, where there is none; its links start at the site."""
    base = f'<base href="{escape(urlsplit(address).path)}/">\n' if address else ""
    # Every page of a book lies below v/, so the site is what stands before that.
    script = (
        '<script>\nconst at = location.pathname.indexOf("/v/");\n'
        'if (at >= 0) document.head.append(Object.assign(document.createElement("base"), '
        "{ href: location.pathname.slice(0, at + 1) }));\n</script>\n"
    )
    body = (
        "<h1>This page does not exist</h1>\n<p>Perhaps another edition has it. Go to the "
        '<a href="v/latest/index.html">newest edition</a> or to the '
        '<a href="editions.html">list of editions</a>.</p>'
    )
    return _page("Page not found", body, base or script)


def _changes_page(old: Edition, new: Edition, found: Sequence[Change]) -> str:
    title = f"What changed from {old.version} to {new.version}"
    kinds = {"number": "Numbers", "figure": "Figures", "verdict": "Verdicts"}
    blocks = [
        f"<h1>{title}</h1>\n<p>{escape(new.changed)}</p>\n"
        "<p>Computed from the recorded results of both editions. “Changed” names what changed between them "
        "that the difference can come from: data, code, or the chapter's text. “Why” is our reason.</p>"
    ]
    for kind, heading in kinds.items():
        rows = [
            "<tr>"
            + f'<th scope="row">{escape(one.place)}</th>'
            + "".join(
                f"<td>{escape('–' if cell is None else cell)}</td>"
                for cell in (one.old, one.new, one.difference or "–", ", ".join(one.causes), one.why or "–")
            )
            + "</tr>"
            for one in found
            if one.kind == kind
        ]
        if rows:
            table = _table(heading, ["Where", "Old", "New", "Difference", "Changed", "Why"], rows)
            blocks.append(f"<h2>{heading}</h2>\n{table}")
    if not found:
        blocks.append("<p>No number, figure or verdict changed.</p>")
    blocks.append('<p><a href="../editions.html">All editions</a></p>')
    return _page(title, "\n".join(blocks))
