"""SQL of planned dates."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.projects.ledger.domain.project import PlannedDate, Project
from services.projects.ledger.domain.stages import Milestone
from services.projects.ledger.tables import ProjectPlanRow, ProjectRow


def reached_on(milestone: Milestone) -> Any:
    """The day a project reached a milestone, as a column of the list."""
    return (
        select(col(ProjectPlanRow.actual_on))
        .where(
            col(ProjectPlanRow.project_id) == col(ProjectRow.id),
            col(ProjectPlanRow.milestone) == milestone.value,
        )
        .correlate(ProjectRow)
        .scalar_subquery()
    )


async def plans_of(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, dict[Milestone, PlannedDate]]:
    """The planned dates of several projects."""
    wanted = list(ids)
    plans: dict[UUID, dict[Milestone, PlannedDate]] = {project_id: {} for project_id in wanted}
    # Columns rather than rows of the session: a list reads some hundred, and nobody changes them through it.
    statement = select(
        col(ProjectPlanRow.project_id),
        col(ProjectPlanRow.milestone),
        col(ProjectPlanRow.original_on),
        col(ProjectPlanRow.current_on),
        col(ProjectPlanRow.actual_on),
    ).where(col(ProjectPlanRow.project_id).in_(wanted))
    for project_id, milestone, *days in await session.execute(statement):
        plans[project_id][Milestone(milestone)] = PlannedDate(*days)
    return plans


def plan_column() -> Any:
    """The planned dates of a query's project as one column, for :func:`plan_of`: one statement a page."""
    days = (col(ProjectPlanRow.original_on), col(ProjectPlanRow.current_on), col(ProjectPlanRow.actual_on))
    entry = func.jsonb_build_array(col(ProjectPlanRow.milestone), *days)
    return (
        select(func.jsonb_agg(entry, type_=JSONB))
        .where(col(ProjectPlanRow.project_id) == col(ProjectRow.id))
        .correlate(ProjectRow)
        .scalar_subquery()
        .label("plan")
    )


def plan_of(entries: Any) -> dict[Milestone, PlannedDate]:
    """The planned dates of :func:`plan_column`, which is null where there are none."""
    return {
        Milestone(milestone): PlannedDate(*(None if day is None else date.fromisoformat(day) for day in days))
        for milestone, *days in entries or ()
    }


async def store_plan(session: AsyncSession, before: Project | None, after: Project) -> None:
    """Write the planned dates that changed."""
    known = before.plan if before is not None else {}
    for milestone, planned in after.plan.items():
        if known.get(milestone) == planned:
            continue
        if planned == PlannedDate():
            await session.execute(
                delete(ProjectPlanRow).where(
                    col(ProjectPlanRow.project_id) == after.id,
                    col(ProjectPlanRow.milestone) == milestone.value,
                )
            )
            continue
        days = {
            "original_on": planned.original_on,
            "current_on": planned.current_on,
            "actual_on": planned.actual_on,
        }
        statement = insert(ProjectPlanRow).values(project_id=after.id, milestone=milestone.value, **days)
        await session.execute(
            statement.on_conflict_do_update(index_elements=["project_id", "milestone"], set_=days)
        )
