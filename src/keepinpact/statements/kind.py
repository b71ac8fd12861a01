"""What all kinds of constraint share: how names and numbers are written, and what each kind has to say.

A kind is one class, which says in one place how it is written (its fields), which of these name quantities,
what it means in arithmetic, and what else of the same form could have been printed. One that leaves any of
these out is refused when its module is loaded.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, GetJsonSchemaHandler, Tag
from pydantic_core import CoreSchema

from keepinpact.numbers import Rounding
from keepinpact.statements.linear import Linear

__all__ = [
    "LIMIT",
    "Kind",
    "Name",
    "Names",
    "Number",
    "Strict",
    "Term",
    "Terms",
    "Whole",
    "listed",
    "month_name",
    "other_digits",
    "other_numbers",
]

LIMIT = 10**15
"""Every whole number in a statement is below it; a limit of how a file is written, not of what is counted."""

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_FIRST_MONTH = 1000 * 12
_ALL_NUMBERS = 100


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

    def linears(self, rule: Rounding) -> Iterator[Linear]:
        """What it means: all of these hold, with printed percentages read by a rounding rule."""
        raise NotImplementedError

    def others(self, rule: Rounding, unit: str) -> Iterator[list[Linear]]:
        """What else of the same form could have been printed: another number, another order, the reverse.

        Of each it yields what it means, with percentages read by a rounding rule; ``unit`` is the unit of the
        first quantity that it names.
        """
        raise NotImplementedError


def other_digits(value: int) -> list[int]:
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
