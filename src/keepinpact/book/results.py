"""``results.json``: every published number and figure, as a model that also makes its JSON Schema."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from keepinpact.receipt import FigureReceipt, Receipt

__all__ = ["Results", "json_schema"]


class Result(Receipt):
    """A published number: where it stands, what it rests on, and its value."""

    chapter: str


class Figure(FigureReceipt):
    """The checksum of the data behind a figure, and where it stands."""

    chapter: str


class Results(BaseModel):
    """Everything that the edition publishes, in the order of the pages.

    A key that a result does not need is left out.
    """

    format: Literal[1]
    results: list[Result]
    figures: list[Figure]


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a published file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **model.model_json_schema(mode="serialization"),
    }
