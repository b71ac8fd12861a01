"""What would follow if another repair, reading or rounding rule were taken.

The states of the printed text that follow are no findings of the edition: nothing here has a receipt.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from html import escape as html
from typing import Any, TypeVar

from keepinpact.audit import Behind, Choice, Member, Outcome, member_of, outcomes, readings_of, words
from keepinpact.audit.result import QuantityBound
from keepinpact.data import Edition
from keepinpact.findings.implied import listed_shares, model_of
from keepinpact.findings.tables import escape, fenced, markdown, markdown_table, sentence
from keepinpact.ledger import audited, shared
from keepinpact.numbers import ROUNDINGS, Bound, Share, either
from keepinpact.receipt import Finding
from keepinpact.statements.report import Report

__all__ = ["form", "own", "states", "table"]

FITS_NONE = "no set of answers fits"
NOT_KNOWN = "not known"
_NOTE = "What if? These states are hypothetical: none of their numbers is a result of the edition."
_OWN = " (as this edition has it)"
_RULE = "nearest"
_T = TypeVar("_T")


def states(
    edition: Edition, numbers: Mapping[str, Sequence[str]], percentages: Mapping[str, str]
) -> dict[str, Any]:
    """What numbers become in each state, by the printed text alone.

    Parameters
    ----------
    edition
        The edition.
    numbers
        What is shown, in words, and the quantities of which it is the sum.
    percentages
        What a percentage is about, in words, and the statement that prints it.

    Returns
    -------
    dict
        What the page loads, as JSON has it. ``shown`` has for each number its ``texts``, for each percentage
        their ``shares`` too; the first is the edition's own. ``states`` go through ``repairs``,
        ``readings`` and ``rules``, the last of them fastest. A state is a list with the place of each text,
        then that of its remark among ``remarks``, without noughts at its end; the place of what clashes
        among ``clashes``, where no data set fits; or null, where that is not known.
    """
    audit = audited(edition)
    asked = repr(
        (edition.report, edition.items.to_csv(), audit.repairs, edition.repair, numbers, percentages)
    )
    return dict(
        json.loads(shared("what-if", asked, lambda: json.dumps(_states(edition, numbers, percentages))))
    )


def _states(
    edition: Edition, numbers: Mapping[str, Sequence[str]], percentages: Mapping[str, str]
) -> dict[str, Any]:
    report, model = edition.report, model_of(edition, text_alone=True)
    ways = _ways(edition)
    readings: list[tuple[str, str] | None] = [None, *readings_of(report)]
    rules = [_RULE, *(name for name in ROUNDINGS if name != _RULE)]
    given_up = [gone for _, gone in ways]
    found = outcomes(model, given_up, readings, rules, list(numbers.values()), list(percentages.values()))
    behind: list[list[tuple[str, tuple[Share, ...]]]] = [[] for _ in percentages]
    bounds: list[list[str]] = [[] for _ in numbers]
    remarks, clashes = [""], list[str]()
    states: list[list[int] | int | None] = []
    for choice, outcome in found.items():
        if not outcome.fits:
            clash = _clash(outcome, choice, report)
            states.append(None if outcome.fits is None else _place(clash, clashes))
            continue
        state = [
            *(_place((_behind(b), b.shares), known) for b, known in zip(outcome.behind, behind, strict=True)),
            *(
                _place(_bound(bound, names, report), known)
                for bound, names, known in zip(outcome.bounds, numbers.values(), bounds, strict=True)
            ),
            _place(_remark(outcome, choice, report), remarks),
        ]
        while state and not state[-1]:
            state.pop()
        states.append(state)
    shares = [
        {
            "says": says,
            "quote": report.statement(statement).quote,
            "texts": [text for text, _ in known],
            "shares": [[(each.count, each.base) for each in one] for _, one in known],
        }
        for (says, statement), known in zip(percentages.items(), behind, strict=True)
    ]
    return {
        "format": 1,
        "note": _NOTE,
        "repairs": [[name, _does(gone, report)] for name, gone in ways],
        "readings": [_reading(one, report) for one in readings],
        "rules": [[name, f"rounded {ROUNDINGS[name].says}"] for name in rules],
        "shown": [*shares, *({"says": s, "texts": t} for s, t in zip(numbers, bounds, strict=True))],
        "remarks": remarks,
        "clashes": clashes,
        "states": states,
    }


def _ways(edition: Edition) -> list[tuple[str, tuple[Member, ...]]]:
    """What can be given up: first what the edition gives up, then nothing, then each other repair."""
    repairs = audited(edition).repairs
    own = tuple(member_of(one, edition.report) for one in edition.repair.gives_up)
    name = next((one.id for one in repairs if one.adopted), "own")
    ways = [(name, own), *([("none", ())] if own else [])]
    return ways + [(one.id, tuple(one.gives_up)) for one in repairs if not one.adopted]


def _does(gone: Sequence[Member], report: Report) -> str:
    return either([words.gives_up(one, report) for one in gone], "and") or "nothing is given up"


def _reading(one: tuple[str, str] | None, report: Report) -> list[str]:
    if one is None:
        return ["", "every sentence read literally, as far as the repair lets it"]
    statement = report.statement(one[0])
    return [":".join(one), f"“{statement.quote}” read as: {statement.reading(one[1]).says}"]


def _place(one: _T, known: list[_T]) -> int:
    """The place of something among what is known, where it then is."""
    if one not in known:
        known.append(one)
    return known.index(one)


def _bound(bound: Bound | None, names: Sequence[str], report: Report) -> str:
    if bound is None:
        return NOT_KNOWN
    if len(names) > 1:
        return str(bound)
    values = None if bound.values is None else list(bound.values)
    return words.range_of(
        QuantityBound(quantity=names[0], low=bound.low, high=bound.high, values=values), report
    )


def _behind(one: Behind) -> str:
    match one.said:
        case "these":
            return listed_shares(one.shares) or "no share"
        case "given up":
            return "nothing, as the sentence is given up"
        case "read otherwise":
            return "other percentages too, as the sentence is read otherwise"
        case "too many":
            return "more shares than can be listed"
        case "not known":
            return NOT_KNOWN


def _remark(outcome: Outcome, choice: Choice, report: Report) -> str:
    """What else is to be known of a state."""
    said = []
    if choice.moot:
        said.append("The sentence to be read otherwise is given up, so its reading changes nothing.")
    if outcome.spare:
        kept = either([_keeps(one, report) for one in outcome.spare])
        said.append(f"More is given up than would be needed here: {kept}.")
    return " ".join(said)


def _keeps(one: Member, report: Report) -> str:
    if one.kind == "assumption":
        says = next(each.says for each in report.assumptions if each.id == one.id)
        return f"it could still be assumed that {says}"
    quote = report.statement(one.id).quote
    return f"“{quote}” could still be {'read literally' if one.reading else 'kept'}"


def _clash(outcome: Outcome, choice: Choice, report: Report) -> str:
    """Why no data set fits, in a sentence; empty where that is not known."""
    if not outcome.clash:
        return ""
    single = len(outcome.clash) == 1
    rounded = f" if percentages are rounded {ROUNDINGS[choice.rule].says}" if single else ""
    said = f"{words.rests_on(outcome.clash, report)} cannot {'' if single else 'all '}hold{rounded}."
    return sentence(said)


def own(found: Mapping[str, Any]) -> Finding:
    """What this edition has; ``found`` is what :func:`states` returns."""
    rows = [[sentence(one["says"]), one["texts"][0]] for one in found["shown"]]
    return markdown(markdown_table(["Number", "This edition"], rows))


def table(found: Mapping[str, Any], what: str, title: str) -> Finding:
    """What becomes other than in the edition where one thing alone is taken otherwise.

    ``found`` is what :func:`states` returns, ``what`` one of its ``repairs``, ``readings`` and ``rules``,
    ``title`` the header of the first column.
    """
    lines = [[escape(title), "If so"], ["---", "---"]]
    for place, (name, says) in enumerate(found[what]):
        if place:
            at = [place if what == one else 0 for one in ("repairs", "readings", "rules")]
            lines.append(
                [escape(_option(name, says) if what == "repairs" else sentence(says)), _cell(found, at)]
            )
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return markdown(f":::{{container}} supposing\n\n{text}\n:::")


def _cell(found: Mapping[str, Any], at: Sequence[int]) -> str:
    repair, reading, rule = at
    state = found["states"][(repair * len(found["readings"]) + reading) * len(found["rules"]) + rule]
    if not isinstance(state, list):
        said = [FITS_NONE if isinstance(state, int) else NOT_KNOWN]
        remark = found["clashes"][state] if isinstance(state, int) else ""
    else:
        said = [
            f"{one['says']}: {one['texts'][place]}"
            for one, place in zip(found["shown"], state, strict=False)
            if place
        ]
        remark = found["remarks"][state[-1]] if len(state) > len(found["shown"]) else ""
    lines = [f"[if so, {escape(one)}]{{.supposed}}" for one in said] or ["none of these numbers changes"]
    return "<br>".join([*lines, *([escape(remark)] if remark else [])])


def form(found: Mapping[str, Any], file: str) -> Finding:
    """The controls by which a reader takes another state; ``file`` is where the states are published."""
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    version = hashlib.sha256(text.encode()).hexdigest()[:8]
    labels = {
        "repair": ("Repair", [(name, _option(name, says)) for name, says in found["repairs"]]),
        "reading": ("Reading", [(name, sentence(says)) for name, says in found["readings"]]),
        "rounding": ("Rounding", [(name, sentence(says)) for name, says in found["rules"]]),
    }
    fields = "".join(
        f'<div><label for="what-if-{key}">{label}</label> <select id="what-if-{key}" name="{key}">'
        + "".join(
            f'<option value="{html(name)}">{html(says)}{"" if place else _OWN}</option>'
            for place, (name, says) in enumerate(options)
        )
        + "</select></div>"
        for key, (label, options) in labels.items()
    )
    controls = (
        f'<form id="what-if-form" class="what-if d-print-none" data-states="{html(file)}?v={version}">'
        f"{fields}"
        '<button type="reset">Back to what this edition has</button></form>'
        '<p id="what-if-said" role="status"></p><div id="what-if-shown"></div>'
    )
    return Finding(
        controls,
        markdown=fenced("{raw} html", controls),
        record={"keepinpact_states": {"file": file, "states": found}},
    )


def _option(name: str, says: str) -> str:
    return sentence(says) if name in ("none", "own") else f"{name}: {says}"
