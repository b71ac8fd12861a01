"""The language in which a report's statements are read: quantities and what is said of them.

A **quantity** is a named count. A **reading** says formally what a sentence says of quantities, as a list
of constraints that all hold. A **statement** is a sentence of the report with one reading or more, the
literal one first. An **assumption** is what the text leaves open and we take for granted. A
**definition** is true by construction and can clash with nothing.

The models here check form and references. They read no file and know no solver.
"""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal, Self, TypeVar, cast, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    Tag,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import CoreSchema

from keepinpact.numbers import Percentage

__all__ = [
    "LIMIT",
    "Assumption",
    "AtLeast",
    "AtLeastAsMany",
    "AtMost",
    "Constraint",
    "Count",
    "Definition",
    "Instead",
    "Majority",
    "MoreThan",
    "NoMajority",
    "OneOf",
    "Order",
    "PrintedShare",
    "Quantity",
    "Rank",
    "Reading",
    "Repair",
    "Report",
    "Section",
    "Statement",
    "Sum",
    "kinds",
    "month_name",
    "readable_part",
    "statements_schema",
]

LIMIT = 1_000_000
"""Every whole number in a statement is below it."""

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


def _listed(value: Any) -> Any:
    """One stands for a list of one."""
    return [value] if isinstance(value, str | int) else value


def _whole(value: Any) -> Any:
    """A month such as ``2019-09`` as a count of months, so that dates can be added and compared."""
    if isinstance(value, bool):
        raise ValueError("a whole number is needed, not true or false")
    if isinstance(value, date):
        raise ValueError("a month is written without a day, such as 2019-09")
    if isinstance(value, str) and (match := _MONTH.fullmatch(value)):
        return int(match.group(1)) * 12 + int(match.group(2)) - 1
    return value


def _term(value: Any) -> str:
    return "name" if isinstance(value, str) and not _MONTH.fullmatch(value) else "number"


_Number = Annotated[int, Field(ge=0, lt=LIMIT, strict=True)]
_Month = Annotated[str, Field(pattern=f"^{_MONTH.pattern}$", description="A month such as 2019-09.")]

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$")]
_NameList = Annotated[list[Name], Field(min_length=1)]
Names = Annotated[_NameList, BeforeValidator(_listed, json_schema_input_type=Name | _NameList)]

Whole = Annotated[_Number, BeforeValidator(_whole, json_schema_input_type=_Number | _Month)]
Term = Annotated[
    Annotated[Name, Tag("name")] | Annotated[Whole, Tag("number")],
    Discriminator(_term),
]
_TermList = Annotated[list[Term], Field(min_length=1)]
Terms = Annotated[_TermList, BeforeValidator(_listed, json_schema_input_type=Term | _TermList)]


def month_name(months: int) -> str:
    """The month that a count of months stands for, e.g. ``September 2019``."""
    return f"{calendar.month_name[months % 12 + 1]} {months // 12}"


class _Model(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, use_attribute_docstrings=True
    )


class _Constraint(_Model):
    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The schema of what a kind takes; the kind itself is the key that it stands under."""
        made = handler(core)
        body = handler.resolve_ref_schema(made)
        body["properties"].pop("kind", None)
        body["required"] = [key for key in body["required"] if key != "kind"]
        return made

    def quantities(self) -> Iterator[str]:
        """Every quantity that the constraint names."""
        for field in ("of", "base", "each", "than", "as_", "order", "ahead_of", "per", "is_"):
            value = getattr(self, field, None)
            for name in value if isinstance(value, list) else [value]:
                if isinstance(name, str) and not (field == "is_" and isinstance(self, PrintedShare)):
                    yield name


class Count(_Constraint):
    """The sum of the quantities ``of`` is the whole number ``is``."""

    kind: Literal["count"]
    of: Terms
    is_: Whole = Field(alias="is")


class Sum(_Constraint):
    """The sums of two lists of quantities (or whole numbers) are the same."""

    kind: Literal["sum"]
    of: Terms
    is_: Terms = Field(alias="is")


class PrintedShare(_Constraint):
    """The quantities ``of`` are the printed percentage ``is`` of ``base`` under the rounding rule."""

    kind: Literal["share"]
    of: Terms
    base: Name
    is_: str = Field(
        alias="is",
        description="The percentage as printed, with as many decimals, such as 61 % or 61.0 %.",
        json_schema_extra={"pattern": r"^(100(\.0{1,6})?|[0-9]{1,2}(\.[0-9]{1,6})?) ?%?$"},
    )

    @field_validator("is_")
    @classmethod
    def _percentage(cls, value: str) -> str:
        Percentage.parse(value)
        return value

    @property
    def printed(self) -> Percentage:
        """The percentage as printed."""
        return Percentage.parse(self.is_)


class AtMost(_Constraint):
    """Each quantity is at most ``is``, or ``is`` times the quantity ``per``."""

    kind: Literal["at_most"]
    each: Names
    is_: Whole = Field(alias="is")
    per: Name | None = None


class AtLeast(_Constraint):
    """Each quantity is at least ``is``, or ``is`` times the quantity ``per``."""

    kind: Literal["at_least"]
    each: Names
    is_: Whole = Field(alias="is")
    per: Name | None = None


class Majority(_Constraint):
    """Each quantity is more than half of the base."""

    kind: Literal["majority"]
    each: Names
    base: Name


class NoMajority(_Constraint):
    """No quantity is more than half of the base."""

    kind: Literal["no_majority"]
    each: Names
    base: Name


class MoreThan(_Constraint):
    """Each quantity is larger than each of ``than``."""

    kind: Literal["more_than"]
    each: Names
    than: Names


class AtLeastAsMany(_Constraint):
    """Each quantity is at least as large as each of ``as``."""

    kind: Literal["at_least_as_many"]
    each: Names
    as_: Names = Field(alias="as")


class Rank(_Constraint):
    """The quantities stand in descending order (ties allowed), the last ahead of or level with the rest."""

    kind: Literal["rank"]
    order: Annotated[list[Name], Field(min_length=2)]
    ahead_of: Annotated[list[Name], BeforeValidator(_listed, json_schema_input_type=Name | list[Name])] = []


class OneOf(_Constraint):
    """The sum of the quantities is one of some whole numbers."""

    kind: Literal["one_of"]
    of: Terms
    are: Annotated[list[Whole], Field(min_length=1)]


_KINDS = (
    Count | Sum | PrintedShare | AtMost | AtLeast | Majority | NoMajority | MoreThan | AtLeastAsMany
    | Rank | OneOf
)  # fmt: skip


def _flatten(value: Any) -> Any:
    """``{count: {of: a, is: 3}}``, as it is written, as ``{kind: count, of: a, is: 3}``."""
    if isinstance(value, dict) and len(value) == 1 and "kind" not in value:
        ((kind, body),) = value.items()
        if isinstance(body, dict) and "kind" not in body:
            return {"kind": kind, **body}
    return value


class _Written:
    """The schema of a constraint as it is written: its kind is the only key."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        mapping = handler(core)["discriminator"]["mapping"]
        return {
            "type": "object",
            "description": "A constraint: its kind, and what that takes.",
            "properties": {kind: {"$ref": reference} for kind, reference in mapping.items()},
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": False,
        }


Constraint = Annotated[_KINDS, Field(discriminator="kind"), BeforeValidator(_flatten), _Written]
_CONSTRAINT: TypeAdapter[Any] = TypeAdapter(Constraint)


def kinds() -> list[str]:
    """The kinds of constraints, as they are written."""
    return [get_args(kind.model_fields["kind"].annotation)[0] for kind in get_args(_KINDS)]


class _Named(_Model):
    id: Name
    """A name of our choice: a letter, then letters, digits, dots, hyphens and underscores."""


_T = TypeVar("_T", bound=_Named)


class _Holds(_Model):
    holds: Annotated[list[Constraint], Field(min_length=1)]
    """Constraints that all hold."""

    def quantities(self) -> Iterator[str]:
        """Every quantity that the constraints name."""
        for constraint in self.holds:
            yield from constraint.quantities()


class Definition(_Named, _Holds):
    """What is true by construction."""

    says: str
    """What is true, in plain words."""


class Assumption(_Named, _Holds):
    """What the text leaves open and is taken for granted, with the reason."""

    says: str
    """What is assumed, in plain words that go on from "it is assumed that"."""
    why: str
    """The reason for assuming it."""


class Reading(_Named, _Holds):
    """One formal reading of a sentence, with what it says in plain words."""

    says: str
    """What the sentence says, in plain words."""


class Section(_Named):
    """A section of the report as its contents list it; ``page`` is the printed first page."""

    title: str
    part: str | None = None
    """The part of the report that it belongs to."""
    page: Annotated[int, Field(ge=1, strict=True)] | None = None
    """The printed first page."""


class Quantity(_Named):
    """A named count.

    ``item``, ``value`` and ``wave`` say what of the responses it counts: the respondents who gave a value (an
    empty one is item non-response), without a value those who answered the item, without an item those of
    the wave.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"value": {"type": "string"}}, "required": ["value"]},
            "then": {"properties": {"item": {"type": "string"}}, "required": ["item"]},
        }
    )

    says: str
    """What it counts, in plain words."""
    unit: Literal["answers", "countries", "months", "month", "entries", "mentions", "other"] = "answers"
    """What is counted; ``month`` is a date, ``months`` a duration."""
    parts: list[Name] = []
    """Quantities of which it is the sum."""
    within: Name | None = None
    """A quantity that it is never larger than."""
    entries: list[str] = []
    """Printed lists whose entries it counts."""
    item: str | None = None
    value: str | None = None
    wave: Literal["1", "2"] | None = None

    @model_validator(mode="after")
    def _cell(self) -> Self:
        if self.value is not None and self.item is None:
            raise ValueError("a value needs an item")
        return self


class Statement(_Named):
    """A sentence of the report with its readings, the literal one first.

    Its only reading may stand in the statement itself, as ``says`` and ``holds``.
    """

    section: Name
    """The id of the section that it stands in."""
    wave: Literal["1", "2", "1+2"] | None = None
    """The wave that it is about."""
    quote: Annotated[str, Field(min_length=1)]
    """The words of the report."""
    soft: bool = False
    """Whether its wording is vague, so that it is given up before others."""
    not_testable: str | None = None
    """Why nothing can be said of it, where that is so."""
    readings: Annotated[list[Reading], Field(min_length=1)]

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The schema of both ways to write it."""
        made = handler(core)
        statement = handler.resolve_ref_schema(made)
        reading = handler.resolve_ref_schema(statement["properties"]["readings"]["items"])["properties"]
        in_place = {key: reading[key] for key in ("says", "holds")}
        statement["properties"] |= in_place
        statement["required"].remove("readings")
        statement["oneOf"] = [
            {"required": ["readings"], "properties": dict.fromkeys(in_place, False)},
            {"required": list(in_place), "properties": {"readings": False}},
        ]
        return made

    @model_validator(mode="before")
    @classmethod
    def _single(cls, value: Any) -> Any:
        """A statement's only reading may stand in the statement itself."""
        if isinstance(value, dict) and "holds" in value and "readings" not in value:
            rest = {key: one for key, one in value.items() if key not in ("says", "holds")}
            only = {key: value[key] for key in ("says", "holds") if key in value}
            return {**rest, "readings": [{"id": "literal", **only}]}
        return value

    def reading(self, reading_id: str) -> Reading:
        """The reading of that id; KeyError where the statement has none."""
        for reading in self.readings:
            if reading.id == reading_id:
                return reading
        raise KeyError(reading_id)


class Report(_Model):
    """A report's statements, with all that their readings name."""

    format: Annotated[int, Field(ge=1, le=1, strict=True)]
    """The version of this format."""
    title: str
    """What the report is called."""
    sections: list[Section]
    quantities: Annotated[list[Quantity], Field(min_length=1)]
    definitions: list[Definition] = []
    assumptions: list[Assumption] = []
    statements: Annotated[list[Statement], Field(min_length=1)]
    lists: dict[str, _Number] = {}
    """How many entries each printed list has, where no table of item entries gives it."""

    def faults(self) -> Iterator[tuple[tuple[str | int, ...], Any, str]]:
        """References that lead nowhere and names used twice.

        Yields
        ------
        tuple
            Where in the file (keys and positions), the value, the rule that it breaks.
        """
        known = {quantity.id for quantity in self.quantities}
        parts = {quantity.id: quantity.parts for quantity in self.quantities}
        sections = {section.id for section in self.sections}
        members = Counter(one.id for one in [*self.assumptions, *self.statements, *self.definitions])
        named: dict[str, Sequence[_Named]] = {
            "sections": self.sections,
            "quantities": self.quantities,
            "definitions": self.definitions,
            "assumptions": self.assumptions,
            "statements": self.statements,
        }
        for group, things in named.items():
            counts = (
                members
                if group in ("definitions", "assumptions", "statements")
                else Counter(one.id for one in things)
            )
            for i, one in enumerate(things):
                if counts[one.id] > 1:
                    yield (group, i, "id"), one.id, "is unique"
        holding: list[tuple[tuple[str | int, ...], _Holds]] = [
            *((("definitions", i), one) for i, one in enumerate(self.definitions)),
            *((("assumptions", i), one) for i, one in enumerate(self.assumptions)),
            *(
                (("statements", i, "readings", j), reading)
                for i, statement in enumerate(self.statements)
                for j, reading in enumerate(statement.readings)
            ),
        ]
        for place, holds in holding:
            for name in holds.quantities():
                if name not in known:
                    yield (*place, "holds"), name, "is a quantity of this file"
        for i, quantity in enumerate(self.quantities):
            for name in [*quantity.parts, *([quantity.within] if quantity.within else [])]:
                if name not in known:
                    yield ("quantities", i), name, "is a quantity of this file"
            if quantity.id in _below(quantity.id, parts):
                yield ("quantities", i, "parts"), quantity.id, "is no part of itself"
        for i, statement in enumerate(self.statements):
            if statement.section and statement.section not in sections:
                yield ("statements", i, "section"), statement.section, "is a section of this file"
            names = Counter(reading.id for reading in statement.readings)
            for j, reading in enumerate(statement.readings):
                if names[reading.id] > 1:
                    yield ("statements", i, "readings", j), reading.id, "is unique in its statement"

    def statement(self, statement_id: str) -> Statement:
        """The statement of that id; KeyError where there is none."""
        return _by_id(self.statements, statement_id)

    def quantity(self, quantity_id: str) -> Quantity:
        """The quantity of that id; KeyError where there is none."""
        return _by_id(self.quantities, quantity_id)

    def section(self, section_id: str) -> Section:
        """The section of that id; KeyError where there is none."""
        return _by_id(self.sections, section_id)

    def pages(self, section_id: str) -> tuple[int, int | None] | None:
        """The pages that a section may cover, as the contents allow.

        Returns
        -------
        tuple or None
            First page of the section and first page of the next (None for the last section); None where
            the contents give no page, as for the introduction.
        """
        ids = [section.id for section in self.sections]
        at = ids.index(section_id)
        first = self.sections[at].page
        if first is None:
            return None
        return first, self.sections[at + 1].page if at + 1 < len(ids) else None


def statements_schema() -> dict[str, Any]:
    """The JSON Schema of a statements file as it is written. It cannot check that what is named exists."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Report.model_json_schema(),
        "title": "Statements file",
    }


def readable_part(content: Any) -> Report:
    """The parts of a faulty file that can be read, in their places, so that their references can be checked.

    What cannot be read is replaced by something empty of the same name.

    Parameters
    ----------
    content
        What the file holds; anything.
    """

    def items(holder: Any, key: str) -> list[Any]:
        found = holder.get(key) if isinstance(holder, dict) else None
        return found if isinstance(found, list) else []

    def named(kind: type[_T], raw: Any, **parts: Any) -> _T:
        try:
            return kind.model_validate(raw)
        except ValidationError:
            given = raw if isinstance(raw, dict) else {}
            name = given.get("id")
            parts["id"] = name if isinstance(name, str) else f"?{id(raw)}"
            return cast(_T, kind.model_construct(**parts))

    def holds(raw: Any) -> dict[str, Any]:
        found = []
        for one in items(raw, "holds"):
            try:
                found.append(_CONSTRAINT.validate_python(one))
            except ValidationError:
                found.append(
                    AtLeast.model_construct(kind="at_least", each=_names(_flatten(one)), is_=0, per=None)
                )
        return {"holds": found}

    def statement(raw: Any) -> Statement:
        written = [raw] if items(raw, "holds") else items(raw, "readings")
        readings = [named(Reading, one, **holds(one)) for one in written]
        section = raw.get("section") if isinstance(raw, dict) else None
        return named(Statement, raw, section=section if isinstance(section, str) else "", readings=readings)

    return Report.model_construct(
        format=1,
        title="",
        sections=[named(Section, one) for one in items(content, "sections")],
        quantities=[named(Quantity, one, parts=[], within=None) for one in items(content, "quantities")],
        definitions=[named(Definition, one, **holds(one)) for one in items(content, "definitions")],
        assumptions=[named(Assumption, one, **holds(one)) for one in items(content, "assumptions")],
        statements=[statement(one) for one in items(content, "statements")],
    )


def _names(constraint: Any) -> list[str]:
    """The quantities that a constraint of whatever form seems to name."""
    given = constraint if isinstance(constraint, dict) else {}
    keys = ["of", "base", "each", "than", "as", "order", "ahead_of", "per"]
    keys += ["is"] if given.get("kind") == "sum" else []
    written = [given.get(key) for key in keys]
    found = [one for value in written for one in (value if isinstance(value, list) else [value])]
    return [one for one in found if isinstance(one, str)]


def _below(quantity: str, parts: Mapping[str, Sequence[str]]) -> set[str]:
    """The parts of a quantity, their parts, and so on."""
    found: set[str] = set()
    open_ = [quantity]
    while open_:
        more = set(parts.get(open_.pop(), ())) - found
        found |= more
        open_ += more
    return found


def _by_id(things: list[_T], wanted: str) -> _T:
    for thing in things:
        if thing.id == wanted:
            return thing
    raise KeyError(wanted)


class Instead(_Holds):
    """What takes the place of an assumption that a repair gives up."""

    assumption: Name
    says: str


class Order(_Model):
    """One step of the order in which the best data sets are chosen: a sum made small or large."""

    says: str
    minimise: list[Name] = []
    maximise: list[Name] = []

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.minimise) == bool(self.maximise):
            raise ValueError("give either minimise or maximise")
        return self


class Repair(_Model):
    """The repair that the edition adopts, with its reason, and the order of its choices."""

    format: Annotated[int, Field(ge=1, le=1, strict=True)]
    reason: str
    keeps: list[Name] = []
    readings: dict[Name, Name] = {}
    gives_up: list[Name] = []
    instead: list[Instead] = []
    order: list[Order] = []
