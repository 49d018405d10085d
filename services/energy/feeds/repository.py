"""SQL of receipts and of the quarantine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, meter_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.feeds.errors import ReceiptNotFound
from services.energy.feeds.tables import (
    BodyDigestRow,
    FeedSourceRow,
    QuarantineRow,
    ReceiptPartRow,
    ReceiptRow,
)

QUARANTINE: Final = Listing(
    fields={
        "id": FilterField(QuarantineRow.id, UUID),
        "meter_no": FilterField(QuarantineRow.meter_no, str),
        "status": FilterField(QuarantineRow.status, str),
        "receipt_id": FilterField(QuarantineRow.receipt_id, UUID),
        "received_at": FilterField(QuarantineRow.received_at, datetime),
    },
    sortable=("received_at", "meter_no"),
    default_sort="-received_at",
)


@dataclass(frozen=True, slots=True)
class PartCounts:
    """What became of one part's values."""

    receipt_id: UUID
    part: int
    stored: int
    unchanged: int
    revised: int
    superseded: int
    # Which meters: see meter_bits.
    shard: int
    meters: bytes


async def priorities(session: AsyncSession) -> dict[str, int]:
    """Of the sources that have one of their own."""
    rows = await session.execute(select(col(FeedSourceRow.source), col(FeedSourceRow.priority)))
    return {row.source: row.priority for row in rows}


_MERGED: Final = text(
    """
    WITH told AS (
        SELECT * FROM unnest(CAST(:receipts AS uuid[]), CAST(:parts AS int[]), CAST(:stored AS int[]),
            CAST(:unchanged AS int[]), CAST(:revised AS int[]), CAST(:superseded AS int[]),
            CAST(:shards AS int[]), CAST(:meters AS bytea[]))
            AS t (receipt_id, part, stored, unchanged, revised, superseded, shard, meters)
    ), added AS (
        INSERT INTO receipt_part
            (receipt_id, part, merged_at, stored, unchanged, revised, superseded, shard, meters)
        SELECT receipt_id, part, :at, stored, unchanged, revised, superseded, shard, meters FROM told
        ON CONFLICT DO NOTHING
        RETURNING receipt_id, stored, unchanged, revised, superseded
    ), sums AS (
        SELECT receipt_id, count(*) AS parts, sum(stored) AS stored, sum(unchanged) AS unchanged,
            sum(revised) AS revised, sum(superseded) AS superseded
        FROM added GROUP BY receipt_id
    )
    UPDATE receipt AS r SET
        parts_merged = r.parts_merged + s.parts,
        stored = r.stored + s.stored, unchanged = r.unchanged + s.unchanged,
        revised = r.revised + s.revised, superseded = r.superseded + s.superseded,
        status = CASE WHEN r.parts_merged + s.parts >= r.parts THEN 'merged' ELSE r.status END,
        merged_at = CASE WHEN r.parts_merged + s.parts >= r.parts THEN :at ELSE r.merged_at END
    FROM sums AS s WHERE r.id = s.receipt_id
    """
)


async def record_merged(session: AsyncSession, counts: Sequence[PartCounts], at: datetime) -> None:
    """Note what became of the parts; a part that was noted before changes nothing."""
    if not counts:
        return
    receipts = sorted({item.receipt_id for item in counts})
    # Two workers may hold parts of the same receipts: all take them in one order.
    await session.execute(
        select(col(ReceiptRow.id))
        .where(col(ReceiptRow.id).in_(receipts))
        .order_by(col(ReceiptRow.id))
        .with_for_update()
    )
    # The same part may stand twice in a batch.
    distinct = {(item.receipt_id, item.part): item for item in reversed(counts)}.values()
    await session.execute(
        _MERGED,
        {
            "receipts": [item.receipt_id for item in distinct],
            "parts": [item.part for item in distinct],
            "stored": [item.stored for item in distinct],
            "unchanged": [item.unchanged for item in distinct],
            "revised": [item.revised for item in distinct],
            "superseded": [item.superseded for item in distinct],
            "shards": [item.shard for item in distinct],
            "meters": [item.meters for item in distinct],
            "at": at,
        },
    )


async def get_receipt(session: AsyncSession, principal: Principal, receipt_id: UUID) -> ReceiptRow:
    """A caller's own receipt, or for an office one from its region. Raises ReceiptNotFound."""
    statement = select(ReceiptRow).where(col(ReceiptRow.id) == receipt_id, visible_receipts(principal))
    row = (await session.scalars(statement)).first()
    if row is None:
        raise ReceiptNotFound(receipt_id=receipt_id)
    return row


def visible_receipts(principal: Principal) -> ColumnElement[bool]:
    """A caller's own receipts, and for an office those of its region; a key that names its meters has its own."""
    own = col(ReceiptRow.subject) == principal.subject
    if principal.meter_nos is not None:
        return own
    return own | (
        region_scope(col(ReceiptRow.region_code), principal)
        & enterprise_scope(col(ReceiptRow.enterprise_id), principal)
    )


async def list_quarantine(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[QuarantineRow]:
    page: Page[QuarantineRow] = await query.page(
        session, select(QuarantineRow).where(*visible_quarantine(principal))
    )
    return page


async def list_kept(
    session: AsyncSession, principal: Principal, meter_no: str | None, limit: int
) -> list[QuarantineRow]:
    """Rows that wait, oldest first, locked against another replay."""
    statement = (
        select(QuarantineRow)
        .where(col(QuarantineRow.status) == "kept", *visible_quarantine(principal))
        .order_by(col(QuarantineRow.received_at), col(QuarantineRow.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if meter_no is not None:
        statement = statement.where(col(QuarantineRow.meter_no) == meter_no)
    return list(await session.scalars(statement))


async def waiting_meters(session: AsyncSession) -> list[str]:
    """Numbers for which rows wait; ten thousand at most, those that wait longest."""
    statement = (
        select(col(QuarantineRow.meter_no))
        .where(col(QuarantineRow.status) == "kept")
        .group_by(col(QuarantineRow.meter_no))
        .order_by(func.min(col(QuarantineRow.received_at)))
        .limit(10_000)
    )
    return list(await session.scalars(statement))


def visible_quarantine(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    return (
        region_scope(col(QuarantineRow.region_code), principal),
        enterprise_scope(col(QuarantineRow.enterprise_id), principal),
        meter_scope(col(QuarantineRow.meter_no), principal),
    )


async def abandon_before(session: AsyncSession, limit: datetime) -> int:
    """Mark receipts that nobody was told of and that got nowhere since ``limit``; returns how many.

    Whoever delivers was killed between noting and the broker; messages that come again make other bodies.
    """
    marked = await session.execute(
        update(ReceiptRow)
        .where(col(ReceiptRow.status).in_(("pending", "replaced")), col(ReceiptRow.received_at) < limit)
        .values(status="abandoned")
        .returning(col(ReceiptRow.id))
    )
    return len(marked.all())


async def forget_before(session: AsyncSession, limit: datetime) -> None:
    """Delete receipts, parts and digests older than ``limit``; quarantined rows stay as long as they wait."""
    await session.execute(delete(ReceiptPartRow).where(col(ReceiptPartRow.merged_at) < limit))
    await session.execute(delete(BodyDigestRow).where(col(BodyDigestRow.first_at) < limit))
    await session.execute(
        delete(ReceiptRow).where(
            col(ReceiptRow.received_at) < limit, col(ReceiptRow.status).in_(("merged", "refused", "abandoned"))
        )
    )
    await session.execute(
        delete(QuarantineRow).where(
            col(QuarantineRow.received_at) < limit,
            (col(QuarantineRow.status) == "replayed") | (col(QuarantineRow.discarded_at) < limit),
        )
    )
