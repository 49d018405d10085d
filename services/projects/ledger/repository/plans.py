"""SQL of planned dates."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
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
    statement = select(ProjectPlanRow).where(col(ProjectPlanRow.project_id).in_(wanted))
    for row in await session.scalars(statement.execution_options(populate_existing=True)):
        plans[row.project_id][Milestone(row.milestone)] = PlannedDate(
            row.original_on, row.current_on, row.actual_on
        )
    return plans


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
