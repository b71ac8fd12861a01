"""Words and tables as findings."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from decimal import Decimal

import pandas as pd

from keepinpact.numbers import Bound, Share
from keepinpact.receipt import (
    NOWHERE,
    FigureReceipt,
    Finding,
    Layer,
    Receipt,
    Source,
    Value,
    backed,
    plain,
)

_WITHIN = re.compile(r'"([^"]*)"')
_MARKUP = re.compile(r"(^%|[\\`*_{}\[\]()#+\-.!|<>~$:&^=@])")


def escape(text: str) -> str:
    """Text in which no character is read as mark-up."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def quoted(text: str) -> str:
    """Words of somebody else in quotation marks; marks within them are single."""
    inner = _WITHIN.sub(r"‘\1’", text)
    return f"“{inner}”"


def sentence(text: str) -> str:
    """A text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def words(text: str) -> Finding:
    """Words that come from the data."""
    return Finding(text)


def markdown(text: str) -> Finding:
    """Markdown that is made from the data."""
    return Finding(text, markdown=text)


def program_output(text: str) -> Finding:
    """Text that keeps its lines, such as what a program prints."""
    return Finding(text, markdown=fenced("text", text))


def fenced(kind: str, text: str) -> str:
    """A block of Markdown that holds a text as it is, and does not end within it whatever it holds."""
    fence = "`" * (1 + max([2, *map(len, re.findall("`+", text))]))
    return f"{fence}{kind}\n{text}\n{fence}"


def computed(value: Value, layer: Layer, source: Sequence[Source], measure: str) -> Finding:
    """A count, a share or a bound that a chapter computed from lines of the data.

    ``measure`` says what is counted.
    """
    return backed(str(value), layer, source=list(source), **plain(value), measure=measure)


def table(
    frame: pd.DataFrame,
    layer: Layer,
    source: Sequence[Source] = (),
    *,
    measure: str = "",
    drawn: bool = False,
) -> Finding:
    """A table; each number in it has a receipt, ``/row/column``.

    Parameters
    ----------
    frame
        The columns' names are the header, the first column holds the rows' labels. A cell is a text, a
        whole number, a mean as a decimal, a :class:`keepinpact.numbers.Share` or a
        :class:`keepinpact.numbers.Bound`.
    layer, source
        What the numbers rest on, and the lines of the data that they were computed from.
    measure
        What is counted, where the header does not say so.
    drawn
        Whether these are the numbers behind a figure, whose checksum is then recorded as well.
    """
    columns = [str(name) for name in frame.columns]
    rows: list[list[str | Value]] = [
        [cell if isinstance(cell, str | Share | Bound | Decimal) else int(cell) for cell in row]
        for row in frame.itertuples(index=False, name=None)
    ]
    receipts: list[Receipt | FigureReceipt] = []
    if drawn:
        shown = json.dumps([columns, *([str(cell) for cell in row] for row in rows)])
        checksum = hashlib.sha256(shown.encode()).hexdigest()
        receipts.append(FigureReceipt(figure="", sha256=checksum, layer=layer, source=list(source)))
    for row in rows:
        for column, cell in zip(columns, row, strict=True):
            if not isinstance(cell, str):
                receipts.append(
                    Receipt(
                        key=f"/{row[0]}/{column}",
                        text=str(cell),
                        layer=layer,
                        **NOWHERE,
                        source=list(source),
                        **plain(cell),
                        **({"measure": measure} if measure else {}),
                    )
                )
    text = markdown_table(columns, rows)
    return Finding(text, tuple(receipts), markdown=text)


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str | Value]]) -> str:
    """A table in Markdown; columns of numbers are aligned to the right."""
    numeric = [bool(rows) and all(not isinstance(row[i], str) for row in rows) for i in range(len(columns))]
    lines = [
        [escape(column) for column in columns],
        ["---:" if right else "---" for right in numeric],
        *([escape(str(cell)) for cell in row] for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
