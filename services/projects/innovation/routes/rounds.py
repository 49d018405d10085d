"""``/v1/honour-rounds``: award rounds from nomination to their frozen result."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from libs.common.contracts.projects import HONOUR_ROUND
from libs.common.web.change_feed import AfterParam, ChangePage, FeedLimitParam, read_changes
from libs.common.web.conditional import check_if_match, etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import NotFound, PreconditionFailed, problems
from libs.common.workdays import UnknownCalendarYear
from services.projects.innovation.errors import (
    NoticeListMalformed,
    NoticeRunning,
    ObjectionsOpen,
    RoundCodeTaken,
    RoundMalformed,
    RoundStepRefused,
)
from services.projects.innovation.repository import honours as repository
from services.projects.innovation.schemas.honours import (
    HonourReason,
    NoticeCreate,
    ResultRead,
    RoundCreate,
    RoundRead,
    RoundUpdate,
)
from services.projects.innovation.service import concluding, reviewing
from services.projects.innovation.service import rounds as service
from services.projects.innovation.tables import HonourRoundRow
from services.projects.lists.errors import ConditionMalformed
from services.projects.lists.routes.answers import DECIDERS, OFFICES, WRITERS, new_router
from services.projects.registry.errors import UnknownRegion

RoundsQuery = Annotated[ListQuery, Depends(repository.ROUNDS.selecting(RoundRead))]

router = new_router("honours")


def _shown(response: Response, row: HonourRoundRow) -> RoundRead:
    response.headers["ETag"] = etag_of(row.version)
    return RoundRead.of(row)


async def _opened(ctx: ContextDep, round_id: UUID, request: Request) -> HonourRoundRow:
    row = await service.lock_round(ctx, round_id)
    honour_if_match(request, row.version)
    return row


Opened = Annotated[HonourRoundRow, Depends(_opened)]


@router.get("/honour-rounds", response_model=PageOf[RoundRead])
async def list_rounds(request: Request, ctx: ContextDep, query: RoundsQuery) -> Response:
    """Rounds of the caller's region, of those below and those above."""
    page = await repository.list_rounds(ctx.session, ctx.principal, query)
    return page_response(request, page, query, RoundRead, RoundRead.of)


@router.get("/honour-rounds/changes", response_model=ChangePage)
async def list_changes(ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100) -> Any:
    """What happened to rounds since a cursor, without a gap."""
    return await read_changes(ctx.session, ctx.principal, [HONOUR_ROUND], after=after, limit=limit)


@router.post(
    "/honour-rounds",
    status_code=201,
    response_model=RoundRead,
    responses=problems(RoundCodeTaken, RoundMalformed, ConditionMalformed, UnknownRegion),
    dependencies=[require(*WRITERS)],
)
async def create_round(body: RoundCreate, ctx: ContextDep, response: Response) -> Any:
    """Open a round with its criteria."""
    row = await service.open_round(ctx, body.draft())
    response.headers["Location"] = f"/v1/honour-rounds/{row.id}"
    return _shown(response, row)


@router.get("/honour-rounds/{round_id}", response_model=RoundRead)
async def read_round(round_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One round."""
    row = await service.read_round(ctx, round_id)
    return not_modified(request, etag_of(row.version)) or _shown(response, row)


@router.patch(
    "/honour-rounds/{round_id}",
    response_model=RoundRead,
    responses=problems(RoundStepRefused, RoundMalformed, ConditionMalformed),
    dependencies=[require(*WRITERS)],
)
async def patch_round(
    round_id: UUID, body: RoundUpdate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Change a round while nominations come in."""
    row = await service.lock_round(ctx, round_id)
    check_if_match(request, row.version)
    return _shown(response, await service.amend_round(ctx, row, body.facts()))


@router.get("/honour-rounds/{round_id}/result", response_model=ResultRead, dependencies=[require(*OFFICES)])
async def read_result(round_id: UUID, ctx: ContextDep) -> Any:
    """The frozen result with all it rests on."""
    row = await service.lock_round(ctx, round_id)
    if row.result is None:
        raise NotFound
    return ResultRead(round_id=row.id, edition=row.edition, result=row.result)


@router.post(
    "/honour-rounds/{round_id}/review",
    status_code=201,
    response_model=RoundRead,
    responses=problems(RoundStepRefused, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def review_round(row: Opened, ctx: ContextDep, response: Response) -> Any:
    """Judge all nominations by condition, vetoes and figures of now; it may be done again until the notice."""
    return _shown(response, await reviewing.review_round(ctx, row))


@router.post(
    "/honour-rounds/{round_id}/notice",
    status_code=201,
    response_model=RoundRead,
    responses=problems(RoundStepRefused, NoticeListMalformed, UnknownCalendarYear, PreconditionFailed),
    dependencies=[require(*DECIDERS)],
)
async def give_notice(row: Opened, body: NoticeCreate, ctx: ContextDep, response: Response) -> Any:
    """Show who is to be honoured; objections may be raised from now on."""
    return _shown(response, await service.give_notice(ctx, row, body.nomination_ids))


@router.post(
    "/honour-rounds/{round_id}/decision",
    status_code=201,
    response_model=RoundRead,
    responses=problems(RoundStepRefused, NoticeRunning, ObjectionsOpen, PreconditionFailed),
    dependencies=[require(*DECIDERS)],
)
async def decide_round(row: Opened, ctx: ContextDep, response: Response) -> Any:
    """After the notice: who is still in it is honoured, and the result is frozen."""
    return _shown(response, await concluding.decide_round(ctx, row))


@router.post(
    "/honour-rounds/{round_id}/cancellation",
    status_code=201,
    response_model=RoundRead,
    responses=problems(RoundStepRefused, PreconditionFailed),
    dependencies=[require(*DECIDERS)],
)
async def cancel_round(row: Opened, body: HonourReason, ctx: ContextDep, response: Response) -> Any:
    """Nobody is honoured in this round, with the reason."""
    return _shown(response, await service.cancel_round(ctx, row, body.reason))
