"""What the project's own table in ``pyproject.toml`` says about where the edition is published."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from keepinpact.data import ROOT, DataError, Fault

__all__ = ["Settings", "load_settings"]

FILE = "pyproject.toml"


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
    """Addresses of the web without a slash at their end, and a name; empty where there is none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    site_address: _Address = Field(default="", alias="site-address")
    """Where the site is published."""
    repository: _Address = ""
    """Where the project is kept; its issue tracker takes reports of errors."""
    maintainer: str = ""
    """Who maintains the edition, as readers should see it."""
    contact: Annotated[str, AfterValidator(_contact)] = ""
    """Where to write in confidence, of misconduct or a hole in security: a mail address or a page."""

    def report_error(self, subject: str = "") -> str:
        """The address of a new report in the repository's issue tracker; empty without a repository."""
        if not self.repository:
            return ""
        gitlab = "gitlab" in urlsplit(self.repository).netloc
        path, field = ("-/issues/new", "issue%5Btitle%5D") if gitlab else ("issues/new", "title")
        named = f"?{field}={quote(subject, safe='')}" if subject else ""
        return f"{self.repository}/{path}{named}"


def load_settings(root: Path = ROOT) -> Settings:
    """The settings in ``[tool.keepinpact]``; DataError with every fault of that table."""
    text = (root / FILE).read_text(encoding="utf-8")
    table = tomllib.loads(text).get("tool", {}).get("keepinpact", {})
    try:
        return Settings.model_validate(table)
    except ValidationError as error:
        faults = [
            Fault(FILE, 0, str(e["loc"][0]), str(e["input"]), e["msg"].removeprefix("Value error, "))
            for e in error.errors()
        ]
        raise DataError(faults) from None
