"""SQL of forgetting. The person's id stays: the trail and the ledger go on naming a pseudonym."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.registry.tables import PersonReplicaRow
from services.alerts.accountability.tables import MissRow
from services.alerts.notices.tables import ReceiptRow
from services.alerts.notifications.tables import ChannelRow, DeliveryRow, NotificationRow
from services.alerts.storms.tables import DigestRow


async def is_known(session: AsyncSession, person_id: UUID) -> bool:
    statement = select(col(PersonReplicaRow.deleted)).where(col(PersonReplicaRow.person_id) == person_id)
    return await session.scalar(statement) is False


async def forget(session: AsyncSession, person_id: UUID, now: datetime) -> None:
    """Blank names, addresses and texts; what has not been sent yet is not sent any more."""
    await session.execute(
        update(NotificationRow).where(col(NotificationRow.person_id) == person_id).values(recipient_name="")
    )
    await session.execute(update(DigestRow).where(col(DigestRow.person_id) == person_id).values(recipient_name=""))
    await session.execute(update(ReceiptRow).where(col(ReceiptRow.person_id) == person_id).values(person_name=""))
    await session.execute(update(MissRow).where(col(MissRow.person_id) == person_id).values(person_name=None))
    await session.execute(
        update(DeliveryRow)
        .where(col(DeliveryRow.person_id) == person_id, col(DeliveryRow.status) == "pending")
        .values(status="discarded", completed_at=now, discard_reason="the person was deleted")
    )
    await session.execute(
        update(DeliveryRow)
        .where(col(DeliveryRow.person_id) == person_id)
        .values(target="", subject="", body="", last_error=None, provider_id=None)
    )
    # Deliveries name their channel, so its row stays, empty and shut.
    await session.execute(
        update(ChannelRow)
        .where(col(ChannelRow.person_id) == person_id)
        .values(
            name="",
            target="",
            secret_sealed=None,
            endpoint_hash=None,
            options={},
            enabled=False,
            version=col(ChannelRow.version) + 1,
            updated_at=now,
        )
    )
