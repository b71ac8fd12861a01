"""The audit in a terminal."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console, ConsoleRenderable
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from keepinpact.audit import Audit, Explanation, audit, words
from keepinpact.data import ROOT, DataError, load_statements
from keepinpact.numbers import ROUNDINGS
from keepinpact.statements.constraints import PrintedShare, WeightedShare
from keepinpact.statements.report import Report
from keepinpact.statements.tables import TOTAL

__all__ = ["Terminal", "show", "show_why", "transcript"]

_REPAIRS = 10
_NARROW = 80
"""Below so many columns a table cannot be read."""
_PHONE = 38
"""The columns that a page has on a phone."""


class Terminal(Console):
    """What the audit is shown on; BrokenPipeError where nobody reads on, which is no result of the audit."""

    def on_broken_pipe(self) -> None:
        """Rich itself would end with the exit status of statements that cannot be true."""
        raise BrokenPipeError


def show(found: Audit, report: Report, console: Console) -> None:
    """Print an audit of a report for a person to read; the report's texts are printed as they are."""
    for block in _blocks(found, report, wide=console.width >= _NARROW):
        console.print(block)


def show_why(found: Explanation, report: Report, rounding: str, console: Console) -> None:
    """Print why the audit says what it says of one thing; percentages are read by a rounding rule."""
    for line in words.explanation(found, report):
        console.print(Text(line))
    if found.data_set is not None:
        counts = ((report.quantity(name), count) for name, count in found.data_set.items())
        rows = [[one.id, one.says, one.shown(count)] for one, count in counts]
        for block in _table(["Quantity", "What it counts", "Count"], rows, wide=console.width >= _NARROW):
            console.print(block)
    for place, proof in enumerate(found.proofs):
        conflict = f"Conflict {found.conflicts[place]}: " if place < len(found.conflicts) else ""
        console.print()
        for number, (depth, line) in enumerate(words.proof_lines(proof, report, rounding)):
            text = Text(line if number else conflict + line, style="" if number else "bold")
            console.print(Padding(text, (0, 0, 0, 2 * depth)))
    if found.not_known:
        console.print(Text.assemble("\n", ("Not known", "bold"), f": {'; '.join(found.not_known)}"))


def transcript(statements: str, root: Path = ROOT) -> str:
    """What the audit of a statements file prints, narrow and without colours; its faults if it has any.

    The file is relative to the project's folder.
    """
    try:
        report = load_statements(root, Path(statements))
    except DataError as error:
        fold = textwrap.TextWrapper(
            _PHONE, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
        )
        return "\n".join(fold.fill(line) for line in str(error).splitlines())
    console = Console(
        file=io.StringIO(), width=_PHONE, color_system=None, legacy_windows=False, force_jupyter=False
    )
    with console.capture() as printed:
        show(audit(report, report.lists), report, console)
    return "\n".join(line.rstrip() for line in printed.get().splitlines())


def _blocks(found: Audit, report: Report, *, wide: bool) -> Iterator[ConsoleRenderable]:
    yield Text(report.title, style="bold")
    yield Text(words.result(found, report))
    for cause in found.causes:
        yield Text.assemble("\n", (f"Cause {cause.cause}", "bold"), f": {words.cause(cause, found, report)}")
    for conflict in found.conflicts:
        kind = "these cannot all hold" if conflict.needs_ours else "these statements clash by themselves"
        yield Text.assemble("\n", (f"Conflict {conflict.id}", "bold"), f": {kind}")
        for one in conflict.members:
            name = f"{one.id}:{one.reading}" if one.reading else one.id
            yield _indented("- ", words.member(one, report), " ", (name, "dim"))
        for way in words.ways_out(conflict, report):
            yield _indented(f"They can {way}.")
    for clash in words.by_every_rule(found, report):
        yield Text(f"\n{clash}")
    for part in found.parts:
        repairs = [one for one in found.repairs if one.part == part.part]
        if not repairs and part.holds is False and part.complete:
            where = f" of the part with “{part.statements[0]}”" if len(found.parts) > 1 else ""
            yield Text(f"\nEvery repair{where} would give up a statement that is marked as certain.")
        if not repairs:
            continue
        smallest = [one for one in repairs if one.smallest]
        counts = (
            f": {len(repairs)}{'' if part.complete else ' found so far'}, of which {len(smallest)} smallest"
        )
        # A part may hold nothing but assumptions.
        first = part.statements[0] if part.statements else repairs[0].gives_up[0].id
        where = f" of the part with “{first}”" if found.repairs != repairs else ""
        yield Text.assemble("\n", (f"Repairs{where}", "bold"), counts)
        for repair in smallest[:_REPAIRS]:
            mark = " (adopted)" if repair.adopted else ""
            yield _indented(f"{repair.id}{mark}: {words.gives_up_all(repair, report)}")
            for other in repair.instead or ():
                yield Padding(Text(_sentence(words.instead(other, report))), (0, 0, 0, 4))
        if len(smallest) > _REPAIRS:
            yield _indented(f"and {len(smallest) - _REPAIRS} more (--json lists them)")
    if not found.complete:
        yield Text("There may be more conflicts and repairs.")
    yield Text()
    yield from _table(
        ["Statement", "Printed", "Verdict", "Recomputed", "Conflicts"], _verdicts(found, report), wide=wide
    )
    if found.bounds:
        yield Text(f"\n{words.basis(found.basis)}")
        bounds = [
            [one.quantity, report.quantity(one.quantity).says, words.range_of(one, report)]
            for one in found.bounds
        ]
        yield from _table(["Quantity", "What it counts", "Bound"], bounds, wide=wide)
        for shares in found.candidates:
            if shares.rests_on is not None:
                rests = words.rests_on(shares.rests_on, report)
                yield _indented(f"The shares behind “{shares.statement}” rest on {rests}.")
    if found.asks:
        yield Text(f"\nOf {found.open_now} published numbers that are open, an answer to these settles most:")
        for ask in found.asks:
            yield _indented(f"{ask.question} {words.effect(ask)}")
    held = [c for s in report.statements for r in s.readings for c in r.holds]
    if any(one.kind == "share" and not isinstance(one, WeightedShare) for one in held):
        rules = {one.rounding for one in held if isinstance(one, PrintedShare)}
        rounded = f", rounded {ROUNDINGS[found.rounding].says}" if None in rules else ""
        own = ", unless it has a rule of its own" if None in rules and len(rules) > 1 else ""
        yield _mind(
            f"each percentage is read as a count out of its base{rounded}{own}. One of weighted answers is "
            "no such count: mark its statement with “weighted: true”, or it may seem to clash where nothing "
            "does."
        )
    for table in report.tables:
        for name in (table.labels.get(row, row) for row in table.rows if row != TOTAL):
            if name.lower() == TOTAL:
                yield _mind(
                    f"the row “{name}” is read as one more group. If it holds the totals of the others, "
                    "write a statements file with the table, and call the row total there."
                )
        if set(table.totals) == {100}:
            yield _mind(
                f"each total of {table.says} is 100. That is read as a number of people; write 100 % if it "
                "is none."
            )
    if found.unfinished:
        what = "; ".join(found.unfinished)
        yield Text.assemble("\n", ("Not certain, since the search was not finished", "bold"), f": {what}")


def _mind(what: str) -> Text:
    return Text.assemble("\n", ("Mind", "bold"), f": {what}")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _indented(*parts: str | tuple[str, str]) -> Padding:
    return Padding(Text.assemble(*parts), (0, 0, 0, 2))


def _verdicts(found: Audit, report: Report) -> Iterator[Sequence[str]]:
    for one in found.verdicts:
        statement = report.statement(one.statement)
        yield (
            statement.id,
            f"“{statement.quote}”",
            one.verdict or "not certain",
            words.recomputed(statement, found, report) or "",
            ", ".join(one.conflicts),
        )


def _table(
    columns: Sequence[str], rows: Iterator[Sequence[str]] | Sequence[Sequence[str]], *, wide: bool
) -> Iterator[ConsoleRenderable]:
    """A table, or where there is no room for one, a block of lines for each row."""
    if wide:
        table = Table(
            *(Column(name, overflow="fold", no_wrap=name in (columns[0], "Verdict")) for name in columns)
        )
        for row in rows:
            table.add_row(*(Text(cell or "–") for cell in row))
        yield table
        return
    for first, *rest in rows:
        yield Text(first, style="bold")
        for column, cell in zip(columns[1:], rest, strict=True):
            if cell:
                yield _indented(f"{column}: {cell}")
