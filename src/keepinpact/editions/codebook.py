"""The surveys behind the report as a DDI codebook: what is known of them, and what is not.

DDI-Codebook 2.5, DDI Alliance, https://ddialliance.org/Specification/DDI-Codebook/2.5/. Nothing is counted:
the frequencies in a codebook are those of answers, and a reconstruction is nobody's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import pandas as pd

from keepinpact.data import (
    Responses,
    cite,
    load_codebook,
    load_disclosure,
    load_package,
    load_responses,
    load_statements,
)
from keepinpact.paper.citation import citation
from keepinpact.records import Edition
from keepinpact.settings import load_citation
from keepinpact.statements.report import Report

__all__ = ["DDI", "ddi_codebook"]

DDI = "ddi-codebook.xml"
"""The file of an edition that holds it."""

_NAMESPACE = "ddi:codebook:2_5"
_SCHEMA = "https://ddialliance.org/Specification/DDI-Codebook/2.5/XMLSchema/codebook.xsd"

# Where each element of AAPOR's Transparency Initiative stands, in the order that the schema asks for.
_ABSTRACT = {"strategy": "abstract"}
_SUMMARY = {"dates": "collDate", "population": "universe"}
_COLLECTION = {
    "recruitment": "sampProc",
    "modes": "collMode",
    "instruments": "resInstru",
    "weighting": "weight",
    "processing": "cleanOps",
}
_APPRAISAL = {"sizes": "respRate", "limitations": "dataAppr"}


def ddi_codebook(tree: Path, edition: Edition | None, address: str) -> str:
    """The codebook as XML.

    Parameters
    ----------
    tree
        The project's folder.
    edition
        The edition; None for the working copy.
    address
        The published site's address; empty where there is none.

    Raises
    ------
    keepinpact.data.DataError
        If the data have faults.
    """
    cff = load_citation(tree)
    root = Element(
        "codeBook",
        {
            "xmlns": _NAMESPACE,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": f"{_NAMESPACE} {_SCHEMA}",
            "version": "2.5",
            "xml:lang": "en",
        },
    )
    _document(SubElement(root, "docDscr"), cff, edition)
    cited = citation(tree, edition, address)["line"]
    _study(SubElement(root, "stdyDscr"), cff, tree, cited)
    _variables(SubElement(root, "dataDscr"), _records(load_codebook(tree)))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _records(table: pd.DataFrame) -> list[dict[str, str]]:
    return [{str(name): str(value) for name, value in row.items()} for row in table.to_dict("records")]


def _put(parent: Element, name: str, text: str, /, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = text


def _document(about: Element, cff: Mapping[str, Any], edition: Edition | None) -> None:
    """What this file is, who made it, and what it can tell."""
    cited = SubElement(about, "citation")
    _put(SubElement(cited, "titlStmt"), "titl", f"{cff['title']}: codebook")
    made = SubElement(cited, "prodStmt")
    for author in cff["authors"]:
        _put(made, "producer", author["name"])
    version = SubElement(cited, "verStmt")
    if edition:
        _put(made, "prodDate", edition.date, date=edition.date)
        _put(version, "version", edition.version, date=edition.date, type="edition")
    else:
        _put(version, "version", "working copy", type="edition")
    _put(
        about,
        "notes",
        "What is told here of the surveys stands in the report on them, save where another source is named; "
        "what it leaves open is called missing. Title and author are those of the report. The names of "
        "variables and codes are ours.",
    )


def _study(about: Element, cff: Mapping[str, Any], tree: Path, cited: str) -> None:
    """What is known of the surveys, who may use what of them, and the report on them."""
    report = cff["references"][0]
    authors = [author["name"] for author in report["authors"]]
    elements = {row["id"]: row for row in _records(load_disclosure(tree))}
    statements = load_statements(tree)
    told = {name: _told(row, statements) for name, row in elements.items()}
    named = SubElement(about, "citation")
    _put(SubElement(named, "titlStmt"), "titl", report["title"])
    responsible = SubElement(named, "rspStmt")
    for author in authors:
        _put(responsible, "AuthEnty", author)

    info = SubElement(about, "stdyInfo")
    _tell(info, _ABSTRACT, told)
    _tell(SubElement(info, "sumDscr"), _SUMMARY, told)
    method = SubElement(about, "method")
    _tell(SubElement(method, "dataColl"), _COLLECTION, told)
    _tell(SubElement(method, "anlyInfo"), _APPRAISAL, told)

    access = SubElement(about, "dataAccs")
    _availability(SubElement(access, "setAvail"), load_responses(tree))
    use = SubElement(access, "useStmt")
    _put(use, "citReq", cited)
    for licence in load_package(tree)["licenses"]:
        _put(use, "conditions", f"{licence['title']}: {licence['path']}")

    source = (
        f"{' and '.join(authors)} ({report['year']}): {report['title']}. {report['notes']}. {report['url']}"
    )
    _put(SubElement(about, "othrStdyMat"), "relPubl", source)
    for name, text in told.items():
        _put(about, "notes", text, subject=elements[name]["element"])


def _told(row: Mapping[str, str], report: Report) -> str:
    """What the report says of an element, in its words and ours, and what is missing."""
    said = f"“{row['quote']}” ({cite(report, row['section'])}). " if row["quote"] else ""
    return f"{said}{row['says']}" + (f" Missing from the report: {row['missing']}" if row["missing"] else "")


def _tell(parent: Element, places: Mapping[str, str], told: dict[str, str]) -> None:
    """Tell each element in its place; what has none is left in ``told``."""
    for element, place in places.items():
        if element in told:
            _put(parent, place, told.pop(element))


def _availability(parent: Element, responses: Responses) -> None:
    if responses.layer == "responses":
        _put(parent, "accsPlac", responses.file)
        _put(parent, "avlStatus", responses.provenance)
    else:
        _put(
            parent,
            "avlStatus",
            "The responses were not published with the report, and this edition holds none. "
            f"{responses.provenance}",
        )


def _variables(about: Element, codebook: Sequence[Mapping[str, str]]) -> None:
    """What respondents were asked, as far as it is known, and the codes of their answers."""
    for item in (row for row in codebook if row["variable"] == "item"):
        variable = SubElement(about, "var", name=item["code"], intrvl="discrete")
        _put(variable, "labl", item["label"])
        several = (
            " This edition allows a respondent several answers." if item["response"] == "multiple" else ""
        )
        _put(variable, "txt", f"{item['definition'].rstrip('.')}.{several}")
        codes = [row for row in codebook if row["variable"] == item["code"]]
        for code in codes:
            category = SubElement(variable, "catgry")
            _put(category, "catValu", code["code"])
            _put(category, "labl", code["label"])
            ours = " The code is ours." if code["origin"] == "edition" else ""
            _put(category, "txt", f"{code['definition'].rstrip('.')}.{ours}")
        SubElement(variable, "varFormat", type="character")
        if not codes:
            _put(variable, "notes", "The codebook has no codes for the answers.")
