"""SQL of groups."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.alerts.grouping.domain.due import Told
from services.alerts.grouping.tables import GroupMemberRow, GroupNoticeRow, GroupRow
from services.alerts.trail.tables import AlertRow


async def put_group(session: AsyncSession, values: dict[str, Any], *, at_once: bool) -> UUID:
    """The group of this place, made if it is new.

    `at_once` brings the first flush of a waiting one forward to now.
    """
    statement = insert(GroupRow).values(**values)
    # Also without a change: a row that is only looked at could be emptied and deleted before we put a member in.
    sooner = func.least(GroupRow.next_flush_at, statement.excluded.next_flush_at)
    found: UUID | None = await session.scalar(
        statement.on_conflict_do_update(
            constraint="uq_alert_group_place",
            set_={
                "next_flush_at": case((col(GroupRow.flushed_at).is_(None), sooner), else_=GroupRow.next_flush_at)
                if at_once
                else GroupRow.next_flush_at
            },
        ).returning(col(GroupRow.id))
    )
    assert found is not None
    return found


async def put_members(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    statement = insert(GroupMemberRow)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["group_id", "fingerprint"], set_={"alert_id": statement.excluded.alert_id}
        ),
        list(rows),
    )


async def leave_others(session: AsyncSession, alert_id: UUID, groups: Collection[UUID], fingerprint: str) -> None:
    """Take an alert out of the groups that are not its own any more, and its old labels out of those that are."""
    stale = (col(GroupMemberRow.group_id).not_in(list(groups))) | (col(GroupMemberRow.fingerprint) != fingerprint)
    await session.execute(
        delete(GroupMemberRow)
        .where(col(GroupMemberRow.alert_id) == alert_id, stale)
        .execution_options(synchronize_session=False)
    )


async def memberships(session: AsyncSession, alert_ids: Collection[UUID]) -> dict[UUID, list[tuple[UUID, str]]]:
    """The groups of each alert, with the fingerprint under which it is there."""
    statement = select(
        col(GroupMemberRow.alert_id), col(GroupMemberRow.group_id), col(GroupMemberRow.fingerprint)
    ).where(col(GroupMemberRow.alert_id).in_(list(alert_ids)))
    found: dict[UUID, list[tuple[UUID, str]]] = {}
    for alert_id, group_id, name in await session.execute(statement):
        found.setdefault(alert_id, []).append((group_id, name))
    return found


async def lock_due(session: AsyncSession, now: datetime, limit: int) -> Sequence[GroupRow]:
    statement = (
        select(GroupRow)
        .where(col(GroupRow.next_flush_at) <= now)
        .order_by(col(GroupRow.next_flush_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).all()


async def members(session: AsyncSession, group_id: UUID) -> list[AlertRow]:
    statement = (
        select(AlertRow)
        .join(GroupMemberRow, col(GroupMemberRow.alert_id) == col(AlertRow.id))
        .where(col(GroupMemberRow.group_id) == group_id)
        .execution_options(populate_existing=True)
    )
    return list(await session.scalars(statement))


async def drop_members(session: AsyncSession, group_id: UUID, alert_ids: Collection[UUID]) -> None:
    await session.execute(
        delete(GroupMemberRow)
        .where(col(GroupMemberRow.group_id) == group_id, col(GroupMemberRow.alert_id).in_(list(alert_ids)))
        .execution_options(synchronize_session=False)
    )


async def delete_group(session: AsyncSession, group_id: UUID) -> None:
    await session.execute(
        delete(GroupRow).where(col(GroupRow.id) == group_id).execution_options(synchronize_session=False)
    )


async def told(session: AsyncSession, group_id: UUID) -> dict[str, Told]:
    rows = await session.scalars(
        select(GroupNoticeRow)
        .where(col(GroupNoticeRow.group_id) == group_id)
        .execution_options(populate_existing=True)
    )
    return {row.target: Told(frozenset(row.firing), frozenset(row.resolved), row.at) for row in rows}


async def put_told(session: AsyncSession, group_id: UUID, target: str, told: Told) -> None:
    values = {"firing": sorted(told.firing), "resolved": sorted(told.resolved), "at": told.at}
    statement = insert(GroupNoticeRow).values(group_id=group_id, target=target, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["group_id", "target"], set_=values))


async def flush_soon(session: AsyncSession, tree_region: str, at: datetime) -> None:
    """After a change of the tree the groups of its region are looked at anew."""
    await session.execute(
        update(GroupRow)
        .where(col(GroupRow.tree_region) == tree_region)
        .values(next_flush_at=at)
        .execution_options(synchronize_session=False)
    )


async def list_with_members(session: AsyncSession) -> list[tuple[GroupRow, AlertRow]]:
    statement = (
        select(GroupRow, AlertRow)
        .join(GroupMemberRow, col(GroupMemberRow.group_id) == col(GroupRow.id))
        .join(AlertRow, col(AlertRow.id) == col(GroupMemberRow.alert_id))
        .order_by(col(GroupRow.id))
    )
    return [(group, alert) for group, alert in await session.execute(statement)]


async def find_alerts(session: AsyncSession, alert_ids: Collection[UUID]) -> Sequence[AlertRow]:
    statement = select(AlertRow).where(col(AlertRow.id).in_(list(alert_ids)))
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


async def postpone(session: AsyncSession, group_id: UUID, until: datetime) -> None:
    await session.execute(
        update(GroupRow)
        .where(col(GroupRow.id) == group_id)
        .values(next_flush_at=until)
        .execution_options(synchronize_session=False)
    )


async def lock_alerts(session: AsyncSession, alert_ids: Collection[UUID]) -> Sequence[AlertRow]:
    """Alerts locked in the order of their ids, as everybody does who locks several."""
    if not alert_ids:
        return []
    statement = select(AlertRow).where(col(AlertRow.id).in_(list(alert_ids))).order_by(col(AlertRow.id))
    return (await session.scalars(statement.with_for_update().execution_options(populate_existing=True))).all()


async def next_flush_at(session: AsyncSession) -> datetime | None:
    """When the next group falls due."""
    return await session.scalar(select(func.min(col(GroupRow.next_flush_at))))
