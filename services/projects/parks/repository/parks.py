"""SQL of parks, their infrastructure and what refers to them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.remember import remembered
from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.ledger.tables import ProjectRow
from services.projects.parks.domain.parks import InfrastructureKind, InfrastructureState, ParkLevel
from services.projects.parks.tables import InfrastructureRow, ParkRow, SiteRow, TenantRow
from services.projects.registry.repository import region_filter

PARKS = Listing(
    fields={
        "code": FilterField(col(ParkRow.code)),
        "name": FilterField(col(ParkRow.name)),
        "region_code": region_filter(col(ParkRow.region_code)),
        "level": FilterField(col(ParkRow.level), ParkLevel),
        "closed_managed_since": FilterField(col(ParkRow.closed_managed_since), date),
    },
    sortable=("name", "region_code", "level"),
    key="code",
)
INFRASTRUCTURE = Listing(
    fields={
        "item": FilterField(col(InfrastructureRow.item)),
        "kind": FilterField(col(InfrastructureRow.kind), InfrastructureKind),
        "state": FilterField(col(InfrastructureRow.state), InfrastructureState),
    },
    key="item",
)


async def find_park(session: AsyncSession, code: str) -> ParkRow | None:
    """The park, also a deleted one."""
    return (await session.scalars(select(ParkRow).where(col(ParkRow.code) == code))).first()


@remembered
async def holds_park(session: AsyncSession, code: str) -> bool:
    """Whether there is such a park; it cannot be deleted before this transaction ends."""
    statement = (
        select(col(ParkRow.id))
        .where(col(ParkRow.code) == code, col(ParkRow.deleted_at).is_(None))
        .with_for_update(read=True)
    )
    return await session.scalar(statement) is not None


async def park_is_used(session: AsyncSession, row: ParkRow) -> bool:
    """Whether a site, a tenant, past ones included, or a project refers to the park."""
    users = (
        select(SiteRow).where(col(SiteRow.park_id) == row.id).exists(),
        select(TenantRow).where(col(TenantRow.park_id) == row.id).exists(),
        select(ProjectRow).where(col(ProjectRow.park_code) == row.code).exists(),
    )
    return bool(await session.scalar(select(or_(*users))))


async def list_parks(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[ParkRow]:
    statement = select(ParkRow).where(
        col(ParkRow.deleted_at).is_(None), region_scope(col(ParkRow.region_code), principal)
    )
    return await query.page(session, statement)


async def park_codes(session: AsyncSession, ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Codes of several parks by their ids."""
    wanted = {key for key in ids if key is not None}
    if not wanted:
        return {}
    statement = select(col(ParkRow.id), col(ParkRow.code)).where(col(ParkRow.id).in_(wanted))
    return dict((await session.execute(statement)).all())


async def find_infrastructure(session: AsyncSession, park_id: UUID, item: str) -> InfrastructureRow | None:
    return await session.get(InfrastructureRow, (park_id, item))


async def list_infrastructure(session: AsyncSession, park_id: UUID, query: ListQuery) -> Page[InfrastructureRow]:
    statement = select(InfrastructureRow).where(col(InfrastructureRow.park_id) == park_id)
    return await query.page(session, statement)


async def infrastructure_states(session: AsyncSession, park_id: UUID) -> dict[str, int]:
    statement = (
        select(col(InfrastructureRow.state), func.count())
        .where(col(InfrastructureRow.park_id) == park_id)
        .group_by(col(InfrastructureRow.state))
    )
    return dict((await session.execute(statement)).all())


async def projects_of_park(session: AsyncSession, principal: Principal, code: str) -> list[ProjectRow]:
    """Projects of the ledger that stand in the park and that the caller may see, by code."""
    statement = (
        select(ProjectRow)
        .where(col(ProjectRow.park_code) == code, region_scope(col(ProjectRow.region_code), principal))
        .order_by(col(ProjectRow.code))
    )
    return list((await session.scalars(statement)).all())
