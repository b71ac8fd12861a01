"""What all kinds of constraint share: how names and numbers are written, and what each kind has to say.

A kind is one class, which says in one place how it is written (its fields), which of these name quantities,
what it means in arithmetic, and what else of the same form could have been printed. One that leaves any of
these out is refused when its module is loaded.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    Tag,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import CoreSchema

from keepinpact.numbers import Amount, Rounding
from keepinpact.statements.linear import Linear

__all__ = [
    "LIMIT",
    "NAME",
    "Kind",
    "Name",
    "Names",
    "Number",
    "Strict",
    "Term",
    "Terms",
    "Whole",
    "decimals_of",
    "listed",
    "meant",
    "month_name",
    "month_of",
    "number_of",
    "other_digits",
    "other_numbers",
    "written_month",
]

LIMIT = 10**15
"""Every whole number in a statement is below it; a limit of how a file is written, not of what is counted."""

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_DECIMALS = re.compile(r"((?:0|[1-9][0-9]*))\.([0-9]{1,6})")
_WITH_COMMAS = re.compile(r"([0-9]+),([0-9]{1,2})|([0-9]{1,3}(?:,[0-9]{3})+)\.([0-9]{1,6})")
_FIRST_MONTH = 1000 * 12
_ALL_NUMBERS = 100


def listed(value: Any) -> Any:
    """One stands for a list of one."""
    return [value] if isinstance(value, str | int) else value


def _whole(value: Any, check: ValidatorFunctionWrapHandler) -> int:
    """A month such as ``2019-09`` as a count of months, so that dates can be added and compared.

    A number with decimals is how many of its last decimal it is.
    """
    if isinstance(value, bool):
        raise ValueError("a whole number is needed, not true or false")
    if isinstance(value, date):
        raise ValueError("a month is written without a day, such as 2019-09")
    if isinstance(value, str) and (month := month_of(value)) is not None:
        return month
    if isinstance(value, Amount):
        return value
    if isinstance(value, str) and (match := _DECIMALS.fullmatch(value)):
        return Amount(check(int(match[1] + match[2])), len(match[2]))
    if isinstance(value, str) and (match := _WITH_COMMAS.fullmatch(value)):
        whole, part = match[1] or match[3].replace(",", ""), match[2] or match[4]
        raise ValueError(f"decimals have a point, and there are no commas: '{whole}.{part}'")
    if isinstance(value, float):
        raise ValueError("is a whole number (one with decimals is text, with all of them: '12.50')")
    return int(check(value))


def month_of(text: str) -> int | None:
    """A month such as ``2019-09`` as a count of months; None for all else."""
    match = _MONTH.fullmatch(text)
    return match and int(match[1]) * 12 + int(match[2]) - 1


def number_of(text: str) -> int:
    """A number as it is printed, such as 12 or 12.50; ValueError for all else, and one that is too large."""
    match = re.fullmatch(r"([0-9]+)(?:\.([0-9]{1,6}))?", text, re.ASCII)
    if match is None or (units := int(match[1] + (match[2] or ""))) >= LIMIT:
        raise ValueError(f"{text!r} is no number that can stand here")
    return Amount(units, len(match[2])) if match[2] else units


def _written(value: int) -> int | str:
    return str(value) if isinstance(value, Amount) else value


def decimals_of(number: int) -> int:
    """With how many decimals a number is printed."""
    return number.decimals if isinstance(number, Amount) else 0


def _term(value: Any) -> str:
    if isinstance(value, str):
        written = (_MONTH, _DECIMALS, _WITH_COMMAS)
        return "number" if any(one.fullmatch(value) for one in written) else "name"
    return "number"


Number = Annotated[int, Field(ge=0, lt=LIMIT, strict=True)]
_Month = Annotated[str, Field(pattern=f"^{_MONTH.pattern}$", description="A month such as 2019-09.")]
_Decimals = Annotated[
    str,
    Field(pattern=f"^{_DECIMALS.pattern}$", description="A number with decimals such as 12.50, as text."),
]

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
Name = Annotated[str, Field(pattern=f"^{NAME.pattern}$")]
_NameList = Annotated[list[Name], Field(min_length=1)]
Names = Annotated[_NameList, BeforeValidator(listed, json_schema_input_type=Name | _NameList)]

Whole = Annotated[
    Number,
    WrapValidator(_whole, json_schema_input_type=Number | _Month | _Decimals),
    PlainSerializer(_written),
]
Term = Annotated[
    Annotated[Name, Tag("name")] | Annotated[Whole, Tag("number")],
    Discriminator(_term),
]
_TermList = Annotated[list[Term], Field(min_length=1)]
Terms = Annotated[_TermList, BeforeValidator(listed, json_schema_input_type=Term | _TermList)]


def written_month(months: int) -> str:
    """The month that a count of months stands for, as it is written, e.g. ``2019-09``."""
    return f"{months // 12:04}-{months % 12 + 1:02}"


def month_name(months: int) -> str:
    """The month that a count of months stands for, e.g. ``September 2019``."""
    return f"{calendar.month_name[months % 12 + 1]} {months // 12}"


class Strict(BaseModel):
    """A frozen model that knows every key it takes."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Kind(Strict):
    """A kind of constraint; see the module's text for what each has to say."""

    naming: ClassVar[tuple[str, ...]] = ()
    """The fields that name quantities."""

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        for part in ("naming", "linears", "others") if "kind" in cls.model_fields else ():
            if getattr(cls, part) is getattr(Kind, part):
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
            value = getattr(self, field)
            for term in value.values() if isinstance(value, dict) else listed(value) or ():
                if isinstance(term, str):
                    yield term

    def alike(self) -> Iterator[Sequence[str | int]]:
        """Quantities and numbers that are added up or compared, so that they have the same decimals."""
        yield [
            term
            for field in self.naming
            for value in [getattr(self, field)]
            for term in (value.values() if isinstance(value, dict) else listed(value) or ())
        ]

    def unlike(self, decimals: Mapping[str, int]) -> Iterator[tuple[str, str]]:
        """What has other decimals than it should, with what is meant, given those of the quantities."""
        for group in self.alike():
            names = [term for term in group if isinstance(term, str) and term in decimals]
            numbers = [term for term in group if isinstance(term, int)]
            for name in names[1:]:
                if decimals[name] != decimals[names[0]]:
                    yield name, f"has as many decimals as {names[0]}"
            for number in numbers:
                if names and decimals_of(number) != decimals[names[0]]:
                    yield str(number), meant(number, decimals[names[0]], names[0])

    def given(self, decimals: Mapping[str, int]) -> Self:
        """The same, once the decimals of the quantities are known."""
        return self

    def linears(self, rule: Rounding) -> Iterator[Linear]:
        """What it means: all of these hold, with printed percentages read by a rounding rule."""
        raise NotImplementedError

    def others(self, rule: Rounding, unit: str) -> Iterator[list[Linear]]:
        """What else of the same form could have been printed: another number, another order, the reverse.

        Of each it yields what it means, with percentages read by a rounding rule; ``unit`` is the unit of the
        first quantity that it names.
        """
        raise NotImplementedError


def meant(number: int, decimals: int, name: str) -> str:
    """What a number of a quantity with so many decimals should be."""
    if not decimals:
        return f"is a whole number, as {name} has no decimals"
    one = "decimal" if decimals == 1 else "decimals"
    if (more := decimals - decimals_of(number)) > 0:
        return f"is text with {decimals} {one}, as {name} has: '{Amount(number * 10**more, decimals)}'"
    return f"is text with {decimals} {one}, as {name} has (it may be given more)"


def other_digits(value: int) -> list[int]:
    """Whole numbers with as many digits: all below 100, else the ends and those that differ in one digit.

    Of a number with decimals, those with as many digits before the point.
    """
    decimals = decimals_of(value)
    text = str(int(value)).rjust(decimals + 1, "0")
    first, last = (0 if len(text) == decimals + 1 else 10 ** (len(text) - 1)), 10 ** len(text) - 1
    if last < _ALL_NUMBERS:
        found = set(range(first, last + 1))
    else:
        found = {first, last} | {
            int(text[:place] + digit + text[place + 1 :])
            for place in range(len(text))
            for digit in "0123456789"
            if place or digit != "0" or not first
        }
    return sorted(found - {value})


def other_numbers(value: int, unit: str) -> list[int]:
    """Numbers, or months, that could stand for one that is printed.

    Of a month, the other months of its year and the same month in the other years of its decade.
    """
    if unit != "month" or value < _FIRST_MONTH:
        return other_digits(value)
    year, month = divmod(value, 12)
    months = [year * 12 + other for other in range(12) if other != month]
    decade = range(year - year % 10, year - year % 10 + 10)
    return months + [other * 12 + month for other in decade if other != year]
