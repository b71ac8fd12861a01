"""Which files lie in ``data/``, which of them the site publishes, and what no file of answers may hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from keepinpact.data.rows import ROWS
from keepinpact.faults import DataError, Fault, Faults
from keepinpact.paths import CODINGS, PACKAGE, RELEASED, ROOT, STATEMENTS

PUBLISHED = (
    *(name for name in ROWS if name not in (RELEASED.as_posix(), CODINGS.as_posix())),
    STATEMENTS,
    "data/report/repair.yml",
    PACKAGE,
)
"""The files that the site publishes, where they exist; it publishes no other of ``data/``."""

ROW_BY_ROW = (RELEASED.as_posix(), CODINGS.as_posix())
"""What holds a row for each answer of a respondent; published only where a setting says so."""

KEPT = (*ROW_BY_ROW, "data/responses/import-1.yml", "data/responses/import-2.yml")
"""Files that may lie in ``data/`` and are not published without a setting."""

_UNKNOWN = (
    "is a file that the edition knows, and nothing else lies in data/: keep an export outside the project; "
    "a file that belongs to the edition is named in src/keepinpact/data/files.py"
)
_ANSWERS = Path("data/responses")
_BLOCK = 1 << 22
_MOST_KNOWN = 2_000_000
_TABLES = {".csv", ".tsv", ".tab", ".txt"}

_PERSONAL = re.compile(
    r"\b(?:(?:sur|user|fore)?names?|noms?|pr[ée]noms?|e-?mails?|mails?|courriels?|(?:tele)?phones?|"
    r"t[ée]l[ée]phones?|t[ée]l|mobile|ip|ip ?addr(?:ess)?|address|adresse|birth(?:day|date)?|naissance)\b"
)
_E_MAIL = re.compile(r"[^\s@,;\"'<>()]{1,64}@[^\s@,;\"'<>()]{1,200}\.[^\W\d_]{2,}")
_DATE = re.compile(
    r"(?<!\d)(?<!\d[./-])(?:\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})|\d{4}[./-]\d{1,2}[./-]\d{1,2})(?![./-]?\d)"
)
# With the country's code, or with the nought that stands before an area's.
_TELEPHONE = re.compile(
    r"(?<![\w.])(?:(?:\+|00)[1-9]\d{0,2}(?:[ ./()-]{0,3}\d){7,12}"
    r"|\(?0[1-9]\d{0,3}\)?(?=(?:[ ./-]{0,2}\d){6,10}(?!\d))(?:[ ./-]{0,2}\d{2,}){2,6})(?!\w)"
)
_BYTE = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_NETWORK = re.compile(rf"(?<![\w.])(?:{_BYTE}\.){{3}}{_BYTE}(?![\w.])")
_BEGINS = bytes(
    ord(one) if one in "@+.(0" else ord("w") if one.isalnum() or one == "_" else ord(" ")
    for one in map(chr, range(256))
)
"""A letter for each letter and figure, and a blank for whatever is neither; some characters as they are."""
_PEOPLE = {"an e-mail address": _E_MAIL, "a telephone number": _TELEPHONE, "a network address": _NETWORK}


def check_files(root: Path = ROOT) -> None:
    """DataError with every file in ``data/`` that the edition does not know, and whatever tells who answered.

    Of the files of answers, known or not, the faults are the lines that hold what looks like an e-mail
    address, a telephone number or a network address, and columns called like what tells who somebody is.
    The values themselves are not repeated.
    """
    inside = sorted(path for path in (root / "data").rglob("*") if path.is_symlink() or not path.is_dir())
    names = {path: path.relative_to(root).as_posix() for path in inside}
    known = {*PUBLISHED, *KEPT}
    faults = Faults(Fault(name, 0, "", "", _UNKNOWN) for name in names.values() if name not in known)
    for path, name in names.items():
        if path.is_file() and (root / _ANSWERS) in path.parents:
            faults.add(_personal(path, name))
    if faults:
        raise DataError(faults)


def _personal(path: Path, name: str) -> Iterator[Fault]:
    """What in a file of answers tells who somebody is; nothing of a file that is no text.

    The file is read in blocks of lines, and a text between commas is looked at once: nothing that is
    looked for holds a comma or a line's end.
    """
    with path.open("rb") as binary:
        begins = binary.read(_BLOCK)
    wide = begins.startswith((b"\xff\xfe", b"\xfe\xff"))
    known: set[str] = set()
    found: dict[str, list[int]] = {what: [] for what in _PEOPLE}
    first = 1
    encoding = "utf-16" if wide else "utf-8-sig"
    with path.open(encoding=encoding, errors="replace", newline="\n") as file:
        while text := file.read(_BLOCK) + file.readline(_BLOCK):
            if "\0" in text and not wide:
                return
            if first == 1 and path.suffix.lower() in _TABLES:
                yield from _headings(text.partition("\n")[0], name)
            cells = set(text.replace("\n", ",").split(",")) - known if _may_tell(text) else set()
            if any(_who("\n".join(cells))):
                for what, lines in _who(text):
                    found[what] += [first + line for line in lines]
            elif len(known) < _MOST_KNOWN:
                known |= cells
            first += text.count("\n")
    for what, lines in found.items():
        rule = f"holds nothing that looks like {what}"
        yield from (Fault(name, line, "line", None, rule) for line in lines)


def _may_tell(text: str) -> bool:
    """Whether a text has a character, or a word that begins with a nought, without which nothing tells.

    That is asked much faster than whether something does.
    """
    if not text.isascii():
        return True
    begins = b" " + text.encode().translate(_BEGINS)
    return any(mark in begins for mark in (b"@", b"+", b".", b" 0", b"(0"))


def _headings(line: str, name: str) -> Iterator[Fault]:
    """The columns that are called like what tells who somebody is."""
    for heading in re.split(r"[,;\t|]", line):
        column = heading.strip(" \"'\r")
        if _PERSONAL.search(re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", column).casefold()):
            yield Fault(name, 1, column, None, "no column is called like what tells who somebody is")


def _who(text: str) -> Iterator[tuple[str, list[int]]]:
    """What in a text looks like telling who somebody is, and in which lines, counted from nought."""
    plain = _DATE.sub(lambda date: " " * len(date[0]), text)
    for what, pattern in _PEOPLE.items():
        lines, line, seen = dict[int, None](), 0, 0
        for found in pattern.finditer(plain):
            line += plain.count("\n", seen, found.start())
            seen = found.start()
            lines[line] = None
        if lines:
            yield what, [*lines]
