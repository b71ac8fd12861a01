"""Whether counts exist that fulfil constraints, and how small or large a sum can be; exact, or not known.

Two solvers, since neither does all: OR-Tools CP-SAT is quick where every count has a limit, Z3 is exact
where none has (de Moura and Bjørner 2008, "Z3: An efficient SMT solver", doi:10.1007/978-3-540-78800-3_24).
No limit of ours stands in an answer: where both give up, :class:`Unfinished` is raised.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import z3
from ortools.sat.python import cp_model

from keepinpact.audit.narrowing import Ends, Line, Narrowing
from keepinpact.audit.nearby import Bearing, Cases, Choice, going_on, met, nudged, total_of
from keepinpact.statements.linear import IMPOSSIBLE, Interval, Linear

__all__ = ["Cases", "Clock", "Counts", "Exact", "Rule", "Run", "System", "Unfinished", "left_open"]

Counts = dict[str, int]

_SAFE = 2**61
"""CP-SAT takes sums below it."""
_NARROW, _WIDE, _WIDEST = 10**4, 10**6, 2 * 10**7
"""How many values a count may have so that CP-SAT is asked, without a presolve and at all.

It can go through them one by one where limits close in slowly, and then keeps no time limit. Where a count
has no limit it may find one up to here; it is never said that there is none above.
"""
_QUICK, _SUGGESTING, _THOROUGH, _LAST = 0.003, 0.03, 1.0, 8.0
"""CP-SAT's own measure of work, which is the same on every machine."""
_AT_A_TIME = 10
"""The quick work is for so many constraints; for more it is more."""
_FEW_STEPS, _MANY_STEPS = 400_000, 10_000_000
"""Z3's own measure of work."""
_PATIENCE = 2
"""After so many questions that stayed open, the others of a system get little work each."""
_REMEMBERED, _RUNS = 40, 25
"""How many answers, and rows of them, are held against a new question before a solver is."""
_WIDENED, _MOST_MENDED = 3, 150
"""How often more counts may change that bear on what fails, and how many, before all may that do."""
_BASES, _CLASHES = 32, 200
"""For how many sets of switches intervals are kept, and how many sets that clash."""


class Unfinished(TimeoutError):
    """The answer was not certain when the time, or the work that we allow for it, was spent."""


@dataclass(frozen=True)
class Clock:
    """A time limit in seconds from its making; none if None."""

    seconds: float | None = None
    started: float = field(default_factory=time.monotonic)

    def left(self) -> float | None:
        """Seconds left, or None without a limit; Unfinished where none are left."""
        if self.seconds is None:
            return None
        left = self.started + self.seconds - time.monotonic()
        if left <= 0:
            raise Unfinished("the time limit was reached")
        return left


class Exact:
    """What the systems of one report share of Z3, made when it is first needed."""

    @cached_property
    def context(self) -> z3.Context:
        """Where its terms live; one takes tens of megabytes."""
        return z3.Context()


@dataclass(frozen=True)
class Rule:
    """What holds where a switch is on, or always: one of the cases."""

    switch: str | None
    cases: Cases


def left_open(cases: Cases, known: Mapping[str, int]) -> Cases | None:
    """Cases once some counts are known: those still open; None where one holds, whatever the rest is."""
    left: list[tuple[Linear, ...]] = []
    for case in cases:
        given = [one if known.keys().isdisjoint(one.terms) else one.given(known) for one in case]
        if all(one.terms or one.allows({}) for one in given):
            rest = tuple(one for one in given if one.terms)
            if not rest:
                return None
            left.append(rest)
    return tuple(left)


def _possible(cases: Cases) -> Cases:
    """The same before any count is known, as cases of which one holds."""
    left = left_open(cases, {})
    return ((),) if left is None else left or ((IMPOSSIBLE,),)


@dataclass(frozen=True)
class _Local:
    """Constraints that all hold, choices of which one case holds, and intervals that hold every solution.

    They share no count that is open with any other constraint.
    """

    linears: tuple[Linear, ...]
    choices: tuple[Cases, ...]
    intervals: Mapping[str, Interval]
    steady: bool = False
    """Whether the intervals were narrowed as far as they could be."""

    @cached_property
    def width(self) -> int | None:
        """How many values the widest interval has, about; None without a limit."""
        widths = [None if high is None else high - (low or 0) for low, high in self.intervals.values()]
        return None if None in widths else max((one for one in widths if one is not None), default=0)

    @cached_property
    def limited(self) -> bool:
        """Whether CP-SAT can be asked: no count has too many values, and no sum is too large."""
        if self.width is None or self.width > _WIDEST:
            return False
        highs = {name: high or 0 for name, (_, high) in self.intervals.items()}
        return max(highs.values(), default=0) < _SAFE and all(
            sum(abs(factor) * highs[name] for name, factor in one.terms.items()) < _SAFE
            and all(end is None or abs(end) < _SAFE for span in one.spans for end in span)
            for one in _sums(self.linears, self.choices)
        )

    @cached_property
    def _model(self) -> cp_model.CpModel:
        model, _ = _cp_model(self)
        return model

    def model(self) -> tuple[cp_model.CpModel, dict[str, cp_model.IntVar]]:
        """A model for CP-SAT that more can be asked of, and its counts."""
        model = self._model.clone()
        places = enumerate(self.intervals)
        return model, {name: model.get_int_var_from_proto_index(place) for place, name in places}

    def allows(self, counts: Counts) -> bool:
        """Whether counts fulfil everything."""
        return all(one.allows(counts) for one in self.linears) and all(
            _fulfils(cases, counts) for cases in self.choices
        )


@dataclass(frozen=True)
class _Asked:
    """Intervals that hold every solution, the switches that are off, and what holds besides."""

    ends: Ends
    off: int
    lines: tuple[Line, ...] = ()
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class _Remembered:
    """Counts that were found, what they do not fulfil, by its number, and the switches of that."""

    counts: list[int]
    unmet: frozenset[int]
    switches: int


@dataclass(frozen=True)
class Run:
    """Counts, and a step that can be made from them so many times; all fulfil what is asked.

    By place of the quantity. On the way every sum stays in the span that it is in.
    """

    on: int
    """The switches that were on."""
    start: list[int]
    step: Mapping[int, int]
    times: int

    def after(self, times: int) -> list[int]:
        """The counts after so many steps."""
        counts = list(self.start)
        for place, by in self.step.items():
            counts[place] += times * by
        return counts

    def slope(self, line: Line) -> int:
        """By how much a step changes a sum."""
        return sum(by * self.step.get(place, 0) for place, by in line.terms)

    @staticmethod
    def within(line: Line, total: int, slope: int, first: int, last: int) -> tuple[int, int] | None:
        """After how many steps between two a sum is in one of its spans; None where it is after none."""
        for low, high in line.spans:
            if not slope:
                if (low is None or low <= total) and (high is None or total <= high):
                    return first, last
                continue
            ends = (low, high) if slope > 0 else (high, low)
            start = first if ends[0] is None else max(first, -((total - ends[0]) // slope))
            end = last if ends[1] is None else min(last, (ends[1] - total) // slope)
            if start <= end:
                return start, end
        return None


class System:
    """Some quantities, none of them ever below 0, and what may hold of them where which switches are on.

    What a question changes is worked out where it changes something; elsewhere an earlier answer stands.
    ``clock`` is the time limit of everything that is asked; ``exact`` is shared with other systems, its own
    if None.
    """

    def __init__(
        self, quantities: Sequence[str], rules: Sequence[Rule], clock: Clock, exact: Exact | None = None
    ) -> None:
        self.quantities = tuple(quantities)
        rules = self._rules = tuple(Rule(rule.switch, _possible(rule.cases)) for rule in rules)
        switches = dict.fromkeys(rule.switch for rule in rules if rule.switch is not None)
        self._bits = {name: 1 << place for place, name in enumerate(switches)}
        self._clock = clock
        self._exact = exact or Exact()
        single = [rule for rule in rules if len(rule.cases) == 1]
        self._narrowing = Narrowing(
            self.quantities, [(one, self._bit(rule)) for rule in single for one in rule.cases[0]]
        )
        # They are numbered on from the constraints, so that a number tells which is meant.
        self._choices = [self._choice(rule.cases, self._bit(rule)) for rule in rules if len(rule.cases) != 1]
        self._choosing: list[list[int]] = [[] for _ in self.quantities]
        for number, choice in enumerate(self._choices, start=len(self._narrowing.lines)):
            for place in choice.places:
                self._choosing[place].append(number)
        lines = self._narrowing.lines
        self._naming: list[list[Line | Choice]] = [
            [
                *(lines[number] for number in users),
                *(self._choices[n - len(lines)] for n in self._choosing[place]),
            ]
            for place, users in enumerate(self._narrowing.users)
        ]
        self._masks: OrderedDict[frozenset[str], int] = OrderedDict()
        self._bases: OrderedDict[int, Ends] = OrderedDict()
        self._clashes: deque[int] = deque(maxlen=_CLASHES)
        self._remembered: deque[_Remembered] = deque(maxlen=_REMEMBERED)
        self._fullest: deque[_Remembered] = deque(maxlen=_REMEMBERED)
        self._runs: deque[Run] = deque(maxlen=_RUNS)
        self._left_open = 0
        self._apart: tuple[int, list[_Local]] | None = None

    def _bit(self, rule: Rule) -> int:
        return 0 if rule.switch is None else self._bits[rule.switch]

    def _choice(self, cases: Cases, bit: int) -> Choice:
        lines = tuple(tuple(self._narrowing.line(one) for one in case) for case in cases)
        places = dict.fromkeys(place for case in lines for one in case for place, _ in one.terms)
        return Choice(cases, lines, tuple(places), bit)

    def find(self, on: frozenset[str], also: Sequence[Cases] = ()) -> Counts | None:
        """Counts that fulfil everything where some switches are on; None where there certainly are none.

        ``also`` holds besides. Unfinished where neither is certain.
        """
        found = self._find(self._mask(on), also)
        return None if found is None else dict(zip(self.quantities, found, strict=True))

    def core(self, on: frozenset[str], also: Sequence[Cases] = ()) -> frozenset[str] | None:
        """Some of the switches under which nothing fulfils everything; None where that is not plain.

        It takes no solver, so it may miss what one would see. They may be more than are needed.
        """
        mask = self._mask(on)
        clash = self._clash(mask)
        if clash is None:
            asked, clash = self._asked(mask, also)
            if asked is not None:
                return None
        return frozenset(name for name, bit in self._bits.items() if clash & bit)

    def suggest(self, weights: Mapping[str, int], without: Sequence[frozenset[str]]) -> frozenset[str] | None:
        """Switches that can all be on, of much weight together; None where none were found.

        ``weights`` has every switch that may be on; of each set in ``without`` at least one is on.
        """
        asked, _ = self._asked(0, ())
        if asked is None:
            return None
        always = [rule.cases for rule in self._rules if rule.switch is None]
        linears = tuple(one for cases in always if len(cases) == 1 for one in cases[0])
        choices = tuple(cases for cases in always if len(cases) != 1)
        boxed = _boxed(_Local(linears, choices, self._intervals(asked)), _WIDE)
        if not boxed.limited:
            return None
        model, counts = _cp_model(boxed)
        switches = {name: model.new_bool_var(name) for name in weights}
        for rule in self._rules:
            if rule.switch is not None and rule.switch in weights:
                _hold(model, counts, rule.cases, [switches[rule.switch]])
        for some in without:
            model.add_bool_or([switches[name] for name in sorted(some)])
        model.maximize(cp_model.LinearExpr.weighted_sum(list(switches.values()), list(weights.values())))
        solver = self._solver(_SUGGESTING, boxed)
        if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        self._remember([solver.value(counts[name]) for name in self.quantities])
        return frozenset(name for name, one in switches.items() if solver.boolean_value(one))

    def _mask(self, on: frozenset[str]) -> int:
        """The bits of the switches that are on."""
        if on not in self._masks:
            self._masks[on] = sum(self._bits[name] for name in on if name in self._bits)
            if len(self._masks) > _BASES:
                self._masks.popitem(last=False)
        return self._masks[on]

    def _clash(self, on: int) -> int | None:
        """Switches among those that are on that are known to clash."""
        return next((one for one in self._clashes if one & on == one), None)

    def _find(self, on: int, also: Sequence[Cases]) -> list[int] | None:
        self._clock.left()
        if self._clash(on) is not None:
            return None
        found = self._recalled(on, also)
        if found is not None:
            return found
        found = self._beside(on, also)
        if found is not None:
            self._remember(found)
            return found
        asked, _ = self._asked(on, also)
        if asked is None:
            return None
        found = self._found(asked, self._nearest(on, asked.lines))
        if found is None:
            if not also:
                self._clashes.appendleft(on)
            return None
        self._remember(found)
        return found

    def _beside(self, on: int, also: Sequence[Cases]) -> list[int] | None:
        """Counts near to an earlier answer that fulfil more too, where they are soon found."""
        base = self._base(on) if also and all(len(cases) == 1 for cases in also) else 0
        if isinstance(base, int):
            return None
        lines, _ = self._besides(also)
        nearest = self._nearest(on, lines)
        if nearest is None:
            return None
        failed = [line for line in lines if not met(line, nearest)]
        return nudged(nearest, failed, base, self._holding(~on, lines, ()))

    def _nearest(self, on: int, lines: Sequence[Line]) -> list[int] | None:
        """The earlier answer to what is switched on of which some sums have least to move."""
        least: int | None = None
        nearest: list[int] | None = None
        for one in (*self._remembered, *self._fullest):
            if not one.switches & on:
                far = sum(_far(total_of(line, one.counts), line) for line in lines)
                if least is None or far < least:
                    least, nearest = far, one.counts
        for run in self._runs:
            if least != 0 and not on & ~run.on:
                sums = [(line, total_of(line, run.start), run.slope(line)) for line in lines]
                between = (0, run.times)
                for line, total, slope in sums:
                    between = run.within(line, total, slope, *between) or between
                far = sum(_far(total + between[0] * slope, line) for line, total, slope in sums)
                if least is None or far < least:
                    least, nearest = far, run.after(between[0])
        return nearest

    def _recalled(self, on: int, also: Sequence[Cases]) -> list[int] | None:
        """An earlier answer that is one to this question too."""
        lines = [[[self._narrowing.line(one) for one in case] for case in cases] for cases in also]
        for one in (*self._remembered, *self._fullest):
            if not one.switches & on and all(
                any(all(met(line, one.counts) for line in case) for case in cases) for cases in lines
            ):
                return one.counts
        if any(len(cases) != 1 for cases in also):
            return None
        for run in self._runs:
            if on & ~run.on:
                continue
            between: tuple[int, int] | None = (0, run.times)
            for line in (line for cases in lines for line in cases[0]):
                between = between and run.within(line, total_of(line, run.start), run.slope(line), *between)
            if between is not None:
                return run.after(between[0])
        return None

    def _remember(self, counts: list[int]) -> None:
        """Keep an answer, with what it does not fulfil; looked at is only where it differs from one known."""
        look: Iterable[int] = range(len(self._narrowing.lines) + len(self._choices))
        unmet: frozenset[int] = frozenset()
        known = next(iter(self._remembered), None)
        if known is not None:
            changed = [i for i, (a, b) in enumerate(zip(counts, known.counts, strict=True)) if a != b]
            look = set(self._bearing(changed))
            unmet = known.unmet - look
        unmet |= {number for number in look if not met(self._numbered(number), counts)}
        switches = 0
        for number in unmet:
            switches |= self._numbered(number).bit
        new = _Remembered(counts, unmet, switches)
        self._remembered.appendleft(new)
        if not any(one.switches & switches == one.switches for one in self._fullest):
            kept = [one for one in self._fullest if one.switches & switches != switches]
            self._fullest = deque([new, *kept], maxlen=_REMEMBERED)

    def _numbered(self, number: int) -> Line | Choice:
        lines = self._narrowing.lines
        return lines[number] if number < len(lines) else self._choices[number - len(lines)]

    def _found(self, asked: _Asked, known: list[int] | None) -> list[int] | None:
        """Counts that fulfil what is asked; elsewhere than it bears on they are as known."""
        ends = asked.ends
        if known is None:
            counts = list(ends.lows)
            start: Iterable[int] = range(len(counts))
        else:
            counts = list(known)
            start = dict.fromkeys(
                [
                    *(place for line in asked.lines for place, _ in line.terms),
                    *(place for choice in asked.choices for place in choice.places),
                    *(
                        place
                        for place, (count, low, high) in enumerate(
                            zip(counts, ends.lows, ends.highs, strict=True)
                        )
                        if count < low or (high is not None and count > high)
                    ),
                ]
            )
            for place in start:
                high = ends.highs[place]
                counts[place] = max(
                    ends.lows[place], counts[place] if high is None else min(counts[place], high)
                )
            bearing = self._holding(asked.off, asked.lines, asked.choices)
            failed = dict.fromkeys(one for place in start for one in bearing(place) if not met(one, counts))
            mended = nudged(counts, failed, ends, bearing)
            if mended is None and self._refuted(asked, bearing):
                return None
            mended = mended or self._mended(asked, counts, list(failed), bearing)
            if mended is not None:
                return mended
        open_: Unfinished | None = None
        place_of = self._narrowing.place
        for local in self._locals(asked, start):
            now = {name: counts[place_of[name]] for name in local.intervals}
            if local.allows(now):
                continue
            try:
                found = self._solved_at(local)
            except Unfinished as error:
                # Another may show that there are none.
                open_ = error
                continue
            if found is None:
                return None
            for name, count in found.items():
                counts[place_of[name]] = count
        if open_ is not None:
            raise open_
        return counts

    def _about(self, on: int, also: Sequence[Cases], asked: _Asked, names: Iterable[str]) -> list[_Local]:
        """What bears on some quantities; what is asked without anything besides is kept for the next time."""
        if also:
            return list(self._locals(asked, [self._narrowing.place[name] for name in names]))
        if self._apart is None or self._apart[0] != on:
            self._apart = on, list(self._locals(asked, range(len(self.quantities))))
        wanted = set(names)
        return [local for local in self._apart[1] if not wanted.isdisjoint(local.intervals)]

    def _locals(self, asked: _Asked, start: Iterable[int]) -> Iterator[_Local]:
        """What bears on some quantities: constraints that may fail, apart where they share no open count."""
        ends, first = asked.ends, len(self._narrowing.lines)
        lows, highs = ends.lows, ends.highs
        number = first + len(self._choices)
        extra: dict[int, list[int]] = {}
        lines: dict[int, Line] = {}
        choices: dict[int, Choice] = {}
        for line in asked.lines:
            lines[number] = line
            for place, _ in line.terms:
                extra.setdefault(place, []).append(number)
            number += 1
        for choice in asked.choices:
            choices[number] = choice
            for place in choice.places:
                extra.setdefault(place, []).append(number)
            number += 1
        looked_at: set[int] = set()
        seen: set[int] = set()

        def bearing(place: int) -> Iterator[tuple[Line | Choice, Iterable[int]]]:
            """What may fail of that which names a quantity, each once, with all that it names."""
            for one in (*self._narrowing.users[place], *self._choosing[place], *extra.get(place, ())):
                if one in looked_at:
                    continue
                looked_at.add(one)
                if one in lines or one < first:
                    line = lines[one] if one in lines else self._narrowing.lines[one]
                    if not line.bit & asked.off and not ends.sure(line):
                        yield line, [place for place, _ in line.terms]
                else:
                    choice = choices[one] if one in choices else self._choices[one - first]
                    held = choice.bit & asked.off or any(all(map(ends.sure, case)) for case in choice.lines)
                    if not held:
                        yield choice, choice.places

        def flooded(waiting: list[int], taken: list[tuple[Line | Choice, Iterable[int]]]) -> _Local:
            places = dict.fromkeys(waiting)
            while waiting:
                place = waiting.pop()
                if place in seen:
                    continue
                seen.add(place)
                for one in bearing(place):
                    taken.append(one)
                    places.update(dict.fromkeys(one[1]))
                    waiting += [other for other in one[1] if lows[other] != highs[other]]
            return _Local(
                tuple(one.linear for one, _ in taken if isinstance(one, Line)),
                tuple(one.cases for one, _ in taken if isinstance(one, Choice)),
                {self.quantities[place]: ends.interval(place) for place in sorted(places)},
                ends.steady,
            )

        start = list(start)
        for place in start:
            if lows[place] != highs[place] and place not in seen:
                yield flooded([place], [])
        # What is known joins nothing; of each constraint on it the rest is looked at by itself.
        for place in start:
            if lows[place] == highs[place]:
                for one in bearing(place):
                    others = [other for other in one[1] if lows[other] != highs[other]]
                    local = flooded(others, [one])
                    yield _Local(
                        local.linears,
                        local.choices,
                        {
                            **local.intervals,
                            **{self.quantities[other]: ends.interval(other) for other in one[1]},
                        },
                        ends.steady,
                    )

    def _refuted(self, asked: _Asked, bearing: Bearing) -> bool:
        """Whether what is near to what is asked besides is enough to see that nothing fulfils it."""
        ends = asked.ends
        every: list[Line | Choice] = [*asked.lines, *asked.choices]
        places = {place for one in every for place in one.places}
        places |= {other for place in places for one in bearing(place) for other in one.places}
        about = dict.fromkeys(
            one
            for place in sorted(places)
            for one in bearing(place)
            if places.issuperset(one.places) and not (isinstance(one, Line) and ends.sure(one))
        )
        if not about or len(places) > _MOST_MENDED:
            return False
        near = _Local(
            tuple(one.linear for one in about if isinstance(one, Line)),
            tuple(one.cases for one in about if isinstance(one, Choice)),
            {self.quantities[place]: ends.interval(place) for place in sorted(places)},
            ends.steady,
        )
        done, found = self._search(near, _QUICK)
        return done and found is None

    def _mended(
        self, asked: _Asked, counts: list[int], failed: Sequence[Line | Choice], bearing: Bearing
    ) -> list[int] | None:
        """Counts that fulfil everything, of which few are not as before; None where none were found.

        Everything but what has ``failed`` is fulfilled by the counts that there are.
        """
        ends = asked.ends
        free: set[int] = set()
        places = {place for one in failed for place in one.places}
        for _ in range(_WIDENED):
            free |= {place for place in places if ends.lows[place] != ends.highs[place]}
            about = dict.fromkeys([*failed, *(one for place in sorted(free) for one in bearing(place))])
            places = {place for one in about for place in one.places}
            if len(places) > _MOST_MENDED:
                return None
            intervals = {}
            for place in sorted(places):
                low = high = now = counts[place]
                if place in free:
                    top = ends.highs[place]
                    low = max(ends.lows[place], now - _NARROW)
                    high = now + _NARROW if top is None else min(top, now + _NARROW)
                intervals[self.quantities[place]] = low, high
            near = _Local(
                tuple(one.linear for one in about if isinstance(one, Line)),
                tuple(one.cases for one in about if isinstance(one, Choice)),
                intervals,
                ends.steady,
            )
            _, found = self._search(near, _QUICK)
            if found is not None:
                mended = list(counts)
                for name, count in found.items():
                    mended[self._narrowing.place[name]] = count
                return mended
        return None

    def _holding(self, off: int, lines: Iterable[Line], choices: Iterable[Choice]) -> Bearing:
        """What holds of a quantity where some switches are off, and of what is asked besides."""
        extra: dict[int, list[Line | Choice]] = {}
        every: list[Line | Choice] = [*lines, *choices]
        for one in every:
            for place in one.places:
                extra.setdefault(place, []).append(one)

        def bearing(place: int) -> list[Line | Choice]:
            return [*(one for one in self._naming[place] if not one.bit & off), *extra.get(place, ())]

        return bearing

    def _bearing(self, places: Iterable[int]) -> Iterator[int]:
        """The numbers of what names some quantities."""
        for place in places:
            yield from self._narrowing.users[place]
            yield from self._choosing[place]

    def _solved_at(self, local: _Local) -> Counts | None:
        eased, put_off = (local, []) if local.limited else _eased(local)
        if put_off and eased.limited:
            for effort in (_QUICK, _THOROUGH):
                done, found = self._search(eased, effort)
                if done and found is None:
                    return None
                if found is not None:
                    for name, within in reversed(put_off):
                        low = local.intervals[name][0] or 0
                        found[name] = max([low, *(one.least(name, found) for one in within)])
                    return found
        patient = self._left_open < _PATIENCE
        # The quick and the cheap first. What a box does not hold may still be outside.
        if local.limited:
            quick = (_QUICK, _THOROUGH) if patient else (_QUICK,)
            for effort in quick:
                done, found = self._search(local, effort)
                if done:
                    return found
        else:
            _, found = self._search(_boxed(local, _NARROW), _QUICK)
            if found is not None:
                return found
        exactly = _Z3(local, self._exact.context)
        done, found = exactly.find(_FEW_STEPS, self._clock)
        if done:
            return found
        if patient:
            if local.limited:
                done, found = self._search(local, _LAST)
                if done:
                    return found
            else:
                _, found = self._search(_boxed(local, _WIDE), _THOROUGH)
                if found is not None:
                    return found
            done, found = exactly.find(_MANY_STEPS, self._clock)
            if done:
                return found
        self._left_open += 1
        raise Unfinished("the solvers gave up")

    def extreme(
        self, on: frozenset[str], also: Sequence[Cases], total: Mapping[str, int], *, minimise: bool
    ) -> tuple[int | None, Counts] | None:
        """The smallest (or largest) value of a sum, and counts that reach it.

        ``total`` has positive factors by quantity. The value is None where nothing limits it; all is None
        where no counts fulfil everything. Unfinished where it is not certain.
        """
        mask = self._mask(on)
        found = self._find(mask, also)
        if found is None:
            return None
        counts = dict(zip(self.quantities, found, strict=True))
        asked, _ = self._asked(mask, also)
        assert asked is not None
        if _value(total, counts) == self._ends(total, asked)[0 if minimise else 1]:
            return _value(total, counts), counts
        for local in self._about(mask, also, asked, total):
            within = {name: total[name] for name in total if name in local.intervals}
            if not minimise and self._ends(within, asked)[1] is None and self._without_limit(local, within):
                return None, counts
            best = self._best(local, within, minimise=minimise) if local.limited else None
            if best is not None:
                counts |= best
            else:
                best = self._closing_in(mask, also, within, counts, minimise=minimise)
                counts |= {name: best[name] for name in local.intervals}
        self._remember([counts[name] for name in self.quantities])
        return _value(total, counts), counts

    def limits(self, on: frozenset[str], also: Sequence[Cases]) -> Mapping[str, Interval]:
        """Intervals that hold every count that a quantity can have, and may be too wide.

        ValueError where it is plain that no counts fulfil everything.
        """
        asked, _ = self._asked(self._mask(on), also)
        if asked is None:
            raise ValueError("no counts fulfil everything")
        return self._intervals(asked)

    def _intervals(self, asked: _Asked) -> dict[str, Interval]:
        return {name: asked.ends.interval(place) for place, name in enumerate(self.quantities)}

    def possible(
        self,
        on: frozenset[str],
        also: Sequence[Cases],
        total: Mapping[str, int],
        within: Sequence[tuple[int, int]],
    ) -> list[tuple[int, int]]:
        """Which values in some intervals a sum can have where everything is fulfilled, as intervals."""
        ends = (
            (self._sum(total, run.start), self._sum(total, run.after(run.times)))
            for run in self.runs(on, also, total, within)
        )
        return _joined((min(one), max(one)) for one in ends)

    def runs(
        self,
        on: frozenset[str],
        also: Sequence[Cases],
        total: Mapping[str, int],
        within: Sequence[tuple[int, int]],
    ) -> Iterator[Run]:
        """Counts that fulfil everything with each value that a sum can have in some intervals, in rows.

        From counts with one value to some with the next there is a step, which can often be made again; so
        what is asked grows with the gaps, not with the values.
        """
        mask = self._mask(on)
        bearing = self._holding(~mask, *self._besides(also))

        def asked(low: int, high: int) -> list[int] | None:
            return self._find(mask, [*also, ((_between(total, low, high),),)])

        waiting = list(within)
        while waiting:
            low, high = waiting.pop()
            counts = asked(low, high)
            if counts is None:
                continue
            first = last = self._sum(total, counts)
            yield Run(mask, counts, {}, 0)
            for by, end in ((1, high), (-1, low)):
                now, at = counts, self._sum(total, counts)
                while at != end and (then := asked(at + by, at + by)) is not None:
                    step = _step(now, then)
                    often = going_on(now, step, bearing)
                    often = abs(end - at) if often is None else min(often, abs(end - at))
                    # Once it can be made in any case, if by way of another span.
                    run = Run(mask, now, step, often) if often else Run(mask, then, {}, 0)
                    yield run
                    at, now = at + by * max(1, often), run.after(often)
                    self._remember(now)
                    if often > 1:
                        self._runs.appendleft(run)
                first, last = min(first, at), max(last, at)
            # Next to it there is a gap, or the end of what was asked.
            waiting += [one for one in ((low, first - 2), (last + 2, high)) if one[0] <= one[1]]

    def together(self, on: frozenset[str], also: Sequence[Cases]) -> list[list[str]]:
        """The quantities that narrowing leaves open, apart where they share no constraint that may fail."""
        asked, _ = self._asked(self._mask(on), also)
        if asked is None:
            return []
        found = []
        for local in self._locals(asked, range(len(self.quantities))):
            open_ = [name for name, (low, high) in local.intervals.items() if low != high]
            found += [open_] if open_ else []
        return found

    def near(
        self, on: frozenset[str], also: Sequence[Cases], counts: list[int], other: Linear, same: Iterable[int]
    ) -> list[int] | None:
        """Counts near to some that fulfil everything, which fulfil more and are the same in some places.

        By place of the quantity. None where little work found none; there may be some.
        """
        asked, _ = self._asked(self._mask(on), also)
        assert asked is not None
        ends, line = asked.ends.copy(), self._narrowing.line(other)
        for place in same:
            ends.lows[place] = ends.highs[place] = counts[place]
        bearing = self._holding(asked.off, [*asked.lines, line], asked.choices)
        return nudged(counts, [line], ends, bearing)

    @property
    def place(self) -> Mapping[str, int]:
        """The place of each quantity."""
        return self._narrowing.place

    def bearing(self, on: frozenset[str], also: Sequence[Cases]) -> Bearing:
        """What holds of a quantity."""
        return self._holding(~self._mask(on), *self._besides(also))

    def _besides(self, also: Sequence[Cases]) -> tuple[list[Line], list[Choice]]:
        """What is asked besides, by places."""
        lines = [self._narrowing.line(one) for cases in also if len(cases) == 1 for one in cases[0]]
        return lines, [self._choice(cases, 0) for cases in also if len(cases) != 1]

    def _sum(self, total: Mapping[str, int], counts: Sequence[int]) -> int:
        return sum(factor * counts[self._narrowing.place[name]] for name, factor in total.items())

    def pushed(
        self, on: frozenset[str], also: Sequence[Cases], names: Sequence[str], *, minimise: bool
    ) -> Counts | None:
        """Counts that fulfil everything, some of them as small (or large) as little work makes them."""
        mask = self._mask(on)
        found = self._find(mask, also)
        asked, _ = self._asked(mask, also)
        if found is None or asked is None:
            return None
        counts = dict(zip(self.quantities, found, strict=True))
        for local in self._about(mask, also, asked, names):
            if local.limited:
                model, variables = local.model()
                some = cp_model.LinearExpr.sum([variables[name] for name in names if name in variables])
                if minimise:
                    model.minimize(some)
                else:
                    model.maximize(some)
                solver = self._solver(_SUGGESTING, local)
                if solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE):
                    counts |= {name: solver.value(count) for name, count in variables.items()}
        self._remember([counts[name] for name in self.quantities])
        return counts

    def _closing_in(
        self, on: int, also: Sequence[Cases], total: Mapping[str, int], counts: Counts, *, minimise: bool
    ) -> Counts:
        """Counts with the best value of a sum that has one, from some that fulfil everything."""
        value = _value(total, counts)
        asked, _ = self._asked(on, also)
        assert asked is not None
        limit = self._ends(total, asked)[0 if minimise else 1]
        stride = 1
        while limit is None or value != limit:
            # Better by a leap that doubles, or halfway to a limit that is known.
            aim = value - stride if minimise else value + stride
            if limit is not None:
                aim = max(aim, (limit + value) // 2) if minimise else min(aim, (limit + value + 1) // 2)
            better = (*also, ((_between(total, None, aim) if minimise else _between(total, aim, None),),))
            improved = self._find(on, better)
            if improved is None:
                limit = aim + 1 if minimise else aim - 1
                stride = 1
                continue
            counts = dict(zip(self.quantities, improved, strict=True))
            value = _value(total, counts)
            stride *= 2
            narrower, _ = self._asked(on, better)
            assert narrower is not None
            best = self._optimal(narrower, total, counts, minimise=minimise)
            if best is not None:
                return best
        return counts

    def _optimal(
        self, asked: _Asked, total: Mapping[str, int], counts: Counts, *, minimise: bool
    ) -> Counts | None:
        """Counts with the best sum, where CP-SAT can be asked and is certain of it."""
        counts = dict(counts)
        locals_ = list(self._locals(asked, [self._narrowing.place[name] for name in total]))
        if not all(local.limited for local in locals_):
            return None
        for local in locals_:
            within = {name: total[name] for name in total if name in local.intervals}
            best = self._best(local, within, minimise=minimise)
            if best is None:
                return None
            counts |= best
        return counts

    def _ends(self, total: Mapping[str, int], asked: _Asked) -> tuple[int, int | None]:
        """Between which values a sum lies."""
        places = {self._narrowing.place[name]: factor for name, factor in total.items()}
        low = sum(factor * asked.ends.lows[place] for place, factor in places.items())
        high = 0
        for place, factor in places.items():
            end = asked.ends.highs[place]
            if end is None:
                return low, None
            high += factor * end
        return low, high

    def _base(self, on: int) -> Ends | int:
        """The intervals where some switches are on; switches that clash where nothing fulfils everything."""
        clash = self._clash(on)
        if clash is not None:
            return clash
        if on in self._bases:
            self._bases.move_to_end(on)
            return self._bases[on]
        # On from what is known of nearly the same.
        near = min(self._bases, key=lambda other: (other ^ on).bit_count(), default=None)
        if not on:
            ends, waiting = Ends(len(self.quantities)), list(self._narrowing.of_switch.get(0, ()))
        else:
            if near is None or (near ^ on).bit_count() > on.bit_count():
                near = 0
                ground = self._base(near)
                if isinstance(ground, int):
                    return ground
            ends, widened = self._bases[near].without(near & ~on)
            waiting = [*self._narrowing.about(widened), *self._narrowing.under(on & ~near)]
        refuted = self._narrowing.narrow(ends, waiting, ~on, (), self._clock.left)
        if refuted is not None:
            self._clashes.appendleft(refuted)
            return refuted
        self._bases[on] = ends
        if len(self._bases) > _BASES:
            self._bases.popitem(last=False)
        return ends

    def _asked(self, on: int, also: Sequence[Cases]) -> tuple[_Asked | None, int]:
        """What is asked; None where it is plain that nothing fulfils it, and switches that are enough."""
        self._clock.left()
        base = self._base(on)
        if isinstance(base, int):
            return None, base
        if not also:
            return _Asked(base, ~on), 0
        ends = base.copy()
        lines = [self._narrowing.line(one) for cases in also if len(cases) == 1 for one in cases[0]]
        refuted = self._narrowing.narrow(ends, (), ~on, lines, self._clock.left)
        if refuted is not None:
            return None, refuted
        choices: list[Choice] = []
        for cases in also:
            if len(cases) == 1:
                continue
            left: list[tuple[Linear, ...]] = []
            why = 0
            for case in cases:
                tried = ends.copy()
                inside = [self._narrowing.line(one) for one in case]
                clash = self._narrowing.narrow(tried, (), ~on, [*lines, *inside], self._clock.left)
                if clash is None:
                    left.append(case)
                else:
                    why |= clash
            if not left:
                return None, why
            choices.append(self._choice(tuple(left), 0))
        return _Asked(ends, ~on, tuple(lines), tuple(choices)), 0

    def _search(self, asked: _Local, effort: float) -> tuple[bool, Counts | None]:
        """Whether CP-SAT is certain, and the counts that it found."""
        if not asked.limited:
            return False, None
        model, counts = _cp_model(asked)
        return self._solved(model, counts, self._solver(effort, asked))

    def _best(self, asked: _Local, total: Mapping[str, int], *, minimise: bool) -> Counts | None:
        """The counts of the best sum, where CP-SAT is certain of it."""
        model, counts = asked.model()
        sum_ = cp_model.LinearExpr.weighted_sum([counts[name] for name in total], list(total.values()))
        if minimise:
            model.minimize(sum_)
        else:
            model.maximize(sum_)
        patient = self._left_open < _PATIENCE
        for effort in (_QUICK, _LAST) if patient else (_QUICK, _THOROUGH):
            done, found = self._solved(model, counts, self._solver(effort, asked))
            if done:
                return found
        self._left_open += 1
        return None

    def _solved(
        self, model: cp_model.CpModel, counts: Mapping[str, cp_model.IntVar], solver: cp_model.CpSolver
    ) -> tuple[bool, Counts | None]:
        status = solver.solve(model)
        if status == cp_model.INFEASIBLE:
            return True, None
        if status == cp_model.OPTIMAL or (status == cp_model.FEASIBLE and not model.has_objective()):
            return True, {name: solver.value(count) for name, count in counts.items()}
        return False, None

    def _solver(self, effort: float, asked: _Local) -> cp_model.CpSolver:
        """CP-SAT, the same on every machine; a presolve would take longer than most answers."""
        solver = cp_model.CpSolver()
        parameters = solver.parameters
        left = self._clock.left()
        if left is not None:
            parameters.max_time_in_seconds = left
        # Where limits close in slowly it would go through the counts one by one.
        quick = effort <= _QUICK and (asked.steady or (asked.width or 0) <= _NARROW)
        parameters.num_workers = 1
        parameters.cp_model_presolve = not quick
        parameters.linearization_level = 2
        if quick:
            parameters.max_deterministic_time = effort * max(1, len(asked.linears) / _AT_A_TIME)
            parameters.symmetry_level = parameters.cp_model_probing_level = 0
            parameters.add_lp_constraints_lazily = False
            parameters.linearization_level = 1
        else:
            parameters.max_deterministic_time = max(effort, _SUGGESTING)
        return solver

    def _without_limit(self, local: _Local, total: Mapping[str, int]) -> bool:
        """Whether a sum can grow for ever.

        It can if some counts fulfil everything and there is a direction in which one can go on from them
        for ever (Meyer 1974, "On the existence of optimal solutions to integer and mixed-integer
        programming problems", doi:10.1007/BF01585518).
        """
        answer = _Z3(local, self._exact.context).grows(total, _MANY_STEPS, self._clock)
        if answer is None:
            raise Unfinished("the solver gave up on whether a sum has a limit")
        return answer


def _boxed(asked: _Local, most: int) -> _Local:
    """The same with a limit of ours for what has too many values."""
    intervals = {}
    for name, (low, high) in asked.intervals.items():
        top = (low or 0) + most
        intervals[name] = (low, top if high is None else min(high, top))
    return _Local(asked.linears, asked.choices, intervals)


def _eased(asked: _Local) -> tuple[_Local, list[tuple[str, list[Linear]]]]:
    """The same without the counts of which more only helps, and these with the sums that they are in.

    Nothing limits such a count: it can be chosen when all others have been, so large that every sum that it
    is in holds. The first of them is to be chosen last.
    """
    linears, choices, intervals = asked.linears, asked.choices, dict(asked.intervals)
    put_off: list[tuple[str, list[Linear]]] = []
    waiting = [name for name, (_, high) in intervals.items() if high is None]
    while True:
        for name in waiting:
            within = [one for one in _sums(linears, choices) if name in one.terms]
            if all(one.grows_into(name) for one in within):
                break
        else:
            return _Local(linears, choices, intervals), put_off
        put_off.append((name, within))
        waiting.remove(name)
        del intervals[name]
        linears = tuple(one for one in linears if name not in one.terms)
        left = [[tuple(one for one in case if name not in one.terms) for case in cases] for cases in choices]
        choices = tuple(tuple(cases) for cases in left if all(cases))


def _sums(linears: Sequence[Linear], choices: Sequence[Cases]) -> list[Linear]:
    return [*linears, *(one for cases in choices for case in cases for one in case)]


def _fulfils(cases: Cases, counts: Counts) -> bool:
    return any(all(one.allows(counts) for one in case) for case in cases)


def _value(total: Mapping[str, int], counts: Mapping[str, int]) -> int:
    return sum(factor * counts[name] for name, factor in total.items())


def _far(total: int, line: Line) -> int:
    """How far a sum is from where it may be."""
    return min(
        low - total
        if low is not None and total < low
        else total - high
        if high is not None and total > high
        else 0
        for low, high in line.spans
    )


def _step(before: Sequence[int], after: Sequence[int]) -> dict[int, int]:
    """What has to be added, by place."""
    return {place: b - a for place, (a, b) in enumerate(zip(before, after, strict=True)) if a != b}


def _joined(intervals: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Intervals that do not touch, ascending, with the same values."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(intervals):
        if found and low <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(high, found[-1][1])
        else:
            found.append((low, high))
    return found


def _between(total: Mapping[str, int], low: int | None, high: int | None) -> Linear:
    return Linear(dict(total), ((low, high),))


def _cp_model(asked: _Local) -> tuple[cp_model.CpModel, dict[str, cp_model.IntVar]]:
    model = cp_model.CpModel()
    counts = {
        name: model.new_int_var(low or 0, high or 0, name) for name, (low, high) in asked.intervals.items()
    }

    for one in asked.linears:
        _hold(model, counts, ((one,),), [])
    for cases in asked.choices:
        _hold(model, counts, cases, [])
    return model, counts


def _hold(
    model: cp_model.CpModel,
    counts: Mapping[str, cp_model.IntVar],
    cases: Cases,
    switches: Sequence[cp_model.IntVar],
) -> None:
    """Let one of the cases hold where all the switches are on."""
    taken = [switches] if len(cases) == 1 else [[model.new_bool_var("")] for _ in cases]
    if len(cases) != 1:
        model.add_bool_or([case[0] for case in taken]).only_enforce_if(*switches)
    for enforced, case in zip(taken, cases, strict=True):
        for one in case:
            terms = [counts[name] for name in one.terms]
            total = cp_model.LinearExpr.weighted_sum(terms, list(one.terms.values()))
            spans = [[-(2**62) if a is None else a, 2**62 if b is None else b] for a, b in one.spans]
            held = model.add_linear_expression_in_domain(total, cp_model.Domain.from_intervals(spans))
            held.only_enforce_if(*enforced)


class _Z3:
    """What is asked, for Z3."""

    def __init__(self, local: _Local, context: z3.Context) -> None:
        self._context = context
        self._local = local
        self._counts = {name: z3.Int(name, self._context) for name in local.intervals}

    def _within(self, values: Mapping[str, z3.ArithRef]) -> Iterator[z3.BoolRef]:
        for name, (low, high) in self._local.intervals.items():
            yield values[name] >= (low or 0)
            if high is not None:
                yield values[name] <= high

    def _either(self, cases: Cases) -> z3.BoolRef:
        return self._or([self._and([self._said(one) for one in case]) for case in cases])

    def _and(self, parts: list[z3.BoolRef]) -> z3.BoolRef:
        if len(parts) == 1:
            return parts[0]
        return z3.And(parts) if parts else z3.BoolVal(True, self._context)

    def _or(self, parts: list[z3.BoolRef]) -> z3.BoolRef:
        if len(parts) == 1:
            return parts[0]
        return z3.Or(parts) if parts else z3.BoolVal(False, self._context)

    def _sum(self, one: Linear, values: Mapping[str, z3.ArithRef]) -> z3.ArithRef:
        if not one.terms:
            return z3.IntVal(0, self._context)
        return z3.Sum([factor * values[name] for name, factor in one.terms.items()])

    def _said(self, one: Linear) -> z3.BoolRef:
        total = self._sum(one, self._counts)
        return self._or([self._inside(total, low, high) for low, high in one.spans])

    def _inside(self, total: z3.ArithRef, low: int | None, high: int | None) -> z3.BoolRef:
        if low is not None and low == high:
            return total == low
        return self._and(
            [*([total >= low] if low is not None else []), *([total <= high] if high is not None else [])]
        )

    def find(self, steps: int, clock: Clock) -> tuple[bool, Counts | None]:
        """Whether it is certain, and the counts that were found."""
        solver = z3.Solver(ctx=self._context)
        solver.add(*self._within(self._counts))
        solver.add(*(self._said(one) for one in self._local.linears))
        solver.add(*(self._either(cases) for cases in self._local.choices))
        answer = _check(solver, steps, clock)
        if answer == z3.unsat:
            return True, None
        if answer != z3.sat:
            return False, None
        model = solver.model()
        return True, {
            name: model.eval(count, model_completion=True).as_long() for name, count in self._counts.items()
        }

    def grows(self, total: Mapping[str, int], steps: int, clock: Clock) -> bool | None:
        """Whether a sum can grow for ever; None where it is not certain."""
        solver = z3.Solver(ctx=self._context)
        solver.add(*self._within(self._counts))
        for name, (_, high) in self._local.intervals.items():
            solver.add(self._steps[name] >= 0 if high is None else self._steps[name] == 0)
        every = [*(((one,),) for one in self._local.linears), *self._local.choices]
        solver.add(*(self._for_ever(cases) for cases in every))
        solver.add(z3.Sum([factor * self._steps[name] for name, factor in total.items()]) >= 1)
        answer = _check(solver, steps, clock)
        return None if answer == z3.unknown else bool(answer == z3.sat)

    @cached_property
    def _steps(self) -> dict[str, z3.ArithRef]:
        """A direction in which one may go on from some counts."""
        return {name: z3.Real(f"step {name}", self._context) for name in self._local.intervals}

    def _for_ever(self, cases: Cases) -> z3.BoolRef:
        """One of the cases holds, and goes on to hold."""
        return self._or(
            [
                self._and([part for one in case for part in (self._said(one), self._along(one))])
                for case in cases
            ]
        )

    def _along(self, one: Linear) -> z3.BoolRef:
        along = self._sum(one, self._steps)
        low, high = one.hull
        return self._and(
            [*([along >= 0] if low is not None else []), *([along <= 0] if high is not None else [])]
        )


def _check(solver: z3.Solver, steps: int, clock: Clock) -> z3.CheckSatResult:
    left = clock.left()
    solver.set("rlimit", steps)
    solver.set("timeout", 2**32 - 1 if left is None else max(1, int(left * 1000)))
    return solver.check()
