"""A draft of a mapping, from the headings of exports and the texts that several people gave."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import pandas as pd

from keepinpact.imports.exports import Export, key
from keepinpact.imports.mapping import pieces

__all__ = ["drafted"]

_HEAD = """\
# Which column of the export is which item of the codebook, and how a text becomes a code.
# A draft from the headings: look at every line. The page "When responses come" explains each key.
# A column without item and set_aside is not settled, nor is a text with the code "?". Not listed is a text
# that only one row has, since it may be somebody's own words; the import will name it.
"""

_SAME = (
    "country pays nation land",
    "position poste fonction role",
    "staff personnel equipe",
    "dedicated dedie",
    "task tache activity activite mission",
    "organisation organization structure etablissement",
    "type genre",
    "sector secteur",
    "source trouver find found trouve trouvez",
    "partner partenaire",
    "way maniere facon mode",
    "cooperating cooperate cooperation cooperez cooperer",
    "level niveau",
    "challenge defi difficulte",
    "training formation",
    "framework referentiel",
    "competence competency skill",
    "diploma diplome qualification degree",
    "tool outil",
    "theme thematique topic",
    "meaning mean signifie signification sens",
    "value valeur",
    "added ajoutee",
    "interest interesse interested interet",
)
"""Words of survey questions that mean the same in English and French, without accents and plural."""

_REASONS = {
    reason: {word.removesuffix("s") for word in words.split()}
    for reason, words in {
        "identifier": "email mail courriel token jeton uuid username respondentid utilisateur id respondent",
        "personal": "name nom prenom phone telephone address adresse surname firstname lastname",
        "free text": "commentaire remark remarque suggestion anything",
        "technical": "timestamp horodateur time heure date start end debut fin submitdate startdate datestamp"
        " seed lastpage startlanguage collector ip ipaddr refurl submission index version device deviceid"
        " duration duree language langue score points completion notes validation status submitted",
    }.items()
}
"""Words of headings that say why a column is set aside."""
_LITTLE = {
    "your",
    "votre",
    "vo",
    "the",
    "le",
    "de",
    "you",
    "vou",
    "what",
    "quel",
    "quelle",
    "and",
    "for",
    "pour",
}
_OTHER = re.compile(
    r"(^|[^a-z])(other|autre)s?(\]|$| \()|(please|veuillez) |open-ended|^\w* ?comments?\W*$", re.IGNORECASE
)
_YES = {"yes": "yes", "oui": "yes", "y": "yes", "o": "yes", "no": "no", "non": "no", "n": "no"}
_CHOSEN = {"1", "y", "yes", "oui", "true", "vrai", "x", "checked", "selected", "quoted"}
_NOT_CHOSEN = {"0", "n", "no", "non", "false", "faux", "unchecked", "not selected", "not quoted"}
_OPTION = re.compile(r"(?P<base>.+?)\s*(?:\[(?P<a>.+)\]|\| (?P<b>.+)|/(?P<c>[^/ ][^/]*))")


def drafted(exports: Sequence[Export], codebook: pd.DataFrame) -> str:
    """A mapping as YAML, in which everything that cannot be told is left for somebody to say.

    A text of a cell stands in it only where it is a code or a label, a country's name in English or French,
    yes or no, or was given by several.
    """
    cells: dict[str, list[str]] = {}
    for export in exports:
        for place, heading in enumerate(export.headings):
            cells.setdefault(heading, []).extend(row[place] for _, row in export.rows)
    items = codebook[codebook["variable"] == "item"]
    kinds = dict(zip(items["code"], items["response"], strict=True))
    made: dict[str, dict[str, str]] = {item: {} for item in kinds}
    bases = Counter(_base(heading)[0] for heading in cells)
    lines = [f"format: 1\nheader_rows: {max(export.header_rows for export in exports)}"]
    lines.append(
        "# Where the import asks: empty_rows (keep, leave out), repeated (keep all, keep first, keep last)"
    )
    lines.append("columns:")
    for heading, texts in cells.items():
        base, option = _base(heading)
        lines.append(f"  - column: {_quoted(heading)}")
        asked = _item(base, items) if option and bases[base] > 1 else None
        item = asked or _item(heading, items)
        given = Counter(filter(None, texts))
        if reason := _aside(heading, given, item):
            lines.append(f"    set_aside: {reason}")
        elif asked and base in cells:
            lines.append("    set_aside: not needed   # the column with all its options holds it too")
        elif item is None:
            lines.append(
                "    # item: ...   or set_aside: identifier, personal, free text, technical, not needed"
            )
        else:
            known = _known(codebook, item)
            new = None if (codebook["variable"] == item).any() else made[item]
            if asked and kinds[item] == "multiple":
                lines.append(f"    item: {item}")
                lines += _chosen(option, given, known, new)
            else:
                lines += _values(item, given, known, new, several=kinds[item] == "multiple")
    return _HEAD + "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _base(heading: str) -> tuple[str, str]:
    """A heading without its option, and the option."""
    # In a file of SPSS the name of each option's variable stands before the question.
    found = _OPTION.fullmatch(re.sub(r"^\w*\d \| ", "", heading))
    return (found["base"], found["a"] or found["b"] or found["c"]) if found else (heading, "")


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", key(text))
    return "".join(one for one in letters if not unicodedata.combining(one))


def _words(text: str) -> set[str]:
    """The words of a heading, of those that mean the same the same one."""
    found = {
        one.removesuffix("s") for one in re.findall(r"[a-z]{2,}", _plain(text).replace("e-mail", "email"))
    }
    same = {word.removesuffix("s"): group.split()[0] for group in _SAME for word in group.split()}
    return {same.get(one, one) for one in found - _LITTLE}


def _aside(heading: str, given: Counter[str], item: str | None) -> str | None:
    """Why a column is set aside, as far as its heading and an address in its cells can tell."""
    words = _words(heading)
    if any(re.fullmatch(r"\S+@\S+\.\S+", text) for text in given):
        return "identifier"
    if _OTHER.search(heading):
        return "free text"
    if item is None and (len(words) <= 4 or heading.startswith("_")):
        reason = next((reason for reason, those in _REASONS.items() if words & those), None)
        # What is the same in all rows tells nobody apart.
        return "technical" if reason == "identifier" and len(given) < 2 else reason
    return None


def _item(heading: str, items: pd.DataFrame) -> str | None:
    """The item that a heading has most words of, rare ones and those of its name first; None if in doubt."""
    rows: Iterable[tuple[str, str, str]] = items[["code", "label", "definition"]].itertuples(index=False)
    names, about = {}, {}
    for code, label, definition in rows:
        names[code] = _words(f"{code} {label}".replace("_", " "))
        about[code] = names[code] | _words(definition)
    often = Counter(word for words in about.values() for word in words)
    heard = _words(heading.replace("_", " "))
    scores = {
        code: sum((2 if word in names[code] else 1) / often[word] for word in heard & words)
        for code, words in about.items()
    }
    best, second = sorted(scores, key=lambda code: -scores[code])[:2]
    return best if scores[best] > max(scores[second], 0.5) else None


def _known(codebook: pd.DataFrame, item: str) -> dict[str, str]:
    """The codes of an item by code and label; countries in English and French, yes and no too."""
    from babel import Locale

    found: dict[str, str] = {}
    languages = [Locale(one).territories for one in ("en", "fr")]
    for row in codebook[codebook["variable"] == item].itertuples():
        names = [one.get(row.code, row.label) for one in languages]
        found |= dict.fromkeys(map(_plain, [row.code, row.label, *names]), str(row.code))
    return {word: code for word, code in _YES.items() if code in found} | found


def _code(text: str, known: Mapping[str, str], new: dict[str, str] | None) -> str:
    """The code of a text; one made of its words where the item has none yet; "?" for who reads the draft."""
    plain = _plain(text)
    first = re.split(r"[,. ]", plain)[0]
    if code := known.get(plain) or (known.get(first) if first in _YES else None):
        return code
    made = "_".join(re.findall(r"[a-z0-9]+", plain)[:4])
    return made if new is not None and made and new.setdefault(made, plain) == plain else "?"


def _chosen(
    option: str, given: Counter[str], known: Mapping[str, str], new: dict[str, str] | None
) -> Iterator[str]:
    """The values of a column that says of one option whether it was chosen."""
    code = _code(option, known, new)
    yield "    values:"
    for text, often in given.items():
        if _plain(text) in _NOT_CHOSEN:
            yield f'      {_quoted(text)}: ""'
        elif _plain(text) in (*_CHOSEN, _plain(option)):
            yield f"      {_quoted(text)}: {_quoted(code)}"
        elif often > 1:
            yield f'      {_quoted(text)}: "?"'


def _values(
    item: str, given: Counter[str], known: Mapping[str, str], new: dict[str, str] | None, *, several: bool
) -> Iterator[str]:
    """What a column of texts is: answers to an item with their values, or respondents' own words."""
    separator = max((";", ", "), key=lambda one: sum(one in text for text in given)) if several else None
    if separator and all(re.fullmatch(r"[a-z0-9_. -]+", text) for text in given):
        separator = " "
    counts: Counter[str] = Counter()
    for text, often in given.items():
        for piece in _pieces(text, separator, known) if separator else [text]:
            counts[piece] += often
    rare = {text for text, often in counts.items() if often == 1 and _code(text, known, None) == "?"}
    if 2 * len(rare) > counts.total():
        yield f"    set_aside: free text   # words on {item}? Codes of them stand in a column of their own."
        return
    yield f"    item: {item}"
    if separator:
        yield f"    separator: {_quoted(separator)}"
    yield "    values:"
    for text in counts:
        if text not in rare:
            yield f"      {_quoted(text)}: {_quoted(_code(text, known, new))}"


def _pieces(text: str, separator: str, known: Mapping[str, str]) -> Iterator[str]:
    """The answers of a cell; one that the codebook knows may hold the separator."""
    left, whole = list(pieces(text, separator)), {pieces(name, separator) for name in known}
    while left:
        ends = range(len(left), 1, -1)
        end = next((one for one in ends if tuple(map(_plain, left[:one])) in whole), 1)
        yield f"{separator.strip()} ".join(left[:end])
        del left[:end]
