"""Problems raised on projects (S6), from raising to verified closing."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.projects.owner import OWNER

PROBLEM = Topic("projects.problem.v1", OWNER, "Problems of projects, from raising to verified closing")


class _ProblemState(EventPayload):
    """The problem after what the event tells; ``level`` 1 town, 2 county, 3 leading group; ``note`` says why."""

    problem_id: UUID
    code: str
    project_id: UUID
    project_code: str
    project_name: str
    title: str
    category: str
    level: int
    status: str
    owner_unit_id: UUID | None = None
    owner_person_id: UUID | None = None
    due_on: date
    note: str = ""


class ProblemRaisedV1(_ProblemState):
    event_type: ClassVar[str] = "projects.problem.raised.v1"
    topic: ClassVar[Topic] = PROBLEM


class ProblemAmendedV1(_ProblemState):
    """Facts, owner or deadline changed; ``action`` names it: amended, taken_up, extended, noted."""

    event_type: ClassVar[str] = "projects.problem.amended.v1"
    topic: ClassVar[Topic] = PROBLEM

    action: str


class ProblemEscalatedV1(_ProblemState):
    """Gone up a level, with a new deadline; ``missed_on`` is the deadline that was missed, if that was why."""

    event_type: ClassVar[str] = "projects.problem.escalated.v1"
    topic: ClassVar[Topic] = PROBLEM

    from_level: int
    missed_on: date | None = None


class ProblemResolvedV1(_ProblemState):
    event_type: ClassVar[str] = "projects.problem.resolved.v1"
    topic: ClassVar[Topic] = PROBLEM


class ProblemClosedV1(_ProblemState):
    """Verified and closed by another person than the one who resolved it."""

    event_type: ClassVar[str] = "projects.problem.closed.v1"
    topic: ClassVar[Topic] = PROBLEM


class ProblemReopenedV1(_ProblemState):
    event_type: ClassVar[str] = "projects.problem.reopened.v1"
    topic: ClassVar[Topic] = PROBLEM


EVENTS: tuple[type[EventPayload], ...] = (
    ProblemRaisedV1,
    ProblemAmendedV1,
    ProblemEscalatedV1,
    ProblemResolvedV1,
    ProblemClosedV1,
    ProblemReopenedV1,
)
