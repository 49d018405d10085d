"""SQL of what the ledger knows, by participant: one statement a measure."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.contracts.projects import Stage
from services.projects.contest.domain.measuring import Ask
from services.projects.contest.repository.subjects import Periods, key_of, who, within_any
from services.projects.ledger.domain.stages import Milestone
from services.projects.ledger.tables import AnnualPlanRow, InvestmentEntryRow, ProjectPlanRow, ProjectRow

_INTERRUPTED = [Stage.SUSPENDED.value, Stage.TERMINATED.value]


def _projects(ask: Ask, *columns: Any) -> Select[Any]:
    """(participant, project, code, name, …) of the participants' projects."""
    subject = who(ask)
    key = key_of(
        ask,
        region=col(ProjectRow.region_code),
        unit=col(ProjectRow.responsible_unit_id),
        enterprise=col(ProjectRow.enterprise_id),
        project=col(ProjectRow.id),
    )
    return (
        select(subject.c.participant_id, col(ProjectRow.id), col(ProjectRow.code), col(ProjectRow.name), *columns)
        .select_from(ProjectRow)
        .join(subject, subject.c.key == key)
        .order_by(col(ProjectRow.code))
    )


async def all_of(session: AsyncSession, ask: Ask) -> dict[UUID, tuple[UUID, str, str]]:
    """(participant, code, name) by project."""
    return {row[1]: (row[0], row[2], row[3]) for row in await session.execute(_projects(ask))}


async def milestones(session: AsyncSession, ask: Ask, periods: Periods, *, original: bool) -> list[Any]:
    """(…, milestone, due, actual) of milestones due in one of the periods, by the plan as it was or as it is.

    What was interrupted by the day owes nothing for it.
    """
    due = col(ProjectPlanRow.original_on if original else ProjectPlanRow.current_on)
    statement = (
        _projects(ask, col(ProjectPlanRow.milestone), due, col(ProjectPlanRow.actual_on))
        .join(ProjectPlanRow, col(ProjectPlanRow.project_id) == col(ProjectRow.id))
        .where(
            within_any(due, periods),
            or_(
                col(ProjectRow.stage).not_in(_INTERRUPTED),
                col(ProjectRow.interrupted_on).is_(None),
                col(ProjectRow.interrupted_on) > due,
            ),
        )
        .order_by(due, col(ProjectPlanRow.milestone))
    )
    return list(await session.execute(statement))


async def reached(session: AsyncSession, ask: Ask, milestone: Milestone, periods: Periods) -> list[Any]:
    """(…, day) of projects that reached a milestone in one of the periods."""
    statement = (
        _projects(ask, col(ProjectPlanRow.actual_on))
        .join(ProjectPlanRow, col(ProjectPlanRow.project_id) == col(ProjectRow.id))
        .where(
            col(ProjectPlanRow.milestone) == milestone.value, within_any(col(ProjectPlanRow.actual_on), periods)
        )
    )
    return list(await session.execute(statement))


async def signed(session: AsyncSession, ask: Ask, periods: Periods) -> list[Any]:
    """(…, day) of projects that were signed in one of the periods."""
    statement = _projects(ask, col(ProjectRow.signed_on)).where(within_any(col(ProjectRow.signed_on), periods))
    return list(await session.execute(statement))


async def invested(session: AsyncSession, ask: Ask, now: tuple[date, date], then: tuple[date, date]) -> list[Any]:
    """(…, invested in the months of ``now``, in those of ``then``, last word) of projects with any of them."""
    month = col(InvestmentEntryRow.month)
    amount = func.sum(InvestmentEntryRow.amount_yuan)
    columns = (
        amount.filter(month.between(*now)),
        amount.filter(month.between(*then)),
        func.max(InvestmentEntryRow.recorded_at),
    )
    statement = (
        _projects(ask, *columns)
        .join(InvestmentEntryRow, col(InvestmentEntryRow.project_id) == col(ProjectRow.id))
        .where(or_(month.between(*now), month.between(*then)))
    )
    return list(await session.execute(_grouped(statement)))


async def investment_against_plan(
    session: AsyncSession, ask: Ask, year: int, first: date, last: date
) -> list[Any]:
    """(…, planned for the year, invested in its months, last word) of projects with a plan of the year."""
    columns = (
        col(AnnualPlanRow.amount_yuan),
        func.sum(InvestmentEntryRow.amount_yuan),
        func.max(InvestmentEntryRow.recorded_at),
    )
    statement = (
        _projects(ask, *columns)
        .join(
            AnnualPlanRow,
            and_(col(AnnualPlanRow.project_id) == col(ProjectRow.id), col(AnnualPlanRow.year) == year),
        )
        .outerjoin(
            InvestmentEntryRow,
            and_(
                col(InvestmentEntryRow.project_id) == col(ProjectRow.id),
                col(InvestmentEntryRow.month).between(first, last),
            ),
        )
        .where(col(AnnualPlanRow.amount_yuan) > 0)
    )
    return list(await session.execute(_grouped(statement, col(AnnualPlanRow.amount_yuan))))


def _grouped(statement: Select[Any], *more: Any) -> Select[Any]:
    """By participant and project, which the first four columns name."""
    return statement.group_by(*list(statement.selected_columns)[:4], *more)
