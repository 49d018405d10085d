"""Findings that people have to hear of: each is a condition of this service, and makes an alert by a rule.

The condition's event is recorded for other systems and given to the rules in the same transaction: an alert about
a stuck part of the service must not wait for the broker to bring it back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from libs.common.context import Context
from libs.common.contracts.alerts_conditions import (
    ServiceConditionClearedV1,
    ServiceConditionKind,
    ServiceConditionOpenedV1,
)
from libs.common.contracts.base import Event, EventPayload
from libs.common.outbox.record import record_event
from services.alerts.watch.service import FINDINGS
from services.alerts.watch.tables import FindingRow

log = structlog.get_logger(__name__)

Take = Callable[[Context, Event[Any]], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class OwnCondition:
    """What is wrong with what; ``level`` 1 to 3 as in all conditions, ``seconds`` how late or how long."""

    kind: ServiceConditionKind
    subject_type: str
    subject_id: str
    subject_name_zh: str
    subject_name_en: str
    region_code: str
    level: int
    explanation_zh: str
    explanation_en: str
    count: int = 1
    seconds: float = 0.0
    subject_code: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


class OwnConditions:
    """Opens and clears conditions of the service itself; the takers are the rules' own."""

    def __init__(self, take_opened: Take, take_cleared: Take) -> None:
        self._take_opened = take_opened
        self._take_cleared = take_cleared

    async def open(self, ctx: Context, condition: OwnCondition) -> bool:
        """Open the condition, or make it graver; answers whether something was told. What is known is not."""
        row, is_new = await _find_or_add(ctx, condition)
        row.last_seen_at, row.detail = ctx.now, _detail(condition)
        if not is_new and row.level is not None and row.level >= condition.level:
            await ctx.session.flush()
            return False
        row.level, row.version, row.region_code = condition.level, row.version + 1, condition.region_code
        await ctx.session.flush()
        if is_new:
            FINDINGS.labels(condition.kind.value).inc()
            log.warning("alerts.condition", kind=condition.kind.value, subject_id=condition.subject_id)
        payload = ServiceConditionOpenedV1(
            condition_id=row.id,
            kind=condition.kind,
            subject_type=condition.subject_type,
            subject_id=condition.subject_id,
            subject_code=condition.subject_code,
            subject_name_zh=condition.subject_name_zh,
            subject_name_en=condition.subject_name_en,
            level=condition.level,
            opened_at=row.found_at,
            count=condition.count,
            seconds=condition.seconds,
            starts_at=condition.starts_at,
            ends_at=condition.ends_at,
            explanation_zh=condition.explanation_zh,
            explanation_en=condition.explanation_en,
        )
        await self._take_opened(ctx, await _recorded(ctx, payload, row))
        return True

    async def clear(self, ctx: Context, kind: ServiceConditionKind, subject_id: str, reason: str) -> bool:
        """Clear the open condition of a subject, if there is one."""
        row = await _find_open(ctx, kind, subject_id)
        if row is None:
            return False
        detail, was_told = row.detail, row.version > 0
        row.cleared_at = ctx.now
        row.version += was_told
        await ctx.session.flush()
        if not was_told:
            # Seen, but never for long enough that somebody was told.
            return False
        payload = ServiceConditionClearedV1(
            condition_id=row.id,
            kind=kind,
            subject_type=str(detail.get("subject_type", "")),
            subject_id=subject_id,
            cleared_at=ctx.now,
            reason=reason,
        )
        await self._take_cleared(ctx, await _recorded(ctx, payload, row))
        return True

    async def subjects(self, ctx: Context, kind: ServiceConditionKind) -> list[str]:
        """The subjects of the open conditions of a kind."""
        statement = select(col(FindingRow.object_id)).where(
            col(FindingRow.kind) == kind.value, col(FindingRow.cleared_at).is_(None)
        )
        return list(await ctx.session.scalars(statement.order_by(col(FindingRow.object_id))))


async def _find_or_add(ctx: Context, condition: OwnCondition) -> tuple[FindingRow, bool]:
    while True:
        row = await _find_open(ctx, condition.kind, condition.subject_id)
        if row is not None:
            return row, False
        statement = insert(FindingRow).values(
            id=ctx.new_id(),
            kind=condition.kind.value,
            object_id=condition.subject_id,
            detail=_detail(condition),
            found_at=ctx.now,
            last_seen_at=ctx.now,
            version=0,
            region_code=condition.region_code,
        )
        # Two who find the same at once: the second waits for the first, and then finds its row.
        added = await ctx.session.scalar(
            statement.on_conflict_do_nothing(
                index_elements=["kind", "object_id"], index_where=text("cleared_at IS NULL")
            ).returning(col(FindingRow.id))
        )
        if added is not None:
            row = await ctx.session.get(FindingRow, added)
            assert row is not None
            return row, True


async def _find_open(ctx: Context, kind: ServiceConditionKind, subject_id: str) -> FindingRow | None:
    statement = (
        select(FindingRow)
        .where(
            col(FindingRow.kind) == kind.value,
            col(FindingRow.object_id) == subject_id,
            col(FindingRow.cleared_at).is_(None),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await ctx.session.scalars(statement)).one_or_none()


async def _recorded(ctx: Context, payload: EventPayload, row: FindingRow) -> Event[Any]:
    event_id = await record_event(
        ctx, payload, subject=str(row.id), aggregate_version=row.version, region_code=row.region_code
    )
    return Event(
        id=event_id,
        type=payload.event_type,
        source=f"/{payload.topic.owner}",
        subject=str(row.id),
        time=ctx.now,
        aggregate_version=row.version,
        region_code=row.region_code,
        payload=payload,
    )


def _detail(condition: OwnCondition) -> dict[str, Any]:
    return {
        "subject_type": condition.subject_type,
        "subject_code": condition.subject_code,
        "subject_name_zh": condition.subject_name_zh,
        "subject_name_en": condition.subject_name_en,
        "level": condition.level,
        "count": condition.count,
        "seconds": condition.seconds,
        "starts_at": None if condition.starts_at is None else condition.starts_at.isoformat(),
        "ends_at": None if condition.ends_at is None else condition.ends_at.isoformat(),
        "explanation_zh": condition.explanation_zh,
        "explanation_en": condition.explanation_en,
    }
