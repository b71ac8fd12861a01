"""A book that is built in an instant: pages that were built before, with the numbers of its data.

Editions are tested on a project whose package is this file: it stands there as ``keepinpact/__main__.py``, so
that an edition is built from its own revision by its own code, as with the real package.
"""

import csv
import hashlib
import json
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

PAGES = "pages"


def numbers(root: Path) -> dict[str, dict[str, int]]:
    """What the chapters show."""
    with (root / "data/report/items.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    tasks = [row for row in rows if row["id"].startswith("tasks-")]
    themes = Counter(row["theme"].title() for row in tasks)
    return {
        "diploma": {"diplomas": sum(row["id"].startswith("diplomas-") for row in rows)},
        "tasks": {"tasks": len(tasks), **{f"task-themes/{one}/Entries": n for one, n in themes.items()}},
    }


def build(root: Path, **_: Any) -> Path:
    """Build the book, with a file in the place of its PDF."""
    html = root / "_build/html"
    shutil.rmtree(html, ignore_errors=True)
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    names = [Path(one).name for one in (toc["root"], *(chapter["file"] for chapter in toc["chapters"]))]
    shutil.copytree(root / PAGES / "_static", html / "_static")
    (html / "chapters").mkdir()
    shown = numbers(root)
    results, figures = [], []
    for name in names:
        text = (root / PAGES / f"{name}.html").read_text(encoding="utf-8")
        for key, value in shown.get(name, {}).items():
            text = text.replace(f"@{key}@", str(value))
            results.append({"chapter": name, "key": key, "text": str(value), "value": value})
        if name == "tasks":
            drawn = hashlib.sha256(json.dumps(shown[name]).encode()).hexdigest()
            figures.append({"chapter": name, "figure": "task-themes", "sha256": drawn})
        (html / f"chapters/{name}.html").write_text(text, encoding="utf-8")
    leading = f'<!DOCTYPE html><meta http-equiv="refresh" content="0; url=chapters/{names[0]}.html">'
    (html / "index.html").write_text(leading, encoding="utf-8")
    found = {"format": 1, "results": results, "figures": figures}
    (html / "results.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    (html / "keepinpact.pdf").write_bytes(b"%PDF")
    return html / "keepinpact.pdf"


def set_pages(root: Path, built: Path, names: list[str]) -> None:
    """Take pages of a real book as the project's pages, with marks where they show their numbers."""
    shutil.copytree(built / "_static", root / PAGES / "_static")
    for name in names:
        text = (built / f"chapters/{name}.html").read_text(encoding="utf-8")
        if name == "diploma":
            text = text.replace(">4<", ">@diplomas@<")
        (root / PAGES / f"{name}.html").write_text(text, encoding="utf-8")


def finish(tree: Path, target: Path) -> None:
    """Finish the book as an edition, in a way of its own."""
    shutil.copytree(tree / "_build/html", target)
    for page in target.glob("chapters/*.html"):
        page.write_text(page.read_text(encoding="utf-8") + "<!-- finished by itself -->", encoding="utf-8")
    names = sorted(path for path in target.rglob("*") if path.is_file())
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(target).as_posix()}\n"
        for path in names
    ]
    (target / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def set_finish(root: Path) -> None:
    """From here on the project's editions are finished by their own code."""
    (root / "src/keepinpact/editions").mkdir()
    (root / "src/keepinpact/editions/finish.py").touch()


def set_package(root: Path) -> None:
    """Make this file the project's package."""
    package = root / "src/keepinpact"
    (package / "book").mkdir(parents=True)
    shutil.copy(__file__, package / "__main__.py")
    for name in ("__init__.py", "book/__init__.py", "book/inputs.py"):
        (package / name).touch()


if __name__ == "__main__":
    if sys.argv[1] == "finish":
        finish(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        build(Path.cwd())
