"""Tables of the ledger."""

from services.projects.ledger.tables.amounts import (
    AmountLimitRow,
)
from services.projects.ledger.tables.contracts import (
    ContractActRow,
    ContractRow,
)
from services.projects.ledger.tables.figures import (
    ProjectFiguresRow,
)
from services.projects.ledger.tables.funds import (
    FundsArrivalRow,
)
from services.projects.ledger.tables.milestones import (
    FormalityRuleRow,
    MilestoneRow,
)
from services.projects.ledger.tables.plans import (
    AnnualPlanRow,
    OutputEntryRow,
    PlanCurveRow,
)
from services.projects.ledger.tables.projects import (
    InvestmentEntryRow,
    ProgressEntryRow,
    ProjectChangeRow,
    ProjectPlanRow,
    ProjectRow,
)
from services.projects.ledger.tables.size_bands import (
    SizeBandsRow,
    SizeBandTargetRow,
)

__all__ = [
    "AmountLimitRow",
    "AnnualPlanRow",
    "ContractActRow",
    "ContractRow",
    "FormalityRuleRow",
    "FundsArrivalRow",
    "InvestmentEntryRow",
    "MilestoneRow",
    "OutputEntryRow",
    "PlanCurveRow",
    "ProgressEntryRow",
    "ProjectChangeRow",
    "ProjectFiguresRow",
    "ProjectPlanRow",
    "ProjectRow",
    "SizeBandTargetRow",
    "SizeBandsRow",
]
