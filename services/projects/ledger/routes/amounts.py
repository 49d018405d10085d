"""``/v1/amount-limits``."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from libs.common.local_time import today_of
from libs.common.security.principal import Role
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.projects.ledger import repository
from services.projects.ledger.errors import LimitNotOrdered
from services.projects.ledger.schemas import AmountLimitRead, AmountLimitWrite
from services.projects.ledger.service.amounts import put_amount_limit
from services.projects.registry.errors import (
    EverywhereForbidden,
    UnknownRegion,
    ValidityNotOrdered,
    ValidityOverlap,
)

LimitsQuery = Annotated[ListQuery, Depends(repository.AMOUNT_LIMITS.selecting(AmountLimitRead))]

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["ledger"])


@router.get("/amount-limits", response_model=PageOf[AmountLimitRead])
async def list_limits(request: Request, ctx: ContextDep, query: LimitsQuery) -> Response:
    """From which amounts on the ledger asks back, past and coming limits included."""
    page = await repository.list_amount_limits(ctx.session, ctx.principal, query)
    return page_response(request, page, query, AmountLimitRead)


@router.put(
    "/amount-limits",
    response_model=AmountLimitRead,
    responses=problems(LimitNotOrdered, ValidityNotOrdered, ValidityOverlap, EverywhereForbidden, UnknownRegion),
    dependencies=[require(Role.ADMIN, Role.SUPERVISOR)],
)
async def put_limit(body: AmountLimitWrite, ctx: ContextDep) -> Any:
    """Put a limit in force from its first day on; the one before it ends there."""
    return await put_amount_limit(ctx, body.limit(today_of(ctx)))
