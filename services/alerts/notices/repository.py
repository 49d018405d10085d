"""SQL of notices and receipts as people see them; the queue's own SQL is in ``queue``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.registry.queries import Person
from libs.common.registry.tables import PersonReplicaRow
from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.alerts.notices.tables import NoticeRow, ReceiptRow

NOTICES = Listing(
    fields={
        "id": FilterField(col(NoticeRow.id), UUID),
        "status": FilterField(col(NoticeRow.status)),
        "source_type": FilterField(col(NoticeRow.source_type)),
        "source_id": FilterField(col(NoticeRow.source_id)),
        "region_code": FilterField(col(NoticeRow.region_code)),
        "confirm_by": FilterField(col(NoticeRow.confirm_by), datetime),
        "overdue_at": FilterField(col(NoticeRow.overdue_at), datetime),
        "created_at": FilterField(col(NoticeRow.created_at), datetime),
    },
    sortable=("id",),
    default_sort="-id",
)

RECEIPTS = Listing(
    fields={
        "id": FilterField(col(ReceiptRow.id), UUID),
        "person_id": FilterField(col(ReceiptRow.person_id), UUID),
        "unit_id": FilterField(col(ReceiptRow.unit_id), UUID),
        "region_code": FilterField(col(ReceiptRow.region_code)),
        "delivered_at": FilterField(col(ReceiptRow.delivered_at), datetime),
        "read_at": FilterField(col(ReceiptRow.read_at), datetime),
        "confirmed_at": FilterField(col(ReceiptRow.confirmed_at), datetime),
    },
    sortable=("id",),
)


async def page_notices(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    return await query.page(session, select(NoticeRow).where(region_scope(col(NoticeRow.region_code), principal)))


async def page_receipts(session: AsyncSession, notice_id: UUID, query: ListQuery) -> Page[Any]:
    return await query.page(session, select(ReceiptRow).where(col(ReceiptRow.notice_id) == notice_id))


async def list_own(session: AsyncSession, person_id: UUID, *, limit: int) -> list[tuple[NoticeRow, ReceiptRow]]:
    """Notices addressed to the person, newest first."""
    statement = (
        select(NoticeRow, ReceiptRow)
        .join(ReceiptRow, col(ReceiptRow.notice_id) == col(NoticeRow.id))
        .where(col(ReceiptRow.person_id) == person_id)
        .order_by(col(NoticeRow.id).desc())
        .limit(limit)
    )
    return [(notice, receipt) for notice, receipt in await session.execute(statement)]


async def notices_of_source(session: AsyncSession, source_type: str, source_id: str) -> list[NoticeRow]:
    """The notices of a paper of another service."""
    statement = select(NoticeRow).where(
        col(NoticeRow.source_type) == source_type, col(NoticeRow.source_id) == source_id
    )
    return list((await session.scalars(statement.order_by(col(NoticeRow.id)))).all())


async def find_visible(session: AsyncSession, principal: Principal, notice_id: UUID) -> NoticeRow | None:
    statement = select(NoticeRow).where(
        col(NoticeRow.id) == notice_id, region_scope(col(NoticeRow.region_code), principal)
    )
    return (await session.scalars(statement)).one_or_none()


async def lock(session: AsyncSession, notice_id: UUID) -> NoticeRow | None:
    """The notice, locked: whoever changes a receipt of it locks it first."""
    statement = select(NoticeRow).where(col(NoticeRow.id) == notice_id).with_for_update()
    return (await session.scalars(statement.execution_options(populate_existing=True))).one_or_none()


async def find_receipt(session: AsyncSession, receipt_id: UUID) -> ReceiptRow | None:
    statement = select(ReceiptRow).where(col(ReceiptRow.id) == receipt_id)
    return (await session.scalars(statement.execution_options(populate_existing=True))).one_or_none()


async def receipt_of_person(session: AsyncSession, notice_id: UUID, person_id: UUID) -> ReceiptRow | None:
    statement = select(ReceiptRow).where(
        col(ReceiptRow.notice_id) == notice_id, col(ReceiptRow.person_id) == person_id
    )
    return (await session.scalars(statement.execution_options(populate_existing=True))).one_or_none()


async def list_receipts(session: AsyncSession, notice_id: UUID) -> Sequence[ReceiptRow]:
    statement = select(ReceiptRow).where(col(ReceiptRow.notice_id) == notice_id)
    return (await session.scalars(statement.order_by(col(ReceiptRow.id)))).all()


async def counts(session: AsyncSession, notice_ids: Sequence[UUID]) -> dict[UUID, tuple[int, int, int, int]]:
    """(delivered, failed, read, confirmed) of notices."""
    statement = (
        select(
            col(ReceiptRow.notice_id),
            func.count(col(ReceiptRow.delivered_at)),
            func.count(col(ReceiptRow.failed_at)),
            func.count(col(ReceiptRow.read_at)),
            func.count(col(ReceiptRow.confirmed_at)),
        )
        .where(col(ReceiptRow.notice_id).in_(notice_ids))
        .group_by(col(ReceiptRow.notice_id))
    )
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in await session.execute(statement)}


async def due_reminders(session: AsyncSession, now: datetime, limit: int) -> Sequence[ReceiptRow]:
    """Receipts whose reminder is due; those of notices that somebody else works on are passed over."""
    statement = (
        select(ReceiptRow)
        .join(NoticeRow, col(NoticeRow.id) == col(ReceiptRow.notice_id))
        .where(col(ReceiptRow.next_reminder_at) <= now, col(NoticeRow.status) == "open")
        .order_by(col(ReceiptRow.next_reminder_at))
        .limit(limit)
        .with_for_update(of=NoticeRow, skip_locked=True)
    )
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


async def newly_overdue(session: AsyncSession, now: datetime, limit: int) -> Sequence[NoticeRow]:
    """Open notices whose deadline has passed, and of which nobody was told yet; locked."""
    statement = (
        select(NoticeRow)
        .where(
            col(NoticeRow.status) == "open", col(NoticeRow.overdue_at).is_(None), col(NoticeRow.confirm_by) <= now
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


async def persons_in_region(session: AsyncSession, region_code: str, *, below: bool) -> list[Person]:
    """Active persons of the region's own offices, and of those below it when asked. Raises InvalidRegionCode."""
    column = col(PersonReplicaRow.region_code)
    within = column.like(f"{regions.prefix(region_code)}%") if below else column == regions.validate(region_code)
    return await _persons(session, within)


async def persons_of_unit(session: AsyncSession, unit_id: UUID) -> list[Person]:
    return await _persons(session, col(PersonReplicaRow.unit_id) == unit_id)


async def _persons(session: AsyncSession, condition: Any) -> list[Person]:
    statement = select(PersonReplicaRow).where(
        condition, col(PersonReplicaRow.active), col(PersonReplicaRow.deleted).is_(False)
    )
    rows = await session.scalars(statement.order_by(col(PersonReplicaRow.name), col(PersonReplicaRow.person_id)))
    return [
        Person(row.person_id, row.name, row.unit_id, row.region_code, row.post, row.email, row.phone)
        for row in rows
    ]
