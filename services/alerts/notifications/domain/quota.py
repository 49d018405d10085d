"""Quotas: no more than so many messages in any stretch of so many seconds, however many workers send.

A bucket that is refilled steadily lets twice its size through in the first minute; vendors count a sliding minute,
and DingTalk shuts a robot that exceeds it for ten. So the times of what was sent are kept, as many as the widest
limit needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.alerts.notifications.domain.kinds import Limit


@dataclass(frozen=True, slots=True)
class Grant:
    """`now` may be sent at once, those after it at `later`; `sent` is what is to be remembered, oldest first."""

    now: int
    later: tuple[datetime, ...]
    sent: tuple[datetime, ...]


def grant(
    limits: Sequence[Limit], sent: Sequence[datetime], at: datetime, wanted: int, *, held_until: datetime | None
) -> Grant:
    """How many of `wanted` messages may go `at` this instant, and when each of the others may.

    `held_until` is the end of a rest that the receiver asked for.
    """
    kept = list(_within(limits, sorted(sent), at))
    planned = list(kept)
    allowed, later = 0, []
    earliest = at if held_until is None else max(at, held_until)
    for _ in range(wanted):
        instant = _free_at(limits, planned, earliest)
        planned.append(instant)
        if instant <= at:
            allowed += 1
            kept.append(instant)
        else:
            later.append(instant)
    return Grant(allowed, tuple(later), tuple(kept))


def _free_at(limits: Sequence[Limit], sent: Sequence[datetime], at: datetime) -> datetime:
    """The first instant from `at` on when one more fits into every limit."""
    instant = at
    for limit in limits:
        if len(sent) >= limit.count:
            instant = max(instant, sent[-limit.count] + timedelta(seconds=limit.seconds))
    return instant


def _within(limits: Sequence[Limit], sent: Sequence[datetime], at: datetime) -> Sequence[datetime]:
    if not limits:
        return ()
    widest = max(limit.seconds for limit in limits)
    return [instant for instant in sent if instant > at - timedelta(seconds=widest)][
        -max(limit.count for limit in limits) :
    ]
