"""What people do with alerts: acknowledge, resolve, comment; each a change with its trail, event and messages."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.alerts import AlertStatus
from services.alerts.escalation import service as escalation
from services.alerts.notifications import service as notifications
from services.alerts.notifications.domain.message import Reason
from services.alerts.trail import repository
from services.alerts.trail import service as trail
from services.alerts.trail.domain.life import TrailKind, is_live
from services.alerts.trail.errors import AlertAlreadyResolved, AlertNotFound
from services.alerts.trail.tables import AlertRow


async def acknowledge_alert(
    ctx: Context, alert_id: UUID, promised_at: datetime | None, note: str | None
) -> AlertRow:
    """Take the alert up and promise a date (default: by its policy); the climb stops until then.

    Acknowledging again gives a new promise, which stays in the trail beside the old one. Raises AlertNotFound,
    AlertAlreadyResolved, PromiseInPast, PromiseTooFar.
    """
    alert = await _locked(ctx, alert_id)
    promised_before = alert.promised_at
    promised = await escalation.keep_promise_in_view(ctx, alert, promised_at)
    alert.status = AlertStatus.ACKNOWLEDGED.value
    alert.acknowledged_at, alert.acknowledged_by = ctx.now, trail.actor_of(ctx.principal)
    alert.promised_at = promised
    facts: dict[str, object] = {"promised_at": promised, "note": note}
    if promised_before is not None:
        facts["promised_before"] = promised_before
    trail.append(ctx, alert, TrailKind.ACKNOWLEDGED, facts)
    await notifications.tell_subscribers(ctx, alert, await trail.publish_acknowledged(ctx, alert))
    return alert


async def resolve_alert(ctx: Context, alert_id: UUID, note: str) -> AlertRow:
    """Close the alert with what was done. Raises AlertNotFound, AlertAlreadyResolved."""
    alert = await _locked(ctx, alert_id)
    await close(ctx, alert, note)
    return alert


async def comment_on_alert(ctx: Context, alert_id: UUID, text: str) -> AlertRow:
    """Add a remark; also possible on a resolved alert. Raises AlertNotFound."""
    alert = await _locked(ctx, alert_id, also_resolved=True)
    trail.append(ctx, alert, TrailKind.COMMENTED, {"text": text})
    await notifications.tell_subscribers(ctx, alert, await trail.publish_commented(ctx, alert))
    return alert


async def close(ctx: Context, alert: AlertRow, reason: str) -> None:
    """Resolve a locked alert by the caller of `ctx` and tell everybody who was told of it."""
    alert.status = AlertStatus.RESOLVED.value
    alert.resolved_at, alert.resolved_by = ctx.now, trail.actor_of(ctx.principal)
    alert.resolution = reason
    await escalation.stop(ctx, alert)
    trail.append(ctx, alert, TrailKind.RESOLVED, {"reason": reason})
    payload = await trail.publish_resolved(ctx, alert)
    await notifications.tell_subscribers(ctx, alert, payload)
    await notifications.tell(ctx, alert, payload, Reason.RESOLVED, await notifications.told_before(ctx, alert))
    await ctx.session.flush()


async def get_alert(ctx: Context, alert_id: UUID) -> AlertRow:
    """The alert if the caller may see it. Raises AlertNotFound."""
    alert = await repository.find_visible(ctx.session, ctx.principal, alert_id)
    if alert is None:
        raise AlertNotFound
    return alert


async def _locked(ctx: Context, alert_id: UUID, *, also_resolved: bool = False) -> AlertRow:
    alert = await repository.find_visible(ctx.session, ctx.principal, alert_id, lock=True)
    if alert is None:
        raise AlertNotFound
    if not also_resolved and not is_live(AlertStatus(alert.status)):
        raise AlertAlreadyResolved(number=alert.number)
    return alert
