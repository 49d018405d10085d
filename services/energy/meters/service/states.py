"""States of registers that never were: a wrong stamp cannot be corrected by sending it again."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from libs.common.context import Context
from services.energy.metering.domain.slots import local_minute
from services.energy.metering.tables import MeterRow
from services.energy.meters import repository
from services.energy.meters.errors import RegisterStateNotFound
from services.energy.meters.service.rescaling import rederive_span
from services.energy.registers.state_repository import lock_registers, remove_state


async def take_state_out(ctx: Context, row: MeterRow, at: datetime, reason: str) -> None:
    """Take a state of a locked meter out and judge its neighbours anew. Raises RegisterStateNotFound."""
    minute = local_minute(at, row.offset_minutes)
    await lock_registers(ctx.session, np.array([row.meter_index], np.int64))
    change = (ctx.new_id(), ctx.now, reason, ctx.principal.subject)
    if not await remove_state(ctx.session, row.meter_index, minute, change):
        raise RegisterStateNotFound(at=at)
    meter = await repository.meter_with_life(ctx.session, row)
    await rederive_span(ctx, meter, minute, minute)
