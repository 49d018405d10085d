"""Rewards for saving energy: proposed, decided, paid in parts; never against a veto or beyond what was granted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from libs.common.context import Context
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError
from services.energy.efficiency.errors import (
    RewardExists,
    RewardNotDecided,
    RewardOverpaid,
    RewardVetoed,
    TargetUnfit,
)
from services.energy.efficiency.repository import contests, targets
from services.energy.efficiency.repository.figures import get_enterprise
from services.energy.efficiency.repository.scopes import lock_key
from services.energy.efficiency.service.naming import region_or_code
from services.energy.efficiency.service.vetoes import is_vetoed
from services.energy.efficiency.tables import PaymentRow, RewardRow, TargetRow


@dataclass(frozen=True, slots=True)
class Proposal:
    """Who is to be rewarded for what; an edition or a target is what it rests on, if any."""

    code: str
    region_code: str | None
    enterprise_id: UUID | None
    year: int
    reason: str
    amount_yuan: int
    edition_id: UUID | None = None
    target_id: UUID | None = None
    saved_tce: Decimal | None = None


async def propose(ctx: Context, proposal: Proposal) -> RewardRow:
    """Record a proposal.

    Raises EnterpriseUnknown, NotFound, TargetUnfit, EntryUnknown, EfficiencyNotFound, RewardExists, RewardVetoed.
    """
    if (proposal.enterprise_id is None) == (proposal.region_code is None):
        raise TargetUnfit(errors=[FieldError("target.one_subject", "/region_code")])
    if proposal.enterprise_id is not None:
        enterprise = await get_enterprise(ctx.session, ctx.principal, proposal.enterprise_id)
        name, region = enterprise.name, enterprise.region_code
    else:
        region = proposal.region_code or ""
        ensure_region(ctx.principal, region)
        name = await region_or_code(ctx.session, region)
    await lock_key(ctx.session, "energy_reward", proposal.code)
    if await targets.find_reward(ctx.session, proposal.code) is not None:
        raise RewardExists(code=proposal.code, errors=[FieldError("efficiency.reward_exists", "/code")])
    await _demand_ground(ctx, proposal)
    row = RewardRow(
        id=ctx.new_id(),
        code=proposal.code,
        region_code=region,
        enterprise_id=proposal.enterprise_id,
        subject_name=name,
        year=proposal.year,
        reason=proposal.reason,
        edition_id=proposal.edition_id,
        target_id=proposal.target_id,
        saved_tce=proposal.saved_tce,
        amount_yuan=proposal.amount_yuan,
        paid_yuan=0,
        status="proposed",
        note="",
        version=1,
        changed_at=ctx.now,
        changed_by=ctx.principal.subject,
    )
    await _demand_no_veto(ctx, row)
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def _demand_ground(ctx: Context, proposal: Proposal) -> None:
    if proposal.edition_id is not None:
        edition = await contests.get_edition(ctx.session, ctx.principal, proposal.edition_id)
        if proposal.enterprise_id is not None:
            await contests.get_entry(ctx.session, ctx.principal, edition, proposal.enterprise_id)
    if proposal.target_id is not None:
        await targets.get_visible(ctx.session, ctx.principal, TargetRow, proposal.target_id, lock=False)


async def _demand_no_veto(ctx: Context, row: RewardRow) -> None:
    if await is_vetoed(ctx, row.region_code, row.enterprise_id, row.year):
        raise RewardVetoed(name=row.subject_name, year=row.year)


async def decide(
    ctx: Context, row: RewardRow, *, is_granted: bool, decision_no: str, on: date, amount_yuan: int, note: str
) -> RewardRow:
    """Grant or refuse a locked proposal; the amount may differ from the proposed.

    Raises RewardNotDecided, RewardVetoed.
    """
    if row.status != "proposed":
        raise RewardNotDecided(status=row.status)
    if is_granted:
        await _demand_no_veto(ctx, row)
    row.status = "granted" if is_granted else "refused"
    row.decision_no, row.decided_on, row.decided_by = decision_no, on, ctx.principal.subject
    row.amount_yuan, row.note = amount_yuan, note
    row.advance(ctx.now, ctx.principal.subject)
    await ctx.session.flush()
    return row


async def pay(ctx: Context, row: RewardRow, amount_yuan: int, on: date, reference: str) -> RewardRow:
    """Record a payment of a locked reward. Raises RewardNotDecided, RewardOverpaid, RewardVetoed."""
    if row.status != "granted":
        raise RewardNotDecided(status=row.status)
    if row.paid_yuan + amount_yuan > row.amount_yuan:
        raise RewardOverpaid(amount_yuan=row.amount_yuan, paid_yuan=row.paid_yuan)
    await _demand_no_veto(ctx, row)
    ctx.session.add(
        PaymentRow(
            id=ctx.new_id(),
            reward_id=row.id,
            paid_on=on,
            amount_yuan=amount_yuan,
            reference=reference,
            recorded_at=ctx.now,
            recorded_by=ctx.principal.subject,
        )
    )
    row.paid_yuan += amount_yuan
    if row.paid_yuan == row.amount_yuan:
        row.status = "paid"
    row.advance(ctx.now, ctx.principal.subject)
    await ctx.session.flush()
    return row


async def revoke(ctx: Context, row: RewardRow, note: str) -> RewardRow:
    """Take a locked reward back; what was paid stays on record. Raises RewardNotDecided."""
    if row.status not in {"granted", "paid"}:
        raise RewardNotDecided(status=row.status)
    row.status, row.note = "revoked", note
    row.advance(ctx.now, ctx.principal.subject)
    await ctx.session.flush()
    return row
