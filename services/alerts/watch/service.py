"""Recording and clearing findings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any

import structlog
from prometheus_client import Counter
from sqlalchemy import func, literal_column, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from libs.common.context import Context
from services.alerts.watch.tables import FindingRow

log = structlog.get_logger(__name__)

FINDINGS = Counter("duban_alerts_findings_total", "Faults of its own that the alerts service noticed", ["kind"])


class FindingKind(StrEnum):
    """What can be wrong with the service itself."""

    TIMER_LATE = "timer_late"
    TIMER_MISSING = "timer_missing"
    CONDITION_LATE = "condition_late"
    DELIVERY_LATE = "delivery_late"
    CHANNEL_PAUSED = "channel_paused"
    CLOCK_STEPPED = "clock_stepped"
    DUTY_GAP = "duty_gap"
    TIMERS_LATE = "timers_late"
    WORKER_SILENT = "worker_silent"
    TRAIL_BROKEN = "trail_broken"
    FOLLOW_UP_LATE = "follow_up_late"
    AUDIT_BROKEN = "audit_broken"


async def report(ctx: Context, kind: FindingKind, object_id: str, detail: Mapping[str, Any]) -> bool:
    """Record the finding, or renew the open one; answers whether it is new. New ones are logged as warnings."""
    statement = insert(FindingRow).values(
        id=ctx.new_id(),
        kind=kind.value,
        object_id=object_id,
        detail=dict(detail),
        found_at=ctx.now,
        last_seen_at=ctx.now,
    )
    is_new = await ctx.session.scalar(
        statement.on_conflict_do_update(
            index_elements=["kind", "object_id"],
            index_where=text("cleared_at IS NULL"),
            set_={"last_seen_at": ctx.now, "detail": statement.excluded.detail},
            # A row that was never updated has no xmax: that tells an insert from an update.
        ).returning(literal_column("(xmax = 0)"))
    )
    if is_new:
        FINDINGS.labels(kind.value).inc()
        log.warning("alerts.finding", kind=kind.value, object_id=object_id, **detail)
    return bool(is_new)


async def clear_others(ctx: Context, kind: FindingKind, still_open: Collection[str]) -> None:
    """Close the open findings of a kind except those of the objects named."""
    statement = update(FindingRow).where(col(FindingRow.kind) == kind.value, col(FindingRow.cleared_at).is_(None))
    if still_open:
        statement = statement.where(col(FindingRow.object_id).not_in(list(still_open)))
    await ctx.session.execute(statement.values(cleared_at=ctx.now))


async def clear(ctx: Context, kind: FindingKind, object_id: str) -> None:
    """Close the open finding of an object, if there is one."""
    await ctx.session.execute(
        update(FindingRow)
        .where(
            col(FindingRow.kind) == kind.value,
            col(FindingRow.object_id) == object_id,
            col(FindingRow.cleared_at).is_(None),
        )
        .values(cleared_at=ctx.now)
    )


async def confirmed(ctx: Context, kind: FindingKind, real_seconds: float) -> set[str]:
    """Objects whose open finding of the kind was first seen so long ago, in real time."""
    age = func.extract("epoch", func.clock_timestamp() - col(FindingRow.seen_real_at))
    statement = select(col(FindingRow.object_id)).where(
        col(FindingRow.kind) == kind.value, col(FindingRow.cleared_at).is_(None), age >= real_seconds
    )
    return set(await ctx.session.scalars(statement))


async def list_open(ctx: Context, limit: int) -> Sequence[FindingRow]:
    """Open findings, newest first."""
    statement = select(FindingRow).where(col(FindingRow.cleared_at).is_(None))
    return (await ctx.session.scalars(statement.order_by(col(FindingRow.found_at).desc()).limit(limit))).all()
