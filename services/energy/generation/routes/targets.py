"""Targets of generation, their pace, and the rules by which it is judged."""

from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.web.conditional import etag_of, honour_if_match
from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import NotFound, PreconditionFailed, problems
from services.energy.generation import repository, target_repository
from services.energy.generation.day_tables import GenerationTargetRow
from services.energy.generation.domain.pace import level_of
from services.energy.generation.errors import (
    GenerationRuleInvalid,
    GenerationRuleMissing,
    GenerationRuleScopeTooWide,
    PlantNotFound,
    PlantPeriodInverted,
    PlantRegionInvalid,
    TargetInvalid,
    TargetNotFound,
)
from services.energy.generation.routes.common import KEEPERS, new_router
from services.energy.generation.service import targets as service
from services.energy.generation.service.rules import put_rule, rule_of
from services.energy.generation.service.watching import forget_target, watch_targets
from services.energy.generation.target_schemas import (
    PacePage,
    PaceRead,
    RuleRead,
    RuleWrite,
    TargetRead,
    TargetWrite,
    pace_read,
    rule_read,
    target_read,
)

router = new_router()


@router.get("/generation-targets", response_model=PageOf[TargetRead])
async def list_targets(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(target_repository.TARGETS)]
) -> Any:
    """Targets with all their versions; ``filter[current][eq]=true`` leaves those that stand."""
    page = await target_repository.list_targets(ctx.session, ctx.principal, query)
    return page_response(request, page, query, TargetRead, target_read)


@router.put(
    "/generation-targets",
    response_model=TargetRead,
    responses={
        201: {"model": TargetRead, "description": "It is the first of this year, place and kind."},
        **problems(PlantNotFound, PlantRegionInvalid, TargetInvalid, NotFound),
    },
    dependencies=KEEPERS,
)
async def put_target(body: TargetWrite, ctx: ContextDep, response: Response) -> TargetRead:
    """Set what a region's plants, of one kind or all, or one plant, are to make in a year; versions stay."""
    plant = None
    if body.plant_code is not None:
        plant = await repository.get_plant(ctx.session, ctx.principal, body.plant_code)
    facts = service.TargetFacts(
        region_code=body.region_code,
        year=body.year,
        energy_kwh=body.energy_kwh,
        basis=body.basis,
        reason=body.reason,
        plant=plant,
        kind=body.kind,
        monthly_kwh=None if body.monthly_kwh is None else tuple(body.monthly_kwh),
        responsible_person_id=body.responsible_person_id,
        responsible_unit_id=body.responsible_unit_id,
    )
    row, is_first = await service.put_target(ctx, facts)
    await watch_targets(ctx, [row])
    response.status_code = 201 if is_first else 200
    response.headers["ETag"] = etag_of(row.version)
    return target_read(row)


@router.get("/generation-targets/pace", response_model=PacePage)
async def list_paces(
    ctx: ContextDep,
    year: Annotated[int | None, Query(ge=2000, le=2100, description="This year if left out.")] = None,
    day: Annotated[date | None, Query(description="By the end of it; yesterday, or the year's end.")] = None,
) -> PacePage:
    """All targets of the caller that stand, with their pace."""
    chosen = year or (day or today_of(ctx)).year
    rows = await target_repository.current_targets(ctx.session, chosen, principal=ctx.principal)
    return PacePage(items=[await _pace(ctx, row, day) for row in rows])


@router.get("/generation-targets/{target_id}", response_model=TargetRead, responses=problems(TargetNotFound))
async def get_target(target_id: UUID, ctx: ContextDep, response: Response) -> TargetRead:
    """One version of a target."""
    row = await target_repository.get_target(ctx.session, ctx.principal, target_id)
    response.headers["ETag"] = etag_of(row.version)
    return target_read(row)


@router.get(
    "/generation-targets/{target_id}/pace",
    response_model=PaceRead,
    responses=problems(TargetNotFound, GenerationRuleMissing),
)
async def get_pace(
    target_id: UUID,
    ctx: ContextDep,
    day: Annotated[date | None, Query(description="By the end of it; yesterday, or the year's end.")] = None,
) -> PaceRead:
    """How the year stands: planned by now, made, behind, forecast of the year."""
    return await _pace(ctx, await target_repository.get_target(ctx.session, ctx.principal, target_id), day)


@router.delete(
    "/generation-targets/{target_id}",
    response_model=TargetRead,
    responses=problems(TargetNotFound, PreconditionFailed),
    dependencies=KEEPERS,
)
async def withdraw_target(
    target_id: UUID,
    reason: Annotated[str, Query(min_length=1, max_length=500)],
    request: Request,
    ctx: ContextDep,
) -> TargetRead:
    """The target counts no more; its versions stay."""
    row = await target_repository.get_target(ctx.session, ctx.principal, target_id)
    honour_if_match(request, row.version)
    row = await service.withdraw_target(ctx, row, reason)
    await forget_target(ctx, row)
    return target_read(row)


async def _pace(ctx: Context, row: GenerationTargetRow, day: date | None) -> PaceRead:
    first, last = date(row.year, 1, 1), date(row.year, 12, 31)
    by = min(max(day or today_of(ctx) - timedelta(days=1), first), last)
    rule = await rule_of(ctx, row.region_code, by)
    pace = await service.pace_of_target(ctx, row, by, rule.least_completeness)
    level = None
    if pace.behind_points is not None:
        level = level_of(pace.behind_points, (rule.behind_points_1, rule.behind_points_2))
    return pace_read(row, await service.name_of(ctx, row), pace, level)


@router.get("/generation-rules", response_model=PageOf[RuleRead])
async def list_rules(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(target_repository.RULES)]
) -> Any:
    """When plants ask for people, by region and time."""
    return page_response(
        request, await target_repository.list_rules(ctx.session, query), query, RuleRead, rule_read
    )


@router.put(
    "/generation-rules",
    response_model=RuleRead,
    responses=problems(GenerationRuleInvalid, GenerationRuleScopeTooWide, PlantRegionInvalid, PlantPeriodInverted),
    dependencies=KEEPERS,
)
async def put_generation_rule(body: RuleWrite, ctx: ContextDep, response: Response) -> RuleRead:
    """Set the thresholds of a region from a day on; the rule before ends with it."""
    row = await put_rule(ctx, body.facts())
    response.headers["ETag"] = etag_of(row.version)
    return rule_read(row)
