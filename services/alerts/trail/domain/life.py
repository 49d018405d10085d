"""The life of an alert (预警) and its weight: 蓝 blue, 黄 yellow, 橙 orange, 红 red (S26).

open → acknowledged → resolved. An acknowledgement holds as long as its promise: a broken promise and a rise in
severity open the alert again. Resolved is final; what comes back later is a new alert.
"""

from __future__ import annotations

from enum import StrEnum

from libs.common.contracts.alerts import AlertStatus, Severity

_WEIGHT = {severity: weight for weight, severity in enumerate(Severity)}


class TrailKind(StrEnum):
    """What an entry of the trail tells of."""

    OPENED = "opened"
    AMENDED = "amended"
    NOTIFIED = "notified"
    NOBODY_TO_NOTIFY = "nobody_to_notify"
    ACKNOWLEDGED = "acknowledged"
    COMMENTED = "commented"
    ESCALATED = "escalated"
    PROMISE_BROKEN = "promise_broken"
    CALENDAR_UNKNOWN = "calendar_unknown"
    UNDELIVERED = "undelivered"
    CONDITION_CLEARED = "condition_cleared"
    RESOLVED = "resolved"
    MUTED = "muted"
    UNMUTED = "unmuted"
    HELD_FOR_DIGEST = "held_for_digest"
    TOLD_IN_DIGEST = "told_in_digest"
    TOLD_IN_GROUP = "told_in_group"


def outranks(severity: Severity, other: Severity) -> bool:
    """Whether `severity` is the graver of the two."""
    return _WEIGHT[severity] > _WEIGHT[other]


def is_live(status: AlertStatus) -> bool:
    """Whether the alert still asks for somebody's work."""
    return status is not AlertStatus.RESOLVED
