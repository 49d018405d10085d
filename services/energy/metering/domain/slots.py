"""Days and slots of a meter: its standard time (fixed offset, no summer time), slots named by their start."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

INTERVALS: Final = (5, 15, 30, 60)
MINUTES_A_DAY: Final = 1440
_EPOCH_DAY: Final = date(1970, 1, 1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE: Final = timedelta(minutes=1)


def slots_a_day(interval_minutes: int) -> int:
    """24, 48, 96 or 288."""
    return MINUTES_A_DAY // interval_minutes


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH_DAY).days


def date_of(day: int) -> date:
    """The date of a day number."""
    return _EPOCH_DAY + timedelta(days=day)


def local_minute(instant: datetime, offset_minutes: int) -> int:
    """Whole minutes of standard time since 1970 at an aware instant, rounded down."""
    return (instant - _EPOCH) // _MINUTE + offset_minutes


def instant_of(minute: int, offset_minutes: int) -> datetime:
    """The instant (UTC) of a minute of standard time since 1970."""
    return _EPOCH + timedelta(minutes=minute - offset_minutes)
