"""SQL of whose enterprises a scope's figures are."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from services.projects.economy.repository.members import in_register
from services.projects.economy.tables.rules import StandingRow
from services.projects.parks.tables import ParkRow, TenantRow
from services.projects.rates.domain.grouping import sector_prefixes
from services.projects.targets.domain.scopes import Scope, ScopeType


async def enterprises_within(session: AsyncSession, scope: Scope, first: date, last: date) -> list[UUID]:
    """Enterprises of an industry or cluster that stood in the region in a month, or tenants of a park on any day
    of it, wherever they stand.

    A move changes no month before it, and those deleted since stay: what they said counts for the months in which
    they said it.
    """
    if scope.type is ScopeType.PARK:
        tenants = (
            select(col(TenantRow.enterprise_id))
            .join(ParkRow, col(ParkRow.id) == col(TenantRow.park_id))
            .where(
                col(ParkRow.code) == scope.park_code,
                col(TenantRow.enterprise_id).is_not(None),
                col(TenantRow.from_on) <= last,
                or_(col(TenantRow.to_on).is_(None), col(TenantRow.to_on) >= first),
            )
            .distinct()
        )
        return sorted(one for one in await session.scalars(tenants) if one is not None)
    statement = select(col(StandingRow.enterprise_id)).where(
        in_register(first), col(StandingRow.region_code).startswith(regions.prefix(scope.region_code))
    )
    if scope.type is ScopeType.INDUSTRY:
        prefixes = {prefix for sector in scope.sectors for prefix in sector_prefixes(sector)}
        statement = statement.where(
            or_(*(col(StandingRow.sector_code).like(f"{prefix}%") for prefix in sorted(prefixes)))
        )
    elif scope.type is ScopeType.CLUSTER:
        statement = statement.where(col(StandingRow.enterprise_id).in_(scope.enterprise_ids))
    return sorted(await session.scalars(statement))
