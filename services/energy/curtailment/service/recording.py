"""A plan's acts: version, history and event in one."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.energy import CurtailmentPlanPayload, CurtailmentTier
from libs.common.outbox.record import record_event
from services.energy.curtailment import plan_repository
from services.energy.curtailment.domain.plan import PlanAct, PlanFacts, PlanStatus, loads_by_tier, may
from services.energy.curtailment.errors import PlanStateUnfit
from services.energy.curtailment.tables import CurtailmentPlanRow, CurtailmentPlanStepRow


def ensure_open(plan: CurtailmentPlanRow, act: PlanAct) -> None:
    """Raises PlanStateUnfit."""
    if not may(act, PlanStatus(plan.status)):
        raise PlanStateUnfit(status=PlanStatus(plan.status), act=act)


async def facts(ctx: Context, plan: CurtailmentPlanRow) -> PlanFacts:
    """The plan with its rows as they are now."""
    return plan_repository.plan_facts(plan, await plan_repository.entries_of(ctx.session, plan.id))


async def record(
    ctx: Context,
    plan: CurtailmentPlanRow,
    act: PlanAct,
    event: type[CurtailmentPlanPayload],
    *,
    note: str = "",
    **extra: Any,
) -> None:
    """Raise the version, keep who did what, and tell of it. The row's other facts are set before."""
    plan.version += 1
    plan.changed_at, plan.changed_by = ctx.now, ctx.principal.subject
    ctx.session.add(
        CurtailmentPlanStepRow(
            plan_id=plan.id,
            version=plan.version,
            act=act.value,
            status=plan.status,
            note=note,
            done_at=ctx.now,
            done_by=ctx.principal.subject,
        )
    )
    await ctx.session.flush()
    payload = event(
        plan_id=plan.id,
        name=plan.name,
        year=plan.year,
        edition=plan.edition,
        status=plan.status,
        max_load_kw=plan.max_load_kw,
        tiers=tiers_of(await facts(ctx, plan)),
        actor=ctx.principal.subject,
        note=note or None,
        **extra,
    )
    await record_event(
        ctx,
        payload,
        subject=str(plan.id),
        aggregate_version=plan.version,
        region_code=plan.region_code,
    )


def first_day(plan: CurtailmentPlanRow) -> date:
    """The day whose rules a plan is held against."""
    return date(plan.year, 1, 1)


def tiers_of(plan: PlanFacts) -> tuple[CurtailmentTier, ...]:
    """What each tier adds: its users and their load (kW)."""
    users: dict[int, set[UUID]] = {}
    for entry in plan.entries:
        users.setdefault(entry.tier, set()).add(entry.user_id)
    loads = loads_by_tier(plan.entries)
    return tuple(CurtailmentTier(tier=tier, users=len(users[tier]), load_kw=loads[tier]) for tier in sorted(users))
