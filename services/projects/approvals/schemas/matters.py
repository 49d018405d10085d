"""Matters and the grounds of a pause."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.projects.approvals.domain.clock import PauseGround
from services.projects.approvals.domain.matters import AuthorityLevel, Matter, RequiredDocument
from services.projects.registry.schemas import Code, Name, RegionCode, example

Days = Annotated[int, Field(ge=1, le=365)]
Source = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]


class DocumentSpec(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: Code
    name: Name
    required: bool = True


class Validity(BaseModel):
    region_code: RegionCode | None = Field(default=None, description="Null: everywhere.")
    valid_from: date | None = Field(default=None, description="First day; today if absent.")
    valid_to: date | None = Field(default=None, description="Day after the last; until the next entry if absent.")


class MatterWrite(Validity):
    """A matter in a region from a day on; the entry of the narrowest region counts. Days are working days."""

    model_config = example(
        code="filing",
        name="企业投资项目备案",
        authority_level="county",
        region_code="421224",
        statutory_days=7,
        promised_days=3,
        green_percent=50,
        requires_gate=True,
        documents=[{"code": "form", "name": "项目备案申请表"}],
    )

    code: Code
    name: Name
    authority_level: AuthorityLevel
    statutory_days: Days
    promised_days: Days
    unit_id: UUID | None = Field(default=None, description="Who decides; a case may name another unit.")
    due_soon_days: Annotated[int, Field(ge=0, le=60)] = Field(
        default=1, description="Warned of when so many days are left."
    )
    green_days: Days | None = Field(default=None, description="The promise in the green channel.")
    green_percent: Annotated[int, Field(ge=1, le=99)] | None = Field(
        default=None, description="The same as a share of the promise, rounded up to whole days."
    )
    requires_gate: bool = Field(default=False, description="Granted only past the admission gate.")
    documents: Annotated[list[DocumentSpec], Field(max_length=100)] = Field(default_factory=list)
    source: Source = Field(default="", description="The law or the promise that the days come from.")

    def matter(self, today: date) -> Matter:
        facts = self.model_dump(exclude={"documents", "valid_from"})
        papers = tuple(RequiredDocument(paper.code, paper.name, paper.required) for paper in self.documents)
        return Matter(**facts, documents=papers, valid_from=self.valid_from or today)


class MatterRead(BaseModel):
    id: UUID
    code: str
    name: str
    authority_level: AuthorityLevel
    region_code: str | None
    unit_id: UUID | None
    statutory_days: int
    promised_days: int
    due_soon_days: int
    green_days: int | None
    green_percent: int | None
    requires_gate: bool
    documents: list[DocumentSpec]
    source: str
    template: str | None = Field(description="Set on entries of a template: in force nowhere until adopted.")
    valid_from: date
    valid_to: date | None
    version: int


class Adoption(BaseModel):
    """Puts a template's matters in force in a region."""

    model_config = example(template="city-5-days", region_code="421224", valid_from="2026-10-01")

    template: Code
    region_code: RegionCode
    valid_from: date | None = Field(default=None, description="First day; today if absent.")


class Adopted(BaseModel):
    items: list[MatterRead] = Field(description="The entries that came into force by it.")


class GroundWrite(Validity):
    model_config = example(
        code="expert_review", name_zh="专家评审", name_en="expert review", legal_basis="行政许可法第四十五条"
    )

    code: Code
    name_zh: Name
    name_en: Name
    legal_basis: Source = ""
    max_working_days: Days | None = Field(
        default=None, description="Working days after which a pause counts again; null: no limit."
    )

    def ground(self, today: date) -> PauseGround:
        return PauseGround(**self.model_dump(exclude={"valid_from"}), valid_from=self.valid_from or today)


class GroundRead(BaseModel):
    id: UUID
    code: str
    name_zh: str
    name_en: str
    legal_basis: str
    max_working_days: int | None
    region_code: str | None
    valid_from: date
    valid_to: date | None
    version: int
