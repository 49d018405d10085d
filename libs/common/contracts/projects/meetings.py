"""Meetings, the action items decided there, and supervision visits (S5, S6)."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.projects.owner import OWNER

MEETING = Topic("projects.meeting.v1", OWNER, "On-site, joint and dispatch meetings, their minutes and decisions")
ACTION_ITEM = Topic("projects.action_item.v1", OWNER, "What meetings decided to be done, from owner to closing")
VISIT = Topic("projects.visit.v1", OWNER, "Supervision visits to enterprises")


class _MeetingState(EventPayload):
    meeting_id: UUID
    kind: str
    title: str
    region_code: str
    status: str
    planned_on: date
    held_on: date | None = None
    project_ids: tuple[UUID, ...] = ()


class MeetingPlannedV1(_MeetingState):
    event_type: ClassVar[str] = "projects.meeting.planned.v1"
    topic: ClassVar[Topic] = MEETING


class MeetingAmendedV1(_MeetingState):
    """Day, place, agenda or attendance changed; ``action`` names it."""

    event_type: ClassVar[str] = "projects.meeting.amended.v1"
    topic: ClassVar[Topic] = MEETING

    action: str


class MeetingHeldV1(_MeetingState):
    event_type: ClassVar[str] = "projects.meeting.held.v1"
    topic: ClassVar[Topic] = MEETING


class MeetingCancelledV1(_MeetingState):
    event_type: ClassVar[str] = "projects.meeting.cancelled.v1"
    topic: ClassVar[Topic] = MEETING

    reason: str


class MeetingMinutesRecordedV1(_MeetingState):
    event_type: ClassVar[str] = "projects.meeting.minutes_recorded.v1"
    topic: ClassVar[Topic] = MEETING

    minutes_id: UUID
    edition: int


class MeetingDecidedV1(_MeetingState):
    event_type: ClassVar[str] = "projects.meeting.decided.v1"
    topic: ClassVar[Topic] = MEETING

    decision_id: UUID
    number: int
    text: str
    action_item_ids: tuple[UUID, ...] = ()


class _ActionItemState(EventPayload):
    action_item_id: UUID
    code: str
    meeting_id: UUID
    decision_id: UUID
    project_id: UUID | None = None
    problem_id: UUID | None = None
    title: str
    status: str
    owner_unit_id: UUID | None = None
    owner_person_id: UUID | None = None
    due_on: date
    note: str = ""


class ActionItemAssignedV1(_ActionItemState):
    event_type: ClassVar[str] = "projects.action_item.assigned.v1"
    topic: ClassVar[Topic] = ACTION_ITEM


class ActionItemAmendedV1(_ActionItemState):
    """Owner or deadline changed, or work reported; ``action`` names it: amended, taken_up, extended, noted."""

    event_type: ClassVar[str] = "projects.action_item.amended.v1"
    topic: ClassVar[Topic] = ACTION_ITEM

    action: str


class ActionItemResolvedV1(_ActionItemState):
    event_type: ClassVar[str] = "projects.action_item.resolved.v1"
    topic: ClassVar[Topic] = ACTION_ITEM


class ActionItemClosedV1(_ActionItemState):
    event_type: ClassVar[str] = "projects.action_item.closed.v1"
    topic: ClassVar[Topic] = ACTION_ITEM


class ActionItemReopenedV1(_ActionItemState):
    event_type: ClassVar[str] = "projects.action_item.reopened.v1"
    topic: ClassVar[Topic] = ACTION_ITEM


class _VisitState(EventPayload):
    """``exemption`` is safety, environment or emergency when the visit may fall on a quiet day."""

    visit_id: UUID
    enterprise_id: UUID
    project_id: UUID | None = None
    status: str
    purpose: str
    planned_on: date
    exemption: str | None = None
    note: str = ""


class VisitPlannedV1(_VisitState):
    event_type: ClassVar[str] = "projects.visit.planned.v1"
    topic: ClassVar[Topic] = VISIT


class VisitMovedV1(_VisitState):
    event_type: ClassVar[str] = "projects.visit.moved.v1"
    topic: ClassVar[Topic] = VISIT


class VisitMadeV1(_VisitState):
    event_type: ClassVar[str] = "projects.visit.made.v1"
    topic: ClassVar[Topic] = VISIT

    made_on: date
    findings: str


class VisitCancelledV1(_VisitState):
    event_type: ClassVar[str] = "projects.visit.cancelled.v1"
    topic: ClassVar[Topic] = VISIT


EVENTS: tuple[type[EventPayload], ...] = (
    MeetingPlannedV1,
    MeetingAmendedV1,
    MeetingHeldV1,
    MeetingCancelledV1,
    MeetingMinutesRecordedV1,
    MeetingDecidedV1,
    ActionItemAssignedV1,
    ActionItemAmendedV1,
    ActionItemResolvedV1,
    ActionItemClosedV1,
    ActionItemReopenedV1,
    VisitPlannedV1,
    VisitMovedV1,
    VisitMadeV1,
    VisitCancelledV1,
)
