"""What a statement can say of quantities: the kinds of constraint, all of them.

Those of counts and their order stand here; :mod:`shares` has what is printed as a percentage or a multiple,
:mod:`scales` what is printed of a scale.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise, permutations, product
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, TypeAdapter, model_validator
from pydantic_core import CoreSchema

from keepinpact.numbers import Rounding
from keepinpact.statements.compared import Difference, Points, Times
from keepinpact.statements.figures import Printed
from keepinpact.statements.kind import (
    LIMIT,
    NAME,
    Kind,
    Name,
    Names,
    Number,
    Strict,
    Terms,
    Whole,
    decimals_of,
    listed,
    meant,
    month_name,
    number_of,
    other_numbers,
)
from keepinpact.statements.linear import Interval, Linear, linear, times
from keepinpact.statements.scales import Mean, Median, Sd
from keepinpact.statements.shares import (
    AnyShare,
    LimitedShare,
    PrintedShare,
    RangedShare,
    WeightedShare,
    WordedShare,
)

__all__ = [
    "CONSTRAINT",
    "LIMIT",
    "AtLeast",
    "AtMost",
    "Constraint",
    "Count",
    "Kind",
    "LimitedShare",
    "Majority",
    "Name",
    "NoMajority",
    "Number",
    "Printed",
    "PrintedShare",
    "RangedShare",
    "Strict",
    "WeightedShare",
    "Whole",
    "WordedShare",
    "flattened",
    "kinds",
    "listed",
    "month_name",
    "readable_rest",
    "taken_by",
]

_ALL_ORDERS = 6


class Count(Kind):
    """The sum of the quantities ``of`` is the whole number ``is``."""

    kind: Literal["count"]
    naming = ("of",)
    of: Terms
    is_: Whole = Field(alias="is")

    def alike(self) -> Iterator[Sequence[str | int]]:
        """The quantities and what they add up to."""
        yield [*self.of, self.is_]

    def saying(self, digits: str) -> Self:
        """The same with another number; ValueError where it is too large or has other decimals."""
        number = number_of(digits)
        if decimals_of(number) != decimals_of(self.is_):
            raise ValueError(f"{digits} is no number that could stand here")
        return self.model_copy(update={"is_": number})

    def linears(self, rule: Rounding) -> Iterator[Linear]:
        """The sum has this value."""
        yield linear(times(self.of, 1), (self.is_, self.is_))

    def others(self, rule: Rounding, unit: str) -> Iterator[list[Linear]]:
        """Other numbers with as many digits, or other months."""
        for value in other_numbers(self.is_, unit):
            yield [linear(times(self.of, 1), (value, value))]


class Sum(Kind):
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


class _Compared(Kind):
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

    def alike(self) -> Iterator[Sequence[str | int]]:
        """The quantities and the limit; one that is multiplied has what is missing of its decimals."""
        yield self.each if self.per else [*self.each, self.is_]

    def unlike(self, decimals: Mapping[str, int]) -> Iterator[tuple[str, str]]:
        """The decimals of the limit and of what it is multiplied by are together those of each."""
        yield from super().unlike(decimals)
        each = self.each[0]
        if self.per and {self.per, each} <= decimals.keys():
            wanted = decimals[each] - decimals[self.per]
            if wanted < 0:
                yield self.per, f"has no more decimals than {each}"
            elif decimals_of(self.is_) != wanted:
                yield str(self.is_), meant(self.is_, wanted, f"{each} for each of {self.per}")

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


class Rank(Kind):
    """The quantities stand in descending order (ties allowed), the last ahead of or level with the rest."""

    kind: Literal["rank"]
    naming = ("order", "ahead_of")
    order: Annotated[list[Name], Field(min_length=2, json_schema_extra={"uniqueItems": True})]
    ahead_of: Annotated[list[Name], BeforeValidator(listed, json_schema_input_type=Name | list[Name])] = []

    @model_validator(mode="after")
    def _apart(self) -> Self:
        twice = [name for name, number in Counter(self.order).items() if number > 1]
        if twice:
            raise ValueError(f"{twice[0]} has a single place in a rank")
        return self

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


class OneOf(Kind):
    """The sum of the quantities is one of some whole numbers."""

    kind: Literal["one_of"]
    naming = ("of",)
    of: Terms
    are: Annotated[list[Whole], Field(min_length=1)]

    def alike(self) -> Iterator[Sequence[str | int]]:
        """The quantities and what they may add up to."""
        yield [*self.of, *self.are]

    def linears(self, rule: Rounding) -> Iterator[Linear]:
        """The sum has one of these values."""
        yield linear(times(self.of, 1), *((value, value) for value in sorted(set(self.are))))

    def others(self, rule: Rounding, unit: str) -> Iterator[list[Linear]]:
        """That it has none of these values."""
        yield [other for one in self.linears(rule) if (other := one.otherwise())]


_KINDS = (
    Count | Sum | AnyShare | AtMost | AtLeast | Majority | NoMajority | MoreThan | AtLeastAsMany
    | Rank | OneOf | Times | Difference | Points | Mean | Median | Sd
)  # fmt: skip


def flattened(value: Any) -> Any:
    """``{count: {of: a, is: 3}}``, as it is written, as ``{kind: count, of: a, is: 3}``."""
    if isinstance(value, dict) and len(value) == 1 and "kind" not in value:
        ((kind, body),) = value.items()
        if isinstance(body, dict) and "kind" not in body:
            return {"kind": kind, **body}
    return value


def _classes(some: Any = _KINDS) -> Iterator[type[Kind]]:
    """The classes of the kinds; a kind that can be written in several ways has several."""
    for one in get_args(some):
        if isinstance(one, type) and issubclass(one, Kind):
            yield one
        else:
            yield from _classes(one)


def _name(kind: type[Kind]) -> str:
    return str(get_args(kind.model_fields["kind"].annotation)[0])


class _Written:
    """The schema of a constraint as it is written: its kind is the only key."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        mapping = handler(core)["discriminator"]["mapping"]
        return {
            "type": "object",
            "description": "A constraint: its kind, and what that takes.",
            "properties": {
                kind: {"$ref": one} if isinstance(one, str) else {"anyOf": one["oneOf"]}
                for kind, one in mapping.items()
            },
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": False,
        }


Constraint = Annotated[_KINDS, Field(discriminator="kind"), BeforeValidator(flattened), _Written]
CONSTRAINT: TypeAdapter[Any] = TypeAdapter(Constraint)


class _Unread(Kind):
    """The quantities that a faulty constraint names."""

    naming = ("names",)
    names: list[Name]

    def alike(self) -> Iterator[Sequence[str | int]]:
        """Nothing that can be compared."""
        yield from ()


def readable_rest(raw: Any) -> Any:
    """What can be read of a faulty constraint, so that the quantities it names can be checked.

    None where not even its kind can be read.
    """
    body = flattened(raw)
    if not isinstance(body, dict):
        return None
    for kind in _classes():
        if body.get("kind") == _name(kind):
            values = [body.get(kind.model_fields[name].alias or name) for name in kind.naming]
            terms = [term for value in values for term in (value if isinstance(value, list) else [value])]
            return _Unread(names=[one for one in terms if isinstance(one, str) and NAME.fullmatch(one)])
    return None


def kinds() -> list[str]:
    """The kinds of constraints, as they are written."""
    return list(dict.fromkeys(map(_name, _classes())))


def taken_by(kind: str) -> str:
    """What a kind needs, as it is written in a file: ``of: ..., is: ...``."""
    made = next(one for one in _classes() if _name(one) == kind)
    keys = [field.alias or name for name, field in made.model_fields.items() if field.is_required()]
    return ", ".join(f"{key}: ..." for key in keys if key != "kind")
