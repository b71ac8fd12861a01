"""Read and validate the files in ``data/``; all faults of a file come in one error.

Loaders return pandas tables of strings (an empty cell is an empty string) or the models of
:mod:`keepinpact.readings`. Nothing is built from a file that has a fault.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from keepinpact.readings import Repair, Report

__all__ = [
    "RELEASED",
    "ROOT",
    "THEMES",
    "DataError",
    "Edition",
    "Fault",
    "Responses",
    "entry_counts",
    "load_charts",
    "load_claims",
    "load_codebook",
    "load_edition",
    "load_exclusions",
    "load_headings",
    "load_items",
    "load_package",
    "load_repair",
    "load_responses",
    "load_statements",
]

ROOT = Path(__file__).resolve().parents[2]
"""The project's folder."""

RECONSTRUCTION = Path("data/responses/responses.csv")
RELEASED = Path("data/responses/released.csv")
"""Real responses go here; where this file exists it takes precedence over the reconstruction."""

THEMES = {
    "tasks": "task_theme",
    "meaning": "meaning_theme",
    "competences": "competence_theme",
    "challenges_survey1": "challenge",
    "top_challenges": "challenge",
    "challenges_not": "challenge",
}
"""The codebook variable that holds the theme codes of a list."""

_M = TypeVar("_M", bound=BaseModel)


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
        What stands there.
    rule
        What should.
    """

    file: str
    row: int
    column: str
    value: str
    rule: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.row}" if self.row else self.file
        what = f"{self.column} {self.value!r}" if self.column else repr(self.value)
        return f"{where}: {what if self.column or self.value else 'the file'}: {self.rule}"


class DataError(ValueError):
    """A file that cannot be used, with all its faults."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)
        count = f"{len(self.faults)} fault" + ("s" if len(self.faults) > 1 else "")
        super().__init__(f"{count} in the data:\n" + "\n".join(f"  {f}" for f in self.faults))


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")


_Text = Annotated[str, Field(min_length=1)]
_Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
_Wave = Literal["", "1", "2", "1+2"]


class _Claim(_Row):
    id: _Id
    section: _Id
    wave: _Wave
    quote: _Text


class _Item(_Row):
    id: _Id
    section: _Id
    list: _Id
    wave: _Wave
    group: str
    rank: Annotated[str, Field(pattern=r"^([1-9][0-9]*)?$")]
    text: _Text
    theme: Annotated[str, Field(pattern=r"^([a-z0-9-]+( [a-z0-9-]+)*)?$")]


class _Chart(_Row):
    id: _Id
    section: _Id
    wave: _Wave
    item: str
    base: str
    certainty: Literal["certain", "likely"]
    title: _Text
    known: _Text


class _Code(_Row):
    variable: _Id
    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_+-]*$")]
    label: _Text
    definition: _Text
    response: Literal["", "single", "multiple"]
    origin: Literal["report", "edition"]


class _Exclusion(_Row):
    id: _Id
    quote: _Text
    reason: _Text


class _Heading(_Row):
    text: _Text


class _Response(_Row):
    wave: Literal["", "1", "2"]
    item: _Id
    respondent: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]*$")]
    value: str


ROWS: Mapping[str, type[BaseModel]] = {
    "data/report/claims.csv": _Claim,
    "data/report/items.csv": _Item,
    "data/report/charts.csv": _Chart,
    "data/report/exclusions.csv": _Exclusion,
    "data/report/headings.csv": _Heading,
    "data/codebook.csv": _Code,
    RECONSTRUCTION.as_posix(): _Response,
    RELEASED.as_posix(): _Response,
}
"""The model of a row of each table, for schemas made from it."""


def _read(path: Path, name: str) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DataError([Fault(name, 0, "", "", f"can be read ({error.strerror})")]) from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        byte = f"0x{raw[error.start]:02X}"
        raise DataError([Fault(name, row, "byte", byte, "the file is UTF-8")]) from None
    if not text.strip():
        raise DataError([Fault(name, 0, "", "", "is not empty")])
    return text


def _fault_rule(message: str) -> str:
    return re.sub(r"^Value error, ", "", message).replace("String should", "should")


def _table(root: Path, name: str) -> tuple[pd.DataFrame, list[int]]:
    """A validated table and the file's line of each of its rows."""
    model = ROWS[name]
    text = _read(root / name, name)
    columns = list(model.model_fields)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    faults: list[Fault] = []
    rows: list[dict[str, str]] = []
    lines: list[int] = []
    try:
        header = next(reader)
        if header != columns:
            rule = f"the header is {','.join(columns)}"
            raise DataError([Fault(name, 1, "header", ",".join(header), rule)])
        line = reader.line_num + 1
        for cells in reader:
            if not cells:
                line = reader.line_num + 1
                continue
            if len(cells) != len(columns):
                rule = f"has {len(columns)} cells, not {len(cells)}"
                faults.append(Fault(name, line, "", ",".join(cells), rule))
            else:
                row = dict(zip(columns, cells, strict=True))
                rows.append(row)
                lines.append(line)
                try:
                    model.model_validate(row)
                except ValidationError as error:
                    faults += [
                        Fault(name, line, str(e["loc"][0]), str(e["input"]), _fault_rule(e["msg"]))
                        for e in error.errors()
                    ]
            line = reader.line_num + 1
    except csv.Error as error:
        faults.append(Fault(name, reader.line_num, "", "", f"is readable CSV ({error})"))
    if faults:
        raise DataError(faults)
    return pd.DataFrame(rows, columns=columns, dtype="str"), lines


def _checked(
    name: str,
    table: pd.DataFrame,
    lines: Sequence[int],
    rules: Iterable[tuple[str, Callable[[pd.Series[str]], bool], str]],
    unique: Sequence[str] = (),
) -> pd.DataFrame:
    """The table, or one error with every row that breaks a rule (column, test, rule)."""
    faults = []
    for column, holds, rule in rules:
        for line, (_, row) in zip(lines, table.iterrows(), strict=True):
            if not holds(row):
                faults.append(Fault(name, line, column, row[column], rule))
    if unique:
        keys = list(table[list(unique)].itertuples(index=False, name=None))
        counts = Counter(keys)
        for line, key in zip(lines, keys, strict=True):
            if counts[key] > 1:
                column, value = ", ".join(unique), ", ".join(key)
                faults.append(Fault(name, line, column, value, "is unique"))
    if faults:
        raise DataError(sorted(faults, key=lambda fault: fault.row))
    return table


def _yaml(path: Path, name: str, model: type[_M]) -> tuple[_M, Callable[[Sequence[Any]], int]]:
    """A validated YAML file and a function from a place in it to its line."""
    text = _read(path, name)
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
        content = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        row = mark.line + 1 if mark else 0
        raise DataError([Fault(name, row, "", "", f"is readable YAML ({problem})")]) from None
    except RecursionError:
        raise DataError([Fault(name, 0, "", "", "is not nested this deeply")]) from None

    def line(place: Sequence[Any]) -> int:
        here: Any = node
        for key in place:
            if isinstance(here, yaml.MappingNode):
                inner = next((v for k, v in here.value if k.value == str(key)), None)
            elif isinstance(here, yaml.SequenceNode) and isinstance(key, int):
                inner = here.value[key] if key < len(here.value) else None
            else:
                inner = None
            if inner is None:
                continue
            here = inner
        return int(here.start_mark.line) + 1 if here is not None else 1

    try:
        return model.model_validate(content), line
    except ValidationError as error:
        faults = [
            Fault(
                name,
                line(e["loc"]),
                ".".join(str(one) for one in e["loc"]),
                str(e["input"])[:80],
                _fault_rule(e["msg"]),
            )
            for e in error.errors()
        ]
        raise DataError(faults) from None


def load_statements(root: Path = ROOT, file: Path | None = None) -> Report:
    """The report's statements with their readings.

    Parameters
    ----------
    root
        The project's folder.
    file
        Another statements file to read instead.

    Raises
    ------
    DataError
        With every fault of the file.
    """
    path = file or root / "data/report/statements.yml"
    name = str(file) if file else "data/report/statements.yml"
    report, line = _yaml(path, name, Report)
    faults = [
        Fault(name, line(place), ".".join(str(one) for one in place), str(value), rule)
        for place, value, rule in report.faults()
    ]
    if faults:
        raise DataError(faults)
    return report


def load_repair(root: Path = ROOT) -> Repair:
    """The repair that the edition adopts; DataError with every fault of the file."""
    name = "data/report/repair.yml"
    repair, line = _yaml(root / name, name, Repair)
    report = load_statements(root)
    members = {one.id for one in [*report.statements, *report.assumptions]}
    quantities = {quantity.id for quantity in report.quantities}
    faults = []
    for key in ("keeps", "gives_up"):
        for i, member in enumerate(getattr(repair, key)):
            if member not in members:
                rule = "is a statement or an assumption"
                faults.append(Fault(name, line((key, i)), key, member, rule))
    for statement, reading in repair.readings.items():
        known = {s.id: {r.id for r in s.readings} for s in report.statements}
        if reading not in known.get(statement, set()):
            value = f"{statement}: {reading}"
            rule = "is a statement with that reading"
            faults.append(Fault(name, line(("readings", statement)), "readings", value, rule))
    for i, instead in enumerate(repair.instead):
        if instead.assumption not in repair.gives_up:
            rule = "is given up by this repair"
            faults.append(Fault(name, line(("instead", i)), "instead", instead.assumption, rule))
    named = [("instead", i, q) for i, one in enumerate(repair.instead) for q in one.quantities()]
    named += [("order", i, q) for i, o in enumerate(repair.order) for q in o.minimise + o.maximise]
    for key, i, quantity in named:
        if quantity not in quantities:
            rule = "is a quantity of the statements"
            faults.append(Fault(name, line((key, i)), key, quantity, rule))
    if faults:
        raise DataError(faults)
    return repair


def load_codebook(root: Path = ROOT) -> pd.DataFrame:
    """The codebook: variable, code, label, definition, response, origin; its order is the edition's.

    Raises
    ------
    DataError
        With every fault of the file.
    """
    name = "data/codebook.csv"
    table, lines = _table(root, name)
    return _checked(name, table, lines, [], unique=("variable", "code"))


def _codes(codebook: pd.DataFrame, variable: str) -> set[str]:
    return set(codebook.loc[codebook["variable"] == variable, "code"])


def load_claims(root: Path = ROOT) -> pd.DataFrame:
    """The claims: id, section, wave, quote; DataError with every fault of the file."""
    name = "data/report/claims.csv"
    table, lines = _table(root, name)
    report = load_statements(root)
    sections = {section.id for section in report.sections}
    statements = {statement.id for statement in report.statements}
    rules: list[tuple[str, Callable[[pd.Series[str]], bool], str]] = [
        ("section", lambda row: row["section"] in sections, "is a section of statements.yml"),
        ("id", lambda row: row["id"] not in statements, "is not a statement's id too"),
    ]
    return _checked(name, table, lines, rules, unique=("id",))


def load_items(root: Path = ROOT) -> pd.DataFrame:
    """The listed items in printed order: id, section, list, wave, group, rank, text, theme.

    Raises
    ------
    DataError
        With every fault of the file; each list, theme and section has to be known.
    """
    name = "data/report/items.csv"
    table, lines = _table(root, name)
    codebook = load_codebook(root)
    sections = {section.id for section in load_statements(root).sections}
    lists = _codes(codebook, "list")
    themes = {key: _codes(codebook, variable) for key, variable in THEMES.items()}
    rules: list[tuple[str, Callable[[pd.Series[str]], bool], str]] = [
        ("section", lambda row: row["section"] in sections, "is a section of statements.yml"),
        ("list", lambda row: row["list"] in lists, "is a list of the codebook"),
        (
            "theme",
            lambda row: set(row["theme"].split()) <= themes.get(row["list"], set()),
            "holds theme codes that the codebook has for this list",
        ),
    ]
    table = _checked(name, table, lines, rules, unique=("id",))
    ranked = table.assign(line=lines)[table["rank"] != ""]
    faults = []
    for _, group in ranked.groupby("list"):
        for expected, (_, row) in enumerate(group.iterrows(), start=1):
            if int(row["rank"]) != expected:
                rule = f"ranks run from 1 in printed order; {expected} is next"
                faults.append(Fault(name, row["line"], "rank", row["rank"], rule))
    if faults:
        raise DataError(faults)
    return table


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
    name = "data/report/charts.csv"
    table, lines = _table(root, name)
    report = load_statements(root)
    sections = {section.id for section in report.sections}
    statements = {statement.id for statement in report.statements}
    items = _codes(load_codebook(root), "item")
    rules: list[tuple[str, Callable[[pd.Series[str]], bool], str]] = [
        ("section", lambda row: row["section"] in sections, "is a section of statements.yml"),
        ("item", lambda row: row["item"] in items, "is an item of the codebook"),
        ("base", lambda row: row["base"] in statements | {""}, "is a statement's id or empty"),
    ]
    return _checked(name, table, lines, rules, unique=("id",))


def load_exclusions(root: Path = ROOT) -> pd.DataFrame:
    """What of the source is no statement, claim or item: id, quote, reason."""
    name = "data/report/exclusions.csv"
    table, lines = _table(root, name)
    return _checked(name, table, lines, [], unique=("id",))


def load_headings(root: Path = ROOT) -> pd.DataFrame:
    """The source's headings: text."""
    name = "data/report/headings.csv"
    table, lines = _table(root, name)
    return _checked(name, table, lines, [])


def load_package(root: Path = ROOT) -> dict[str, Any]:
    """The data package's description; DataError where it is no JSON object."""
    name = "data/datapackage.json"
    text = _read(root / name, name)
    try:
        package = json.loads(text)
    except json.JSONDecodeError as error:
        rule = f"is readable JSON ({error.msg})"
        raise DataError([Fault(name, error.lineno, "", "", rule)]) from None
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
    name = (RELEASED if released else RECONSTRUCTION).as_posix()
    table, lines = _table(root, name)
    codebook = load_codebook(root)
    asked = codebook[codebook["variable"] == "item"]
    kinds = dict(zip(asked["code"], asked["response"], strict=True))
    values = {item: _codes(codebook, item) | {""} for item in kinds}
    rules: list[tuple[str, Callable[[pd.Series[str]], bool], str]] = [
        ("item", lambda row: row["item"] in kinds, "is an item of the codebook"),
        (
            "value",
            lambda row: row["value"] in values.get(row["item"], {row["value"]}),
            "is a value that the codebook has for this item, or empty",
        ),
    ]
    if released:
        rules.append(("respondent", lambda row: row["respondent"] != "", "is not empty"))
        rules.append(("wave", lambda row: row["wave"] != "", "is not empty"))
    else:
        rules.append(("respondent", lambda row: row["respondent"] == "", "is empty"))
    table = _checked(name, table, lines, rules)
    faults = _released_faults(name, table, lines, kinds) if released else _record_faults(root, name, table)
    if faults:
        raise DataError(faults)
    if released:
        return Responses(table, "responses", "The responses as released by the survey's owners.")
    return Responses(table, "reconstructed", _reconstruction(load_package(root)).provenance)


def _released_faults(
    name: str, table: pd.DataFrame, lines: Sequence[int], kinds: Mapping[str, str]
) -> list[Fault]:
    """Totals of real responses: one wave a respondent, one answer to a single-response item."""
    faults = []
    waves: dict[str, set[str]] = defaultdict(set)
    answers: dict[tuple[str, str], list[str]] = defaultdict(list)
    rows = [_Response(**dict(zip(table.columns, row, strict=True))) for row in table.to_numpy()]
    for row in rows:
        waves[row.respondent].add(row.wave)
        answers[row.respondent, row.item].append(row.value)
    for line, row in zip(lines, rows, strict=True):
        given = answers[row.respondent, row.item]
        if len(waves[row.respondent]) > 1:
            faults.append(Fault(name, line, "wave", row.wave, "a respondent is of one wave"))
        if kinds[row.item] == "single" and len(given) > 1:
            rule = f"a respondent answers the single-response item {row.item} once"
            faults.append(Fault(name, line, "respondent", row.respondent, rule))
        elif given.count(row.value) > 1:
            rule = f"a respondent gives a value of {row.item} once"
            faults.append(Fault(name, line, "value", row.value, rule))
        elif row.value == "" and len(given) > 1:
            rule = f"a blank is the respondent's only answer to {row.item}"
            faults.append(Fault(name, line, "value", row.value, rule))
    return faults


class _Record(BaseModel):
    """What datapackage.json records of the reconstruction."""

    provenance: str
    rows: int
    sha256: str
    made_from: dict[str, str]


def _reconstruction(package: Mapping[str, Any]) -> _Record:
    resources = package.get("resources")
    for resource in resources if isinstance(resources, list) else []:
        if isinstance(resource, dict) and "reconstruction" in resource:
            try:
                return _Record.model_validate(resource["reconstruction"])
            except ValidationError:
                break
    rule = "describes the reconstruction: run python -m keepinpact reconstruct"
    raise DataError([Fault("data/datapackage.json", 0, "resources", "", rule)])


def _record_faults(root: Path, name: str, table: pd.DataFrame) -> list[Fault]:
    """Totals of a reconstruction: its rows, and the files that it was made from, as recorded."""
    record = _reconstruction(load_package(root))
    mend = "run python -m keepinpact reconstruct"
    faults = []
    if record.rows != len(table):
        rule = f"has the {record.rows} rows that datapackage.json records: {mend}"
        faults.append(Fault(name, 0, "rows", str(len(table)), rule))
    for file, digest in {name: record.sha256, **record.made_from}.items():
        if not (root / file).is_file() or sha256(root / file) != digest:
            rule = f"is the file that datapackage.json records for the reconstruction: {mend}"
            faults.append(Fault(file, 0, "", "", rule))
    return faults


@dataclass(frozen=True)
class Edition:
    """Everything that the chapters are made from, validated; see the loader of each part."""

    report: Report
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
        "repair": load_repair,
        "codebook": load_codebook,
        "claims": load_claims,
        "items": load_items,
        "charts": load_charts,
        "responses": load_responses,
    }
    parts: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, load in loaders.items():
        try:
            parts[name] = load(root)
        except DataError as error:
            faults += [fault for fault in error.faults if fault not in faults]
    if faults:
        raise DataError(faults)
    return Edition(**parts)
