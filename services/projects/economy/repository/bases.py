"""SQL of restated bases and published figures."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.economy.tables.reports import FigureRow, PublishedFigureRow, RestatementRow
from services.projects.economy.tables.rules import StandingRow
from services.projects.registry.repository import region_filter
from services.projects.registry.tables import EnterpriseRow

RESTATEMENTS = Listing(
    fields={
        "id": FilterField(col(RestatementRow.id), UUID),
        "credit_code": FilterField(col(EnterpriseRow.credit_code)),
        "indicator": FilterField(col(RestatementRow.indicator)),
        "month": FilterField(col(RestatementRow.month), date),
        "is_current": FilterField(col(RestatementRow.is_current), bool),
        "region_code": region_filter(col(StandingRow.region_code)),
    },
    sortable=("month", "indicator"),
    default_sort="-month",
)
PUBLISHED = Listing(
    fields={
        "id": FilterField(col(PublishedFigureRow.id), UUID),
        "region_code": region_filter(col(PublishedFigureRow.region_code)),
        "sector": FilterField(col(PublishedFigureRow.sector)),
        "indicator": FilterField(col(PublishedFigureRow.indicator)),
        "month": FilterField(col(PublishedFigureRow.month), date),
        "is_current": FilterField(col(PublishedFigureRow.is_current), bool),
    },
    sortable=("month", "indicator", "region_code"),
    default_sort="-month",
)


async def find_restatement(
    session: AsyncSession, enterprise_id: UUID, indicator: str, month: date
) -> RestatementRow | None:
    """What counts now."""
    statement = select(RestatementRow).where(
        col(RestatementRow.enterprise_id) == enterprise_id,
        col(RestatementRow.indicator) == indicator,
        col(RestatementRow.month) == month,
        col(RestatementRow.is_current),
    )
    return (await session.scalars(statement)).first()


async def list_restatements(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    """A page of (restatement, enterprise, the reported figure or None)."""
    statement: Any = (
        select(RestatementRow, EnterpriseRow, FigureRow)
        .join(EnterpriseRow, col(EnterpriseRow.enterprise_id) == col(RestatementRow.enterprise_id))
        .join(
            StandingRow,
            and_(
                col(StandingRow.enterprise_id) == col(RestatementRow.enterprise_id),
                col(StandingRow.valid_from) <= col(RestatementRow.month),
                or_(col(StandingRow.valid_to).is_(None), col(StandingRow.valid_to) > col(RestatementRow.month)),
            ),
        )
        .outerjoin(
            FigureRow,
            and_(
                col(FigureRow.enterprise_id) == col(RestatementRow.enterprise_id),
                col(FigureRow.indicator) == col(RestatementRow.indicator),
                col(FigureRow.month) == col(RestatementRow.month),
                col(FigureRow.is_latest),
            ),
        )
        .where(
            region_scope(col(StandingRow.region_code), principal),
            enterprise_scope(col(RestatementRow.enterprise_id), principal),
        )
    )
    return await query.page(session, statement)


async def find_published(
    session: AsyncSession, region_code: str, sector: str | None, indicator: str, month: date
) -> PublishedFigureRow | None:
    """The last word of the statistics office."""
    statement = select(PublishedFigureRow).where(
        col(PublishedFigureRow.region_code) == region_code,
        col(PublishedFigureRow.sector).is_not_distinct_from(sector),
        col(PublishedFigureRow.indicator) == indicator,
        col(PublishedFigureRow.month) == month,
        col(PublishedFigureRow.is_current),
    )
    return (await session.scalars(statement)).first()


async def list_published(
    session: AsyncSession, principal: Principal, query: ListQuery
) -> Page[PublishedFigureRow]:
    scope = region_scope(col(PublishedFigureRow.region_code), principal)
    return await query.page(session, select(PublishedFigureRow).where(scope))


async def reported(session: AsyncSession, row: RestatementRow) -> FigureRow | None:
    """What counts of the restated month as reported."""
    statement = select(FigureRow).where(
        col(FigureRow.enterprise_id) == row.enterprise_id,
        col(FigureRow.indicator) == row.indicator,
        col(FigureRow.month) == row.month,
        col(FigureRow.is_latest),
    )
    return (await session.scalars(statement)).first()
