"""The settings: addresses or nothing."""

from pathlib import Path

import pytest

from keepinpact.data import ROOT, DataError
from keepinpact.settings import Settings, load_settings


def written(root: Path, *lines: str) -> Path:
    (root / "pyproject.toml").write_text("\n".join(["[tool.keepinpact]", *lines]), encoding="utf-8")
    return root


def test_nothing_is_set_until_the_site_is_published(tmp_path: Path) -> None:
    assert load_settings(written(tmp_path)) == Settings()
    # A publisher fills them; a fault in them would be raised here.
    load_settings(ROOT)


def test_addresses_lose_their_last_slash(tmp_path: Path) -> None:
    root = written(
        tmp_path, 'site-address = "https://example.org/a/"', 'repository = "https://example.org/b/c"'
    )
    found = load_settings(root)
    assert (found.site_address, found.repository) == ("https://example.org/a", "https://example.org/b/c")


def test_faults_come_together(tmp_path: Path) -> None:
    root = written(tmp_path, 'site-address = "example"', "repository = 3", 'more = "x"')
    with pytest.raises(DataError) as caught:
        load_settings(root)
    assert {one.column for one in caught.value.faults} == {"site-address", "repository", "more"}
    assert "site-address 'example': is no web address" in str(caught.value)


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("publish-rows = 'yes'", "publish-rows"),
        ("publish-rows = 1", "publish-rows"),
        ("publish_rows = true", "publish_rows"),
        ("fewest-alike = 1", "fewest-alike"),
        ("known-by = 'country'", "known-by"),
    ],
)
def test_what_protects_people_is_set_in_one_way(tmp_path: Path, line: str, column: str) -> None:
    with pytest.raises(DataError) as caught:
        load_settings(written(tmp_path, line))
    assert [one.column for one in caught.value.faults] == [column]


@pytest.mark.parametrize(
    ("repository", "address"),
    [
        ("", ""),
        ("https://codeberg.org/a/b", "https://codeberg.org/a/b/issues/new?title=p%20%26%20q"),
        ("https://gitlab.com/a/b", "https://gitlab.com/a/b/-/issues/new?issue%5Btitle%5D=p%20%26%20q"),
    ],
)
def test_a_report_names_its_page(repository: str, address: str) -> None:
    assert Settings(repository=repository).report_error("p & q") == address


@pytest.mark.parametrize("contact", ["", "someone@example.org", "https://example.org/contact"])
def test_a_contact_is_a_mail_address_or_a_page(tmp_path: Path, contact: str) -> None:
    assert load_settings(written(tmp_path, f'contact = "{contact}"')).contact == contact


@pytest.mark.parametrize("contact", ["someone", "a b@example.org", "javascript:x@y", "http://example.org"])
def test_what_is_neither_is_no_contact(tmp_path: Path, contact: str) -> None:
    with pytest.raises(DataError, match="is no mail address and no web address"):
        load_settings(written(tmp_path, f'contact = "{contact}"'))
