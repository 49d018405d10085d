"""When a target hears of a group again: news at the next flush, the same only after the repeat interval."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class News(StrEnum):
    """Why a target is told."""

    FIRST = "first"
    NEW_ALERTS = "new_alerts"
    ALL_RESOLVED = "all_resolved"
    SOME_RESOLVED = "some_resolved"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class Told:
    """What the target was last told: the fingerprints that were firing and resolved then."""

    firing: frozenset[str]
    resolved: frozenset[str]
    at: datetime


def news(
    told: Told | None,
    firing: Set[str],
    resolved: Set[str],
    *,
    now: datetime,
    repeat: timedelta,
    tells_resolved: bool,
) -> News | None:
    """None when there is nothing to tell."""
    if told is None:
        return News.FIRST if firing else None
    if not firing <= told.firing:
        return News.NEW_ALERTS if told.firing else News.FIRST
    if not firing:
        # Alerts that came and went since then were never told of.
        return News.ALL_RESOLVED if told.firing else None
    if tells_resolved and not resolved <= told.resolved:
        return News.SOME_RESOLVED
    return News.REPEATED if told.at < now - repeat else None


def first_flush(now: datetime, starts_at: datetime, group_wait: float) -> datetime:
    """When a new group, or one not flushed yet, is flushed: an alert that waited elsewhere does not wait again."""
    wait = timedelta(seconds=group_wait)
    return now if starts_at + wait < now else now + wait


def next_flush(due_at: datetime, now: datetime, group_interval: float) -> datetime:
    """The flush after this one.

    By the plan, unless we are so late that flushes would follow on each other's heels.
    """
    interval = timedelta(seconds=group_interval)
    planned = due_at + interval
    return planned if planned > now else now + interval
