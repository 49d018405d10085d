"""What the registers could not explain, as findings of the rule ``register_order``."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.energy.metering.domain.slots import MINUTES_A_DAY
from services.energy.metering.touched import TouchedDays
from services.energy.registers.fault_repository import open_faults
from services.energy.vee.service.settle import Reported


async def report_registers(session: AsyncSession, touched: TouchedDays) -> Sequence[Reported]:
    """Steps without energy that overlap the touched days, with the slots they leave missing."""
    if not len(touched):
        return []
    by_meter: dict[int, list[int]] = {}
    for index, day in zip(touched.meter_index.tolist(), touched.day.tolist(), strict=True):
        by_meter.setdefault(index, []).append(day)
    span = int(touched.day.min()) * MINUTES_A_DAY, (int(touched.day.max()) + 1) * MINUTES_A_DAY
    reported = []
    for fault, interval in await open_faults(session, sorted(by_meter), *span):
        figures = {"kind": fault.kind, "before": fault.before, "after": fault.after}
        for day in by_meter[fault.meter_index]:
            midnight = day * MINUTES_A_DAY
            first = max(0, (fault.start_minute - midnight) // interval)
            end = min(MINUTES_A_DAY // interval, -(-(fault.end_minute - midnight) // interval))
            if first < end:
                reported.append(Reported(fault.meter_index, day, tuple(range(first, end)), figures))
    return reported
