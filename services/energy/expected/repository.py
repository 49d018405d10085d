"""SQL of expected events."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.expected.domain.event import Cause, Scope
from services.energy.expected.errors import ExpectedEventNotFound
from services.energy.expected.tables import ExpectedEventRow
from services.energy.metering.tables import MeterRow

EVENTS: Final = Listing(
    fields={
        "id": FilterField(ExpectedEventRow.id, UUID),
        "scope": FilterField(ExpectedEventRow.scope, Scope),
        "code": FilterField(ExpectedEventRow.code, str),
        "cause": FilterField(ExpectedEventRow.cause, Cause),
        "region_code": FilterField(ExpectedEventRow.region_code, str),
        "enterprise_id": FilterField(ExpectedEventRow.enterprise_id, UUID),
        "status": FilterField(ExpectedEventRow.status, str),
        "system": FilterField(ExpectedEventRow.system, str),
        "external_id": FilterField(ExpectedEventRow.external_id, str),
        "starts_at": FilterField(ExpectedEventRow.starts_at, datetime),
        "ends_at": FilterField(ExpectedEventRow.ends_at, datetime),
    },
    sortable=("starts_at", "ends_at"),
    default_sort="-starts_at",
)


def _visible(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    return (
        region_scope(col(ExpectedEventRow.region_code), principal),
        enterprise_scope(col(ExpectedEventRow.enterprise_id), principal),
    )


async def list_events(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[ExpectedEventRow]:
    page: Page[ExpectedEventRow] = await query.page(session, select(ExpectedEventRow).where(*_visible(principal)))
    return page


async def get_event(
    session: AsyncSession, principal: Principal, event_id: UUID, *, lock: bool = False
) -> ExpectedEventRow:
    """Raises ExpectedEventNotFound."""
    statement = select(ExpectedEventRow).where(col(ExpectedEventRow.id) == event_id, *_visible(principal))
    if lock:
        statement = statement.with_for_update()
    row = (await session.scalars(statement)).first()
    if row is None:
        raise ExpectedEventNotFound(event_id=event_id)
    return row


async def find_recorded(session: AsyncSession, system: str, external_id: str) -> ExpectedEventRow | None:
    """The event another system calls so, locked."""
    statement = select(ExpectedEventRow).where(
        col(ExpectedEventRow.system) == system, col(ExpectedEventRow.external_id) == external_id
    )
    return (await session.scalars(statement.with_for_update())).first()


async def regions_of_enterprise(session: AsyncSession, principal: Principal, enterprise_id: UUID) -> list[str]:
    """Region codes of the enterprise's meters that the caller may see, in order."""
    statement = (
        select(col(MeterRow.region_code))
        .where(
            col(MeterRow.enterprise_id) == enterprise_id,
            region_scope(col(MeterRow.region_code), principal),
            enterprise_scope(col(MeterRow.enterprise_id), principal),
        )
        .distinct()
        .order_by(col(MeterRow.region_code))
    )
    return list(await session.scalars(statement))


_CONCERNED: Final = text(
    """
    SELECT event.id, meter.meter_index
    FROM unnest(CAST(:ids AS uuid[]), CAST(:scopes AS text[]), CAST(:codes AS text[]), CAST(:prefixes AS text[]))
        AS event (id, scope, code, prefix)
    JOIN meter ON CASE event.scope
        WHEN 'meter' THEN meter.meter_no = event.code
        WHEN 'enterprise' THEN meter.enterprise_id = CAST(event.code AS uuid)
            AND meter.region_code LIKE event.prefix || '%'
        ELSE meter.region_code LIKE event.prefix || '%'
    END
    ORDER BY event.id, meter.meter_index
    """
)


async def standing_since(session: AsyncSession, since: datetime) -> list[ExpectedEventRow]:
    """Events that stand and end after ``since``."""
    statement = select(ExpectedEventRow).where(
        col(ExpectedEventRow.status) == "planned", col(ExpectedEventRow.ends_at) > since
    )
    return list(await session.scalars(statement))


async def meters_of(session: AsyncSession, events: list[ExpectedEventRow]) -> dict[UUID, list[int]]:
    """Indexes of the meters that each event concerns."""
    parameters = {
        "ids": [row.id for row in events],
        "scopes": [row.scope for row in events],
        "codes": [row.code for row in events],
        "prefixes": [regions.prefix(row.region_code) for row in events],
    }
    found: dict[UUID, list[int]] = {}
    if events:
        for event_id, meter_index in await session.execute(_CONCERNED, parameters):
            found.setdefault(event_id, []).append(meter_index)
    return found
