"""SQL of policies and timers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.alerts.escalation.tables import PolicyRow, TimerRow
from services.alerts.trail.tables import AlertRow


async def find_policy(session: AsyncSession, code: str, at: datetime) -> PolicyRow | None:
    """The revision in force at `at`."""
    statement = (
        select(PolicyRow)
        .where(col(PolicyRow.code) == code, col(PolicyRow.valid_from) <= at)
        .order_by(col(PolicyRow.revision).desc())
        .limit(1)
    )
    return (await session.scalars(statement)).one_or_none()


async def list_newest_policies(session: AsyncSession) -> Sequence[PolicyRow]:
    """The newest revision of each policy, by code."""
    statement = (
        select(PolicyRow)
        .ext(distinct_on(col(PolicyRow.code)))
        .order_by(col(PolicyRow.code), col(PolicyRow.revision).desc())
    )
    return (await session.scalars(statement)).all()


async def list_revisions(session: AsyncSession, code: str) -> Sequence[PolicyRow]:
    """All revisions of a policy, newest first."""
    statement = select(PolicyRow).where(col(PolicyRow.code) == code).order_by(col(PolicyRow.revision).desc())
    return (await session.scalars(statement)).all()


async def find_pending_timer(session: AsyncSession, alert_id: UUID) -> TimerRow | None:
    """The alert's pending timer, as it is now; the alert has to be locked."""
    statement = (
        select(TimerRow)
        .where(col(TimerRow.alert_id) == alert_id, col(TimerRow.state) == "pending")
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).one_or_none()


async def lock_due_alert(session: AsyncSession, now: datetime) -> UUID | None:
    """An alert whose timer is due, locked; alerts that somebody else works on are passed over.

    It is the alert that is locked, as by every other change of it: two orders of locking would meet head on.
    """
    statement = (
        select(col(AlertRow.id))
        .join(TimerRow, col(TimerRow.alert_id) == col(AlertRow.id))
        .where(
            col(TimerRow.state) == "pending",
            col(TimerRow.due_at) <= now,
            col(TimerRow.available_at) <= func.clock_timestamp(),
        )
        .order_by(col(TimerRow.due_at))
        .limit(1)
        .with_for_update(of=AlertRow, skip_locked=True)
    )
    return await session.scalar(statement)


async def cancel_timers(session: AsyncSession, alert_id: UUID, at: datetime) -> None:
    await session.execute(
        update(TimerRow)
        .where(col(TimerRow.alert_id) == alert_id, col(TimerRow.state) == "pending")
        .values(state="cancelled", ended_at=at)
        .execution_options(synchronize_session=False)
    )


async def record_failure(session: AsyncSession, alert_id: UUID, error: str, longest_wait: float) -> None:
    """Let a timer that could not fire rest, longer each time, so that it does not hold up the others."""
    wait = func.least(func.power(2, TimerRow.failures), longest_wait)
    await session.execute(
        update(TimerRow)
        .where(col(TimerRow.alert_id) == alert_id, col(TimerRow.state) == "pending")
        .values(
            failures=TimerRow.failures + 1,
            last_error=error[:500],
            available_at=func.clock_timestamp() + wait * timedelta(seconds=1),
        )
        .execution_options(synchronize_session=False)
    )


async def list_late(session: AsyncSession, due_before: datetime, limit: int = 100) -> Sequence[TimerRow]:
    """Pending timers that should have fired before `due_before`, the latest first."""
    statement = (
        select(TimerRow)
        .where(col(TimerRow.state) == "pending", col(TimerRow.due_at) < due_before)
        .order_by(col(TimerRow.due_at))
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def list_live_without_timer(session: AsyncSession, limit: int = 1000) -> Sequence[AlertRow]:
    """Live alerts that nothing waits for; rightly so only at the top of their ladder."""
    pending = exists().where(col(TimerRow.alert_id) == col(AlertRow.id), col(TimerRow.state) == "pending")
    statement = select(AlertRow).where(col(AlertRow.status) != "resolved", ~pending).limit(limit)
    return (await session.scalars(statement)).all()
