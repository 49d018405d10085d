"""SQL of planned outages."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import numpy as np
from sqlalchemy import ColumnElement, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.metering.domain.slots import local_minute
from services.energy.outages.domain.outage import Scope, Stretches
from services.energy.outages.errors import OutageNotFound
from services.energy.outages.tables import PlannedOutageRow

OUTAGES: Final = Listing(
    fields={
        "id": FilterField(PlannedOutageRow.id, UUID),
        "scope": FilterField(PlannedOutageRow.scope, Scope),
        "code": FilterField(PlannedOutageRow.code, str),
        "region_code": FilterField(PlannedOutageRow.region_code, str),
        "enterprise_id": FilterField(PlannedOutageRow.enterprise_id, UUID),
        "status": FilterField(PlannedOutageRow.status, str),
        "system": FilterField(PlannedOutageRow.system, str),
        "external_id": FilterField(PlannedOutageRow.external_id, str),
        "starts_at": FilterField(PlannedOutageRow.starts_at, datetime),
        "ends_at": FilterField(PlannedOutageRow.ends_at, datetime),
    },
    sortable=("starts_at", "ends_at"),
    default_sort="-starts_at",
)


def _visible(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    return (
        region_scope(col(PlannedOutageRow.region_code), principal),
        enterprise_scope(col(PlannedOutageRow.enterprise_id), principal),
    )


async def list_outages(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[PlannedOutageRow]:
    page: Page[PlannedOutageRow] = await query.page(session, select(PlannedOutageRow).where(*_visible(principal)))
    return page


async def get_outage(
    session: AsyncSession, principal: Principal, outage_id: UUID, *, lock: bool = False
) -> PlannedOutageRow:
    """Raises OutageNotFound."""
    statement = select(PlannedOutageRow).where(col(PlannedOutageRow.id) == outage_id, *_visible(principal))
    if lock:
        statement = statement.with_for_update()
    row = (await session.scalars(statement)).first()
    if row is None:
        raise OutageNotFound(outage_id=outage_id)
    return row


async def find_announced(session: AsyncSession, system: str, external_id: str) -> PlannedOutageRow | None:
    """The outage another system calls so, locked."""
    statement = select(PlannedOutageRow).where(
        col(PlannedOutageRow.system) == system, col(PlannedOutageRow.external_id) == external_id
    )
    return (await session.scalars(statement.with_for_update())).first()


_CUT_OFF: Final = text(
    """
    SELECT outage.id, meter.meter_index, outage.starts_at, outage.ends_at
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:scopes AS text[]), CAST(:codes AS text[]), CAST(:prefixes AS text[]),
        CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[])
    ) AS outage (id, scope, code, prefix, starts_at, ends_at)
    JOIN meter ON meter.region_code LIKE outage.prefix || '%' AND CASE outage.scope
        WHEN 'meter' THEN meter.meter_no = outage.code
        WHEN 'feeder' THEN meter.feeder_code = outage.code
        WHEN 'transformer' THEN meter.transformer_code = outage.code
        ELSE true
    END
    ORDER BY outage.id, meter.meter_index
    """
)


async def stretches_between(session: AsyncSession, first: datetime, last: datetime) -> Stretches:
    """Which meters are cut off when by the outages that stand and touch the time; merged."""
    rows = await _cut_off(session, col(PlannedOutageRow.ends_at) > first, col(PlannedOutageRow.starts_at) <= last)
    columns = [
        (index, local_minute(starts_at, 0), local_minute(ends_at, 0)) for _, index, starts_at, ends_at in rows
    ]
    meter, start, end = np.array(columns, np.int64).reshape(len(columns), 3).T
    return Stretches(meter, start, end).merged()


async def standing_since(session: AsyncSession, since: datetime) -> dict[UUID, tuple[int, int, list[int]]]:
    """Outages that stand and end after ``since``: start, end (minutes UTC since 1970) and whom they cut off."""
    found: dict[UUID, tuple[int, int, list[int]]] = {}
    for outage_id, index, starts_at, ends_at in await _cut_off(session, col(PlannedOutageRow.ends_at) > since):
        begun, over = local_minute(starts_at, 0), local_minute(ends_at, 0)
        found.setdefault(outage_id, (begun, over, []))[2].append(index)
    return found


CutOff = tuple[UUID, int, datetime, datetime]


async def _cut_off(session: AsyncSession, *wanted: ColumnElement[bool]) -> list[CutOff]:
    """(outage, index of a meter it cuts off, start, end) of the outages that stand."""
    statement = select(PlannedOutageRow).where(col(PlannedOutageRow.status) == "planned", *wanted)
    outages = list(await session.scalars(statement))
    if not outages:
        return []
    parameters = {
        "ids": [row.id for row in outages],
        "scopes": [row.scope for row in outages],
        "codes": [row.code for row in outages],
        "prefixes": [regions.prefix(row.region_code) for row in outages],
        "starts": [row.starts_at for row in outages],
        "ends": [row.ends_at for row in outages],
    }
    rows = await session.execute(_CUT_OFF, parameters)
    return [(outage_id, index, starts_at, ends_at) for outage_id, index, starts_at, ends_at in rows]
