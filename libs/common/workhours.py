"""The hours of a working day, in the offices' own zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class WorkHours:
    """The hours of a working day: local segments [from, to) in rising order, without overlap.

    A local time has to be unambiguous, so the zone must be one without summer time on its working days.
    """

    segments: tuple[tuple[time, time], ...] = (
        (time(8, 30), time(12, 0)),
        (time(14, 30), time(18, 0)),
    )
    zone: ZoneInfo = SHANGHAI

    def __post_init__(self) -> None:
        edges = [edge for segment in self.segments for edge in segment]
        if not edges or any(earlier >= later for earlier, later in pairwise(edges)):
            raise ValueError("working hours need at least one segment, and edges that rise")

    def of(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """The segments of `day` as instants in UTC."""
        return tuple(
            (
                datetime.combine(day, start, self.zone).astimezone(UTC),
                datetime.combine(day, end, self.zone).astimezone(UTC),
            )
            for start, end in self.segments
        )
