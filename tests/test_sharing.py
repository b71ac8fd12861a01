"""What stands around a page: how it is shared, and who made it."""

from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from PIL import Image

from keepinpact.book.metadata import metadata
from keepinpact.book.sharing import CARD, card
from keepinpact.data import ROOT
from keepinpact.settings import Settings
from keepinpact.theme.page import read_pages


def shared(html: Path, tmp_path: Path, address: str) -> BeautifulSoup:
    settings = Settings.model_validate({"site-address": address})
    (page,) = read_pages(html, ["chapters/about.html"])
    metadata(tmp_path, ROOT, None, settings)(page)
    return BeautifulSoup(str(page), "html.parser")


def test_a_page_is_shared_with_a_picture_where_the_site_has_an_address(html: Path, tmp_path: Path) -> None:
    page = shared(html, tmp_path, "https://example.org/guidance")
    found = page.find("meta", property="og:image")["content"]
    assert found == f"https://example.org/guidance/v/dev/{CARD}"
    with Image.open(tmp_path / CARD) as picture:
        assert picture.size == (1200, 630)
        assert len(picture.convert("RGB").getcolors(maxcolors=1 << 20)) > 10, "it is not empty"


def test_without_an_address_there_is_no_picture(html: Path, tmp_path: Path) -> None:
    assert shared(html, tmp_path, "").find("meta", property="og:image") is None
    assert not (tmp_path / CARD).exists()


def test_the_picture_is_the_same_each_time_and_has_the_title() -> None:
    assert card("One: two") == card("One: two")
    assert card("One: two") != card("Three: two")


@pytest.mark.long
def test_the_footer_names_nobody_who_did_not_make_this(html: Path) -> None:
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    for path in sorted((html / "chapters").glob("*.html")):
        page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        said = " ".join(
            " ".join(footer.get_text().split()) for footer in page.select("footer.bd-footer-content")
        )
        assert said == f"By {config['author']} Show Source", path.name
