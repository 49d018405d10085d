"""What waits in quarantine, by meter: seen, given up by a person, or by age."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import DateTime, Integer, String, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.context import Context
from libs.common.security.principal import Principal
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.feeds.errors import DiscardUnfounded
from services.energy.feeds.repository import visible_quarantine
from services.energy.feeds.schemas import WaitingMeter
from services.energy.feeds.tables import QuarantineRow
from services.energy.metering.tables import MeterAliasRow, MeterRow

KEPT: Final = "kept"
DISCARDED: Final = "discarded"
_MAX_SOURCES: Final = 20


def _of_group(name: str, type_: Any) -> Any:
    return literal_column(f"waiting.{name}", type_)


WAITING: Final = Listing(
    fields={
        "meter_no": FilterField(_of_group("meter_no", String()), str),
        "readings": FilterField(_of_group("readings", Integer()), int),
        "first_received_at": FilterField(_of_group("first_received_at", DateTime(timezone=True)), datetime),
        "last_received_at": FilterField(_of_group("last_received_at", DateTime(timezone=True)), datetime),
    },
    sortable=("first_received_at", "last_received_at", "readings"),
    default_sort="first_received_at",
    key="meter_no",
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Figures of a meter's rows; ``sources`` without their callers."""

    meter_no: str
    rows: int
    readings: int
    sources: list[str]
    first_received_at: datetime
    last_received_at: datetime
    is_registered: bool


async def list_waiting(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Waiting]:
    grouped = (
        select(
            col(QuarantineRow.meter_no),
            func.count().label("rows"),
            func.sum(col(QuarantineRow.readings)).label("readings"),
            func.array_agg(func.substring(col(QuarantineRow.source), "[^/]*$").distinct()).label("sources"),
            func.min(col(QuarantineRow.received_at)).label("first_received_at"),
            func.max(col(QuarantineRow.received_at)).label("last_received_at"),
        )
        .where(col(QuarantineRow.status) == KEPT, *visible_quarantine(principal))
        .group_by(col(QuarantineRow.meter_no))
        .subquery("waiting")
    )
    columns = grouped.c
    known = (
        select(col(MeterRow.meter_id)).where(col(MeterRow.meter_no) == columns.meter_no).exists()
        | select(col(MeterAliasRow.meter_id)).where(col(MeterAliasRow.code) == columns.meter_no).exists()
    )
    page = await query.page(
        session,
        select(
            columns.meter_no,
            columns.rows,
            columns.readings,
            columns.sources,
            columns.first_received_at,
            columns.last_received_at,
            known.label("is_registered"),
        ),
    )
    return Page([Waiting(*row) for row in page.items], page.next_cursor)


def waiting_read(item: Waiting, *, now: datetime) -> WaitingMeter:
    return WaitingMeter(
        meter_no=item.meter_no,
        rows=item.rows,
        readings=item.readings,
        sources=[source for source in sorted(item.sources) if source][:_MAX_SOURCES],
        first_received_at=item.first_received_at,
        last_received_at=item.last_received_at,
        age_days=(now - item.first_received_at).days,
        is_registered=item.is_registered,
    )


async def discard(ctx: Context, meter_no: str, reason: str) -> tuple[int, int]:
    """Give up what waits for a meter; returns rows and readings. Raises DiscardUnfounded."""
    found = (
        await ctx.session.execute(
            update(QuarantineRow)
            .where(
                col(QuarantineRow.status) == KEPT,
                col(QuarantineRow.meter_no) == meter_no,
                *visible_quarantine(ctx.principal),
            )
            .values(
                status=DISCARDED,
                discarded_at=ctx.now,
                discarded_by=ctx.principal.subject,
                discard_reason=reason,
            )
            .returning(col(QuarantineRow.readings))
        )
    ).all()
    if not found:
        raise DiscardUnfounded(meter_no=meter_no)
    return len(found), sum(row.readings for row in found)


async def discard_aged(ctx: Context, limit: datetime, reason: str) -> int:
    """Give up what has waited since before ``limit``; returns how many rows."""
    found = await ctx.session.execute(
        update(QuarantineRow)
        .where(col(QuarantineRow.status) == KEPT, col(QuarantineRow.received_at) < limit)
        .values(status=DISCARDED, discarded_at=ctx.now, discarded_by=ctx.principal.subject, discard_reason=reason)
        .returning(col(QuarantineRow.id))
    )
    return len(found.all())
