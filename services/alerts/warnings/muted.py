"""Alerts as callers read them: with their labels and with what keeps them quiet now."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from libs.common.context import Context
from services.alerts.muting import service as muting
from services.alerts.muting.schemas import MutingRead
from services.alerts.trail.labels import labels_of
from services.alerts.trail.tables import AlertRow
from services.alerts.warnings.schemas.alerts import AlertRead


async def shown(ctx: Context, alerts: Sequence[AlertRow]) -> dict[UUID, AlertRead]:
    """The alerts by id; what is resolved is not asked whether it is quiet."""
    found = await muting.mutings_of_alerts(ctx, [alert for alert in alerts if alert.status != "resolved"])
    return {
        alert.id: AlertRead.model_validate(alert).model_copy(
            update={
                "labels": labels_of(alert),
                "muted_by": [MutingRead.model_validate(one) for one in found.get(alert.id, ())],
            }
        )
        for alert in alerts
    }


async def shown_one(ctx: Context, alert: AlertRow) -> AlertRead:
    return (await shown(ctx, [alert]))[alert.id]
