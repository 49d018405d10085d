"""Rosters and their rotations."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.web.conditional import check_if_match, etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import Duplicate, problems
from libs.common.web.routes import TransactionalRoute
from services.alerts.rosters import planning, repository
from services.alerts.rosters.domain.rotation import Member
from services.alerts.rosters.errors import (
    BothRoles,
    RosterKnown,
    RosterNotFound,
    RotationNotFound,
    SpanNotOrdered,
    SpanPast,
    UnknownPerson,
)
from services.alerts.rosters.routes.answers import KEEPERS, READERS, Code
from services.alerts.rosters.schemas.rosters import (
    RosterCreate,
    RosterRead,
    RosterUpdate,
    RotationCreate,
    RotationEnd,
    RotationList,
    RotationRead,
)

router = APIRouter(route_class=TransactionalRoute, tags=["duty rosters"])


@router.get("/v1/duty-rosters", response_model=PageOf[RosterRead], dependencies=[require(*READERS)])
async def list_rosters(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.ROSTERS)]
) -> Response:
    """Duty rosters of the caller's region."""
    page = await repository.page_rosters(ctx.session, ctx.principal, query)
    return page_response(request, page, query, RosterRead)


@router.post(
    "/v1/duty-rosters",
    status_code=201,
    dependencies=[require(*KEEPERS)],
    responses=problems(RosterKnown, SpanNotOrdered, Duplicate),
)
async def create_roster(ctx: ContextDep, response: Response, body: RosterCreate) -> RosterRead:
    """Set up a roster; who is on duty is said by rotations, holiday lists and entered shifts."""
    row = await planning.create_roster(ctx, body.code, body.model_dump(exclude={"code"}))
    response.headers["ETag"] = etag_of(row.version)
    return RosterRead.model_validate(row)


@router.get(
    "/v1/duty-rosters/{code}",
    response_model=RosterRead,
    dependencies=[require(*READERS)],
    responses=problems(RosterNotFound),
)
async def get_roster(request: Request, response: Response, ctx: ContextDep, code: Code) -> RosterRead | Response:
    row = await planning.get_roster(ctx, code)
    etag = etag_of(row.version)
    if (unchanged := not_modified(request, etag)) is not None:
        return unchanged
    response.headers["ETag"] = etag
    return RosterRead.model_validate(row)


@router.patch(
    "/v1/duty-rosters/{code}",
    dependencies=[require(*KEEPERS)],
    responses=problems(RosterNotFound, SpanNotOrdered),
)
async def change_roster(
    request: Request, ctx: ContextDep, response: Response, code: Code, body: RosterUpdate
) -> RosterRead:
    """Change names, warning time or end."""
    row = await planning.get_roster(ctx, code, lock=True)
    check_if_match(request, row.version)
    await planning.change_roster(ctx, row, body.model_dump(exclude_unset=True))
    response.headers["ETag"] = etag_of(row.version)
    return RosterRead.model_validate(row)


@router.get(
    "/v1/duty-rosters/{code}/rotations", dependencies=[require(*READERS)], responses=problems(RosterNotFound)
)
async def list_rotations(ctx: ContextDep, code: Code) -> RotationList:
    """All rotations of the roster, past ones included, in the order in which they were made."""
    roster = await planning.get_roster(ctx, code)
    rows = await repository.rotations(ctx.session, roster.id)
    return RotationList(items=[RotationRead.model_validate(row) for row in rows])


@router.post(
    "/v1/duty-rosters/{code}/rotations",
    status_code=201,
    dependencies=[require(*KEEPERS)],
    responses=problems(RosterNotFound, SpanPast, SpanNotOrdered, UnknownPerson, BothRoles),
)
async def add_rotation(request: Request, ctx: ContextDep, code: Code, body: RotationCreate) -> RotationRead:
    """Let members take turns from a day on."""
    roster = await planning.get_roster(ctx, code, lock=True)
    honour_if_match(request, roster.version)
    row = await planning.add_rotation(
        ctx,
        roster,
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        period=body.period,
        days=body.days,
        handovers=body.handovers,
        handover_weekday=body.handover_weekday,
        members=[Member(each.primary, each.backup) for each in body.members],
        reason=body.reason,
    )
    return RotationRead.model_validate(row)


@router.post(
    "/v1/duty-rosters/{code}/rotations/{rotation_id}/ends",
    status_code=201,
    dependencies=[require(*KEEPERS)],
    responses=problems(RosterNotFound, RotationNotFound, SpanPast),
)
async def end_rotation(
    request: Request, ctx: ContextDep, code: Code, rotation_id: UUID, body: RotationEnd
) -> RotationRead:
    """Let a rotation end; what it has covered stays as it was."""
    roster = await planning.get_roster(ctx, code, lock=True)
    honour_if_match(request, roster.version)
    return RotationRead.model_validate(await planning.end_rotation(ctx, roster, rotation_id, body.ends_on))
