"""How many values there should be, for many meters and spans at once; the same rule as ``Span``."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from services.energy.metering.domain.incoming import Int
from services.energy.metering.domain.slots import MINUTES_A_DAY, local_minute


def expected_between(
    start: Int,
    end: Int,
    life: tuple[Int, Int],
    interval: Int | int,
    offset: Int | int,
    now: datetime,
) -> Int:
    """Slots from ``start`` until before ``end`` that were over by ``now``, within the meter's first and last day.

    Minutes of the meters' standard time since 1970; arrays that broadcast.
    """
    over = (local_minute(now, 0) + np.asarray(offset)) // interval * interval
    first_day, last_day = life
    started = np.maximum(start, first_day * MINUTES_A_DAY)
    ended = np.minimum(end, (last_day + 1) * MINUTES_A_DAY)
    slots: Int = np.maximum(0, (np.minimum(ended, over) - started) // interval)
    return slots


def expected_on(day: Int, life: tuple[Int, Int], interval: Int | int, offset: Int | int, now: datetime) -> Int:
    """The same for whole days since 1970."""
    start = day * MINUTES_A_DAY
    return expected_between(start, start + MINUTES_A_DAY, life, interval, offset, now)
