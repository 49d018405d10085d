"""Months of regions that other cells tell of."""

from __future__ import annotations

from libs.common.cells import cell_of
from libs.common.context import Context
from libs.common.contracts.base import Event
from libs.common.contracts.energy import EnergyRegionMonthRecordedV1
from services.energy.region_months import service


async def on_region_month(ctx: Context, event: Event[EnergyRegionMonthRecordedV1]) -> None:
    """Keep it, if it is another cell's: our own come by as well."""
    cell = cell_of(event.source)
    if cell is not None:
        await service.take_over(ctx, cell, event.payload, event.aggregate_version)
