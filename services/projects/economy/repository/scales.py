"""SQL of 规上企业: who was above the edge in one month and in another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Subquery, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from services.projects.economy.domain.question import Scale
from services.projects.economy.domain.rules import EconomyRule
from services.projects.economy.repository.members import in_register, scale_of, trailing_revenue
from services.projects.economy.tables.rules import StandingRow
from services.projects.registry.tables import EnterpriseRow


@dataclass(frozen=True, slots=True)
class Moved:
    """An enterprise whose scale differs; None where it is not in the register."""

    enterprise_id: UUID
    credit_code: str
    name: str
    before: Scale | None
    after: Scale | None
    revenue_before: Decimal | None
    revenue_after: Decimal | None


def _scales(
    month: date, principal: Principal, region_code: str | None, edges: Sequence[EconomyRule], name: str
) -> Subquery:
    year = trailing_revenue(month, f"{name}_year")
    scale = scale_of(year.c.revenue, year.c.months, col(StandingRow.region_code), edges, month)
    statement = (
        select(col(StandingRow.enterprise_id), scale.label("scale"), year.c.revenue)
        .select_from(StandingRow)
        .outerjoin(year, year.c.enterprise_id == col(StandingRow.enterprise_id))
        .where(
            in_register(month),
            region_scope(col(StandingRow.region_code), principal),
            enterprise_scope(col(StandingRow.enterprise_id), principal),
        )
    )
    if region_code is not None:
        statement = statement.where(col(StandingRow.region_code).like(f"{regions.prefix(region_code)}%"))
    return statement.subquery(name)


async def scale_counts(
    session: AsyncSession, month: date, principal: Principal, region_code: str | None, edges: Sequence[EconomyRule]
) -> dict[Scale, int]:
    """How many are above, below and unknown."""
    scales = _scales(month, principal, region_code, edges, "then")
    rows = await session.execute(select(scales.c.scale, func.count()).group_by(scales.c.scale))
    return {Scale(scale): count for scale, count in rows}


async def moved_over(
    session: AsyncSession,
    earlier: date,
    later: date,
    principal: Principal,
    region_code: str | None,
    edges: Sequence[EconomyRule],
) -> list[Moved]:
    """Everybody who is above in one of the months and not in the other, by credit code."""
    before = _scales(earlier, principal, region_code, edges, "before")
    after = _scales(later, principal, region_code, edges, "after")
    enterprise_id: Any = func.coalesce(after.c.enterprise_id, before.c.enterprise_id)
    above = Scale.ABOVE.value
    statement = (
        select(
            col(EnterpriseRow.enterprise_id),
            col(EnterpriseRow.credit_code),
            col(EnterpriseRow.name),
            before.c.scale,
            after.c.scale,
            before.c.revenue,
            after.c.revenue,
        )
        .select_from(before)
        .join(after, after.c.enterprise_id == before.c.enterprise_id, full=True)
        .join(EnterpriseRow, col(EnterpriseRow.enterprise_id) == enterprise_id)
        .where(
            or_(before.c.scale == above, after.c.scale == above),
            before.c.scale.is_distinct_from(after.c.scale),
        )
        .order_by(col(EnterpriseRow.credit_code))
    )
    return [
        Moved(
            who,
            code,
            name,
            None if was is None else Scale(was),
            None if now is None else Scale(now),
            then,
            revenue,
        )
        for who, code, name, was, now, then, revenue in await session.execute(statement)
    ]
