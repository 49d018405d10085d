"""Members of lists of enterprises and of pilots (S14, S24)."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.projects.owner import OWNER

LIST_MEMBER = Topic("projects.list_member.v1", OWNER, "Enterprises on lists and in pilots, entering and leaving")


class ListMemberRecordedV1(EventPayload):
    """State of a membership. ``verdict``: how the entry condition was met; without ``left_on`` it stands."""

    event_type: ClassVar[str] = "projects.list_member.recorded.v1"
    topic: ClassVar[Topic] = LIST_MEMBER

    member_id: UUID
    list_id: UUID
    list_code: str
    list_name: str
    list_kind: str
    enterprise_id: UUID
    joined_on: date
    # The day after the last.
    left_on: date | None = None
    leader_person_id: UUID | None = None
    unit_id: UUID | None = None
    verdict: str
    pilot_stage: str | None = None
    reform_stage: str | None = None


EVENTS: tuple[type[EventPayload], ...] = (ListMemberRecordedV1,)
