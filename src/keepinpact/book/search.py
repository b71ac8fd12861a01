"""Search that finds what stands on a page."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sphinx.search.en import SearchEnglish

__all__ = ["English", "finds_numbers", "scorer", "whole_index"]


class English(SearchEnglish):
    """Sphinx's English with one stemmer for both the index and the query.

    Sphinx makes the index with Snowball's Porter stemmer and the query with another, which disagree on
    words such as "psychology" and on the "s" of "other's"; a page that holds one is then not found.
    """

    language_name = "Porter"  # of the stemmer in Sphinx's own script
    js_stemmer_rawcode = "porter-stemmer.js"


_SCORER = """var Scorer = {
  score: ([page, , , , score]) => FINDINGS.includes(page) ? score + 20 : score,
  objNameMatch: 11, objPartialMatch: 6, objPrio: { 0: 15, 1: 5, 2: -5 }, objPrioDefault: 0,
  title: 15, partialTitle: 7, term: 5, partialTerm: 2,
};
"""
_NO_NUMBERS = re.compile(r"\s*\|\|\s*queryTerm\.match\(/\^\\d\+\$/\)")


def scorer(findings: Sequence[str]) -> str:
    """A script for the search that lists some pages, such as ``chapters/about``, above the others."""
    return _SCORER.replace("FINDINGS", json.dumps(list(findings)))


def finds_numbers(script: str) -> str:
    """Sphinx's script for the search, so that it passes over no number; ValueError for another script."""
    mended, times = _NO_NUMBERS.subn("", script)
    if times != 1:
        raise ValueError("the search's script does not pass over numbers where it did")
    return mended


def whole_index(
    index: Mapping[str, Any], terms: Mapping[str, Any], written: Collection[str]
) -> dict[str, Any]:
    """The search's index as it would be had all pages been written.

    Where Sphinx writes some pages only, it forgets the glossary's terms on the others, and keeps words that
    no page holds any more.

    Parameters
    ----------
    index
        What Sphinx has put into ``searchindex.js``.
    terms
        The ``indexentries`` that this returned for the same pages at the last build; those of ``index`` where
        there was none.
    written
        The pages that were written, such as ``chapters/about``.
    """
    anew = {number for number, name in enumerate(index["docnames"]) if name in written}
    found: dict[str, list[Any]] = {}
    for entries, are_anew in ((terms, False), (index["indexentries"], True)):
        for term, places in entries.items():
            if kept := [place for place in places if (place[0] in anew) is are_anew]:
                found.setdefault(term, []).extend(kept)
    words = {
        kind: {word: pages for word, pages in index[kind].items() if pages != []}
        for kind in ("terms", "titleterms")
    }
    return {**index, **words, "indexentries": {term: sorted(places) for term, places in found.items()}}
