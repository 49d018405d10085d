"""Figures from the monthly reports of enterprises (S13)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.projects.economy.domain.months import last_day
from services.projects.economy.repository.catalogue import all_indicators
from services.projects.economy.service.figures import FigureRow, figure_rows, growth_figure, month_figure
from services.projects.targets.domain.indicators import Indicator, Nature
from services.projects.targets.domain.scopes import Scope, ScopeType
from services.projects.targets.repository.members import enterprises_within
from services.projects.targets.service.actuals import Actual, ActualRow

_NOT_OF_SCOPE: Final = "not_of_scope"


class EconomySource:
    """An ActualSource. A rate is the growth of the year through the month against the year before.

    A region counts what it shares in, and of a park built together what of its tenants is the region's part
    (共建共享); industries and clusters count their enterprises whole.
    """

    code = "economy"

    async def knows(self, session: AsyncSession, measure: str) -> bool:
        return measure in await all_indicators(session)

    async def actual(self, session: AsyncSession, indicator: Indicator, scope: Scope, month: date) -> Actual:
        if scope.type in {ScopeType.UNIT, ScopeType.PERSON}:
            # No enterprise's output is a unit's or a person's.
            return Actual(None, _NOT_OF_SCOPE)
        members: Collection[UUID] | None = None
        if scope.type is not ScopeType.REGION:
            members = await enterprises_within(session, scope, month, last_day(month))
        is_shared = scope.type in {ScopeType.REGION, ScopeType.PARK}
        region_code = scope.region_code if is_shared else None
        is_rate = indicator.nature is Nature.RATE
        rows = await figure_rows(
            session,
            indicator.measure,
            month,
            region_code=region_code,
            enterprise_ids=members,
            cumulative=is_rate,
            shared=is_shared,
        )
        told = tuple(_row(row) for row in rows)
        if is_rate:
            growth = await growth_figure(
                session,
                indicator.measure,
                month,
                region_code=region_code,
                enterprise_ids=members,
                cumulative=True,
                shared=is_shared,
            )
            current = growth.current
            return Actual(growth.rate, growth.reason, told, current.complete, current.expected)
        figure = await month_figure(
            session,
            indicator.measure,
            month,
            region_code=region_code,
            enterprise_ids=members,
            shared=is_shared,
        )
        return Actual(figure.value, figure.reason, told, figure.complete, figure.expected)


def _row(row: FigureRow) -> ActualRow:
    note = row.reason or (f"revision {row.revision}" if row.revision is not None else "")
    return ActualRow("enterprise", str(row.enterprise_id), row.credit_code, row.name, row.counted, None, note)
