"""Quarters of an hour since 1970 in the office's time (UTC+8): the grid of orders, baselines and loads."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.energy.metering.domain.slots import MINUTES_A_DAY, date_of, instant_of, local_minute

Floats = NDArray[np.float64]
Int = NDArray[np.int64]
Mask = NDArray[np.bool_]

OFFSET_MINUTES: Final = 480
QUARTER_MINUTES: Final = 15
QUARTERS_A_DAY: Final = MINUTES_A_DAY // QUARTER_MINUTES
HOURS: Final = 0.25
_OFFICE: Final = timezone(timedelta(minutes=OFFSET_MINUTES))


def quarter_of(instant: datetime) -> int:
    """The quarter that holds an aware instant."""
    return local_minute(instant, OFFSET_MINUTES) // QUARTER_MINUTES


def quarter_from(instant: datetime) -> int:
    """The first quarter that does not begin before the instant."""
    return -((-local_minute_up(instant)) // QUARTER_MINUTES)


def local_minute_up(instant: datetime) -> int:
    """Whole minutes of the office's time, rounded up."""
    minute = local_minute(instant, OFFSET_MINUTES)
    return minute if instant_of(minute, OFFSET_MINUTES) == instant else minute + 1


def starts_quarter(instant: datetime) -> bool:
    """Whether a quarter begins exactly then."""
    return start_of(quarter_of(instant)) == instant


def start_of(quarter: int) -> datetime:
    """When a quarter begins (UTC)."""
    return instant_of(quarter * QUARTER_MINUTES, OFFSET_MINUTES)


def day_of(quarter: int) -> date:
    """The office's date of a quarter."""
    return date_of(quarter // QUARTERS_A_DAY)


def local_text(instant: datetime, form: str) -> str:
    """An instant in the office's time by ``strftime``."""
    return instant.astimezone(_OFFICE).strftime(form)
