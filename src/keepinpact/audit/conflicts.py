"""Which smallest sets of members clash, and which smallest sets have to be given up (MARCO).

Members are anything that can be kept or given up; whether some of them hold together is asked of a
function. Nothing here knows what they mean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from keepinpact.audit.solver import Unfinished

__all__ = ["Found", "minimal_sets", "shrunk"]

Holds = Callable[[frozenset[str]], bool]


@dataclass(frozen=True)
class Found:
    """Minimal conflicts and minimal repairs, each a set of members, in the order in which they were found.

    ``complete`` says that there are no others.
    """

    conflicts: tuple[frozenset[str], ...]
    repairs: tuple[frozenset[str], ...]
    complete: bool


def minimal_sets(members: Sequence[str], holds: Holds, most: int) -> Found:
    """Find the minimal conflicts (MUS) and the minimal repairs (MCS) among some members.

    Every largest set of members that is neither known to hold nor known to clash is tried: if it holds,
    what is missing from it is a repair; if not, it is shrunk to a conflict (Liffiton, Previti, Malik and
    Marques-Silva 2016, "Fast, flexible MUS enumeration", doi:10.1007/s10601-015-9183-0).

    Parameters
    ----------
    members
        Names, each once.
    holds
        Whether some members hold together; what holds for a set holds for every part of it. It may raise
        :class:`keepinpact.audit.solver.Unfinished`, which ends the search.
    most
        How many conflicts and repairs to find at the most, together.
    """
    conflicts: list[frozenset[str]] = []
    repairs: list[frozenset[str]] = []
    unexplored = cp_model.CpModel()
    kept = {name: unexplored.new_bool_var(name) for name in members}
    unexplored.maximize(cp_model.LinearExpr.sum(list(kept.values())))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    try:
        while solver.solve(unexplored) == cp_model.OPTIMAL:
            if len(conflicts) + len(repairs) >= most:
                return Found(tuple(conflicts), tuple(repairs), complete=False)
            seed = [name for name in members if solver.boolean_value(kept[name])]
            if holds(frozenset(seed)):
                repair = frozenset(members) - frozenset(seed)
                if not repair:
                    break
                repairs.append(repair)
                unexplored.add_bool_or([kept[name] for name in sorted(repair)])
            else:
                conflict = shrunk(seed, holds)
                conflicts.append(conflict)
                unexplored.add_bool_or([~kept[name] for name in sorted(conflict)])
    except Unfinished:
        return Found(tuple(conflicts), tuple(repairs), complete=False)
    return Found(tuple(conflicts), tuple(repairs), complete=True)


def shrunk(members: Sequence[str], holds: Holds) -> frozenset[str]:
    """A minimal conflict within members that do not hold together.

    Halves are tried before single members, so that a small conflict among many members is found in few
    steps (Junker 2004, "QuickXplain: Preferred explanations and relaxations for over-constrained
    problems", AAAI-04, 167-172).

    Parameters
    ----------
    members
        They do not hold together; those that stand first are kept out of the conflict where possible.
    holds
        See :func:`minimal_sets`.
    """

    def needed(background: frozenset[str], added: bool, open_: Sequence[str]) -> frozenset[str]:
        if added and not holds(background):
            return frozenset()
        if len(open_) <= 1:
            return frozenset(open_)
        half = len(open_) // 2
        first, second = open_[half:], open_[:half]
        in_second = needed(background | frozenset(first), bool(first), second)
        in_first = needed(background | in_second, bool(in_second), first)
        return in_first | in_second

    if not holds(frozenset()):
        return frozenset()
    return needed(frozenset(), False, list(members))
