"""The command line: ``python -m keepinpact COMMAND``."""

from __future__ import annotations

import argparse
import csv
import errno
import io
import os
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from keepinpact.faults import MOST_LISTED, DataError, visible
from keepinpact.files import read_toml
from keepinpact.numbers import ROUNDINGS
from keepinpact.paths import ROOT

_EXAMPLES = """\
examples:
  python -m keepinpact check                       validate every file in data/
  python -m keepinpact audit                       can the report's printed numbers all be true?
  python -m keepinpact audit --statements examples/lunch-survey.yml --json
  python -m keepinpact audit --new my-report.yml   write a statements file to fill in
  python -m keepinpact audit --statements table.csv
  python -m keepinpact audit --why answers.survey1=27
  python -m keepinpact reconstruct                 write data/responses/ from the statements
  python -m keepinpact import export.csv --wave 1 --draft   begin the mapping of a survey tool's export
  python -m keepinpact import export.csv --wave 1           show what it says; release it if all is settled
  python -m keepinpact quotes --source report.pdf  hold every quotation against the report's text
  python -m keepinpact book                        build what has changed into _build/html/
  python -m keepinpact paper                       the same, and the PDFs
  python -m keepinpact watch                       the same after each edit, on 127.0.0.1
  python -m keepinpact site --fresh                build every edition anew into _site/
  python -m keepinpact site --archives DIR         the same, with the editions that have an archive there
  python -m keepinpact archive 0.7.0               put an edition into one file
  python -m keepinpact verify edition.tar.gz       make the newest edition again and compare
  python -m keepinpact diff 0.1.0 0.2.0            what changed between two editions
  python -m keepinpact release 0.3.0               record this revision as an edition
  python -m keepinpact withdraw 0.3.0              put a notice in an edition's place
  python -m keepinpact start ../another            start an edition of another report there
"""


_SURROUNDINGS = {
    getattr(errno, name) for name in ("EACCES", "EDQUOT", "EFBIG", "EIO", "ENOSPC", "EPERM", "EROFS")
}
"""What no program can help: a full disk, a folder that may not be written to."""
_RULES = [name.replace(" ", "-") for name in ROUNDINGS]


def _version() -> str:
    settings = read_toml(ROOT / "pyproject.toml", "pyproject.toml")
    return str(settings["project"]["version"])


def _show(text: object, to: TextIO | None = None) -> None:
    """Print text that comes from a file or names one, so that nothing in it acts on the terminal."""
    print("\n".join(map(visible, str(text).split("\n"))), file=to)


def _say(text: object) -> None:
    """Say what is wrong."""
    _show(text, sys.stderr)


def _check(_: argparse.Namespace) -> int:
    from keepinpact import privacy
    from keepinpact.data import check, undescribed

    edition = check()
    if faults := undescribed():
        raise DataError(faults)
    print(
        f"data/ is valid: {len(edition.report.statements)} statements, {len(edition.claims)} claims, "
        f"{len(edition.items)} item entries, {len(edition.charts)} charts, "
        f"{len(edition.responses.table)} rows of responses ({edition.responses.layer})"
    )
    if found := privacy.check(responses=edition.responses):
        print(found)
    return 0


def _audit(arguments: argparse.Namespace) -> int:
    # Solvers take a while to load, and a long file to be read; all of it is somebody's waiting.
    started = time.monotonic()

    from keepinpact.audit import Contradiction, Unfinished, UnknownName, UnknownRepair, audit, explain
    from keepinpact.console import Terminal, show, show_why
    from keepinpact.data import (
        STATEMENTS,
        entry_counts,
        load_items,
        load_repair,
        load_responses,
        load_statements,
        write_template,
    )
    from keepinpact.stats import facts

    if arguments.new is not None:
        write_template(arguments.new)
        print(f"wrote {arguments.new}: fill it in, then run audit --statements {arguments.new}")
        return 0

    file: Path | None = arguments.statements
    if file is None or file.resolve() == ROOT / STATEMENTS:
        report, repair = load_statements(), load_repair()
        entries, counts = entry_counts(load_items()), facts(load_responses(), report)
    else:
        report, repair = load_statements(Path(), file), None
        entries, counts = report.lists, {}
    seconds = arguments.time_limit and max(0.0, started + arguments.time_limit - time.monotonic())
    with Terminal(stderr=True).status(f"auditing {len(report.statements)} statements"):
        try:
            if arguments.why is not None:
                explained = explain(
                    report,
                    entries,
                    arguments.why,
                    repair=repair,
                    chosen=arguments.repair,
                    rounding=arguments.rounding,
                    facts=counts,
                    seconds=seconds,
                )
            else:
                found = audit(
                    report,
                    entries,
                    repair=repair,
                    chosen=arguments.repair,
                    rounding=arguments.rounding,
                    facts=counts,
                    seconds=seconds,
                )
        except Unfinished as error:
            _say(f"not known: {error} before the answer was certain")
            return 3
        except UnknownName:
            _say(
                f"“{arguments.why}” is no quantity of these statements, no quantity=count, no statement and "
                "no conflict that the audit finds"
            )
            return 2
        except UnknownRepair:
            _say(f"“{arguments.repair}” is no repair that the audit finds")
            return 2
        except Contradiction as error:
            _say(f"{file or STATEMENTS}: {error}")
            return 2
    if arguments.why is not None:
        if arguments.json:
            print(explained.model_dump_json(indent=1))
        else:
            show_why(explained, report, arguments.rounding or "nearest", Terminal())
        return 3 if explained.not_known else 0
    if arguments.json:
        print(found.model_dump_json(indent=1))
    else:
        show(found, report, Terminal())
    return {True: 0, False: 1, None: 3}[found.can_be_true]


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return seconds


def _rule(text: str) -> str:
    name = text.replace("-", " ")
    if name not in ROUNDINGS:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(_RULES)}")
    return name


def _reconstruct(_: argparse.Namespace) -> int:
    from keepinpact.audit import Contradiction
    from keepinpact.reconstruct import write

    try:
        for path in write():
            print(f"wrote {path.relative_to(ROOT)}")
    except Contradiction as error:
        _say(f"data/report/repair.yml mends too little: {error}")
        return 1
    return 0


def _import(arguments: argparse.Namespace) -> int:
    from keepinpact.imports import read, write, write_draft

    if arguments.draft:
        path = write_draft(ROOT, arguments.files, arguments.wave)
        print(f"wrote {path.relative_to(ROOT)}: settle every line in it, then run import without --draft")
        return 0
    found = read(ROOT, arguments.files, arguments.wave)
    _show("\n".join(found.said))
    if not found.problems:
        print("\n".join(f"wrote {line}" for line in write(ROOT, found, arguments.wave)))
        print("next: python -m keepinpact check")
        return 0
    for title, faults in found.problems.items():
        left = len(faults) - MOST_LISTED
        more = [f"  and {left} more"] if left > 0 else []
        print(f"\n{title}", *(f"  {fault}" for fault in faults[:MOST_LISTED]), *more, sep="\n")
    if found.lacking:
        print("\nrows for data/codebook.csv, if these codes are meant:")
        rows = io.StringIO(newline="")
        csv.writer(rows, lineterminator="\n").writerows(found.lacking)
        _show(rows.getvalue().removesuffix("\n"))
    _say("\nnothing was written: not everything is settled")
    return 1


def _quotes(arguments: argparse.Namespace) -> int:
    from keepinpact.quotes import SourceError, quotations, report

    quotes, headings = quotations(ROOT)
    try:
        missing, uncovered = report(arguments.source, quotes, headings)
    except SourceError as error:
        _say(error)
        return 2
    for quote in missing:
        _show(f"not in the source: {quote.file}: {quote.id}: {quote.text}")
    for sentence in uncovered:
        _show(f"covered by nothing: {sentence}")
    print(f"{len(quotes)} quotations and entries: {len(missing)} not found, {len(uncovered)} gaps")
    return 1 if missing or uncovered else 0


def _book(arguments: argparse.Namespace) -> int:
    from keepinpact.book.build import BuildError, build_book

    try:
        build_book(ROOT, fresh=arguments.fresh)
    except BuildError as error:
        _say(error)
        return 1
    print(f"open {ROOT / '_build/html/index.html'}")
    return 0


def _paper(_: argparse.Namespace) -> int:
    from keepinpact.book.build import BuildError, build_paper

    try:
        paper = build_paper(ROOT)
    except BuildError as error:
        _say(error)
        return 1
    print(f"open {paper}" if paper else "typst is not installed: no PDF is made")
    return 0


def _watch(arguments: argparse.Namespace) -> int:
    from keepinpact.book.watch import watch

    return watch(ROOT, arguments.port)


def _reference(_: argparse.Namespace) -> int:
    from keepinpact.book.execute import ExecutionError
    from keepinpact.book.reference import FOLDER, write_references

    try:
        written = write_references(ROOT)
    except ExecutionError as error:
        _say(error)
        return 1
    print(f"wrote {len(written)} notebooks into {FOLDER}/")
    return 0


def _site(arguments: argparse.Namespace) -> int:
    from keepinpact.book.build import BuildError
    from keepinpact.editions.archive import ArchiveError
    from keepinpact.editions.versioned import SiteError, build_site

    try:
        site = build_site(ROOT, fresh=arguments.fresh, archives=arguments.archives)
    except (SiteError, BuildError, ArchiveError) as error:
        _say(f"{error}\nthe old _site/, if there was one, is untouched")
        return 1
    print(f"open {site / 'index.html'}")
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    from keepinpact.book.build import BuildError
    from keepinpact.editions.verify import CERTIFICATE, verify
    from keepinpact.editions.versioned import SiteError

    try:
        certificate = verify(ROOT, arguments.copy, arguments.site, arguments.into)
    except (SiteError, BuildError, FileExistsError) as error:
        _say(error)
        return 2
    for one in certificate.checks:
        _show(f"{one.result}: {one.what}" + (f" ({one.said})" if one.said else ""))
        for difference in one.differences:
            _show(f"  {difference}")
    print(f"{certificate.result} The certificate is in {arguments.into or ROOT / CERTIFICATE}")
    return 0 if certificate.reproduced else 1


def _archive(arguments: argparse.Namespace) -> int:
    from keepinpact.editions.archive import pack

    edition = ROOT / "_site/v" / arguments.version
    if not edition.is_dir():
        _say(f"there is no {edition.relative_to(ROOT)}: make site")
        return 2
    print(f"wrote {pack(edition, arguments.version, arguments.to)}")
    return 0


def _finish(arguments: argparse.Namespace) -> int:
    from keepinpact.editions.finish import finish
    from keepinpact.records import edition_built

    finish(arguments.tree, arguments.target, edition_built())
    return 0


def _diff(arguments: argparse.Namespace) -> int:
    from keepinpact.records import changes, explained, load_editions, load_reasons, load_record

    for one in load_editions(ROOT):
        if one.withdrawn and one.version in (arguments.old, arguments.new):
            _say(f"edition {one.version} was withdrawn on {one.withdrawn.date}")
            return 2
    old, new = (load_record(ROOT, version) for version in (arguments.old, arguments.new))
    found = explained(changes(old, new), load_reasons(ROOT, new.version))
    for change in found:
        _show(change)
    print(f"{len(found)} differences from {old.version} to {new.version}")
    return 0


def _withdraw(arguments: argparse.Namespace) -> int:
    from keepinpact.editions.release import ReleaseError
    from keepinpact.editions.withdraw import WHY, withdraw

    try:
        withdraw(ROOT, arguments.version, why=arguments.why or WHY)
    except ReleaseError as error:
        _say(f"nothing was withdrawn: {error}")
        return 1
    return 0


def _release(arguments: argparse.Namespace) -> int:
    from keepinpact.book.build import BuildError
    from keepinpact.editions.release import ReleaseError, release

    try:
        release(ROOT, arguments.version)
    except (ReleaseError, BuildError) as error:
        _say(f"nothing was released: {error}")
        return 1
    return 0


def _start(arguments: argparse.Namespace) -> int:
    from keepinpact.start import start

    written = start(arguments.folder)
    print(
        f"wrote {len(written)} files into {arguments.folder}\n"
        f"next: cd {shlex.quote(str(arguments.folder))}; git init; git add .; make reconstruct; make book\n"
        "README.md there says what to replace by your report"
    )
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0 well, 1 findings, 2 unusable input, 3 not finished."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that knows few characters is shown the numbers of the others.
            stream.reconfigure(errors="backslashreplace")
    try:
        status = _run(arguments)
        if sys.stdout is not None:  # It is None where it is closed.
            sys.stdout.flush()
    except DataError as error:
        _say(error)
    except BrokenPipeError:
        # Whoever reads has read enough; Python itself would write once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        if error.errno not in _SURROUNDINGS:
            raise
        _say(f"{error.filename or 'a file'} cannot be used: {error.strerror}")
    else:
        return status
    return 2


def _run(arguments: Sequence[str] | None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m keepinpact",
        description="The reproducible edition of a survey report.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, about in (
        ("check", _check, "validate every file in data/"),
        ("audit", _audit, "work out whether a report's printed numbers can all be true"),
        ("reconstruct", _reconstruct, "write data/responses/ from the statements"),
        ("import", _import, "turn what a survey tool exports into released responses"),
        ("quotes", _quotes, "hold every quotation and entry against the report's text"),
        ("book", _book, "build what has changed of the working copy into _build/html/"),
        ("paper", _paper, "build the working copy and its PDF"),
        ("watch", _watch, "serve the working copy and build it again after each edit"),
        ("reference", _reference, "rewrite the notebooks that nbval compares with"),
        ("site", _site, "build every edition and the working copy into _site/"),
        ("archive", _archive, "put a published edition into one file, with its checksum"),
        ("finish", _finish, "finish a built book as an edition; what site has each edition's own code do"),
        ("verify", _verify, "make the newest edition again, compare it, and write a certificate"),
        ("diff", _diff, "print what changed between two editions"),
        ("release", _release, "record the revision that is checked out as an edition"),
        ("withdraw", _withdraw, "put a notice in the place of a released edition"),
        ("start", _start, "start an edition of another report in a folder of its own"),
    ):
        command = commands.add_parser(
            name,
            help=about,
            description=about[0].upper() + about[1:] + ".",
            epilog=_EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.set_defaults(run=run)
        if name == "audit":
            command.description = (
                "Work out whether a report's printed numbers can all be true: which cannot, what would mend "
                "them, and what follows from them. Exit status: 0 they can, whatever of ours must go, "
                "1 they cannot, 2 unusable input, 3 not known."
            )
            command.add_argument(
                "--statements",
                type=Path,
                metavar="FILE",
                help="another report's statements (this edition's), or a plain table of percentages as CSV",
            )
            command.add_argument(
                "--new", type=Path, metavar="FILE", help="write a statements file to fill in, and stop"
            )
            command.add_argument(
                "--rounding",
                type=_rule,
                metavar="RULE",
                help=f"how percentages were rounded: {', '.join(_RULES)}; without one, to the nearest",
            )
            command.add_argument(
                "--repair", metavar="ID", help="base the bounds on one of the repairs found, such as R2"
            )
            command.add_argument(
                "--why",
                metavar="NAME",
                help="explain step by step the bound of a quantity, why it cannot have a value (quantity=27; "
                "or a data set in which it has), a statement or a conflict; exit status 0 where all of it is "
                "explained, 2 no such name, 3 not known",
            )
            command.add_argument("--json", action="store_true", help="print everything as JSON")
            command.add_argument(
                "--time-limit",
                type=_seconds,
                metavar="S",
                help="stop so many seconds after the start, but not while the file is read (none)",
            )
        elif name == "import":
            command.description = (
                "Turn what a survey tool exports (Google Forms, Microsoft Forms, LimeSurvey, SurveyMonkey, "
                "KoBo, SPSS; CSV, XLSX or SAV) into released responses, by the mapping "
                "data/responses/import-WAVE.yml. Nothing is written until every column, text and row is "
                "mapped or set aside. Exit status: 0 written, 1 not everything is settled, 2 unusable input."
            )
            command.add_argument(
                "files", type=Path, nargs="+", metavar="FILE", help="the exports of one survey"
            )
            command.add_argument("--wave", required=True, choices=("1", "2"), help="which survey it is")
            command.add_argument(
                "--draft", action="store_true", help="write a draft of the mapping, and stop"
            )
        elif name == "quotes":
            command.add_argument(
                "--source", type=Path, required=True, metavar="FILE", help="the report, as text or PDF"
            )
        elif name == "book":
            command.add_argument("--fresh", action="store_true", help="read and write every page anew")
        elif name == "watch":
            command.add_argument("--port", type=int, default=8001, metavar="N", help="of 127.0.0.1 (8001)")
        elif name == "site":
            command.add_argument("--fresh", action="store_true", help="recompute every edition")
            command.add_argument(
                "--archives", type=Path, metavar="DIR", help="unpack the editions that have an archive there"
            )
        elif name == "archive":
            command.add_argument("version", metavar="VERSION", help="an edition's, such as 0.1.0")
            command.add_argument(
                "--to", type=Path, default=Path("_build/archives"), metavar="DIR", help="(_build/archives)"
            )
        elif name == "finish":
            command.add_argument("tree", type=Path, metavar="TREE", help="a project with its built book")
            command.add_argument("target", type=Path, metavar="FOLDER", help="where the edition goes")
        elif name == "verify":
            given = command.add_mutually_exclusive_group()
            given.add_argument(
                "copy", type=Path, nargs="?", metavar="COPY", help="a folder or an archive to compare with"
            )
            given.add_argument(
                "--site", default="", metavar="ADDRESS", help="a published site to compare with"
            )
            command.add_argument(
                "--into", type=Path, metavar="FOLDER", help="where the certificate goes (_build/certificate)"
            )
        elif name == "diff":
            command.add_argument("old", metavar="OLD", help="a version, such as 0.1.0")
            command.add_argument("new", metavar="NEW", help="a version, such as 0.2.0")
        elif name == "start":
            command.description = (
                "Start an edition of another report: a folder with the package, its tools, and a small "
                "made-up report of three chapters, to be replaced by yours."
            )
            command.add_argument("folder", type=Path, metavar="FOLDER", help="empty, or not there yet")
        elif name == "release":
            command.add_argument("version", metavar="VERSION", help="above the last edition's")
        elif name == "withdraw":
            command.add_argument("version", metavar="VERSION", help="of a released edition")
            command.add_argument(
                "--why", metavar="TEXT", help="the reason, for readers, in a sentence that names nobody"
            )
    parsed = parser.parse_args(arguments)
    return int(parsed.run(parsed))


if __name__ == "__main__":
    sys.exit(main())
