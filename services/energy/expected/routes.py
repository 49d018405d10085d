"""``/v1/expected-events``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.contracts.energy import ConditionKind
from libs.common.security.principal import Role
from libs.common.security.principal import Scope as Right
from libs.common.web.conditional import check_if_match, etag_of, not_modified
from libs.common.web.dependencies import ContextDep, require, require_scope
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.energy.expected import repository, service
from services.energy.expected.errors import (
    ExpectedEnterpriseUnknown,
    ExpectedEventNotFound,
    ExpectedEventWithdrawn,
    ExpectedPeriodInverted,
)
from services.energy.expected.schemas import (
    ExpectedEventChange,
    ExpectedEventRead,
    ExpectedEventWrite,
    event_read,
)
from services.energy.metering.errors import MeterNotFound, RegionCodeInvalid

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["expected events"])

_KEEPERS: list[Any] = [
    require(Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER),
    require_scope(Right.ENERGY_WRITE),
]


@router.get("/expected-events", response_model=PageOf[ExpectedEventRead])
async def list_expected_events(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.EVENTS)]
) -> Any:
    """What is known in advance of the caller's meters, the latest beginning first."""
    page = await repository.list_events(ctx.session, ctx.principal, query)
    return page_response(request, page, query, ExpectedEventRead, event_read)


@router.post(
    "/expected-events",
    status_code=201,
    response_model=ExpectedEventRead,
    responses={
        200: {"model": ExpectedEventRead, "description": "It was there by its external id, and is as told now."},
        **problems(
            ExpectedPeriodInverted,
            ExpectedEnterpriseUnknown,
            ExpectedEventWithdrawn,
            RegionCodeInvalid,
            MeterNotFound,
        ),
    },
    dependencies=_KEEPERS,
)
async def post_expected_event(body: ExpectedEventWrite, ctx: ContextDep, response: Response) -> ExpectedEventRead:
    """Make an event known in advance: its kinds open no condition meanwhile, and no baseline learns from it.

    What goes on after its end is judged at once. Conditions that opened within it are cleared as `expected`.
    """
    row, effect = await service.expect(ctx, body.expectation())
    response.status_code = 201 if effect is service.Effect.CREATED else 200
    response.headers["ETag"] = etag_of(row.version)
    return event_read(row)


@router.get(
    "/expected-events/{event_id}", response_model=ExpectedEventRead, responses=problems(ExpectedEventNotFound)
)
async def get_expected_event(event_id: UUID, request: Request, ctx: ContextDep, response: Response) -> Any:
    """One event."""
    row = await repository.get_event(ctx.session, ctx.principal, event_id)
    response.headers["ETag"] = etag_of(row.version)
    return not_modified(request, etag_of(row.version)) or event_read(row)


@router.patch(
    "/expected-events/{event_id}",
    response_model=ExpectedEventRead,
    responses=problems(ExpectedEventNotFound, ExpectedPeriodInverted, ExpectedEventWithdrawn),
    dependencies=_KEEPERS,
)
async def patch_expected_event(
    event_id: UUID, body: ExpectedEventChange, request: Request, ctx: ContextDep, response: Response
) -> ExpectedEventRead:
    """Move an event, or change what it covers; what was judged before stays judged."""
    row = await repository.get_event(ctx.session, ctx.principal, event_id, lock=True)
    check_if_match(request, row.version)
    row = await service.change(
        ctx,
        row,
        body.starts_at or row.starts_at,
        body.ends_at or row.ends_at,
        body.kinds or tuple(ConditionKind(kind) for kind in row.kinds),
        body.reason if body.reason is not None else row.reason,
    )
    response.headers["ETag"] = etag_of(row.version)
    return event_read(row)


@router.delete(
    "/expected-events/{event_id}",
    response_model=ExpectedEventRead,
    responses=problems(ExpectedEventNotFound),
    dependencies=_KEEPERS,
)
async def withdraw_expected_event(event_id: UUID, ctx: ContextDep) -> ExpectedEventRead:
    """It does not take place. It stays in the list as withdrawn."""
    return event_read(await service.withdraw(ctx, event_id))
