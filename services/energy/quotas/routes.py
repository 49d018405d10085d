"""``/v1/supply-quotas``; lists of them are taken by the slice of the utilities' lists."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime

from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.energy.quotas import repository
from services.energy.quotas.errors import QuotaNotFound
from services.energy.quotas.schemas import QuotaRead, quota_read

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["supply quotas"])


@router.get("/supply-quotas", response_model=PageOf[QuotaRead])
async def list_supply_quotas(
    request: Request,
    ctx: ContextDep,
    query: Annotated[ListQuery, Depends(repository.QUOTAS)],
    as_of: Annotated[AwareDatetime | None, Query(description="As they were known then; now if absent.")] = None,
) -> Any:
    """What regions, parts of the grid and users of the caller's reach may draw, a row an object and day."""
    page = await repository.list_quotas(ctx.session, ctx.principal, query, as_of)
    return page_response(request, page, query, QuotaRead, quota_read)


@router.get("/supply-quotas/{quota_id}", response_model=QuotaRead, responses=problems(QuotaNotFound))
async def get_supply_quota(quota_id: UUID, ctx: ContextDep) -> QuotaRead:
    """One of them, also one that was replaced."""
    return quota_read(await repository.get_quota(ctx.session, ctx.principal, quota_id))
