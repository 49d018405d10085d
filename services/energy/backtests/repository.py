"""SQL of backtests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.backtests.errors import BacktestNotFound
from services.energy.backtests.tables import DetectionBacktestRow
from services.energy.detection.tables import ConditionRow
from services.energy.metering.indexes import is_among

BACKTESTS: Final = Listing(
    fields={
        "id": FilterField(DetectionBacktestRow.id, UUID),
        "status": FilterField(DetectionBacktestRow.status, str),
        "region_code": FilterField(DetectionBacktestRow.region_code, str),
        "meter_no": FilterField(DetectionBacktestRow.meter_no, str),
        "digest": FilterField(DetectionBacktestRow.digest, str),
        "first_day": FilterField(DetectionBacktestRow.first_day, date),
        "requested_at": FilterField(DetectionBacktestRow.requested_at, datetime),
        "requested_by": FilterField(DetectionBacktestRow.requested_by, str),
    },
    sortable=("requested_at",),
    default_sort="-requested_at",
)


def _visible(principal: Principal) -> ColumnElement[bool]:
    return region_scope(col(DetectionBacktestRow.region_code), principal)


async def list_backtests(
    session: AsyncSession, principal: Principal, query: ListQuery
) -> Page[DetectionBacktestRow]:
    page: Page[DetectionBacktestRow] = await query.page(
        session, select(DetectionBacktestRow).where(_visible(principal))
    )
    return page


async def get_backtest(session: AsyncSession, principal: Principal, backtest_id: UUID) -> DetectionBacktestRow:
    """Raises BacktestNotFound."""
    statement = select(DetectionBacktestRow).where(
        col(DetectionBacktestRow.id) == backtest_id, _visible(principal)
    )
    row = (await session.scalars(statement)).first()
    if row is None:
        raise BacktestNotFound(backtest_id=backtest_id)
    return row


async def next_waiting(session: AsyncSession) -> DetectionBacktestRow | None:
    """The one that has waited longest, locked, if nobody else has it."""
    statement = (
        select(DetectionBacktestRow)
        .where(col(DetectionBacktestRow.status) == "waiting")
        .order_by(col(DetectionBacktestRow.requested_at), col(DetectionBacktestRow.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(statement)).first()


async def judged_conditions(
    session: AsyncSession, meters: Sequence[int], first: datetime, before: datetime
) -> list[ConditionRow]:
    """Conditions with a verdict that were open in the time, of the latest revision first."""
    statement = (
        select(ConditionRow)
        .where(
            is_among(ConditionRow.meter_index, meters),
            col(ConditionRow.verdict).is_not(None),
            col(ConditionRow.opened_at) < before,
            or_(col(ConditionRow.cleared_at).is_(None), col(ConditionRow.cleared_at) >= first),
        )
        .order_by(col(ConditionRow.meter_index), col(ConditionRow.opened_at), col(ConditionRow.revision))
    )
    return list(await session.scalars(statement))
