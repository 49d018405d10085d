"""Events of the alerts service: the life of an alert, for ops teams and other systems."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Instant, Topic

OWNER = "alerts"

ALERT = Topic("alerts.alert.v1", OWNER, "The life of alerts: opened, acknowledged, escalated, resolved")


class Severity(StrEnum):
    """The four public warning colours, weakest first (S26)."""

    BLUE = "blue"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"


class AlertStatus(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class AlertState(EventPayload):
    """Fields every alert event carries: the alert as it stands after the change."""

    alert_id: UUID
    number: int
    rule_code: str
    severity: Severity
    status: AlertStatus
    title_zh: str
    title_en: str
    object_type: str
    object_id: str
    condition_kind: str
    region_code: str
    enterprise_id: UUID | None = None
    occurred_at: Instant
    received_at: Instant
    escalation_level: int
    source_event_id: UUID


class AlertOpenedV1(AlertState):
    event_type: ClassVar[str] = "alerts.alert.opened.v1"
    topic: ClassVar[Topic] = ALERT


class AlertAmendedV1(AlertState):
    """Severity, figures or texts changed while the alert stays open."""

    event_type: ClassVar[str] = "alerts.alert.amended.v1"
    topic: ClassVar[Topic] = ALERT


class AlertAcknowledgedV1(AlertState):
    event_type: ClassVar[str] = "alerts.alert.acknowledged.v1"
    topic: ClassVar[Topic] = ALERT

    acknowledged_by: str
    promised_at: Instant | None = None


class AlertEscalatedV1(AlertState):
    event_type: ClassVar[str] = "alerts.alert.escalated.v1"
    topic: ClassVar[Topic] = ALERT

    post: str


class AlertCommentedV1(AlertState):
    event_type: ClassVar[str] = "alerts.alert.commented.v1"
    topic: ClassVar[Topic] = ALERT

    comment_by: str


class AlertResolvedV1(AlertState):
    event_type: ClassVar[str] = "alerts.alert.resolved.v1"
    topic: ClassVar[Topic] = ALERT

    resolved_by: str
    reason: str
    # What the person who resolved it found: a false alarm is false. None: nobody has said.
    is_true_alarm: bool | None = None
