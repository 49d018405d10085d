"""``/v1/duty-handovers``."""

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.alerts.handovers import repository, service
from services.alerts.handovers.errors import (
    HandoverNeedsPerson,
    HandoverNotFound,
    HandoverNotYours,
    HandoverOtherStatement,
    HandoverTaken,
    HandoverTakerUnknown,
    HandoverToSelf,
)
from services.alerts.handovers.schemas import (
    HandoverAcceptance,
    HandoverCreate,
    HandoverDetail,
    HandoverPreview,
    HandoverRead,
    RosterCode,
)
from services.alerts.handovers.tables import HandoverRow, TakeoverRow
from services.alerts.rosters.errors import RosterNotFound
from services.alerts.rosters.routes.answers import OFFICE, READERS

router = APIRouter(prefix="/v1/duty-handovers", route_class=TransactionalRoute, tags=["duty rosters"])


@router.get("", response_model=PageOf[HandoverRead], dependencies=[require(*READERS)])
async def list_handovers(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.HANDOVERS)]
) -> Response:
    """Handovers of rosters in the caller's region, the newest first."""
    page = await repository.page_handovers(ctx.session, ctx.principal, query)
    return page_response(request, page, query, HandoverRead, lambda pair: _read(*pair))


@router.get("/preview", dependencies=[require(*READERS)], responses=problems(RosterNotFound))
async def preview_handover(ctx: ContextDep, roster_code: Annotated[RosterCode, Query()]) -> HandoverPreview:
    """Open alerts with their promises, what is quiet, and faults, as a handover would state them now."""
    return HandoverPreview(statement=await service.preview(ctx, roster_code))


@router.post(
    "",
    status_code=201,
    dependencies=[require(*OFFICE)],
    responses=problems(RosterNotFound, HandoverNeedsPerson, HandoverToSelf, HandoverTakerUnknown),
)
async def give_shift(ctx: ContextDep, body: HandoverCreate) -> HandoverDetail:
    """Sign what is open now and hand it to the next; it does not change any more."""
    doctor = [each.model_dump(include={"code", "state", "says"}) for each in body.doctor]
    row = await service.give(ctx, body.roster_code, taker_id=body.taker_id, note=body.note, doctor=doctor)
    return _detail(row, None)


@router.get("/{handover_id}", dependencies=[require(*READERS)], responses=problems(HandoverNotFound))
async def get_handover(ctx: ContextDep, handover_id: UUID) -> HandoverDetail:
    """One handover with its statement."""
    return _detail(*await repository.get_handover(ctx.session, ctx.principal, handover_id))


@router.post(
    "/{handover_id}/acceptances",
    status_code=201,
    dependencies=[require(*OFFICE)],
    responses=problems(
        HandoverNotFound, HandoverNeedsPerson, HandoverNotYours, HandoverTaken, HandoverOtherStatement
    ),
)
async def take_shift(ctx: ContextDep, handover_id: UUID, body: HandoverAcceptance) -> HandoverRead:
    """Sign it as well: who was named, over the digest of what was read."""
    row, taken = await service.take(ctx, handover_id, digest=body.digest, note=body.note)
    return _read(row, taken)


@router.get(
    "/{handover_id}/export",
    response_class=Response,
    dependencies=[require(*READERS)],
    responses={
        200: {"content": {"application/json": {"schema": {"type": "object"}}}, "description": "The signed file."},
        **problems(HandoverNotFound),
    },
)
async def export_handover(ctx: ContextDep, handover_id: UUID) -> Response:
    """The statement with both signatures as a file that proves itself: its digest can be computed by anybody."""
    detail = _detail(*await repository.get_handover(ctx.session, ctx.principal, handover_id))
    headers = {"Content-Disposition": f'attachment; filename="handover-{handover_id}.json"'}
    body = orjson.dumps(detail.model_dump(mode="json"), option=orjson.OPT_INDENT_2)
    return Response(body, media_type="application/json", headers=headers)


def _read(row: HandoverRow, taken: TakeoverRow | None) -> HandoverRead:
    return HandoverRead(**_facts(row, taken))


def _detail(row: HandoverRow, taken: TakeoverRow | None) -> HandoverDetail:
    return HandoverDetail(**_facts(row, taken), statement=row.statement)


def _facts(row: HandoverRow, taken: TakeoverRow | None) -> dict[str, Any]:
    return {
        **row.model_dump(exclude={"statement"}),
        "taken_by": taken and taken.taken_by,
        "taken_at": taken and taken.taken_at,
        "taker_note": taken and taken.note,
    }
