"""Measures, progress, reforms, pilots and vetoes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.projects.duties.schemas import DeadlineWrite, DutyRead, LongText, Title
from services.projects.economy.domain.arithmetic import growth, ratio, shown
from services.projects.ledger.schemas import Reason, Short, Text, Yuan
from services.projects.lists.domain.pilots import PilotStage
from services.projects.lists.domain.reforms import Reform, ReformForm, ReformStage
from services.projects.lists.domain.vetoes import VetoGround
from services.projects.lists.service.following import FollowUpDraft
from services.projects.lists.service.measures import MeasureDraft
from services.projects.lists.service.vetoes import VetoDraft
from services.projects.lists.tables import ReformRow
from services.projects.registry.schemas import Versioned, example

Quantity = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=3)]
Heads = Annotated[int, Field(ge=0, le=10_000_000)]


class MeasureCreate(DeadlineWrite):
    model_config = example(
        title="协调新增流动资金贷款2000万元",
        content="由挂点领导牵头，工商银行、担保公司参加，逐户对接",
        agreed_on="2026-09-01",
        working_days=20,
    )

    title: Title
    content: Text = ""
    agreed_on: date | None = Field(default=None, description="Today if absent.")
    owner_unit_id: UUID | None = None
    owner_person_id: UUID | None = Field(default=None, description="Without an owner the member's leader answers.")

    def draft(self) -> MeasureDraft:
        return MeasureDraft(
            title=self.title,
            content=self.content,
            agreed_on=self.agreed_on,
            owner_unit_id=self.owner_unit_id,
            owner_person_id=self.owner_person_id,
            deadline=self.deadline(),
        )


class MeasureRead(DutyRead):
    member_id: UUID
    title: str
    content: str
    agreed_on: date


class ProgressCreate(BaseModel):
    model_config = example(on="2026-09-10", content="二期厂房主体完工，设备到货70%，九月销售1260万元")

    on: date | None = Field(default=None, description="Today if absent.")
    content: LongText


class ProgressRead(BaseModel):
    """``period_from``: the first day of the owed period it covers; null for an entry beside these."""

    id: UUID
    member_id: UUID
    on: date
    period_from: date | None
    content: str
    recorded_at: AwareDatetime
    recorded_by: str


class ReformWrite(BaseModel):
    """The reform of a state enterprise, stated whole."""

    model_config = example(
        form="acquisition",
        stage="carried_out",
        acquirer_name="欧罗文实业（演示）",
        approved_on="2026-03-20",
        carried_out_on="2026-06-30",
        price_yuan="8600000",
        staff_before=326,
        staff_rehired=280,
        staff_paid_off=46,
        wage_before_yuan="1100",
        wage_after_yuan="1650",
        evidence="县政府批复〔2026〕12号；职工安置方案经职代会通过",
    )

    form: ReformForm
    stage: ReformStage = ReformStage.PLANNED
    acquirer_name: Short | None = None
    acquirer_credit_code: Annotated[str, Field(max_length=18)] | None = None
    approved_on: date | None = None
    carried_out_on: date | None = None
    price_yuan: Yuan | None = None
    debts_taken_yuan: Yuan | None = None
    staff_before: Heads | None = None
    staff_rehired: Heads | None = None
    staff_paid_off: Heads | None = None
    wage_before_yuan: Annotated[Yuan, Field(le=10_000_000, description="Yuan a month and head.")] | None = None
    wage_after_yuan: Annotated[Yuan, Field(le=10_000_000)] | None = None
    evidence: Text = ""
    note: Text = ""

    def reform(self) -> Reform:
        facts = {name: getattr(self, name) for name in type(self).model_fields}
        whole = {name: int(value) for name, value in facts.items() if isinstance(value, Decimal)}
        return Reform(**facts | whole)


class ReformRead(Versioned):
    """Percent to one place; null with a reason where a base is lacking."""

    member_id: UUID
    form: ReformForm
    stage: ReformStage
    acquirer_name: str | None
    acquirer_credit_code: str | None
    approved_on: date | None
    carried_out_on: date | None
    price_yuan: Yuan | None
    debts_taken_yuan: Yuan | None
    staff_before: int | None
    staff_rehired: int | None
    staff_paid_off: int | None
    rehired_percent: Decimal | None
    rehired_reason: str | None
    wage_before_yuan: Yuan | None
    wage_after_yuan: Yuan | None
    wage_change_percent: Decimal | None
    wage_change_reason: str | None
    evidence: str
    note: str

    @classmethod
    def of(cls, row: ReformRow) -> ReformRead:
        rehired = ratio(_decimal(row.staff_rehired), _decimal(row.staff_before))
        wages = growth(_decimal(row.wage_after_yuan), _decimal(row.wage_before_yuan))
        return cls.model_validate(
            row.model_dump()
            | {
                "rehired_percent": None if rehired.value is None else shown(rehired.value),
                "rehired_reason": rehired.reason,
                "wage_change_percent": None if wages.value is None else shown(wages.value),
                "wage_change_reason": wages.reason,
            }
        )


def _decimal(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


class FollowUpCreate(BaseModel):
    model_config = example(
        on="2026-09-08",
        stage="carrying_out",
        energy_saved_tce="320.5",
        water_saved_m3="48000",
        invested_yuan="2600000",
        evidence="清洁生产审核报告第5章",
        note="余热回收已投用，中水回用管网施工中",
    )

    on: date | None = Field(default=None, description="Today if absent.")
    stage: PilotStage
    energy_saved_tce: Quantity | None = None
    water_saved_m3: Quantity | None = None
    waste_reduced_t: Quantity | None = None
    waste_reused_t: Quantity | None = None
    invested_yuan: Yuan | None = None
    evidence: Text = ""
    note: Text = ""

    def draft(self) -> FollowUpDraft:
        facts: dict[str, Any] = {name: getattr(self, name) for name in type(self).model_fields}
        money = None if self.invested_yuan is None else int(self.invested_yuan)
        return FollowUpDraft(**facts | {"invested_yuan": money})


class FollowUpRead(BaseModel):
    id: UUID
    member_id: UUID
    on: date
    stage: PilotStage
    energy_saved_tce: Decimal | None
    water_saved_m3: Decimal | None
    waste_reduced_t: Decimal | None
    waste_reused_t: Decimal | None
    invested_yuan: Yuan | None
    evidence: str
    note: str
    recorded_at: AwareDatetime
    recorded_by: str


class VetoCreate(BaseModel):
    model_config = example(
        ground="safety",
        enterprise_id="01926f4e-7f00-7000-8000-000000000301",
        period_from="2026-01-01",
        period_to="2027-01-01",
        explanation_zh="2026年3月发生一起较大生产安全事故",
        explanation_en="A major accident at work in March 2026",
        evidence="事故调查报告批复〔2026〕7号",
    )

    ground: VetoGround
    enterprise_id: UUID
    period_from: date
    period_to: date | None = Field(default=None, description="Day after the last; null: until lifted.")
    explanation_zh: Reason
    explanation_en: Text = ""
    evidence: Reason

    def draft(self) -> VetoDraft:
        return VetoDraft(**self.model_dump())


class VetoLift(BaseModel):
    model_config = example(reason="整改验收合格，专题会议研究同意解除")

    reason: Reason


class VetoRead(Versioned):
    id: UUID
    source: Literal["energy", "recorded"]
    ground: VetoGround
    region_code: str
    enterprise_id: UUID | None
    period_from: date
    period_to: date | None
    explanation_zh: str
    explanation_en: str
    evidence: str
    recorded_at: AwareDatetime
    recorded_by: str
    lifted_at: AwareDatetime | None
    lifted_by: str | None
    lifted_reason: str | None
