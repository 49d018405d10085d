"""Use cases of the regions' months: computed here, told by others, added up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from libs.common.context import Context
from libs.common.contracts.energy import EnergyRegionMonthRecordedV1
from libs.common.outbox.record import record_event
from services.energy.metering.domain.meter import Quantity
from services.energy.metering.domain.slots import date_of
from services.energy.metering.touched import TouchedDays
from services.energy.region_months import repository
from services.energy.region_months.repository import OWN, RegionMonth
from services.energy.rollups.domain.months import months_of


async def follow_touched(ctx: Context, touched: Sequence[TouchedDays]) -> None:
    """Tell anew of the regions' months that changed with these days; after the meters' months are settled."""
    for item in touched:
        if item.quantity != Quantity.ACTIVE_IMPORT_KW.number or not len(item):
            continue
        pairs = np.unique(np.stack((item.meter_index, months_of(item.day))), axis=1)
        months = [date_of(month) for month in pairs[1].tolist()]
        for sums in await repository.sums_of_touched(ctx.session, pairs[0].tolist(), months):
            await _tell(ctx, sums)


async def _tell(ctx: Context, sums: RegionMonth) -> None:
    row = await repository.find(ctx.session, OWN, sums.region_code, sums.month)
    known = None if row is None else (row.meters, row.present, row.estimated, row.energy_kwh)
    if known == (sums.meters, sums.present, sums.estimated, sums.energy_kwh):
        return
    version = 1 if row is None else row.version + 1
    await repository.put(ctx.session, OWN, sums, version, ctx.now)
    await record_event(
        ctx,
        EnergyRegionMonthRecordedV1(
            region_code=sums.region_code,
            month=sums.month,
            meters=sums.meters,
            present=sums.present,
            estimated=sums.estimated,
            energy_kwh=sums.energy_kwh,
        ),
        subject=f"{sums.region_code}.{sums.month:%Y-%m}",
        aggregate_version=version,
        region_code=sums.region_code,
    )


async def take_over(ctx: Context, cell: str, told: EnergyRegionMonthRecordedV1, version: int) -> None:
    """What another cell tells of one of its regions; an older state than is known changes nothing."""
    said = RegionMonth(told.region_code, told.month, told.meters, told.present, told.estimated, told.energy_kwh)
    await repository.put(ctx.session, cell, said, version, ctx.now)
