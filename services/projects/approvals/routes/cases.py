"""``/v1/approval-cases``: file, read, amend, clock, trail and change feed."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.contracts.projects import APPROVAL
from libs.common.local_time import today_of
from libs.common.web.catalogue import Catalogue, negotiate
from libs.common.web.change_feed import AfterParam, ChangePage, FeedLimitParam, read_changes
from libs.common.web.conditional import check_if_match, etag_of, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from libs.common.workdays import UnknownCalendarYear
from services.projects.approvals import repository
from services.projects.approvals.errors import (
    ApplicantRequired,
    CaseDateInFuture,
    DuplicateCaseCode,
    IllegalCaseChange,
    UnknownApprovalReference,
    UnknownMatter,
)
from services.projects.approvals.routes.answers import APPLICANTS, WRITERS, ApprovalsDep, read_of, shown
from services.projects.approvals.schemas.cases import CaseChangeRead, CaseCreate, CaseRead, CaseUpdate
from services.projects.approvals.schemas.clocks import ClockRead, reason_code
from services.projects.approvals.service.filing import file_case
from services.projects.approvals.service.handling import amend_case
from services.projects.approvals.service.reading import ExplainedDay, explain, used_of

CasesQuery = Annotated[ListQuery, Depends(repository.CASES.selecting(CaseRead))]
ChangesQuery = Annotated[ListQuery, Depends(repository.CHANGES.selecting(CaseChangeRead))]

router = APIRouter(prefix="/v1/approval-cases", route_class=TransactionalRoute, tags=["approvals"])


@router.get("", response_model=PageOf[CaseRead])
async def list_cases(request: Request, ctx: ContextDep, query: CasesQuery) -> Response:
    """Cases of the caller's subtree; an enterprise sees its own."""
    page = await repository.list_cases(ctx.session, ctx.principal, query)
    told = {row.id: (case, used) for row, case, used in await used_of(ctx, page.items)}
    return page_response(request, page, query, CaseRead, lambda row: CaseRead.of(row, *told[row.id]))


@router.get("/changes", response_model=ChangePage)
async def list_case_changes(ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100) -> Any:
    """What happened to cases since a cursor, without a gap."""
    return await read_changes(ctx.session, ctx.principal, [APPROVAL], after=after, limit=limit)


@router.post(
    "",
    status_code=201,
    response_model=CaseRead,
    responses=problems(
        ApplicantRequired, UnknownApprovalReference, UnknownMatter, CaseDateInFuture, DuplicateCaseCode
    ),
    dependencies=[require(*APPLICANTS)],
)
async def create_case(body: CaseCreate, ctx: ContextDep, approvals: ApprovalsDep, response: Response) -> Any:
    """Put an application on record. The clock starts with the acceptance."""
    opened = await file_case(approvals, ctx, body.application())
    response.headers["Location"] = f"/v1/approval-cases/{opened.case.id}"
    return shown(response, ctx, opened)


@router.get("/{case_id}", response_model=CaseRead)
async def read_case(
    case_id: UUID, ctx: ContextDep, approvals: ApprovalsDep, request: Request, response: Response
) -> Any:
    """One case. Its used and remaining days are those of today: while the clock runs it is always sent anew."""
    opened = await approvals.read(ctx, case_id)
    is_running = opened.case.clock is not None and opened.case.outcome is None
    kept = None if is_running else not_modified(request, etag_of(opened.version))
    return kept or shown(response, ctx, opened)


@router.patch(
    "/{case_id}",
    response_model=CaseRead,
    responses=problems(IllegalCaseChange, UnknownApprovalReference),
    dependencies=[require(*WRITERS)],
)
async def patch_case(
    case_id: UUID,
    body: CaseUpdate,
    ctx: ContextDep,
    approvals: ApprovalsDep,
    request: Request,
    response: Response,
) -> Any:
    """Change the deciding unit, the agent (审批代办) or the summary."""
    opened = await approvals.open(ctx, case_id)
    check_if_match(request, opened.version)
    return shown(response, ctx, await amend_case(approvals, ctx, opened, body.change(opened.case)))


@router.get("/{case_id}/clock", response_model=ClockRead, responses=problems(UnknownCalendarYear))
async def read_clock(case_id: UUID, ctx: ContextDep, approvals: ApprovalsDep, request: Request) -> Any:
    """The clock day by day: each day counted, rested or paused, and why. Days after today are a forecast."""
    opened = await approvals.read(ctx, case_id)
    catalogue: Catalogue = request.app.state.catalogue
    language = negotiate(request.headers.get("accept-language"))
    names = await repository.ground_names(ctx.session, [stop.ground for stop in opened.case.pauses])

    def tell(day: ExplainedDay) -> str:
        pause = day.day.pause
        zh, en = names[pause.ground] if pause is not None else ("", "")
        return catalogue.title(reason_code(day), language, {"ground": zh if language == "zh-CN" else en})

    days = explain(opened.case, opened.row.due_on, opened.calendar, today_of(ctx))
    return ClockRead.of(read_of(ctx, opened), days, tell)


@router.get("/{case_id}/history", response_model=PageOf[CaseChangeRead])
async def list_history(
    case_id: UUID, request: Request, ctx: ContextDep, approvals: ApprovalsDep, query: ChangesQuery
) -> Response:
    """Every step of the case, field by field, with who and why: handovers and reversals too."""
    await approvals.read(ctx, case_id)
    page = await repository.list_changes(ctx.session, case_id, query)
    return page_response(request, page, query, CaseChangeRead)
