"""SQL of sites: what is idle on a day follows from who is on them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.parks.domain.sites import LandUse, Occupation, SiteKind, SiteState
from services.projects.parks.tables import OccupancyRow, ParkRow, SiteRow
from services.projects.registry.repository import region_filter

SITES = Listing(
    fields={
        "id": FilterField(col(SiteRow.id), UUID),
        "kind": FilterField(col(SiteRow.kind), SiteKind),
        "number": FilterField(col(SiteRow.number)),
        "name": FilterField(col(SiteRow.name)),
        "park_code": FilterField(col(ParkRow.code)),
        "region_code": region_filter(col(SiteRow.region_code)),
        "land_use": FilterField(col(SiteRow.land_use), LandUse),
        "area_mu": FilterField(col(SiteRow.area_mu), Decimal),
        "floor_area_m2": FilterField(col(SiteRow.floor_area_m2), Decimal),
    },
    sortable=("number", "name", "park_code", "area_mu", "floor_area_m2"),
    default_sort="number",
)


def size_of(row: SiteRow) -> Decimal:
    """The site's size in its own measure."""
    size = row.area_mu if row.kind == SiteKind.PARCEL.value else row.floor_area_m2
    assert size is not None, "the database demands it by kind"
    return size


def occupation_of(row: OccupancyRow) -> Occupation:
    return Occupation(row.size, row.from_on, row.to_on)


async def find_site(session: AsyncSession, site_id: UUID, *, lock: bool = False) -> SiteRow | None:
    statement = select(SiteRow).where(col(SiteRow.id) == site_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def lock_sites(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, SiteRow]:
    """Several sites, locked in one order so that two who want the same do not block each other for good."""
    statement = (
        select(SiteRow)
        .where(col(SiteRow.id).in_(list(ids)))
        .order_by(col(SiteRow.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in await session.scalars(statement)}


async def number_is_taken(session: AsyncSession, park_id: UUID | None, region_code: str, number: str) -> bool:
    statement = select(SiteRow).where(
        col(SiteRow.park_id).is_not_distinct_from(park_id),
        col(SiteRow.region_code) == region_code,
        col(SiteRow.number) == number,
    )
    return bool(await session.scalar(select(statement.exists())))


async def occupancies_on(session: AsyncSession, site_ids: Iterable[UUID]) -> dict[UUID, list[OccupancyRow]]:
    """All occupancies of the sites, past and coming ones included."""
    wanted = list(site_ids)
    found: dict[UUID, list[OccupancyRow]] = {site_id: [] for site_id in wanted}
    if not wanted:
        return found
    statement = (
        select(OccupancyRow)
        .where(col(OccupancyRow.site_id).in_(wanted))
        .order_by(col(OccupancyRow.from_on), col(OccupancyRow.id))
    )
    for row in await session.scalars(statement.execution_options(populate_existing=True)):
        found[row.site_id].append(row)
    return found


def _state(day: date) -> ColumnElement[Any]:
    """The same rule as ``sites.standing``, so that a list can be filtered by it; a test compares the two."""
    occupied = (
        select(OccupancyRow)
        .where(
            col(OccupancyRow.site_id) == col(SiteRow.id),
            col(OccupancyRow.from_on) <= day,
            or_(col(OccupancyRow.to_on).is_(None), col(OccupancyRow.to_on) >= day),
        )
        .exists()
    )
    reserved = and_(
        col(SiteRow.reserved_for).is_not(None),
        func.coalesce(col(SiteRow.reserved_until), day) >= day,
    )
    state: ColumnElement[Any] = case(
        (occupied, SiteState.OCCUPIED.value),
        (reserved, SiteState.RESERVED.value),
        else_=SiteState.IDLE.value,
    )
    return state


async def list_sites(
    session: AsyncSession, principal: Principal, query: ListQuery, state: SiteState | None, day: date
) -> Page[Any]:
    """A page of (site, park code) that stand so on the day; all without ``state``."""
    statement: Any = (
        select(SiteRow, col(ParkRow.code))
        .outerjoin(ParkRow, col(ParkRow.id) == col(SiteRow.park_id))
        .where(
            region_scope(col(SiteRow.region_code), principal),
            true() if state is None else _state(day) == state.value,
        )
    )
    return await query.page(session, statement)


async def idle_sites(
    session: AsyncSession,
    principal: Principal,
    day: date,
    *,
    within: ColumnElement[bool],
    kind: SiteKind | None,
    limit: int,
) -> list[tuple[SiteRow, str | None]]:
    """Sites nobody is on and nobody has reserved, with their park's code."""
    statement = (
        select(SiteRow, col(ParkRow.code))
        .outerjoin(ParkRow, col(ParkRow.id) == col(SiteRow.park_id))
        .where(
            region_scope(col(SiteRow.region_code), principal),
            within,
            _state(day) == SiteState.IDLE.value,
            true() if kind is None else col(SiteRow.kind) == kind.value,
        )
        .order_by(col(SiteRow.id))
        .limit(limit)
    )
    return [(row, code) for row, code in await session.execute(statement)]


async def sites_of_park(session: AsyncSession, park_id: UUID) -> list[SiteRow]:
    statement = select(SiteRow).where(col(SiteRow.park_id) == park_id).order_by(col(SiteRow.number))
    return list((await session.scalars(statement)).all())
