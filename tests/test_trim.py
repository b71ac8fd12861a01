"""What is cut from pages and stylesheets, and what must not be."""

import io
import re
import time
from base64 import b64decode

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from selectolax.lexbor import LexborHTMLParser

from keepinpact.theme.page import Page
from keepinpact.theme.styles import embed_icons, names_in_script, properties_read, trim_styles
from keepinpact.theme.trim import MENDING, needs

USED = {"p", "a", "html", "note", "main"}


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        ("p{color:red}", "p{color:red}"),
        (".gone{color:red}", ""),
        ("p .gone,#main > a.note:hover{color:red}", "#main > a.note:hover{color:red}"),
        ('html[data-theme="dark"] p{color:red}', 'html[data-theme="dark"] p{color:red}'),
        ("p:not(.gone){color:red}", "p:not(.gone){color:red}"),
        (":is(.gone,p)::before{color:red}", ":is(.gone,p)::before{color:red}"),
        ("@media print{.gone{color:red}p{color:red}}", "@media print{\np{color:red}\n}"),
        ("@media print{.gone{color:red}}", ""),
        ("@page{margin:1cm}", "@page{margin:1cm}"),
        ("p{--read:1;--unread:2;top:var(--read)}", "p{--read:1;top:var(--read)}"),
        ("p{--first:var(--second);--second:1}", ""),
        ("p{--elsewhere:1}", "p{--elsewhere:1}"),
        ("p{background:url('data:x;y')}", 'p{background:url("data:x;y")}'),
        ("p{color:red!important}", "p{color:red!important}"),
    ],
)
def test_only_rules_that_can_match_stay(css: str, kept: str) -> None:
    assert trim_styles(css, USED, properties_read("fill: var(--elsewhere, red)")).strip() == kept


def test_words_of_a_script_count_as_in_use() -> None:
    assert {"pst-squeeze", "hidden"} <= names_in_script('one.classList.add("pst-squeeze", `hidden`)')


def font(icons: str) -> bytes:
    builder = FontBuilder(1000)
    names = {ord(icon): f"icon{number}" for number, icon in enumerate(icons)}
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(names)
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0)), pen.lineTo((0, 500)), pen.lineTo((500, 0)), pen.closePath()
    builder.setupGlyf(dict.fromkeys([".notdef", *names.values()], pen.glyph()))
    builder.setupHorizontalMetrics(dict.fromkeys([".notdef", *names.values()], (500, 0)))
    builder.setupHorizontalHeader()
    builder.setupPost()
    file = io.BytesIO()
    builder.save(file)
    return file.getvalue()


FACES = "@font-face{font-family:Icons;src:url(a.woff2),url(a.ttf)}@font-face{font-family:More;src:url(b.ttf)}"


@pytest.mark.long
def test_icons_in_use_are_in_the_stylesheet_and_no_others() -> None:
    icons = font("\uf0c9\uf0ca\uf0cb")
    css = embed_icons(f'{FACES}.bars:before{{content:"\uf0c9"}}', icons)
    assert css.count("@font-face") == css.count("url(") == 1
    inside = TTFont(io.BytesIO(b64decode(re.search(r"base64,([^)]+)\)", css)[1])))
    assert set(inside.getBestCmap()) == {0xF0C9}
    time.sleep(1.1)  # a font that is dated when it is written would differ
    assert css == embed_icons(f'{FACES}.bars:before{{content:"\uf0c9"}}', icons)
    assert embed_icons(f"{FACES}p{{top:0}}", font("\uf0c9")) == "p{top:0}"


def made(html: str, name: str = "page.html") -> Page:
    return Page(name, LexborHTMLParser(f"<!DOCTYPE html><html><body>{html}</body></html>"))


def mended(html: str, name: str = "page.html") -> LexborHTMLParser:
    page = made(html, name)
    for step in MENDING:
        step(page)
    return page.tree


def test_pictures_are_left_as_they_are() -> None:
    picture = '<svg viewBox="0 0 1 1"><linearGradient id="a"></linearGradient><path class="bar"></path></svg>'
    page = made(f"<main>{picture}<p>5 &lt; 6</p>{picture}</main>")
    assert f"<main>{picture}<p>5 &lt; 6</p>{picture}</main>" in str(page)
    assert {"bar", "linearGradient", "a", "main", "p"} <= {*needs(page).names}


def test_scripts_that_no_page_uses_go_and_others_wait() -> None:
    files = ("a/bootstrap.js?x=1", "searchtools.js", "b.js")
    html = "".join(f'<script src="{name}"></script>' for name in files)
    scripts = mended(html).css("script")
    assert [one.attributes for one in scripts] == [{"src": "b.js", "defer": None}]
    assert len(mended(html, "search.html").css("script")) == 2


def test_no_script_stands_in_a_page_and_the_theme_is_set_before_it_is_drawn() -> None:
    theme = "<script>document.documentElement.dataset.mode = localStorage.getItem('mode');</script>"
    set_here = "<script>DOCUMENTATION_OPTIONS.pagename = 'chapters/a';</script>"
    data = '<script type="application/ld+json">{"a": "DOCUMENTATION"}</script>'
    unknown = "<script>unknown()</script>"
    scripts = mended(f"{theme}{set_here}{data}{unknown}", "chapters/a.html").css("script")
    # What is not known stays: the policy keeps it out, and the tests of the pages say so.
    assert [one.attributes for one in scripts] == [
        {"src": "../_static/first.js"},
        {"type": "application/ld+json"},
        {},
    ]


def test_what_a_page_may_load_stands_before_all_that_it_loads() -> None:
    head = mended("<p></p>").head
    assert next(one.attributes.get("http-equiv") for one in head.iter()) == "Content-Security-Policy"


def test_what_lies_in_something_unused_goes_with_it() -> None:
    inner = '<p id="ethical-ad-placement" class="pst-async-banner-revealer">a</p>'
    tree = mended(f'<div id="jb-print-docs-body">{inner}</div>{inner}<p>kept</p>')
    assert tree.body.text() == "kept"


def test_tables_in_boxes_have_names_of_their_own() -> None:
    box = '<div class="pst-scrollable-table-container"><table>{}</table></div>'
    boxes = (box.format(inside) for inside in ("", "", "<caption>T</caption>"))
    tree = mended(f"<h2>Ages<a>#</a></h2>{''.join(boxes)}")
    labels = [one.attributes["aria-label"] for one in tree.css("[role=region][tabindex='0']")]
    assert labels == ["Table: Ages", "Table: Ages (2)", "T"]
