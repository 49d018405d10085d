"""``/v1/activation-orders``: what concerns one enterprise; an enterprise sees its own."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.security.principal import Role
from libs.common.web.conditional import etag_of, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.energy.activations import order_listing, repository, verification_repository
from services.energy.activations.errors import (
    ActivationAlreadyAcknowledged,
    ActivationOrderNotFound,
    IllegalActivationChange,
)
from services.energy.activations.response_schemas import VerificationList, verification_read
from services.energy.activations.schemas import (
    Acknowledgement,
    NoticeList,
    NoticeRead,
    OrderRead,
    order_read,
)
from services.energy.activations.service import notifying

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["orderly use"])

OrdersQuery = Annotated[ListQuery, Depends(order_listing.ORDERS.selecting(OrderRead))]


@router.get("/activation-orders", response_model=PageOf[OrderRead])
async def list_orders(request: Request, ctx: ContextDep, query: OrdersQuery) -> Any:
    """What enterprises are to reduce; an enterprise sees its own once it was told."""
    page = await order_listing.list_orders(ctx.session, ctx.principal, query)
    return page_response(request, page, query, OrderRead, order_read)


@router.get("/activation-orders/{order_id}", response_model=OrderRead, responses=problems(ActivationOrderNotFound))
async def get_order(order_id: UUID, request: Request, ctx: ContextDep, response: Response) -> Any:
    """One order."""
    found = await repository.get_order(ctx.session, ctx.principal, order_id)
    # The state of its activation is part of what is shown.
    etag = etag_of(f"{found[0].version}.{found[1].version}")
    response.headers["ETag"] = etag
    return not_modified(request, etag) or order_read(found)


@router.get(
    "/activation-orders/{order_id}/notices",
    response_model=NoticeList,
    responses=problems(ActivationOrderNotFound),
)
async def list_notices(order_id: UUID, ctx: ContextDep) -> NoticeList:
    """What the enterprise was told, the newest first."""
    order, _ = await repository.get_order(ctx.session, ctx.principal, order_id)
    rows = await repository.notices_of(ctx.session, order.id)
    return NoticeList(items=[NoticeRead.model_validate(row) for row in rows])


@router.post(
    "/activation-orders/{order_id}/acknowledgement",
    response_model=OrderRead,
    responses=problems(ActivationOrderNotFound, ActivationAlreadyAcknowledged, IllegalActivationChange),
    dependencies=[require(Role.ENTERPRISE, Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER)],
)
async def post_acknowledgement(
    order_id: UUID, body: Acknowledgement, ctx: ContextDep, response: Response
) -> OrderRead:
    """The newest notice was heard: by the enterprise, or by the office on its word."""
    order = await notifying.acknowledge(ctx, order_id, body.note)
    found = await repository.get_order(ctx.session, ctx.principal, order.id)
    response.headers["ETag"] = etag_of(f"{found[0].version}.{found[1].version}")
    return order_read(found)


@router.get(
    "/activation-orders/{order_id}/verifications",
    response_model=VerificationList,
    responses=problems(ActivationOrderNotFound),
)
async def list_verifications(order_id: UUID, ctx: ContextDep) -> VerificationList:
    """All editions with the days, curves and figures they rest on."""
    order, _ = await repository.get_order(ctx.session, ctx.principal, order_id)
    rows = await verification_repository.verifications_of(ctx.session, order.id)
    return VerificationList(items=[verification_read(row) for row in rows])
