"""Recording events in the transaction of the change they tell of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from libs.common.contracts.base import EventPayload, Topic
from libs.common.database import raw_connection
from libs.common.outbox.tables import OutboxRow
from libs.common.remember import later
from libs.common.telemetry import current_traceparent

# As for blocks of readings: the headers come on top, and the broker's limit is 1 MiB.
MAX_PAYLOAD_BYTES = 900_000

# A row of the outbox by column, sequence and position aside, which the table and the relay give.
EventRow = dict[str, object]
_EVENT_COLUMNS = (
    "event_id",
    "topic",
    "type",
    "source",
    "subject",
    "aggregate_version",
    "region_code",
    "enterprise_id",
    "ordered_by",
    "occurred_at",
    "recorded_at",
    "payload",
    "traceparent",
)


def event_row(
    ctx: Context,
    payload: EventPayload,
    *,
    subject: str,
    aggregate_version: int,
    region_code: str | None,
    occurred_at: datetime | None = None,
    event_id: UUID | None = None,
    enterprise_id: UUID | None = None,
    ordered_by: str | None = None,
) -> EventRow:
    """The outbox row of an event; see :func:`record_event`. For :func:`record_events`, which takes many."""
    body = payload.model_dump_json().encode()
    if len(body) > MAX_PAYLOAD_BYTES:
        raise ValueError(f"{type(payload).event_type} of {subject}: {len(body)} bytes are more than a topic takes")
    return {
        "event_id": event_id or ctx.new_id(),
        "topic": type(payload).topic.name,
        "type": type(payload).event_type,
        "source": f"/{type(payload).topic.owner}",
        "subject": subject,
        "aggregate_version": aggregate_version,
        "region_code": region_code,
        "enterprise_id": enterprise_id,
        "ordered_by": ordered_by,
        "occurred_at": occurred_at or ctx.now,
        "recorded_at": ctx.now,
        "payload": body,
        "traceparent": current_traceparent(),
    }


async def record_event(
    ctx: Context,
    payload: EventPayload,
    *,
    subject: str,
    aggregate_version: int,
    region_code: str | None,
    occurred_at: datetime | None = None,
    event_id: UUID | None = None,
    enterprise_id: UUID | None = None,
    ordered_by: str | None = None,
) -> UUID:
    """Add the event to the outbox of ``ctx``'s transaction and return its id.

    ``subject`` is the aggregate's id, ``aggregate_version`` rises by one with each of its events. ``occurred_at``
    defaults to the transaction's instant, ``event_id`` to a new UUIDv7. ``ordered_by`` keeps the event in order
    with those of other aggregates that say the same: the conditions of one meter (decision 0010). Raises
    ValueError for a payload that no topic takes: refused here it costs one change, in the relay it would stop all
    that come after it.
    """
    row = event_row(
        ctx,
        payload,
        subject=subject,
        aggregate_version=aggregate_version,
        region_code=region_code,
        occurred_at=occurred_at,
        event_id=event_id,
        enterprise_id=enterprise_id,
        ordered_by=ordered_by,
    )
    await _insert(ctx, **row)
    return cast(UUID, row["event_id"])


async def record_events(ctx: Context, rows: Sequence[EventRow]) -> None:
    """Add rows of :func:`event_row` in this order; many at once by COPY instead of a round trip each."""
    left = [row for row in rows if not later(ctx.session, _write, row)]
    if left:
        await _write(ctx.session, left)


async def record_tombstone(
    ctx: Context,
    topic: Topic,
    *,
    subject: str,
    aggregate_version: int,
    region_code: str | None = None,
    enterprise_id: UUID | None = None,
) -> None:
    """Delete ``subject`` on a compacted topic; region and enterprise say who sees that in the change feed."""
    if not topic.compacted:
        raise ValueError(f"{topic.name} is not compacted: a tombstone would delete nothing")
    await _insert(
        ctx,
        event_id=ctx.new_id(),
        topic=topic.name,
        type="",
        source=f"/{topic.owner}",
        subject=subject,
        aggregate_version=aggregate_version,
        region_code=region_code,
        enterprise_id=enterprise_id,
        occurred_at=ctx.now,
        recorded_at=ctx.now,
        payload=None,
        traceparent=current_traceparent(),
    )


async def _insert(ctx: Context, **values: object) -> None:
    if not later(ctx.session, _write, values):
        await _write(ctx.session, [values])


async def _write(session: AsyncSession, rows: list[EventRow]) -> None:
    """In this order: the sequence that the table gives keeps it."""
    if len(rows) == 1:
        await session.execute(insert(OutboxRow).values(**rows[0]))
        return
    connection = await raw_connection(session)
    records = [tuple(row.get(name) for name in _EVENT_COLUMNS) for row in rows]
    await connection.copy_records_to_table("outbox", records=records, columns=_EVENT_COLUMNS)
