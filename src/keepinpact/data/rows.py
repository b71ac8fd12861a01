"""What a row of each table holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from keepinpact.paths import CASES, CHARTS, CLAIMS, CODINGS, DISCLOSURE, ITEMS, RECONSTRUCTION, RELEASED


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")


_Text = Annotated[str, Field(min_length=1)]
_Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
_Wave = Literal["", "1", "2", "1+2"]


class _Claim(_Row):
    """Sentences that say something of the project, the surveys or the respondents and are no statement."""

    id: _Id
    section: _Id
    wave: _Wave
    quote: _Text


class _Item(_Row):
    """Lines of the report's printed lists, in printed order."""

    id: _Id
    section: _Id
    list: _Id
    wave: _Wave
    group: str
    rank: Annotated[str, Field(pattern=r"^([1-9][0-9]*)?$")]
    text: _Text
    theme: Annotated[str, Field(pattern=r"^([a-z0-9-]+( [a-z0-9-]+)*)?$")]


class _Chart(_Row):
    """Places where the report's text shows that a chart is missing."""

    id: _Id
    section: _Id
    wave: _Wave
    item: str
    base: str
    certainty: Literal["certain", "likely"]
    title: _Text
    known: _Text


class _Code(_Row):
    """Every code that the tables use, with its label and definition."""

    variable: _Id
    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_+-]*$")]
    label: _Text
    definition: _Text
    response: Literal["", "single", "multiple"]
    origin: Literal["report", "edition"]
    themes: Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]*)?$")]


class _Exclusion(_Row):
    """What of the report's text is no statement, claim or item entry, with the reason."""

    id: _Id
    quote: _Text
    reason: _Text


class _Heading(_Row):
    """The headings of the report's text."""

    text: _Text


class _Element(_Row):
    """What the report discloses of each element of AAPOR's Transparency Initiative."""

    id: _Id
    element: _Text
    status: Literal["reported", "not reported", "not applicable"]
    section: str
    quote: str
    says: _Text
    missing: str


class _Term(_Row):
    """The words of the edition."""

    term: Annotated[str, Field(pattern=r"^[a-z][a-z -]*$")]
    definition: _Text


class _Response(_Row):
    """Answers, one a row; an empty value is item non-response."""

    wave: Literal["", "1", "2"]
    item: _Id
    respondent: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]*$")]
    value: str


class _Coding(_Response):
    """Codes that coders gave to open answers, one a row, with the rule that each coder followed."""

    wave: Literal["1", "2"]
    coder: _Id
    rule: _Text
    value: _Text


NOBODY = "reconstructed: nobody's answer"
"""What each row of the reconstruction says of itself."""


class _Reconstructed(_Response):
    """One of the data sets that fit the report's statements, one row an answer; nobody gave these answers."""

    origin: Literal["reconstructed: nobody's answer"]


_Number = Annotated[str, Field(pattern=r"^[0-9]+$")]
_Counted = Annotated[str, Field(pattern=r"^[0-9]*$")]
_YesNo = Literal["yes", "no"]
_Answer = Literal["yes", "no", "stopped"]
_Said = Literal["yes", "no", "none"]
_IfFound = Literal["", "yes", "no"]
_Amount = Literal["little", "some", "much"]


class _Published(_Row):
    """Published cases: what is printed, what was published as the answer, and what the audit gives."""

    case: Literal["groups", "records"]
    what: _Text
    printed: _Text
    published: _Text
    audit: _Text
    source: _Text


class _Grim(_Row):
    """Published examples of the GRIM test, and whether the audit and scrutipy find each number possible."""

    source: _Text
    printed: _Text
    n: _Number
    rounding: _Text
    published: _YesNo
    audit: _Answer
    scrutipy: _Said


class _Sample(_Row):
    """Whether answers with a mean and a standard deviation exist, as published and in three ways."""

    source: _Text
    low: _Number
    high: _Number
    mean: _Text
    sd: _Text
    n: _Number
    published: _YesNo
    audit: _Answer
    brute: _YesNo
    scrutipy: _Said


class _Survey(_Row):
    """Small surveys drawn from ANES 1996: whether true reports hold, and whether bounds contain the truth."""

    survey: _Number
    amount: _Amount
    respondents: _Number
    statements: _Number
    holds: _Answer
    bounds: _Number
    within: _Number
    settled: _Number


class _Slip(_Row):
    """The same reports with one slip in a copy: whether it was found, and what would be given up."""

    survey: _Number
    amount: _Amount
    respondents: _Number
    kind: Literal["digit", "swap", "base"]
    statement: _Text
    was: _Number
    printed: _Number
    alone: _YesNo
    found: _Answer
    complete: _IfFound
    smallest: _Counted
    named: _IfFound
    top: _IfFound
    proposed: _IfFound


ROWS: Mapping[str, type[BaseModel]] = {
    CLAIMS: _Claim,
    ITEMS: _Item,
    CHARTS: _Chart,
    "data/report/exclusions.csv": _Exclusion,
    "data/report/headings.csv": _Heading,
    DISCLOSURE: _Element,
    "data/codebook.csv": _Code,
    "data/glossary.csv": _Term,
    CASES["published"]: _Published,
    CASES["grim"]: _Grim,
    CASES["samples"]: _Sample,
    CASES["surveys"]: _Survey,
    CASES["slips"]: _Slip,
    RECONSTRUCTION.as_posix(): _Reconstructed,
    RELEASED.as_posix(): _Response,
    CODINGS.as_posix(): _Coding,
}
"""The model of a row of each table, for schemas made from it."""
