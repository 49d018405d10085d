"""SQL of alerts of other systems: written and read by the thousand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from asyncpg import Connection
from sqlalchemy import Text, and_, cast, delete, func, or_, select, tuple_
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

# As the Alertmanager merges: spans that overlap become one from the earliest start; the newest annotations count;
# an end that somebody sent wins over one that the timeout made. `updated_at` is the instant of the sending.
_PUT = """
INSERT INTO external_alert AS old (
    region_code, fingerprint, labels, annotations, generator_url, starts_at, ends_at, is_timeout, updated_at,
    revision, taken_revision, live
)
SELECT region_code, fingerprint, labels, annotations, generator_url, starts_at, ends_at, is_timeout, updated_at,
       1, 0, false
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[],
            $8::boolean[], $9::timestamptz[])
    AS new (region_code, fingerprint, labels, annotations, generator_url, starts_at, ends_at, is_timeout,
            updated_at)
WHERE $10::uuid IS NULL OR $10 = (SELECT token FROM read_token WHERE name = 'routes')
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
        WHEN excluded.ends_at <= excluded.updated_at THEN
            CASE WHEN old.ends_at <= excluded.updated_at THEN greatest(old.ends_at, excluded.ends_at)
            ELSE excluded.ends_at END
        WHEN old.ends_at > excluded.ends_at AND NOT old.is_timeout THEN old.ends_at
        ELSE excluded.ends_at
    END
"""
_OVERLAPS = """(excluded.ends_at > old.starts_at AND excluded.ends_at < old.ends_at)
        OR (excluded.starts_at > old.starts_at AND excluded.starts_at < old.ends_at)"""
_PUT = _PUT.format(overlaps=_OVERLAPS)


@dataclass(frozen=True, slots=True)
class Sent:
    """One alert of a sending: of which region, and when it came."""

    region_code: str
    posted: Posted
    at: datetime

    @property
    def key(self) -> tuple[str, str]:
        return self.region_code, self.posted.fingerprint


async def put(connection: Connection, sent: Sequence[Sent], routes: UUID | None = None) -> bool:
    """Keep alerts, each set of labels of a region once; merged with what was sent before.

    `routes` is the token of the route trees by which the alerts were read: False, and nothing kept, when another
    one is in force.
    """
    done: str = await connection.execute(
        _PUT,
        [one.region_code for one in sent],
        [one.posted.fingerprint for one in sent],
        [one.posted.labels_json for one in sent],
        [one.posted.annotations_json for one in sent],
        [one.posted.generator_url for one in sent],
        [one.posted.starts_at for one in sent],
        [one.posted.ends_at for one in sent],
        [one.posted.is_timeout for one in sent],
        [one.at for one in sent],
        routes,
    )
    return not sent or done.rpartition(" ")[2] != "0"


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


_OWN_COLUMNS = (
    col(AlertRow.id),
    col(AlertRow.region_code),
    # As it is stored: parsed where somebody asks for a label.
    cast(col(AlertRow.labels), Text).label("labels"),
    col(AlertRow.title_zh),
    col(AlertRow.text_zh),
    col(AlertRow.title_en),
    col(AlertRow.text_en),
    col(AlertRow.occurred_at),
    col(AlertRow.updated_at),
    col(AlertRow.severity),
    col(AlertRow.object_type),
    col(AlertRow.object_id),
)


async def list_own(session: AsyncSession, principal: Principal) -> Sequence[Any]:
    """Live alerts of our own rules that the caller may see, by the columns a list shows."""
    statement = select(*_OWN_COLUMNS).where(
        col(AlertRow.status) != "resolved", col(AlertRow.source) == OWN, alert_scope(principal)
    )
    return (await session.execute(statement)).all()


@dataclass(slots=True)
class Untaken:
    """A locked row of the inbox on its way to become, or bring up to date, an alert of ours."""

    region_code: str
    fingerprint: str
    labels: str
    annotations: str
    generator_url: str
    starts_at: datetime
    ends_at: datetime
    updated_at: datetime
    is_timeout: bool
    live: bool
    alert_id: UUID | None


_TAKEN = tuple(getattr(ExternalAlertRow, name) for name in Untaken.__dataclass_fields__)


async def lock_untaken(session: AsyncSession, now: datetime, limit: int) -> list[Untaken]:
    """What was sent since we looked last, and what has come to its end; locked, others' share is passed over."""
    statement = (
        select(*_TAKEN)
        .where(
            or_(
                col(ExternalAlertRow.revision) != col(ExternalAlertRow.taken_revision),
                and_(col(ExternalAlertRow.live), col(ExternalAlertRow.ends_at) <= now),
            )
        )
        .order_by(col(ExternalAlertRow.updated_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [Untaken(*row) for row in await session.execute(statement)]


# They are locked: the revision is still the one that was read.
_PUT_TAKEN = """
UPDATE external_alert AS kept SET taken_revision = kept.revision, live = taken.live, alert_id = taken.alert_id
FROM unnest($1::text[], $2::text[], $3::boolean[], $4::uuid[]) AS taken (region_code, fingerprint, live, alert_id)
WHERE kept.region_code = taken.region_code AND kept.fingerprint = taken.fingerprint
"""


async def put_taken(session: AsyncSession, rows: Sequence[Untaken]) -> None:
    """The rows are taken: by which alert of ours, and whether that is open."""
    connection = await raw_connection(session)
    await connection.execute(
        _PUT_TAKEN,
        [row.region_code for row in rows],
        [row.fingerprint for row in rows],
        [row.live for row in rows],
        [row.alert_id for row in rows],
    )


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
