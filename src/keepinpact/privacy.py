"""What published numbers give away of the people who answered.

Three things are asked. Whether enough respondents share what each may be known by, before their rows are
published (k-anonymity: Sweeney 2002, "k-anonymity: a model for protecting privacy",
doi:10.1142/S0218488502001648). Which cells of a table of two questions are withheld, so that none of a few
people can be worked out from the others. And whether the numbers by themselves settle what somebody answered:
the audit's solver takes a respondent apart from the others and looks for data sets in which they answered
otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from keepinpact.audit import Clock, Member, Model, Rule, System, resting_on, shrunk
from keepinpact.data import RELEASED, ROOT, DataError, Fault, Responses, load_codebook, load_responses
from keepinpact.settings import FILE, Settings, load_settings
from keepinpact.statements.linear import Linear
from keepinpact.statements.report import Definition, Quantity, Report

__all__ = [
    "Alike",
    "Settled",
    "alike",
    "check",
    "published_counts",
    "settled",
    "settled_by_counts",
    "several_answers",
    "with_somebody",
    "withheld",
]


@dataclass(frozen=True)
class Alike:
    """How many respondents share what each may be known by."""

    known_by: tuple[str, ...]
    """The items, of those asked for, that the responses hold; the survey counts as well."""
    respondents: int
    alone: int
    """Respondents who share it with nobody."""
    few: int
    """Respondents who are one of fewer than the threshold, those alone included."""


def alike(responses: Responses, known_by: Sequence[str], fewest: int) -> Alike:
    """How many respondents are one of few with the same survey and the same answers to some items.

    A blank is an answer like any other. ValueError where the rows carry no respondents.
    """
    table = responses.table
    if responses.layer != "responses":
        raise ValueError("a reconstruction is nobody's answers")
    held = tuple(one for one in known_by if (table["item"] == one).any())
    people = table["respondent"].astype("category").cat.codes
    who = pd.DataFrame({"wave": table["wave"].astype("str").groupby(people).first()})
    for item in held:
        given = table.loc[(table["item"] == item) & (table["value"] != ""), "value"]
        for value in given.unique():
            who[f"{item} {value}"] = who.index.isin(people[given.index[given == value]])
    sizes = who.value_counts()
    return Alike(held, len(who), int((sizes == 1).sum()), int(sizes[sizes < fewest].sum()))


# What a single person answered.


@dataclass(frozen=True)
class Settled:
    """An answer of a person that numbers settle, and the smallest set of them that does."""

    quantity: Quantity
    """It counts those who gave this answer."""
    by: tuple[Member, ...]


def with_somebody(report: Report, several: Collection[str]) -> Report:
    """A report that takes somebody apart from the others who answered, for each question and survey.

    Of each quantity that counts an answer there is ``somebody.ID``, which is 1 where the person gave it and
    else 0, and ``others.ID``. The person gives one answer to a question, but to those of ``several`` as many
    as there are; a blank is an answer that no other stands beside.
    """
    leaves = [one for one in report.quantities if one.item and one.value is not None and not one.parts]
    sizes = {
        str(one.wave): one.id for one in report.quantities if one.wave and not one.item and not one.among
    }
    both = next(
        (one.id for one in report.quantities if one.parts and set(one.parts) == {*sizes.values()}), None
    )
    families: dict[tuple[str, str | None], list[Quantity]] = {}
    for one in leaves:
        families.setdefault((str(one.item), one.wave), []).append(one)
    quantities, definitions = list(report.quantities), list(report.definitions)
    for place, ((item, wave), family) in enumerate(families.items()):
        base = sizes.get(wave) if wave else both
        if base is None:
            continue
        names = [f"{who}.{one.id}" for who in ("somebody", "others") for one in family]
        names += [f"{who}.{what}{place}" for who in ("somebody", "others") for what in ("rest", "answering")]
        quantities += [Quantity(id=name, says=name) for name in [*names, f"others.all{place}"]]
        held = list(_apart(family, base, place, item in several))
        definitions.append(Definition.model_validate({"id": f"apart{place}", "says": item, "holds": held}))
    return report.model_copy(update={"quantities": quantities, "definitions": definitions})


def _apart(family: Sequence[Quantity], base: str, place: int, several: bool) -> Iterator[dict[str, object]]:
    yield {"sum": {"of": base, "is": [f"others.all{place}", 1]}}
    for one in family:
        yield {"sum": {"of": one.id, "is": [f"somebody.{one.id}", f"others.{one.id}"]}}
    blank = [one.id for one in family if one.value == ""]
    given = [one.id for one in family if one.value != ""]
    for who, all_ in (("somebody", 1), ("others", f"others.all{place}")):
        answering, rest = f"{who}.answering{place}", f"{who}.rest{place}"
        yield {"sum": {"of": all_, "is": [answering, *(f"{who}.{one}" for one in blank)]}}
        if several:
            each = [f"{who}.{one}" for one in given]
            yield {"at_least_as_many": {"each": [answering], "as": [*each, rest]}}
        else:
            yield {"sum": {"of": answering, "is": [*(f"{who}.{one}" for one in given), rest]}}


def several_answers(codebook: pd.DataFrame) -> frozenset[str]:
    """The items that allow several answers."""
    rows = codebook[(codebook["variable"] == "item") & (codebook["response"] == "multiple")]
    return frozenset(rows["code"])


def settled(
    report: Report, entries: Mapping[str, int], on: Collection[str], several: Collection[str]
) -> tuple[int, list[Settled]]:
    """How many answers of a person were asked for, and those that what holds settles.

    An answer is settled where every data set has the person give it. That nobody gave an answer tells of
    everybody and of no one, and a blank is none.

    Parameters
    ----------
    report, entries
        See :class:`keepinpact.audit.Model`.
    on
        The switches of what holds.
    several
        The items that allow several answers.

    Raises
    ------
    keepinpact.audit.Unfinished
        Where an answer is not certain.
    """
    apart = with_somebody(report, several)
    data_sets = Model(apart, entries).fitting(on)
    known = {one.id for one in apart.quantities}
    asked = [one for one in report.quantities if one.item and one.value and f"somebody.{one.id}" in known]
    found = []
    for one in asked:
        not_given = Linear({f"somebody.{one.id}": 1}, ((0, 0),))
        if not data_sets.holding(((not_given,),)).exist:
            found.append(Settled(one, tuple(resting_on(data_sets, [not_given]))))
    return len(asked), found


def published_counts(responses: Responses, codebook: pd.DataFrame) -> Report:
    """What is taken to be published of responses, each count as a statement.

    Of each survey how many took part, and for each of its questions how many gave each answer and how many
    none. That is more than the pages show, so what it does not settle, they do not settle.
    """
    table = responses.table
    labels = {(str(one.variable), str(one.code)): str(one.label) for one in codebook.itertuples()}
    quantities: list[dict[str, object]] = []
    statements: list[dict[str, object]] = []

    def count(says: str, number: int, **of: str) -> None:
        name = f"n{len(quantities)}"
        quantities.append({"id": name, "says": says, **of})
        holds = [{"count": {"of": name, "is": number}}]
        quote = f"{says}: {number}"
        statements.append({"id": name, "section": "published", "quote": quote, "says": quote, "holds": holds})

    for wave in sorted(table["wave"].unique()):
        rows = table[table["wave"] == wave]
        everybody = responses.respondents([wave])
        count(f"respondents of survey {wave}", everybody, wave=wave)
        for item in sorted(rows["item"].unique()):
            given = rows[(rows["item"] == item) & (rows["value"] != "")]
            says, of = f"survey {wave}, {labels['item', item]}", {"item": item, "wave": wave}
            numbers = given["value"].value_counts()
            for value, number in sorted(numbers[numbers > 0].items()):
                count(f"{says}, {labels[item, value]}", int(number), value=value, **of)
            blank = everybody - given["respondent"].nunique()
            count(f"{says}, no answer", blank, value="", **of)
    return Report.model_validate(
        {
            "format": 1,
            "title": "What is published",
            "sections": [{"id": "published", "title": "What is published"}],
            "quantities": quantities,
            "statements": statements,
        }
    )


def settled_by_counts(responses: Responses, codebook: pd.DataFrame) -> tuple[int, list[Settled], Report]:
    """What the published counts settle, and :func:`published_counts`; see :func:`settled`."""
    report = published_counts(responses, codebook)
    asked, found = settled(report, {}, [one.id for one in report.statements], several_answers(codebook))
    return asked, found, report


# A table of two questions.


Cell = tuple[str, str]


def withheld(people: Mapping[tuple[str, str, str], int], fewest: int) -> frozenset[Cell]:
    """The cells of a table of two questions that cannot be published, so that nobody's answer is settled.

    Withheld is each cell that counts somebody, but fewer than the threshold, and each cell of a row that
    fewer gave; and then, as long as the other numbers settle a count below the threshold, or the answer to a
    question of all of a survey who gave the same one to the other, the smallest cell of those that settle it.
    It is taken to be known how many of each survey gave each answer to either question.

    Parameters
    ----------
    people
        How many of a survey gave an answer to the one question and one to the other: by survey, row and
        column, an empty one for none.
    fewest
        The threshold.

    Returns
    -------
    frozenset
        Cells by row and column, of both surveys together; none with an empty row or column, which are not
        shown.

    Raises
    ------
    keepinpact.audit.Unfinished
        Where an answer is not certain.
    """
    rows, columns = (sorted({where[place] for where in people}) for place in (1, 2))
    waves = sorted({wave for wave, _, _ in people})
    name = {(w, r, c): f"{i}.{j}.{k}" for i, w in enumerate(waves) for j, r in enumerate(rows)
            for k, c in enumerate(columns)}  # fmt: skip
    counts = {cell: people.get(cell, 0) for cell in name}
    shown: dict[str, tuple[Cell, int]] = {}
    rules = []
    for r in rows:
        for c in columns:
            if r and c:
                switch = f"cell {len(shown)}"
                number = sum(counts[w, r, c] for w in waves)
                shown[switch] = ((r, c), number)
                terms = {name[w, r, c]: 1 for w in waves}
                rules.append(Rule(switch, ((Linear(terms, ((number, number),)),),)))
    always = []
    for w in waves:
        groups = [[(w, r, c) for c in columns] for r in rows] + [[(w, r, c) for r in rows] for c in columns]
        for group in groups:
            number = sum(counts[cell] for cell in group)
            always.append(Linear({name[cell]: 1 for cell in group}, ((number, number),)))
    system = System(list(name.values()), [Rule(None, (tuple(always),)), *rules], Clock())
    few = {switch for switch, (_, number) in shown.items() if 0 < number < fewest}
    in_rows = Counter({r: sum(number for (s, _), number in shown.values() if s == r) for r in rows})
    hidden = few | {switch for switch, ((r, _), _) in shown.items() if in_rows[r] < fewest}
    # What is settled is so in the true counts as well, so nothing else needs to be asked.
    certain = [
        Linear({name[w, r, c]: 1}, ((None, counts[w, r, c] - 1),))
        for (w, r, c), number in counts.items()
        if number and r and c and number in (_total(counts, w, row=r), _total(counts, w, column=c))
    ]
    kept = sorted(shown.keys() - hidden, key=lambda switch: (-shown[switch][1], shown[switch][0]))
    while True:
        secret = [
            Linear(terms, ((None, number - 1), (number + 1, None)))
            for (r, c), number in (shown[switch] for switch in sorted(few))
            for terms in [{name[w, r, c]: 1 for w in waves}]
        ]
        more = set()
        for other in [*secret, *certain]:
            now = [switch for switch in kept if switch not in more]

            def holds(some: frozenset[str], other: Linear = other) -> bool:
                return system.find(some, [((other,),)]) is not None

            if not holds(frozenset(now)) and (by := shrunk(now, holds)):
                more.add(min(by, key=lambda switch: (shown[switch][1], shown[switch][0])))
        if not more:
            return frozenset(shown[switch][0] for switch in hidden)
        hidden |= more
        kept = [switch for switch in kept if switch not in more]


def _total(
    counts: Mapping[tuple[str, str, str], int],
    wave: str,
    *,
    row: str | None = None,
    column: str | None = None,
) -> int:
    return sum(
        number
        for (w, r, c), number in counts.items()
        if w == wave and row in (None, r) and column in (None, c)
    )


def people_by(responses: Responses, row: str, column: str) -> dict[tuple[str, str, str], int]:
    """How many of each survey gave which answers to two single-response items, for :func:`withheld`.

    Of the surveys that asked both; an empty answer for none.
    """
    table = responses.table
    asked = table[table["item"].isin([row, column])].groupby("wave")["item"].nunique()
    if table[table["item"].isin([row, column])].duplicated(["respondent", "item"]).any():
        raise ValueError(f"{row} or {column} allows several answers")
    of = table["wave"].isin(asked[asked == 2].index)
    people = table.loc[of, ["wave", "respondent"]].drop_duplicates()
    for item in (row, column):
        given = table.loc[table["item"] == item, ["respondent", "value"]].rename(columns={"value": item})
        people = people.merge(given, on="respondent", how="left")
    found: Counter[tuple[str, str, str]] = Counter()
    sizes = people.groupby(["wave", row, column], observed=True, dropna=False).size()
    for (wave, *cells), number in zip(sizes.index.tolist(), sizes, strict=True):
        # Who has no row gave no answer either.
        first, second = ("" if pd.isna(cell) else cell for cell in cells)
        found[wave, first, second] += int(number)
    return dict(found)


def check(root: Path = ROOT, responses: Responses | None = None) -> str:
    """What the responses of a project give away once they are published, in a sentence; empty without any.

    ``responses`` are those of the project, where they have been read already.

    Raises
    ------
    DataError
        Where rows would be published of respondents who are one of too few, or where the published counts
        settle what somebody answered and the settings do not accept that.
    """
    responses = responses or load_responses(root)
    if responses.layer != "responses":
        return ""
    settings, codebook = load_settings(root), load_codebook(root)
    items = set(codebook[codebook["variable"] == "item"]["code"])
    if unknown := [one for one in settings.known_by if one not in items]:
        raise DataError([Fault(FILE, 0, "known-by", one, "is an item of the codebook") for one in unknown])
    found = alike(responses, settings.known_by, settings.fewest_alike)
    asked, known, report = settled_by_counts(responses, codebook)
    faults = list(_faults(settings, found, known, report))
    if faults:
        raise DataError(faults)
    rows = "published" if settings.publish_rows else "not published"
    return (
        f"Of {found.respondents} respondents {found.alone} share the survey and {', '.join(found.known_by)} "
        f"with nobody, {found.few} with fewer than {settings.fewest_alike - 1} others; rows are {rows}. "
        f"Of {asked} answers {len(known)} are settled by the published counts."
    )


def _faults(settings: Settings, found: Alike, known: Sequence[Settled], report: Report) -> Iterator[Fault]:
    if settings.publish_rows and found.few:
        rule = (
            f"each respondent shares the survey and {', '.join(found.known_by)} with "
            f"{settings.fewest_alike - 1} others or more, where rows are published (publish-rows in {FILE}); "
            f"{found.few} of {found.respondents} do not, {found.alone} share it with nobody"
        )
        yield Fault(RELEASED.as_posix(), 0, "", "", rule)
    for one in known:
        name = f"{one.quantity.wave}/{one.quantity.item}/{one.quantity.value}"
        if name not in settings.settled_accepted:
            by = "; ".join(report.statement(member.id).quote for member in one.by)
            rule = (
                f"is no answer that the published counts settle for everybody ({by}); where that may be, "
                f"{name!r} stands under settled-accepted in {FILE}"
            )
            yield Fault(RELEASED.as_posix(), 0, "answer", one.quantity.says, rule)
