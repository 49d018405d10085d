"""SQL of the inbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, cast, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.database import UtcDateTime
from libs.common.inbox.tables import ConsumerPositionRow, InboxRow


async def seen(session: AsyncSession, consumer: str, event_id: UUID, received_at: datetime) -> bool:
    """True when the consumer has had the event; else it is remembered with this transaction."""
    statement = (
        insert(InboxRow)
        .values(consumer=consumer, event_id=event_id, received_at=received_at)
        .on_conflict_do_nothing()
        .returning(col(InboxRow.event_id))
    )
    return await session.scalar(statement) is None


async def note_all(
    session: AsyncSession, consumer: str, event_ids: Sequence[UUID], received_at: datetime
) -> set[UUID]:
    """Remember events with this transaction; answers those that the consumer has not had."""
    # In one order, so that two who meet the same events do not wait for each other.
    given = func.unnest(cast(sorted(set(event_ids)), ARRAY(Uuid))).column_valued("given")
    statement = (
        insert(InboxRow)
        .from_select(
            ["consumer", "event_id", "received_at"],
            select(literal(consumer), given, literal(received_at, UtcDateTime)).order_by(given),
        )
        .on_conflict_do_nothing()
        .returning(col(InboxRow.event_id))
    )
    return set(await session.scalars(statement))


async def store_positions(session: AsyncSession, consumer: str, positions: Mapping[tuple[str, int], int]) -> None:
    """Remember the next offset of each (topic, partition); one that was further already stays there."""
    if not positions:
        return
    stored = col(ConsumerPositionRow.next_offset)
    statement = insert(ConsumerPositionRow).values(
        [
            {"consumer": consumer, "topic": topic, "partition": partition, "next_offset": offset}
            for (topic, partition), offset in sorted(positions.items())
        ]
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["consumer", "topic", "partition"],
            # A consumer that lost the partition in the middle of a batch may come after its successor.
            set_={"next_offset": func.greatest(stored, statement.excluded.next_offset)},
        )
    )


async def load_positions(session: AsyncSession, consumer: str) -> dict[tuple[str, int], int]:
    """The stored next offset of each (topic, partition) of a consumer."""
    rows = await session.execute(
        select(
            col(ConsumerPositionRow.topic),
            col(ConsumerPositionRow.partition),
            col(ConsumerPositionRow.next_offset),
        ).where(col(ConsumerPositionRow.consumer) == consumer)
    )
    return {(topic, partition): offset for topic, partition, offset in rows}
