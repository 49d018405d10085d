"""``/v1/push-subscriptions`` and the key that browsers subscribe with; everybody's own affair."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute, own_affair
from services.alerts.notifications import push, push_repository
from services.alerts.notifications.domain.message import Language
from services.alerts.notifications.errors import AddressRefused, NobodyToTell, UnknownRecipient
from services.alerts.notifications.routes import GuardDep
from services.alerts.notifications.schemas import PushSubscription

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["notification preferences"])


class PushKeyRead(BaseModel):
    public_key: str = Field(description="For ``applicationServerKey`` of ``PushManager.subscribe()``.")


class PushSubscriptionCreate(BaseModel):
    """A browser of the caller's; ``name`` is for people, such as "Chrome, Android"."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    language: Language = Language.ZH_CN
    subscription: PushSubscription


class PushSubscriptionRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    language: Language
    target: str = Field(description="Host and last characters of the push service's address, which is a secret.")
    paused_at: datetime | None = Field(description="Since when the push service takes nothing.")
    created_at: datetime
    updated_at: datetime


OwnQuery = Annotated[ListQuery, Depends(push_repository.PUSH_SUBSCRIPTIONS.selecting(PushSubscriptionRead))]


@router.get("/web-push-key")
async def get_web_push_key(request: Request, ctx: ContextDep) -> PushKeyRead:
    """The key (VAPID) that browsers subscribe to Web Push with."""
    return PushKeyRead(public_key=request.app.state.vapid_public_key)


@router.get("/push-subscriptions", response_model=PageOf[PushSubscriptionRead], responses=problems(NobodyToTell))
async def list_push_subscriptions(request: Request, ctx: ContextDep, query: OwnQuery) -> Response:
    """The caller's own browsers that are told by Web Push, the newest first."""
    page = await push_repository.page_own(ctx.session, push.own_person(ctx), query)
    return page_response(request, page, query, PushSubscriptionRead)


@router.post(
    "/push-subscriptions",
    status_code=201,
    responses=problems(NobodyToTell, AddressRefused, UnknownRecipient),
)
@own_affair
async def create_push_subscription(
    ctx: ContextDep, guard: GuardDep, body: PushSubscriptionCreate
) -> PushSubscriptionRead:
    """Tell the caller by this browser. One that subscribes again keeps its id; one that was another person's
    tells that person nothing any more.
    """
    row = await push.subscribe(ctx, guard, body.name, body.language.value, body.subscription.model_dump())
    return PushSubscriptionRead.model_validate(row)


@router.delete("/push-subscriptions/{subscription_id}", status_code=204, responses=problems(NobodyToTell))
@own_affair
async def delete_push_subscription(ctx: ContextDep, subscription_id: UUID) -> None:
    """Tell the caller by this browser no more; its keys are forgotten."""
    await push.unsubscribe(ctx, subscription_id)
