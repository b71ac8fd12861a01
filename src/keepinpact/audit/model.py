"""The data sets that fit a report's statements: one model of counts, asked again and again (OR-Tools)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np
from ortools.sat.python import cp_model

from keepinpact.audit.linear import CEILING, Counts, Linear, built_in, linears, narrowed
from keepinpact.numbers import ROUNDINGS, Bound, Share, candidates
from keepinpact.readings import PrintedShare, Reading, Repair, Report, Statement

__all__ = [
    "Clock",
    "Contradiction",
    "DataSets",
    "Model",
    "Sharp",
    "Unfinished",
    "adopted",
    "literal",
    "share_in",
    "switch_of",
]

_EFFORT = 0.003
"""The solver's own measure of work, which is the same on every machine."""

_STEPS = 100_000
"""How many steps of its propagation the solver may take without a presolve before it always gets one."""


class Contradiction(ValueError):
    """No data set fits what is taken to hold."""


class Unfinished(TimeoutError):
    """The time limit was reached before the answer was certain."""


@dataclass(frozen=True)
class Clock:
    """A time limit in seconds from its making; none if None."""

    seconds: float | None = None
    started: float = field(default_factory=time.monotonic)

    def left(self) -> float | None:
        """Seconds left, or None without a limit.

        Raises
        ------
        Unfinished
            If none are left.
        """
        if self.seconds is None:
            return None
        left = self.started + self.seconds - time.monotonic()
        if left <= 0:
            raise Unfinished(f"the time limit of {self.seconds:g} s was reached")
        return left


def share_in(reading: Reading) -> PrintedShare | None:
    """The printed percentage that a reading holds, if any."""
    return next((one for one in reading.holds if isinstance(one, PrintedShare)), None)


class Model:
    """A report's quantities, and everything that may hold of them under a switch of its own.

    Definitions, entry counts and facts always hold. A statement's switch is its id: at least one of its
    readings holds. A reading's is ``statement:reading``, an assumption's is its id, ``:instead:ID`` what
    takes an assumption's place, ``:rule:NAME`` a rounding rule.

    Parameters
    ----------
    report
        The statements with all that they name.
    entries
        Entry count of each printed list that a quantity refers to.
    facts
        Counts that are known from elsewhere, by quantity: those of released responses.
    repair
        Where given, what takes the place of the assumptions that it gives up can be switched on.
    clock
        The time limit for everything that is asked of this model.

    Raises
    ------
    KeyError
        If a quantity refers to a list that ``entries`` lacks.
    """

    def __init__(
        self,
        report: Report,
        entries: Mapping[str, int],
        facts: Mapping[str, int] | None = None,
        repair: Repair | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.report = report
        self._clock = clock or Clock()
        self._cp = cp_model.CpModel()
        self._solver = cp_model.CpSolver()
        self._solver.parameters.num_workers = 1
        self.columns: dict[str, int] = {}
        self._counts: list[cp_model.IntVar] = []
        self._switches: dict[str, cp_model.IntVar] = {}
        self._limits: dict[int, tuple[int, int]] = {}
        self._winding = False
        self._constraints: list[tuple[frozenset[str], Linear]] = []
        for quantity in report.quantities:
            self._count(quantity.id)
        for one in built_in(report, entries):
            self._hold(one)
        for name, count in (facts or {}).items():
            self._hold(Linear({name: 1}, ((count, count),)))
        for definition in report.definitions:
            self._read(definition.holds)
        for assumption in report.assumptions:
            self._read(assumption.holds, assumption.id)
        for instead in repair.instead if repair else ():
            self._read(instead.holds, f":instead:{instead.assumption}")
        for statement in report.statements:
            for reading in statement.readings:
                self._read(reading.holds, switch_of(statement, reading))
            if len(statement.readings) > 1:
                readings = [self._switch(switch_of(statement, r)) for r in statement.readings]
                self._cp.add_bool_or(readings).only_enforce_if(self._switch(statement.id))

    @property
    def quantities(self) -> list[str]:
        """The quantities' ids, in the report's order."""
        return [quantity.id for quantity in self.report.quantities]

    def fitting(self, on: Iterable[str], rule: str = "nearest") -> DataSets:
        """The data sets in which everything holds that these switches stand for."""
        return DataSets(self, frozenset(on) | {f":rule:{rule}"}, rule)

    def total(self, terms: Sequence[str]) -> str:
        """The name of a sum of quantities, which can then be asked about like a quantity."""
        name = "+".join(terms)
        if name not in self.columns:
            self._count(name)
            self._hold(Linear({name: -1, **{term: terms.count(term) for term in terms}}, ((0, 0),)))
        return name

    def active(self, on: frozenset[str]) -> list[Linear]:
        """The constraints that certainly hold where these switches are on."""
        return [linear for switches, linear in self._constraints if switches <= on]

    def solve(
        self,
        on: frozenset[str],
        limits: Mapping[str, tuple[int, int]],
        objective: Sequence[str] = (),
        *,
        minimise: bool = True,
        ceiling: int = CEILING,
    ) -> Counts | None:
        """A data set, the one with the smallest (or largest) sum of some quantities.

        Returns
        -------
        array or None
            The count of each column; None where no data set fits.

        Raises
        ------
        Unfinished
            If the time limit is reached before the answer is certain.
        """
        for name, column in self.columns.items():
            self._limit(self._counts[column], limits.get(name, (0, ceiling)))
        for name, switch in self._switches.items():
            statement, _, reading = name.partition(":")
            self._limit(switch, (1, 1) if name in on else (0, int(bool(reading) and statement in on)))
        self._cp.clear_objective()
        if objective:
            total = cp_model.LinearExpr.sum([self._counts[self.columns[name]] for name in objective])
            (self._cp.minimize if minimise else self._cp.maximize)(total)
        status = self._status()
        if status == cp_model.INFEASIBLE:
            return None
        if status != cp_model.OPTIMAL:
            self._clock.left()
            raise Unfinished("the solver stopped before its answer was certain")
        solution = self._solver.response_proto.solution
        return np.array([solution[count.index] for count in self._counts], dtype=np.int64)

    def _status(self) -> cp_model.CpSolverStatus:
        """Solve. Most questions are answered before a presolve would have ended, the rest need one.

        In the first go the fuller linear relaxation would cost more than it saves where counts are large.
        Where limits close in on each other one by one, only a presolve can see where that ends.
        """
        parameters = self._solver.parameters
        first, second = (False, 1, _EFFORT), (True, 2, float("inf"))
        status = cp_model.UNKNOWN
        for presolve, relaxation, effort in [second] if self._winding else [first, second]:
            left = self._clock.left()
            parameters.max_time_in_seconds = float("inf") if left is None else left
            parameters.cp_model_presolve, parameters.max_deterministic_time = presolve, effort
            parameters.linearization_level = relaxation
            status = self._solver.solve(self._cp)
            self._winding |= self._solver.response_proto.num_integer_propagations > _STEPS
            if status in (cp_model.OPTIMAL, cp_model.INFEASIBLE):
                break
        return status

    def _limit(self, variable: cp_model.IntVar, limits: tuple[int, int]) -> None:
        if self._limits.get(variable.index) != limits:
            self._limits[variable.index] = limits
            domain = self._cp.proto.variables[variable.index].domain
            domain.clear()
            domain.extend(limits)

    def _count(self, name: str) -> None:
        self.columns[name] = len(self._counts)
        self._counts.append(self._cp.new_int_var(0, CEILING, name))

    def _switch(self, name: str) -> cp_model.IntVar:
        if name not in self._switches:
            self._switches[name] = self._cp.new_bool_var(name)
        return self._switches[name]

    def _read(self, constraints: Iterable[object], switch: str | None = None) -> None:
        under = frozenset({switch} if switch else ())
        if switch:
            self._switch(switch)
        for constraint in constraints:
            if isinstance(constraint, PrintedShare):
                for name, rule in ROUNDINGS.items():
                    for one in linears(constraint, rule):
                        self._hold(one, under | {f":rule:{name}"})
            else:
                for one in linears(constraint, ROUNDINGS["nearest"]):  # type: ignore[arg-type]
                    self._hold(one, under)

    def _hold(self, one: Linear, switches: frozenset[str] = frozenset()) -> None:
        self._constraints.append((switches, one))
        literals = [self._switch(name) for name in sorted(switches)]
        if not one.terms:
            if not any(low <= 0 <= high for low, high in one.closed_spans):
                self._cp.add_bool_or([~literal for literal in literals])
            return
        counts = [self._counts[self.columns[name]] for name in one.terms]
        total = cp_model.LinearExpr.weighted_sum(counts, list(one.terms.values()))
        domain = cp_model.Domain.from_intervals(one.closed_spans)
        held = self._cp.add_linear_expression_in_domain(total, domain)
        if literals:
            held.only_enforce_if(literals)


def switch_of(statement: Statement, reading: Reading) -> str:
    """The switch of a reading: its statement's where that has no other reading."""
    return statement.id if len(statement.readings) == 1 else f"{statement.id}:{reading.id}"


@dataclass(frozen=True)
class DataSets:
    """The data sets that fit what some switches stand for, within limits of some quantities.

    Every method raises :class:`Unfinished` where the model's time limit is reached, unless it says
    otherwise; nothing is guessed.
    """

    model: Model
    on: frozenset[str]
    rule: str
    limits: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def exist(self) -> bool:
        """Whether there is one."""
        return self.model.solve(self.on, self.limits) is not None

    def where(self, values: Mapping[str, int]) -> DataSets:
        """Those in which some quantities have these values."""
        return replace(self, limits={**self.limits, **{name: (v, v) for name, v in values.items()}})

    def also(self, *switches: str) -> DataSets:
        """Those in which more holds."""
        return replace(self, on=self.on | frozenset(switches))

    def without(self, statement: str) -> DataSets:
        """Those in which a statement need not hold."""
        return replace(self, on=frozenset(name for name in self.on if name.partition(":")[0] != statement))

    def bound(self, *quantities: str) -> Bound:
        """The sharp bound of a sum of quantities; its upper end is None where nothing limits it.

        Raises
        ------
        Contradiction
            If there is no data set.
        """
        name = quantities[0] if len(quantities) == 1 else self.model.total(quantities)
        low, high = self._extreme(name, minimise=True), self._extreme(name, minimise=False)
        assert low is not None
        return Bound(low, high)

    def best(self, quantities: Sequence[str], *, minimise: bool) -> DataSets:
        """Those in which a sum of quantities is smallest (or largest).

        Raises
        ------
        Contradiction
            If there is no data set.
        ValueError
            If nothing limits the sum from above.
        """
        name = self.model.total(quantities)
        value = self._extreme(name, minimise=minimise)
        if value is None:
            raise ValueError(f"nothing limits {name} from above")
        return self.where({name: value})

    def shares(self, share: PrintedShare, most: int = 1000) -> list[Share] | None:
        """Every share that can lie behind a printed percentage, ascending by base.

        Returns
        -------
        list of Share or None
            None where the base has no upper bound, or where there may be more than ``most``.
        """
        part = self.model.total([str(term) for term in share.of])
        base, count = self.bound(share.base), self.bound(part)
        if base.high is None or base.high - base.low > 100 * most:
            return None
        found = []
        for n in range(max(base.low, 1), base.high + 1):
            possible = candidates(share.printed, n, self.rule)
            found += [
                one for one in possible if one.count >= count.low and (part != share.base or one.count == n)
            ]
            if len(found) > most:
                return None
        return [one for one in found if self.where({part: one.count, share.base: one.base}).exist]

    def bounds(self) -> dict[str, Bound]:
        """The sharp bound of every quantity, in the report's order.

        Those that the time limit leaves no time for are left out.

        Raises
        ------
        Contradiction
            If there is no data set.
        """
        low, high = self.intervals()
        found = Sharp(low[0], high[0], len(self.model.quantities))
        with suppress(Unfinished):
            self.sharpen(found)
        return found.bounds(self.model)

    def certain(self) -> dict[str, int]:
        """Quantities whose count follows from one constraint after the other, without any search."""
        low, high = self.intervals()
        known = dict(zip(self.model.quantities, zip(low[0], high[0], strict=True), strict=False))
        return {name: int(least) for name, (least, most) in known.items() if least == most}

    def intervals(self, cases: Sequence[Mapping[str, int]] = ({},)) -> tuple[Counts, Counts]:
        """Intervals that hold every quantity's bound and may be too wide, for several cases at once.

        Parameters
        ----------
        cases
            Values of some quantities.

        Returns
        -------
        tuple
            Counts and highs of shape (cases, columns); a high that depends on :data:`CEILING` is twice it.
        """
        names = self.model.columns
        outer = []
        for ceiling in (CEILING, 2 * CEILING):
            low = np.zeros((len(cases), len(names)), dtype=np.int64)
            high = np.full((len(cases), len(names)), ceiling, dtype=np.int64)
            for i, case in enumerate(cases):
                for name, limit in {**self.limits, **{n: (v, v) for n, v in case.items()}}.items():
                    low[i, names[name]], high[i, names[name]] = limit
            outer.append(narrowed(self.model.active(self.on), names, low, high))
        (low, high), (_, doubled) = outer
        return low, np.where(high == doubled, high, 2 * CEILING)

    def sharpen(self, found: Sharp, enough: tuple[Sequence[int], int] | None = None) -> None:
        """Make bounds sharp that began as intervals of these data sets.

        Parameters
        ----------
        found
            The intervals, changed in place.
        enough
            Some columns and a width: stop once the bounds of these are certainly at least so wide together.

        Raises
        ------
        Contradiction
            If there is no data set.
        """
        if np.any(found.low > found.high):
            raise Contradiction("no data set fits these statements")
        found.note(self._solution())
        for minimise in (True, False):
            while open_ := found.open(minimise=minimise):
                if enough and found.width(enough[0]) >= enough[1]:
                    return
                together = [column for column in open_ if found.high[column] < 2 * CEILING]
                if len(together) > 1:
                    found.note(self._solution(self._names(together), minimise=minimise))
                left = found.open(minimise=minimise)
                if len(left) == len(open_):
                    name = self._names(left[:1])[0]
                    found.settle(left[0], self._extreme(name, minimise=minimise), minimise=minimise)

    def _names(self, columns: Iterable[int]) -> list[str]:
        names = list(self.model.columns)
        return [names[column] for column in columns]

    def _solution(
        self, objective: Sequence[str] = (), *, minimise: bool = True, ceiling: int = CEILING
    ) -> Counts:
        found = self.model.solve(self.on, self.limits, objective, minimise=minimise, ceiling=ceiling)
        if found is None:
            raise Contradiction("no data set fits these statements")
        return found

    def _extreme(self, name: str, *, minimise: bool) -> int | None:
        """The smallest or largest value of a quantity; None where only the ceiling limits it."""
        column = self.model.columns[name]
        solution = self._solution([name], minimise=minimise)
        if int(solution.max()) < CEILING // 4:
            return int(solution[column])
        further = self._solution([name], minimise=minimise, ceiling=2 * CEILING)
        if further[column] > solution[column]:
            return None
        return int(further[column])


@dataclass
class Sharp:
    """Bounds on their way from intervals that may be too wide to sharp ones.

    Attributes
    ----------
    low, high
        The intervals, of each column; a high of twice the ceiling stands for one that is not known yet.
    asked
        How many of the columns are asked for.
    """

    low: Counts
    high: Counts
    asked: int

    def __post_init__(self) -> None:
        self._least = np.full(len(self.low), np.iinfo(np.int64).max)
        self._most = np.full(len(self.low), -1)
        self._unlimited = np.zeros(len(self.low), dtype=bool)

    def note(self, solution: Counts) -> None:
        """Take in a data set: bounds cannot be narrower than what it holds."""
        np.minimum(self._least, solution, out=self._least)
        np.maximum(self._most, solution, out=self._most)

    def settle(self, column: int, value: int | None, *, minimise: bool) -> None:
        """Take in an end that is certain; None for a high without a limit."""
        if value is None:
            self._unlimited[column] = True
        elif minimise:
            self.low[column] = self._least[column] = value
        else:
            self.high[column] = self._most[column] = value

    def open(self, *, minimise: bool) -> list[int]:
        """The columns whose low (or high) is not certain yet."""
        reached = self._least <= self.low if minimise else (self._most >= self.high) | self._unlimited
        return [column for column in range(self.asked) if not reached[column]]

    def bounds(self, model: Model) -> dict[str, Bound]:
        """The bounds that are certain at both ends."""
        uncertain = {*self.open(minimise=True), *self.open(minimise=False)}
        return {
            name: Bound(int(self.low[i]), None if self._unlimited[i] else int(self.high[i]))
            for i, name in enumerate(model.quantities)
            if i not in uncertain
        }

    def width(self, columns: Sequence[int]) -> int:
        """At least how wide the bounds of some columns are together; exactly, once all are certain."""
        return int((self._most[columns] - self._least[columns]).sum())


def literal(model: Model, rule: str = "nearest") -> DataSets:
    """The data sets of every assumption and of every statement in its first reading."""
    report = model.report
    readings = [switch_of(statement, statement.readings[0]) for statement in report.statements]
    return model.fitting([*readings, *(one.id for one in report.assumptions)], rule)


def adopted(model: Model, repair: Repair, rule: str = "nearest") -> DataSets:
    """The data sets of everything that holds once a repair is adopted.

    A statement that the repair gives up is left out, an assumption that it gives up is left out or
    replaced, a reading that it names is taken; of every other statement with several readings the first
    that fits is taken, in the stored order.

    Raises
    ------
    Contradiction
        If the statements still cannot all hold.
    """
    report = model.report
    kept = [one for one in report.statements if one.id not in repair.gives_up]
    on = [f":instead:{one.assumption}" for one in repair.instead]
    on += [one.id for one in report.assumptions if one.id not in repair.gives_up]
    on += [one.id for one in kept]
    on += [f"{one.id}:{repair.readings[one.id]}" for one in kept if one.id in repair.readings]
    found = model.fitting(on, rule)
    if not found.exist:
        raise Contradiction("no data set fits these statements")
    for statement in kept:
        if statement.id not in repair.readings and len(statement.readings) > 1:
            found = next(
                fit
                for reading in statement.readings
                if (fit := found.also(switch_of(statement, reading))).exist
            )
    return found
