"""SQL of handovers, and of what stands in their statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.alerts.handovers.errors import HandoverNotFound
from services.alerts.handovers.tables import HandoverRow, TakeoverRow
from services.alerts.muting.tables import AlertMuteRow, MaintenanceRow, MuteBase, SilenceRow
from services.alerts.notifications.tables import DeliveryRow
from services.alerts.trail.tables import AlertRow
from services.alerts.watch.tables import FindingRow

HANDOVERS = Listing(
    fields={
        "id": FilterField(col(HandoverRow.id), UUID),
        "roster_code": FilterField(col(HandoverRow.roster_code)),
        "giver_id": FilterField(col(HandoverRow.giver_id), UUID),
        "taker_id": FilterField(col(HandoverRow.taker_id), UUID),
        "given_at": FilterField(col(HandoverRow.given_at), datetime),
    },
    sortable=("given_at",),
    default_sort="-given_at",
)


async def page_handovers(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    """Handovers of rosters in the caller's subtree, each with its second signature if there is one."""
    statement: Any = (
        select(HandoverRow, TakeoverRow)
        .outerjoin(TakeoverRow, col(TakeoverRow.handover_id) == col(HandoverRow.id))
        .where(region_scope(col(HandoverRow.region_code), principal))
    )
    return await query.page(session, statement)


async def get_handover(
    session: AsyncSession, principal: Principal, handover_id: UUID, *, lock: bool = False
) -> tuple[HandoverRow, TakeoverRow | None]:
    """Raises HandoverNotFound. ``lock`` keeps a second taker out until this transaction ends."""
    statement = select(HandoverRow).where(
        col(HandoverRow.id) == handover_id, region_scope(col(HandoverRow.region_code), principal)
    )
    row = (await session.scalars(statement.with_for_update() if lock else statement)).one_or_none()
    if row is None:
        raise HandoverNotFound
    return row, await session.get(TakeoverRow, handover_id)


async def open_alerts(session: AsyncSession, region_code: str, limit: int) -> tuple[int, Sequence[Any]]:
    """How many live alerts lie in the region, and the gravest of them with what keeps them quiet."""
    of_region = (col(AlertRow.status) != "resolved", _within(AlertRow.region_code, region_code))
    total = await session.scalar(select(func.count()).select_from(AlertRow).where(*of_region)) or 0
    gravity = func.array_position(array(["red", "orange", "yellow", "blue"]), col(AlertRow.severity))
    statement = (
        select(AlertRow, AlertMuteRow)
        .outerjoin(AlertMuteRow, col(AlertMuteRow.alert_id) == col(AlertRow.id))
        .where(*of_region)
        .order_by(gravity, col(AlertRow.number))
        .limit(limit)
    )
    return total, (await session.execute(statement)).all()


async def standing_mutes(session: AsyncSession, region_code: str, now: datetime) -> Sequence[MuteBase]:
    """Silences and maintenance windows that hold now, in the region or everywhere."""
    found: list[MuteBase] = []
    for table in (SilenceRow, MaintenanceRow):
        statement = (
            select(table)
            .where(
                or_(col(table.region_code).is_(None), _within(table.region_code, region_code)),
                col(table.starts_at) <= now,
                or_(col(table.ends_at).is_(None), col(table.ends_at) > now),
            )
            .order_by(col(table.starts_at), col(table.id))
        )
        found += (await session.scalars(statement)).all()
    return found


async def failed_deliveries(session: AsyncSession, region_code: str) -> list[dict[str, Any]]:
    """Notifications of the region that failed for good, by kind and cause."""
    statement = (
        select(col(DeliveryRow.kind), col(DeliveryRow.error_code), func.count())
        .where(col(DeliveryRow.status) == "failed", _within(DeliveryRow.region_code, region_code))
        .group_by(col(DeliveryRow.kind), col(DeliveryRow.error_code))
        .order_by(col(DeliveryRow.kind), col(DeliveryRow.error_code))
    )
    return [
        {"kind": kind, "error": code, "count": count} for kind, code, count in await session.execute(statement)
    ]


async def own_findings(session: AsyncSession, limit: int) -> Sequence[FindingRow]:
    """What the service finds wrong with itself, the oldest first."""
    statement = select(FindingRow).where(col(FindingRow.cleared_at).is_(None))
    return (await session.scalars(statement.order_by(col(FindingRow.found_at)).limit(limit))).all()


def _within(column: Any, region_code: str) -> Any:
    return col(column).like(f"{regions.prefix(region_code)}%")
