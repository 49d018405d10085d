"""When a forecast is due: tomorrow's by a set local time, the rest of the day's anew every hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Final

from services.energy.forecast.domain.parameters import ForecastParameters

# Days are those of Chinese standard time.
STANDARD_MINUTES: Final = 480
STANDARD: Final = timezone(timedelta(minutes=STANDARD_MINUTES))


class IssueKind(StrEnum):
    """日前 day-ahead: tomorrow and the days after; 日内 intraday: the rest of today, and tomorrow again."""

    DAY_AHEAD = "day_ahead"
    INTRADAY = "intraday"


def due_since(parameters: ForecastParameters, kind: IssueKind, now: datetime) -> datetime | None:
    """The occurrence of today that is to be issued by now; None where there is none."""
    if not parameters.enabled:
        return None
    local = now.astimezone(STANDARD)
    if kind is IssueKind.INTRADAY:
        hour = local.replace(minute=0, second=0, microsecond=0)
        is_due = parameters.intraday and local >= hour + timedelta(minutes=parameters.intraday_after_minutes)
        return hour.astimezone(UTC) if is_due else None
    at = datetime.combine(local.date(), parameters.day_ahead_at, STANDARD)
    return at.astimezone(UTC) if local >= at else None


def leads_of(parameters: ForecastParameters, kind: IssueKind) -> tuple[int, ...]:
    """The days that an issue is about, counted from its own."""
    if kind is IssueKind.INTRADAY:
        return (0, 1)
    return tuple(range(1, parameters.horizon_days + 1))
