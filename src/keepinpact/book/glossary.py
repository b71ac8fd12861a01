"""The glossary page's directive: ``{terms}`` lists the words of ``data/glossary.csv``."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.domains.std import Glossary

__all__ = ["Terms"]


class Terms(Glossary):
    """Sphinx's glossary with the terms of the data file as its content."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        """The glossary's nodes."""
        from keepinpact.data import load_glossary
        from keepinpact.findings.tables import escape

        glossary = load_glossary(Path(self.env.srcdir))
        lines = [
            line
            for row in glossary.itertuples()
            for line in (str(row.term), f"  {escape(str(row.definition))}", "")
        ]
        self.content = StringList(lines, source="data/glossary.csv")
        return super().run()
