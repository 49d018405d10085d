"""Conditions (S26) that somebody has to deal with: one pair of events for the whole service."""

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.projects.owner import OWNER

CONDITION = Topic("projects.condition.v1", OWNER, "What is overdue, stalled or missing, opened and cleared")


class ProjectConditionKind(StrEnum):
    """Every kind that the projects service opens (S26); one that is not here has no alert rule and opens nothing.

    The events carry it as text, so that a consumer of an older release reads kinds it does not know.
    """

    START_OVERDUE = "start_overdue"
    COMPLETION_OVERDUE = "completion_overdue"
    PRODUCTION_OVERDUE = "production_overdue"
    OPENING_OVERDUE = "opening_overdue"
    CAPACITY_OVERDUE = "capacity_overdue"
    STALLED = "stalled"
    BEHIND_PLAN = "behind_plan"
    FUNDS_SHORT = "funds_short"
    GATE_EXPIRED = "gate_expired"
    GATE_OVERRIDE_OVERDUE = "gate_override_overdue"
    LEADERSHIP_GAP = "leadership_gap"
    CHECK_MISSED = "check_missed"
    PROBLEM_OVERDUE = "problem_overdue"
    ACTION_OVERDUE = "action_overdue"
    INSTRUCTION_DUE_SOON = "instruction_due_soon"
    INSTRUCTION_OVERDUE = "instruction_overdue"
    APPROVAL_DUE_SOON = "approval_due_soon"
    APPROVAL_BREACHED = "approval_breached"
    INSPECTION_UNFILED = "inspection_unfiled"
    APPEAL_OVERDUE = "appeal_overdue"
    AGENCY_ITEM_OVERDUE = "agency_item_overdue"
    LEAD_FOLLOW_UP_OVERDUE = "lead_follow_up_overdue"
    LEAD_NEGLECTED = "lead_neglected"
    AWARD_OVERPAID = "award_overpaid"
    WEBHOOK_PAUSED = "webhook_paused"
    TARGET_BEHIND_PACE = "target_behind_pace"
    TARGET_MISSED = "target_missed"
    TARGET_UNSIGNED = "target_unsigned"
    TARGET_FIGURE_MISSING = "target_figure_missing"
    ECONOMIC_DIP = "economic_dip"
    LIST_MEASURE_OVERDUE = "list_measure_overdue"
    LIST_PROGRESS_OVERDUE = "list_progress_overdue"
    FINANCING_OVERDUE = "financing_overdue"
    ECONOMY_REPORT_DUE_SOON = "economy_report_due_soon"
    ECONOMY_REPORT_LATE = "economy_report_late"
    CONTEST_BOTTOM = "contest_bottom"
    CONTEST_DISQUALIFIED = "contest_disqualified"
    CONTEST_APPEAL_OVERDUE = "contest_appeal_overdue"
    AUDIT_BROKEN = "audit_broken"
    SIGN_INS_ATTACKED = "sign_ins_attacked"
    REQUESTS_REFUSED = "requests_refused"


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
