"""SQL of alerts of other systems: written and read by the thousand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.database import raw_connection
from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from services.alerts.alertmanager.domain.postable import Posted
from services.alerts.alertmanager.tables import AlertmanagerMemberRow, ExternalAlertRow
from services.alerts.trail.repository import alert_scope
from services.alerts.trail.tables import OWN, AlertRow

# As the Alertmanager merges: spans that overlap become one from the earliest start; the newest annotations
# count; an
# end that somebody sent wins over one that the timeout made. $9 is now.
_PUT = """
INSERT INTO external_alert AS old (
    region_code, fingerprint, labels, annotations, generator_url, starts_at, ends_at, is_timeout, updated_at,
    revision, taken_revision, live
)
SELECT region_code, fingerprint, labels, annotations, generator_url, starts_at, ends_at, is_timeout, $9,
       1, 0, false
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[],
            $8::boolean[])
    AS new (region_code, fingerprint, labels, annotations, generator_url, starts_at, ends_at, is_timeout)
ORDER BY region_code, fingerprint
ON CONFLICT (region_code, fingerprint) DO UPDATE SET
    annotations = excluded.annotations,
    generator_url = excluded.generator_url,
    is_timeout = excluded.is_timeout,
    updated_at = excluded.updated_at,
    revision = old.revision + 1,
    starts_at = CASE WHEN {overlaps} THEN least(old.starts_at, excluded.starts_at) ELSE excluded.starts_at END,
    ends_at = CASE
        WHEN NOT ({overlaps}) THEN excluded.ends_at
        WHEN excluded.ends_at <= $9 THEN
            CASE WHEN old.ends_at <= $9 THEN greatest(old.ends_at, excluded.ends_at) ELSE excluded.ends_at END
        WHEN old.ends_at > excluded.ends_at AND NOT old.is_timeout THEN old.ends_at
        ELSE excluded.ends_at
    END
"""
_OVERLAPS = """(excluded.ends_at > old.starts_at AND excluded.ends_at < old.ends_at)
        OR (excluded.starts_at > old.starts_at AND excluded.starts_at < old.ends_at)"""
_PUT = _PUT.format(overlaps=_OVERLAPS)


async def put(session: AsyncSession, posted: Sequence[tuple[str, Posted]], now: datetime) -> None:
    """Keep alerts with their regions; each set of labels once. Merged with what was sent before."""
    connection = await raw_connection(session)
    await connection.execute(
        _PUT,
        [region_code for region_code, _ in posted],
        [one.fingerprint for _, one in posted],
        [one.labels_json for _, one in posted],
        [one.annotations_json for _, one in posted],
        [one.generator_url for _, one in posted],
        [one.starts_at for _, one in posted],
        [one.ends_at for _, one in posted],
        [one.is_timeout for _, one in posted],
        now,
    )


_COLUMNS = (
    col(ExternalAlertRow.fingerprint),
    col(ExternalAlertRow.region_code),
    col(ExternalAlertRow.labels),
    col(ExternalAlertRow.annotations),
    col(ExternalAlertRow.generator_url),
    col(ExternalAlertRow.starts_at),
    col(ExternalAlertRow.ends_at),
    col(ExternalAlertRow.updated_at),
)


async def list_lasting(session: AsyncSession, principal: Principal, now: datetime) -> Sequence[Any]:
    """Alerts of other systems that have not ended, as tuples of the columns a list shows."""
    statement = select(*_COLUMNS).where(
        col(ExternalAlertRow.ends_at) >= now, region_scope(col(ExternalAlertRow.region_code), principal)
    )
    return (await session.execute(statement)).all()


async def list_own(session: AsyncSession, principal: Principal) -> Sequence[AlertRow]:
    """Live alerts of our own rules that the caller may see."""
    statement = select(AlertRow).where(
        col(AlertRow.status) != "resolved", col(AlertRow.source) == OWN, alert_scope(principal)
    )
    return (await session.scalars(statement)).all()


async def lock_untaken(session: AsyncSession, now: datetime, limit: int) -> Sequence[ExternalAlertRow]:
    """What was sent since we looked last, and what has come to its end; locked, others' share is passed over."""
    statement = (
        select(ExternalAlertRow)
        .where(
            or_(
                col(ExternalAlertRow.revision) != col(ExternalAlertRow.taken_revision),
                and_(col(ExternalAlertRow.live), col(ExternalAlertRow.ends_at) <= now),
            )
        )
        .order_by(col(ExternalAlertRow.updated_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).all()


async def forget_ended(session: AsyncSession, before: datetime, limit: int = 5000) -> int:
    """Delete what ended long ago and was taken; our own alert keeps its story."""
    chosen = (
        select(col(ExternalAlertRow.region_code), col(ExternalAlertRow.fingerprint))
        .where(
            col(ExternalAlertRow.ends_at) < before,
            ~col(ExternalAlertRow.live),
            col(ExternalAlertRow.revision) == col(ExternalAlertRow.taken_revision),
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statement = (
        delete(ExternalAlertRow)
        .where(tuple_(col(ExternalAlertRow.region_code), col(ExternalAlertRow.fingerprint)).in_(chosen))
        .returning(col(ExternalAlertRow.fingerprint))
        .execution_options(synchronize_session=False)
    )
    return len((await session.scalars(statement)).all())


async def seen(session: AsyncSession, name: str, address: str, at: datetime) -> None:
    """This process serves the interface."""
    statement = insert(AlertmanagerMemberRow).values(
        name=name, address=address, started_at=at, seen_at=func.clock_timestamp()
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["name"], set_={"seen_at": func.clock_timestamp(), "address": address}
        )
    )
    await session.execute(
        delete(AlertmanagerMemberRow).where(
            col(AlertmanagerMemberRow.seen_at) < func.clock_timestamp() - timedelta(minutes=10)
        )
    )


async def leave(session: AsyncSession, name: str) -> None:
    await session.execute(delete(AlertmanagerMemberRow).where(col(AlertmanagerMemberRow.name) == name))


async def members(session: AsyncSession) -> Sequence[AlertmanagerMemberRow]:
    """Processes that were seen within the last half minute."""
    statement = (
        select(AlertmanagerMemberRow)
        .where(col(AlertmanagerMemberRow.seen_at) > func.clock_timestamp() - timedelta(seconds=30))
        .order_by(col(AlertmanagerMemberRow.name))
    )
    return (await session.scalars(statement)).all()
