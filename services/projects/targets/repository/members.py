"""SQL of whose enterprises a scope's figures are."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from services.projects.parks.tables import ParkRow, TenantRow
from services.projects.rates.domain.grouping import sector_prefixes
from services.projects.registry.tables import EnterpriseRow
from services.projects.targets.domain.scopes import Scope, ScopeType


async def enterprises_within(session: AsyncSession, scope: Scope, first: date, last: date) -> list[UUID]:
    """Enterprises of an industry or cluster in the region, or tenants of a park on any day of a month.

    Those deleted since stay: what they said counts for the months in which they said it.
    """
    statement = select(col(EnterpriseRow.enterprise_id)).where(
        col(EnterpriseRow.region_code).startswith(regions.prefix(scope.region_code))
    )
    match scope.type:
        case ScopeType.INDUSTRY:
            prefixes = {prefix for sector in scope.sectors for prefix in sector_prefixes(sector)}
            sectors = [col(EnterpriseRow.sector_code).like(f"{prefix}%") for prefix in sorted(prefixes)]
            statement = statement.where(or_(*sectors))
        case ScopeType.CLUSTER:
            statement = statement.where(col(EnterpriseRow.enterprise_id).in_(scope.enterprise_ids))
        case ScopeType.PARK:
            tenants = (
                select(col(TenantRow.enterprise_id))
                .join(ParkRow, col(ParkRow.id) == col(TenantRow.park_id))
                .where(
                    col(ParkRow.code) == scope.park_code,
                    col(TenantRow.from_on) <= last,
                    or_(col(TenantRow.to_on).is_(None), col(TenantRow.to_on) >= first),
                )
            )
            statement = statement.where(col(EnterpriseRow.enterprise_id).in_(tenants))
        case _:
            pass
    return sorted(await session.scalars(statement))
