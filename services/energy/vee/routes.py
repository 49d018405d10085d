"""``/v1/vee-rules``, ``/v1/vee-findings``, a meter's estimates and edits."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from libs.common.security.principal import Role, Scope
from libs.common.web.dependencies import ContextDep, require, require_scope
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.energy.metering.domain.meter import METER_NO_PATTERN
from services.energy.metering.errors import (
    CurveRangeTooLong,
    MeterNotFound,
    PeriodInverted,
    RegionCodeInvalid,
)
from services.energy.metering.repository import get_visible
from services.energy.metering.service import check_period
from services.energy.vee import repository
from services.energy.vee.errors import (
    FindingNotFound,
    FindingNotOpen,
    SumCheckWithoutMeter,
    ThresholdsInvalid,
    VeeRuleScopeAmbiguous,
    VeeRuleScopeTooWide,
    VeeRuleValidityInverted,
    VirtualNotEstimated,
)
from services.energy.vee.schemas import (
    Acceptance,
    EditList,
    EstimateList,
    FindingRead,
    VeeRuleRead,
    VeeRuleWrite,
    edit_read,
    estimate_read,
    finding_read,
    rule_read,
)
from services.energy.vee.service.findings import accept_finding
from services.energy.vee.service.rules import put_rule

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["vee"])

MeterNo = Annotated[str, Path(pattern=METER_NO_PATTERN)]
First = Annotated[date, Query(alias="from")]
Last = Annotated[date, Query(alias="to", description="Included.")]
_KEEPERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER)


@router.get("/vee-rules", response_model=PageOf[VeeRuleRead])
async def list_vee_rules(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.RULES)]
) -> Any:
    """Rules of validation and estimation; of those that cover a meter the narrowest counts, then the newest."""
    page = await repository.list_rules(ctx.session, query)
    return page_response(request, page, query, VeeRuleRead, rule_read)


@router.put(
    "/vee-rules",
    response_model=VeeRuleRead,
    responses={
        201: {"model": VeeRuleRead},
        **problems(
            VeeRuleScopeAmbiguous,
            VeeRuleScopeTooWide,
            VeeRuleValidityInverted,
            ThresholdsInvalid,
            SumCheckWithoutMeter,
            VirtualNotEstimated,
            RegionCodeInvalid,
            MeterNotFound,
        ),
    },
    dependencies=[require(*_KEEPERS), require_scope(Scope.ENERGY_WRITE)],
)
async def put_vee_rule(body: VeeRuleWrite, ctx: ContextDep, response: Response) -> VeeRuleRead:
    """Record a rule by kind, scope and beginning."""
    row, is_new = await put_rule(ctx, body.facts())
    response.status_code = 201 if is_new else 200
    return rule_read(row)


@router.get("/vee-findings", response_model=PageOf[FindingRead])
async def list_findings(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.FINDINGS)]
) -> Any:
    """What the rules found on the caller's meters, newest first."""
    page = await repository.list_findings(ctx.session, ctx.principal, query)
    return page_response(request, page, query, FindingRead, finding_read)


@router.get("/vee-findings/{finding_id}", response_model=FindingRead, responses=problems(FindingNotFound))
async def get_finding(finding_id: UUID, ctx: ContextDep) -> FindingRead:
    """One finding."""
    return finding_read(await repository.get_finding(ctx.session, ctx.principal, finding_id))


@router.post(
    "/vee-findings/{finding_id}/acceptance",
    response_model=FindingRead,
    responses=problems(FindingNotFound, FindingNotOpen),
    dependencies=[require(*_KEEPERS), require_scope(Scope.ENERGY_WRITE)],
)
async def post_acceptance(finding_id: UUID, body: Acceptance, ctx: ContextDep) -> FindingRead:
    """Say that the values are right; the finding is opened again only for further slots."""
    return finding_read(await accept_finding(ctx, finding_id, body.reason))


@router.get(
    "/meters/{meter_no}/estimates",
    response_model=EstimateList,
    responses=problems(MeterNotFound, PeriodInverted, CurveRangeTooLong),
)
async def list_estimates(meter_no: MeterNo, first: First, last: Last, ctx: ContextDep) -> EstimateList:
    """Estimates of a meter's days with method and inputs, also those that were replaced since."""
    check_period(first, last)
    meter = await get_visible(ctx.session, ctx.principal, meter_no)
    rows = await repository.list_estimates(ctx.session, meter.meter_index, meter.quantity.number, first, last)
    return EstimateList(meter_no=meter_no, items=[estimate_read(row) for row in rows])


@router.get(
    "/meters/{meter_no}/edits",
    response_model=EditList,
    responses=problems(MeterNotFound, PeriodInverted, CurveRangeTooLong),
)
async def list_edits(meter_no: MeterNo, first: First, last: Last, ctx: ContextDep) -> EditList:
    """Who changed what in a meter's days, when and why."""
    check_period(first, last)
    meter = await get_visible(ctx.session, ctx.principal, meter_no)
    rows = await repository.list_edits(ctx.session, meter.meter_index, meter.quantity.number, first, last)
    return EditList(meter_no=meter_no, items=[edit_read(row) for row in rows])
