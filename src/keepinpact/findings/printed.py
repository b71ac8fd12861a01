"""What the report prints, as findings: numbers and quotations."""

from __future__ import annotations

from typing import Any

from keepinpact.data import STATEMENTS, Edition, cite
from keepinpact.findings.tables import quoted
from keepinpact.receipt import Finding, Source, backed, ranges
from keepinpact.statements.constraints import Count, PrintedShare
from keepinpact.statements.report import Report, Statement


def printed_number(report: Report, statement: Statement) -> tuple[str, dict[str, Any]] | None:
    """The number that a statement prints, as text and as a receipt has it; None where it prints none."""
    for constraint in statement.readings[0].holds:
        if isinstance(constraint, PrintedShare):
            return str(constraint.printed), {"percentage": constraint.is_}
        if isinstance(constraint, Count):
            names = [term for term in constraint.of if isinstance(term, str)]
            text = report.quantity(names[0]).shown(constraint.is_) if names else str(constraint.is_)
            return text, {"value": constraint.is_ if text == repr(int(constraint.is_)) else text}
    return None


def number(edition: Edition, statement: str) -> Finding:
    """The number that a statement prints, as printed.

    KeyError where there is no such statement, ValueError where it prints no number.
    """
    found = printed_number(edition.report, edition.report.statement(statement))
    if found is None:
        raise ValueError(f"{statement} prints no number")
    text, value = found
    return backed(text, "printed", placed(edition, statement), **value)


def quotation(edition: Edition, name: str) -> Finding:
    """The report's words for a statement or a claim, in quotation marks; KeyError where there is neither."""
    claims = edition.claims.set_index("id")["quote"]
    quote = claims[name] if name in claims.index else edition.report.statement(name).quote
    return Finding(quoted(str(quote)))


def printed(edition: Edition, *names: str) -> dict[str, Finding]:
    """What the report prints of statements and claims, by what it is called on a page.

    Of a statement ``ID`` is its number, where it prints one, and ``ID-quote`` its words; of a claim ``ID`` is
    its words. KeyError where there is no such statement or claim.
    """
    claims = set(edition.claims["id"])
    found: dict[str, Finding] = {}
    for name in names:
        if name in claims:
            found[name] = quotation(edition, name)
            continue
        if printed_number(edition.report, edition.report.statement(name)) is not None:
            found[name] = number(edition, name)
        found[f"{name}-quote"] = quotation(edition, name)
    return found


def place(edition: Edition, section: str) -> Finding:
    """Where a section stands, e.g. ``section “Types of cooperation”, p. 6-8``."""
    return Finding(cite(edition.report, section))


def placed(edition: Edition, *statements: str) -> dict[str, Any]:
    """Where statements stand in the report and in the data, as a receipt has it."""
    report = edition.report
    section = report.statement(statements[0]).section
    return {
        "section": section,
        "pages": report.pages(section),
        "statements": list(statements),
        "source": stands(edition, *statements),
    }


def stands(edition: Edition, *statements: str) -> list[Source]:
    """The lines of statements."""
    return ranges(STATEMENTS, [edition.lines.statements[one] for one in statements])
