"""``/v1/activations``: ordered, told, amended, cancelled, verified, closed."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.contracts.energy import ACTIVATION
from libs.common.web.change_feed import add_change_feed
from libs.common.web.conditional import etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import NotFound, PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from services.energy.activations import repository, verification_repository
from services.energy.activations.errors import (
    ActivationAmendmentUnfit,
    ActivationEnterpriseUnknown,
    ActivationExceedsAdjustable,
    ActivationMetersUnfit,
    ActivationNoGap,
    ActivationNotFound,
    ActivationNothingToNotify,
    ActivationNotOver,
    ActivationOrderNotFound,
    ActivationOverlaps,
    ActivationPeriodUnfit,
    ActivationPlanMissing,
    ActivationRuleMissing,
    ActivationSelectionEmpty,
    ActivationUserProtected,
    IllegalActivationChange,
)
from services.energy.activations.planned_schemas import PlannedWrite
from services.energy.activations.response_schemas import (
    TrackingRead,
    VerificationAsk,
    VerifiedRead,
    tracking_read,
)
from services.energy.activations.routes.common import KEEPERS, shown
from services.energy.activations.schemas import (
    ActivationRead,
    ActivationWrite,
    AmendmentList,
    AmendmentRead,
    AmendmentWrite,
    Closing,
    Ending,
    NotifiedRead,
    activation_read,
    amendment_read,
)
from services.energy.activations.service import amending, course, notifying, ordering, planned, verifying
from services.energy.activations.tables import ActivationRow
from services.energy.balance.errors import BalanceRuleMissing, ForecastMissing
from services.energy.curtailment.errors import GapUnfit
from services.energy.grid.errors import GridNodeNotFound

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["orderly use"])

ActivationsQuery = Annotated[ListQuery, Depends(repository.ACTIVATIONS.selecting(ActivationRead))]


@router.get("/activations", response_model=PageOf[ActivationRead])
async def list_activations(request: Request, ctx: ContextDep, query: ActivationsQuery) -> Any:
    """Activations of the caller's regions, the latest first. An enterprise sees its orders instead."""
    page = await repository.list_activations(ctx.session, ctx.principal, query)
    return page_response(request, page, query, ActivationRead, activation_read)


@router.post(
    "/activations",
    status_code=201,
    response_model=ActivationRead,
    responses=problems(
        ActivationPeriodUnfit,
        ActivationEnterpriseUnknown,
        ActivationMetersUnfit,
        ActivationUserProtected,
        ActivationExceedsAdjustable,
        ActivationOverlaps,
        ActivationRuleMissing,
        NotFound,
    ),
    dependencies=KEEPERS,
)
async def post_activation(body: ActivationWrite, ctx: ContextDep, response: Response) -> ActivationRead:
    """Order an activation; nobody is told before its notices go out."""
    return shown(response, await ordering.order_activation(ctx, body.wanted()))


@router.post(
    "/activations/from-plan",
    status_code=201,
    response_model=ActivationRead,
    responses=problems(
        ActivationPlanMissing,
        ActivationSelectionEmpty,
        ActivationNoGap,
        GapUnfit,
        GridNodeNotFound,
        ForecastMissing,
        BalanceRuleMissing,
        ActivationPeriodUnfit,
        ActivationEnterpriseUnknown,
        ActivationMetersUnfit,
        ActivationOverlaps,
        ActivationRuleMissing,
        NotFound,
    ),
    dependencies=KEEPERS,
)
async def post_planned_activation(body: PlannedWrite, ctx: ContextDep, response: Response) -> ActivationRead:
    """Order an activation of those whom the plan chooses for a gap; `selection` says what it cannot cover.

    The gap is given, or read of a node's newest forecast; where a node is named, only who draws from it helps.
    """
    return shown(response, await planned.order_by_plan(ctx, body.wanted()))


# What was told of activations stays: a cancelled one is in the list as such.
add_change_feed(router, [ACTIVATION], of="activations and their orders", path="/activations/changes")


@router.get("/activations/{activation_id}", response_model=ActivationRead, responses=problems(ActivationNotFound))
async def get_activation(activation_id: UUID, request: Request, ctx: ContextDep, response: Response) -> Any:
    """One activation."""
    row = await repository.get_activation(ctx.session, ctx.principal, activation_id)
    return not_modified(request, etag_of(row.version)) or shown(response, row)


async def _locked(ctx: ContextDep, request: Request, activation_id: UUID) -> ActivationRow:
    row = await repository.get_activation(ctx.session, ctx.principal, activation_id, lock=True)
    honour_if_match(request, row.version)
    return row


@router.post(
    "/activations/{activation_id}/notices",
    status_code=201,
    response_model=NotifiedRead,
    responses=problems(
        ActivationNotFound,
        IllegalActivationChange,
        ActivationNothingToNotify,
        PreconditionFailed,
    ),
    dependencies=KEEPERS,
)
async def post_notices(activation_id: UUID, request: Request, ctx: ContextDep, response: Response) -> NotifiedRead:
    """Tell every enterprise; once told, remind those that have not acknowledged."""
    row = await _locked(ctx, request, activation_id)
    told = await notifying.notify(ctx, row)
    return NotifiedRead(activation=shown(response, row), told=told)


@router.get(
    "/activations/{activation_id}/amendments",
    response_model=AmendmentList,
    responses=problems(ActivationNotFound),
)
async def list_amendments(activation_id: UUID, ctx: ContextDep) -> AmendmentList:
    """What was changed, in its order."""
    row = await repository.get_activation(ctx.session, ctx.principal, activation_id)
    return AmendmentList(
        items=[amendment_read(one) for one in await repository.amendments_of(ctx.session, row.id)]
    )


@router.post(
    "/activations/{activation_id}/amendments",
    status_code=201,
    response_model=AmendmentRead,
    responses=problems(
        ActivationNotFound,
        ActivationOrderNotFound,
        ActivationAmendmentUnfit,
        ActivationPeriodUnfit,
        ActivationOverlaps,
        ActivationExceedsAdjustable,
        IllegalActivationChange,
        PreconditionFailed,
    ),
    dependencies=KEEPERS,
)
async def post_amendment(
    activation_id: UUID, body: AmendmentWrite, request: Request, ctx: ContextDep, response: Response
) -> AmendmentRead:
    """Extend, shorten, raise, lower or lift, of all orders that stand or of one; who was told is told anew."""
    row = await _locked(ctx, request, activation_id)
    amendment = await amending.amend(ctx, row, body.wanted())
    response.headers["ETag"] = etag_of(row.version)
    return amendment_read(amendment)


@router.post(
    "/activations/{activation_id}/cancellation",
    response_model=ActivationRead,
    responses=problems(ActivationNotFound, IllegalActivationChange, PreconditionFailed),
    dependencies=KEEPERS,
)
async def post_cancellation(
    activation_id: UUID, body: Ending, request: Request, ctx: ContextDep, response: Response
) -> ActivationRead:
    """It does not take place. One that runs is shortened or lifted instead."""
    row = await _locked(ctx, request, activation_id)
    await course.cancel(ctx, row, body.reason)
    return shown(response, row)


@router.post(
    "/activations/{activation_id}/closing",
    response_model=ActivationRead,
    responses=problems(ActivationNotFound, IllegalActivationChange, PreconditionFailed),
    dependencies=KEEPERS,
)
async def post_closing(
    activation_id: UUID, body: Closing, request: Request, ctx: ContextDep, response: Response
) -> ActivationRead:
    """What was verified is dealt with; later corrections still make new editions."""
    row = await _locked(ctx, request, activation_id)
    await course.close(ctx, row, body.note)
    return shown(response, row)


@router.get(
    "/activations/{activation_id}/tracking",
    response_model=TrackingRead,
    responses=problems(ActivationNotFound),
)
async def get_tracking(activation_id: UUID, ctx: ContextDep) -> TrackingRead:
    """How it goes, by enterprise and in all, as of the last minute it was looked at."""
    row = await repository.get_activation(ctx.session, ctx.principal, activation_id)
    orders = await repository.orders_of(ctx.session, [row.id])
    tracks = await verification_repository.tracks_of(ctx.session, [order.id for order in orders])
    return tracking_read(row, [(order, tracks[order.id]) for order in orders if order.id in tracks])


@router.post(
    "/activations/{activation_id}/verifications",
    status_code=201,
    response_model=VerifiedRead,
    responses=problems(ActivationNotFound, ActivationNotOver, ActivationRuleMissing, PreconditionFailed),
    dependencies=KEEPERS,
)
async def post_verifications(
    activation_id: UUID, body: VerificationAsk, request: Request, ctx: ContextDep, response: Response
) -> VerifiedRead:
    """Verify anew by what is there now, if wanted by another baseline; the same figures make no edition."""
    row = await _locked(ctx, request, activation_id)
    editions = await verifying.verify_anew(ctx, row, body.method, adjusted=body.adjusted)
    response.headers["ETag"] = etag_of(row.version)
    return VerifiedRead(editions=editions)
