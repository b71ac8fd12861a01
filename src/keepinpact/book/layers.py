"""Passages of a page that are true of one state of the responses only.

``:::{counted} ITEM ...`` shows what it holds once responses are released that hold answers to all of these
items of the codebook, ``:::{uncounted} ITEM ...`` as long as they do not. Without an item it is enough that
responses are released.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from keepinpact.book.published import known_of

__all__ = ["setup"]


class Counted(SphinxDirective):
    """What is true once responses are released."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, object]] = {}
    wanted = True

    def run(self) -> list[nodes.Node]:
        """The passage, or nothing."""
        self.assert_has_content()
        known = known_of(Path(self.env.srcdir), Path(self.config["nb_execution_cache_path"]))
        items = self.arguments[0].split() if self.arguments else []
        if unknown := set(items) - set(known["items"]):
            raise self.error(f"{', '.join(sorted(unknown))}: no item of the codebook")
        answered = known["answered"]
        if (answered is not None and set(items) <= set(answered)) is not self.wanted:
            return []
        return list(self.parse_content_to_nodes())


class Uncounted(Counted):
    """What is true as long as no responses are released."""

    wanted = False


def setup(app: Sphinx) -> None:
    """Register the directives."""
    app.add_directive("counted", Counted)
    app.add_directive("uncounted", Uncounted)
