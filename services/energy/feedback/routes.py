"""Verdicts on ``/v1/conditions`` and ``/v1/detection-factors``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response

from libs.common.contracts.energy import ConditionKind
from libs.common.security.principal import Role, Scope
from libs.common.web.conditional import etag_of
from libs.common.web.dependencies import ContextDep, require, require_scope
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.energy.detection.errors import ConditionNotFound
from services.energy.detection.repository import get_condition
from services.energy.feedback import repository
from services.energy.feedback.errors import FactorNotFound
from services.energy.feedback.schemas import (
    FactorRead,
    VerdictList,
    VerdictRead,
    VerdictWrite,
    factor_read,
    verdict_read,
)
from services.energy.feedback.service import Given, give_verdict, reset_factor
from services.energy.metering.domain.meter import METER_NO_PATTERN
from services.energy.metering.errors import MeterNotFound

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["detection"])

MeterNo = Annotated[str, Path(pattern=METER_NO_PATTERN)]
_JUDGES: list[Any] = [
    require(Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER),
    require_scope(Scope.ENERGY_WRITE),
]


@router.post(
    "/conditions/{condition_id}/verdicts",
    status_code=201,
    response_model=VerdictRead,
    responses={
        200: {"model": VerdictRead, "description": "That was said already; nothing changed."},
        **problems(ConditionNotFound),
    },
    dependencies=_JUDGES,
)
async def post_verdict(condition_id: UUID, body: VerdictWrite, ctx: ContextDep, response: Response) -> VerdictRead:
    """Say whether the condition was one. False alarms widen the meter's limits of this kind, within bounds.

    Another verdict later takes this one's place.
    """
    row = await get_condition(ctx.session, ctx.principal, condition_id, lock=True)
    given = await give_verdict(ctx, row, Given(body.is_true, body.note))
    if given is None:
        response.status_code = 200
        given = (await repository.verdicts_of_condition(ctx.session, condition_id))[-1]
    return verdict_read(given)


@router.get(
    "/conditions/{condition_id}/verdicts", response_model=VerdictList, responses=problems(ConditionNotFound)
)
async def list_verdicts(condition_id: UUID, ctx: ContextDep) -> VerdictList:
    """What was said of the condition, in order; the last one counts."""
    await get_condition(ctx.session, ctx.principal, condition_id)
    rows = await repository.verdicts_of_condition(ctx.session, condition_id)
    return VerdictList(items=[verdict_read(row) for row in rows])


@router.get("/detection-factors", response_model=PageOf[FactorRead])
async def list_factors(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.FACTORS)]
) -> Any:
    """Meters whose limits follow what operators said of their conditions."""
    page = await repository.list_factors(ctx.session, ctx.principal, query)
    return page_response(request, page, query, FactorRead, factor_read)


@router.delete(
    "/detection-factors/{meter_no}/{kind}",
    response_model=FactorRead,
    responses=problems(FactorNotFound, MeterNotFound),
    dependencies=_JUDGES,
)
async def delete_factor(meter_no: MeterNo, kind: ConditionKind, ctx: ContextDep, response: Response) -> FactorRead:
    """Judge the meter by the rule again; the verdicts so far count no more."""
    row = await reset_factor(ctx, meter_no, kind)
    response.headers["ETag"] = etag_of(row.version)
    return factor_read(row)
