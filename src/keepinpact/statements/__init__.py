"""The language in which a report's statements are read.

:mod:`linear` is the arithmetic that everything comes down to, :mod:`constraints` the kinds of constraint, and
:mod:`report` a report made of them: quantities, statements with their readings, assumptions and definitions.
"""
