"""Intervals of counts, narrowed by constraints under switches, and what each end of them rests on.

Sets of switches are whole numbers here, one bit for each. What rests on an end is known, so a switch can be
turned off without starting anew, and whatever narrowing refutes comes with some switches that refute it (the
reasons of lazy clause generation; Ohrimenko, Stuckey and Codish 2009, "Propagation via lazy clause
generation", doi:10.1007/s10601-008-9064-x).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from keepinpact.statements.linear import Interval, Linear

_ROUNDS = 60
"""How often each constraint is looked at, on average, before narrowing is given up."""
_OFTEN = 200

Moved = tuple[int, bool, int, int]
"""A quantity, whether it is the upper end that was moved, to where, and the switches that this rests on."""


@dataclass(frozen=True, eq=False)
class Line:
    """A sum that lies in spans: its terms, by place of the quantity, and the switch it holds under."""

    linear: Linear
    terms: tuple[tuple[int, int], ...]
    spans: tuple[Interval, ...]
    bit: int

    @property
    def places(self) -> list[int]:
        """The places of the quantities that it names."""
        return [place for place, _ in self.terms]


class Ends:
    """The intervals of all quantities as far as they are narrowed, none of them below 0."""

    def __init__(self, size: int) -> None:
        self.lows = [0] * size
        self.highs: list[int | None] = [None] * size
        self.low_why = [0] * size
        self.high_why = [0] * size
        self.moved: list[Moved] = []
        self.steady = True

    def copy(self) -> Ends:
        """The same, to be narrowed further; what was moved before is left out."""
        other = Ends(0)
        other.lows, other.highs = self.lows.copy(), self.highs.copy()
        other.low_why, other.high_why = self.low_why.copy(), self.high_why.copy()
        return other

    def without(self, switches: int) -> tuple[Ends, list[int]]:
        """What is left of it where some switches are off, and the quantities that this widens."""
        other = Ends(len(self.lows))
        for one in self.moved:
            place, upper, value, why = one
            if not why & switches:
                other.moved.append(one)
                if upper:
                    other.highs[place], other.high_why[place] = value, why
                else:
                    other.lows[place], other.low_why[place] = value, why
        widened = [
            place
            for place, low in enumerate(self.lows)
            if low != other.lows[place] or self.highs[place] != other.highs[place]
        ]
        return other, widened

    def interval(self, place: int) -> Interval:
        """The interval of a quantity."""
        return self.lows[place], self.highs[place]

    def sure(self, line: Line) -> bool:
        """Whether a sum lies in its spans whatever the counts in their intervals are."""
        low, high = _reach(line.terms, self.lows, self.highs)
        return any(
            (first is None or (low is not None and first <= low))
            and (last is None or (high is not None and high <= last))
            for first, last in line.spans
        )


def _reach(terms: Iterable[tuple[int, int]], lows: list[int], highs: list[int | None]) -> Interval:
    """Between which values a sum lies."""
    low: int | None = 0
    high: int | None = 0
    for place, factor in terms:
        top = highs[place]
        if factor > 0:
            low = None if low is None else low + lows[place] * factor
            high = None if high is None or top is None else high + top * factor
        else:
            low = None if low is None or top is None else low + top * factor
            high = None if high is None else high + lows[place] * factor
    return low, high


class Narrowing:
    """Some quantities and the constraints that hold of them where which switch is on."""

    def __init__(self, names: Sequence[str], lines: Iterable[tuple[Linear, int]]) -> None:
        self.place = {name: place for place, name in enumerate(names)}
        self.lines: list[Line] = []
        self.users: list[list[int]] = [[] for _ in names]
        self.of_switch: dict[int, list[int]] = {}
        for linear, bit in lines:
            number = len(self.lines)
            self.lines.append(self.line(linear, bit))
            self.of_switch.setdefault(bit, []).append(number)
            for place, _ in self.lines[-1].terms:
                self.users[place].append(number)

    def line(self, linear: Linear, bit: int = 0) -> Line:
        """A constraint, by places; KeyError where it names what is no quantity of these."""
        terms = tuple((self.place[name], factor) for name, factor in linear.terms.items())
        return Line(linear, terms, linear.spans, bit)

    def under(self, switches: int) -> Iterator[int]:
        """The numbers of the constraints that hold where some switches are on, and hold of them."""
        while switches:
            bit = switches & -switches
            yield from self.of_switch.get(bit, ())
            switches -= bit

    def about(self, places: Iterable[int]) -> Iterator[int]:
        """The numbers of the constraints that name some quantities."""
        for place in places:
            yield from self.users[place]

    def narrow(
        self,
        ends: Ends,
        waiting: Iterable[int],
        off: int,
        more: Sequence[Line] = (),
        tick: Callable[[], object] = bool,
    ) -> int | None:
        """Narrow intervals, in place, as far as one constraint after the other can.

        Parameters
        ----------
        ends
            Intervals that hold every solution.
        waiting
            The constraints to begin with, by number.
        off
            The switches whose constraints do not hold.
        more
            Constraints that hold besides; they are looked at too.
        tick
            Called now and then; it may raise.

        Returns
        -------
        int or None
            Where there certainly is no solution, switches that are enough for it; else None.
        """
        every = self.lines
        first = len(every)
        if more:
            every = [*every, *more]
        users: dict[int, list[int]] = {}
        for number, line in enumerate(more, start=first):
            for place, _ in line.terms:
                users.setdefault(place, []).append(number)
        queue = deque(dict.fromkeys([*range(first, len(every)), *waiting]))
        queued = set(queue)
        seen = set(queue)
        left = _ROUNDS * len(queue)
        while queue and left:
            left -= 1
            if left % _OFTEN == 0:
                tick()
            number = queue.popleft()
            queued.discard(number)
            line = every[number]
            if line.bit & off:
                continue
            before = len(ends.moved)
            refuted = _narrow(line, ends)
            if refuted is not None:
                return refuted
            for place, *_ in ends.moved[before:]:
                for user in (*self.users[place], *users.get(place, ())):
                    if user not in queued:
                        queued.add(user)
                        queue.append(user)
                        if user not in seen:
                            seen.add(user)
                            left += _ROUNDS
        ends.steady = not queue
        return None


def _narrow(line: Line, ends: Ends) -> int | None:
    """Narrow the intervals of one constraint's quantities; switches that refute it where it cannot hold."""
    terms, spans = line.terms, line.spans
    lows, highs = ends.lows, ends.highs
    smallest = largest = open_smallest = open_largest = 0
    for place, factor in terms:
        top = highs[place]
        if factor > 0:
            smallest += lows[place] * factor
            if top is None:
                open_largest += 1
            else:
                largest += top * factor
        else:
            largest += lows[place] * factor
            if top is None:
                open_smallest += 1
            else:
                smallest += top * factor
    several = len(spans) > 1
    if several:
        # The sum lies in a span that its terms can reach.
        spans = tuple(
            (low, high)
            for low, high in spans
            if (low is None or open_largest or low <= largest)
            and (high is None or open_smallest or high >= smallest)
        )
        if not spans:
            return _why(line, ends, lower=True, upper=True)
        least, most = spans[0][0], spans[-1][1]
    else:
        ((least, most),) = spans
        if least is not None and not open_largest and least > largest:
            return _why(line, ends, lower=False, upper=True)
        if most is not None and not open_smallest and most < smallest:
            return _why(line, ends, lower=True, upper=False)
    before = len(ends.moved)
    if least is not None and open_largest <= 1:
        for place, factor in terms:
            end = highs[place] if factor > 0 else lows[place]
            if open_largest and end is not None:
                continue
            value = least - (largest - (end or 0) * factor)
            value = -(-value // factor) if factor > 0 else value // factor
            _move(line, ends, place, value, upper=factor < 0, beyond=True, several=several)
    # Where something was moved, this constraint is looked at again anyway.
    if most is not None and open_smallest <= 1 and len(ends.moved) == before:
        for place, factor in terms:
            end = lows[place] if factor > 0 else highs[place]
            if open_smallest and end is not None:
                continue
            value = most - (smallest - (end or 0) * factor)
            value = value // factor if factor > 0 else -(-value // factor)
            _move(line, ends, place, value, upper=factor > 0, beyond=False, several=several)
    for place, *_ in ends.moved[before:]:
        top = highs[place]
        if top is not None and lows[place] > top:
            return ends.low_why[place] | ends.high_why[place]
    return None


def _move(
    line: Line, ends: Ends, place: int, value: int, *, upper: bool, beyond: bool, several: bool
) -> None:
    """Move an end of a quantity's interval, where that narrows it.

    ``beyond`` says that it follows from the most that the sum can be, ``several`` that it follows from the
    spans which the sum can reach, and so from both ends of everything.
    """
    if upper:
        top = ends.highs[place]
        if top is not None and top <= value:
            return
    elif value <= ends.lows[place]:
        return
    why = _why(
        line, ends, lower=several or not beyond, upper=several or beyond, but=None if several else place
    )
    if upper:
        ends.highs[place], ends.high_why[place] = value, why
    else:
        ends.lows[place], ends.low_why[place] = value, why
    ends.moved.append((place, upper, value, why))


def _why(line: Line, ends: Ends, *, lower: bool, upper: bool, but: int | None = None) -> int:
    """The switches on which the least and the most rest that a sum can be, and its own."""
    why = line.bit
    for place, factor in line.terms:
        if place != but:
            if lower:
                why |= ends.low_why[place] if factor > 0 else ends.high_why[place]
            if upper:
                why |= ends.high_why[place] if factor > 0 else ends.low_why[place]
    return why
