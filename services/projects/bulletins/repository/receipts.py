"""SQL of notices and receipts of bulletins."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.contracts.notices import NoticeReceiptedV1, NoticeState, ReceiptState
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.bulletins.tables import BulletinNoticeRow, BulletinReceiptRow
from services.projects.registry.tables import PersonRow, UnitRow

RECEIPTS = Listing(
    fields={
        "receipt_id": FilterField(col(BulletinReceiptRow.receipt_id), UUID),
        "notice_id": FilterField(col(BulletinReceiptRow.notice_id), UUID),
        "person_id": FilterField(col(BulletinReceiptRow.person_id), UUID),
        "delivered": FilterField(col(BulletinReceiptRow.delivered_at).is_not(None), bool, frozenset({"eq"})),
        "read": FilterField(col(BulletinReceiptRow.read_at).is_not(None), bool, frozenset({"eq"})),
        "confirmed": FilterField(col(BulletinReceiptRow.confirmed_at).is_not(None), bool, frozenset({"eq"})),
        "confirmed_at": FilterField(col(BulletinReceiptRow.confirmed_at), datetime),
    },
    key="receipt_id",
)


async def notice_for(
    session: AsyncSession, payload: NoticeState, bulletin_id: UUID, version: int
) -> BulletinNoticeRow:
    """The notice's row, made where there is none yet, locked."""
    await session.execute(
        insert(BulletinNoticeRow)
        .values(
            notice_id=payload.notice_id,
            bulletin_id=bulletin_id,
            event_version=version,
            status="open",
            recipients=payload.recipients,
            confirm_by=payload.confirm_by,
        )
        .on_conflict_do_nothing()
    )
    statement = select(BulletinNoticeRow).where(col(BulletinNoticeRow.notice_id) == payload.notice_id)
    statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).one()


async def receipt_for(session: AsyncSession, receipt_id: UUID, notice_id: UUID, person_id: UUID) -> None:
    await session.execute(
        insert(BulletinReceiptRow)
        .values(receipt_id=receipt_id, notice_id=notice_id, person_id=person_id)
        .on_conflict_do_nothing()
    )


async def note_receipt(session: AsyncSession, payload: NoticeReceiptedV1) -> None:
    """The first word of each state counts, as in the service that gathers them."""
    await receipt_for(session, payload.receipt_id, payload.notice_id, payload.person_id)
    row = await session.get(BulletinReceiptRow, payload.receipt_id, with_for_update=True, populate_existing=True)
    assert row is not None
    name = f"{payload.state.value}_at"
    if getattr(row, name) is None:
        setattr(row, name, payload.at)
        if payload.state in {ReceiptState.READ, ReceiptState.CONFIRMED}:
            setattr(row, f"{payload.state.value}_by", payload.by)


async def notices_of(session: AsyncSession, bulletin_id: UUID) -> list[BulletinNoticeRow]:
    statement = (
        select(BulletinNoticeRow)
        .where(col(BulletinNoticeRow.bulletin_id) == bulletin_id)
        .order_by(col(BulletinNoticeRow.notice_id))
    )
    return list((await session.scalars(statement)).all())


async def receipts_of(session: AsyncSession, bulletin_id: UUID) -> list[BulletinReceiptRow]:
    statement = (
        select(BulletinReceiptRow)
        .join(BulletinNoticeRow, col(BulletinNoticeRow.notice_id) == col(BulletinReceiptRow.notice_id))
        .where(col(BulletinNoticeRow.bulletin_id) == bulletin_id)
    )
    return list((await session.scalars(statement)).all())


async def list_receipts(session: AsyncSession, bulletin_id: UUID, query: ListQuery) -> Page[Any]:
    """Rows of a receipt with the person's name and unit."""
    statement: Any = (
        select(BulletinReceiptRow, col(PersonRow.name), col(PersonRow.region_code), col(UnitRow.name))
        .join(BulletinNoticeRow, col(BulletinNoticeRow.notice_id) == col(BulletinReceiptRow.notice_id))
        .join(PersonRow, col(PersonRow.person_id) == col(BulletinReceiptRow.person_id), isouter=True)
        .join(UnitRow, col(UnitRow.unit_id) == col(PersonRow.unit_id), isouter=True)
        .where(col(BulletinNoticeRow.bulletin_id) == bulletin_id)
    )
    return await query.page(session, statement)
