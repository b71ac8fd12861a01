"""Editions: a few chapters of this project end to end, and a stub of a book for all that can go wrong.

The stub's pages are taken from the built book, so that they are dressed and read as real ones.
"""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from pypdf import PdfReader

import stub
from clock import clock
from keepinpact.book.build import build_paper
from keepinpact.data import RELEASED, ROOT, DataError
from keepinpact.editions import versioned
from keepinpact.editions.archive import ArchiveError, pack
from keepinpact.editions.release import ReleaseError, release
from keepinpact.editions.versioned import SiteError, build_site, staging, swap
from keepinpact.editions.withdraw import WHY, withdraw
from keepinpact.files import write_json
from keepinpact.paper.parts import NAME as PAPER
from keepinpact.records import (
    Record,
    changes,
    explained,
    load_editions,
    load_reasons,
    load_record,
    mismatches,
    version_key,
)
from serving import served

PARTS = ("CITATION.cff", "pyproject.toml", "requirements.txt", "data", ".gitignore")
BOOK = ("_config.yml", "_static", "src")
TASK = "tasks-01,tasks,tasks,1,,,Coordinating activities and services,coordination"


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(root: Path, message: str) -> None:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", message)


# A figure whose numbers a changed theme changes.
THEMES = """
```{code-cell} ipython3
:mystnb:
:  figure:
:    name: fig-task-themes
:    caption_before: true
:    caption: |
:      **{glue:text}`task-themes-headline`**
:      Listed tasks by theme. Base: the printed entries, listed, not counted.

from keepinpact.findings import bars
from keepinpact.receipt import CODED, lines_of

table = themes[["label", "count"]].set_axis(["Theme", "Entries"], axis=1)
show("task-themes", bars(table, "listed tasks", "printed", lines_of(tasks), ours=CODED))
```

```{glue:md} task-themes
:format: myst
```
"""


def set_chapters(root: Path, *names: str) -> None:
    (root / "chapters").mkdir(exist_ok=True)
    for old in (root / "chapters").glob("*.md"):
        old.unlink()
    for name in names:
        text = (ROOT / f"chapters/{name}.md").read_text(encoding="utf-8")
        text += THEMES if name == "tasks" else ""
        (root / f"chapters/{name}.md").write_text(text, encoding="utf-8")
    first, *rest = [f"chapters/{name}" for name in names]
    toc = {"format": "jb-book", "root": first, "chapters": [{"file": name} for name in rest]}
    (root / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")


def set_address(root: Path, address: str) -> None:
    """Set the site's address, whatever the project's own is."""
    settings = root / "pyproject.toml"
    text = settings.read_text(encoding="utf-8")
    text, found = re.subn(r'(?m)^site-address = ".*"$', f'site-address = "{address}"', text)
    assert found == 1
    settings.write_text(text, encoding="utf-8")


def prepare(root: Path, version: str, changed: str) -> None:
    """Set the version and the changelog's section, as a maintainer does before a release."""
    for name, before in (("pyproject.toml", 'version = "'), ("CITATION.cff", "version: ")):
        lines = (root / name).read_text(encoding="utf-8").splitlines()
        end = '"' if name == "pyproject.toml" else ""
        lines = [f"{before}{version}{end}" if line.startswith(before) else line for line in lines]
        (root / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    log = root / "CHANGELOG.md"
    old = log.read_text(encoding="utf-8") if log.exists() else ""
    log.write_text(f"## {version}\n\n{changed}\n\n{old}", encoding="utf-8")
    reasons = root / "editions/why.csv"
    reasons.parent.mkdir(exist_ok=True)
    known = reasons.read_text(encoding="utf-8") if reasons.exists() else "version,what,why\n"
    reasons.write_text(f"{known}{version},*,A reason.\n", encoding="utf-8")
    commit(root, f"Prepare {version}")


def quick_release(root: Path, version: str, day: int) -> None:
    release(root, version, tests=["true"], today=date(2026, 1, day), progress=lambda _: None)


def build(root: Path, **options: Any) -> list[str]:
    lines: list[str] = []
    build_site(root, progress=lines.append, **options)
    return lines


def checksums(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module", autouse=True)
def builds() -> Iterator[None]:
    """A project with pages of a stub is built from them, any other as it is."""

    def build_either(root: Path, **options: Any) -> Path | None:
        return (stub.build if (root / stub.PAGES).is_dir() else build_paper)(root, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(versioned, "build_paper", build_either)
        yield


def started(root: Path, *parts: str) -> Path:
    """A new repository with some of this project's files."""
    root.mkdir()
    for name in parts:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, root / name)
    set_address(root, "")
    git(root, "init", "--quiet", "--initial-branch", "main")
    git(root, "config", "user.name", "Test")
    git(root, "config", "user.email", "test@localhost")
    return root


def recode_a_task(root: Path) -> None:
    items = root / "data/report/items.csv"
    text = items.read_text(encoding="utf-8")
    assert TASK in text
    items.write_text(text.replace(TASK, TASK.replace(",coordination", ",management")), encoding="utf-8")


def add_a_diploma(root: Path) -> None:
    items = root / "data/report/items.csv"
    text = items.read_text(encoding="utf-8")
    diploma = next(line for line in text.splitlines() if line.startswith("diplomas-01,"))
    added = diploma.replace("diplomas-01", "diplomas-99")
    items.write_text(text.replace(diploma, f"{diploma}\n{added}"), encoding="utf-8")


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two editions of a real book: 1.1.0 recodes a task, adds a diploma and swaps a page."""
    root = started(tmp_path_factory.mktemp("editions") / "project", *PARTS, *BOOK)
    set_chapters(root, "diploma", "tasks", "tools")
    prepare(root, "1.0.0", "The first one.")
    quick_release(root, "1.0.0", 1)
    recode_a_task(root)
    add_a_diploma(root)
    set_chapters(root, "diploma", "tasks", "themes")
    prepare(root, "1.1.0", "A task is coded anew, a diploma is added; a page goes, a page comes.")
    quick_release(root, "1.1.0", 2)
    return root


@pytest.fixture(scope="module")
def real(origin: Path) -> Path:
    """A fresh clone with the site of both, built in other surroundings than they were released in."""
    clone = origin.with_name("Klon für „später“")
    git(origin, "clone", "--quiet", str(origin), str(clone))
    (home := origin.with_name("home")).mkdir()
    (ahead := origin.with_name("clock")).mkdir()
    clock(ahead, years=3)
    run, years = versioned.run_quietly, set()

    def later(command: Any, tree: Path, environment: Any, *rest: Any) -> tuple[int, str]:
        """What an edition runs, with another clock."""
        path = {"PYTHONPATH": f"{environment['PYTHONPATH']}{os.pathsep}{ahead}"}
        year = [command[0], "-c", "from datetime import datetime; print(datetime.now().year)"]
        years.add(subprocess.check_output(year, env=dict(environment) | path, text=True))
        return run(command, tree, dict(environment) | path, *rest)

    elsewhere = {
        "HOME": str(home),
        "TZ": "Asia/Tokyo",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "7",
        "LOGNAME": "someone",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in elsewhere.items():
            patch.setenv(name, value)
        patch.setattr(versioned, "run_quietly", later)
        before = os.umask(0o077)
        build(clone, fresh=True)
        os.umask(before)
    assert years
    assert f"{date.today().year}\n" not in years
    return clone


ADDRESS = "https://guidance.example/report"


def three_editions(root: Path, html: Path, address: str) -> Path:
    """Three editions of a stub: 1.1.0 recodes a task, 1.2.0 adds a diploma and swaps a page."""
    started(root, *PARTS)
    set_address(root, address)
    stub.set_package(root)
    stub.set_pages(root, html, ["diploma", "tasks", "tools", "themes"])
    set_chapters(root, "diploma", "tasks", "tools")
    prepare(root, "1.0.0", "The first one.")
    quick_release(root, "1.0.0", 1)
    recode_a_task(root)
    prepare(root, "1.1.0", "A task is coded anew.")
    quick_release(root, "1.1.0", 2)
    add_a_diploma(root)
    set_chapters(root, "diploma", "tasks", "themes")
    prepare(root, "1.2.0", "A diploma is added; a page goes, a page comes.")
    quick_release(root, "1.2.0", 3)
    build(root, archives=root / "_build/archives")
    return root


@pytest.fixture(scope="module")
def repository(html: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return three_editions(tmp_path_factory.mktemp("stub") / "project", html, "")


# End to end


@pytest.mark.long
def test_the_planted_changes_are_named_and_nothing_else(real: Path) -> None:
    first, second = (load_record(real, version) for version in ("1.0.0", "1.1.0"))
    found = changes(first, second)
    old = {one["key"]: one["value"] for one in first.results if one["key"].startswith("task-themes/")}
    coordination, management = old["task-themes/Coordination/Entries"], old["task-themes/Management/Entries"]
    both = {(c.kind, c.place, c.old, c.new, c.difference) for c in found if c.old and c.new}
    assert {one for one in both if one[0] == "number"} == {
        ("number", "tasks: task-themes/Coordination/Entries", str(coordination), str(coordination - 1), "-1"),
        ("number", "tasks: task-themes/Management/Entries", str(management), str(management + 1), "+1"),
        ("number", "diploma: diplomas", "4", "5", "+1"),
    }
    assert {one[1] for one in both if one[0] != "number"} == {"tasks: task-themes"}
    assert {c.causes for c in found if c.old and c.new} == {("data",)}
    assert {c.place.split(": ")[0] for c in found if c.old is None} == {"themes"}
    assert {c.place.split(": ")[0] for c in found if c.new is None} == {"tools"}
    page = (real / "_site/changes/1.0.0-1.1.0.html").read_text(encoding="utf-8")
    assert page.count('<th scope="row">') == len(found)
    assert "diploma: diplomas</th>\n<td>4 → 5 (+1)</td>\n<td>A reason. (data)</td>" in page
    assert f"Numbers: 3 changed, {sum(c.kind == 'number' and c.old is None for c in found)} new, " in page


@pytest.mark.long
def test_every_edition_shows_its_own_numbers(real: Path) -> None:
    def diplomas(version: str) -> int:
        results = json.loads((real / f"_site/v/{version}/results.json").read_text(encoding="utf-8"))
        return next(one["value"] for one in results["results"] if one["key"] == "diplomas")

    assert [diplomas(version) for version in ("1.0.0", "1.1.0", "dev")] == [4, 5, 5]
    assert (real / "_site/v/1.0.0/chapters/tools.html").exists()
    assert not (real / "_site/v/1.1.0/chapters/tools.html").exists()
    latest = (real / "_site/v/latest/chapters/tasks.html").read_text(encoding="utf-8")
    assert "../../1.1.0/chapters/tasks.html" in latest
    for name in ("results.json", "requirements.txt", "citation.bib", "CITATION.cff", "SHA256SUMS"):
        assert (real / "_site/v/1.0.0" / name).stat().st_size


@pytest.mark.long
def test_each_pdf_names_its_edition(real: Path) -> None:
    named = {
        "1.0.0": "Edition 1.0.0 of 2026-01-01",
        "1.1.0": "Edition 1.1.0 of 2026-01-02",
        "dev": "Working copy",
    }
    for version, words in named.items():
        folder = real / "_site/v" / version
        assert words in PdfReader(folder / PAPER).pages[0].extract_text()
        assert f"  {PAPER}\n" in (folder / "SHA256SUMS").read_text(encoding="utf-8")


@pytest.mark.long
def test_dressing_leaves_the_books_own_files_alone(real: Path) -> None:
    book, dressed = checksums(real / "_build/html"), checksums(real / "_site/v/dev")
    kept = {name: digest for name, digest in book.items() if not name.endswith((".html", ".buildinfo"))}
    assert kept.items() <= dressed.items()
    for name in book:
        if name.startswith("chapters/"):
            before = (real / "_build/html" / name).read_text(encoding="utf-8").splitlines()
            after = (real / "_site/v/dev" / name).read_text(encoding="utf-8").splitlines()
            assert [line for line in before if line not in after and "</" not in line] == []


@pytest.mark.long
def test_sums_are_checked_by_the_standard_tool(real: Path) -> None:
    folder = real / "_site/v/1.1.0"
    done = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=folder, capture_output=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.long
def test_a_fresh_clone_builds_the_bytes_that_the_release_recorded(origin: Path, real: Path) -> None:
    for version in ("1.0.0", "1.1.0"):
        recorded = (origin / f"editions/{version}.sha256").read_text(encoding="utf-8")
        built = checksums(real / "_site/v" / version)
        del built["SHA256SUMS"]
        assert [f"{digest}  {name}" for name, digest in sorted(built.items())] == recorded.splitlines()


@pytest.mark.long
def test_the_command_prints_the_same_changes(real: Path) -> None:
    command = [sys.executable, "-m", "keepinpact", "diff", "1.0.0", "1.1.0"]
    environment = dict(os.environ) | {"PYTHONPATH": str(real / "src")}
    done = subprocess.run(command, cwd=real, env=environment, capture_output=True, text=True)
    assert done.returncode == 0
    found = explained(
        changes(load_record(real, "1.0.0"), load_record(real, "1.1.0")), load_reasons(real, "1.1.0")
    )
    said = [*map(str, found), f"{len(found)} differences from 1.0.0 to 1.1.0"]
    assert done.stdout.splitlines() == said


# On a stub


def test_a_fresh_clone_builds_the_same_site(repository: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(repository), str(clone))
    build(clone, fresh=True)
    assert checksums(clone / "_site") == checksums(repository / "_site")


def test_a_release_is_one_commit_of_the_record_alone(repository: Path) -> None:
    editions = load_editions(repository)
    assert [one.version for one in editions] == ["1.2.0", "1.1.0", "1.0.0"]
    touched = git(repository, "show", "--name-only", "--format=", "HEAD").splitlines()
    assert sorted(touched) == ["editions.json", "editions/1.2.0.json", "editions/1.2.0.sha256"]
    assert editions[0].revision == git(repository, "rev-parse", "HEAD~1")
    assert editions[0].changed == "A diploma is added; a page goes, a page comes."


def test_published_editions_are_reused_and_stay_frozen(repository: Path) -> None:
    before = checksums(repository / "_site/v/1.0.0")
    lines = build(repository)
    assert sum("reused" in line for line in lines) == 3
    assert checksums(repository / "_site/v/1.0.0") == before


@pytest.fixture
def copy(repository: Path, tmp_path: Path) -> Path:
    root = tmp_path / "copy"
    shutil.copytree(repository, root, ignore=shutil.ignore_patterns("html", ".doctrees"))
    return root


def test_a_tampered_page_is_caught(copy: Path) -> None:
    page = copy / "_site/v/1.0.0/chapters/diploma.html"
    page.write_text(page.read_text(encoding="utf-8").replace(">4<", ">9<"), encoding="utf-8")
    named = r"1\.0\.0 has other files than it was published with: chapters/diploma.html; make site FRESH=1"
    with pytest.raises(SiteError, match=named):
        build(copy)
    # Who changes the list of checksums as well is caught by the record.
    sums = versioned.sums(copy / "_site/v/1.0.0")
    (copy / "_site/v/1.0.0/SHA256SUMS").write_text(sums, encoding="utf-8")
    with pytest.raises(SiteError, match=named):
        build(copy)


def test_a_tampered_record_is_caught_with_both_numbers(copy: Path) -> None:
    path = copy / "editions/1.0.0.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    next(one for one in record["results"] if one["key"] == "diplomas").update(value=7, text="7")
    write_json(path, record)
    with pytest.raises(SiteError, match="diploma: diplomas: recorded 7, recomputed 4"):
        build(copy)
    shutil.rmtree(copy / "_site/v/1.0.0")
    with pytest.raises(SiteError, match="diploma: diplomas: recorded 7, recomputed 4"):
        build(copy)


def test_a_build_that_gives_other_bytes_fails_with_the_first(copy: Path) -> None:
    record = copy / "editions/1.0.0.sha256"
    first, _, rest = record.read_text(encoding="utf-8").partition("\n")
    record.write_text(f"{'0' * 64}{first[64:]}\n{rest}", encoding="utf-8")
    with pytest.raises(SiteError, match=f"1.0.0 has other files than it was published with: {first[66:]}; "):
        build(copy, fresh=True)


def test_an_edition_of_which_no_bytes_are_recorded_gets_its_record(copy: Path) -> None:
    record = copy / "editions/1.0.0.sha256"
    before = record.read_bytes()
    record.unlink()
    assert any("wrote editions/1.0.0.sha256, commit it" in line for line in build(copy, fresh=True))
    assert record.read_bytes() == before


def test_an_edition_is_finished_by_its_own_code_and_settings(copy: Path) -> None:
    def finished_by_itself(version: str) -> bool:
        page = copy / "_site/v" / version / "chapters/tasks.html"
        return "finished by itself" in page.read_text(encoding="utf-8")

    stub.set_finish(copy)
    prepare(copy, "2.0.0", "Editions finish themselves.")
    quick_release(copy, "2.0.0", 4)
    set_address(copy, ADDRESS)
    commit(copy, "The address is known from here on")
    build(copy)
    assert [finished_by_itself(version) for version in ("1.2.0", "2.0.0", "dev")] == [False, True, False]
    for version, there in (("1.2.0", False), ("2.0.0", False), ("dev", True)):
        text = (copy / "_site/v" / version / "chapters/tasks.html").read_text(encoding="utf-8")
        assert (ADDRESS in text) is there, version
    # What cannot finish itself is finished by the first that can, once and for all.
    for version in ("1.0.0", "1.1.0", "1.2.0"):
        (copy / f"editions/{version}.sha256").unlink()
    build(copy, fresh=True)
    assert finished_by_itself("1.2.0")


def test_editions_are_taken_from_archives_and_from_nowhere_else_if_they_fail(copy: Path) -> None:
    archives = copy / "_build/archives"
    assert {path.name for path in archives.iterdir()} == {
        f"keepinpact-{version}.tar.gz{end}"
        for version in ("1.0.0", "1.1.0", "1.2.0")
        for end in ("", ".sha256")
    }
    before = checksums(copy / "_site")
    again = pack(copy / "_site/v/1.0.0", "1.0.0", copy / "_build/again")
    assert again.read_bytes() == (archives / again.name).read_bytes()
    shutil.rmtree(copy / "_site")
    lines = build(copy, archives=archives)
    assert sum("unpacked from keepinpact-" in line for line in lines) == 3
    assert checksums(copy / "_site") == before

    one = archives / "keepinpact-1.0.0.tar.gz"
    whole = one.read_bytes()
    one.write_bytes(whole[:-200])
    with pytest.raises(ArchiveError, match="another checksum"):
        build(copy, archives=archives)
    (archives / f"{one.name}.sha256").unlink()
    with pytest.raises(ArchiveError, match="cannot be unpacked"):
        build(copy, archives=archives)
    page = copy / "_site/v/1.0.0/chapters/tasks.html"
    spoilt = page.read_bytes() + b" "
    page.unlink()
    page.write_bytes(spoilt)
    pack(copy / "_site/v/1.0.0", "1.0.0", archives)
    with pytest.raises(SiteError, match=r"than it was published with: chapters/tasks\.html"):
        build(copy, archives=archives)


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="there is no ssh-keygen to sign with")
def test_a_release_is_tagged_where_a_key_is_set(copy: Path, tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    (tmp_path / "signers").write_text(f"test@localhost {key.with_suffix('.pub').read_text()}")
    git(copy, "config", "gpg.format", "ssh")
    git(copy, "config", "user.signingkey", str(key))
    git(copy, "config", "gpg.ssh.allowedSignersFile", str(tmp_path / "signers"))
    prepare(copy, "2.0.0", "Something.")
    quick_release(copy, "2.0.0", 4)
    git(copy, "verify-tag", "v2.0.0")
    assert git(copy, "rev-parse", "v2.0.0^{commit}") == git(copy, "rev-parse", "HEAD")


def test_a_shallow_clone_is_told_what_to_fetch(repository: Path, tmp_path: Path) -> None:
    clone = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{repository}", str(clone))
    with pytest.raises(SiteError, match="git fetch --unshallow"):
        build(clone)


KILLED = """
import os, signal, sys
from pathlib import Path
import stub
from keepinpact.editions import versioned
versioned.build_paper = stub.build
os.setpgid(0, 0)
left = int(sys.argv[2])
def kill(event, arguments):
    global left
    counted = event in ("open", "os.rename", "os.link") and str(arguments[0]).startswith(sys.argv[1])
    if counted or event == "subprocess.Popen":
        if not left:
            os.killpg(0, signal.SIGKILL)
        left -= 1
sys.addaudithook(kill)
versioned.build_site(Path(sys.argv[1]), fresh=True, progress=lambda _: None)
"""


@pytest.mark.long
def test_killed_builds_lose_nothing(copy: Path) -> None:
    before = checksums(copy / "_site")
    environment = dict(os.environ) | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}"}
    for files in (3, 30, 150, 400):
        command = [sys.executable, "-c", KILLED, str(copy), str(files)]
        run = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert run.returncode == -signal.SIGKILL, (files, run.stderr)
        assert checksums(copy / "_site") == before
    assert list((copy / "_build").glob("site-*"))
    build(copy)
    assert checksums(copy / "_site") == before
    assert not list((copy / "_build").glob("site-*"))


# Each step is killed in a process of its own, all forked from one that has done the imports.
SWAP = """
import os, signal, sys
from pathlib import Path
from keepinpact.editions.versioned import staging, swap
for step in range(20):
    child = os.fork()
    if not child:
        break
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status))
    if not status:
        sys.exit()
root, left = Path(sys.argv[1]) / str(step), step
def kill(event, _):
    global left
    if event in ("os.rename", "os.remove", "os.rmdir"):
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
with staging(root) as folder:
    (root / "new").rename(folder / "site")
    sys.addaudithook(kill)
    swap(folder / "site", root / "_site")
os._exit(0)
"""


def test_a_swap_killed_at_any_step_leaves_one_whole_site(tmp_path: Path) -> None:
    for step in range(20):
        root = tmp_path / str(step)
        for name in ("_site", "new"):
            (root / name / "v").mkdir(parents=True)
            for file in ("index.html", "v/page.html"):
                (root / name / file).write_text(name)
        (root / "_build").mkdir()
    environment = dict(os.environ) | {"PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", SWAP, str(tmp_path)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    *killed, last = map(int, done.stdout.split())
    assert (set(killed), last) == ({-signal.SIGKILL}, 0)
    seen = []
    for step in range(len(killed) + 1):
        root = tmp_path / str(step)
        there = (root / "_site").exists()
        # What the next build begins with.
        with staging(root):
            pass
        kept = {path.read_text() for path in (root / "_site").rglob("*.html")}
        assert len([*(root / "_site").rglob("*.html")]) == 2
        assert [path.name for path in (root / "_build").iterdir()] == [".site.lock"]
        seen.append((there, *kept))
    assert seen[:3] == [(True, "_site"), (False, "_site"), (True, "new")]
    assert set(seen[3:]) == {(True, "new")}


def test_a_swap_that_fails_puts_the_old_site_back(tmp_path: Path) -> None:
    (tmp_path / "_site").mkdir()
    (tmp_path / "_build").mkdir()
    with pytest.raises(FileNotFoundError):
        swap(tmp_path / "missing", tmp_path / "_site")
    assert (tmp_path / "_site").is_dir()
    assert not [*(tmp_path / "_build").iterdir()]


@pytest.fixture(scope="module")
def addressed(html: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same editions, released with the address setting filled."""
    return three_editions(tmp_path_factory.mktemp("addressed") / "project", html, f"{ADDRESS}/")


@pytest.fixture(scope="module", params=["empty", "filled"])
def site(request: pytest.FixtureRequest) -> Path:
    """The site with the address setting empty, and filled."""
    return request.getfixturevalue("repository" if request.param == "empty" else "addressed") / "_site"


@pytest.fixture(params=["root", "sub-path", "file"])
def base(request: pytest.FixtureRequest, site: Path) -> Iterator[str]:
    """Where a reader finds the site: at a web root, below a sub-path, in a folder."""
    if request.param == "file":
        yield site.as_uri()
        return
    with served(site, "/" if request.param == "root" else "/below/site/") as address:
        yield address.removesuffix("/")


@pytest.mark.long
def test_switcher_and_banner(base: str, browser) -> None:
    page = browser.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))

    page.goto(f"{base}/v/1.0.0/chapters/diploma.html")
    assert "This is an old edition." in page.inner_text(".edition-banner")
    page.click(".edition-bar summary")
    assert page.locator(".edition-bar li").count() == 4
    page.click(".edition-bar li a:has-text('1.1.0')")
    assert page.url == f"{base}/v/1.1.0/chapters/diploma.html"
    page.click(".edition-banner a")
    assert page.url == f"{base}/v/1.2.0/chapters/diploma.html"
    assert page.locator(".edition-banner").count() == 0

    # A page that the other edition lacks leads to its front page.
    page.goto(f"{base}/v/1.0.0/chapters/tools.html")
    page.click(".edition-banner a")
    page.wait_for_url(f"{base}/v/1.2.0/chapters/diploma.html")
    page.goto(f"{base}/v/dev/chapters/tasks.html")
    assert "working copy" in page.inner_text(".edition-banner")

    page.goto(f"{base}/v/latest/chapters/tasks.html#the-tasks-as-listed")
    page.wait_for_url(f"{base}/v/1.2.0/chapters/tasks.html#the-tasks-as-listed")
    page.goto(f"{base}/index.html")
    page.wait_for_url(f"{base}/v/1.2.0/chapters/diploma.html")
    page.goto(f"{base}/editions.html")
    page.click("a:has-text('What changed') >> nth=0")
    assert page.url == f"{base}/changes/1.1.0-1.2.0.html"
    assert troubles == []
    page.close()


@pytest.mark.long
def test_without_javascript_there_is_a_link_to_the_editions(site: Path, browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "v/1.0.0/chapters/diploma.html").as_uri())
    page.click(".edition-bar a")
    assert page.url == (site / "editions.html").as_uri()
    page.click("a:has-text('1.2.0') >> nth=0")
    page.wait_for_url((site / "v/1.2.0/chapters/diploma.html").as_uri())
    context.close()


def test_the_keyboard_opens_and_closes_the_switcher(repository: Path, browser) -> None:
    page = browser.new_page()
    page.goto((repository / "_site/v/1.0.0/chapters/diploma.html").as_uri())
    page.focus(".edition-bar summary")
    page.keyboard.press("Enter")
    assert page.is_visible(".edition-bar ul")
    page.keyboard.press("Escape")
    assert not page.is_visible(".edition-bar ul")
    page.close()


def test_the_switcher_fits_a_phone(repository: Path, browser) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 640})
    page.goto((repository / "_site/v/1.0.0/chapters/diploma.html").as_uri())
    page.click(".edition-bar summary")
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.close()


def test_absolute_addresses_stand_only_where_the_setting_is_filled(repository: Path, addressed: Path) -> None:
    def text(root: Path, name: str) -> str:
        return (root / "_site/v/1.1.0" / name).read_text(encoding="utf-8")

    permanent = f"{ADDRESS}/v/1.1.0/"
    assert f'<link rel="canonical" href="{permanent}chapters/tasks.html">' in text(
        addressed, "chapters/tasks.html"
    )
    for name in ("chapters/tasks.html", "citation.bib", "citation.ris", "CITATION.cff"):
        assert permanent in text(addressed, name)
        assert ADDRESS not in text(repository, name)
    assert "canonical" not in text(repository, "chapters/tasks.html")
    assert "Edition 1.1.0, 2026-01-02" in text(repository, "chapters/tasks.html")


def test_the_sitemap_is_made_only_where_the_setting_is_filled(repository: Path, addressed: Path) -> None:
    for name in ("sitemap.xml", "robots.txt"):
        assert not (repository / "_site" / name).exists()
        assert (addressed / "_site" / name).exists()
    listed = re.findall(r"<loc>(.*)</loc>", (addressed / "_site/sitemap.xml").read_text(encoding="utf-8"))
    newest = addressed / "_site/v/1.2.0"
    assert f"{ADDRESS}/v/1.2.0/chapters/tasks.html" in listed
    assert all((newest / one.removeprefix(f"{ADDRESS}/v/1.2.0/")).is_file() for one in listed)


def test_the_page_for_missing_pages_leads_back_below_a_sub_path(site: Path, browser) -> None:
    with served(site, "/report/", "404.html") as start:
        page = browser.new_page()
        for missing in ("v/1.0.0/chapters/deep/nothing.html", "v/9.9.9/", "nothing.html"):
            page.goto(f"{start}{missing}")
            assert page.title() == "Page not found"
            links = page.eval_on_selector_all("a", "links => links.map(link => link.href)")
            assert {f"{start}v/latest/index.html", f"{start}editions.html"} <= set(links)
            assert [link for link in links if not (site / link.removeprefix(start)).is_file()] == []
        page.close()
    assert (site / "v/latest/index.html").is_file()


@pytest.mark.parametrize(
    ("version", "said"),
    [("1.2.0", "not above"), ("1.0.9", "not above"), ("2.0", "no version"), ("2.0.0", "has version 1.2.0")],
)
def test_a_release_that_is_not_in_order_changes_nothing(copy: Path, version: str, said: str) -> None:
    head, before = git(copy, "rev-parse", "HEAD"), checksums(copy / "editions")
    with pytest.raises(ReleaseError, match=said):
        quick_release(copy, version, 4)
    assert (git(copy, "rev-parse", "HEAD"), checksums(copy / "editions")) == (head, before)
    assert git(copy, "status", "--porcelain") == ""


def test_a_release_needs_a_clean_tree_a_changelog_and_passing_tests(copy: Path) -> None:
    (copy / "stray.txt").write_text("x")
    with pytest.raises(ReleaseError, match="not clean"):
        quick_release(copy, "2.0.0", 4)
    (copy / "stray.txt").unlink()
    prepare(copy, "2.0.0", "## 1.9.9")
    with pytest.raises(ReleaseError, match="CHANGELOG"):
        quick_release(copy, "2.0.0", 4)
    prepare(copy, "2.1.0", "Something.")
    with pytest.raises(ReleaseError, match="tests fail"):
        release(copy, "2.1.0", tests=["false"], progress=lambda _: None)
    assert git(copy, "status", "--porcelain") == ""
    assert load_editions(copy)[0].version == "1.2.0"


def test_a_release_says_why_each_number_changed(copy: Path) -> None:
    prepare(copy, "2.0.0", "Something.")
    reasons = copy / "editions/why.csv"
    text = reasons.read_text(encoding="utf-8")
    reasons.write_text(text.replace("2.0.0,*,", "2.0.0,verdict *,"), encoding="utf-8")
    items = copy / "data/report/items.csv"
    first, *rest = items.read_text(encoding="utf-8").splitlines(keepends=True)
    items.write_text(
        first + "".join(line for line in rest if not line.startswith("tasks-02,")), encoding="utf-8"
    )
    commit(copy, "A number changes without a reason")
    with pytest.raises(ReleaseError, match="does not say why"):
        quick_release(copy, "2.0.0", 4)
    assert load_editions(copy)[0].version == "1.2.0"


def test_the_first_pattern_that_fits_gives_the_reason() -> None:
    old = made_record("1.0.0")
    new = made_record("1.1.0", code="other", verdicts={"s": "reproduced", "t": "consistent"})
    found = explained(changes(old, new), [("verdict s", "one"), ("verdict *", "other"), ("*", "never")])
    assert [one.why for one in found] == ["one", "other"]
    assert str(found[0]).endswith("[code] one")
    assert [one.why for one in explained(changes(old, new), [])] == ["", ""]


@pytest.mark.parametrize("text", ["", "a,b\n", "version,what,why\n1.0.0,x\n", "version,what,why\n1.0.0,,y\n"])
def test_faulty_reasons_are_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "editions").mkdir()
    (tmp_path / "editions/why.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"why\.csv"):
        load_reasons(tmp_path, "1.0.0")


def test_a_commit_that_fails_leaves_the_tree_as_it_was(copy: Path) -> None:
    prepare(copy, "2.0.0", "Something.")
    hook = copy / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(ReleaseError, match="commit failed"):
        quick_release(copy, "2.0.0", 4)
    assert git(copy, "status", "--porcelain") == ""


# Withdrawn


def with_answers(root: Path, version: str, *rows: str) -> None:
    """Prepare an edition with these answers, made up for the test."""
    head = "wave,item,respondent,value"
    (root / RELEASED).write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    prepare(root, version, "Answers.")


@pytest.fixture
def withdrawn(copy: Path) -> tuple[Path, dict[str, dict[str, str]]]:
    """Of five editions two held the answers of r3 and are withdrawn; what every edition published before."""
    rows = ["1,staff,r1,yes", "1,staff,r2,no", "1,staff,r3,no"]
    for day, (version, held) in enumerate({"1.3.0": rows, "1.4.0": rows, "1.5.0": rows[:2]}.items(), start=4):
        with_answers(copy, version, *held)
        quick_release(copy, version, day)
    build(copy)
    before = {one.version: checksums(copy / "_site/v" / one.version) for one in load_editions(copy)}
    withdraw(copy, "1.3.0", today=date(2026, 2, 1), progress=lambda _: None)
    withdraw(copy, "1.4.0", why="It was not to be.", today=date(2026, 2, 2), progress=lambda _: None)
    return copy, before


@pytest.mark.long
def test_a_notice_takes_the_place_of_a_withdrawn_edition_and_the_others_stay(withdrawn) -> None:
    root, before = withdrawn
    lines = build(root)
    assert sum("reused" in line for line in lines) == 4
    site = root / "_site"
    for version, why in (("1.3.0", WHY), ("1.4.0", "It was not to be.")):
        folder = site / "v" / version
        pages = {f"chapters/{name}.html" for name in ("diploma", "tasks", "themes")} | {"index.html"}
        assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == pages
        for name in pages:
            notice = (folder / name).read_text(encoding="utf-8")
            assert f"Edition {version} is withdrawn</h1>" in notice
            assert why in notice
            assert 'content="noindex"' in notice
            for link in re.findall(r'href="([^"#:]+)"', notice):
                assert ((folder / name).parent / link).resolve().is_file(), link
    for version in ("1.0.0", "1.1.0", "1.2.0", "1.5.0"):
        assert checksums(site / "v" / version) == before[version]
    names = {path.name for path in (site / "changes").iterdir()}
    assert names == {"1.0.0-1.1.0.html", "1.1.0-1.2.0.html", "1.2.0-1.5.0.html"}
    switcher = (site / "v/versions.js").read_text(encoding="utf-8")
    assert '"1.5.0"' in switcher
    assert '"1.4.0"' not in switcher
    listed = (site / "editions.html").read_text(encoding="utf-8")
    assert "Withdrawn on 2026-02-02. It was not to be." in listed
    assert "v/1.4.0/results.json" not in listed


@pytest.mark.long
def test_a_withdrawn_edition_needs_no_revision_and_the_others_are_as_recorded(withdrawn, tmp_path) -> None:
    root, before = withdrawn
    editions = json.loads((root / "editions.json").read_text(encoding="utf-8"))
    for one in editions:
        if "withdrawn" in one:
            # As if it had been taken out of the history.
            one["revision"] = "0" * 40
    write_json(root / "editions.json", editions)
    build(root, fresh=True)
    for version in ("1.0.0", "1.1.0", "1.2.0", "1.5.0"):
        assert checksums(root / "_site/v" / version) == before[version]


@pytest.mark.long
def test_a_withdrawal_is_one_commit_that_takes_the_numbers_away(withdrawn) -> None:
    root, _ = withdrawn
    touched = git(root, "show", "--name-only", "--format=%s", "HEAD").split()
    assert touched == ["Withdraw", "1.4.0", "editions.json", "editions/1.4.0.json", "editions/1.4.0.sha256"]
    record = load_record(root, "1.4.0")
    assert (record.results, record.figures, record.verdicts, record.data, record.code) == ([], [], {}, "", "")
    assert [one.version for one in load_editions(root) if one.withdrawn] == ["1.4.0", "1.3.0"]
    # The editions that stay are written as they were: an older revision knows nothing of withdrawals.
    entries = json.loads((root / "editions.json").read_text(encoding="utf-8"))
    assert {len(one) for one in entries if "withdrawn" not in one} == {4}


def test_after_the_newest_was_withdrawn_the_one_before_it_is_the_newest(copy: Path) -> None:
    withdraw(copy, "1.2.0", progress=lambda _: None)
    build(copy)
    latest = (copy / "_site/v/latest/chapters/tasks.html").read_text(encoding="utf-8")
    assert "../../1.1.0/chapters/tasks.html" in latest
    with pytest.raises(ReleaseError, match="not above"):
        quick_release(copy, "1.2.0", 5)
    prepare(copy, "1.2.1", "Anew.")
    quick_release(copy, "1.2.1", 5)
    assert [one.version for one in load_editions(copy)] == ["1.2.1", "1.2.0", "1.1.0", "1.0.0"]


def test_all_can_be_withdrawn(copy: Path) -> None:
    for version in ("1.0.0", "1.1.0", "1.2.0"):
        withdraw(copy, version, progress=lambda _: None)
    build(copy)
    assert "v/dev/" in (copy / "_site/index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("version", "why", "said"),
    [
        ("9.9.9", WHY, "no edition 9.9.9"),
        ("1.0.0", " ", "want to know"),
        ("1.1.0", WHY, "was withdrawn on"),
    ],
)
def test_a_withdrawal_out_of_order_changes_nothing(copy: Path, version: str, why: str, said: str) -> None:
    withdraw(copy, "1.1.0", progress=lambda _: None)
    before = checksums(copy / "editions") | checksums(copy / "chapters")
    with pytest.raises(ReleaseError, match=said):
        withdraw(copy, version, why=why, progress=lambda _: None)
    (copy / "stray.txt").write_text("x")
    with pytest.raises(ReleaseError, match="not clean"):
        withdraw(copy, "1.0.0", progress=lambda _: None)
    assert checksums(copy / "editions") | checksums(copy / "chapters") == before
    assert git(copy, "status", "--porcelain") == "?? stray.txt"


def test_versions_are_compared_by_their_numbers() -> None:
    assert version_key("0.10.0") > version_key("0.9.1")
    for wrong in ("1.0", "v1.0.0", "01.0.0", "1.0.0-rc1", ""):
        with pytest.raises(ValueError, match="no version"):
            version_key(wrong)


@pytest.mark.parametrize("content", ["", "{}", "[1]", '[{"version": "1.0.0"}]', "[", "\udcff"])
def test_a_broken_list_of_editions_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "editions.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError, match=r"editions\.json"):
        load_editions(tmp_path)


def test_editions_out_of_order_are_refused(tmp_path: Path) -> None:
    def entry(version: str) -> dict[str, str]:
        return {"version": version, "date": "2026-01-01", "revision": "a" * 40, "changed": "x"}

    write_json(tmp_path / "editions.json", [entry("1.0.0"), entry("1.1.0")])
    with pytest.raises(DataError, match="the newest edition first"):
        load_editions(tmp_path)


def test_no_editions_yet() -> None:
    assert load_editions(Path("/nonexistent")) == []


def made_record(version: str, **changed: object) -> Record:
    parts: dict[str, object] = {
        "format": 1,
        "version": version,
        "data": "d",
        "code": "c",
        "chapters": {"page": "t"},
        "results": [{"chapter": "page", "key": "k", "text": "61 % (19 of 31)", "count": 19, "base": 31}],
        "figures": [{"chapter": "page", "figure": "f", "sha256": "a" * 64}],
        "verdicts": {"s": "consistent"},
    }
    return Record.model_validate(parts | changed)


def test_shares_verdicts_and_causes_are_compared() -> None:
    old = made_record("1.0.0")
    assert changes(old, made_record("1.1.0", data="other")) == []
    results = [{"chapter": "page", "key": "k", "text": "55 % (17 of 31)", "count": 17, "base": 31}]
    new = made_record(
        "1.1.0", code="other", chapters={"page": "u"}, results=results, verdicts={"s": "reproduced"}
    )
    assert [str(change) for change in changes(old, new)] == [
        "number page: k: 61 % (19 of 31) -> 55 % (17 of 31) (-6.5 percentage points) [code, text]",
        "verdict s: consistent -> reproduced [code]",
    ]
    assert next(mismatches(old, new)) == (
        "number page: k: recorded 61 % (19 of 31), recomputed 55 % (17 of 31)"
    )


def test_where_a_number_comes_from_is_no_change_of_it() -> None:
    old = made_record("1.0.0")
    where = {"source": [{"file": "data/x.csv", "lines": [2, 3]}], "measure": "answers"}
    new = made_record("1.1.0", results=[{**old.results[0], **where}])
    assert changes(old, new) == []
    assert changes(old, made_record("1.1.0", results=[{**old.results[0], "count": 18}])) != []
