"""Verdicts that come with the resolution of an alert."""

from __future__ import annotations

from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.alerts import AlertResolvedV1
from libs.common.contracts.base import Event
from services.energy.feedback import repository
from services.energy.feedback.service import ALERT, Given, give_verdict


async def on_alert_resolved(ctx: Context, event: Event[AlertResolvedV1]) -> None:
    """Take the verdict over, if somebody gave one and the alert is about a condition of a meter."""
    alert = event.payload
    if alert.is_true_alarm is None or alert.object_type != "meter":
        return
    try:
        meter_id = UUID(alert.object_id)
    except ValueError:
        return
    row = await repository.find_condition(ctx.session, meter_id, alert.condition_kind, alert.occurred_at)
    if row is not None:
        await give_verdict(ctx, row, Given(alert.is_true_alarm, alert.reason[:500], ALERT, alert.resolved_by))
