"""The same people asked twice, as the example file has them, against every panel that there can be."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from keepinpact.audit import Model, audit, literal
from keepinpact.data import load_statements
from keepinpact.paths import ROOT
from keepinpact.statements.report import Report
from oracles import prints

FILE = "examples/panel.yml"
ROWS, COLUMNS = ["trust", "doubt", "joined"], ["trust", "doubt", "left"]
WAYS = [one for one in product(ROWS, COLUMNS) if one != ("joined", "left")]
MOST = 5

Panel = tuple[int, ...]
"""How many went each way."""


def panels(people: int, ways: int = len(WAYS)) -> Iterator[Panel]:
    """Every way in which so many people can have answered."""
    if ways == 1:
        yield (people,)
        return
    for number in range(people + 1):
        for rest in panels(people - number, ways - 1):
            yield (number, *rest)


EVERY = [one for people in range(MOST + 1) for one in panels(people)]


def count(panel: Panel, before: set[str], after: set[str]) -> int:
    return sum(n for n, (one, other) in zip(panel, WAYS, strict=True) if one in before and other in after)


ASKED = {"trust", "doubt"}
ALL = {"trust", "doubt", "joined", "left"}


def printed(panel: Panel) -> dict[str, int | None]:
    """What the file's statements print of a panel; a percentage of nobody is nothing."""
    first = count(panel, ASKED, ALL)
    trusted = count(panel, {"trust"}, ALL)
    return {
        "first-asked": first,
        "twice-asked": count(panel, ASKED, ASKED),
        "second-asked": count(panel, ALL, ASKED),
        "trusted": prints("half up", trusted, first).pop() if first else None,
        "more-trust": count(panel, ALL, {"trust"}) - trusted,
        "both.doubt.trust": count(panel, {"doubt"}, {"trust"}),
    }


def filled(numbers: dict[str, int]) -> Report:
    """The example file with other numbers, and without those statements that have none."""
    content: dict[str, Any] = yaml.safe_load((ROOT / FILE).read_text(encoding="utf-8"))
    content["tables"][0]["rows"]["doubt"][0] = numbers.get("both.doubt.trust")
    content["statements"] = [one for one in content["statements"] if one["id"] in numbers]
    for one in content["statements"]:
        (body,) = one["holds"][0].values()
        body["is"] = f"{numbers[one['id']]}%" if "share" in one["holds"][0] else numbers[one["id"]]
    return Report.model_validate(content)


def fits(panel: Panel, numbers: dict[str, int]) -> bool:
    """Whether some numbers can have been printed of a panel."""
    first = count(panel, ASKED, ALL)
    share = prints("nearest", count(panel, {"trust"}, ALL), first) if first else set()
    of_panel = printed(panel)
    return all(
        value in share if name == "trusted" else value == of_panel[name] for name, value in numbers.items()
    )


@settings(max_examples=40)
@given(
    panel=st.sampled_from(EVERY),
    kept=st.sets(st.sampled_from([*printed(EVERY[0])]), max_size=5).map(lambda some: some | {"first-asked"}),
)
def test_what_a_panel_prints_allows_what_every_panel_allows(panel: Panel, kept: set[str]) -> None:
    """The number of people is given too, so that all panels can be tried."""
    numbers = {
        name: value
        for name, value in printed(panel).items()
        if name in kept and value is not None and value >= 0
    }
    content = filled(numbers).model_dump(by_alias=True, exclude_none=True)
    all_people = {"count": {"of": "both.total.total", "is": sum(panel)}}
    content["definitions"].append({"id": "people", "says": "people", "holds": [all_people]})
    fit = [one for one in panels(sum(panel)) if fits(one, numbers)]
    assert panel in fit
    bounds = literal(Model(Report.model_validate(content), {})).bounds()
    for place, (before, after) in enumerate(WAYS):
        values = sorted({one[place] for one in fit})
        bound = bounds[f"both.{before}.{after}"]
        assert list(bound.values or range(bound.low, (bound.high or 0) + 1)) == values
    assert bounds["both.joined.left"].high == 0


def test_the_example_says_what_the_page_says_of_it() -> None:
    found = audit(load_statements(file=ROOT / FILE), {})
    assert found.holds
    kept, lost = found.bound("both.trust.trust"), found.bound("both.trust.doubt")
    trusted = found.bound("both.trust.total")
    assert trusted.settled
    # Some who had trust certainly have it still, though no sentence says so; how many lost it is limited.
    assert 0 < kept.low < trusted.low
    assert (lost.low, lost.high) == (0, trusted.low - kept.low)


@pytest.mark.parametrize(("spring", "autumn", "both", "holds"), [(3, 4, 2, True), (3, 4, 4, False)])
def test_sizes_alone(spring: int, autumn: int, both: int, holds: bool) -> None:
    page = (ROOT / "chapters/statements-file.md").read_text(encoding="utf-8")
    piece = next(one for one in page.split("```yaml\n") if "spring.autumn" in one).partition("```")[0]
    counts = {"spring": spring, "autumn": autumn, "spring.autumn": both}
    content = {
        "format": 1,
        "title": "made",
        "sections": [{"id": "s", "title": "S"}],
        **yaml.safe_load(piece),
        "statements": [
            {"id": f"s{i}", "section": "s", "quote": "q", "says": "s"}
            | {"holds": [{"count": {"of": name, "is": number}}]}
            for i, (name, number) in enumerate(counts.items())
        ],
    }
    report = Report.model_validate(content)
    assert list(report.faults()) == []
    found = audit(report, {})
    assert found.holds == holds
    if holds:
        one, other = ({*range(spring)}, {*range(spring - both, spring - both + autumn)})
        assert len(one & other) == both
        assert str(found.bound("people")) == str(len(one | other))
