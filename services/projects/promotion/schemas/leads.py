"""Leads, follow-ups, introducers and conversion."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.projects.ledger.domain.project import Channel, Project
from services.projects.ledger.domain.stages import ProjectKind
from services.projects.ledger.schemas import (
    ConfirmAmount,
    FieldChangeRead,
    ParkCode,
    PlannedDates,
    ProjectCode,
    Reason,
    Text,
    Yuan,
    in_whole_yuan,
)
from services.projects.promotion.domain.leads import LeadStage, allowed_stages
from services.projects.promotion.domain.rewards import Introducer
from services.projects.promotion.domain.watching import LeadConditionKind, LeadRule
from services.projects.promotion.repository.leads import state_of
from services.projects.promotion.schemas.investors import Evidence, RegisteredOn
from services.projects.promotion.service.introducing import IntroductionDraft
from services.projects.promotion.service.leads import LeadDraft
from services.projects.promotion.tables import IntroductionRow, LeadRow
from services.projects.registry.schemas import Code, Name, RegionCode, SectorCode, Versioned, example

Days = Annotated[int, Field(ge=1, le=3650)]
Step = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]


class LeadCreate(BaseModel):
    model_config = example(
        code="L-2025-001",
        name="横石潭小水电",
        region_code="421224103",
        channel="merchant",
        contacted_on="2025-09-10",
        intended_investment_yuan="56000000",
    )

    code: Code
    name: Name
    region_code: RegionCode
    channel: Channel
    contacted_on: date = Field(description="Day of the first contact; not after today.")
    summary: Text = ""
    investor_id: UUID | None = None
    owner_person_id: UUID | None = Field(default=None, description="Who follows the lead.")
    owner_unit_id: UUID | None = None
    sector_code: SectorCode | None = None
    park_code: ParkCode | None = None
    intended_investment_yuan: Yuan | None = None

    def draft(self) -> LeadDraft:
        return LeadDraft(**in_whole_yuan(self.model_dump()))


class LeadUpdate(BaseModel):
    """Fields that are left out stay as they are."""

    model_config = example(intended_investment_yuan="60000000")

    name: Name = Field(default_factory=str)
    channel: Channel = Field(default_factory=lambda: Channel.GOVERNMENT)
    summary: Text = Field(default_factory=str)
    investor_id: UUID | None = None
    owner_person_id: UUID | None = None
    owner_unit_id: UUID | None = None
    sector_code: SectorCode | None = None
    park_code: ParkCode | None = None
    intended_investment_yuan: Yuan | None = None

    def facts(self) -> dict[str, Any]:
        facts = in_whole_yuan(self.model_dump(exclude_unset=True))
        if "channel" in facts:
            facts["channel"] = facts["channel"].value
        return facts


class LeadStep(BaseModel):
    """The next stage, ``lost`` with a reason, or of a lost lead the stage at which it is taken up again."""

    model_config = example(stage="negotiating", on="2025-09-15")

    stage: LeadStage
    on: date
    reason: Text = Field(default="", description="Required for a loss and for taking a lost lead up again.")


class FollowUpCreate(BaseModel):
    """What was done; the next step and its day come together."""

    model_config = example(
        on="2025-09-20", content="赴浙江拜访，商定踏勘", next_step="踏勘坝址", next_on="2025-09-24"
    )

    on: date
    content: Reason
    next_step: Step = ""
    next_on: date | None = None


class FollowUpRead(BaseModel):
    id: UUID
    lead_id: UUID
    on: date
    content: str
    next_step: str
    next_on: date | None
    recorded_at: AwareDatetime
    recorded_by: str


class IntroducerWrite(BaseModel):
    """An investor or a person of the registry, one of both."""

    model_config = ConfigDict(extra="forbid")

    investor_id: UUID | None = None
    person_id: UUID | None = None
    basis_points: Annotated[int, Field(ge=1, le=10_000, description="Ten-thousandths of the credit.")]
    registered_on: RegisteredOn = None
    evidence: Evidence = ""

    def draft(self) -> IntroductionDraft:
        introducer = Introducer(self.investor_id, self.person_id)
        return IntroductionDraft(introducer, self.basis_points, self.registered_on, self.evidence)


class IntroducerList(BaseModel):
    """All who share the credit; the shares sum to exactly 10,000. An empty list takes all away."""

    model_config = example(
        introducers=[{"investor_id": "01926f4e-7f00-7000-8000-000000000701", "basis_points": 10_000}]
    )

    introducers: Annotated[list[IntroducerWrite], Field(max_length=20)]
    reason: Text = Field(default="", description="Required when the credit of a signed project is shared anew.")

    def drafts(self) -> list[IntroductionDraft]:
        return [introducer.draft() for introducer in self.introducers]


class IntroducerRead(BaseModel):
    id: UUID
    investor_id: UUID | None
    person_id: UUID | None
    name: str
    basis_points: int
    registered_on: date
    evidence: str
    recorded_at: AwareDatetime
    recorded_by: str

    @classmethod
    def of(cls, row: IntroductionRow, names: dict[UUID, str]) -> IntroducerRead:
        name = names.get(row.investor_id or row.person_id or row.id, "")
        return cls.model_validate(row.model_dump() | {"name": name})


class IntroducersRead(BaseModel):
    items: list[IntroducerRead]


class LeadConversion(PlannedDates):
    """The lead becomes a project at stage planned; what is left out is taken from the lead."""

    model_config = example(
        code="2025-421224-44-03-000002", kind="new_build", on="2025-09-25", planned_start_on="2025-11-01"
    )

    code: ProjectCode
    kind: ProjectKind
    on: date = Field(description="The day it became a project; not after today.")
    name: Name | None = None
    region_code: RegionCode | None = None
    sector_code: SectorCode | None = None
    park_code: ParkCode | None = None
    enterprise_id: UUID | None = None
    total_investment_yuan: Yuan | None = None
    confirm_amount: ConfirmAmount = False

    def draft(self, project_id: UUID, lead: LeadRow, investor: str | None) -> Project:
        total = self.total_investment_yuan
        return Project(
            id=project_id,
            code=self.code,
            name=self.name or lead.name,
            kind=self.kind,
            region_code=self.region_code or lead.region_code,
            summary=lead.summary,
            sector_code=self.sector_code or lead.sector_code,
            park_code=self.park_code or lead.park_code,
            enterprise_id=self.enterprise_id,
            responsible_person_id=lead.owner_person_id,
            responsible_unit_id=lead.owner_unit_id,
            total_investment_yuan=lead.intended_investment_yuan if total is None else int(total),
            investor=investor,
            channel=Channel(lead.channel),
        )


class LeadRead(Versioned):
    id: UUID
    code: str
    name: str
    region_code: str
    channel: Channel
    stage: LeadStage
    allowed_stages: list[LeadStage]
    contacted_on: date
    stage_on: date
    lost_stage: LeadStage | None
    lost_reason: str | None
    summary: str
    investor_id: UUID | None
    owner_person_id: UUID | None
    owner_unit_id: UUID | None
    sector_code: str | None
    park_code: str | None
    intended_investment_yuan: Yuan | None
    last_on: date = Field(description="The last day anything happened.")
    next_step: str
    next_on: date | None
    project_id: UUID | None
    created_at: AwareDatetime

    @classmethod
    def of(cls, row: LeadRow) -> LeadRead:
        return cls.model_validate(row.model_dump() | {"allowed_stages": list(allowed_stages(state_of(row)))})


class LeadChangeRead(BaseModel):
    version: int
    at: AwareDatetime
    actor: str
    actor_role: str
    action: str
    reason: str
    changes: list[FieldChangeRead]


class LeadRuleWrite(BaseModel):
    """From ``threshold_days`` after the agreed day, or without one after the last sign of life, on."""

    model_config = example(kind="lead_neglected", region_code="421224", threshold_days=30, level2_days=60)

    kind: LeadConditionKind
    threshold_days: Days
    level2_days: Days | None = None
    region_code: RegionCode | None = Field(default=None, description="Null: everywhere.")
    valid_from: date | None = Field(default=None, description="First day; today if absent.")
    valid_to: date | None = Field(default=None, description="Day after the last; until the next rule if absent.")

    def rule(self, today: date) -> LeadRule:
        facts = self.model_dump(exclude={"valid_from"})
        return LeadRule(**facts, valid_from=self.valid_from or today)


class LeadRuleRead(Versioned):
    id: UUID
    kind: LeadConditionKind
    threshold_days: int
    level2_days: int | None
    region_code: str | None
    valid_from: date
    valid_to: date | None
