"""A new alert: its row, its first trail entry, its event, and whom it reaches first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum, auto
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.alerts import AlertStage, AlertStatus
from libs.common.contracts.base import Event
from libs.common.remember import note_new
from services.alerts.escalation import policies
from services.alerts.escalation import service as escalation
from services.alerts.escalation.domain.ladder import Policy
from services.alerts.notifications import service as notifications
from services.alerts.routing import trees
from services.alerts.seals import service as seals
from services.alerts.trail import repository as alerts
from services.alerts.trail import service as trail
from services.alerts.trail.domain import chain
from services.alerts.trail.domain.chain import Entry
from services.alerts.trail.domain.life import TrailKind, is_live
from services.alerts.trail.tables import AlertRow
from services.alerts.warnings import repository
from services.alerts.warnings.domain.fields import as_json
from services.alerts.warnings.domain.judging import Judgement
from services.alerts.warnings.domain.writing import named, texts
from services.alerts.warnings.service.handling import reopen
from services.alerts.warnings.wording import words

# The reason with which the energy service clears what a revised value explains away.
CORRECTED = "corrected"
CORRECTED_BACK = "corrected_back"


class Found(Enum):
    """Whose alert it is that a condition opens or joins."""

    NEW = auto()
    LIVE = auto()
    # It had been closed, and is open again.
    BROUGHT_BACK = auto()


async def open_or_find(
    ctx: Context, event: Event[Any], judged: Judgement, since: datetime
) -> tuple[AlertRow, Found]:
    """The new alert, or the one that the condition belongs to, locked either way; and which of them it is."""
    values, entry = await _values(ctx, event, judged, since)
    key = values["dedup_key"]
    to_look_at = repository.has_earlier_to_look_at(key, since, CORRECTED)
    # What mostly is: nothing of the key is live, and nothing earlier concerns this. One statement finds out.
    alert = await alerts.insert_unless_live(ctx.session, values, unless=to_look_at)
    if alert is None:
        earlier = await repository.find_newest(ctx.session, key)
        if earlier is not None and not is_live(AlertStatus(earlier.status)):
            survivor = await _survivor_of(ctx, earlier)
            if survivor is not None:
                return survivor, Found.LIVE
            if await _take_back_correction(ctx, earlier, since):
                return earlier, Found.BROUGHT_BACK
    while alert is None:
        live = await alerts.find_live(ctx.session, key)
        if live is not None:
            return live, Found.LIVE
        # Nothing is in the way, or it was resolved between the two statements: there is room for a new one.
        alert = await alerts.insert_unless_live(ctx.session, values)
    note_new(ctx.session, alert.id)
    alerts.add_entry(ctx.session, entry)
    return alert, Found.NEW


async def announce(ctx: Context, alert: AlertRow) -> None:
    """Tell of an alert that was just inserted, and begin its chase."""
    payload = await trail.publish_opened(ctx, alert)
    await notifications.tell_subscribers(ctx, alert, payload)
    await escalation.start(ctx, alert, payload)


def _first_entry(ctx: Context, values: Mapping[str, Any], beginning: str) -> Entry:
    return chain.link(
        alert_id=values["id"],
        seq=1,
        kind=TrailKind.OPENED,
        at=ctx.now,
        actor=trail.actor_of(ctx.principal),
        facts={
            "severity": values["severity"],
            "rule": values["rule_code"],
            "revision": values["rule_revision"],
            "text_zh": values["text_zh"],
            "text_en": values["text_en"],
            "source_event_id": values["source_event_id"],
            "occurred_at": values["occurred_at"],
            "facts": values["facts"],
        },
        previous=beginning,
    )


async def _values(
    ctx: Context, event: Event[Any], judged: Judgement, since: datetime
) -> tuple[dict[str, Any], Entry]:
    """The alert as it would be inserted, and the first entry of its trail."""
    known, rule, about = judged.known, judged.known.rule, named(judged)
    policy = await _policy(ctx, judged, about.labels, getattr(event.payload, "responsible_unit_id", None))
    values: dict[str, Any] = {
        "id": ctx.new_id(),
        "version": 1,
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
    }
    entry = _first_entry(ctx, values, await seals.beginning(ctx))
    return {**values, "trail_length": entry.seq, "trail_head": entry.digest}, entry


async def _policy(ctx: Context, judged: Judgement, labels: Mapping[str, str], unit_id: UUID | None) -> Policy:
    """The rule's, unless a route names another one that exists."""
    code = judged.known.rule.policy_code
    routed = await trees.policy_for(ctx, labels, judged.region_code, unit_id, otherwise=code)
    if routed != code and await policies.exists(ctx, routed, ctx.now):
        code = routed
    return await policies.in_force(ctx, code)


async def _survivor_of(ctx: Context, earlier: AlertRow) -> AlertRow | None:
    """The live alert into which an earlier one was merged: what belongs to the one belongs to the other."""
    if earlier.merged_into is None:
        return None
    survivor = await alerts.lock(ctx.session, earlier.merged_into)
    return survivor if survivor is not None and is_live(AlertStatus(survivor.status)) else None


async def _take_back_correction(ctx: Context, earlier: AlertRow, since: datetime) -> bool:
    """Open the alert again that a correction had ended, when its very occurrence came back by another one.

    It is one alert with one history, not a second one.
    """
    if earlier.resolution != CORRECTED or earlier.occurred_at != since:
        return False
    locked = await alerts.lock(ctx.session, earlier.id)
    if locked is None or locked.stage is not AlertStage.CLOSED:
        return False
    await reopen(ctx, locked, TrailKind.REOPENED, CORRECTED_BACK)
    return True
