"""``/v1/meters/{meter_no}/registers``: the states that a meter's curve follows from."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime

from libs.common.web.dependencies import ContextDep
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.energy.metering import repository as metering_repository
from services.energy.metering.domain.meter import METER_NO_PATTERN
from services.energy.metering.domain.slots import MINUTES_A_DAY, day_number, local_minute
from services.energy.metering.errors import CurveRangeTooLong, MeterNotFound, PeriodInverted
from services.energy.metering.service import check_period
from services.energy.registers import fault_repository, state_repository
from services.energy.registers.schemas import RegisterPage, register_page

router = APIRouter(prefix="/v1/meters", route_class=TransactionalRoute, tags=["meters"])


@router.get(
    "/{meter_no}/registers",
    response_model=RegisterPage,
    responses=problems(MeterNotFound, PeriodInverted, CurveRangeTooLong),
)
async def get_registers(
    meter_no: Annotated[str, Path(pattern=METER_NO_PATTERN)],
    first: Annotated[date, Query(alias="from")],
    last: Annotated[date, Query(alias="to", description="Included.")],
    ctx: ContextDep,
    after: Annotated[AwareDatetime | None, Query(description="next_after of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 3000,
    only_open: Annotated[bool, Query(description="Only faults that still stand.")] = False,
) -> RegisterPage:
    """States of a meter's register, and what could not be explained; at most 400 days."""
    check_period(first, last)
    meter = await metering_repository.get_visible(ctx.session, ctx.principal, meter_no)
    begin = max(day_number(first), meter.first_day) * MINUTES_A_DAY
    end = (day_number(last) + 1) * MINUTES_A_DAY
    start = begin if after is None else max(begin, local_minute(after, meter.offset_minutes))
    rows = await state_repository.list_states(ctx.session, meter.meter_index, start, end, limit + 1)
    faults = await fault_repository.list_faults(ctx.session, meter.meter_index, begin, end, only_open=only_open)
    more = rows[limit].minute if len(rows) > limit else None
    return register_page(meter, rows[:limit], faults, more)
