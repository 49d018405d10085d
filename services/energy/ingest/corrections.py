"""Values of a batch that replaced others, as the detector is told of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from libs.common.context import Context
from services.energy.detection import repository as detection_repository
from services.energy.detection.domain.engine import Phase, Signal
from services.energy.detection.domain.episode import CORRECTABLE_DAYS
from services.energy.detection.service import Correction, Fact
from services.energy.metering.domain.merge import Revisions
from services.energy.metering.domain.slots import MINUTES_A_DAY
from services.energy.metering.merging import Stored


def is_news(fact: Fact, stores: Sequence[Stored]) -> bool:
    """False of a late signal whose value was there before, or did not prevail: it was judged when it came."""
    signal = fact.what
    if not isinstance(signal, Signal) or signal.phase is not Phase.LATE:
        return True
    day = signal.at // MINUTES_A_DAY
    return any(stored.is_news(signal.meter_index, day, signal.slot) for stored in stores)


async def corrections_of(ctx: Context, stored: Stored, facts: Sequence[Fact]) -> list[Fact]:
    """Those that a condition, stored or of ``facts``, can depend on."""
    found: list[Fact] = []
    for revisions in stored.revisions:
        found += _told(await _of_interest(ctx, revisions, facts), stored.slots)
    return found


async def _of_interest(ctx: Context, revisions: Revisions, facts: Sequence[Fact]) -> Revisions:
    if not len(revisions):
        return revisions
    since = ctx.now - timedelta(days=CORRECTABLE_DAYS)
    meters = np.unique(revisions.meter_index)
    known = await detection_repository.meters_with_conditions(ctx.session, meters.tolist(), since)
    known |= {fact.meter_index for fact in facts}
    return revisions.take(np.isin(revisions.meter_index, list(known)))


def _told(revisions: Revisions, slots: int) -> list[Fact]:
    at = revisions.day * MINUTES_A_DAY + revisions.slot * (MINUTES_A_DAY // slots)
    columns = (revisions.order, revisions.meter_index, at, revisions.after)
    return [
        Fact(order, Correction(meter_index, minute, value))
        for order, meter_index, minute, value in zip(*(column.tolist() for column in columns), strict=True)
    ]
