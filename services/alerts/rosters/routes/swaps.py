"""Swaps of shifts."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.context import Context
from libs.common.web.conditional import etag_of, honour_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.alerts.rosters import repository, swaps
from services.alerts.rosters.errors import (
    BothRoles,
    NotOnDuty,
    RosterNotFound,
    SpanNotOrdered,
    SpanPast,
    SwapNotFound,
    SwapNotYours,
    SwapSettled,
    SwapWithSelf,
    UnknownPerson,
)
from services.alerts.rosters.routes.answers import OFFICE, READERS, Code
from services.alerts.rosters.schemas.changes import SwapAnswer, SwapCreate, SwapRead
from services.alerts.rosters.swaps import Span
from services.alerts.rosters.tables import RosterRow, SwapRow

router = APIRouter(route_class=TransactionalRoute, tags=["duty rosters"])

_ANSWER = problems(SwapNotFound, SwapSettled, SwapNotYours)


@router.get("/v1/duty-swaps", response_model=PageOf[SwapRead], dependencies=[require(*READERS)])
async def list_swaps(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.SWAPS)]
) -> Response:
    """Swaps on rosters of the caller's region, newest first."""
    page = await repository.page_swaps(ctx.session, ctx.principal, query)
    return page_response(request, page, query, SwapRead, lambda pair: _read(pair[1], pair[0]))


@router.post(
    "/v1/duty-rosters/{code}/swaps",
    status_code=201,
    dependencies=[require(*OFFICE)],
    responses=problems(
        RosterNotFound, SwapNotYours, SwapWithSelf, UnknownPerson, SpanNotOrdered, SpanPast, NotOnDuty, BothRoles
    ),
)
async def propose_swap(ctx: ContextDep, response: Response, code: Code, body: SwapCreate) -> SwapRead:
    """Offer a time of one's own; nothing changes before the other side agrees."""
    row = await swaps.propose_swap(
        ctx,
        code,
        role=body.role,
        giver=body.giver_id,
        taker=body.taker_id,
        gives=Span(body.gives.starts_at, body.gives.ends_at),
        takes=None if body.takes is None else Span(body.takes.starts_at, body.takes.ends_at),
        reason=body.reason,
    )
    return await _answer(ctx, response, row)


@router.get("/v1/duty-swaps/{swap_id}", dependencies=[require(*READERS)], responses=problems(SwapNotFound))
async def get_swap(ctx: ContextDep, response: Response, swap_id: UUID) -> SwapRead:
    _, row = await swaps.get_swap(ctx, swap_id)
    return await _answer(ctx, response, row)


@router.post(
    "/v1/duty-swaps/{swap_id}/acceptances",
    status_code=201,
    dependencies=[require(*OFFICE)],
    responses={**_ANSWER, **problems(SwapNotFound, SwapSettled, SwapNotYours, SpanPast, NotOnDuty, BothRoles)},
)
async def accept_swap(
    request: Request, ctx: ContextDep, response: Response, swap_id: UUID, body: SwapAnswer
) -> SwapRead:
    """The other side, or who keeps the roster, agrees: the times change hands at once."""
    await _honour(request, ctx, swap_id)
    return await _answer(ctx, response, await swaps.accept_swap(ctx, swap_id, body.note))


@router.post(
    "/v1/duty-swaps/{swap_id}/refusals", status_code=201, dependencies=[require(*OFFICE)], responses=_ANSWER
)
async def refuse_swap(
    request: Request, ctx: ContextDep, response: Response, swap_id: UUID, body: SwapAnswer
) -> SwapRead:
    """The other side does not agree."""
    await _honour(request, ctx, swap_id)
    return await _answer(ctx, response, await swaps.refuse_swap(ctx, swap_id, body.note))


@router.post(
    "/v1/duty-swaps/{swap_id}/withdrawals", status_code=201, dependencies=[require(*OFFICE)], responses=_ANSWER
)
async def withdraw_swap(
    request: Request, ctx: ContextDep, response: Response, swap_id: UUID, body: SwapAnswer
) -> SwapRead:
    """Who proposed it takes it back."""
    await _honour(request, ctx, swap_id)
    return await _answer(ctx, response, await swaps.withdraw_swap(ctx, swap_id, body.note))


async def _honour(request: Request, ctx: Context, swap_id: UUID) -> None:
    _, row = await swaps.get_swap(ctx, swap_id)
    honour_if_match(request, row.version)


async def _answer(ctx: Context, response: Response, row: SwapRow) -> SwapRead:
    roster = await repository.roster_by_id(ctx.session, row.roster_id)
    response.headers["ETag"] = etag_of(row.version)
    return _read(roster, row)


def _read(roster: RosterRow | None, row: SwapRow) -> SwapRead:
    values: dict[str, Any] = {name: getattr(row, name) for name in SwapRead.model_fields if name != "roster_code"}
    return SwapRead(roster_code="" if roster is None else roster.code, **values)
