"""What is said of each fault in a statements file, in full, as it was read and found right once.

That each is found, and at its line, is tested where the cases stand; there a few words are looked for. Here
are all: ``refused.txt``. ``python tests/test_refused.py`` writes it anew: read the difference.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

import test_audit_cli
import test_decimals
import test_readings
import test_tables
from keepinpact.data import DataError, load_statements
from keepinpact.statements.report import Quantity

TOLD = Path(__file__).with_name("refused.txt")


def cases(test: Callable[..., None]) -> Iterator[Any]:
    """What a test is run with, the first of it."""
    for one in test.pytestmark[0].args[1]:  # type: ignore[attr-defined]
        yield one[0]


def of_file(text: str, suffix: str) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file{suffix}"
        path.write_text(text, encoding="utf-8")
        try:
            load_statements(file=path)
        except DataError as error:
            return [f"{one.row}: {one.column} {one.value!r}: {one.rule}" for one in error.faults]
    return ["nothing"]


def of_model(make: Callable[[], object]) -> list[str]:
    try:
        make()
    except ValidationError as error:
        return [f"{'/'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
    return ["nothing"]


def refused() -> Iterator[tuple[object, list[str]]]:
    """Each faulty piece, and all that is said of it."""
    for old, new, *_ in test_audit_cli.FAULTS:
        yield new, of_file(test_audit_cli.SOUND.replace(old, new), ".yml")
    for share in cases(test_readings.test_what_is_no_share_is_refused_with_what_is_meant):
        held = {"share": {"of": "a", "base": "b", **share}}
        yield held, of_model(lambda held=held: test_readings.only(held))
    for held in cases(test_readings.test_what_has_no_sense_is_refused_with_its_rule):
        yield held, of_model(lambda held=held: test_readings.only(held))
    held = {"sd": test_readings.SD}
    yield held, of_model(lambda: test_readings.only(held))
    for more in cases(test_readings.test_what_a_quantity_cannot_be_is_refused):
        yield more, of_model(lambda more=more: Quantity.model_validate({"id": "a", "says": "a", **more}))
    for written in cases(test_decimals.test_other_decimals_are_refused_with_what_is_meant):
        faults = test_decimals.report(2, written).faults()
        yield written, [f"{'/'.join(map(str, place))} {value!r}: {rule}" for place, value, rule in faults]
    for value in cases(test_decimals.test_what_is_no_amount_is_refused_with_what_is_meant):
        held = {"count": {"of": "x", "is": value}}
        yield held, of_model(lambda held=held: test_decimals.report(2, held))
    for more in cases(test_decimals.test_what_cannot_have_decimals):
        quantity = {"id": "x", "says": "x", **more}
        yield quantity, of_model(lambda quantity=quantity: test_decimals.report(2, quantities=[quantity]))
    for parts in cases(test_tables.test_a_faulty_table_is_refused):
        yield parts, of_model(lambda parts=parts: test_tables.of_table(**parts))
    for text in [
        *cases(test_tables.test_what_looks_like_something_else_than_percentages_of_the_row_is_asked_about),
        *cases(test_tables.test_a_faulty_plain_table_is_refused_at_its_line),
    ]:
        yield text, of_file(text, ".csv")


def told() -> str:
    return "".join(
        "\n".join([f"== {piece!r}", *(f"  {line}" for line in said), ""]) for piece, said in refused()
    )


def test_what_is_said_of_each_fault() -> None:
    assert told() == TOLD.read_text(encoding="utf-8")


if __name__ == "__main__":
    TOLD.write_text(told(), encoding="utf-8")
