"""Made-up responses, nobody's answers: they stand in for released ones in tests and nowhere else.

Each set of counts is spread over respondents with a code, so that the file passes the checks that real
responses would pass. Nothing of this may come near ``data/``.
"""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

from keepinpact.data import RELEASED, ROOT, load_edition
from keepinpact.findings import fitting
from keepinpact.reconstruct import write
from keepinpact.statements.report import Report

OTHERS = ("GB", "IT", "MT", "EE", "DE", "CH", "LT", "AL", "SI", "ES", "US", "NL")
CODES = {
    "position": ("director", "manager", "counsellor", "teacher"),
    "tasks": ("coordination", "administration", "guidance"),
    "organisation": ("school", "agency", "company", "association"),
    "levels": ("local", "national", "european"),
    "training": ("online", "exchange", "course"),
    "diploma": ("psychology", "politics", "none"),
    "partners": ("schools", "companies"),
    "themes": ("mobility", "equality"),
    "tools": ("email", "calls"),
    "added_value": ("expertise", "reputation"),
    "meaning": ("benefit", "learning", "other"),
}
"""Codes of items that have none in the codebook as long as no responses are released."""


@dataclass(frozen=True)
class Simulated:
    """Counts of made-up answers: of each item and wave, how often each value was given; "" is a blank."""

    size: Mapping[str, int]
    given: Mapping[str, Mapping[str, Mapping[str, int]]]

    def times(self, factor: int) -> Simulated:
        """So many people for each of these, who answer as they do: every share stays as it is."""
        given = {
            item: {wave: {value: factor * n for value, n in counts.items()} for wave, counts in waves.items()}
            for item, waves in self.given.items()
        }
        return Simulated({wave: factor * size for wave, size in self.size.items()}, given)

    def rows(self) -> Iterator[tuple[str, str, str, str]]:
        """The rows of ``released.csv``."""
        for item, waves in self.given.items():
            for wave, counts in waves.items():
                codes = [f"s{wave}r{number:02d}" for number in range(1, self.size[wave] + 1)]
                several = sum(counts.values()) > len(codes)
                blank = counts.get("", 0)
                answering = codes[: len(codes) - blank]
                places = count()
                for value, often in counts.items():
                    if value:
                        # Neighbours in a circle, so that everybody who answers gives a value.
                        taken = [answering[place % len(answering)] for place in islice(places, often)]
                        assert len(set(taken)) == often, (item, value)
                        yield from ((wave, item, one, value) for one in taken)
                yield from ((wave, item, one, "") for one in codes[len(codes) - blank :])
                assert several or sum(counts.values()) == len(codes), (item, wave)

    def counts(self, report: Report) -> dict[str, int]:
        """What these answers give for the quantities of the report that count the answers to an item."""
        found = {f"answers.survey{wave}": size for wave, size in self.size.items()}
        for one in report.quantities:
            if one.item and one.value is not None and not one.parts:
                waves = self.given.get(one.item, {})
                of = [waves[wave] for wave in waves if one.wave in (None, wave)]
                found[one.id] = sum(counts.get(one.value, 0) for counts in of)
        return found


RANKED = ("involvement", "support", "motivation", "time", "quality", "complementarity")
UNRANKED = ("cultures", "goals", "matching", "finding", "competition", "power", "innovating", "horizontal")


def _challenges(*counts: int) -> dict[str, int]:
    return dict(zip(RANKED + UNRANKED, counts, strict=True))


AGREEING = Simulated(
    size={"1": 31, "2": 17},
    given={
        "country": {
            "1": {"HR": 7, "FR": 6, "PT": 5, "BE": 3, **dict.fromkeys(OTHERS[:7], 1), "": 3},
            "2": {"HR": 4, "FR": 3, "PT": 2, "BE": 2, **dict.fromkeys(OTHERS[7:], 1), "": 1},
        },
        "position": {
            "1": {"director": 10, "manager": 9, "counsellor": 7, "teacher": 5},
            "2": {"director": 5, "manager": 5, "counsellor": 4, "teacher": 3},
        },
        "staff": {"1": {"yes": 19, "no": 12}},
        "tasks": {"1": {"coordination": 22, "administration": 14, "guidance": 9, "": 2}},
        "organisation": {"2": {"school": 5, "agency": 5, "company": 3, "association": 4}},
        "sector": {"2": {"public": 11, "other": 5, "": 1}},
        "sources": {
            "2": {"meetings": 14, "networks": 12, "recommendations": 9, "internet": 4, "social_media": 2}
        },
        "ways": {
            "2": {
                "eu_projects": 13,
                "events": 11,
                "joint_activities": 10,
                "structures": 5,
                "working_groups": 4,
            }
        },
        "levels": {"2": {"local": 12, "national": 8, "european": 6}},
        "challenges": {"2": _challenges(13, 12, 11, 10, 9, 8, 5, 5, 4, 4, 3, 3, 2, 2)},
        "training": {
            "1": {"online": 18, "exchange": 15, "course": 9, "": 4},
            "2": {"online": 9, "exchange": 8, "course": 6, "": 1},
        },
        "frameworks": {"1": {"no": 20, "yes": 10, "": 1}, "2": {"no": 13, "yes": 4}},
        "diploma": {"1": {"psychology": 17, "politics": 13, "none": 9, "": 2}},
        "partners": {"2": {"schools": 14, "companies": 11}},
        "themes": {"2": {"mobility": 13, "equality": 6, "": 1}},
        "tools": {"2": {"email": 16, "calls": 12}},
        "added_value": {"1": {"expertise": 21, "reputation": 15, "": 3}},
        "meaning": {"1": {"benefit": 24, "learning": 16, "other": 2, "": 1}},
    },
)
"""As the report prints it, with as few blanks as possible and the largest survey 1."""

CONTRADICTING = Simulated(
    size={"1": 20, "2": 26},
    given={
        "country": {
            "1": {"HR": 4, "FR": 6, "PT": 5, "BE": 2, "GB": 2, "IT": 1},
            "2": {"HR": 4, "FR": 8, "PT": 6, "BE": 3, "DE": 3, "ES": 1, "NL": 1},
        },
        "position": {
            "1": {"director": 3, "manager": 4, "counsellor": 8, "teacher": 5},
            "2": {"director": 5, "manager": 5, "counsellor": 9, "teacher": 7},
        },
        "staff": {"1": {"yes": 9, "no": 11}},
        "tasks": {"1": {"coordination": 8, "administration": 14, "guidance": 9}},
        "organisation": {"2": {"school": 17, "agency": 5, "company": 2, "association": 2}},
        "sector": {"2": {"public": 9, "other": 15, "": 2}},
        "sources": {
            "2": {"meetings": 9, "networks": 12, "recommendations": 15, "internet": 20, "social_media": 11}
        },
        "ways": {
            "2": {
                "eu_projects": 8,
                "events": 7,
                "joint_activities": 6,
                "structures": 15,
                "working_groups": 12,
            }
        },
        "levels": {
            "1": {"local": 9, "national": 6, "european": 2, "": 6},
            "2": {"local": 5, "national": 9, "european": 4, "": 15},
        },
        "challenges": {"2": _challenges(8, 9, 10, 11, 12, 13, 14, 5, 4, 4, 15, 3, 2, 2)},
        "training": {
            "1": {"online": 8, "exchange": 15, "course": 9},
            "2": {"online": 9, "exchange": 8, "course": 16},
        },
        "frameworks": {"1": {"no": 6, "yes": 14}, "2": {"no": 7, "yes": 19}},
        "diploma": {"1": {"psychology": 5, "politics": 4, "none": 16}},
        "partners": {"1": {"schools": 12, "companies": 17}, "2": {"schools": 20, "companies": 9}},
        "themes": {"2": {"mobility": 18, "equality": 21, "": 2}},
        "tools": {"2": {"email": 11, "calls": 22}},
        "added_value": {"1": {"expertise": 7, "reputation": 15, "": 2}},
        "meaning": {"1": {"benefit": 9, "learning": 12, "other": 5}},
    },
)
"""Not as the report prints it, in nearly everything that can be counted."""

PARTIAL = Simulated(
    size=CONTRADICTING.size,
    given={item: CONTRADICTING.given[item] for item in ("country", "staff", "ways")},
)
"""Those of a few questions only; the others were not released."""

STATES: Mapping[str, Simulated | None] = {
    "reconstructed": None,
    "agreeing": AGREEING,
    "contradicting": CONTRADICTING,
    "partial": PARTIAL,
}


def fits() -> bool:
    """Whether the agreeing answers are as the report prints it, with the edition's repair."""
    edition = load_edition()
    return fitting(edition).where(AGREEING.counts(edition.report)).exist


ROWS_PUBLISHED = "partial"
"""The state in which respondents agreed that their rows are published, and may be known by nothing."""


def copy_of_the_project(to: Path, simulated: Simulated | None) -> Path:
    """A copy of the project with made-up responses in the place of released ones; None for none."""
    skipped = shutil.ignore_patterns("__pycache__")
    for name in ("chapters", "data", "src", "_static", "examples", "editions"):
        shutil.rmtree(to / name, ignore_errors=True)
        shutil.copytree(ROOT / name, to / name, ignore=skipped)
    for name in (
        "_config.yml",
        "_toc.yml",
        "CITATION.cff",
        "requirements.txt",
        "pyproject.toml",
        "editions.json",
    ):
        shutil.copy(ROOT / name, to)
    if simulated is STATES[ROWS_PUBLISHED]:
        settings = (to / "pyproject.toml").read_text(encoding="utf-8")
        for name, value in (("publish-rows", "true"), ("known-by", "[]")):
            settings = re.sub(rf"^{name} = .*$", f"{name} = {value}", settings, flags=re.MULTILINE)
        (to / "pyproject.toml").write_text(settings, encoding="utf-8")
    if simulated is not None:
        with (to / RELEASED).open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(["wave", "item", "respondent", "value"])
            out.writerows(simulated.rows())
        with (to / "data/codebook.csv").open("a", encoding="utf-8", newline="") as file:
            out = csv.writer(file, lineterminator="\n")
            for item, codes in CODES.items():
                for code in codes:
                    out.writerow([item, code, f"Made-up {code}", "Made up for a test", "", "edition", ""])
        write(to)
    return to
