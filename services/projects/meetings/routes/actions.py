"""``/v1/action-items``: what meetings decided to be done."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.contracts.projects import ACTION_ITEM
from libs.common.security.principal import Role
from libs.common.web.change_feed import AfterParam, ChangePage, FeedLimitParam, read_changes
from libs.common.web.conditional import check_if_match, etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import Forbidden, PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from libs.common.workdays import UnknownCalendarYear
from services.projects.duties.errors import (
    DueInPast,
    DutyStepRefused,
    ExtensionNotLater,
    NoOwner,
    NoTerm,
    VerifierIsResolver,
)
from services.projects.duties.routes import LEADERS, OFFICES, WRITERS
from services.projects.duties.schemas import (
    ClosingWrite,
    ExtensionWrite,
    NoteWrite,
    ReopeningWrite,
    ResolutionWrite,
    ScanRead,
    StepRead,
)
from services.projects.meetings import repository
from services.projects.meetings.schemas.meetings import ActionRead, ActionUpdate
from services.projects.meetings.service import actions as service
from services.projects.registry.errors import EntryUnknown

ActionsQuery = Annotated[ListQuery, Depends(repository.ACTIONS.selecting(ActionRead))]
StepsQuery = Annotated[ListQuery, Depends(repository.ACTION_STEPS.selecting(StepRead))]

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["meetings"])
READERS = [require(*OFFICES)]


@router.get("/action-items", response_model=PageOf[ActionRead], dependencies=READERS)
async def list_actions(request: Request, ctx: ContextDep, query: ActionsQuery) -> Response:
    """Action items of the caller's subtree, the nearest deadline first."""
    page = await repository.list_actions(ctx.session, ctx.principal, query)
    return page_response(request, page, query, ActionRead, lambda pair: ActionRead.of(*pair))


@router.get("/action-items/changes", response_model=ChangePage, dependencies=READERS)
async def list_action_changes(ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100) -> Any:
    """What happened to action items since a cursor, without a gap."""
    return await read_changes(ctx.session, ctx.principal, [ACTION_ITEM], after=after, limit=limit)


@router.post(
    "/action-item-scans",
    response_model=ScanRead,
    responses=problems(Forbidden),
    dependencies=[require(Role.ADMIN)],
)
async def scan_now(ctx: ContextDep) -> Any:
    """Look for overdue action items now, as the daily scan does."""
    return await service.scan_actions(ctx)


@router.get("/action-items/{action_item_id}", response_model=ActionRead, dependencies=READERS)
async def read_action(action_item_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One action item."""
    opened = await service.read_action(ctx, action_item_id)
    return not_modified(request, etag_of(opened.version)) or _shown(response, opened)


@router.patch(
    "/action-items/{action_item_id}",
    response_model=ActionRead,
    responses=problems(EntryUnknown, NoOwner),
    dependencies=[require(*WRITERS)],
)
async def patch_action(
    action_item_id: UUID, body: ActionUpdate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Change title or owner."""
    opened = await service.read_action(ctx, action_item_id, lock=True)
    check_if_match(request, opened.version)
    return _shown(response, await service.amend_action(ctx, opened, body.facts()))


@router.get("/action-items/{action_item_id}/steps", response_model=PageOf[StepRead], dependencies=READERS)
async def list_steps(action_item_id: UUID, request: Request, ctx: ContextDep, query: StepsQuery) -> Response:
    """Every step of the item, in order; none is ever changed."""
    await service.read_action(ctx, action_item_id)
    page = await repository.list_action_steps(ctx.session, action_item_id, query)
    return page_response(request, page, query, StepRead)


@router.post(
    "/action-items/{action_item_id}/notes",
    status_code=201,
    response_model=ActionRead,
    responses=problems(DutyStepRefused, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def create_note(
    action_item_id: UUID, body: NoteWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Report work on the item; the first takes it up."""
    opened = await service.read_action(ctx, action_item_id, lock=True)
    honour_if_match(request, opened.version)
    return _shown(response, await service.note_action(ctx, opened, body.note))


@router.post(
    "/action-items/{action_item_id}/extensions",
    status_code=201,
    response_model=ActionRead,
    responses=problems(DutyStepRefused, ExtensionNotLater, PreconditionFailed),
    dependencies=[require(*LEADERS)],
)
async def extend_action(
    action_item_id: UUID, body: ExtensionWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Put the deadline off, with a reason."""
    opened = await service.read_action(ctx, action_item_id, lock=True)
    honour_if_match(request, opened.version)
    return _shown(response, await service.extend_action(ctx, opened, body.until, body.reason))


@router.post(
    "/action-items/{action_item_id}/resolution",
    status_code=201,
    response_model=ActionRead,
    responses=problems(DutyStepRefused, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def resolve_action(
    action_item_id: UUID, body: ResolutionWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Report the item done."""
    opened = await service.read_action(ctx, action_item_id, lock=True)
    honour_if_match(request, opened.version)
    return _shown(response, await service.resolve_action(ctx, opened, body.resolution))


@router.post(
    "/action-items/{action_item_id}/closing",
    status_code=201,
    response_model=ActionRead,
    responses=problems(DutyStepRefused, VerifierIsResolver, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def close_action(
    action_item_id: UUID, body: ClosingWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Verify that it is done and close it: another person than the one who reported so."""
    opened = await service.read_action(ctx, action_item_id, lock=True)
    honour_if_match(request, opened.version)
    return _shown(response, await service.close_action(ctx, opened, body.note))


@router.post(
    "/action-items/{action_item_id}/reopening",
    status_code=201,
    response_model=ActionRead,
    responses=problems(DutyStepRefused, DueInPast, NoTerm, UnknownCalendarYear, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def reopen_action(
    action_item_id: UUID, body: ReopeningWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """It is not done after all; it has a deadline again."""
    opened = await service.read_action(ctx, action_item_id, lock=True)
    honour_if_match(request, opened.version)
    return _shown(response, await service.reopen_action(ctx, opened, body.deadline(), body.reason))


def _shown(response: Response, opened: service.OpenedAction) -> ActionRead:
    response.headers["ETag"] = etag_of(opened.version)
    return ActionRead.of(opened.row, opened.meeting)
