"""``/v1/power-factor-pairs`` and a meter's power factors."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from libs.common.security.principal import Role, Scope
from libs.common.web.conditional import check_if_match, etag_of, not_modified
from libs.common.web.dependencies import ContextDep, require, require_scope
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.energy.metering.domain.meter import METER_NO_PATTERN
from services.energy.metering.errors import CurveRangeTooLong, MeterNotFound, PeriodInverted
from services.energy.power_factor import repository, service
from services.energy.power_factor.domain.factor import Standard
from services.energy.power_factor.errors import PairNotFound, PairOverlaps, PairUnfit, PairValidityInverted
from services.energy.power_factor.schemas import (
    FactorDays,
    PairChange,
    PairRead,
    PairWrite,
    factor_day,
    pair_read,
)

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["power factor"])

MeterNo = Annotated[str, Path(pattern=METER_NO_PATTERN)]
_KEEPERS: list[Any] = [
    require(Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER),
    require_scope(Scope.ENERGY_WRITE),
]


@router.get("/power-factor-pairs", response_model=PageOf[PairRead])
async def list_pairs(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.PAIRS)]
) -> Any:
    """Which active and reactive meters belong together, and since when."""
    page = await repository.list_pairs(ctx.session, ctx.principal, query)
    return page_response(request, page, query, PairRead, pair_read)


@router.post(
    "/power-factor-pairs",
    status_code=201,
    response_model=PairRead,
    responses=problems(MeterNotFound, PairUnfit, PairOverlaps, PairValidityInverted),
    dependencies=_KEEPERS,
)
async def post_pair(body: PairWrite, ctx: ContextDep, response: Response) -> PairRead:
    """Pair meters of one supply point; up to two months behind are judged at once."""
    row = await service.pair(ctx, body.pairing())
    response.headers["ETag"] = etag_of(row.version)
    return pair_read(row)


@router.get("/power-factor-pairs/{pair_id}", response_model=PairRead, responses=problems(PairNotFound))
async def get_pair(pair_id: UUID, request: Request, ctx: ContextDep, response: Response) -> Any:
    """One pair."""
    row = await service.find_pair(ctx, pair_id)
    response.headers["ETag"] = etag_of(row.version)
    return not_modified(request, etag_of(row.version)) or pair_read(row)


@router.patch(
    "/power-factor-pairs/{pair_id}",
    response_model=PairRead,
    responses=problems(PairNotFound, PairOverlaps, PairValidityInverted),
    dependencies=_KEEPERS,
)
async def patch_pair(
    pair_id: UUID, body: PairChange, request: Request, ctx: ContextDep, response: Response
) -> PairRead:
    """Change the class of user, or end the pair; other meters are another pair."""
    row = await repository.get_pair(ctx.session, ctx.principal, pair_id, lock=True)
    check_if_match(request, row.version)
    valid_to = body.valid_to if "valid_to" in body.model_fields_set else row.valid_to
    row = await service.change(ctx, row, body.standard or Standard(row.standard), valid_to)
    response.headers["ETag"] = etag_of(row.version)
    return pair_read(row)


@router.get(
    "/meters/{meter_no}/power-factors",
    response_model=FactorDays,
    responses=problems(MeterNotFound, PeriodInverted, CurveRangeTooLong),
)
async def list_factors(
    meter_no: MeterNo,
    ctx: ContextDep,
    first: Annotated[date, Query(alias="from")],
    last: Annotated[date, Query(alias="to", description="Included.")],
) -> FactorDays:
    """Power factors of the days of an active meter that is paired."""
    return FactorDays(items=[factor_day(row) for row in await service.list_days(ctx, meter_no, first, last)])
