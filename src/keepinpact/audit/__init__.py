"""What a report's statements, taken together, allow: constraints over counts and a solver.

Nothing here reads a file or knows a page.
"""

from keepinpact.audit.model import (
    Clock,
    Contradiction,
    DataSets,
    Model,
    Unfinished,
    adopted,
    literal,
    share_in,
)
from keepinpact.audit.result import Audit, FoundRepair, Member, audit, repaired

__all__ = [
    "Audit",
    "Clock",
    "Contradiction",
    "DataSets",
    "FoundRepair",
    "Member",
    "Model",
    "Unfinished",
    "adopted",
    "audit",
    "literal",
    "repaired",
    "share_in",
]
