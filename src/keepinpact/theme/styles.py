"""Stylesheets cut to what the pages use: the rules that can match, the icons that are shown."""

from __future__ import annotations

import base64
import io
import logging
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any

import tinycss2

__all__ = ["embed_icons", "names_in_script", "properties_read", "trim_styles"]

# It tells each step of making a font smaller.
logging.getLogger("fontTools.subset").setLevel(logging.WARNING)

_NAME = re.compile(r"[A-Za-z_][\w-]*")
_PROPERTY = re.compile(r"var\(\s*(--[\w-]+)")
_SET = re.compile(r"(?<![\w-])(--[\w-]+)\s*:([^;{}]*)")
_ICON = re.compile("[\ue000-\uf8ff]")
_FACE = re.compile(r"@font-face\s*\{[^}]*\}\s*")
_GROUPS = ("media", "supports", "layer", "container")


def names_in_script(script: str) -> set[str]:
    """Every word of a script that could be an element, a class or an id that it puts into a page."""
    return set(_NAME.findall(script))


def properties_read(text: str) -> set[str]:
    """The custom properties that a page or a script reads."""
    return set(_PROPERTY.findall(text))


def trim_styles(css: str, used: Container[str], read: Iterable[str] = ()) -> str:
    """Drop the rules that can match nothing, and the custom properties that nothing reads.

    A rule stays if every element, class and id of one of its selectors is in use somewhere on the site.
    Attributes, pseudo-classes and how the parts combine are not looked at: a rule too many may stay,
    none is lost.

    Parameters
    ----------
    css
        A stylesheet without imports.
    used
        The names of the elements, classes and ids in use.
    read
        The custom properties that something beside the stylesheet reads, such as pages.

    Returns
    -------
    str
        The stylesheet, one rule a line.
    """
    text = "\n".join(_matching(_parsed(css), used))
    values = _SET.findall(text)
    read = {*read, *properties_read(_SET.sub("", text))}
    while more := {one for name, value in values if name in read for one in _PROPERTY.findall(value)} - read:
        read |= more
    return "\n".join(_reading(_parsed(text), read)) + "\n"


def embed_icons(css: str, font: bytes) -> str:
    """Replace a stylesheet's webfonts with one that holds the glyphs in use, inside the stylesheet.

    Parameters
    ----------
    css
        A stylesheet whose webfonts are icons, shown by characters of Unicode's private use area.
    font
        The TrueType file of the face to keep, which is the first that the stylesheet declares.

    Returns
    -------
    str
        The stylesheet; without webfonts where it shows no icon.
    """
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    faces = _FACE.findall(css)
    rest = _FACE.sub("", css)
    icons = {ord(icon) for icon in _ICON.findall(rest)}
    with TTFont(io.BytesIO(font), recalcTimestamp=False) as typeface:
        icons &= set(typeface.getBestCmap())
        if not faces or not icons:
            return rest
        subsetter = Subsetter(Options(layout_features=[], name_IDs=[], notdef_outline=False))
        subsetter.populate(unicodes=icons)
        subsetter.subset(typeface)
        typeface.flavor = "woff"
        small = io.BytesIO()
        typeface.save(small)
    source = f'url(data:font/woff;base64,{base64.b64encode(small.getvalue()).decode()}) format("woff")'
    return re.sub(r"src:[^;}]*", lambda _: f"src:{source}", faces[0], count=1) + rest


def _parsed(css: str | Sequence[Any]) -> list[Any]:
    return list(tinycss2.parse_rule_list(css, skip_comments=True, skip_whitespace=True))


def _grouped(rule: Any) -> bool:
    return rule.type == "at-rule" and rule.lower_at_keyword in _GROUPS and rule.content is not None


def _group(rule: Any, rules: Iterable[str]) -> Iterator[str]:
    inner = "\n".join(rules)
    if inner:
        yield f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{\n{inner}\n}}"


def _matching(rules: Iterable[Any], used: Container[str]) -> Iterator[str]:
    for rule in rules:
        if rule.type == "qualified-rule":
            kept = [one for one in _selectors(rule.prelude) if _possible(one, used)]
            if kept:
                selectors = ",".join(tinycss2.serialize(one).strip() for one in kept)
                yield f"{selectors}{{{tinycss2.serialize(rule.content).strip()}}}"
        elif _grouped(rule):
            yield from _group(rule, _matching(_parsed(rule.content), used))
        elif rule.type != "at-rule" or rule.lower_at_keyword != "charset":
            yield rule.serialize()


def _selectors(prelude: Iterable[Any]) -> Iterator[list[Any]]:
    selector: list[Any] = []
    for node in prelude:
        if node == ",":
            yield selector
            selector = []
        elif node.type != "comment":
            selector.append(node)
    yield selector


def _possible(selector: Sequence[Any], used: Container[str]) -> bool:
    before: Any = None
    for node in selector:
        if (node.type == "hash" or (node.type == "ident" and before != ":")) and node.value not in used:
            return False
        before = node
    return True


def _reading(rules: Iterable[Any], read: Container[str]) -> Iterator[str]:
    for rule in rules:
        if rule.type == "qualified-rule":
            inside = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
            kept = [
                one.serialize().rstrip(";")
                for one in inside
                if one.type != "declaration" or not one.name.startswith("--") or one.name in read
            ]
            if kept:
                yield f"{tinycss2.serialize(rule.prelude)}{{{';'.join(kept)}}}"
        elif _grouped(rule):
            yield from _group(rule, _reading(_parsed(rule.content), read))
        else:
            yield rule.serialize()
