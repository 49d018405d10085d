"""SQL of leadership."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.contracts.projects import Stage
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.leadership.domain.gaps import UNLED_STAGES, Standing
from services.projects.leadership.domain.tenure import TaskForceRole
from services.projects.leadership.tables import (
    LeadOfficialRow,
    ProjectLeadershipRow,
    TaskForceMemberRow,
    TaskForceRow,
)
from services.projects.ledger.domain.project import KeyLevel
from services.projects.ledger.tables import ProjectRow
from services.projects.registry.repository import region_filter

_REGION = region_filter(col(ProjectRow.region_code))

LEAD_OFFICIALS = Listing(
    fields={
        "id": FilterField(col(LeadOfficialRow.id), UUID),
        "project_id": FilterField(col(LeadOfficialRow.project_id), UUID),
        "person_id": FilterField(col(LeadOfficialRow.person_id), UUID),
        "region_code": _REGION,
        "valid_from": FilterField(col(LeadOfficialRow.valid_from), date),
        "valid_to": FilterField(col(LeadOfficialRow.valid_to), date),
    },
    sortable=("valid_from",),
    default_sort="-valid_from",
)
TASK_FORCES = Listing(
    fields={
        "id": FilterField(col(TaskForceRow.id), UUID),
        "project_id": FilterField(col(TaskForceRow.project_id), UUID),
        "name": FilterField(col(TaskForceRow.name)),
        "unit_id": FilterField(col(TaskForceRow.unit_id), UUID),
        "region_code": _REGION,
        "valid_from": FilterField(col(TaskForceRow.valid_from), date),
        "valid_to": FilterField(col(TaskForceRow.valid_to), date),
    },
    sortable=("valid_from", "name"),
    default_sort="-valid_from",
)
_NO_LEAD = col(LeadOfficialRow.id).is_(None)
_NO_FORCE = col(TaskForceRow.id).is_(None)
_NO_MEETING = func.coalesce(col(ProjectLeadershipRow.on_site_meetings), 0) == 0
_NO_MINUTES = col(ProjectLeadershipRow.governing_minutes_id).is_(None)
_FLAG = frozenset({"eq"})
GAPS = Listing(
    fields={
        "project_id": FilterField(col(ProjectRow.id), UUID),
        "project_code": FilterField(col(ProjectRow.code)),
        "project_name": FilterField(col(ProjectRow.name)),
        "region_code": _REGION,
        "stage": FilterField(col(ProjectRow.stage), Stage),
        "key_since": FilterField(col(ProjectRow.key_since), date),
        "key_level": FilterField(col(ProjectRow.key_level), KeyLevel),
        "lacks_lead_official": FilterField(_NO_LEAD, bool, _FLAG),
        "lacks_task_force": FilterField(_NO_FORCE, bool, _FLAG),
        "lacks_on_site_meeting": FilterField(_NO_MEETING, bool, _FLAG),
        "lacks_governing_minutes": FilterField(_NO_MINUTES, bool, _FLAG),
    },
    sortable=("project_code", "project_name", "key_since"),
    default_sort="project_code",
    key="project_id",
)


def _holds(table: Any, day: date) -> Any:
    return and_(col(table.valid_from) <= day, or_(col(table.valid_to).is_(None), col(table.valid_to) > day))


def _scoped(statement: Any, principal: Principal) -> Any:
    return statement.where(
        region_scope(col(ProjectRow.region_code), principal),
        enterprise_scope(col(ProjectRow.enterprise_id), principal),
    )


async def leadership_of(session: AsyncSession, project_id: UUID) -> ProjectLeadershipRow | None:
    """The aggregate's row; whoever holds the project's lock may write it."""
    return await session.get(ProjectLeadershipRow, project_id, populate_existing=True)


async def last_lead(session: AsyncSession, project_id: UUID) -> LeadOfficialRow | None:
    statement = (
        select(LeadOfficialRow)
        .where(col(LeadOfficialRow.project_id) == project_id)
        .order_by(col(LeadOfficialRow.valid_from).desc())
        .limit(1)
    )
    return (await session.scalars(statement)).first()


async def lead_on(session: AsyncSession, project_id: UUID, day: date) -> LeadOfficialRow | None:
    statement = select(LeadOfficialRow).where(
        col(LeadOfficialRow.project_id) == project_id, _holds(LeadOfficialRow, day)
    )
    return (await session.scalars(statement)).first()


async def last_task_force(session: AsyncSession, project_id: UUID) -> TaskForceRow | None:
    statement = (
        select(TaskForceRow)
        .where(col(TaskForceRow.project_id) == project_id)
        .order_by(col(TaskForceRow.valid_from).desc(), col(TaskForceRow.id).desc())
        .limit(1)
    )
    return (await session.scalars(statement)).first()


async def task_force_on(session: AsyncSession, project_id: UUID, day: date) -> TaskForceRow | None:
    statement = select(TaskForceRow).where(col(TaskForceRow.project_id) == project_id, _holds(TaskForceRow, day))
    return (await session.scalars(statement)).first()


async def members_of(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, list[TaskForceMemberRow]]:
    """All members of task forces, past ones included, head first."""
    wanted = list(ids)
    found: dict[UUID, list[TaskForceMemberRow]] = {key: [] for key in wanted}
    is_head = col(TaskForceMemberRow.role) == TaskForceRole.HEAD.value
    statement = (
        select(TaskForceMemberRow)
        .where(col(TaskForceMemberRow.task_force_id).in_(wanted))
        .order_by(is_head.desc(), col(TaskForceMemberRow.valid_from), col(TaskForceMemberRow.id))
    )
    for row in await session.scalars(statement):
        found[row.task_force_id].append(row)
    return found


def _standings(day: date) -> Any:
    """Project, lead official, task force and counted meetings on a day."""
    return (
        select(ProjectRow, LeadOfficialRow, TaskForceRow, ProjectLeadershipRow)
        .outerjoin(
            LeadOfficialRow,
            and_(col(LeadOfficialRow.project_id) == col(ProjectRow.id), _holds(LeadOfficialRow, day)),
        )
        .outerjoin(
            TaskForceRow, and_(col(TaskForceRow.project_id) == col(ProjectRow.id), _holds(TaskForceRow, day))
        )
        .outerjoin(ProjectLeadershipRow, col(ProjectLeadershipRow.project_id) == col(ProjectRow.id))
    )


async def _ends(session: AsyncSession, table: Any, ids: list[UUID], day: date) -> dict[UUID, date]:
    statement = (
        select(col(table.project_id), func.max(col(table.valid_to)))
        .where(col(table.project_id).in_(ids), col(table.valid_to) <= day)
        .group_by(col(table.project_id))
    )
    rows = (await session.execute(statement)).all()
    return dict(rows)


async def _read(session: AsyncSession, rows: Iterable[Any], day: date) -> list[tuple[ProjectRow, Standing]]:
    known = list(rows)
    ids = [project.id for project, *_ in known]
    leads = await _ends(session, LeadOfficialRow, ids, day)
    forces = await _ends(session, TaskForceRow, ids, day)
    return [
        (
            project,
            Standing(
                project_id=project.id,
                stage=Stage(project.stage),
                key_since=project.key_since if project.is_key else None,
                lead_person_id=lead.person_id if lead is not None else None,
                lead_ended_on=leads.get(project.id),
                task_force_id=force.id if force is not None else None,
                task_force_ended_on=forces.get(project.id),
                on_site_meetings=counted.on_site_meetings if counted is not None else 0,
                governing_minutes_id=counted.governing_minutes_id if counted is not None else None,
                governing_ended_on=counted.governing_ended_on if counted is not None else None,
            ),
        )
        for project, lead, force, counted in known
    ]


async def standings(
    session: AsyncSession, day: date, ids: Iterable[UUID] | None = None, also: Iterable[UUID] = ()
) -> list[tuple[ProjectRow, Standing]]:
    """The standing of the projects ``ids``; without them of all key projects and of those ``also``."""
    statement = _standings(day).order_by(col(ProjectRow.id)).execution_options(populate_existing=True)
    if ids is not None:
        statement = statement.where(col(ProjectRow.id).in_(list(ids)))
    else:
        statement = statement.where(or_(col(ProjectRow.is_key), col(ProjectRow.id).in_(list(also))))
    return await _read(session, (await session.execute(statement)).all(), day)


async def list_gaps(session: AsyncSession, principal: Principal, query: ListQuery, day: date) -> Page[Any]:
    """A page of (project, standing): key projects that lack at least one of the four."""
    statement = _scoped(_standings(day), principal).where(
        col(ProjectRow.is_key),
        col(ProjectRow.stage).not_in([stage.value for stage in UNLED_STAGES]),
        or_(_NO_LEAD, _NO_FORCE, _NO_MEETING, _NO_MINUTES),
    )
    page = await query.page(session, statement)
    return Page(await _read(session, page.items, day), page.next_cursor)


async def list_lead_officials(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    statement = select(LeadOfficialRow).join(ProjectRow, col(ProjectRow.id) == col(LeadOfficialRow.project_id))
    return await query.page(session, _scoped(statement, principal))


async def list_task_forces(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    """A page of (task force, members)."""
    statement = select(TaskForceRow).join(ProjectRow, col(ProjectRow.id) == col(TaskForceRow.project_id))
    page = await query.page(session, _scoped(statement, principal))
    members = await members_of(session, [row.id for row in page.items])
    return Page([(row, members[row.id]) for row in page.items], page.next_cursor)
