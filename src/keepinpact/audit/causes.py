"""Conflicts that share their repairs, as one cause."""

from __future__ import annotations

from collections.abc import Sequence

from keepinpact.audit.members import switch
from keepinpact.audit.result import Cause, Conflict, FoundRepair, Member


def causes_of(conflicts: Sequence[Conflict], repairs: Sequence[FoundRepair]) -> list[Cause]:
    """The causes of some conflicts: what has to be wrong, or otherwise than we took it, at the very least.

    In each part only the lightest repairs are looked at: those that give up the fewest statements, then the
    fewest soft ones and readings, then the fewest assumptions. What they give up in one conflict is linked,
    if one of them gives up a single member of it; what is linked, at once or by way of others, is one
    cause. A conflict is of each cause that holds one of its members. Repairs are the minimal hitting sets
    of the conflicts (Reiter 1987, "A theory of diagnosis from first principles",
    doi:10.1016/0004-3702(87)90062-2), so each lightest repair gives up at least one member for each cause,
    and there are at most as many causes as it gives up members.

    The reason for it: a misprint clashes with everything that it is held against, and so makes many
    conflicts, which all hold it. If conflicts that share any member were one cause, two misprints would be
    one as soon as a total is held against both. But a conflict in which every lightest repair gives up
    several members says nothing of which belong together, and what conflicts have in common by chance is in
    no lightest repair, since more would have to go with it. That the report's words stand before our
    assumptions holds here as it does for the order of the repairs: what a lightest repair spares may still
    be behind several causes at once.

    Parameters
    ----------
    conflicts, repairs
        Those of one audit. Where not all of them are known, the causes are those of what is known; what
        is given up for conflicts that are not known makes none.

    Returns
    -------
    list of Cause
        Part by part, those of the most conflicts first. Where a part has conflicts and no repair is known,
        all its conflicts are of one cause, of which no member is known.
    """
    found: list[Cause] = []
    for part in dict.fromkeys(conflict.part for conflict in conflicts):
        own = [conflict for conflict in conflicts if conflict.part == part]
        grouped = [
            (members, some)
            for members in _linked(own, [one for one in repairs if one.part == part])
            if (some := [one for one in own if _touches(one, members)])
        ] or [([], own)]
        grouped.sort(key=lambda each: -len(each[1]))
        for members, some in grouped:
            others = {one.id for other, ones in grouped if other is not members for one in ones}
            alone = [one for one in some if one.id not in others]
            example = min(alone or some, key=lambda one: len(one.members))
            found.append(
                Cause(
                    cause=len(found) + 1,
                    part=part,
                    members=members,
                    conflicts=[one.id for one in some],
                    example=example.id,
                )
            )
    return found


def _touches(conflict: Conflict, members: Sequence[Member]) -> bool:
    """Whether giving up one of some members ends a conflict."""
    gone = {switch(member) for member in members}
    # With a statement its readings are given up.
    return any(switch(one) in gone or (one.kind == "reading" and one.id in gone) for one in conflict.members)


def lightest(repairs: Sequence[FoundRepair]) -> list[FoundRepair]:
    """Those that give up the fewest statements, of these the fewest soft ones and readings, and so on."""
    least = min((one.weight for one in repairs), default=())
    return [one for one in repairs if one.weight == least]


def _linked(conflicts: Sequence[Conflict], repairs: Sequence[FoundRepair]) -> list[list[Member]]:
    """The members of the lightest repairs, those together that are linked."""
    sets = [one.gives_up for one in lightest(repairs)]
    members = {switch(member): member for some in sets for member in some}
    group = {name: name for name in members}

    def of(name: str) -> str:
        while group[name] != name:
            name = group[name]
        return name

    for conflict in conflicts:
        within = {name for name, member in members.items() if _touches(conflict, [member])}
        if any(sum(switch(member) in within for member in some) == 1 for some in sets):
            first, *others = [name for name in members if name in within]
            for name in others:
                group[of(name)] = of(first)
    found: dict[str, list[Member]] = {}
    for name, member in members.items():
        found.setdefault(of(name), []).append(member)
    return list(found.values())
