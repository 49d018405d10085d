"""SQL of alerts and their trail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, literal, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import instance_state
from sqlmodel import col

from libs.common.put import put
from libs.common.remember import write_gathered_of
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from services.alerts.trail.domain.chain import Entry
from services.alerts.trail.tables import LIVE, AlertRow, TrailRow

# Of an alert, what decides whether another of its key may be inserted.
_DECIDING = frozenset({"status", "resolution", "occurred_at", "merged_into", "dedup_key"})


async def insert_unless_live(
    session: AsyncSession, values: dict[str, Any], *, unless: ColumnElement[bool] | None = None
) -> AlertRow | None:
    """Insert the alert, or answer None when a live one for its dedup key exists, or when `unless` holds.

    Waits for a concurrent transaction that is about to insert the same; the new row comes back locked.
    """
    statement = insert(AlertRow)
    if unless is None:
        statement = statement.values(**values)
    else:
        columns = AlertRow.__table__.c  # type: ignore[attr-defined]
        given = select(*(literal(value, columns[name].type) for name, value in values.items()))
        statement = statement.from_select(list(values), given.where(~unless))
    statement = statement.on_conflict_do_nothing(index_elements=["dedup_key"], index_where=text(LIVE))
    # Other changes of a batch may wait to be written together.
    options = {"autoflush": _decides_what_is_live(session)}
    return (await session.scalars(statement.returning(AlertRow), execution_options=options)).one_or_none()


def _decides_what_is_live(session: AsyncSession) -> bool:
    """Whether what the session has not written yet decides which keys have a live alert, or one to look at."""
    # What was set since it was read, without comparing: it is asked for each alert of a batch about all of them.
    return any(
        isinstance(row, AlertRow) and not _DECIDING.isdisjoint(instance_state(row).committed_state)
        for row in session.dirty
    )


async def find_live(session: AsyncSession, dedup_key: str) -> AlertRow | None:
    """The live alert of a dedup key, locked."""
    statement = (
        select(AlertRow)
        .where(col(AlertRow.dedup_key) == dedup_key, col(AlertRow.status) != "resolved")
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return await _locked(session, (await session.scalars(statement)).one_or_none())


async def lock(session: AsyncSession, alert_id: UUID) -> AlertRow | None:
    """The alert, locked against other writers until the transaction ends."""
    statement = (
        select(AlertRow)
        .where(col(AlertRow.id) == alert_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return await _locked(session, (await session.scalars(statement)).one_or_none())


async def _locked(session: AsyncSession, alert: AlertRow | None) -> AlertRow | None:
    """What belongs to an alert is read by those alone who have locked it: what was left for later is written."""
    if alert is not None:
        await write_gathered_of(session, alert.id)
    return alert


def alert_scope(principal: Principal) -> ColumnElement[bool]:
    """The alerts a caller may see: of its region's subtree, and of its own enterprise where it is bound to one."""
    return and_(
        region_scope(col(AlertRow.region_code), principal),
        enterprise_scope(col(AlertRow.enterprise_id), principal),
    )


async def find_visible(
    session: AsyncSession, principal: Principal, alert_id: UUID, *, lock: bool = False
) -> AlertRow | None:
    """The alert if the caller may see it; `lock` keeps other writers out until the transaction ends."""
    statement = select(AlertRow).where(col(AlertRow.id) == alert_id, alert_scope(principal))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).one_or_none()


async def find(session: AsyncSession, alert_id: UUID) -> AlertRow | None:
    return await session.get(AlertRow, alert_id)


def add_entry(session: AsyncSession, entry: Entry) -> None:
    put(
        session,
        TrailRow(
            alert_id=entry.alert_id,
            seq=entry.seq,
            kind=entry.kind,
            at=entry.at,
            actor=entry.actor,
            facts=entry.facts,
            previous=entry.previous,
            digest=entry.digest,
        ),
        entry.alert_id,
    )


async def list_entries(session: AsyncSession, alert_id: UUID) -> Sequence[Entry]:
    """The whole trail in order; an alert has tens of entries, not thousands."""
    rows = await session.scalars(
        select(TrailRow).where(col(TrailRow.alert_id) == alert_id).order_by(col(TrailRow.seq))
    )
    return [
        Entry(row.alert_id, row.seq, row.kind, row.at, row.actor, row.facts, row.previous, row.digest)
        for row in rows
    ]
