"""What chapters say in another state than now, word for word, as it was read and found right once.

That counts and verdicts follow the data is shown elsewhere, on whole books. Here are the words, and what each
number has behind it: ``chapters_told/STATE.txt`` has what the cells of chapters show, run in this process.
``python tests/test_chapters_told.py`` writes them anew: read the difference.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from pydantic import BaseModel

import keepinpact.data
import keepinpact.show
from keepinpact.book.execute import read_notebook
from keepinpact.data import ROOT, STATEMENTS, Edition, load_edition, load_statements
from keepinpact.receipt import Finding
from simulated import AGREEING, CONTRADICTING, Simulated, copy_of_the_project

TOLD = Path(__file__).with_name("chapters_told")
OF_ANSWERS = (
    *("about", "frameworks", "identification", "job-profile", "levels", "organisations"),
    *("top-challenges", "training", "types", "with-whom", "diploma", "tools", "meaning"),
    *("tasks", "trust", "method"),
)
"""Chapters that count answers."""
OF_THE_AUDIT = ("audit", "ledger", "summary")
OF_WHAT_FITS = ("audit", "summary", "what-if")
STATES = ("contradicting", "agreeing", "contradicting-audit", "misprinted", "unassuming")


def released(to: Path, simulated: Simulated) -> Edition:
    return load_edition(copy_of_the_project(to, simulated))


def misprinted(to: Path) -> Edition:
    """The report, had it printed more answers from a country than in all, and that were given up."""
    edition, text = load_edition(), (ROOT / STATEMENTS).read_text(encoding="utf-8")
    (to / STATEMENTS).parent.mkdir(parents=True)
    (to / STATEMENTS).write_text(text.replace("country.HR, is: 11", "country.HR, is: 51"), encoding="utf-8")
    repair = edition.repair.model_copy(update={"gives_up": [*edition.repair.gives_up, "croatia"]})
    return replace(edition, report=load_statements(to), repair=repair)


def unassuming() -> Edition:
    """The report, with nothing assumed that the edition gives up, so that nothing clashes."""
    edition = load_edition()
    assumptions = [one for one in edition.report.assumptions if one.id not in edition.repair.gives_up]
    report = edition.report.model_copy(update={"assumptions": assumptions})
    return replace(edition, report=report, repair=edition.repair.model_copy(update={"gives_up": []}))


def shown(edition: Edition, chapters: Sequence[str]) -> str:
    """What the cells of some chapters show of an edition, by chapter and key."""
    lines = []
    for chapter in chapters:
        lines.append(f"==== {chapter}")
        for key, finding in _run(edition, chapter):
            lines += [f"== {key}", str(finding), *map(_behind, finding.receipts)]
    return "\n".join(lines) + "\n"


def _run(edition: Edition, chapter: str) -> Iterator[tuple[str, Finding]]:
    glued: dict[str, Finding] = {}
    cells = read_notebook(ROOT / f"chapters/{chapter}.md").cells
    names: dict[str, object] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keepinpact.data, "load_edition", lambda: edition)
        patch.setattr(keepinpact.show, "glue", lambda key, what, display: glued.update({key: what}))
        for cell in cells:
            if cell.cell_type == "code":
                exec(compile(cell.source, chapter, "exec"), names)
                plt.close("all")
    yield from glued.items()


def _behind(receipt: BaseModel) -> str:
    # Lines move with every entry of a data file; that they are the right ones is tested elsewhere.
    return "  " + json.dumps(
        receipt.model_dump(exclude_defaults=True, exclude={"source", "text"}), ensure_ascii=False
    )


def made(state: str) -> str:
    """A text as it is now."""
    with tempfile.TemporaryDirectory() as folder:
        to = Path(folder).resolve()
        if state == "misprinted":
            return shown(misprinted(to), OF_THE_AUDIT)
        if state == "unassuming":
            return shown(unassuming(), OF_WHAT_FITS)
        simulated = AGREEING if state.startswith("agreeing") else CONTRADICTING
        return shown(released(to, simulated), OF_THE_AUDIT if state.endswith("audit") else OF_ANSWERS)


def kept(state: str) -> str:
    return (TOLD / f"{state}.txt").read_text(encoding="utf-8")


@pytest.mark.long
def test_what_chapters_count_of_answers_that_contradict_the_report() -> None:
    assert made("contradicting") == kept("contradicting")


@pytest.mark.long
def test_what_chapters_count_of_answers_that_agree_with_the_report() -> None:
    assert made("agreeing") == kept("agreeing")


@pytest.mark.long
def test_what_the_audit_says_of_answers_that_contradict_the_report() -> None:
    assert made("contradicting-audit") == kept("contradicting-audit")


@pytest.mark.long
def test_what_the_audit_says_of_a_report_that_clashes_by_itself() -> None:
    assert made("misprinted") == kept("misprinted")


@pytest.mark.long
def test_what_is_said_of_the_report_where_nothing_clashes() -> None:
    assert made("unassuming") == kept("unassuming")


if __name__ == "__main__":
    TOLD.mkdir(exist_ok=True)
    for state in STATES:
        (TOLD / f"{state}.txt").write_text(made(state), encoding="utf-8")
