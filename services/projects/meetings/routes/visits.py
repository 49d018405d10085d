"""``/v1/supervision-visits``."""

from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.contracts.projects import VISIT
from libs.common.web.change_feed import AfterParam, ChangePage, FeedLimitParam, read_changes
from libs.common.web.conditional import etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from services.projects.duties.routes import WRITERS
from services.projects.environment.errors import VisitRefused
from services.projects.meetings import repository
from services.projects.meetings.errors import VisitDayUnfit, VisitProjectMismatch, VisitStepRefused
from services.projects.meetings.schemas.visits import VisitCancel, VisitCreate, VisitMade, VisitMove, VisitRead
from services.projects.meetings.service.visits import Opened, Visits, cancel_visit
from services.projects.meetings.service.visits import read_visit as find_visit
from services.projects.registry.errors import EntryUnknown

VisitsQuery = Annotated[ListQuery, Depends(repository.VISITS.selecting(VisitRead))]


async def get_visits(request: Request) -> Visits:
    return cast(Visits, request.app.state.visits)


VisitsDep = Annotated[Visits, Depends(get_visits)]

router = APIRouter(prefix="/v1/supervision-visits", route_class=TransactionalRoute, tags=["meetings"])


@router.get("", response_model=PageOf[VisitRead])
async def list_visits(request: Request, ctx: ContextDep, query: VisitsQuery) -> Response:
    """Visits in the caller's subtree; an enterprise sees those to itself."""
    page = await repository.list_visits(ctx.session, ctx.principal, query)
    return page_response(request, page, query, VisitRead)


@router.get("/changes", response_model=ChangePage)
async def list_visit_changes(ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100) -> Any:
    """What happened to visits since a cursor, without a gap."""
    return await read_changes(ctx.session, ctx.principal, [VISIT], after=after, limit=limit)


@router.post(
    "",
    status_code=201,
    response_model=VisitRead,
    responses=problems(EntryUnknown, VisitProjectMismatch, VisitDayUnfit, VisitRefused),
    dependencies=[require(*WRITERS)],
)
async def plan_visit(body: VisitCreate, ctx: ContextDep, visits: VisitsDep, response: Response) -> Any:
    """Plan a visit; on a quiet day of the enterprise only with an exemption that somebody approved."""
    opened = await visits.plan(ctx, body.draft())
    response.headers["Location"] = f"/v1/supervision-visits/{opened.row.id}"
    return _shown(response, opened)


@router.get("/{visit_id}", response_model=VisitRead)
async def read_visit(visit_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One visit."""
    opened = await find_visit(ctx, visit_id)
    return not_modified(request, etag_of(opened.version)) or _shown(response, opened)


@router.post(
    "/{visit_id}/moves",
    status_code=201,
    response_model=VisitRead,
    responses=problems(VisitStepRefused, VisitDayUnfit, VisitRefused, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def move_visit(
    visit_id: UUID, body: VisitMove, ctx: ContextDep, visits: VisitsDep, request: Request, response: Response
) -> Any:
    """Plan it for another day."""
    opened = await find_visit(ctx, visit_id, lock=True)
    honour_if_match(request, opened.version)
    return _shown(response, await visits.move(ctx, opened, body.planned_on, body.reason))


@router.post(
    "/{visit_id}/report",
    status_code=201,
    response_model=VisitRead,
    responses=problems(VisitStepRefused, VisitDayUnfit, VisitRefused, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def report_visit(
    visit_id: UUID, body: VisitMade, ctx: ContextDep, visits: VisitsDep, request: Request, response: Response
) -> Any:
    """The visit took place; what was found."""
    opened = await find_visit(ctx, visit_id, lock=True)
    honour_if_match(request, opened.version)
    return _shown(response, await visits.make(ctx, opened, body.on, body.findings))


@router.post(
    "/{visit_id}/cancellation",
    status_code=201,
    response_model=VisitRead,
    responses=problems(VisitStepRefused, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def cancel_planned_visit(
    visit_id: UUID, body: VisitCancel, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """The visit does not take place."""
    opened = await find_visit(ctx, visit_id, lock=True)
    honour_if_match(request, opened.version)
    return _shown(response, await cancel_visit(ctx, opened, body.reason))


def _shown(response: Response, opened: Opened) -> VisitRead:
    response.headers["ETag"] = etag_of(opened.version)
    return VisitRead.model_validate(opened.row, from_attributes=True)
