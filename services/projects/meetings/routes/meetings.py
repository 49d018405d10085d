"""``/v1/meetings`` with agenda, attendance, minutes and decisions, and the minutes that govern a project."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.contracts.projects import MEETING
from libs.common.web.change_feed import AfterParam, ChangePage, FeedLimitParam, read_changes
from libs.common.web.conditional import check_if_match, etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from libs.common.workdays import UnknownCalendarYear
from services.projects.duties.errors import DueInPast, NoOwner, NoTerm
from services.projects.duties.routes import OFFICES, WRITERS
from services.projects.duties.service import visible_project
from services.projects.meetings import repository
from services.projects.meetings.errors import (
    AgendaMismatch,
    AttendeeTwice,
    EditionNeedsReason,
    GoverningTooEarly,
    MeetingInFuture,
    MeetingStepRefused,
    MinutesGovernAlready,
    MinutesNotOfProject,
    NoGoverningMinutes,
)
from services.projects.meetings.schemas.meetings import (
    AgendaWrite,
    AttendanceWrite,
    CancellationWrite,
    DecisionCreate,
    DecisionRead,
    GoverningRead,
    GoverningWrite,
    HoldingWrite,
    MeetingCreate,
    MeetingRead,
    MeetingUpdate,
    MeetingWhole,
    MinutesCreate,
    MinutesRead,
    RevocationWrite,
)
from services.projects.meetings.service import meetings as service
from services.projects.meetings.service.actions import decide
from services.projects.meetings.service.minutes import govern, record_minutes, revoke
from services.projects.registry.errors import EntryUnknown, UnknownRegion

MeetingsQuery = Annotated[ListQuery, Depends(repository.MEETINGS.selecting(MeetingRead))]
MinutesQuery = Annotated[ListQuery, Depends(repository.MINUTES.selecting(MinutesRead))]
DecisionsQuery = Annotated[ListQuery, Depends(repository.DECISIONS.selecting(DecisionRead))]
GoverningQuery = Annotated[ListQuery, Depends(repository.GOVERNING.selecting(GoverningRead))]

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["meetings"])
READERS = [require(*OFFICES)]
KEEPERS = [require(*WRITERS)]


@router.get("/meetings", response_model=PageOf[MeetingRead], dependencies=READERS)
async def list_meetings(request: Request, ctx: ContextDep, query: MeetingsQuery) -> Response:
    """Meetings of the caller's subtree, and those above it about its projects; ``filter[project_id]`` for one."""
    page = await repository.list_meetings(ctx.session, ctx.principal, query)
    return page_response(request, page, query, MeetingRead)


@router.get("/meetings/changes", response_model=ChangePage, dependencies=READERS)
async def list_meeting_changes(ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100) -> Any:
    """What happened to meetings since a cursor, without a gap."""
    return await read_changes(ctx.session, ctx.principal, [MEETING], after=after, limit=limit)


@router.post(
    "/meetings",
    status_code=201,
    response_model=MeetingWhole,
    responses=problems(UnknownRegion, EntryUnknown, AgendaMismatch),
    dependencies=KEEPERS,
)
async def create_meeting(body: MeetingCreate, ctx: ContextDep, response: Response) -> Any:
    """Plan a meeting with its agenda."""
    opened = await service.plan_meeting(ctx, body.draft(), [item.item() for item in body.items])
    response.headers["Location"] = f"/v1/meetings/{opened.row.id}"
    return await _shown(ctx, response, opened)


@router.get("/meetings/{meeting_id}", response_model=MeetingWhole, dependencies=READERS)
async def read_meeting(meeting_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One meeting with agenda and attendance."""
    opened = await service.read_meeting(ctx, meeting_id)
    return not_modified(request, etag_of(opened.version)) or await _shown(ctx, response, opened)


@router.patch(
    "/meetings/{meeting_id}",
    response_model=MeetingWhole,
    responses=problems(MeetingStepRefused, EntryUnknown),
    dependencies=KEEPERS,
)
async def patch_meeting(
    meeting_id: UUID, body: MeetingUpdate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Change title, day, place, host or chair of a planned meeting."""
    opened = await service.open_meeting(ctx, meeting_id)
    check_if_match(request, opened.version)
    return await _shown(ctx, response, await service.amend_meeting(ctx, opened, body.facts()))


@router.put(
    "/meetings/{meeting_id}/agenda",
    response_model=MeetingWhole,
    responses=problems(MeetingStepRefused, AgendaMismatch, PreconditionFailed),
    dependencies=KEEPERS,
)
async def put_agenda(
    meeting_id: UUID, body: AgendaWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Replace the agenda of a planned meeting."""
    opened = await service.open_meeting(ctx, meeting_id)
    honour_if_match(request, opened.version)
    return await _shown(ctx, response, await service.put_agenda(ctx, opened, [it.item() for it in body.items]))


@router.put(
    "/meetings/{meeting_id}/attendance",
    response_model=MeetingWhole,
    responses=problems(MeetingStepRefused, AttendeeTwice, EntryUnknown, PreconditionFailed),
    dependencies=KEEPERS,
)
async def put_attendance(
    meeting_id: UUID, body: AttendanceWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Replace the attendance list."""
    opened = await service.open_meeting(ctx, meeting_id)
    honour_if_match(request, opened.version)
    attendees = [attendee.attendee() for attendee in body.attendance]
    return await _shown(ctx, response, await service.put_attendance(ctx, opened, attendees))


@router.post(
    "/meetings/{meeting_id}/holding",
    status_code=201,
    response_model=MeetingWhole,
    responses=problems(MeetingStepRefused, MeetingInFuture, AttendeeTwice, EntryUnknown, PreconditionFailed),
    dependencies=KEEPERS,
)
async def hold_meeting(
    meeting_id: UUID, body: HoldingWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """The meeting took place; the agenda is fixed from now on."""
    opened = await service.open_meeting(ctx, meeting_id)
    honour_if_match(request, opened.version)
    said = body.attendance
    attendees = None if said is None else [attendee.attendee() for attendee in said]
    return await _shown(ctx, response, await service.hold_meeting(ctx, opened, body.on, attendees))


@router.post(
    "/meetings/{meeting_id}/cancellation",
    status_code=201,
    response_model=MeetingWhole,
    responses=problems(MeetingStepRefused, PreconditionFailed),
    dependencies=KEEPERS,
)
async def cancel_meeting(
    meeting_id: UUID, body: CancellationWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """The meeting does not take place."""
    opened = await service.open_meeting(ctx, meeting_id)
    honour_if_match(request, opened.version)
    return await _shown(ctx, response, await service.cancel_meeting(ctx, opened, body.reason))


@router.get("/meetings/{meeting_id}/minutes", response_model=PageOf[MinutesRead], dependencies=READERS)
async def list_minutes(meeting_id: UUID, request: Request, ctx: ContextDep, query: MinutesQuery) -> Response:
    """All editions of the minutes."""
    await service.read_meeting(ctx, meeting_id)
    page = await repository.list_minutes(ctx.session, meeting_id, query)
    return page_response(request, page, query, MinutesRead)


@router.post(
    "/meetings/{meeting_id}/minutes",
    status_code=201,
    response_model=MinutesRead,
    responses=problems(MeetingStepRefused, EditionNeedsReason, PreconditionFailed),
    dependencies=KEEPERS,
)
async def create_minutes(
    meeting_id: UUID, body: MinutesCreate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Record minutes; the editions before stay as they are. The ETag is the meeting's."""
    opened = await service.open_meeting(ctx, meeting_id)
    honour_if_match(request, opened.version)
    row = await record_minutes(ctx, opened, body.text, body.document_no, body.reason)
    response.headers["ETag"] = etag_of(opened.version)
    return row


@router.get("/meetings/{meeting_id}/decisions", response_model=PageOf[DecisionRead], dependencies=READERS)
async def list_decisions(meeting_id: UUID, request: Request, ctx: ContextDep, query: DecisionsQuery) -> Response:
    """What the meeting decided, with the ids of the action items."""
    await service.read_meeting(ctx, meeting_id)
    page = await repository.list_decisions(ctx.session, meeting_id, query)
    known = await repository.actions_of(ctx.session, [row.id for row in page.items])
    return page_response(
        request, page, query, DecisionRead, lambda row: DecisionRead.of(row, known.get(row.id, ()))
    )


@router.post(
    "/meetings/{meeting_id}/decisions",
    status_code=201,
    response_model=DecisionRead,
    responses=problems(
        MeetingStepRefused, EntryUnknown, NoOwner, NoTerm, DueInPast, UnknownCalendarYear, PreconditionFailed
    ),
    dependencies=KEEPERS,
)
async def create_decision(
    meeting_id: UUID, body: DecisionCreate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Record a decision and assign its action items. The ETag is the meeting's."""
    opened = await service.open_meeting(ctx, meeting_id)
    honour_if_match(request, opened.version)
    drafts = [action.draft() for action in body.actions]
    row, ids = await decide(ctx, opened, body.text, body.item_id, drafts)
    response.headers["ETag"] = etag_of(opened.version)
    return DecisionRead.of(row, ids)


@router.get("/projects/{project_id}/governing-minutes", response_model=PageOf[GoverningRead], dependencies=READERS)
async def list_governing(project_id: UUID, request: Request, ctx: ContextDep, query: GoverningQuery) -> Response:
    """Which minutes govern the project and which did, newest first."""
    await visible_project(ctx, project_id)
    page = await repository.list_governing(ctx.session, project_id, query)
    return page_response(request, page, query, GoverningRead)


@router.post(
    "/projects/{project_id}/governing-minutes",
    status_code=201,
    response_model=GoverningRead,
    responses=problems(MinutesNotOfProject, MinutesGovernAlready, GoverningTooEarly),
    dependencies=KEEPERS,
)
async def govern_project(project_id: UUID, body: GoverningWrite, ctx: ContextDep) -> Any:
    """Let minutes govern the project; those in force until then are superseded, on record."""
    return await govern(ctx, project_id, body.minutes_id, body.on, body.reason)


@router.post(
    "/projects/{project_id}/governing-minutes/revocation",
    status_code=201,
    response_model=GoverningRead,
    responses=problems(NoGoverningMinutes, GoverningTooEarly),
    dependencies=KEEPERS,
)
async def revoke_governing(project_id: UUID, body: RevocationWrite, ctx: ContextDep) -> Any:
    """The governing minutes govern no longer, and none follow yet."""
    return await revoke(ctx, project_id, body.on, body.reason)


async def _shown(ctx: ContextDep, response: Response, opened: service.Opened) -> MeetingWhole:
    response.headers["ETag"] = etag_of(opened.version)
    return MeetingWhole.of(opened, await repository.attendance_of(ctx.session, opened.row.id))
