"""What the project says of itself: where and how much is published (``pyproject.toml``), how it is cited."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, ValidationError

from keepinpact.data import PUBLISHED, ROOT, ROW_BY_ROW
from keepinpact.faults import DataError, Fault
from keepinpact.files import read_toml, read_whole

__all__ = ["FILE", "Settings", "load_citation", "load_settings"]

FILE = "pyproject.toml"
CITED = "CITATION.cff"


def _address(text: str) -> str:
    if text and not (text.startswith(("https://", "http://")) and urlsplit(text).netloc):
        raise ValueError("is no web address (https://...)")
    return text.rstrip("/")


def _contact(text: str) -> str:
    if text and not (re.fullmatch(r"[^@\s:]+@[^@\s]+", text) or text.startswith("https://")):
        raise ValueError("is no mail address and no web address (https://...)")
    return text


_Address = Annotated[str, AfterValidator(_address)]


class Settings(BaseModel):
    """Addresses of the web without a slash at their end, and a name; empty where there is none.

    And what protects people.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    site_address: _Address = Field(default="", alias="site-address")
    """Where the site is published."""
    repository: _Address = ""
    """Where the project is kept; its issue tracker takes reports of errors."""
    maintainer: str = ""
    """Who maintains the edition, as readers should see it."""
    contact: Annotated[str, AfterValidator(_contact)] = ""
    """Where to write in confidence, of misconduct or a hole in security: a mail address or a page."""

    publish_rows: StrictBool = Field(default=False, alias="publish-rows")
    """Whether respondents agreed that their answers are published row by row; else only counts are."""
    known_by: tuple[str, ...] = Field(
        default=("country", "position", "organisation", "sector"), alias="known-by"
    )
    """The items by which somebody may be known to others (quasi-identifiers); the survey counts as well."""
    fewest_alike: Annotated[int, Field(ge=2)] = Field(default=5, alias="fewest-alike")
    """Rows are published only of people who share all that with so many, themselves included; a table of two
    questions shows no count of fewer people."""
    settled_accepted: tuple[str, ...] = Field(default=(), alias="settled-accepted")
    """Answers that everybody gave and that are published nevertheless, each as ``SURVEY/ITEM/VALUE``."""

    @property
    def published(self) -> tuple[str, ...]:
        """The files of ``data/`` that the site publishes, where they exist."""
        return (*PUBLISHED, *ROW_BY_ROW) if self.publish_rows else PUBLISHED

    def report_error(self, subject: str = "") -> str:
        """The address of a new report in the repository's issue tracker; empty without a repository."""
        if not self.repository:
            return ""
        gitlab = "gitlab" in urlsplit(self.repository).netloc
        path, field = ("-/issues/new", "issue%5Btitle%5D") if gitlab else ("issues/new", "title")
        named = f"?{field}={quote(subject, safe='')}" if subject else ""
        return f"{self.repository}/{path}{named}"


def load_citation(root: Path = ROOT) -> dict[str, Any]:
    """How the edition is cited, as ``CITATION.cff`` has it; DataError where that cannot be read."""
    try:
        cited: dict[str, Any] = yaml.safe_load(read_whole(root / CITED, CITED))
    except (yaml.YAMLError, RecursionError) as error:
        raise DataError([Fault(CITED, 0, "", "", f"is readable YAML ({error})")]) from None
    for name in ("title", "authors", "references"):
        if not isinstance(cited, dict) or name not in cited:
            raise DataError([Fault(CITED, 0, name, None, "is needed")])
    return cited


def load_settings(root: Path = ROOT) -> Settings:
    """The settings in ``[tool.keepinpact]``; DataError with every fault of that table."""
    table = read_toml(root / FILE, FILE).get("tool", {}).get("keepinpact", {})
    try:
        return Settings.model_validate(table)
    except ValidationError as error:
        faults = [
            Fault(FILE, 0, str(e["loc"][0]), str(e["input"]), e["msg"].removeprefix("Value error, "))
            for e in error.errors()
        ]
        raise DataError(faults) from None
