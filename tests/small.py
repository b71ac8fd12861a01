"""A book of three chapters of this project, and edits of its files."""

import shutil
from pathlib import Path

import yaml

from keepinpact.data import ROOT


def small_book(folder: Path) -> Path:
    """Copy this project with a few chapters into an empty folder."""
    for name in ("data", "src", "_static", "tests/reference"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("_config.yml", "CITATION.cff", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (folder / "chapters").mkdir()
    for name in ("tasks", "diploma", "themes"):
        shutil.copy(ROOT / f"chapters/{name}.md", folder / "chapters")
    chapters = [{"file": "chapters/diploma"}, {"file": "chapters/themes"}]
    toc = {"format": "jb-book", "root": "chapters/tasks", "chapters": chapters}
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc))
    return folder


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)
