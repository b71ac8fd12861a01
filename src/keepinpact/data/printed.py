"""The tables of the printed layer, the codebook and the words."""

from __future__ import annotations

from collections import Counter
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
    codes = {*zip(table.cells["variable"], table.cells["code"], strict=True)}
    variables = {*table.cells["variable"]}
    table.check_together(
        ["themes", "variable"],
        lambda themes, variable: not themes or (variable == "list" and themes in variables),
        "is a variable of the codebook, in the row of a list",
    )
    for i, quantity in enumerate(report.quantities if table.whole else []):
        if quantity.item and ("item", quantity.item) not in codes:
            rule = "is an item of the codebook"
            place = locate(("quantities", i, "item"))
            table.faults.add([Fault(STATEMENTS, *place, quantity.item, rule)])
        elif quantity.item and quantity.value and (quantity.item, quantity.value) not in codes:
            rule = f"is a value that the codebook has for {quantity.item}, or empty"
            place = locate(("quantities", i, "value"))
            table.faults.add([Fault(STATEMENTS, *place, quantity.value, rule)])
    return table.texts()


def codes_of(codebook: pd.DataFrame, variable: str) -> set[str]:
    """The codes of a variable of the codebook."""
    return set(codebook.loc[codebook["variable"] == variable, "code"])


def load_claims(root: Path = ROOT) -> pd.DataFrame:
    """The claims: id, section, wave, quote; DataError with every fault of the file."""
    table = read_table(root, CLAIMS)
    report = table.needs(load_statements, root)
    sections = {section.id for section in report.sections}
    statements = {statement.id for statement in report.statements}
    table.check("section", sections.__contains__, "is a section of statements.yml")
    table.check("id", lambda one: one not in statements, "is not a statement's id too")
    table.unique("id")
    return table.texts()


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
    table.check("section", sections.__contains__, "is a section of statements.yml")
    table.check("list", lists.__contains__, "is a list of the codebook")
    table.check_together(
        ["theme", "list"],
        lambda found, name: set(found.split()) <= themes.get(name, set()),
        "holds theme codes that the codebook has for this list",
    )
    table.unique("id")
    if table.whole:
        _check_ranks(table)
        known = {*table.cells["list"]}
        for i, quantity in enumerate(report.quantities):
            for name in set(quantity.entries) - known:
                place = locate(("quantities", i, "entries"))
                table.faults.add([Fault(STATEMENTS, *place, name, "is a list of items.csv")])
    return table.texts()


def _check_ranks(table: Table) -> None:
    """Note ranks that do not run from 1 in printed order, list by list."""
    last: Counter[str] = Counter()
    for at, (name, rank) in enumerate(zip(table.cells["list"], table.cells["rank"], strict=True)):
        if rank:
            last[name] += 1
            if rank != str(last[name]):
                table.note("rank", [at], f"ranks run from 1 in printed order; {last[name]} is next")


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
    table.check("section", sections.__contains__, "is a section of statements.yml")
    table.check("item", items.__contains__, "is an item of the codebook")
    table.check("base", (statements | {""}).__contains__, "is a statement's id or empty")
    table.unique("id")
    return table.texts()


def load_exclusions(root: Path = ROOT) -> pd.DataFrame:
    """What of the source is no statement, claim or item: id, quote, reason."""
    table = read_table(root, "data/report/exclusions.csv")
    table.unique("id")
    return table.texts()


def load_headings(root: Path = ROOT) -> pd.DataFrame:
    """The source's headings: text."""
    return read_table(root, "data/report/headings.csv").texts()


def load_disclosure(root: Path = ROOT) -> pd.DataFrame:
    """What the report discloses of each element: id, element, status, section, quote, says, missing.

    DataError with every fault of the file; what is reported has its section and a quotation, and nothing else
    has.
    """
    table = read_table(root, DISCLOSURE)
    report = table.needs(load_statements, root)
    sections = {section.id for section in report.sections}

    table.check_together(
        ["section", "status"],
        lambda section, status: section in (sections if status == "reported" else {""}),
        "is a section of statements.yml where the element is reported, else empty",
    )
    table.check_together(
        ["quote", "status"],
        lambda quote, status: bool(quote) == (status == "reported"),
        "is a quotation where the element is reported, else empty",
    )
    table.unique("id")
    return table.texts()


def load_glossary(root: Path = ROOT) -> pd.DataFrame:
    """The words of the edition: term, definition; DataError with every fault of the file."""
    table = read_table(root, "data/glossary.csv")
    table.unique("term")
    return table.texts()
