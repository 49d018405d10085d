"""The referee: which alarm belongs to which event, and which to none.

An alarm is credited to an event from its start until its deadline or a grace after its end; what comes later in
it, or as its after-effect, is neither a hit nor false. What is left is false, alarms of one meter close together
being one. Times are whole minutes of the meter's wall clock since 1970.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

# False alarms of one meter closer than this are one, split again after a day.
_MERGE: Final = 360
_SPLIT: Final = 1440
_DAYS_A_MONTH: Final = 30.44
# What may be said of an event of a kind and still name it rightly.
SAME: Final = {
    "spike": {"spike", "overload", "high", "unit"},
    "overload": {"overload", "spike", "high"},
    "unit": {"unit", "spike", "drop", "dead", "negative"},
    "drop": {"drop", "dead", "low"},
    "dead": {"dead", "drop", "stuck", "low"},
    "stuck": {"stuck", "dead"},
    "missing": {"missing"},
    "shift": {"shift"},
    "clock": {"clock"},
}


@dataclass(frozen=True, slots=True)
class Series:
    """A meter and the time it is judged in: from ``warmup_end`` to ``end``."""

    meter_id: str
    kind: str
    interval: int
    capacity: float | None
    calendar: str
    end: int
    warmup_end: int
    counts_false: bool


@dataclass(frozen=True, slots=True)
class Event:
    """One labelled event, ``start`` and ``end`` inclusive."""

    event_id: str
    meter_id: str
    kind: str
    start: int
    end: int
    deadline: int
    subtype: str
    is_real: bool


@dataclass(frozen=True, slots=True)
class Alarm:
    """``at``: the clock when the alarm was raised."""

    meter_id: str
    at: int
    kind: str


@dataclass(slots=True)
class Score:
    """Hits and misses by event, false alarms by meter."""

    months: float = 0.0
    hits: dict[str, tuple[int, bool]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    false: list[Alarm] = field(default_factory=list)
    late: int = 0

    def summary(self) -> dict[str, Any]:
        found, false, total = len(self.hits), len(self.false), len(self.events)
        precision, recall = found / max(1, found + false), found / max(1, total)
        delays: dict[str, list[int]] = defaultdict(list)
        by_kind: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for event in self.events:
            by_kind[event.kind][1] += 1
            if event.event_id in self.hits:
                by_kind[event.kind][0] += 1
                delays[event.kind].append(self.hits[event.event_id][0])
        every = [delay for group in delays.values() for delay in group]
        return {
            "events": total,
            "hits": found,
            "late": self.late,
            "false_alarms": false,
            "meter_months": round(self.months, 1),
            "precision": round(precision, 3),
            "recall": round(recall, 3),
            "f1": round(2 * precision * recall / max(1e-9, precision + recall), 3),
            "fa_per_meter_month": round(false / max(1e-9, self.months), 3),
            "kind_right": round(sum(right for _, right in self.hits.values()) / max(1, found), 3),
            "delay_median_min": float(np.median(every)) if every else None,
            "recall_by_kind": {kind: f"{a}/{b}" for kind, (a, b) in sorted(by_kind.items())},
            "delay_by_kind": {kind: float(np.median(group)) for kind, group in sorted(delays.items())},
        }


def score(
    series: list[Series], events: list[Event], ignored: dict[str, list[tuple[int, int]]], alarms: list[Alarm]
) -> Score:
    """Hits, late alarms and false ones of all series."""
    total = Score()
    for one in series:
        own = sorted(
            (
                alarm
                for alarm in alarms
                if alarm.meter_id == one.meter_id
                and alarm.at >= one.warmup_end
                and not any(first <= alarm.at <= last for first, last in ignored.get(one.meter_id, []))
            ),
            key=lambda alarm: alarm.at,
        )
        mine = [event for event in events if event.meter_id == one.meter_id and event.start >= one.warmup_end]
        _judge(one, mine, own, total)
    return total


def _judge(one: Series, events: list[Event], alarms: list[Alarm], total: Score) -> None:
    at = np.array([alarm.at for alarm in alarms], np.int64)
    free = np.ones(len(at), bool)
    for event in events:
        total.events.append(event)
        grace = max(60, 2 * one.interval) + (120 if event.kind == "missing" else 0)
        credit = min(event.end + grace, event.start + max(event.deadline, 2 * one.interval))
        length = event.end - event.start + one.interval
        after = max(1440, min(length, 7 * 1440)) if event.kind in ("shift", "clock") else 1440
        first, last = np.searchsorted(at, event.start, "left"), np.searchsorted(at, credit, "right")
        over = np.searchsorted(at, event.end + grace, "right")
        settled = np.searchsorted(at, event.end + grace + after, "right")
        if last > first:
            right = any(alarm.kind in SAME[event.kind] for alarm in alarms[first:last])
            total.hits[event.event_id] = (int(at[first]) - event.start, right)
        elif over > last:
            total.late += 1
        free[first : max(last, over, settled)] = False
    if not one.counts_false:
        return
    total.months += (one.end - one.warmup_end) / 1440 / _DAYS_A_MONTH
    begun = latest = -(1 << 60)
    for place in np.flatnonzero(free).tolist():
        if at[place] - latest > _MERGE or at[place] - begun > _SPLIT:
            total.false.append(alarms[place])
            begun = at[place]
        latest = at[place]
