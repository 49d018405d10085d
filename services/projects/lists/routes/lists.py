"""``/v1/enterprise-lists``: lists of enterprises and pilots."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from libs.common.local_time import today_of
from libs.common.web.conditional import check_if_match, etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from services.projects.lists.errors import (
    ConditionMalformed,
    DayAhead,
    EnterpriseElsewhere,
    EntryNotMet,
    ListCodeTaken,
    ListEndsBeforeItBegins,
    ListKindFixed,
    ListNotValid,
    MemberExists,
)
from services.projects.lists.repository import lists as repository
from services.projects.lists.routes.answers import OFFICES, WRITERS, new_router
from services.projects.lists.schemas.lists import (
    CandidateRead,
    Candidates,
    ListCount,
    ListCreate,
    ListRead,
    ListSummary,
    ListUpdate,
    MemberCreate,
    MemberRead,
)
from services.projects.lists.service import lists as service
from services.projects.lists.service.members import add_member
from services.projects.lists.tables import EnterpriseListRow
from services.projects.registry.errors import EntryUnknown, UnknownRegion
from services.projects.registry.service.recording import demand_region_form

ListsQuery = Annotated[ListQuery, Depends(repository.LISTS.selecting(ListRead))]
Day = Annotated[date | None, Query(description="Today if absent.")]
Region = Annotated[str | None, Query(max_length=9, description="The region and its subtree.")]

router = new_router("lists")


def _shown(response: Response, row: EnterpriseListRow) -> ListRead:
    response.headers["ETag"] = etag_of(row.version)
    return ListRead.of(row)


@router.get("/enterprise-lists", response_model=PageOf[ListRead])
async def list_lists(request: Request, ctx: ContextDep, query: ListsQuery) -> Response:
    """Lists of the caller's region, of those below and those above."""
    page = await repository.list_lists(ctx.session, ctx.principal, query)
    return page_response(request, page, query, ListRead, ListRead.of)


@router.post(
    "/enterprise-lists",
    status_code=201,
    response_model=ListRead,
    responses=problems(ListCodeTaken, ConditionMalformed, ListEndsBeforeItBegins, EntryUnknown, UnknownRegion),
    dependencies=[require(*WRITERS)],
)
async def create_list(body: ListCreate, ctx: ContextDep, response: Response) -> Any:
    """Make a list; its entry condition is checked now, its members when they enter."""
    row = await service.create_list(ctx, body.draft())
    response.headers["Location"] = f"/v1/enterprise-lists/{row.id}"
    return _shown(response, row)


@router.get("/enterprise-lists/summary", response_model=ListSummary)
async def read_summary(ctx: ContextDep, day: Day = None, region_code: Region = None) -> Any:
    """Members by list on a day, and who came and went in its year."""
    if region_code is not None:
        demand_region_form(region_code, None, "region_code")
    day = day or today_of(ctx)
    counted = await repository.summary(ctx.session, ctx.principal, day, region_code)
    within = "" if region_code is None else f"&filter[region_code][within]={region_code}"
    items = [
        ListCount(
            kind=kind,
            list_id=list_id,
            code=code,
            name=name,
            members=members,
            entered=entered,
            left=left,
            members_path=f"/v1/list-members?filter[list_id]={list_id}{within}",
        )
        for kind, list_id, code, name, members, entered, left in counted
    ]
    return ListSummary(day=day, items=items)


@router.get("/enterprise-lists/{list_id}", response_model=ListRead)
async def read_list(list_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One list."""
    row = await service.read_list(ctx, list_id)
    return not_modified(request, etag_of(row.version)) or _shown(response, row)


@router.patch(
    "/enterprise-lists/{list_id}",
    response_model=ListRead,
    responses=problems(ListKindFixed, ConditionMalformed, ListEndsBeforeItBegins, EntryUnknown),
    dependencies=[require(*WRITERS)],
)
async def patch_list(
    list_id: UUID, body: ListUpdate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Change a list; who is on it stays."""
    row = await service.open_list(ctx, list_id)
    check_if_match(request, row.version)
    return _shown(response, await service.amend_list(ctx, row, body.facts()))


@router.get("/enterprise-lists/{list_id}/candidates", response_model=Candidates, dependencies=[require(*OFFICES)])
async def list_candidates(list_id: UUID, ctx: ContextDep, day: Day = None) -> Any:
    """Enterprises of the list's region that are not on it, each with how it meets the condition."""
    row = await service.open_list(ctx, list_id)
    found = await service.candidates(ctx, row, day)
    return Candidates(items=[CandidateRead.of_enterprise(one, judgement) for one, judgement in found])


@router.post(
    "/enterprise-lists/{list_id}/members",
    status_code=201,
    response_model=MemberRead,
    responses=problems(
        EntryUnknown,
        EnterpriseElsewhere,
        ListNotValid,
        DayAhead,
        MemberExists,
        EntryNotMet,
        PreconditionFailed,
    ),
    dependencies=[require(*WRITERS)],
)
async def create_member(
    list_id: UUID, body: MemberCreate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Put an enterprise on the list; who does not meet its condition enters with a reason."""
    row = await service.open_list(ctx, list_id)
    honour_if_match(request, row.version)
    member = await add_member(ctx, row, body.draft())
    response.headers["Location"] = f"/v1/list-members/{member.row.id}"
    response.headers["ETag"] = etag_of(member.row.version)
    return MemberRead.of_member(member)
