"""SQL of the meter register: lives, history, codes of other systems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import String, cast, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.periods import Period
from services.energy.metering.repository import mark_changed, meter_of, period_of, visible_to
from services.energy.metering.tables import MeterAliasRow, MeterPeriodRow, MeterRevisionRow, MeterRow
from services.energy.meters.domain.record import kept


async def load_periods(session: AsyncSession, meter_id: UUID) -> tuple[Period, ...]:
    """The meter's life, at least one period."""
    return tuple([period_of(row) for row in await list_period_rows(session, meter_id)])


async def list_period_rows(session: AsyncSession, meter_id: UUID) -> list[MeterPeriodRow]:
    statement = (
        select(MeterPeriodRow)
        .where(col(MeterPeriodRow.meter_id) == meter_id)
        .order_by(col(MeterPeriodRow.from_minute))
    )
    return list(await session.scalars(statement))


async def save_periods(session: AsyncSession, meter_id: UUID, periods: Sequence[Period], now_minute: int) -> None:
    """Replace the meter's life; ``now_minute``: what lies after it takes effect by the job."""
    await session.execute(delete(MeterPeriodRow).where(col(MeterPeriodRow.meter_id) == meter_id))
    for number, period in enumerate(periods):
        taken = number == 0 or period.from_minute <= now_minute
        session.add(
            MeterPeriodRow(
                meter_id=meter_id, from_minute=period.from_minute, facts=kept(period.facts), taken_effect=taken
            )
        )
    await session.flush()


async def add_revision(session: AsyncSession, revision: MeterRevisionRow) -> None:
    session.add(revision)
    await session.flush()


async def list_revisions(session: AsyncSession, meter_id: UUID) -> list[MeterRevisionRow]:
    """All changes of the meter's record, oldest first."""
    statement = (
        select(MeterRevisionRow)
        .where(col(MeterRevisionRow.meter_id) == meter_id)
        .order_by(col(MeterRevisionRow.version))
    )
    return list(await session.scalars(statement))


async def due_meters(session: AsyncSession, latest_minute: int, limit: int = 500) -> list[MeterRow]:
    """Meters with a period that may have begun and has not taken effect, locked."""
    due = select(col(MeterPeriodRow.meter_id)).where(
        ~col(MeterPeriodRow.taken_effect), col(MeterPeriodRow.from_minute) <= latest_minute
    )
    statement = (
        select(MeterRow)
        .where(col(MeterRow.meter_id).in_(due))
        .order_by(col(MeterRow.meter_index))
        .limit(limit)
        .with_for_update()
    )
    return list(await session.scalars(statement))


async def meter_with_life(session: AsyncSession, row: MeterRow) -> Meter:
    """The meter with all its periods."""
    periods = await load_periods(session, row.meter_id)
    return meter_of(row, periods if len(periods) > 1 else ())


async def list_aliases(session: AsyncSession, meter_id: UUID) -> Sequence[MeterAliasRow]:
    statement = (
        select(MeterAliasRow)
        .where(col(MeterAliasRow.meter_id) == meter_id)
        .order_by(col(MeterAliasRow.system), col(MeterAliasRow.code))
    )
    return list(await session.scalars(statement))


async def put_alias(session: AsyncSession, meter_id: UUID, system: str, code: str) -> tuple[UUID, bool]:
    """Whose code it is now, and whether it is new."""
    added = await session.scalar(
        insert(MeterAliasRow)
        .values(system=system, code=code, meter_id=meter_id)
        .on_conflict_do_nothing()
        .returning(col(MeterAliasRow.meter_id))
    )
    if added is not None:
        await mark_changed(session, meter_id)
        return meter_id, True
    owner = await session.scalar(
        select(col(MeterAliasRow.meter_id)).where(
            col(MeterAliasRow.system) == system, col(MeterAliasRow.code) == code
        )
    )
    assert owner is not None
    return owner, False


async def drop_alias(session: AsyncSession, meter_id: UUID, system: str, code: str) -> bool:
    """Whether it was there."""
    gone = await session.scalar(
        delete(MeterAliasRow)
        .where(
            col(MeterAliasRow.meter_id) == meter_id,
            col(MeterAliasRow.system) == system,
            col(MeterAliasRow.code) == code,
        )
        .returning(col(MeterAliasRow.meter_id))
    )
    if gone is not None:
        await mark_changed(session, meter_id)
    return gone is not None


def visible_subjects(principal: Principal) -> Any:
    """Ids of the caller's meters as events carry them."""
    return select(cast(col(MeterRow.meter_id), String)).where(*visible_to(principal))
