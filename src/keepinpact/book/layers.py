"""Passages of a page that are true of one state of the responses only.

``:::{counted} ITEM ...`` shows what it holds once responses are released that hold answers to all of these
items of the codebook, ``:::{uncounted} ITEM ...`` as long as they do not. Without an item it is enough that
responses are released.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from keepinpact.data import Edition, load_edition
from keepinpact.findings import holds

__all__ = ["setup"]


@cache
def _edition(root: str, _content: str) -> Edition:
    return load_edition(Path(root))


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
        # The folder of the cache is named after the content of the data.
        edition = _edition(str(self.env.srcdir), str(self.config["nb_execution_cache_path"]))
        items = self.arguments[0].split() if self.arguments else []
        known = set(edition.codebook.loc[edition.codebook["variable"] == "item", "code"])
        if unknown := set(items) - known:
            raise self.error(f"{', '.join(sorted(unknown))}: no item of the codebook")
        if holds(edition, *items) is not self.wanted:
            return []
        return list(self.parse_content_to_nodes())


class Uncounted(Counted):
    """What is true as long as no responses are released."""

    wanted = False


def setup(app: Sphinx) -> None:
    """Register the directives."""
    app.add_directive("counted", Counted)
    app.add_directive("uncounted", Uncounted)
