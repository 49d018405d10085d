"""An application's way: 草稿 → 受理审核 → 批准 | 退回 | 不予支持, appeal, payment, clawback."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from libs.common.security.principal import Role
from libs.common.web.problems import FieldError
from services.projects.ledger.domain.people import Actor
from services.projects.support.domain.policy import Once, Step
from services.projects.support.errors import (
    ApplicationStepRefused,
    ApprovedTooMuch,
    ChecksFailed,
    ChecksUnknown,
    ClawbackDay,
    ClawbackTooMuch,
    PaymentDay,
    PaymentFourEyes,
    PaymentTooMuch,
    ReviewerRefused,
    ReviewFourEyes,
)


class ApplicationStatus(StrEnum):
    """草稿 draft, 审核中 in review, 退回 returned, 批准 approved, 不予支持 refused, 撤回 withdrawn, 办结."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


EDITABLE = frozenset({ApplicationStatus.DRAFT, ApplicationStatus.RETURNED})
# What does not stand in the way of another application for the same claim.
OVER = frozenset({ApplicationStatus.DRAFT, ApplicationStatus.REFUSED, ApplicationStatus.WITHDRAWN})


class CheckCode(StrEnum):
    """政策有效 in force, 地域 region, 条件 condition, 材料 papers, 金额 amount, 否决 vetoes, 预算 budget."""

    IN_FORCE = "in_force"
    REGION = "region"
    CONDITION = "condition"
    PAPERS = "papers"
    AMOUNT = "amount"
    VETOES = "vetoes"
    BUDGET = "budget"


class CheckOutcome(StrEnum):
    """通过 passed, 未通过 failed, 无法判定 unknown."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    code: CheckCode
    outcome: CheckOutcome
    facts: Mapping[str, Any] = field(default_factory=dict)


def passed_if(code: CheckCode, condition: bool, **facts: Any) -> Check:
    return Check(code, CheckOutcome.PASSED if condition else CheckOutcome.FAILED, facts)


def demand_status(status: ApplicationStatus, allowed: Iterable[ApplicationStatus]) -> None:
    """Raises ApplicationStepRefused."""
    known = sorted(one.value for one in allowed)
    if status.value not in known:
        raise ApplicationStepRefused(status=status, allowed=known)


def claim_of(once: Once, enterprise_id: UUID, project_id: UUID | None, year: int, own_id: UUID) -> str:
    """What is applied for once: two standing applications of a policy never have the same claim."""
    match once:
        case Once.EVER:
            return str(enterprise_id)
        case Once.YEAR:
            return f"{enterprise_id}/{year}"
        case Once.PROJECT:
            return f"{enterprise_id}/{project_id}"
        case Once.ALWAYS:
            return str(own_id)


def demand_reviewer(step: Step, role: Role, actor: Actor, before: Iterable[Actor]) -> None:
    """``before`` are who applied and who decided earlier steps. Raises ReviewerRefused, ReviewFourEyes."""
    if role not in step.roles:
        raise ReviewerRefused(step=step.name, roles=sorted(step.roles))
    if any(actor.is_same(other) for other in before):
        raise ReviewFourEyes(step=step.name)


def demand_checks(checks: Iterable[Check], reason: str) -> None:
    """Before an approval. Raises ChecksFailed, ChecksUnknown."""
    checks = tuple(checks)
    failed = [check.code.value for check in checks if check.outcome is CheckOutcome.FAILED]
    if failed:
        raise ChecksFailed(checks=failed)
    unknown = [check.code.value for check in checks if check.outcome is CheckOutcome.UNKNOWN]
    if unknown and not reason.strip():
        raise ChecksUnknown(checks=unknown, errors=[FieldError("fact.required", "/note")])


def demand_amount(approved_yuan: int, computed_yuan: int) -> None:
    """Raises ApprovedTooMuch."""
    if approved_yuan > computed_yuan:
        fault = FieldError("support.approved_too_much", "/approved_yuan")
        raise ApprovedTooMuch(approved_yuan=approved_yuan, computed_yuan=computed_yuan, errors=[fault])


def demand_payable(left_yuan: int, amount_yuan: int, decided_on: date, paid_on: date, today: date) -> None:
    """Raises PaymentTooMuch, PaymentDay."""
    if not decided_on <= paid_on <= today:
        fault = FieldError("support.payment_day", "/paid_on")
        raise PaymentDay(paid_on=paid_on, decided_on=decided_on, today=today, errors=[fault])
    if amount_yuan > left_yuan:
        fault = FieldError("support.payment_too_much", "/amount_yuan")
        raise PaymentTooMuch(amount_yuan=amount_yuan, left_yuan=left_yuan, errors=[fault])


def demand_payer(payer: Actor, approver: Actor) -> None:
    """Raises PaymentFourEyes."""
    if payer.is_same(approver):
        raise PaymentFourEyes


def demand_claimable(amount_yuan: int, left_yuan: int) -> None:
    """Raises ClawbackTooMuch."""
    if amount_yuan > left_yuan:
        fault = FieldError("support.clawback_too_much", "/amount_yuan")
        raise ClawbackTooMuch(amount_yuan=amount_yuan, left_yuan=left_yuan, errors=[fault])


def demand_repaid_on(repaid_on: date, claimed_on: date, today: date) -> None:
    """Raises ClawbackDay."""
    if not claimed_on <= repaid_on <= today:
        fault = FieldError("support.repaid_day", "/repaid_on")
        raise ClawbackDay(repaid_on=repaid_on, claimed_on=claimed_on, today=today, errors=[fault])
