"""Whether counts exist that fulfil constraints, and how small or large a sum can be; exact, or not known.

Two solvers, since neither does all: OR-Tools CP-SAT is quick where every count has a limit, Z3 is exact
where none has (de Moura and Bjørner 2008, "Z3: An efficient SMT solver", doi:10.1007/978-3-540-78800-3_24).
No limit of ours stands in an answer: where both give up, :class:`Unfinished` is raised.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import z3
from ortools.sat.python import cp_model

from keepinpact.statements.linear import Interval, Linear, narrowed

Cases = tuple[tuple[Linear, ...], ...]
"""At least one of these holds; of each, everything."""

Counts = dict[str, int]

_SAFE = 2**61
"""CP-SAT takes sums below it."""
_NARROW, _WIDE = 10**4, 10**6
"""How many values a count may have so that CP-SAT is asked, without a presolve and at all.

It can go through them one by one where limits close in slowly, and then keeps no time limit. Where a count
has no limit it may find one up to here; it is never said that there is none above.
"""
_QUICK, _SUGGESTING, _THOROUGH, _LAST = 0.003, 0.03, 1.0, 8.0
"""CP-SAT's own measure of work, which is the same on every machine."""
_FEW_STEPS, _MANY_STEPS = 400_000, 10_000_000
"""Z3's own measure of work."""
_PATIENCE = 2
"""After so many questions that stayed open, the others of a system get little work each."""
_REMEMBERED = 40
"""How many answers are held against a new question before a solver is."""


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
            raise Unfinished(f"the time limit of {self.seconds:g} s was reached")
        return left


class Exact:
    """What the systems of one report share of Z3, made when it is first needed."""

    @cached_property
    def context(self) -> z3.Context:
        """Where its terms live; one takes tens of megabytes."""
        return z3.Context()


@dataclass(frozen=True)
class Rule:
    """What holds where some switches are on: one of the cases."""

    switches: frozenset[str]
    cases: Cases


@dataclass(frozen=True)
class _Asked:
    """Constraints that all hold, choices of which one case holds, and intervals that hold every solution."""

    linears: tuple[Linear, ...]
    choices: tuple[Cases, ...]
    intervals: Mapping[str, Interval]

    @cached_property
    def width(self) -> int | None:
        """How many values the widest interval has, about; None without a limit."""
        widths = [None if high is None else high - (low or 0) for low, high in self.intervals.values()]
        return None if None in widths else max((one for one in widths if one is not None), default=0)

    @cached_property
    def limited(self) -> bool:
        """Whether CP-SAT can be asked: no count has too many values, and no sum is too large."""
        if self.width is None or self.width > _WIDE:
            return False
        highs = {name: high or 0 for name, (_, high) in self.intervals.items()}
        return max(highs.values(), default=0) < _SAFE and all(
            sum(abs(factor) * highs[name] for name, factor in one.terms.items()) < _SAFE
            and all(end is None or abs(end) < _SAFE for span in one.spans for end in span)
            for one in [*self.linears, *(one for cases in self.choices for case in cases for one in case)]
        )


@dataclass(frozen=True)
class _Remembered:
    """Counts that were found, and the switches of each rule that they do not fulfil."""

    counts: Counts
    unmet: tuple[frozenset[str], ...]


class System:
    """Some quantities, none of them ever below 0, and what may hold of them where which switches are on.

    ``clock`` is the time limit of everything that is asked; ``exact`` is shared with other systems, its own
    if None.
    """

    def __init__(
        self, quantities: Sequence[str], rules: Sequence[Rule], clock: Clock, exact: Exact | None = None
    ) -> None:
        self.quantities = tuple(quantities)
        self._rules = tuple(rules)
        self._switches = frozenset(name for rule in rules for name in rule.switches)
        self._clock = clock
        self._exact = exact or Exact()
        self._bases: dict[frozenset[str], _Asked | None] = {}
        self._remembered: deque[_Remembered] = deque(maxlen=_REMEMBERED)
        self._left_open = 0

    @cached_property
    def _z3(self) -> _Z3:
        return _Z3(self.quantities, self._rules, self._exact.context, self._clock)

    def find(self, on: frozenset[str], also: Sequence[Cases] = ()) -> Counts | None:
        """Counts that fulfil everything where some switches are on; None where there certainly are none.

        ``also`` holds besides. Unfinished where neither is certain.
        """
        self._clock.left()
        found = self._recalled(on, also)
        if found is not None:
            return found
        asked = self._asked(on, also)
        if asked is None:
            return None
        found = self._found(asked, on, also)
        if found is not None:
            self._remember(found)
        return found

    def suggest(self, weights: Mapping[str, int], without: Sequence[frozenset[str]]) -> frozenset[str] | None:
        """Switches that can all be on, of much weight together; None where none were found.

        ``weights`` has every switch that may be on; of each set in ``without`` at least one is on.
        """
        base = self._asked(frozenset(), ())
        if base is None:
            return None
        boxed = self._boxed(base, _WIDE)
        if not boxed.limited:
            return None
        model, counts = _cp_model(boxed)
        switches = {name: model.new_bool_var(name) for name in weights}
        for rule in self._rules:
            if rule.switches and rule.switches <= weights.keys():
                _hold(model, counts, rule.cases, [switches[name] for name in sorted(rule.switches)])
        for some in without:
            model.add_bool_or([switches[name] for name in sorted(some)])
        model.maximize(cp_model.LinearExpr.weighted_sum(list(switches.values()), list(weights.values())))
        solver = self._solver(_SUGGESTING, boxed)
        if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        self._remember({name: solver.value(count) for name, count in counts.items()})
        return frozenset(name for name, one in switches.items() if solver.boolean_value(one))

    def _remember(self, counts: Counts) -> None:
        unmet = [rule.switches for rule in self._rules if not _fulfils(rule.cases, counts)]
        self._remembered.appendleft(_Remembered(counts, tuple(unmet)))

    def _recalled(self, on: frozenset[str], also: Sequence[Cases]) -> Counts | None:
        """An earlier answer that is one to this question too."""
        for one in self._remembered:
            if not any(switches <= on for switches in one.unmet) and all(
                _fulfils(cases, one.counts) for cases in also
            ):
                return one.counts
        return None

    def _found(self, asked: _Asked, on: frozenset[str], also: Sequence[Cases]) -> Counts | None:
        eased, put_off = (asked, []) if asked.limited else _eased(asked)
        if put_off and eased.limited:
            for effort in (_QUICK, _THOROUGH):
                done, found = self._search(eased, effort)
                if done and found is None:
                    return None
                if found is not None:
                    for name, within in reversed(put_off):
                        low = asked.intervals[name][0] or 0
                        found[name] = max([low, *(one.least(name, found) for one in within)])
                    return found
        patient = self._left_open < _PATIENCE
        # The quick and the cheap first. What a box does not hold may still be outside.
        if asked.limited:
            quick = (_QUICK, _THOROUGH) if patient else (_QUICK,)
            for effort in quick:
                done, found = self._search(asked, effort)
                if done:
                    return found
        else:
            _, found = self._search(self._boxed(asked, _NARROW), _QUICK)
            if found is not None:
                return found
        done, found = self._z3.find(on & self._switches, also, _FEW_STEPS, self._clock)
        if done:
            return found
        if patient:
            if asked.limited:
                done, found = self._search(asked, _LAST)
                if done:
                    return found
            else:
                _, found = self._search(self._boxed(asked, _WIDE), _THOROUGH)
                if found is not None:
                    return found
            done, found = self._z3.find(on & self._switches, also, _MANY_STEPS, self._clock)
            if done:
                return found
        self._left_open += 1
        raise Unfinished("the solvers gave up before the answer was certain")

    def extreme(
        self, on: frozenset[str], also: Sequence[Cases], total: Mapping[str, int], *, minimise: bool
    ) -> tuple[int | None, Counts] | None:
        """The smallest (or largest) value of a sum, and counts that reach it.

        ``total`` has positive factors by quantity. The value is None where nothing limits it; all is None
        where no counts fulfil everything. Unfinished where it is not certain.
        """
        found = self.find(on, also)
        if found is None:
            return None
        value = _value(total, found)
        asked = self._asked(on, also)
        assert asked is not None
        lowest, highest = _ends(total, asked.intervals)
        if value == (lowest if minimise else highest):
            return value, found
        if not minimise and highest is None and self._without_limit(on, also, total):
            return None, found
        if asked.limited:
            best = self._best(asked, total, minimise=minimise)
            if best is not None:
                return _value(total, best), best
        return self._closing_in(on, also, total, found, minimise=minimise)

    def limits(self, on: frozenset[str], also: Sequence[Cases]) -> Mapping[str, Interval]:
        """Intervals that hold every count that a quantity can have, and may be too wide.

        ValueError where it is plain that no counts fulfil everything.
        """
        asked = self._asked(on, also)
        if asked is None:
            raise ValueError("no counts fulfil everything")
        return asked.intervals

    def many(self, on: frozenset[str], also: Sequence[Cases], wanted: Mapping[str, int]) -> Counts | None:
        """Counts that fulfil everything and have many of some wanted values; None where none were found."""
        asked = self._asked(on, also)
        if asked is None or not asked.limited:
            return None
        model, counts = _cp_model(asked)
        hits = []
        for name, value in wanted.items():
            hits.append(model.new_bool_var(""))
            model.add(counts[name] == value).only_enforce_if(hits[-1])
        model.maximize(cp_model.LinearExpr.sum(hits))
        solver = self._solver(_QUICK, asked)
        status = solver.solve(model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        return {name: solver.value(count) for name, count in counts.items()}

    def _closing_in(
        self,
        on: frozenset[str],
        also: Sequence[Cases],
        total: Mapping[str, int],
        found: Counts,
        *,
        minimise: bool,
    ) -> tuple[int, Counts]:
        """The best value of a sum that has one, from a first one."""
        value = _value(total, found)
        asked = self._asked(on, also)
        assert asked is not None
        limit = _ends(total, asked.intervals)[0 if minimise else 1]
        stride = 1
        while limit is None or value != limit:
            # Better by a leap that doubles, or halfway to a limit that is known.
            aim = value - stride if minimise else value + stride
            if limit is not None:
                aim = max(aim, (limit + value) // 2) if minimise else min(aim, (limit + value + 1) // 2)
            better = (*also, ((_between(total, None, aim) if minimise else _between(total, aim, None),),))
            narrower = self._asked(on, better)
            if narrower is not None and narrower.limited:
                best = self._best(narrower, total, minimise=minimise)
                if best is not None:
                    found, value = best, _value(total, best)
                    return value, found
            improved = None if narrower is None else self.find(on, better)
            if improved is None:
                limit = aim + 1 if minimise else aim - 1
                stride = 1
            else:
                found, value = improved, _value(total, improved)
                stride *= 2
        return value, found

    def _active(self, on: frozenset[str]) -> _Asked | None:
        """What holds where some switches are on; None where it certainly cannot."""
        linears: list[Linear] = []
        choices: list[Cases] = []
        for rule in self._rules:
            if rule.switches <= on:
                if len(rule.cases) == 1:
                    linears += rule.cases[0]
                else:
                    choices.append(rule.cases)
        intervals = narrowed(linears, dict.fromkeys(self.quantities, (0, None)), self._clock.left)
        return None if intervals is None else _Asked(tuple(linears), tuple(choices), intervals)

    def _asked(self, on: frozenset[str], also: Sequence[Cases]) -> _Asked | None:
        self._clock.left()
        on &= self._switches
        if on not in self._bases:
            self._bases[on] = self._active(on)
        base = self._bases[on]
        if base is None or not also:
            return base
        linears = base.linears + tuple(one for cases in also if len(cases) == 1 for one in cases[0])
        choices = base.choices + tuple(cases for cases in also if len(cases) != 1)
        if any(not cases for cases in choices):
            return None
        intervals = narrowed(linears[len(base.linears) :], base.intervals, self._clock.left, base.linears)
        return None if intervals is None else _Asked(linears, choices, intervals)

    def _boxed(self, asked: _Asked, most: int) -> _Asked:
        """The same with a limit of ours for what has too many values."""
        intervals = {}
        for name, (low, high) in asked.intervals.items():
            top = (low or 0) + most
            intervals[name] = (low, top if high is None else min(high, top))
        return _Asked(asked.linears, asked.choices, intervals)

    def _search(self, asked: _Asked, effort: float) -> tuple[bool, Counts | None]:
        """Whether CP-SAT is certain, and the counts that it found."""
        if not asked.limited:
            return False, None
        model, counts = _cp_model(asked)
        return self._solved(model, counts, self._solver(effort, asked))

    def _best(self, asked: _Asked, total: Mapping[str, int], *, minimise: bool) -> Counts | None:
        """The counts of the best sum, where CP-SAT is certain of it."""
        model, counts = _cp_model(asked)
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

    def _solver(self, effort: float, asked: _Asked) -> cp_model.CpSolver:
        """CP-SAT, the same on every machine; a presolve would take longer than most answers."""
        solver = cp_model.CpSolver()
        parameters = solver.parameters
        left = self._clock.left()
        if left is not None:
            parameters.max_time_in_seconds = left
        quick = effort == _QUICK and asked.width is not None and asked.width <= _NARROW
        parameters.num_workers = 1
        parameters.max_deterministic_time = effort if quick else max(effort, _SUGGESTING)
        parameters.cp_model_presolve = not quick
        parameters.linearization_level = 1 if quick else 2
        return solver

    def _without_limit(self, on: frozenset[str], also: Sequence[Cases], total: Mapping[str, int]) -> bool:
        """Whether a sum can grow for ever.

        It can if some counts fulfil everything and there is a direction in which one can go on from them
        for ever (Meyer 1974, "On the existence of optimal solutions to integer and mixed-integer
        programming problems", doi:10.1007/BF01585518).
        """
        answer = self._z3.grows(on & self._switches, also, total, _MANY_STEPS, self._clock)
        if answer is None:
            raise Unfinished("the solver gave up before it was certain that nothing limits a sum")
        return answer


def _eased(asked: _Asked) -> tuple[_Asked, list[tuple[str, list[Linear]]]]:
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
            return _Asked(linears, choices, intervals), put_off
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


def _ends(total: Mapping[str, int], intervals: Mapping[str, Interval]) -> tuple[int, int | None]:
    low = sum(factor * (intervals[name][0] or 0) for name, factor in total.items())
    highs = [intervals[name][1] for name in total]
    if any(high is None for high in highs):
        return low, None
    return low, sum(factor * (high or 0) for factor, high in zip(total.values(), highs, strict=True))


def _between(total: Mapping[str, int], low: int | None, high: int | None) -> Linear:
    return Linear(dict(total), ((low, high),))


def _cp_model(asked: _Asked) -> tuple[cp_model.CpModel, dict[str, cp_model.IntVar]]:
    model = cp_model.CpModel()
    counts = {
        name: model.new_int_var(low or 0, high or 0, name) for name, (low, high) in asked.intervals.items()
    }

    for one in asked.linears:
        if not one.sure(asked.intervals):
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
    """The rules of a system for Z3, under switches that can be assumed."""

    def __init__(
        self, quantities: Sequence[str], rules: Sequence[Rule], context: z3.Context, clock: Clock
    ) -> None:
        self._context = context
        self._quantities = quantities
        self._rules = rules
        self._counts = {name: z3.Int(name, self._context) for name in quantities}
        self._switches = {
            name: z3.Bool(f"switch {name}", self._context)
            for name in sorted({name for rule in rules for name in rule.switches})
        }
        self._solver = z3.Solver(ctx=self._context)
        self._solver.add(*(count >= 0 for count in self._counts.values()))
        for rule in rules:
            clock.left()
            self._solver.add(self._under(rule, self._either(rule.cases)))

    def _under(self, rule: Rule, holds: z3.BoolRef) -> z3.BoolRef:
        if not rule.switches:
            return holds
        switches = [self._switches[name] for name in sorted(rule.switches)]
        return z3.Implies(z3.And(switches), holds)

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

    def find(
        self, on: frozenset[str], also: Sequence[Cases], steps: int, clock: Clock
    ) -> tuple[bool, Counts | None]:
        """Whether it is certain, and the counts that were found."""
        self._solver.push()
        try:
            self._solver.add(*(self._either(cases) for cases in also))
            answer = _check(self._solver, [self._switches[name] for name in sorted(on)], steps, clock)
            if answer == z3.unsat:
                return True, None
            if answer != z3.sat:
                return False, None
            model = self._solver.model()
            return True, {
                name: model.eval(count, model_completion=True).as_long()
                for name, count in self._counts.items()
            }
        finally:
            self._solver.pop()

    def grows(
        self,
        on: frozenset[str],
        also: Sequence[Cases],
        total: Mapping[str, int],
        steps: int,
        clock: Clock,
    ) -> bool | None:
        """Whether a sum can grow for ever; None where it is not certain."""
        solver = self._onward
        solver.push()
        try:
            solver.add(z3.Sum([factor * self._steps[name] for name, factor in total.items()]) >= 1)
            solver.add(*(self._for_ever(cases) for cases in also))
            answer = _check(solver, [self._switches[name] for name in sorted(on)], steps, clock)
        finally:
            solver.pop()
        return None if answer == z3.unknown else bool(answer == z3.sat)

    @cached_property
    def _steps(self) -> dict[str, z3.ArithRef]:
        """A direction in which one may go on from some counts."""
        return {name: z3.Real(f"step {name}", self._context) for name in self._quantities}

    @cached_property
    def _onward(self) -> z3.Solver:
        """The rules, for counts and for a direction in which these can grow for ever."""
        solver = z3.Solver(ctx=self._context)
        solver.add(*(one >= 0 for one in [*self._counts.values(), *self._steps.values()]))
        solver.add(*(self._under(rule, self._for_ever(rule.cases)) for rule in self._rules))
        return solver

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


def _check(solver: z3.Solver, switches: list[z3.BoolRef], steps: int, clock: Clock) -> z3.CheckSatResult:
    left = clock.left()
    solver.set("rlimit", steps)
    solver.set("timeout", 2**32 - 1 if left is None else max(1, int(left * 1000)))
    return solver.check(*switches)
