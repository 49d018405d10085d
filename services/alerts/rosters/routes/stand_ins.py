"""Stand-ins."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime

from libs.common.web.conditional import check_if_match, etag_of, honour_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.alerts.rosters import repository, service, substitutions
from services.alerts.rosters.domain.stand_ins import StandInScope
from services.alerts.rosters.errors import (
    AbsenceWithoutEnd,
    SpanNotOrdered,
    SpanPast,
    StandInCycle,
    StandInForSelf,
    StandInNotFound,
    StandInNotYours,
    StandInRevoked,
    UnknownPerson,
)
from services.alerts.rosters.routes.answers import OFFICE, READERS
from services.alerts.rosters.schemas.changes import StandInAnswer, StandInCreate, StandInRead, StandInUpdate
from services.alerts.rosters.schemas.shifts import TakeBack

router = APIRouter(route_class=TransactionalRoute, tags=["stand-ins"])


@router.get("/v1/stand-ins", response_model=PageOf[StandInRead], dependencies=[require(*READERS)])
async def list_stand_ins(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.STAND_INS)]
) -> Response:
    """Stand-ins for people of the caller's region, the latest first."""
    page = await repository.page_stand_ins(ctx.session, ctx.principal, query)
    return page_response(request, page, query, StandInRead)


@router.post(
    "/v1/stand-ins",
    status_code=201,
    dependencies=[require(*OFFICE)],
    responses=problems(
        StandInForSelf, UnknownPerson, StandInNotYours, SpanNotOrdered, SpanPast, AbsenceWithoutEnd, StandInCycle
    ),
)
async def name_stand_in(ctx: ContextDep, response: Response, body: StandInCreate) -> StandInRead:
    """Let somebody answer for a person: the person names it, or who leads the office."""
    row = await substitutions.name_stand_in(
        ctx,
        person=body.person_id,
        stand_in=body.stand_in_id,
        when=body.when,
        scope=body.scope,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        reason=body.reason,
    )
    response.headers["ETag"] = etag_of(row.version)
    return StandInRead.model_validate(row)


@router.get("/v1/stand-ins/in-force", dependencies=[require(*READERS)])
async def who_stands_in(
    ctx: ContextDep,
    person_id: UUID,
    scope: Annotated[StandInScope, Query()] = StandInScope.POST,
    at: AwareDatetime | None = None,
) -> StandInAnswer:
    """Who answers for a person that is away, gone or cannot be reached, the chain followed to its end."""
    instant = at or ctx.now
    found = await service.stand_in_of(ctx, person_id, instant, scope)
    return StandInAnswer(
        person_id=person_id,
        at=instant,
        stand_in_id=None if found is None else found.person_id,
        name=None if found is None else found.name,
    )


@router.get("/v1/stand-ins/{stand_in_id}", dependencies=[require(*READERS)], responses=problems(StandInNotFound))
async def get_stand_in(ctx: ContextDep, response: Response, stand_in_id: UUID) -> StandInRead:
    row = await substitutions.get_stand_in(ctx, stand_in_id)
    response.headers["ETag"] = etag_of(row.version)
    return StandInRead.model_validate(row)


@router.patch(
    "/v1/stand-ins/{stand_in_id}",
    dependencies=[require(*OFFICE)],
    responses=problems(
        StandInNotFound, StandInNotYours, StandInRevoked, SpanNotOrdered, SpanPast, AbsenceWithoutEnd, StandInCycle
    ),
)
async def end_stand_in(
    request: Request, ctx: ContextDep, response: Response, stand_in_id: UUID, body: StandInUpdate
) -> StandInRead:
    """Let it end earlier or later."""
    row = await substitutions.get_stand_in(ctx, stand_in_id, lock=True)
    check_if_match(request, row.version)
    await substitutions.end_stand_in(ctx, row, body.ends_at)
    response.headers["ETag"] = etag_of(row.version)
    return StandInRead.model_validate(row)


@router.post(
    "/v1/stand-ins/{stand_in_id}/revocations",
    status_code=201,
    dependencies=[require(*OFFICE)],
    responses=problems(StandInNotFound, StandInNotYours, StandInRevoked),
)
async def revoke_stand_in(
    request: Request, ctx: ContextDep, response: Response, stand_in_id: UUID, body: TakeBack
) -> StandInRead:
    """End it now."""
    row = await substitutions.get_stand_in(ctx, stand_in_id, lock=True)
    honour_if_match(request, row.version)
    await substitutions.revoke_stand_in(ctx, row, body.reason)
    response.headers["ETag"] = etag_of(row.version)
    return StandInRead.model_validate(row)
