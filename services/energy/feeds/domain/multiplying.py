"""Multipliers that change within a day."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.slots import MINUTES_A_DAY


def rescale_within(
    values: NDArray[np.float64], day: NDArray[np.int64], own: NDArray[np.intp], meter: Meter
) -> None:
    """Give the later slots of a day their own multiplier; ``values``: (rows, slots) under that of its midnight.

    ``own``: the rows of the meter. A slot in which the change happens keeps the multiplier of its start, as the
    stored curve does when a change is recorded afterwards.
    """
    interval = MINUTES_A_DAY // values.shape[1]
    for before, after in zip(meter.periods, meter.periods[1:], strict=False):
        on, minute = divmod(after.from_minute, MINUTES_A_DAY)
        if minute:
            rows = own[day[own] == on]
            values[rows, -(-minute // interval) :] *= after.facts.factor / before.facts.factor
