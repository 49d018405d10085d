"""SQL of the past: whole states are found by going back from the present, for as many projects as a page shows.

A change counts to a day by its instant; the instants of one project never go back (see ``Ledger.store``). What is
asked of the whole list stands in the figures (``repository/figures.py``).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.web.listing import ListQuery
from libs.common.web.pagination import Page
from services.projects.ledger.repository.projects import project_page
from services.projects.ledger.tables import ProjectChangeRow, ProjectRow

_project, _version, _at = (
    col(ProjectChangeRow.project_id),
    col(ProjectChangeRow.version),
    col(ProjectChangeRow.at),
)


async def changes_since(
    session: AsyncSession, project_ids: Iterable[UUID], at: datetime
) -> dict[UUID, list[ProjectChangeRow]]:
    """Writes from an instant on by project, newest first."""
    wanted = list(project_ids)
    found: dict[UUID, list[ProjectChangeRow]] = {project_id: [] for project_id in wanted}
    statement = select(ProjectChangeRow).where(_project.in_(wanted), _at >= at).order_by(_project, _version.desc())
    for row in await session.scalars(statement):
        found[row.project_id].append(row)
    return found


async def written_at(session: AsyncSession, project_id: UUID, version: int) -> datetime | None:
    """When a version of the project was written."""
    statement = select(_at).where(_project == project_id, _version == version)
    return (await session.scalars(statement)).first()


async def names_of_projects(session: AsyncSession, ids: Iterable[str]) -> dict[str, str]:
    """Names by id."""
    statement = select(col(ProjectRow.id), col(ProjectRow.name)).where(
        col(ProjectRow.id).in_([UUID(one) for one in ids])
    )
    return {str(project_id): name for project_id, name in await session.execute(statement)}


async def comparable_projects(
    session: AsyncSession,
    principal: Principal,
    query: ListQuery,
    cuts: tuple[datetime, datetime],
    *,
    only_changed: bool,
) -> Page[Any]:
    """A page of (row, project as it stands now) of those that were in the ledger on the second day."""
    statement = select(ProjectRow).where(col(ProjectRow.created_at) < cuts[1])
    if only_changed:
        written = select(_project).where(col(ProjectRow.id) == _project, _at >= cuts[0], cuts[1] > _at)
        statement = statement.where(written.exists())
    return await project_page(session, principal, statement, query)
