"""What a report's statements, taken together, allow: constraints over counts and a solver.

Nothing here reads a file or knows a page.
"""

from keepinpact.audit.conflicts import shrunk
from keepinpact.audit.members import (
    besides,
    besides_shares,
    forced_by_rounding,
    member_of,
    repaired,
    resting_on,
)
from keepinpact.audit.model import (
    Contradiction,
    DataSets,
    Model,
    adopted,
    agreeing,
    literal,
    share_in,
)
from keepinpact.audit.result import Audit, FoundRepair, Member
from keepinpact.audit.slips import slips
from keepinpact.audit.solver import Clock, Rule, System, Unfinished
from keepinpact.audit.verdicts import recounts
from keepinpact.audit.whatif import Behind, Choice, Outcome, outcomes, readings_of
from keepinpact.audit.whole import UnknownRepair, audit
from keepinpact.audit.why import Explanation, UnknownName, explain, why_bound

__all__ = [
    "Audit",
    "Behind",
    "Choice",
    "Clock",
    "Contradiction",
    "DataSets",
    "Explanation",
    "FoundRepair",
    "Member",
    "Model",
    "Outcome",
    "Rule",
    "System",
    "Unfinished",
    "UnknownName",
    "UnknownRepair",
    "adopted",
    "agreeing",
    "audit",
    "besides",
    "besides_shares",
    "explain",
    "forced_by_rounding",
    "literal",
    "member_of",
    "outcomes",
    "readings_of",
    "recounts",
    "repaired",
    "resting_on",
    "share_in",
    "shrunk",
    "slips",
    "why_bound",
]
