"""Climbing: who is told next and when. Every function takes an alert that its caller holds locked."""

from __future__ import annotations

from datetime import datetime, timedelta

from libs.common.context import Context
from libs.common.contracts.alerts import AlertState, AlertStatus, Severity
from libs.common.registry.queries import work_calendar
from services.alerts.escalation import repository
from services.alerts.escalation.domain.ladder import ClockMode, Due, Policy, due_after
from services.alerts.escalation.errors import PromiseInPast, PromiseTooFar
from services.alerts.escalation.tables import TimerRow
from services.alerts.muting import service as muting
from services.alerts.notifications import service as notifications
from services.alerts.notifications.domain.message import Reason
from services.alerts.notifications.service import Recipient
from services.alerts.routing import service as routing
from services.alerts.trail import service as trail
from services.alerts.trail.domain.life import TrailKind
from services.alerts.trail.tables import AlertRow


async def start(ctx: Context, alert: AlertRow, payload: AlertState) -> None:
    """Begin the chase of an alert that has just opened; `payload` is the event that says so.

    Of a muted one nobody is told: the chase begins when the mute ends.
    """
    quiet = await muting.settle(ctx, alert)
    if quiet is not None:
        first = _policy(alert).next_rung(Severity(alert.severity), alert.escalation_level)
        _add_timer(ctx, alert, "rung", first, muting.look_again_at(ctx, quiet))
        await ctx.session.flush()
        return
    await _climb(ctx, alert, Reason.OPENED, payload)


async def raise_severity(ctx: Context, alert: AlertRow) -> None:
    """The alert became graver: its clock and delays are those of the new severity, from now on.

    A rung that was due sooner stays due then. The caller has voided an acknowledgement, which was given for less.
    """
    pending = await repository.find_pending_timer(ctx.session, alert.id)
    kept = pending.due_at if pending is not None and pending.kind == "rung" else None
    await repository.cancel_timers(ctx.session, alert.id, ctx.now)
    await _plan_next(ctx, alert, not_after=kept)


async def keep_promise_in_view(ctx: Context, alert: AlertRow, promised_at: datetime | None) -> datetime:
    """Stop the climb until `promised_at` (default: by the policy); returns the instant that now counts.

    Raises PromiseInPast and PromiseTooFar.
    """
    policy = _policy(alert)
    if promised_at is None:
        due = await _due(ctx, alert, policy.promise_minutes[Severity(alert.severity)])
        promised_at = due.at
    latest = ctx.now + timedelta(days=policy.longest_promise_days)
    if promised_at <= ctx.now:
        raise PromiseInPast(promised_at=promised_at)
    if promised_at > latest:
        raise PromiseTooFar(promised_at=promised_at, latest=latest)
    await repository.cancel_timers(ctx.session, alert.id, ctx.now)
    _add_timer(ctx, alert, "promise", None, promised_at)
    await ctx.session.flush()
    return promised_at


async def resume(ctx: Context, alert: AlertRow) -> None:
    """The mute of a live alert has ended: the chase goes on with a fresh clock, or begins.

    A promise stays as it is.
    """
    pending = await repository.find_pending_timer(ctx.session, alert.id)
    if alert.status != AlertStatus.OPEN or (pending is None and not _is_untold(alert)):
        return
    await repository.cancel_timers(ctx.session, alert.id, ctx.now)
    if _is_untold(alert):
        await _climb(ctx, alert, Reason.OPENED, trail.state_of(alert))
    else:
        await _plan_next(ctx, alert)


async def stop(ctx: Context, alert: AlertRow) -> None:
    """The alert is resolved: nothing happens to it any more."""
    await repository.cancel_timers(ctx.session, alert.id, ctx.now)


async def fire(ctx: Context, alert: AlertRow) -> bool:
    """Do what the alert's timer is for, if it is still pending and due; answers whether it did.

    Trail, notifications, event and the next timer are one transaction with the firing.
    """
    timer = await repository.find_pending_timer(ctx.session, alert.id)
    if timer is None or timer.due_at > ctx.now:
        return False
    if await _rests(ctx, alert, timer):
        return False
    timer.state, timer.ended_at = "fired", ctx.now
    await ctx.session.flush()
    if alert.status == AlertStatus.RESOLVED:
        return False
    match timer.kind:
        case "promise":
            await _break_promise(ctx, alert)
        case "reminder":
            await _remind(ctx, alert)
        case _:
            await _climb(ctx, alert, Reason.ESCALATED, None)
    return True


async def _rests(ctx: Context, alert: AlertRow, timer: TimerRow) -> bool:
    """Whether the timer must not fire: the alert is muted, or was until now and begins its clock anew."""
    was_muted = await muting.is_known_quiet(ctx, alert)
    quiet = await muting.settle(ctx, alert)
    if quiet is not None:
        timer.due_at = muting.look_again_at(ctx, quiet)
        await ctx.session.flush()
        return True
    if was_muted and timer.kind != "promise":
        await resume(ctx, alert)
        return True
    return False


def _is_untold(alert: AlertRow) -> bool:
    return alert.escalation_level < 0


def is_at_top(alert: AlertRow) -> bool:
    """Whether no rung is left above the one that was told."""
    return _policy(alert).next_rung(Severity(alert.severity), alert.escalation_level) is None


def may_rest(alert: AlertRow) -> bool:
    """Whether a live alert rightly waits for nothing: open, at the top, with no reminder in its policy."""
    severity = Severity(alert.severity)
    return alert.status == AlertStatus.OPEN and is_at_top(alert) and severity not in _policy(alert).remind_minutes


async def _break_promise(ctx: Context, alert: AlertRow) -> None:
    trail.append(
        ctx,
        alert,
        TrailKind.PROMISE_BROKEN,
        {"promised_at": alert.promised_at, "acknowledged_by": alert.acknowledged_by},
    )
    alert.status = AlertStatus.OPEN.value
    if is_at_top(alert):
        # There is nobody above: the highest rung with somebody in it hears of it again.
        rung, _ = await _highest_reached(ctx, alert)
        alert.escalation_level = rung - 1
    version = alert.version
    await _climb(ctx, alert, Reason.PROMISE_BROKEN, None)
    if alert.version == version:
        # Nobody was there to be told; that it is open again is a change all the same.
        await notifications.tell_subscribers(ctx, alert, await trail.publish_amended(ctx, alert))
    # What was promised stays readable in the message and in the trail, not in the alert's present state.
    alert.promised_at = None


async def _remind(ctx: Context, alert: AlertRow) -> None:
    """The highest rung with somebody in it hears again of what nobody has taken up; the alert does not change."""
    rung, recipients = await _highest_reached(ctx, alert)
    await notifications.tell(ctx, alert, trail.state_of(alert), Reason.REMINDED, recipients, step=rung)
    await _plan_next(ctx, alert)


async def _highest_reached(ctx: Context, alert: AlertRow) -> tuple[int, list[Recipient]]:
    """The highest rung that has somebody to tell, and those; rung 0 and nobody when there is none at all."""
    policy, severity = _policy(alert), Severity(alert.severity)
    for rung in range(policy.top_rung(severity), -1, -1):
        if severity in policy.rungs[rung].after_minutes:
            recipients = await _recipients(ctx, alert, policy.rungs[rung].post)
            if any(recipient.ways for recipient in recipients):
                return rung, recipients
    return 0, []


async def _climb(ctx: Context, alert: AlertRow, reason: Reason, payload: AlertState | None) -> None:
    """Tell the next rung now; a rung without anybody to tell is passed over at once. Then plan the one after.

    At the opening (`payload` given) the first rung may have a delay of its own.
    """
    policy, severity = _policy(alert), Severity(alert.severity)
    if payload is not None:
        first = policy.next_rung(severity, alert.escalation_level)
        if first is not None and policy.minutes_to(first, severity) > 0:
            await _plan_next(ctx, alert)
            return
    while (rung := policy.next_rung(severity, alert.escalation_level)) is not None:
        alert.escalation_level = rung
        if await _tell(ctx, alert, rung, policy.rungs[rung].post, reason, payload):
            break
        # From the second rung on the change is an escalation, whatever began it.
        payload = None
        reason = Reason.ESCALATED if reason is Reason.OPENED else reason
    await _plan_next(ctx, alert)


async def _tell(
    ctx: Context, alert: AlertRow, rung: int, post: str, reason: Reason, payload: AlertState | None
) -> bool:
    recipients = await _recipients(ctx, alert, post)
    reached = [recipient for recipient in recipients if recipient.ways]
    if not reached:
        unreachable = [recipient.name for recipient in recipients]
        trail.append(ctx, alert, TrailKind.NOBODY_TO_NOTIFY, {"post": post, "rung": rung, "names": unreachable})
        return False
    if payload is None:
        trail.append(ctx, alert, TrailKind.ESCALATED, {"post": post, "rung": rung, "reason": reason.value})
        payload = await trail.publish_escalated(ctx, alert, post)
        await notifications.tell_subscribers(ctx, alert, payload)
    await notifications.tell(ctx, alert, payload, reason, recipients, step=rung)
    return True


async def _recipients(ctx: Context, alert: AlertRow, post: str) -> list[Recipient]:
    people = await routing.people_for(
        ctx,
        post,
        alert.region_code,
        responsible_person_id=alert.responsible_person_id,
        responsible_unit_id=alert.responsible_unit_id,
    )
    return await notifications.reach(ctx, people, post, alert.region_code)


async def _plan_next(ctx: Context, alert: AlertRow, *, not_after: datetime | None = None) -> None:
    policy, severity = _policy(alert), Severity(alert.severity)
    rung = policy.next_rung(severity, alert.escalation_level)
    if rung is not None:
        due = await _due(ctx, alert, policy.minutes_to(rung, severity))
        _add_timer(ctx, alert, "rung", rung, due.at if not_after is None else min(due.at, not_after))
    elif severity in policy.remind_minutes:
        due = await _due(ctx, alert, policy.remind_minutes[severity])
        _add_timer(ctx, alert, "reminder", policy.top_rung(severity), due.at)
    await ctx.session.flush()


async def _due(ctx: Context, alert: AlertRow, minutes: float) -> Due:
    override = None if alert.clock is None else ClockMode(alert.clock)
    mode = _policy(alert).clock_for(Severity(alert.severity), override)
    due = due_after(await work_calendar(ctx.session), mode, ctx.now, minutes)
    if due.year_unknown is not None:
        trail.append(
            ctx,
            alert,
            TrailKind.CALENDAR_UNKNOWN,
            {"year": due.year_unknown, "minutes": minutes, "counted": "around_the_clock", "due_at": due.at},
        )
    return due


def _add_timer(ctx: Context, alert: AlertRow, kind: str, rung: int | None, due_at: datetime) -> None:
    ctx.session.add(
        TimerRow(id=ctx.new_id(), alert_id=alert.id, kind=kind, rung=rung, due_at=due_at, created_at=ctx.now)
    )


def _policy(alert: AlertRow) -> Policy:
    return Policy.model_validate(alert.policy)
