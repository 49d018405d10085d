"""What happens to investment projects."""

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.projects.owner import OWNER

PROJECT = Topic("projects.project.v1", OWNER, "What happens to investment projects")


class Stage(StrEnum):
    """Stages of a project (S2); the Chinese terms stand in the ledger's domain."""

    PLANNED = "planned"
    SIGNED = "signed"
    STARTED = "started"
    COMPLETED = "completed"
    IN_PRODUCTION = "in_production"
    AT_CAPACITY = "at_capacity"
    OPENED = "opened"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"


class ProjectRegisteredV1(EventPayload):
    event_type: ClassVar[str] = "projects.project.registered.v1"
    topic: ClassVar[Topic] = PROJECT

    project_id: UUID
    code: str
    name: str
    kind: str
    region_code: str
    total_investment_yuan: int | None = None
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None


class ProjectAmendedV1(EventPayload):
    """Facts changed outside of the lifecycle; the payload is the state after it, ``fields`` names what changed."""

    event_type: ClassVar[str] = "projects.project.amended.v1"
    topic: ClassVar[Topic] = PROJECT

    project_id: UUID
    code: str
    name: str
    kind: str
    region_code: str
    total_investment_yuan: int | None = None
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None
    fields: tuple[str, ...] = ()


class ProjectStageEnteredV1(EventPayload):
    """A step of the lifecycle, forwards or as a recorded reversal (then ``reversal_reason`` is set).

    ``reason`` says why a project was suspended, resumed or terminated.
    """

    event_type: ClassVar[str] = "projects.project.stage_entered.v1"
    topic: ClassVar[Topic] = PROJECT

    project_id: UUID
    code: str
    name: str
    from_stage: Stage
    stage: Stage
    on: date
    reversal_reason: str | None = None
    reason: str | None = None


class ProjectReplannedV1(EventPayload):
    event_type: ClassVar[str] = "projects.project.replanned.v1"
    topic: ClassVar[Topic] = PROJECT

    project_id: UUID
    code: str
    milestone: str
    original_on: date
    previous_on: date
    planned_on: date
    reason: str


class ProjectProgressRecordedV1(EventPayload):
    event_type: ClassVar[str] = "projects.project.progress_recorded.v1"
    topic: ClassVar[Topic] = PROJECT

    project_id: UUID
    code: str
    on: date
    percent: float
    note: str = ""


class ProjectInvestmentRecordedV1(EventPayload):
    event_type: ClassVar[str] = "projects.project.investment_recorded.v1"
    topic: ClassVar[Topic] = PROJECT

    project_id: UUID
    code: str
    month: date
    amount_yuan: int


class ProjectFundsRecordedV1(EventPayload):
    """Funds are said to have arrived; they count once verified."""

    event_type: ClassVar[str] = "projects.project.funds_recorded.v1"
    topic: ClassVar[Topic] = PROJECT

    project_id: UUID
    code: str
    arrival_id: UUID
    on: date
    amount_yuan: int
    source: str
    payer: str


class ProjectFundsVerifiedV1(EventPayload):
    """Another person confirmed an arrival; ``verified_funds_yuan`` is the project's sum after it."""

    event_type: ClassVar[str] = "projects.project.funds_verified.v1"
    topic: ClassVar[Topic] = PROJECT

    project_id: UUID
    code: str
    arrival_id: UUID
    on: date
    amount_yuan: int
    verified_on: date
    verified_funds_yuan: int


class ProjectFundsRejectedV1(EventPayload):
    """Another person did not find the money."""

    event_type: ClassVar[str] = "projects.project.funds_rejected.v1"
    topic: ClassVar[Topic] = PROJECT

    project_id: UUID
    code: str
    arrival_id: UUID
    on: date
    amount_yuan: int
    note: str


class ProjectFundsWithdrawnV1(EventPayload):
    """An arrival was taken back; ``verified_funds_yuan`` is what is left, null when nothing is."""

    event_type: ClassVar[str] = "projects.project.funds_withdrawn.v1"
    topic: ClassVar[Topic] = PROJECT

    project_id: UUID
    code: str
    arrival_id: UUID
    on: date
    amount_yuan: int
    reason: str
    verified_funds_yuan: int | None = None


EVENTS: tuple[type[EventPayload], ...] = (
    ProjectRegisteredV1,
    ProjectAmendedV1,
    ProjectStageEnteredV1,
    ProjectReplannedV1,
    ProjectProgressRecordedV1,
    ProjectInvestmentRecordedV1,
    ProjectFundsRecordedV1,
    ProjectFundsVerifiedV1,
    ProjectFundsRejectedV1,
    ProjectFundsWithdrawnV1,
)
