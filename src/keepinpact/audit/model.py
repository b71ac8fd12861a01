"""The data sets that fit a report's statements, asked part by part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

from keepinpact.audit.conflicts import minimal_sets, shrunk
from keepinpact.audit.solver import Cases, Clock, Counts, Exact, Rule, System, Unfinished, left_open
from keepinpact.numbers import ROUNDINGS, Bound, Share
from keepinpact.statements.constraints import Constraint, PrintedShare
from keepinpact.statements.linear import IMPOSSIBLE, Interval, Linear, linear, narrowed, times
from keepinpact.statements.report import Reading, Repair, Report, Statement

_MOST_VALUES = 100
"""A bound that holds more values than this is not searched for gaps."""
_MOST_SHARES = 1000
_MOST_SETS = 1000


BuiltIn = Literal["parts", "within", "entries", "counted"]
"""Sum of parts, no larger than another, entries of a printed list, counted in released responses."""


class Contradiction(ValueError):
    """No data set fits what is taken to hold."""


@dataclass(frozen=True)
class Part:
    """Quantities and switches that share nothing with those of any other part."""

    quantities: tuple[str, ...]
    """Ids, in the report's order."""
    switches: tuple[str, ...]
    """Names, in the report's order."""
    system: System
    """What may hold of them."""


class Model:
    """A report's quantities, and everything that may hold of them under a switch of its own.

    Definitions, entry counts and facts always hold. A statement's switch is its id: at least one of its
    readings holds. A reading's is ``statement:reading``, an assumption's is its id.

    Parameters
    ----------
    report, entries
        The statements, and the entry count of each printed list that a quantity refers to; KeyError where one
        is missing. facts Counts that are known from elsewhere, by quantity: those of released responses.
        clock The time limit for everything that is asked of this model.
    """

    def __init__(
        self,
        report: Report,
        entries: Mapping[str, int],
        facts: Mapping[str, int] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.report = report
        self.clock = clock or Clock()
        self.facts = dict(facts or {})
        self._built_in = list(_built_in(report, entries, self.facts))
        self._defined = [one for definition in report.definitions for one in definition.holds]
        self._said: dict[str, list[Constraint]] = {one.id: one.holds for one in report.assumptions}
        self._choices: dict[str, tuple[str, ...]] = {}
        for statement in report.statements:
            for reading in statement.readings:
                self._said[switch_of(statement, reading)] = reading.holds
            if len(statement.readings) > 1:
                self._choices[statement.id] = tuple(switch_of(statement, r) for r in statement.readings)
        self.exact = Exact()
        self._certain: dict[str, dict[str, int]] = {}
        self._parts: dict[str, tuple[Part, ...]] = {}

    @property
    def quantities(self) -> list[str]:
        """The quantities' ids, in the report's order."""
        return [quantity.id for quantity in self.report.quantities]

    def fitting(self, on: Iterable[str], rule: str = "nearest") -> DataSets:
        """The data sets in which everything holds that these switches stand for."""
        return DataSets(self, frozenset(on), rule)

    @property
    def built_in(self) -> list[tuple[BuiltIn, str, Linear]]:
        """What holds of quantities by construction, apart from the definitions: why, of which, and what."""
        return list(self._built_in)

    def said(self, switch: str) -> tuple[list[Constraint], ...]:
        """What a switch stands for: at least one of these lists holds, as a whole; KeyError if unknown."""
        return tuple(self._said[one] for one in self._choices.get(switch, (switch,)))

    def linears(self, switch: str, rule: str) -> list[Linear]:
        """What a reading or an assumption says under a rounding rule."""
        return [one for constraint in self._said[switch] for one in constraint.linears(ROUNDINGS[rule])]

    def certain(self, rule: str) -> dict[str, int]:
        """Quantities whose count follows from lists, facts and definitions, one after the other."""
        if rule not in self._certain:
            start: dict[str, Interval] = dict.fromkeys(self.quantities, (0, None))
            known = narrowed(self._fixed(rule), start, self.clock.left) or {}
            self._certain[rule] = {
                name: low for name, (low, high) in known.items() if low is not None and low == high
            }
        return self._certain[rule]

    def parts(self, rule: str) -> tuple[Part, ...]:
        """The parts that share no quantity whose count is open, in the report's order."""
        if rule not in self._parts:
            self._parts[rule] = tuple(self._split(rule))
        return self._parts[rule]

    def _fixed(self, rule: str) -> list[Linear]:
        defined = [one for constraint in self._defined for one in constraint.linears(ROUNDINGS[rule])]
        return [one for *_, one in self._built_in] + defined

    def _split(self, rule: str) -> Iterator[Part]:
        known = self.certain(rule)
        said = {switch: self.linears(switch, rule) for switch in self._said}
        switches = [one.id for one in self.report.assumptions]
        for statement in self.report.statements:
            switches += self._choices.get(statement.id, ())
            switches.append(statement.id)
        joined = Joined()
        for name in self.quantities:
            if name not in known:
                joined.join(name)
        fixed: list[tuple[Linear, list[str]]] = []
        for one in self._fixed(rule):
            fixed.append((one, [name for name in one.terms if name not in known]))
            joined.join(*fixed[-1][1])
        for switch in switches:
            # By all that it names: of what its own arithmetic leaves out, an alternative may still speak.
            named = {
                name for one in self._said.get(switch, ()) for name in one.quantities() if name not in known
            }
            joined.join(f":{switch}", *sorted(named), *(f":{one}" for one in self._choices.get(switch, ())))
        groups: dict[str, tuple[list[str], list[str], list[Linear]]] = {}
        for name in self.quantities:
            if name not in known:
                groups.setdefault(joined.of(name), ([], [], []))[0].append(name)
        for switch in switches:
            groups.setdefault(joined.of(f":{switch}"), ([], [], []))[1].append(switch)
        # What names only known counts clashes with nothing but itself.
        settled: list[Linear] = []
        for one, names in fixed:
            if names:
                groups[joined.of(names[0])][2].append(one)
            elif not one.allows(known):
                settled.append(IMPOSSIBLE)
        places = {name: place for place, name in enumerate(self.quantities)}
        for names, group, about in groups.values():
            rules = [Rule(None, ((*settled, *about),))]
            for switch in group:
                choices = self._choices.get(switch, (switch,))
                rules.append(Rule(switch, tuple(tuple(said[one]) for one in choices)))
            used = {name for one in about for name in one.terms}
            used |= {n for switch in group for one in self._said.get(switch, ()) for n in one.quantities()}
            values = [
                Linear({n: 1}, ((known[n], known[n]),))
                for n in sorted(used & known.keys(), key=places.__getitem__)
            ]
            rules.append(Rule(None, (tuple(values),)))
            columns = sorted(used.union(names), key=places.__getitem__)
            system = System(columns, rules, self.clock, self.exact)
            yield Part(tuple(names), tuple(group), system)


class Joined:
    """Names that belong together (union-find)."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def of(self, name: str) -> str:
        """The name that stands for all that belong together with this one."""
        above = self._above.setdefault(name, name)
        while above != self._above[above]:
            above = self._above[above]
        self._above[name] = above
        return above

    def join(self, *names: str) -> None:
        """Let names belong together."""
        for name in names[1:]:
            self._above[self.of(name)] = self.of(names[0])
        if names:
            self.of(names[0])


def _built_in(
    report: Report, entries: Mapping[str, int], facts: Mapping[str, int]
) -> Iterator[tuple[BuiltIn, str, Linear]]:
    """What quantities are by construction, apart from the definitions."""
    listed = {quantity.id for quantity in report.quantities if quantity.entries}
    for quantity in report.quantities:
        # What was counted need not be as many as a printed list has entries.
        if quantity.parts and not (quantity.id in facts and listed.intersection(quantity.parts)):
            yield "parts", quantity.id, linear([(quantity.id, 1), *times(quantity.parts, -1)], (0, 0))
        if quantity.within:
            yield "within", quantity.id, linear([(quantity.id, 1), (quantity.within, -1)], (None, 0))
        if quantity.entries:
            count = sum(entries[name] for name in quantity.entries)
            yield "entries", quantity.id, linear([(quantity.id, 1)], (count, count))
    for name, count in facts.items():
        yield "counted", name, Linear({name: 1}, ((count, count),))


def share_in(reading: Reading) -> PrintedShare | None:
    """The printed percentage that a reading holds, if any."""
    return next((one for one in reading.holds if isinstance(one, PrintedShare)), None)


def switch_of(statement: Statement, reading: Reading) -> str:
    """The switch of a reading: its statement's where that has no other reading."""
    return statement.id if len(statement.readings) == 1 else f"{statement.id}:{reading.id}"


@dataclass(frozen=True)
class DataSets:
    """The data sets that fit what some switches stand for, and whatever else is asked of them.

    Every method raises :class:`keepinpact.audit.solver.Unfinished` where the answer is not certain, unless it
    says otherwise; nothing is guessed.
    """

    model: Model
    on: frozenset[str]
    rule: str
    also_hold: tuple[Cases, ...] = ()
    _known: dict[int, Counts | None] = field(default_factory=dict, compare=False, repr=False)

    @property
    def exist(self) -> bool:
        """Whether there is one."""
        return all(self._find(place) is not None for place in range(len(self._parts)))

    def example(self) -> Counts | None:
        """The counts of one of them; None where there is none."""
        found = dict(self.model.certain(self.rule))
        for place in range(len(self._parts)):
            counts = self._find(place)
            if counts is None:
                return None
            found |= counts
        return found

    def holding(self, cases: Cases) -> DataSets:
        """Those in which at least one of some cases holds."""
        known = self.model.certain(self.rule)
        open_ = left_open(cases, known)
        if open_ is None:
            return self
        named = {name for case in open_ for one in case for name in one.terms}
        known_parts = {
            place: counts
            for place, counts in self._known.items()
            if open_ and named.isdisjoint(self._parts[place].quantities)
        }
        return replace(self, also_hold=(*self.also_hold, open_), _known=known_parts)

    def where(self, values: Mapping[str, int]) -> DataSets:
        """Those in which some quantities have these values."""
        return self.holding((tuple(Linear({name: 1}, ((v, v),)) for name, v in values.items()),))

    def also(self, *switches: str) -> DataSets:
        """Those in which more holds."""
        return replace(self, on=self.on | frozenset(switches), _known={})

    def without(self, *statements: str) -> DataSets:
        """Those in which some statements need not hold, nor any reading of theirs."""
        return replace(
            self,
            on=frozenset(name for name in self.on if name.partition(":")[0] not in statements),
            _known={},
        )

    def bound(self, *quantities: str) -> Bound:
        """The sharp bound of a sum of quantities; its upper end is None where nothing limits it.

        Where it has gaps and they are few, every value is listed. Contradiction where there is no data set.
        """
        total = {name: quantities.count(name) for name in quantities}
        seen: set[int] = set()
        low, high = (self._extreme(total, minimise=minimise, seen=seen) for minimise in (True, False))
        assert low is not None
        return self._with_gaps(total, low, high, seen)

    def bounds(self) -> dict[str, Bound]:
        """The sharp bound of every quantity, in the report's order.

        Those that are not certain within the time limit are left out. Contradiction where there is certainly
        no data set.
        """
        found: dict[str, Bound] = {}
        for place, part in enumerate(self._parts):
            try:
                if self._find(place) is None:
                    raise Contradiction("no data set fits these statements")
                found |= self._bounds_of(part)
            except Unfinished:
                continue
        known = {name: Bound(count, count) for name, count in self.model.certain(self.rule).items()}
        return {name: (found | known)[name] for name in self.model.quantities if name in found | known}

    def _bounds_of(self, part: Part) -> dict[str, Bound]:
        seen: dict[str, set[int]] = {name: set() for name in part.quantities}
        ends: dict[str, list[int | None]] = {name: [] for name in part.quantities}
        also = self.asked_of(part)

        def note(counts: Counts) -> None:
            for name, values in seen.items():
                values.add(counts[name])

        found: dict[str, Bound] = {}
        with suppress(Unfinished):
            for minimise in (True, False):
                limits = part.system.limits(self.on, also)
                end = 0 if minimise else 1
                # One search for all at once settles most of them.
                together = [name for name, (low, high) in limits.items() if name in seen and low != high]
                if together and (far := part.system.pushed(self.on, also, together, minimise=minimise)):
                    note(far)
                for name in part.quantities:
                    limit = limits[name][end]
                    if limit is not None and limit in seen[name]:
                        ends[name].append(limit)
                        continue
                    best = part.system.extreme(self.on, also, {name: 1}, minimise=minimise)
                    assert best is not None
                    note(best[1])
                    ends[name].append(best[0])
            for name, (low, high) in ends.items():
                assert low is not None
                values = None
                if high is not None and high - low <= _MOST_VALUES:
                    open_ = _gaps(low, high, seen[name])
                    runs = part.system.possible(self.on, also, {name: 1}, open_)
                    values = seen[name].union(*(range(first, last + 1) for first, last in runs))
                found[name] = _bound(low, high, values)
        return found

    def _with_gaps(self, total: Mapping[str, int], low: int, high: int | None, seen: set[int]) -> Bound:
        places = {
            place for place, part in enumerate(self._parts) if not total.keys().isdisjoint(part.quantities)
        }
        if high is None or high - low > _MOST_VALUES or len(places) > 1:
            return _bound(low, high, None)
        for value in range(low + 1, high):
            if value not in seen:
                fixed = self.holding(((Linear(dict(total), ((value, value),)),),))
                if fixed._exist_with(total):
                    seen.add(value)
        return _bound(low, high, seen)

    def best(self, quantities: Sequence[str], *, minimise: bool) -> DataSets:
        """Those in which a sum of quantities is smallest (or largest).

        Contradiction where there is no data set, ValueError where nothing limits the sum from above.
        """
        found = self
        for part in self._parts:
            inside = {name: quantities.count(name) for name in quantities if name in part.quantities}
            if inside:
                value = self._extreme(inside, minimise=minimise, seen=set())
                if value is None:
                    raise ValueError(f"nothing limits {'+'.join(quantities)} from above")
                found = found.holding(((Linear(inside, ((value, value),)),),))
        return found

    def shares(self, share: PrintedShare, most: int = _MOST_SHARES) -> list[Share] | None:
        """Every share that can lie behind a printed percentage, ascending by base.

        None where the base has no upper bound, or where there may be more than ``most``.
        """
        terms = [str(term) for term in share.of]
        seen: set[int] = set()
        ends = [self._extreme({share.base: 1}, minimise=minimise, seen=seen) for minimise in (True, False)]
        low, high = ends
        if low is None or high is None or high - low > 100 * most:
            return None
        within: dict[int, list[tuple[int, int]]] = {}
        many = 0
        for base in range(max(low, 1), high + 1):
            if counts := share.counts(base, ROUNDINGS[self.rule]):
                within[base] = [(counts[0], counts[-1])]
            if (many := many + len(counts)) > most:
                return None
        of = {name: terms.count(name) for name in terms}
        return [
            Share(count, base)
            for base in _each(self._possible({share.base: 1}, _runs(within)))
            for count in _each(self.where({share.base: base})._possible(of, within[base]))
        ]

    def _possible(self, total: Mapping[str, int], within: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Which values in some intervals a sum of quantities of one part can have, as intervals."""
        if not all(self.also_hold):
            return []
        known = self.model.certain(self.rule)
        value = sum(factor * known[name] for name, factor in total.items() if name in known)
        inside = {name: factor for name, factor in total.items() if name not in known}
        if not inside:
            return [(value, value)] if any(low <= value <= high for low, high in within) else []
        part = next(part for part in self._parts if not inside.keys().isdisjoint(part.quantities))
        wanted = [(low - value, high - value) for low, high in within]
        found = part.system.possible(self.on, self.asked_of(part), inside, wanted)
        return [(low + value, high + value) for low, high in found]

    def forced_by(self, cases: Cases) -> frozenset[str]:
        """Switches that are on and that together keep every one of some cases from holding.

        None of them can be spared. Assumptions and literal readings are kept out where that is possible.
        ValueError where the cases can hold.
        """
        asked = self.holding(cases)
        if asked.exist:
            raise ValueError("nothing forces what need not be so")
        report = self.model.report
        names = {name for one in cases for lin in one for name in lin.terms}
        parts = [part for part in self._parts if names.intersection(part.quantities)]
        touched = self.on.intersection(switch for part in parts for switch in part.switches)
        ours = [one.id for one in report.assumptions if one.id in touched]
        ours += [one for one in sorted(touched) if one.partition(":")[0] != one]
        ours += [one.id for one in reversed(report.statements) if one.soft and one.id in touched]
        hard = [one.id for one in reversed(report.statements) if not one.soft and one.id in touched]

        def fail(*some: frozenset[str]) -> bool:
            on = frozenset().union(*some)
            return not replace(asked, on=on, _known={})._exist_with(dict.fromkeys(names, 1))

        taken = shrunk(ours, lambda some: not fail(some, frozenset(hard)))
        # Of those that are left many are plainly not needed.
        every = taken | frozenset(hard)
        cores = [part.system.core(every, asked.asked_of(part)) for part in parts]
        core = next((one for one in cores if one is not None), every)
        return taken | shrunk([one for one in hard if one in core], lambda some: not fail(some, taken))

    @property
    def _parts(self) -> tuple[Part, ...]:
        return self.model.parts(self.rule)

    def asked_of(self, part: Part) -> list[Cases]:
        """What is asked of a part besides; ValueError where a question is of several parts."""
        inside = set(part.quantities)
        asked = []
        for cases in self.also_hold:
            names = {name for case in cases for one in case for name in one.terms}
            if not cases or names <= inside:
                asked.append(cases)
            elif names & inside:
                raise ValueError("one question was asked of several parts of the report")
        return asked

    def _find(self, place: int) -> Counts | None:
        if place not in self._known:
            self._known[place] = self._parts[place].system.find(self.on, self.asked_of(self._parts[place]))
        return self._known[place]

    def _exist_with(self, names: Iterable[str]) -> bool:
        """Whether the parts that hold some quantities have a data set; nothing has where no case is left."""
        wanted = set(names)
        return all(self.also_hold) and all(
            self._find(place) is not None
            for place, part in enumerate(self._parts)
            if wanted.intersection(part.quantities)
        )

    def _extreme(self, total: Mapping[str, int], *, minimise: bool, seen: set[int]) -> int | None:
        """The smallest or largest value of a sum; None where nothing limits it."""
        if not self.exist:
            raise Contradiction("no data set fits these statements")
        known = self.model.certain(self.rule)
        value = sum(factor * known[name] for name, factor in total.items() if name in known)
        parts = [
            (part, inside)
            for part in self._parts
            if (inside := {name: factor for name, factor in total.items() if name in part.quantities})
        ]
        for part, inside in parts:
            best = part.system.extreme(self.on, self.asked_of(part), inside, minimise=minimise)
            assert best is not None
            if best[0] is None:
                return None
            value += best[0]
        if len(parts) <= 1:
            seen.add(value)
        return value


def _gaps(low: int, high: int, seen: set[int]) -> list[tuple[int, int]]:
    """The values between two, which were seen, that were not, as intervals."""
    marks = sorted(value for value in seen if low <= value <= high)
    return [(a + 1, b - 1) for a, b in pairwise(marks) if a + 1 < b]


def _runs(values: Iterable[int]) -> list[tuple[int, int]]:
    """Ascending values as intervals."""
    found: list[tuple[int, int]] = []
    for value in values:
        if found and value == found[-1][1] + 1:
            found[-1] = found[-1][0], value
        else:
            found.append((value, value))
    return found


def _each(intervals: Iterable[tuple[int, int]]) -> Iterator[int]:
    for low, high in intervals:
        yield from range(low, high + 1)


def _bound(low: int, high: int | None, seen: set[int] | None) -> Bound:
    """A bound; where every value between was looked at and some are not possible, the values."""
    if seen is None or high is None or len(seen) == high - low + 1:
        return Bound(low, high)
    return Bound(low, high, tuple(sorted(seen)))


def agreeing(model: Model, on: Iterable[str], rule: str = "nearest") -> DataSets:
    """The data sets of those among some switches that clash with nothing, neither facts nor one another.

    What is in a conflict is left out, whichever way it could be mended.
    """
    wanted = frozenset(on)
    found = model.fitting(wanted, rule)
    if found.exist:
        return found
    kept = set(wanted)
    for part in model.parts(rule):
        own = [switch for switch in part.switches if switch in wanted]

        def holds(some: frozenset[str], system: System = part.system) -> bool:
            return system.find(some) is not None

        single = {switch for switch in own if not holds(frozenset({switch}))}
        rest = [switch for switch in own if switch not in single]
        kept -= single
        if not holds(frozenset(rest)):
            clashes = minimal_sets(rest, holds, _MOST_SETS)
            kept -= set(rest) if not clashes.complete else {one for each in clashes.conflicts for one in each}
    return model.fitting(kept, rule)


def literal(model: Model, rule: str = "nearest") -> DataSets:
    """The data sets of every assumption and of every statement in its first reading."""
    report = model.report
    readings = [switch_of(statement, statement.readings[0]) for statement in report.statements]
    statements = [statement.id for statement in report.statements]
    return model.fitting([*statements, *readings, *(one.id for one in report.assumptions)], rule)


def adopted(model: Model, repair: Repair, rule: str = "nearest") -> DataSets:
    """The data sets of everything that holds once a repair is adopted: all that it does not give up.

    Contradiction where that still cannot all hold.
    """
    gone = set(repair.gives_up)
    report = model.report
    on = [one.id for one in report.assumptions if one.id not in gone]
    for statement in report.statements:
        if statement.id in gone:
            continue
        first = switch_of(statement, statement.readings[0])
        on += {statement.id} if first in gone else {statement.id, first}
    found = model.fitting(on, rule)
    if not found.exist:
        raise Contradiction("no data set fits these statements")
    return found
