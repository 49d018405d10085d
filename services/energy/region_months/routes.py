"""``/v1/region-months``."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AfterValidator

from libs.common import regions
from libs.common.security.principal import Role
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.routes import TransactionalRoute
from services.energy.region_months import repository
from services.energy.region_months.schemas import RegionMonths

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["region months"])

Month = Annotated[str, Query(pattern=r"^(19|20|21)\d{2}-(0[1-9]|1[0-2])$", examples=["2026-03"])]
RegionCode = Annotated[
    str | None,
    Query(pattern=r"^[1-9][0-9]{5}(?:[0-9]{3})?$", description="With its subtree; absent: all that is reached."),
    AfterValidator(lambda code: code if code is None else regions.validate(code)),
]


@router.get(
    "/region-months",
    response_model=RegionMonths,
    dependencies=[require(Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER)],
)
async def get_region_months(ctx: ContextDep, month: Month, region_code: RegionCode = None) -> RegionMonths:
    """Electricity that the enterprises of regions drew in a month, here and in the cells, added up."""
    first = date.fromisoformat(f"{month}-01")
    within = "" if region_code is None else regions.prefix(region_code)
    rows = await repository.visible(ctx.session, ctx.principal, first, within)
    return RegionMonths.of(first, region_code, rows)
