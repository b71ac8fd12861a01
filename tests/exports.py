"""Exports as survey tools write them, of one survey that is made up: nobody's answers, and marked as such.

Each holds what real ones hold beside answers: addresses, names, free text. Nothing of that may be released.
"""

from __future__ import annotations

import csv
import io
import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pandas as pd
import pyreadstat

from simulated import AGREEING, Simulated

MADE_UP = "MADE UP for a test: nobody's answers"

Answers = dict[str, frozenset[str]]

# As the survey might have asked, in French and English; options with the separators of the tools in them.
QUESTIONS = {
    "country": ("Dans quel pays travaillez-vous ?", "In which country do you work?"),
    "position": ("Quel est votre poste ?", "What is your position?"),
    "staff": (
        "Votre organisation a-t-elle du personnel dédié ?",
        "Does your organisation have dedicated staff?",
    ),
    "tasks": ("Quelles sont vos tâches principales ?", "What are your main tasks?"),
    "training": ("Quelles formations vous intéressent ?", "Which training opportunities interest you?"),
    "frameworks": ("Utilisez-vous un référentiel de compétences ?", "Do you use a competence framework?"),
}
TEXTS = {
    "HR": ("Croatie", "Croatia"), "FR": ("France", "France"), "PT": ("Portugal", "Portugal"),
    "BE": ("Belgique", "Belgium"), "GB": ("Royaume-Uni", "United Kingdom"), "IT": ("Italie", "Italy"),
    "MT": ("Malte", "Malta"), "EE": ("Estonie", "Estonia"), "DE": ("Allemagne", "Germany"),
    "CH": ("Suisse", "Switzerland"), "LT": ("Lituanie", "Lithuania"),
    "director": ("Directeur ou directrice", "Director"), "manager": ("Responsable", "Manager"),
    "counsellor": ("Conseiller, conseillère", "Counsellor"), "teacher": ("Enseignant·e", "Teacher"),
    "yes": ("Oui", "Yes"), "no": ("Non", "No"),
    "coordination": ("Coordination", "Coordination"),
    "administration": ("Administration, contrats, rapports", "Administration, contracts; reports"),
    "guidance": ("Conseil d’orientation ; accompagnement", "Guidance, counselling"),
    "online": ("En ligne", "Online"), "exchange": ("Échanges entre pairs, visites", "Exchange, study visits"),
    "course": ("Cours", "Course"),
}  # fmt: skip
SEVERAL = {
    "tasks": ("coordination", "administration", "guidance"),
    "training": ("online", "exchange", "course"),
}
SECRETS = ("Jeanne", "+33 6 12 34 56 78", "my boss, Mr X; really", "192.0.2.7", "tok-")


@dataclass(frozen=True)
class Person:
    """A made-up respondent with what an export holds of one."""

    number: int
    answers: Answers

    @property
    def email(self) -> str:
        return f"jeanne.{self.number}@example.org"

    def text(self, item: str, language: int) -> list[str]:
        options = SEVERAL.get(item, tuple(self.answers[item]))
        return [TEXTS[code][language] for code in options if code in self.answers[item]]


def people(simulated: Simulated = AGREEING, wave: str = "1") -> list[Person]:
    """The respondents of a simulated survey, in an order that has nothing to do with their answers."""
    given: dict[str, dict[str, set[str]]] = defaultdict(lambda: {item: set() for item in QUESTIONS})
    for of, item, who, value in simulated.rows():
        if of == wave and item in QUESTIONS:
            given[who][item] |= {value} - {""}
    answers = [{item: frozenset(codes) for item, codes in one.items()} for one in given.values()]
    random.Random(7).shuffle(answers)
    return [Person(number, one) for number, one in enumerate(answers, start=1)]


def _csv(rows: Sequence[Sequence[str]], encoding: str, separator: str = ",") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue().encode(encoding)


def google_forms(folder: Path, some: Sequence[Person], language: int = 0) -> Path:
    """Several answers in a cell, joined by commas as Google Sheets does, options with commas among them."""
    path = folder / "google.csv"
    head = [
        "Horodateur",
        "Adresse e-mail",
        *(QUESTIONS[item][language] for item in QUESTIONS),
        "Commentaires",
    ]
    rows = [
        [
            "2020/07/14 10:00:00",
            one.email,
            *(", ".join(one.text(item, language)) for item in QUESTIONS),
            MADE_UP,
        ]
        for one in some
    ]
    path.write_bytes(_csv([head, *rows], "utf-8"))
    return path


def microsoft_forms(folder: Path, some: Sequence[Person]) -> Path:
    """A workbook; several answers end in semicolons; numbers and dates are no text."""
    path = folder / "microsoft.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(
        ["ID", "Start time", "Email", "Name", *(QUESTIONS[item][1] for item in QUESTIONS), "Comments"]
    )
    for one in some:
        cells = [
            "".join(f"{text};" for text in one.text(item, 1))
            if item in SEVERAL
            else "".join(one.text(item, 1))
            for item in QUESTIONS
        ]
        sheet.append(
            [one.number, pd.Timestamp("2020-07-14"), one.email, "Jeanne", *(cell or None for cell in cells)]
        )
        sheet.cell(one.number + 1, 5 + len(QUESTIONS), MADE_UP)
    book.save(path)
    return path


def limesurvey(folder: Path, some: Sequence[Person], *, codes: bool = False) -> Path:
    """Columns with a question's code; options in columns of their own; semicolons and a byte order mark."""
    path = folder / "limesurvey.csv"
    head = ["id", "submitdate", "token", "ipaddr"]
    for item, (_, question) in QUESTIONS.items():
        name = item if codes else f"{item}. {question}"
        if item in SEVERAL:
            head += [
                f"{name}[{option}]" if codes else f"{name} [{TEXTS[option][1]}]" for option in SEVERAL[item]
            ]
            head.append(f"{name}[other]")
        else:
            head.append(name)
    rows = []
    for one in some:
        row = [str(one.number), "1980-01-01 00:00:00", f"tok-{one.number}", "192.0.2.7"]
        for item in QUESTIONS:
            if item in SEVERAL:
                yes, no = ("Y", "") if codes else ("Yes", "No")
                asked = bool(one.answers[item])
                row += [
                    (yes if option in one.answers[item] else no) if asked else "" for option in SEVERAL[item]
                ]
                row.append(MADE_UP + "\nmy boss, Mr X; really")
            else:
                row += one.answers[item] if codes else one.text(item, 1) or [""]
                row += [""] * (codes and not one.answers[item])
        rows.append(row)
    path.write_bytes(_csv([head, *rows], "utf-8-sig", ";"))
    return path


def surveymonkey(folder: Path, some: Sequence[Person]) -> Path:
    """Two rows of headings, questions and options below; a cell holds its option's text. UTF-16, tabs."""
    path = folder / "surveymonkey.csv"
    head, below = ["Respondent ID", "Collector ID", "IP Address", "Email Address"], [""] * 4
    for item, (_, question) in QUESTIONS.items():
        options = [TEXTS[code][1] for code in SEVERAL[item]] if item in SEVERAL else ["Response"]
        head += [question, *[""] * (len(options) - 1)]
        below += options
    head.append("Anything else?")
    below.append("Open-Ended Response")
    rows = []
    for one in some:
        row = [f"1149{one.number:05d}", "401", "192.0.2.7", one.email]
        for item in QUESTIONS:
            if item in SEVERAL:
                row += [TEXTS[code][1] if code in one.answers[item] else "" for code in SEVERAL[item]]
            else:
                row += one.text(item, 1) or [""]
        rows.append([*row, f"{MADE_UP}, my boss, Mr X; really {one.number}"])
    path.write_bytes(_csv([head, below, *rows], "utf-16", "\t"))
    return path


def kobo(folder: Path, some: Sequence[Person]) -> Path:
    """Names of questions in a group; several answers as codes with blanks between, and as 0 and 1."""
    path = folder / "kobo.csv"
    head = ["start", "end"]
    for item in QUESTIONS:
        head += [f"about_you/{item}", *(f"about_you/{item}/{code}" for code in SEVERAL.get(item, ()))]
    rows = []
    for one in some:
        row = ["2020-07-14T10:00:00.000+02:00", "2020-07-14T10:05:00.000+02:00"]
        for item in QUESTIONS:
            given = one.answers[item]
            options = SEVERAL.get(item, ())
            row.append(" ".join([code for code in options if code in given] or given))
            row += [(str(int(code in given)) if given else "") for code in options]
        rows.append([*row, f"uuid-{one.number}", MADE_UP])
    path.write_bytes(_csv([[*head, "_uuid", "_notes"], *rows], "utf-8", ";"))
    return path


def spss(folder: Path, some: Sequence[Person]) -> Path:
    """Numbers with labels; 99 is declared missing; several answers are columns of 1 and 0."""
    path = folder / "spss.sav"
    columns: dict[str, list[float | str]] = {"respondent_id": [f"tok-{one.number}" for one in some]}
    labels, values, missing = {"respondent_id": "Token"}, {}, {}
    for item, (question, _) in QUESTIONS.items():
        if item in SEVERAL:
            for number, code in enumerate(SEVERAL[item], start=1):
                name = f"{item}_{number}"
                columns[name] = [
                    float(code in one.answers[item]) if one.answers[item] else float("nan") for one in some
                ]
                labels[name] = f"{question} [{TEXTS[code][0]}]"
                values[name] = {1.0: "Oui", 0.0: "Non"}
        else:
            codes = sorted({code for one in some for code in one.answers[item]})
            columns[item] = [
                float(next((codes.index(code) + 1 for code in one.answers[item]), 99)) for one in some
            ]
            labels[item] = question
            values[item] = {
                **{float(i): TEXTS[code][0] for i, code in enumerate(codes, start=1)},
                99.0: "Sans réponse",
            }
            missing[item] = [99]
    columns["comment"] = [MADE_UP] * len(some)
    labels["comment"] = "Commentaires"
    pyreadstat.write_sav(
        pd.DataFrame(columns),
        str(path),
        column_labels=labels,
        variable_value_labels=values,
        missing_ranges=missing,
    )
    return path


EXPORTS: Mapping[str, Callable[[Path, Sequence[Person]], Path]] = {
    "Google Forms, French": google_forms,
    "Google Forms, English": lambda folder, some: google_forms(folder, some, 1),
    "Microsoft Forms": microsoft_forms,
    "LimeSurvey, labels": limesurvey,
    "LimeSurvey, codes": lambda folder, some: limesurvey(folder, some, codes=True),
    "SurveyMonkey": surveymonkey,
    "KoBo": kobo,
    "SPSS": spss,
}
