"""A new edition of another report: what is general here, with a small made-up report to replace."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from keepinpact.faults import DataError, Fault
from keepinpact.paths import ROOT

__all__ = ["EXAMPLE", "GENERAL", "start"]

EXAMPLE = Path("examples/another-report")
"""The made-up report: its text, data, chapters, test and what is said of it."""

GENERAL = (
    "src", "_static", "data/cases", "data/glossary.csv", "_config.yml", "pyproject.toml", "Makefile",
    "verify.py", "docs/jupyterlab.json", ".github", ".gitignore", ".editorconfig", ".pre-commit-config.yaml",
    "requirements.in", "requirements.txt", "requirements-test.in", "requirements-test.txt",
    "requirements-lab.in", "requirements-lab.txt", "requirements-cases.in", "requirements-cases.txt",
    "licences.csv", "LICENSE", "CODE_OF_CONDUCT.md",
)  # fmt: skip
"""What is of no report: the package, its tools and settings, and what the audit was tried on."""

_OURS = {
    "_config.yml": {
        r"^title: .*$": 'title: "How we come to work: a made-up report, and its reproducible edition"',
        r"^author: .*$": "author: nobody yet",
        r"^    project: .*$": "    project: HOW WE COME TO WORK",
    },
    "LICENSE": {
        r"^Quotations of the report .*\n(?:.+\n)*": "Quotations of the report belong to its authors.\n",
    },
    "pyproject.toml": {
        r'^description = ".*"$': 'description = "The reproducible edition of a report"',
        r'^version = ".*"$': 'version = "0.1.0"',
        r'^(site-address|repository|maintainer|contact) = ".*"$': r'\1 = ""',
        r"^publish-rows = .*$": "publish-rows = false",
        r"^(known-by|settled-accepted) = .*$": r"\1 = []",
    },
}
"""Lines of the general files that are this report's, and what stands in their place."""


def start(folder: Path, root: Path = ROOT) -> list[Path]:
    """Write a new edition into a folder that is empty or not there yet.

    Parameters
    ----------
    folder
        Where it goes.
    root
        The folder of the project that it is made from.

    Returns
    -------
    list of Path
        Every file written, relative to the folder.

    Raises
    ------
    DataError
        If something is in the folder, it lies in the project, or this project lacks a file of its own, as an
        installed package does.
    """
    folder = folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError([Fault(str(folder), 0, "", "", "is empty or not there yet (nothing is overwritten)")])
    if folder.is_relative_to(root.resolve()):
        raise DataError([Fault(str(folder), 0, "", "", f"lies outside {root.resolve()}")])
    lacking = [name for name in (*GENERAL, str(EXAMPLE)) if not (root / name).exists()]
    if lacking:
        rule = "is there: a new edition is started from a copy of the project, not from the package alone"
        raise DataError([Fault(name, 0, "", "", rule) for name in lacking])
    for name in GENERAL:
        _copy(root / name, folder / name)
    _copy(root / EXAMPLE, folder)
    for name, lines in _OURS.items():
        text = (folder / name).read_text(encoding="utf-8")
        for pattern, line in lines.items():
            text = re.sub(pattern, line, text, flags=re.MULTILINE)
        (folder / name).write_text(text, encoding="utf-8")
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def _copy(source: Path, target: Path) -> None:
    """Copy a file or a folder, without what was made from it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        made = shutil.ignore_patterns("__pycache__", "*.pyc", "*.egg-info", ".*cache*")
        shutil.copytree(source, target, ignore=made, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, target)
