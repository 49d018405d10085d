"""Tables of efficiency."""

from services.energy.efficiency.tables.catalogue import (
    BenchmarkRow,
    CalorificRow,
    CarrierRow,
    DatedRow,
    EfficiencyRuleRow,
    FactorRow,
    ProductRow,
)
from services.energy.efficiency.tables.contests import AppealRow, ContestRuleRow, EditionRow, EntryRow
from services.energy.efficiency.tables.figures import FigureRow, MeterShareRow, MonthRow, ProcessRow
from services.energy.efficiency.tables.targets import PaymentRow, RewardRow, TargetDueRow, TargetRow, VetoRow

__all__ = [
    "AppealRow",
    "BenchmarkRow",
    "CalorificRow",
    "CarrierRow",
    "ContestRuleRow",
    "DatedRow",
    "EditionRow",
    "EfficiencyRuleRow",
    "EntryRow",
    "FactorRow",
    "FigureRow",
    "MeterShareRow",
    "MonthRow",
    "PaymentRow",
    "ProcessRow",
    "ProductRow",
    "RewardRow",
    "TargetDueRow",
    "TargetRow",
    "VetoRow",
]
