"""SQL of plants and their parts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, any_, cast, or_, select, text, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, meter_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.generation.day_tables import (
    PlantLimitRow,
    PlantUnitStateRow,
)
from services.energy.generation.domain.plant import LimitCause, PlantKind, State, StateCause
from services.energy.generation.errors import PlantNotFound, PlantPartNotFound
from services.energy.generation.tables import (
    PlantConnectionRow,
    PlantMeterRow,
    PlantRow,
    PlantUnitModelRow,
    PlantUnitRatingRow,
    PlantUnitRow,
)
from services.energy.metering.indexes import is_among
from services.energy.tables import EnergyTable

PLANTS: Final = Listing(
    fields={
        "id": FilterField(PlantRow.id, UUID),
        "code": FilterField(PlantRow.code, str),
        "name": FilterField(PlantRow.name, str),
        "kind": FilterField(PlantRow.kind, PlantKind),
        "region_code": FilterField(PlantRow.region_code, str),
        "enterprise_id": FilterField(PlantRow.enterprise_id, UUID),
        "commissioned_on": FilterField(PlantRow.commissioned_on, date),
        "retired_on": FilterField(PlantRow.retired_on, date),
    },
    sortable=("code", "name", "commissioned_on"),
    default_sort="code",
)
STATES: Final = Listing(
    fields={
        "id": FilterField(PlantUnitStateRow.id, UUID),
        "plant_id": FilterField(PlantUnitStateRow.plant_id, UUID),
        "unit_id": FilterField(PlantUnitStateRow.unit_id, UUID),
        "state": FilterField(PlantUnitStateRow.state, State),
        "cause": FilterField(PlantUnitStateRow.cause, StateCause),
        "starts_at": FilterField(PlantUnitStateRow.starts_at, datetime),
        "ends_at": FilterField(PlantUnitStateRow.ends_at, datetime),
        "withdrawn": FilterField(col(PlantUnitStateRow.withdrawn_at).is_not(None), bool, frozenset({"eq"})),
    },
    sortable=("starts_at",),
    default_sort="-starts_at",
)
LIMITS: Final = Listing(
    fields={
        "id": FilterField(PlantLimitRow.id, UUID),
        "plant_id": FilterField(PlantLimitRow.plant_id, UUID),
        "cause": FilterField(PlantLimitRow.cause, LimitCause),
        "order_no": FilterField(PlantLimitRow.order_no, str),
        "starts_at": FilterField(PlantLimitRow.starts_at, datetime),
        "ends_at": FilterField(PlantLimitRow.ends_at, datetime),
        "withdrawn": FilterField(col(PlantLimitRow.withdrawn_at).is_not(None), bool, frozenset({"eq"})),
    },
    sortable=("starts_at",),
    default_sort="-starts_at",
)

PartT = TypeVar("PartT", bound=EnergyTable)


def visible(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    """The plants of a caller: region subtree, own enterprise, those that a feed key's meters belong to."""
    places = select(col(PlantMeterRow.plant_id)).where(meter_scope(col(PlantMeterRow.meter_no), principal))
    return (
        region_scope(col(PlantRow.region_code), principal),
        enterprise_scope(col(PlantRow.enterprise_id), principal),
        true() if principal.meter_nos is None else col(PlantRow.id).in_(places),
    )


async def list_plants(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[PlantRow]:
    page: Page[PlantRow] = await query.page(session, select(PlantRow).where(*visible(principal)))
    return page


async def get_plant(session: AsyncSession, principal: Principal, code: str, *, lock: bool = False) -> PlantRow:
    """Raises PlantNotFound."""
    statement = select(PlantRow).where(col(PlantRow.code) == code, *visible(principal))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    row = (await session.scalars(statement)).first()
    if row is None:
        raise PlantNotFound(plant=code)
    return row


async def find_code(session: AsyncSession, code: str) -> PlantRow | None:
    return (await session.scalars(select(PlantRow).where(col(PlantRow.code) == code))).first()


async def plants_by_id(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, PlantRow]:
    statement = select(PlantRow).where(col(PlantRow.id) == any_(cast(list(ids), ARRAY(Uuid))))
    return {row.id: row for row in await session.scalars(statement)}


async def plants_within(
    session: AsyncSession, region_code: str, kind: str | None = None, principal: Principal | None = None
) -> list[PlantRow]:
    """The plants of a region's subtree, of one kind or all; within the caller's reach if one is named."""
    statement = select(PlantRow).where(col(PlantRow.region_code).like(f"{regions.prefix(region_code)}%"))
    if kind is not None:
        statement = statement.where(col(PlantRow.kind) == kind)
    if principal is not None:
        statement = statement.where(*visible(principal))
    return list(await session.scalars(statement.order_by(col(PlantRow.code))))


async def all_plants(
    session: AsyncSession, *, lock: bool = False, among: Collection[UUID] | None = None
) -> list[PlantRow]:
    """All plants, or some of them, ordered as locks are taken."""
    statement = select(PlantRow).order_by(col(PlantRow.id))
    if among is not None:
        statement = statement.where(col(PlantRow.id) == any_(cast(list(among), ARRAY(Uuid))))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return list(await session.scalars(statement))


async def plants_out(session: AsyncSession, at: datetime) -> set[UUID]:
    """Plants of which a unit is in forced outage at the instant."""
    statement = select(col(PlantUnitStateRow.plant_id)).where(
        col(PlantUnitStateRow.state) == State.OUTAGE_FORCED.value,
        col(PlantUnitStateRow.withdrawn_at).is_(None),
        col(PlantUnitStateRow.starts_at) <= at,
        or_(col(PlantUnitStateRow.ends_at).is_(None), col(PlantUnitStateRow.ends_at) > at),
    )
    return set(await session.scalars(statement))


async def plants_feeding(
    session: AsyncSession, nodes: Collection[UUID], day: date, principal: Principal | None = None
) -> list[PlantRow]:
    """The plants connected to any of the nodes on the day; within the caller's reach if one is named."""
    connected = select(col(PlantConnectionRow.plant_id)).where(
        col(PlantConnectionRow.node_id) == any_(cast(list(nodes), ARRAY(Uuid))),
        col(PlantConnectionRow.valid_from) <= day,
        or_(col(PlantConnectionRow.valid_to).is_(None), col(PlantConnectionRow.valid_to) > day),
    )
    statement = select(PlantRow).where(col(PlantRow.id).in_(connected))
    if principal is not None:
        statement = statement.where(*visible(principal))
    return list(await session.scalars(statement.order_by(col(PlantRow.code))))


async def codes_connected(session: AsyncSession, node_id: UUID) -> list[str]:
    """Codes of all plants with a connection to the node, whenever."""
    connected = select(col(PlantConnectionRow.plant_id)).where(col(PlantConnectionRow.node_id) == node_id)
    statement = select(col(PlantRow.code)).where(col(PlantRow.id).in_(connected))
    return list(await session.scalars(statement.order_by(col(PlantRow.code))))


async def connections_on(session: AsyncSession, day: date) -> dict[UUID, UUID]:
    """Which node each plant that is in service feeds on the day."""
    alive = select(col(PlantRow.id)).where(
        col(PlantRow.commissioned_on) <= day,
        or_(col(PlantRow.retired_on).is_(None), col(PlantRow.retired_on) > day),
    )
    statement = select(col(PlantConnectionRow.plant_id), col(PlantConnectionRow.node_id)).where(
        col(PlantConnectionRow.plant_id).in_(alive),
        col(PlantConnectionRow.valid_from) <= day,
        or_(col(PlantConnectionRow.valid_to).is_(None), col(PlantConnectionRow.valid_to) > day),
    )
    return dict((await session.execute(statement)).all())


async def plants_of_meters(session: AsyncSession, indexes: Sequence[int]) -> list[PlantMeterRow]:
    """The places at plants that these meters have or had."""
    statement = select(PlantMeterRow).where(is_among(PlantMeterRow.meter_index, indexes))
    return list(await session.scalars(statement))


async def lock_meter(session: AsyncSession, meter_index: int) -> None:
    """Of those who want to give a meter to a plant one goes first, whatever the plants."""
    await session.execute(_LOCK, {"meter": meter_index})


_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtext('plant_meter'), :meter)")


async def places_of_meter(session: AsyncSession, meter_index: int) -> list[PlantMeterRow]:
    statement = select(PlantMeterRow).where(col(PlantMeterRow.meter_index) == meter_index)
    return list(await session.scalars(statement))


async def parts_of(session: AsyncSession, part: type[PartT], plant_ids: Collection[UUID]) -> list[PartT]:
    """Rows of a table with ``plant_id``, oldest first."""
    table: Any = part
    since = getattr(table, "valid_from", None) or getattr(table, "starts_at", None) or table.code
    statement = (
        select(part)
        .where(col(table.plant_id) == any_(cast(list(plant_ids), ARRAY(Uuid))))
        .order_by(col(table.plant_id), col(since), col(table.id))
    )
    return list(await session.scalars(statement))


async def facts_of_units(
    session: AsyncSession, fact: type[PlantUnitRatingRow] | type[PlantUnitModelRow], unit_ids: Collection[UUID]
) -> list[Any]:
    """Ratings or models of the units, oldest first."""
    statement = (
        select(fact)
        .where(col(fact.unit_id) == any_(cast(list(unit_ids), ARRAY(Uuid))))
        .order_by(col(fact.unit_id), col(fact.valid_from))
    )
    return list(await session.scalars(statement))


async def units_of(session: AsyncSession, plant: PlantRow) -> list[PlantUnitRow]:
    return await parts_of(session, PlantUnitRow, [plant.id])


async def get_unit(session: AsyncSession, plant: PlantRow, code: str) -> PlantUnitRow:
    """Raises PlantPartNotFound."""
    statement = select(PlantUnitRow).where(col(PlantUnitRow.plant_id) == plant.id, col(PlantUnitRow.code) == code)
    row = (await session.scalars(statement)).first()
    if row is None:
        raise PlantPartNotFound(plant=plant.code, part=code)
    return row


async def get_part(session: AsyncSession, part: type[PartT], plant: PlantRow, part_id: UUID) -> PartT:
    """A row of a table with ``plant_id``. Raises PlantPartNotFound."""
    table: Any = part
    statement = select(part).where(col(table.plant_id) == plant.id, col(table.id) == part_id)
    row = (await session.scalars(statement.execution_options(populate_existing=True))).first()
    if row is None:
        raise PlantPartNotFound(plant=plant.code, part=str(part_id))
    return row


async def states_touching(
    session: AsyncSession, plant_ids: Collection[UUID], first: datetime, last: datetime
) -> list[PlantUnitStateRow]:
    """States that stand and touch the time, oldest first."""
    return await _touching(session, PlantUnitStateRow, plant_ids, first, last)


async def limits_touching(
    session: AsyncSession, plant_ids: Collection[UUID], first: datetime, last: datetime
) -> list[PlantLimitRow]:
    """Limits that stand and touch the time, oldest first."""
    return await _touching(session, PlantLimitRow, plant_ids, first, last)


async def _touching(
    session: AsyncSession, part: Any, plant_ids: Collection[UUID], first: datetime, last: datetime
) -> list[Any]:
    statement = (
        select(part)
        .where(
            col(part.plant_id) == any_(cast(list(plant_ids), ARRAY(Uuid))),
            col(part.withdrawn_at).is_(None),
            col(part.starts_at) < last,
            or_(col(part.ends_at).is_(None), col(part.ends_at) > first),
        )
        .order_by(col(part.starts_at), col(part.id))
    )
    return list(await session.scalars(statement))


async def page_of_parts(
    session: AsyncSession,
    part: type[PlantUnitStateRow] | type[PlantLimitRow],
    principal: Principal,
    query: ListQuery,
) -> Page[Any]:
    """States or limits of the caller's plants."""
    statement = select(part).where(col(part.plant_id).in_(select(col(PlantRow.id)).where(*visible(principal))))
    return await query.page(session, statement)
