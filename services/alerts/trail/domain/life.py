"""The life of an alert (预警) and its weight: 蓝 blue, 黄 yellow, 橙 orange, 红 red (S26, S28).

open (未响应) → acknowledged (已签收, with a promised date) → handling (处置中) → resolved (已处置) → closed
(已销号, verified). A condition that has ended closes its alert at once: nobody needs to verify what the figures
show. What a person resolves is verified by another one; a refused verification opens the alert again. A duplicate
is merged: it waits for nothing any more and its history stays readable.

``TRANSITIONS`` is the whole of it: what is not in the table does not happen. The contract's status is coarser
(open, acknowledged, resolved) and follows from the stage, so that readers of the first release still understand
it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from libs.common.contracts.alerts import AlertStage, AlertStatus, Severity

_WEIGHT = {severity: weight for weight, severity in enumerate(Severity)}


class TrailKind(StrEnum):
    """What an entry of the trail tells of."""

    OPENED = "opened"
    AMENDED = "amended"
    # Figures or severity were corrected downwards or in place: nobody was told a second time.
    REVISED = "revised"
    NOTIFIED = "notified"
    NOBODY_TO_NOTIFY = "nobody_to_notify"
    ACKNOWLEDGED = "acknowledged"
    HANDLED = "handled"
    ASSIGNED = "assigned"
    SEVERITY_CHANGED = "severity_changed"
    COMMENTED = "commented"
    ESCALATED = "escalated"
    PROMISE_BROKEN = "promise_broken"
    CALENDAR_UNKNOWN = "calendar_unknown"
    UNDELIVERED = "undelivered"
    UNREACHABLE = "unreachable"
    READ = "read"
    CONDITION_CLEARED = "condition_cleared"
    RESOLVED = "resolved"
    VERIFIED = "verified"
    REJECTED = "rejected"
    REOPENED = "reopened"
    MERGED = "merged"
    # Of the alert that remains when another one is merged into it.
    ABSORBED = "absorbed"
    UNMERGED = "unmerged"
    RELEASED = "released"
    LINKED = "linked"
    UNLINKED = "unlinked"
    # A duty roster with nobody in it: the rung above is asked at once.
    NOBODY_ON_DUTY = "nobody_on_duty"
    STOOD_IN = "stood_in"
    CHASE_HELD = "chase_held"
    CHASE_RESUMED = "chase_resumed"
    CLOCK_STEPPED = "clock_stepped"
    MUTED = "muted"
    UNMUTED = "unmuted"
    HELD_FOR_DIGEST = "held_for_digest"
    TOLD_IN_DIGEST = "told_in_digest"
    TOLD_IN_GROUP = "told_in_group"


class Act(StrEnum):
    """What may be done to an alert, or happen to it."""

    ACKNOWLEDGE = "acknowledge"
    HANDLE = "handle"
    RESOLVE = "resolve"
    # The condition has ended.
    CLEAR = "clear"
    VERIFY = "verify"
    REJECT = "reject"
    REOPEN = "reopen"
    MERGE = "merge"
    UNMERGE = "unmerge"
    BREAK_PROMISE = "break_promise"
    # It became graver than what the acknowledgement was given for.
    RAISE = "raise"


_OPEN, _ACKNOWLEDGED, _HANDLING = AlertStage.OPEN, AlertStage.ACKNOWLEDGED, AlertStage.HANDLING
_RESOLVED, _CLOSED, _MERGED = AlertStage.RESOLVED, AlertStage.CLOSED, AlertStage.MERGED

TRANSITIONS: Mapping[tuple[AlertStage, Act], AlertStage] = {
    (_OPEN, Act.ACKNOWLEDGE): _ACKNOWLEDGED,
    # Another promise, or another person who takes over.
    (_ACKNOWLEDGED, Act.ACKNOWLEDGE): _ACKNOWLEDGED,
    (_HANDLING, Act.ACKNOWLEDGE): _HANDLING,
    (_ACKNOWLEDGED, Act.HANDLE): _HANDLING,
    (_HANDLING, Act.HANDLE): _HANDLING,
    (_ACKNOWLEDGED, Act.RESOLVE): _RESOLVED,
    (_HANDLING, Act.RESOLVE): _RESOLVED,
    (_OPEN, Act.CLEAR): _CLOSED,
    (_ACKNOWLEDGED, Act.CLEAR): _CLOSED,
    (_HANDLING, Act.CLEAR): _CLOSED,
    (_RESOLVED, Act.CLEAR): _CLOSED,
    (_RESOLVED, Act.VERIFY): _CLOSED,
    (_RESOLVED, Act.REJECT): _OPEN,
    (_RESOLVED, Act.REOPEN): _OPEN,
    (_CLOSED, Act.REOPEN): _OPEN,
    (_OPEN, Act.MERGE): _MERGED,
    (_ACKNOWLEDGED, Act.MERGE): _MERGED,
    (_HANDLING, Act.MERGE): _MERGED,
    (_MERGED, Act.UNMERGE): _OPEN,
    (_ACKNOWLEDGED, Act.BREAK_PROMISE): _OPEN,
    (_HANDLING, Act.BREAK_PROMISE): _OPEN,
    (_OPEN, Act.RAISE): _OPEN,
    (_ACKNOWLEDGED, Act.RAISE): _OPEN,
    (_HANDLING, Act.RAISE): _OPEN,
}

# What the contract calls each stage.
STATUS: Mapping[AlertStage, AlertStatus] = {
    _OPEN: AlertStatus.OPEN,
    _ACKNOWLEDGED: AlertStatus.ACKNOWLEDGED,
    _HANDLING: AlertStatus.ACKNOWLEDGED,
    _RESOLVED: AlertStatus.RESOLVED,
    _CLOSED: AlertStatus.RESOLVED,
    _MERGED: AlertStatus.RESOLVED,
}
LIVE_STAGES = frozenset(stage for stage, status in STATUS.items() if status is not AlertStatus.RESOLVED)


def after(stage: AlertStage, act: Act) -> AlertStage | None:
    """The stage that follows, or None when the act is not possible now."""
    return TRANSITIONS.get((stage, act))


def possible(stage: AlertStage) -> list[Act]:
    """What may happen next, in the order of the acts."""
    return [act for act in Act if (stage, act) in TRANSITIONS]


def stage_of(
    status: str, *, handling_at: datetime | None, verified_at: datetime | None, merged_into: UUID | None
) -> AlertStage:
    """The stage that an alert's record tells of."""
    match AlertStatus(status):
        case AlertStatus.OPEN:
            return _OPEN
        case AlertStatus.ACKNOWLEDGED:
            return _ACKNOWLEDGED if handling_at is None else _HANDLING
        case _:
            if merged_into is not None:
                return _MERGED
            return _RESOLVED if verified_at is None else _CLOSED


def outranks(severity: Severity, other: Severity) -> bool:
    """Whether `severity` is the graver of the two."""
    return _WEIGHT[severity] > _WEIGHT[other]


def gravest(severities: Iterable[Severity]) -> Severity | None:
    """The gravest of them; None of none."""
    return max(severities, key=_WEIGHT.__getitem__, default=None)


def is_live(status: AlertStatus) -> bool:
    """Whether the alert still asks for somebody's work."""
    return status is not AlertStatus.RESOLVED
