"""The end of a meter's life (销户), and its being taken back."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np

from libs.common.context import Context
from libs.common.contracts.energy import MeterChangedV1, MeterClosedV1
from services.energy.metering.curve_repository import find_last_day
from services.energy.metering.domain.meter import Quantity
from services.energy.metering.domain.slots import MINUTES_A_DAY, day_number
from services.energy.metering.errors import ClosureTooEarly, MeterNotClosed
from services.energy.metering.tables import MeterRow
from services.energy.metering.touched import note_touched
from services.energy.meters import repository
from services.energy.meters.service.recording import Change, now_minute, tell, write_change

# A closure that far back is a meter long forgotten.
_MOST_DAYS: Final = 400


async def close_meter(ctx: Context, row: MeterRow, last_day: date, reason: str) -> None:
    """End a locked meter's life with a day, the last of which readings are taken; again with another day moves it.

    Raises ClosureTooEarly when it began later, or readings of later days are stored.
    """
    newest = await find_last_day(ctx.session, row.meter_index, Quantity(row.quantity).number)
    earliest = row.valid_from if newest is None else max(row.valid_from, newest.day)
    if last_day < earliest:
        raise ClosureTooEarly(last_day=last_day, earliest=earliest)
    periods = await repository.load_periods(ctx.session, row.meter_id)
    change = Change("closed", {"valid_to": last_day}, periods, reason=reason)
    if await write_change(ctx, row, change, MeterClosedV1):
        await tell(ctx, row, MeterClosedV1, reason=reason)
        await _touch_later_days(ctx, row, last_day)


async def reopen_meter(ctx: Context, row: MeterRow, reason: str) -> None:
    """Take a locked meter's closure back. Raises MeterNotClosed."""
    if row.valid_to is None:
        raise MeterNotClosed(meter_no=row.meter_no)
    periods = await repository.load_periods(ctx.session, row.meter_id)
    change = Change("reopened", {"valid_to": None}, periods, reason=reason)
    last_day = row.valid_to
    if await write_change(ctx, row, change, MeterChangedV1):
        await tell(ctx, row, MeterChangedV1, changed=("valid_to",), reason=reason)
        await _touch_later_days(ctx, row, last_day)


async def _touch_later_days(ctx: Context, row: MeterRow, last_day: date) -> None:
    """Sums that this meter is part of are other ones on the days after: it is missing there no more, or again."""
    today = now_minute(ctx, row) // MINUTES_A_DAY
    day = np.arange(max(day_number(last_day) + 1, today - _MOST_DAYS), today + 1)
    await note_touched(ctx.session, Quantity(row.quantity).number, np.full(len(day), row.meter_index), day)
