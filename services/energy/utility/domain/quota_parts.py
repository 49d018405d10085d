"""What a list says of one object, put together by day."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import gcd
from typing import Final

import numpy as np

from services.energy.metering.domain.slots import MINUTES_A_DAY
from services.energy.quotas.domain.quota import INTERVALS, Quotas, is_same, overlaid
from services.energy.utility.domain.lists import ListFault

_HOUR: Final = 60

# Kind of object, its code, the region beside it.
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True, eq=False)
class QuotaLine:
    """An object's quotas of a day, MW; ``column`` is the heading its code stands under, ``day`` since 1970."""

    line: int
    column: str
    key: Key
    day: int
    quota_mw: Quotas


@dataclass(frozen=True, slots=True)
class Stretch:
    """A quota from ``start`` until ``end``, minutes of standard time since 1970; one slot where no end is told."""

    line: int
    start: int
    end: int | None
    quota_mw: float


@dataclass(slots=True)
class Parts:
    """Whole days, and stretches of time. ``names_ends``: a stretch without an end is told by it."""

    column: str
    days: list[QuotaLine] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    names_ends: bool = False

    def lines(self, key: Key, faults: list[ListFault]) -> list[QuotaLine]:
        """One for each day. What is said twice and otherwise, or lies on no slot's edge, is among the faults."""
        by_day: dict[int, QuotaLine] = {}
        for found in [*self.days, *self._stretched(key, faults)]:
            before = by_day.get(found.day)
            if before is None:
                by_day[found.day] = found
                continue
            both = overlaid(before.quota_mw, found.quota_mw)
            if not is_same(both, overlaid(found.quota_mw, before.quota_mw)):
                faults.append(ListFault(found.line, self.column, "utility.quota_repeated", {"line": before.line}))
                continue
            by_day[found.day] = QuotaLine(before.line, self.column, key, found.day, both)
        kept = []
        for found in by_day.values():
            if (found.quota_mw < 0).any():
                faults.append(ListFault(found.line, self.column, "utility.quota_negative"))
            elif not np.isnan(found.quota_mw).all():
                kept.append(found)
        return kept

    def _stretched(self, key: Key, faults: list[ListFault]) -> list[QuotaLine]:
        if not self.stretches:
            return []
        edges = [edge for item in self.stretches for edge in (item.start, item.end) if edge is not None]
        interval = gcd(_HOUR, *edges)
        if interval not in INTERVALS:
            faults.append(ListFault(self.stretches[0].line, self.column, "utility.quota_misaligned"))
            return []
        # Days apart, so that what one line says twice and otherwise is told of that line.
        found: list[QuotaLine] = []
        for item in self.stretches:
            start = item.start - interval if item.end is None and self.names_ends else item.start
            end = start + interval if item.end is None else item.end
            for day in range(start // MINUTES_A_DAY, (end - 1) // MINUTES_A_DAY + 1):
                quota_mw = np.full(MINUTES_A_DAY // interval, np.nan)
                first, last = (max(0, min(MINUTES_A_DAY, edge - day * MINUTES_A_DAY)) for edge in (start, end))
                quota_mw[first // interval : last // interval] = item.quota_mw
                found.append(QuotaLine(item.line, self.column, key, day, quota_mw))
        return found
