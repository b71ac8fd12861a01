"""What an export says by its mapping: the answers, and everything that is not understood yet."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import pandas as pd

from keepinpact.data.yaml_files import Locate
from keepinpact.faults import Fault
from keepinpact.imports.exports import Export, key
from keepinpact.imports.mapping import Column, Plan, file_of, pieces

__all__ = ["Understood", "parts", "understand"]

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+-]*")


@dataclass
class Understood:
    """Exports of a wave as their mapping reads them."""

    released: list[tuple[str, ...]] = field(default_factory=list)
    """Rows of ``released.csv``: wave, item, respondent, value."""
    codings: list[tuple[str, ...]] = field(default_factory=list)
    """Rows of ``codings.csv``: wave, item, respondent, value, coder, rule."""
    said: list[str] = field(default_factory=list)
    """What was understood, in lines for people."""
    problems: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    """What was not, under what is allowed; nothing may be written while there is any."""
    lacking: list[list[str]] = field(default_factory=list)
    """Rows that the codebook needs if the mapping's codes are meant."""


@dataclass(frozen=True)
class _Row:
    file: str
    row: int
    cells: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.file}:{self.row}"


@dataclass(frozen=True)
class _Codebook:
    kinds: dict[str, str]
    codes: dict[str, dict[str, str]]

    def named(self, item: str) -> str:
        """The codes of an item with their labels, for people."""
        return ", ".join(f"{code} ({label})" for code, label in self.codes[item].items()) or "none yet"


def parts(
    text: Sequence[str], options: dict[tuple[str, ...], str]
) -> tuple[list[frozenset[str]], list[tuple[str, ...]]]:
    """The codes that the pieces of a cell can stand for, and the pieces that stand for none.

    ``options`` gives the code of each option, by the keys of its pieces: an option may hold the separator.
    Where all pieces belong to options, all different readings are given; else one, which takes the longest
    options from the left, and in which neighbours among the rest are one text.
    """
    keys, longest = tuple(map(key, text)), max(map(len, options), default=0)
    ways: list[list[frozenset[str]]] = [[] for _ in text] + [[frozenset()]]
    for start in reversed(range(len(text))):
        for end in range(start + 1, min(start + longest, len(text)) + 1):
            code = options.get(keys[start:end])
            if code is not None:
                ways[start] += [rest | {code} for rest in ways[end]]
        ways[start] = list(dict.fromkeys(ways[start]))[:8]
    if ways[0]:
        return ways[0], []
    codes, start = set(), 0
    unknown: list[list[str]] = [[]]
    while start < len(text):
        ends = range(min(start + longest, len(text)), start, -1)
        last = next((one for one in ends if keys[start:one] in options), None)
        if last is None:
            unknown[-1].append(text[start])
            start += 1
        else:
            codes.add(options[keys[start:last]])
            unknown.append([])
            start = last
    return [frozenset(codes)], [tuple(one) for one in unknown if one]


def understand(
    exports: Sequence[Export], plan: Plan, locate: Locate, codebook: pd.DataFrame, wave: str
) -> Understood:
    """The answers in a wave's exports, as rows to release, and everything that stands in their way.

    Respondents have new codes, in the order of their answers: whoever answered the same could change places,
    so that nothing can be told from a code. Cells that are set aside go nowhere.

    Parameters
    ----------
    exports
        The files of one wave, such as one for each language.
    plan, locate
        What :func:`keepinpact.imports.mapping.load_plan` returns.
    codebook
        What :func:`keepinpact.data.load_codebook` returns.
    wave
        ``1`` or ``2``.
    """
    found = Understood([], [], [f"{one.name}: {one.read_as}; rows: {len(one.rows)}" for one in exports])
    items = codebook[codebook["variable"] == "item"]
    book = _Codebook(
        dict(zip(items["code"], items["response"], strict=True)),
        {
            item: dict(codebook.loc[codebook["variable"] == item, ["code", "label"]].itertuples(index=False))
            for item in items["code"]
        },
    )
    _check_columns(found, exports, plan, locate, book, wave)
    columns = [one for one in plan.columns if one.item in book.kinds and one.set_aside is None]
    _check_codes(found, columns, plan, locate, book, wave)
    rows: list[_Row] = []
    for export in exports:
        keys = [key(heading) for heading in export.headings]
        rows += [_Row(export.name, row, dict(zip(keys, cells, strict=True))) for row, cells in export.rows]
    rows = _without_left_out(found, rows, plan, locate, wave)
    codes, unread = _coded(found, rows, columns, book, wave)
    answered = [any(one.values()) or str(row) in unread for row, one in zip(rows, codes, strict=True)]
    if not rows:
        found.problems["rows"].append(Fault(exports[0].name, 0, "", None, "holds a row that is not left out"))
    if not all(answered):
        empty = [row for row, any_ in zip(rows, answered, strict=True) if not any_]
        found.said.append(f"rows without an answer: {_places(empty)} ({plan.empty_rows or 'not decided'})")
        if plan.empty_rows is None:
            rule = "empty_rows says what becomes of rows without an answer: keep, or leave out"
            found.problems["rows"].append(Fault(empty[0].file, empty[0].row, "", None, rule))
    keep = [plan.empty_rows != "leave out" or one for one in answered]
    dropped = _repeated(found, [row for row, one in zip(rows, keep, strict=True) if one], plan)
    kept = [
        (row, one)
        for row, one, wanted in zip(rows, codes, keep, strict=True)
        if wanted and str(row) not in dropped
    ]
    _tell_items(found, kept, columns, book)
    _tell_alike(found, kept)
    _release(found, [one for _, one in kept], columns, book, wave)
    return found


def _check_columns(
    found: Understood, exports: Sequence[Export], plan: Plan, locate: Locate, book: _Codebook, wave: str
) -> None:
    """Columns that are not mapped, or mapped to what is not there."""
    name = file_of(wave).as_posix()
    title = f"columns that {name} does not settle"
    known = [key(one.column) for one in plan.columns]
    there = {key(heading) for export in exports for heading in export.headings}
    for export in exports:
        for heading in export.headings:
            if key(heading) not in known:
                rule = f"stands in {name} with an item or set aside"
                found.problems[title].append(Fault(export.name, export.header_rows, heading, None, rule))
    coded = {one.item for one in plan.columns if one.coder}
    for number, one in enumerate(plan.columns):
        rules = {
            "is a column of the export": known[number] in there,
            "stands once": known.index(known[number]) == number,
            "says with item what it answers, or with set_aside why it is left out": (
                (one.item is None) is not (one.set_aside is None)
            ),
            f"answers an item of the codebook: {', '.join(book.kinds)}": (
                one.item is None or one.item in book.kinds
            ),
            "has no separator, since the item takes a single answer": (
                one.separator is None or book.kinds.get(one.item or "") != "single"
            ),
            "has a coder, as another column of the item has": one.item not in coded or one.coder is not None,
            "has the one rule of its coder for the item": (
                {one.rule}
                == {
                    other.rule for other in plan.columns if (other.item, other.coder) == (one.item, one.coder)
                }
            ),
            "gives a text one code": _one_code_a_text(one),
        }
        row = locate(("columns", number))[0]
        for rule in (rule for rule, holds in rules.items() if not holds):
            found.problems[title].append(Fault(name, row, one.column, None, rule))
    for reason in dict.fromkeys(one.set_aside for one in plan.columns if one.set_aside):
        those = ", ".join(f"“{one.column}”" for one in plan.columns if one.set_aside == reason)
        found.said.append(f"set aside ({reason}): {those}")


def _one_code_a_text(column: Column) -> bool:
    codes: dict[str, set[str]] = defaultdict(set)
    for text, code in (column.values or {}).items():
        codes[key(text)].add(code)
    return all(len(one) == 1 for one in codes.values())


def _check_codes(
    found: Understood, columns: Iterable[Column], plan: Plan, locate: Locate, book: _Codebook, wave: str
) -> None:
    """Codes that the mapping gives and the codebook does not have."""
    lacking: dict[tuple[str, str], list[str]] = {}
    for column in columns:
        item, number = str(column.item), plan.columns.index(column)
        title = f"{item}: codes that data/codebook.csv does not have. Its codes: {book.named(item)}"
        given: list[tuple[str, str, tuple[str, ...]]] = [
            (text, code, ("values", text)) for text, code in (column.values or {}).items()
        ]
        given += [("others", column.others, ("others",))] if column.others is not None else []
        for text, code, place in given:
            if code and code not in book.codes[item]:
                row = locate(("columns", number, *place))[0]
                rule = 'is a code of the item, or "" for no answer'
                found.problems[title].append(Fault(file_of(wave).as_posix(), row, text, code, rule))
                if _CODE.fullmatch(code):
                    # An option with a column of its own is named in the heading, not in the cells.
                    option = re.split(r" \| |[\[/]", column.column.rstrip("]"))[-1]
                    label = option if "" in (column.values or {}).values() else text
                    lacking.setdefault(
                        (item, code), [item, code, label, f"Answered: {label}", "", "edition", ""]
                    )
    found.lacking += lacking.values()


def _without_left_out(
    found: Understood, rows: Sequence[_Row], plan: Plan, locate: Locate, wave: str
) -> list[_Row]:
    places = {str(row) for row in rows}
    for place, why in plan.rows_left_out.items():
        found.said.append(f"left out: {place} ({why})")
        if place not in places:
            row, name = locate(("rows_left_out", place))
            rule = "is a file and a row of it, such as export.csv:5"
            found.problems["rows"].append(Fault(file_of(wave).as_posix(), row, name, None, rule))
    return [row for row in rows if str(row) not in plan.rows_left_out]


_Read = tuple[frozenset[str], list[str], bool]
_Codes = dict[tuple[str, str], frozenset[str]]


def _reader(column: Column, book: _Codebook) -> Callable[[str], _Read]:
    """What a cell of a column says: codes, unknown texts, and whether there are other readings."""
    values = {code: code for code in book.codes[str(column.item)]} if column.values is None else column.values

    def split(text: str) -> tuple[str, ...]:
        return pieces(text, column.separator) if column.separator else (text,)

    options = {tuple(map(key, split(text))): code for text, code in values.items()}

    @cache
    def read(cell: str) -> _Read:
        if not cell:
            return frozenset(), [], False
        readings, unknown = parts(split(cell), options)
        if unknown and column.others is not None:
            readings, unknown = [readings[0] | {column.others}], []
        given = list(dict.fromkeys(one - {""} for one in readings))
        between = (column.separator or "").strip() or " "
        return given[0], [between.join(one) for one in unknown], len(given) > 1

    return read


def _coded(
    found: Understood, rows: Sequence[_Row], columns: Sequence[Column], book: _Codebook, wave: str
) -> tuple[list[_Codes], set[str]]:
    """The codes of each row by item and coder, "" without one, and the places of rows with unknown texts."""
    readers = [(key(one.column), one, _reader(one, book)) for one in columns]
    unknown: dict[tuple[str, str, str], list[_Row]] = defaultdict(list)
    answers: list[_Codes] = []
    for row in rows:
        codes: _Codes = {}
        for heading, column, read in readers:
            item, place = str(column.item), (str(column.item), column.coder or "")
            given, texts, ambiguous = read(cell := row.cells.get(heading, ""))
            codes[place] = codes.get(place, frozenset()) | given
            for text in texts:
                unknown[item, column.column, text].append(row)
            if ambiguous:
                rule = "can be read in one way: an option that holds others is given otherwise"
                found.problems[f"{item}: cells that can be read in several ways"].append(
                    Fault(row.file, row.row, column.column, cell, rule)
                )
        for (item, coder), given in codes.items():
            if book.kinds[item] == "single" and len(given) > 1:
                found.problems[f"{item}: several answers to an item that takes one"].append(
                    Fault(row.file, row.row, item, ", ".join(sorted(given)), "is one answer")
                )
            first = next(one for one in codes if one[0] == item)
            if coder and given and not codes[first]:
                found.problems[f"{item}: answers that {first[1]}, whose codes count, did not code"].append(
                    Fault(
                        row.file, row.row, item, None, f"has a code of {first[1]}, as it has one of {coder}"
                    )
                )
        answers.append(codes)
    for (item, heading, text), those in unknown.items():
        title = f"{item}: texts that {file_of(wave).as_posix()} does not know. Its codes: {book.named(item)}"
        rule = f"has a code there ({_rows(those)})"
        found.problems[title].append(Fault(those[0].file, those[0].row, heading, text, rule))
    return answers, {str(row) for those in unknown.values() for row in those}


def _repeated(found: Understood, rows: Sequence[_Row], plan: Plan) -> set[str]:
    """The places of rows that give way to another row of the same respondent."""
    dropped: set[str] = set()
    for column in plan.columns:
        same: dict[str, list[_Row]] = defaultdict(list)
        for row in rows if column.set_aside == "identifier" else ():
            if cell := row.cells.get(key(column.column)):
                same[key(cell)].append(row)
        for those in (one for one in same.values() if len(one) > 1):
            found.said.append(
                f"the same in “{column.column}”: {_places(those)} ({plan.repeated or 'not decided'})"
            )
            if plan.repeated is None:
                rule = "repeated says what becomes of such rows: keep all, keep first, or keep last"
                found.problems["rows"].append(Fault(those[0].file, those[0].row, column.column, None, rule))
            given_way = {"keep first": those[1:], "keep last": those[:-1]}.get(plan.repeated or "", [])
            dropped |= set(map(str, given_way))
    return dropped


def _tell_items(
    found: Understood, kept: Sequence[tuple[_Row, _Codes]], columns: Sequence[Column], book: _Codebook
) -> None:
    """How often each code was given, and how many left an item blank."""
    for item, coder in dict.fromkeys((str(one.item), one.coder or "") for one in columns):
        headings = [one.column for one in columns if (one.item, one.coder or "") == (item, coder)]
        counts = Counter(code for _, one in kept for code in one[item, coder])
        blank = [row for row, one in kept if not one[item, coder]]
        none = sum(any(row.cells.get(key(one)) for one in headings) for row in blank)
        told = ", ".join(f"{code} {counts[code]}" for code in {**book.codes[item], **counts} if counts[code])
        who = f" (coded by {coder})" if coder else ""
        found.said.append(
            f"{item}{who}: {len(kept) - len(blank)} answered, {len(blank)} blank"
            + (f" ({none} of them chose nothing)" if none else "")
            + f"; {told or 'no code yet'}; from "
            + ", ".join(f"“{one}”" for one in headings)
        )
    there = {one.item for one in columns}
    if absent := [item for item in book.kinds if item not in there]:
        found.said.append(f"not in this survey, by the mapping: {', '.join(absent)}")


def _tell_alike(found: Understood, kept: Sequence[tuple[_Row, _Codes]]) -> None:
    """Rows that answer everything alike: two respondents, or one who sent the form twice."""
    alike: dict[tuple[frozenset[str], ...], list[_Row]] = defaultdict(list)
    for row, codes in kept:
        alike[tuple(codes.values())].append(row)
    groups = [those for those in alike.values() if len(those) > 1]
    if groups:
        found.said.append(
            f"{sum(map(len, groups))} rows answer all as another row does, such as {_places(groups[0])}; "
            "all are kept (rows_left_out leaves out one that was sent twice)"
        )


def _release(
    found: Understood, answers: Sequence[_Codes], columns: Sequence[Column], book: _Codebook, wave: str
) -> None:
    """The rows to release, the respondents in the order of their answers."""
    rules = {(str(one.item), one.coder): str(one.rule) for one in columns if one.coder}
    places = list(dict.fromkeys((str(one.item), one.coder or "") for one in columns))
    order = {item: {code: i for i, code in enumerate(codes)} for item, codes in book.codes.items()}
    # Codes that the codebook lacks are a problem already, and nothing is written.
    sorted_codes = [
        {place: sorted(one[place], key=lambda code: order[place[0]].get(code, -1)) for place in places}
        for one in answers
    ]
    ranked = sorted(places, key=lambda place: list(book.kinds).index(place[0]))
    respondents = sorted(
        sorted_codes,
        key=lambda one: [[order[place[0]].get(code, -1) for code in one[place]] for place in ranked],
    )
    names = [f"s{wave}-{number:0{len(str(len(respondents)))}d}" for number in range(1, len(respondents) + 1)]
    first = dict(reversed(ranked))
    for item, coder in ranked:
        for name, one in zip(names, respondents, strict=True):
            if first[item] == coder:
                found.released += [(wave, item, name, code) for code in one[item, coder] or [""]]
            if coder:
                rule = rules[item, coder]
                found.codings += [(wave, item, name, code, coder, rule) for code in one[item, coder]]


def _rows(rows: Sequence[_Row]) -> str:
    return f"{len(rows)} row" + ("s" if len(rows) > 1 else "")


def _places(rows: Sequence[_Row]) -> str:
    shown = ", ".join(map(str, rows[:5]))
    return shown + (f" and {len(rows) - 5} more" if len(rows) > 5 else "")
