"""The reference notebooks: the same bytes on every run, nothing of this machine, none too many."""

import json
import re
from pathlib import Path

import pytest

from keepinpact.book.reference import FOLDER, write_references
from keepinpact.data import ROOT

CHAPTER = """\
---
jupytext:
  text_representation:
    format_name: myst
kernelspec:
  name: python3
---

# A chapter

```{code-cell} ipython3
from IPython.display import Markdown, display
from myst_nb import glue

glue("words", Markdown("**bold**"), display=False)
display({"image/png": "aGFzaA==", "text/plain": "a figure"}, raw=True, metadata={"keepinpact": [1]})
```

```{code-cell} ipython3
print("said")
40 + 2
```
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    (root / "chapters").mkdir()
    (root / "chapters/kept.md").write_text(CHAPTER)
    (root / "chapters/words.md").write_text("# Words alone\n")
    (root / "requirements.txt").write_text("")
    (root / "pyproject.toml").write_text("")
    return root


@pytest.mark.long
def test_what_a_reference_holds(project: Path) -> None:
    old = project / FOLDER / "gone.ipynb"
    old.parent.mkdir(parents=True)
    old.write_text("{}")
    lines: list[str] = []
    assert write_references(project, lines.append) == [project / FOLDER / "kept.ipynb"]
    assert len(lines) == 1
    assert not old.exists()
    notebook = json.loads((project / FOLDER / "kept.ipynb").read_text(encoding="utf-8"))
    first, second = notebook["cells"]
    assert [cell["execution_count"] for cell in (first, second)] == [1, 2]
    glued, figure = first["outputs"]
    assert glued["data"]["application/papermill.record/text/markdown"] == "**bold**"
    assert figure["data"] == {"text/plain": ["a figure"]}
    assert [output["metadata"] for output in first["outputs"]] == [{}, {}]
    said, result = second["outputs"]
    assert said["text"] == ["said\n"]
    assert result["data"] == {"text/plain": ["42"]}
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"


@pytest.mark.long
def test_the_same_bytes_when_executed_anew(project: Path) -> None:
    (path,) = write_references(project, print)
    before = path.read_bytes()
    executions = 0

    def count(_: str) -> None:
        nonlocal executions
        executions += 1

    assert write_references(project, count) == [path]
    assert (executions, path.read_bytes()) == (0, before)
    (project / "requirements.txt").write_text("something==1\n")
    assert write_references(project, count) == [path]
    assert (executions, path.read_bytes()) == (1, before)
    assert before.endswith(b"}\n")


@pytest.mark.parametrize("path", sorted((ROOT / FOLDER).glob("*.ipynb")), ids=lambda path: path.stem)
def test_nothing_of_a_machine_is_in_the_references(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w./:])/(?:home|root|tmp|usr|work|Users|opt)/|[A-Z]:\\\\|object at 0x", text)
    notebook = json.loads(text)
    cells = notebook["cells"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert not any(output["metadata"] for cell in cells for output in cell["outputs"] if "data" in output)
    assert text == json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
