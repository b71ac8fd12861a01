"""Compare the printed layer with the source: every quotation stands there, and nothing is left out.

A quotation's kind is the name of its file: ``statements``, ``claims``, ``items`` or ``exclusions``; those of
``disclosure`` have to stand in the source too, and cover nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from pypdf import PdfReader

from keepinpact.data import (
    load_claims,
    load_disclosure,
    load_exclusions,
    load_headings,
    load_items,
    load_statements,
)
from keepinpact.faults import DataError
from keepinpact.files import read_bytes

__all__ = [
    "Quote",
    "SourceError",
    "missing",
    "normalise",
    "quotations",
    "quotes_of",
    "read_source",
    "report",
    "sentences",
    "uncovered",
]

HEADINGS = "data/report/headings.csv"
_KINDS = ("statements", "claims", "items", "exclusions")
_REPEATED = ("disclosure",)  # quotes again what another kind covers

_MARK = "•"  # opens a list line, whatever the copy has there
_SOFT = "\u00ad"  # a hyphen at a line's end: it may belong to the word or only to the line
_SIGNS = str.maketrans(
    dict.fromkeys("“”„‟«»", '"')
    | dict.fromkeys("‘’‚‛ʼ`´", "'")
    | dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff", "")
)
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]*)?/?>")
_MATHS = re.compile(r"\$([^$\n]*\\[^$\n]*)\$")
_LEADERS = re.compile(r"(?:\.[ \t]?){4,}")
_BULLET = re.compile(r"[-•●▪◦‣*](?:\s+|$)")
_NUMBERING = re.compile(r"\d+\. ")
_SENTENCE_END = re.compile(r"[.!?][\"')\]]* (?=[\"'(\[]*(\w))")
_ABBREVIATION = re.compile(r"(?:^\d+|\b(?:eg|e\.g|ie|i\.e|cf|vs|Dr|Prof|No|pp?))\.$")
_PART = re.compile(r"[,;:]|\b(?:and|or)\b")
_WORD = re.compile(r"[^\W_]+")
_JOINING = {"and", "or", "as", "the"}
_QUANTITY = re.compile(
    r"\b(?:mostly|majority|usually|most (?:of|common|prevalent)|less common|(?:few|multiple) times)\b",
    re.IGNORECASE,
)
# The number of a survey is a name and that of a list line a place; the "1." that opens a ranking counts.
_NUMBER = re.compile(r"(?P<name>\bsurveys? \d+(?: and \d+)?\b|^(?!1\.)\d+\. )|\d+", re.IGNORECASE)


class SourceError(ValueError):
    """A source that cannot be read."""


@dataclass(frozen=True)
class Quote:
    """A passage that a file says is printed in the source, with the row of the file that holds it."""

    file: str
    id: str
    text: str


def quotes_of(file: str, rows: Iterable[Mapping[str, str]]) -> list[Quote]:
    """The quotations of a table's rows, in their order; ``file`` is the name that they get as their file.

    A row has an ``id`` and a ``quote``, or else a ``text`` and perhaps a ``group``. A group is the label
    printed before its first text, and is quoted there.
    """
    found = []
    group = ""
    for row in rows:
        text = row["quote"] if "quote" in row else row["text"]
        label = row.get("group", "")
        if label not in ("", group, text):
            found.append(Quote(file, row["id"], label))
        group = label
        found.append(Quote(file, row["id"], text))
    return found


def read_source(path: Path | str) -> str:
    """The text of a source: a text file in UTF-8, or a PDF, known by its first bytes.

    SourceError where there is no such file, or it cannot be read as either, or holds no text.
    """
    if not Path(path).exists():
        raise SourceError(f"{path}: there is no such file")
    try:
        raw = read_bytes(Path(path), str(path))
    except DataError as error:
        raise SourceError(str(error.faults[0])) from None
    if raw.startswith(b"%PDF"):
        try:
            text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(raw)).pages)
        except Exception as error:  # a broken PDF can make the library raise anything
            raise SourceError(f"{path}: the PDF cannot be read ({error})") from None
    else:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            byte = f"byte 0x{raw[error.start]:02X} at position {error.start}"
            raise SourceError(f"{path}: the text is not UTF-8 ({byte})") from None
    if not text.strip():
        raise SourceError(f"{path}: the file holds no text")
    return text


def _plain_maths(match: re.Match[str]) -> str:
    spaced = match[1].replace("\\ ", " ")
    return re.sub(r"\\[A-Za-z]+ ?|[{}\\]", "", spaced)


def _lines(text: str) -> list[str]:
    """The lines that hold something, without mark-up; a word cut at a line's end is joined."""
    text = unicodedata.normalize("NFKC", text.translate(_SIGNS)).translate(_SIGNS)
    text = _TAG.sub("", _MATHS.sub(_plain_maths, text))
    lines = []
    for line in text.splitlines():
        line = " ".join(_LEADERS.sub(" ", line).split())
        if len(line) > 1 and line.startswith("|") and line.endswith("|"):
            line = "" if not line.strip("|-: ") else " ".join(line.replace("|", " ").split())
        if line:
            lines.append(line)
    joined = re.sub(r"(?<=\w)-\n(?=\w)", _SOFT, "\n".join(lines))
    joined = re.sub(r"(?m)^([-•●▪◦‣*])\n", r"\1 ", joined)
    return joined.split("\n") if joined else []


def normalise(text: str) -> str:
    """A text without what differs between copies of it.

    White space collapses to single spaces; tags, maths mark-up, table bars and leader dots go; quotation
    marks, apostrophes, dashes and the marks of list lines get their plain form. A hyphen at a line's end
    becomes a soft hyphen, which a quotation matches with a hyphen and without one; the mark that opens a list
    line it matches with and without one too, so that it can span a list.
    """
    lines = ((_BULLET.match(line), line) for line in _lines(text))
    return " ".join(f"{_MARK} {line[mark.end() :]}".rstrip() if mark else line for mark, line in lines)


def _signs(text: str, soft: bool) -> Iterator[str]:
    """A pattern for each sign of a passage."""
    for i, sign in enumerate(text):
        if sign == " ":
            yield f" (?:{_MARK} )?"
        elif sign == _SOFT:
            yield "-?"
        elif sign in f"-{_MARK}" and text[i - 1 : i] in ("", " ") and text[i + 1 : i + 2] in ("", " "):
            yield f"[-{_MARK}]"  # a dash that a copy has at the beginning of a line
        elif sign == "-" and soft:
            yield f"[-{_SOFT}]"
        else:
            yield re.escape(sign)


@lru_cache(maxsize=4096)
def _pattern(text: str, soft: bool) -> re.Pattern[str] | None:
    """A pattern for the whole words of a passage; None for an empty one."""
    text = normalise(text)
    if not text:
        return None
    body = f"{_SOFT}?".join(_signs(text, soft)) if soft else "".join(_signs(text, soft))
    before = r"(?<!\w)" if text[0].isalnum() else ""
    after = r"(?!\w)" if text[-1].isalnum() else ""
    return re.compile(before + body + after)


def missing(quotes: Iterable[Quote], source: str) -> list[Quote]:
    """The quotations that do not stand in the source, word for word (see :func:`normalise`)."""
    text = normalise(source)
    found = []
    for quote in quotes:
        pattern = _pattern(quote.text, _SOFT in text)
        if pattern is None or not pattern.search(text):
            found.append(quote)
    return found


def _blocks(source: str) -> Iterator[tuple[str, bool]]:
    """Paragraphs and list lines; true for a bulleted or numbered one.

    A line that begins in lower case goes on with the one before, unless that one is complete.
    """
    block, listed = "", False
    for line in _lines(source):
        bullet = _BULLET.match(line)
        if block and not bullet and line[0].islower() and block[-1] not in ".:;!?":
            block += f" {line}"
            continue
        if block:
            yield block, listed
        block = line[bullet.end() :] if bullet else line
        listed = bool(bullet or _NUMBERING.match(line))
    if block:
        yield block, listed


def sentences(source: str) -> Iterator[tuple[str, bool]]:
    """The source cut into sentences, list lines (without bullets), table rows and captions.

    With each, whether it opens a list line. A line that begins in lower case goes on with the line before.
    Where a copy wraps its paragraphs, as a PDF does, a line that begins otherwise is cut off from its
    sentence.
    """
    for block, listed in _blocks(source):
        start = 0
        for end in _SENTENCE_END.finditer(block):
            if not end[1].islower() and not _ABBREVIATION.search(block[start : end.start() + 1]):
                yield block[start : end.end()].strip(), listed
                start, listed = end.end(), False
        yield block[start:], listed


class _Marks:
    """Which kinds of quotation hold each character of a text."""

    def __init__(self, text: str, quotes: Iterable[Quote]) -> None:
        self._held = {kind: bytearray(len(text)) for kind in (*_KINDS, "headings")}
        after: dict[str, int] = {}
        for quote in quotes:
            kind = Path(quote.file).stem
            if kind in _REPEATED:
                continue
            if kind not in _KINDS:
                raise ValueError(f"{quote.file}: no kind of quotation; known are {', '.join(_KINDS)}")
            pattern = _pattern(quote.text, _SOFT in text)
            if pattern is None:
                continue
            place = pattern.search(text, after.get(quote.file, 0))
            if place:
                after[quote.file] = place.start() + 1
            else:
                place = pattern.search(text)
            if place:
                self.hold(kind, *place.span())

    def hold(self, kind: str, start: int, end: int) -> None:
        self._held[kind][start:end] = b"\1" * (end - start)

    def any(self, places: Iterable[int], *kinds: str) -> bool:
        return any(self._held[kind][place] for place in places for kind in kinds or self._held)

    def all(self, places: Iterable[int], *kinds: str) -> bool:
        return all(self.any([place], *kinds) for place in places)


def _covered(sentence: str, start: int, listed: bool, marks: _Marks) -> bool:
    numbering = _NUMBERING.match(sentence)
    body = numbering.end() if numbering else 0
    words = [
        start + word.start() for word in _WORD.finditer(sentence, body) if word[0].lower() not in _JOINING
    ]
    numbers = [start + n.start() for n in _NUMBER.finditer(sentence) if not n["name"]]
    quantities = [start + one.start() for one in _QUANTITY.finditer(sentence)]
    if not marks.all(numbers, "statements", "exclusions"):
        return False
    if not marks.all(quantities, "statements", "exclusions", "headings"):
        return False
    if not listed and not marks.any(words, "items") and marks.any(words, "statements", "claims"):
        return True
    if not marks.all(words):
        return False
    at = start
    for mark in [*_PART.finditer(sentence), None]:
        end = start + (mark.start() if mark else len(sentence))
        part = [word for word in words if at <= word < end]
        at = end
        if mark and mark[0] == ":":
            continue
        if marks.any(part, "statements") and not marks.any(part, "items"):
            return False
    return True


def uncovered(source: str, quotes: Iterable[Quote], headings: Iterable[str]) -> list[str]:
    """The sentences of the source that the printed layer leaves out, whole or in part.

    A sentence is covered when all of this holds:

    1. Every number in it stands in a statement or an exclusion. The number of a survey ("survey 2") and
       that of a list line ("2.") are none; the "1." that opens a ranking is one. So does every quantity word
       ("majority", "usually"), unless it stands in a heading.
    2. A statement or a claim stands in it: a brief quotation speaks for its sentence. But if it opens a
       list line or holds an item, or nothing speaks for it, then every word of it stands in a quotation or a
       heading, joining words (and, or, as, the) apart.
    3. If it opens a list line or holds an item, then each part of it, cut at commas, semicolons, colons,
       "and" and "or", that a statement holds holds a word of an item too: a statement around a list does
       not stand for its entries. A part that ends in a colon only leads to the list.

    A quotation stands for one place: the first after the place of the one before it in its file, so that
    a text that is printed twice needs two rows. A heading is a whole line.

    Parameters
    ----------
    source
        The text.
    quotes
        Statements, claims, items and exclusions, each file's in printed order.
    headings
        The lines that are headings.

    Raises
    ------
    ValueError
        If a quotation's file is of no known kind.
    """
    text = normalise(source)
    marks = _Marks(text, quotes)
    titles = {normalise(heading).rstrip(": ") for heading in headings}
    found = []
    at = 0
    for sentence, listed in sentences(source):
        start = text.index(sentence, at)
        at = start + len(sentence)
        if sentence.rstrip(": ") in titles:
            marks.hold("headings", start, at)
        if not _covered(sentence, start, listed, marks):
            found.append(sentence)
    return found


def report(
    source_path: Path | str, quotes: Iterable[Quote], headings: Iterable[str]
) -> tuple[list[Quote], list[str]]:
    """Quotations (headings too) that are not in a source, and its sentences that are not covered.

    The source is read by :func:`read_source`, whose SourceError it raises; for the rest see
    :func:`uncovered`.
    """
    source = read_source(source_path)
    quotes, headings = list(quotes), list(headings)
    titles = [Quote(HEADINGS, heading, heading) for heading in headings]
    return missing([*quotes, *titles], source), uncovered(source, quotes, headings)


def quotations(root: Path) -> tuple[list[Quote], list[str]]:
    """Everything that the printed layer of a project quotes, and the source's headings.

    DataError where a file of the printed layer has a fault.
    """
    statements = [{"id": one.id, "quote": one.quote} for one in load_statements(root).statements]
    tables = {"claims": load_claims(root), "items": load_items(root), "exclusions": load_exclusions(root)}
    quotes = quotes_of("statements", statements)
    for name, table in tables.items():
        quotes += quotes_of(
            name, [{str(k): str(v) for k, v in row.items()} for row in table.to_dict("records")]
        )
    disclosed = load_disclosure(root)
    for row in disclosed[disclosed["quote"] != ""].itertuples():
        quotes.append(Quote("disclosure", str(row.id), str(row.quote)))
    return quotes, list(load_headings(root)["text"])
