"""How many values there should be (数据完整率, S18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.slots import MINUTES_A_DAY, day_number, local_minute


@dataclass(frozen=True, slots=True)
class Span:
    """The slots of a meter that were over by now, in a span of days; minutes of its standard time since 1970."""

    first_minute: int
    end_minute: int
    interval_minutes: int

    @property
    def expected(self) -> int:
        return max(0, (self.end_minute - self.first_minute) // self.interval_minutes)

    def expected_on(self, day: date) -> int:
        """Slots of one day that were over by now."""
        midnight = day_number(day) * MINUTES_A_DAY
        start = max(midnight, self.first_minute)
        end = min(midnight + MINUTES_A_DAY, self.end_minute)
        return max(0, (end - start) // self.interval_minutes)


def span_of(meter: Meter, first: date, last: date, now: datetime) -> Span:
    """From the meter's first day on, up to the last slot that has ended."""
    local_now = local_minute(now, meter.offset_minutes)
    over = local_now // meter.interval_minutes * meter.interval_minutes
    return Span(
        first_minute=max(day_number(first), meter.first_day) * MINUTES_A_DAY,
        end_minute=min((min(day_number(last), meter.last_day) + 1) * MINUTES_A_DAY, over),
        interval_minutes=meter.interval_minutes,
    )


def share(present: int, expected: int) -> float | None:
    """Completeness from 0 to 1; None when nothing was to be expected. A value ahead of its slot's end counts."""
    return None if expected <= 0 else round(min(1.0, present / expected), 6)
