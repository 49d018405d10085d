"""``/v1/projects/{id}/leadership`` and what belongs to it, ``/v1/leadership-gaps``."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.contracts.projects import LEADERSHIP
from libs.common.local_time import today_of
from libs.common.web.change_feed import AfterParam, ChangePage, FeedLimitParam, read_changes
from libs.common.web.conditional import etag_of, honour_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from libs.common.workdays import SHANGHAI
from services.projects.duties.routes import LEADERS, WRITERS
from services.projects.duties.service import visible_project
from services.projects.leadership import repository
from services.projects.leadership.domain.gaps import missing
from services.projects.leadership.errors import (
    AlreadyMember,
    HandoverTooEarly,
    HandoverToSamePerson,
    HeadDoesNotLeave,
    HeadNotOne,
    NotALeader,
    OfficeVacant,
    TaskForceDissolved,
    TaskForceExists,
)
from services.projects.leadership.schemas import (
    EndWrite,
    GapRead,
    HeadHandover,
    LeadAssign,
    LeadershipRead,
    LeadOfficialRead,
    MemberAdd,
    TaskForceCreate,
    TaskForceRead,
    lead_read,
)
from services.projects.leadership.service import officials, task_forces
from services.projects.leadership.service.leadership import open_leadership
from services.projects.ledger.domain.comparison import end_of
from services.projects.ledger.repository import key_since_at
from services.projects.registry.errors import EntryUnknown

OfficialsQuery = Annotated[ListQuery, Depends(repository.LEAD_OFFICIALS.selecting(LeadOfficialRead))]
ForcesQuery = Annotated[ListQuery, Depends(repository.TASK_FORCES.selecting(TaskForceRead))]
GapsQuery = Annotated[ListQuery, Depends(repository.GAPS.selecting(GapRead))]

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["leadership"])


@router.get("/leadership-gaps", response_model=PageOf[GapRead])
async def list_gaps(request: Request, ctx: ContextDep, query: GapsQuery) -> Response:
    """Key projects without exactly one lead official, a task force, an on-site meeting or governing minutes."""
    today = today_of(ctx)
    page = await repository.list_gaps(ctx.session, ctx.principal, query, today)
    return page_response(request, page, query, GapRead, lambda pair: GapRead.of(pair[0], pair[1], today))


@router.get("/leadership/changes", response_model=ChangePage)
async def list_changes(ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100) -> Any:
    """What happened to the leadership of projects since a cursor; the ids are those of projects."""
    return await read_changes(ctx.session, ctx.principal, [LEADERSHIP], after=after, limit=limit)


@router.get("/projects/{project_id}/leadership", response_model=LeadershipRead)
async def read_leadership(project_id: UUID, ctx: ContextDep, response: Response, on: date | None = None) -> Any:
    """Who leads the project today, or on another day, and what it lacks."""
    project = await visible_project(ctx, project_id)
    day = on or today_of(ctx)
    row = await repository.leadership_of(ctx.session, project_id)
    version = 0 if row is None else row.version
    response.headers["ETag"] = etag_of(version)
    ((_, standing),) = await repository.standings(ctx.session, day, [project_id])
    standing = replace(standing, key_since=await key_since_at(ctx.session, project.id, end_of(day, SHANGHAI)))
    force = await repository.task_force_on(ctx.session, project_id, day)
    members = [] if force is None else (await repository.members_of(ctx.session, [force.id]))[force.id]
    return LeadershipRead(
        project_id=project_id,
        on=day,
        is_key=standing.key_since is not None,
        key_since=standing.key_since,
        lead_official=lead_read(await repository.lead_on(ctx.session, project_id, day)),
        task_force=None if force is None else TaskForceRead.of(force, members),
        on_site_meetings=standing.on_site_meetings,
        last_on_site_on=None if row is None else row.last_on_site_on,
        governing_minutes_id=standing.governing_minutes_id,
        missing=sorted(missing(standing)),
        version=version,
    )


@router.get("/lead-officials", response_model=PageOf[LeadOfficialRead])
async def list_lead_officials(request: Request, ctx: ContextDep, query: OfficialsQuery) -> Response:
    """Terms of lead officials, newest first: a project's by ``project_id``, a person's by ``person_id``."""
    page = await repository.list_lead_officials(ctx.session, ctx.principal, query)
    return page_response(request, page, query, LeadOfficialRead)


@router.post(
    "/projects/{project_id}/lead-officials",
    status_code=201,
    response_model=LeadOfficialRead,
    responses=problems(EntryUnknown, NotALeader, HandoverToSamePerson, HandoverTooEarly, PreconditionFailed),
    dependencies=[require(*LEADERS)],
)
async def assign_lead_official(
    project_id: UUID, body: LeadAssign, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """A lead official from a day on; the present one hands over. The ETag is the leadership's."""
    opened = await open_leadership(ctx, project_id)
    honour_if_match(request, opened.version)
    row = await officials.assign_lead(ctx, opened, body.person_id, body.on, body.reason)
    response.headers["ETag"] = etag_of(opened.version)
    return row


@router.post(
    "/projects/{project_id}/lead-official-releases",
    status_code=201,
    response_model=LeadOfficialRead,
    responses=problems(OfficeVacant, HandoverTooEarly, PreconditionFailed),
    dependencies=[require(*LEADERS)],
)
async def release_lead_official(
    project_id: UUID, body: EndWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """The lead official leaves and nobody follows yet."""
    opened = await open_leadership(ctx, project_id)
    honour_if_match(request, opened.version)
    row = await officials.release_lead(ctx, opened, body.on, body.reason)
    response.headers["ETag"] = etag_of(opened.version)
    return row


@router.get("/task-forces", response_model=PageOf[TaskForceRead])
async def list_task_forces(request: Request, ctx: ContextDep, query: ForcesQuery) -> Response:
    """Task forces with their members, past ones included, newest first."""
    page = await repository.list_task_forces(ctx.session, ctx.principal, query)
    return page_response(request, page, query, TaskForceRead, lambda pair: TaskForceRead.of(*pair))


@router.post(
    "/projects/{project_id}/task-forces",
    status_code=201,
    response_model=TaskForceRead,
    responses=problems(
        TaskForceExists, HeadNotOne, AlreadyMember, EntryUnknown, HandoverTooEarly, PreconditionFailed
    ),
    dependencies=[require(*WRITERS)],
)
async def form_task_force(
    project_id: UUID, body: TaskForceCreate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Form the project's task force with exactly one head."""
    opened = await open_leadership(ctx, project_id)
    honour_if_match(request, opened.version)
    seats = [member.seat() for member in body.members]
    force = await task_forces.form_task_force(ctx, opened, body.name, body.unit_id, seats, body.on, body.reason)
    return _answer(response, force)


@router.post(
    "/task-forces/{task_force_id}/members",
    status_code=201,
    response_model=TaskForceRead,
    responses=problems(TaskForceDissolved, AlreadyMember, HeadNotOne, EntryUnknown, HandoverTooEarly),
    dependencies=[require(*WRITERS)],
)
async def add_member(
    task_force_id: UUID, body: MemberAdd, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Somebody joins."""
    force = await task_forces.open_task_force(ctx, task_force_id)
    honour_if_match(request, force.opened.version)
    return _answer(response, await task_forces.add_member(ctx, force, body.seat(), body.on, body.reason))


@router.post(
    "/task-forces/{task_force_id}/members/{member_id}/departure",
    response_model=TaskForceRead,
    responses=problems(TaskForceDissolved, HeadDoesNotLeave, HandoverTooEarly),
    dependencies=[require(*WRITERS)],
)
async def remove_member(
    task_force_id: UUID, member_id: UUID, body: EndWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Somebody leaves, and stays on record."""
    force = await task_forces.open_task_force(ctx, task_force_id)
    honour_if_match(request, force.opened.version)
    return _answer(response, await task_forces.remove_member(ctx, force, member_id, body.on, body.reason))


@router.post(
    "/task-forces/{task_force_id}/head-handovers",
    status_code=201,
    response_model=TaskForceRead,
    responses=problems(TaskForceDissolved, EntryUnknown, HandoverToSamePerson, HandoverTooEarly),
    dependencies=[require(*WRITERS)],
)
async def hand_over_head(
    task_force_id: UUID, body: HeadHandover, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Another head from a day on."""
    force = await task_forces.open_task_force(ctx, task_force_id)
    honour_if_match(request, force.opened.version)
    return _answer(response, await task_forces.hand_over_head(ctx, force, body.person_id, body.on, body.reason))


@router.post(
    "/task-forces/{task_force_id}/dissolution",
    response_model=TaskForceRead,
    responses=problems(TaskForceDissolved, HandoverTooEarly),
    dependencies=[require(*WRITERS)],
)
async def dissolve_task_force(
    task_force_id: UUID, body: EndWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """The task force ends."""
    force = await task_forces.open_task_force(ctx, task_force_id)
    honour_if_match(request, force.opened.version)
    return _answer(response, await task_forces.dissolve(ctx, force, body.on, body.reason))


def _answer(response: Response, force: task_forces.Force) -> TaskForceRead:
    response.headers["ETag"] = etag_of(force.opened.version)
    return TaskForceRead.of_force(force)
