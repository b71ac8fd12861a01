"""What numbers become if another repair, reading or rounding rule is taken, for all combinations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

from keepinpact.audit.conflicts import shrunk
from keepinpact.audit.members import besides_shares, members_of, switch
from keepinpact.audit.model import Model, share_in, switch_of
from keepinpact.audit.result import Member
from keepinpact.audit.solver import Cases, Unfinished
from keepinpact.audit.split import Split, Splitter
from keepinpact.numbers import ROUNDINGS, Bound, Share
from keepinpact.statements.linear import Linear
from keepinpact.statements.report import Report

__all__ = ["Behind", "Choice", "Outcome", "outcomes", "readings_of"]

_MOST_SHARES = 1000


@dataclass(frozen=True)
class Choice:
    """What is taken: what is given up, one other reading, and the rule by which percentages are read."""

    gives_up: tuple[Member, ...]
    reading: tuple[str, str] | None
    """A statement and a reading of it; None where each is read literally."""
    rule: str

    @property
    def moot(self) -> bool:
        """Whether the statement that is to be read otherwise is given up."""
        gone = {one.id for one in self.gives_up if one.kind == "statement"}
        return self.reading is not None and self.reading[0] in gone


@dataclass(frozen=True)
class Behind:
    """The shares behind a printed percentage, or why they cannot be listed."""

    shares: tuple[Share, ...]
    said: Literal["these", "given up", "read otherwise", "too many", "not known"] = "these"


@dataclass(frozen=True)
class Outcome:
    """What follows from a choice."""

    fits: bool | None
    """Whether any data set fits; None where that is not certain."""
    clash: tuple[Member, ...] = ()
    """Where none fits: what cannot all hold, none of it needlessly."""
    bounds: tuple[Bound | None, ...] = ()
    """Of each number; None where it is not certain."""
    behind: tuple[Behind, ...] = ()
    """Of each percentage."""
    spare: tuple[Member, ...] = ()
    """What is given up though, of all that is given up, it alone could be kept."""


def readings_of(report: Report) -> list[tuple[str, str]]:
    """Every reading that is not the literal one, as its statement's id and its own."""
    return [(one.id, other.id) for one in report.statements for other in one.readings[1:]]


def outcomes(
    model: Model,
    ways: Sequence[Sequence[Member]],
    readings: Sequence[tuple[str, str] | None],
    rules: Sequence[str],
    numbers: Sequence[Sequence[str]],
    percentages: Sequence[str],
) -> dict[Choice, Outcome]:
    """What becomes of numbers in every state that can be chosen.

    Parameters
    ----------
    model
        The report.
    ways
        What is given up, such as by each repair that was found.
    readings
        The readings to take, one at a time; None for each sentence read literally.
    rules
        Keys of :data:`keepinpact.numbers.ROUNDINGS`.
    numbers
        The quantities of which each number is the sum.
    percentages
        Statements that print a percentage in their literal reading.

    Returns
    -------
    dict
        Each combination of these, in this order, and what follows from it.
    """
    work = _Work(model, numbers, percentages)
    every = product(map(tuple, ways), readings, rules)
    return {choice: work.outcome(choice) for choice in (Choice(*one) for one in every)}


class _Work:
    """The states of one report, worked out one after the other."""

    def __init__(self, model: Model, numbers: Sequence[Sequence[str]], percentages: Sequence[str]) -> None:
        self._report = model.report
        self._splitter = Splitter(model)
        self._numbers = numbers
        self._percentages = percentages
        self._clashes: dict[str, list[frozenset[str]]] = {}

    def outcome(self, choice: Choice) -> Outcome:
        """What follows from a choice."""
        on, rule = self._on(choice), choice.rule
        try:
            fits = self._exist(on, rule)
        except Unfinished:
            return Outcome(None)
        if not fits:
            return Outcome(False, clash=self._clash(on, rule))
        split = self._splitter.of(on, rule)
        assert split is not None
        return Outcome(
            True,
            bounds=tuple(self._bound(split, names) for names in self._numbers),
            behind=tuple(self._behind(split, on, rule, one) for one in self._percentages),
            spare=tuple(self._spare(choice, on)),
        )

    def _on(self, choice: Choice) -> frozenset[str]:
        """The switches of what a choice keeps."""
        gone = {(one.kind, one.id) for one in choice.gives_up}
        gone |= {("reading", name) for kind, name in gone if kind == "statement"}
        on = {switch(one) for one in members_of(self._report) if (one.kind, one.id) not in gone}
        if choice.reading is not None and choice.reading[0] in on:
            statement = self._report.statement(choice.reading[0])
            on.discard(switch_of(statement, statement.readings[0]))
            on.add(switch_of(statement, statement.reading(choice.reading[1])))
        return frozenset(on)

    def _exist(self, on: frozenset[str], rule: str) -> bool:
        if any(clash <= on for clash in self._clashes.get(rule, ())):
            return False
        split = self._splitter.of(on, rule)
        return split is not None and split.exist

    def _spare(self, choice: Choice, on: frozenset[str]) -> Iterator[Member]:
        for one in choice.gives_up:
            others = tuple(other for other in choice.gives_up if other != one)
            kept = self._on(Choice(others, choice.reading, choice.rule))
            try:
                if kept != on and self._exist(kept, choice.rule):
                    yield one
            except Unfinished:
                continue

    def _bound(self, split: Split, names: Sequence[str]) -> Bound | None:
        try:
            return split.bound(*names)
        except Unfinished:
            return None

    def _behind(self, split: Split, on: frozenset[str], rule: str, name: str) -> Behind:
        statement = self._report.statement(name)
        share = share_in(statement.readings[0])
        if share is None:
            raise ValueError(f"{name} prints no share")
        if name not in on:
            return Behind((), "given up")
        terms = [str(term) for term in share.of]
        count = {one: terms.count(one) for one in terms}

        def case(one: Share) -> Cases:
            base = Linear({share.base: 1}, ((one.base, one.base),))
            return ((Linear(count, ((one.count, one.count),)), base),)

        found: list[Share] = []
        try:
            low, high = split.ends(share.base)
            if low is None or high is None or high - low > 100 * _MOST_SHARES:
                return Behind((), "too many")
            for base in range(max(low, 1), high + 1):
                counts = share.counts(base, ROUNDINGS[rule])
                if len(found) + len(counts) > _MOST_SHARES:
                    return Behind((), "too many")
                possible = (Share(one, base) for one in counts)
                found += [one for one in possible if split.holding(case(one))]
            if switch_of(statement, statement.readings[0]) not in on:
                others = tuple(tuple(one) for one in besides_shares(share, found))
                if split.holding(others):
                    return Behind(tuple(found), "read otherwise")
        except Unfinished:
            return Behind((), "not known")
        return Behind(tuple(found))

    def _clash(self, on: frozenset[str], rule: str) -> tuple[Member, ...]:
        """Why nothing fits, by sentences of the report alone where possible; empty if not known."""
        known = self._clashes.setdefault(rule, [])
        found = next((one for one in known if one <= on), None)
        if found is None:
            hard = {one.id for one in self._report.statements if not one.soft}
            soft = {one.id for one in self._report.statements if one.soft}
            # What clashes by one rule often does by another.
            others = [one for all_ in self._clashes.values() for one in all_ if one <= on]
            try:
                among = next((one for one in others if not self._exist(one, rule)), on)
                order = [*sorted(among - hard - soft), *sorted(among & soft), *sorted(among & hard)]
                found = shrunk(order, lambda some: self._exist(some, rule))
            except Unfinished:
                return ()
            known.append(found)
        return tuple(self._members(found))

    def _members(self, switches: frozenset[str]) -> Iterator[Member]:
        for statement in self._report.statements:
            if statement.id in switches:
                yield Member(kind="statement", id=statement.id, soft=statement.soft)
            for reading in statement.readings if len(statement.readings) > 1 else ():
                if switch_of(statement, reading) in switches:
                    yield Member(kind="reading", id=statement.id, reading=reading.id, soft=True)
        for one in self._report.assumptions:
            if one.id in switches:
                yield Member(kind="assumption", id=one.id)
