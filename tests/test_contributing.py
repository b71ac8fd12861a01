"""The worked example in CONTRIBUTING.md works, in a chapter alone."""

import csv
import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

from keepinpact.book.build import build_book
from keepinpact.data import ROOT


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = tmp_path_factory.mktemp("project")
    for name in ("data", "src", "_static", "examples"):
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("_config.yml", "pyproject.toml", "requirements.txt", "CITATION.cff"):
        shutil.copy(ROOT / name, project)
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^````markdown\n(.*?)^````$", text, re.MULTILINE | re.DOTALL)
    head = (ROOT / "chapters/tools.md").read_text(encoding="utf-8").partition("\n# ")[0]
    (project / "chapters").mkdir()
    (project / "chapters/lists.md").write_text(f"{head}\n# The lists\n\n{example}", encoding="utf-8")
    toc = {"format": "jb-book", "root": "chapters/lists"}
    (project / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    build_book(project)
    return project / "_build/html"


@pytest.mark.long
def test_the_worked_example_counts_right_with_receipts_and_downloads(built: Path) -> None:
    with (ROOT / "data/report/items.csv").open(encoding="utf-8", newline="") as file:
        counted = Counter(row["section"] for row in csv.DictReader(file))
    results = json.loads((built / "results.json").read_text(encoding="utf-8"))
    assert sorted(one["value"] for one in results["results"]) == sorted(counted.values())
    assert {one["layer"] for one in results["results"]} == {"printed"}
    assert all(one["source"] for one in results["results"])
    with (built / "figures/lists-entries.csv").open(encoding="utf-8", newline="") as file:
        assert [int(row["Entries"]) for row in csv.DictReader(file)] == list(counted.values())
    assert (built / "figures/lists-entries.svg").is_file()
    page = BeautifulSoup((built / "chapters/lists.html").read_text(encoding="utf-8"), "html.parser")
    assert [int(cell.get_text()) for cell in page.select("table td:last-child")] == list(counted.values())
    assert "than any other section" in page.select_one("figure").get_text()
    assert page.select(".receipts li")
