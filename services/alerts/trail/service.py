"""Writing an alert's record: trail entries and events, always together with the change itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts import alerts as contract
from libs.common.contracts.alerts import AlertStage, AlertStatus, Severity
from libs.common.outbox.record import record_event
from libs.common.security.principal import Principal
from services.alerts.trail import repository
from services.alerts.trail.domain import chain
from services.alerts.trail.domain.life import LIVE_STAGES, Act, TrailKind, after, possible
from services.alerts.trail.domain.naming import nameless
from services.alerts.trail.errors import ActNotPossible, AlertAlreadyResolved
from services.alerts.trail.tables import AlertRow

# What is asked of alerts that are not live any more: there "already resolved" would be no answer.
_OF_RESOLVED = frozenset({Act.VERIFY, Act.REJECT, Act.REOPEN, Act.UNMERGE})


def actor_of(principal: Principal) -> str:
    """How the trail names a caller: the person if known, else the account, key or system."""
    return f"person:{principal.person_id}" if principal.person_id else principal.subject


def append(ctx: Context, alert: AlertRow, kind: TrailKind, facts: Mapping[str, object]) -> None:
    """Add an entry to the trail of a locked alert, by the caller of `ctx`, at its instant."""
    repository.add_entry(ctx.session, linked(ctx, alert, kind, facts))


def linked(ctx: Context, alert: AlertRow, kind: TrailKind, facts: Mapping[str, object]) -> chain.Entry:
    """The next entry of a locked alert, which is the end of its chain from now on; to be written by the caller."""
    entry = chain.link(
        alert_id=alert.id,
        seq=alert.trail_length + 1,
        kind=kind,
        at=ctx.now,
        actor=actor_of(ctx.principal),
        facts=nameless(facts),
        previous=alert.trail_head,
    )
    alert.trail_length = entry.seq
    alert.trail_head = entry.digest
    if kind is TrailKind.PROMISE_BROKEN:
        alert.promises_broken += 1
    return entry


async def publish_opened(ctx: Context, alert: AlertRow) -> contract.AlertState:
    """The event of an alert that was inserted with version 1, which is this event's."""
    return await _record(ctx, alert, contract.AlertOpenedV1(**facts_of(alert)))


async def publish_amended(
    ctx: Context, alert: AlertRow, *, amended_by: str | None = None, reason: str | None = None
) -> contract.AlertState:
    return await _publish(
        ctx, alert, contract.AlertAmendedV1(**facts_of(alert), amended_by=amended_by, reason=reason)
    )


async def publish_acknowledged(ctx: Context, alert: AlertRow) -> contract.AlertState:
    return await _publish(
        ctx,
        alert,
        contract.AlertAcknowledgedV1(
            **facts_of(alert), acknowledged_by=alert.acknowledged_by or "", promised_at=alert.promised_at
        ),
    )


async def publish_handled(ctx: Context, alert: AlertRow, handling_id: UUID) -> contract.AlertState:
    handled_by = actor_of(ctx.principal)
    return await _publish(
        ctx, alert, contract.AlertHandledV1(**facts_of(alert), handling_id=handling_id, handled_by=handled_by)
    )


async def publish_assigned(ctx: Context, alert: AlertRow, reason: str | None) -> contract.AlertState:
    assigned_by = actor_of(ctx.principal)
    return await _publish(
        ctx, alert, contract.AlertAssignedV1(**facts_of(alert), assigned_by=assigned_by, reason=reason)
    )


async def publish_closed(ctx: Context, alert: AlertRow, reason: str | None) -> contract.AlertState:
    verified_by = alert.verified_by or ""
    return await _publish(
        ctx, alert, contract.AlertClosedV1(**facts_of(alert), verified_by=verified_by, reason=reason)
    )


async def publish_reopened(ctx: Context, alert: AlertRow, reason: str) -> contract.AlertState:
    reopened_by = actor_of(ctx.principal)
    return await _publish(
        ctx, alert, contract.AlertReopenedV1(**facts_of(alert), reopened_by=reopened_by, reason=reason)
    )


async def publish_merged(ctx: Context, alert: AlertRow, into: UUID, reason: str | None) -> contract.AlertState:
    merged_by = actor_of(ctx.principal)
    return await _publish(
        ctx,
        alert,
        contract.AlertMergedV1(**facts_of(alert), merged_into=into, merged_by=merged_by, reason=reason),
    )


async def publish_unmerged(ctx: Context, alert: AlertRow, source: UUID, reason: str | None) -> contract.AlertState:
    unmerged_by = actor_of(ctx.principal)
    return await _publish(
        ctx,
        alert,
        contract.AlertUnmergedV1(**facts_of(alert), unmerged_from=source, unmerged_by=unmerged_by, reason=reason),
    )


async def publish_linked(
    ctx: Context, alert: AlertRow, other: UUID, relation: str, *, linked: bool
) -> contract.AlertState:
    return await _publish(
        ctx,
        alert,
        contract.AlertLinkedV1(
            **facts_of(alert),
            other_alert_id=other,
            relation=relation,
            linked=linked,
            linked_by=actor_of(ctx.principal),
        ),
    )


async def publish_escalated(ctx: Context, alert: AlertRow, post: str) -> contract.AlertState:
    return await _publish(ctx, alert, contract.AlertEscalatedV1(**facts_of(alert), post=post))


async def publish_commented(ctx: Context, alert: AlertRow) -> contract.AlertState:
    return await _publish(
        ctx, alert, contract.AlertCommentedV1(**facts_of(alert), comment_by=actor_of(ctx.principal))
    )


async def publish_resolved(ctx: Context, alert: AlertRow) -> contract.AlertState:
    return await _publish(
        ctx,
        alert,
        contract.AlertResolvedV1(
            **facts_of(alert),
            resolved_by=alert.resolved_by or "",
            reason=alert.resolution or "",
            is_true_alarm=alert.is_true_alarm,
        ),
    )


def state_of(alert: AlertRow) -> contract.AlertState:
    """The alert as it stands, for messages that tell of no change; named like the event that opened it."""
    return contract.AlertOpenedV1(**facts_of(alert))


async def verify(ctx: Context, alert_id: UUID) -> int | None:
    """The first entry of the trail that was tampered with, or None when the chain is whole."""
    alert = await repository.find(ctx.session, alert_id)
    if alert is None:
        return 1
    entries = await repository.list_entries(ctx.session, alert_id)
    return chain.first_break(entries, alert.trail_length, alert.trail_head)


async def _publish(ctx: Context, alert: AlertRow, payload: contract.AlertState) -> contract.AlertState:
    alert.version += 1
    alert.updated_at = ctx.now
    # The row leaves before the event: both are written in the order in which they will be read.
    await ctx.session.flush()
    return await _record(ctx, alert, payload)


async def _record(ctx: Context, alert: AlertRow, payload: contract.AlertState) -> contract.AlertState:
    await record_event(
        ctx,
        payload,
        subject=str(alert.id),
        aggregate_version=alert.version,
        region_code=alert.region_code,
        enterprise_id=alert.enterprise_id,
    )
    return payload


def facts_of(alert: AlertRow) -> dict[str, Any]:
    """The fields that every event of the alert carries."""
    return {
        "alert_id": alert.id,
        "number": alert.number,
        "rule_code": alert.rule_code,
        "severity": Severity(alert.severity),
        "status": AlertStatus(alert.status),
        "title_zh": alert.title_zh,
        "title_en": alert.title_en,
        "object_type": alert.object_type,
        "object_id": alert.object_id,
        "condition_kind": alert.condition_kind,
        "region_code": alert.region_code,
        "enterprise_id": alert.enterprise_id,
        "occurred_at": alert.occurred_at,
        "received_at": alert.received_at,
        "escalation_level": max(alert.escalation_level, 0),
        "source_event_id": alert.source_event_id,
        "stage": alert.stage,
        "labels": alert.labels,
        "responsible_person_id": alert.responsible_person_id,
        "responsible_unit_id": alert.responsible_unit_id,
    }


def require_act(alert: AlertRow, act: Act) -> AlertStage:
    """The stage that follows the act. Raises AlertAlreadyResolved and ActNotPossible, naming what is possible."""
    stage = alert.stage
    follows = after(stage, act)
    if follows is not None:
        return follows
    if stage not in LIVE_STAGES and act not in _OF_RESOLVED:
        raise AlertAlreadyResolved(number=alert.number, stage=stage)
    raise ActNotPossible(number=alert.number, stage=stage, act=act, possible=possible(stage))
