"""The tables of the printed layer, the codebook and the words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from keepinpact.data.statements import load_statements, read_statements
from keepinpact.data.tables import Table, read_table
from keepinpact.faults import Fault
from keepinpact.paths import CHARTS, CLAIMS, DISCLOSURE, ITEMS, ROOT, STATEMENTS


def load_codebook(root: Path = ROOT) -> pd.DataFrame:
    """The codebook: variable, code, label, definition, response, origin, themes; its order is the edition's.

    ``themes`` names the variable whose codes sort the entries of a printed list. DataError with every fault
    of the file, and every quantity that counts answers which it does not know.
    """
    table = read_table(root, "data/codebook.csv")
    report, locate = table.needs(lambda root: read_statements(root / STATEMENTS, STATEMENTS), root)
    table.unique("variable", "code")
    codes = {(row["variable"], row["code"]) for row in table.rows}
    variables = {row["variable"] for row in table.rows}
    table.check(
        "themes",
        lambda row: not row["themes"] or (row["variable"] == "list" and row["themes"] in variables),
        "is a variable of the codebook, in the row of a list",
    )
    for i, quantity in enumerate(report.quantities if table.whole else []):
        if quantity.item and ("item", quantity.item) not in codes:
            rule = "is an item of the codebook"
            place = locate(("quantities", i, "item"))
            table.faults.append(Fault(STATEMENTS, *place, quantity.item, rule))
        elif quantity.item and quantity.value and (quantity.item, quantity.value) not in codes:
            rule = f"is a value that the codebook has for {quantity.item}, or empty"
            place = locate(("quantities", i, "value"))
            table.faults.append(Fault(STATEMENTS, *place, quantity.value, rule))
    return table.frame()


def codes_of(codebook: pd.DataFrame, variable: str) -> set[str]:
    """The codes of a variable of the codebook."""
    return set(codebook.loc[codebook["variable"] == variable, "code"])


def load_claims(root: Path = ROOT) -> pd.DataFrame:
    """The claims: id, section, wave, quote; DataError with every fault of the file."""
    table = read_table(root, CLAIMS)
    report = table.needs(load_statements, root)
    sections = {section.id for section in report.sections}
    statements = {statement.id for statement in report.statements}
    table.check("section", lambda row: row["section"] in sections, "is a section of statements.yml")
    table.check("id", lambda row: row["id"] not in statements, "is not a statement's id too")
    table.unique("id")
    return table.frame()


def load_items(root: Path = ROOT) -> pd.DataFrame:
    """The listed items in printed order: id, section, list, wave, group, rank, text, theme.

    DataError with every fault of the file; each list, theme and section has to be known, and each list that a
    quantity counts has to have an entry.
    """
    table = read_table(root, ITEMS)
    codebook = table.needs(load_codebook, root)
    report, locate = read_statements(root / STATEMENTS, STATEMENTS)
    sections = {section.id for section in report.sections}
    lists = codes_of(codebook, "list")
    printed = codebook[codebook["variable"] == "list"]
    themes = {
        code: codes_of(codebook, variable)
        for code, variable in zip(printed["code"], printed["themes"], strict=True)
        if variable
    }
    table.check("section", lambda row: row["section"] in sections, "is a section of statements.yml")
    table.check("list", lambda row: row["list"] in lists, "is a list of the codebook")
    table.check(
        "theme",
        lambda row: set(row["theme"].split()) <= themes.get(row["list"], set()),
        "holds theme codes that the codebook has for this list",
    )
    table.unique("id")
    if table.whole:
        table.faults += _rank_faults(table)
        known = {row["list"] for row in table.rows}
        for i, quantity in enumerate(report.quantities):
            for name in set(quantity.entries) - known:
                place = locate(("quantities", i, "entries"))
                table.faults.append(Fault(STATEMENTS, *place, name, "is a list of items.csv"))
    return table.frame()


def _rank_faults(table: Table) -> Iterator[Fault]:
    """Ranks that do not run from 1 in printed order, list by list."""
    faulty = {(fault.row, fault.column) for fault in table.faults}
    last: Counter[str] = Counter()
    for line, row in zip(table.lines, table.rows, strict=True):
        if row["rank"]:
            last[row["list"]] += 1
            expected = str(last[row["list"]])
            if row["rank"] != expected and (line, "rank") not in faulty:
                rule = f"ranks run from 1 in printed order; {expected} is next"
                yield Fault(table.name, line, "rank", row["rank"], rule)


def entry_counts(items: pd.DataFrame) -> dict[str, int]:
    """How many entries each printed list has, by the list's code."""
    return {str(name): int(count) for name, count in items["list"].value_counts().items()}


def load_charts(root: Path = ROOT) -> pd.DataFrame:
    """The places of missing charts: id, section, wave, item, base, certainty, title, known.

    ``item`` is the item of the responses that the chart showed; ``base`` is the statement that prints
    its base, where one does. DataError with every fault of the file.
    """
    table = read_table(root, CHARTS)
    codebook = table.needs(load_codebook, root)
    report = load_statements(root)
    sections = {section.id for section in report.sections}
    statements = {statement.id for statement in report.statements}
    items = codes_of(codebook, "item")
    table.check("section", lambda row: row["section"] in sections, "is a section of statements.yml")
    table.check("item", lambda row: row["item"] in items, "is an item of the codebook")
    table.check("base", lambda row: row["base"] in statements | {""}, "is a statement's id or empty")
    table.unique("id")
    return table.frame()


def load_exclusions(root: Path = ROOT) -> pd.DataFrame:
    """What of the source is no statement, claim or item: id, quote, reason."""
    table = read_table(root, "data/report/exclusions.csv")
    table.unique("id")
    return table.frame()


def load_headings(root: Path = ROOT) -> pd.DataFrame:
    """The source's headings: text."""
    return read_table(root, "data/report/headings.csv").frame()


def load_disclosure(root: Path = ROOT) -> pd.DataFrame:
    """What the report discloses of each element: id, element, status, section, quote, says, missing.

    DataError with every fault of the file; what is reported has its section and a quotation, and nothing else
    has.
    """
    table = read_table(root, DISCLOSURE)
    report = table.needs(load_statements, root)
    sections = {section.id for section in report.sections}

    def reported(row: dict[str, str]) -> bool:
        return row["status"] == "reported"

    table.check(
        "section",
        lambda row: row["section"] in (sections if reported(row) else {""}),
        "is a section of statements.yml where the element is reported, else empty",
    )
    table.check(
        "quote",
        lambda row: bool(row["quote"]) == reported(row),
        "is a quotation where the element is reported, else empty",
    )
    table.unique("id")
    return table.frame()


def load_glossary(root: Path = ROOT) -> pd.DataFrame:
    """The words of the edition: term, definition; DataError with every fault of the file."""
    table = read_table(root, "data/glossary.csv")
    table.unique("term")
    return table.frame()
