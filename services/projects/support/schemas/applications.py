"""Applications, payments and clawbacks."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.projects.ledger.schemas import Amount, Reason, Text, Yuan
from services.projects.lists.domain.facts import Judgement
from services.projects.registry.schemas import Versioned, example
from services.projects.registry.tables import EnterpriseRow
from services.projects.support.domain.application import ApplicationStatus, CheckCode, CheckOutcome
from services.projects.support.domain.computation import Computation
from services.projects.support.domain.terms import Code, Inputs, SupportKind
from services.projects.support.repository.summaries import SupportGrouping
from services.projects.support.schemas.policies import Year
from services.projects.support.service.applications import Application
from services.projects.support.service.applying import ApplicationDraft, BroughtPaper
from services.projects.support.service.checking import stored_computation
from services.projects.support.tables import ApplicationRow, PolicyRow

_INPUTS = {
    "kind": "interest_subsidy",
    "loans": [
        {
            "contract": "工行2026字第118号",
            "bank": "工商银行通山支行",
            "principal_yuan": "5000000",
            "annual_rate_percent": "5.6",
            "first_day": "2026-01-10",
            "last_day": "2026-07-09",
        }
    ],
}


class PaperWrite(BaseModel):
    """A document kept with the application, or a reference to a paper."""

    model_config = ConfigDict(extra="forbid")

    code: Code
    document_id: UUID | None = None
    reference: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""


class ApplicationWrite(BaseModel):
    """What is applied for, stated whole."""

    model_config = example(
        requested_yuan="70000", inputs=_INPUTS, papers=[{"code": "loan", "reference": "借款合同原件，共12页"}]
    )

    year: Year | None = Field(default=None, description="Whose budget it is paid out of; this year if absent.")
    project_id: UUID | None = None
    requested_yuan: Amount
    inputs: Inputs
    papers: Annotated[list[PaperWrite], Field(max_length=40)] = []
    note: Text = ""

    def draft(self) -> ApplicationDraft:
        return ApplicationDraft(
            year=self.year,
            project_id=self.project_id,
            requested_yuan=int(self.requested_yuan),
            inputs=self.inputs,
            papers=[BroughtPaper(paper.code, paper.document_id, paper.reference) for paper in self.papers],
            note=self.note,
        )


class ApplicationCreate(ApplicationWrite):
    model_config = example(
        policy_id="01926f4e-7f00-7000-8000-000000000801",
        enterprise_id="01926f4e-7f00-7000-8000-000000000301",
        requested_yuan="70000",
        inputs=_INPUTS,
    )

    policy_id: UUID
    enterprise_id: UUID


class ApplicationReason(BaseModel):
    model_config = example(reason="付息凭证缺少三月份回单，请补齐")

    reason: Reason


class StepApproval(BaseModel):
    model_config = example(approved_yuan="70000", note="经核实，利息支出真实")

    approved_yuan: Yuan | None = Field(
        default=None, description="At the last step: the lesser of what is due and what was asked for if absent."
    )
    note: Text = Field(default="", description="Demanded where a check could not be told.")


class AppealDecision(BaseModel):
    model_config = example(upheld=True, reason="补充的纳税证明有效，重新审核")

    upheld: bool
    reason: Reason


class PaymentCreate(BaseModel):
    model_config = example(amount_yuan="35000", paid_on="2026-09-14", evidence="国库集中支付凭证 2026-0914-07")

    amount_yuan: Amount
    paid_on: date
    evidence: Reason
    document_id: UUID | None = Field(default=None, description="A document of the application.")


class ClawbackCreate(BaseModel):
    model_config = example(amount_yuan="35000", due_on="2026-10-31", reason="项目未按期竣工，按协议追回")

    amount_yuan: Amount
    due_on: date
    reason: Reason


class Repayment(BaseModel):
    model_config = example(repaid_on="2026-09-15", evidence="非税收入缴款书 0915")

    repaid_on: date
    evidence: Reason


class CheckRead(BaseModel):
    code: CheckCode
    outcome: CheckOutcome
    facts: dict[str, Any]


class ApplicationRead(Versioned):
    """``computation`` says line by line what is due, ``checks`` what was found when it was judged last."""

    id: UUID
    code: str
    policy_id: UUID
    policy_code: str
    policy_name: str
    kind: SupportKind
    enterprise_id: UUID
    enterprise_name: str
    credit_code: str
    project_id: UUID | None
    region_code: str
    year: int
    status: ApplicationStatus
    step: int
    step_name: str | None = Field(description="Of the review that it waits in.")
    round: int
    requested_yuan: Yuan
    computed_yuan: Yuan | None
    approved_yuan: Yuan | None
    paid_yuan: Yuan
    clawed_back_yuan: Yuan
    inputs: dict[str, Any]
    papers: list[dict[str, Any]]
    computation: dict[str, Any] | None
    checks: list[CheckRead]
    submitted_on: date | None
    decided_on: date | None
    decision_reason: str | None
    appeal_until: date | None
    appeal_reason: str | None
    appealed_on: date | None
    note: str
    created_at: AwareDatetime
    created_by: str

    @classmethod
    def of(cls, row: ApplicationRow, policy: PolicyRow, enterprise: EnterpriseRow) -> ApplicationRead:
        waits = row.status == ApplicationStatus.IN_REVIEW.value
        return cls.model_validate(
            row.model_dump(exclude={"reviewers", "terms", "claim"})
            | {
                "policy_code": policy.code,
                "policy_name": policy.name,
                "kind": policy.kind,
                "enterprise_name": enterprise.name,
                "credit_code": enterprise.credit_code,
                "step_name": policy.steps[row.step]["name"] if waits else None,
            }
        )

    @classmethod
    def of_application(cls, application: Application) -> ApplicationRead:
        return cls.of(application.row, application.policy, application.enterprise)


class ComputationRead(BaseModel):
    """What is due by terms and inputs as they stand; ``agrees`` with what was recorded (null before that)."""

    amount_yuan: Yuan
    capped: bool
    exact: str
    lines: list[dict[str, Any]]
    recorded_yuan: Yuan | None
    agrees: bool | None
    verdict: str
    missing: dict[str, str]

    @classmethod
    def of(cls, row: ApplicationRow, computation: Computation, judgement: Judgement) -> ComputationRead:
        stored = stored_computation(computation)
        return cls.model_validate(
            stored
            | {
                "recorded_yuan": row.computed_yuan,
                "agrees": None if row.computation is None else row.computation == stored,
                "verdict": judgement.verdict,
                "missing": judgement.missing,
            }
        )


class PaymentRead(BaseModel):
    id: UUID
    application_id: UUID
    number: int
    amount_yuan: Yuan
    paid_on: date
    evidence: str
    document_id: UUID | None
    recorded_at: AwareDatetime
    recorded_by: str


class ClawbackRead(Versioned):
    id: UUID
    application_id: UUID
    amount_yuan: Yuan
    status: str
    reason: str
    claimed_on: date
    due_on: date
    claimed_by: str
    repaid_on: date | None
    evidence: str | None
    settled_by: str | None


class SupportSum(BaseModel):
    """Of one group; ``rows_path`` opens to the applications behind it. Drafts are not counted."""

    key: str
    name: str
    applications: int
    granted: int
    requested_yuan: Yuan
    approved_yuan: Yuan
    paid_yuan: Yuan
    clawed_back_yuan: Yuan
    rows_path: str


class SupportSummary(BaseModel):
    by: SupportGrouping
    year: int | None
    region_code: str | None
    items: list[SupportSum]
