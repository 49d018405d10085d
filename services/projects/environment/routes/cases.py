"""``/v1/agency-cases``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.contracts.projects import AGENCY_CASE
from libs.common.web.change_feed import AfterParam, ChangePage, FeedLimitParam, read_changes
from libs.common.web.conditional import check_if_match, honour_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from libs.common.workdays import UnknownCalendarYear
from services.projects.environment import errors
from services.projects.environment.domain.cases import AgencyCaseStatus
from services.projects.environment.repository import cases as repository
from services.projects.environment.repository.rules import TRAIL, list_trail
from services.projects.environment.routes.answers import WRITERS, tag
from services.projects.environment.schemas.cases import (
    AgencyCaseCreate,
    AgencyCaseRead,
    AgencyCaseUpdate,
    AgencyItemWrite,
    Because,
    CaseBrief,
    Completion,
    ItemUpdate,
    Key,
    Receipt,
)
from services.projects.environment.schemas.rules import TrailRead
from services.projects.environment.service import case_items, cases
from services.projects.environment.service.case_file import CaseFile, open_file, plan_of
from services.projects.registry.errors import UnknownRegion

CasesQuery = Annotated[ListQuery, Depends(repository.CASES.selecting(CaseBrief))]
TrailQuery = Annotated[ListQuery, Depends(TRAIL.selecting(TrailRead))]

_ITEMS = (
    errors.UnknownReference,
    errors.ItemsInvalid,
    errors.CyclicDependencies,
    errors.CaseDateInvalid,
    UnknownCalendarYear,
)
_STEP = (errors.CaseStatusWrong, UnknownCalendarYear, PreconditionFailed)

router = APIRouter(prefix="/v1/agency-cases", route_class=TransactionalRoute, tags=["environment"])


async def _shown(ctx: ContextDep, response: Response, file: CaseFile) -> AgencyCaseRead:
    tag(response, file.row)
    plan = await plan_of(ctx, file) if file.row.status == AgencyCaseStatus.OPEN.value else None
    return AgencyCaseRead.of(file, plan)


async def _opened(ctx: ContextDep, case_id: UUID, request: Request) -> CaseFile:
    file = await open_file(ctx, case_id, lock=True)
    honour_if_match(request, file.row.version)
    return file


@router.get("", response_model=PageOf[CaseBrief])
async def list_cases(request: Request, ctx: ContextDep, query: CasesQuery) -> Response:
    """Cases of the caller's subtree; an enterprise sees its own. ``filter[unit]`` names any unit of a matter."""
    page = await repository.list_cases(ctx.session, ctx.principal, query)
    return page_response(request, page, query, CaseBrief)


@router.get("/changes", response_model=ChangePage)
async def list_case_changes(ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100) -> Any:
    """What happened to cases and their matters since a cursor."""
    return await read_changes(ctx.session, ctx.principal, [AGENCY_CASE], after=after, limit=limit)


@router.post(
    "",
    status_code=201,
    response_model=AgencyCaseRead,
    responses=problems(UnknownRegion, *_ITEMS),
    dependencies=[require(*WRITERS)],
)
async def create_case(body: AgencyCaseCreate, ctx: ContextDep, response: Response) -> Any:
    """Open a case of several matters; what waits for nothing starts at once."""
    file = await cases.open_case(ctx, body.draft())
    response.headers["Location"] = f"/v1/agency-cases/{file.row.id}"
    return await _shown(ctx, response, file)


@router.get("/{case_id}", response_model=AgencyCaseRead, responses=problems(UnknownCalendarYear))
async def read_case(case_id: UUID, ctx: ContextDep, response: Response) -> Any:
    """One case as of today: progress, critical path, expected finish, missing documents."""
    return await _shown(ctx, response, await open_file(ctx, case_id, lock=False))


@router.patch(
    "/{case_id}",
    response_model=AgencyCaseRead,
    responses=problems(errors.CaseStatusWrong, errors.UnknownReference, UnknownCalendarYear),
    dependencies=[require(*WRITERS)],
)
async def patch_case(
    case_id: UUID, body: AgencyCaseUpdate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Change title, applicant or agent."""
    file = await open_file(ctx, case_id, lock=True)
    check_if_match(request, file.row.version)
    await cases.amend_case(ctx, file, body.facts())
    return await _shown(ctx, response, file)


@router.get("/{case_id}/trail", response_model=PageOf[TrailRead])
async def list_case_trail(case_id: UUID, request: Request, ctx: ContextDep, query: TrailQuery) -> Response:
    """Every step of a case."""
    await open_file(ctx, case_id, lock=False)
    return page_response(request, await list_trail(ctx.session, case_id, query), query, TrailRead)


@router.post(
    "/{case_id}/cancellation",
    status_code=201,
    response_model=AgencyCaseRead,
    responses=problems(errors.CaseStatusWrong, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def cancel_case(case_id: UUID, body: Because, ctx: ContextDep, request: Request, response: Response) -> Any:
    """End a case that the applicant gave up."""
    file = await _opened(ctx, case_id, request)
    await cases.cancel_case(ctx, file, body.reason)
    return await _shown(ctx, response, file)


@router.post(
    "/{case_id}/items",
    status_code=201,
    response_model=AgencyCaseRead,
    responses=problems(errors.CaseStatusWrong, *_ITEMS, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def add_item(
    case_id: UUID, body: AgencyItemWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Add a matter to an open case."""
    file = await _opened(ctx, case_id, request)
    await case_items.add_item(ctx, file, body.item())
    return await _shown(ctx, response, file)


@router.patch(
    "/{case_id}/items/{key}",
    response_model=AgencyCaseRead,
    responses=problems(errors.CaseStatusWrong, *_ITEMS),
    dependencies=[require(*WRITERS)],
)
async def patch_item(
    case_id: UUID, key: Key, body: ItemUpdate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Change a matter; If-Match is the case's. Once its clock runs only agent and approval case may change."""
    file = await open_file(ctx, case_id, lock=True)
    check_if_match(request, file.row.version)
    await case_items.amend_item(ctx, file, key, body.facts())
    return await _shown(ctx, response, file)


@router.post(
    "/{case_id}/items/{key}/receipts",
    status_code=201,
    response_model=AgencyCaseRead,
    responses=problems(*_STEP, errors.UnknownDocument, errors.CaseDateInvalid),
    dependencies=[require(*WRITERS)],
)
async def receive_document(
    case_id: UUID, key: Key, body: Receipt, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Tick a document off; with the last one the matter's clock starts."""
    file = await _opened(ctx, case_id, request)
    await case_items.receive_document(ctx, file, key, body.document, body.on)
    return await _shown(ctx, response, file)


@router.post(
    "/{case_id}/items/{key}/completion",
    status_code=201,
    response_model=AgencyCaseRead,
    responses=problems(*_STEP, errors.CaseDateInvalid),
    dependencies=[require(*WRITERS)],
)
async def finish_item(
    case_id: UUID, key: Key, body: Completion, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """A matter is done; what waited for it starts, and with the last one the case is finished."""
    file = await _opened(ctx, case_id, request)
    await case_items.finish_item(ctx, file, key, body.on, body.outcome)
    return await _shown(ctx, response, file)


@router.post(
    "/{case_id}/items/{key}/dropping",
    status_code=201,
    response_model=AgencyCaseRead,
    responses=problems(*_STEP),
    dependencies=[require(*WRITERS)],
)
async def drop_item(
    case_id: UUID, key: Key, body: Because, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """A matter turns out not to be needed; what waited for it goes on."""
    file = await _opened(ctx, case_id, request)
    await case_items.drop_item(ctx, file, key, body.reason)
    return await _shown(ctx, response, file)


@router.post(
    "/{case_id}/items/{key}/reopening",
    status_code=201,
    response_model=AgencyCaseRead,
    responses=problems(*_STEP, errors.DependentsStarted),
    dependencies=[require(*WRITERS)],
)
async def reopen_item(
    case_id: UUID, key: Key, body: Because, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Take a completion or dropping back, with the reason."""
    file = await _opened(ctx, case_id, request)
    await case_items.reopen_item(ctx, file, key, body.reason)
    return await _shown(ctx, response, file)
