"""SQL of the stream: the alert events that the relay has given a position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.contracts.alerts import ALERT
from libs.common.outbox.tables import OutboxRow


@dataclass(frozen=True, slots=True)
class StreamedEvent:
    """One event as it goes out; `chunk` is what is sent of it, its data the payload's JSON as on Kafka."""

    position: int
    type: str
    region_code: str | None
    enterprise_id: UUID | None
    chunk: bytes
    payload: dict[str, Any]


async def newest_position(session: AsyncSession) -> int:
    """The position of the newest event, 0 before the first."""
    statement = select(func.max(OutboxRow.position)).where(col(OutboxRow.topic) == ALERT.name)
    return await session.scalar(statement) or 0


async def oldest_position(session: AsyncSession) -> int | None:
    """Where the history that is kept begins, over all topics: positions are one row of numbers."""
    return await session.scalar(select(func.min(OutboxRow.position)))


async def read_after(
    session: AsyncSession, after: int, *, until: int | None = None, limit: int = 500
) -> list[StreamedEvent]:
    """Events above `after` in order, up to `until`.

    Positions become visible in their order, so there is never one still to come below the newest that was read.
    """
    statement = select(
        col(OutboxRow.position),
        col(OutboxRow.type),
        col(OutboxRow.region_code),
        col(OutboxRow.enterprise_id),
        col(OutboxRow.payload),
    ).where(col(OutboxRow.topic) == ALERT.name, col(OutboxRow.position) > after)
    if until is not None:
        statement = statement.where(col(OutboxRow.position) <= until)
    rows = await session.execute(statement.order_by(col(OutboxRow.position)).limit(limit))
    return [
        StreamedEvent(
            position,
            type_,
            region_code,
            enterprise_id,
            # JSON holds no line break, so one data line is enough.
            b"id: %d\nevent: %s\ndata: %s\n\n" % (position, type_.encode(), payload),
            orjson.loads(payload),
        )
        for position, type_, region_code, enterprise_id, payload in rows
        if position is not None and payload is not None
    ]
