"""Which smallest sets of members clash, and which smallest sets have to be given up (MARCO).

Members are anything that can be kept or given up; whether some of them hold together is asked of a
function. Nothing here knows what they mean.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from keepinpact.audit.solver import Clock, Unfinished

Holds = Callable[[frozenset[str]], bool]
Suggest = Callable[[Sequence[frozenset[str]]], frozenset[str] | None]
Core = Callable[[frozenset[str]], frozenset[str] | None]

_SUGGESTED = 12
_ENOUGH = 300
"""After so many sets the search ends if every member is in a conflict: more of them would tell little."""


@dataclass(frozen=True)
class Found:
    """Minimal conflicts and minimal repairs, each a set of members, in the order in which they were found.

    ``complete`` says that there are no others.
    """

    conflicts: tuple[frozenset[str], ...]
    repairs: tuple[frozenset[str], ...]
    complete: bool


def minimal_sets(
    members: Sequence[str],
    holds: Holds,
    most: int,
    *,
    suggest: Suggest = lambda _: None,
    core: Core = lambda _: None,
    clock: Clock | None = None,
    most_questions: int = 10**6,
) -> Found:
    """Find the minimal conflicts (MUS) and the minimal repairs (MCS) among some members.

    Every largest set of members that is neither known to hold nor known to clash is tried: if it holds,
    what is missing from it is a repair; if not, it is shrunk to a conflict (Liffiton, Previti, Malik and
    Marques-Silva 2016, "Fast, flexible MUS enumeration", doi:10.1007/s10601-015-9183-0). There can be more of
    them than anybody could list.

    Parameters
    ----------
    members
        Names, each once.
    holds
        Whether some members hold together; what holds for a set holds for every part of it. It may raise
        :class:`keepinpact.audit.solver.Unfinished`, which ends the search.
    most
        How many conflicts and repairs to find at the most, together.
    suggest
        Given the repairs that were found, a large set that holds and keeps something of each, or None. With
        it the small repairs are found first, even where there are very many conflicts.
    core
        Of members that clash, some that clash already and may be fewer; None where it does not know any.
    clock
        Its time limit ends the search too.
    most_questions
        How often ``holds`` is asked, about, before the search ends.
    """
    conflicts: list[frozenset[str]] = []
    repairs: list[frozenset[str]] = []
    everything = frozenset(members)
    unexplored = cp_model.CpModel()
    kept = {name: unexplored.new_bool_var(name) for name in members}
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.search_branching = cp_model.FIXED_SEARCH
    solver.parameters.cp_model_presolve = False
    asked = 0
    times = Counter(dict.fromkeys(members, 0))

    def ordered() -> list[str]:
        """The members, those in the fewest conflicts first."""
        return sorted(members, key=times.__getitem__)

    def together(some: frozenset[str]) -> bool:
        nonlocal asked
        asked += 1
        return holds(some)

    def grown(some: frozenset[str]) -> frozenset[str]:
        for name in members:
            if name not in some and together(some | {name}):
                some |= {name}
        return some

    def mended(some: frozenset[str]) -> None:
        repairs.append(everything - some)
        unexplored.add_bool_or([kept[name] for name in sorted(repairs[-1])])

    def finished(*, complete: bool) -> Found:
        return Found(tuple(conflicts), tuple(repairs), complete)

    try:
        if together(everything):
            return finished(complete=True)
        while len(repairs) < min(_SUGGESTED, most) and (some := suggest(repairs)) is not None:
            mended(grown(some))
        while True:
            sets = len(conflicts) + len(repairs)
            if sets >= most or asked >= most_questions or (sets >= _ENOUGH and all(times.values())):
                return finished(complete=False)
            left = clock.left() if clock else None
            if left is not None:
                solver.parameters.max_time_in_seconds = left
            # Keep as many as can be kept, those of which least is known first.
            unexplored.proto.search_strategy.clear()
            unexplored.add_decision_strategy(
                [kept[name] for name in ordered()], cp_model.CHOOSE_FIRST, cp_model.SELECT_MAX_VALUE
            )
            status = solver.solve(unexplored)
            if status == cp_model.INFEASIBLE:
                return finished(complete=True)
            if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
                return finished(complete=False)
            seed = [name for name in reversed(ordered()) if solver.boolean_value(kept[name])]
            if together(frozenset(seed)):
                mended(frozenset(seed))
            else:
                among = core(frozenset(seed))
                conflicts.append(shrunk([one for one in seed if among is None or one in among], together))
                times.update(conflicts[-1])
                unexplored.add_bool_or([~kept[name] for name in sorted(conflicts[-1])])
    except Unfinished:
        return finished(complete=False)


def shrunk(members: Sequence[str], holds: Holds) -> frozenset[str]:
    """A minimal conflict within members that do not hold together.

    Halves are tried before single members, so that a small conflict among many members is found in few
    steps (Junker 2004, "QuickXplain: Preferred explanations and relaxations for over-constrained
    problems", AAAI-04, 167-172). Those that stand first are kept out of the conflict where possible.
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
