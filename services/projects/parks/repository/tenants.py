"""SQL of tenants, what they occupy and their figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.ledger.tables import ProjectRow
from services.projects.parks.domain.tenants import Figures
from services.projects.parks.tables import OccupancyRow, ParkRow, SiteRow, TenantFigureRow, TenantRow
from services.projects.registry.repository import region_filter
from services.projects.registry.tables import EnterpriseRow

_NAME = func.coalesce(col(ProjectRow.name), col(EnterpriseRow.name))

TENANTS = Listing(
    fields={
        "id": FilterField(col(TenantRow.id), UUID),
        "park_code": FilterField(col(ParkRow.code)),
        "region_code": region_filter(col(TenantRow.region_code)),
        "enterprise_id": FilterField(col(TenantRow.enterprise_id), UUID),
        "project_id": FilterField(col(TenantRow.project_id), UUID),
        "name": FilterField(_NAME),
        "from_on": FilterField(col(TenantRow.from_on), date),
        "to_on": FilterField(col(TenantRow.to_on), date),
    },
    sortable=("name", "from_on", "to_on"),
    default_sort="from_on",
)
FIGURES = Listing(
    fields={
        "month": FilterField(col(TenantFigureRow.month), date),
        "revision": FilterField(col(TenantFigureRow.revision), int),
    },
    key="month",
)


def figures_of(row: TenantFigureRow) -> Figures:
    return Figures(row.output_yuan, row.value_added_yuan, row.tax_yuan, row.jobs)


def _tenants() -> Any:
    return (
        select(TenantRow, col(ParkRow.code), _NAME)
        .outerjoin(ParkRow, col(ParkRow.id) == col(TenantRow.park_id))
        .outerjoin(ProjectRow, col(ProjectRow.id) == col(TenantRow.project_id))
        .outerjoin(EnterpriseRow, col(EnterpriseRow.enterprise_id) == col(TenantRow.enterprise_id))
    )


async def find_tenant(session: AsyncSession, tenant_id: UUID, *, lock: bool = False) -> TenantRow | None:
    statement = select(TenantRow).where(col(TenantRow.id) == tenant_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def name_of(session: AsyncSession, row: TenantRow) -> tuple[str | None, str]:
    """The tenant's park code and name."""
    found = (await session.execute(_tenants().where(col(TenantRow.id) == row.id))).one()
    return found[1], found[2]


async def same_tenants(
    session: AsyncSession, park_id: UUID | None, enterprise_id: UUID | None, project_id: UUID | None
) -> list[TenantRow]:
    """All stays of one tenant in one park, past ones included."""
    who = (
        col(TenantRow.project_id) == project_id
        if project_id is not None
        else (col(TenantRow.enterprise_id) == enterprise_id) & col(TenantRow.project_id).is_(None)
    )
    statement = select(TenantRow).where(who, col(TenantRow.park_id).is_not_distinct_from(park_id))
    return list((await session.scalars(statement)).all())


async def list_tenants(
    session: AsyncSession, principal: Principal, query: ListQuery, day: date | None
) -> Page[Any]:
    """A page of (tenant, park code, name); with ``day`` those who are there then."""
    present = true() if day is None else _there(day, day)
    statement = _tenants().where(
        region_scope(col(TenantRow.region_code), principal),
        enterprise_scope(col(TenantRow.enterprise_id), principal),
        present,
    )
    return await query.page(session, statement)


def _there(first: date, last: date) -> ColumnElement[bool]:
    return (col(TenantRow.from_on) <= last) & or_(col(TenantRow.to_on).is_(None), col(TenantRow.to_on) >= first)


async def tenants_between(
    session: AsyncSession, principal: Principal, where: ColumnElement[bool], first: date, last: date
) -> list[tuple[TenantRow, str | None, str]]:
    """(tenant, park code, name) of those who were there on any day of the time."""
    statement = (
        _tenants()
        .where(
            region_scope(col(TenantRow.region_code), principal),
            enterprise_scope(col(TenantRow.enterprise_id), principal),
            where,
            _there(first, last),
        )
        .order_by(col(TenantRow.id))
    )
    return [(row, code, name) for row, code, name in await session.execute(statement)]


async def occupancies_of(
    session: AsyncSession, tenant_ids: Iterable[UUID]
) -> dict[UUID, list[tuple[OccupancyRow, SiteRow]]]:
    """What each tenant occupies, past and coming included."""
    wanted = list(tenant_ids)
    found: dict[UUID, list[tuple[OccupancyRow, SiteRow]]] = {tenant_id: [] for tenant_id in wanted}
    if not wanted:
        return found
    statement = (
        select(OccupancyRow, SiteRow)
        .join(SiteRow, col(SiteRow.id) == col(OccupancyRow.site_id))
        .where(col(OccupancyRow.tenant_id).in_(wanted))
        .order_by(col(OccupancyRow.from_on), col(OccupancyRow.id))
    )
    for occupancy, site in await session.execute(statement.execution_options(populate_existing=True)):
        found[occupancy.tenant_id].append((occupancy, site))
    return found


async def current_figures(
    session: AsyncSession, tenant_ids: Iterable[UUID], months: Sequence[date]
) -> dict[UUID, dict[date, TenantFigureRow]]:
    """What counts of each tenant's months."""
    wanted = list(tenant_ids)
    found: dict[UUID, dict[date, TenantFigureRow]] = {tenant_id: {} for tenant_id in wanted}
    if not wanted or not months:
        return found
    statement = select(TenantFigureRow).where(
        col(TenantFigureRow.tenant_id).in_(wanted),
        col(TenantFigureRow.month).between(min(months), max(months)),
        col(TenantFigureRow.is_current),
    )
    for row in await session.scalars(statement):
        found[row.tenant_id][row.month] = row
    return found


async def find_figure(session: AsyncSession, tenant_id: UUID, month: date) -> TenantFigureRow | None:
    statement = select(TenantFigureRow).where(
        col(TenantFigureRow.tenant_id) == tenant_id,
        col(TenantFigureRow.month) == month,
        col(TenantFigureRow.is_current),
    )
    return (await session.scalars(statement)).first()


async def supersede(session: AsyncSession, row: TenantFigureRow) -> None:
    """The revision stays, but counts no more."""
    await session.execute(
        update(TenantFigureRow)
        .where(
            col(TenantFigureRow.tenant_id) == row.tenant_id,
            col(TenantFigureRow.month) == row.month,
            col(TenantFigureRow.revision) == row.revision,
        )
        .values(is_current=False)
    )


async def has_figures_after(session: AsyncSession, tenant_id: UUID, day: date) -> bool:
    statement = select(TenantFigureRow).where(
        col(TenantFigureRow.tenant_id) == tenant_id, col(TenantFigureRow.month) > day
    )
    return bool(await session.scalar(select(statement.exists())))


async def list_figures(
    session: AsyncSession, tenant_id: UUID, query: ListQuery, *, revisions: bool
) -> Page[TenantFigureRow]:
    statement = select(TenantFigureRow).where(
        col(TenantFigureRow.tenant_id) == tenant_id, true() if revisions else col(TenantFigureRow.is_current)
    )
    return await query.page(session, statement)
