"""Read and validate the files in ``data/``; all faults of a file come in one error.

Loaders return pandas tables of strings (an empty cell is an empty string, the index is the line in the
file) or the models of :mod:`keepinpact.statements.report`. Nothing is built from a file that has a fault.
"""

from keepinpact.data.cases import load_cases
from keepinpact.data.codings import load_codings
from keepinpact.data.edition import Edition, check, load_edition, load_together, undescribed
from keepinpact.data.files import KEPT, PUBLISHED, ROW_BY_ROW, check_files
from keepinpact.data.new import write_template
from keepinpact.data.printed import (
    entry_counts,
    load_charts,
    load_claims,
    load_codebook,
    load_disclosure,
    load_exclusions,
    load_glossary,
    load_headings,
    load_items,
)
from keepinpact.data.responses import Responses, load_package, load_responses, sha256
from keepinpact.data.rows import NOBODY, ROWS
from keepinpact.data.statements import Lines, cite, load_lines, load_repair, load_statements, paged
from keepinpact.faults import DataError, Fault
from keepinpact.paths import (
    CASES,
    CHARTS,
    CLAIMS,
    CODINGS,
    DISCLOSURE,
    ITEMS,
    RECONSTRUCTION,
    RELEASED,
    ROOT,
    STATEMENTS,
)

__all__ = [
    "CASES",
    "CHARTS",
    "CLAIMS",
    "CODINGS",
    "DISCLOSURE",
    "ITEMS",
    "KEPT",
    "NOBODY",
    "PUBLISHED",
    "RECONSTRUCTION",
    "RELEASED",
    "ROOT",
    "ROWS",
    "ROW_BY_ROW",
    "STATEMENTS",
    "DataError",
    "Edition",
    "Fault",
    "Lines",
    "Responses",
    "check",
    "check_files",
    "cite",
    "entry_counts",
    "load_cases",
    "load_charts",
    "load_claims",
    "load_codebook",
    "load_codings",
    "load_disclosure",
    "load_edition",
    "load_exclusions",
    "load_glossary",
    "load_headings",
    "load_items",
    "load_lines",
    "load_package",
    "load_repair",
    "load_responses",
    "load_statements",
    "load_together",
    "paged",
    "sha256",
    "undescribed",
    "write_template",
]
