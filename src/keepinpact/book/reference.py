"""The reference notebooks: what every chapter puts out, for nbval to compare with and people to review."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from keepinpact.book.build import alone_in
from keepinpact.book.execute import executed
from keepinpact.book.inputs import cache_folder

__all__ = ["FOLDER", "chapters", "reference", "reference_text", "write_references"]

FOLDER = Path("tests/reference")


def chapters(root: Path) -> list[Path]:
    """The project's chapters, by name."""
    return sorted((root / "chapters").glob("*.md"))


def reference(notebook: NotebookNode) -> NotebookNode:
    """An executed notebook with its code and its text outputs, and nothing that differs between runs."""
    cells = []
    count = 0
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        count += 1
        outputs = []
        for output in cell.outputs:
            if "data" in output:
                data = {mime: text for mime, text in output.data.items() if not mime.startswith("image/")}
                output = NotebookNode(output, data=data, metadata={})
                if "execution_count" in output:
                    output.execution_count = count
            outputs.append(output)
        made = nbformat.v4.new_code_cell(cell.source, outputs=outputs, execution_count=count)
        made.id = f"cell-{count}"
        cells.append(made)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def reference_text(notebook: NotebookNode) -> str:
    """A chapter's reference as it stands in its file, the same bytes on every run."""
    return str(nbformat.writes(reference(notebook), version=4)).rstrip("\n") + "\n"


def write_references(root: Path, progress: Callable[[str], None] = print) -> list[Path]:
    """Execute every chapter and write its reference; references of chapters that are gone are removed.

    Returns
    -------
    list of Path
        The references, the same bytes on every run.

    Raises
    ------
    keepinpact.book.execute.ExecutionError
        If a chapter fails.
    """
    found, cache = chapters(root), cache_folder(root)
    with alone_in(root, progress):
        notebooks = executed(found, cache, progress=progress)
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, notebook in notebooks.items():
        path = folder / f"{name}.ipynb"
        path.write_text(reference_text(notebook), encoding="utf-8")
        written.append(path)
    for old in set(folder.glob("*.ipynb")) - set(written):
        old.unlink()
    return written
