"""Beginning a beat, noting that it came round, noting that it was told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from libs.common.context import Context
from libs.common.contracts.heartbeat import HeartbeatBegunV1
from libs.common.outbox.record import record_event
from services.alerts.heartbeat.tables import HeartbeatRow

OUTWARD = "outward"


async def begin_beat(ctx: Context) -> int:
    """Send the next beat on its way; its number."""
    statement = insert(HeartbeatRow).values(name=OUTWARD, sequence=1, came_round=0, told=0)
    sequence: int | None = await ctx.session.scalar(
        statement.on_conflict_do_update(
            index_elements=["name"], set_={"sequence": col(HeartbeatRow.sequence) + 1}
        ).returning(col(HeartbeatRow.sequence))
    )
    assert sequence is not None
    payload = HeartbeatBegunV1(sequence=sequence, begun_at=ctx.now)
    await record_event(ctx, payload, subject="heartbeat", aggregate_version=sequence, region_code=None)
    return sequence


async def note_round(ctx: Context, sequence: int) -> None:
    """The consumer brought the beat back; a later one that was faster stays."""
    farthest = func.greatest(col(HeartbeatRow.came_round), sequence)
    statement = update(HeartbeatRow).where(col(HeartbeatRow.name) == OUTWARD)
    await ctx.session.execute(statement.values(came_round=farthest))


async def came_round(ctx: Context) -> int:
    """The newest beat that came back; 0 before the first."""
    statement = select(col(HeartbeatRow.came_round)).where(col(HeartbeatRow.name) == OUTWARD)
    return await ctx.session.scalar(statement) or 0


async def note_told(ctx: Context, sequence: int, real_at: datetime) -> None:
    """The receiver outside confirmed it."""
    statement = update(HeartbeatRow).where(col(HeartbeatRow.name) == OUTWARD)
    await ctx.session.execute(statement.values(told=sequence, told_at=real_at, last_error=None))


async def note_error(ctx: Context, error: str) -> None:
    """Why the newest beat was not told."""
    statement = update(HeartbeatRow).where(col(HeartbeatRow.name) == OUTWARD)
    await ctx.session.execute(statement.values(last_error=error[:500]))
