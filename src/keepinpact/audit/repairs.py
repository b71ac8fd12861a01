"""The repairs that were found, weighed and put in order."""

from __future__ import annotations

from collections.abc import Sequence

from keepinpact.audit.instead import Asked, instead_of
from keepinpact.audit.members import given_up
from keepinpact.audit.result import FoundRepair, Instead
from keepinpact.audit.search import Searched, Work
from keepinpact.statements.report import Repair

_MOST_QUESTIONS = 300
_MOST_REPAIRS = 30
"""What would have to be printed is worked out for so many repairs of a part, the smallest of them first."""
_UNKNOWN = 10**6


def repairs_of(work: Work, parts: Sequence[Searched], repair: Repair | None) -> list[FoundRepair]:
    """The repairs that were found, part by part: hard members first, then soft ones, then assumptions.

    Those of the same weight are ordered by the plausibility of the slip: fewest keystrokes first, then those
    of which that is not known.
    """
    ours = given_up(repair, work.report) if repair else frozenset()
    asked = Asked(_MOST_QUESTIONS)
    repairs: list[FoundRepair] = []
    for part in parts:
        own = ours & part.members.keys()
        weighed = []
        for some in part.repairs:
            gone = [m for m in part.ordered(some) if m.kind != "reading" or m.id not in some]
            hard = sum(m.kind == "statement" and not m.soft for m in gone)
            assumptions = sum(m.kind == "assumption" for m in gone)
            weight = (hard, len(gone) - hard - assumptions, assumptions)
            order = [place for place, name in enumerate(part.members) if name in some]
            weighed.append((weight, order, gone, some))
        weighed.sort(key=lambda each: each[:2])
        weights = {weight for weight, *_ in weighed}
        smallest = [
            not any(
                other != each[0] and all(a <= b for a, b in zip(other, each[0], strict=True))
                for other in weights
            )
            for each in weighed
        ]
        found: list[FoundRepair] = []
        for place in sorted(range(len(weighed)), key=lambda place: not smallest[place]):
            weight, _, gone, some = weighed[place]
            statements = [member.id for member in gone if member.kind == "statement"]
            instead = None
            if len(found) < _MOST_REPAIRS:
                instead = [
                    one
                    for name in statements
                    for one in instead_of(work, part, some, name, asked, every=smallest[place])
                ]
            found.append(
                FoundRepair(
                    id="",
                    part=part.number,
                    gives_up=gone,
                    hard=weight[0],
                    soft=weight[1],
                    assumptions=weight[2],
                    smallest=smallest[place],
                    adopted=some == own,
                    instead=instead,
                    keystrokes=None if instead is None else _keystrokes(statements, instead),
                )
            )
        found.sort(key=_order)
        repairs += found
    return [one.model_copy(update={"id": f"R{place}"}) for place, one in enumerate(repairs, start=1)]


def _order(repair: FoundRepair) -> tuple[int, ...]:
    strokes = _UNKNOWN if repair.keystrokes is None else repair.keystrokes
    return repair.hard, repair.soft, repair.assumptions, strokes


def _keystrokes(statements: Sequence[str], instead: Sequence[Instead]) -> int | None:
    """How many keystrokes are enough for one number of each statement; None where that is not known."""
    total = 0
    for statement in statements:
        known = [
            one.keystrokes for one in instead if one.statement == statement and one.keystrokes is not None
        ]
        if not known:
            return None
        total += min(known)
    return total
