"""SQL of verdicts and factors."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, meter_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.detection.tables import ConditionRow
from services.energy.feedback.tables import ConditionVerdictRow, MeterFactorRow

FACTORS: Final = Listing(
    fields={
        "id": FilterField(MeterFactorRow.id, UUID),
        "meter_no": FilterField(MeterFactorRow.meter_no, str),
        "kind": FilterField(MeterFactorRow.kind, str),
        "region_code": FilterField(MeterFactorRow.region_code, str),
        "enterprise_id": FilterField(MeterFactorRow.enterprise_id, UUID),
        "factor": FilterField(MeterFactorRow.factor, float),
        "changed_at": FilterField(MeterFactorRow.changed_at, datetime),
    },
    sortable=("changed_at", "factor", "meter_no"),
    default_sort="-changed_at",
)


def _visible(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    return (
        region_scope(col(MeterFactorRow.region_code), principal),
        enterprise_scope(col(MeterFactorRow.enterprise_id), principal),
        meter_scope(col(MeterFactorRow.meter_no), principal),
    )


async def list_factors(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[MeterFactorRow]:
    page: Page[MeterFactorRow] = await query.page(session, select(MeterFactorRow).where(*_visible(principal)))
    return page


async def find_factor(session: AsyncSession, meter_no: str, kind: str) -> MeterFactorRow | None:
    """The meter's factor of the kind, locked."""
    statement = select(MeterFactorRow).where(
        col(MeterFactorRow.meter_no) == meter_no, col(MeterFactorRow.kind) == kind
    )
    return (await session.scalars(statement.with_for_update())).first()


async def verdicts_of_meter(
    session: AsyncSession, meter_no: str, kind: str, counted_from: int
) -> list[ConditionVerdictRow]:
    """Those that count, in their order."""
    statement = (
        select(ConditionVerdictRow)
        .where(
            col(ConditionVerdictRow.meter_no) == meter_no,
            col(ConditionVerdictRow.kind) == kind,
            col(ConditionVerdictRow.sequence) >= counted_from,
        )
        .order_by(col(ConditionVerdictRow.sequence))
    )
    return list(await session.scalars(statement))


async def verdicts_of_condition(session: AsyncSession, condition_id: UUID) -> list[ConditionVerdictRow]:
    statement = (
        select(ConditionVerdictRow)
        .where(col(ConditionVerdictRow.condition_id) == condition_id)
        .order_by(col(ConditionVerdictRow.sequence))
    )
    return list(await session.scalars(statement))


async def newest_sequence(session: AsyncSession) -> int:
    return await session.scalar(select(func.max(col(ConditionVerdictRow.sequence)))) or 0


async def find_condition(
    session: AsyncSession, meter_id: UUID, kind: str, opened_at: datetime
) -> ConditionRow | None:
    """The condition of a meter that opened then, its latest revision, locked."""
    statement = (
        select(ConditionRow)
        .where(
            col(ConditionRow.meter_id) == meter_id,
            col(ConditionRow.kind) == kind,
            col(ConditionRow.opened_at) == opened_at,
        )
        .order_by(col(ConditionRow.revision).desc())
        .with_for_update()
    )
    return (await session.scalars(statement)).first()
