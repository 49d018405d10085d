"""Financing needs and what banks said."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.projects.ledger.schemas import Amount, Reason, Short, Text, Yuan
from services.projects.registry.schemas import Versioned, example
from services.projects.support.domain.financing import BankAnswer, NeedStatus, Outcome, gap_yuan
from services.projects.support.domain.terms import Percent
from services.projects.support.service.financing import NeedDraft
from services.projects.support.tables import NeedRow

_UNSAID: Any = Field(default_factory=lambda: None)
Months = Annotated[int, Field(ge=1, le=600)]


class NeedCreate(BaseModel):
    """Of an enterprise, a project, or a project and its enterprise."""

    model_config = example(
        enterprise_id="01926f4e-7f00-7000-8000-000000000301",
        purpose="收购原料流动资金",
        amount_yuan="10000000",
        needed_by="2026-10-15",
        term_months=12,
        collateral="厂房及土地抵押，评估值1600万元",
    )

    enterprise_id: UUID | None = None
    project_id: UUID | None = None
    purpose: Short
    amount_yuan: Amount
    needed_by: date
    term_months: Months | None = None
    collateral: Text = ""
    owner_person_id: UUID | None = Field(default=None, description="Who brings banks and borrower together.")
    owner_unit_id: UUID | None = None

    def draft(self) -> NeedDraft:
        return NeedDraft(**self.model_dump() | {"amount_yuan": int(self.amount_yuan)})


class NeedUpdate(BaseModel):
    model_config = example(needed_by="2026-11-30")

    purpose: Short = _UNSAID
    amount_yuan: Amount = _UNSAID
    needed_by: date = _UNSAID
    term_months: Months | None = _UNSAID
    collateral: Text = _UNSAID
    owner_person_id: UUID | None = _UNSAID
    owner_unit_id: UUID | None = _UNSAID

    def facts(self) -> dict[str, Any]:
        facts = self.model_dump(exclude_unset=True)
        return facts | ({"amount_yuan": int(facts["amount_yuan"])} if "amount_yuan" in facts else {})


class NeedClose(BaseModel):
    model_config = example(status="met", reason="工商银行授信600万元、农商行400万元，已全部落实")

    status: Literal[NeedStatus.MET, NeedStatus.DROPPED]
    reason: Reason


class NeedRead(Versioned):
    """``gap_yuan`` = amount − granted, at least zero."""

    id: UUID
    code: str
    enterprise_id: UUID | None
    project_id: UUID | None
    region_code: str
    purpose: str
    amount_yuan: Yuan
    granted_yuan: Yuan
    gap_yuan: Yuan
    needed_by: date
    term_months: int | None
    collateral: str
    owner_person_id: UUID | None
    owner_unit_id: UUID | None
    status: NeedStatus
    closed_reason: str | None
    closed_on: date | None
    created_on: date
    created_at: AwareDatetime
    created_by: str

    @classmethod
    def of(cls, row: NeedRow) -> NeedRead:
        gap = gap_yuan(row.amount_yuan, row.granted_yuan)
        return cls.model_validate(row.model_dump() | {"gap_yuan": gap})


class OutcomeWrite(BaseModel):
    """What one bank was asked and said. A guarantee is of the grant, by a guarantor."""

    model_config = example(
        bank="农村商业银行",
        asked_on="2026-09-01",
        answer="granted",
        decided_on="2026-09-12",
        granted_yuan="6000000",
        annual_rate_percent="4.35",
        guarantor="县中小企业担保公司",
        guaranteed_yuan="6000000",
        evidence="授信批复〔2026〕33号",
    )

    bank: Short
    asked_on: date
    answer: BankAnswer = BankAnswer.PENDING
    decided_on: date | None = None
    granted_yuan: Amount | None = None
    annual_rate_percent: Percent | None = None
    guarantor: Short | None = None
    guaranteed_yuan: Amount | None = None
    reason: Text = ""
    evidence: Text = ""

    def outcome(self) -> Outcome:
        facts = {name: getattr(self, name) for name in type(self).model_fields if name != "evidence"}
        for name in ("granted_yuan", "guaranteed_yuan"):
            facts[name] = None if facts[name] is None else int(facts[name])
        return Outcome(**facts)


class OutcomeRead(Versioned):
    id: UUID
    need_id: UUID
    bank: str
    asked_on: date
    answer: BankAnswer
    decided_on: date | None
    granted_yuan: Yuan | None
    annual_rate_percent: Decimal | None
    guarantor: str | None
    guaranteed_yuan: Yuan | None
    reason: str
    evidence: str
    recorded_at: AwareDatetime
    recorded_by: str


class FinancingSum(BaseModel):
    """Of one region; ``gap_yuan`` is that of open needs, each gap at least zero."""

    region_code: str
    needs: int
    open: int
    amount_yuan: Yuan
    granted_yuan: Yuan
    guaranteed_yuan: Yuan
    gap_yuan: Yuan
    rows_path: str


class FinancingSummary(BaseModel):
    region_code: str | None
    items: list[FinancingSum]
