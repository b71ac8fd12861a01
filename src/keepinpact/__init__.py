"""The reproducible edition of "European practices of cooperation in lifelong guidance"."""
