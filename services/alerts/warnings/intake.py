"""From events to alerts: wait, open, state anew, clear; whatever order and however often the events come."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from prometheus_client import Counter

from libs.common.context import Context
from libs.common.contracts.alerts import AlertStatus, Severity
from libs.common.contracts.base import Event
from services.alerts.routing import service as routing
from services.alerts.trail import repository as alerts
from services.alerts.trail.domain.life import is_live, outranks
from services.alerts.trail.tables import AlertRow
from services.alerts.warnings import clearing, kept, opening, repository, restating
from services.alerts.warnings.domain import expressions
from services.alerts.warnings.domain.fields import facts_of
from services.alerts.warnings.domain.judging import Judgement, judge
from services.alerts.warnings.domain.rules import Rule
from services.alerts.warnings.errors import EventWithoutRegion
from services.alerts.warnings.opening import Found
from services.alerts.warnings.tables import ConditionRow

log = structlog.get_logger(__name__)

TAKEN = Counter(
    "duban_alerts_conditions_total",
    "Condition events by what became of them: opened, waiting, passed, amended, revised, joined, cleared, "
    "unchanged, out_of_date, unmatched, too_old",
    ["effect"],
)
NO_LONGER_HOLDS = "no_longer_holds"
TIMED_OUT = "timed_out"


async def take_opened(ctx: Context, event: Event[Any]) -> AlertRow | None:
    """Open, or state anew, the alert of a condition; returns the alert if it changed.

    Raises EventWithoutRegion, and what PolicyNotFound says when a rule's policy is gone.
    """
    await kept.keep(ctx, event)
    condition = await _lock(ctx, event)
    if event.aggregate_version <= condition.last_version:
        TAKEN.labels("out_of_date").inc()
        return None
    if condition.state == "cleared":
        # What had ended begins anew: the alert of its first spell is history.
        condition.alert_id = condition.severity = condition.rule_code = condition.rule_revision = None
        condition.occurred_at = None
    condition.occurred_at = condition.occurred_at or event.time
    condition.last_version, condition.state, condition.updated_at = event.aggregate_version, "open", ctx.now
    return await _follow(ctx, condition, event)


async def take_cleared(ctx: Context, event: Event[Any]) -> AlertRow | None:
    """Resolve the alert of a condition when nothing else holds it open; returns the alert if it changed."""
    await kept.keep(ctx, event)
    condition = await _lock(ctx, event)
    if event.aggregate_version <= condition.last_version:
        TAKEN.labels("out_of_date").inc()
        return None
    condition.last_version = event.aggregate_version
    return await _end(ctx, condition, str(getattr(event.payload, "reason", "")), event.time)


async def _lock(ctx: Context, event: Event[Any]) -> ConditionRow:
    return await repository.lock_condition(
        ctx.session, event.source, kept.condition_id_of(event), at=ctx.now, is_new=event.aggregate_version == 1
    )


async def wake(ctx: Context, condition: ConditionRow) -> AlertRow | None:
    """A locked condition's timer is due: it has lasted long enough, or nothing was heard of it for too long."""
    if condition.clears_at is not None and condition.clears_at <= ctx.now:
        return await _end(ctx, condition, TIMED_OUT, condition.clears_at)
    if condition.opens_at is None or condition.opens_at > ctx.now or condition.event is None:
        return None
    # The rules of now decide: one that was switched off meanwhile opens nothing.
    return await _follow(ctx, condition, kept.read(condition.event), waited=True)


async def _follow(
    ctx: Context, condition: ConditionRow, event: Event[Any], *, waited: bool = False
) -> AlertRow | None:
    """An open condition as its last event states it."""
    if not await _lasts(ctx, condition, event):
        return await _end(ctx, condition, NO_LONGER_HOLDS, event.time)
    judged = await _judge(ctx, event)
    if judged is None:
        if condition.alert_id is None:
            _rest(condition)
        TAKEN.labels("unmatched").inc()
        return None
    alert = None if condition.alert_id is None else await alerts.lock(ctx.session, condition.alert_id)
    if alert is not None and not is_live(AlertStatus(alert.status)):
        # A person resolved it although the condition lasts: only something graver is worth another alert.
        if not outranks(judged.severity, Severity(alert.severity)):
            TAKEN.labels("unchanged").inc()
            return None
        alert = None
    if alert is not None:
        return await _restate(ctx, condition, alert, event, judged, joins=False)
    return await _open(ctx, condition, event, judged, waited=waited)


async def _open(
    ctx: Context, condition: ConditionRow, event: Event[Any], judged: Judgement, *, waited: bool
) -> AlertRow | None:
    rule, since = judged.known.rule, condition.occurred_at or event.time
    # A condition stated anew bears the time of its beginning: silence counts from when it was heard of.
    silent_at = rule.clears_at(ctx.now)
    # How old it was counts when it came, not after it had to wait.
    if not waited and rule.is_too_old(event.time, ctx.now):
        _rest(condition)
        TAKEN.labels("too_old").inc()
        return None
    if (opens_at := rule.opens_at(since)) > ctx.now:
        _wait(condition, event, opens_at, silent_at)
        TAKEN.labels("waiting").inc()
        return None
    alert, found = await opening.open_or_find(ctx, event, judged, since)
    condition.alert_id = condition.origin_alert_id = alert.id
    if found is not Found.NEW:
        return await _restate(ctx, condition, alert, event, judged, joins=found is Found.LIVE) or alert
    _note(condition, judged, silent_at)
    await opening.announce(ctx, alert)
    TAKEN.labels("opened").inc()
    return alert


async def _restate(
    ctx: Context, condition: ConditionRow, alert: AlertRow, event: Event[Any], judged: Judgement, *, joins: bool
) -> AlertRow | None:
    _note(condition, judged, judged.known.rule.clears_at(ctx.now))
    await ctx.session.flush()
    effect = await restating.restate(ctx, alert, event, judged, joins=joins)
    TAKEN.labels(effect).inc()
    return None if effect == "unchanged" else alert


async def _end(ctx: Context, condition: ConditionRow, reason: str, ended_at: datetime) -> AlertRow | None:
    waited = condition.opens_at is not None
    _rest(condition)
    # Also remembered when the opening has not come yet: it is then out of date.
    condition.state, condition.updated_at = "cleared", ctx.now
    await ctx.session.flush()
    TAKEN.labels("passed" if waited else "cleared").inc()
    return await clearing.end_condition(ctx, condition, reason, ended_at)


def _note(condition: ConditionRow, judged: Judgement, silent_at: datetime | None) -> None:
    condition.severity = judged.severity.value
    condition.rule_code, condition.rule_revision = judged.known.code, judged.known.revision
    condition.opens_at, condition.event, condition.clears_at = None, None, silent_at
    condition.failures, condition.last_error = 0, None


def _wait(condition: ConditionRow, event: Event[Any], opens_at: datetime, silent_at: datetime | None) -> None:
    condition.opens_at, condition.event, condition.clears_at = opens_at, kept.written(event), silent_at


def _rest(condition: ConditionRow) -> None:
    condition.opens_at = condition.event = condition.clears_at = None


async def _lasts(ctx: Context, condition: ConditionRow, event: Event[Any]) -> bool:
    """Whether the rule that took the condition up still holds it, by its own words for that."""
    if condition.rule_code is None or condition.rule_revision is None or condition.alert_id is None:
        return True
    row = await repository.find_revision(ctx.session, condition.rule_code, condition.rule_revision)
    if row is None or row.opened_type != event.type:
        return True
    region_code = await _region_of(ctx, event)
    try:
        return Rule.model_validate(row.definition).still_holds(
            type(event.payload), await _facts(ctx, event, region_code)
        )
    except (expressions.Unanswerable, expressions.BadExpression) as error:
        # Not to know is no reason to close it.
        log.warning("rule.unanswerable", rule=row.code, event_id=str(event.id), error=str(error)[:300])
        return True


async def _judge(ctx: Context, event: Event[Any]) -> Judgement | None:
    region_code = await _region_of(ctx, event)
    facts = await _facts(ctx, event, region_code)
    in_force = await repository.list_rules_in_force(ctx.session, event.type, ctx.now)
    judged, tripped = judge(in_force, type(event.payload), facts, region_code)
    for unanswered in tripped:
        log.warning(
            "rule.unanswerable", rule=unanswered.rule_code, event_id=str(event.id), error=unanswered.reason
        )
    return judged


async def _facts(ctx: Context, event: Event[Any], region_code: str) -> dict[str, object]:
    name = await routing.region_name(ctx, region_code)
    return facts_of(event, region_code=region_code, region_name=name)


async def _region_of(ctx: Context, event: Event[Any]) -> str:
    if event.region_code:
        return event.region_code
    enterprise_id = getattr(event.payload, "enterprise_id", None)
    region_code = None if enterprise_id is None else await routing.region_of_enterprise(ctx, enterprise_id)
    if region_code is None:
        raise EventWithoutRegion(f"{event.type} {event.id} names no region")
    return region_code
