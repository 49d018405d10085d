"""What people do between the acknowledgement and the end: handle, assign, weigh, verify, reopen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.alerts import AlertStage, AlertStatus, Severity
from libs.common.registry import queries
from libs.common.security.principal import Role
from libs.common.web.problems import Forbidden
from services.alerts.escalation import service as escalation
from services.alerts.notifications import service as notifications
from services.alerts.notifications.domain.message import Reason
from services.alerts.routing import service as routing
from services.alerts.trail import repository as alerts
from services.alerts.trail import service as trail
from services.alerts.trail.domain.life import LIVE_STAGES, STATUS, Act, TrailKind, outranks
from services.alerts.trail.errors import AlertAlreadyResolved
from services.alerts.trail.labels import relabel
from services.alerts.trail.tables import AlertRow
from services.alerts.warnings.errors import (
    DoneInFuture,
    LiveTwin,
    SameSeverity,
    UnknownAssignee,
    VerifiedByResolver,
)
from services.alerts.warnings.service.acts import lock_alert, tell_systems
from services.alerts.warnings.tables import HandlingRow


async def record_handling(
    ctx: Context, alert_id: UUID, note: str, attachments: Sequence[dict[str, Any]], done_at: datetime | None
) -> HandlingRow:
    """Write down what was done; the first record begins the handling.

    `done_at` is when it was done, by default now. Raises AlertNotFound, AlertAlreadyResolved, ActNotPossible while
    nobody has acknowledged the alert, DoneInFuture.
    """
    alert = await lock_alert(ctx, alert_id)
    stage = trail.require_act(alert, Act.HANDLE)
    done = done_at or ctx.now
    if done > ctx.now:
        raise DoneInFuture(done_at=done)
    actor = trail.actor_of(ctx.principal)
    if alert.handling_at is None:
        alert.handling_at, alert.handled_by = ctx.now, actor
    alert.status = STATUS[stage].value
    row = HandlingRow(
        id=ctx.new_id(),
        alert_id=alert.id,
        note=note,
        attachments=list(attachments),
        done_at=done,
        recorded_at=ctx.now,
        recorded_by=actor,
    )
    ctx.session.add(row)
    trail.append(
        ctx,
        alert,
        TrailKind.HANDLED,
        {"handling_id": row.id, "note": note, "attachments": row.attachments, "done_at": done},
    )
    await tell_systems(ctx, alert, await trail.publish_handled(ctx, alert, row.id))
    return row


async def assign_alert(
    ctx: Context, alert_id: UUID, person_id: UUID | None, unit_id: UUID | None, reason: str | None
) -> AlertRow:
    """Make a person, a unit or both responsible; the person is told.

    Raises AlertNotFound, AlertAlreadyResolved, UnknownAssignee.
    """
    alert = await lock_alert(ctx, alert_id)
    if alert.stage not in LIVE_STAGES:
        raise AlertAlreadyResolved(number=alert.number, stage=alert.stage)
    person = None if person_id is None else await routing.find_person(ctx, person_id)
    if person_id is not None and person is None:
        raise UnknownAssignee(assignee=person_id)
    if unit_id is not None and await queries.unit_name(ctx.session, unit_id) is None:
        raise UnknownAssignee(assignee=unit_id)
    facts = {
        "person_id": person_id,
        "unit_id": unit_id,
        "from_person_id": alert.responsible_person_id,
        "from_unit_id": alert.responsible_unit_id,
        "reason": reason,
    }
    alert.responsible_person_id = person_id
    alert.responsible_unit_id = unit_id if unit_id is not None or person is None else person.unit_id
    trail.append(ctx, alert, TrailKind.ASSIGNED, facts)
    payload = await trail.publish_assigned(ctx, alert, reason)
    await tell_systems(ctx, alert, payload)
    if person is not None:
        reached = await notifications.reach(ctx, [person], person.post, alert.region_code)
        own = [recipient for recipient in reached if recipient.person_id == person.person_id]
        await notifications.tell(ctx, alert, payload, Reason.ASSIGNED, own)
    return alert


async def change_severity(ctx: Context, alert_id: UUID, severity: Severity, reason: str) -> AlertRow:
    """Weigh the alert otherwise than its rule does: graver begins the chase anew, milder only slows its clocks.

    An officer may raise; to lower is for those above. Raises AlertNotFound, AlertAlreadyResolved, SameSeverity,
    Forbidden.
    """
    alert = await lock_alert(ctx, alert_id)
    before = Severity(alert.severity)
    if alert.stage not in LIVE_STAGES:
        raise AlertAlreadyResolved(number=alert.number, stage=alert.stage)
    if severity is before:
        raise SameSeverity(number=alert.number, severity=severity)
    rises = outranks(severity, before)
    if not rises and ctx.principal.role is Role.OFFICER:
        raise Forbidden
    actor = trail.actor_of(ctx.principal)
    alert.severity, alert.severity_by = severity.value, actor
    relabel(alert, severity)
    if rises:
        trail.require_act(alert, Act.RAISE)
        alert.status, alert.promised_at = AlertStatus.OPEN.value, None
        if outranks(severity, Severity(alert.told_severity)):
            alert.told_severity = severity.value
    facts = {"severity": severity.value, "from_severity": before.value, "reason": reason}
    trail.append(ctx, alert, TrailKind.SEVERITY_CHANGED, facts)
    payload = await trail.publish_amended(ctx, alert, amended_by=actor, reason=reason)
    await tell_systems(ctx, alert, payload)
    if rises:
        await notifications.tell(ctx, alert, payload, Reason.AMENDED, await notifications.told_before(ctx, alert))
        await escalation.rewind(ctx, alert)
    else:
        await escalation.recompute(ctx, alert)
    return alert


async def verify_alert(ctx: Context, alert_id: UUID, note: str | None) -> AlertRow:
    """Confirm what another person resolved (销号). Raises AlertNotFound, ActNotPossible, VerifiedByResolver."""
    alert = await lock_alert(ctx, alert_id)
    trail.require_act(alert, Act.VERIFY)
    _ensure_another(ctx, alert)
    alert.verified_at, alert.verified_by = ctx.now, trail.actor_of(ctx.principal)
    alert.verification = note
    trail.append(ctx, alert, TrailKind.VERIFIED, {"note": note})
    await tell_systems(ctx, alert, await trail.publish_closed(ctx, alert, note))
    return alert


async def reject_alert(ctx: Context, alert_id: UUID, reason: str) -> AlertRow:
    """Refuse what another person resolved: the alert is open again, and the chase begins anew.

    Raises AlertNotFound, ActNotPossible, VerifiedByResolver, LiveTwin.
    """
    alert = await lock_alert(ctx, alert_id)
    trail.require_act(alert, Act.REJECT)
    _ensure_another(ctx, alert)
    await ensure_no_twin(ctx, alert)
    await reopen(ctx, alert, TrailKind.REJECTED, reason)
    return alert


async def reopen_alert(ctx: Context, alert_id: UUID, reason: str) -> AlertRow:
    """Open a resolved or closed alert again. Raises AlertNotFound, ActNotPossible, LiveTwin."""
    alert = await lock_alert(ctx, alert_id)
    trail.require_act(alert, Act.REOPEN)
    await ensure_no_twin(ctx, alert)
    await reopen(ctx, alert, TrailKind.REOPENED, reason)
    return alert


async def reopen(ctx: Context, alert: AlertRow, kind: TrailKind, reason: str) -> None:
    """Open a locked alert again and begin its chase anew; the caller knows that no other is live for its key."""
    facts = {"reason": reason, "resolved_by": alert.resolved_by, "resolution": alert.resolution}
    forget_end(alert)
    alert.reopened += 1
    trail.append(ctx, alert, kind, facts)
    payload = await trail.publish_reopened(ctx, alert, reason)
    await tell_systems(ctx, alert, payload)
    await escalation.restart(ctx, alert, payload)


async def ensure_no_twin(ctx: Context, alert: AlertRow) -> None:
    """Raises LiveTwin when another live alert has the same key meanwhile: the two may be merged or linked."""
    twin = await alerts.find_live(ctx.session, alert.dedup_key)
    if twin is not None and twin.id != alert.id:
        raise LiveTwin(number=alert.number, twin_number=twin.number, twin_id=twin.id)


def forget_end(alert: AlertRow) -> None:
    """The alert is open as on its first day; what was stays in the trail."""
    alert.status = AlertStatus.OPEN.value
    alert.acknowledged_at = alert.acknowledged_by = alert.promised_at = None
    alert.handling_at = alert.handled_by = None
    alert.cleared_at = alert.resolved_at = alert.resolved_by = alert.resolution = None
    alert.is_true_alarm = None
    alert.verified_at = alert.verified_by = alert.verification = None
    alert.told_severity = alert.severity


def _ensure_another(ctx: Context, alert: AlertRow) -> None:
    if alert.resolved_by == trail.actor_of(ctx.principal) and alert.stage is AlertStage.RESOLVED:
        raise VerifiedByResolver(number=alert.number)
