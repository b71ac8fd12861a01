"""Chapters run side by side into the cache, MyST-NB reuses it, and nothing stale or broken gets there."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import psutil
import pytest
from jupyter_cache import get_cache
from jupyter_client.connect import LocalPortCache
from jupyter_core.paths import jupyter_runtime_dir
from sphinx.errors import ExtensionError

from keepinpact.book import extension
from keepinpact.book.build import BuildError, build_book
from keepinpact.book.execute import ExecutionError, executed, read_notebook
from keepinpact.book.inputs import content_hash
from keepinpact.book.published import collect_results, publishes

SOURCE = Path(__file__).parents[1] / "src"
HEAD = """---
jupytext:
  text_representation:
    format_name: myst
kernelspec:
  name: python3
---

# A chapter
"""
LOGGED = "from pathlib import Path\nwith Path('../log').open('a') as log:\n    _ = log.write('{}\\n')"
STATE = """
import os, random, sys
import builtins
print(hasattr(builtins, "leaked"), "LEAKED" in os.environ, hash("a"), os.environ["PYTHONHASHSEED"])
print(random.random(), sys.modules["numpy"].random.random())
builtins.leaked = os.environ["LEAKED"] = "yes"
"""
FIGURE = "import matplotlib.pyplot as plt\n_ = plt.plot([1, 2])"
FAILS = "def inner():\n    raise ValueError('no such table')\n\n\ninner()"


def write(folder: Path, name: str, *cells: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    blocks = [f"```{{code-cell}} ipython3\n{cell.strip()}\n```\n" for cell in cells]
    chapter = folder / f"{name}.md"
    chapter.write_text("\n".join([HEAD, *blocks]), encoding="utf-8")
    return chapter


def outputs(notebook: Any) -> list[Any]:
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """One run over chapters that work, fail, die and try to leave something behind."""
    root = tmp_path_factory.mktemp("run")
    cells = {
        "one": [LOGGED.format("one"), STATE],
        "fails": ["x = 1", FAILS],
        "dies": ["import os\nos._exit(3)"],
        "two": [LOGGED.format("two"), STATE + "\n# two"],
        "figure": [FIGURE],
        "stuck": ["import subprocess\n_ = subprocess.Popen(['sleep', '600'])"],
    }
    chapters = {name: write(root / "chapters", name, *code) for name, code in cells.items()}
    (root / "chapters" / "prose.md").write_text("# No code\n")
    lines: list[str] = []
    with pytest.raises(ExecutionError) as caught:
        executed(list(chapters.values()), root / "cache", progress=lines.append)
    return SimpleNamespace(root=root, chapters=chapters, lines=lines, error=str(caught.value))


@pytest.mark.long
def test_every_sound_chapter_is_executed_once(run: SimpleNamespace) -> None:
    assert sorted((run.root / "log").read_text().split()) == ["one", "two"]
    assert {line.split()[1] for line in run.lines} == {"one", "two", "figure", "stuck"}
    assert all(line.endswith("of 6") for line in run.lines)


@pytest.mark.long
def test_a_failure_names_chapter_line_and_error(run: SimpleNamespace) -> None:
    line = run.chapters["fails"].read_text().split("def inner")[0].count("\n")
    assert f"fails.md, cell at line {line}: ValueError: no such table" in run.error
    assert "Traceback (most recent call last)" in run.error
    assert "\x1b" not in run.error


def test_a_dead_kernel_is_an_error(run: SimpleNamespace) -> None:
    assert "dies.md, cell at line 11: Kernel died" in run.error


@pytest.mark.parametrize("name", ["fails", "dies"])
def test_nothing_of_a_failed_chapter_is_stored(run: SimpleNamespace, name: str) -> None:
    with pytest.raises(KeyError):
        get_cache(str(run.root / "cache")).match_cache_notebook(read_notebook(run.chapters[name]))


def test_chapters_share_no_state(run: SimpleNamespace) -> None:
    notebooks = executed([run.chapters["one"], run.chapters["two"]], run.root / "cache")
    texts = [outputs(notebook)[0]["text"].splitlines() for notebook in notebooks.values()]
    assert texts[0][0] == texts[1][0]
    assert texts[0][0].startswith("False False ")
    assert texts[0][0].endswith(" 0")
    drawn = [number for text in texts for number in text[1].split()]
    assert len(set(drawn)) == 4


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has sockets in a folder here")
def test_a_port_that_is_taken_in_between_ends_no_chapter(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chapter = write(tmp_path / "chapters", "one", "1 + 1")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(LocalPortCache, "find_available_port", lambda *_: port)
        notebook = executed([chapter], tmp_path / "cache")["one"]
    assert outputs(notebook)[0]["data"]["text/plain"] == "2"


def test_figures_are_the_notebooks_own(run: SimpleNamespace) -> None:
    notebook = executed([run.chapters["figure"]], run.root / "cache")["figure"]
    assert [sorted(output["data"]) for output in outputs(notebook)] == [["image/png", "text/plain"]]


def test_nothing_is_left_running(run: SimpleNamespace) -> None:
    commands = [" ".join(p.cmdline()) for p in psutil.Process().children(recursive=True)]
    assert not [command for command in commands if "kernel" in command]
    cwd = run.root / "chapters"
    for process in psutil.process_iter():
        try:
            assert process.cwd() != str(cwd), process
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue


@pytest.mark.long
def test_no_connection_file_is_left(tmp_path: Path) -> None:
    before = set(Path(jupyter_runtime_dir()).glob("*"))
    executed([write(tmp_path, "one", "1")], tmp_path / "cache", progress=lambda _: None)
    assert set(Path(jupyter_runtime_dir()).glob("*")) <= before


@pytest.mark.long
def test_only_an_edited_chapter_is_executed_again(tmp_path: Path) -> None:
    chapters = [write(tmp_path / "chapters", name, LOGGED.format(name)) for name in ("one", "two")]

    def fill() -> int:
        lines: list[str] = []
        assert [*executed(chapters, tmp_path / "cache", jobs=1, progress=lines.append)] == ["one", "two"]
        return len(lines)

    assert fill() == 2
    assert fill() == 0
    chapters[0].write_text(chapters[0].read_text() + "\nMore prose.\n")
    assert fill() == 0
    write(tmp_path / "chapters", "two", LOGGED.format("two again"))
    assert fill() == 1
    assert (tmp_path / "log").read_text().split("\n") == ["one", "two", "two again", ""]


@pytest.mark.long
def test_an_interrupted_run_ends_the_chapters_that_still_run(tmp_path: Path) -> None:
    folder = tmp_path / "chapters"
    chapters = [write(folder, "quick", "1"), write(folder, "slow", "import time\ntime.sleep(200)")]

    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        executed(chapters, tmp_path / "cache", progress=interrupt)
    assert time.monotonic() - start < 60


# The extension


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small book with the project's own settings and package."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "counts.csv").write_text("n\n1\n")
    (tmp_path / "requirements.txt").write_text("pandas==3\n")
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "src").symlink_to(SOURCE)
    for name in ("_config.yml", "CITATION.cff", "pyproject.toml"):
        shutil.copy(SOURCE.parent / name, tmp_path)
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: chapters/one\nchapters:\n- file: chapters/two\n- file: chapters/prose\n"
    )
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "prose.md").write_text("# No code\n")
    return tmp_path


def published(*keys: str) -> str:
    lines = ["from IPython.display import display"]
    for key in keys:
        receipt = {"key": key, "text": "61 %", "layer": "printed", "section": None, "pages": None}
        metadata = {"keepinpact": [receipt | {"statements": [], "source": [], "percentage": "61%"}]}
        lines.append(f"display({{'text/plain': '61 %'}}, raw=True, metadata={metadata})")
    return "\n".join(lines)


@pytest.mark.long
def test_a_book_executes_each_chapter_once_and_writes_its_results(project: Path) -> None:
    write(project / "chapters", "two", LOGGED.format("two"), published("b", "a"))
    write(project / "chapters", "one", LOGGED.format("one"), published("b"))
    write(project / "chapters", "draft", "raise ValueError('not in the table of contents')")
    build_book(project, progress=print)
    assert sorted((project / "log").read_text().split()) == ["one", "two"]
    written = json.loads((project / "_build" / "html" / "results.json").read_text())
    assert written["format"] == 1
    assert [(r["chapter"], r["key"], r["text"]) for r in written["results"]] == [
        ("one", "b", "61 %"),
        ("two", "b", "61 %"),
        ("two", "a", "61 %"),
    ]


@pytest.mark.long
def test_a_book_with_a_failing_chapter_fails(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project / "chapters", "one", FAILS)
    write(project / "chapters", "two", "1")
    with pytest.raises(BuildError, match="exit status 1"):
        build_book(project, progress=print)
    assert "one.md, cell at line 11: ValueError: no such table" in capsys.readouterr().err


def test_the_hash_covers_data_package_and_lock(tmp_path: Path) -> None:
    for name in ("data/a/b.csv", "examples/y.yml", "src/keepinpact/book/x.py", "requirements.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    (tmp_path / "pyproject.toml").write_text("[project]\nversion = '1'")
    seen = {content_hash(tmp_path)}
    changed = ("data/a/b.csv", "data/new.csv", "examples/y.yml", "src/keepinpact/book/x.py")
    for name in (*changed, "requirements.txt"):
        (tmp_path / name).write_text("2")
        seen.add(content_hash(tmp_path))
    (tmp_path / "data" / "new.csv").rename(tmp_path / "data" / "other.csv")
    seen.add(content_hash(tmp_path))
    (tmp_path / "pyproject.toml").write_text("[tool.keepinpact]\nrepository = 'https://example.org'")
    seen.add(content_hash(tmp_path))
    assert len(seen) == 8

    (tmp_path / "src" / "keepinpact" / "__pycache__").mkdir()
    (tmp_path / "src" / "keepinpact" / "__pycache__" / "x.pyc").write_text("3")
    (tmp_path / "README.md").write_text("3")
    with (tmp_path / "pyproject.toml").open("a") as file:
        file.write("\n[project]\nversion = '2'")
    assert content_hash(tmp_path) in seen


def test_the_four_newest_caches_are_kept(project: Path) -> None:
    caches = project / "_build" / ".execution"
    for age in range(1, 6):
        (caches / f"old{age}").mkdir(parents=True)
        os.utime(caches / f"old{age}", (10**9 - age, 10**9 - age))
    config: dict[str, Any] = {"root_doc": "chapters/one"}
    extension._configure(extension._Build(), SimpleNamespace(srcdir=project), config)  # type: ignore[arg-type]
    current = content_hash(project)[:16]
    assert {path.name for path in caches.iterdir()} == {current, "old1", "old2", "old3"}
    assert config["nb_execution_cache_path"] == str(caches / current)
    assert config["nb_execution_mode"] == "cache"


def test_another_trees_package_is_refused(project: Path) -> None:
    (project / "src").unlink()
    (project / "src" / "keepinpact").mkdir(parents=True)
    with pytest.raises(ExtensionError, match="PYTHONPATH"):
        extension._configure(extension._Build(), SimpleNamespace(srcdir=project), {})  # type: ignore[arg-type]


def test_a_key_is_published_once_in_a_chapter() -> None:
    output = nbformat.v4.new_output(
        "display_data", data={"text/plain": "1"}, metadata={"keepinpact": [{"key": "k", "text": "1"}]}
    )
    cells = [nbformat.v4.new_code_cell(outputs=[output]) for _ in range(2)]
    once, twice = (publishes(nbformat.v4.new_notebook(cells=cells[:count])) for count in (1, 2))
    assert len(collect_results({"one": once, "two": once}, {})["results"]) == 2
    with pytest.raises(ExtensionError, match="one: the key 'k' is published twice"):
        collect_results({"one": twice}, {})
