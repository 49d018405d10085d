"""Conditions of the alerts service itself: what is wrong with its own watch-keeping."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.alerts import OWNER
from libs.common.contracts.base import EventPayload, Instant, Topic

CONDITION = Topic(
    "alerts.condition.v1", OWNER, "Conditions of the alerts service itself: gaps in duty rosters, late timers"
)


class ServiceConditionKind(StrEnum):
    """What can be wrong: nobody on duty (now or soon), timers late, the clock stepped, a worker silent, the audit
    chain broken."""

    DUTY_GAP = "duty_gap"
    TIMERS_LATE = "timers_late"
    CLOCK_STEPPED = "clock_stepped"
    WORKER_SILENT = "worker_silent"
    AUDIT_BROKEN = "audit_broken"


class ServiceConditionOpenedV1(EventPayload):
    """A condition opened, or became graver (then with a higher version)."""

    event_type: ClassVar[str] = "alerts.condition.opened.v1"
    topic: ClassVar[Topic] = CONDITION

    condition_id: UUID
    kind: ServiceConditionKind
    subject_type: str
    subject_id: str
    subject_code: str | None = None
    subject_name_zh: str
    subject_name_en: str
    level: int
    opened_at: Instant
    count: int
    seconds: float
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    explanation_zh: str
    explanation_en: str


class ServiceConditionClearedV1(EventPayload):
    event_type: ClassVar[str] = "alerts.condition.cleared.v1"
    topic: ClassVar[Topic] = CONDITION

    condition_id: UUID
    kind: ServiceConditionKind
    subject_type: str
    subject_id: str
    cleared_at: Instant
    reason: str


EVENTS: tuple[type[EventPayload], ...] = (ServiceConditionOpenedV1, ServiceConditionClearedV1)
