"""Rewards and compensation of cases, and what was paid of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from libs.common.context import Context
from services.energy.phase_out.act_tables import PhaseOutGrantRow, PhaseOutPaymentRow
from services.energy.phase_out.errors import GrantExceeded
from services.energy.phase_out.service.recording import amended, check_past
from services.energy.phase_out.tables import PhaseOutCaseRow


class GrantKind(StrEnum):
    """奖励 reward, 补偿 compensation, 职工安置 resettlement."""

    REWARD = "reward"
    COMPENSATION = "compensation"
    RESETTLEMENT = "resettlement"


@dataclass(frozen=True, slots=True)
class GrantFacts:
    kind: GrantKind
    amount_yuan: int
    decided_on: date
    reason: str
    document_no: str | None = None


async def grant(ctx: Context, case: PhaseOutCaseRow, facts: GrantFacts) -> PhaseOutGrantRow:
    """Decide a grant for a locked case, open or ended. Raises DateInvalid."""
    check_past(ctx, "decided_on", facts.decided_on, not_before=case.listed_on)
    row = PhaseOutGrantRow(
        id=ctx.new_id(),
        case_id=case.id,
        kind=facts.kind.value,
        amount_yuan=facts.amount_yuan,
        paid_yuan=0,
        decided_on=facts.decided_on,
        document_no=facts.document_no,
        reason=facts.reason,
        version=1,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
        changed_at=ctx.now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    await amended(ctx, case, "grants")
    return row


async def pay(
    ctx: Context, case: PhaseOutCaseRow, row: PhaseOutGrantRow, yuan: int, paid_on: date, document_no: str | None
) -> PhaseOutPaymentRow:
    """Pay a part of a grant of a locked case; never more than was decided. Raises GrantExceeded, DateInvalid."""
    check_past(ctx, "paid_on", paid_on, not_before=row.decided_on)
    if row.withdrawn_on is not None or row.paid_yuan + yuan > row.amount_yuan:
        raise GrantExceeded(amount=row.amount_yuan, paid=row.paid_yuan, wanted=yuan)
    payment = PhaseOutPaymentRow(
        id=ctx.new_id(),
        grant_id=row.id,
        yuan=yuan,
        paid_on=paid_on,
        document_no=document_no,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    ctx.session.add(payment)
    row.paid_yuan += yuan
    row.version += 1
    row.changed_at = ctx.now
    await ctx.session.flush()
    await amended(ctx, case, "grants")
    return payment


async def withdraw_grant(
    ctx: Context, case: PhaseOutCaseRow, row: PhaseOutGrantRow, on: date, reason: str
) -> PhaseOutGrantRow:
    """A grant of a locked case is not paid any further; what was paid stays. Raises DateInvalid."""
    check_past(ctx, "withdrawn_on", on, not_before=row.decided_on)
    if row.withdrawn_on is None:
        row.withdrawn_on, row.withdrawn_reason = on, reason
        row.version += 1
        row.changed_at = ctx.now
        await amended(ctx, case, "grants")
    return row
