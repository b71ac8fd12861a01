"""The reproducible edition of "European practices of cooperation in lifelong guidance"."""

__version__ = "0.1.0"
