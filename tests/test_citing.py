"""Figures, numbers and statements can be cited: the report, its pages, the edition, the caveat."""

import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from keepinpact.book import citing as module
from keepinpact.book.citing import Citing, citing, number_cited
from keepinpact.data import ROOT, cite
from keepinpact.paths import EDITION
from small import edit, small_book

CITED = Citing("Someone (2022): A report", "We (2026): An edition.", ("Someone 2022", "edition 1"), "")
QUOTE = {"quote": "61% have staff", "section": "job-profile", "verdict": "consistent"}
SHARE = {"percentage": "61%", "layer": "printed", "statements": ["staff"]}
FITS = {"layer": "implied", "candidates": [{"count": 11, "base": 18}, {"count": 19, "base": 31}]}


@pytest.mark.parametrize(
    ("receipt", "verdict", "expected"),
    [
        ({}, "consistent", "“61% have staff” (base not printed)"),
        (
            FITS,
            "consistent",
            "61 %, about “61% have staff” (base not printed; 11 of 18 or 19 of 31; "
            "worked out from what the report prints)",
        ),
        (
            {},
            "contradicted",
            "“61% have staff” "
            "(base not printed; it cannot hold together with other statements of the report)",
        ),
        (
            {"layer": "reconstructed"},
            "consistent",
            "61 %, about “61% have staff” "
            "(base not printed; counted in a reconstruction, which is nobody’s answers)",
        ),
    ],
)
def test_a_number_is_cited_with_its_caveat(receipt: dict, verdict: str, expected: str) -> None:
    statements = [QUOTE | {"verdict": verdict}]
    assert number_cited(SHARE | receipt, "61 %", statements) == (expected, "job-profile")


def test_what_was_recounted_otherwise_clashes_with_no_other_statement() -> None:
    told, _ = number_cited(SHARE, "61 %", [QUOTE | {"verdict": "contradicted", "recount": "otherwise"}])
    assert told == "“61% have staff” (base not printed; it was recounted otherwise)"


def test_a_number_that_no_statement_prints_says_what_it_counts() -> None:
    receipt = {"layer": "printed", "statements": [], "measure": "entries", "section": "tools"}
    counted = (
        "12 entries (lines of what is printed, counted by the edition; no count of respondents)",
        "tools",
    )
    assert number_cited(receipt, "12", []) == counted
    assert number_cited({"layer": "responses", "statements": []}, "9", [])[0] == (
        "9 (counted in the released responses)"
    )


def test_an_address_is_named_where_there_is_one() -> None:
    full = CITED.full("“61 %”", "section “Staff”, p. 3", "a.html#b")
    assert full == (
        "“61 %”. Someone (2022): A report, section “Staff”, p. 3. As given in: We (2026): An edition."
    )
    published = Citing(CITED.report, CITED.edition, CITED.short, "https://example.org/v/1.0.0/")
    assert published.full("“61 %”", "", "a.html#b").endswith("edition. https://example.org/v/1.0.0/a.html#b")
    assert CITED.line("p. 3") == "Source: Someone 2022, p. 3; edition 1"


def test_the_edition_that_is_built_is_the_one_that_is_cited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = small_book(tmp_path / "book")
    monkeypatch.delenv("KEEPINPACT_EDITION", raising=False)
    copy = citing(root, tmp_path)
    assert "working copy" in copy.edition
    assert copy.address == ""
    edit(root / "pyproject.toml", 'site-address = ""', 'site-address = "https://example.org"')
    assert citing(root, tmp_path).address == "https://example.org/v/dev/"
    edition = {"version": "9.1.0", "date": "2031-01-02", "revision": "0" * 40, "changed": "x"}
    monkeypatch.setenv("KEEPINPACT_EDITION", json.dumps(edition))
    released = citing(root, tmp_path)
    assert "(2031)" in released.edition
    assert released.short[1].endswith("edition 9.1.0")
    assert released.address == "https://example.org/v/9.1.0/"
    # Kept, so that the loaders are not imported again.
    monkeypatch.setattr(module, "_citing", None)
    assert citing(root, tmp_path) == released


def test_the_variable_that_names_the_edition_is_written_in_one_place() -> None:
    package = Path(module.__file__).parents[1]
    named = [path for path in package.rglob("*.py") if f'"{EDITION}"' in path.read_text(encoding="utf-8")]
    assert [path.name for path in named] == ["paths.py"]


@pytest.mark.long
def test_every_note_and_every_entry_of_the_ledger_can_be_cited(html: Path, edition) -> None:
    seen = 0
    for path in sorted((html / "chapters").glob("*.html")):
        page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for note in page.select("details.receipts > ol > li"):
            (text,) = (one.get_text() for one in note.select(".cite p"))
            assert "Lifelong Learning Platform (2022)" in text
            assert "working copy" in text
            seen += 1
    assert seen > 60
    ledger = json.loads((html / "statements.json").read_text(encoding="utf-8"))
    page = BeautifulSoup((html / "chapters/ledger.html").read_text(encoding="utf-8"), "html.parser")
    for one in [*ledger["statements"], *ledger["claims"]]:
        (text,) = (found.get_text() for found in page.find(id=f"ledger-{one['id']}").select(".cite p"))
        assert text.startswith(f"“{one['quote']}” (verdict of the edition: {one['verdict']}")
        assert cite(edition.report, one["section"]) in text
    assert (ROOT / "CITATION.cff").is_file()
