"""Who leads a project (S5): lead official and task force, and its meetings and minutes."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.projects.owner import OWNER

LEADERSHIP = Topic("projects.leadership.v1", OWNER, "Who leads projects: officials, task forces, minutes")


class LeadOfficialAssignedV1(EventPayload):
    """A lead official from ``valid_from`` on; a handover when ``previous_person_id`` is set."""

    event_type: ClassVar[str] = "projects.leadership.lead_assigned.v1"
    topic: ClassVar[Topic] = LEADERSHIP

    project_id: UUID
    project_code: str
    project_name: str
    person_id: UUID
    previous_person_id: UUID | None = None
    valid_from: date
    reason: str


class LeadOfficialReleasedV1(EventPayload):
    """The lead official leaves and nobody follows yet; ``valid_to`` is the first day without one."""

    event_type: ClassVar[str] = "projects.leadership.lead_released.v1"
    topic: ClassVar[Topic] = LEADERSHIP

    project_id: UUID
    project_code: str
    project_name: str
    person_id: UUID
    valid_to: date
    reason: str


class TaskForceChangedV1(EventPayload):
    """A task force as it stands after ``action``: formed, joined, left, handed_over or dissolved."""

    event_type: ClassVar[str] = "projects.leadership.task_force_changed.v1"
    topic: ClassVar[Topic] = LEADERSHIP

    project_id: UUID
    project_code: str
    project_name: str
    task_force_id: UUID
    name: str
    action: str
    on: date
    head_person_id: UUID | None = None
    member_person_ids: tuple[UUID, ...] = ()
    reason: str = ""


class ProjectMeetingsCountedV1(EventPayload):
    """On-site meetings held and the governing minutes in force changed."""

    event_type: ClassVar[str] = "projects.leadership.meetings_counted.v1"
    topic: ClassVar[Topic] = LEADERSHIP

    project_id: UUID
    project_code: str
    project_name: str
    on_site_meetings: int
    last_on_site_on: date | None = None
    governing_minutes_id: UUID | None = None


EVENTS: tuple[type[EventPayload], ...] = (
    LeadOfficialAssignedV1,
    LeadOfficialReleasedV1,
    TaskForceChangedV1,
    ProjectMeetingsCountedV1,
)
