"""Which files lie in ``data/``, which of them the site publishes, and what no file of answers may hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from keepinpact.data.rows import ROWS
from keepinpact.faults import DataError, Fault
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
_MOST_BYTES = 100_000_000
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


def check_files(root: Path = ROOT) -> None:
    """DataError with every file in ``data/`` that the edition does not know, and whatever tells who answered.

    Of the files of answers, known or not, the faults are the lines that hold what looks like an e-mail
    address, a telephone number or a network address, and columns called like what tells who somebody is.
    The values themselves are not repeated.
    """
    inside = sorted(path for path in (root / "data").rglob("*") if path.is_symlink() or not path.is_dir())
    names = {path: path.relative_to(root).as_posix() for path in inside}
    known = {*PUBLISHED, *KEPT}
    faults = [Fault(name, 0, "", "", _UNKNOWN) for name in names.values() if name not in known]
    for path, name in names.items():
        if path.is_file() and (root / _ANSWERS) in path.parents:
            faults += _personal(path, name)
    if faults:
        raise DataError(faults)


def _personal(path: Path, name: str) -> Iterator[Fault]:
    """What in a file of answers tells who somebody is; nothing of a file that is no text."""
    with path.open("rb") as file:
        raw = file.read(_MOST_BYTES)
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\0" in raw and not wide:
        return
    text = raw.decode("utf-16" if wide else "utf-8-sig", errors="replace")
    if path.suffix.lower() in _TABLES:
        for heading in re.split(r"[,;\t|]", text.partition("\n")[0]):
            column = heading.strip(" \"'\r")
            if _PERSONAL.search(re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", column).casefold()):
                yield Fault(name, 1, column, None, "no column is called like what tells who somebody is")
    plain = _DATE.sub(lambda found: " " * len(found[0]), text)
    for pattern, what in (
        (_E_MAIL, "an e-mail address"),
        (_TELEPHONE, "a telephone number"),
        (_NETWORK, "a network address"),
    ):
        lines = {plain.count("\n", 0, found.start()) + 1 for found in pattern.finditer(plain)}
        for line in sorted(lines):
            yield Fault(name, line, "line", None, f"holds nothing that looks like {what}")
