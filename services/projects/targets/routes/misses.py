"""``/v1/target-misses`` and ``/v1/target-accounts``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from libs.common.web.conditional import honour_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from services.projects.registry.errors import UnknownRegion
from services.projects.targets.domain.accounts import MissStep
from services.projects.targets.errors import MissStepRefused
from services.projects.targets.repository import editions as repository
from services.projects.targets.routes.answers import DECIDERS, READERS, WRITERS, new_router, tagged
from services.projects.targets.schemas.editions import (
    AccountRead,
    AccountsRead,
    Decision,
    Explanation,
    MissRead,
    MissStepRead,
)
from services.projects.targets.schemas.goals import Year
from services.projects.targets.service import misses as service

MissesQuery = Annotated[ListQuery, Depends(repository.MISSES.selecting(MissRead))]
StepsQuery = Annotated[ListQuery, Depends(repository.STEPS.selecting(MissStepRead))]

router = new_router()
_STEPS = problems(MissStepRefused, PreconditionFailed)


@router.get(
    "/target-accounts", response_model=AccountsRead, responses=problems(UnknownRegion), dependencies=READERS
)
async def read_accounts(
    ctx: ContextDep,
    region_code: Annotated[str, Query(max_length=9)],
    year: Annotated[Year, Query()],
) -> Any:
    """The year by unit and person: what they answered for, how often they were warned, and what they missed."""
    accounts = await service.accounts_of(ctx, region_code, year)
    items = [AccountRead.of(account) for account in accounts]
    return AccountsRead(region_code=region_code, year=year, items=items)


@router.get("/target-misses", response_model=PageOf[MissRead], dependencies=READERS)
async def list_misses(request: Request, ctx: ContextDep, query: MissesQuery) -> Response:
    """Targets that settlements found missed; lifted ones stay in the list."""
    page = await repository.list_misses(ctx.session, ctx.principal, query)
    return page_response(request, page, query, MissRead)


@router.get("/target-misses/{miss_id}", response_model=MissRead, dependencies=READERS)
async def read_miss(miss_id: UUID, ctx: ContextDep, response: Response) -> Any:
    """One miss."""
    return tagged(response, await service.get_miss(ctx, miss_id))


@router.get("/target-misses/{miss_id}/steps", response_model=PageOf[MissStepRead], dependencies=READERS)
async def list_steps(miss_id: UUID, request: Request, ctx: ContextDep, query: StepsQuery) -> Response:
    """What was said and done about a miss, in order; none is ever changed."""
    await service.get_miss(ctx, miss_id)
    page = await repository.list_steps(ctx.session, miss_id, query)
    return page_response(request, page, query, MissStepRead)


@router.post(
    "/target-misses/{miss_id}/explanations",
    status_code=201,
    response_model=MissRead,
    responses=_STEPS,
    dependencies=[require(*WRITERS)],
)
async def post_explanation(
    miss_id: UUID, body: Explanation, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """What whoever answers says about it (书面说明)."""
    row = await service.get_miss(ctx, miss_id, lock=True)
    honour_if_match(request, row.version)
    return tagged(response, await service.take_step(ctx, row, MissStep.EXPLAINED, body.on, body.text))


@router.post(
    "/target-misses/{miss_id}/decision",
    response_model=MissRead,
    responses=_STEPS,
    dependencies=[require(*DECIDERS)],
)
async def post_decision(
    miss_id: UUID, body: Decision, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """What is done about it; exempt where the reasons are accepted."""
    row = await service.get_miss(ctx, miss_id, lock=True)
    honour_if_match(request, row.version)
    decided = await service.take_step(ctx, row, MissStep.DECIDED, body.on, body.text, body.consequence)
    return tagged(response, decided)


@router.post(
    "/target-misses/{miss_id}/execution",
    response_model=MissRead,
    responses=_STEPS,
    dependencies=[require(*WRITERS)],
)
async def post_execution(
    miss_id: UUID, body: Explanation, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """The decision was carried out."""
    row = await service.get_miss(ctx, miss_id, lock=True)
    honour_if_match(request, row.version)
    return tagged(response, await service.take_step(ctx, row, MissStep.CARRIED_OUT, body.on, body.text))
