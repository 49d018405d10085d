"""What happens to approval cases (S11)."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.projects.owner import OWNER

APPROVAL = Topic("projects.approval.v1", OWNER, "What happens to approval cases and their clocks")


class _CaseEvent(EventPayload):
    case_id: UUID
    code: str
    matter_code: str
    matter_name: str
    project_id: UUID | None = None
    enterprise_id: UUID | None = None
    unit_id: UUID | None = None
    owner_person_id: UUID | None = None


class ApprovalFiledV1(_CaseEvent):
    """An application is on record; its clock does not run yet."""

    event_type: ClassVar[str] = "projects.approval.filed.v1"
    topic: ClassVar[Topic] = APPROVAL

    applied_on: date


class ApprovalAmendedV1(_CaseEvent):
    """Papers, owner, agent or other facts changed; ``fields`` names them."""

    event_type: ClassVar[str] = "projects.approval.amended.v1"
    topic: ClassVar[Topic] = APPROVAL

    fields: tuple[str, ...] = ()


class ApprovalAcceptedV1(_CaseEvent):
    """The clock runs from the day after ``accepted_on``; days are working days."""

    event_type: ClassVar[str] = "projects.approval.accepted.v1"
    topic: ClassVar[Topic] = APPROVAL

    accepted_on: date
    promised_days: int
    statutory_days: int
    due_on: date
    statutory_due_on: date


class ApprovalPausedV1(_CaseEvent):
    event_type: ClassVar[str] = "projects.approval.paused.v1"
    topic: ClassVar[Topic] = APPROVAL

    ground: str
    from_on: date
    notice: str
    # Null while the pause has no end before the due day.
    due_on: date | None = None
    statutory_due_on: date | None = None


class ApprovalResumedV1(_CaseEvent):
    event_type: ClassVar[str] = "projects.approval.resumed.v1"
    topic: ClassVar[Topic] = APPROVAL

    on: date
    due_on: date | None = None
    statutory_due_on: date | None = None


class ApprovalRescheduledV1(_CaseEvent):
    """The due days moved without a step of the case: ``green_channel`` or a changed ``calendar``."""

    event_type: ClassVar[str] = "projects.approval.rescheduled.v1"
    topic: ClassVar[Topic] = APPROVAL

    cause: str
    due_on: date | None = None
    statutory_due_on: date | None = None


class ApprovalDecidedV1(_CaseEvent):
    """The end of a case: granted, refused, withdrawn or not_accepted."""

    event_type: ClassVar[str] = "projects.approval.decided.v1"
    topic: ClassVar[Topic] = APPROVAL

    outcome: str
    on: date
    reason: str | None = None
    document: str | None = None
    # Null where the clock never ran, or where it stood still.
    due_on: date | None = None
    is_on_time: bool | None = None
    used_days: int | None = None


class ApprovalReversedV1(_CaseEvent):
    """The last step was taken back; ``from_status`` and ``status`` say which."""

    event_type: ClassVar[str] = "projects.approval.reversed.v1"
    topic: ClassVar[Topic] = APPROVAL

    from_status: str
    status: str
    reason: str
    due_on: date | None = None
    statutory_due_on: date | None = None


EVENTS: tuple[type[EventPayload], ...] = (
    ApprovalFiledV1,
    ApprovalAmendedV1,
    ApprovalAcceptedV1,
    ApprovalPausedV1,
    ApprovalResumedV1,
    ApprovalRescheduledV1,
    ApprovalDecidedV1,
    ApprovalReversedV1,
)
