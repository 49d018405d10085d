"""Formalities and milestones."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.projects.ledger.domain.formalities import Formality, FormalityRule
from services.projects.ledger.domain.stages import ProjectKind
from services.projects.ledger.schemas.types import Reason, Short, Text
from services.projects.ledger.service.milestones import FormalityState
from services.projects.registry.schemas import RegionCode, example


class PaperWrite(BaseModel):
    """Fields that are left out stay as they are; null takes a day or a number away."""

    planned_on: date | None = None
    actual_on: date | None = Field(default=None, description="The day it was done; not after today.")
    number: Short | None = Field(default=None, description="Of the permit or decision.")
    file_reference: Short | None = Field(default=None, description="Where the paper is kept.")
    note: Text = Field(default_factory=str)

    def facts(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True, exclude={"reason"})


class FormalityWrite(PaperWrite):
    model_config = example(planned_on="2026-02-28", actual_on="2026-03-02", number="421224202603020101")

    reason: Text = Field(default="", description="Required when a plan moves or a day done is changed.")


class MilestoneCreate(PaperWrite):
    model_config = example(title="升压站送电", planned_on="2026-11-30")

    title: Short


class MilestoneUpdate(PaperWrite):
    model_config = example(planned_on="2026-12-15", reason="设备到货推迟")

    title: Short = Field(default_factory=str)
    reason: Text = Field(default="", description="Required when a plan moves or a day done is changed.")


class MilestoneRemoval(BaseModel):
    model_config = example(reason="与竣工节点重复")

    reason: Reason


class MilestoneRead(BaseModel):
    id: UUID
    project_id: UUID
    title: str
    original_on: date | None = Field(description="As first planned.")
    planned_on: date | None
    actual_on: date | None
    number: str | None
    file_reference: str | None
    note: str
    recorded_at: AwareDatetime
    recorded_by: str


class FormalityRead(BaseModel):
    """A formality of the project's kind; the rest is null while nothing is recorded of it."""

    formality: Formality
    required_for_start: bool
    milestone_id: UUID | None
    original_on: date | None
    planned_on: date | None
    actual_on: date | None
    number: str | None
    file_reference: str | None
    note: str | None
    recorded_at: AwareDatetime | None
    recorded_by: str | None

    @classmethod
    def of(cls, state: FormalityState) -> "FormalityRead":
        facts: dict[str, Any] = dict.fromkeys(cls.model_fields)
        if state.row is not None:
            facts |= {**state.row.model_dump(), "milestone_id": state.row.id}
        facts |= {"formality": state.formality, "required_for_start": state.required_for_start}
        return cls.model_validate({name: facts[name] for name in cls.model_fields})


class FormalitiesRead(BaseModel):
    """Not a page: a kind has six formalities at most."""

    items: list[FormalityRead]


class FormalityRuleWrite(BaseModel):
    """Which formalities projects of a kind go through, and which must be done before their start."""

    model_config = example(
        kind="new_build",
        formalities=["filing", "land", "planning", "eia", "energy", "construction_permit"],
        required=["construction_permit"],
        region_code="421224",
        valid_from="2027-01-01",
    )

    kind: ProjectKind
    formalities: Annotated[list[Formality], Field(max_length=20)]
    required: Annotated[list[Formality], Field(max_length=20)] = Field(default_factory=list)
    region_code: RegionCode | None = Field(default=None, description="Null: everywhere.")
    valid_from: date | None = Field(default=None, description="First day; today if absent.")
    valid_to: date | None = Field(default=None, description="Day after the last; until the next if absent.")

    def rule(self, today: date) -> FormalityRule:
        return FormalityRule(
            kind=self.kind,
            formalities=tuple(self.formalities),
            required=tuple(self.required),
            region_code=self.region_code,
            valid_from=self.valid_from or today,
            valid_to=self.valid_to,
        )


class FormalityRuleRead(BaseModel):
    id: UUID
    kind: ProjectKind
    formalities: list[Formality]
    required: list[Formality]
    region_code: str | None
    valid_from: date
    valid_to: date | None
    version: int
