"""``/v1/webhook-subscriptions``, ``/v1/webhook-deliveries`` and ``/v1/webhook-event-types``."""

from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.security.principal import Role
from libs.common.web.conditional import check_if_match, etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import NotFound, PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from services.projects.ledger.routes.answers import LedgerDep
from services.projects.registry.errors import UnknownRegion
from services.projects.webhooks import queue, repository
from services.projects.webhooks.errors import (
    AddressRefused,
    DeliveryPending,
    RegionRequired,
    SubscriptionEnded,
    UnknownEvents,
)
from services.projects.webhooks.schemas import (
    OfferedList,
    OfferedRead,
    RedeliveriesRead,
    SecretRead,
    SubscriptionCreate,
    SubscriptionCreated,
    SubscriptionRead,
    SubscriptionUpdate,
    WebhookAttemptRead,
    WebhookDeliveryDetail,
    WebhookDeliveryRead,
)
from services.projects.webhooks.service import subscriptions as service
from services.projects.webhooks.service.events import offered
from services.projects.webhooks.service.subscriptions import WebhookGuard
from services.projects.webhooks.tables import WebhookSubscriptionRow

_WRITERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER, Role.ENTERPRISE)
# Addresses and bodies are not for everybody who may look.
_READERS = (*_WRITERS, Role.AUDITOR)

router = APIRouter(
    prefix="/v1", route_class=TransactionalRoute, tags=["webhooks"], dependencies=[require(*_READERS)]
)
_WRITING: dict[str, Any] = {"dependencies": [require(*_WRITERS)]}


async def _guard(request: Request) -> WebhookGuard:
    return cast(WebhookGuard, request.app.state.webhook_guard)


GuardDep = Annotated[WebhookGuard, Depends(_guard)]
SubscriptionsQuery = Annotated[ListQuery, Depends(repository.SUBSCRIPTIONS.selecting(SubscriptionRead))]
DeliveriesQuery = Annotated[ListQuery, Depends(repository.DELIVERIES.selecting(WebhookDeliveryRead))]


@router.get("/webhook-event-types")
async def list_event_types() -> OfferedList:
    """The topics and event types that may be subscribed to; their bodies stand in the AsyncAPI document."""
    return OfferedList(items=[OfferedRead.model_validate(one) for one in offered()])


@router.get("/webhook-subscriptions", response_model=PageOf[SubscriptionRead])
async def list_subscriptions(request: Request, ctx: ContextDep, query: SubscriptionsQuery) -> Response:
    """The caller's own subscriptions; administrators and supervisors see those of their region."""
    page = await repository.list_subscriptions(ctx.session, ctx.principal, query)
    return page_response(request, page, query, SubscriptionRead)


@router.post(
    "/webhook-subscriptions",
    status_code=201,
    responses=problems(AddressRefused, UnknownEvents, RegionRequired, UnknownRegion),
    **_WRITING,
)
async def create_subscription(
    body: SubscriptionCreate, ctx: ContextDep, guard: GuardDep, ledger: LedgerDep, response: Response
) -> SubscriptionCreated:
    """Subscribe to what happens from now on, as far as the caller may see it. The secret is shown this once."""
    row, secret = await service.create_subscription(ctx, guard, ledger, body.model_dump())
    response.headers["Location"] = f"/v1/webhook-subscriptions/{row.id}"
    _tag(response, row)
    # Not kept for a repeated request either.
    response.headers["Cache-Control"] = "no-store"
    return SubscriptionCreated(**SubscriptionRead.model_validate(row).model_dump(), secret=secret)


@router.get("/webhook-subscriptions/{subscription_id}", response_model=SubscriptionRead)
async def read_subscription(subscription_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    row = await service.get_subscription(ctx, subscription_id)
    return not_modified(request, etag_of(row.version)) or _tag(response, row)


@router.patch(
    "/webhook-subscriptions/{subscription_id}",
    response_model=SubscriptionRead,
    responses=problems(AddressRefused, UnknownEvents, RegionRequired, UnknownRegion),
    **_WRITING,
)
async def change_subscription(
    subscription_id: UUID,
    body: SubscriptionUpdate,
    ctx: ContextDep,
    guard: GuardDep,
    ledger: LedgerDep,
    request: Request,
    response: Response,
) -> Any:
    """Change, pause or resume; events that came while it was paused are delivered then."""
    row = await service.get_subscription(ctx, subscription_id, lock=True)
    check_if_match(request, row.version)
    await service.change_subscription(ctx, guard, ledger, row, body.model_dump(exclude_unset=True))
    await ctx.session.refresh(row)
    return _tag(response, row)


@router.delete(
    "/webhook-subscriptions/{subscription_id}",
    status_code=204,
    responses=problems(PreconditionFailed),
    **_WRITING,
)
async def end_subscription(subscription_id: UUID, ctx: ContextDep, request: Request) -> None:
    """End the subscription; what still waits for it is not sent any more."""
    row = await service.get_subscription(ctx, subscription_id, lock=True)
    honour_if_match(request, row.version)
    await service.end_subscription(ctx, row)


@router.post("/webhook-subscriptions/{subscription_id}/secret-rotations", status_code=201, **_WRITING)
async def rotate_secret(subscription_id: UUID, ctx: ContextDep, guard: GuardDep, response: Response) -> SecretRead:
    """Make a new secret, shown this once; until the receiver knows it, messages bear both signatures."""
    row = await service.get_subscription(ctx, subscription_id, lock=True)
    secret = await service.rotate_secret(ctx, guard, row)
    await ctx.session.refresh(row)
    _tag(response, row)
    response.headers["Cache-Control"] = "no-store"
    return SecretRead(secret=secret, previous_secret_until=row.previous_secret_until)


@router.post("/webhook-subscriptions/{subscription_id}/pings", status_code=201, **_WRITING)
async def ping_subscription(subscription_id: UUID, ctx: ContextDep) -> WebhookDeliveryRead:
    """Send a message of type ``webhook.ping``, to try address and signature."""
    row = await service.get_subscription(ctx, subscription_id, lock=True)
    delivery = await service.ping(ctx, row)
    await ctx.session.refresh(delivery)
    return WebhookDeliveryRead.model_validate(delivery)


@router.post("/webhook-subscriptions/{subscription_id}/redeliveries", status_code=201, **_WRITING)
async def redeliver_failed(subscription_id: UUID, ctx: ContextDep) -> RedeliveriesRead:
    """Send all that failed for good again, each under its id."""
    row = await service.get_subscription(ctx, subscription_id, lock=True)
    return RedeliveriesRead(redelivered=await queue.repeat(ctx.session, row.id))


@router.get("/webhook-deliveries", response_model=PageOf[WebhookDeliveryRead])
async def list_deliveries(request: Request, ctx: ContextDep, query: DeliveriesQuery) -> Response:
    """Deliveries of the last 30 days, newest first."""
    page = await repository.list_deliveries(ctx.session, ctx.principal, query)
    return page_response(request, page, query, WebhookDeliveryRead)


@router.get("/webhook-deliveries/{delivery_id}")
async def read_delivery(delivery_id: UUID, ctx: ContextDep) -> WebhookDeliveryDetail:
    """One delivery with what is sent and every attempt."""
    found = await repository.find_delivery(ctx.session, ctx.principal, delivery_id)
    if found is None:
        raise NotFound
    attempts = await repository.list_attempts(ctx.session, delivery_id)
    return WebhookDeliveryDetail(
        **WebhookDeliveryRead.model_validate(found[0]).model_dump(),
        body=found[0].body,
        attempts_made=[WebhookAttemptRead.model_validate(attempt) for attempt in attempts],
    )


@router.post(
    "/webhook-deliveries/{delivery_id}/redeliveries",
    status_code=201,
    responses=problems(DeliveryPending, SubscriptionEnded),
    **_WRITING,
)
async def redeliver(delivery_id: UUID, ctx: ContextDep) -> WebhookDeliveryRead:
    """Send it again, with the same id: a receiver that had it before can tell."""
    return WebhookDeliveryRead.model_validate(await service.redeliver(ctx, delivery_id))


def _tag(response: Response, row: WebhookSubscriptionRow) -> WebhookSubscriptionRow:
    response.headers["ETag"] = etag_of(row.version)
    return row
