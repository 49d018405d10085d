"""Awards: computed from verified funds as the difference to what was awarded, then decided by another and paid."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col

from libs.common.context import Context
from libs.common.contracts.projects import AwardDecidedV1, AwardPaidV1, AwardProposedV1
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_region
from libs.common.web.problems import NotFound
from services.projects.ledger.service.funds import actor_of
from services.projects.ledger.tables import ProjectRow
from services.projects.promotion.domain import rewards
from services.projects.promotion.domain.rewards import AwardState, Introducer, RewardRule
from services.projects.promotion.repository import rewards as repository
from services.projects.promotion.service.credits import demand_as_of, in_region
from services.projects.promotion.service.overpaying import settle_project_awards
from services.projects.promotion.service.rewarding import RewardStatement, state_rewards
from services.projects.promotion.tables import AwardRow, RewardRuleRow
from services.projects.registry.repository import lock_key
from services.projects.registry.service.placing import demand_reach, place


async def compute_awards(
    ctx: Context, as_of: date | None, *, project_id: UUID | None = None, region_code: str | None = None
) -> list[AwardRow]:
    """Propose what is due beyond what was awarded, project by project; asked again it finds nothing more.

    Negative amounts are to be paid back: funds were withdrawn, or the credit was shared anew.
    Raises AsOfAhead, NotFound.
    """
    day = demand_as_of(ctx, as_of)
    where: Any = in_region(ctx, region_code)
    if project_id is not None:
        where = where & (col(ProjectRow.id) == project_id)
    found = await repository.promoted_projects(ctx.session, ctx.principal, where)
    if project_id is not None and not found:
        raise NotFound
    for _, project, _ in found:
        # In the order of ids: two computations of the same projects follow each other and propose once.
        await lock_key(ctx.session, "promotion_award", str(project.id))
    proposed: list[AwardRow] = []
    for statement in await state_rewards(ctx, found, day):
        introducers = sorted(statement.due, key=lambda one: str(one.party))
        proposed += [await _propose(ctx, statement, introducer) for introducer in introducers]
        if statement.due:
            await settle_project_awards(ctx, statement.project.id)
    return proposed


async def _propose(ctx: Context, statement: RewardStatement, introducer: Introducer) -> AwardRow:
    row = AwardRow(
        id=ctx.new_id(),
        project_id=statement.project.id,
        region_code=statement.project.region_code,
        investor_id=introducer.investor_id,
        person_id=introducer.person_id,
        as_of=statement.as_of,
        verified_funds_yuan=statement.funds_yuan or 0,
        basis_points=statement.shares.get(introducer),
        rule_id=statement.rule_id,
        project_reward_yuan=statement.reward_yuan,
        entitled_yuan=statement.entitled.get(introducer, 0),
        awarded_before_yuan=statement.awarded.get(introducer, 0),
        amount_yuan=statement.due[introducer],
        state=AwardState.PROPOSED.value,
        proposed_at=ctx.now,
        proposed_by=ctx.principal.subject,
        proposed_person_id=ctx.principal.person_id,
        version=1,
        updated_at=ctx.now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    payload = AwardProposedV1(
        award_id=row.id,
        project_id=row.project_id,
        investor_id=row.investor_id,
        person_id=row.person_id,
        as_of=row.as_of,
        verified_funds_yuan=row.verified_funds_yuan,
        entitled_yuan=row.entitled_yuan,
        amount_yuan=row.amount_yuan,
    )
    await _tell(ctx, row, payload)
    return row


async def get_award(ctx: Context, award_id: UUID, *, lock: bool = False) -> AwardRow:
    """Raises NotFound."""
    row = await repository.find_award(ctx.session, award_id, lock=lock)
    if row is None:
        raise NotFound
    ensure_region(ctx.principal, row.region_code)
    return row


async def decide_award(ctx: Context, row: AwardRow, decision: AwardState, note: str) -> AwardRow:
    """Another person than the proposer approves or rejects a locked award. Raises AwardNotOpen, AwardFourEyes."""
    rewards.demand_decidable(AwardState(row.state), repository.proposer_of(row), actor_of(ctx))
    row.state, row.decision_note = decision.value, note
    row.decided_at, row.decided_on, row.decided_by = ctx.now, today_of(ctx), ctx.principal.subject
    payload = AwardDecidedV1(
        award_id=row.id,
        project_id=row.project_id,
        decision=decision.value,
        amount_yuan=row.amount_yuan,
        reason=note,
    )
    await _advance(ctx, row, payload)
    return row


async def pay_award(ctx: Context, row: AwardRow, paid_on: date, reference: str) -> AwardRow:
    """Record that a locked, approved award was paid, or paid back. Raises AwardNotOpen, AwardPaidAhead."""
    rewards.demand_payable(AwardState(row.state), row.decided_on, paid_on, today_of(ctx))
    row.state, row.paid_on = AwardState.PAID.value, paid_on
    row.payment_reference, row.paid_by = reference, ctx.principal.subject
    payload = AwardPaidV1(award_id=row.id, project_id=row.project_id, amount_yuan=row.amount_yuan, paid_on=paid_on)
    await _advance(ctx, row, payload)
    return row


async def put_reward_rule(ctx: Context, rule: RewardRule) -> RewardRuleRow:
    """Put a rule in force from its first day on, for projects signed from then on.

    Raises RewardRuleMalformed, ValidityNotOrdered, ValidityOverlap, EverywhereForbidden, UnknownRegion.
    """
    rewards.demand_bands(rule.bands)
    await demand_reach(ctx, rule.region_code)
    await lock_key(ctx.session, "reward_rule", f"{rule.channel}:{rule.origin}:{rule.region_code}")
    rows = await repository.reward_rules_of(ctx.session, rule)
    row = place(ctx, RewardRuleRow, rows, rule, value_of=repository.reward_rule_of)
    await ctx.session.flush()
    return row


async def _advance(ctx: Context, row: AwardRow, payload: AwardDecidedV1 | AwardPaidV1) -> None:
    row.advance(ctx.now)
    await ctx.session.flush()
    await _tell(ctx, row, payload)


async def _tell(ctx: Context, row: AwardRow, payload: AwardProposedV1 | AwardDecidedV1 | AwardPaidV1) -> None:
    await record_event(
        ctx, payload, subject=str(row.id), aggregate_version=row.version, region_code=row.region_code
    )
