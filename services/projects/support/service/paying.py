"""Paying in instalments, and claiming back: the application's row is locked first, then the budget's."""

from datetime import date
from uuid import UUID

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.web.problems import FieldError, NotFound
from services.projects.ledger.service.funds import actor_of
from services.projects.registry.errors import EntryUnknown
from services.projects.support.domain.application import (
    ApplicationStatus,
    demand_claimable,
    demand_payable,
    demand_payer,
    demand_repaid_on,
    demand_status,
)
from services.projects.support.errors import ClawbackClosed, PolicyHasNoBudget
from services.projects.support.repository import applications as repository
from services.projects.support.service.applications import Application, store_application
from services.projects.support.service.budgets import pay, take_back
from services.projects.support.tables import ClawbackRow, PaymentRow

CLAIMED, REPAID, DROPPED = "claimed", "repaid", "dropped"


async def pay_instalment(
    ctx: Context,
    application: Application,
    amount_yuan: int,
    paid_on: date,
    evidence: str,
    document_id: UUID | None,
) -> PaymentRow:
    """Record what was paid of a locked, approved application.

    Raises ApplicationStepRefused, PolicyHasNoBudget, PaymentFourEyes, PaymentDay, PaymentTooMuch, EntryUnknown.
    """
    demand_status(application.status, (ApplicationStatus.APPROVED,))
    row, policy = application.row, application.policy
    if not policy.budgeted:
        raise PolicyHasNoBudget
    demand_payer(actor_of(ctx), application.reviewers[-1])
    assert row.decided_on is not None, "approved on a day"
    demand_payable(application.unpaid_yuan, amount_yuan, row.decided_on, paid_on, today_of(ctx))
    if document_id is not None and document_id not in await repository.documents_of(ctx.session, row.id):
        raise EntryUnknown(fields=["document_id"], errors=[FieldError("reference.unknown", "/document_id")])
    payment = PaymentRow(
        id=ctx.new_id(),
        application_id=row.id,
        number=await repository.next_payment_number(ctx.session, row.id),
        amount_yuan=amount_yuan,
        paid_on=paid_on,
        evidence=evidence,
        document_id=document_id,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    ctx.session.add(payment)
    row.paid_yuan += amount_yuan
    await pay(ctx, policy, row.year, amount_yuan, row.id, evidence)
    await store_application(ctx, application, "paid", evidence, action_yuan=amount_yuan)
    return payment


async def claim_back(
    ctx: Context, application: Application, amount_yuan: int, due_on: date, reason: str
) -> ClawbackRow:
    """Claim back what was paid of a locked application. Raises ApplicationStepRefused, ClawbackTooMuch."""
    demand_status(application.status, (ApplicationStatus.APPROVED, ApplicationStatus.CLOSED))
    row = application.row
    claimed = await repository.claimed_yuan(ctx.session, row.id)
    demand_claimable(amount_yuan, row.paid_yuan - claimed)
    clawback = ClawbackRow(
        id=ctx.new_id(),
        application_id=row.id,
        amount_yuan=amount_yuan,
        status=CLAIMED,
        reason=reason,
        claimed_on=today_of(ctx),
        due_on=due_on,
        claimed_by=ctx.principal.subject,
        version=1,
        updated_at=ctx.now,
    )
    ctx.session.add(clawback)
    await store_application(ctx, application, "clawback_claimed", reason, action_yuan=amount_yuan)
    return clawback


async def open_clawback(ctx: Context, application: Application, clawback_id: UUID) -> ClawbackRow:
    """The claim, locked, of a locked application. Raises NotFound, ClawbackClosed."""
    clawback = await repository.find_clawback(ctx.session, clawback_id, lock=True)
    if clawback is None or clawback.application_id != application.row.id:
        raise NotFound
    if clawback.status != CLAIMED:
        raise ClawbackClosed(status=clawback.status)
    return clawback


async def repay(
    ctx: Context, application: Application, clawback: ClawbackRow, repaid_on: date, evidence: str
) -> ClawbackRow:
    """The money has come back, and the budget has it again. Raises ClawbackDay."""
    demand_repaid_on(repaid_on, clawback.claimed_on, today_of(ctx))
    clawback.status, clawback.repaid_on, clawback.evidence = REPAID, repaid_on, evidence
    application.row.clawed_back_yuan += clawback.amount_yuan
    policy, row = application.policy, application.row
    await take_back(ctx, policy, row.year, clawback.amount_yuan, row.id, evidence)
    return await _settle(ctx, application, clawback, "clawback_repaid", evidence)


async def drop(ctx: Context, application: Application, clawback: ClawbackRow, reason: str) -> ClawbackRow:
    """The claim is given up, with the reason."""
    clawback.status, clawback.evidence = DROPPED, reason
    return await _settle(ctx, application, clawback, "clawback_dropped", reason)


async def _settle(
    ctx: Context, application: Application, clawback: ClawbackRow, action: str, note: str
) -> ClawbackRow:
    clawback.settled_by = ctx.principal.subject
    clawback.advance(ctx.now)
    await store_application(ctx, application, action, note, action_yuan=clawback.amount_yuan)
    return clawback
