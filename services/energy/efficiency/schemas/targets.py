"""Targets, vetoes and rewards in the API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.energy.efficiency.domain.carriers import FactorKind
from services.energy.efficiency.domain.targets import Light, Measure, Pace
from services.energy.efficiency.schemas.types import (
    Code,
    Month,
    Note,
    Number,
    Positive,
    ReasonRead,
    RegionCode,
    Said,
    Year,
    example,
)
from services.energy.efficiency.service.rewards import Proposal
from services.energy.efficiency.service.vetoes import Decided
from services.energy.efficiency.tables import PaymentRow, RewardRow, TargetRow

Yuan = Annotated[int, Field(gt=0, le=10**14)]


class TargetWrite(BaseModel):
    """A year's target of a region (the sum of its enterprises) or of one enterprise."""

    model_config = example(region_code="421224", year=2026, measure="total_tce", value=120000, pace="seasonal")

    region_code: RegionCode | None = None
    enterprise_id: UUID | None = None
    year: Year
    measure: Measure
    product_code: Annotated[str, Field(max_length=64)] = ""
    factor_kind: FactorKind = FactorKind.EQUIVALENT
    value: Positive = Field(description="tce, kWh, tce per 万元 or tce per unit of the product.")
    pace: Pace = Pace.LINEAR
    source: Note = ""
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None


class TargetChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    value: Positive | None = None
    pace: Pace | None = None
    source: Note | None = None
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None


class PointRead(BaseModel):
    """The year through this month, in the target's unit."""

    month: Month
    planned: Number
    actual: Number
    deviation_percent: Number
    light: Light


class ProgressRead(BaseModel):
    """``points`` reach as far as all months are known; ``reasons`` says what lacks after them."""

    pace: Pace = Field(description="The one used: seasonal needs the whole of last year.")
    months_over: int
    points: list[PointRead]
    forecast: Number | None = Field(description="Of the year.")
    missed: bool | None = Field(description="Null until the year is known whole.")
    reasons: list[ReasonRead]


class TargetRead(BaseModel):
    id: UUID
    region_code: str
    enterprise_id: UUID | None
    subject_name: str
    year: int
    measure: Measure
    product_code: str
    factor_kind: FactorKind
    value: Number
    pace: Pace
    source: str
    responsible_person_id: UUID | None
    responsible_unit_id: UUID | None
    light: Light | None
    judged_month: Month | None
    judged_at: datetime | None
    progress: ProgressRead | None
    withdrawn_at: datetime | None
    withdrawn_reason: str | None
    version: int


def target_read(row: TargetRow) -> TargetRead:
    facts: dict[str, Any] = row.model_dump()
    if row.progress is not None:
        points = [point | {"month": point["month"][:7]} for point in row.progress["points"]]
        reasons = [one | {"month": one["month"] and one["month"][:7]} for one in row.progress["reasons"]]
        facts["progress"] = row.progress | {"points": points, "reasons": reasons}
    return TargetRead.model_validate(facts)


class Withdrawal(BaseModel):
    model_config = example(reason="市级调整目标")

    reason: Said


class VetoWrite(BaseModel):
    """A veto by a decision; of an enterprise or a region."""

    model_config = example(
        region_code="421224",
        enterprise_id="01994c3e-1000-7a11-8000-0000000000e1",
        period_from="2026-01-01",
        period_to="2027-01-01",
        reason="超限额用能，限期整改未完成",
    )

    region_code: RegionCode
    enterprise_id: UUID | None = None
    period_from: date
    period_to: date = Field(description="The day after the last.")
    reason: Said

    def decided(self) -> Decided:
        return Decided(self.region_code, self.enterprise_id, self.period_from, self.period_to, self.reason)


class VetoLifting(BaseModel):
    model_config = example(note="经复核，口径调整后达标")

    note: Said


class VetoRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    region_code: str
    enterprise_id: UUID | None
    subject_name: str
    ground: str
    target_id: UUID | None
    period_from: date
    period_to: date
    explanation_zh: str
    explanation_en: str
    rows: list[dict[str, Any]] = Field(description="The months it rests on.")
    set_at: datetime
    set_by: str
    lifted_at: datetime | None
    lifted_by: str | None
    lifted_reason: str | None
    waived: bool = Field(description="Lifted by a person; it does not come back for the same ground.")
    version: int


class RewardWrite(BaseModel):
    model_config = example(
        code="JN-2026-001",
        enterprise_id="01994c3e-1000-7a11-8000-0000000000e1",
        year=2026,
        reason="三季度能耗对标竞赛第一名",
        amount_yuan=200_000,
    )

    code: Code
    region_code: RegionCode | None = None
    enterprise_id: UUID | None = None
    year: Year
    reason: Said
    amount_yuan: Yuan
    edition_id: UUID | None = Field(default=None, description="The frozen quarter it rests on.")
    target_id: UUID | None = None
    saved_tce: Annotated[Number, Field(ge=0, lt=10**15)] | None = None

    def proposal(self) -> Proposal:
        return Proposal(**self.model_dump())


class RewardDecision(BaseModel):
    model_config = example(granted=True, decision_no="通政办〔2026〕31号", decided_on="2026-11-02")

    granted: bool
    decision_no: Annotated[str, Field(min_length=1, max_length=100)]
    decided_on: date | None = Field(default=None, description="Today if absent.")
    amount_yuan: Yuan | None = Field(default=None, description="As proposed if absent.")
    note: Note = ""


class PaymentWrite(BaseModel):
    model_config = example(amount_yuan=100_000, paid_on="2026-11-10", reference="国库支付 2026-1187")

    amount_yuan: Yuan
    paid_on: date | None = Field(default=None, description="Today if absent.")
    reference: Note = ""


class RewardRevocation(BaseModel):
    model_config = example(note="数据核查不实")

    note: Said


class PaymentRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    paid_on: date
    amount_yuan: int
    reference: str
    recorded_by: str


class RewardRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    code: str
    region_code: str
    enterprise_id: UUID | None
    subject_name: str
    year: int
    reason: str
    edition_id: UUID | None
    target_id: UUID | None
    saved_tce: Number | None
    amount_yuan: int
    paid_yuan: int
    status: str
    decision_no: str | None
    decided_on: date | None
    decided_by: str | None
    note: str
    version: int


class RewardWithPayments(RewardRead):
    payments: list[PaymentRead]


def reward_with(row: RewardRow, payments: list[PaymentRow]) -> RewardWithPayments:
    paid = [PaymentRead.model_validate(one) for one in payments]
    return RewardWithPayments(**RewardRead.model_validate(row).model_dump(), payments=paid)
