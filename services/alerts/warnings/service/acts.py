"""Acknowledging, resolving and commenting."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.alerts import AlertStage, AlertState
from services.alerts.escalation import service as escalation
from services.alerts.notifications import service as notifications
from services.alerts.notifications.domain.message import Reason
from services.alerts.routing import service as routing
from services.alerts.trail import repository
from services.alerts.trail import service as trail
from services.alerts.trail.domain.life import STATUS, Act, TrailKind
from services.alerts.trail.errors import AlertNotFound
from services.alerts.trail.tables import AlertRow
from services.alerts.warnings.errors import AlreadyAcknowledged


async def acknowledge_alert(
    ctx: Context,
    alert_id: UUID,
    promised_at: datetime | None,
    note: str | None,
    *,
    takes_over: bool = False,
) -> AlertRow:
    """Take the alert up and promise a date (default: by its policy); the climb stops until then.

    Of two who do so at once one wins and the other is told who and when; `takes_over` is for a deliberate change
    of hands. The same person again may give a new promise, which stays in the trail beside the old one; without
    one nothing changes. Raises AlertNotFound, AlertAlreadyResolved, AlreadyAcknowledged, PromiseInPast,
    PromiseTooFar.
    """
    alert = await lock_alert(ctx, alert_id)
    stage = trail.require_act(alert, Act.ACKNOWLEDGE)
    actor = trail.actor_of(ctx.principal)
    facts: dict[str, object] = {"note": note}
    if alert.stage is not AlertStage.OPEN:
        if alert.acknowledged_by != actor and not takes_over:
            raise await _already(ctx, alert)
        if alert.acknowledged_by == actor and promised_at in (None, alert.promised_at):
            return alert if note is None else await comment_on_alert(ctx, alert_id, note)
        if alert.acknowledged_by != actor:
            facts["taken_over_from"] = alert.acknowledged_by
    if alert.promised_at is not None:
        facts["promised_before"] = alert.promised_at
    promised = await escalation.keep_promise_in_view(ctx, alert, promised_at)
    if alert.stage is AlertStage.OPEN:
        alert.handling_at = None
    alert.status = STATUS[stage].value
    alert.acknowledged_at, alert.acknowledged_by = ctx.now, actor
    alert.promised_at = promised
    trail.append(ctx, alert, TrailKind.ACKNOWLEDGED, {"promised_at": promised, **facts})
    await tell_systems(ctx, alert, await trail.publish_acknowledged(ctx, alert))
    return alert


async def resolve_alert(ctx: Context, alert_id: UUID, note: str, *, is_true_alarm: bool | None = None) -> AlertRow:
    """Close the alert with what was done; another person has to verify it. A false alarm teaches the detection.

    Who resolves what nobody had acknowledged has acknowledged it. Raises AlertNotFound, AlertAlreadyResolved.
    """
    alert = await lock_alert(ctx, alert_id)
    if alert.stage is AlertStage.OPEN:
        alert.status = STATUS[trail.require_act(alert, Act.ACKNOWLEDGE)].value
        alert.acknowledged_at, alert.acknowledged_by = ctx.now, trail.actor_of(ctx.principal)
        alert.handling_at = None
        trail.append(ctx, alert, TrailKind.ACKNOWLEDGED, {"promised_at": None, "note": None, "implied": True})
    trail.require_act(alert, Act.RESOLVE)
    alert.is_true_alarm = is_true_alarm
    await _resolve(ctx, alert, note)
    return alert


async def comment_on_alert(ctx: Context, alert_id: UUID, text: str) -> AlertRow:
    """Add a remark; also possible on a resolved alert. Raises AlertNotFound."""
    alert = await lock_alert(ctx, alert_id)
    trail.append(ctx, alert, TrailKind.COMMENTED, {"text": text})
    await tell_systems(ctx, alert, await trail.publish_commented(ctx, alert))
    return alert


async def close(ctx: Context, alert: AlertRow, reason: str) -> None:
    """The condition of a locked alert has ended: it is resolved, and its end is the proof.

    Raises AlertAlreadyResolved.
    """
    trail.require_act(alert, Act.CLEAR)
    alert.verified_at, alert.verified_by = ctx.now, trail.actor_of(ctx.principal)
    await _resolve(ctx, alert, reason)


async def get_alert(ctx: Context, alert_id: UUID) -> AlertRow:
    """The alert if the caller may see it. Raises AlertNotFound."""
    alert = await repository.find_visible(ctx.session, ctx.principal, alert_id)
    if alert is None:
        raise AlertNotFound
    return alert


async def lock_alert(ctx: Context, alert_id: UUID) -> AlertRow:
    """The alert if the caller may see it, locked against other writers. Raises AlertNotFound."""
    alert = await repository.find_visible(ctx.session, ctx.principal, alert_id, lock=True)
    if alert is None:
        raise AlertNotFound
    return alert


async def tell_systems(ctx: Context, alert: AlertRow, payload: AlertState) -> None:
    """A change that systems hear of by their subscriptions and people do not."""
    await notifications.tell_subscribers(ctx, alert, payload)


async def _resolve(ctx: Context, alert: AlertRow, reason: str) -> None:
    """Whoever was told of it is told that it is over."""
    alert.status = STATUS[AlertStage.RESOLVED].value
    alert.resolved_at, alert.resolved_by = ctx.now, trail.actor_of(ctx.principal)
    alert.resolution = reason
    await escalation.stop(ctx, alert)
    trail.append(ctx, alert, TrailKind.RESOLVED, _how(alert, reason))
    payload = await trail.publish_resolved(ctx, alert)
    await tell_systems(ctx, alert, payload)
    await notifications.tell(ctx, alert, payload, Reason.RESOLVED, await notifications.told_before(ctx, alert))
    await ctx.session.flush()


def _how(alert: AlertRow, reason: str) -> dict[str, object]:
    facts: dict[str, object] = {"reason": reason}
    if alert.is_true_alarm is not None:
        facts["is_true_alarm"] = alert.is_true_alarm
    if alert.cleared_at is not None:
        # By the condition's own time; the entry bears the time of its receipt.
        facts["ended_at"] = alert.cleared_at
    return facts


async def _already(ctx: Context, alert: AlertRow) -> AlreadyAcknowledged:
    by = alert.acknowledged_by or ""
    kind, _, identity = by.partition(":")
    person = await routing.find_person(ctx, UUID(identity)) if kind == "person" else None
    return AlreadyAcknowledged(
        number=alert.number,
        acknowledged_by=by,
        name=by if person is None else person.name,
        acknowledged_at=alert.acknowledged_at,
        promised_at=alert.promised_at,
    )
