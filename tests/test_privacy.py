"""Nothing of the people who answered is published by accident."""

import subprocess
from types import SimpleNamespace

import pytest

from keepinpact.book.build import build_book
from keepinpact.book.notes import _publish_data
from keepinpact.data import KEPT, PUBLISHED, ROOT, DataError

EXPORT = "Timestamp,Username,Country\n2021-09-14 10:33:05,somebody@example.org,FR\n"
HIDDEN = ["data/responses/export.csv", "data/report/raw.txt", "data/old/answers.tsv", *KEPT]


def publish(root) -> set[str]:
    """What a build copies of ``data/``, whether or not the check was asked before."""
    out = root / "_out"
    _publish_data(SimpleNamespace(outdir=out, srcdir=root, builder=SimpleNamespace(format="html")), None)
    return {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}


def test_only_listed_files_are_published(tree):
    for name in HIDDEN:
        (tree / name).parent.mkdir(exist_ok=True)
        (tree / name).write_text(EXPORT, encoding="utf-8")
    found = publish(tree)
    there = {name for name in PUBLISHED if (tree / name).is_file()}
    assert found == there | {f"{name}.html" for name in there}
    assert len(there) > 10
    for path in (tree / "_out").rglob("*.*"):
        assert path.is_dir() or b"somebody@" not in path.read_bytes()


@pytest.mark.parametrize("tracked", [True, False])
def test_a_raw_export_stops_the_build(project, tracked):
    (project / HIDDEN[0]).write_text(EXPORT, encoding="utf-8")
    if tracked:
        for command in (["init", "--quiet"], ["add", HIDDEN[0]]):
            subprocess.run(["git", "-C", str(project), *command], check=True)
    with pytest.raises(DataError) as caught:
        build_book(project, progress=lambda _: None)
    found = [(one.file, one.row, one.column) for one in caught.value.faults]
    assert found == [(HIDDEN[0], 0, ""), (HIDDEN[0], 1, "Username"), (HIDDEN[0], 2, "line")]
    assert not (project / "_build/html").exists()


def test_the_built_book_has_the_listed_files_and_no_others(html):
    found = {path.relative_to(html).as_posix() for path in (html / "data").rglob("*") if path.is_file()}
    there = {name for name in PUBLISHED if (ROOT / name).is_file()}
    assert found == there | {f"{name}.html" for name in there}
