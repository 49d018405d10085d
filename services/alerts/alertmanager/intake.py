"""From alerts of other systems to alerts of ours, many at once: opened, kept up to date, ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from prometheus_client import Counter
from sqlalchemy import insert

from libs.common.context import Context
from libs.common.contracts.alerts import AlertResolvedV1, AlertStage, AlertState, AlertStatus
from libs.common.outbox.record import event_row, record_events
from libs.common.remember import remembering
from services.alerts.alertmanager import repository
from services.alerts.alertmanager.domain import adoption
from services.alerts.alertmanager.repository import Untaken
from services.alerts.escalation import policies
from services.alerts.escalation import service as escalation
from services.alerts.grouping import repository as groups
from services.alerts.grouping import service as grouping
from services.alerts.notifications import repository as notices
from services.alerts.notifications import service as notifications
from services.alerts.routing import trees
from services.alerts.routing.domain.tree import Traveller
from services.alerts.seals import service as seals
from services.alerts.trail import service as trail
from services.alerts.trail.domain import chain
from services.alerts.trail.domain.life import LIVE_STAGES, TrailKind
from services.alerts.trail.many import write
from services.alerts.trail.tables import EXTERNAL, AlertRow
from services.alerts.warnings import clearing
from services.alerts.warnings import service as handling

TAKEN = Counter("duban_alerts_external_total", "Alerts of other systems by what became of them", ["effect"])

_ENDED = "the sender ended it"
_TIMED_OUT = "not sent any more"


async def take(ctx: Context, limit: int = 1000) -> int:
    """Bring our alerts up to what was sent and what has ended; answers how many were looked at.

    The number of statements does not depend on how many there are, but for those that a policy chases.
    """
    rows = await repository.lock_untaken(ctx.session, ctx.now, limit)
    if not rows:
        return 0
    with remembering(ctx.session):
        await _take(ctx, rows)
    await ctx.session.flush()
    await repository.put_taken(ctx.session, rows)
    return len(rows)


async def _take(ctx: Context, rows: Sequence[Untaken]) -> None:
    lasting = [row for row in rows if row.ends_at > ctx.now]
    known = await _known(ctx, rows)
    for row in lasting:
        earlier = known.get(row.alert_id) if row.alert_id else None
        # A person has opened it again meanwhile: it is that one.
        row.live = row.live or (earlier is not None and earlier.stage in LIVE_STAGES)
    await _open(ctx, [row for row in lasting if not row.live])
    await _keep(ctx, [row for row in lasting if row.live], known)
    await _end(ctx, [row for row in rows if row.ends_at <= ctx.now], known)


async def _known(ctx: Context, rows: Sequence[Untaken]) -> dict[UUID, AlertRow]:
    """Our alerts of the rows, locked in the order of their ids."""
    wanted = [row.alert_id for row in rows if row.alert_id is not None]
    return {alert.id: alert for alert in await groups.lock_alerts(ctx.session, wanted)}


@dataclass(frozen=True, slots=True)
class _New:
    row: Untaken
    values: dict[str, Any]
    entry: chain.Entry
    is_chased: bool


async def _open(ctx: Context, rows: Sequence[Untaken]) -> None:
    if not rows:
        return
    forest = await trees.forest_of(ctx)
    chased_by: dict[str, dict[str, Any] | None] = {}
    beginning = await seals.beginning(ctx)
    made = [await _new(ctx, row, forest, chased_by, beginning) for row in rows]
    opened = list(
        await ctx.session.scalars(
            insert(AlertRow).returning(AlertRow, sort_by_parameter_order=True), [one.values for one in made]
        )
    )
    await write(ctx, [one.entry for one in made])
    for one, alert in zip(made, opened, strict=True):
        one.row.alert_id, one.row.live = alert.id, True
    await record_events(ctx, [_event(ctx, alert, trail.state_of(alert)) for alert in opened])
    await _tell_subscribers(ctx, opened)
    for one, alert in zip(made, opened, strict=True):
        if one.is_chased:
            await escalation.start(ctx, alert, trail.state_of(alert))
    await ctx.session.flush()
    await grouping.place(ctx, opened, are_new=True)
    TAKEN.labels("opened").inc(len(opened))


async def _new(
    ctx: Context,
    row: Untaken,
    forest: trees.Forest,
    chased_by: dict[str, dict[str, Any] | None],
    beginning: str,
) -> _New:
    labels, annotations = orjson.loads(row.labels), orjson.loads(row.annotations)
    policy = await _policy(ctx, forest, labels, row.region_code, chased_by)
    severity = adoption.severity_of(labels)
    texts = _texts(labels, annotations)
    alert_id = ctx.new_id()
    facts = {"annotations": annotations, "generator_url": row.generator_url, "chased": policy is not None}
    entry = chain.link(
        alert_id=alert_id,
        seq=1,
        kind=TrailKind.OPENED,
        at=ctx.now,
        actor=trail.actor_of(ctx.principal),
        facts={"severity": severity.value, "source": EXTERNAL, "labels": labels, "annotations": annotations},
        previous=beginning,
    )
    values = {
        "id": alert_id,
        "version": 1,
        "source": EXTERNAL,
        "rule_code": adoption.RULE_CODE,
        "rule_revision": 0,
        "resolves_when_cleared": True,
        "severity": severity.value,
        "judged_severity": severity.value,
        "told_severity": severity.value,
        "status": AlertStatus.OPEN.value,
        **texts,
        "object_type": adoption.OBJECT_TYPE,
        "object_id": f"{row.region_code}/{row.fingerprint}",
        "object_label": labels.get("instance"),
        "object_name": labels.get("instance") or labels.get("job") or labels.get(adoption.ALERT_NAME),
        "condition_kind": labels.get(adoption.ALERT_NAME, adoption.RULE_CODE),
        "dedup_key": f"{adoption.OBJECT_TYPE}:{row.region_code}/{row.fingerprint}",
        "promises_broken": 0,
        "reopened": 0,
        "region_code": row.region_code,
        "facts": facts,
        "labels": labels,
        "source_event_id": ctx.new_id(),
        "occurred_at": row.starts_at,
        "received_at": row.updated_at,
        "updated_at": ctx.now,
        "policy": policy or _UNCHASED,
        "escalation_level": -1 if policy is not None else 0,
        # The alert is inserted with the first entry of its trail: the id is ours to choose.
        "trail_length": entry.seq,
        "trail_head": entry.digest,
    }
    return _New(row, values, entry, policy is not None)


_UNCHASED = adoption.UNCHASED.model_dump(mode="json")


async def _policy(
    ctx: Context,
    forest: trees.Forest,
    labels: Mapping[str, str],
    region_code: str,
    known: dict[str, dict[str, Any] | None],
) -> dict[str, Any] | None:
    """The policy that a route of the alert names; without one its own system tells people."""
    tree = forest.tree_for(region_code, ctx.now)
    for route in tree.match(Traveller(labels, region_code)):
        code = tree.spec.receiver(route.receiver).policy_code
        if code is None:
            continue
        if code not in known:
            exists = await policies.exists(ctx, code, ctx.now)
            known[code] = (await policies.in_force(ctx, code)).model_dump(mode="json") if exists else None
        if known[code] is not None:
            return known[code]
    return None


def _texts(labels: Mapping[str, str], annotations: Mapping[str, str]) -> dict[str, str]:
    return {
        "title_zh": adoption.title_of(labels, annotations, english=False),
        "title_en": adoption.title_of(labels, annotations, english=True),
        "text_zh": adoption.text_of(annotations, english=False),
        "text_en": adoption.text_of(annotations, english=True),
    }


async def _keep(ctx: Context, rows: Sequence[Untaken], known: Mapping[UUID, AlertRow]) -> None:
    """New annotations and an earlier start are taken over; that the same was sent again is no change."""
    for row in rows:
        alert = known.get(row.alert_id) if row.alert_id else None
        if alert is not None:
            _bring_up(alert, row, ctx.now)
    TAKEN.labels("kept").inc(len(rows))


def _bring_up(alert: AlertRow, row: Untaken, now: datetime) -> None:
    annotations = orjson.loads(row.annotations)
    if alert.facts.get("annotations") != annotations or alert.facts.get("generator_url") != row.generator_url:
        alert.facts = {**alert.facts, "annotations": annotations, "generator_url": row.generator_url}
        for name, text in _texts(alert.labels, annotations).items():
            setattr(alert, name, text)
        alert.updated_at = now
    if alert.occurred_at != row.starts_at:
        alert.occurred_at = row.starts_at


async def _end(ctx: Context, rows: Sequence[Untaken], known: Mapping[UUID, AlertRow]) -> None:
    ended: list[tuple[Untaken, AlertRow]] = []
    for row in rows:
        alert = known.get(row.alert_id) if row.alert_id else None
        was_live, row.live = row.live, False
        if alert is None:
            # It had ended before we heard of it.
            continue
        _bring_up(alert, row, ctx.now)
        if was_live and alert.status != AlertStatus.RESOLVED:
            ended.append((row, alert))
        elif was_live and alert.stage is AlertStage.RESOLVED:
            # A person had resolved it; that the sender ended it verifies it.
            reason = _TIMED_OUT if row.is_timeout else _ENDED
            await clearing.confirm(ctx, alert, reason, {"reason": reason, "ended_at": row.ends_at})
        elif alert.resolution in (_ENDED, _TIMED_OUT):
            # The end was sent again, and corrected.
            alert.resolved_at = row.ends_at
    await ctx.session.flush()
    await _resolve(ctx, ended)
    TAKEN.labels("ended").inc(len(ended))


async def _resolve(ctx: Context, ended: Sequence[tuple[Untaken, AlertRow]]) -> None:
    plain: list[AlertRow] = []
    for row, alert in ended:
        reason = _TIMED_OUT if row.is_timeout else _ENDED
        if alert.facts.get("chased"):
            await handling.close(ctx, alert, reason)
        else:
            alert.status = AlertStatus.RESOLVED.value
            alert.resolved_by, alert.resolution = trail.actor_of(ctx.principal), reason
            alert.verified_at, alert.verified_by = ctx.now, trail.actor_of(ctx.principal)
            alert.version += 1
            alert.updated_at = ctx.now
            plain.append(alert)
        alert.resolved_at = row.ends_at
    entries = [trail.linked(ctx, alert, TrailKind.RESOLVED, {"reason": alert.resolution}) for alert in plain]
    await ctx.session.flush()
    await write(ctx, entries)
    await record_events(ctx, [_event(ctx, alert, _payload(alert)) for alert in plain])
    await _tell_subscribers(ctx, plain)


async def _tell_subscribers(ctx: Context, alerts: Sequence[AlertRow]) -> None:
    if not alerts or not await notices.has_subscriptions(ctx.session):
        return
    for alert in alerts:
        await notifications.tell_subscribers(ctx, alert, _payload(alert))


def _payload(alert: AlertRow) -> AlertState:
    if alert.status != AlertStatus.RESOLVED:
        return trail.state_of(alert)
    return AlertResolvedV1(
        **trail.facts_of(alert), resolved_by=alert.resolved_by or "", reason=alert.resolution or ""
    )


def _event(ctx: Context, alert: AlertRow, payload: AlertState) -> dict[str, object]:
    return event_row(
        ctx,
        payload,
        subject=str(alert.id),
        aggregate_version=alert.version,
        region_code=alert.region_code,
        enterprise_id=alert.enterprise_id,
    )
