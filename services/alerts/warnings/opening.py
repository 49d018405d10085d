"""A new alert: its row, its first trail entry, its event, and whom it reaches first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from libs.common.context import Context
from libs.common.contracts.alerts import AlertStatus
from libs.common.contracts.base import Event
from services.alerts.escalation import policies
from services.alerts.escalation import service as escalation
from services.alerts.notifications import service as notifications
from services.alerts.trail import repository as alerts
from services.alerts.trail import service as trail
from services.alerts.trail.domain.chain import BEGINNING
from services.alerts.trail.domain.life import TrailKind
from services.alerts.trail.tables import AlertRow
from services.alerts.warnings import repository
from services.alerts.warnings.domain.fields import as_json
from services.alerts.warnings.domain.judging import Judgement
from services.alerts.warnings.domain.writing import named, texts
from services.alerts.warnings.service.handling import reopen
from services.alerts.warnings.wording import words

CORRECTED_BACK = "corrected_back"


async def open_or_find(
    ctx: Context, event: Event[Any], judged: Judgement, since: datetime
) -> tuple[AlertRow, bool]:
    """The new alert, or the live one that the dedup key has, itself or by a merge; locked either way."""
    values = await _values(ctx, event, judged, since)
    survivor = await repository.lock_survivor(ctx.session, values["dedup_key"])
    if survivor is not None:
        return survivor, False
    while True:
        alert = await alerts.insert_unless_live(ctx.session, values)
        if alert is not None:
            return alert, True
        alert = await alerts.find_live(ctx.session, values["dedup_key"])
        if alert is not None:
            return alert, False
        # It was resolved between the two statements: there is room for a new one now.


async def take_back_correction(ctx: Context, judged: Judgement, since: datetime) -> AlertRow | None:
    """The alert of the same occurrence that a correction had ended, open again; None when there is none.

    The cause came back by another correction: it is one alert with one history, not a second one.
    """
    alert = await repository.lock_corrected(ctx.session, named(judged).dedup_key, since)
    if alert is None or await alerts.find_live(ctx.session, alert.dedup_key) is not None:
        return None
    await reopen(ctx, alert, TrailKind.REOPENED, CORRECTED_BACK)
    return alert


async def announce(ctx: Context, alert: AlertRow, since: datetime) -> None:
    """Begin the trail and the chase of an alert that was just inserted."""
    trail.append(
        ctx,
        alert,
        TrailKind.OPENED,
        {
            "severity": alert.severity,
            "rule": alert.rule_code,
            "revision": alert.rule_revision,
            "text_zh": alert.text_zh,
            "text_en": alert.text_en,
            "source_event_id": alert.source_event_id,
            "occurred_at": since,
            "facts": alert.facts,
        },
    )
    payload = await trail.publish_opened(ctx, alert)
    await notifications.tell_subscribers(ctx, alert, payload)
    await escalation.start(ctx, alert, payload)


async def _values(ctx: Context, event: Event[Any], judged: Judgement, since: datetime) -> dict[str, Any]:
    known, rule, about = judged.known, judged.known.rule, named(judged)
    policy = await policies.in_force(ctx, rule.policy_code)
    return {
        "id": ctx.new_id(),
        "version": 0,
        "rule_code": known.code,
        "rule_revision": known.revision,
        "resolves_when_cleared": rule.cleared_type is not None,
        "severity": judged.severity.value,
        "judged_severity": judged.severity.value,
        "told_severity": judged.severity.value,
        "status": AlertStatus.OPEN.value,
        **texts(judged, words("zh-CN"), words("en")),
        "object_type": about.object_type,
        "object_id": about.object_id,
        "object_label": about.object_label,
        "object_name": about.object_name,
        "condition_kind": about.condition_kind,
        "dedup_key": about.dedup_key,
        "labels": dict(about.labels),
        "region_code": judged.region_code,
        "enterprise_id": getattr(event.payload, "enterprise_id", None),
        "responsible_person_id": getattr(event.payload, "responsible_person_id", None),
        "responsible_unit_id": getattr(event.payload, "responsible_unit_id", None),
        "facts": as_json(judged.facts),
        "source_event_id": event.id,
        "occurred_at": since,
        "received_at": ctx.now,
        "updated_at": ctx.now,
        "policy": policy.model_dump(mode="json"),
        "clock": None if rule.clock is None else rule.clock.value,
        "escalation_level": -1,
        "promises_broken": 0,
        "reopened": 0,
        "trail_length": 0,
        "trail_head": BEGINNING,
    }
