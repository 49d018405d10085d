"""Phase-out in the API: standards, rules, cases, their inventory and plans."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.energy.phase_out.domain.case import Category, Comparator, Status
from services.energy.phase_out.service.plans import ItemFacts
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
