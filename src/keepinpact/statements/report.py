"""The language in which a report's statements are read: quantities and what is said of them.

A **quantity** is a named count. A **reading** says formally what a sentence says of quantities, as a list
of constraints that all hold. A **statement** is a sentence of the report with one reading or more, the
literal one first. An **assumption** is what the text leaves open and we take for granted. A
**definition** is true by construction and can clash with nothing.

The models here check form and references. They read no file and know no solver.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, Literal, Self, TypeVar, cast

from pydantic import ConfigDict, Field, GetJsonSchemaHandler, ValidationError, model_validator
from pydantic_core import CoreSchema

from keepinpact.numbers import in_decimals
from keepinpact.statements.constraints import (
    CONSTRAINT,
    Constraint,
    Name,
    Number,
    Strict,
    WeightedShare,
    WordedShare,
    month_name,
    readable_rest,
)
from keepinpact.statements.tables import Table

__all__ = [
    "Assumption",
    "Definition",
    "Order",
    "Quantity",
    "Reading",
    "Repair",
    "Report",
    "Section",
    "Statement",
    "readable_part",
    "statements_schema",
]


_MEMBER = r"^[A-Za-z][A-Za-z0-9_.-]*(:[A-Za-z][A-Za-z0-9_.-]*)?$"


class _Named(Strict):
    id: Name
    """A name of our choice: a letter, then letters, digits, dots, hyphens and underscores."""


_T = TypeVar("_T", bound=Strict)


class _Holds(Strict):
    holds: Annotated[list[Constraint], Field(min_length=1)]
    """Constraints that all hold."""

    def quantities(self) -> Iterator[str]:
        """Every quantity that the constraints name."""
        for constraint in self.holds:
            yield from constraint.quantities()


_H = TypeVar("_H", bound=_Holds)


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
    otherwise: str | None = None
    """What is then the case where it is given up, in plain words that go on from "if"."""


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
    the wave. With ``counts`` it is not those who answered, but those who gave the most frequent value, those
    who gave a value that no other quantity names, or how many values (or such values) were given. With
    ``among`` it is whoever at least ``least`` of some quantities count.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [
                {
                    "if": {"properties": {"value": {"type": "string"}}, "required": ["value"]},
                    "then": {"properties": {"item": {"type": "string"}}, "required": ["item"]},
                },
                {
                    "if": {"properties": {"decimals": {"minimum": 1}}, "required": ["decimals"]},
                    "then": {
                        "properties": {
                            "unit": {"enum": ["other", "months"]},
                            **{key: {"type": "null"} for key in ("item", "wave")},
                            **{key: {"maxItems": 0} for key in ("entries", "among")},
                        }
                    },
                },
            ]
        }
    )

    says: str
    """What it counts, in plain words."""
    unit: Literal["answers", "countries", "months", "month", "entries", "mentions", "other"] = "answers"
    """What is counted; ``month`` is a date, ``months`` a duration. With decimals it is ``other``."""
    decimals: Annotated[int, Field(ge=0, le=6, strict=True)] = 0
    """With how many decimals its numbers are printed, each of them text: an amount of money has 2."""
    parts: Annotated[list[Name], Field(json_schema_extra={"uniqueItems": True})] = []
    """Quantities of which it is the sum."""
    within: Name | None = None
    """A quantity that it is never larger than."""
    entries: list[str] = []
    """Printed lists whose entries it counts."""
    item: str | None = None
    value: str | None = None
    wave: Literal["1", "2"] | None = None
    counts: Literal["commonest", "unnamed", "values", "unnamed values"] | None = None
    """What it counts of an item's values instead of those who answered."""
    among: list[Name] = []
    """Quantities that count respondents by the values they gave: it counts those who gave several of them."""
    least: Annotated[int, Field(ge=1, strict=True)] = 1
    """How many of them at least."""

    @model_validator(mode="before")
    @classmethod
    def _amount(cls, value: Any) -> Any:
        """What has decimals is no number of answers, also where no unit is given."""
        return {"unit": "other", **value} if isinstance(value, dict) and value.get("decimals") else value

    @model_validator(mode="after")
    def _cell(self) -> Self:
        if self.decimals and self.unit not in ("other", "months"):
            raise ValueError("what has decimals has the unit other, or months")
        if self.decimals and (self.entries or self.among or self.item or self.wave):
            raise ValueError("what has decimals counts neither responses nor entries of a list")
        if self.value is not None and self.item is None:
            raise ValueError("a value needs an item")
        if self.counts and (self.item is None or self.value is not None):
            raise ValueError("what counts values needs an item, and no value")
        return self

    def shown(self, value: int) -> str:
        """A value as it is told: a month by its name, a number with its decimals."""
        if self.unit == "month" and value:
            return month_name(value)
        return in_decimals(value, self.decimals)


class Statement(_Named):
    """A sentence of the report with its readings, the literal one first.

    Its only reading may stand in the statement itself, as ``says`` and ``holds``. Where words for a fraction
    are read as their range, a reading ``wider`` in which they go further is added.
    """

    section: Name
    """The id of the section that it stands in."""
    wave: Literal["1", "2", "1+2"] | None = None
    """The wave that it is about."""
    quote: Annotated[str, Field(min_length=1)]
    """The words of the report."""
    soft: bool = False
    """Whether its wording is vague, so that it is given up before others."""
    trust: Literal["certain"] | None = None
    """Whether it is certain: then no repair gives it up, though it may be read otherwise."""
    weighted: bool = False
    """Whether its numbers are of weighted answers, which are no counts: then nothing of it can be tested."""
    readings: Annotated[list[Reading], Field(min_length=1)]
    _written: tuple[Reading, ...] = ()
    """The readings of a weighted statement as they were written, though nothing is held against them."""

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

    @model_validator(mode="after")
    def _weighted_says_nothing_of_counts(self) -> Self:
        """What was weighted is no count, so nothing that it says is held against counts."""
        if not self.weighted:
            return self
        if any(isinstance(held, WeightedShare) for one in self.readings for held in one.holds):
            raise ValueError("weighted: true is left out where a share has weights_up_to, which tests it")
        first = self.readings[0]
        found = self.model_copy(update={"readings": [first.model_copy(update={"holds": []})]})
        found._written = tuple(self.readings)
        return found

    @property
    def written(self) -> Sequence[Reading]:
        """Its readings with all that they say, also where it is of weighted answers."""
        return self._written or self.readings

    @model_validator(mode="after")
    def _words_may_go_further(self) -> Self:
        """To each reading that takes words for a fraction as a range of ours, one in which they go further.

        So a clash with such a range is one with a reading, and no fault of the report.
        """
        found = list(self.readings)
        for one in self.readings:
            worded = [held for held in one.holds if isinstance(held, WordedShare)]
            holds = _further(one)
            if not worded or any(other.holds == holds for other in found):
                continue
            ranges = dict.fromkeys(f"“{held.is_}” need not mean {held.reads_as.says}" for held in worded)
            name = f"wider-{one.id}" if any(other.id == "wider" for other in found) else "wider"
            found.append(Reading.model_construct(id=name, says=", ".join(ranges), holds=holds))
        return self if len(found) == len(self.readings) else self.model_copy(update={"readings": found})

    def goes_further(self, reading: Reading) -> bool:
        """Whether in a reading words for a fraction may mean any share, so that no count is the same."""
        return any(
            reading.holds == _further(one)
            for one in self.readings
            if any(isinstance(held, WordedShare) for held in one.holds)
        )

    def reading(self, reading_id: str) -> Reading:
        """The reading of that id; KeyError where the statement has none."""
        for reading in self.readings:
            if reading.id == reading_id:
                return reading
        raise KeyError(reading_id)


def _further(reading: Reading) -> list[Constraint]:
    """What a reading holds if its words for a fraction may mean any share."""
    return [held.wider() if isinstance(held, WordedShare) else held for held in reading.holds]


class Report(Strict):
    """A report's statements, with all that their readings name."""

    format: Annotated[int, Field(ge=1, le=1, strict=True)]
    """The version of this format."""
    title: Annotated[str, Field(min_length=1)]
    """What the report is called."""
    address: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    """Where on the web it comes from."""
    sections: list[Section]
    quantities: Annotated[list[Quantity], Field(min_length=1)]
    definitions: list[Definition] = []
    assumptions: list[Assumption] = []
    statements: Annotated[list[Statement], Field(min_length=1)]
    lists: dict[str, Number] = {}
    """How many entries each printed list has, where no table of item entries gives it."""
    tables: Annotated[list[Table], Field(exclude=True)] = []
    """Printed tables; what they stand for is added to the quantities, assumptions and statements."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The schema; where there are tables, all quantities and statements may be theirs."""
        made = handler(core)
        report = handler.resolve_ref_schema(made)
        of_tables = {"quantities", "statements"}
        report["required"] = [key for key in report["required"] if key not in of_tables]
        report["anyOf"] = [
            {"required": ["tables"], "properties": {"tables": {"minItems": 1}}},
            {"required": sorted(of_tables)},
        ]
        return made

    @model_validator(mode="before")
    @classmethod
    def _with_tables(cls, value: Any) -> Any:
        return _spread(value)

    @model_validator(mode="after")
    def _given_decimals(self) -> Self:
        """What is said of quantities, where these have decimals, with what has to be known of them."""
        if not (known := self.decimals):
            return self

        def given(some: Sequence[_H]) -> list[_H]:
            return [
                one.model_copy(update={"holds": [held.given(known) for held in one.holds]}) for one in some
            ]

        return self.model_copy(
            update={
                "definitions": given(self.definitions),
                "assumptions": given(self.assumptions),
                "statements": [
                    one.model_copy(update={"readings": given(one.readings)}) for one in self.statements
                ],
            }
        )

    @property
    def decimals(self) -> dict[str, int]:
        """With how many decimals quantities are printed, of those that have any."""
        return {one.id: one.decimals for one in self.quantities if one.decimals}

    def faults(self) -> Iterator[tuple[tuple[str | int, ...], Any, str]]:
        """References that lead nowhere and names used twice.

        Of each: where in the file (keys and positions), the value, the rule that it breaks.
        """
        known = {quantity.id for quantity in self.quantities}
        parts = {quantity.id: quantity.parts for quantity in self.quantities}
        sections = {section.id for section in self.sections}
        members = Counter(one.id for one in [*self.assumptions, *self.statements, *self.definitions])
        named: dict[str, tuple[Sequence[Any], Counter[str]]] = {
            "sections": (self.sections, Counter(one.id for one in self.sections)),
            "quantities": (self.quantities, Counter(one.id for one in self.quantities)),
            "definitions": (self.definitions, members),
            "assumptions": (self.assumptions, members),
            "statements": (self.statements, members),
            "tables": (self.tables, Counter(one.id for one in self.tables)),
        }
        for group, (things, counts) in named.items():
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
        decimals = {one.id: one.decimals for one in self.quantities if one.decimals is not None}
        for place, holds in holding:
            for name in holds.quantities():
                if name not in known:
                    yield (*place, "holds"), name, "is a quantity of this file"
            for constraint in holds.holds:
                for value, rule in constraint.unlike(decimals):
                    yield (*place, "holds"), value, rule
        for i, quantity in enumerate(self.quantities):
            for name in [*quantity.parts, *quantity.among, *([quantity.within] if quantity.within else [])]:
                if name not in known:
                    yield ("quantities", i), name, "is a quantity of this file"
                elif {name, quantity.id} <= decimals.keys() and decimals[name] != decimals[quantity.id]:
                    yield ("quantities", i), name, f"has as many decimals as {quantity.id}"
            for name, times in Counter(quantity.parts).items():
                if times > 1:
                    yield ("quantities", i, "parts"), name, "is given once"
            if quantity.within == quantity.id:
                yield ("quantities", i, "within"), quantity.id, "is another quantity than this one"
            if quantity.id in _below(quantity.id, parts):
                yield ("quantities", i, "parts"), quantity.id, "is no part of itself"
        of_tables = {one["id"] for table in self.tables for one in table.parts()["statements"]}
        for i, table in enumerate(self.tables):
            if table.section and table.section not in sections:
                yield ("tables", i, "section"), table.section, "is a section of this file"
        for i, statement in enumerate(self.statements):
            if statement.section and statement.id not in of_tables and statement.section not in sections:
                yield ("statements", i, "section"), statement.section, "is a section of this file"
            for name in [name for one in statement._written for name in one.quantities()]:
                if name not in known:
                    yield ("statements", i), name, "is a quantity of this file"
            names = Counter(reading.id for reading in statement.readings)
            for j, reading in enumerate(statement.readings):
                if names[reading.id] > 1:
                    yield ("statements", i, "readings", j), reading.id, "is unique in its statement"

    def statement(self, statement_id: str) -> Statement:
        """The statement of that id; KeyError where there is none."""
        return cast(Statement, self._named["statements"][statement_id])

    def quantity(self, quantity_id: str) -> Quantity:
        """The quantity of that id; KeyError where there is none."""
        return cast(Quantity, self._named["quantities"][quantity_id])

    def section(self, section_id: str) -> Section:
        """The section of that id; KeyError where there is none."""
        return cast(Section, self._named["sections"][section_id])

    @cached_property
    def _named(self) -> dict[str, dict[str, _Named]]:
        """What has an id, by it; of several with the same the first."""
        things: dict[str, Sequence[_Named]] = {
            "statements": self.statements,
            "quantities": self.quantities,
            "sections": self.sections,
        }
        return {kind: {one.id: one for one in reversed(found)} for kind, found in things.items()}

    def __copy__(self) -> Self:
        copied = super().__copy__()
        copied.__dict__.pop("_named", None)  # a copy may be given other statements
        return copied

    def pages(self, section_id: str) -> tuple[int, int | None] | None:
        """The pages that a section may cover: its first, and the first of the next section.

        The second is None for the last section; all is None where the contents give no page, as for the
        introduction.
        """
        ids = [section.id for section in self.sections]
        at = ids.index(section_id)
        first = self.sections[at].page
        if first is None:
            return None
        return first, self.sections[at + 1].page if at + 1 < len(ids) else None


def _spread(value: Any) -> Any:
    """A file with what its tables stand for; a faulty table stands for nothing."""
    raw = value.get("tables") if isinstance(value, dict) else None
    if not isinstance(raw, list):
        return value
    content = dict(value)
    for one in raw:
        try:
            parts = Table.model_validate(one).parts()
        except ValidationError:
            continue
        for key, added in parts.items():
            before = content.get(key, [])
            content[key] = [*before, *added] if isinstance(before, list) else before
    return content


def statements_schema() -> dict[str, Any]:
    """The JSON Schema of a statements file as it is written. It cannot check that what is named exists."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Report.model_json_schema(),
        "title": "Statements file",
    }


def readable_part(content: Any) -> Report:
    """The parts of a faulty file that can be read, in their places, so that their references can be checked.

    What cannot be read, in whatever the file holds, is replaced by something empty of the same name.
    """
    content = _spread(content)

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
                found.append(CONSTRAINT.validate_python(one))
            except ValidationError:
                found += [rest] if (rest := readable_rest(one)) else []
        return {"holds": found}

    def statement(raw: Any) -> Statement:
        written = [raw] if items(raw, "holds") else items(raw, "readings")
        readings = [named(Reading, one, **holds(one)) for one in written]
        return named(Statement, raw, section=section_of(raw), readings=readings)

    def section_of(raw: Any) -> str:
        section = raw.get("section") if isinstance(raw, dict) else None
        return section if isinstance(section, str) else ""

    return Report.model_construct(
        format=1,
        title="",
        sections=[named(Section, one) for one in items(content, "sections")],
        quantities=[
            named(Quantity, one, parts=[], within=None, among=[], decimals=None)
            for one in items(content, "quantities")
        ],
        definitions=[named(Definition, one, **holds(one)) for one in items(content, "definitions")],
        assumptions=[named(Assumption, one, **holds(one)) for one in items(content, "assumptions")],
        statements=[statement(one) for one in items(content, "statements")],
        tables=[
            named(Table, one, section=section_of(one), columns=[], rows={})
            for one in items(content, "tables")
        ],
    )


def _below(quantity: str, parts: Mapping[str, Sequence[str]]) -> set[str]:
    """The parts of a quantity, their parts, and so on."""
    found: set[str] = set()
    open_ = [quantity]
    while open_:
        more = set(parts.get(open_.pop(), ())) - found
        found |= more
        open_ += more
    return found


class Order(Strict):
    """One step of the order in which the best data sets are chosen: a sum made small or large."""

    says: str
    minimise: list[Name] = []
    maximise: list[Name] = []

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.minimise) == bool(self.maximise):
            raise ValueError("give either minimise or maximise")
        return self


class Repair(Strict):
    """The repair that the edition adopts, with its reason, and the order of its choices."""

    format: Annotated[int, Field(ge=1, le=1, strict=True)]
    reason: str
    gives_up: list[Annotated[str, Field(pattern=_MEMBER)]]
    """Assumptions, statements, and readings as ``statement:reading``; none where nothing clashes."""
    order: list[Order] = []
