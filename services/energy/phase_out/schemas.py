"""Phase-out in the API: standards, rules, cases, their inventory and plans."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.energy.phase_out.domain.case import Category, Comparator, Status
from services.energy.phase_out.service.cases import ItemFacts
from services.energy.phase_out.service.standards import RuleFacts, StandardFacts
from services.energy.phase_out.tables import PhaseOutCaseRow
from services.energy.sheet_table import TableFaultRead

Text40 = Annotated[str, Field(min_length=1, max_length=40)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Long = Annotated[str, Field(min_length=1, max_length=2000)]
Region = Annotated[str, Field(min_length=6, max_length=9)]
Figure = Annotated[float, Field(ge=0, le=1e12)]
Share = Annotated[float, Field(ge=0, le=1)]


def example(**facts: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [facts]})


class StandardWrite(BaseModel):
    """An entry of the catalogue. The same code, region and first day again corrects it."""

    model_config = example(
        code="KRL-6300",
        name="6300千伏安以下矿热炉",
        category="equipment",
        description="6300千伏安以下铁合金矿热电炉",
        comparator="at_least",
        threshold=6300,
        measure="变压器容量",
        unit="kVA",
        basis="产业结构调整指导目录 淘汰类",
        deadline_on="2026-12-31",
        valid_from="2024-02-01",
    )

    code: Text40
    name: Name
    category: Category
    description: Long
    comparator: Comparator
    threshold: Figure | None = Field(default=None, description="Required unless the thing is banned.")
    measure: Name = Field(description="What is compared: yearly output, capacity, intensity …")
    unit: Text40 | None = None
    basis: Name = Field(description="The legal basis.")
    basis_document: Name | None = Field(default=None, description="Its number and article.")
    sector_code: Text40 | None = None
    deadline_on: date | None = Field(default=None, description="By which it is to be phased out everywhere.")
    region_code: Region | None = None
    valid_from: date
    valid_to: date | None = Field(default=None, description="Exclusive.")

    def facts(self) -> StandardFacts:
        return StandardFacts(**self.model_dump() | {"category": self.category, "comparator": self.comparator})


class StandardRead(StandardWrite):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    changed_at: datetime
    changed_by: str


class StandardEnd(BaseModel):
    model_config = ConfigDict(extra="forbid")

    valid_to: date = Field(description="Exclusive.")


class RuleWrite(BaseModel):
    """When dates are near or grave and when a load means running, in a region from a day on."""

    model_config = ConfigDict(extra="forbid")

    region_code: Region | None = None
    valid_from: date
    valid_to: date | None = Field(default=None, description="Exclusive.")
    due_soon_working_days: int = Field(default=30, ge=1, le=250)
    overdue_level2_days: int = Field(default=30, ge=1, le=3650)
    most_extensions: int = Field(default=2, ge=0, le=20)
    running_share: Share = 0.1
    running_floor_kw: Figure = 5.0
    running_slots: int = Field(default=4, ge=1, le=9600)
    least_completeness: Share = 0.9
    baseline_days: int = Field(default=30, ge=1, le=366)
    check_days: int = Field(default=7, ge=1, le=92)
    note: str = Field(default="", max_length=500)

    def facts(self) -> RuleFacts:
        return RuleFacts(**self.model_dump())


class RuleRead(RuleWrite):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    changed_at: datetime
    changed_by: str


class ItemWrite(BaseModel):
    model_config = example(
        category="equipment",
        name="3200千伏安矿热炉",
        model="HKS-3200",
        serial_no="9703",
        made_on="1997-03-01",
        rated=3200,
        rated_unit="kVA",
        nameplate={"一次电压": "35kV"},
        source="现场铭牌",
    )

    category: Category
    name: Name
    source: Name
    model: Name | None = None
    serial_no: Name | None = None
    maker: Name | None = None
    made_on: date | None = None
    quantity: float = Field(default=1, gt=0, le=1e9)
    rated: Figure | None = None
    rated_unit: Text40 | None = None
    nameplate: dict[Text40, Name] = Field(default_factory=dict, max_length=60)

    def facts(self) -> ItemFacts:
        return ItemFacts(**self.model_dump() | {"category": self.category})


class ItemRead(ItemWrite):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    removed_on: date | None
    removal_note: str | None
    version: int
    recorded_at: datetime
    recorded_by: str


class ItemRemoval(BaseModel):
    model_config = ConfigDict(extra="forbid")

    removed_on: date | None = Field(description="When it was dismantled; null takes that back.")
    note: Name | None = None


class MilestoneWrite(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name
    planned_on: date
    note: str = Field(default="", max_length=1000)


class MilestoneReplan(BaseModel):
    model_config = ConfigDict(extra="forbid")

    planned_on: date
    reason: Long


class Reached(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reached_on: date


class MilestoneRead(MilestoneWrite):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    original_on: date
    reached_on: date | None
    version: int


class ReplanRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    milestone_id: UUID | None = Field(description="Null: the deadline of the case.")
    before_on: date
    after_on: date
    reason: str
    recorded_at: datetime
    recorded_by: str


class CaseWrite(BaseModel):
    """A case; the enterprise by its id or its credit code."""

    model_config = example(
        credit_code="91421224MA49000000",
        title="3200千伏安矿热炉2台",
        standard_id="0199512a-7c00-7a11-8000-000000000001",
        listed_on="2026-03-01",
        deadline_on="2026-12-31",
        source="县经信局排查",
        milestones=[{"name": "停产", "planned_on": "2026-10-31"}],
    )

    enterprise_id: UUID | None = None
    credit_code: Annotated[str, Field(min_length=18, max_length=18)] | None = None
    title: Name
    standard_id: UUID
    listed_on: date
    source: Name
    number: Text40 | None = Field(default=None, description="Given by year and region if left out.")
    deadline_on: date | None = Field(default=None, description="The standard's if left out.")
    required: Figure | None = Field(default=None, description="At least as strict as the standard.")
    measured: Figure | None = None
    measured_on: date | None = None
    note: str = Field(default="", max_length=2000)
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None
    milestones: list[MilestoneWrite] = Field(default_factory=list, max_length=50)
    items: list[ItemWrite] = Field(default_factory=list, max_length=500)


class CaseChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Name | None = None
    source: Name | None = None
    note: Annotated[str, Field(max_length=2000)] | None = None
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None

    def facts(self) -> dict[str, Any]:
        given = self.model_dump(exclude_unset=True)
        kept = {"title", "source", "note"}
        return {name: value for name, value in given.items() if value is not None or name not in kept}


class CaseRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str
    title: str
    enterprise_id: UUID
    credit_code: str
    enterprise_name: str
    region_code: str
    standard_id: UUID
    standard_code: str
    comparator: Comparator
    required: float | None
    unit: str | None
    measured: float | None
    measured_on: date | None
    source: str
    note: str
    status: Status
    listed_on: date
    deadline_on: date
    original_deadline_on: date
    extensions: int
    ended_on: date | None
    withdrawn_reason: str | None
    responsible_person_id: UUID | None
    responsible_unit_id: UUID | None
    version: int
    changed_at: datetime
    changed_by: str


class DaysLeftRead(BaseModel):
    """How far the deadline is; working days are null where the calendar of a year is not known."""

    calendar_days: int = Field(description="Negative once it is past.")
    working_days: int | None
    unknown_year: int | None


class CaseImported(BaseModel):
    dry_run: bool
    cases: int
    items: int
    numbers: list[str]
    faults: list[TableFaultRead]


class StatusCount(BaseModel):
    standard_code: str
    status: Status
    cases: int
    overdue: int = Field(description="Of them, those past their deadline and not ended.")


class SummaryRead(BaseModel):
    region_code: str
    items: list[StatusCount]


class RestrictedRead(BaseModel):
    """An enterprise that is restricted first in orderly use."""

    model_config = ConfigDict(from_attributes=True)

    enterprise_id: UUID
    enterprise_name: str
    case_ids: list[UUID]
    since: date
    reason_zh: str
    reason_en: str


class RestrictedPage(BaseModel):
    items: list[RestrictedRead]


class Withdrawal(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Long


def case_read(row: PhaseOutCaseRow) -> CaseRead:
    return CaseRead.model_validate(row)
