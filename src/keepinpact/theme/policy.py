"""What a browser may load and run on a page, said in the page itself, since hosts differ in what they send.

A page may use files of its own site and pictures within itself, and nothing else: no script or style that
stands in the page, none from elsewhere. Blocks of data, such as JSON-LD, are no scripts and stay.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from html import escape

from keepinpact.theme.page import Page, prepend

__all__ = ["policy", "set_policy"]


def policy(inside: Sequence[str] = (), *, base: bool = False) -> str:
    """The tags that say it, to stand at the beginning of a page's head.

    Parameters
    ----------
    inside
        Scripts and styles that stand in the page after all; each is named by the hash of its text.
    base
        Whether the page may say where its links start from.
    """
    hashes = "".join(f" 'sha256-{_digest(text)}'" for text in inside)
    rules = [
        "default-src 'none'",
        f"script-src 'self'{hashes}",
        f"style-src 'self'{hashes}",
        "img-src 'self' data:",
        "font-src data:",
        "connect-src 'self'",
        "form-action 'self'",
        f"base-uri '{'self' if base else 'none'}'",
    ]
    return (
        f'<meta http-equiv="Content-Security-Policy" content="{escape("; ".join(rules), quote=True)}">\n'
        '<meta name="referrer" content="no-referrer">\n'
    ).replace("&#x27;", "'")


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def set_policy(page: Page) -> None:
    """Let a page of the theme say what it may load; it holds for all that stands below."""
    prepend(page.head, policy())
