"""What is read from outside: pipes, files that are huge, cut off or in another encoding, unseen signs."""

import gzip
import json
import os
import shutil
import socket
import tarfile
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import openpyxl
import pandas as pd
import pyreadstat
import pytest
import yaml

import keepinpact.__main__ as command
from called import called
from keepinpact import files
from keepinpact.audit import audit
from keepinpact.data import (
    ROOT,
    DataError,
    check,
    load_items,
    load_package,
    load_statements,
    undescribed,
)
from keepinpact.data.edition import load_together
from keepinpact.data.new import read_table_of_percentages
from keepinpact.editions import archive as archives
from keepinpact.editions import copies
from keepinpact.editions.archive import ArchiveError, extract, unpack
from keepinpact.editions.copies import fetched, opened
from keepinpact.editions.versioned import SiteError
from keepinpact.faults import Fault
from keepinpact.imports.exports import read_export
from keepinpact.paper.parts import load_parts
from keepinpact.paths import CLAIMS, ITEMS, PACKAGE
from keepinpact.quotes import SourceError, read_source
from keepinpact.records import load_editions, load_reasons
from keepinpact.settings import load_citation, load_settings

DATA = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "data").rglob("*") if path.is_file())

DOORS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "statements": ("report.yml", lambda path: load_statements(Path(), path)),
    "table of percentages": ("table.csv", read_table_of_percentages),
    "export as CSV": ("export.csv", read_export),
    "export as Excel": ("export.xlsx", read_export),
    "export of SPSS": ("export.sav", read_export),
    "source": ("report.txt", read_source),
    "settings": ("pyproject.toml", lambda path: load_settings(path.parent)),
    "citation": ("CITATION.cff", lambda path: load_citation(path.parent)),
    "contents": ("_toc.yml", lambda path: load_parts(path.parent)),
    "editions": ("editions.json", lambda path: load_editions(path.parent)),
    "reasons": ("editions/why.csv", lambda path: load_reasons(path.parents[1], "1.0.0")),
    "archive": ("edition.tar.gz", lambda path: extract(path, path.parent / "out")),
    "archive of a site": ("keepinpact-1.0.0.tar.gz", lambda path: unpack(path, "1.0.0", path.parent / "out")),
    "copy": ("copy.zip", lambda path: opened(path, "1.0.0", path.parent / "out")),
}
"""Each way in for a file from outside: what the file is called, and what reads it."""
REFUSED = (DataError, SourceError, ArchiveError, SiteError)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_MOST_SECONDS", 0.2)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What takes longer fails."""
    before = time.monotonic()
    yield
    assert time.monotonic() - before < seconds


def one_line(error: BaseException) -> str:
    said = str(error)
    assert "Traceback" not in said
    return said


def faults_of(tree: Path) -> list[Fault]:
    """What the check says of data, those of the package's checksums too."""

    def sums(root: Path) -> None:
        if faults := undescribed(root):
            raise DataError(faults)

    with within(60), pytest.raises(DataError) as caught:
        load_together({"data": check, "package": load_package, "sums": sums}, tree)
    assert all(fault.rule for fault in caught.value.faults)
    return caught.value.faults


def named(faults: list[Fault]) -> set[str]:
    return {fault.file for fault in faults}


# Pipes


def piped(door: str, folder: Path) -> tuple[Path, Callable[[Path], object]]:
    """A pipe where a door reads, and what reads there."""
    name, read = DOORS[door]
    pipe = folder / name
    pipe.parent.mkdir(exist_ok=True)
    os.mkfifo(pipe)
    return pipe, read


@pytest.mark.long
@pytest.mark.parametrize("door", DOORS)
def test_a_pipe_into_which_nobody_writes_holds_nobody_up(door: str, tmp_path: Path, hasty: None) -> None:
    pipe, read = piped(door, tmp_path)
    with within(60), pytest.raises(REFUSED) as caught:
        read(pipe)
    assert pipe.name in one_line(caught.value)


@pytest.mark.long
@pytest.mark.parametrize("door", DOORS)
def test_a_pipe_that_never_ends_holds_nobody_up(door: str, tmp_path: Path, hasty: None) -> None:
    pipe, read = piped(door, tmp_path)
    over = threading.Event()

    def trickle() -> None:
        # Opened for both, so that it opens though nobody reads yet.
        end = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
        while not over.wait(0.02):
            os.write(end, b"a")
        os.close(end)

    writer = threading.Thread(target=trickle)
    writer.start()
    try:
        with within(60), pytest.raises(REFUSED) as caught:
            read(pipe)
    finally:
        over.set()
        writer.join()
    assert pipe.name in one_line(caught.value)


@pytest.mark.long
def test_pipes_among_the_data_hold_nobody_up(tree: Path, hasty: None) -> None:
    for name in DATA:
        (tree / name).unlink()
        os.mkfifo(tree / name)
    assert named(faults_of(tree)) == set(DATA)


def test_what_comes_through_a_pipe_in_time_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    text = (ROOT / "examples/lunch-survey.yml").read_text(encoding="utf-8")

    def write() -> None:
        with pipe.open("w", encoding="utf-8") as end:
            for start in range(0, len(text), 1000):
                end.write(text[start : start + 1000])
                end.flush()
                time.sleep(0.01)

    writer = threading.Thread(target=write)
    writer.start()
    found = load_statements(Path(), pipe)
    writer.join()
    assert found == load_statements(Path(), ROOT / "examples/lunch-survey.yml")


def test_an_export_of_spss_through_a_pipe(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": ["x", "y"], "b": [1.0, 2.0]})
    pyreadstat.write_sav(frame, str(tmp_path / "file.sav"))
    pipe = tmp_path / "pipe.sav"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes((tmp_path / "file.sav").read_bytes()))
    writer.start()
    found = read_export(pipe)
    writer.join()
    assert found.rows == read_export(tmp_path / "file.sav").rows


def test_a_site_that_trickles_or_never_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def answering(pause: float) -> int:
        server = socket.create_server(("127.0.0.1", 0))

        def answer() -> None:
            with server, server.accept()[0] as asked:
                asked.recv(65536)
                asked.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                try:
                    while True:
                        asked.sendall(b"a" * 1000)
                        time.sleep(pause)
                except OSError:
                    pass

        threading.Thread(target=answer, daemon=True).start()
        return server.getsockname()[1]

    monkeypatch.setattr(copies, "_MOST_SECONDS", 0.3)
    with within(60), pytest.raises(SiteError, match=r"did not all come within 0\.3 seconds"):
        fetched(f"http://127.0.0.1:{answering(0.05)}", "1.0.0", ["results.json"], tmp_path)
    monkeypatch.setattr(copies, "_MOST_BYTES", 3_000_000)
    monkeypatch.setattr(copies, "_MOST_SECONDS", 60)
    with within(60), pytest.raises(SiteError, match="more than 3 MB came"):
        fetched(f"http://127.0.0.1:{answering(0)}", "1.0.0", ["results.json"], tmp_path)


# Too large


@pytest.mark.long
@pytest.mark.parametrize("door", [door for door in DOORS if not door.startswith(("archive", "copy"))])
def test_a_file_of_a_hundred_gigabytes_is_refused_at_once(door: str, tmp_path: Path) -> None:
    name, read = DOORS[door]
    huge = tmp_path / name
    huge.parent.mkdir(exist_ok=True)
    with huge.open("wb") as file:
        # It takes no place on the disk.
        file.truncate(100_000_000_000)
    with within(60), pytest.raises(REFUSED, match=r"has no more than \d+ MB") as caught:
        read(huge)
    assert huge.name in one_line(caught.value)


def bomb(path: Path, size: int) -> None:
    """An archive that holds one file of noughts."""

    class Noughts:
        left = size

        def read(self, most: int) -> bytes:
            piece = min(most, self.left)
            self.left -= piece
            return bytes(piece)

    if path.suffix == ".zip":
        with (
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed,
            packed.open("1.0.0/results.json", "w", force_zip64=True) as file,
        ):
            file.write(bytes(size))
    else:
        entry = tarfile.TarInfo("1.0.0/results.json")
        entry.size = size
        with gzip.open(path, "wb", compresslevel=1) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
            tar.addfile(entry, Noughts())


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_an_archive_is_not_unpacked_beyond_its_limits(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "_MOST_BYTES", 1_000_000)
    bomb(tmp_path / name, 1_000_000)
    extract(tmp_path / name, tmp_path / "fits")
    bomb(tmp_path / name, 1_000_001)
    with pytest.raises(ArchiveError, match=f"{name} is not unpacked: it holds more than"):
        extract(tmp_path / name, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    monkeypatch.setattr(archives, "_MOST_FILES", 0)
    bomb(tmp_path / name, 1)
    with pytest.raises(ArchiveError, match="is not unpacked"):
        extract(tmp_path / name, tmp_path / "out")


@pytest.mark.parametrize("name", ["../out.txt", "/tmp/out.txt", "a/../../out.txt"])
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_an_archive_writes_nothing_outside_its_folder(kind: str, name: str, tmp_path: Path) -> None:
    path, folder = tmp_path / f"a.{kind}", tmp_path / "below/folder"
    folder.mkdir(parents=True)
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr(name, "x")
    else:
        with tarfile.open(path, "w") as packed:
            packed.addfile(tarfile.TarInfo(name))
    # Refused, or put into the folder under another name.
    with suppress(ArchiveError):
        extract(path, folder)
    outside = [one for one in tmp_path.rglob("out.txt") if folder not in one.parents]
    assert outside == []
    assert not Path("/tmp/out.txt").exists()


# Cut off


@pytest.mark.long
@pytest.mark.parametrize("left", [0.0, 0.3, 0.5, 0.999])
def test_data_files_that_are_cut_off_are_noticed(left: float, tree: Path) -> None:
    for name in DATA:
        whole = (tree / name).read_bytes()
        (tree / name).write_bytes(whole[: int(len(whole) * left)])
    (tree / PACKAGE).write_bytes((ROOT / PACKAGE).read_bytes())
    assert named(faults_of(tree)) | {PACKAGE} == set(DATA)
    shutil.copytree(ROOT / "data", tree / "data", dirs_exist_ok=True)
    whole = (tree / PACKAGE).read_bytes()
    (tree / PACKAGE).write_bytes(whole[: int(len(whole) * left)])
    assert named(faults_of(tree)) == {PACKAGE}


@pytest.mark.parametrize("kind", [".zip", ".tar.gz", ".xlsx", ".sav"])
def test_an_archive_or_an_export_that_is_cut_off_is_refused(kind: str, tmp_path: Path) -> None:
    whole, cut = tmp_path / f"whole{kind}", tmp_path / f"cut{kind}"
    if kind == ".xlsx":
        book = openpyxl.Workbook()
        for row in range(50):
            book.active.append([f"question {row}", row])
        book.save(whole)
    elif kind == ".sav":
        pyreadstat.write_sav(pd.DataFrame({"a": ["x" * 20] * 50}), str(whole))
    else:
        bomb(whole, 500_000)
    content = whole.read_bytes()

    def read(path: Path) -> None:
        if kind in (".xlsx", ".sav"):
            read_export(path)
        else:
            shutil.rmtree(tmp_path / "out", ignore_errors=True)
            extract(path, tmp_path / "out")

    read(whole)
    for tenths in range(10):
        cut.write_bytes(content[: len(content) * tenths // 10])
        with pytest.raises(REFUSED) as caught:
            read(cut)
        assert cut.name in one_line(caught.value)


# Other encodings


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_data_files_in_another_encoding_are_refused(encoding: str, tree: Path) -> None:
    for name in DATA:
        text = (tree / name).read_text(encoding="utf-8")
        (tree / name).write_bytes((text[:-2] + "é" + text[-2:]).encode(encoding, "replace"))
    faults = faults_of(tree)
    assert named(faults) == set(DATA)
    for name in DATA:
        rules = {fault.rule for fault in faults if fault.file == name}
        assert rules & {"the file is UTF-8", "the file holds no control characters"}, name


@pytest.mark.long
def test_a_mark_of_the_byte_order_is_no_fault_but_another_file(tree: Path) -> None:
    tables = {CLAIMS, ITEMS, "data/codebook.csv", "data/glossary.csv"}
    for name in tables:
        (tree / name).write_bytes(b"\xef\xbb\xbf" + (tree / name).read_bytes())
    assert check(tree).claims.equals(check().claims)
    assert named(undescribed(tree)) == tables


# What cannot be seen

UNSEEN = {
    "escape": "\x1b[31m",
    "C1 control": "\x9b31m",
    "nought": "\x00",
    "turned round": "\u202e",
    "isolate": "\u2066",
    "no width": "\u200b",
    "byte-order mark within": "\ufeff",
    "tag": "\U000e0041",
    "line separator": "\u2028",
    "joiner between letters": "a\u200db",
    "half a pair": "\ud800",
}


# UTF-8 itself has no half of a pair.
@pytest.mark.parametrize("what", [what for what in UNSEEN if what != "half a pair"])
def test_what_cannot_be_seen_is_refused_with_its_place(what: str, tree: Path) -> None:
    rows = {}
    for name in DATA:
        text = (tree / name).read_text(encoding="utf-8")
        middle = text.index("\n", len(text) // 2) - 1
        rows[name] = text.count("\n", 0, middle) + 1
        (tree / name).write_text(text[:middle] + UNSEEN[what] + text[middle:], encoding="utf-8")
    faults = faults_of(tree)
    found = {fault.file: fault.row for fault in faults if fault.column == "character"}
    assert found == rows
    said = str(DataError(faults))
    assert all(sign.isprintable() or sign == "\n" for sign in said)


@pytest.mark.parametrize("what", UNSEEN)
def test_what_cannot_be_seen_is_refused_where_it_is_escaped_too(what: str, tmp_path: Path) -> None:
    text = (ROOT / "examples/lunch-survey.yml").read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    content["title"] += UNSEEN[what]
    written = tmp_path / "report.yml"
    # JSON is YAML, and escapes whatever is not ASCII.
    written.write_text(json.dumps(content, indent=1), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        load_statements(Path(), written)
    said = str(caught.value)
    assert "report.yml:" in said
    assert all(c.isprintable() or c == "\n" for c in said)


def test_signs_of_other_scripts_are_no_fault(tmp_path: Path) -> None:
    text = (ROOT / "examples/lunch-survey.yml").read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    # A family, a flag with a joiner, Persian, Hindi, Hebrew, combining signs.
    content["title"] = "👩\u200d👧 🏳️\u200d🌈 می\u200cخواهم क्\u200dष שלום e\u0301 ½ “x” – 語"
    written = tmp_path / "report.yml"
    written.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    assert load_statements(Path(), written).title == content["title"]


@pytest.mark.parametrize("signs", [one for name, one in UNSEEN.items() if name != "half a pair"])
def test_a_fault_shows_what_cannot_be_seen_by_its_number(signs: str) -> None:
    said = str(Fault(f"a{signs}.csv", 3, "text", f"x{signs}y", "is text"))
    assert said.isprintable()
    assert signs not in said


@pytest.mark.long
def test_the_terminal_gets_no_controls_from_a_file_or_its_name(tmp_path: Path) -> None:
    named = tmp_path / "a\x1b[31mb.yml"
    named.write_text("title: x\n", encoding="utf-8")
    for arguments in (
        ["audit", "--statements", str(named)],
        ["audit", "--why", "\x1b[31m"],
        ["audit", "--repair", "\x1b[31m"],
        ["quotes", "--source", str(tmp_path / "\x1b[31m")],
        ["archive", "\x1b[31m"],
        ["diff", "\x1b[31m", "0.1.0"],
        ["verify", str(tmp_path / "\x1b[31m")],
    ):
        done = called(*arguments)
        assert done.returncode == 2, arguments
        assert "\x1b" not in done.stdout + done.stderr, arguments


def test_the_terminal_gets_no_controls_from_a_source(tmp_path: Path) -> None:
    source = tmp_path / "report.txt"
    source.write_text("A sentence \x1b[31m of 12 people \u202e.\n", encoding="utf-8")
    done = called("quotes", "--source", str(source))
    assert done.returncode == 1
    assert "A sentence <U+001B>[31m of 12 people <U+202E>." in done.stdout
    assert all(sign.isprintable() or sign == "\n" for sign in done.stdout + done.stderr)


def test_the_terminal_gets_no_controls_from_an_export_of_which_all_is_told(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "ROOT", tree)
    shutil.copy(ROOT / "pyproject.toml", tree)
    columns = [
        {"column": "country", "item": "country", "values": {"France": "FR", "Gaul": "gaul"}},
        {"column": "other", "item": "staff", "values": {"yes": "yes"}},
    ]
    mapping = tree / "data/responses/import-1.yml"
    mapping.write_text(yaml.safe_dump({"format": 1, "columns": columns}), encoding="utf-8")
    export = tmp_path / "b\x1b[31m.csv"
    text = "country,other,h\x1b[32m\nFrance,yes,1\nGaul,yes,1\n\x1b[33m\u202eFrance,yes,1\n"
    export.write_text(text, encoding="utf-8")
    done = called("import", str(export), "--wave", "1")
    assert done.returncode == 1
    # Its name, a heading and a text of it are all told, in signs that can be seen.
    for told in ("b<U+001B>[31m.csv", "h<U+001B>[32m", "<U+001B>[33m<U+202E>France", "country,gaul,Gaul"):
        assert told in done.stdout.replace("\\x1b", "<U+001B>").replace("\\u202e", "<U+202E>"), told
    assert all(sign.isprintable() or sign == "\n" for sign in done.stdout + done.stderr)


@pytest.mark.parametrize("name", ["data/datapackage.json", "editions.json"])
@pytest.mark.parametrize("signs", ["\x1b[31m", "\u202e", "\ud800"])
def test_json_cannot_escape_what_cannot_be_seen(name: str, signs: str, tree: Path) -> None:
    content = json.loads((ROOT / name).read_text(encoding="utf-8"))
    holder = content[0] if isinstance(content, list) else content
    holder["changed" if isinstance(content, list) else "title"] += signs
    (tree / name).write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(DataError, match=r"nothing that cannot be seen|no control characters"):
        load_package(tree) if name.startswith("data/") else load_editions(tree)


# Many rows, many statements


@pytest.mark.long
def test_a_table_full_of_faults_is_given_up_in_time(tree: Path) -> None:
    with (tree / ITEMS).open("a", encoding="utf-8") as file:
        file.writelines(f"TASKS x{number},nowhere,none,9,,,,\n" for number in range(300_000))
    with within(60), pytest.raises(DataError) as caught:
        load_items(tree)
    # Each kind of fault is listed, with as many of it as can be read, and all are counted.
    kinds = ["id", "wave", "text", "section", "list"]
    assert Counter(one.column for one in caught.value.faults) == dict.fromkeys(kinds, 101)
    assert {one.column: one.more for one in caught.value.faults if one.more} == dict.fromkeys(kinds, 299_900)
    first, *_, last = str(caught.value).splitlines()
    assert first.startswith("1500000 faults in the data")
    assert last.endswith(": 299900 more with the same fault are not listed: is a list of the codebook")


@pytest.mark.long
def test_three_thousand_statements_stay_within_their_limit(tmp_path: Path) -> None:
    shares = [
        {
            "id": f"p{number}",
            "section": "a",
            "quote": f"{number % 101}%",
            "says": "a share",
            "holds": [{"share": {"of": f"x{number}", "base": "all", "is": f"{number % 101}%"}}],
        }
        for number in range(2_999)
    ]
    said = {
        "id": "n",
        "section": "a",
        "quote": "1000",
        "says": "all",
        "holds": [{"count": {"of": "all", "is": 1000}}],
    }
    content = {
        "format": 1,
        "title": "A long report",
        "sections": [{"id": "a", "title": "A"}],
        "quantities": [
            {"id": "all", "says": "all"},
            *({"id": f"x{number}", "says": "some", "within": "all"} for number in range(2_999)),
        ],
        "statements": [said, *shares],
    }
    path = tmp_path / "report.yml"
    path.write_text(json.dumps(content), encoding="utf-8")
    report = load_statements(Path(), path)
    # The guard is against an audit that does not end; it takes minutes without a limit.
    with within(100):
        found = audit(report, {}, seconds=2)
    assert len(found.verdicts) == 3_000
    assert found.unfinished
    with within(100):
        done = called("audit", "--statements", str(path), "--time-limit", "0.001")
    assert done.returncode == 3
    assert "not known" in (done.stdout + done.stderr).lower()
