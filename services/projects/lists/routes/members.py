"""``/v1/list-members``: who is on lists, what they report, reforms and pilots."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.responses import StreamingResponse

from libs.common.contracts.projects import LIST_MEMBER
from libs.common.sheets.writing import Row
from libs.common.web.change_feed import AfterParam, ChangePage, FeedLimitParam, read_changes
from libs.common.web.conditional import check_if_match, etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, DatabaseDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import NotFound, PreconditionFailed, problems
from libs.common.web.workbooks import WORKBOOK, Sheet, WholeList, list_as_workbook
from services.projects.duties.schemas import StepRead
from services.projects.lists.domain.wording import MEMBERS
from services.projects.lists.errors import (
    DayAhead,
    DayBeforeEntry,
    MemberLeft,
    NotAPilot,
    NotAReform,
    PilotNeedsEvidence,
    PilotStepRefused,
    ReformIncomplete,
    ReformStaffMismatch,
    ReformStepRefused,
)
from services.projects.lists.repository import follow_up
from services.projects.lists.repository import lists as repository
from services.projects.lists.routes.answers import (
    OFFICES,
    REPORTERS,
    WRITERS,
    language_of,
    new_router,
)
from services.projects.lists.schemas.follow_up import (
    FollowUpCreate,
    FollowUpRead,
    ProgressCreate,
    ProgressRead,
    ReformRead,
    ReformWrite,
)
from services.projects.lists.schemas.lists import MemberEnd, MemberRead, MemberUpdate
from services.projects.lists.service import following
from services.projects.lists.service import members as service
from services.projects.lists.service.members import Member
from services.projects.registry.errors import EntryUnknown

MembersQuery = Annotated[ListQuery, Depends(repository.MEMBERS.selecting(MemberRead))]
MembersWhole = Annotated[ListQuery, Depends(WholeList(repository.MEMBERS))]
ProgressQuery = Annotated[ListQuery, Depends(follow_up.PROGRESS.selecting(ProgressRead))]
FollowUpsQuery = Annotated[ListQuery, Depends(follow_up.FOLLOW_UPS.selecting(FollowUpRead))]
ChangesQuery = Annotated[ListQuery, Depends(follow_up.REFORM_CHANGES.selecting(StepRead))]

router = new_router("lists")


def _shown(response: Response, member: Member) -> MemberRead:
    response.headers["ETag"] = etag_of(member.row.version)
    return MemberRead.of_member(member)


@router.get("/list-members", response_model=PageOf[MemberRead])
async def list_members(request: Request, ctx: ContextDep, query: MembersQuery) -> Response:
    """Memberships, past ones too; enterprises see their own. Standing ones by ``filter[left_on][null]=true``."""
    page = await repository.list_members(ctx.session, ctx.principal, query)
    return page_response(request, page, query, MemberRead, lambda found: MemberRead.of(*found))


@router.get("/list-members/changes", response_model=ChangePage)
async def list_member_changes(ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100) -> Any:
    """What happened to memberships since a cursor, without a gap."""
    return await read_changes(ctx.session, ctx.principal, [LIST_MEMBER], after=after, limit=limit)


@router.get("/list-members/export", responses=WORKBOOK, dependencies=[require(*OFFICES)])
async def export_members(
    request: Request, ctx: ContextDep, database: DatabaseDep, query: MembersWhole
) -> StreamingResponse:
    """The list as a workbook, every row that the filters leave."""
    sheet = Sheet("list-members", MEMBERS[language_of(request)], _line)
    return await list_as_workbook(ctx, database, query, repository.list_members, sheet)


def _line(found: Any) -> Row:
    row, listed, one = found
    return [
        *(listed.code, listed.name, listed.kind, one.credit_code, one.name, row.region_code),
        *(str(row.joined_on), None if row.left_on is None else str(row.left_on), row.left_reason),
        *(row.verdict, row.entry_reason, None if row.progress_due_on is None else str(row.progress_due_on)),
    ]


@router.get("/list-members/{member_id}", response_model=MemberRead)
async def read_member(member_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One membership with the judgement by which it began."""
    member = await service.read_member(ctx, member_id)
    return not_modified(request, etag_of(member.row.version)) or _shown(response, member)


@router.patch(
    "/list-members/{member_id}",
    response_model=MemberRead,
    responses=problems(EntryUnknown, MemberLeft),
    dependencies=[require(*WRITERS)],
)
async def patch_member(
    member_id: UUID, body: MemberUpdate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Name another leader or unit; who led before stands in the events."""
    member = await service.open_member(ctx, member_id)
    check_if_match(request, member.row.version)
    return _shown(response, await service.amend_member(ctx, member, body.facts()))


@router.post(
    "/list-members/{member_id}/end",
    status_code=201,
    response_model=MemberRead,
    responses=problems(MemberLeft, DayAhead, DayBeforeEntry, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def end_membership(
    member_id: UUID, body: MemberEnd, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Take the enterprise off the list, with the reason."""
    member = await service.open_member(ctx, member_id)
    honour_if_match(request, member.row.version)
    return _shown(response, await service.end_membership(ctx, member, body.left_on, body.reason))


@router.get("/list-members/{member_id}/progress", response_model=PageOf[ProgressRead])
async def list_progress(member_id: UUID, request: Request, ctx: ContextDep, query: ProgressQuery) -> Response:
    """What was reported, the latest first."""
    await service.read_member(ctx, member_id)
    page = await follow_up.list_progress(ctx.session, member_id, query)
    return page_response(request, page, query, ProgressRead)


@router.post(
    "/list-members/{member_id}/progress",
    status_code=201,
    response_model=ProgressRead,
    responses=problems(MemberLeft, DayAhead, DayBeforeEntry, PreconditionFailed),
    dependencies=[require(*REPORTERS)],
)
async def create_progress(member_id: UUID, body: ProgressCreate, ctx: ContextDep, request: Request) -> Any:
    """Report progress; it covers the oldest owed period that has begun."""
    member = await service.open_member(ctx, member_id)
    honour_if_match(request, member.row.version)
    return await following.report_progress(ctx, member, body.on, body.content)


@router.get("/list-members/{member_id}/reform", response_model=ReformRead)
async def read_reform(member_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """The reform of a state enterprise, with re-hired share and wage change."""
    await service.read_member(ctx, member_id)
    row = await follow_up.find_reform(ctx.session, member_id)
    if row is None:
        raise NotFound
    response.headers["ETag"] = etag_of(row.version)
    return not_modified(request, etag_of(row.version)) or ReformRead.of(row)


@router.put(
    "/list-members/{member_id}/reform",
    response_model=ReformRead,
    responses=problems(
        MemberLeft,
        NotAReform,
        DayAhead,
        ReformStepRefused,
        ReformIncomplete,
        ReformStaffMismatch,
        PreconditionFailed,
    ),
    dependencies=[require(*WRITERS)],
)
async def put_reform(
    member_id: UUID, body: ReformWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """State the reform whole; a version of it must be named once there is one."""
    member = await service.open_member(ctx, member_id)
    existing = await follow_up.find_reform(ctx.session, member_id)
    if existing is not None:
        check_if_match(request, existing.version)
    row = await following.put_reform(ctx, member, body.reform(), existing)
    response.headers["ETag"] = etag_of(row.version)
    return ReformRead.of(row)


@router.get("/list-members/{member_id}/reform/changes", response_model=PageOf[StepRead])
async def list_reform_changes(member_id: UUID, request: Request, ctx: ContextDep, query: ChangesQuery) -> Response:
    """Every statement of the reform, in order."""
    await service.read_member(ctx, member_id)
    page = await follow_up.list_reform_changes(ctx.session, member_id, query)
    return page_response(request, page, query, StepRead)


@router.get("/list-members/{member_id}/follow-ups", response_model=PageOf[FollowUpRead])
async def list_follow_ups(member_id: UUID, request: Request, ctx: ContextDep, query: FollowUpsQuery) -> Response:
    """Looks at a pilot, the latest first."""
    await service.read_member(ctx, member_id)
    page = await follow_up.list_follow_ups(ctx.session, member_id, query)
    return page_response(request, page, query, FollowUpRead)


@router.post(
    "/list-members/{member_id}/follow-ups",
    status_code=201,
    response_model=FollowUpRead,
    responses=problems(
        MemberLeft,
        NotAPilot,
        DayAhead,
        DayBeforeEntry,
        PilotStepRefused,
        PilotNeedsEvidence,
        PreconditionFailed,
    ),
    dependencies=[require(*WRITERS)],
)
async def create_follow_up(member_id: UUID, body: FollowUpCreate, ctx: ContextDep, request: Request) -> Any:
    """Record how far a pilot of clean production or circular economy has come, and what it saves."""
    member = await service.open_member(ctx, member_id)
    honour_if_match(request, member.row.version)
    return await following.follow_up(ctx, member, body.draft())
