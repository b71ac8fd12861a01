"""What a statement can say of quantities: the kinds of constraint.

Each kind is one class, which says in one place how it is written (its fields), which of these name
quantities, what it means in arithmetic, and what else of the same form could have been printed. A kind that
leaves one of these out is refused when this module is loaded.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date
from itertools import combinations, pairwise, permutations, product
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    Tag,
    TypeAdapter,
    field_validator,
)
from pydantic_core import CoreSchema

from keepinpact.numbers import Percentage, Rounding
from keepinpact.statements.linear import IMPOSSIBLE, Interval, Linear, linear, times

__all__ = [
    "CONSTRAINT",
    "LIMIT",
    "Constraint",
    "Count",
    "Majority",
    "Name",
    "NoMajority",
    "Number",
    "PrintedShare",
    "Strict",
    "Whole",
    "flattened",
    "kinds",
    "listed",
    "month_name",
    "readable_rest",
]

LIMIT = 10**15
"""Every whole number in a statement is below it; a limit of how a file is written, not of what is counted."""

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_FIRST_MONTH = 1000 * 12
_ALL_NUMBERS = 100
_ALL_ORDERS = 6


def listed(value: Any) -> Any:
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


Number = Annotated[int, Field(ge=0, lt=LIMIT, strict=True)]
_Month = Annotated[str, Field(pattern=f"^{_MONTH.pattern}$", description="A month such as 2019-09.")]

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$")]
_NameList = Annotated[list[Name], Field(min_length=1)]
Names = Annotated[_NameList, BeforeValidator(listed, json_schema_input_type=Name | _NameList)]

Whole = Annotated[Number, BeforeValidator(_whole, json_schema_input_type=Number | _Month)]
Term = Annotated[
    Annotated[Name, Tag("name")] | Annotated[Whole, Tag("number")],
    Discriminator(_term),
]
_TermList = Annotated[list[Term], Field(min_length=1)]
Terms = Annotated[_TermList, BeforeValidator(listed, json_schema_input_type=Term | _TermList)]


def month_name(months: int) -> str:
    """The month that a count of months stands for, e.g. ``September 2019``."""
    return f"{calendar.month_name[months % 12 + 1]} {months // 12}"


class Strict(BaseModel):
    """A frozen model that knows every key it takes."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, use_attribute_docstrings=True
    )


class _Constraint(Strict):
    """A kind of constraint; see the module's text for what each has to say."""

    naming: ClassVar[tuple[str, ...]] = ()
    """The fields that name quantities."""

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        for part in ("naming", "linears", "others") if "kind" in cls.model_fields else ():
            if getattr(cls, part) is getattr(_Constraint, part):
                raise TypeError(f"the kind {cls.__name__} does not say its {part}")

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
        for field in self.naming:
            for term in listed(getattr(self, field)) or ():
                if isinstance(term, str):
                    yield term

    def linears(self, rule: Rounding) -> Iterator[Linear]:
        """What it means: all of these hold, with printed percentages read by a rounding rule."""
        raise NotImplementedError

    def others(self, rule: Rounding, unit: str) -> Iterator[list[Linear]]:
        """What else of the same form could have been printed: another number, another order, the reverse.

        Of each it yields what it means, with percentages read by a rounding rule; ``unit`` is the unit of the
        first quantity that it names.
        """
        raise NotImplementedError


def _other_digits(value: int) -> list[int]:
    """Whole numbers with as many digits: all below 100, else the ends and those that differ in one digit."""
    text = str(value)
    first, last = (0 if len(text) == 1 else 10 ** (len(text) - 1)), 10 ** len(text) - 1
    if value < _ALL_NUMBERS:
        found = set(range(first, last + 1))
    else:
        found = {first, last} | {
            int(text[:place] + digit + text[place + 1 :])
            for place in range(len(text))
            for digit in "0123456789"
            if place or digit != "0"
        }
    return sorted(found - {value})


def _other_numbers(value: int, unit: str) -> list[int]:
    """Numbers, or months, that could stand for one that is printed.

    Of a month, the other months of its year and the same month in the other years of its decade.
    """
    if unit != "month" or value < _FIRST_MONTH:
        return _other_digits(value)
    year, month = divmod(value, 12)
    months = [year * 12 + other for other in range(12) if other != month]
    decade = range(year - year % 10, year - year % 10 + 10)
    return months + [other * 12 + month for other in decade if other != year]


class Count(_Constraint):
    """The sum of the quantities ``of`` is the whole number ``is``."""

    kind: Literal["count"]
    naming = ("of",)
    of: Terms
    is_: Whole = Field(alias="is")

    def linears(self, rule: Rounding) -> Iterator[Linear]:
        """The sum has this value."""
        yield linear(times(self.of, 1), (self.is_, self.is_))

    def others(self, rule: Rounding, unit: str) -> Iterator[list[Linear]]:
        """Other numbers with as many digits, or other months."""
        for value in _other_numbers(self.is_, unit):
            yield [linear(times(self.of, 1), (value, value))]


class Sum(_Constraint):
    """The sums of two lists of quantities (or whole numbers) are the same."""

    kind: Literal["sum"]
    naming = ("of", "is_")
    of: Terms
    is_: Terms = Field(alias="is")

    def linears(self, rule: Rounding) -> Iterator[Linear]:
        """Their difference is 0."""
        yield linear([*times(self.of, 1), *times(self.is_, -1)], (0, 0))

    def others(self, rule: Rounding, unit: str) -> Iterator[list[Linear]]:
        """That they differ."""
        yield [linear([*times(self.of, 1), *times(self.is_, -1)], (None, -1), (1, None))]


class PrintedShare(_Constraint):
    """The quantities ``of`` are the printed percentage ``is`` of ``base`` under the rounding rule.

    A percentage of answers that were weighted is none: what was weighted is not a count.
    """

    kind: Literal["share"]
    naming = ("of", "base")
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

    def linears(self, rule: Rounding) -> Iterator[Linear]:
        """P of k in n with S = 10^decimals: D = 2(100·S·k - P·S·n) lies between two multiples of n.

        A percentage that the rule can never print gives :data:`keepinpact.statements.linear.IMPOSSIBLE`.
        """
        if not rule.prints(self.printed):
            yield IMPOSSIBLE
            return
        low, low_open, high, high_open = rule.span(self.printed)
        part, whole = 200 * self.printed.scale, 2 * self.printed.units
        yield linear([(self.base, 1)], (1, None))
        yield linear([*times(self.of, 1), (self.base, -1)], (None, 0))
        yield linear([*times(self.of, part), (self.base, -whole - low)], (int(low_open), None))
        yield linear([*times(self.of, part), (self.base, -whole - high)], (None, -int(high_open)))

    def others(self, rule: Rounding, unit: str) -> Iterator[list[Linear]]:
        """Every other whole percentage; with decimals the ends and those that differ in one digit."""
        units, scale = self.printed.units, self.printed.scale
        values = range(101) if scale == 1 else sorted({0, 100 * scale, *_other_digits(units)})
        for value in values:
            if value != units and value <= 100 * scale:
                other = self.model_copy(update={"is_": str(Percentage(value, scale))})
                yield list(other.linears(rule))


class _Compared(_Constraint):
    """A kind that compares in twos: every difference lies in ``span``; in the reverse, in ``reverse``."""

    span: ClassVar[Interval]
    reverse: ClassVar[Interval]

    def differences(self) -> Iterator[list[tuple[str | int, int]]]:
        """What is compared: sums that are 0 where both sides are as many."""
        raise NotImplementedError

    def linears(self, rule: Rounding) -> Iterator[Linear]:
        """Each difference lies where the kind has it."""
        for terms in self.differences():
            yield linear(terms, self.span)

    def others(self, rule: Rounding, unit: str) -> Iterator[list[Linear]]:
        """The reverse."""
        yield [linear(terms, self.reverse) for terms in self.differences()]


class _Limited(_Compared):
    naming = ("each", "per")
    each: Names
    is_: Whole = Field(alias="is")
    per: Name | None = None

    def differences(self) -> Iterator[list[tuple[str | int, int]]]:
        """Each of them less the limit."""
        for name in self.each:
            yield [(name, 1), (self.per or 1, -self.is_)]


class AtMost(_Limited):
    """Each quantity is at most ``is``, or ``is`` times the quantity ``per``."""

    kind: Literal["at_most"]
    span, reverse = (None, 0), (1, None)


class AtLeast(_Limited):
    """Each quantity is at least ``is``, or ``is`` times the quantity ``per``."""

    kind: Literal["at_least"]
    span, reverse = (0, None), (None, -1)


class _Halved(_Compared):
    naming = ("each", "base")
    each: Names
    base: Name

    def differences(self) -> Iterator[list[tuple[str | int, int]]]:
        """Twice each of them less the base."""
        for name in self.each:
            yield [(name, 2), (self.base, -1)]


class Majority(_Halved):
    """Each quantity is more than half of the base."""

    kind: Literal["majority"]
    span, reverse = (1, None), (None, 0)


class NoMajority(_Halved):
    """No quantity is more than half of the base."""

    kind: Literal["no_majority"]
    span, reverse = (None, 0), (1, None)


class MoreThan(_Compared):
    """Each quantity is larger than each of ``than``."""

    kind: Literal["more_than"]
    naming = ("each", "than")
    each: Names
    than: Names
    span, reverse = (1, None), (None, -1)

    def differences(self) -> Iterator[list[tuple[str | int, int]]]:
        """Each of them less each of the others."""
        for name, other in product(self.each, self.than):
            yield [(name, 1), (other, -1)]


class AtLeastAsMany(_Compared):
    """Each quantity is at least as large as each of ``as``."""

    kind: Literal["at_least_as_many"]
    naming = ("each", "as_")
    each: Names
    as_: Names = Field(alias="as")
    span, reverse = (0, None), (None, -1)

    def differences(self) -> Iterator[list[tuple[str | int, int]]]:
        """Each of them less each of the others."""
        for name, other in product(self.each, self.as_):
            yield [(name, 1), (other, -1)]


class Rank(_Constraint):
    """The quantities stand in descending order (ties allowed), the last ahead of or level with the rest."""

    kind: Literal["rank"]
    naming = ("order", "ahead_of")
    order: Annotated[list[Name], Field(min_length=2)]
    ahead_of: Annotated[list[Name], BeforeValidator(listed, json_schema_input_type=Name | list[Name])] = []

    def linears(self, rule: Rounding) -> Iterator[Linear]:
        """No difference of neighbours is below 0."""
        for name, after in [*pairwise(self.order), *((self.order[-1], one) for one in self.ahead_of)]:
            yield linear([(name, 1), (after, -1)], (0, None))

    def others(self, rule: Rounding, unit: str) -> Iterator[list[Linear]]:
        """Every other order, and those in which a place is taken by one that is behind.

        Of more than six places only the orders in which two have changed theirs.
        """
        if len(self.order) <= _ALL_ORDERS:
            orders = [list(one) for one in permutations(self.order)]
        else:
            orders = []
            for first, second in combinations(range(len(self.order)), 2):
                order = list(self.order)
                order[first], order[second] = order[second], order[first]
                orders.append(order)
        for order in orders:
            if order != self.order:
                yield list(self.model_copy(update={"order": order}).linears(rule))
        for place, ranked in enumerate(self.order):
            for at, behind in enumerate(self.ahead_of):
                order, rest = list(self.order), list(self.ahead_of)
                order[place], rest[at] = behind, ranked
                yield list(self.model_copy(update={"order": order, "ahead_of": rest}).linears(rule))


class OneOf(_Constraint):
    """The sum of the quantities is one of some whole numbers."""

    kind: Literal["one_of"]
    naming = ("of",)
    of: Terms
    are: Annotated[list[Whole], Field(min_length=1)]

    def linears(self, rule: Rounding) -> Iterator[Linear]:
        """The sum has one of these values."""
        yield linear(times(self.of, 1), *((value, value) for value in sorted(set(self.are))))

    def others(self, rule: Rounding, unit: str) -> Iterator[list[Linear]]:
        """That it has none of these values."""
        yield [other for one in self.linears(rule) if (other := one.otherwise())]


_KINDS = (
    Count | Sum | PrintedShare | AtMost | AtLeast | Majority | NoMajority | MoreThan | AtLeastAsMany
    | Rank | OneOf
)  # fmt: skip


def flattened(value: Any) -> Any:
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


Constraint = Annotated[_KINDS, Field(discriminator="kind"), BeforeValidator(flattened), _Written]
CONSTRAINT: TypeAdapter[Any] = TypeAdapter(Constraint)


def readable_rest(raw: Any) -> Any:
    """What can be read of a faulty constraint, so that the quantities it names can be checked.

    Its fields need not be valid; None where not even its kind can be read.
    """
    body = flattened(raw)
    if not isinstance(body, dict):
        return None
    for kind in get_args(_KINDS):
        if body.get("kind") in get_args(kind.model_fields["kind"].annotation):
            fields = {
                name: listed(value) if isinstance(value := body.get(field.alias or name), str | list) else []
                for name, field in kind.model_fields.items()
            }
            return kind.model_construct(**fields)
    return None


def kinds() -> list[str]:
    """The kinds of constraints, as they are written."""
    return [get_args(kind.model_fields["kind"].annotation)[0] for kind in get_args(_KINDS)]
