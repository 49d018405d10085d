"""What happens to the devices behind the meters."""

from uuid import UUID

from fastapi import Request

from libs.common.web.dependencies import ContextDep
from libs.common.web.problems import PreconditionFailed, problems
from services.energy.metering import repository as metering_repository
from services.energy.metering.errors import MeterKindIncomplete, MeterNotFound, RescalingTooLong
from services.energy.meters.errors import (
    DeviceEventInFuture,
    DeviceEventNotFound,
    DeviceEventTaken,
    DeviceEventTooEarly,
    DeviceEventUnfit,
    DeviceStateTooLarge,
    RegisterStateNotFound,
)
from services.energy.meters.routes.common import KEEPERS, MeterNo, new_router, row_as_seen
from services.energy.meters.schemas import (
    DeviceEventCreate,
    DeviceEventList,
    DeviceEventRead,
    StateRemoval,
    Voiding,
)
from services.energy.meters.service import devices, states
from services.energy.registers import event_repository

router = new_router()


@router.get("/{meter_no}/device-events", response_model=DeviceEventList, responses=problems(MeterNotFound))
async def list_device_events(meter_no: MeterNo, ctx: ContextDep) -> DeviceEventList:
    """Replacements, resets and turns of a meter's device, those recorded in error included."""
    row = await metering_repository.get_visible_row(ctx.session, ctx.principal, meter_no)
    events = await event_repository.list_events(ctx.session, row.meter_id)
    return DeviceEventList(items=[DeviceEventRead.model_validate(event) for event in events])


@router.post(
    "/{meter_no}/device-events",
    response_model=DeviceEventRead,
    status_code=201,
    responses=problems(
        MeterNotFound,
        DeviceEventInFuture,
        DeviceEventTooEarly,
        DeviceEventTaken,
        DeviceEventUnfit,
        DeviceStateTooLarge,
        MeterKindIncomplete,
        RescalingTooLong,
        PreconditionFailed,
    ),
    dependencies=KEEPERS,
)
async def create_device_event(
    meter_no: MeterNo, body: DeviceEventCreate, request: Request, ctx: ContextDep
) -> DeviceEventRead:
    """Record a replaced, reset or turned register; its differences around that time are computed anew."""
    row = await row_as_seen(ctx, request, meter_no)
    return DeviceEventRead.model_validate(await devices.record_device_event(ctx, row, body.facts()))


@router.post(
    "/{meter_no}/registers/removals",
    status_code=204,
    responses=problems(MeterNotFound, RegisterStateNotFound, PreconditionFailed),
    dependencies=KEEPERS,
)
async def remove_state(meter_no: MeterNo, body: StateRemoval, request: Request, ctx: ContextDep) -> None:
    """Take a state out of the register that never was; what follows from its neighbours is computed anew."""
    row = await row_as_seen(ctx, request, meter_no)
    await states.take_state_out(ctx, row, body.at, body.reason)


@router.post(
    "/{meter_no}/device-events/{event_id}/void",
    response_model=DeviceEventRead,
    responses=problems(MeterNotFound, DeviceEventNotFound, PreconditionFailed),
    dependencies=KEEPERS,
)
async def void_device_event(
    meter_no: MeterNo, event_id: UUID, body: Voiding, request: Request, ctx: ContextDep
) -> DeviceEventRead:
    """Take back an event that was recorded in error; it stays visible with the reason."""
    row = await row_as_seen(ctx, request, meter_no)
    return DeviceEventRead.model_validate(await devices.void_device_event(ctx, row, event_id, body.reason))
