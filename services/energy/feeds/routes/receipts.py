"""``/v1/receipts``: what became of the bodies that were delivered."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, next_link, page_response
from libs.common.web.pagination import DEFAULT_LIMIT, MAX_LIMIT
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.energy.feeds import receipt_queries, repository
from services.energy.feeds.errors import ReceiptNotFound
from services.energy.feeds.routes.answers import receipt_read, receipt_summary, rejections_read
from services.energy.feeds.schemas import ReceiptRead, ReceiptSummary, Rejection

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["feeds"])


@router.get("/receipts", response_model=PageOf[ReceiptSummary])
async def list_receipts(
    request: Request,
    ctx: ContextDep,
    query: Annotated[ListQuery, Depends(receipt_queries.RECEIPTS)],
    meter_no: Annotated[
        str | None, Query(max_length=64, description="Only bodies with something for this meter.")
    ] = None,
) -> Any:
    """Receipts of the caller's deliveries, and for an office those of its region, the newest first.

    Refused bodies are among them: nothing of them was taken, and ``refusal`` says why.
    """
    page = await receipt_queries.list_receipts(ctx.session, ctx.principal, query, meter_no)
    return page_response(request, page, query, ReceiptSummary, partial(receipt_summary, request))


@router.get("/receipts/{receipt_id}", response_model=ReceiptRead, responses=problems(ReceiptNotFound))
async def get_receipt(receipt_id: UUID, request: Request, ctx: ContextDep) -> ReceiptRead:
    """A receipt; ``merged`` with the counts of what happened once every value is in its curve."""
    return receipt_read(request, await repository.get_receipt(ctx.session, ctx.principal, receipt_id))


@router.get(
    "/receipts/{receipt_id}/rejections", response_model=PageOf[Rejection], responses=problems(ReceiptNotFound)
)
async def list_rejections(
    receipt_id: UUID,
    request: Request,
    ctx: ContextDep,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(description="next_cursor of the page before.")] = None,
) -> Any:
    """All rows of a body that were not taken, by line, with their text where the body was text."""
    receipt = await repository.get_receipt(ctx.session, ctx.principal, receipt_id)
    first = receipt_queries.place_of(cursor, receipt)
    told = await receipt_queries.rejections(ctx.session, receipt, first, limit)
    following = first + len(told)
    next_cursor = receipt_queries.cursor_at(following) if following < receipt.rejected else None
    headers = {} if next_cursor is None else {"Link": next_link(request, next_cursor)}
    return receipt_queries.page_of(rejections_read(request, told), next_cursor, headers)
