"""Whether a proof proves what it says, worked out anew from the statements by Z3: a checker."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import z3

from keepinpact.audit.why import Case, Fact, Given, Proof, Source, Step
from keepinpact.statements.report import Report
from keepinpact.statements.wordings import WORDINGS
from oracles import FRACTIONS, figure, limit

Facts = dict[int | None, list[Fact]]
"""What is in scope: by the step that it comes from; under None what is supposed."""


class Checker:
    """The constraints of a report for Z3, from the file's own form and not from the engine's."""

    def __init__(
        self,
        report: Report,
        entries: Mapping[str, int],
        facts: Mapping[str, int] | None = None,
        rule: str = "nearest",
    ) -> None:
        self.report, self.entries, self.facts, self.rule = report, entries, facts or {}, rule

    def faults(self, proof: Proof) -> list[str]:
        """Everything that is wrong with a proof; nothing where it is one."""
        faults: list[str] = []
        scope: Facts = {None: list(proof.supposed)}
        faults += self._branch(proof, scope, set(map(_key, proof.rests_on)), proof.shows)
        everything = [self.meaning(one) for one in proof.rests_on]
        supposed = [self.fact(one) for one in proof.supposed]
        wrong = [z3.Not(self.fact(proof.shows))] if proof.shows else []
        if not self.unsat([*everything, *supposed, *wrong]):
            faults.append("what it rests on does not force it")
        for place, one in enumerate(proof.rests_on):
            if self.unsat([*everything[:place], *everything[place + 1 :], *supposed, *wrong]):
                faults.append(f"{one.kind} {one.id} can be spared")
        numbers = [step.step for step in proof.lines()]
        if numbers != list(range(1, len(numbers) + 1)):
            faults.append("its steps are not numbered in their order")
        return faults

    def _branch(self, branch: Proof | Case, scope: Facts, allowed: set[Any], shows: Fact | None) -> list[str]:
        faults = []
        ended = False
        for step in branch.steps:
            faults += self._step(step, scope, allowed)
            scope = {**scope, step.step: [step.leaves] if step.leaves else []}
            ended = step.leaves is None or (
                shows is not None
                and step.leaves.quantity == shows.quantity
                and self.unsat([self.fact(step.leaves), z3.Not(self.fact(shows))])
            )
        if ended and not branch.cases:
            return faults
        if not branch.cases:
            return [*faults, "it ends in nothing"]
        if branch.cases[0].read is not None:
            statement = branch.cases[0].read.id
            read = [(one.read.id, one.read.reading) for one in branch.cases if one.read]
            readings = [(statement, one.id) for one in self.report.statement(statement).readings]
            if read != readings or ("statement", statement, None) not in allowed:
                faults.append(f"not every reading of {statement} is looked at")
        else:
            split = branch.split
            assert split is not None
            if split.values != [(0, None)] and not _known(split, scope):
                faults.append(f"{split.quantity} is not known to be among {split.values}")
            left = [self.fact(split)]
            left += [z3.Not(self.fact(one.supposed)) for one in branch.cases if one.supposed]
            left += [z3.Not(self.fact(shows))] if shows else []
            if not self.unsat([*left, *self.naturals([split.quantity])]):
                faults.append(f"some values of {split.quantity} are not looked at")
        for case in branch.cases:
            inside = {**scope, None: [*scope[None], *([case.supposed] if case.supposed else [])]}
            more = {_key(case.read)} if case.read else set()
            faults += self._branch(case, inside, allowed | more, None)
        return faults

    def _step(self, step: Step, scope: Facts, allowed: set[Any]) -> list[str]:
        faults = [
            f"step {step.step}: {one.quantity} is not known to be among {one.values}"
            for one in step.given
            if not _known(one, scope)
        ]
        faults += [
            f"step {step.step}: it does not rest on {one.kind} {one.id}"
            for one in step.by
            if _key(one) not in allowed
        ]
        if not self.follows(step):
            faults.append(f"step {step.step} does not follow")
        return faults

    def follows(self, step: Step) -> bool:
        """Whether a step follows from what it names, and from nothing else."""
        premises = [*(self.fact(one) for one in step.given), *(self.meaning(one) for one in step.by)]
        return self.unsat([*premises, *([z3.Not(self.fact(step.leaves))] if step.leaves else [])])

    def unsat(self, said: Iterable[z3.BoolRef]) -> bool:
        """Whether this certainly cannot be; an error where Z3 does not know."""
        solver = z3.Solver()
        solver.set("timeout", 60_000)
        solver.add(*said, *self.naturals(one.id for one in self.report.quantities))
        answer = solver.check()
        assert answer != z3.unknown
        return bool(answer == z3.unsat)

    def naturals(self, names: Iterable[str]) -> list[z3.BoolRef]:
        return [z3.Int(name) >= 0 for name in names]

    def fact(self, fact: Fact) -> z3.BoolRef:
        count = z3.Int(fact.quantity)
        return z3.Or(
            [
                z3.And(count >= low, *([count <= high] if high is not None else []))
                for low, high in fact.values
            ]
        )

    def meaning(self, source: Source) -> z3.BoolRef:
        """What a source says, all of it."""
        match source.kind:
            case "statement":
                return z3.Or([self.all_of(one.holds) for one in self.report.statement(source.id).readings])
            case "reading":
                return self.all_of(self.report.statement(source.id).reading(source.reading or "").holds)
            case "assumption":
                return self.all_of(next(a for a in self.report.assumptions if a.id == source.id).holds)
            case "definition":
                return self.all_of(next(d for d in self.report.definitions if d.id == source.id).holds)
        quantity = self.report.quantity(source.id)
        count = z3.Int(source.id)
        match source.kind:
            case "parts":
                return count == z3.Sum([z3.Int(name) for name in quantity.parts])
            case "within":
                return count <= z3.Int(quantity.within)
            case "entries":
                return count == sum(self.entries[name] for name in quantity.entries)
        return count == self.facts[source.id]

    def all_of(self, constraints: Iterable[Any]) -> z3.BoolRef:
        return z3.And([self.constraint(one) for one in constraints])

    def constraint(self, one: Any) -> z3.BoolRef:
        """A constraint as it is written, for Z3."""
        body = one.model_dump(by_alias=True, exclude_none=True)

        def term(value: str | int) -> Any:
            return z3.Int(value) if isinstance(value, str) else z3.IntVal(value)

        def total(terms: Any) -> Any:
            return z3.Sum([term(value) for value in (terms if isinstance(terms, list) else [terms])])

        match body.pop("kind"):
            case "count":
                return total(body["of"]) == body["is"]
            case "sum":
                return total(body["of"]) == total(body["is"])
            case "one_of":
                return z3.Or([total(body["of"]) == value for value in body["are"]])
            case "at_most":
                return z3.And([term(q) <= body["is"] * term(body.get("per", 1)) for q in body["each"]])
            case "at_least":
                return z3.And([term(q) >= body["is"] * term(body.get("per", 1)) for q in body["each"]])
            case "majority":
                return z3.And([2 * term(q) > term(body["base"]) for q in body["each"]])
            case "no_majority":
                return z3.And([2 * term(q) <= term(body["base"]) for q in body["each"]])
            case "more_than":
                return z3.And([term(q) > term(o) for q in body["each"] for o in body["than"]])
            case "at_least_as_many":
                return z3.And([term(q) >= term(o) for q in body["each"] for o in body["as"]])
            case "rank":
                order = body["order"]
                pairs = [*pairwise(order), *((order[-1], q) for q in body["ahead_of"])]
                return z3.And([term(q) >= term(o) for q, o in pairs])
            case "share":
                k, n = total(body["of"]), term(body["base"])
                if "is" not in body:
                    return z3.And(
                        [n >= 1, k <= n, *(_limited(k, n, key, body[key]) for key in _ENDS if key in body)]
                    )
                if body["is"][0].isalpha():
                    return z3.And(n >= 1, k <= n, _worded(k, n, body["is"]))
                rule, was = body.get("rounding", self.rule).replace("-", " "), self.rule
                step = 5 if rule == "nearest 5" else 1
                self.rule = rule
                found = [
                    self.share(k, n, body["is"], off)
                    for off in ([-step, 0, step] if body.get("adjusted") else [0])
                ]
                self.rule = was
                return z3.Or(found)
            case "times":
                digits, places, unit = figure(body["is"])
                of, whole = total(body["of"]), total(body["as"])
                return z3.And(
                    whole >= 1, self.rounded(of * (100 if unit == "%" else 1), whole, digits, places)
                )
            case "difference":
                return total(body["of"]) - total(body["than"]) == int(body["is"])
            case "points":
                digits, places, _ = figure(body["is"])
                k, o, n = total(body["of"]), total(body["than"]), term(body["base"])
                m = term(body.get("than_base", body["base"]))
                unit = 5 * 10**places if self.rule == "nearest 5" else 1
                whole = n if "than_base" not in body else n * m
                part = k - o if "than_base" not in body else k * m - o * n
                off = 100 * 10**places * part - digits * whole
                return z3.And(n >= 1, k <= n, o <= m, off <= unit * whole, off >= -unit * whole)
            case "mean" | "median" | "sd" as kind:
                return self.scale(kind, body)
        raise AssertionError(body)

    def scale(self, kind: str, body: dict[str, Any]) -> z3.BoolRef:
        """What is printed of a scale."""
        points = body["of"].items()
        n, s, q = (z3.Sum([z3.Int(name) * point**power for point, name in points]) for power in (0, 1, 2))
        digits, places, _ = figure(body["is"])
        if kind == "mean":
            return z3.And(n >= 1, self.rounded(s, n, digits, places))
        if kind == "median":
            low = z3.Sum([z3.Int(name) for point, name in points if point * 10**places <= digits])
            high = z3.Sum([z3.Int(name) for point, name in points if point * 10**places >= digits])
            return z3.And(n >= 1, 2 * low >= n, 2 * high >= n)
        count = body["n"]
        said = [n == count]
        if body.get("mean"):
            mean, decimals, _ = figure(body["mean"])
            said.append(self.rounded(s, n, mean, decimals))
        ways = []
        for total in range(count * max(body["of"]) + 1):
            squares = count * q - total * total
            for divisor in {"n": [count], "n-1": [count - 1]}.get(body.get("divisor"), [count, count - 1]):
                ways.append(z3.And(s == total, self.root(squares, count * divisor, digits, places)))
        return z3.And(*said, z3.Or(ways))

    def root(self, part: Any, whole: int, digits: int, places: int) -> z3.BoolRef:
        """That the square root of a part of a whole is rounded so."""
        low, low_open, high, high_open = ENDS["nearest" if self.rule == "nearest 5" else self.rule](digits)
        left = part * (2 * 10**places) ** 2
        below, above = 2 * digits + low, 2 * digits + high
        return z3.And(
            z3.BoolVal(True)
            if below < 0
            else (left > below**2 * whole if low_open else left >= below**2 * whole),
            left < above**2 * whole if high_open else left <= above**2 * whole,
        )

    def rounded(self, part: Any, whole: Any, digits: int, places: int) -> z3.BoolRef:
        """That a part by a whole is rounded so; it is no percentage."""
        low, low_open, high, high_open = ENDS["nearest" if self.rule == "nearest 5" else self.rule](digits)
        off = 2 * 10**places * part - 2 * digits * whole
        return z3.And(
            off > low * whole if low_open else off >= low * whole,
            off < high * whole if high_open else off <= high * whole,
        )

    def share(self, k: Any, n: Any, printed: str, adjusted: int = 0) -> z3.BoolRef:
        """That k of n is printed so: how far 100 k / n is from it, in hundredths of the last digit."""
        whole, _, decimals = printed.rstrip("% ").partition(".")
        digits, scale = int(whole + decimals) + adjusted, 10 ** len(decimals)
        off = 100 * scale * k - digits * n
        within = {
            "nearest": z3.And(-n <= 2 * off, 2 * off <= n),
            "half up": z3.And(-n <= 2 * off, 2 * off < n),
            "half down": z3.And(-n < 2 * off, 2 * off <= n),
            "half even": z3.And(-n < 2 * off, 2 * off < n)
            if digits % 2
            else z3.And(-n <= 2 * off, 2 * off <= n),
            "truncated": z3.And(off >= 0, off < n),
            "ceiling": z3.And(off <= 0, off > -n),
            "nearest 5": z3.And(-5 * n <= 2 * off, 2 * off <= 5 * n, digits % 5 == 0 and scale == 1),
        }[self.rule]
        return z3.And(n >= 1, k >= 0, k <= n, within)


ENDS: dict[str, Any] = {
    "nearest": lambda digits: (-1, False, 1, False),
    "half up": lambda digits: (-1, False, 1, True),
    "half down": lambda digits: (-1, True, 1, False),
    "half even": lambda digits: (-1, digits % 2 == 1, 1, digits % 2 == 1),
    "truncated": lambda digits: (0, False, 2, True),
    "ceiling": lambda digits: (-2, True, 0, False),
}
"""Between which halves of a unit a number is off that a rule prints so, and which ends are open."""

_ENDS = ("at_least", "more_than", "at_most", "less_than")


def _limited(k: Any, n: Any, key: str, end: str) -> z3.BoolRef:
    """A limit of k of n, multiplied out."""
    found = limit(end)
    left, right = k * found.denominator, n * found.numerator
    return {
        "at_least": left >= right,
        "more_than": left > right,
        "at_most": left <= right,
        "less_than": left < right,
    }[key]


def _worded(k: Any, n: Any, words: str) -> z3.BoolRef:
    """The range that words have, read off the sentence that is shown to people."""
    says = WORDINGS[words].says.replace("half", "1/2")
    for name, (part, whole) in FRACTIONS.items():
        says = says.replace(name, f"{part}/{whole}")
    says = re.sub(r"(\d+) in (\d+)", r"\1/\2", says)
    low, high = [limit(one) for one in re.findall(r"\d+/\d+|\d+ %", says)]
    return z3.And(
        _limited(k, n, "more_than" if says.startswith("more than") else "at_least", str(low)),
        _limited(k, n, "less_than" if "less than" in says else "at_most", str(high)),
    )


def _key(source: Source) -> tuple[str, str, str | None]:
    return source.kind, source.id, source.reading


def _known(given: Given, scope: Facts) -> bool:
    return any(
        (one.quantity, one.values) == (given.quantity, given.values) for one in scope.get(given.step, [])
    )
