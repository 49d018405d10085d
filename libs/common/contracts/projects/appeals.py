"""Complaints and requests (S30). No event says who made one: not by name, nor by enterprise if unnamed."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.projects.owner import OWNER

APPEAL = Topic("projects.appeal.v1", OWNER, "Complaints and requests, from acceptance to rating")


class AppealAcceptedV1(EventPayload):
    """``kind``: complaint or request. ``due_on`` is the last day to dispatch it."""

    event_type: ClassVar[str] = "projects.appeal.accepted.v1"
    topic: ClassVar[Topic] = APPEAL

    appeal_id: UUID
    code: str
    kind: str
    category: str
    anonymous: bool
    due_on: date
    target_unit_id: UUID | None = None


class AppealDispatchedV1(EventPayload):
    """A unit has it; its clock runs to ``due_on``. ``from_unit_id`` is the unit it was taken from."""

    event_type: ClassVar[str] = "projects.appeal.dispatched.v1"
    topic: ClassVar[Topic] = APPEAL

    appeal_id: UUID
    code: str
    round: int
    unit_id: UUID
    due_on: date
    from_unit_id: UUID | None = None


class AppealExtendedV1(EventPayload):
    event_type: ClassVar[str] = "projects.appeal.extended.v1"
    topic: ClassVar[Topic] = APPEAL

    appeal_id: UUID
    code: str
    round: int
    unit_id: UUID
    previous_due_on: date
    due_on: date
    reason: str


class AppealAnsweredV1(EventPayload):
    event_type: ClassVar[str] = "projects.appeal.answered.v1"
    topic: ClassVar[Topic] = APPEAL

    appeal_id: UUID
    code: str
    round: int
    unit_id: UUID
    answered_on: date
    due_on: date
    in_time: bool


class AppealRatedV1(EventPayload):
    """The complainant rated the answer, 1 to 5. ``status``: closed, or returned to the unit until ``due_on``."""

    event_type: ClassVar[str] = "projects.appeal.rated.v1"
    topic: ClassVar[Topic] = APPEAL

    appeal_id: UUID
    code: str
    round: int
    unit_id: UUID
    score: int
    satisfied: bool
    status: str
    due_on: date | None = None


class AppealClosedV1(EventPayload):
    """``closed_as``: satisfied, unsatisfied, unrated, rejected, withdrawn, duplicate."""

    event_type: ClassVar[str] = "projects.appeal.closed.v1"
    topic: ClassVar[Topic] = APPEAL

    appeal_id: UUID
    code: str
    closed_as: str
    reason: str
    unit_id: UUID | None = None


EVENTS: tuple[type[EventPayload], ...] = (
    AppealAcceptedV1,
    AppealDispatchedV1,
    AppealExtendedV1,
    AppealAnsweredV1,
    AppealRatedV1,
    AppealClosedV1,
)
