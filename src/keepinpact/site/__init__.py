"""The built book: executing its chapters, building it and what is published next to its pages."""
