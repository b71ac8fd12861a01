"""The mapping of an export: which column is which item, and how a text becomes a code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from keepinpact.data.yaml_files import Locate, read_yaml

__all__ = ["Column", "Plan", "file_of", "load_plan", "pieces"]

_Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
_Text = Annotated[str, Field(min_length=1)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Model):
    """A column of the export: answers to an item, or set aside."""

    column: _Text
    """Its heading."""
    set_aside: Literal["identifier", "personal", "free text", "technical", "not needed"] | None = None
    """Why nothing of it is taken; rows with the same identifier are of one respondent."""
    item: _Name | None = None
    """The item of the codebook that it answers; several columns may answer one."""
    separator: Annotated[str, Field(min_length=1, max_length=3)] | None = None
    """What stands between several answers in a cell; None for one answer a cell."""
    values: dict[str, str] | None = None
    """The code of each text, "" for no answer; None where the cells hold codes."""
    others: str | None = None
    """The code of every other text, such as what somebody wrote into a field "other"."""
    coder: _Name | None = None
    """Who coded open answers into this column."""
    rule: _Text | None = None
    """The rule that the coder followed."""

    @model_validator(mode="after")
    def _coded(self) -> Self:
        if (self.coder is None) is not (self.rule is None):
            raise ValueError("coder and rule stand together")
        return self


class Plan(_Model):
    """What becomes of the columns and rows of an export."""

    format: Literal[1]
    header_rows: Annotated[int, Field(ge=1, le=3)] = 1
    empty_rows: Literal["keep", "leave out"] | None = None
    """What becomes of a row that answers no item."""
    repeated: Literal["keep all", "keep first", "keep last"] | None = None
    """What becomes of rows with the same identifier."""
    rows_left_out: dict[str, _Text] = {}
    """Why a row is left out, such as a test of the survey's makers; by file and row, "export.csv:5"."""
    columns: Annotated[list[Column], Field(min_length=1)]


def file_of(wave: str) -> Path:
    """Where the mapping of a wave's export stands."""
    return Path(f"data/responses/import-{wave}.yml")


def load_plan(root: Path, wave: str) -> tuple[Plan, Locate]:
    """The mapping of a wave's export, and from a place in it to its line; DataError with all faults."""
    name = file_of(wave)
    return read_yaml(root / name, name.as_posix(), Plan)


def pieces(text: str, separator: str) -> tuple[str, ...]:
    """What stands between the separators of a text, without empty pieces."""
    return tuple(filter(None, (one.strip() for one in text.split(separator.strip() or None))))
