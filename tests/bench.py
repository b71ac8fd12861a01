"""Building this book and reading its pages, against plain ``jupyter-book build`` of the same chapters.

Time and memory of building; then what a page costs a reader: its requests and their size, as a browser
makes them when it opens the page first of all, and after another page.

Both sides build copies in a temporary folder; nothing is written here. The plain side has the same
settings without the project's own extension, and executes into Jupyter Book's cache. After a change
of the data that cache is out of date without saying so: there the plain side has to execute
everything (``force`` and ``--all``) to show right numbers.
"""

from __future__ import annotations

import argparse
import gzip
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import urlopen

import psutil
import yaml
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
EXTENSION = "keepinpact.book.extension"
JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"
EXAMPLES = """examples:
  python tests/bench.py                        medians of three runs, everything
  python tests/bench.py --repeat 1             once
  python tests/bench.py --only ours --repeat 5
"""


@dataclass(frozen=True)
class Cost:
    seconds: float
    megabytes: float


@dataclass(frozen=True)
class Case:
    name: str
    change: Callable[[Path], None]
    plain_options: tuple[str, ...] = ()


def remove_build(book: Path) -> None:
    shutil.rmtree(book / "_build", ignore_errors=True)


def change_nothing(book: Path) -> None:
    pass


def edit_prose(book: Path) -> None:
    chapter = book / "chapters/training.md"
    chapter.write_text(chapter.read_text() + "\nEdited.\n")


def edit_code(book: Path) -> None:
    chapter = book / "chapters/training.md"
    before, cell, after = chapter.read_text().partition("```{code-cell}")
    code, end, rest = after.partition("\n```\n")
    chapter.write_text(f"{before}{cell}{code}\n# edited{end}{rest}")


def edit_datum(book: Path) -> None:
    # A comment leaves the data valid; what matters is that the bytes change. The reconstruction records
    # which statements it was made from, so it is written again, outside the time that is measured.
    with (book / "data" / "report" / "statements.yml").open("a") as file:
        file.write("\n# edited\n")
    environment = {**os.environ, "PYTHONPATH": str(book / "src")}
    command = [sys.executable, "-m", "keepinpact", "reconstruct"]
    subprocess.run(command, cwd=book, env=environment, check=True, stdout=subprocess.DEVNULL)


def edit_package(book: Path) -> None:
    with (book / "src/keepinpact/stats.py").open("a") as file:
        file.write("\n# edited\n")


def edit_style(book: Path) -> None:
    with (book / "_static/book.css").open("a") as file:
        file.write("\np { color: red; }\n")


# Plain Jupyter Book sees no change of data, package or styles: there it has to be told to do everything.
_EVERYTHING = ("--all", "--config", "_force.yml")
CASES = (
    Case("cold", remove_build),
    Case("nothing changed", change_nothing),
    Case("one chapter's prose", edit_prose),
    Case("one chapter's code", edit_code),
    Case("one datum", edit_datum, _EVERYTHING),
    Case("the package", edit_package, _EVERYTHING),
    Case("a style", edit_style, ("--all",)),
)


def watch_reload(book: Path) -> float:
    """Seconds from an edit of a chapter's prose until the served page has it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "keepinpact", "watch", "--port", str(port)]
    environment = {**os.environ, "PYTHONPATH": str(book / "src")}
    with subprocess.Popen(command, cwd=book, env=environment, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        while "http://" not in run.stdout.readline():
            pass
        time.sleep(2)  # the watcher looks at the files once before it sees changes
        start = time.perf_counter()
        edit_prose(book)
        before = (book / "chapters/training.md").read_text().count("Edited.")
        while True:
            with urlopen(f"http://127.0.0.1:{port}/chapters/training.html") as page:
                if page.read().decode().count("<p>Edited.</p>") == before:
                    break
            time.sleep(0.02)
        seconds = time.perf_counter() - start
        run.terminate()
    return seconds


def copy_book(target: Path) -> Path:
    ignored = shutil.ignore_patterns(".*", "_build", "_site", "__pycache__", "*.egg-info", "node_modules")
    shutil.copytree(ROOT, target, ignore=ignored)
    return target


def write_plain_settings(book: Path) -> None:
    for mode, name in (("cache", "_config.yml"), ("force", "_force.yml")):
        settings: dict[str, Any] = yaml.safe_load((ROOT / "_config.yml").read_text())
        settings["sphinx"]["config"]["extensions"].remove(EXTENSION)
        # Jupyter Book's 30 seconds a cell would end a slow one that this project's limit allows.
        settings["execute"] = {"execute_notebooks": mode, "timeout": 300}
        (book / name).write_text(yaml.safe_dump(settings))


def memory(process: psutil.Process) -> int:
    try:
        info = process.memory_full_info()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0
    # Forked processes share pages; the proportional size counts each page once.
    return int(getattr(info, "pss", info.rss))


def measure(command: list[str], book: Path) -> Cost:
    environment = {**os.environ, "PYTHONPATH": str(book / "src")}
    with tempfile.TemporaryFile("w+") as log:
        start = time.perf_counter()
        run = subprocess.Popen(command, cwd=book, env=environment, stdout=log, stderr=subprocess.STDOUT)
        tree = psutil.Process(run.pid)
        peak = 0
        ended = threading.Event()

        def watch() -> None:
            nonlocal peak
            # Adding up a process's pages takes time from the build; more often would distort it.
            while not ended.wait(0.5):
                try:
                    processes = [tree, *tree.children(recursive=True)]
                except psutil.NoSuchProcess:
                    return
                peak = max(peak, sum(memory(process) for process in processes))

        watcher = threading.Thread(target=watch)
        watcher.start()
        status = run.wait()
        seconds = time.perf_counter() - start
        ended.set()
        watcher.join()
        if status:
            log.seek(0)
            raise SystemExit(f"{log.read()}\n{' '.join(command)} ended with exit status {status}")
    return Cost(seconds, peak / 2**20)


@dataclass(frozen=True)
class Weight:
    requests: int
    raw: float
    compressed: float

    def __str__(self) -> str:
        return f"{self.requests:4} {self.raw:7.0f} {self.compressed:7.0f}"


def weigh(files: set[Path]) -> Weight:
    contents = [file.read_bytes() for file in files]
    packed = [gzip.compress(content, mtime=0) for content in contents]
    return Weight(len(files), sum(map(len, contents)) / 1024, sum(map(len, packed)) / 1024)


def page_weights(html: Path, chromium: str) -> dict[str, tuple[Weight, Weight]]:
    """What each chapter costs at the first visit, and after the chapter before it."""
    asked: dict[str, set[Path]] = {}
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for page in sorted((html / "chapters").glob("*.html")):
            addresses: list[str] = []
            tab = browser.new_page()
            tab.on("request", lambda request, found=addresses: found.append(request.url))
            tab.goto(page.as_uri())
            tab.wait_for_load_state("networkidle")
            tab.close()
            paths = (unquote(urlsplit(one).path) for one in addresses if one.startswith("file:"))
            asked[page.stem] = {Path(path) for path in paths}
        browser.close()
    before = [list(asked)[-1], *asked]
    return {
        name: (weigh(files), weigh(files - asked[last]))
        for (name, files), last in zip(asked.items(), before, strict=False)
    }


def print_weights(books: dict[str, Path]) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        print("page weights: chromium is not installed")
        return
    sides = {side: page_weights(book / "_build/html", chromium) for side, book in books.items()}
    print(f"\n{'a page: requests, KB, KB compressed':36}" + "".join(f"{side:>22}" for side in sides))
    for number, visit in enumerate(("first visit", "further page")):
        for name, pick in (("median", statistics.median_low), ("heaviest", max)):
            cells = []
            for pages in sides.values():
                weights = [weight[number] for weight in pages.values()]
                chosen = pick(weight.compressed for weight in weights)
                cells.append(next(weight for weight in weights if weight.compressed == chosen))
            print(f"{f'{visit}, {name}':36}" + "".join(f"{cell!s:>22}" for cell in cells))


def median(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.seconds for cost in costs), statistics.median(cost.megabytes for cost in costs)
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="print medians of N runs (3)")
    parser.add_argument("--only", choices=("ours", "plain"), help="leave the other side out")
    options = parser.parse_args()
    sides = [options.only] if options.only else ["ours", "plain"]
    costs: dict[tuple[str, str], list[Cost]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(options.repeat):
            books = {side: copy_book(Path(folder) / f"{side}{turn}") for side in sides}
            if "plain" in books:
                write_plain_settings(books["plain"])
            # Case by case, not side by side: both meet the same state of the machine.
            for case in CASES:
                for side, book in books.items():
                    case.change(book)
                    command = [sys.executable, "-m", "keepinpact", "book"]
                    if side == "plain":
                        command = [sys.executable, "-c", JUPYTER_BOOK, "build", ".", *case.plain_options]
                    cost = measure(command, book)
                    costs.setdefault((case.name, side), []).append(cost)
                    print(f"{case.name}, {side}: {cost.seconds:.1f} s", file=sys.stderr)
        print_times({name: median(runs) for name, runs in costs.items()}, options.repeat)
        if "ours" in books:
            reloads = [watch_reload(books["ours"]) for _ in range(options.repeat)]
            print(f"{'watch, until the page has an edit':36} {statistics.median(reloads):6.1f} s")
        print_weights(books)


def print_times(medians: dict[tuple[str, str], Cost], repeat: int) -> None:
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, {repeat} run(s)")
    print(f"{'case':20} {'ours':>16} {'plain':>16} {'time':>6} {'memory':>7}")
    for case in CASES:
        ours, plain = medians.get((case.name, "ours")), medians.get((case.name, "plain"))
        cells = [f"{c.seconds:6.1f} s {c.megabytes:4.0f} MB" if c else "" for c in (ours, plain)]
        ratios = ["", ""]
        if ours and plain:
            ratios = [f"{ours.seconds / plain.seconds:.2f}", f"{ours.megabytes / plain.megabytes:.2f}"]
        print(f"{case.name:20} {cells[0]:>16} {cells[1]:>16} {ratios[0]:>6} {ratios[1]:>7}")


if __name__ == "__main__":
    main()
