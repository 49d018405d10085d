"""Registering, changing, closing meters, and their codes in other systems."""

from typing import Annotated

from fastapi import Path, Query, Request, Response

from libs.common.web.conditional import check_if_match
from libs.common.web.dependencies import ContextDep
from libs.common.web.problems import PreconditionFailed, PreconditionRequired, problems
from services.energy.metering.domain.meter import METER_NO_PATTERN
from services.energy.metering.errors import (
    AliasNotFound,
    AliasTaken,
    ClosureTooEarly,
    EffectiveTooEarly,
    MeterClosed,
    MeterFactFixed,
    MeterKindIncomplete,
    MeterNotClosed,
    MeterNotFound,
    MeterRangeInverted,
    RegionCodeInvalid,
    RegionOutOfReach,
    RescalingTooLong,
)
from services.energy.metering.schemas import MeterRead
from services.energy.meters.routes.common import KEEPERS, MeterNo, answer, new_router, row_as_seen
from services.energy.meters.schemas import AliasRead, Closure, MeterUpdate, MeterWrite
from services.energy.meters.service import aliases, closing, registration
from services.energy.meters.service.recording import locked_row

router = new_router()

System = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_.-]{0,39}$", description="The other system.")]
AliasCode = Annotated[str, Path(pattern=METER_NO_PATTERN)]
_CHANGE_ERRORS = (
    EffectiveTooEarly,
    MeterClosed,
    MeterKindIncomplete,
    MeterNotFound,
    MeterRangeInverted,
    RegionCodeInvalid,
    RegionOutOfReach,
    RescalingTooLong,
)


@router.put(
    "/{meter_no}",
    response_model=MeterRead,
    responses={201: {"model": MeterRead}, **problems(MeterFactFixed, *_CHANGE_ERRORS)},
    dependencies=KEEPERS,
)
async def put_meter(meter_no: MeterNo, body: MeterWrite, ctx: ContextDep, response: Response) -> MeterRead:
    """Register a meter, or change it."""
    row, is_new = await registration.put_meter(ctx, meter_no, body.record(), body.effective_from, body.reason)
    response.status_code = 201 if is_new else 200
    return answer(row, response)


@router.patch(
    "/{meter_no}",
    response_model=MeterRead,
    responses=problems(PreconditionRequired, PreconditionFailed, *_CHANGE_ERRORS),
    dependencies=KEEPERS,
)
async def patch_meter(
    meter_no: MeterNo, body: MeterUpdate, request: Request, ctx: ContextDep, response: Response
) -> MeterRead:
    """Change single facts from a day on.

    A multiplier that was another one in the past computes the curves since then anew: a register's from its
    states, an interval meter's by scaling, with what stood there kept as a revision. Capacity, bounds, owner and
    place in the grid change what is judged from now on and what is shown for their time; stored values stay.
    """
    row = await locked_row(ctx, meter_no)
    check_if_match(request, row.version)
    await registration.patch_meter(ctx, row, body.changes(), body.effective_from, body.reason)
    return answer(row, response)


@router.put(
    "/{meter_no}/closure",
    response_model=MeterRead,
    responses=problems(MeterNotFound, ClosureTooEarly, PreconditionFailed),
    dependencies=KEEPERS,
)
async def close_meter(
    meter_no: MeterNo, body: Closure, request: Request, ctx: ContextDep, response: Response
) -> MeterRead:
    """End the meter's life with a day; what is sent of later days is rejected."""
    row = await row_as_seen(ctx, request, meter_no)
    await closing.close_meter(ctx, row, body.last_day, body.reason)
    return answer(row, response)


@router.delete(
    "/{meter_no}/closure",
    response_model=MeterRead,
    responses=problems(MeterNotFound, MeterNotClosed, PreconditionFailed),
    dependencies=KEEPERS,
)
async def reopen_meter(
    meter_no: MeterNo,
    reason: Annotated[str, Query(min_length=1, max_length=500)],
    request: Request,
    ctx: ContextDep,
    response: Response,
) -> MeterRead:
    """Take the closure back."""
    row = await row_as_seen(ctx, request, meter_no)
    await closing.reopen_meter(ctx, row, reason)
    return answer(row, response)


@router.put(
    "/{meter_no}/aliases/{system}/{code}",
    response_model=AliasRead,
    responses={201: {"model": AliasRead}, **problems(MeterNotFound, AliasTaken)},
    dependencies=KEEPERS,
)
async def put_alias(
    meter_no: MeterNo, system: System, code: AliasCode, ctx: ContextDep, response: Response
) -> AliasRead:
    """Name the meter by a code of another system; feeds may use it in place of the number."""
    row = await locked_row(ctx, meter_no)
    response.status_code = 201 if await aliases.add_alias(ctx, row, system, code) else 200
    return AliasRead(system=system, code=code)


@router.delete(
    "/{meter_no}/aliases/{system}/{code}",
    status_code=204,
    responses=problems(MeterNotFound, AliasNotFound),
    dependencies=KEEPERS,
)
async def delete_alias(meter_no: MeterNo, system: System, code: AliasCode, ctx: ContextDep) -> None:
    """Take a code away."""
    row = await locked_row(ctx, meter_no)
    await aliases.remove_alias(ctx, row, system, code)
