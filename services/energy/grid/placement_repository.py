"""SQL of the meters' places, as somebody said them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, String, and_, any_, cast, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.grid.domain.node import PlacementRole
from services.energy.grid.errors import GridRowNotFound
from services.energy.grid.network_repository import SIGNS
from services.energy.grid.repository import seen_by
from services.energy.grid.tables import GridNodeRow, GridPlacementRow
from services.energy.metering.domain.meter import Kind, Meter
from services.energy.metering.indexes import is_among
from services.energy.metering.repository import visible_meters, visible_to
from services.energy.metering.tables import MeterRow

PLACEMENTS: Final = Listing(
    fields={
        "id": FilterField(GridPlacementRow.id, UUID),
        "meter_no": FilterField(GridPlacementRow.meter_no, str),
        "node_code": FilterField(GridNodeRow.code, str),
        "role": FilterField(GridPlacementRow.role, PlacementRole),
        "valid_from": FilterField(GridPlacementRow.valid_from, date),
        "valid_to": FilterField(GridPlacementRow.valid_to, date),
    },
    sortable=("meter_no", "valid_from"),
    default_sort="meter_no",
)


async def list_placements(
    session: AsyncSession, principal: Principal, query: ListQuery
) -> Page[tuple[GridPlacementRow, str]]:
    """Placements with their node's code."""
    statement: Any = (
        select(GridPlacementRow, col(GridNodeRow.code))
        .join(GridNodeRow, col(GridNodeRow.id) == col(GridPlacementRow.node_id))
        .where(seen_by(principal))
    )
    page: Page[tuple[GridPlacementRow, str]] = await query.page(session, statement)
    return page


async def get_placement(
    session: AsyncSession, principal: Principal, placement_id: UUID
) -> tuple[GridPlacementRow, GridNodeRow]:
    """The placement, locked, and its node. Raises GridRowNotFound."""
    statement = (
        select(GridPlacementRow, GridNodeRow)
        .join(GridNodeRow, col(GridNodeRow.id) == col(GridPlacementRow.node_id))
        .where(col(GridPlacementRow.id) == placement_id, seen_by(principal))
        .with_for_update(of=GridPlacementRow)
        .execution_options(populate_existing=True)
    )
    found = (await session.execute(statement)).first()
    if found is None:
        raise GridRowNotFound(row_id=placement_id)
    return found[0], found[1]


async def placements_of(session: AsyncSession, meter_indexes: Collection[int]) -> list[GridPlacementRow]:
    """All placements of meters, by meter and beginning."""
    statement = (
        select(GridPlacementRow)
        .where(is_among(GridPlacementRow.meter_index, meter_indexes))
        .order_by(col(GridPlacementRow.meter_index), col(GridPlacementRow.valid_from))
    )
    return list(await session.scalars(statement))


async def codes_of_meters(session: AsyncSession, meter_indexes: Collection[int]) -> set[str]:
    """Codes of feeders and transformers that the meters' register names today."""
    statement = select(col(MeterRow.feeder_code), col(MeterRow.transformer_code)).where(
        is_among(MeterRow.meter_index, meter_indexes)
    )
    return {code for pair in await session.execute(statement) for code in pair if code is not None}


async def meters_by_no(
    session: AsyncSession, principal: Principal, meter_nos: Collection[str]
) -> dict[str, Meter]:
    """Those that the caller may see."""
    # As one parameter: a table may name more meters than a statement has places.
    wanted = any_(cast(sorted(set(meter_nos)), ARRAY(String)))
    rows = list(
        await session.scalars(select(MeterRow).where(*visible_to(principal), col(MeterRow.meter_no) == wanted))
    )
    return {meter.meter_no: meter for meter in await visible_meters(session, principal, rows)}


async def list_unplaced(
    session: AsyncSession, principal: Principal, query: ListQuery, day: date
) -> Page[MeterRow]:
    """Meters of active power that neither a placement nor a code of their register hangs anywhere on the day."""
    said = (
        select(col(GridPlacementRow.id))
        .where(
            col(GridPlacementRow.meter_index) == col(MeterRow.meter_index),
            col(GridPlacementRow.valid_from) <= day,
            or_(col(GridPlacementRow.valid_to).is_(None), col(GridPlacementRow.valid_to) > day),
        )
        .exists()
    )
    named = (
        select(col(GridNodeRow.id))
        .where(
            or_(
                and_(col(GridNodeRow.kind) == "feeder", col(GridNodeRow.code) == col(MeterRow.feeder_code)),
                and_(
                    col(GridNodeRow.kind) == "transformer", col(GridNodeRow.code) == col(MeterRow.transformer_code)
                ),
            )
        )
        .exists()
    )
    statement = select(MeterRow).where(
        *visible_to(principal),
        col(MeterRow.quantity).in_([quantity.value for quantity in SIGNS]),
        col(MeterRow.kind) != Kind.VIRTUAL.value,
        or_(col(MeterRow.valid_to).is_(None), col(MeterRow.valid_to) >= day),
        ~said,
        ~named,
    )
    page: Page[MeterRow] = await query.page(session, statement)
    return page
