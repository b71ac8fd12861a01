"""The audit in a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, ConsoleRenderable, Group, RichCast
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from keepinpact.audit import Audit, words
from keepinpact.numbers import either
from keepinpact.readings import Report

__all__ = ["show"]

_REPAIRS = 10


def show(audit: Audit, report: Report, console: Console) -> None:
    """Print an audit for a person to read.

    Parameters
    ----------
    audit
        What :func:`keepinpact.audit.audit` returns.
    report
        The statements that it is about.
    console
        Where to.
    """
    console.print(Group(*_blocks(audit, report)))


def _blocks(audit: Audit, report: Report) -> Iterator[ConsoleRenderable | RichCast | str]:
    yield Text(report.title, style="bold")
    yield words.result(audit)
    for conflict in audit.conflicts:
        yield f"\n[bold]Conflict {conflict.id}[/]: these cannot all hold"
        for one in conflict.members:
            yield _indented(
                f"- {escape(words.member(one, report))} [dim]{escape(_id(one.id, one.reading))}[/]"
            )
        for way in words.ways_out(conflict, report):
            yield _indented(f"They can {escape(way)}.")
    if audit.repairs:
        smallest = audit.smallest
        yield f"\n[bold]Repairs[/]: {len(audit.repairs)}, of which {len(smallest)} smallest"
        for repair in smallest[:_REPAIRS]:
            mark = " (adopted)" if repair.adopted else ""
            what = either([words.gives_up(one, report) for one in repair.gives_up], "and")
            yield _indented(f"{repair.id}{mark}: {escape(what)}")
        if len(smallest) > _REPAIRS:
            yield _indented(f"and {len(smallest) - _REPAIRS} more (--json lists them)")
    if not audit.complete:
        yield "There may be more conflicts and repairs."
    yield ""
    yield _verdicts(audit, report)
    if audit.bounds:
        yield f"\n{words.basis(audit.basis)}"
        yield _bounds(audit, report)
    if audit.asks:
        yield "\nPublished, these numbers would leave least open in the worst case:"
        yield from (
            _indented(escape(f"{report.quantity(one.quantity).says}: {one.left} of {audit.open_now} left"))
            for one in audit.asks
        )
    if audit.unfinished:
        yield f"\n[bold]Not finished within the time limit[/]: {escape('; '.join(audit.unfinished))}"


def _indented(markup: str) -> Padding:
    return Padding(Text.from_markup(markup), (0, 0, 0, 2))


def _id(statement: str, reading: str | None) -> str:
    return f"{statement}:{reading}" if reading else statement


def _verdicts(audit: Audit, report: Report) -> Table:
    table = Table(
        "Statement", "Printed", "Verdict", "Recomputed", "Conflicts", show_lines=False, expand=False
    )
    for one in audit.verdicts:
        statement = report.statement(one.statement)
        table.add_row(
            escape(one.statement),
            escape(f"“{statement.quote}”"),
            one.verdict or "not finished",
            escape(words.recomputed(statement, audit, report) or "–"),
            ", ".join(one.conflicts) or "–",
        )
    return table


def _bounds(audit: Audit, report: Report) -> Table:
    table = Table("Quantity", "What it counts", "Bound")
    for one in audit.bounds:
        says = report.quantity(one.quantity).says
        table.add_row(escape(one.quantity), escape(says), words.range_of(one, report))
    return table
