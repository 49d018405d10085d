"""Reading receipts: by source, state, time and meter, and every rejection of one."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from fastapi import Response
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from libs.common.web.problems import FieldError, MalformedRequest
from services.energy.feeds.domain.block import SHARD_METERS
from services.energy.feeds.rejections import CHUNK, Told, read_chunk
from services.energy.feeds.repository import visible_receipts
from services.energy.feeds.schemas import Rejection
from services.energy.feeds.tables import (
    FeedSourceRow,
    QuarantineRow,
    ReceiptPartRow,
    ReceiptRow,
    RejectionChunkRow,
)
from services.energy.metering.repository import find_row

_FEED: Final = (
    select(col(FeedSourceRow.code)).where(col(FeedSourceRow.source) == col(ReceiptRow.source)).scalar_subquery()
)

RECEIPTS: Final = Listing(
    fields={
        "id": FilterField(ReceiptRow.id, UUID),
        "status": FilterField(func.replace(col(ReceiptRow.status), "acknowledged", "accepted"), str),
        "kind": FilterField(ReceiptRow.kind, str),
        "transport": FilterField(ReceiptRow.transport, str),
        "name": FilterField(ReceiptRow.name, str),
        "subject": FilterField(ReceiptRow.subject, str),
        # The part behind the caller, as the receipt shows it.
        "source": FilterField(func.substring(col(ReceiptRow.source), "[^/]*$"), str),
        "feed": FilterField(_FEED, str),
        "received_at": FilterField(ReceiptRow.received_at, datetime),
        "accepted": FilterField(ReceiptRow.accepted, int),
        "quarantined": FilterField(ReceiptRow.quarantined, int),
        "rejected": FilterField(ReceiptRow.rejected, int),
        "revised": FilterField(ReceiptRow.revised, int),
    },
    sortable=("received_at",),
    default_sort="-received_at",
)


async def list_receipts(
    session: AsyncSession, principal: Principal, query: ListQuery, meter_no: str | None
) -> Page[ReceiptRow]:
    """Receipts the caller may see; ``meter_no``: only those with something for this meter."""
    statement = select(ReceiptRow).where(visible_receipts(principal))
    if meter_no is not None:
        statement = statement.where(await _names(session, meter_no))
    page: Page[ReceiptRow] = await query.page(session, statement)
    return page


async def _names(session: AsyncSession, meter_no: str) -> ColumnElement[bool]:
    """Bodies that brought the meter values, once merged, or that wait for it. It shows nothing of the meter."""
    waits = select(col(QuarantineRow.id)).where(
        col(QuarantineRow.receipt_id) == col(ReceiptRow.id), col(QuarantineRow.meter_no) == meter_no
    )
    meter = await find_row(session, meter_no)
    if meter is None:
        return waits.exists()
    brought = select(col(ReceiptPartRow.part)).where(
        col(ReceiptPartRow.receipt_id) == col(ReceiptRow.id),
        col(ReceiptPartRow.shard) == meter.meter_index // SHARD_METERS,
        func.get_bit(col(ReceiptPartRow.meters), meter.meter_index % SHARD_METERS) == 1,
    )
    return or_(brought.exists(), waits.exists())


async def rejections(session: AsyncSession, receipt: ReceiptRow, first: int, limit: int) -> list[Told]:
    """Rejections from the ``first`` on, counted from 0."""
    found: list[Told] = list(receipt.rejections[first : first + limit])
    while len(found) < limit and first + len(found) < receipt.rejected:
        place = first + len(found)
        row = await session.get(RejectionChunkRow, (receipt.id, place - place % CHUNK))
        if row is None:
            break
        chunk = read_chunk(row)[place % CHUNK :]
        found += chunk[: limit - len(found)]
    return found


def cursor_at(place: int) -> str:
    return base64.urlsafe_b64encode(f"rejection:{place}".encode()).decode()


def place_of(cursor: str | None, receipt: ReceiptRow) -> int:
    """Where a page begins. Raises MalformedRequest for what is no cursor of this list."""
    if cursor is None:
        return 0
    try:
        word, _, number = base64.urlsafe_b64decode(cursor).decode().partition(":")
    except ValueError:
        word, number = "", ""
    if word != "rejection" or not number.isdecimal() or int(number) > receipt.rejected:
        raise MalformedRequest(errors=[FieldError("field.cursor_invalid", parameter="cursor")])
    return int(number)


def page_of(items: list[Rejection], next_cursor: str | None, headers: dict[str, str]) -> Response:
    """A page as JSON; a thousand rejections are built faster than checked again."""
    body: dict[str, Any] = {"items": [item.model_dump() for item in items], "next_cursor": next_cursor}
    return Response(orjson.dumps(body), media_type="application/json", headers=headers)
