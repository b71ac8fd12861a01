"""Markup from the files in ``templates/``; every value is escaped."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from keepinpact.theme.policy import policy

__all__ = ["ICON", "ICON_ADDRESS", "fill"]

ICON = Path(__file__).with_name("icon.svg")
ICON_ADDRESS = f"data:image/svg+xml,{quote(ICON.read_text('utf-8').strip())}"
"""The icon itself, so that no page asks for it."""

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_TEMPLATES.globals["icon"] = ICON_ADDRESS
_TEMPLATES.globals["policy"] = lambda *inside, **options: Markup(policy(*inside, **options))


def fill(template: str, /, **values: Any) -> str:
    """Fill a template with values."""
    return _TEMPLATES.get_template(template).render(values)
