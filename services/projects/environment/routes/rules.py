"""``/v1/environment-rules``, ``/v1/visit-rules``, ``/v1/inspection-limits``, ``/v1/quiet-days``."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from libs.common.local_time import today_of
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.projects.environment.errors import (
    PeriodTooLong,
    UnknownReference,
    VisitRuleCodeTaken,
    VisitRuleIncomplete,
)
from services.projects.environment.repository import rules as repository
from services.projects.environment.routes.answers import KEEPERS
from services.projects.environment.schemas.rules import (
    EnvironmentRuleRead,
    EnvironmentRuleWrite,
    InspectionLimitRead,
    InspectionLimitWrite,
    QuietDayRead,
    QuietDaysRead,
    RuleCode,
    VisitRuleRead,
    VisitRuleWrite,
)
from services.projects.environment.service import rules
from services.projects.environment.service.quiet_days import preview
from services.projects.environment.tables.rules import EnvironmentRuleRow, InspectionLimitRow, VisitRuleRow
from services.projects.registry.errors import (
    EverywhereForbidden,
    UnknownRegion,
    ValidityNotOrdered,
    ValidityOverlap,
)

RulesQuery = Annotated[ListQuery, Depends(repository.ENVIRONMENT_RULES.selecting(EnvironmentRuleRead))]
VisitRulesQuery = Annotated[ListQuery, Depends(repository.VISIT_RULES.selecting(VisitRuleRead))]
LimitsQuery = Annotated[ListQuery, Depends(repository.INSPECTION_LIMITS.selecting(InspectionLimitRead))]

_PUTTING = (ValidityNotOrdered, ValidityOverlap, EverywhereForbidden, UnknownRegion)

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["environment"])


@router.get("/environment-rules", response_model=PageOf[EnvironmentRuleRead])
async def list_environment_rules(request: Request, ctx: ContextDep, query: RulesQuery) -> Response:
    """Numbers that the business environment goes by, past and coming ones included."""
    page = await repository.list_rules(ctx.session, ctx.principal, query, EnvironmentRuleRow)
    return page_response(request, page, query, EnvironmentRuleRead)


@router.put(
    "/environment-rules",
    response_model=EnvironmentRuleRead,
    responses=problems(*_PUTTING),
    dependencies=[require(*KEEPERS)],
)
async def put_environment_rule(body: EnvironmentRuleWrite, ctx: ContextDep) -> Any:
    """Put a number in force from its first day on; clocks that run keep the day they were given."""
    return await rules.put_environment_rule(ctx, body.rule(today_of(ctx)))


@router.get("/visit-rules", response_model=PageOf[VisitRuleRead])
async def list_visit_rules(request: Request, ctx: ContextDep, query: VisitRulesQuery) -> Response:
    """Quiet days and closed-managed parks, past and coming ones included."""
    page = await repository.list_rules(ctx.session, ctx.principal, query, VisitRuleRow)
    return page_response(request, page, query, VisitRuleRead)


@router.put(
    "/visit-rules/{code}",
    response_model=VisitRuleRead,
    responses=problems(VisitRuleIncomplete, VisitRuleCodeTaken, UnknownReference, *_PUTTING),
    dependencies=[require(*KEEPERS)],
)
async def put_visit_rule(code: RuleCode, body: VisitRuleWrite, ctx: ContextDep) -> Any:
    """Put a rule of quiet days, or the closing of a park, in force from its first day on."""
    return await rules.put_visit_rule(ctx, body.rule(code, today_of(ctx)))


@router.get("/inspection-limits", response_model=PageOf[InspectionLimitRead])
async def list_inspection_limits(request: Request, ctx: ContextDep, query: LimitsQuery) -> Response:
    """How often enterprises may be inspected, past and coming limits included."""
    page = await repository.list_rules(ctx.session, ctx.principal, query, InspectionLimitRow)
    return page_response(request, page, query, InspectionLimitRead)


@router.put(
    "/inspection-limits",
    response_model=InspectionLimitRead,
    responses=problems(UnknownReference, *_PUTTING),
    dependencies=[require(*KEEPERS)],
)
async def put_inspection_limit(body: InspectionLimitWrite, ctx: ContextDep) -> Any:
    """Put a limit in force from its first day on; inspections approved before stay so."""
    return await rules.put_inspection_limit(ctx, body.limit(today_of(ctx)))


@router.get("/quiet-days", response_model=QuietDaysRead, responses=problems(UnknownReference, PeriodTooLong))
async def preview_quiet_days(
    ctx: ContextDep,
    enterprise_id: UUID,
    first: Annotated[date, Query(alias="from")],
    last: Annotated[date, Query(alias="to", description="Included; at most a year.")],
) -> Any:
    """Each day of a period on which an enterprise may or may not be visited, with the rule and the reason."""
    days = await preview(ctx, enterprise_id, first, last)
    return QuietDaysRead(enterprise_id=enterprise_id, items=[QuietDayRead.of(day) for day in days])
