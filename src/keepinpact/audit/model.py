"""Statements as one model of integer constraints over counts (CPMpy, solved by OR-Tools CP-SAT)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Self

import cpmpy as cp

from keepinpact.numbers import ROUNDINGS, Bound, Share
from keepinpact.readings import (
    LIMIT,
    AtLeast,
    AtLeastAsMany,
    AtMost,
    Constraint,
    Count,
    Majority,
    MoreThan,
    NoMajority,
    OneOf,
    PrintedShare,
    Rank,
    Reading,
    Repair,
    Report,
    Statement,
    Sum,
)

__all__ = ["Contradiction", "Model", "adopted", "candidates", "literal"]


class Contradiction(ValueError):
    """No data set fits what the model holds."""


class Model:
    """The data sets that fit a set of constraints over named counts.

    Parameters
    ----------
    report
        Its quantities and definitions are built in; statements and assumptions are added one by one.
    entries
        Entry count of each printed list that a quantity refers to.
    rounding
        The rule by which printed percentages are read, a key of :data:`keepinpact.numbers.ROUNDINGS`.

    Raises
    ------
    KeyError
        If a quantity refers to a list that ``entries`` lacks.
    """

    def __init__(self, report: Report, entries: Mapping[str, int], rounding: str = "nearest") -> None:
        self._rule = ROUNDINGS[rounding]
        self._count = {q.id: cp.intvar(0, LIMIT, name=q.id) for q in report.quantities}
        self._solver = cp.SolverLookup.get("ortools")
        for quantity in report.quantities:
            count = self._count[quantity.id]
            self._solver += count >= 0
            if quantity.parts:
                self._solver += count == self._total(quantity.parts)
            if quantity.within:
                self._solver += count <= self._count[quantity.within]
            if quantity.entries:
                self._solver += count == sum(entries[name] for name in quantity.entries)
        for definition in report.definitions:
            self.add(definition.holds)

    @property
    def quantities(self) -> list[str]:
        """The quantities' ids, in the report's order."""
        return list(self._count)

    def add(self, constraints: Iterable[Constraint]) -> Self:
        """Let constraints hold from now on."""
        for constraint in constraints:
            self._solver += list(self._expressions(constraint))
        return self

    def add_any(self, readings: Sequence[Reading]) -> Self:
        """Let at least one of several readings hold from now on."""
        self._solver += cp.any([self._all(reading) for reading in readings])
        return self

    def feasible(self, reading: Reading | None = None) -> bool:
        """Whether a data set fits, where given with one more reading that is not kept."""
        self._solver.objective(cp.intvar(0, 0), minimize=True)
        if reading is None:
            return self._solve()
        held = cp.boolvar()
        self._solver += held.implies(self._all(reading))
        return self._solve([held])

    def bound(self, *quantities: str) -> Bound:
        """The sharp bound of a sum of quantities; one that can reach :data:`LIMIT` has no upper end.

        Raises
        ------
        Contradiction
            If no data set fits.
        """
        total = self._total(quantities)
        low = self._best(total, minimise=True)
        high = self._best(total, minimise=False)
        return Bound(low, None if high >= LIMIT else high)

    def fix_best(self, quantities: Sequence[str], *, minimise: bool) -> int:
        """Keep only the data sets in which a sum is smallest (or largest), and return that sum."""
        total = self._total(quantities)
        best = self._best(total, minimise=minimise)
        self._solver += total == best
        return best

    def values(self, *quantities: str, most: int = 1000) -> list[tuple[int, ...]]:
        """Every combination of values that some quantities take together, in ascending order.

        The model is of no use afterwards: each combination found is excluded from it.

        Raises
        ------
        ValueError
            If there are more than ``most`` combinations.
        """
        counts = [self._count[name] for name in quantities]
        self._solver.objective(cp.intvar(0, 0), minimize=True)
        found = []
        while self._solve():
            found.append(tuple(int(count.value()) for count in counts))
            if len(found) > most:
                raise ValueError(f"{', '.join(quantities)} take more than {most} values together")
            self._solver += cp.any([count != value for count, value in zip(counts, found[-1], strict=True)])
        return sorted(found)

    def _best(self, total: Any, *, minimise: bool) -> int:
        self._solver.objective(total, minimize=minimise)
        if not self._solve():
            raise Contradiction("no data set fits these statements")
        return int(self._solver.objective_value())

    def _solve(self, assumptions: list[Any] | None = None) -> bool:
        return bool(self._solver.solve(assumptions=assumptions, num_workers=1))

    def _total(self, terms: Iterable[str | int]) -> Any:
        return cp.sum([self._count[term] if isinstance(term, str) else term for term in terms])

    def _all(self, reading: Reading) -> Any:
        return cp.all([e for constraint in reading.holds for e in self._expressions(constraint)])

    def _expressions(self, constraint: Constraint) -> Iterator[Any]:
        count = self._count
        match constraint:
            case Count(of=of, is_=value):
                yield self._total(of) == value
            case Sum(of=left, is_=right):
                yield self._total(left) == self._total(right)
            case OneOf(of=of, are=values):
                yield cp.any([self._total(of) == value for value in values])
            case AtMost(each=each, is_=value, per=per):
                yield from (count[q] <= (value * count[per] if per else value) for q in each)
            case AtLeast(each=each, is_=value, per=per):
                yield from (count[q] >= (value * count[per] if per else value) for q in each)
            case Majority(each=each, base=base):
                yield from (2 * count[q] > count[base] for q in each)
            case NoMajority(each=each, base=base):
                yield from (2 * count[q] <= count[base] for q in each)
            case MoreThan(each=each, than=than):
                yield from (count[q] > count[other] for q in each for other in than)
            case AtLeastAsMany(each=each, as_=others):
                yield from (count[q] >= count[other] for q in each for other in others)
            case Rank(order=order, ahead_of=rest):
                yield from (count[q] >= count[after] for q, after in pairwise(order))
                yield from (count[order[-1]] >= count[other] for other in rest)
            case PrintedShare():
                yield from self._share(constraint)

    def _share(self, share: PrintedShare) -> Iterator[Any]:
        printed, base, part = share.printed, self._count[share.base], self._total(share.of)
        low, low_open, high, high_open = self._rule.span(printed)
        difference = 200 * printed.scale * part - 2 * printed.units * base
        yield base >= 1
        yield part <= base
        yield difference > low * base if low_open else difference >= low * base
        yield difference < high * base if high_open else difference <= high * base


def adopted(report: Report, repair: Repair, entries: Mapping[str, int], rounding: str = "nearest") -> Model:
    """The model of everything that holds once a repair is adopted.

    A statement that the repair gives up is left out, an assumption that it gives up is left out or
    replaced, a reading that it names is taken; of every other statement with several readings the first
    that fits is taken, in the stored order.

    Raises
    ------
    Contradiction
        If the statements still cannot all hold.
    """
    model = Model(report, entries, rounding)
    for instead in repair.instead:
        model.add(instead.holds)
    for assumption in report.assumptions:
        if assumption.id not in repair.gives_up:
            model.add(assumption.holds)
    undecided: list[Statement] = []
    for statement in report.statements:
        if statement.id in repair.gives_up:
            continue
        if statement.id in repair.readings:
            model.add(statement.reading(repair.readings[statement.id]).holds)
        elif len(statement.readings) == 1:
            model.add(statement.readings[0].holds)
        else:
            undecided.append(statement)
    for statement in undecided:
        model.add_any(statement.readings)
    for statement in undecided:
        fitting = next((r for r in statement.readings if model.feasible(r)), None)
        if fitting is None:
            raise Contradiction(f"no reading of {statement.id} fits the other statements")
        model.add(fitting.holds)
    return model


def literal(report: Report, entries: Mapping[str, int], rounding: str = "nearest") -> Model:
    """The model of every assumption and of every statement in its first reading."""
    model = Model(report, entries, rounding)
    for assumption in report.assumptions:
        model.add(assumption.holds)
    for statement in report.statements:
        model.add(statement.readings[0].holds)
    return model


def candidates(
    report: Report,
    repair: Repair,
    entries: Mapping[str, int],
    statement: Statement,
    rounding: str = "nearest",
) -> list[Share]:
    """Every share that can lie behind a printed percentage once a repair is adopted.

    Parameters
    ----------
    statement
        A statement whose first reading holds a printed share of one quantity.

    Returns
    -------
    list of Share
        Ascending by base.

    Raises
    ------
    ValueError
        If the statement prints no share, or too many shares are possible to list.
    Contradiction
        If the statements still cannot all hold.
    """
    printed = [c for c in statement.readings[0].holds if isinstance(c, PrintedShare)]
    if not printed or any(not isinstance(term, str) for term in printed[0].of):
        raise ValueError(f"{statement.id} prints no share of a quantity")
    parts = [str(term) for term in printed[0].of]
    model = adopted(report, repair, entries, rounding)
    found = model.values(*parts, printed[0].base)
    return sorted({Share(sum(values[:-1]), values[-1]) for values in found}, key=lambda s: (s.base, s.count))
