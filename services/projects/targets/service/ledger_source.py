"""Figures from the ledger of projects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.contracts.projects import Stage
from services.projects.economy.domain.months import last_day
from services.projects.ledger.domain.stages import Milestone
from services.projects.targets.domain.indicators import Indicator
from services.projects.targets.domain.scopes import Scope
from services.projects.targets.repository import ledger as repository
from services.projects.targets.repository.ledger import Found
from services.projects.targets.service.actuals import Actual, ActualRow


class LedgerMeasure(StrEnum):
    """What the ledger counts of a month: projects by what they reached, contracts, investment, funds, output."""

    SIGNED = "signed"
    STARTED = "started"
    COMPLETED = "completed"
    IN_PRODUCTION = "in_production"
    AT_CAPACITY = "at_capacity"
    CONTRACTED = "contracted"
    SIGNED_SIZE = "signed_size"
    INVESTED = "invested"
    FUNDS = "funds"
    OUTPUT_VALUE = "output_value"
    TAX = "tax"


_REACHED: Final = {
    LedgerMeasure.STARTED: (Milestone.START, Stage.STARTED),
    LedgerMeasure.COMPLETED: (Milestone.COMPLETION, Stage.COMPLETED),
    LedgerMeasure.IN_PRODUCTION: (Milestone.PRODUCTION, Stage.IN_PRODUCTION),
    LedgerMeasure.AT_CAPACITY: (Milestone.CAPACITY, Stage.AT_CAPACITY),
}
_NOTHING_REPORTED: Final = "nothing_reported"
_NO_AMOUNT: Final = "amount_unknown"


class LedgerSource:
    """An ActualSource. A count of nothing is nought; a sum that projects owe and nobody reported is unknown."""

    code = "ledger"

    async def knows(self, session: AsyncSession, measure: str) -> bool:
        return measure in set(LedgerMeasure)

    async def actual(self, session: AsyncSession, indicator: Indicator, scope: Scope, month: date) -> Actual:
        last = last_day(month)
        where = repository.within(scope, last, size_band=indicator.size_band, key_only=indicator.key_only)
        measure = LedgerMeasure(indicator.measure)
        if measure in _REACHED:
            milestone, stage = _REACHED[measure]
            return _count(await repository.reached(session, where, milestone, stage, month, last))
        match measure:
            case LedgerMeasure.SIGNED:
                return _count(await repository.signed(session, where, month, last))
            case LedgerMeasure.CONTRACTED:
                found = await repository.signed(session, where, month, last)
                return _sum(found, expected=len(found))
            case LedgerMeasure.SIGNED_SIZE:
                found = await repository.signed(session, where, month, last, by_size=True)
                return _sum(found, expected=len(found))
            case LedgerMeasure.FUNDS:
                return _sum(await repository.funds(session, where, month, last))
            case LedgerMeasure.INVESTED:
                owing = set(await repository.building(session, where, month, last))
                found = await repository.invested(session, where, month)
                return _sum(found, expected=len(owing), complete=len(owing & {row[0] for row in found}))
        found = await repository.produced(session, where, month, tax=measure is LedgerMeasure.TAX)
        return _sum(found, expected=await repository.producing(session, where, last))


def _count(found: Sequence[Found]) -> Actual:
    return Actual(Decimal(len(found)), None, tuple(_row(one, Decimal(1)) for one in found))


def _sum(found: Sequence[Found], *, expected: int | None = None, complete: int | None = None) -> Actual:
    """The sum of what is known; unknown where facts are owed and none is there."""
    known = [row for row in found if row[3] is not None]
    rows = tuple(_row(row, None if row[3] is None else Decimal(row[3])) for row in found)
    if expected and not known:
        return Actual(None, _NO_AMOUNT if found else _NOTHING_REPORTED, rows, 0, expected)
    count = None if expected is None else len(known) if complete is None else complete
    return Actual(sum((Decimal(row[3]) for row in known), Decimal(0)), None, rows, count, expected)


def _row(found: Found, amount: Decimal | None) -> ActualRow:
    project_id, code, name, _, known_at = found
    return ActualRow("project", str(project_id), code, name, amount, known_at)
