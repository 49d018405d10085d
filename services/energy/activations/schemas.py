"""Activations, orders, notices and amendments in the API."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from services.energy.activations.domain.baseline import Method
from services.energy.activations.domain.order import ActivationState, AmendmentKind
from services.energy.activations.domain.wording import NoticeKind
from services.energy.activations.rows import profile_of
from services.energy.activations.service.amending import WantedAmendment
from services.energy.activations.service.ordering import WantedActivation, WantedOrder
from services.energy.activations.tables import ActivationAmendmentRow, ActivationOrderRow, ActivationRow
from services.energy.curtailment.domain.users import Measure
from services.energy.metering.domain.meter import METER_NO_PATTERN

MeterNo = Annotated[str, Field(pattern=METER_NO_PATTERN)]
Reason = Annotated[str, Field(min_length=1, max_length=500)]
Kilowatts = Annotated[float, Field(gt=0, le=10_000_000)]
RegionCode = Annotated[str, Field(pattern=r"^[1-9][0-9]{5}(?:[0-9]{3})?$")]


class OrderWrite(BaseModel):
    """What one enterprise is to reduce."""

    model_config = ConfigDict(extra="forbid")

    enterprise_id: UUID
    ordered_kw: Kilowatts = Field(description="Below the baseline.")
    meter_nos: list[MeterNo] = Field(default=[], max_length=200, description="To verify by; all if left out.")
    tier: int | None = Field(default=None, ge=1, le=4)
    measure: Measure | None = None
    starts_at: AwareDatetime | None = Field(default=None, description="As the activation if left out.")
    ends_at: AwareDatetime | None = None


class ActivationWrite(BaseModel):
    """An activation by hand. Times begin and end on quarters of an hour."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "region_code": "421224",
                    "starts_at": "2026-09-15T18:00:00+08:00",
                    "ends_at": "2026-09-15T20:00:00+08:00",
                    "reason": "右岸水都变电站供电缺口",
                    "level": 3,
                    "orders": [
                        {
                            "enterprise_id": "01994c3e-1000-7a11-8000-0000000000f7",
                            "ordered_kw": 1200,
                            "measure": "avoid",
                        }
                    ],
                }
            ]
        },
    )

    region_code: RegionCode
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    reason: Reason
    orders: list[OrderWrite] = Field(min_length=1, max_length=5000)
    level: int | None = Field(default=None, ge=1, le=4, description="Of the shortage: 1 blue to 4 red.")
    node_code: str | None = Field(default=None, min_length=1, max_length=64, description="What is short.")
    acknowledge_minutes: int | None = Field(default=None, ge=1, le=10_080)
    baseline_method: Method | None = Field(default=None, description="By the rule of the region if left out.")

    def wanted(self) -> WantedActivation:
        facts = self.model_dump(exclude={"orders", "baseline_method"})
        orders = tuple(
            WantedOrder(
                enterprise_id=one.enterprise_id,
                kw=one.ordered_kw,
                meter_nos=tuple(one.meter_nos),
                tier=one.tier,
                measure=one.measure,
                starts_at=one.starts_at,
                ends_at=one.ends_at,
            )
            for one in self.orders
        )
        return WantedActivation(**facts, orders=orders, baseline_method=self.baseline_method)


class ActivationRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    code: str
    region_code: str
    state: ActivationState
    reason: str
    level: int | None
    node_code: str | None
    plan_id: UUID | None
    selection: dict[str, Any] | None = Field(description="What the planner said when it chose.")
    starts_at: datetime
    ends_at: datetime
    acknowledge_minutes: int
    baseline_method: Method | None
    ordered_at: datetime
    ordered_by: str
    notified_at: datetime | None
    ended_at: datetime | None
    verified_at: datetime | None
    closed_at: datetime | None = Field(description="Or cancelled.")
    closed_by: str | None
    note: str | None
    version: int
    changed_at: datetime


class StepRead(BaseModel):
    """From when on how much."""

    at: datetime
    kw: float


class OrderRead(BaseModel):
    """What one enterprise is to reduce, as amended."""

    id: UUID
    activation_id: UUID
    activation_code: str
    activation_state: ActivationState
    reason: str
    enterprise_id: UUID
    enterprise_name: str
    credit_code: str
    region_code: str
    tier: int | None
    measure: Measure | None
    ordered_kw: float = Field(description="The most at one time, as amended; 0 once lifted before it began.")
    ordered_kwh: float
    steps: list[StepRead]
    starts_at: datetime
    ends_at: datetime
    notices: int
    notified_at: datetime | None
    acknowledge_by: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    edition: int = Field(description="Of its verification; 0 while there is none.")
    verdict: str | None
    version: int
    changed_at: datetime


class NoticeRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: int
    kind: NoticeKind
    text_zh: str
    text_en: str
    told_at: datetime
    told_by: str
    acknowledge_by: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    acknowledgement_note: str | None
    replaced_at: datetime | None = Field(description="Since when a later notice counts in its place.")


class NoticeList(BaseModel):
    items: list[NoticeRead]


class Acknowledgement(BaseModel):
    model_config = ConfigDict(extra="forbid")

    note: str | None = Field(default=None, max_length=500)


class NotifiedRead(BaseModel):
    activation: ActivationRead
    told: int = Field(description="How many enterprises were told or reminded.")


class AmendmentWrite(BaseModel):
    """Raise and lower: ``kw`` of one order, or ``share`` of what each is ordered."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"kind": "extend", "at": "2026-09-15T21:00:00+08:00", "reason": "负荷未回落"}]
        },
    )

    kind: AmendmentKind
    at: AwareDatetime = Field(description="The new end of extend and shorten, else from when on; a quarter hour.")
    reason: Reason
    order_id: UUID | None = Field(default=None, description="All orders that stand if left out.")
    kw: Kilowatts | None = None
    share: Annotated[float, Field(gt=0, le=100)] | None = None

    @model_validator(mode="after")
    def _demand_amount(self) -> "AmendmentWrite":
        amounts = (self.kw is not None) + (self.share is not None)
        if amounts != (1 if self.kind in {AmendmentKind.RAISE, AmendmentKind.LOWER} else 0):
            raise ValueError("raise and lower take either kw or share, the others neither")
        return self

    def wanted(self) -> WantedAmendment:
        return WantedAmendment(**self.model_dump())


class AmendmentRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: int
    order_id: UUID | None
    kind: AmendmentKind
    at: datetime
    kw: float | None
    share: float | None
    reason: str
    orders: int = Field(description="How many orders it changed.")
    made_at: datetime
    made_by: str


class AmendmentList(BaseModel):
    items: list[AmendmentRead]


class Ending(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Reason


class Closing(BaseModel):
    model_config = ConfigDict(extra="forbid")

    note: str | None = Field(default=None, max_length=500)


def activation_read(row: ActivationRow) -> ActivationRead:
    return ActivationRead.model_validate(row)


def amendment_read(row: ActivationAmendmentRow) -> AmendmentRead:
    return AmendmentRead.model_validate(row)


def order_read(found: tuple[ActivationOrderRow, ActivationRow]) -> OrderRead:
    order, activation = found
    profile = profile_of(order)
    facts: dict[str, Any] = order.model_dump(exclude={"steps", "ordered_kw", "notice"})
    return OrderRead(
        **facts,
        activation_code=activation.code,
        activation_state=ActivationState(activation.state),
        reason=activation.reason,
        ordered_kw=profile.peak_kw,
        ordered_kwh=profile.energy_kwh,
        steps=[StepRead(at=datetime.fromisoformat(at), kw=kw) for at, kw in order.steps],
        notices=order.notice,
    )
