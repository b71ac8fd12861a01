"""How good the audit is: public cases, and surveys drawn from real answers with a slip planted in a copy.

``make cases`` runs it in an environment of its own, where statsmodels brings the answers (ANES 1996), and
writes ``data/cases/``. The chapter "How good is the audit?" shows what stands there; the row models in
``keepinpact.data.rows`` say what each column holds.
"""

from __future__ import annotations

import argparse
import csv
import io
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest import mock

import samples
from grim import ROWS, RULES, percentage
from grim import report as grim_report
from keepinpact.audit import Audit, Model, audit, literal, search
from keepinpact.audit.whole import based
from keepinpact.data import CASES
from keepinpact.data.rows import ROWS as MODELS
from keepinpact.numbers import Bound, Percentage, Share, candidates
from keepinpact.paths import ROOT
from keepinpact.statements.report import Report

EXAMPLES = """examples:
  make cases                                   everything, into data/cases/
  .venv-cases/bin/python tests/cases.py --surveys 3 --to /tmp/cases    a small run elsewhere
"""
DRAWN = ROOT / "tests/drawn.csv"
"""The respondents of a few drawn surveys, for tests that have no statsmodels."""
KEPT = 3
"""How many surveys stand there."""

Row = Mapping[str, str]
Holds = dict[str, dict[str, Any]]


def made(
    title: str,
    quantities: Iterable[str | Mapping[str, Any]],
    definitions: Sequence[Holds],
    statements: Mapping[str, tuple[str, Holds]],
) -> Report:
    """A report of quantities, of what is true by construction, and of statements (words and meaning)."""
    listed = [{"id": one, "says": one} if isinstance(one, str) else dict(one) for one in quantities]
    known = [{"id": "known", "says": "known", "holds": list(definitions)}] if definitions else []
    return Report.model_validate(
        {
            "format": 1,
            "title": title,
            "sections": [{"id": "s", "title": "S"}],
            "quantities": listed,
            "definitions": known,
            "statements": [
                {"id": name, "section": "s", "quote": words, "says": words, "holds": [holds]}
                for name, (words, holds) in statements.items()
            ],
        }
    )


# Public cases

SAGE_AND_WRIGHT = "Sage and Wright 2016, European Journal of Operational Research 250, Table 3b"
SCHOLTUS = (
    "Scholtus 2009, Automatic correction of simple typing errors in numerical data with balance edits, "
    "Statistics Netherlands, Discussion paper 09046; records as in the tests of the R package deducorrect"
)
TOTAL = 48
GROUPS = {
    "group1": (("42.9%", "57.1%"), (7, 21)),
    "group2": (("62.5%", "37.5%"), (8,)),
    "group3": (("40.0%", "60.0%"), (10, 15)),
    "group4": (("55.6%", "44.4%"), (9, 18)),
}
"""The printed percentages of both kinds in each group, and the group's possible sizes as published."""

EDITS: Sequence[Holds] = (
    {"sum": {"of": ["x1", "x2"], "is": "x3"}},
    {"sum": {"of": "x2", "is": "x4"}},
    {"sum": {"of": ["x5", "x6", "x7"], "is": "x8"}},
    {"sum": {"of": ["x3", "x8"], "is": "x9"}},
    {"sum": {"of": ["x10", "x11"], "is": "x9"}},
)
RIGHT = (1452, 116, 1568, 116, 323, 76, 12, 411, 1979, 1842, 137)
RECORDS = {
    "one typing error": (1452, 116, 1568, 161, 323, 76, 12, 411, 1979, 1842, 137),
    "two typing errors": (1452, 116, 1568, 161, 323, 76, 12, 411, 19979, 1842, 137),
}


CLOSED = 10
"""Up to so many steps of a scale scrutipy's CLOSURE lists all samples; beyond, its GRIMMER has to do."""


def groups() -> Report:
    """Sage and Wright's table: people in groups of two kinds each, of which only percentages are printed."""
    quantities: list[Mapping[str, Any]] = [{"id": "all", "says": "all", "parts": list(GROUPS)}]
    statements: dict[str, tuple[str, Holds]] = {"total": (str(TOTAL), {"count": {"of": "all", "is": TOTAL}})}
    for group, (shares, _) in GROUPS.items():
        kinds = [f"{group}.{kind}" for kind in ("first", "second")]
        quantities.append({"id": group, "says": group, "parts": kinds})
        for kind, share in zip(kinds, shares, strict=True):
            quantities.append({"id": kind, "says": kind})
            statements[f"{kind}.share"] = (share, {"share": {"of": kind, "base": group, "is": share}})
    return made(SAGE_AND_WRIGHT, quantities, [], statements)


def record(values: Sequence[int]) -> Report:
    """A record of Scholtus: numbers, and the sums that they have to add up to."""
    names = [f"x{i}" for i in range(1, len(values) + 1)]
    statements = {
        f"{name}.printed": (str(value), {"count": {"of": name, "is": value}})
        for name, value in zip(names, values, strict=True)
    }
    return made(SCHOLTUS, names, EDITS, statements)


def proposed(found: Audit) -> str:
    """The first repair of an audit, each number with what is proposed in its place."""
    instead = found.repairs[0].instead or []
    return ", ".join(f"{one.statement.removesuffix('.printed')}: {one.nearest[0]}" for one in instead)


def published() -> Iterator[list[str]]:
    """Rows of ``published.csv``."""
    found = audit(groups(), {}, rounding="nearest")
    for group, (shares, sizes) in GROUPS.items():
        bound = found.bound(group)
        values = bound.values or range(bound.low, (bound.high or 0) + 1)
        printed = "/".join(share.removesuffix("%") for share in shares)
        yield ["groups", group, printed, " or ".join(map(str, sizes)), " or ".join(map(str, values)),
               SAGE_AND_WRIGHT]  # fmt: skip
    for name, values in RECORDS.items():
        wrong = [i for i, (one, other) in enumerate(zip(values, RIGHT, strict=True)) if one != other]
        mended = ", ".join(f"x{i + 1}: {RIGHT[i]}" for i in wrong)
        yield ["records", name, " ".join(map(str, values)), mended, proposed(audit(record(values), {})),
               SCHOLTUS]  # fmt: skip


def grim() -> Iterator[list[str]]:
    """Rows of ``grim.csv``, without what scrutipy says."""
    for row in ROWS:
        share = percentage(row["printed"])
        report = grim_report({"all": share}, {"all": int(row["n"])})
        found = literal(Model(report, {}), RULES[row["rounding"]]).exist
        yield [*(row[key] for key in ("source", "printed", "n", "rounding", "consistent")), yes(found)]


def sampled() -> Iterator[list[str]]:
    """Rows of ``samples.csv``, without what scrutipy says."""
    for row in samples.ROWS:
        found = literal(Model(samples.report(row), {})).exist
        yield [*row.values(), yes(found), yes(samples.exists(row))]


def beside(table: str, rows: Iterable[list[str]]) -> list[list[str]]:
    """The rows, each with what the package scrutipy says of the same; ``none`` where it breaks off."""
    import scrutipy

    def said(row: list[str]) -> str:
        try:
            if table == "grim":
                _, printed, n, rounding, *_ = row
                number, percent = printed.removesuffix("%").strip(), printed.endswith("%")
                return yes(scrutipy.grim_scalar(number, int(n), rounding=rounding, percent=percent))
            _, low, high, mean, sd, n, *_ = row
            if int(high) - int(low) > CLOSED:
                return yes(scrutipy.grimmer([mean], [sd], [int(n)], items=[1])[0])
            away = [10.0 ** -len(one.partition(".")[2]) / 2 for one in (mean, sd)]
            return yes(bool(scrutipy.closure(float(mean), float(sd), int(n), int(low), int(high), *away)))
        except BaseException as error:
            # What its Rust code breaks off with is no ordinary exception.
            if type(error).__name__ != "PanicException":
                raise
            return "none"

    return [[*row, said(row)] for row in rows]


def yes(answer: bool | None) -> str:
    """An answer in a table; none where a time limit stopped the search for it."""
    return "stopped" if answer is None else "yes" if answer else "no"


# Surveys drawn from real answers

ITEMS: Mapping[str, tuple[str, Mapping[str, Sequence[int]]]] = {
    "vote": ("vote", {"clinton": (0,), "dole": (1,)}),
    "party": ("PID", {"democrat": (0, 1), "independent": (2, 3, 4), "republican": (5, 6)}),
    "leaning": ("selfLR", {"liberal": (1, 2, 3), "moderate": (4,), "conservative": (5, 6, 7)}),
    "school": ("educ", {"school": (1, 2, 3), "college": (4,), "degree": (5, 6, 7)}),
    "news": ("TVnews", {"never": (0,), "sometimes": (1, 2, 3, 4, 5, 6), "daily": (7,)}),
}
"""The questions: the column of ANES 1996, and the codes behind each answer."""
CROSSED = (("party", "vote"), ("school", "news"))
"""Pairs of questions of which the second is printed within each answer to the first."""
AMOUNTS = ("little", "some", "much")
SLIPS = ("digit", "swap", "base")
SIZES = (20, 120)
"""The smallest and the largest survey."""
SURVEYS = 100
SLIPPED = 40
"""In the reports of so many of them slips are planted."""
QUESTIONS = 60
"""After about so many questions to the solver the search for conflicts ends; the audit itself asks more."""
SECONDS = 120.0
"""A limit that nothing should come to; what does is recorded as stopped."""


def answers() -> list[Row]:
    """Every respondent of ANES 1996 with an answer to each question; needs statsmodels."""
    found = find_spec("statsmodels")
    if found is None or found.origin is None:
        raise SystemExit("statsmodels is not here: make cases")
    path = Path(found.origin).parent / "datasets/anes96/anes96.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    names = [name.strip("'") for name in lines[0].split()]
    coded = [dict(zip(names, line.split(), strict=True)) for line in lines[1:]]
    given = {
        item: {str(code): value for value, codes in values.items() for code in codes}
        for item, (_, values) in ITEMS.items()
    }
    return [{item: given[item][row[column]] for item, (column, _) in ITEMS.items()} for row in coded]


def draw(everyone: Sequence[Row], seed: int) -> list[Row]:
    """The respondents of a survey, drawn without replacement."""
    by = random.Random(f"survey {seed}")
    return by.sample(everyone, by.randint(*SIZES))


@dataclass(frozen=True)
class Printed:
    """A report of a survey: its statements, and the data that they are about."""

    counts: Mapping[str, int]
    statements: Mapping[str, tuple[str, Holds]]

    def report(self) -> Report:
        """What the audit gets: nothing of the data, and no assumption."""
        quantities: list[Mapping[str, Any]] = [{"id": "answers", "says": "answers"}]
        definitions: list[Holds] = []
        for item, (_, values) in ITEMS.items():
            names = [f"{item}.{value}" for value in values]
            quantities += [{"id": name, "says": name} for name in names]
            definitions.append({"sum": {"of": names, "is": "answers"}})
        for first, second in CROSSED:
            rows, columns = ITEMS[first][1], ITEMS[second][1]
            cells = {(row, column): f"{first}.{row}.{column}" for row in rows for column in columns}
            quantities += [{"id": cell, "says": cell} for cell in cells.values()]
            for row in rows:
                of = [cells[row, column] for column in columns]
                definitions.append({"sum": {"of": of, "is": f"{first}.{row}"}})
            for column in columns:
                of = [cells[row, column] for row in rows]
                definitions.append({"sum": {"of": of, "is": f"{second}.{column}"}})
        return made("a drawn survey", quantities, definitions, self.statements)

    def true(self, holds: Holds) -> bool:
        """Whether the data are as a printed number says, a percentage rounded either way at a tie."""
        ((kind, body),) = holds.items()
        if kind == "count":
            return self.counts[body["of"]] == body["is"]
        share = Share(self.counts[body["of"]], self.counts[body["base"]])
        return share in candidates(Percentage.parse(body["is"]), share.base)


def counted(respondents: Sequence[Row]) -> dict[str, int]:
    """Every quantity of a survey, counted."""
    counts = {"answers": len(respondents)}
    for item, (_, values) in ITEMS.items():
        given = Counter(one[item] for one in respondents)
        counts |= {f"{item}.{value}": given[value] for value in values}
    for first, second in CROSSED:
        pairs = Counter((one[first], one[second]) for one in respondents)
        for row in ITEMS[first][1]:
            counts |= {f"{first}.{row}.{column}": pairs[row, column] for column in ITEMS[second][1]}
    return counts


def printed(respondents: Sequence[Row], amount: str) -> Printed:
    """The report of a survey.

    Little: how many answered, a percentage each of three questions, whom most would vote for. Some: every
    percentage of every question, the order of two, and a percentage within the answers to another question.
    Much: all such percentages, and the counts of two questions and of one table, so that bases are printed.
    """
    counts = counted(respondents)
    statements: dict[str, tuple[str, Holds]] = {}

    def count(of: str) -> None:
        statements[f"{of}.count"] = (f"{counts[of]} {of}", {"count": {"of": of, "is": counts[of]}})

    def share(of: str, base: str) -> None:
        if counts[base]:
            share = Share(counts[of], counts[base]).percent().replace(" ", "")
            holds = {"share": {"of": of, "base": base, "is": share}}
            statements[f"{of}.share"] = (f"{share} {of}", holds)

    def order(item: str) -> None:
        names = sorted((f"{item}.{value}" for value in ITEMS[item][1]), key=lambda name: -counts[name])
        statements[f"{item}.order"] = (f"in order: {', '.join(names)}", {"rank": {"order": names}})

    count("answers")
    for item in ITEMS if amount != "little" else ("party", "leaning", "news"):
        values = list(ITEMS[item][1])
        for value in values if amount != "little" else values[:1]:
            share(f"{item}.{value}", "answers")
    for name in ("vote.clinton", "vote.dole"):
        if 2 * counts[name] > counts["answers"]:
            holds: Holds = {"majority": {"each": name, "base": "answers"}}
            statements[f"{name}.majority"] = (f"a majority of {name}", holds)
    if amount == "little":
        return Printed(counts, statements)
    order("school")
    order("news")
    if amount == "some":
        share("party.democrat.clinton", "party.democrat")
        share("school.degree.daily", "school.degree")
        return Printed(counts, statements)
    for first, second in CROSSED:
        for row in ITEMS[first][1]:
            count(f"{first}.{row}")
            for column in ITEMS[second][1]:
                share(f"{first}.{row}.{column}", f"{first}.{row}")
    for row in ITEMS["party"][1]:
        count(f"party.{row}.clinton")
    return Printed(counts, statements)


# Slips


@dataclass(frozen=True)
class Slip:
    """A printed number of a report that is printed wrongly in a copy."""

    kind: str
    statement: str
    was: str
    is_: str
    copy: Printed


def number(holds: Holds) -> str:
    """The digits that a statement prints; empty for one without."""
    ((kind, body),) = holds.items()
    return str(body["is"]).removesuffix("%") if kind in ("count", "share") else ""


def other_numbers(kind: str, whole: Printed, holds: Holds) -> list[str]:
    """What a slip of that kind can make of a printed number."""
    text = number(holds)
    found: set[str] = set()
    if kind == "digit":
        found = {
            text[:place] + digit + text[place + 1 :] for place in range(len(text)) for digit in "0123456789"
        }
    elif kind == "swap":
        found = {text[:i] + text[i + 1] + text[i] + text[i + 2 :] for i in range(len(text) - 1)}
    elif "share" in holds:
        of = whole.counts[holds["share"]["of"]]
        bases = {n for name, n in whole.counts.items() if name.count(".") < 2 and n >= max(of, 1)}
        found = {Share(of, base).percent().removesuffix(" %") for base in bases}
    return sorted(one for one in found if one != text and not re.match("0.", one))


def with_number(holds: Holds, text: str) -> Holds:
    """The same statement with another number."""
    ((kind, body),) = holds.items()
    return {kind: body | {"is": f"{text}%" if kind == "share" else int(text)}}


def slip(whole: Printed, kind: str, seed: str) -> Slip | None:
    """A slip that makes a statement false; None where none of that kind does.

    A digit of a number is changed, two neighbours of its digits are swapped, or a percentage is taken of
    another base that the report knows of: everyone, or those who gave some answer.
    """
    by = random.Random(f"{seed} {kind}")
    places = []
    for name, (words, holds) in whole.statements.items():
        others = other_numbers(kind, whole, holds) if number(holds) else []
        wrong = [one for one in others if "share" not in holds or int(one) <= 100]
        wrong = [one for one in wrong if not whole.true(with_number(holds, one))]
        if wrong:
            places.append((name, words, holds, wrong))
    if not places:
        return None
    name, words, holds, wrong = by.choice(places)
    text = by.choice(wrong)
    statements = dict(whole.statements)
    statements[name] = (words.replace(number(holds), text, 1), with_number(holds, text))
    return Slip(kind, name, number(holds), text, Printed(whole.counts, statements))


def impossible_alone(whole: Printed) -> bool:
    """Whether some percentage is none of its base, where that is printed: the GRIM test, number by number."""
    sizes = {
        body["of"]: body["is"]
        for _, holds in whole.statements.values()
        for kind, body in holds.items()
        if kind == "count"
    }
    return any(
        body["base"] in sizes
        and not (sizes[body["base"]] and candidates(Percentage.parse(body["is"]), sizes[body["base"]]))
        for _, holds in whole.statements.values()
        for kind, body in holds.items()
        if kind == "share"
    )


# What comes out


def survey_row(survey: int, amount: str, whole: Printed) -> list[str]:
    """A row of ``surveys.csv``: whether a true report holds, and whether its bounds contain the truth."""
    data_sets = literal(Model(whole.report(), {}), "nearest")
    bounds = data_sets.bounds() if data_sets.exist else {}
    return [str(one) for one in (
        survey, amount, whole.counts["answers"], len(whole.statements), yes(data_sets.exist), len(bounds),
        sum(contains(bound, whole.counts[name]) for name, bound in bounds.items()),
        sum(bound.settled for bound in bounds.values()),
    )]  # fmt: skip


def contains(bound: Bound, value: int) -> bool:
    """Whether a bound allows a value."""
    if bound.values is not None:
        return value in bound.values
    return bound.low <= value and (bound.high is None or value <= bound.high)


def slip_row(survey: int, amount: str, made: Slip) -> list[str]:
    """A row of ``slips.csv``: what the audit makes of a copy with a slip."""
    with mock.patch.object(search, "_MOST_QUESTIONS", QUESTIONS):
        ground = based(made.copy.report(), {}, rounding="nearest", seconds=SECONDS)
    holds = [part.statements_hold for part in ground.parts]
    found = True if False in holds else None if None in holds else False
    complete = smallest = named = top = proposed = ""
    if found:
        right = [one for one in ground.repairs if [each.id for each in one.gives_up] == [made.statement]]
        complete = yes(all(part.found.complete for part in ground.parts))
        smallest = str(sum(one.smallest for one in ground.repairs))
        named = yes(any(one.smallest for one in right))
        top = yes(ground.repairs[:1] == right[:1] != [])
        nearest = [number for one in right for each in one.instead or () for number in each.nearest]
        proposed = yes(made.was in [one.removesuffix("%").strip() for one in nearest])
    return [str(one) for one in (
        survey, amount, made.copy.counts["answers"], made.kind, made.statement, made.was, made.is_,
        yes(impossible_alone(made.copy)), yes(found), complete, smallest, named, top, proposed,
    )]  # fmt: skip


def slips_of(survey: int, amount: str, whole: Printed) -> Iterator[Slip]:
    """A slip of each kind in a report, as far as there are any."""
    for kind in SLIPS:
        made = slip(whole, kind, f"slip {survey} {amount}")
        if made is not None:
            yield made


def written(name: str, rows: Iterable[Sequence[str]]) -> str:
    """A table of ``data/cases/`` as its file holds it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(MODELS[CASES[name]].model_fields)
    writer.writerows(rows)
    return text.getvalue()


def drawn() -> dict[int, list[Row]]:
    """The surveys that are kept for tests, by number."""
    with DRAWN.open(encoding="utf-8", newline="") as file:
        found: dict[int, list[Row]] = {}
        for row in csv.DictReader(file):
            found.setdefault(int(row.pop("survey")), []).append(row)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--surveys", type=int, default=SURVEYS, metavar="N", help=f"draw so many ({SURVEYS})")
    parser.add_argument(
        "--slipped", type=int, default=SLIPPED, metavar="N", help=f"plant slips in so many ({SLIPPED})"
    )
    parser.add_argument("--to", type=Path, default=ROOT, metavar="DIR", help="a project's folder (this one)")
    options = parser.parse_args()
    everyone = answers()
    start = time.monotonic()
    surveys, slips, kept = [], [], io.StringIO(newline="")
    keeping = csv.writer(kept, lineterminator="\n")
    keeping.writerow(["survey", *ITEMS])
    for survey in range(1, options.surveys + 1):
        respondents = draw(everyone, survey)
        if survey <= KEPT:
            keeping.writerows([survey, *(one[item] for item in ITEMS)] for one in respondents)
        for amount in AMOUNTS:
            whole = printed(respondents, amount)
            surveys.append(survey_row(survey, amount, whole))
            if survey <= options.slipped:
                slips += [slip_row(survey, amount, made) for made in slips_of(survey, amount, whole)]
        print(f"survey {survey}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    tables = {"published": published(), "grim": beside("grim", grim())}
    tables |= {"samples": beside("samples", sampled()), "surveys": surveys, "slips": slips}
    files = {CASES[name]: written(name, rows) for name, rows in tables.items()}
    files[DRAWN.relative_to(ROOT).as_posix()] = kept.getvalue()
    for name, text in files.items():
        path = options.to / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
        print(f"{name}: {text.count(chr(10)) - 1} rows")


if __name__ == "__main__":
    main()
