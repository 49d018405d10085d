"""Use cases of the month totals."""

from __future__ import annotations

import numpy as np

from libs.common.context import Context
from services.energy.metering.domain.slots import date_of
from services.energy.metering.touched import TouchedDays
from services.energy.rollups import repository
from services.energy.rollups.domain.months import month_after, months_of


async def recompute_touched(ctx: Context, touched: TouchedDays) -> int:
    """Recompute the months of the touched days, of the touched meters only; returns how many rows that were."""
    months = months_of(touched.day)
    rows = 0
    for number in np.unique(months).tolist():
        meters = np.unique(touched.meter_index[months == number])
        month = date_of(number)
        await repository.recompute_months(
            ctx.session, touched.quantity, month, month_after(month), meters, ctx.now
        )
        rows += len(meters)
    return rows
