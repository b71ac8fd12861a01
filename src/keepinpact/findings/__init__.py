"""Computed values, tables, lists and figures, each with what stands behind it.

A chapter loads tables, computes with pandas, and makes findings of what it shows: of what the report
prints (:mod:`printed`), of rows of its lists (:mod:`listed`), of what its statements imply (:mod:`implied`),
of answers (:mod:`counted`), of what the audit found (:mod:`audited`), of what it tells of a person
(:mod:`private`), of what is printed beside what was counted (:mod:`beside`). Nothing here knows how a page is
made.
"""

from keepinpact.findings.beside import clashes_with_responses, side_by_side
from keepinpact.findings.counted import (
    answers,
    coded_alike,
    counted,
    holds,
    layer,
    leading,
    majority,
    respondents,
    shares_of,
)
from keepinpact.findings.drawn import (
    Drawing,
    bars,
    counts_of,
    drawing,
    people,
    picture,
    slot,
    squares,
    two_lists,
)
from keepinpact.findings.implied import (
    Shares,
    at_most,
    bound,
    defined,
    fitting,
    month,
    part_of,
    recounted,
    rests_on,
    shares,
    worked_out,
)
from keepinpact.findings.listed import entry_count, listing
from keepinpact.findings.printed import number, place, printed, quotation
from keepinpact.findings.private import alike, crossed, few, of_a_person
from keepinpact.findings.tables import computed, markdown, table, words

__all__ = [
    "Drawing",
    "Shares",
    "alike",
    "answers",
    "at_most",
    "bars",
    "bound",
    "clashes_with_responses",
    "coded_alike",
    "computed",
    "counted",
    "counts_of",
    "crossed",
    "defined",
    "drawing",
    "entry_count",
    "few",
    "fitting",
    "holds",
    "layer",
    "leading",
    "listing",
    "majority",
    "markdown",
    "month",
    "number",
    "of_a_person",
    "part_of",
    "people",
    "picture",
    "place",
    "printed",
    "quotation",
    "recounted",
    "respondents",
    "rests_on",
    "shares",
    "shares_of",
    "side_by_side",
    "slot",
    "squares",
    "table",
    "two_lists",
    "words",
    "worked_out",
]
