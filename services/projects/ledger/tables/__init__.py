"""Tables of the ledger."""

from services.projects.ledger.tables.amounts import (
    AmountLimitRow,
)
from services.projects.ledger.tables.funds import (
    FundsArrivalRow,
)
from services.projects.ledger.tables.projects import (
    InvestmentEntryRow,
    ProgressEntryRow,
    ProjectChangeRow,
    ProjectPlanRow,
    ProjectRow,
)

__all__ = [
    "AmountLimitRow",
    "FundsArrivalRow",
    "InvestmentEntryRow",
    "ProgressEntryRow",
    "ProjectChangeRow",
    "ProjectPlanRow",
    "ProjectRow",
]
