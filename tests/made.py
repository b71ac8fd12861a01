"""Made-up reports over small counts, and what they allow by trying every assignment: an oracle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import combinations, product
from math import isqrt
from typing import Any

from hypothesis import strategies as st

from keepinpact.numbers import ROUNDINGS
from keepinpact.statements.report import Report, Statement
from keepinpact.statements.wordings import WORDINGS
from oracles import LIMITS, figure, limit, multiple, of_scale, prints, prints_between, weighted, worded

Holds = dict[str, dict[str, Any]]

NAMES = ["a", "b", "c"]
TOP = 4
MONTHS = range(2019 * 12, 2019 * 12 + 2)


def made(
    statements: Iterable[Holds | list[Holds]],
    *,
    quantities: list[dict[str, Any]] | None = None,
    top: int | None = TOP,
    assumptions: Iterable[Holds] = (),
    **parts: Any,
) -> Report:
    """Statements s0, s1 and assumptions a0, a1; the counts a, b and c are limited unless top is None."""
    small = {"id": "small", "says": "small", "holds": [{"at_most": {"each": NAMES, "is": top}}]}
    return Report.model_validate(
        {
            "format": 1,
            "title": "made",
            "sections": [{"id": "s", "title": "S"}],
            "quantities": quantities or [{"id": name, "says": name} for name in NAMES],
            "definitions": [] if top is None else [small],
            "assumptions": [
                {"id": f"a{i}", "says": f"assumed {i}", "why": "w", "holds": [one]}
                for i, one in enumerate(assumptions)
            ],
            "statements": [
                {
                    "id": f"s{i}",
                    "section": "s",
                    "quote": f"quote {i}",
                    "says": f"says {i}",
                    "holds": one if isinstance(one, list) else [one],
                }
                for i, one in enumerate(statements)
            ],
            **parts,
        }
    )


def holds(constraint: Holds, values: Mapping[str, int], rule: str = "nearest") -> bool:
    """Whether a constraint holds for an assignment, in plain arithmetic."""
    ((kind, body),) = constraint.items()

    def month(term: Any) -> Any:
        if isinstance(term, str) and "-" in term:
            return int(term[:4]) * 12 + int(term[5:]) - 1
        return term

    def total(terms: Any) -> int:
        terms = map(month, terms if isinstance(terms, list) else [terms])
        return sum(values[t] if isinstance(t, str) else t for t in terms)

    number = month(body.get("is"))
    match kind:
        case "count":
            return total(body["of"]) == number
        case "sum":
            return total(body["of"]) == total(body["is"])
        case "one_of":
            return total(body["of"]) in map(month, body["are"])
        case "at_most":
            return all(values[q] <= number * values.get(body.get("per"), 1) for q in body["each"])
        case "at_least":
            return all(values[q] >= number * values.get(body.get("per"), 1) for q in body["each"])
        case "majority":
            return all(2 * values[q] > values[body["base"]] for q in body["each"])
        case "no_majority":
            return all(2 * values[q] <= values[body["base"]] for q in body["each"])
        case "more_than":
            return all(values[q] > values[o] for q in body["each"] for o in body["than"])
        case "at_least_as_many":
            return all(values[q] >= values[o] for q in body["each"] for o in body["as"])
        case "rank":
            order = [values[q] for q in body["order"]]
            return order == sorted(order, reverse=True) and all(
                order[-1] >= values[q] for q in body["ahead_of"]
            )
        case "share":
            k, n = total(body["of"]), values[body["base"]]
            if not 0 <= k <= n != 0:
                return False
            if "is" not in body:
                ends = [(key, limit(body[key])) for key in LIMITS if key in body]
                return all(LIMITS[key](Fraction(k, n), end) for key, end in ends)
            if "weights_up_to" in body:
                units, decimals, _ = figure(body["is"])
                some = weighted(k, n, Fraction(body["weights_up_to"]))
                return prints_between(body.get("rounding", rule).replace("-", " "), some, units, decimals)
            if body["is"][0].isalpha():
                return worded(body["is"], k, n)
            whole, _, decimals = body["is"].rstrip("%").partition(".")
            rule = body.get("rounding", rule).replace("-", " ")
            units, off = int(whole + decimals), 0
            if decimals and rule == "nearest 5":
                return False
            if body.get("adjusted"):
                off = 5 if rule == "nearest 5" else 1
            return any(units + one in prints(rule, k, n, len(decimals)) for one in (-off, 0, off))
        case "times":
            units, decimals, unit = figure(body["is"])
            k, n = total(body["of"]), total(body["as"])
            return n > 0 and multiple(rule, Fraction(k, n), units, decimals, unit)
        case "difference":
            return total(body["of"]) - total(body["than"]) == int(body["is"])
        case "points":
            units, decimals, _ = figure(body["is"])
            k, o, n = total(body["of"]), total(body["than"]), total(body["base"])
            m = body.get("than_base", n)
            if not (0 <= k <= n != 0 and 0 <= o <= m):
                return False
            off = abs(100 * (Fraction(k, n) - Fraction(o, m)) - Fraction(units, 10**decimals))
            return off <= (5 if rule == "nearest 5" else Fraction(1, 10**decimals))
        case "mean" | "median" | "sd":
            answers = [point for point, name in body["of"].items() for _ in range(values[name])]
            return of_scale(kind, body, answers, rule)
    raise AssertionError(kind)


def percentages(top: int) -> st.SearchStrategy[str]:
    """Whole percentages that some rule prints of a share of at most so many, or nearly."""
    return st.builds(
        lambda k, n, rule, near: f"{min(max(sorted(prints(rule, min(k, n), n))[0] + near, 0), 100)}%",
        st.integers(0, top),
        st.integers(1, top),
        st.sampled_from(sorted(ROUNDINGS)),
        st.sampled_from([-1, 0, 0, 0, 1]),
    )


def finer_percentages(top: int) -> st.SearchStrategy[str]:
    """The same with a decimal."""
    return st.builds(
        lambda k, n, near: f"{min(max(1000 * min(k, n) // n + near, 0), 1000) / 10:.1f}%",
        st.integers(0, top),
        st.integers(1, top),
        st.sampled_from([-1, 0, 0, 1]),
    )


def ranges(top: int) -> st.SearchStrategy[dict[str, str]]:
    """Limits of a share, one or two, some of them at a share of at most so many."""
    end = st.one_of(
        st.sampled_from(["0%", "20%", "50 %", "100%", "33.3%", "1/3", "2/3", "1/1"]),
        st.builds(lambda k, n: f"{min(k, n)}/{n}", st.integers(1, top), st.integers(1, top)),
    )

    def ordered(low: str, high: str, keys: tuple[str, str]) -> dict[str, str]:
        low, high = sorted((low, high), key=limit)
        return {keys[0]: low, keys[1]: high} if limit(low) < limit(high) else {keys[0]: low}

    low, high = st.sampled_from(["at_least", "more_than"]), st.sampled_from(["at_most", "less_than"])
    return st.one_of(
        st.builds(lambda key, end: {key: end}, st.one_of(low, high), end),
        st.builds(ordered, end, end, st.tuples(low, high)),
    )


def scales(name: st.SearchStrategy[str], top: int) -> st.SearchStrategy[Holds]:
    """What is printed of a scale, most of it of some answers."""
    points = st.lists(st.integers(0, 5), min_size=2, max_size=3, unique=True)
    of = st.builds(dict, st.builds(zip, points, st.lists(name, min_size=3, max_size=3)))
    answers = st.lists(st.integers(0, top), min_size=3, max_size=3)

    def made_of(
        kind: str, of: dict[int, str], counts: list[int], decimals: int, off: int, more: Any
    ) -> Holds:
        some = [point for point, count in zip(of, counts, strict=False) for _ in range(count)] or [*of]
        mean = Fraction(sum(some), len(some))
        if kind == "median":
            return {kind: {"of": of, "is": f"{sorted(some)[len(some) // 2]}" + (".5" if off else "")}}
        if kind == "mean":
            return {kind: {"of": of, "is": decimal(mean, decimals, off)}}
        squares = sum((one - mean) ** 2 for one in some) / max(len(some) - 1, 1)
        body = {"of": of, "n": max(len(some), 2), "is": decimal(root(squares), decimals, off)}
        return {kind: {**body, **({"mean": decimal(mean, decimals, 0)} if more[0] else {}), **more[1]}}

    return st.builds(
        made_of,
        st.sampled_from(["mean", "median", "sd"]),
        of,
        answers,
        st.integers(0, 2),
        st.sampled_from([0, 0, 0, 1]),
        st.tuples(st.booleans(), st.sampled_from([{}, {"divisor": "n"}, {"divisor": "n-1"}])),
    )


def decimal(value: Fraction, decimals: int, off: int) -> str:
    """A number as it is printed, or one unit above."""
    units = round(value * 10**decimals) + off
    return f"{Decimal(units).scaleb(-decimals):.{decimals}f}"


def root(value: Fraction) -> Fraction:
    """A square root to some decimals."""
    return Fraction(isqrt(int(value * 10**12)), 10**6)


def constraints(names: list[str], top: int = TOP, *, words: bool = False) -> st.SearchStrategy[Holds]:
    """A constraint of any kind over some quantities, words for a fraction among them if asked for."""
    name = st.sampled_from(names)
    some = st.lists(name, min_size=1, max_size=2, unique=True)
    small = st.integers(0, top)
    return st.one_of(
        st.builds(lambda q, n: {"count": {"of": q, "is": n}}, some, small),
        st.builds(
            lambda q, o: {"sum": {"of": q, "is": o}},
            some,
            st.lists(st.one_of(name, small), min_size=1, max_size=2),
        ),
        st.builds(
            lambda q, n: {"one_of": {"of": q, "are": n}}, some, st.lists(small, min_size=1, max_size=3)
        ),
        st.builds(
            lambda q, n, p: {"at_most": {"each": q, "is": n, **p}},
            some,
            small,
            st.one_of(st.just({}), st.builds(lambda p: {"per": p}, name)),
        ),
        st.builds(
            lambda q, n, p: {"at_least": {"each": q, "is": n, **p}},
            some,
            small,
            st.one_of(st.just({}), st.builds(lambda p: {"per": p}, name)),
        ),
        st.builds(lambda q, b: {"majority": {"each": q, "base": b}}, some, name),
        st.builds(lambda q, b: {"no_majority": {"each": q, "base": b}}, some, name),
        st.builds(lambda q, o: {"more_than": {"each": q, "than": o}}, some, some),
        st.builds(lambda q, o: {"at_least_as_many": {"each": q, "as": o}}, some, some),
        st.builds(
            lambda order, rest: {"rank": {"order": order, "ahead_of": rest}},
            st.lists(name, min_size=2, max_size=3, unique=True),
            st.lists(name, max_size=1),
        ),
        st.builds(
            lambda q, b, p, more: {"share": {"of": q, "base": b, "is": p, **more}},
            st.one_of(some, st.builds(lambda q, n: [q, n], name, st.integers(0, 2))),
            name,
            st.one_of(percentages(top), percentages(top), finer_percentages(top)),
            st.sampled_from(
                [
                    {},
                    {},
                    {"adjusted": True},
                    {"rounding": "half-up"},
                    {"rounding": "nearest-5"},
                    {"rounding": "truncated", "adjusted": True},
                ]
            ),
        ),
        st.builds(
            lambda q, b, ends: {"share": {"of": q, "base": b, **ends}},
            some,
            name,
            st.one_of(ranges(top), st.sampled_from([{"is": one} for one in WORDINGS]))
            if words
            else ranges(top),
        ),
        st.builds(
            lambda q, b, p, r: {"share": {"of": q, "base": b, "is": p, "weights_up_to": r}},
            some,
            name,
            st.one_of(percentages(top), finer_percentages(top)),
            st.sampled_from(["1", "1.5", "2", "7"]),
        ),
        st.builds(
            lambda q, o, n: {"times": {"of": q, "as": o, "is": n}},
            some,
            some,
            st.sampled_from([0, 1, 2, 3, "2 times", "1.5 times", "0.33 times", "1.00 times", "150 %", "67%"]),
        ),
        st.builds(lambda q, o, n: {"difference": {"of": q, "than": o, "is": n}}, some, some, small),
        st.builds(
            lambda q, o, b, n: {"points": {"of": q, "than": o, **b, "is": n}},
            some,
            some,
            st.one_of(
                st.builds(lambda b: {"base": b}, name),
                st.builds(lambda n: {"base": n}, st.integers(1, top)),
                st.builds(lambda n, m: {"base": n, "than_base": m}, st.integers(1, top), st.integers(1, top)),
            ),
            st.sampled_from([0, 25, 50, 100, "33 points", "16.7 points", "1 point", "50.0 points"]),
        ),
        scales(name, top),
    )


def systems(most: int = 5, top: int = TOP) -> st.SearchStrategy[list[Holds]]:
    """Constraints over a, b and c."""
    return st.lists(constraints(NAMES, top), min_size=1, max_size=most)


def minimal(sets: Iterable[frozenset[str]]) -> set[frozenset[str]]:
    """The sets that hold no other one."""
    found: set[frozenset[str]] = set()
    for one in sorted(set(sets), key=len):
        if not any(other < one for other in found):
            found.add(one)
    return found


class World:
    """Every assignment of small counts that a report allows by construction, and what each member allows.

    A set of assignments is a whole number, one bit for each.
    """

    def __init__(
        self,
        report: Report,
        rule: str = "nearest",
        *,
        entries: Mapping[str, int] | None = None,
        facts: Mapping[str, int] | None = None,
        top: int = TOP,
    ) -> None:
        self.report, self.rule = report, rule
        lists = report.lists if entries is None else entries
        ranges = []
        for quantity in report.quantities:
            if quantity.entries:
                ranges.append([sum(lists[one] for one in quantity.entries)])
            else:
                ranges.append(list(MONTHS) if quantity.unit == "month" else list(range(top + 1)))
        ids = [quantity.id for quantity in report.quantities]
        self.values = [
            values
            for one in product(*ranges)
            if self._built(values := dict(zip(ids, one, strict=True)), facts or {})
        ]
        self.all = (1 << len(self.values)) - 1
        self.readings = {
            (statement.id, reading.id): self.mask(reading.holds)
            for statement in report.statements
            for reading in statement.readings
        }
        self.members = {one.id: self.mask(one.holds) for one in report.assumptions}
        for statement in report.statements:
            masks = [self.readings[statement.id, reading.id] for reading in statement.readings]
            self.members[statement.id] = 0
            for mask in masks:
                self.members[statement.id] |= mask
            if len(masks) > 1:
                self.members[f"{statement.id}:{statement.readings[0].id}"] = masks[0]

    def _built(self, values: dict[str, int], facts: Mapping[str, int]) -> bool:
        listed = {quantity.id for quantity in self.report.quantities if quantity.entries}
        return (
            all(values[name] == count for name, count in facts.items())
            and all(
                # What was counted need not be as many as a printed list has entries.
                (
                    not q.parts
                    or (q.id in facts and not listed.isdisjoint(q.parts))
                    or values[q.id] == sum(values[one] for one in q.parts)
                )
                and (not q.within or values[q.id] <= values[q.within])
                for q in self.report.quantities
            )
            and all(self.true(one, values) for d in self.report.definitions for one in d.holds)
        )

    def true(self, constraint: Any, values: Mapping[str, int]) -> bool:
        """Whether a constraint of a report holds."""
        written = constraint.model_dump(by_alias=True, exclude_none=True)
        kind = written.pop("kind")
        return holds({kind: written}, values, self.rule)

    def mask(self, constraints: Iterable[Any]) -> int:
        """The assignments in which constraints all hold."""
        kept = list(constraints)
        return sum(
            1 << i for i, values in enumerate(self.values) if all(self.true(one, values) for one in kept)
        )

    def allowed(self, linears: Iterable[Any]) -> int:
        """The assignments that linear constraints allow."""
        kept = list(linears)
        return sum(1 << i for i, v in enumerate(self.values) if all(one.allows(v) for one in kept))

    def together(self, members: Iterable[str]) -> int:
        """The assignments in which members all hold."""
        mask = self.all
        for one in members:
            mask &= self.members[one]
        return mask

    def found(self, mask: int) -> list[dict[str, int]]:
        """The assignments of a set."""
        return [values for i, values in enumerate(self.values) if mask >> i & 1]

    @cached_property
    def conflicts(self) -> set[frozenset[str]]:
        """The minimal sets of members that cannot all hold."""
        found: set[frozenset[str]] = set()
        for size in range(len(self.members) + 1):
            for one in map(frozenset, combinations(self.members, size)):
                if not any(other <= one for other in found) and not self.together(one):
                    found.add(one)
        return found

    @property
    def said(self) -> set[frozenset[str]]:
        """The conflicts without those that name a literal reading of a statement that clashes anyway."""
        return {
            one
            for one in self.conflicts
            if not any(
                other != one and other <= one | {name.partition(":")[0] for name in one}
                for other in self.conflicts
            )
        }

    @cached_property
    def repairs(self) -> set[frozenset[str]]:
        """The minimal sets of members without which all others hold."""
        everything = frozenset(self.members)
        found: set[frozenset[str]] = set()
        for size in range(len(everything) + 1):
            for one in map(frozenset, combinations(self.members, size)):
                if not any(other <= one for other in found) and self.together(everything - one):
                    found.add(one)
        return found - {frozenset()}

    @property
    def outside(self) -> list[str]:
        """The members that hold whichever repair is taken."""
        clashing = {name for one in self.conflicts for name in one}
        clashing |= {name.partition(":")[0] for name in clashing}
        return [name for name in self.members if name not in clashing]

    def severity(self, statement: Statement, part: Iterable[str]) -> tuple[int, int]:
        """How many alternatives to a statement hold with all others of its part, and of how many."""
        others = [name for name in part if name != statement.id]
        if not self.together(others):
            alone = {m for one in self.conflicts for m in one if one <= set(part)}
            others = [name for name in others if name not in alone]
        with_all = self.together(others)
        reading = next(
            (r for r in statement.readings if self.readings[statement.id, r.id] & with_all),
            statement.readings[0],
        )
        passed = of = 0
        for place, constraint in enumerate(reading.holds):
            rest = with_all & self.mask(one for i, one in enumerate(reading.holds) if i != place)
            name = next(constraint.quantities(), None)
            unit = self.report.quantity(name).unit if name else "other"
            for other in constraint.others(ROUNDINGS[self.rule], unit):
                of += 1
                passed += bool(rest & self.allowed(other))
        return passed, of
