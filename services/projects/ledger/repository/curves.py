"""SQL of plan curves and annual plans."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.ledger.domain.curve import CurvePoint, PlanCurve
from services.projects.ledger.tables import AnnualPlanRow, InvestmentEntryRow, PlanCurveRow

CURVE_REVISIONS = Listing(
    fields={"revision": FilterField(col(PlanCurveRow.revision), int)},
    key="revision",
)
ANNUAL_PLANS = Listing(
    fields={"year": FilterField(col(AnnualPlanRow.year), int)},
    key="year",
)


def points_to_json(curve: PlanCurve) -> list[dict[str, Any]]:
    return [{"month": str(point.month), "percent": f"{point.percent.normalize():f}"} for point in curve.points]


def curve_of(row: PlanCurveRow) -> PlanCurve:
    points = (CurvePoint(date.fromisoformat(point["month"]), Decimal(point["percent"])) for point in row.points)
    return PlanCurve(tuple(points))


async def latest_curve(session: AsyncSession, project_id: UUID) -> PlanCurveRow | None:
    """The revision that counts."""
    statement = (
        select(PlanCurveRow)
        .where(col(PlanCurveRow.project_id) == project_id)
        .order_by(col(PlanCurveRow.revision).desc())
        .limit(1)
    )
    return (await session.scalars(statement)).first()


async def curves_of(session: AsyncSession, project_ids: Iterable[UUID]) -> dict[UUID, PlanCurve]:
    """The curves that count of several projects; a project without a plan is absent."""
    statement = (
        select(PlanCurveRow)
        .where(col(PlanCurveRow.project_id).in_(list(project_ids)))
        .ext(distinct_on(col(PlanCurveRow.project_id)))
        .order_by(col(PlanCurveRow.project_id), col(PlanCurveRow.revision).desc())
    )
    return {row.project_id: curve_of(row) for row in await session.scalars(statement)}


async def list_curves(session: AsyncSession, project_id: UUID, query: ListQuery) -> Page[PlanCurveRow]:
    statement = select(PlanCurveRow).where(col(PlanCurveRow.project_id) == project_id)
    return await query.page(session, statement)


async def find_annual_plan(session: AsyncSession, project_id: UUID, year: int) -> AnnualPlanRow | None:
    return await session.get(AnnualPlanRow, (project_id, year), populate_existing=True)


async def invested_by_year(session: AsyncSession, project_ids: Iterable[UUID]) -> dict[tuple[UUID, int], int]:
    """Completed investment by project and year; a year without an entry is absent."""
    year = func.date_part("year", col(InvestmentEntryRow.month))
    statement = (
        select(col(InvestmentEntryRow.project_id), year, func.sum(col(InvestmentEntryRow.amount_yuan)))
        .where(col(InvestmentEntryRow.project_id).in_(list(project_ids)))
        .group_by(col(InvestmentEntryRow.project_id), year)
    )
    return {(project_id, int(found)): int(total) for project_id, found, total in await session.execute(statement)}


async def list_annual_plans(session: AsyncSession, project_id: UUID, query: ListQuery) -> Page[AnnualPlanRow]:
    statement = select(AnnualPlanRow).where(col(AnnualPlanRow.project_id) == project_id)
    return await query.page(session, statement)
