"""Figures that the energy service knows of its targets (S23): energy, electricity, energy per output."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from services.projects.economy.domain.months import last_day, plus
from services.projects.targets.domain.indicators import Indicator, Nature
from services.projects.targets.domain.scopes import Scope, ScopeType
from services.projects.targets.repository import energy as repository
from services.projects.targets.repository.members import enterprises_within
from services.projects.targets.service.actuals import Actual, ActualRow
from services.projects.targets.tables import EnergyTargetRow

_NO_TARGET: Final = "no_energy_target"
_NOT_REPORTED: Final = "not_reported"
_NOT_OF_SCOPE: Final = "not_of_scope"


class EnergyMeasure(StrEnum):
    """能源消费总量 total_tce, 用电量 electricity_kwh, 单位产值能耗 intensity_value (tce in 万元)."""

    TOTAL_TCE = "total_tce"
    ELECTRICITY_KWH = "electricity_kwh"
    INTENSITY_VALUE = "intensity_value"


class EnergySource:
    """An ActualSource. A region has the figures of its own energy target; parks, industries and clusters add up
    those of their enterprises, known only where all are. An intensity is no sum, so it is a region's alone."""

    code = "energy"

    async def knows(self, session: AsyncSession, measure: str) -> bool:
        return measure in set(EnergyMeasure)

    async def actual(self, session: AsyncSession, indicator: Indicator, scope: Scope, month: date) -> Actual:
        is_rate = indicator.nature is Nature.RATE
        if scope.type is ScopeType.REGION:
            row = await repository.of_region(session, scope.region_code, month.year, indicator.measure)
            if row is None:
                return Actual(None, _NO_TARGET)
            fact = _fact(row, month, is_rate=is_rate)
            return Actual(fact.amount, None if fact.amount is not None else _NOT_REPORTED, (fact,))
        if is_rate or scope.type in {ScopeType.UNIT, ScopeType.PERSON}:
            return Actual(None, _NOT_OF_SCOPE)
        members = await enterprises_within(session, scope, month, last_day(month))
        rows = await repository.of_enterprises(session, members, month.year, indicator.measure)
        facts = tuple(_fact(row, month, is_rate=False) for row in rows)
        known = [fact.amount for fact in facts if fact.amount is not None]
        if not members or len(known) < len(members):
            reason = _NO_TARGET if len(rows) < len(members) or not members else _NOT_REPORTED
            return Actual(None, reason, facts, len(known), len(members))
        return Actual(sum(known, Decimal(0)), None, facts, len(known), len(members))


def _fact(row: EnergyTargetRow, month: date, *, is_rate: bool) -> ActualRow:
    through = {date.fromisoformat(point["month"]): Decimal(point["actual"]) for point in row.points}
    return ActualRow(
        "energy_target",
        str(row.target_id),
        str(row.enterprise_id or row.region_code),
        row.subject_name,
        through.get(month) if is_rate else _of_month(through, month),
        row.told_at,
        f"version {row.version}",
    )


def _of_month(through: Mapping[date, Decimal], month: date) -> Decimal | None:
    """What the month added to the year."""
    now = through.get(month)
    before = Decimal(0) if month.month == 1 else through.get(plus(month, -1))
    return None if now is None or before is None else now - before
