"""``results.json``: every published number and figure, as a model that also makes its JSON Schema."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Results", "json_schema"]

_Count = Annotated[int, Field(ge=0)]
_Layer = Literal["printed", "implied", "reconstructed", "responses"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Source(_Model):
    """Lines of a data file that something was computed from."""

    file: str
    lines: tuple[int, int]
    """The first and the last line."""


class Candidate(_Model):
    """A share that can lie behind a printed percentage."""

    count: _Count
    base: Annotated[int, Field(ge=1)]


class Support(_Model):
    """A statement, the literal reading of one, or an assumption."""

    kind: Literal["statement", "reading", "assumption"]
    id: str
    reading: str | None = None


class Result(_Model):
    """A published number: where it stands, what it rests on, and its value."""

    chapter: str
    key: str
    """Its name on its page; of a number in a table KEY/row/column."""
    text: str
    """The number as shown."""
    layer: _Layer
    section: str | None
    """The section of the report; null where it rests on none."""
    pages: tuple[int, int | None] | None
    """The first and the last page that the section may cover; null where the report gives none."""
    statements: list[str]
    """The ids of the statements that it rests on."""
    source: list[Source]
    rests_on: list[Support] = []
    """What forces an implied number: statements, readings and assumptions, none of which can be spared."""
    measure: str = ""
    """What is counted, where neither a statement nor the layer says so."""
    value: int | str = 0
    """A count, or a month as text."""
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
    percentage: str = ""
    """As the report prints it."""
    values: list[_Count] = []
    """Every value of a bound, where some between its ends are not possible."""
    candidates: list[Candidate] = []
    """Every share that can lie behind the percentage."""


class Figure(_Model):
    """The checksum of the data behind a figure."""

    chapter: str
    figure: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    layer: _Layer
    source: list[Source]


class Results(_Model):
    """Everything that the edition publishes, in the order of the pages.

    A key that a result does not need is left out.
    """

    format: Literal[1]
    results: list[Result]
    figures: list[Figure]

    def plain(self) -> dict[str, Any]:
        """As it stands in the file: without what was never set."""
        return self.model_dump(mode="json", exclude_unset=True)


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a published file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **model.model_json_schema(mode="serialization"),
    }
