"""JupyterLab: the server starts, lists the chapters, opens them as notebooks, and their code runs."""

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from keepinpact.book.execute import read_notebook
from keepinpact.data import ROOT

BIN = ROOT / ".venv-lab/bin"
TOKEN = "test"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not (BIN / "jupyter-lab").exists(), reason="make lab was never run"),
]


def environment(folder: Path) -> dict[str, str]:
    """The environment of make lab, without the user's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "PYTHON"))}
    own = {
        name: str(folder / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    }
    return kept | own | {"HOME": str(folder)}


def recipe(options: str = "") -> str:
    """What make lab runs."""
    command = ["make", "--no-print-directory", "-n", "lab", f"OPTIONS={options}"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return said.splitlines()[-1]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = f"--no-browser --allow-root --ServerApp.port={port} --IdentityProvider.token={TOKEN}"
    folder = tmp_path_factory.mktemp("jupyter")
    with (folder / "log").open("w") as log:
        run = subprocess.Popen(
            f"exec env {recipe(options)}",
            shell=True,
            cwd=ROOT,
            env=environment(folder),
            stdout=log,
            stderr=log,
        )
        address = f"http://127.0.0.1:{port}"
        try:
            for _ in range(120):
                try:
                    fetch(f"{address}/api/status")
                    break
                except OSError:
                    assert run.poll() is None, (folder / "log").read_text()
                    time.sleep(0.5)
            yield address
        finally:
            run.terminate()
            run.wait(30)


def fetch(address: str) -> Any:
    request = urllib.request.Request(address, headers={"Authorization": f"token {TOKEN}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


def test_the_chapters_are_listed_and_open_as_notebooks(server: str) -> None:
    listed = {one["name"] for one in fetch(f"{server}/api/contents/chapters")["content"]}
    assert listed >= {path.name for path in (ROOT / "chapters").glob("*.md")}
    for chapter in sorted((ROOT / "chapters").glob("*.md")):
        opened = fetch(f"{server}/api/contents/chapters/{chapter.name}?type=notebook")
        code = [cell["source"] for cell in opened["content"]["cells"] if cell["cell_type"] == "code"]
        book = read_notebook(chapter)
        assert book is not None
        assert code == [cell.source for cell in book.cells if cell.cell_type == "code"], chapter.name


def test_a_chapter_opens_as_a_notebook_and_its_cell_runs(server: str, browser) -> None:
    page = browser.new_page()
    page.goto(f"{server}/lab/tree/chapters/diploma.md?token={TOKEN}&reset")
    cell = page.locator(".jp-Notebook .jp-CodeCell").first
    cell.locator(".cm-content").click(timeout=60_000)
    page.locator("text=/Python 3.*Idle/").wait_for(timeout=60_000)
    page.keyboard.press("Shift+Enter")
    cell.locator(".jp-InputPrompt", has_text="[1]:").wait_for(timeout=60_000)
    assert "Error" not in cell.locator(".jp-OutputArea").inner_text()
    page.close()


def test_a_chapters_code_runs_from_the_command_line(tmp_path: Path) -> None:
    made = tmp_path / "about.ipynb"
    program = recipe().partition("jupyter lab ")[0] + "jupytext"
    options = f"--to ipynb --execute --output {made} chapters/about.md"
    command = f"env {program} {options}"
    done = subprocess.run(
        command, shell=True, cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    cells = [cell for cell in nbformat.read(made, as_version=4).cells if cell.cell_type == "code"]
    assert cells[0].outputs
    assert all(cell.execution_count for cell in cells)
