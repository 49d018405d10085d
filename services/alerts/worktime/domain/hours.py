"""Office hours (作息时间) of a region for a time, e.g. 8:30–12:00 and 14:30–17:30, later in summer.

The row of the narrowest region counts; among those of one region the one that began last, so that a summer
timetable lies upon the year's and gives way to it again. Where no row speaks the common hours count
(:class:`libs.common.workdays.WorkHours`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise

from libs.common import regions
from libs.common.workdays import WorkHours

Segments = tuple[tuple[time, time], ...]


@dataclass(frozen=True, slots=True)
class Timetable:
    """In force from ``valid_from`` until the day before ``valid_to``; ``region_code`` None is everywhere."""

    region_code: str | None
    valid_from: date
    valid_to: date | None
    segments: Segments

    def holds(self, region_code: str, day: date) -> bool:
        in_time = self.valid_from <= day and (self.valid_to is None or day < self.valid_to)
        return in_time and (self.region_code is None or regions.contains(self.region_code, region_code))


def rises(segments: Segments) -> bool:
    """Whether the segments are in order and do not overlap, as working hours have to be."""
    edges = [edge for segment in segments for edge in segment]
    return bool(edges) and all(earlier < later for earlier, later in pairwise(edges))


def hours_by_day(timetables: Iterable[Timetable], region_code: str) -> Callable[[date], WorkHours]:
    """The hours of any day in the region. A malformed region code has the common hours."""
    known = list(timetables)
    common = WorkHours()

    def on(day: date) -> WorkHours:
        try:
            fitting = [table for table in known if table.holds(region_code, day)]
        except regions.InvalidRegionCode:
            return common
        if not fitting:
            return common
        return WorkHours(segments=max(fitting, key=_rank).segments)

    return on


def _rank(table: Timetable) -> tuple[int, date]:
    narrowness = 0 if table.region_code is None else len(regions.prefix(table.region_code))
    return narrowness, table.valid_from
