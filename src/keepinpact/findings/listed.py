"""Printed lists as findings: how long they are, and what they say."""

from __future__ import annotations

import pandas as pd

from keepinpact.findings.tables import escape, markdown
from keepinpact.findings.tables import quoted as own_words
from keepinpact.receipt import Finding, backed, lines_of

ENTRIES = "entries of printed lists (listed, not counted)"


def entry_count(rows: pd.DataFrame, measure: str = ENTRIES) -> Finding:
    """How many rows of the printed layer there are: an entry count, never a count of respondents.

    ``measure`` says in the plural what a row is. KeyError where there is no row.
    """
    if rows.empty:
        raise KeyError("no such list")
    return backed(str(len(rows)), "printed", source=lines_of(rows), value=len(rows), measure=measure)


def listing(rows: pd.DataFrame, *, quoted: bool = False) -> Finding:
    """A printed list, rows of ``items.csv``, as Markdown, under its groups and with its ranks.

    A group whose only entry repeats its name is its name alone; ``quoted`` puts the entries, somebody's own
    words, in quotation marks. KeyError where there is no row.
    """
    if rows.empty:
        raise KeyError("no such list")
    lines: list[str] = []
    for label, block in rows.groupby("group", sort=False):
        if label:
            lines += ["", f"**{escape(str(label))}**", ""]
            if list(block["text"]) == [label]:
                continue
        for text, rank in zip(block["text"], block["rank"], strict=True):
            shown = escape(own_words(text) if quoted else text)
            lines.append(f"{rank}. {shown}" if rank else f"- {shown}")
    return markdown("\n".join(lines).strip())
