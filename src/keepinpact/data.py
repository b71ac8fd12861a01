"""Read and validate the files in ``data/``; all faults of a file come in one error.

Loaders return pandas tables of strings (an empty cell is an empty string, the index is the line in the
file) or the models of :mod:`keepinpact.readings`. Nothing is built from a file that has a fault.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from keepinpact.constraints import kinds
from keepinpact.readings import Repair, Report, readable_part

__all__ = [
    "CHARTS",
    "CLAIMS",
    "ITEMS",
    "RELEASED",
    "ROOT",
    "ROWS",
    "STATEMENTS",
    "DataError",
    "Edition",
    "Fault",
    "Lines",
    "Responses",
    "cite",
    "entry_counts",
    "load_charts",
    "load_claims",
    "load_codebook",
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
]

_AROUND = Path(__file__).resolve().parents[2]
ROOT = _AROUND if (_AROUND / "pyproject.toml").exists() else Path.cwd()
"""The project's folder: the one that this file belongs to, or for an installed package that it is used in."""

RECONSTRUCTION = Path("data/responses/responses.csv")
RELEASED = Path("data/responses/released.csv")
"""Real responses go here; where this file exists it takes precedence over the reconstruction."""

STATEMENTS = "data/report/statements.yml"
CLAIMS = "data/report/claims.csv"
ITEMS = "data/report/items.csv"
CHARTS = "data/report/charts.csv"
DISCLOSURE = "data/report/disclosure.csv"

_M = TypeVar("_M", bound=BaseModel)
_T = TypeVar("_T")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a file.

    Attributes
    ----------
    file
        The file, relative to the project's folder where it lies in it.
    row
        The line in the file, from 1; 0 for the file as a whole.
    column
        Column or key; empty for a whole row.
    value
        What stands there; None for nothing.
    rule
        What should.
    """

    file: str
    row: int
    column: str
    value: str | None
    rule: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.row}" if self.row else self.file
        shown = "" if self.value is None else repr(self.value)
        what = f"{self.column} {shown}".strip() if self.column else shown
        return f"{where}: {what if self.column or self.value else 'the file'}: {self.rule}"


class DataError(ValueError):
    """A file that cannot be used, with all its faults."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)
        count = f"{len(self.faults)} fault" + ("s" if len(self.faults) > 1 else "")
        listed = "\n".join(f"  {f}" for f in self.faults)
        super().__init__(f"{count} in the data (place: what stands there: what should):\n{listed}")


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")


_Text = Annotated[str, Field(min_length=1)]
_Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
_Wave = Literal["", "1", "2", "1+2"]


class _Claim(_Row):
    """Sentences of the report that draw a conclusion without a number."""

    id: _Id
    section: _Id
    wave: _Wave
    quote: _Text


class _Item(_Row):
    """Lines of the report's printed lists, in printed order."""

    id: _Id
    section: _Id
    list: _Id
    wave: _Wave
    group: str
    rank: Annotated[str, Field(pattern=r"^([1-9][0-9]*)?$")]
    text: _Text
    theme: Annotated[str, Field(pattern=r"^([a-z0-9-]+( [a-z0-9-]+)*)?$")]


class _Chart(_Row):
    """Places where the report's text shows that a chart is missing."""

    id: _Id
    section: _Id
    wave: _Wave
    item: str
    base: str
    certainty: Literal["certain", "likely"]
    title: _Text
    known: _Text


class _Code(_Row):
    """Every code that the tables use, with its label and definition."""

    variable: _Id
    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_+-]*$")]
    label: _Text
    definition: _Text
    response: Literal["", "single", "multiple"]
    origin: Literal["report", "edition"]
    themes: Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]*)?$")]


class _Exclusion(_Row):
    """What of the report's text is no statement, claim or item entry, with the reason."""

    id: _Id
    quote: _Text
    reason: _Text


class _Heading(_Row):
    """The headings of the report's text."""

    text: _Text


class _Element(_Row):
    """What the report discloses of each element of AAPOR's Transparency Initiative."""

    id: _Id
    element: _Text
    status: Literal["reported", "not reported", "not applicable"]
    section: str
    quote: str
    says: _Text
    missing: str


class _Term(_Row):
    """The words of the edition."""

    term: Annotated[str, Field(pattern=r"^[a-z][a-z -]*$")]
    definition: _Text


class _Response(_Row):
    """Answers, one a row; an empty value is item non-response."""

    wave: Literal["", "1", "2"]
    item: _Id
    respondent: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]*$")]
    value: str


NOBODY = "reconstructed: nobody's answer"
"""What each row of the reconstruction says of itself."""


class _Reconstructed(_Response):
    """One of the data sets that fit the report's statements, one row an answer; nobody gave these answers."""

    origin: Literal["reconstructed: nobody's answer"]


ROWS: Mapping[str, type[BaseModel]] = {
    CLAIMS: _Claim,
    ITEMS: _Item,
    CHARTS: _Chart,
    "data/report/exclusions.csv": _Exclusion,
    "data/report/headings.csv": _Heading,
    DISCLOSURE: _Element,
    "data/codebook.csv": _Code,
    "data/glossary.csv": _Term,
    RECONSTRUCTION.as_posix(): _Reconstructed,
    RELEASED.as_posix(): _Response,
}
"""The model of a row of each table, for schemas made from it."""


_LARGEST = 1_000_000
_MOST_BYTES = 100_000_000
_MOST_YAML = 2_000_000
_DEEPEST = 100
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")


def _read(path: Path, name: str, most: int = _MOST_BYTES) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(most + 1)
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or str(error)
        raise DataError([Fault(name, 0, "", "", f"is a file that can be read ({problem})")]) from None
    if len(raw) > most:
        raise DataError([Fault(name, 0, "", "", f"has no more than {most // 1_000_000} MB")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        byte = f"0x{raw[error.start]:02X}"
        raise DataError([Fault(name, row, "byte", byte, "the file is UTF-8")]) from None
    if not text.strip():
        raise DataError([Fault(name, 0, "", "", "is not empty")])
    if control := _CONTROL.search(text):
        raise DataError([_control(name, text.count("\n", 0, control.start()) + 1, control[0])])
    return text


def _control(name: str, row: int, character: str) -> Fault:
    return Fault(name, row, "character", f"U+{ord(character):04X}", "the file holds no control characters")


def _fault_rule(message: str) -> str:
    rule = message.removeprefix("Value error, ")
    return rule.replace("Input should be", "is").replace("String should", "should")


@dataclass
class _Table:
    """A table as it stands in its file, with the faults found so far; only a faultless one is handed out."""

    name: str
    columns: Sequence[str]
    rows: list[dict[str, str]]
    lines: list[int]
    faults: list[Fault]
    whole: bool = True

    def needs(self, load: Callable[[Path], _T], root: Path) -> _T:
        """What another file holds; if that has faults, they come together with those of the table."""
        try:
            return load(root)
        except DataError as error:
            raise DataError([*self.faults, *error.faults]) from None

    def check(self, column: str, holds: Callable[[dict[str, str]], bool], rule: str) -> None:
        """Note every row that breaks a rule, unless the cell has a fault already."""
        faulty = {(fault.row, fault.column) for fault in self.faults}
        for line, row in zip(self.lines, self.rows, strict=True):
            if (line, column) not in faulty and not holds(row):
                self.faults.append(Fault(self.name, line, column, row[column], rule))

    def unique(self, *columns: str) -> None:
        """Note every row that has the same values in these columns as another."""
        keys = [tuple(row[column] for column in columns) for row in self.rows]
        counts = Counter(keys)
        for line, key in zip(self.lines, keys, strict=True):
            if counts[key] > 1:
                fault = Fault(self.name, line, ", ".join(columns), ", ".join(key), "is unique")
                self.faults.append(fault)

    def frame(self) -> pd.DataFrame:
        """The table, or one error with every fault in the order of the lines."""
        if self.faults:
            raise DataError(sorted(self.faults, key=lambda fault: fault.row))
        lines = pd.Index(self.lines, dtype="int64", name="line")
        table = pd.DataFrame(self.rows, index=lines, columns=list(self.columns), dtype="str")
        table.attrs["file"] = self.name
        return table


def _table(root: Path, name: str) -> _Table:
    """A table, each row held against its model; DataError where it cannot be read as one."""
    model = ROWS[name]
    text = _read(root / name, name)
    columns = list(model.model_fields)
    table = _Table(name, columns, [], [], [])
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        header = next(reader)
        if header != columns:
            rule = f"the header is {','.join(columns)}"
            raise DataError([Fault(name, 1, "header", ",".join(header), rule)])
        line = reader.line_num + 1
        for cells in reader:
            if cells and len(cells) != len(columns):
                rule = f"has {len(columns)} cells, not {len(cells)}"
                table.faults.append(Fault(name, line, "", ",".join(cells), rule))
                table.whole = False
            elif cells:
                row = dict(zip(columns, cells, strict=True))
                table.rows.append(row)
                table.lines.append(line)
                try:
                    model.model_validate(row)
                except ValidationError as error:
                    table.faults += [
                        Fault(name, line, str(e["loc"][0]), str(e["input"]), _fault_rule(e["msg"]))
                        for e in error.errors()
                    ]
            line = reader.line_num + 1
    except csv.Error as error:
        table.faults.append(Fault(name, line, "", "", f"is readable CSV ({error})"))
        table.whole = False
    return table


References = Iterator[tuple[tuple[str | int, ...], Any, str]]
Locate = Callable[[Sequence[Any]], tuple[int, str]]

_RULES = {
    "extra_forbidden": "is no key that can stand here (a comma or a colon in a text needs quotes around it)",
    "missing": "is needed",
    "string_type": "is text (a number, a date, yes and no become text in quotes)",
    "string_pattern_mismatch": "is a name: a letter, then letters, digits, dots, hyphens and underscores",
    "int_type": "is a whole number",
    "list_type": "is a list",
    "model_type": "is a mapping, of keys with values",
}
"""What should stand in a YAML file, by pydantic's type of error."""


def _yaml(
    path: Path, name: str, model: type[_M], references: Callable[[Any], References] | None = None
) -> tuple[_M, Locate]:
    """A validated YAML file and a function from a place in it to its line and to its name for people.

    ``references`` gives the faults of the references in what can be read of an invalid file.
    """
    text = _read(path, name, _MOST_YAML)
    loader = yaml.CSafeLoader(text)
    try:
        _check_depth(name, text)
        node = loader.get_single_node()
        repeated = _repeated(name, node)
        content = loader.construct_document(node) if node else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        if problem.startswith("mapping values"):
            problem += "; a text with a colon needs quotes around it"
        row = mark.line + 1 if mark else 0
        raise DataError([Fault(name, row, "", "", f"is readable YAML ({problem})")]) from None
    except RecursionError:
        raise DataError([Fault(name, 0, "", "", "is not nested this deeply")]) from None
    finally:
        loader.dispose()

    def locate(place: Sequence[Any]) -> tuple[int, str]:
        here: Any = node
        found = []
        for key in place:
            if isinstance(here, yaml.MappingNode):
                inner = next((v for k, v in here.value if k.value == str(key)), None)
                label = str(key)
            elif isinstance(here, yaml.SequenceNode) and isinstance(key, int):
                inner = here.value[key] if key < len(here.value) else None
                label = _entry(inner, key)
            else:
                inner = None
            if inner is not None:
                here = inner
                found.append(label)
        return (int(here.start_mark.line) + 1 if here is not None else 1), "/".join(found)

    try:
        found = model.model_validate(content)
    except ValidationError as error:
        faults = [_fault(name, e, locate) for e in error.errors()]
        if references is not None:
            faults += _references(name, references(content), locate)
        raise DataError(sorted([*repeated, *faults], key=lambda fault: fault.row)) from None
    if repeated:
        raise DataError(repeated)
    return found, locate


def _check_depth(name: str, text: str) -> None:
    """DataError for a file nested so deeply that its reader, which calls itself, would break down."""
    depth = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                row = event.start_mark.line + 1 if event.start_mark else 0
                raise DataError([Fault(name, row, "", "", "is not nested this deeply")])
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _entry(node: yaml.Node | None, position: int) -> str:
    """What an entry of a list is called: its id, or its number from 1."""
    keys = node.value if isinstance(node, yaml.MappingNode) else []
    ids = (v.value for k, v in keys if k.value == "id" and isinstance(v, yaml.ScalarNode))
    return next(ids, str(position + 1))


def _fault(name: str, error: ErrorDetails, locate: Locate) -> Fault:
    row, place = locate(error["loc"])
    value = None if error["input"] is None else str(error["input"])[:80]
    rule = _RULES.get(error["type"], _fault_rule(error["msg"]))
    if error["type"] == "missing":
        place, value = "/".join(filter(None, [place, str(error["loc"][-1])])), None
    elif error["type"].startswith("union_tag"):
        value = str(error.get("ctx", {}).get("tag", value))
        rule = f"is one of {', '.join(kinds())}, with what it takes"
    return Fault(name, row, place, value, rule)


def _references(name: str, found: References, locate: Locate) -> list[Fault]:
    return [Fault(name, *locate(place), str(value), rule) for place, value, rule in found]


def _repeated(name: str, root: yaml.Node | None) -> list[Fault]:
    """Keys given twice, of which YAML would silently keep the last.

    Raises
    ------
    DataError
        If the document is too large once its aliases are written out, or escapes a control character.
    RecursionError
        If it is nested too deeply, or in itself.
    """
    sizes: dict[int, int] = {}
    faults: list[Fault] = []

    def size(node: yaml.Node) -> int:
        if id(node) not in sizes:
            inner = node.value if isinstance(node, yaml.CollectionNode) else []
            if isinstance(node, yaml.ScalarNode) and (control := _CONTROL.search(node.value)):
                raise DataError([_control(name, node.start_mark.line + 1, control[0])])
            if isinstance(node, yaml.MappingNode):
                keys = Counter(key.value for key, _ in inner if isinstance(key, yaml.ScalarNode))
                faults.extend(
                    Fault(name, key.start_mark.line + 1, key.value, None, "is given once")
                    for key, _ in inner
                    if isinstance(key, yaml.ScalarNode) and keys[key.value] > 1
                )
                inner = [one for pair in inner for one in pair]
            sizes[id(node)] = 1 + sum(size(one) for one in inner)
            if sizes[id(node)] > _LARGEST:
                row = node.start_mark.line + 1
                raise DataError([Fault(name, row, "", "", "is not this large with its aliases written out")])
        return sizes[id(node)]

    if root is not None:
        size(root)
    return faults


def _statements(path: Path, name: str) -> tuple[Report, Locate]:
    """The statements and a function from a place in their file to its line and name."""
    report, locate = _yaml(path, name, Report, lambda content: readable_part(content).faults())
    faults = _references(name, report.faults(), locate)
    if faults:
        raise DataError(faults)
    return report, locate


def load_statements(root: Path = ROOT, file: Path | None = None) -> Report:
    """The report's statements with their readings.

    Parameters
    ----------
    root
        The project's folder, or the folder that ``file`` is relative to.
    file
        Another statements file to read instead, which has the entry counts of its printed lists in it.

    Raises
    ------
    DataError
        With every fault of the file.
    """
    if file is None:
        return _statements(root / STATEMENTS, STATEMENTS)[0]
    report, locate = _statements(root / file, str(file))
    faults = [
        Fault(str(file), *locate(("quantities", i, "entries")), name, "is one of the file's lists")
        for i, quantity in enumerate(report.quantities)
        for name in quantity.entries
        if name not in report.lists
    ]
    if faults:
        raise DataError(faults)
    return report


@dataclass(frozen=True)
class Lines:
    """Where things stand in ``statements.yml``: the line of each statement and quantity, by id."""

    statements: Mapping[str, int]
    quantities: Mapping[str, int]


def load_lines(root: Path = ROOT) -> Lines:
    """The lines of the statements and quantities; DataError with every fault of their file."""
    report, line = _statements(root / STATEMENTS, STATEMENTS)
    return Lines(
        {one.id: line(("statements", i))[0] for i, one in enumerate(report.statements)},
        {one.id: line(("quantities", i))[0] for i, one in enumerate(report.quantities)},
    )


def cite(report: Report, section: str) -> str:
    """Where a section stands in the report, e.g. ``section “Types of cooperation”, p. 6-8``."""
    place = f"section “{report.section(section).title}”"
    pages = report.pages(section)
    if pages is None:
        return f"{place}, no page given"
    first, last = pages
    if last is None:
        return f"{place}, from p. {first}"
    return f"{place}, p. {first}" + (f"-{last}" if last > first else "")


def load_repair(root: Path = ROOT) -> Repair:
    """The repair that the edition adopts; DataError with every fault of the file."""
    name = "data/report/repair.yml"
    repair, locate = _yaml(root / name, name, Repair)
    report = load_statements(root)
    members = {one.id for one in [*report.statements, *report.assumptions]}
    members |= {f"{s.id}:{r.id}" for s in report.statements for r in s.readings if len(s.readings) > 1}
    quantities = {quantity.id for quantity in report.quantities}
    faults = [
        Fault(name, *locate(("gives_up", i)), member, "is a statement, an assumption or a reading of several")
        for i, member in enumerate(repair.gives_up)
        if member not in members
    ]
    faults += [
        Fault(name, *locate(("order", i)), quantity, "is a quantity of the statements")
        for i, step in enumerate(repair.order)
        for quantity in step.minimise + step.maximise
        if quantity not in quantities
    ]
    if faults:
        raise DataError(faults)
    return repair


def load_codebook(root: Path = ROOT) -> pd.DataFrame:
    """The codebook: variable, code, label, definition, response, origin, themes; its order is the edition's.

    ``themes`` names the variable whose codes sort the entries of a printed list.

    Raises
    ------
    DataError
        With every fault of the file, and every quantity that counts answers which it does not know.
    """
    table = _table(root, "data/codebook.csv")
    report, locate = table.needs(lambda root: _statements(root / STATEMENTS, STATEMENTS), root)
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


def _codes(codebook: pd.DataFrame, variable: str) -> set[str]:
    return set(codebook.loc[codebook["variable"] == variable, "code"])


def load_claims(root: Path = ROOT) -> pd.DataFrame:
    """The claims: id, section, wave, quote; DataError with every fault of the file."""
    table = _table(root, CLAIMS)
    report = table.needs(load_statements, root)
    sections = {section.id for section in report.sections}
    statements = {statement.id for statement in report.statements}
    table.check("section", lambda row: row["section"] in sections, "is a section of statements.yml")
    table.check("id", lambda row: row["id"] not in statements, "is not a statement's id too")
    table.unique("id")
    return table.frame()


def load_items(root: Path = ROOT) -> pd.DataFrame:
    """The listed items in printed order: id, section, list, wave, group, rank, text, theme.

    Raises
    ------
    DataError
        With every fault of the file; each list, theme and section has to be known, and each list that a
        quantity counts has to have an entry.
    """
    table = _table(root, ITEMS)
    codebook = table.needs(load_codebook, root)
    report, locate = _statements(root / STATEMENTS, STATEMENTS)
    sections = {section.id for section in report.sections}
    lists = _codes(codebook, "list")
    printed = codebook[codebook["variable"] == "list"]
    themes = {
        code: _codes(codebook, variable)
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


def _rank_faults(table: _Table) -> Iterator[Fault]:
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
    its base, where one does.

    Raises
    ------
    DataError
        With every fault of the file.
    """
    table = _table(root, CHARTS)
    codebook = table.needs(load_codebook, root)
    report = load_statements(root)
    sections = {section.id for section in report.sections}
    statements = {statement.id for statement in report.statements}
    items = _codes(codebook, "item")
    table.check("section", lambda row: row["section"] in sections, "is a section of statements.yml")
    table.check("item", lambda row: row["item"] in items, "is an item of the codebook")
    table.check("base", lambda row: row["base"] in statements | {""}, "is a statement's id or empty")
    table.unique("id")
    return table.frame()


def load_exclusions(root: Path = ROOT) -> pd.DataFrame:
    """What of the source is no statement, claim or item: id, quote, reason."""
    table = _table(root, "data/report/exclusions.csv")
    table.unique("id")
    return table.frame()


def load_headings(root: Path = ROOT) -> pd.DataFrame:
    """The source's headings: text."""
    return _table(root, "data/report/headings.csv").frame()


def load_disclosure(root: Path = ROOT) -> pd.DataFrame:
    """What the report discloses of each element: id, element, status, section, quote, says, missing.

    Raises
    ------
    DataError
        With every fault of the file; what is reported has its section and a quotation, and nothing else has.
    """
    table = _table(root, DISCLOSURE)
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
    table = _table(root, "data/glossary.csv")
    table.unique("term")
    return table.frame()


def load_package(root: Path = ROOT) -> dict[str, Any]:
    """The data package's description; DataError where it is no JSON object."""
    name = "data/datapackage.json"
    text = _read(root / name, name)
    try:
        package = json.loads(text)
    except json.JSONDecodeError as error:
        rule = f"is readable JSON ({error.msg})"
        raise DataError([Fault(name, error.lineno, "", "", rule)]) from None
    except RecursionError:
        raise DataError([Fault(name, 0, "", "", "is not nested this deeply")]) from None
    if not isinstance(package, dict):
        raise DataError([Fault(name, 1, "", "", "is a JSON object")])
    return package


@dataclass(frozen=True)
class Responses:
    """The responses layer.

    Attributes
    ----------
    table
        Long table of strings with the columns wave, item, respondent, value. An empty value is item
        non-response; in a reconstruction respondent is empty, and wave where the report gives none.
    layer
        ``responses`` for real responses, ``reconstructed`` for a reconstruction.
    provenance
        Where the rows come from, in a sentence.
    """

    table: pd.DataFrame
    layer: Literal["reconstructed", "responses"]
    provenance: str

    @property
    def file(self) -> str:
        """The file that the rows come from, relative to the project's folder."""
        return (RELEASED if self.layer == "responses" else RECONSTRUCTION).as_posix()


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load_responses(root: Path = ROOT) -> Responses:
    """The responses: the released ones where their file exists, else the reconstruction.

    Raises
    ------
    DataError
        With every fault of the file. A reconstruction that does not match its record in
        ``datapackage.json``, or was made from other statements, is a fault as well.
    """
    released = (root / RELEASED).exists()
    table = _table(root, (RELEASED if released else RECONSTRUCTION).as_posix())
    codebook = table.needs(load_codebook, root)
    asked = codebook[codebook["variable"] == "item"]
    kinds = dict(zip(asked["code"], asked["response"], strict=True))
    values = {item: _codes(codebook, item) | {""} for item in kinds}
    table.check("item", lambda row: row["item"] in kinds, "is an item of the codebook")
    table.check(
        "value",
        lambda row: row["value"] in values.get(row["item"], {row["value"]}),
        "is a value that the codebook has for this item, or empty",
    )
    if not released:
        table.check("respondent", lambda row: row["respondent"] == "", "is empty")
        record = table.needs(_reconstruction, root)
        table.faults += _record_faults(root, table, record)
        return Responses(table.frame().drop(columns="origin"), "reconstructed", record.provenance)
    table.check("respondent", lambda row: row["respondent"] != "", "is not empty")
    table.check("wave", lambda row: row["wave"] != "", "is not empty")
    table.faults += _released_faults(table, kinds)
    return Responses(table.frame(), "responses", "The responses as released by the survey's owners.")


def _released_faults(table: _Table, kinds: Mapping[str, str]) -> Iterator[Fault]:
    """Totals of real responses: one wave a respondent, one answer to a single-response item."""
    if table.whole and not table.rows:
        yield Fault(table.name, 0, "", "", "holds responses")
    waves: dict[str, set[str]] = defaultdict(set)
    answers: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    rows = [(line, row) for line, row in zip(table.lines, table.rows, strict=True) if row["respondent"]]
    for _, row in rows:
        waves[row["respondent"]].update({row["wave"]} - {""})
        answers[row["respondent"], row["item"]][row["value"]] += 1
    for line, row in rows:
        respondent, item, value = row["respondent"], row["item"], row["value"]
        given = answers[respondent, item]
        if len(waves[respondent]) > 1:
            yield Fault(table.name, line, "wave", row["wave"], "a respondent is of one wave")
        if kinds.get(item) == "single" and given.total() > 1:
            rule = f"a respondent answers the single-response item {item} once"
            yield Fault(table.name, line, "respondent", respondent, rule)
        elif given[value] > 1:
            yield Fault(table.name, line, "value", value, f"a respondent gives a value of {item} once")
        elif value == "" and given.total() > 1:
            rule = f"a blank is the respondent's only answer to {item}"
            yield Fault(table.name, line, "value", value, rule)


class _Record(BaseModel):
    """What datapackage.json records of the reconstruction."""

    provenance: str
    rows: int
    sha256: str
    made_from: dict[str, str]


def _reconstruction(root: Path) -> _Record:
    resources = load_package(root).get("resources")
    for resource in resources if isinstance(resources, list) else []:
        if isinstance(resource, dict) and "reconstruction" in resource:
            try:
                return _Record.model_validate(resource["reconstruction"])
            except ValidationError:
                break
    rule = "describes the reconstruction: run python -m keepinpact reconstruct"
    raise DataError([Fault("data/datapackage.json", 0, "resources", "", rule)])


def _record_faults(root: Path, table: _Table, record: _Record) -> Iterator[Fault]:
    """Totals of a reconstruction: its rows, and the files that it was made from, as recorded."""
    mend = "run python -m keepinpact reconstruct"
    if record.rows != len(table.rows):
        rule = f"has the {record.rows} rows that datapackage.json records: {mend}"
        yield Fault(table.name, 0, "rows", str(len(table.rows)), rule)
    for file, digest in {table.name: record.sha256, **record.made_from}.items():
        if not (root / file).is_file() or sha256(root / file) != digest:
            rule = f"is the file that datapackage.json records for the reconstruction: {mend}"
            yield Fault(file, 0, "", "", rule)


@dataclass(frozen=True)
class Edition:
    """Everything that the chapters are made from, validated; see the loader of each part."""

    report: Report
    lines: Lines
    repair: Repair
    claims: pd.DataFrame
    items: pd.DataFrame
    charts: pd.DataFrame
    codebook: pd.DataFrame
    responses: Responses


def load_edition(root: Path = ROOT) -> Edition:
    """Load everything that the chapters are made from.

    Raises
    ------
    DataError
        With the faults of all files together.
    """
    loaders: dict[str, Callable[[Path], Any]] = {
        "report": load_statements,
        "lines": load_lines,
        "repair": load_repair,
        "codebook": load_codebook,
        "claims": load_claims,
        "items": load_items,
        "charts": load_charts,
        "responses": load_responses,
    }
    return Edition(**load_together(loaders, root))


def load_together(loaders: Mapping[str, Callable[[Path], Any]], root: Path = ROOT) -> dict[str, Any]:
    """What several loaders return, by name.

    Raises
    ------
    DataError
        With the faults of all of them together.
    """
    parts: dict[str, Any] = {}
    faults: dict[Fault, None] = {}
    for name, load in loaders.items():
        try:
            parts[name] = load(root)
        except DataError as error:
            faults |= dict.fromkeys(error.faults)
    if faults:
        raise DataError(list(faults))
    return parts
