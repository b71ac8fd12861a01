"""The data sets of many sets of members, asked piece by piece: what one piece answers is asked once.

What holds settles some counts, and where these are known the rest often falls into pieces that share no open
count. A data set is then one of each piece, chosen freely. So what is asked of one piece depends on nothing
else, and pieces return from one set of members to the next. And what cannot be in a piece where less is said
cannot be in one where more is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import TypeVar

from keepinpact.audit.model import Contradiction, Joined, Model
from keepinpact.audit.solver import Cases, Counts, Rule, System, left_open
from keepinpact.numbers import ROUNDINGS, Bound
from keepinpact.statements.constraints import Constraint
from keepinpact.statements.linear import Interval, Linear, narrowed

__all__ = ["Split", "Splitter"]

_MOST_VALUES = 100
"""A bound that holds more values than this is not searched for gaps, as elsewhere."""

_T = TypeVar("_T")


class Splitter:
    """A report whose members are held in one combination after another."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._pieces: dict[tuple[object, ...], _Piece] = {}
        self._same: dict[str, _Held] = {}
        self._said = cache(self._held)
        self._made = cache(self._split)

    def of(self, on: frozenset[str], rule: str) -> Split | None:
        """The data sets in which some switches' members hold; None where it is plain that there are none."""
        return self._made(on, rule)

    def piece(self, names: Sequence[str], held: Sequence[_Held], loose: Sequence[_Held]) -> _Piece:
        """Some quantities and what holds of them; ``loose`` is implied by that."""
        key = (*names, *map(id, held))
        if key not in self._pieces:
            looser = None if loose == held else self.piece(names, loose, loose)
            rules = [Rule(None, one.cases) for one in held]
            system = System(names, rules, self.model.clock, self.model.exact)
            self._pieces[key] = _Piece(system, [one.cases for one in held], looser)
        return self._pieces[key]

    def _one(self, cases: Cases) -> _Held:
        """The one object for some cases."""
        return self._same.setdefault(repr(cases), _Held(cases))

    def _held(self, switch: str | None, rule: str) -> list[_Held]:
        """What a switch stands for; without one, what is true by construction."""
        if switch is None:
            built_in = [one for *_, one in self.model.built_in]
            defined = [held for one in self.model.report.definitions for held in one.holds]
            return [self._one(((one,),)) for one in [*built_in, *_linears([defined], rule)[0]]]
        said = _linears(self.model.said(switch), rule)
        return [self._one(((one,),)) for one in said[0]] if len(said) == 1 else [self._one(said)]

    def _loose(self, switch: str | None, rule: str) -> list[_Held]:
        """What follows from that, and is the same in more sets of members.

        Of a sentence with several readings that one of them holds; and what the nearest whole per cent allows
        where a rule says which way a tie goes.
        """
        if switch is not None and ":" in switch:
            return []
        one, nearest = ROUNDINGS[rule], ROUNDINGS["nearest"]
        within = one.step == nearest.step and nearest.low <= one.low and one.high <= nearest.high
        return self._said(switch, nearest.name if within else rule)

    def _split(self, on: frozenset[str], rule: str) -> Split | None:
        switches = [None, *sorted(on)]
        held = [one for switch in switches for one in self._said(switch, rule)]
        known = _settled(held)
        if known is None:
            return None

        def left(some: Iterable[_Held]) -> list[_Held] | None:
            given = list(dict.fromkeys(one.given(known, self._one) for one in some))
            open_ = [one for one in given if one is not None]
            return open_ if all(one.cases for one in open_) else None

        loose = left(one for switch in switches for one in self._loose(switch, rule))
        open_ = left(held)
        return None if open_ is None or loose is None else Split(self, known, open_, loose)


class _Held:
    """Cases of which one holds, and what is left of them once some counts are known."""

    def __init__(self, cases: Cases) -> None:
        self.cases = cases
        self.names = tuple(dict.fromkeys(name for case in cases for one in case for name in one.terms))
        self._given: dict[tuple[int | None, ...], _Held | None] = {}

    def given(self, known: Mapping[str, int], one: Callable[[Cases], _Held]) -> _Held | None:
        """What is still open; None where it holds, whatever the rest is, and no case where it cannot."""
        values = tuple(map(known.get, self.names))
        if values not in self._given:
            left = left_open(self.cases, known)
            self._given[values] = None if left is None else one(left)
        return self._given[values]


class _Piece:
    """A system without switches, and what it has answered; ``looser`` is one that allows all that it does."""

    def __init__(self, system: System, held: Sequence[Cases], looser: _Piece | None) -> None:
        self._system = system
        self._held = held
        self._looser = looser
        self._answers: dict[str, object] = {}
        self._found: dict[str, list[Counts]] = {}

    def find(self, *also: Cases) -> Counts | None:
        """Counts that fulfil everything, and one of each of some cases."""

        def found() -> Counts | None:
            if self._looser is None:
                return self._system.find(frozenset(), also)
            counts = self._looser.find(*also)
            if counts is None:
                return None
            # What was found for another that this one is looser than may do here too.
            known = self._looser._found.setdefault(f"{also}", [counts])
            for one in known:
                if all(_fulfilled(cases, one) for cases in self._held):
                    return one
            counts = self._system.find(frozenset(), also)
            known += [counts] if counts else []
            return counts

        return self._once(f"find {also}", found)

    def ends(self, total: Mapping[str, int]) -> Interval:
        """The smallest and the largest value of a sum."""
        return self._once(f"ends {total}", lambda: (self._end(total, 0), self._end(total, 1)))

    def bound(self, total: Mapping[str, int]) -> Bound:
        """The sharp bound of a sum."""

        def found() -> Bound:
            low, high = self.ends(total)
            assert low is not None
            if high is None or high - low > _MOST_VALUES:
                return Bound(low, high)
            values = tuple(value for value in range(low, high + 1) if self.find(_is(total, value)))
            return Bound(low, high, values if len(values) <= high - low else None)

        return self._once(f"bound {total}", found)

    def _end(self, total: Mapping[str, int], place: int) -> int | None:
        end = None if self._looser is None else self._looser.ends(total)[place]
        if end is not None and self.find(_is(total, end)):
            return end
        best = self._system.extreme(frozenset(), (), total, minimise=place == 0)
        if best is None:
            raise Contradiction("no data set fits these statements")
        return best[0]

    def _once(self, what: str, found: Callable[[], _T]) -> _T:
        if what not in self._answers:
            self._answers[what] = found()
        return self._answers[what]  # type: ignore[return-value]


class Split:
    """Data sets in pieces; what is asked of them raises Unfinished where it is not certain."""

    def __init__(
        self, splitter: Splitter, known: Mapping[str, int], held: Sequence[_Held], loose: Sequence[_Held]
    ) -> None:
        self._splitter = splitter
        self._known = known
        joined = Joined()
        for one in (*held, *loose):
            joined.join(*one.names)
        self._groups: dict[str, tuple[list[str], list[_Held], list[_Held]]] = {}
        for name in splitter.model.quantities:
            if name not in known:
                self._groups.setdefault(joined.of(name), ([], [], []))[0].append(name)
        for place, some in ((1, held), (2, loose)):
            for one in some:
                self._groups[joined.of(one.names[0])][place].append(one)  # type: ignore[arg-type]
        self._joined = joined

    @property
    def exist(self) -> bool:
        """Whether there is one."""
        return all(self._splitter.piece(*group).find() is not None for group in self._groups.values())

    def holding(self, cases: Cases) -> bool:
        """Whether there is one in which one of some cases holds, if there is any at all."""
        given = left_open(cases, self._known)
        if not given:
            return given is None
        return self._of(name for case in given for one in case for name in one.terms).find(given) is not None

    def bound(self, *quantities: str) -> Bound:
        """The sharp bound of a sum of quantities; Contradiction where there is no data set."""
        known, open_ = self._open(quantities)
        if not open_:
            return Bound(known, known)
        found = self._of(open_).bound(open_)
        high = None if found.high is None else found.high + known
        return Bound(found.low + known, high, found.values and tuple(one + known for one in found.values))

    def ends(self, quantity: str) -> Interval:
        """The smallest and the largest value of a quantity; Contradiction where there is no data set."""
        known, open_ = self._open([quantity])
        return self._of(open_).ends(open_) if open_ else (known, known)

    def _open(self, quantities: Sequence[str]) -> tuple[int, dict[str, int]]:
        """What is known of a sum, and how often each open quantity is in it."""
        known = sum(self._known.get(name, 0) for name in quantities)
        return known, {name: quantities.count(name) for name in quantities if name not in self._known}

    def _of(self, names: Iterable[str]) -> _Piece:
        """The piece that some quantities are in; if they are in several, these as one."""
        groups = [self._groups[one] for one in dict.fromkeys(map(self._joined.of, names))]
        return self._splitter.piece(
            [one for names, _, _ in groups for one in names],
            [one for _, held, _ in groups for one in held],
            [one for _, _, loose in groups for one in loose],
        )


def _linears(said: Sequence[Sequence[Constraint]], rule: str) -> Cases:
    return tuple(tuple(one for held in case for one in held.linears(ROUNDINGS[rule])) for case in said)


def _settled(held: Sequence[_Held]) -> dict[str, int] | None:
    """Counts that all data sets share, since one constraint after the other has one open count left.

    Others may be settled too. None where it is plain that there is no data set.
    """
    linears = [one.cases[0][0] for one in held if len(one.cases) == 1]
    open_ = [len(one.terms) for one in linears]
    users: dict[str, list[int]] = {}
    for place, one in enumerate(linears):
        for name in one.terms:
            users.setdefault(name, []).append(place)
    known: dict[str, int] = {}
    ends: dict[str, Interval] = {}
    waiting = [place for place, number in enumerate(open_) if number <= 1]
    while waiting:
        one = linears[waiting.pop()].given(known)
        if not one.terms:
            if not one.allows({}):
                return None
            continue
        ((name, _),) = one.terms.items()
        found = narrowed([one], {name: ends.get(name, (0, None))})
        if found is None:
            return None
        low, high = ends[name] = found[name]
        if low is not None and low == high:
            known[name] = low
            for place in users[name]:
                open_[place] -= 1
                if open_[place] <= 1:
                    waiting.append(place)
    return known


def _fulfilled(cases: Cases, counts: Counts) -> bool:
    return any(all(one.allows(counts) for one in case) for case in cases)


def _is(total: Mapping[str, int], value: int) -> Cases:
    return ((Linear(total, ((value, value),)),),)
