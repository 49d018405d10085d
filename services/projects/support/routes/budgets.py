"""``/v1/support-budgets``: what policies have by year, and every movement."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Request, Response

from libs.common.web.conditional import check_if_match, etag_of, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import NotFound, PreconditionFailed, PreconditionRequired, problems
from services.projects.lists.routes.answers import DECIDERS, OFFICES, new_router
from services.projects.support.errors import BudgetTooSmall, PolicyHasNoBudget
from services.projects.support.repository import policies as repository
from services.projects.support.schemas.policies import BudgetEntryRead, BudgetRead, BudgetWrite
from services.projects.support.service import budgets as service
from services.projects.support.service.policies import open_policy, read_policy

BudgetsQuery = Annotated[ListQuery, Depends(repository.BUDGETS.selecting(BudgetRead))]
EntriesQuery = Annotated[ListQuery, Depends(repository.ENTRIES.selecting(BudgetEntryRead))]
YearPath = Annotated[int, Path(ge=1990, le=2200)]
# What is left in a fund is the offices' business.
_OFFICES = [require(*OFFICES)]

router = new_router("support")


@router.get("/support-budgets", response_model=PageOf[BudgetRead], dependencies=_OFFICES)
async def list_budgets(request: Request, ctx: ContextDep, query: BudgetsQuery) -> Response:
    """Budgets by policy and year: amount, reserved, paid, left."""
    page = await repository.list_budgets(ctx.session, ctx.principal, query)
    return page_response(request, page, query, BudgetRead, lambda pair: BudgetRead.of(*pair))


@router.get("/support-policies/{policy_id}/budgets/{year}", response_model=BudgetRead, dependencies=_OFFICES)
async def read_budget(
    policy_id: UUID, year: YearPath, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """One budget."""
    policy = await read_policy(ctx, policy_id)
    row = await repository.find_budget(ctx.session, policy_id, year)
    if row is None:
        raise NotFound
    response.headers["ETag"] = etag_of(row.version)
    return not_modified(request, etag_of(row.version)) or BudgetRead.of(row, policy)


@router.put(
    "/support-policies/{policy_id}/budgets/{year}",
    response_model=BudgetRead,
    responses=problems(BudgetTooSmall, PolicyHasNoBudget, PreconditionFailed, PreconditionRequired),
    dependencies=[require(*DECIDERS)],
)
async def put_budget(
    policy_id: UUID, year: YearPath, body: BudgetWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Set the year's budget, never below what is reserved and paid; the version of one that exists is named."""
    policy = await open_policy(ctx, policy_id)
    row = await service.open_budget(ctx, policy, year)
    if row is not None:
        check_if_match(request, row.version)
    row = await service.put_budget(ctx, policy, year, row, int(body.amount_yuan), body.note)
    response.headers["ETag"] = etag_of(row.version)
    return BudgetRead.of(row, policy)


@router.get(
    "/support-policies/{policy_id}/budgets/{year}/entries",
    response_model=PageOf[BudgetEntryRead],
    dependencies=_OFFICES,
)
async def list_entries(
    policy_id: UUID, year: YearPath, request: Request, ctx: ContextDep, query: EntriesQuery
) -> Response:
    """Every movement of the budget in order; their sums are its figures."""
    await read_policy(ctx, policy_id)
    row = await repository.find_budget(ctx.session, policy_id, year)
    if row is None:
        raise NotFound
    page = await repository.list_entries(ctx.session, row.id, query)
    return page_response(request, page, query, BudgetEntryRead)
