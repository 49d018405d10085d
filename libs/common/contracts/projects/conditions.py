"""Conditions (S26) that somebody has to deal with: one pair of events for the whole service."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.projects.owner import OWNER

CONDITION = Topic("projects.condition.v1", OWNER, "What is overdue, stalled or missing, opened and cleared")


class ProjectConditionOpenedV1(EventPayload):
    """Something is overdue, stalled or missing; stated anew with a higher version when its figures change.

    ``kind`` names the condition (``stalled``, ``approval_breached`` …), ``subject_*`` what it is about: a project,
    an approval case, a check, a problem. ``project_*`` is the project concerned, if there is one. The
    explanations give the figures in both languages; ``level`` 1 is a deadline missed, 2 missed by far.
    """

    event_type: ClassVar[str] = "projects.condition.opened.v1"
    topic: ClassVar[Topic] = CONDITION

    condition_id: UUID
    kind: str
    subject_type: str
    subject_id: UUID
    subject_code: str
    subject_name: str
    project_id: UUID | None = None
    project_code: str | None = None
    project_name: str | None = None
    opened_on: date
    # The date that was missed, or the last sign of life of what has stalled.
    reference_on: date
    days: int
    threshold_days: int
    level: int = 1
    planned_percent: float | None = None
    actual_percent: float | None = None
    explanation_zh: str = ""
    explanation_en: str = ""
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None


class ProjectConditionClearedV1(EventPayload):
    event_type: ClassVar[str] = "projects.condition.cleared.v1"
    topic: ClassVar[Topic] = CONDITION

    condition_id: UUID
    kind: str
    subject_type: str
    subject_id: UUID
    subject_code: str
    subject_name: str
    project_id: UUID | None = None
    project_code: str | None = None
    project_name: str | None = None
    cleared_on: date
    reason: str


EVENTS: tuple[type[EventPayload], ...] = (ProjectConditionOpenedV1, ProjectConditionClearedV1)
