"""Search that finds what stands on a page."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sphinx.search.en import SearchEnglish

__all__ = ["English", "whole_index"]


class English(SearchEnglish):
    """Sphinx's English with one stemmer for both the index and the query.

    Sphinx makes the index with Snowball's Porter stemmer and the query with another, which disagree on
    words such as "psychology" and on the "s" of "other's"; a page that holds one is then not found.
    """

    language_name = "Porter"  # of the stemmer in Sphinx's own script
    js_stemmer_rawcode = "porter-stemmer.js"


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
