"""SQL of the devices."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.energy.key_users.tables import MonitoringDeviceRow


async def put_device(session: AsyncSession, row: MonitoringDeviceRow) -> MonitoringDeviceRow:
    """The device of this key and enterprise; a device that registers again keeps its id."""
    values = row.model_dump()
    statement = insert(MonitoringDeviceRow).values(values)
    statement = statement.on_conflict_do_update(
        constraint="uq_monitoring_device_subject",
        set_={"region_code": row.region_code, "enterprise_id": row.enterprise_id},
    )
    await session.execute(statement)
    found = await find_device_of(session, row.subject, row.enterprise_code)
    assert found is not None
    return found


async def find_device_of(session: AsyncSession, subject: str, enterprise_code: str) -> MonitoringDeviceRow | None:
    statement = select(MonitoringDeviceRow).where(
        col(MonitoringDeviceRow.subject) == subject, col(MonitoringDeviceRow.enterprise_code) == enterprise_code
    )
    return (await session.scalars(statement)).first()


async def note_upload(session: AsyncSession, device_id: str, at: datetime) -> None:
    await session.execute(
        update(MonitoringDeviceRow)
        .where(col(MonitoringDeviceRow.device_id) == device_id)
        .values(last_upload_at=at)
    )
