"""``/v1/detection-backtests``, and changing ``/v1/detection-rules`` by what one has shown."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.security.principal import Role, Scope
from libs.common.web.dependencies import ContextDep, require, require_scope
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.energy.backtests import repository
from services.energy.backtests.domain.draft import DraftRule
from services.energy.backtests.errors import (
    BacktestMissing,
    BacktestNotDone,
    BacktestNotFound,
    BacktestOfOtherRule,
    BacktestOutdated,
    BacktestScopeAmbiguous,
    BacktestTooLarge,
    BacktestTooShort,
)
from services.energy.backtests.schemas import (
    BacktestDetail,
    BacktestRead,
    BacktestWrite,
    backtest_detail,
    backtest_read,
)
from services.energy.backtests.service import check_proof, request_backtest
from services.energy.detection.errors import RuleScopeAmbiguous, RuleScopeTooWide, RuleValidityInverted
from services.energy.detection.rules import put_rule
from services.energy.detection.schemas import RuleRead, RuleWrite, rule_read
from services.energy.metering.errors import (
    CurveRangeTooLong,
    MeterNotFound,
    PeriodInverted,
    RegionCodeInvalid,
)

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["detection"])

_KEEPERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER)


@router.get("/detection-backtests", response_model=PageOf[BacktestRead])
async def list_backtests(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.BACKTESTS)]
) -> Any:
    """Backtests of the caller's regions, the latest first."""
    page = await repository.list_backtests(ctx.session, ctx.principal, query)
    return page_response(request, page, query, BacktestRead, backtest_read)


@router.post(
    "/detection-backtests",
    status_code=202,
    response_model=BacktestRead,
    responses=problems(
        PeriodInverted,
        CurveRangeTooLong,
        BacktestScopeAmbiguous,
        BacktestTooLarge,
        RuleScopeTooWide,
        RegionCodeInvalid,
        MeterNotFound,
    ),
    dependencies=[require(*_KEEPERS, Role.OFFICER), require_scope(Scope.ENERGY_WRITE)],
)
async def post_backtest(body: BacktestWrite, ctx: ContextDep) -> BacktestRead:
    """Try rules on stored curves; the result is there within minutes."""
    return backtest_read(await request_backtest(ctx, body.trial()))


@router.get(
    "/detection-backtests/{backtest_id}", response_model=BacktestDetail, responses=problems(BacktestNotFound)
)
async def get_backtest(backtest_id: UUID, ctx: ContextDep) -> BacktestDetail:
    """One backtest with its alarms."""
    return backtest_detail(await repository.get_backtest(ctx.session, ctx.principal, backtest_id))


@router.get(
    "/detection-backtests/{backtest_id}/report",
    response_class=Response,
    responses={200: {"content": {"text/html": {}}}, **problems(BacktestNotFound, BacktestNotDone)},
)
async def get_report(backtest_id: UUID, ctx: ContextDep) -> Response:
    """The result as a page with a picture of each miss and false alarm."""
    row = await repository.get_backtest(ctx.session, ctx.principal, backtest_id)
    if row.report is None:
        raise BacktestNotDone(backtest_id=row.id, status=row.status)
    # Nothing in it runs or is fetched, whatever a meter is called.
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return Response(row.report, media_type="text/html; charset=utf-8", headers=headers)


@router.put(
    "/detection-rules",
    response_model=RuleRead,
    responses={
        201: {"model": RuleRead},
        **problems(RuleScopeAmbiguous, RuleScopeTooWide, RuleValidityInverted, RegionCodeInvalid, MeterNotFound),
        **problems(
            BacktestMissing,
            BacktestNotFound,
            BacktestNotDone,
            BacktestOutdated,
            BacktestTooShort,
            BacktestOfOtherRule,
        ),
    },
    dependencies=[require(*_KEEPERS), require_scope(Scope.ENERGY_WRITE)],
)
async def put_detection_rule(body: RuleWrite, ctx: ContextDep, response: Response) -> RuleRead:
    """Record a rule by kind, scope and beginning, with the backtest it was tried in; the workers follow."""
    tried = DraftRule(body.parameters, body.region_code, body.meter_no)
    proof = await check_proof(ctx, body.backtest_id, tried)
    row, is_new = await put_rule(
        ctx,
        kind=body.kind,
        region_code=body.region_code,
        meter_no=body.meter_no,
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        parameters=body.parameters,
        note=body.note,
        backtest_id=proof,
    )
    response.status_code = 201 if is_new else 200
    return rule_read(row)
