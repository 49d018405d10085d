"""SQL of what happened to devices."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.energy.registers.tables import DeviceEventRow


async def add(session: AsyncSession, event: DeviceEventRow) -> bool:
    """False when something is on record for that minute."""
    added = await session.scalar(
        insert(DeviceEventRow)
        .values(event.model_dump())
        .on_conflict_do_nothing()
        .returning(col(DeviceEventRow.id))
    )
    return added is not None


async def find(session: AsyncSession, meter_id: UUID, event_id: UUID) -> DeviceEventRow | None:
    """The event, locked."""
    statement = (
        select(DeviceEventRow)
        .where(col(DeviceEventRow.id) == event_id, col(DeviceEventRow.meter_id) == meter_id)
        .with_for_update()
    )
    return (await session.scalars(statement)).first()


async def list_events(session: AsyncSession, meter_id: UUID) -> Sequence[DeviceEventRow]:
    """All events of a meter, those in error included, by time."""
    statement = (
        select(DeviceEventRow)
        .where(col(DeviceEventRow.meter_id) == meter_id)
        .order_by(col(DeviceEventRow.minute), col(DeviceEventRow.recorded_at))
    )
    return list(await session.scalars(statement))
