"""From events to alerts: open, amend, clear; whatever order and however often the events come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter

from libs.common.context import Context
from libs.common.contracts.alerts import AlertStatus, Severity
from libs.common.contracts.base import Event
from services.alerts.escalation import policies
from services.alerts.escalation import service as escalation
from services.alerts.notifications import service as notifications
from services.alerts.notifications.domain.message import Reason
from services.alerts.routing import service as routing
from services.alerts.routing import trees
from services.alerts.trail import repository as alerts
from services.alerts.trail import service as trail
from services.alerts.trail.domain.chain import BEGINNING
from services.alerts.trail.domain.life import TrailKind, is_live, outranks
from services.alerts.trail.labels import own_labels
from services.alerts.trail.tables import AlertRow
from services.alerts.warnings import repository, service
from services.alerts.warnings.domain import expressions, templates
from services.alerts.warnings.domain.fields import as_json, facts_of
from services.alerts.warnings.domain.rules import RuleInForce, by_precedence
from services.alerts.warnings.errors import EventWithoutRegion
from services.alerts.warnings.wording import words

log = structlog.get_logger(__name__)

TAKEN = Counter(
    "duban_alerts_conditions_total",
    "Condition events by what became of them: opened, amended, joined, cleared, unchanged, out_of_date, "
    "unmatched, too_old",
    ["effect"],
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rule in force makes of an event."""

    known: RuleInForce
    severity: Severity
    region_code: str
    facts: Mapping[str, object]


async def take_opened(ctx: Context, event: Event[Any]) -> AlertRow | None:
    """Open or amend the alert of a condition; returns the alert if it changed.

    Raises EventWithoutRegion, and what PolicyNotFound says when a rule's policy is gone.
    """
    condition = await repository.lock_condition(ctx.session, event.source, _condition_id(event), at=ctx.now)
    if event.aggregate_version <= condition.last_version:
        TAKEN.labels("out_of_date").inc()
        return None
    condition.last_version, condition.state, condition.updated_at = event.aggregate_version, "open", ctx.now
    judged = await _judge(ctx, event)
    if judged is None:
        TAKEN.labels("unmatched").inc()
        return None
    alert = None if condition.alert_id is None else await alerts.lock(ctx.session, condition.alert_id)
    if alert is not None and not is_live(AlertStatus(alert.status)):
        # A person resolved it although the condition lasts: only something graver is worth another alert.
        if not outranks(judged.severity, Severity(alert.severity)):
            TAKEN.labels("unchanged").inc()
            return None
        alert = None
    if alert is None and judged.known.rule.is_too_old(event.time, ctx.now):
        TAKEN.labels("too_old").inc()
        return None
    joins = False
    if alert is None:
        alert, is_new = await _open_or_find(ctx, event, judged)
        condition.alert_id = alert.id
        if is_new:
            await _opened(ctx, alert)
            return alert
        joins = True
    return await _amend(ctx, alert, event, judged, joins=joins)


async def take_cleared(ctx: Context, event: Event[Any]) -> AlertRow | None:
    """Resolve the alert of a condition when nothing else holds it open; returns the alert if it changed."""
    condition = await repository.lock_condition(ctx.session, event.source, _condition_id(event), at=ctx.now)
    if event.aggregate_version <= condition.last_version:
        TAKEN.labels("out_of_date").inc()
        return None
    # Also remembered when the opening has not come yet: it is then out of date.
    condition.last_version, condition.state, condition.updated_at = event.aggregate_version, "cleared", ctx.now
    await ctx.session.flush()
    TAKEN.labels("cleared").inc()
    if condition.alert_id is None:
        return None
    alert = await alerts.lock(ctx.session, condition.alert_id)
    if alert is None or not is_live(AlertStatus(alert.status)):
        return None
    reason = str(getattr(event.payload, "reason", ""))
    others = await repository.count_open_conditions(ctx.session, alert.id)
    if others or not alert.resolves_when_cleared:
        facts = {"condition_id": condition.condition_id, "reason": reason, "conditions_left": others}
        trail.append(ctx, alert, TrailKind.CONDITION_CLEARED, facts)
        await ctx.session.flush()
        return alert
    await service.close(ctx, alert, reason)
    return alert


async def _judge(ctx: Context, event: Event[Any]) -> Judgement | None:
    region_code = await _region_of(ctx, event)
    facts = facts_of(event, region_code=region_code, region_name=await routing.region_name(ctx, region_code))
    payload = type(event.payload)
    in_force = await repository.list_rules_in_force(ctx.session, event.type, ctx.now)
    for known in by_precedence(in_force, region_code):
        try:
            if expressions.holds(known.rule.condition, payload, facts):
                return Judgement(known, known.rule.severity_of(payload, facts), region_code, facts)
        except (expressions.Unanswerable, expressions.BadExpression) as error:
            # One rule that trips over absent values must not keep the others from their work.
            log.warning("rule.unanswerable", rule=known.code, event_id=str(event.id), error=str(error)[:300])
    return None


async def _region_of(ctx: Context, event: Event[Any]) -> str:
    if event.region_code:
        return event.region_code
    enterprise_id = getattr(event.payload, "enterprise_id", None)
    region_code = None if enterprise_id is None else await routing.region_of_enterprise(ctx, enterprise_id)
    if region_code is None:
        raise EventWithoutRegion(f"{event.type} {event.id} names no region")
    return region_code


async def _open_or_find(ctx: Context, event: Event[Any], judged: Judgement) -> tuple[AlertRow, bool]:
    """The new alert, or the live one that the object already has for this condition; locked either way."""
    values = await _values(ctx, event, judged)
    values["labels"] = own_labels(values, {})
    await _route(ctx, values, judged)
    while True:
        alert = await alerts.insert_unless_live(ctx.session, values)
        if alert is not None:
            return alert, True
        alert = await alerts.find_live(
            ctx.session, values["object_type"], values["object_id"], values["condition_kind"]
        )
        if alert is not None:
            return alert, False
        # It was resolved between the two statements: there is room for a new one now.


async def _values(ctx: Context, event: Event[Any], judged: Judgement) -> dict[str, Any]:
    known, rule, facts = judged.known, judged.known.rule, judged.facts
    policy = await policies.in_force(ctx, rule.policy_code)

    def name(template: str | None) -> str | None:
        return None if template is None else templates.render(template, facts, {})

    return {
        "id": ctx.new_id(),
        "version": 0,
        "rule_code": known.code,
        "rule_revision": known.revision,
        "resolves_when_cleared": rule.cleared_type is not None,
        "severity": judged.severity.value,
        "status": AlertStatus.OPEN.value,
        **_texts(judged),
        "object_type": rule.object_type,
        "object_id": name(rule.object_id),
        "object_label": name(rule.object_label),
        "object_name": name(rule.object_name),
        "condition_kind": name(rule.condition_kind),
        "region_code": judged.region_code,
        "enterprise_id": getattr(event.payload, "enterprise_id", None),
        "responsible_person_id": getattr(event.payload, "responsible_person_id", None),
        "responsible_unit_id": getattr(event.payload, "responsible_unit_id", None),
        "facts": as_json(facts),
        "source_event_id": event.id,
        "occurred_at": event.time,
        "received_at": ctx.now,
        "updated_at": ctx.now,
        "policy": policy.model_dump(mode="json"),
        "clock": None if rule.clock is None else rule.clock.value,
        "escalation_level": -1,
        "trail_length": 0,
        "trail_head": BEGINNING,
    }


async def _route(ctx: Context, values: dict[str, Any], judged: Judgement) -> None:
    """A route may name another policy than the rule."""
    code = judged.known.rule.policy_code
    routed = await trees.policy_for(
        ctx, values["labels"], judged.region_code, values["responsible_unit_id"], otherwise=code
    )
    if routed != code and await policies.exists(ctx, routed, ctx.now):
        values["policy"] = (await policies.in_force(ctx, routed)).model_dump(mode="json")


async def _opened(ctx: Context, alert: AlertRow) -> None:
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
            "facts": alert.facts,
        },
    )
    payload = await trail.publish_opened(ctx, alert)
    await notifications.tell_subscribers(ctx, alert, payload)
    await escalation.start(ctx, alert, payload)
    TAKEN.labels("opened").inc()


async def _amend(
    ctx: Context, alert: AlertRow, event: Event[Any], judged: Judgement, *, joins: bool
) -> AlertRow | None:
    """A graver condition raises the alert and tells everybody who knows of it; another one merely joins it."""
    before = Severity(alert.severity)
    rises = outranks(judged.severity, before)
    if not rises and not joins:
        TAKEN.labels("unchanged").inc()
        return None
    texts = _texts(judged)
    facts = {
        "severity": alert.severity,
        "condition_id": _condition_id(event),
        "source_event_id": event.id,
        **texts,
    }
    if rises:
        _raise(alert, judged, texts)
        facts |= {"severity": alert.severity, "from_severity": before.value}
    trail.append(ctx, alert, TrailKind.AMENDED, facts)
    payload = await trail.publish_amended(ctx, alert)
    await notifications.tell_subscribers(ctx, alert, payload)
    if rises:
        await notifications.tell(ctx, alert, payload, Reason.AMENDED, await notifications.told_before(ctx, alert))
        await escalation.raise_severity(ctx, alert)
    TAKEN.labels("amended" if rises else "joined").inc()
    return alert


def _raise(alert: AlertRow, judged: Judgement, texts: Mapping[str, str]) -> None:
    alert.severity = judged.severity.value
    alert.facts = as_json(judged.facts)
    for field, text in texts.items():
        setattr(alert, field, text)
    # An acknowledgement was given for less than this.
    alert.status = AlertStatus.OPEN.value
    alert.promised_at = None


def _texts(judged: Judgement) -> dict[str, str]:
    rule, facts = judged.known.rule, judged.facts
    zh, en = words("zh-CN"), words("en")
    return {
        "title_zh": templates.render(rule.title_zh, facts, zh),
        "title_en": templates.render(rule.title_en, facts, en),
        "text_zh": templates.render(rule.text_zh, facts, zh),
        "text_en": templates.render(rule.text_en, facts, en),
    }


def _condition_id(event: Event[Any]) -> str:
    identity: UUID | None = getattr(event.payload, "condition_id", None)
    return event.subject if identity is None else str(identity)
