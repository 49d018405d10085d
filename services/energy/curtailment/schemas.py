"""Users, plans, rows and rules of orderly use as the API takes and shows them."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from services.energy.curtailment.domain.plan import PlanAct, PlanStatus, QuotaUnit
from services.energy.curtailment.domain.rules import MODELS, AnyParameters, RuleKind
from services.energy.curtailment.domain.users import MAX_NOTICE_MINUTES, Category, Measure, Offer, Standing
from services.energy.curtailment.plan_repository import EntryRow
from services.energy.curtailment.service.drafting import Entry
from services.energy.curtailment.service.exclusions import ExclusionCause
from services.energy.curtailment.service.users import UserTerms
from services.energy.curtailment.tables import (
    CurtailmentBurdenRow,
    CurtailmentExclusionRow,
    CurtailmentPlanRow,
    CurtailmentPlanStepRow,
    CurtailmentRuleRow,
    CurtailmentUserRow,
)
from services.energy.metering.domain.meter import METER_NO_PATTERN

Load = Annotated[float, Field(gt=0, le=10_000_000, allow_inf_nan=False, description="kW")]
Security = Annotated[
    float, Field(ge=0, le=10_000_000, allow_inf_nan=False, description="kW; it stays in any case.")
]
Minutes = Annotated[int, Field(ge=0, le=MAX_NOTICE_MINUTES)]
Duration = Annotated[int, Field(ge=1, le=1440)]
Weekday = Annotated[int, Field(ge=1, le=7, description="1 Monday to 7 Sunday.")]
Weekdays = Annotated[list[Weekday], Field(max_length=7)]
Yuan = Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)]
MeterNo = Annotated[str, Field(pattern=METER_NO_PATTERN)]
MeterNos = Annotated[list[MeterNo], Field(max_length=200)]
Note = Annotated[str, Field(max_length=500)]
Tier = Annotated[int, Field(ge=1, le=4, description="1 is called from blue (Ⅳ) on, 4 at red (Ⅰ) only.")]
Group = Annotated[str, Field(min_length=1, max_length=20)]
Quota = Annotated[float, Field(gt=0, le=10_000_000, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Year = Annotated[int, Field(ge=2000, le=2100)]


def _example(**value: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [value]})


class CurtailmentOffer(BaseModel):
    """What a user can give by one measure (可调节负荷), and on which terms."""

    model_config = ConfigDict(extra="forbid")

    measure: Measure
    load_kw: Load
    notice_minutes: Minutes = Field(default=0, description="So long before a call it is told.")
    min_minutes: Duration = 15
    max_minutes: Duration = 1440
    recovery_minutes: Minutes = Field(default=0, description="So long after a call the next one may begin.")

    def offer(self) -> Offer:
        return Offer(**self.model_dump())


Offers = Annotated[list[CurtailmentOffer], Field(max_length=4)]


class CurtailmentUserWrite(BaseModel):
    """An enterprise as a user of orderly use."""

    model_config = _example(
        category="ordinary",
        max_load_kw=8000,
        security_load_kw=600,
        meter_nos=["TS-0001"],
        offers=[
            {"measure": "stagger", "load_kw": 2500, "notice_minutes": 480, "min_minutes": 120, "max_minutes": 480},
            {"measure": "limit", "load_kw": 5000, "notice_minutes": 120, "recovery_minutes": 240},
        ],
        rest_weekdays=[7],
        output_yuan_per_kwh=12.5,
    )

    category: Category
    max_load_kw: Load
    security_load_kw: Security = 0.0
    meter_nos: MeterNos = []
    offers: Offers = []
    rest_weekdays: Weekdays = []
    output_yuan_per_kwh: Yuan | None = Field(
        default=None, description="Output value lost with a kWh; null: unknown."
    )
    note: Note = ""
    active: bool = True

    def terms(self) -> UserTerms:
        return UserTerms(
            category=self.category,
            max_load_kw=self.max_load_kw,
            security_load_kw=self.security_load_kw,
            meter_nos=tuple(self.meter_nos),
            offers=tuple(one.offer() for one in self.offers),
            rest_weekdays=tuple(self.rest_weekdays),
            output_yuan_per_kwh=self.output_yuan_per_kwh,
            note=self.note,
            active=self.active,
        )


class CurtailmentUserChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    category: Category | None = None
    max_load_kw: Load | None = None
    security_load_kw: Security | None = None
    meter_nos: MeterNos | None = None
    offers: Offers | None = None
    rest_weekdays: Weekdays | None = None
    output_yuan_per_kwh: Yuan | None = None
    note: Note | None = None
    active: bool | None = None

    def changes(self) -> dict[str, Any]:
        """What is said, as terms; null takes back the output value only."""
        said = {
            name: value
            for name in self.model_fields_set
            if (value := getattr(self, name)) is not None or name == "output_yuan_per_kwh"
        }
        if "offers" in said:
            said["offers"] = tuple(one.offer() for one in said["offers"])
        return {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}


class CurtailmentUserItem(BaseModel):
    """A user in a list; its measures and meters stand with the single user."""

    id: UUID
    enterprise_id: UUID
    code: str = Field(description="The enterprise's 统一社会信用代码.")
    name: str
    region_code: str
    category: Category
    standing: Standing = Field(description="protected: in no plan; restricted: before others.")
    max_load_kw: float
    security_load_kw: float
    rest_weekdays: list[int]
    output_yuan_per_kwh: float | None
    note: str
    active: bool
    version: int
    changed_at: datetime
    changed_by: str


class CurtailmentUserRead(CurtailmentUserItem):
    meter_nos: list[str]
    offers: list[CurtailmentOffer]


class CurtailmentExclusionWrite(BaseModel):
    model_config = _example(
        cause="maintenance",
        starts_at="2026-09-16T08:00:00+08:00",
        ends_at="2026-09-18T18:00:00+08:00",
        reason="2号电炉检修",
    )

    cause: ExclusionCause = ExclusionCause.MAINTENANCE
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    reason: Annotated[str, Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _by_hand(self) -> Self:
        if self.cause is ExclusionCause.ACTIVATION:
            raise ValueError("an activation holds its users itself")
        return self


class CurtailmentExclusionRead(BaseModel):
    """``reference``: the activation that holds the user."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    cause: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    reference: UUID | None
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None


class CurtailmentExclusionList(BaseModel):
    items: list[CurtailmentExclusionRead]


class CurtailmentPlanWrite(BaseModel):
    """A new edition of a region's plan for a year."""

    model_config = _example(
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
    """What a tier adds, what there is up to it, and what the rules ask for."""

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
    model_config = _example(note="请核实三家企业的保安负荷")

    note: Annotated[str, Field(min_length=1, max_length=500)]


class PlanApproval(BaseModel):
    model_config = _example(in_force_from="2026-09-16", note="同意")

    in_force_from: date | None = Field(default=None, description="Today, or the year's first day, if left out.")
    note: Note = ""


class CurtailmentEntryWrite(BaseModel):
    model_config = _example(
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


class CurtailmentRuleWrite(BaseModel):
    """``parameters`` are those of the kind: percent of the maximum load by level, or the order of the criteria."""

    model_config = _example(
        kind="tier_shares",
        region_code="421224",
        valid_from="2026-10-01",
        parameters={"blue": 5, "yellow": 10, "orange": 20, "red": 30},
        note="按省厅要求",
    )

    kind: RuleKind
    region_code: str | None = Field(default=None, description="Null: everywhere.")
    valid_from: date
    valid_to: date | None = Field(default=None, description="Exclusive; open if left out.")
    parameters: dict[str, Any]
    note: Note = ""

    @model_validator(mode="after")
    def _parameters_fit(self) -> Self:
        self.typed()
        return self

    def typed(self) -> AnyParameters:
        return MODELS[self.kind].model_validate(self.parameters)


class CurtailmentRuleRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: RuleKind
    region_code: str | None
    valid_from: date
    valid_to: date | None
    parameters: dict[str, Any]
    note: str
    version: int
    changed_at: datetime
    changed_by: str


class CurtailmentBurdenRead(BaseModel):
    """What an enterprise gave in an activation, as verified last."""

    model_config = ConfigDict(from_attributes=True)

    activation_id: UUID
    enterprise_id: UUID
    region_code: str
    day: date
    year: int
    kwh: float
    minutes: int
    edition: int
    recorded_at: datetime


def user_item(row: CurtailmentUserRow) -> CurtailmentUserItem:
    return CurtailmentUserItem(**_user_facts(row))


def user_read(row: CurtailmentUserRow, terms: UserTerms) -> CurtailmentUserRead:
    offers = [
        CurtailmentOffer(
            measure=offer.measure,
            load_kw=offer.load_kw,
            notice_minutes=offer.notice_minutes,
            min_minutes=offer.min_minutes,
            max_minutes=offer.max_minutes,
            recovery_minutes=offer.recovery_minutes,
        )
        for offer in terms.offers
    ]
    return CurtailmentUserRead(**_user_facts(row), meter_nos=list(terms.meter_nos), offers=offers)


def _user_facts(row: CurtailmentUserRow) -> dict[str, Any]:
    return {**row.model_dump(), "standing": Category(row.category).standing}


def exclusion_read(row: CurtailmentExclusionRow) -> CurtailmentExclusionRead:
    return CurtailmentExclusionRead.model_validate(row)


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


def rule_read(row: CurtailmentRuleRow) -> CurtailmentRuleRead:
    return CurtailmentRuleRead.model_validate(row)


def burden_read(row: CurtailmentBurdenRow) -> CurtailmentBurdenRead:
    return CurtailmentBurdenRead.model_validate(row)
