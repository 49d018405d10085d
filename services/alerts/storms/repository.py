"""SQL of storms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.remember import remembered
from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.alerts.storms.tables import DigestRow, StormLimitRow, StormNoticeRow
from services.alerts.trail.tables import AlertRow

DIGESTS = Listing(
    fields={
        "id": FilterField(col(DigestRow.id), UUID),
        "person_id": FilterField(col(DigestRow.person_id), UUID),
        "region_code": FilterField(col(DigestRow.region_code)),
        "created_at": FilterField(col(DigestRow.created_at), datetime),
    },
    sortable=("created_at",),
    default_sort="-id",
)


@remembered
async def limits(session: AsyncSession, codes: tuple[str, ...], at: datetime) -> dict[str, StormLimitRow]:
    """The limit in force of each of the regions that has one."""
    statement = (
        select(StormLimitRow)
        .where(col(StormLimitRow.region_code).in_(codes), col(StormLimitRow.valid_from) <= at)
        .order_by(col(StormLimitRow.valid_from))
    )
    return {row.region_code: row for row in await session.scalars(statement)}


async def list_limits(session: AsyncSession) -> Sequence[StormLimitRow]:
    statement = select(StormLimitRow).order_by(
        col(StormLimitRow.region_code), col(StormLimitRow.valid_from).desc()
    )
    return (await session.scalars(statement)).all()


async def told_singly(session: AsyncSession, keys: Sequence[str], since: datetime) -> dict[str, int]:
    """How many notifications each recipient was given singly since then."""
    statement = (
        select(col(StormNoticeRow.recipient_key), func.count())
        .where(
            col(StormNoticeRow.recipient_key).in_(keys),
            col(StormNoticeRow.created_at) > since,
            ~col(StormNoticeRow.held),
        )
        .group_by(col(StormNoticeRow.recipient_key))
    )
    return dict((await session.execute(statement)).all())


async def recipients_waiting(session: AsyncSession) -> list[tuple[str, datetime, str]]:
    """Recipients for whom something is held: key, since when, and a region it is about."""
    statement = (
        select(
            col(StormNoticeRow.recipient_key),
            func.min(col(StormNoticeRow.created_at)),
            func.min(col(StormNoticeRow.region_code)),
        )
        .where(col(StormNoticeRow.held), col(StormNoticeRow.digest_id).is_(None))
        .group_by(col(StormNoticeRow.recipient_key))
    )
    return [(key, since, region_code) for key, since, region_code in await session.execute(statement)]


async def try_lock_recipient(session: AsyncSession, key: str) -> bool:
    """Whether this transaction is the one that makes the recipient's digest."""
    found = await session.scalar(
        text("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 7310500))"), {"key": key}
    )
    return bool(found)


async def waiting(session: AsyncSession, key: str) -> list[tuple[StormNoticeRow, AlertRow]]:
    """What is held for a recipient, with the alerts as they are now, oldest first."""
    statement = (
        select(StormNoticeRow, AlertRow)
        .join(AlertRow, col(AlertRow.id) == col(StormNoticeRow.alert_id))
        .where(
            col(StormNoticeRow.recipient_key) == key,
            col(StormNoticeRow.held),
            col(StormNoticeRow.digest_id).is_(None),
        )
        .order_by(col(StormNoticeRow.created_at), col(StormNoticeRow.notification_id))
    )
    return [(notice, alert) for notice, alert in await session.execute(statement)]


async def assign(session: AsyncSession, digest_id: UUID, notification_ids: Sequence[UUID]) -> None:
    chosen = func.unnest(bindparam("ids", type_=ARRAY(Uuid()))).column_valued("chosen")
    await session.execute(
        update(StormNoticeRow)
        .where(col(StormNoticeRow.notification_id).in_(select(chosen)))
        .values(digest_id=digest_id)
        .execution_options(synchronize_session=False),
        {"ids": list(notification_ids)},
    )


async def page_digests(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[DigestRow]:
    return await query.page(session, select(DigestRow).where(region_scope(col(DigestRow.region_code), principal)))


async def find_digest(session: AsyncSession, principal: Principal, digest_id: UUID) -> DigestRow | None:
    statement = select(DigestRow).where(
        col(DigestRow.id) == digest_id, region_scope(col(DigestRow.region_code), principal)
    )
    return (await session.scalars(statement)).one_or_none()


async def alerts_of(session: AsyncSession, digest_id: UUID) -> list[tuple[StormNoticeRow, AlertRow]]:
    statement = (
        select(StormNoticeRow, AlertRow)
        .join(AlertRow, col(AlertRow.id) == col(StormNoticeRow.alert_id))
        .where(col(StormNoticeRow.digest_id) == digest_id)
        .order_by(col(StormNoticeRow.created_at), col(StormNoticeRow.notification_id))
    )
    return [(notice, alert) for notice, alert in await session.execute(statement)]
