"""The code behind a page, one step behind: a small fold, one for cells that follow each other."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from keepinpact.theme.page import Page

__all__ = ["gather_code"]

_CODE = "div.cell > details.hide"
_TITLE = "How this was computed"


def gather_code(page: Page) -> None:
    """Put the code of cells that follow each other and show nothing into one fold; name each fold."""
    for fold in page.tree.css(_CODE):
        cell, before = fold.parent, None
        assert cell is not None
        if (last := _previous(cell)) is not None and not _shows(cell) and not _shows(last):
            before = last.css_first("details.hide")
        if before is None:
            if (summary := fold.css_first("summary")) is not None:
                summary.inner_html = _TITLE
            continue
        for code in fold.css("div.cell_input"):
            before.insert_child(code, move=True)
        cell.decompose()


def _previous(cell: LexborNode) -> LexborNode | None:
    """The cell before, where nothing stands between."""
    node = cell.prev
    while node is not None and node.is_text_node and not (node.text() or "").strip():
        node = node.prev
    is_cell = node is not None and "cell" in (node.attributes.get("class") or "").split()
    return node if is_cell else None


def _shows(cell: LexborNode) -> bool:
    return cell.css_first("div.cell_output") is not None
