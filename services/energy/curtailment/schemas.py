"""Users, plans, rows and rules of orderly use as the API takes and shows them."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from services.energy.curtailment.domain.rules import MODELS, AnyParameters, CurtailmentRuleKind
from services.energy.curtailment.domain.users import MAX_NOTICE_MINUTES, Category, Measure, Offer, Standing
from services.energy.curtailment.service.exclusions import ExclusionCause
from services.energy.curtailment.service.users import UserTerms
from services.energy.curtailment.tables import (
    CurtailmentBurdenRow,
    CurtailmentExclusionRow,
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


def example(**value: Any) -> ConfigDict:
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

    model_config = example(
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
    standing: Standing = Field(
        description="protected: in no plan; restricted: before others. By its category: an open case of phase-out "
        "restricts an ordinary user as well, see /v1/phase-out-cases/restricted."
    )
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
    model_config = example(
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
        if any(not 2000 <= one.year <= 2100 for one in (self.starts_at, self.ends_at)):
            raise ValueError("years from 2000 to 2100")
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


class CurtailmentRuleWrite(BaseModel):
    """``parameters`` are those of the kind: percent of the maximum load by level, or the order of the criteria."""

    model_config = example(
        kind="tier_shares",
        region_code="421224",
        valid_from="2026-10-01",
        parameters={"blue": 5, "yellow": 10, "orange": 20, "red": 30},
        note="按省厅要求",
    )

    kind: CurtailmentRuleKind
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
    kind: CurtailmentRuleKind
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


def rule_read(row: CurtailmentRuleRow) -> CurtailmentRuleRead:
    return CurtailmentRuleRead.model_validate(row)


def burden_read(row: CurtailmentBurdenRow) -> CurtailmentBurdenRead:
    return CurtailmentBurdenRead.model_validate(row)
