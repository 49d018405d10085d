"""``/v1/grid-nodes/{code}/forecasts``, ``/v1/forecast-issues``, ``/v1/forecast-rules`` and how good they were."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AwareDatetime

from libs.common.security.principal import Role, Scope
from libs.common.web.conditional import not_modified
from libs.common.web.dependencies import ContextDep, require, require_scope
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.energy.balance.forecasts import GenerationOf, no_generation
from services.energy.forecast import repository
from services.energy.forecast.domain.due import STANDARD
from services.energy.forecast.errors import (
    ForecastNotFound,
    ForecastRuleInvalid,
    ForecastRuleScopeAmbiguous,
    ForecastRuleScopeTooWide,
    ForecastRuleValidityInverted,
    NodeNotForecast,
    NoForecast,
)
from services.energy.forecast.issuing import issue_now
from services.energy.forecast.rules import put_rule
from services.energy.forecast.schemas import (
    AccuracyLine,
    AccuracyRead,
    AccuracyTable,
    ForecastDayRead,
    ForecastIssueRead,
    ForecastIssueWhole,
    ForecastOrder,
    ForecastRuleRead,
    ForecastRuleWrite,
    accuracy_read,
    day_read,
    issue_read,
    rule_read,
    whole_read,
)
from services.energy.forecast.service import get_latest
from services.energy.grid.errors import GridNodeNotFound
from services.energy.grid.loads import find_node
from services.energy.grid.schemas import Day
from services.energy.metering.domain.meter import METER_NO_PATTERN
from services.energy.metering.errors import PeriodInverted, RegionCodeInvalid

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["forecasts"])

Code = Annotated[str, Path(pattern=METER_NO_PATTERN)]
_KEEPERS: list[Any] = [
    require(Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER),
    require_scope(Scope.ENERGY_WRITE),
]
AsOf = Annotated[AwareDatetime | None, Query(description="As it was known then; now if absent.")]


def _generation(request: Request) -> GenerationOf:
    """What plants beside the meters feed in, where this site knows it."""
    found: GenerationOf = getattr(request.app.state, "grid_generation", no_generation)
    return found


@router.get(
    "/grid-nodes/{code}/forecasts", response_model=PageOf[ForecastDayRead], responses=problems(GridNodeNotFound)
)
async def list_forecasts(
    code: Code,
    request: Request,
    ctx: ContextDep,
    query: Annotated[ListQuery, Depends(repository.DAYS.selecting(ForecastDayRead))],
) -> Any:
    """Every day that any issue forecast of an area or a substation, the newest issue first; none ever changes."""
    node = await find_node(ctx.session, ctx.principal, code)
    page = await repository.list_days(ctx.session, node.id, query)
    return page_response(request, page, query, ForecastDayRead, day_read)


@router.post(
    "/grid-nodes/{code}/forecasts",
    status_code=201,
    response_model=ForecastIssueWhole,
    responses=problems(GridNodeNotFound, NodeNotForecast),
    dependencies=_KEEPERS,
)
async def post_forecast(code: Code, body: ForecastOrder, request: Request, ctx: ContextDep) -> ForecastIssueWhole:
    """Issue a forecast now. Where the node has too little history it is refused: the issue says why."""
    node = await find_node(ctx.session, ctx.principal, code)
    issue = await issue_now(ctx, node, body.kind, _generation(request))
    return whole_read(issue, await repository.days_of(ctx.session, issue.id))


@router.get(
    "/grid-nodes/{code}/forecasts/latest",
    response_model=ForecastDayRead,
    responses=problems(GridNodeNotFound, NoForecast),
)
async def get_latest_forecast(
    code: Code,
    request: Request,
    ctx: ContextDep,
    response: Response,
    day: Annotated[Day | None, Query(description="Tomorrow if absent.")] = None,
    as_of: AsOf = None,
) -> Any:
    """The newest forecast of a day. Where there is none, the problem tells why."""
    node = await find_node(ctx.session, ctx.principal, code)
    wanted = day or ctx.now.astimezone(STANDARD).date() + timedelta(days=1)
    found = await get_latest(ctx, node, wanted, as_of)
    response.headers["ETag"] = f'"{found.id}"'
    return not_modified(request, f'"{found.id}"') or day_read(found)


@router.get(
    "/grid-nodes/{code}/forecasts/{issue_id}",
    response_model=ForecastIssueWhole,
    responses=problems(GridNodeNotFound, ForecastNotFound),
)
async def get_forecast(code: Code, issue_id: UUID, ctx: ContextDep) -> ForecastIssueWhole:
    """One issue with all its days."""
    node = await find_node(ctx.session, ctx.principal, code)
    issue = await repository.get_issue(ctx.session, node.id, issue_id)
    return whole_read(issue, await repository.days_of(ctx.session, issue.id))


@router.get(
    "/grid-nodes/{code}/forecast-accuracy",
    response_model=AccuracyTable,
    responses=problems(GridNodeNotFound, PeriodInverted),
)
async def get_accuracy_table(
    code: Code,
    ctx: ContextDep,
    first: Annotated[Day, Query(alias="from")],
    last: Annotated[Day, Query(alias="to", description="Included.")],
) -> AccuracyTable:
    """How good the forecasts of days that are over were: means by kind, lead and model, beside the naive ones."""
    if last < first:
        raise PeriodInverted(first=first, last=last)
    node = await find_node(ctx.session, ctx.principal, code)
    lines = await repository.accuracy_table(ctx.session, node.id, first, last)
    return AccuracyTable(items=[AccuracyLine.model_validate(dict(line)) for line in lines])


@router.get("/forecast-accuracies", response_model=PageOf[AccuracyRead])
async def list_accuracies(
    request: Request,
    ctx: ContextDep,
    query: Annotated[ListQuery, Depends(repository.ACCURACIES.selecting(AccuracyRead))],
) -> Any:
    """Each forecast of a day that is over, of all nodes within reach, the latest day first."""
    page = await repository.list_accuracies(ctx.session, ctx.principal, query)
    return page_response(request, page, query, AccuracyRead, accuracy_read)


@router.get("/forecast-issues", response_model=PageOf[ForecastIssueRead])
async def list_issues(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.ISSUES)]
) -> Any:
    """What was issued, and what was refused and why, of all nodes within reach; the newest first."""
    page = await repository.list_issues(ctx.session, ctx.principal, query)
    return page_response(request, page, query, ForecastIssueRead, issue_read)


@router.get("/forecast-rules", response_model=PageOf[ForecastRuleRead])
async def list_rules(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.RULES)]
) -> Any:
    """By what forecasts are made; of the rules that cover a node the narrowest counts, then the newest."""
    page = await repository.list_rules(ctx.session, ctx.principal, query)
    return page_response(request, page, query, ForecastRuleRead, rule_read)


@router.put(
    "/forecast-rules",
    response_model=ForecastRuleRead,
    responses={
        201: {"model": ForecastRuleRead},
        **problems(
            ForecastRuleScopeAmbiguous,
            ForecastRuleScopeTooWide,
            ForecastRuleValidityInverted,
            ForecastRuleInvalid,
            RegionCodeInvalid,
            GridNodeNotFound,
        ),
    },
    dependencies=_KEEPERS,
)
async def put_forecast_rule(body: ForecastRuleWrite, ctx: ContextDep, response: Response) -> ForecastRuleRead:
    """Record a rule by scope and beginning; forecasts that were issued stay as they are."""
    row, is_new = await put_rule(ctx, body.facts())
    response.status_code = 201 if is_new else 200
    return rule_read(row)
