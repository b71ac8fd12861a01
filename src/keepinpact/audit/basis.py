"""What the bounds of an audit rest on, and the shares behind percentages that follow from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from keepinpact.audit.members import besides_shares, given_up, kept, resting_on
from keepinpact.audit.model import Contradiction, DataSets, adopted, literal, share_in, switch_of
from keepinpact.audit.result import Basis, BasisKind, Candidates, FoundRepair, Rounded
from keepinpact.audit.search import Searched, Work
from keepinpact.audit.solver import Unfinished
from keepinpact.numbers import ROUNDINGS
from keepinpact.statements.report import Repair

_MOST_SHARES = 1000
_MOST_SHARES_OF_OTHERS = 100
"""Of a rule other than the one asked for; each share costs a search."""
_MOST_REASONS = 30
"""What forces a list of shares is worked out where it is no longer than this."""
_SHARES = "the shares behind percentages"


def basis_of(
    work: Work,
    parts: Sequence[Searched],
    repairs: Sequence[FoundRepair],
    repair: Repair | None,
    chosen: str | None,
) -> tuple[Basis, DataSets, frozenset[str]] | None:
    """What the bounds rest on, its data sets, and the quantities of parts where that is not known."""
    on: set[str] = set()
    kind: BasisKind
    kinds: set[BasisKind] = set()
    named: list[str] = []
    unknown: set[str] = set()
    for part in parts:
        own = [each for each in repairs if each.part == part.number]
        picked = next((each for each in own if each.id == chosen), None)
        holding: list[str] | None = None
        if picked is not None:
            holding, kind = kept(part.members.values(), picked), "chosen repair"
            named.append(picked.id)
        elif part.holds:
            holding, kind = list(part.members), "everything"
        elif repair is not None:
            gone = given_up(repair, work.report)
            mended = [switch for switch in part.members if switch not in gone]
            with suppress(Unfinished):
                if part.part.system.find(frozenset(mended)) is not None:
                    holding, kind = mended, "adopted repair"
                    named += [each.id for each in own if each.adopted]
        if holding is None:
            clashing = {switch for conflict in part.found.conflicts for switch in conflict}
            clashing |= {name.partition(":")[0] for name in clashing if ":" in name}
            outside = [switch for switch in part.members if switch not in clashing]
            # Where every member is in a conflict that was found, no other conflict matters.
            if part.found.complete or not outside:
                holding, kind = outside, "outside all conflicts"
        if holding is None:
            unknown |= set(part.part.quantities)
        else:
            on |= set(holding)
            kinds.add(kind)
    if not kinds:
        return None
    if unknown:
        # What holds of the other parts is not everything.
        kinds.add("outside all conflicts")
    data_sets = work.model.fitting(on, work.rounding)
    if work.attempt("the basis", lambda: data_sets.exist) is None and work.model.clock.seconds == 0:
        return None
    weakest: tuple[BasisKind, ...] = (
        "chosen repair",
        "adopted repair",
        "outside all conflicts",
        "everything",
    )
    kind = next(kind for kind in weakest if kind in kinds)
    return Basis(kind=kind, repairs=named), data_sets, frozenset(unknown)


def candidates_of(work: Work, data_sets: DataSets, unknown: frozenset[str]) -> list[Candidates]:
    """The shares behind every printed percentage, and what forces them."""
    shares = work.attempt(_SHARES, lambda: list(_shares(data_sets, unknown, _MOST_SHARES)))
    return [_with_reason(work, each, data_sets) for each in shares or ()]


def _with_reason(work: Work, candidates: Candidates, data_sets: DataSets) -> Candidates:
    statement = work.report.statement(candidates.statement)
    share = share_in(statement.readings[0])
    shares = candidates.listed()
    # Of a statement that is given up the shares are those that could be, and nothing forces them.
    held = switch_of(statement, statement.readings[0]) in data_sets.on
    if not held or share is None or not 0 < len(shares) <= _MOST_REASONS:
        return candidates
    rests_on = work.attempt(
        f"what the shares behind {statement.id} rest on",
        lambda: resting_on(data_sets, *besides_shares(share, shares)),
    )
    return candidates.model_copy(update={"rests_on": rests_on})


def rounded(
    work: Work,
    repair: Repair | None,
    basis: Basis | None,
    shares: list[Candidates],
    unknown: frozenset[str],
) -> list[Rounded]:
    """What each rule allows, given the shares that were found under the audit's own."""
    model = work.model
    statements = [statement.id for statement in model.report.statements]
    others = _SHARES not in work.unfinished
    results = []
    for rule in ROUNDINGS:
        on_basis: DataSets | None = None
        holds_on_basis: bool | None = None
        if basis and basis.kind == "everything":
            on_basis = literal(model, rule)
        elif basis and basis.kind == "adopted repair" and repair:
            try:
                on_basis = adopted(model, repair, rule)
            except Contradiction:
                holds_on_basis = False
        candidates: list[Candidates] = []
        if on_basis is not None and (holds_on_basis := on_basis.exist):
            if rule == work.rounding:
                candidates = shares
            elif others:
                candidates = list(_shares(on_basis, unknown, _MOST_SHARES_OF_OTHERS))
        # Percentages of weighted answers are no counts, but they tell of a rule whether it was used.
        used = rule == work.rounding or rule in work.other_rules
        results.append(
            Rounded(
                rule=rule,
                holds=used and literal(model, rule).exist,
                statements_hold=used and model.fitting(statements, rule).exist,
                holds_on_basis=holds_on_basis,
                candidates=candidates,
            )
        )
    return results


def _shares(data_sets: DataSets, unknown: frozenset[str], most: int) -> Iterator[Candidates]:
    for statement in data_sets.model.report.statements:
        share = share_in(statement.readings[0])
        if share is None or not all(isinstance(term, str) for term in share.of):
            continue
        if unknown.isdisjoint(share.quantities()):
            shares = data_sets.shares(share, most)
            yield Candidates(
                statement=statement.id,
                printed=str(share.printed),
                base=share.base,
                shares=None if shares is None else [(each.count, each.base) for each in shares],
            )
