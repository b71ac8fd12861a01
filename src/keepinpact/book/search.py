"""Search that finds what stands on a page."""

from __future__ import annotations

from sphinx.search.en import SearchEnglish

__all__ = ["English"]


class English(SearchEnglish):
    """Sphinx's English with one stemmer for both the index and the query.

    Sphinx makes the index with Snowball's Porter stemmer and the query with another, which disagree on
    words such as "psychology" and on the "s" of "other's"; a page that holds one is then not found.
    """

    language_name = "Porter"  # of the stemmer in Sphinx's own script
    js_stemmer_rawcode = "porter-stemmer.js"
