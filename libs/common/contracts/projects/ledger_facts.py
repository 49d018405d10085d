"""Money, contract, milestones and plans of investment projects; on the topic of the project itself."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.projects.ledger import PROJECT


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


class ProjectOutputRecordedV1(EventPayload):
    """A month's output was recorded or corrected; null was not reported."""

    event_type: ClassVar[str] = "projects.project.output_recorded.v1"
    topic: ClassVar[Topic] = PROJECT

    project_id: UUID
    code: str
    month: date
    output_value_yuan: int
    tax_yuan: int | None = None
    physical_output: float | None = None
    output_unit: str | None = None


class ProjectContractRecordedV1(EventPayload):
    """The contract was recorded or changed."""

    event_type: ClassVar[str] = "projects.project.contract_recorded.v1"
    topic: ClassVar[Topic] = PROJECT

    project_id: UUID
    code: str
    number: str
    amount_yuan: int
    parties: tuple[str, ...] = ()


class ProjectContractActRecordedV1(EventPayload):
    """State of one term of the contract after it was agreed, moved, done, taken back or removed."""

    event_type: ClassVar[str] = "projects.project.contract_act_recorded.v1"
    topic: ClassVar[Topic] = PROJECT

    project_id: UUID
    code: str
    act_id: UUID
    kind: str
    title: str
    due_on: date
    amount_yuan: int | None = None
    done_on: date | None = None
    removed: bool = False


class ProjectMilestoneRecordedV1(EventPayload):
    """State of a formality (``formality`` names it) or of a milestone of the project's own."""

    event_type: ClassVar[str] = "projects.project.milestone_recorded.v1"
    topic: ClassVar[Topic] = PROJECT

    project_id: UUID
    code: str
    milestone_id: UUID
    formality: str | None = None
    title: str = ""
    planned_on: date | None = None
    actual_on: date | None = None
    number: str | None = None
    removed: bool = False


class CurvePointV1(BaseModel):
    """Share of the works that is to be complete at the end of the month whose first day is ``month``."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    month: date
    percent: float


class ProjectPlanCurveRecordedV1(EventPayload):
    """The planned course of the works, from its first revision on; later ones have a reason."""

    event_type: ClassVar[str] = "projects.project.plan_curve_recorded.v1"
    topic: ClassVar[Topic] = PROJECT

    project_id: UUID
    code: str
    revision: int
    points: tuple[CurvePointV1, ...]
    reason: str = ""


class ProjectAnnualPlanRecordedV1(EventPayload):
    """Investment planned for a year."""

    event_type: ClassVar[str] = "projects.project.annual_plan_recorded.v1"
    topic: ClassVar[Topic] = PROJECT

    project_id: UUID
    code: str
    year: int
    amount_yuan: int
    previous_yuan: int | None = None
    reason: str = ""


EVENTS: tuple[type[EventPayload], ...] = (
    ProjectFundsRecordedV1,
    ProjectFundsVerifiedV1,
    ProjectFundsRejectedV1,
    ProjectFundsWithdrawnV1,
    ProjectOutputRecordedV1,
    ProjectContractRecordedV1,
    ProjectContractActRecordedV1,
    ProjectMilestoneRecordedV1,
    ProjectPlanCurveRecordedV1,
    ProjectAnnualPlanRecordedV1,
)
