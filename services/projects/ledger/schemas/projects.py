"""Projects and their lifecycle: what is taken and answered."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from libs.common.contracts.projects import Stage
from services.projects.ledger.domain.facts import StageFacts
from services.projects.ledger.domain.lifecycle import allowed_stages
from services.projects.ledger.domain.project import Channel, KeyLevel, Project
from services.projects.ledger.domain.stages import PLAN_FIELDS, Milestone, ProjectKind, milestones_of
from services.projects.ledger.schemas.facts import GridFacts, LocationRead, LocationWrite
from services.projects.ledger.schemas.types import (
    ConfirmAmount,
    Output,
    ParkCode,
    ProjectCode,
    Reason,
    Short,
    Text,
    Unit,
    Yuan,
    in_whole_yuan,
)
from services.projects.ledger.tables import ProjectRow
from services.projects.registry.schemas import Name, RegionCode, SectorCode, example


class PlannedDates(BaseModel):
    """First plans by milestone. A milestone that has a date already is moved by a re-planning, with a reason.

    Started projects need ``planned_capacity_on``; infrastructure and tourism ``planned_completion_on`` instead.
    """

    model_config = ConfigDict(extra="forbid")

    planned_start_on: date | None = None
    planned_completion_on: date | None = None
    planned_production_on: date | None = None
    planned_capacity_on: date | None = None
    planned_opening_on: date | None = None

    def planned(self) -> dict[Milestone, date]:
        named = {milestone: getattr(self, name) for milestone, name in PLAN_FIELDS.items()}
        return {milestone: on for milestone, on in named.items() if on is not None}


class Details(BaseModel):
    """What is known of a project beside its lifecycle; all optional until a stage requires it."""

    summary: Text = ""
    parent_id: UUID | None = Field(default=None, description="The project this is a phase or part of.")
    location: LocationWrite | None = None
    grid: GridFacts | None = Field(default=None, description="Of grid works alone; replaced as a whole.")
    sector_code: SectorCode | None = None
    park_code: ParkCode | None = None
    enterprise_id: UUID | None = None
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None
    total_investment_yuan: Yuan | None = None
    contract_amount_yuan: Yuan | None = None
    investor: Short | None = None
    channel: Channel | None = None
    design_output: Output | None = None
    output_unit: Unit | None = None


class ProjectCreate(Details, PlannedDates):
    model_config = example(
        code="2025-421224-44-03-000001",
        name="九宫山风力电场一期",
        kind="new_build",
        region_code="421224104",
        sector_code="4415",
        total_investment_yuan="140000000",
        channel="resource",
        planned_start_on="2025-12-01",
    )

    code: ProjectCode
    name: Name
    kind: ProjectKind
    region_code: RegionCode
    confirm_amount: ConfirmAmount = False

    def draft(self, project_id: UUID) -> Project:
        own = {name: getattr(self, name) for name in _OWN}
        return Project(id=project_id, **in_whole_yuan(own), **_parts(self.location, self.grid))


# Read one by one: what a dump of the model costs is felt when thousands are imported.
_OWN = tuple(
    name
    for name in ProjectCreate.model_fields
    if name not in {"confirm_amount", "location", "grid", *PLAN_FIELDS.values()}
)


class ProjectUpdate(Details):
    """Fields that are left out stay as they are; null takes a fact away unless a reached stage requires it."""

    model_config = example(responsible_person_id="01926f4e-7f00-7000-8000-000000000002")

    name: Name = Field(default_factory=str)
    confirm_amount: ConfirmAmount = False

    def facts(self) -> dict[str, Any]:
        said = self.model_dump(exclude_unset=True, exclude={"confirm_amount"})
        parts = _parts(self.location, self.grid)
        return in_whole_yuan(said) | {name: part for name, part in parts.items() if name in said}


class StageChange(PlannedDates):
    """Entering the next stage, with the facts it requires.

    signed: contract_amount_yuan, investor, channel, planned_start_on, and grid for grid works. started: evidence
    (or a construction permit among the formalities), planned_capacity_on (planned_completion_on for infrastructure
    and tourism). in_production: first_output. at_capacity: actual_output, design_output, output_unit. What the
    project knows already need not be sent again.
    """

    model_config = example(
        stage="signed",
        on="2025-09-22",
        contract_amount_yuan="140000000",
        investor="风电投资方（演示）",
        channel="resource",
        planned_start_on="2025-12-01",
    )

    stage: Stage
    on: date = Field(description="The day it happened; not after today.")
    contract_amount_yuan: Yuan | None = None
    investor: Short | None = None
    channel: Channel | None = None
    grid: GridFacts | None = Field(default=None, description="Of grid works alone; replaced as a whole.")
    evidence: Short | None = Field(default=None, description="Permit number, or where photo or document is kept.")
    first_output: Short | None = Field(default=None, description="What was produced first.")
    actual_output: Output | None = None
    design_output: Output | None = None
    output_unit: Unit | None = None
    confirm_amount: ConfirmAmount = False

    def stage_facts(self) -> StageFacts:
        said = {name: getattr(self, name) for name in _OF_STAGE}
        grid = _parts(None, self.grid)["grid"]
        return StageFacts(**in_whole_yuan(said), grid=grid, planned=self.planned())


_OF_STAGE = tuple(
    name
    for name in StageChange.model_fields
    if name not in {"stage", "on", "confirm_amount", "grid", *PLAN_FIELDS.values()}
)


class Reversal(BaseModel):
    model_config = example(reason="entered by mistake: the permit is for the neighbouring plot")

    reason: Reason


class Replan(BaseModel):
    model_config = example(milestone="start", planned_on="2026-10-20", reason="land papers are late")

    milestone: Milestone
    planned_on: date
    reason: Reason


class Interruption(BaseModel):
    model_config = example(on="2026-08-01", reason="the investor's funds are late")

    on: date
    reason: Reason


class Resumption(BaseModel):
    model_config = example(on="2026-09-01", note="funds arrived")

    on: date
    note: Text = ""


class PlannedDateRead(BaseModel):
    milestone: Milestone
    original_on: date | None
    current_on: date | None
    actual_on: date | None


class ProjectRead(BaseModel):
    """A project as it stands. ``version`` is the ETag's number and rises with each write."""

    id: UUID
    code: str
    name: str
    kind: ProjectKind
    region_code: str
    stage: Stage
    allowed_stages: list[Stage] = Field(description="Stages that may be entered next.")
    summary: str
    parent_id: UUID | None
    location: LocationRead | None
    grid: GridFacts | None
    is_key: bool
    key_level: KeyLevel | None
    key_since: date | None
    key_by: str | None = Field(description="Who made it a key project.")
    size_band: str | None = Field(description="Code of the size band; null below the first and without an amount.")
    sector_code: str | None
    park_code: str | None
    enterprise_id: UUID | None
    responsible_person_id: UUID | None
    responsible_unit_id: UUID | None
    total_investment_yuan: Yuan | None
    contract_amount_yuan: Yuan | None
    investor: str | None
    channel: Channel | None
    signed_on: date | None
    plan: list[PlannedDateRead]
    evidence: str | None
    first_output: str | None
    design_output: Decimal | None
    actual_output: Decimal | None
    output_unit: str | None
    interrupted_stage: Stage | None
    interrupted_on: date | None
    interruption_reason: str | None
    resumed_on: date | None
    percent: Decimal | None
    last_progress_on: date | None
    last_advance_on: date | None
    last_investment_month: date | None
    invested_yuan: Yuan
    verified_funds_yuan: Yuan | None = Field(description="Arrived and verified; null while nothing was.")
    version: int
    created_at: AwareDatetime
    updated_at: AwareDatetime

    @classmethod
    def of(cls, row: ProjectRow, project: Project) -> "ProjectRead":
        plan = [
            PlannedDateRead.model_validate(
                {"milestone": milestone, **_days(project, milestone)},
            )
            for milestone in milestones_of(project.kind)
        ]
        own = {
            name: getattr(project, name)
            for name in cls.model_fields
            if name in Project.__dataclass_fields__ and name not in {"plan", "location", "grid"}
        }
        return cls(
            **own,
            location=None if project.location is None else LocationRead.of(project.location),
            grid=None if project.grid is None else GridFacts.model_validate(project.grid),
            plan=plan,
            allowed_stages=list(allowed_stages(project)),
            version=row.version,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


class FieldChangeRead(BaseModel):
    field: str
    before: Any
    after: Any


class ProjectChangeRead(BaseModel):
    """One write: who, when, why, and what it changed."""

    version: int
    at: AwareDatetime
    actor: str
    actor_role: str
    action: str
    reason: str
    changes: list[FieldChangeRead]
    actor_name: str | None = Field(description="Name of the person or account, where the office knows one.")
    text: str = Field(description="The write as a sentence, in the caller's language.")


def _parts(location: LocationWrite | None, grid: GridFacts | None) -> dict[str, Any]:
    return {
        "location": None if location is None else location.location(),
        "grid": None if grid is None else grid.grid(),
    }


def _days(project: Project, milestone: Milestone) -> dict[str, Any]:
    planned = project.planned(milestone)
    return {"original_on": planned.original_on, "current_on": planned.current_on, "actual_on": planned.actual_on}
