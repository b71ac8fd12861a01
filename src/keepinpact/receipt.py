"""What stands behind a number: one model for chapters, ``results.json``, comparisons and notes."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from keepinpact.numbers import Bound, Share

__all__ = [
    "CODED",
    "LAYERS",
    "MATCHED",
    "NOWHERE",
    "Candidate",
    "FigureReceipt",
    "Finding",
    "Layer",
    "Receipt",
    "Source",
    "Support",
    "Value",
    "backed",
    "lines_of",
    "plain",
    "ranges",
]

Layer = Literal["printed", "implied", "reconstructed", "responses"]
Value = int | Share | Bound | Decimal
"""A decimal is a mean, rounded."""

LAYERS: Mapping[Layer, str] = {
    "printed": "printed in the report",
    "implied": "implied by the report's statements",
    "reconstructed": "from the reconstruction, one of the data sets that fit the report's statements",
    "responses": "from the released responses",
}
NOWHERE: Mapping[str, Any] = {"section": None, "pages": None, "statements": []}
"""Where a number stands that rests on no section and no statement."""
_MOST_RANGES = 12
"""Lines of answers are scattered where a file has them by respondent: there would be a range for each."""
CODED = "coded by this edition"
MATCHED = "matched by this edition"

_Count = Annotated[int, Field(ge=0)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Source(_Model):
    """Lines of a data file that something was computed from."""

    file: str
    lines: tuple[int, int]
    """The first and the last line."""
    count: Annotated[int, Field(ge=1)] | None = None
    """How many of the lines from the first to the last, where it is not all of them."""


class Support(_Model):
    """A statement, the literal reading of one, an assumption, the released responses, or the rounding.

    The last has as its id the rule by which percentages are read, a key of
    :data:`keepinpact.numbers.ROUNDINGS`.
    """

    kind: Literal["statement", "reading", "assumption", "responses", "rounding"]
    id: str
    reading: str | None = None


class Candidate(_Model):
    """A share that can lie behind a printed percentage."""

    count: _Count
    base: Annotated[int, Field(ge=1)]


class Receipt(_Model):
    """What a number rests on, and its value."""

    key: str = ""
    """Its name on its page; of a number in a table KEY/row/column."""
    text: str
    """The number as shown."""
    layer: Layer
    section: str | None = None
    """The section of the report; null where it rests on none."""
    pages: tuple[int, int | None] | None = None
    """The first and the last page that the section may cover; null where the report gives none."""
    statements: list[str] = []
    """The ids of the statements that it rests on."""
    source: list[Source] = []
    rests_on: list[Support] = []
    """What forces an implied number, none of which can be spared."""
    measure: str = ""
    """What is counted, where neither a statement nor the layer says so."""
    value: int | str = 0
    """A count; as text a month, or a mean with the decimals that are shown."""
    count: _Count = 0
    """Of a share."""
    base: _Count = 0
    """The respondents that a share is taken of."""
    blank: _Count = 0
    """Respondents who left the question blank."""
    low: int = 0
    """The smallest value of a bound."""
    high: int | None = 0
    """The largest value of a bound; null where nothing limits it."""
    values: list[_Count] = []
    """Every value of a bound, where some between its ends are not possible."""
    percentage: str = ""
    """As the report prints it."""
    candidates: list[Candidate] = []
    """Every share that can lie behind the percentage."""


class FigureReceipt(_Model):
    """The checksum of the data behind a figure."""

    figure: str = ""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    layer: Layer
    source: list[Source]


@dataclass(frozen=True)
class Finding:
    """Something computed, as a page shows it, with what stands behind it. In a notebook it prints itself."""

    text: str
    """As plain text."""
    receipts: tuple[Receipt | FigureReceipt, ...] = ()
    """Of a number its own; of a table one for each number in it."""
    markdown: str | None = None
    """As Markdown, for tables and lists."""
    record: Mapping[str, Any] | None = None
    """What else the book publishes from it, by the name of the record."""

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def named(self, key: str) -> Finding:
        """The same under a key; a number in a table keeps its row and column behind it."""
        return replace(self, receipts=tuple(_named(one, key) for one in self.receipts))

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
        data = {"text/plain": _as_glued(self.text)}
        if self.markdown is not None:
            data["text/markdown"] = self.markdown
        metadata: dict[str, Any] = dict(self.record or {})
        if self.receipts:
            metadata["keepinpact"] = [
                one.model_dump(mode="json", exclude_unset=True) for one in self.receipts
            ]
        return data, metadata


def _as_glued(text: str) -> str:
    """A text so that MyST-NB shows it as it is: what reads as a literal of Python, it shows as that literal.

    "9,000" would become "(9, 0)", and "1.50" "1.5".
    """
    try:
        shown = str(literal_eval(text))
    except (SyntaxError, ValueError):
        return text
    return text if shown == text else repr(text)


def _named(receipt: Receipt | FigureReceipt, key: str) -> Receipt | FigureReceipt:
    if isinstance(receipt, FigureReceipt):
        return receipt.model_copy(update={"figure": key})
    return receipt.model_copy(update={"key": f"{key}{receipt.key}"})


def backed(text: str, layer: Layer, where: Mapping[str, Any] = NOWHERE, **rest: Any) -> Finding:
    """A finding with a single receipt: where it stands in the report, and the ``rest`` of its fields."""
    return Finding(text, (Receipt(text=text, layer=layer, **{**where, **rest}),))


def plain(value: Value) -> dict[str, Any]:
    """A value as a receipt has it."""
    match value:
        case Share(count=count, base=base):
            return {"count": count, "base": base}
        case Bound(low=low, high=high, values=values):
            return {"low": low, "high": high} | ({"values": list(values)} if values else {})
        case Decimal():
            return {"value": str(value)}
        case _:
            return {"value": int(value)}


def lines_of(*rows: pd.DataFrame) -> list[Source]:
    """Where rows of the data stand: tables that a loader returned, or any part of them.

    Raises
    ------
    KeyError
        If a table does not say which file it comes from.
    """
    files: dict[str, list[pd.Index[Any]]] = {}
    for table in rows:
        files.setdefault(table.attrs["file"], []).append(table.index)
    return [one for file, lines in files.items() for one in _sources(file, lines)]


def _sources(file: str, lines: Sequence[pd.Index[Any]]) -> list[Source]:
    whole = lines[0]
    if len(lines) == 1 and isinstance(whole, pd.RangeIndex) and len(whole) and whole.step == 1:
        # Of all answers of a million people the lines themselves would take more room than the answers.
        return [Source(file=file, lines=(whole.start, whole.stop - 1))]
    return ranges(file, np.concatenate([one.to_numpy() for one in lines]), _MOST_RANGES)


def ranges(file: str, lines: Iterable[int], most: int | None = None) -> list[Source]:
    """Lines of a file as ranges of neighbours; as a single one with their number where that were too many."""
    every = lines if isinstance(lines, np.ndarray) else np.fromiter(lines, np.int64)
    steps = np.diff(every)
    if (steps < 1).any():
        every = np.unique(every)
        steps = np.diff(every)
    begins = np.append(0, np.flatnonzero(steps != 1) + 1) if len(every) else every
    if most is not None and len(begins) > most:
        return [Source(file=file, lines=(int(every[0]), int(every[-1])), count=len(every))]
    ends = np.append(begins[1:], len(every))[: len(begins)] - 1
    pairs = zip(every[begins].tolist(), every[ends].tolist(), strict=True)
    return [Source(file=file, lines=pair) for pair in pairs]
