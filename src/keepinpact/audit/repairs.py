"""The repairs that were found, weighed and put in order."""

from __future__ import annotations

from collections.abc import Sequence

from keepinpact.audit.instead import Asked, Budget, instead_of
from keepinpact.audit.members import given_up
from keepinpact.audit.result import FoundRepair, Instead, Member
from keepinpact.audit.search import Searched, Work
from keepinpact.statements.report import Repair

_MOST_QUESTIONS = 300
"""So many questions of each kind may be asked about what would have to be printed."""
_MOST_REPAIRS = 30
"""What would have to be printed is worked out for so many repairs of a part, the smallest of them first."""
_UNKNOWN = 10**6


def repairs_of(work: Work, parts: Sequence[Searched], repair: Repair | None) -> list[FoundRepair]:
    """The repairs that were found, part by part: hard members first, then soft ones, then assumptions.

    Those of the same weight are ordered by the plausibility of the slip: fewest keystrokes first, then those
    of which that is not known.
    """
    ours = given_up(repair, work.report) if repair else frozenset()
    # One keystroke is looked for in every repair before all numbers are in any: it decides the order.
    first = Asked(_MOST_QUESTIONS)
    nearby = Budget(first, first, first)
    all_numbers = Budget(*(Asked(_MOST_QUESTIONS) for _ in range(3)))
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
        found: list[tuple[FoundRepair, frozenset[str]]] = []
        for place in sorted(range(len(weighed)), key=lambda place: not smallest[place]):
            weight, _, gone, some = weighed[place]
            statements = [member.id for member in gone if member.kind == "statement"]
            instead = None
            if len(found) < _MOST_REPAIRS:
                instead = _instead(work, part, gone, some, nearby, every=False)
            one = FoundRepair(
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
            found.append((one, some))
        found.sort(key=lambda pair: _order(pair[0]))
        found = [(_with_all_numbers(work, part, one, some, all_numbers), some) for one, some in found]
        repairs += sorted((one for one, _ in found), key=_order)
    return [one.model_copy(update={"id": f"R{place}"}) for place, one in enumerate(repairs, start=1)]


def _instead(
    work: Work,
    part: Searched,
    gives_up: Sequence[Member],
    gone: frozenset[str],
    budget: Budget,
    *,
    every: bool,
) -> list[Instead]:
    """What each number would have to be in what a repair gives up; of a literal reading, its words only."""
    return [
        one
        for member in gives_up
        if member.kind != "assumption"
        for one in instead_of(
            work, part, gone, member.id, budget, every=every, words=member.kind == "reading"
        )
    ]


def _with_all_numbers(
    work: Work, part: Searched, repair: FoundRepair, gone: frozenset[str], budget: Budget
) -> FoundRepair:
    """A repair with every number that would do, where it is one of the smallest, as far as that is known."""
    if not repair.smallest or repair.instead is None:
        return repair
    statements = [member.id for member in repair.gives_up if member.kind == "statement"]
    known = _instead(work, part, repair.gives_up, gone, budget, every=True)
    instead = [max(pair, key=_known) for pair in zip(repair.instead, known, strict=True)]
    return repair.model_copy(update={"instead": instead, "keystrokes": _keystrokes(statements, instead)})


def _known(one: Instead) -> tuple[bool, bool, bool, int, bool]:
    return (
        one.values is not None,
        one.low is not None,
        one.keystrokes is not None,
        len(one.nearest),
        one.not_known is not None,
    )


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
