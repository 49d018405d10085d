"""What happens to investment projects."""

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

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
    is_key: bool = False
    key_level: str | None = None


class GridWorksV1(BaseModel):
    """What a grid project adds to the grid; ``capacity_mva`` is null for a line."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    work: str | None = None
    voltage_kv: float | None = None
    capacity_mva: float | None = None
    line_length_km: float | None = None
    financing_form: str | None = None


class ProjectStageEnteredV1(EventPayload):
    """A step of the lifecycle, forwards or as a recorded reversal (then ``reversal_reason`` is set).

    ``reason`` says why a project was suspended, resumed or terminated. ``kind`` and ``region_code`` are the
    project's, ``grid`` its facts where it is grid works.
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
    kind: str | None = None
    region_code: str | None = None
    grid: GridWorksV1 | None = None


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


EVENTS: tuple[type[EventPayload], ...] = (
    ProjectRegisteredV1,
    ProjectAmendedV1,
    ProjectStageEnteredV1,
    ProjectReplannedV1,
    ProjectProgressRecordedV1,
    ProjectInvestmentRecordedV1,
)
