"""Channels, notifications and deliveries over HTTP."""

from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.security.principal import Role
from libs.common.web.conditional import check_if_match, etag_of
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.alerts.notifications import channels, dead_letters, receipts, repository
from services.alerts.notifications.addresses import ChannelGuard
from services.alerts.notifications.domain.forms import CONSOLE, HIDDEN, LINK
from services.alerts.notifications.errors import (
    AddressRefused,
    ChannelIncomplete,
    ChannelNotFound,
    DeliveryNotDead,
    DeliveryNotFound,
    DeliveryPending,
    GatewayMissing,
    UnknownRecipient,
)
from services.alerts.notifications.schemas import (
    AttemptRead,
    ChannelCreate,
    ChannelCreated,
    ChannelRead,
    ChannelUpdate,
    DeliveryDetail,
    DeliveryRead,
    Discard,
    Handled,
    NotificationList,
    NotificationRead,
)
from services.alerts.trail import repository as records
from services.alerts.trail.errors import AlertNotFound

router = APIRouter(route_class=TransactionalRoute, tags=["notifications"])

# Addresses of people and secrets in addresses are not for everybody who may look.
_READERS = (Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR, Role.LEADER, Role.OFFICER)
_WRITERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER)

_MENDERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER)


async def _guard(request: Request) -> ChannelGuard:
    return cast(ChannelGuard, request.app.state.channel_guard)


GuardDep = Annotated[ChannelGuard, Depends(_guard)]


@router.get("/v1/channels", response_model=PageOf[ChannelRead], dependencies=[require(*_READERS)])
async def list_channels(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.CHANNELS)]
) -> Response:
    """Channels of the caller's region, by name."""
    page = await repository.page_channels(ctx.session, ctx.principal, query)
    return page_response(request, page, query, ChannelRead)


@router.post(
    "/v1/channels",
    status_code=201,
    dependencies=[require(*_WRITERS)],
    responses=problems(AddressRefused, ChannelIncomplete, GatewayMissing, UnknownRecipient),
)
async def create_channel(
    ctx: ContextDep, guard: GuardDep, response: Response, body: ChannelCreate
) -> ChannelCreated:
    """Add a channel; a webhook's signing secret is made here if none is given, and shown this once."""
    facts = body.model_dump(exclude={"secret", "subscription", "mention_all_from", "limits"}) | {
        "kind": body.kind.value,
        "language": body.language.value,
        "options": {} if body.mention_all_from is None else {"mention_all_from": body.mention_all_from.value},
        "limits": None if body.limits is None else [limit.model_dump() for limit in body.limits],
    }
    subscription = None if body.subscription is None else body.subscription.model_dump()
    row, secret = await channels.create_channel(ctx, guard, facts, body.secret, subscription)
    response.headers["ETag"] = etag_of(row.version)
    return ChannelCreated.model_validate(row).model_copy(update={"secret": secret})


@router.get("/v1/channels/{channel_id}", dependencies=[require(*_READERS)], responses=problems(ChannelNotFound))
async def get_channel(ctx: ContextDep, response: Response, channel_id: UUID) -> ChannelRead:
    row = await channels.get_channel(ctx, channel_id)
    response.headers["ETag"] = etag_of(row.version)
    return ChannelRead.model_validate(row)


@router.patch(
    "/v1/channels/{channel_id}",
    dependencies=[require(*_WRITERS)],
    responses=problems(ChannelNotFound, AddressRefused, ChannelIncomplete, GatewayMissing),
)
async def change_channel(
    request: Request,
    ctx: ContextDep,
    guard: GuardDep,
    response: Response,
    channel_id: UUID,
    body: ChannelUpdate,
) -> ChannelRead:
    """Change a channel; ``paused: false`` lets a paused one go on with what was kept for it."""
    row = await channels.get_channel(ctx, channel_id, lock=True)
    check_if_match(request, row.version)
    changes = body.model_dump(mode="json", exclude={"secret"}, exclude_unset=True)
    await channels.change_channel(ctx, guard, row, changes, secret=body.secret)
    response.headers["ETag"] = etag_of(row.version)
    return ChannelRead.model_validate(row)


@router.post(
    "/v1/channels/{channel_id}/tests",
    status_code=202,
    dependencies=[require(*_WRITERS)],
    responses=problems(ChannelNotFound),
)
async def test_channel(ctx: ContextDep, channel_id: UUID) -> DeliveryRead:
    """Send a test message; `GET /v1/deliveries/{id}` tells how it went. A paused channel is tried as well."""
    row = await channels.get_channel(ctx, channel_id)
    return DeliveryRead.model_validate(await channels.test_channel(ctx, row))


@router.get(
    "/v1/alerts/{alert_id}/notifications",
    dependencies=[require(*_READERS)],
    responses=problems(AlertNotFound),
)
async def list_notifications(ctx: ContextDep, alert_id: UUID) -> NotificationList:
    """Who was told of the alert, when, and whether it arrived."""
    if await records.find_visible(ctx.session, ctx.principal, alert_id) is None:
        raise AlertNotFound
    found = await repository.list_notifications(ctx.session, alert_id)
    return NotificationList(
        items=[
            NotificationRead.model_validate(row).model_copy(
                update={"deliveries": [DeliveryRead.model_validate(delivery) for delivery in deliveries]}
            )
            for row, deliveries in found
        ]
    )


@router.get("/v1/deliveries", response_model=PageOf[DeliveryRead], dependencies=[require(*_READERS)])
async def list_deliveries(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.DELIVERIES)]
) -> Response:
    """Deliveries of the caller's region, newest first."""
    page = await repository.page_deliveries(ctx.session, ctx.principal, query)
    return page_response(request, page, query, DeliveryRead)


@router.get(
    "/v1/deliveries/{delivery_id}", dependencies=[require(*_READERS)], responses=problems(DeliveryNotFound)
)
async def get_delivery(ctx: ContextDep, delivery_id: UUID) -> DeliveryDetail:
    """One delivery with what is sent and every attempt."""
    row = await repository.find_delivery(ctx.session, ctx.principal, delivery_id)
    if row is None:
        raise DeliveryNotFound
    attempts = await repository.list_attempts(ctx.session, delivery_id)
    return DeliveryDetail(
        **DeliveryRead.model_validate(row).model_dump(),
        # The link is its reader's alone.
        body=row.body.replace(LINK, HIDDEN).replace(CONSOLE, ""),
        attempts_made=[AttemptRead.model_validate(attempt) for attempt in attempts],
    )


@router.post(
    "/v1/deliveries/{delivery_id}/redeliveries",
    status_code=201,
    dependencies=[require(*_MENDERS)],
    responses=problems(DeliveryNotFound, DeliveryPending),
)
async def redeliver(ctx: ContextDep, delivery_id: UUID) -> DeliveryRead:
    """Send it again, with the same id: a receiver that had it before can tell."""
    return DeliveryRead.model_validate(await dead_letters.redeliver(ctx, delivery_id))


@router.post(
    "/v1/deliveries/{delivery_id}/discards",
    status_code=201,
    dependencies=[require(*_MENDERS)],
    responses=problems(DeliveryNotFound, DeliveryNotDead),
)
async def discard(ctx: ContextDep, delivery_id: UUID, body: Discard) -> DeliveryRead:
    """Say of a delivery that failed for good that it need not arrive any more."""
    return DeliveryRead.model_validate(await dead_letters.discard(ctx, delivery_id, body.reason))


@router.post(
    "/v1/deliveries/{delivery_id}/reads",
    status_code=201,
    dependencies=[require(*_READERS)],
    responses=problems(DeliveryNotFound),
)
async def mark_read(ctx: ContextDep, delivery_id: UUID) -> DeliveryRead:
    """The caller has read a message that was sent to them; the first time counts."""
    return DeliveryRead.model_validate(await receipts.read_own(ctx, delivery_id))


@router.get("/v1/dead-letters", response_model=PageOf[DeliveryRead], dependencies=[require(*_READERS)])
async def list_dead_letters(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.DELIVERIES)]
) -> Response:
    """Deliveries that failed for good and were neither sent again nor discarded, with their cause."""
    page = await repository.page_dead(ctx.session, ctx.principal, query)
    return page_response(request, page, query, DeliveryRead)


@router.post("/v1/dead-letters/redeliveries", status_code=201, dependencies=[require(*_MENDERS)])
async def redeliver_many(ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.DELIVERIES)]) -> Handled:
    """Send again what the filter chooses, oldest first, up to ``limit``; call it again for more."""
    ids = await dead_letters.redeliver_many(ctx, query)
    return Handled(count=len(ids), ids=ids)


@router.post("/v1/dead-letters/discards", status_code=201, dependencies=[require(*_MENDERS)])
async def discard_many(
    ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.DELIVERIES)], body: Discard
) -> Handled:
    """Discard what the filter chooses, oldest first, up to ``limit``."""
    ids = await dead_letters.discard_many(ctx, query, body.reason)
    return Handled(count=len(ids), ids=ids)
