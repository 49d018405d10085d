"""Plans and their rows as the API takes and shows them."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.energy.curtailment.domain.plan import PlanAct, PlanStatus, QuotaUnit
from services.energy.curtailment.domain.users import Category, Measure
from services.energy.curtailment.plan_repository import EntryRow
from services.energy.curtailment.schemas import Load, Note, Weekdays, example
from services.energy.curtailment.service.drafting import Entry
from services.energy.curtailment.tables import CurtailmentPlanRow, CurtailmentPlanStepRow

Tier = Annotated[int, Field(ge=1, le=4, description="1 is called from blue (Ⅳ) on, 4 at red (Ⅰ) only.")]
Group = Annotated[str, Field(min_length=1, max_length=20)]
Quota = Annotated[float, Field(gt=0, le=10_000_000, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Year = Annotated[int, Field(ge=2000, le=2100)]


class CurtailmentPlanWrite(BaseModel):
    """A new edition of a region's plan for a year."""

    model_config = example(
        region_code="421224",
        year=2026,
        name="2026年有序用电方案",
        max_load_kw=260000,
        rotation={"A": [1], "B": [2], "C": [3], "D": [4], "E": [5]},
    )

    region_code: str
    year: Year
    name: Name
    max_load_kw: Load = Field(description="Forecast maximum load of the region in the year, kW.")
    rotation: dict[Group, Weekdays] = Field(default={}, description="Weekdays on which each group rests (轮休).")
    note: Note = ""
    copy_from: UUID | None = Field(default=None, description="The edition whose rows it begins with.")


class CurtailmentPlanChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    max_load_kw: Load | None = None
    rotation: dict[Group, Weekdays] | None = None
    note: Note | None = None

    def changes(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True, exclude_none=True)


class CurtailmentPlanItem(BaseModel):
    """A plan in a list."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    region_code: str
    year: int
    edition: int
    name: str
    status: PlanStatus
    max_load_kw: float
    rotation: dict[str, list[int]]
    note: str
    based_on: UUID | None
    checked_at: datetime | None
    checked_by: str | None
    submitted_at: datetime | None
    submitted_by: str | None
    approved_at: datetime | None
    approved_by: str | None
    in_force_from: date | None
    superseded_at: datetime | None
    superseded_by: UUID | None
    version: int
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str


class CurtailmentTierRead(BaseModel):
    """What a tier adds, what there is up to it with all groups together, and what the rules ask for."""

    tier: int
    users: int
    load_kw: float
    held_kw: float
    held_percent: float = Field(description="Of the region's maximum load.")
    needed_percent: float


class CurtailmentFinding(BaseModel):
    code: str
    severity: str = Field(description="A fault keeps the plan from being submitted, a warning does not.")
    message: str
    enterprise_id: UUID | None
    entry_ids: list[UUID] = Field(description="Rows that it is about.")


class CurtailmentPlanRead(CurtailmentPlanItem):
    tiers: list[CurtailmentTierRead]
    findings: list[CurtailmentFinding] | None = Field(description="Of the last check; null: not checked yet.")
    is_check_current: bool = Field(description="Nothing was changed in the plan since.")


class CurtailmentStepRead(BaseModel):
    """What was done with a plan."""

    model_config = ConfigDict(from_attributes=True)

    version: int
    act: PlanAct
    status: PlanStatus
    note: str
    done_at: datetime
    done_by: str


class CurtailmentStepList(BaseModel):
    items: list[CurtailmentStepRead]


class PlanRemark(BaseModel):
    model_config = ConfigDict(extra="forbid")

    note: Note = ""


class PlanReturn(BaseModel):
    model_config = example(note="请核实三家企业的保安负荷")

    note: Annotated[str, Field(min_length=1, max_length=500)]


class PlanApproval(BaseModel):
    model_config = example(in_force_from="2026-09-16", note="同意")

    in_force_from: date | None = Field(default=None, description="Today, or the year's first day, if left out.")
    note: Note = ""


class CurtailmentEntryWrite(BaseModel):
    model_config = example(
        enterprise_id="01994c3e-1000-7a11-8000-0000000000f0",
        tier=1,
        measure="stagger",
        quota=15,
        quota_unit="percent",
    )

    enterprise_id: UUID
    tier: Tier
    measure: Measure
    quota: Quota
    quota_unit: QuotaUnit = Field(default=QuotaUnit.KW, description="kW, or percent of the user's maximum load.")
    rotation_group: Group | None = None
    note: Note = ""

    def entry(self) -> Entry:
        return Entry(**dict(self))


class CurtailmentEntryChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tier: Tier | None = None
    measure: Measure | None = None
    quota: Quota | None = None
    quota_unit: QuotaUnit | None = None
    rotation_group: Group | None = None
    note: Note | None = None

    def changes(self) -> dict[str, Any]:
        """What is said; null takes the row out of its rotation group only."""
        said = self.model_dump(exclude_unset=True)
        return {name: value for name, value in said.items() if value is not None or name == "rotation_group"}


class CurtailmentEntryRead(BaseModel):
    """A row of a plan with its user; ``quota_kw`` is the quota in kW."""

    id: UUID
    plan_id: UUID
    enterprise_id: UUID
    code: str
    name: str
    region_code: str
    category: Category
    tier: int
    measure: Measure
    quota: float
    quota_unit: QuotaUnit
    quota_kw: float
    rotation_group: str | None
    note: str
    recorded_at: datetime
    recorded_by: str


class CurtailmentImportFault(BaseModel):
    """``row`` and ``column`` as the file shows them."""

    row: int
    column: str | None
    code: str
    message: str


class CurtailmentImportReport(BaseModel):
    """What an import did, or in a dry run would do. All rows or none are taken."""

    dry_run: bool
    rows: int
    created: int
    changed: int
    unchanged: int
    removed: int
    faults: list[CurtailmentImportFault] = Field(
        description="The first 1000; in a dry run only, else the import is refused."
    )
    findings: list[CurtailmentFinding] = Field(description="What a check of the plan finds with these rows.")


def plan_item(row: CurtailmentPlanRow) -> CurtailmentPlanItem:
    return CurtailmentPlanItem.model_validate(row)


def step_read(row: CurtailmentPlanStepRow) -> CurtailmentStepRead:
    return CurtailmentStepRead.model_validate(row)


def entry_read(row: EntryRow) -> CurtailmentEntryRead:
    entry, user = row
    unit = QuotaUnit(entry.quota_unit)
    kw = entry.quota if unit is QuotaUnit.KW else user.max_load_kw * entry.quota / 100
    return CurtailmentEntryRead(
        **entry.model_dump(),
        code=user.code,
        name=user.name,
        region_code=user.region_code,
        category=Category(user.category),
        quota_kw=kw,
    )
