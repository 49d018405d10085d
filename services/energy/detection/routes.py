"""``/v1/conditions`` and ``/v1/detection-rules``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.security.principal import Role, Scope
from libs.common.web.dependencies import ContextDep, require, require_scope
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.energy.detection import repository
from services.energy.detection.errors import (
    ConditionNotFound,
    RuleScopeAmbiguous,
    RuleScopeTooWide,
    RuleValidityInverted,
)
from services.energy.detection.rules import put_rule
from services.energy.detection.schemas import ConditionRead, RuleRead, RuleWrite, condition_read, rule_read
from services.energy.metering.errors import MeterNotFound, RegionCodeInvalid

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["detection"])

_KEEPERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER)


@router.get("/conditions", response_model=PageOf[ConditionRead])
async def list_conditions(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.CONDITIONS)]
) -> Any:
    """What was detected on the caller's meters, newest first."""
    page = await repository.list_conditions(ctx.session, ctx.principal, query)
    return page_response(request, page, query, ConditionRead, condition_read)


@router.get("/conditions/{condition_id}", response_model=ConditionRead, responses=problems(ConditionNotFound))
async def get_condition(condition_id: UUID, ctx: ContextDep) -> ConditionRead:
    """One condition with its evidence."""
    return condition_read(await repository.get_condition(ctx.session, ctx.principal, condition_id))


@router.get("/detection-rules", response_model=PageOf[RuleRead])
async def list_rules(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.RULES)]
) -> Any:
    """The thresholds in force, past and to come; the most specific scope wins, then the newest beginning."""
    page = await repository.list_rules(ctx.session, query)
    return page_response(request, page, query, RuleRead, rule_read)


@router.put(
    "/detection-rules",
    response_model=RuleRead,
    responses={
        201: {"model": RuleRead},
        **problems(RuleScopeAmbiguous, RuleScopeTooWide, RuleValidityInverted, RegionCodeInvalid, MeterNotFound),
    },
    dependencies=[require(*_KEEPERS), require_scope(Scope.ENERGY_WRITE)],
)
async def put_detection_rule(body: RuleWrite, ctx: ContextDep, response: Response) -> RuleRead:
    """Record a rule by kind, scope and beginning; the workers follow within seconds."""
    row, is_new = await put_rule(
        ctx,
        kind=body.kind,
        region_code=body.region_code,
        meter_no=body.meter_no,
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        parameters=body.parameters,
        note=body.note,
    )
    response.status_code = 201 if is_new else 200
    return rule_read(row)
