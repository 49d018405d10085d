"""Policies and budgets."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.projects.ledger.schemas import Amount, Text, Yuan
from services.projects.lists.schemas.lists import Condition
from services.projects.registry.schemas import Code, Name, RegionCode, Versioned, example
from services.projects.support.domain.policy import Once, Paper, Policy, PolicyStatus, Step
from services.projects.support.domain.terms import SupportKind, Terms
from services.projects.support.service.budgets import left_yuan
from services.projects.support.tables import BudgetRow, PolicyRow

Year = Annotated[int, Field(ge=1990, le=2200)]
_STEPS = [
    {"name": "初审", "roles": ["officer"]},
    {"name": "审定", "roles": ["leader", "supervisor"]},
]


class PolicyWrite(BaseModel):
    """A policy as data: terms by kind, condition over the facts of enterprise, project and application."""

    model_config = example(
        name="技术改造贷款贴息",
        condition="project_kind == 'technical_renovation' and sales >= 20000000",
        terms={"kind": "interest_subsidy", "rate_percent": "3", "share_percent": "50", "max_days": 365},
        papers=[{"code": "loan", "name": "借款合同及付息凭证"}],
        steps=_STEPS,
        cap_yuan="500000",
        once="year",
        source="县政府关于支持工业企业技术改造的若干意见",
        valid_from="2026-01-01",
    )

    name: Name
    condition: Condition = ""
    terms: Terms
    papers: Annotated[tuple[Paper, ...], Field(max_length=40)] = ()
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=6)] = Field(
        description="In order; each is decided by another person, who has one of its roles."
    )
    cap_yuan: Amount | None = Field(default=None, description="The most that one application is given.")
    once: Once = Field(default=Once.YEAR, description="What an enterprise may apply for once.")
    budgeted: bool = Field(default=True, description="Paid out of a budget by year; false for what is waived.")
    vetoable: bool = Field(default=True, description="Not for enterprises against which a veto stands.")
    appeal_days: Annotated[int, Field(ge=1, le=250)] = Field(default=10, description="Working days.")
    source: Text = Field(default="", description="The document that says so.")
    valid_from: date
    valid_to: date | None = Field(default=None, description="Day after the last.")

    def policy(self) -> Policy:
        facts = {name: getattr(self, name) for name in PolicyWrite.model_fields}
        return Policy(**facts | {"cap_yuan": None if self.cap_yuan is None else int(self.cap_yuan)})


class PolicyCreate(PolicyWrite):
    model_config = example(
        code="TX-2026",
        region_code="421224",
        name="技术改造贷款贴息",
        condition="project_kind == 'technical_renovation' and sales >= 20000000",
        terms={"kind": "interest_subsidy", "rate_percent": "3", "share_percent": "50", "max_days": 365},
        papers=[{"code": "loan", "name": "借款合同及付息凭证"}],
        steps=_STEPS,
        cap_yuan="500000",
        valid_from="2026-01-01",
    )

    code: Code
    region_code: RegionCode


class TakeOver(BaseModel):
    """A draft of the region from a template; ``terms`` where the template leaves them open."""

    model_config = example(code="GF-2026", region_code="421224", valid_from="2026-01-01")

    code: Code
    region_code: RegionCode
    valid_from: date
    terms: Terms | None = None


class PolicyEnd(BaseModel):
    model_config = example(valid_to="2027-01-01")

    valid_to: date = Field(description="Day after the last.")


class PolicyRead(Versioned):
    id: UUID
    code: str
    name: str
    kind: SupportKind
    status: PolicyStatus
    region_code: str | None = Field(description="Null for a template.")
    valid_from: date
    valid_to: date | None
    condition: str
    terms: dict[str, Any]
    papers: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    cap_yuan: Yuan | None
    once: Once
    budgeted: bool
    vetoable: bool
    appeal_days: int
    source: str
    template_code: str | None
    adopted_at: AwareDatetime | None
    adopted_by: str | None
    created_at: AwareDatetime
    created_by: str

    @classmethod
    def of(cls, row: PolicyRow) -> PolicyRead:
        return cls.model_validate(row.model_dump())


class BudgetWrite(BaseModel):
    model_config = example(amount_yuan="3000000", note="县财政2026年工业发展专项资金预算")

    amount_yuan: Yuan
    note: Text = ""


class BudgetRead(Versioned):
    """``left_yuan`` = amount − reserved − paid, never below zero."""

    id: UUID
    policy_id: UUID
    policy_code: str
    policy_name: str
    kind: SupportKind
    region_code: str
    year: int
    amount_yuan: Yuan
    reserved_yuan: Yuan
    paid_yuan: Yuan
    left_yuan: Yuan

    @classmethod
    def of(cls, row: BudgetRow, policy: PolicyRow) -> BudgetRead:
        return cls.model_validate(
            row.model_dump()
            | {
                "policy_code": policy.code,
                "policy_name": policy.name,
                "kind": policy.kind,
                "region_code": policy.region_code,
                "left_yuan": left_yuan(row),
            }
        )


class BudgetEntryRead(BaseModel):
    """One movement: ``set`` by the difference, ``reserved``, ``released``, ``paid``, ``repaid`` by the amount."""

    id: UUID
    budget_id: UUID
    kind: str
    amount_yuan: int
    application_id: UUID | None
    note: str
    at: AwareDatetime
    by: str
