"""Events of the alerts service: the life of an alert, for ops teams and other systems."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import Field

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


class AlertStage(StrEnum):
    """The life of an alert in finer steps than its status, which the first release knows: additive, as contracts
    are.

    acknowledged and handling are ``acknowledged`` to the status; resolved (by a person, to be verified), closed
    (verified, or its condition has ended) and merged (a duplicate of another alert) are ``resolved``.
    """

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    HANDLING = "handling"
    RESOLVED = "resolved"
    CLOSED = "closed"
    MERGED = "merged"


class AlertState(EventPayload):
    """Fields every alert event carries: the alert as it stands after the change.

    What came with a later release has a default: it is absent in old events.
    """

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
    stage: AlertStage | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None


class AlertOpenedV1(AlertState):
    event_type: ClassVar[str] = "alerts.alert.opened.v1"
    topic: ClassVar[Topic] = ALERT


class AlertAmendedV1(AlertState):
    """Severity, figures or texts changed while the alert stays open; by a person where `amended_by` names one."""

    event_type: ClassVar[str] = "alerts.alert.amended.v1"
    topic: ClassVar[Topic] = ALERT

    amended_by: str | None = None
    reason: str | None = None


class AlertAcknowledgedV1(AlertState):
    event_type: ClassVar[str] = "alerts.alert.acknowledged.v1"
    topic: ClassVar[Topic] = ALERT

    acknowledged_by: str
    promised_at: Instant | None = None


class AlertHandledV1(AlertState):
    """Somebody recorded what was done; the record itself is at ``/v1/alerts/{id}/handlings``."""

    event_type: ClassVar[str] = "alerts.alert.handled.v1"
    topic: ClassVar[Topic] = ALERT

    handling_id: UUID
    handled_by: str


class AlertAssignedV1(AlertState):
    """Another person or unit is responsible; the state says which."""

    event_type: ClassVar[str] = "alerts.alert.assigned.v1"
    topic: ClassVar[Topic] = ALERT

    assigned_by: str
    reason: str | None = None


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


class AlertClosedV1(AlertState):
    """What a person had resolved is verified, by another person or by the end of its condition."""

    event_type: ClassVar[str] = "alerts.alert.closed.v1"
    topic: ClassVar[Topic] = ALERT

    verified_by: str
    reason: str | None = None


class AlertReopenedV1(AlertState):
    """The alert asks for work again: its verification was refused, or somebody says why."""

    event_type: ClassVar[str] = "alerts.alert.reopened.v1"
    topic: ClassVar[Topic] = ALERT

    reopened_by: str
    reason: str


class AlertMergedV1(AlertState):
    """The alert is a duplicate; what happens next happens to `merged_into`."""

    event_type: ClassVar[str] = "alerts.alert.merged.v1"
    topic: ClassVar[Topic] = ALERT

    merged_into: UUID
    merged_by: str
    reason: str | None = None


class AlertUnmergedV1(AlertState):
    """The alert was no duplicate and goes its own way again."""

    event_type: ClassVar[str] = "alerts.alert.unmerged.v1"
    topic: ClassVar[Topic] = ALERT

    unmerged_from: UUID
    unmerged_by: str
    reason: str | None = None


class AlertLinkedV1(AlertState):
    """A relation to another alert was noted, or taken back (`linked` false)."""

    event_type: ClassVar[str] = "alerts.alert.linked.v1"
    topic: ClassVar[Topic] = ALERT

    other_alert_id: UUID
    relation: str
    linked: bool = True
    linked_by: str


EVENTS: tuple[type[EventPayload], ...] = (
    AlertOpenedV1,
    AlertAmendedV1,
    AlertAcknowledgedV1,
    AlertHandledV1,
    AlertAssignedV1,
    AlertEscalatedV1,
    AlertCommentedV1,
    AlertResolvedV1,
    AlertClosedV1,
    AlertReopenedV1,
    AlertMergedV1,
    AlertUnmergedV1,
    AlertLinkedV1,
)
