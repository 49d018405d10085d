"""What the registers could not explain, as findings of the rule ``register_order``."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.energy.metering.domain.slots import MINUTES_A_DAY
from services.energy.metering.touched import TouchedDays, days_of_meters, touched_meters
from services.energy.registers.fault_repository import open_faults
from services.energy.vee.service.settle import Reported


async def report_registers(session: AsyncSession, touched: TouchedDays) -> Sequence[Reported]:
    """Steps without energy that overlap the touched days, with the slots they leave missing."""
    if not len(touched):
        return []
    span = int(touched.day.min()) * MINUTES_A_DAY, (int(touched.day.max()) + 1) * MINUTES_A_DAY
    faults = await open_faults(session, touched_meters([touched]), *span)
    days = days_of_meters([touched], {fault.meter_index for fault, _ in faults})
    reported = []
    for fault, interval in faults:
        figures = {"kind": fault.kind, "before": fault.before, "after": fault.after}
        for day in sorted(days[fault.meter_index]):
            midnight = day * MINUTES_A_DAY
            first = max(0, (fault.start_minute - midnight) // interval)
            end = min(MINUTES_A_DAY // interval, -(-(fault.end_minute - midnight) // interval))
            if first < end:
                reported.append(Reported(fault.meter_index, day, tuple(range(first, end)), figures))
    return reported
