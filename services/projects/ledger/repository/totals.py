"""SQL of the totals of a region."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.contracts.projects import Stage
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.workdays import SHANGHAI
from services.projects.ledger.domain.comparison import end_of
from services.projects.ledger.domain.funds import ArrivalState
from services.projects.ledger.domain.stages import MILESTONE_OF_STAGE
from services.projects.ledger.repository.figures import was_key
from services.projects.ledger.tables import FundsArrivalRow, InvestmentEntryRow, ProjectPlanRow, ProjectRow


def counted(principal: Principal, region_code: str, as_of: date, *, key_only: bool) -> Select[UUID]:
    """Ids of the projects of a region's subtree that were in the ledger on a day or had been signed by it.

    With ``key_only`` those alone that were key projects at the end of the day.
    """
    registered_on = cast(func.timezone(SHANGHAI.key, col(ProjectRow.created_at)), Date)
    statement = select(col(ProjectRow.id)).where(
        col(ProjectRow.region_code).startswith(regions.prefix(region_code)),
        region_scope(col(ProjectRow.region_code), principal),
        enterprise_scope(col(ProjectRow.enterprise_id), principal),
        (registered_on <= as_of) | (col(ProjectRow.signed_on) <= as_of),
    )
    return statement.where(was_key(end_of(as_of, SHANGHAI))) if key_only else statement


async def reached_by(session: AsyncSession, counted: Select[UUID], as_of: date) -> dict[Stage, list[UUID]]:
    """Ids by stage that had been reached by a day, whatever became of the project afterwards."""
    found: dict[Stage, list[UUID]] = {Stage.PLANNED: list(await session.scalars(_in_order(counted)))}
    signed = counted.where(col(ProjectRow.signed_on) <= as_of)
    found[Stage.SIGNED] = list(await session.scalars(_in_order(signed)))
    stages = {milestone.value: stage for stage, milestone in MILESTONE_OF_STAGE.items()}
    found |= {stage: [] for stage in stages.values()}
    statement = (
        select(col(ProjectPlanRow.milestone), col(ProjectPlanRow.project_id))
        .where(col(ProjectPlanRow.project_id).in_(counted), col(ProjectPlanRow.actual_on) <= as_of)
        .order_by(col(ProjectPlanRow.project_id))
    )
    for milestone, project_id in await session.execute(statement):
        found[stages[milestone]].append(project_id)
    return found


async def amounts_by(session: AsyncSession, counted: Select[UUID], as_of: date) -> dict[str, int | None]:
    """Sums in yuan by a day: contracts signed, investment completed, funds verified. None: nothing known."""
    contracts = select(func.sum(col(ProjectRow.contract_amount_yuan))).where(
        col(ProjectRow.id).in_(counted), col(ProjectRow.signed_on) <= as_of
    )
    invested = _sum(
        col(InvestmentEntryRow.amount_yuan),
        col(InvestmentEntryRow.project_id).in_(counted),
        col(InvestmentEntryRow.month) <= as_of,
    )
    funds = _sum(
        col(FundsArrivalRow.amount_yuan),
        col(FundsArrivalRow.project_id).in_(counted),
        col(FundsArrivalRow.on) <= as_of,
        col(FundsArrivalRow.state) == ArrivalState.VERIFIED.value,
    )
    found: dict[str, int | None] = {}
    for name, statement in (
        ("contract_amount_yuan", contracts),
        ("invested_yuan", invested),
        ("verified_funds_yuan", funds),
    ):
        total = await session.scalar(statement)
        found[name] = None if total is None else int(total)
    return found


def _sum(amount: Any, *where: ColumnElement[bool]) -> Select[Any]:
    return select(func.sum(amount)).where(*where)


def _in_order(statement: Select[UUID]) -> Select[UUID]:
    return statement.order_by(col(ProjectRow.id))
