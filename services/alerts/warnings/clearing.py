"""A condition that has ended, and what becomes of its alert."""

from __future__ import annotations

from datetime import datetime

from libs.common.context import Context
from libs.common.contracts.alerts import AlertStage, AlertStatus
from services.alerts.trail import repository as alerts
from services.alerts.trail import service as trail
from services.alerts.trail.domain.life import LIVE_STAGES, Act, TrailKind
from services.alerts.trail.tables import AlertRow
from services.alerts.warnings import repository, restating, service
from services.alerts.warnings.tables import ConditionRow


async def end_condition(ctx: Context, condition: ConditionRow, reason: str, ended_at: datetime) -> AlertRow | None:
    """Close the alert when nothing else holds it open; returns the alert if it changed."""
    if condition.alert_id is None:
        return None
    alert = await alerts.lock(ctx.session, condition.alert_id)
    if alert is None or alert.stage not in (*LIVE_STAGES, AlertStage.RESOLVED):
        return None
    others = await repository.count_open_conditions(ctx.session, alert.id)
    facts: dict[str, object] = {
        "condition_id": condition.condition_id,
        "reason": reason,
        "conditions_left": others,
        "ended_at": ended_at,
    }
    if others or not alert.resolves_when_cleared:
        if alert.stage in LIVE_STAGES:
            trail.append(ctx, alert, TrailKind.CONDITION_CLEARED, facts)
            await restating.lessen(ctx, alert)
            await ctx.session.flush()
            return alert
        return None
    alert.cleared_at = ended_at
    if alert.stage is AlertStage.RESOLVED:
        await confirm(ctx, alert, reason, facts)
    else:
        await service.close(ctx, alert, reason)
    return alert


async def confirm(ctx: Context, alert: AlertRow, reason: str, facts: dict[str, object]) -> None:
    """A person had resolved it; that the condition has ended verifies it."""
    trail.require_act(alert, Act.CLEAR)
    alert.status = AlertStatus.RESOLVED.value
    alert.verified_at, alert.verified_by = ctx.now, trail.actor_of(ctx.principal)
    alert.verification = reason
    trail.append(ctx, alert, TrailKind.VERIFIED, facts)
    await service.tell_systems(ctx, alert, await trail.publish_closed(ctx, alert, reason))
