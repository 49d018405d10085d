"""Reports that projects owe, period by period (S4)."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.projects.owner import OWNER

CHECK = Topic(
    "projects.check.v1", OWNER, "Reports that projects owe by a regime: due, submitted, returned, excused"
)


class _CheckEvent(EventPayload):
    check_id: UUID
    code: str
    project_id: UUID
    project_code: str
    project_name: str
    regime_code: str
    level_code: str
    level_name: str
    # Such as 2026-W38, 2026-09-X2, 2026-09, 2026-Q3, 2026-H2 or 2026.
    period: str
    first_on: date
    last_on: date
    due_on: date
    status: str
    owner_person_id: UUID | None = None
    owner_unit_id: UUID | None = None


class CheckDueV1(_CheckEvent):
    """A report is owed by ``due_on``."""

    event_type: ClassVar[str] = "projects.check.due.v1"
    topic: ClassVar[Topic] = CHECK


class CheckSubmittedV1(_CheckEvent):
    """The ``number``-th report on it came in; progress and investment are told by the project's own events."""

    event_type: ClassVar[str] = "projects.check.submitted.v1"
    topic: ClassVar[Topic] = CHECK

    number: int
    submitted_on: date
    late: bool
    percent: float | None = None
    # Sum of the months reported, in yuan; null: none was.
    investment_yuan: int | None = None
    problem_ids: tuple[UUID, ...] = ()


class CheckReturnedV1(_CheckEvent):
    """The report is to be done again by ``due_on``."""

    event_type: ClassVar[str] = "projects.check.returned.v1"
    topic: ClassVar[Topic] = CHECK

    reason: str


class CheckExcusedV1(_CheckEvent):
    """The report is not owed after all."""

    event_type: ClassVar[str] = "projects.check.excused.v1"
    topic: ClassVar[Topic] = CHECK

    reason: str


class CheckReassignedV1(_CheckEvent):
    """Somebody else owes the report."""

    event_type: ClassVar[str] = "projects.check.reassigned.v1"
    topic: ClassVar[Topic] = CHECK


class CheckRescheduledV1(_CheckEvent):
    """The calendar changed, and the due day with it."""

    event_type: ClassVar[str] = "projects.check.rescheduled.v1"
    topic: ClassVar[Topic] = CHECK


EVENTS: tuple[type[EventPayload], ...] = (
    CheckDueV1,
    CheckSubmittedV1,
    CheckReturnedV1,
    CheckExcusedV1,
    CheckReassignedV1,
    CheckRescheduledV1,
)
