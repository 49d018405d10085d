"""Alerts that belong together: duplicates become one, relations are noted."""

from __future__ import annotations

from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.alerts import AlertStatus, Severity
from services.alerts.escalation import service as escalation
from services.alerts.notifications import service as notifications
from services.alerts.notifications.domain.message import Reason
from services.alerts.trail import service as trail
from services.alerts.trail.domain.life import LIVE_STAGES, Act, TrailKind, outranks
from services.alerts.trail.errors import AlertNotFound
from services.alerts.trail.labels import relabel
from services.alerts.trail.tables import AlertRow
from services.alerts.warnings import repository
from services.alerts.warnings.errors import LinkCycle, LinkNotFound, LinkStands, MergeIntoItself, MergeTarget
from services.alerts.warnings.service.acts import close, get_alert, tell_systems
from services.alerts.warnings.service.handling import ensure_no_twin, forget_end
from services.alerts.warnings.tables import LinkRow

RELATED = "related"
CAUSED_BY = "caused_by"


async def merge_alert(ctx: Context, alert_id: UUID, into_id: UUID, reason: str | None) -> AlertRow:
    """Make the alert a duplicate of another: its conditions hold that one open from now on, its trail stays.

    What was merged into it before is carried along. A graver duplicate raises the survivor. Raises AlertNotFound,
    AlertAlreadyResolved, ActNotPossible, MergeIntoItself, MergeTarget.
    """
    if alert_id == into_id:
        raise MergeIntoItself
    alert, survivor = await _lock_both(ctx, alert_id, into_id)
    trail.require_act(alert, Act.MERGE)
    if survivor.stage not in LIVE_STAGES:
        raise MergeTarget(number=survivor.number, stage=survivor.stage)
    children = await repository.list_merged(ctx.session, alert.id)
    for one in (alert, *children):
        one.merged_into = survivor.id
    alert.status = AlertStatus.RESOLVED.value
    alert.resolved_at, alert.resolved_by, alert.resolution = ctx.now, trail.actor_of(ctx.principal), reason
    await escalation.stop(ctx, alert)
    moved = await repository.move_conditions(ctx.session, alert.id, survivor.id)
    facts: dict[str, object] = {"reason": reason, "conditions": moved}
    into = {"into": survivor.id, "into_number": survivor.number}
    for child in children:
        trail.append(ctx, child, TrailKind.MERGED, {"reason": reason, "with": alert.id, **into})
    trail.append(ctx, alert, TrailKind.MERGED, {**facts, **into})
    trail.append(ctx, survivor, TrailKind.ABSORBED, {**facts, "alert_id": alert.id, "number": alert.number})
    await tell_systems(ctx, alert, await trail.publish_merged(ctx, alert, survivor.id, reason))
    await _take_weight(ctx, survivor, Severity(alert.severity), Severity(alert.judged_severity))
    return alert


async def unmerge_alert(ctx: Context, alert_id: UUID, reason: str | None) -> AlertRow:
    """The alert was no duplicate: its own conditions come back, and it is chased again while one of them lasts.

    Raises AlertNotFound, ActNotPossible, LiveTwin.
    """
    alert = await get_alert(ctx, alert_id)
    trail.require_act(alert, Act.UNMERGE)
    survivor_id = alert.merged_into
    assert survivor_id is not None
    alert, survivor = await _lock_both(ctx, alert_id, survivor_id, may_be_hidden=True)
    trail.require_act(alert, Act.UNMERGE)
    await ensure_no_twin(ctx, alert)
    returned, still_open = await repository.return_conditions(ctx.session, alert.id, survivor.id)
    facts: dict[str, object] = {"reason": reason, "conditions": returned}
    alert.merged_into = None
    forget_end(alert)
    trail.append(ctx, alert, TrailKind.UNMERGED, {**facts, "from": survivor.id, "from_number": survivor.number})
    trail.append(ctx, survivor, TrailKind.RELEASED, {**facts, "alert_id": alert.id, "number": alert.number})
    payload = await trail.publish_unmerged(ctx, alert, survivor.id, reason)
    await tell_systems(ctx, alert, payload)
    if returned and not still_open and alert.resolves_when_cleared:
        await close(ctx, alert, "ended_while_merged")
    else:
        await escalation.restart(ctx, alert, payload)
    if survivor.stage in LIVE_STAGES and survivor.resolves_when_cleared:
        await _close_if_empty(ctx, survivor)
    return alert


async def link_alerts(ctx: Context, alert_id: UUID, other_id: UUID, relation: str, reason: str | None) -> LinkRow:
    """Note that two alerts are related, or that one was caused by the other.

    Raises AlertNotFound, MergeIntoItself, LinkStands, LinkCycle.
    """
    if alert_id == other_id:
        raise MergeIntoItself
    alert, other = await _lock_both(ctx, alert_id, other_id)
    first, second = (alert, other) if relation == CAUSED_BY or alert.id < other.id else (other, alert)
    if await repository.find_link(ctx.session, first.id, second.id, relation) is not None:
        raise LinkStands(number=alert.number, other_number=other.number)
    if relation == CAUSED_BY and await repository.is_cause_of(ctx.session, first.id, second.id):
        raise LinkCycle(number=alert.number, other_number=other.number)
    row = LinkRow(
        id=ctx.new_id(),
        alert_id=first.id,
        other_id=second.id,
        relation=relation,
        reason=reason,
        created_at=ctx.now,
        created_by=trail.actor_of(ctx.principal),
    )
    ctx.session.add(row)
    await _note_link(ctx, alert, other, row, TrailKind.LINKED)
    return row


async def unlink_alerts(ctx: Context, alert_id: UUID, link_id: UUID) -> None:
    """Take a relation back; it stays in both trails. Raises AlertNotFound, LinkNotFound."""
    await get_alert(ctx, alert_id)
    row = await repository.find_standing_link(ctx.session, link_id, alert_id)
    if row is None:
        raise LinkNotFound
    other_id = row.other_id if row.alert_id == alert_id else row.alert_id
    alert, other = await _lock_both(ctx, alert_id, other_id, may_be_hidden=True)
    row.removed_at, row.removed_by = ctx.now, trail.actor_of(ctx.principal)
    await _note_link(ctx, alert, other, row, TrailKind.UNLINKED)


async def _note_link(ctx: Context, alert: AlertRow, other: AlertRow, row: LinkRow, kind: TrailKind) -> None:
    for one, another in ((alert, other), (other, alert)):
        relation = row.relation
        if relation == CAUSED_BY and one.id == row.other_id:
            relation = "cause_of"
        facts = {"link_id": row.id, "other_id": another.id, "other_number": another.number, "relation": relation}
        trail.append(ctx, one, kind, {**facts, "reason": row.reason})
        payload = await trail.publish_linked(ctx, one, another.id, relation, linked=kind is TrailKind.LINKED)
        await tell_systems(ctx, one, payload)


async def _take_weight(ctx: Context, survivor: AlertRow, severity: Severity, judged: Severity) -> None:
    """The survivor is as grave as the gravest of the two, and whoever knows of it hears of that."""
    if outranks(judged, Severity(survivor.judged_severity)):
        survivor.judged_severity = judged.value
    before = Severity(survivor.severity)
    if not outranks(severity, before):
        await tell_systems(ctx, survivor, await trail.publish_amended(ctx, survivor))
        return
    trail.require_act(survivor, Act.RAISE)
    survivor.severity = severity.value
    relabel(survivor, severity)
    survivor.status, survivor.promised_at = AlertStatus.OPEN.value, None
    survivor.told_severity = severity.value
    trail.append(ctx, survivor, TrailKind.AMENDED, {"severity": severity.value, "from_severity": before.value})
    payload = await trail.publish_amended(ctx, survivor)
    await tell_systems(ctx, survivor, payload)
    told = await notifications.told_before(ctx, survivor)
    await notifications.tell(ctx, survivor, payload, Reason.AMENDED, told)
    await escalation.raise_severity(ctx, survivor)


async def _close_if_empty(ctx: Context, survivor: AlertRow) -> None:
    """Only the conditions that went back had held it open."""
    if await repository.count_conditions(ctx.session, survivor.id) and not await repository.count_open_conditions(
        ctx.session, survivor.id
    ):
        await close(ctx, survivor, "ended_while_merged")
    else:
        await tell_systems(ctx, survivor, await trail.publish_amended(ctx, survivor))


async def _lock_both(
    ctx: Context, alert_id: UUID, other_id: UUID, *, may_be_hidden: bool = False
) -> tuple[AlertRow, AlertRow]:
    """Both alerts, locked in one order for everybody: first their conditions, as the intake does, then by id.

    Raises AlertNotFound when the caller may not see one of them; `may_be_hidden` lets the second be.
    """
    for one in (alert_id,) if may_be_hidden else (alert_id, other_id):
        await get_alert(ctx, one)
    found = await repository.lock_with_conditions(ctx.session, {alert_id, other_id})
    if len(found) != 2:
        raise AlertNotFound
    return found[alert_id], found[other_id]
