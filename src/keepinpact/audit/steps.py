"""From what holds to what follows, in steps that a person can follow.

A step takes the values that some quantities are known to have, and one thing that holds or the fewest that
together force it, and says which values of a single quantity are left. Where such steps do not get to the
end, the values of a quantity, or the readings of a statement, are gone through one after the other. The
order is chosen so that every step is small (Bogaerts, Gamba and Guns 2021, "A framework for step-wise
explaining how to solve constraint satisfaction problems", doi:10.1016/j.artint.2021.103550).

The search is for people: it gives up where it finds nothing short. What an audit says does not rest on it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from keepinpact.audit.conflicts import shrunk
from keepinpact.audit.solver import Cases, Clock, Exact, Rule, System, Unfinished
from keepinpact.audit.values import ANY, Values, both, each, left_by, size, within, without
from keepinpact.statements.linear import Linear

__all__ = ["Branch", "Effort", "Known", "Law", "proved", "supposing"]

_MOST_MOVES = 120
"""After so many narrower sets of values a case is split instead."""
_MOST_TIMES = 4
"""A quantity whose values have been narrowed so often is left as it is: limits can close in for ever."""
_SHORT, _LONG = 6, 14
"""A chain of more steps is left for a step of few laws, and a still longer one for cases, where there are."""
_LONGEST = 80
"""Nobody follows more steps."""
_TOGETHER, _AT_MOST_TOGETHER = 2, 4
"""How many laws a step may take together before a split is tried; and after, what is built in aside."""
_ADDED_UP, _PAIRED = 12, 6
"""Of so many quantities it is looked at what several laws say together, and of so many sources in pairs."""
_FEW = 8
"""So many values of a quantity are gone through one by one, more by halves."""
_TRIED = 5
_DEPTH = 7


@dataclass(frozen=True, eq=False)
class Law:
    """One thing that holds, and where it comes from: at least one of its cases holds."""

    source: str
    """A name of what says so; several laws may have the same."""
    cases: Cases
    readings: tuple[tuple[str, tuple[Law, ...]], ...] = ()
    """Where it has several cases, a name of each, and what then holds."""
    built_in: bool = False
    """Whether it is true by construction, so that it costs nothing to take it along."""
    names: tuple[str, ...] = field(init=False)
    """The quantities that it speaks of."""

    def __post_init__(self) -> None:
        named = dict.fromkeys(name for case in self.cases for line in case for name in line.terms)
        object.__setattr__(self, "names", tuple(named))

    def left(self, known: Mapping[str, Values]) -> dict[str, Values] | None:
        """What it leaves of the values of its quantities; None where it cannot hold."""
        return left_by(self.cases, {name: known.get(name, ANY) for name in self.names})


@dataclass(frozen=True, eq=False)
class Known:
    """Which values of a quantity are left, and what this follows from."""

    quantity: str | None
    """None where something cannot be."""
    values: Values
    laws: tuple[Law, ...] = ()
    """None of them where it is supposed."""
    given: tuple[Known, ...] = ()


Facts = Mapping[str, Known]


@dataclass(eq=False)
class Branch:
    """What follows from what is supposed: steps, and at their end what was to be shown, or cases."""

    supposed: tuple[Known, ...]
    steps: list[Known]
    split: str | None = None
    """The quantity whose values are gone through."""
    given: Known | None = None
    """What is known of it; None where nothing is."""
    read: str = ""
    """What one of several cases of a law is called, where this is one of them."""
    cases: list[Branch] = field(default_factory=list)

    @property
    def length(self) -> int:
        """How many steps it takes, those of its cases among them."""
        return len(self.steps) + sum(1 + case.length for case in self.cases)


@dataclass
class Effort:
    """How many chains of steps may still be tried for a proof, in which time, and the solver's context."""

    clock: Clock
    exact: Exact
    left: int = 40


def supposing(quantity: str, spans: Values) -> Known:
    """A supposition."""
    return Known(quantity, spans)


def proved(
    laws: Sequence[Law], supposed: Sequence[Known], goal: tuple[str, Values] | None, effort: Effort
) -> Branch | None:
    """A proof from some laws; None where none was found, which says nothing of whether there is one.

    Parameters
    ----------
    laws
        What holds.
    supposed
        What is supposed besides, a set of values for each of some quantities.
    goal
        A quantity and the values that it is to be shown to have; None to show that all this cannot hold.
    effort
        What may be spent; it is used up.
    """
    branch = _proved(laws, supposed, goal, effort)
    return branch if branch is not None and branch.length <= _LONGEST else None


def _proved(
    laws: Sequence[Law], supposed: Sequence[Known], goal: tuple[str, Values] | None, effort: Effort
) -> Branch | None:
    facts = {one.quantity: one for one in supposed if one.quantity is not None}
    found = _direct(laws, facts, goal, effort)
    if found is not None and len(found) <= _LONG:
        return Branch(tuple(supposed), found)
    if goal is None:
        return _refuted(laws, tuple(supposed), facts, effort, _DEPTH)
    # What is left of the goal's quantity and should not be is supposed: all at once, or span by span.
    quantity, wanted = goal
    before = facts.get(quantity)
    outside = without(before.values if before else ANY, wanted)
    best = None if found is None else Branch(tuple(supposed), found)
    for parts in dict.fromkeys(((outside,), tuple((span,) for span in outside))):
        cases = []
        for part in parts:
            case = supposing(quantity, part)
            tried = _refuted(laws, (case,), {**facts, quantity: case}, effort, _DEPTH - 1)
            if tried is None:
                break
            cases.append(tried)
        else:
            branch = Branch(tuple(supposed), [], quantity, before, cases=cases)
            if best is None or branch.length < best.length:
                best = branch
            break
    return best


def _refuted(
    laws: Sequence[Law],
    supposed: tuple[Known, ...],
    facts: Facts,
    effort: Effort,
    depth: int,
    tried: frozenset[str] = frozenset(),
) -> Branch | None:
    """That some laws cannot hold together with what is known; ``tried`` are ways that are not tried again."""
    if effort.left <= 0:
        return None
    effort.left -= 1
    found = _direct(laws, facts, None, effort)
    if found is not None and len(found) <= _SHORT:
        return Branch(supposed, found)
    few = _together(laws, facts, effort)
    if few is not None and _sources(few) <= _TOGETHER:
        return Branch(supposed, [few])
    if found is not None and len(found) <= _LONG:
        return Branch(supposed, found)
    simple = [law for law in laws if law.built_in or len(law.names) == 1]
    steps, known, _ = _moves(simple, facts, None)
    if "added up" not in tried:
        more = _added_up(laws, known, effort)
        if more:
            rest = _refuted(laws, (), _and(known, more), effort, depth, tried | {"added up"})
            if rest is not None:
                return _after([*steps, *more], supposed, rest)
    several = next((law for law in laws if law.readings), None)
    shown = _read(several, laws, supposed, facts, effort, depth) if several else None
    if shown is None and few is not None and _sources(few, built_in=False) <= 1:
        return Branch(supposed, [few])
    if shown is None and found is not None:
        return Branch(supposed, found)
    if shown is None and several is None and "paired" not in tried:
        more = _paired(laws, known, effort)
        if more and more[-1].quantity is None:
            return Branch(supposed, _needed([*steps, *more], more[-1:]))
        if more:
            rest = _refuted(laws, (), _and(known, more), effort, depth, tried | {"paired"})
            shown = None if rest is None else _after([*steps, *more], supposed, rest)
    if shown is None and several is None:
        steps, known, _ = _moves(laws, facts, None)
        shown = _split(laws, supposed, steps, known, effort, depth)
    if shown is None and few is not None and _sources(few, built_in=False) <= _AT_MOST_TOGETHER:
        return Branch(supposed, [few])
    return shown


def _and(facts: Facts, more: Iterable[Known]) -> dict[str, Known]:
    """What is known, and more."""
    return {**facts, **{one.quantity: one for one in more if one.quantity is not None}}


def _sources(step: Known, *, built_in: bool = True) -> int:
    """How many sources a step names; without those that are built in, if asked for."""
    return len({law.source for law in step.laws if built_in or not law.built_in})


def _after(steps: Sequence[Known], supposed: tuple[Known, ...], rest: Branch) -> Branch:
    """A branch with those of some steps before it on which it rests."""
    ends = [*_ends(rest.cases), rest.given, *([] if rest.cases else rest.steps[-1:])]
    rest.supposed, rest.steps = supposed, _needed([*steps, *rest.steps], ends)
    return rest


def _read(
    several: Law,
    laws: Sequence[Law],
    supposed: tuple[Known, ...],
    facts: Facts,
    effort: Effort,
    depth: int,
) -> Branch | None:
    """That none of the cases of a law can hold."""
    steps, known, _ = _moves([law for law in laws if law is not several], facts, None)
    others = [law for law in laws if law is not several]
    cases: list[Branch] = []
    for name, own in several.readings:
        tried = _refuted([*others, *own], (), known, effort, depth)
        if tried is None:
            return None
        tried.read = name
        cases.append(tried)
    return Branch(supposed, _needed(steps, _ends(cases)), cases=cases)


def _split(
    laws: Sequence[Law],
    supposed: tuple[Known, ...],
    steps: Sequence[Known],
    known: Facts,
    effort: Effort,
    depth: int,
) -> Branch | None:
    """That each of a quantity's values cannot be, for the quantity for which this is shortest."""
    if depth <= 0:
        return None
    widths = {name: width for name, one in known.items() if (width := size(one.values)) and width > 1}
    best: Branch | None = None
    for name in sorted(widths, key=lambda one: widths[one])[: _TRIED if depth >= _DEPTH - 1 else 2]:
        if effort.left <= 0 or (best is not None and best.length <= 2 * _FEW):
            break
        cases: list[Branch] = []
        for part in _divided(known[name].values):
            case = supposing(name, part)
            tried = _refuted(laws, (case,), {**known, name: case}, effort, depth - 1)
            if tried is None:
                break
            cases.append(tried)
        else:
            needed = _needed(steps, [*_ends(cases), known[name]])
            shown = Branch(supposed, needed, name, known[name], cases=cases)
            if best is None or shown.length < best.length:
                best = shown
    return best


def _divided(spans: Values) -> list[Values]:
    """The parts in which values are gone through: one by one where they are few, or two halves."""
    numbers = list(each(spans))
    if len(numbers) <= _FEW:
        return [((number, number),) for number in numbers]
    middle = numbers[len(numbers) // 2]
    return [both(spans, ((0, middle - 1),)), both(spans, ((middle, None),))]


def _ends(cases: Iterable[Branch]) -> list[Known]:
    """Everything that the steps of some cases take as known."""
    found: list[Known] = []
    for case in cases:
        found += [one for step in case.steps for one in step.given]
        found += [case.given] if case.given else []
        found += _ends(case.cases)
    return found


def _direct(
    laws: Sequence[Law], facts: Facts, goal: tuple[str, Values] | None, effort: Effort
) -> list[Known] | None:
    """The steps to a goal, or to what cannot be, without a case; None where there are none."""
    effort.clock.left()
    steps, _, end = _moves(laws, facts, goal)
    if end is None:
        return None
    return _lean(_shortened(_needed(steps, [end]), facts, goal), goal)


def _moves(
    laws: Sequence[Law], facts: Facts, goal: tuple[str, Values] | None
) -> tuple[list[Known], dict[str, Known], Known | None]:
    """What follows law by law: the steps, what is known in the end, and the step that ends it, if any."""
    known, steps = dict(facts), list[Known]()
    users: dict[str, list[Law]] = {}
    for law in laws:
        for name in law.names:
            users.setdefault(name, []).append(law)
    times: dict[str, int] = {}
    waiting = deque(sorted(laws, key=lambda law: (len(law.names), len(law.cases))))
    queued = set(laws)
    while waiting and len(steps) < _MOST_MOVES:
        law = waiting.popleft()
        queued.discard(law)
        for step in _taken(law, known):
            if step.quantity is None:
                return [*steps, step], known, step
            times[step.quantity] = times.get(step.quantity, 0) + 1
            if times[step.quantity] > _MOST_TIMES:
                continue
            steps.append(step)
            known[step.quantity] = step
            if goal and step.quantity == goal[0] and within(step.values, goal[1]):
                return steps, known, step
            for user in users[step.quantity]:
                if user not in queued and user is not law:
                    queued.add(user)
                    waiting.append(user)
            if law not in queued and len(law.names) > 1:
                queued.add(law)
                waiting.append(law)
    return steps, known, None


def _taken(law: Law, known: Facts) -> list[Known]:
    """The steps that a law allows."""
    given = tuple(known[name] for name in law.names if name in known)
    left = law.left({one.quantity: one.values for one in given if one.quantity is not None})
    if left is None:
        return [Known(None, (), (law,), given)]
    return [
        Known(name, found, (law,), given)
        for name, found in left.items()
        if found != (known[name].values if name in known else ANY)
    ]


def _needed(steps: Sequence[Known], ends: Iterable[Known | None]) -> list[Known]:
    """Those of some steps on which others rest, and these themselves, in their order."""
    wanted = {one for one in ends if one is not None}
    found: list[Known] = []
    for step in reversed(steps):
        if step in wanted:
            found.append(step)
            wanted.update(step.given)
    return found[::-1]


_Action = tuple[Law, str | None]


def _replayed(
    actions: Sequence[_Action], facts: Facts, goal: tuple[str, Values] | None
) -> list[Known] | None:
    """The steps of some actions, as far as the goal; None where they do not reach it."""
    known, steps = dict(facts), list[Known]()
    for law, name in actions:
        for step in _taken(law, known):
            if step.quantity is None:
                return [*steps, step]
            if step.quantity == name:
                steps.append(step)
                known[name] = step
                if goal and name == goal[0] and within(step.values, goal[1]):
                    return steps
    return None


def _shortened(steps: Sequence[Known], facts: Facts, goal: tuple[str, Values] | None) -> list[Known]:
    """The steps without those that can be spared."""
    left = [(step.laws[0], step.quantity) for step in steps]
    best = list(steps)
    if len(left) > 8 * _LONG:
        return best
    for place in range(len(left) - 1, -1, -1):
        tried = _replayed(left[:place] + left[place + 1 :], facts, goal)
        if tried is not None:
            del left[place]
            best = tried
    return best


def _lean(steps: Sequence[Known], goal: tuple[str, Values] | None) -> list[Known]:
    """The same steps, each without what it does not need, and without those that nothing needs."""
    renewed: dict[Known, Known] = {}
    found: list[Known] = []
    for step in steps:
        law = step.laws[0]
        given = [renewed.get(one, one) for one in step.given]
        wanted = step.values
        if step is steps[-1] and goal and step.quantity == goal[0]:
            wanted = goal[1] if within(step.values, goal[1]) else wanted
        for one in list(given):
            fewer = [other for other in given if other is not one]
            left = law.left({each_.quantity: each_.values for each_ in fewer if each_.quantity is not None})
            if left is None or (step.quantity is not None and within(left[step.quantity], wanted)):
                given = fewer
        renewed[step] = Known(step.quantity, wanted, step.laws, tuple(given))
        found.append(renewed[step])
    return _needed(found, found[-1:])


def _system(
    laws: Sequence[Law], facts: Facts, effort: Effort
) -> tuple[System, dict[str, Law], dict[str, Known]]:
    """Laws and what is known for a solver, each under a switch."""
    of_laws = {f"law {place}": law for place, law in enumerate(laws)}
    of_facts = {f"known {place}": one for place, one in enumerate(facts.values())}
    names = dict.fromkeys(name for law in laws for name in law.names) | dict.fromkeys(facts)
    rules = [Rule(switch, law.cases) for switch, law in of_laws.items()]
    rules += [
        Rule(switch, ((Linear({one.quantity or "": 1}, one.values),),)) for switch, one in of_facts.items()
    ]
    return System(list(names), rules, effort.clock, effort.exact), of_laws, of_facts


def _together(laws: Sequence[Law], facts: Facts, effort: Effort) -> Known | None:
    """One step in which few laws and what is known cannot hold together; None where there is none."""
    return _forced(laws, facts, None, effort)


def _added_up(laws: Sequence[Law], facts: Facts, effort: Effort) -> list[Known]:
    """What follows for the quantities that are spoken of from all that is built in, taken together."""
    built_in = [law for law in laws if law.built_in]
    spoken_of = dict.fromkeys(name for law in laws if not law.built_in for name in law.names)
    return _limits(built_in, list(spoken_of), facts, effort)


def _paired(laws: Sequence[Law], facts: Facts, effort: Effort) -> list[Known]:
    """What follows for their quantities from two sources together with what is built in.

    Where two cannot both be, that is the last step.
    """
    said = list(dict.fromkeys(law.source for law in laws if not law.built_in))
    found: list[Known] = []
    if len(said) > _PAIRED:
        return found
    for pair in combinations(said, 2):
        some = [law for law in laws if law.built_in or law.source in pair]
        end = _forced(some, facts, None, effort)
        if end is not None:
            return [*found, end]
        names = dict.fromkeys(name for law in some if not law.built_in for name in law.names)
        found += _limits(some, list(names), _and(facts, found), effort)
    return found


def _limits(laws: Sequence[Law], names: Sequence[str], facts: Facts, effort: Effort) -> list[Known]:
    """The steps from some laws, all together, to narrower limits of some quantities."""
    open_ = [name for name in names if name not in facts or size(facts[name].values) != 1]
    found: list[Known] = []
    if not laws or len(open_) > _ADDED_UP:
        return found
    system, of_laws, of_facts = _system(laws, facts, effort)
    on = frozenset([*of_laws, *of_facts])
    for name in open_:
        if not any(name in law.names for law in laws):
            continue
        known = facts[name].values if name in facts else ANY
        try:
            ends = [system.extreme(on, (), {name: 1}, minimise=minimise) for minimise in (True, False)]
        except Unfinished:
            continue
        low, high = (None if end is None else end[0] for end in ends)
        if low is None:
            continue
        left = both(known, ((low, high),))
        if left and left != known:
            step = _forced(laws, facts, (name, left), effort)
            found += [step] if step else []
    return found


def _forced(
    laws: Sequence[Law], facts: Facts, wanted: tuple[str, Values] | None, effort: Effort
) -> Known | None:
    """One step of few laws to a set of values, or to what cannot be; None where there is none.

    None of the laws, and nothing that it takes as known, can be spared.
    """
    system, of_laws, of_facts = _system(laws, facts, effort)
    also: list[Cases] = []
    if wanted is not None:
        other = without(ANY, wanted[1])
        also = [((Linear({wanted[0]: 1}, other),),)]
    try:
        everything = [*of_laws, *of_facts]
        if system.find(frozenset(everything), also) is not None:
            return None
        needed = shrunk(everything, lambda some: system.find(some, also) is not None)
    except Unfinished:
        return None
    taken = tuple(law for switch, law in of_laws.items() if switch in needed)
    given = tuple(one for switch, one in of_facts.items() if switch in needed)
    if not taken:
        return None
    return Known(wanted[0] if wanted else None, wanted[1] if wanted else (), taken, given)
