"""Temperatures (气温) of a region by day: measured, or foreseen by a weather service."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import numpy as np

from services.energy.forecast.domain.series import Floats
from services.energy.metering.domain.slots import INTERVALS, MINUTES_A_DAY, slots_a_day

COLDEST: Final = -60.0
HOTTEST: Final = 60.0
SLOT_COUNTS: Final = tuple(slots_a_day(interval) for interval in INTERVALS)


class TemperatureKind(StrEnum):
    """实测 measured, 预报 forecast."""

    MEASURED = "measured"
    FORECAST = "forecast"


def out_of_range(celsius: Floats) -> float | None:
    """A value that no place on earth has; None if there is none."""
    with np.errstate(invalid="ignore"):
        wrong = celsius[(celsius < COLDEST) | (celsius > HOTTEST)]
    return float(wrong[0]) if len(wrong) else None


def interval_of(celsius: Floats) -> int:
    """Minutes a value stands for."""
    return MINUTES_A_DAY // len(celsius)
