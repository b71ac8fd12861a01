"""What an audit finds, as ``python -m keepinpact audit --json`` prints it."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from keepinpact.numbers import Bound, Share

VerdictName = Literal["reproduced", "consistent", "conditional", "contradicted", "not tested"]
BasisKind = Literal[
    "everything", "adopted repair", "chosen repair", "outside all conflicts", "released responses"
]


class _Result(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_serialization_defaults_required=True,
        use_attribute_docstrings=True,
    )


class Member(_Result):
    """What can be kept or given up: a statement, the literal reading of one, or an assumption."""

    kind: Literal["statement", "reading", "assumption"]
    id: str
    """The statement's or the assumption's id."""
    reading: str | None = None
    """Of a reading, its id."""
    soft: bool = False
    """Whether it is a reading or a statement marked soft."""


class Conflict(_Result):
    """Members that cannot all hold, though any part of them can."""

    id: str
    part: int
    """The part of the report that it lies in."""
    members: list[Member]
    needs_ours: bool
    """Whether it needs an assumption or a literal reading of ours besides statements."""
    roundings: list[str] | None
    """Other rounding rules under which these can all hold; null if not worked out."""


class Cause(_Result):
    """Conflicts that share their repairs: what may be behind all of them at once."""

    cause: int
    part: int
    """The part of the report that it lies in."""
    members: list[Member]
    """What the lightest repairs give up for it, one or another; none where no repair is known."""
    conflicts: list[str]
    """The conflicts that giving up one of these would end; one may be of several causes."""
    example: str
    """The smallest of them, of no other cause if there is one."""


class Instead(_Result):
    """What a statement would have to print in place of a number to hold with the rest of its part.

    Where the repair gives up several, what each could print by itself; not all of it goes together.
    """

    statement: str
    printed: str
    """The number as it is printed."""
    month: bool
    """Whether it is a month; its numbers are then counts of months."""
    values: list[str] | None
    """Every number that would do, ascending, as it would be printed; null where they are too many."""
    low: str | None
    """The smallest; null where there is none, nothing limits it, or it is not known."""
    high: str | None
    """The largest; null where there is none, it is far above what is printed, or it is not known."""
    closest: list[str]
    """The nearest below what is printed and the nearest above, by their size, as far as known."""
    nearest: list[str]
    """The nearest to what is printed by keystrokes; where ``values`` is null, as far as known."""
    keystrokes: int | None
    """How many: a digit changed, dropped or added, or two swapped; null if not known, or not in digits."""
    roundings: list[str]
    """Other rounding rules by which what is printed would do."""
    not_known: str | None
    """Why not all of this is known, where it was looked for."""


class FoundRepair(_Result):
    """Members of one part that have to be given up so that all others of it hold, none of them needlessly."""

    id: str
    part: int
    """The part of the report that it mends."""
    gives_up: list[Member]
    hard: int
    """How many statements it gives up that are not soft."""
    soft: int
    """How many soft statements and literal readings."""
    assumptions: int
    """How many assumptions."""
    smallest: bool
    """Whether no other of its part gives up fewer of one kind and no more of any."""
    adopted: bool
    """Whether it belongs to what the edition adopts."""
    instead: list[Instead] | None
    """What each number in the statements that it gives up would have to be; null if not worked out."""
    keystrokes: int | None
    """The plausibility of the slip: how few keystrokes mend each of them, by itself; null if not known."""

    @property
    def weight(self) -> tuple[int, int, int]:
        """How much it gives up: the lightest give up the fewest statements, then the fewest of the rest."""
        return self.hard, self.soft, self.assumptions


class PartResult(_Result):
    """Statements that share no open count with those of any other part, and what is certain of them."""

    part: int
    statements: list[str]
    holds: bool | None
    """Whether everything holds, taken at its word."""
    statements_hold: bool | None
    """Whether the statements alone do, in one reading or another."""
    complete: bool
    """Whether it has no other conflicts and repairs."""


class Basis(_Result):
    """What is taken to hold for the bounds and all that follows from them."""

    kind: Annotated[
        BasisKind,
        Field(
            description="The fourth is what holds whichever repair is taken, the last what was counted, "
            "with all that does not clash with it."
        ),
    ]
    repairs: list[str]
    """The ids of the repairs among those found."""


class QuantityBound(_Result):
    """The sharp bound of a quantity; ``high`` is null where nothing limits it."""

    quantity: str
    low: int
    high: int | None
    values: list[int] | None = None
    """Every possible value, where some between the two are not."""

    @property
    def bound(self) -> Bound:
        """The bound as a number."""
        return Bound(self.low, self.high, None if self.values is None else tuple(self.values))


class Candidates(_Result):
    """Every share that can lie behind a printed percentage; null where they are too many to list."""

    statement: str
    printed: str
    base: str
    """The quantity that is the base."""
    shares: list[tuple[int, int]] | None
    rests_on: list[Member] | None = None
    """What forces these shares, none of it needlessly; null where not worked out."""

    def listed(self) -> list[Share]:
        """The shares; none where they are too many to list."""
        return [Share(count, base) for count, base in self.shares or ()]


class Rounded(_Result):
    """Whether the statements hold under a rounding rule."""

    rule: str
    holds: bool
    """Whether everything holds, taken at its word."""
    statements_hold: bool
    """Whether the statements alone do, in some reading."""
    holds_on_basis: bool | None
    """Whether the basis holds; null without one."""
    candidates: list[Candidates]
    """On the basis, where that holds."""


class Flip(_Result):
    """How few respondents would turn a reading of known counts round."""

    statement: str
    reading: str
    holds: bool
    respondents: int
    """Exact where it holds, at least so many where not."""


class Ask(_Result):
    """An unpublished number, and how much would be left open, were it known."""

    quantity: str
    question: str
    """What to ask the authors."""
    open: int
    """How many of the published numbers are then still open in the worst case."""
    expected: tuple[int, int] | None
    """How many are open for each possible answer, added up, and how many answers are possible.

    Divided they are the mean over the answers, each taken once: a weighting of ours, no probability. Null
    where the answers are too many to look at each.
    """
    settles: int | None
    """How many other quantities that are open now any answer would settle too; null if not known."""


class Severity(_Result):
    """How severe a test a statement has been through: how many alternatives would have passed it too."""

    passed: int
    """How many would have held with all other statements."""
    of: int
    """How many others of the same form there are."""


class Verdict(_Result):
    """What the audit says of a statement."""

    statement: str
    verdict: VerdictName | None
    """Null where it is not certain."""
    recount: Literal["same", "otherwise"] | None = None
    """What a recount gives: as in some reading, as in none; null where it decides nothing."""
    conflicts: list[str]
    not_with: list[Member]
    """Of a conditional one, what of ours it cannot hold together with."""
    every_rule: list[str] = []
    """Statements that it clashes with by whatever rounding rule that can print all percentages, where it is
    in no conflict that clashes by every rule."""
    severity: Severity | None
    """Null where it is not worked out."""
    given_up: tuple[int, int] | None
    """In how many of the smallest repairs of its part it is given up; null without any, and where not
    all repairs are known."""
    reading: str | None
    """The first reading that holds on the basis."""
    counts: dict[str, int]
    """What was recounted, by quantity; only where reproduced or refuted."""
    without: QuantityBound | None
    """Of a printed count: what all else on the basis allows without this statement."""


class Audit(_Result):
    """Everything that the audit found. ``python -m keepinpact audit --json`` prints it."""

    format: Literal[3] = 3
    title: str
    rounding: str
    """The rule by which printed percentages are read."""
    rounding_given: bool
    """Whether the rule was asked for; else it is ours."""
    holds: bool | None
    """Whether everything holds, taken at its word."""
    statements_hold: bool | None
    """Whether the statements alone do, in one reading or another; null if not known."""
    parts: list[PartResult]
    causes: list[Cause]
    """Conflicts that share their repairs."""
    conflicts: list[Conflict]
    repairs: list[FoundRepair]
    """Fewest hard members first, then soft ones, then assumptions; at the same, fewest keystrokes first."""
    complete: bool
    """Whether there are no other conflicts and repairs."""
    basis: Basis | None
    bounds: list[QuantityBound]
    candidates: list[Candidates]
    decimals: dict[str, int] = Field(default_factory=dict)
    """Quantities whose numbers here count a last decimal, with how many there are: of 2, 1250 is 12.50."""
    roundings: list[Rounded]
    """What each rule allows; none where that is not known."""
    flips: list[Flip]
    asks: list[Ask]
    """Least open first: in the worst case, then on average; then those that settle most."""
    open_now: int | None
    """How many of the published numbers are open now: sizes of surveys and shares."""
    verdicts: list[Verdict]
    unfinished: list[str]
    """What is not certain."""

    def verdict(self, statement: str) -> Verdict:
        """The verdict on a statement; KeyError where there is none."""
        return self._verdicts[statement]

    def bound(self, quantity: str) -> Bound:
        """The bound of a quantity; KeyError where there is none."""
        return self._bounds[quantity].bound

    def shares(self, statement: str) -> list[Share]:
        """What can lie behind the percentage of a statement; KeyError where it prints none."""
        return self._shares[statement].listed()

    @cached_property
    def _verdicts(self) -> dict[str, Verdict]:
        return {one.statement: one for one in self.verdicts}

    @cached_property
    def _bounds(self) -> dict[str, QuantityBound]:
        return {one.quantity: one for one in self.bounds}

    @cached_property
    def _shares(self) -> dict[str, Candidates]:
        return {one.statement: one for one in self.candidates}

    def __copy__(self) -> Self:
        copied = super().__copy__()
        for name in ("_verdicts", "_bounds", "_shares"):  # a copy may be given others
            copied.__dict__.pop(name, None)
        return copied

    @property
    def smallest(self) -> list[FoundRepair]:
        """The smallest repairs, side by side."""
        return [repair for repair in self.repairs if repair.smallest]

    @property
    def can_be_true(self) -> bool | None:
        """Whether the statements can all be true, whatever of ours has to go; None if not known."""
        if self.statements_hold is False and not self.rounding_given:
            return True if self.mending_rules else False if self.rules_known else None
        return self.statements_hold

    @property
    def rules_known(self) -> bool:
        """Whether it is known, where the statements do not hold, if by another rounding rule they do."""
        firm = any(one.roundings == [] and not one.needs_ours for one in self.conflicts)
        return firm or bool(self.roundings)

    @property
    def mending_rules(self) -> list[str]:
        """The other rounding rules under which the statements hold, where they do not under this one."""
        if self.statements_hold is not False:
            return []
        return [rounded.rule for rounded in self.roundings if rounded.statements_hold]
