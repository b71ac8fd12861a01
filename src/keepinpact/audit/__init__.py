"""What a report's statements, taken together, allow: constraints over counts and a solver.

Nothing here reads a file or knows a page.
"""

from keepinpact.audit.model import Contradiction, Model, adopted, candidates, literal

__all__ = ["Contradiction", "Model", "adopted", "candidates", "literal"]
