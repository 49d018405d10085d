"""Tables of targets. Amounts are in the indicator's unit, of money in yuan."""

from services.projects.targets.tables.actuals import TargetActualRow, TargetActualSourceRow
from services.projects.targets.tables.catalogue import (
    TargetClusterRow,
    TargetIndicatorRow,
    TargetPaceRuleRow,
    TargetScoreRuleRow,
)
from services.projects.targets.tables.editions import (
    TargetEditionEntryRow,
    TargetEditionRow,
    TargetMissRow,
    TargetMissStepRow,
)
from services.projects.targets.tables.energy import EnergyTargetRow
from services.projects.targets.tables.goals import TargetChangeRow, TargetRow
from services.projects.targets.tables.letters import (
    TargetLetterCounterRow,
    TargetLetterRevisionRow,
    TargetLetterRow,
    TargetSignatureRow,
)

__all__ = [
    "EnergyTargetRow",
    "TargetActualRow",
    "TargetActualSourceRow",
    "TargetChangeRow",
    "TargetClusterRow",
    "TargetEditionEntryRow",
    "TargetEditionRow",
    "TargetIndicatorRow",
    "TargetLetterCounterRow",
    "TargetLetterRevisionRow",
    "TargetLetterRow",
    "TargetMissRow",
    "TargetMissStepRow",
    "TargetPaceRuleRow",
    "TargetRow",
    "TargetScoreRuleRow",
    "TargetSignatureRow",
]
