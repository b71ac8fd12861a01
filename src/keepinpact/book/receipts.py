"""How a number's receipt reads: what it is, what it rests on, where that stands.

Pure functions: a receipt as ``results.json`` has it and the statements as ``statements.json`` has them
become a :class:`Note`, and notes become HTML.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keepinpact.numbers import either
from keepinpact.theme.template import fill

__all__ = ["Links", "Note", "Quote", "beside", "identifier", "note", "render"]

_PRINTED = "The report says so"
_COUNTED = "Counted by us in what the report prints"
_LAYERS: Mapping[str, str] = {
    "implied": "Worked out from what the report prints",
    "reconstructed": "Counted in the reconstruction",
    "responses": "Counted in the released responses",
}
_VERDICTS: Mapping[str, str] = {
    "reproduced": "recounted and found to be the same",
    "consistent": "it holds with all other statements, and something else would not have",
    "conditional": "it holds with all other statements, but not with an assumption or a reading of ours",
    "contradicted": "it cannot hold together with other statements",
    "not tested": "what else was tried would have held as well, or there is nothing in it to count",
}
_BASIS = "as long as all statements of the report hold, and the assumptions that this edition keeps"
_READ = "rounded to the nearest {}, either way at a tie"


@dataclass(frozen=True)
class Links:
    """Where a note leads to, relative to its page.

    Attributes
    ----------
    method
        The explanation of the layers; empty where the book has none.
    ledger
        The entry of a statement, by its id; empty where the book has none.
    line
        A line of a data file; empty where that is not published.
    """

    method: str
    ledger: Callable[[str], str]
    line: Callable[[str, int], str]


@dataclass(frozen=True)
class Quote:
    """A statement that a number rests on, with its verdict and where the reasons for it stand."""

    text: str
    place: str
    verdict: str
    ledger: str
    recounted_otherwise: bool = False

    @property
    def means(self) -> str:
        """What the verdict means here."""
        return "it was recounted otherwise" if self.recounted_otherwise else _VERDICTS[self.verdict]


@dataclass(frozen=True)
class Note:
    """The receipt of a number.

    Attributes
    ----------
    key
        The number's key on its page.
    number, measure
        The number in short, and what it counts where the rest does not say so.
    layer, method
        What it rests on, and where that is explained.
    said
        Whether the report itself says so.
    facts
        Sentences: what it can be, how it was rounded.
    quotes
        The statements.
    sources
        Lines of data, as text and address; without one where they are not published.
    cited
        How it is cited; empty where nobody says.
    """

    key: str
    number: str
    measure: str
    layer: str
    said: bool
    method: str
    facts: Sequence[str]
    quotes: Sequence[Quote]
    sources: Sequence[tuple[str, str]]
    cited: str = ""


def identifier(key: str) -> str:
    """The key as part of an id that every browser takes in an address as it is."""
    return re.sub(r"[^A-Za-z0-9._-]", lambda sign: f"_{ord(sign[0]):x}_", key)


def note(
    receipt: Mapping[str, Any],
    statements: Mapping[str, Mapping[str, Any]],
    cite: Callable[[str], str],
    links: Links,
    rests_on: str = "",
    cited: Callable[[str], str] = lambda number: "",
) -> Note:
    """What there is to say of a number.

    Parameters
    ----------
    receipt
        As in ``results.json``.
    statements
        By id, as in ``statements.json``.
    cite
        Where a section stands in the report.
    links
        Where the note leads to.
    rests_on
        What an implied number rests on, in words.
    cited
        How the number is cited, which it is given in short.
    """
    quotes = [
        Quote(
            str(one["quote"]),
            cite(str(one["section"])),
            str(one["verdict"]),
            links.ledger(str(one["id"])),
            one.get("recount") == "otherwise",
        )
        for one in (statements[name] for name in receipt["statements"])
    ]
    layer = _LAYERS.get(receipt["layer"]) or (_PRINTED if quotes else _COUNTED)
    if any(one["kind"] == "responses" for one in receipt.get("rests_on", ())):
        layer += ", and from the released responses"
    return Note(
        receipt["key"],
        _short(receipt),
        str(receipt.get("measure") or ""),
        layer,
        receipt["layer"] == "printed",
        links.method,
        [*_facts(receipt), *([f"It rests on {rests_on}; none of this can be spared."] if rests_on else [])],
        quotes,
        list(_sources(receipt["source"], links.line)),
        cited(_short(receipt)),
    )


def beside(receipt: Mapping[str, Any], where: str, statements: Sequence[Mapping[str, Any]]) -> str:
    """The note of a number in one sentence, to stand beside it: what it is, and where the report has it.

    Parameters
    ----------
    receipt
        As in ``results.json``.
    where
        The pages of the report's section that it rests on; empty where the report gives none.
    statements
        Those that it rests on, as in ``statements.json``.
    """
    layer = _LAYERS.get(receipt["layer"]) or (_PRINTED if receipt["statements"] else _COUNTED)
    said = f"{layer[:1].lower()}{layer[1:]}"
    if where and receipt["statements"]:
        said += f", {where}"
    if receipt["layer"] == "reconstructed":
        said += ", which is nobody’s answers"
    if "percentage" in receipt:
        said += "; base not printed"
    if any(one.get("recount") == "otherwise" for one in statements):
        said += "; it was recounted otherwise"
    elif any(one.get("verdict") == "contradicted" for one in statements):
        said += "; it does not add up"
    return f"{textwrap.shorten(_short(receipt), 44, placeholder=' …')}: {said}."


def _short(receipt: Mapping[str, Any]) -> str:
    if "percentage" in receipt:
        return re.sub(r"\s*%", " %", receipt["percentage"])
    return str(receipt["base"]) if "blank" in receipt else str(receipt["text"]).rstrip(".")


def _facts(receipt: Mapping[str, Any]) -> Iterator[str]:
    if receipt["layer"] == "reconstructed":
        yield "The reconstruction is one of the data sets that fit the report; it is nobody’s answers."
    match receipt:
        case {"percentage": percentage, "candidates": candidates}:
            unit = "printed digit" if "." in percentage else "whole per cent"
            listed = either([f"{one['count']} of {one['base']}" for one in candidates])
            yield (
                f"The report prints no base. If percentages are {_READ.format(unit)}, "
                f"its numbers together leave {listed or 'no share at all'}."
            )
        case {"percentage": _}:
            yield "The report prints no base."
        case {"base": base, "candidates": _}:
            yield f"Every count out of {base} was tried, {_READ.format('whole per cent')}."
        case {"count": count, "base": base}:
            yield f"It is {count} of {base}, rounded half up to a whole per cent."
        case {"low": low, "high": high} if receipt["layer"] == "implied":
            if "values" in receipt:
                kind = "These are all the values that it can have"
            elif low == high:
                kind = "It can have no other value"
            else:
                kind = "These are the smallest and the largest value that it can have"
            yield f"{kind}." if "rests_on" in receipt else f"{kind}, {_BASIS}."
        case {"blank": blank} if blank:
            yield f"{blank} more left the question blank."


def _sources(
    sources: Sequence[Mapping[str, Any]], line: Callable[[str, int], str]
) -> Sequence[tuple[str, str]]:
    """The lines as text and address; a file is named once."""
    found, last = [], ""
    for source in sources:
        first, end = source["lines"]
        where = f"line {first}" if first == end else f"lines {first}-{end}"
        where += f" ({source['count']} of these)" if "count" in source else ""
        name, address = source["file"], line(source["file"], first)
        said = where if name == last else f"{name}, {where}"
        found.append((said if address else f"{said} (not published)", address))
        last = name
    return found


def render(notes: Sequence[tuple[Note, int]]) -> str:
    """The notes at the end of a page, each with how often the page refers to it; empty without any."""
    return fill("notes.html", notes=notes, identifier=identifier) if notes else ""
