"""Counts against independent recounts."""

from collections import Counter, defaultdict
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepinpact import stats
from keepinpact.data import Responses
from keepinpact.numbers import Share
from keepinpact.stats import agreement, kappa

CODEBOOK = pd.DataFrame(
    [
        ("item", "one", "One", "single"),
        ("item", "many", "Many", "multiple"),
        *(("one", code, code.upper(), "") for code in "cab"),
        *(("many", code, code.upper(), "") for code in "xyz"),
    ],
    columns=["variable", "code", "label", "response"],
)


def responses(rows, layer="responses"):
    return Responses(
        pd.DataFrame(rows, columns=["wave", "item", "respondent", "value"], dtype="str"), layer, ""
    )


people = st.lists(
    st.tuples(st.sampled_from("12"), st.sampled_from(["", "a", "b", "c"]), st.sets(st.sampled_from("xyz"))),
    max_size=25,
)


@settings(deadline=None)
@given(people)
def test_answers_against_a_recount(people):
    rows = []
    for i, (wave, one, many) in enumerate(people):
        rows.append((wave, "one", f"r{i}", one))
        rows += [(wave, "many", f"r{i}", value) for value in sorted(many)] or [(wave, "many", f"r{i}", "")]
    made = responses(rows)
    for wave in (None, "1", "2"):
        mine = [(one, many) for w, one, many in people if wave in (None, w)]
        found = stats.answers(made, CODEBOOK, "one", wave)
        if not mine:
            assert found is None
            continue
        counts = Counter(one for one, _ in mine)
        assert list(found.table["code"]) == ["c", "a", "b"]
        assert list(found.table["count"]) == [counts[code] for code in "cab"]
        assert (found.base, found.blank) == (len(mine) - counts[""], counts[""])
        several = stats.answers(made, CODEBOOK, "many", wave)
        assert several.base == sum(bool(many) for _, many in mine)
        assert list(several.table["count"]) == [sum(value in many for _, many in mine) for value in "xyz"]
        if several.base:
            assert several.shares() == [Share(int(n), several.base) for n in several.table["count"]]


@settings(deadline=None)
@given(people)
def test_crosstab_against_a_recount(people):
    rows = [(w, "one", f"r{i}", one) for i, (w, one, _) in enumerate(people)]
    rows += [(w, "many", f"r{i}", v) for i, (w, _, many) in enumerate(people) for v in sorted(many)]
    table = stats.crosstab(responses(rows), "one", "many")
    expected = defaultdict(int)
    for _, one, many in people:
        for value in many:
            if one:
                expected[one, value] += 1
    assert {key: n for key, n in table.stack().items() if n} == dict(expected)


def test_an_item_that_the_codebook_does_not_have_is_refused():
    with pytest.raises(KeyError, match=r"^'none'$"):
        stats.answers(responses([]), CODEBOOK, "none")


def test_a_reconstruction_cannot_be_cross_tabulated(edition):
    for pair in (("staff", "frameworks"), ("levels", "training")):
        with pytest.raises(stats.NotIdentifiedError, match="does not say which answers belong together"):
            stats.crosstab(edition.responses, *pair)


def test_multiple_response_without_respondents_has_no_base():
    rows = [("", "many", "", "x"), ("", "many", "", "y")]
    with pytest.raises(stats.NotIdentifiedError):
        stats.answers(responses(rows, "reconstructed"), CODEBOOK, "many")


def test_the_two_percentages(edition):
    for item, wave, value, share in (
        ("staff", "1", "yes", Share(19, 31)),
        ("frameworks", None, "no", Share(33, 47)),
    ):
        found = stats.answers(edition.responses, edition.codebook, item, wave)
        assert dict(zip(found.table["code"], found.shares(), strict=True))[value] == share


def test_entries_by_theme(edition):
    items = edition.items
    table = stats.entries_by_theme(items[items["list"] == "meaning"], edition.codebook, "meaning_theme")
    counts = Counter(
        code for theme in items.loc[items["list"] == "meaning", "theme"] for code in theme.split()
    )
    assert dict(zip(table["code"], table["count"], strict=True)) == dict(counts)
    assert list(table["count"]) == sorted(table["count"], reverse=True)
    order = list(edition.codebook["code"])
    for count in set(table["count"]):
        tied = list(table.loc[table["count"] == count, "code"])
        assert tied == sorted(tied, key=order.index)


def test_entries_stand_under_each_of_their_themes(edition):
    rows = edition.items[edition.items["list"] == "meaning"]
    under = stats.under_themes(rows, edition.codebook, "meaning_theme")
    table = stats.entries_by_theme(rows, edition.codebook, "meaning_theme")
    assert dict(under["group"].value_counts()) == dict(zip(table["label"], table["count"], strict=True))
    known = edition.codebook[edition.codebook["variable"] == "meaning_theme"]
    themes = list(under["theme"].drop_duplicates())
    assert themes == [code for code in known["code"] if code in themes]
    for theme, block in under.groupby("theme"):
        carry = [
            text for text, codes in zip(rows["text"], rows["theme"], strict=True) if theme in codes.split()
        ]
        assert list(block["text"]) == carry


PAIRS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), max_size=9)


@given(PAIRS)
def test_kappa_is_what_all_pairs_of_answers_give(pairs: list[tuple[str, str]]) -> None:
    """The oracle: chance is how often the coders agree when any answer of one is held against any other's."""
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    n = len(pairs)
    chance = sum(one == other for one in first for other in second)
    found = kappa(first, second)
    if chance == n * n:
        assert found is None
    else:
        observed = Fraction(sum(one == other for one, other in pairs), n)
        assert found == (observed - Fraction(chance, n * n)) / (1 - Fraction(chance, n * n))


def test_kappa_of_tables_whose_value_is_known() -> None:
    """By hand: 35 of 50 agree, 25 by chance, so 10 of 25; minus 1 where coders always say the opposite."""
    table = {("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15}
    first, second = zip(*(pair for pair, often in table.items() for _ in range(often)), strict=True)
    assert kappa(first, second) == kappa(second, first) == Fraction(2, 5)
    assert kappa(["yes", "no"], ["no", "yes"]) == -1
    with pytest.raises(ValueError, match="shorter"):
        kappa(["yes", "no"], ["no"])


def test_agreement_is_of_what_both_coded() -> None:
    def coded(item: str, coder: str, **answers: str) -> list[tuple[str, ...]]:
        return [
            ("1", item, who, code, coder, "rule") for who, codes in answers.items() for code in codes.split()
        ]

    rows = [
        *coded("meaning", "x", r1="a", r2="a b", r3="b", r4="b"),
        *coded("meaning", "y", r1="a", r2="b", r3="b", r5="a"),
        *coded("country", "x", r1="FR", r2="HR"),
        *coded("country", "y", r1="FR", r2="FR"),
        *coded("country", "z", r9="FR"),
    ]
    columns = ["wave", "item", "respondent", "value", "coder", "rule"]
    book = [("item", "meaning", "", "multiple"), ("item", "country", "", "single")]
    book += [("meaning", "a", "A", ""), ("meaning", "b", "B", ""), ("meaning", "c", "C", "")]
    codebook = pd.DataFrame(book, columns=["variable", "code", "label", "response"])
    found = agreement(pd.DataFrame(rows, columns=columns), codebook)
    assert [(one.item, one.label, one.coders, one.agreed, one.kappa) for one in found] == [
        ("meaning", "A", ("x", "y"), Share(2, 3), Fraction(2, 5)),
        ("meaning", "B", ("x", "y"), Share(3, 3), Fraction(1)),
        ("country", "all codes", ("x", "y"), Share(1, 2), Fraction(0)),
    ]
    assert agreement(pd.DataFrame([], columns=columns), codebook) == []
