"""Every page in a browser: private, self-contained, accessible, light, and steady while it loads."""

import gzip
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Page, Request, Response, TimeoutError, expect
from selectolax.lexbor import LexborHTMLParser

from keepinpact.book.metadata import metadata
from keepinpact.book.plain import redirect, site_pages
from keepinpact.data import ROOT
from keepinpact.editions.edition_bar import dress
from keepinpact.editions.versioned import leads_to, versions_script
from keepinpact.paper.citation import citation
from keepinpact.records import changes, load_editions, load_record
from keepinpact.settings import load_settings
from keepinpact.theme.page import change, read_pages
from keepinpact.theme.policy import policy
from serving import served

pytestmark = pytest.mark.long

BELOW = "/below/a/path/"
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
OPTIONS = {"resultTypes": ["violations"], "preload": False}
EVERYTHING = OPTIONS | {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"label-content-name-mismatch": {"enabled": True}},
}
# What another theme can break.
COLOURS = OPTIONS | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
# What another width can break: all but the colours, which only that width's own menus and buttons have.
SHAPES = EVERYTHING | {
    "rules": {
        "label-content-name-mismatch": {"enabled": True},
        "color-contrast": {"enabled": False},
        "link-in-text-block": {"enabled": False},
    }
}
# The theme looks anew which tables scroll.
SCROLLING = OPTIONS | {"runOnly": {"type": "rule", "values": ["scrollable-region-focusable"]}}
WHOLE, AROUND = {"include": [["html"]]}, {"include": [["html"]], "exclude": [["article"]]}
# What the theme keeps up after a change of width: whatever scrolls can be reached by keyboard, nothing else.
SETTLED = """() => [...document.querySelectorAll(
  "pre, .cell_output > .output, .pst-scrollable-table-container"
)].every(one => (one.tabIndex === 0)
  === (one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight))"""
OBSERVE = """
window.shifts = [];
const moved = ({ node }) => node?.nodeName + "." + node?.className;
new PerformanceObserver(list => {
  for (const one of list.getEntries()) shifts.push([one.value, ...one.sources.map(moved)]);
}).observe({ type: "layout-shift", buffered: true });
"""
# What the policy of a page keeps out.
REFUSED = """
window.refused = [];
document.addEventListener("securitypolicyviolation",
  one => refused.push([one.violatedDirective, one.blockedURI, one.sample, one.lineNumber].join(" ")));
"""
# What a reader can set going on a page: the note at a number, a citation, the theme, the menus.
USED = """() => {
  for (const one of ["a.receipt", "details summary", ".theme-switch-button", ".primary-toggle"])
    document.querySelector(one)?.click();
}"""
# What would run in a page without a policy: scripts of several kinds, a style, a file from elsewhere.
PLANTED = """async () => {
  window.ran = [];
  const script = document.createElement("script");
  script.textContent = "ran.push('script')";
  document.body.append(script);
  document.body.insertAdjacentHTML("beforeend",
    `<p id="planted" style="color: rgb(1, 2, 3)" onclick="ran.push('handler')">p</p>
     <style>#planted { font-size: 99px }</style><a id="led" href="javascript:ran.push('link')">a</a>`);
  planted.click(), led.click();
  setTimeout("ran.push('text as code')");
  await fetch("https://example.org/").then(() => ran.push("elsewhere"), () => {});
  await new Promise(done => setTimeout(done, 50));
  if (getComputedStyle(planted).color === "rgb(1, 2, 3)") ran.push("style attribute");
  if (getComputedStyle(planted).fontSize === "99px") ran.push("style element");
  return [ran, refused.map(one => one.split(" ")[0]).sort()];
}"""
KEPT_OUT = [
    "connect-src", "script-src", "script-src-attr", "script-src-elem", "script-src-elem", "style-src-attr",
    "style-src-elem",
]  # fmt: skip
# A page of each kind.
PLANTED_IN = (
    "/chapters/top-challenges.html",
    "/search.html",
    "/items.csv.html",
    "/figures/about-countries.html",
    "/editions.html",
    "/changes/0.1.0-0.2.0.html",
    "/404.html",
)
POLICY = """() => [
  "[http-equiv=Content-Security-Policy]", "[name=referrer]"
].map(one => document.querySelector(one)?.content)"""
WIDTHS = (1280, 390)
KB = 1024


@dataclass
class Visit:
    """What happened while a page was open; the files are those of the last time."""

    files: list[Path] = field(default_factory=list)
    outside: set[str] = field(default_factory=set)
    said: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    shifts: list[list[object]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    policy: list[str] = field(default_factory=list)
    ran: list[list[str]] = field(default_factory=list)
    scrolls: bool = False

    def add(self, other: "Visit") -> None:
        self.files = list(other.files)
        self.outside |= other.outside
        self.said += other.said
        self.violations += other.violations
        self.shifts += other.shifts
        self.refused += other.refused
        self.policy = other.policy
        self.ran += other.ran
        self.scrolls |= other.scrolls


@pytest.fixture(scope="module")
def site(html: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working copy as it is published: below the pages above the editions, with the edition bar."""
    site = tmp_path_factory.mktemp("site")
    book = shutil.copytree(html, site / "v/dev")
    cited = citation(ROOT, None, "")
    steps = [dress(book, "dev", "", cited["line"], ""), metadata(book, ROOT, None, load_settings(ROOT))]
    change(book, read_pages(book), steps)
    for name in ("CITATION.cff", "citation.bib"):
        (book / name).write_text(cited[name], encoding="utf-8")
    editions = load_editions(ROOT)
    newest = editions[0].version
    listed = [{"version": one, "date": "", "front": "index.html", "pages": []} for one in ("dev", newest)]
    (site / "v/versions.js").write_text(versions_script(listed, newest), encoding="utf-8")
    changed = [
        (old, new, changes(load_record(ROOT, old.version), load_record(ROOT, new.version)))
        for new, old in pairwise(editions)
    ]
    for name, text in site_pages(editions, changed, leads_to(ROOT, book, "")).items():
        (site / name).parent.mkdir(exist_ok=True)
        (site / name).write_text(text, encoding="utf-8")
    return site


def names(site: Path) -> list[str]:
    """Every page that a reader can stay on."""
    pages = (path.relative_to(site).as_posix() for path in sorted(site.rglob("*.html")))
    return [name for name in pages if not name.endswith("index.html")]


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where the site is served, below a path."""
    with served(site, BELOW) as address:
        yield address


def listen(page: Page, address: str, site: Path, visits: list[Visit]) -> None:
    """Write down what a page asks for and what it says, in the last visit."""

    def asked(request: Request) -> None:
        if request.url.startswith(address):
            name = request.url.removeprefix(address).partition("?")[0].partition("#")[0]
            visits[-1].files.append(site / name)
        elif not request.url.startswith(("data:", "blob:")):
            visits[-1].outside.add(request.url)

    def answered(response: Response) -> None:
        if response.status >= 400:
            visits[-1].outside.add(f"{response.url}: no such file")

    page.on("request", asked)
    page.on("response", answered)
    page.on("console", lambda one: visits[-1].said.append(one.text) if one.type == "error" else None)
    page.on("pageerror", lambda error: visits[-1].said.append(str(error)))


@pytest.fixture(scope="module")
def visits(site: Path, address: str, browser) -> dict[str, Visit]:
    """Each page opened afresh, once light and wide and once dark and narrow, and then seen the other way."""
    found = {name: Visit() for name in names(site)}
    for start, width in (("light", 1280), ("dark", 390)):
        context = browser.new_context(
            color_scheme=start, viewport={"width": width, "height": 900}, reduced_motion="reduce"
        )
        page = context.new_page()
        forget = fresh(page, address)
        page.add_init_script(OBSERVE)
        page.add_init_script(REFUSED)
        page.add_init_script(AXE)
        opened = [Visit()]
        listen(page, address, site, opened)
        for name, visit in found.items():
            forget()
            opened.append(now := Visit())
            look(page, address + name, start, width, now)
            if context.cookies():
                now.said.append(f"cookies: {context.cookies()}")
            visit.add(now)
        context.close()
    return found


def fresh(page: Page, address: str) -> Callable[[], None]:
    """What makes a page be opened as if for the first time: nothing cached, nothing stored."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    stored = {"origin": address.removesuffix(BELOW), "storageTypes": "all"}

    def forget() -> None:
        session.send("Storage.clearDataForOrigin", stored)

    return forget


def look(page: Page, address: str, theme: str, width: int, visit: Visit) -> None:
    """Open a page and write down what can be said against it."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)
    page.goto(address)
    visit.shifts += page.evaluate("shifts")
    settle(page)
    if width == 1280:
        visit.violations += findings(page, f"{theme}, {width}", EVERYTHING)
        choose(page, "dark")
        visit.violations += findings(page, f"dark, {width}", COLOURS)
        page.set_viewport_size({"width": 390, "height": 900})
        settle(page)
        visit.violations += findings(page, "made narrow", SCROLLING)
    else:
        visit.violations += findings(page, f"{theme}, {width}", SHAPES)
        visit.violations += findings(page, f"{theme}, {width}", COLOURS, AROUND)
        choose(page, "light")
        visit.violations += findings(page, f"light, {width}", COLOURS, AROUND)
    page.set_viewport_size({"width": 320, "height": 900})
    visit.scrolls |= page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.evaluate(USED)
    visit.refused += page.evaluate("refused")
    visit.policy = page.evaluate(POLICY)
    if width == 1280 and address.endswith(PLANTED_IN):
        heard = len(visit.said)
        visit.ran = page.evaluate(PLANTED)
        del visit.said[heard:]


def choose(page: Page, theme: str) -> None:
    """Change the system's theme; pages that have a theme of their own follow it."""
    page.emulate_media(color_scheme=theme)
    page.wait_for_function("one => (document.documentElement.dataset.theme || one) === one", arg=theme)


def settle(page: Page) -> None:
    """Wait until the theme has looked which tables scroll; what it leaves out is for the tests to find."""
    with suppress(TimeoutError):
        page.wait_for_function(SETTLED, timeout=2000)


def findings(
    page: Page, where: str, rules: dict[str, object] = EVERYTHING, part: dict[str, object] = WHOLE
) -> list[str]:
    script = "([part, rules]) => axe.run(part, rules).then(one => one.violations)"
    found = page.evaluate(script, [part, rules])
    return [f"{where}: {one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


@cache
def weight(file: Path) -> int:
    """The bytes of a file on its way."""
    return len(gzip.compress(file.read_bytes(), mtime=0)) if file.is_file() else 0


def size(files: list[Path]) -> float:
    return sum(map(weight, files)) / KB


def broken(visits: dict[str, Visit], what: str) -> dict[str, object]:
    return {name: getattr(visit, what) for name, visit in visits.items() if getattr(visit, what)}


def test_a_page_asks_for_nothing_that_the_site_does_not_hold(visits: dict[str, Visit]) -> None:
    assert broken(visits, "outside") == {}
    assert all(len(visit.files) >= 1 for visit in visits.values())


def test_no_page_reports_an_error_or_sets_a_cookie(visits: dict[str, Visit]) -> None:
    assert broken(visits, "said") == {}


def test_axe_finds_nothing(visits: dict[str, Visit]) -> None:
    assert broken(visits, "violations") == {}


def test_nothing_on_a_page_is_kept_out_by_its_policy(visits: dict[str, Visit]) -> None:
    """The notes, citations and menus were opened and the theme was changed too."""
    assert broken(visits, "refused") == {}


def test_every_page_says_what_it_may_load(visits: dict[str, Visit]) -> None:
    text = LexborHTMLParser(policy()).css_first("meta").attributes["content"]
    said = {name: visit.policy for name, visit in visits.items() if visit.policy != [text, "no-referrer"]}
    # It holds its own style and script.
    (itself, _) = said.pop("404.html")
    assert said == {}
    assert re.sub(r" 'sha256-[^']*'", "", itself) == text.replace("base-uri 'none'", "base-uri 'self'")
    assert "unsafe" not in text + itself


def test_what_is_planted_in_a_page_does_not_run(visits: dict[str, Visit]) -> None:
    planted = {name: visit.ran for name, visit in visits.items() if visit.ran}
    assert len(planted) == len(PLANTED_IN)
    assert {name: ran for name, ran in planted.items() if ran != [[], KEPT_OUT]} == {}


def test_no_page_scrolls_sideways_at_320_pixels(visits: dict[str, Visit]) -> None:
    assert broken(visits, "scrolls") == {}


def test_nothing_moves_while_a_page_loads(visits: dict[str, Visit]) -> None:
    """A fifth of what browsers count as good: a busy machine may draw a page before it is all read."""
    assert {name: v.shifts for name, v in visits.items() if sum(one[0] for one in v.shifts) > 0.02} == {}


def test_a_first_page_costs_less_than_60_kb_and_a_further_one_less_than_40(visits: dict[str, Visit]) -> None:
    shared = set.intersection(*(set(v.files) for name, v in visits.items() if "chapters/" in name))
    assert {n: size(v.files) for n, v in visits.items() if size(v.files) >= 60} == {}
    further = {n: size([file for file in v.files if file not in shared]) for n, v in visits.items()}
    assert {name: weight for name, weight in further.items() if weight >= 40} == {}


@pytest.fixture
def page(site: Path, browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page's tab of a site in a folder; a test's parameters are the context's."""
    context = browser.new_context(**({"reduced_motion": "reduce"} | getattr(request, "param", {})))
    yield context.new_page()
    context.close()


def chapter(site: Path, name: str = "top-challenges") -> str:
    return (site / f"v/dev/chapters/{name}.html").as_uri()


REACHABLE = """() => {
  window.reachable = [...document.querySelectorAll("a[href], button, input, summary, [tabindex='0']")]
    .filter(one => one.tabIndex >= 0 && one.checkVisibility({ visibilityProperty: true }));
  return reachable.map(one => one.outerHTML.slice(0, 160));
}"""
STEP = """() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  return { number: reachable.indexOf(at), what: at.outerHTML.slice(0, 160),
    seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 };
}"""


@pytest.mark.parametrize("page", [{"viewport": {"width": w, "height": 900}} for w in WIDTHS], indirect=True)
@pytest.mark.parametrize("name", ["top-challenges", "data"])
def test_the_keyboard_reaches_everything_and_shows_where_it_is(site: Path, page: Page, name: str) -> None:
    page.goto(chapter(site, name))
    settle(page)
    expected = dict(enumerate(page.evaluate(REACHABLE)))
    way: list[dict] = []
    for _ in range(2 * len(expected)):
        page.keyboard.press("Tab")
        step = page.evaluate(STEP)
        if step["what"].startswith("<body") or (way and step["number"] == way[0]["number"]):
            break
        way.append(step)
    assert "Skip to main content" in way[0]["what"]
    assert [step for step in way if not (step["seen"] and step["ring"])] == []
    assert {number: expected[number] for number in expected.keys() - {step["number"] for step in way}} == {}


def test_the_skip_link_leads_to_the_main_part(site: Path, page: Page) -> None:
    page.goto(chapter(site))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


@pytest.mark.parametrize("page", [{"viewport": {"width": 390, "height": 900}}], indirect=True)
def test_dialogs_open_close_and_give_the_focus_back(site: Path, page: Page) -> None:
    page.goto(chapter(site))
    for button, dialog in ((".primary-toggle", "primary"), (".secondary-toggle", "secondary")):
        opened = page.locator(f"#pst-{dialog}-sidebar-modal")
        for close in ("Escape", "Enter"):
            page.focus(button)
            page.keyboard.press("Enter")
            assert opened.is_visible()
            assert opened.get_attribute("aria-label")
            if close == "Enter":
                opened.get_by_role("button", name="Close").focus()
            page.keyboard.press(close)
            expect(opened).to_be_hidden()
            assert page.evaluate("one => document.activeElement.matches(one)", button)
            # The theme puts the dialog's content back after it has closed.
            page.wait_for_function(
                "id => document.getElementById(id).hasChildNodes()", arg=f"pst-{dialog}-sidebar"
            )


def test_search_by_keyboard_finds_a_page(site: Path, address: str, page: Page) -> None:
    visit = Visit()
    listen(page, address, site, [visit])
    page.add_init_script(REFUSED)
    page.goto(f"{address}v/dev/chapters/top-challenges.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("framework")
    page.keyboard.press("Enter")
    results = page.locator("#search-results")
    expect(results.locator("p.context").first).to_be_visible()  # what it reads from the pages it found
    assert page.evaluate("refused") == []
    results.locator("a", has_text="Use of competence frameworks").click()
    assert page.url.startswith(f"{address}v/dev/chapters/frameworks.html")
    assert (visit.said, visit.outside) == ([], set())


def test_the_theme_is_the_systems_until_a_reader_chooses(site: Path, browser) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(chapter(site))
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    button = page.locator(".theme-switch-button")
    while page.evaluate("document.documentElement.dataset.mode") != "light":
        button.press("Enter")
    assert button.get_attribute("aria-label") == "Colour theme: light"
    page.goto(chapter(site, "data"))
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    assert set(page.evaluate("Object.keys(localStorage)")) == {"mode", "theme"}
    context.close()


def test_nothing_moves_for_readers_who_asked_for_that(site: Path, page: Page) -> None:
    page.goto(chapter(site))
    moving = """() => [...document.querySelectorAll("*")].filter(one => {
        const style = getComputedStyle(one);
        return style.animationName !== "none" || parseFloat(style.transitionDuration) > 0
          || style.scrollBehavior !== "auto"; }).map(one => one.className)"""
    assert page.evaluate(moving) == []


@pytest.mark.parametrize(
    "page",
    [{"java_script_enabled": False, "viewport": {"width": w, "height": 900}} for w in WIDTHS],
    indirect=True,
)
def test_a_page_can_be_read_without_scripts(site: Path, page: Page) -> None:
    page.goto(chapter(site, "data"))
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator(".bd-docs-nav a", has_text="Method").is_visible()
    assert page.locator("button:visible").count() == 0
    fold = page.locator("article details").first
    fold.locator("summary").click()
    assert fold.locator("table, pre").first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_paper_shows_the_article_alone_and_unfolded(site: Path, page: Page) -> None:
    page.goto(chapter(site, "about"))
    page.emulate_media(media="print")
    assert page.locator("article h1").is_visible()
    assert page.locator("article details table").first.is_visible()
    gone = ".bd-sidebar-primary, .bd-sidebar-secondary, .bd-header-article, button, pre, a.headerlink"
    assert page.locator(gone).locator("visible=true").count() == 0


def test_pages_above_the_editions_lead_on_without_scripts(site: Path, browser) -> None:
    (site / "moved.html").write_text(redirect("editions.html", ""), encoding="utf-8")
    for scripts in (True, False):
        context = browser.new_context(java_script_enabled=scripts)
        page = context.new_page()
        page.goto((site / "moved.html").as_uri())
        page.wait_for_url("**/editions.html")
        context.close()


def test_a_page_that_leads_on_is_accessible_itself(site: Path, browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.set_content(redirect("editions.html", ""))
    page.evaluate(AXE)
    assert findings(page, "redirect") == []
    context.close()
