"""SQL of conditions: how far they were followed, what they hold open, and which of them wait."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.contracts.alerts import Severity
from services.alerts.trail.tables import AlertRow
from services.alerts.warnings.tables import ConditionRow


async def lock_condition(
    session: AsyncSession, source: str, condition_id: str, *, at: datetime, is_new: bool
) -> ConditionRow:
    """The condition's row, made if it is new (version 0), locked until the transaction ends.

    `is_new` is what it most likely is: it decides what is asked first, and nothing else. (An insert that updates
    on conflict would ask once, but a row that a transaction has written twice has its alerts locked by the check
    of its foreign keys, in an order that is nobody's.)
    """
    found = None if is_new else await _lock_known(session, source, condition_id)
    while found is None:
        found = await session.scalar(
            insert(ConditionRow)
            .values(source=source, condition_id=condition_id, last_version=0, state="open", updated_at=at)
            .on_conflict_do_nothing()
            .returning(ConditionRow),
            # It reads nothing: what the batch has changed so far may wait to be written together.
            execution_options={"autoflush": False},
        ) or await _lock_known(session, source, condition_id)
    return found


async def _lock_known(session: AsyncSession, source: str, condition_id: str) -> ConditionRow | None:
    statement = (
        select(ConditionRow)
        .where(col(ConditionRow.source) == source, col(ConditionRow.condition_id) == condition_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).one_or_none()


async def count_open_conditions(session: AsyncSession, alert_id: UUID) -> int:
    """How many conditions still hold an alert open."""
    statement = (
        select(func.count())
        .select_from(ConditionRow)
        .where(col(ConditionRow.alert_id) == alert_id, col(ConditionRow.state) == "open")
    )
    return await session.scalar(statement) or 0


async def list_open_severities(session: AsyncSession, alert_id: UUID) -> list[Severity]:
    """What the rules make of the conditions that hold an alert open."""
    statement = select(col(ConditionRow.severity)).where(
        col(ConditionRow.alert_id) == alert_id,
        col(ConditionRow.state) == "open",
        col(ConditionRow.severity).is_not(None),
    )
    return [Severity(found) for found in await session.scalars(statement) if found is not None]


async def find_newest(session: AsyncSession, dedup_key: str) -> AlertRow | None:
    """The newest alert of a key, whatever became of it; not locked."""
    statement = select(AlertRow).where(col(AlertRow.dedup_key) == dedup_key)
    return (await session.scalars(statement.order_by(col(AlertRow.number).desc()).limit(1))).one_or_none()


def has_earlier_to_look_at(dedup_key: str, since: datetime, correction: str) -> ColumnElement[bool]:
    """Whether a key has an earlier alert to which a new occurrence may belong.

    One that was merged may live on in another; one that the `correction` ended at this very occurrence may come
    back.
    """
    may_be = or_(
        col(AlertRow.merged_into).is_not(None),
        and_(col(AlertRow.resolution) == correction, col(AlertRow.occurred_at) == since),
    )
    return select(col(AlertRow.id)).where(col(AlertRow.dedup_key) == dedup_key, may_be).exists()


async def count_conditions(session: AsyncSession, alert_id: UUID) -> int:
    """How many conditions an alert has or had."""
    statement = select(func.count()).select_from(ConditionRow).where(col(ConditionRow.alert_id) == alert_id)
    return await session.scalar(statement) or 0


async def lock_with_conditions(session: AsyncSession, alert_ids: Collection[UUID]) -> dict[UUID, AlertRow]:
    """Lock the conditions of the alerts, then the alerts, each in the order of their keys."""
    conditions = (
        select(ConditionRow)
        .where(
            or_(
                col(ConditionRow.alert_id).in_(alert_ids),
                col(ConditionRow.origin_alert_id).in_(alert_ids),
            )
        )
        .order_by(col(ConditionRow.source), col(ConditionRow.condition_id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    await session.scalars(conditions)
    alerts = (
        select(AlertRow)
        .where(col(AlertRow.id).in_(alert_ids))
        .order_by(col(AlertRow.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {alert.id: alert for alert in await session.scalars(alerts)}


async def move_conditions(session: AsyncSession, alert_id: UUID, into_id: UUID) -> int:
    """Let the conditions of an alert hold another one open; returns how many."""
    moved = await session.scalars(
        update(ConditionRow)
        .where(col(ConditionRow.alert_id) == alert_id)
        .values(alert_id=into_id)
        .returning(col(ConditionRow.condition_id))
        .execution_options(synchronize_session=False)
    )
    return len(moved.all())


async def return_conditions(session: AsyncSession, alert_id: UUID, from_id: UUID) -> tuple[int, int]:
    """Give an alert back the conditions it came with; returns how many, and how many of them still last."""
    returned = await session.scalars(
        update(ConditionRow)
        .where(col(ConditionRow.origin_alert_id) == alert_id, col(ConditionRow.alert_id) == from_id)
        .values(alert_id=alert_id)
        .returning(col(ConditionRow.state))
        .execution_options(synchronize_session=False)
    )
    states = returned.all()
    return len(states), sum(state == "open" for state in states)


async def list_merged(session: AsyncSession, into_id: UUID) -> Sequence[AlertRow]:
    """The alerts that were merged into one, locked."""
    statement = (
        select(AlertRow)
        .where(col(AlertRow.merged_into) == into_id)
        .order_by(col(AlertRow.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).all()


async def lock_due_condition(session: AsyncSession, now: datetime) -> ConditionRow | None:
    """A condition whose timer is due, locked; those that somebody else works on are passed over."""
    due = func.least(col(ConditionRow.opens_at), col(ConditionRow.clears_at))
    statement = (
        select(ConditionRow)
        .where(
            or_(col(ConditionRow.opens_at) <= now, col(ConditionRow.clears_at) <= now),
            col(ConditionRow.available_at) <= func.clock_timestamp(),
        )
        .order_by(due)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).one_or_none()


async def record_failure(session: AsyncSession, condition: ConditionRow, error: str, longest_wait: float) -> None:
    """Let a timer that could not fire rest, longer each time, so that it does not hold up the others."""
    wait = func.least(func.power(2, ConditionRow.failures), longest_wait)
    await session.execute(
        update(ConditionRow)
        .where(
            col(ConditionRow.source) == condition.source,
            col(ConditionRow.condition_id) == condition.condition_id,
        )
        .values(
            failures=ConditionRow.failures + 1,
            last_error=error[:500],
            available_at=func.clock_timestamp() + wait * timedelta(seconds=1),
        )
        .execution_options(synchronize_session=False)
    )


async def list_late(session: AsyncSession, due_before: datetime, limit: int = 100) -> Sequence[ConditionRow]:
    """Conditions whose timer should have fired before `due_before`."""
    late = or_(col(ConditionRow.opens_at) < due_before, col(ConditionRow.clears_at) < due_before)
    return (await session.scalars(select(ConditionRow).where(late).limit(limit))).all()
