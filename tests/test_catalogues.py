"""What catalogues and archives read: an RO-Crate and a DDI codebook, made from the same sources."""

import json
import re
import shutil
from collections import Counter
from copy import deepcopy
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
import yaml
from bs4 import BeautifulSoup

from keepinpact.book.metadata import linked_data
from keepinpact.data import ROOT, load_codebook, load_disclosure, load_package, load_responses
from keepinpact.editions.catalogues import catalogues
from keepinpact.editions.codebook import DDI, ddi_codebook
from keepinpact.editions.crate import CRATE, crate
from keepinpact.editions.finish import SUMS, finish
from keepinpact.editions.software import BILL, LICENCES
from keepinpact.records import Edition
from keepinpact.settings import Settings, load_settings
from small import edit

RELEASED = Edition(version="9.8.7", date="2031-05-04", revision="0" * 40, changed="Everything.")
CFF = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def finished(html: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The built book finished as an edition, once more elsewhere, and as the working copy."""
    folder = tmp_path_factory.mktemp("finished")
    found = {"edition": folder / "a", "again": folder / "somewhere else/b", "dev": folder / "dev"}
    found["again"].parent.mkdir()
    for name, target in found.items():
        finish(ROOT, target, None if name == "dev" else RELEASED)
    return found


@pytest.fixture(scope="module")
def described(finished: dict[str, Path]) -> dict:
    return json.loads((finished["edition"] / CRATE).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def entities(described: dict) -> dict[str, dict]:
    return {one["@id"]: one for one in described["@graph"]}


@pytest.fixture(scope="module")
def codebook(finished: dict[str, Path]) -> Element:
    return parsed((finished["edition"] / DDI).read_text(encoding="utf-8"))


@pytest.fixture
def spoiled(tree: Path) -> Path:
    """A copy of what both are made from, for tests that change it."""
    for name in ("CITATION.cff", "requirements.txt"):
        shutil.copy(ROOT / name, tree)
    return tree


# RO-Crate


def faults(whole: dict) -> list[str]:
    """What of the rules of RO-Crate 1.2 a description breaks, as far as they are about its form."""
    found = []
    if whole["@context"] != "https://w3id.org/ro/crate/1.2/context":
        found.append("context")
    graph = whole["@graph"]
    ids = Counter(one["@id"] for one in graph)
    found += [f"twice: {name}" for name, count in ids.items() if count > 1]
    for one in graph:
        found += [f"{one['@id']}: no {key}" for key in ("@type", "name") if not one.get(key)]
        for key, value in one.items():
            for leading in value if isinstance(value, list) else [value]:
                if not isinstance(leading, dict):
                    continue
                if set(leading) != {"@id"}:
                    found.append(f"{one['@id']}: {key} is nested")
                elif leading["@id"] not in ids and not urlsplit(leading["@id"]).scheme:
                    found.append(f"{one['@id']}: {key} leads nowhere")
    by_id = {one["@id"]: one for one in graph}
    descriptor, root = by_id.get("ro-crate-metadata.json", {}), by_id.get("./", {})
    if descriptor.get("about") != {"@id": "./"} or descriptor.get("@type") != "CreativeWork":
        found.append("descriptor")
    if descriptor.get("conformsTo") != {"@id": "https://w3id.org/ro/crate/1.2"}:
        found.append("conformsTo")
    if root.get("@type") != "Dataset" or not all(root.get(key) for key in ("description", "license")):
        found.append("root")
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", root.get("datePublished", "")):
        found.append("date")
    parts = {one["@id"] for one in root.get("hasPart", [])}
    files = {one["@id"] for one in graph if one.get("@type") == "File"}
    found += [f"no part: {name}" for name in sorted(files ^ parts)]
    found += [f"no path within: {name}" for name in files if re.match(r"/|\w+:|.*\.\./", name)]
    return found


def test_the_crate_keeps_the_rules(described: dict) -> None:
    assert faults(described) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda by: by["./"].pop("datePublished"), "date"),
        (lambda by: by["./"].pop("license"), "root"),
        (lambda by: by["./"]["hasPart"].pop(), "no part: "),
        (lambda by: by["./"].update(author={"@id": "#nobody"}), "./: author leads nowhere"),
        (lambda by: by["./"].update(author={"@id": "#a", "name": "A"}), "./: author is nested"),
        (lambda by: by[CRATE].update(about={"@id": "#report"}), "descriptor"),
        (lambda by: by["results.json"].update({"@id": "/results.json"}), "no path within: "),
        (lambda by: by["results.json"].update({"@id": "statements.json"}), "twice: statements.json"),
    ],
)
def test_a_broken_rule_is_found(described: dict, change, fault: str) -> None:
    broken = deepcopy(described)
    change({one["@id"]: one for one in broken["@graph"]})
    assert any(one.startswith(fault) for one in faults(broken))


def test_every_file_is_described_and_nothing_else(finished: dict[str, Path], entities: dict) -> None:
    folder = finished["edition"]
    sizes = {
        path.relative_to(folder).as_posix(): str(path.stat().st_size)
        for path in folder.rglob("*")
        if path.is_file() and path.name not in (CRATE, SUMS)
    }
    files = {unquote(name): one for name, one in entities.items() if one["@type"] == "File"}
    assert {name: one["contentSize"] for name, one in files.items()} == sizes
    assert len(files) > 100
    unknown = {name for name, one in files.items() if one["encodingFormat"] == "application/octet-stream"}
    assert unknown == {"objects.inv"}
    assert files["chapters/tasks.html"]["name"].startswith("Main tasks and activities")
    assert all(one["description"] for one in files.values())
    for one in load_package()["resources"]:
        file = files[f"data/{one['path']}"]
        assert (file["description"], file["encodingFormat"]) == (one["description"], one["mediatype"])


def test_the_crate_names_edition_report_licence_and_software(
    finished: dict[str, Path], entities: dict
) -> None:
    root, report = entities["./"], entities["#report"]
    assert (root["version"], root["datePublished"]) == (RELEASED.version, RELEASED.date)
    assert (root["name"], root["description"], root["keywords"]) == (
        CFF["title"], CFF["abstract"], CFF["keywords"],
    )  # fmt: skip
    assert entities[root["author"]["@id"]]["name"] == CFF["authors"][0]["name"]
    assert root["isBasedOn"] == {"@id": "#report"}
    source = CFF["references"][0]
    assert (report["name"], report["url"]) == (source["title"], source["url"])
    assert entities[report["author"]["@id"]]["name"] == source["authors"][0]["name"]
    # The pages say the same of them.
    article, dataset, same = linked_data(ROOT, finished["edition"], RELEASED, "")["@graph"]
    for here, there in ((root, article["author"]), (root, dataset["creator"]), (report, same["author"])):
        identified = entities[here["author"]["@id"]]
        assert there == [{key: value for key, value in identified.items() if key in ("@type", "name")}]
    (licence,) = load_package()["licenses"]
    assert root["license"] == {"@id": licence["path"]}
    assert entities[licence["path"]]["name"] == licence["title"]
    made = entities[root["mentions"]["@id"]]
    assert RELEASED.revision in made["description"]
    software = {entities[one["@id"]]["name"]: entities[one["@id"]]["version"] for one in made["instrument"]}
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert software["keepinpact"] == RELEASED.version
    assert f"\njupyter-book=={software['Jupyter Book']} " in lock


def test_the_crate_follows_its_sources_and_settings(spoiled: Path, tmp_path: Path) -> None:
    def made(**settings: str) -> dict[str, dict]:
        whole = json.loads(crate(spoiled, tmp_path / "edition", RELEASED, Settings.model_validate(settings)))
        assert faults(whole) == []
        return {one["@id"]: one for one in whole["@graph"]}

    (tmp_path / "edition").mkdir()
    for name in ("a b.csv", "c.csv"):
        (tmp_path / "edition" / name).write_text("x\n", encoding="utf-8")
    edit(
        spoiled / "CITATION.cff", "European practices of cooperation in lifelong guidance: the", "Ünlikely: a"
    )
    empty = made()
    assert "#contact" not in empty
    assert "url" not in empty["./"]
    assert "not published" in empty["#keepinpact"]["description"]
    assert empty["./"]["name"] == "Ünlikely: a reproducible edition"
    assert empty["a%20b.csv"]["contentSize"] == "2"
    filled = made(
        **{
            "site-address": "https://example.org/g",
            "repository": "https://example.org/r",
            "contact": "a@example.org",
        }
    )
    assert filled["./"]["url"] == "https://example.org/g/v/9.8.7/"
    assert filled["#keepinpact"]["url"] == "https://example.org/r"
    assert "not published" not in filled["#keepinpact"]["description"]
    assert filled["#contact"]["email"] == "a@example.org"
    assert filled[filled["./"]["author"]["@id"]]["contactPoint"] == {"@id": "#contact"}


# Both


def test_the_same_edition_gives_the_same_bytes_and_no_path(finished: dict[str, Path]) -> None:
    for name in (CRATE, DDI):
        written = (finished["edition"] / name).read_bytes()
        assert written == (finished["again"] / name).read_bytes()
        for folder in (ROOT, finished["edition"], Path.home()):
            assert f"{folder}/".encode() not in written
        assert f"  {name}\n" in (finished["edition"] / SUMS).read_text(encoding="utf-8")


def test_the_data_page_leads_to_what_there_is(finished: dict[str, Path]) -> None:
    links = {}
    for name in ("edition", "dev"):
        page = finished[name] / "chapters/data.html"
        section = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").find(id="for-catalogues")
        links[name] = {code.get_text(): code.find_parent("a") for code in section.select("dt code")}
        for link in filter(None, links[name].values()):
            assert (page.parent / link["href"]).is_file()
    assert list(links["edition"]) == ["CITATION.cff", DDI, BILL, LICENCES, CRATE]
    assert all(links["edition"].values())
    assert [name for name, link in links["dev"].items() if link is None] == [CRATE]
    assert not (finished["dev"] / CRATE).exists()


def test_an_edition_from_before_has_none(tmp_path: Path) -> None:
    assert catalogues(tmp_path, RELEASED) == []
    assert catalogues(ROOT, RELEASED) == [DDI, BILL, LICENCES, CRATE]
    assert catalogues(ROOT, None) == [DDI, BILL, LICENCES]


# DDI

SPACE = "{ddi:codebook:2_5}"
# The order in which DDI-Codebook 2.5 has what may stand in these elements; all of it may be left out but what
# stands in NEEDED.
ORDER = {
    "codeBook": "docDscr stdyDscr fileDscr dataDscr otherMat",
    "docDscr": "citation guide docStatus docSrc controlledVocabUsed notes",
    "stdyDscr": "citation studyAuthorization stdyInfo studyDevelopment method dataAccs othrStdyMat notes",
    "citation": "titlStmt rspStmt prodStmt distStmt serStmt verStmt biblCit holdings notes",
    "titlStmt": "titl subTitl altTitl parTitl IDNo",
    "rspStmt": "AuthEnty othId",
    "prodStmt": "producer copyright prodDate prodPlac software fundAg grantNo",
    "verStmt": "version verResp notes",
    "stdyInfo": "studyBudget subject abstract sumDscr qualityStatement notes exPostEvaluation",
    "sumDscr": "timePrd collDate nation geogCover geogUnit geoBndBox boundPoly anlyUnit universe dataKind",
    "method": "dataColl notes anlyInfo stdyClas dataProcessing codingInstructions",
    "dataColl": "timeMeth dataCollector collectorTraining frequenc sampProc sampleFrame targetSampleSize "
    "deviat collMode resInstru instrumentDevelopment sources collSitu actMin ConOps weight cleanOps",
    "anlyInfo": "respRate EstSmpErr dataAppr",
    "dataAccs": "setAvail useStmt notes",
    "setAvail": "accsPlac origArch avlStatus collSize complete fileQnty notes",
    "useStmt": "confDec specPerm restrctn contact citReq deposReq conditions disclaimer",
    "othrStdyMat": "relMat relStdy relPubl othRefs",
    "dataDscr": "varGrp nCubeGrp var nCube notes",
    "var": "location labl imputation security embargo respUnit anlysUnit qstn valrng invalrng undocCod "
    "universe TotlResp sumStat txt stdCatgry catgryGrp catgry codInstr verStmt concept derivation varFormat "
    "geoMap catLevel notes",
    "catgry": "catValu labl txt catStat mrow",
}
NEEDED = {"codeBook": "stdyDscr", "stdyDscr": "citation", "citation": "titlStmt", "titlStmt": "titl"}


def parsed(text: str) -> Element:
    return ElementTree.fromstring(text.encode())


def local(element: Element) -> str:
    assert element.tag.startswith(SPACE), element.tag
    return element.tag.removeprefix(SPACE)


def disordered(root: Element) -> list[str]:
    """The elements that hold what they may not hold, in another order, or not what they need."""
    found = []
    for element in root.iter():
        name, inside = local(element), [local(one) for one in element]
        allowed = ORDER.get(name, "").split()
        known = set(inside) <= set(allowed) and inside == sorted(inside, key=allowed.index)
        whole = NEEDED.get(name) in (None, *inside)
        mixed = inside and (element.text or "").strip()
        if not known or not whole or mixed:
            found.append(name)
    return found


def test_the_codebook_has_the_form_of_ddi(codebook: Element) -> None:
    assert (local(codebook), codebook.get("version")) == ("codeBook", "2.5")
    assert disordered(codebook) == []


@pytest.mark.parametrize(
    ("inside", "fault"),
    [("stdyDscr/citation", "citation"), ("dataDscr/var", "var"), ("stdyDscr/method/dataColl", "dataColl")],
)
def test_another_order_is_found(codebook: Element, inside: str, fault: str) -> None:
    broken = deepcopy(codebook)
    element = broken.find("/".join(f"{SPACE}{name}" for name in inside.split("/")))
    element[:] = reversed(element[:])
    assert disordered(broken) == [fault]


def texts(root: Element, name: str) -> list[str]:
    return [one.text or "" for one in root.iter(f"{SPACE}{name}")]


def test_the_codebook_says_what_is_known_and_what_is_not(codebook: Element) -> None:
    told = [one.text or "" for one in codebook.find(f"{SPACE}stdyDscr").iter()]
    for row in load_disclosure().to_dict("records"):
        (text,) = [one for one in told if row["says"] in one]
        assert row["quote"] in text
        assert (f"Missing from the report: {row['missing']}" in text) == bool(row["missing"])
    places = {row["id"]: row["says"] for row in load_disclosure().to_dict("records")}
    for name, element in (("recruitment", "sampProc"), ("modes", "collMode"), ("sizes", "respRate")):
        assert places[name] in "".join(texts(codebook, element))
    source = CFF["references"][0]
    study = codebook.find(f"{SPACE}stdyDscr/{SPACE}citation")
    assert texts(study, "titl") == [source["title"]]
    assert texts(study, "AuthEnty") == [author["name"] for author in source["authors"]]
    document = codebook.find(f"{SPACE}docDscr")
    assert texts(document, "version") == [RELEASED.version]
    assert texts(document, "prodDate") == [RELEASED.date]


def test_the_codebook_has_the_items_and_codes_and_no_counts(codebook: Element) -> None:
    known = load_codebook()
    items = known[known["variable"] == "item"]
    variables = list(codebook.iter(f"{SPACE}var"))
    assert [one.get("name") for one in variables] == list(items["code"])
    for variable, item in zip(variables, items.to_dict("records"), strict=True):
        codes = known[known["variable"] == item["code"]]
        assert texts(variable, "catValu") == list(codes["code"])
        assert texts(variable, "labl") == [item["label"], *codes["label"]]
        several = "This edition allows a respondent several answers." in texts(variable, "txt")[0]
        assert several == (item["response"] == "multiple")
        ours = ["The code is ours." in text for text in texts(variable, "txt")[1:]]
        assert ours == list(codes["origin"] == "edition")
    names = {local(one) for one in codebook.iter()}
    assert not names & {"catStat", "sumStat", "TotlResp", "fileDscr", "caseQnty", "nCube"}


def test_the_responses_are_called_unpublished_until_they_are_released(spoiled: Path) -> None:
    (before,) = texts(parsed(ddi_codebook(spoiled, RELEASED, "")), "avlStatus")
    assert before.startswith("The responses were not published with the report, and this edition holds none.")
    assert before.endswith(load_responses(spoiled).provenance)
    # Made up, nobody's answers.
    released = spoiled / "data/responses/released.csv"
    released.write_text("wave,item,respondent,value\n1,staff,m1,yes\n", encoding="utf-8")
    after = parsed(ddi_codebook(spoiled, RELEASED, ""))
    assert texts(after, "avlStatus") == [load_responses(spoiled).provenance]
    assert texts(after, "accsPlac") == ["data/responses/released.csv"]
    assert "not published with" not in ElementTree.tostring(after, encoding="unicode")
    assert disordered(after) == []


def test_text_that_looks_like_markup_stays_text(spoiled: Path) -> None:
    edit(spoiled / "data/codebook.csv", "country,HR,Croatia", "country,HR,<catStat>11</catStat> & ]]>")
    found = parsed(ddi_codebook(spoiled, None, ""))
    assert texts(found, "labl")[1] == "<catStat>11</catStat> & ]]>"
    assert disordered(found) == []
    assert texts(found, "version") == ["working copy"]


# Zenodo, and those who maintain the edition


def test_zenodo_finds_what_it_takes_from_the_citation_file() -> None:
    for field in ("title", "abstract", "authors", "keywords", "license", "message"):
        assert CFF[field]
    assert [set(author) for author in CFF["authors"]] == [{"name"}]
    # It would replace the citation file.
    assert not (ROOT / ".zenodo.json").exists()
    # One that nobody has given would be made up.
    assert not {"doi", "identifiers"} & set(CFF)


def test_the_documents_of_the_project_lead_somewhere() -> None:
    assert "contact" in load_settings(ROOT).model_dump()
    for name in ("README.md", "CONTRIBUTING.md", "CODE_OF_CONDUCT.md", "SECURITY.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        targets = re.findall(r"\]\(([^)#\s]+)\)", text)
        assert [one for one in targets if not urlsplit(one).scheme and not (ROOT / one).exists()] == []
        if name in ("CODE_OF_CONDUCT.md", "SECURITY.md"):
            assert "`contact` under `[tool.keepinpact]`" in text
            assert "Where it is empty" in text


# The software


def test_an_edition_says_what_it_was_built_with(finished: dict[str, Path]) -> None:
    bill = json.loads((finished["edition"] / BILL).read_text(encoding="utf-8"))
    assert bill["metadata"]["timestamp"].startswith(RELEASED.date)
    assert bill["metadata"]["component"]["name"] == "keepinpact"
    assert (finished["edition"] / BILL).read_bytes() == (finished["again"] / BILL).read_bytes()
    assert (finished["edition"] / LICENCES).read_bytes() == (ROOT / LICENCES).read_bytes()
    sealed = (finished["edition"] / SUMS).read_text(encoding="utf-8")
    assert {BILL, LICENCES} <= set(re.findall(r"  (\S+)$", sealed, re.MULTILINE))
