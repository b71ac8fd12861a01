"""The language in which a report's statements are read.

:mod:`linear` is the arithmetic that everything comes down to. :mod:`kind` is what all kinds of constraint
share; :mod:`shares`, :mod:`compared`, :mod:`scales` and :mod:`constraints` hold the kinds, and
:mod:`wordings` the ranges of words for fractions. :mod:`report` is a report made of them: quantities,
statements with their readings, assumptions and definitions; :mod:`tables` spreads a printed table into these.
"""
