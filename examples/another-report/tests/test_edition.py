"""What has to be true of this edition: valid data, and quotations that stand in the report."""

from pathlib import Path

import pytest

from keepinpact.data import check, undescribed
from keepinpact.quotes import quotations, report

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.check


def test_the_data_are_valid_and_as_described() -> None:
    assert check(ROOT).report.statements
    assert undescribed(ROOT) == []


def test_every_quotation_is_in_the_report_and_every_sentence_is_covered() -> None:
    quotes, headings = quotations(ROOT)
    assert quotes
    assert report(ROOT / "report.txt", quotes, headings) == ([], [])
