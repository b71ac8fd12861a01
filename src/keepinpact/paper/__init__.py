"""The edition on paper; :mod:`document` makes the PDF from the built pages."""
