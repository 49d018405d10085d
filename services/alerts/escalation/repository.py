"""SQL of policies and timers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Float, exists, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from libs.common.database import UtcDateTime
from libs.common.registry.tables import PersonReplicaRow, RegionReplicaRow
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.alerts.escalation.tables import PolicyRow, TimerRow
from services.alerts.trail.tables import AlertRow

POLICIES = Listing(
    fields={
        "code": FilterField(col(PolicyRow.code)),
        "valid_from": FilterField(col(PolicyRow.valid_from), datetime),
        "changed_at": FilterField(col(PolicyRow.changed_at), datetime),
        "changed_by": FilterField(col(PolicyRow.changed_by)),
    },
    sortable=("code", "changed_at"),
    key="code",
)


async def find_policy(session: AsyncSession, code: str, at: datetime) -> PolicyRow | None:
    """The revision in force at `at`."""
    statement = (
        select(PolicyRow)
        .where(col(PolicyRow.code) == code, col(PolicyRow.valid_from) <= at)
        .order_by(col(PolicyRow.revision).desc())
        .limit(1)
    )
    return (await session.scalars(statement)).one_or_none()


async def page_policies(session: AsyncSession, query: ListQuery) -> Page[Any]:
    """The newest revision of each policy."""
    newer = aliased(PolicyRow)
    is_newest = ~exists().where(
        col(newer.code) == col(PolicyRow.code), col(newer.revision) > col(PolicyRow.revision)
    )
    return await query.page(session, select(PolicyRow).where(is_newest))


async def list_revisions(session: AsyncSession, code: str) -> Sequence[PolicyRow]:
    """All revisions of a policy, newest first."""
    statement = select(PolicyRow).where(col(PolicyRow.code) == code).order_by(col(PolicyRow.revision).desc())
    return (await session.scalars(statement)).all()


async def pending_timers(session: AsyncSession, alert_id: UUID) -> Sequence[TimerRow]:
    """The alert's pending timers as they are now, the first due first; the alert has to be locked."""
    statement = (
        select(TimerRow)
        .where(col(TimerRow.alert_id) == alert_id, col(TimerRow.state) == "pending")
        .order_by(col(TimerRow.due_at), col(TimerRow.kind))
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).all()


async def find_pending_timer(session: AsyncSession, alert_id: UUID, kind: str | None = None) -> TimerRow | None:
    """The alert's pending timer of a kind, or the one that is due first; the alert has to be locked."""
    timers = await pending_timers(session, alert_id)
    return next((timer for timer in timers if kind is None or timer.kind == kind), None)


async def lock_due_alerts(
    session: AsyncSession,
    now: datetime,
    limit: int,
    *,
    object_type: str | None = None,
    passing_over: Collection[UUID] = (),
) -> list[UUID]:
    """Alerts with a timer that is due, locked, the longest due first; those others work on are passed over.

    It is the alert that is locked, as by every other change of it: two orders of locking would meet head on.
    ``object_type`` narrows it to alerts about one kind of thing, ``passing_over`` leaves some out.
    """
    due = (
        col(TimerRow.state) == "pending",
        col(TimerRow.due_at) <= now,
        col(TimerRow.available_at) <= func.clock_timestamp(),
    )
    statement = (
        select(col(AlertRow.id))
        .join(TimerRow, col(TimerRow.alert_id) == col(AlertRow.id))
        .where(*due)
        .order_by(col(TimerRow.due_at))
        .limit(limit)
        .with_for_update(of=AlertRow, skip_locked=True)
    )
    if object_type is not None:
        statement = statement.where(col(AlertRow.object_type) == object_type)
    if passing_over:
        statement = statement.where(col(AlertRow.id).not_in(list(passing_over)))
    # An alert with two timers due stands twice.
    return list(dict.fromkeys(await session.scalars(statement)))


async def lock_counted_from_ahead(session: AsyncSession, now: datetime, limit: int) -> list[UUID]:
    """Alerts with a pending timer counted from an instant after `now`: the clock has stepped back since."""
    statement = (
        select(col(AlertRow.id))
        .join(TimerRow, col(TimerRow.alert_id) == col(AlertRow.id))
        .where(col(TimerRow.state) == "pending", col(TimerRow.counted_from) > now)
        .order_by(col(TimerRow.due_at))
        .limit(limit)
        .with_for_update(of=AlertRow, skip_locked=True)
    )
    return list(dict.fromkeys(await session.scalars(statement)))


async def cancel_timers(session: AsyncSession, alert_id: UUID, at: datetime) -> None:
    await session.execute(
        update(TimerRow)
        .where(col(TimerRow.alert_id) == alert_id, col(TimerRow.state) == "pending")
        .values(state="cancelled", ended_at=at)
        .execution_options(synchronize_session=False)
    )


async def record_failure(
    session: AsyncSession, alert_id: UUID, now: datetime, error: str, longest_wait: float
) -> None:
    """Let a timer that could not fire rest, longer each time, so that it does not hold up the others."""
    wait = func.least(func.power(2, TimerRow.failures), longest_wait)
    await session.execute(
        update(TimerRow)
        .where(col(TimerRow.alert_id) == alert_id, col(TimerRow.state) == "pending", col(TimerRow.due_at) <= now)
        .values(
            failures=TimerRow.failures + 1,
            last_error=error[:500],
            available_at=func.clock_timestamp() + wait * timedelta(seconds=1),
        )
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True, slots=True)
class LateTimer:
    """A timer that should have fired, and the alert it belongs to."""

    timer: TimerRow
    number: int
    region_code: str
    object_type: str


async def list_late(
    session: AsyncSession, now: datetime, late_after_seconds: float, limit: int = 100
) -> list[LateTimer]:
    """Pending timers later than their policy allows, or else than `late_after_seconds`; the longest due first."""
    own = col(AlertRow.policy)["late_after_seconds"].astext.cast(Float)
    allowed = func.coalesce(own, late_after_seconds) * timedelta(seconds=1)
    statement = (
        select(TimerRow, col(AlertRow.number), col(AlertRow.region_code), col(AlertRow.object_type))
        .join(AlertRow, col(AlertRow.id) == col(TimerRow.alert_id))
        # The index narrows it to what is due at all.
        .where(col(TimerRow.state) == "pending", col(TimerRow.due_at) < now)
        .where(col(TimerRow.due_at) + allowed < literal(now, UtcDateTime()))
        .order_by(col(TimerRow.due_at))
        .limit(limit)
    )
    rows = await session.execute(statement)
    return [LateTimer(timer, number or 0, region_code, kind) for timer, number, region_code, kind in rows]


async def count_due(session: AsyncSession, now: datetime) -> tuple[int, datetime | None]:
    """How many timers are due and not fired, and since when the first is."""
    statement = select(func.count(), func.min(col(TimerRow.due_at))).where(
        col(TimerRow.state) == "pending", col(TimerRow.due_at) <= now
    )
    count, first = (await session.execute(statement)).one()
    return count, first


async def list_live_without_timer(session: AsyncSession, limit: int = 1000) -> Sequence[AlertRow]:
    """Live alerts that nothing waits for; rightly so only at the top of their ladder."""
    pending = exists().where(col(TimerRow.alert_id) == col(AlertRow.id), col(TimerRow.state) == "pending")
    statement = select(AlertRow).where(col(AlertRow.status) != "resolved", ~pending).limit(limit)
    return (await session.scalars(statement)).all()


async def region_codes(session: AsyncSession) -> list[str]:
    """The regions that the registry has told of."""
    statement = select(col(RegionReplicaRow.code)).where(col(RegionReplicaRow.deleted).is_(False))
    return list(await session.scalars(statement.order_by(col(RegionReplicaRow.code))))


async def region_with_post(session: AsyncSession, post: str) -> str | None:
    """The widest region in which somebody active holds the post."""
    statement = (
        select(col(PersonReplicaRow.region_code))
        .where(
            col(PersonReplicaRow.post) == post,
            col(PersonReplicaRow.active),
            col(PersonReplicaRow.deleted).is_(False),
        )
        .order_by(func.length(col(PersonReplicaRow.region_code)), col(PersonReplicaRow.region_code))
        .limit(1)
    )
    return await session.scalar(statement)
