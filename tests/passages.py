"""Passages of a chapter that wait for responses."""

import re


def waiting_left_out(chapter: str) -> str:
    """A chapter's text without the passages that are only shown once responses are released."""
    return re.sub(r"^:::\{counted\}.*?^:::$", "", chapter, flags=re.MULTILINE | re.DOTALL)
