"""SQL of problems."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.duties.domain.duty import PENDING
from services.projects.duties.repository import duty_fields, duty_of
from services.projects.ledger.tables import ProjectRow
from services.projects.problems.domain.problem import Problem, ProblemCategory
from services.projects.problems.tables import ProblemRow, ProblemStepRow
from services.projects.registry.repository import region_filter

PROBLEMS = Listing(
    fields={
        **duty_fields(ProblemRow),
        "project_id": FilterField(col(ProblemRow.project_id), UUID),
        "project_code": FilterField(col(ProjectRow.code)),
        "project_name": FilterField(col(ProjectRow.name)),
        "region_code": region_filter(col(ProjectRow.region_code)),
        "title": FilterField(col(ProblemRow.title)),
        "category": FilterField(col(ProblemRow.category), ProblemCategory),
        "level": FilterField(col(ProblemRow.level), int),
        "raised_on": FilterField(col(ProblemRow.raised_on), date),
        "pending": FilterField(
            col(ProblemRow.status).in_([status.value for status in PENDING]), bool, frozenset({"eq"})
        ),
    },
    sortable=("due_on", "raised_on", "level", "project_code"),
    default_sort="due_on",
)
STEPS = Listing(
    fields={
        "version": FilterField(col(ProblemStepRow.version), int),
        "action": FilterField(col(ProblemStepRow.action)),
    },
    key="version",
)


def problem_of(row: ProblemRow) -> Problem:
    return Problem(
        id=row.id,
        project_id=row.project_id,
        number=row.number,
        title=row.title,
        description=row.description,
        category=ProblemCategory(row.category),
        level=row.level,
        raised_on=row.raised_on,
        duty=duty_of(row),
    )


async def find_problem(session: AsyncSession, problem_id: UUID, *, lock: bool = False) -> ProblemRow | None:
    """The row; with ``lock`` nobody else changes the problem until this transaction ends."""
    statement = select(ProblemRow).where(col(ProblemRow.id) == problem_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def next_number(session: AsyncSession, project_id: UUID) -> int:
    """The number after the project's last; the caller holds the project's lock."""
    statement = select(func.coalesce(func.max(col(ProblemRow.number)), 0)).where(
        col(ProblemRow.project_id) == project_id
    )
    return int(await session.scalar(statement) or 0) + 1


def visible_problems(principal: Principal) -> Select[Any]:
    """Ids of the problems that the caller may see, as a query."""
    return (
        select(col(ProblemRow.id))
        .join(ProjectRow, col(ProjectRow.id) == col(ProblemRow.project_id))
        .where(*_scope(principal))
    )


async def list_problems(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    """A page of (problem, project)."""
    statement: Any = (
        select(ProblemRow, ProjectRow)
        .join(ProjectRow, col(ProjectRow.id) == col(ProblemRow.project_id))
        .where(*_scope(principal))
    )
    return await query.page(session, statement)


def _scope(principal: Principal) -> tuple[Any, ...]:
    return (
        region_scope(col(ProjectRow.region_code), principal),
        enterprise_scope(col(ProjectRow.enterprise_id), principal),
    )


async def list_steps(session: AsyncSession, problem_id: UUID, query: ListQuery) -> Page[ProblemStepRow]:
    return await query.page(session, select(ProblemStepRow).where(col(ProblemStepRow.problem_id) == problem_id))


async def late_problems(session: AsyncSession, today: date, also: Collection[UUID]) -> list[UUID]:
    """Ids of pending problems past a deadline, and of those ``also``, in one order."""
    late = col(ProblemRow.status).in_([status.value for status in PENDING]) & or_(
        col(ProblemRow.due_on) < today, col(ProblemRow.overdue_since).is_not(None)
    )
    statement = select(col(ProblemRow.id)).where(or_(late, col(ProblemRow.id).in_(also)))
    return list((await session.scalars(statement.order_by(col(ProblemRow.id)))).all())


async def open_problems_of(session: AsyncSession, project_ids: Iterable[UUID]) -> dict[UUID, list[Problem]]:
    """Pending problems by project, the nearest deadline first; projects without any are absent."""
    statement = (
        select(ProblemRow)
        .where(
            col(ProblemRow.project_id).in_(list(project_ids)),
            col(ProblemRow.status).in_([status.value for status in PENDING]),
        )
        .order_by(col(ProblemRow.due_on), col(ProblemRow.id))
    )
    found: dict[UUID, list[Problem]] = {}
    for row in await session.scalars(statement):
        found.setdefault(row.project_id, []).append(problem_of(row))
    return found
