"""Climbing: who is told next and when. Every function takes an alert that its caller holds locked."""

from __future__ import annotations

from datetime import datetime, timedelta

from libs.common.context import Context
from libs.common.contracts.alerts import AlertState, AlertStatus, Severity
from services.alerts.escalation import reminding, repository, telling
from services.alerts.escalation.domain.ladder import Due, due_after
from services.alerts.escalation.domain.steps import TimerKind, gravest
from services.alerts.escalation.errors import PromiseInPast, PromiseTooFar
from services.alerts.escalation.resting import LOOK_AGAIN, rests
from services.alerts.escalation.setting import plan_next, policy_of, promise_timers, set_timers, setting_of
from services.alerts.escalation.tables import TimerRow
from services.alerts.muting import service as muting
from services.alerts.notifications import service as notifications
from services.alerts.notifications.domain.message import Reason
from services.alerts.trail import service as trail
from services.alerts.trail.domain.life import TrailKind
from services.alerts.trail.tables import AlertRow

# A timer that fires so little late counts as having fired in time: what follows is counted from when it was due,
# so that a chase of many steps ends to the minute. After an outage people get their whole time from the firing.
_IN_TIME = timedelta(seconds=60)


async def start(ctx: Context, alert: AlertRow, payload: AlertState) -> None:
    """Begin the chase of an alert that has just opened; `payload` is the event that says so.

    Of a muted one nobody is told: the chase begins when the mute ends.
    """
    if await rests(ctx, alert):
        return
    await _climb(ctx, alert, Reason.OPENED, payload)


async def restart(ctx: Context, alert: AlertRow, payload: AlertState) -> None:
    """The alert is open again: the chase begins at the first rung; `payload` is the event that says so."""
    await repository.cancel_timers(ctx.session, alert.id, ctx.now)
    alert.escalation_level = -1
    if await rests(ctx, alert):
        return
    await _climb(ctx, alert, Reason.REOPENED, payload)


async def raise_severity(ctx: Context, alert: AlertRow) -> None:
    """The alert became graver: its clock and delays are those of the new severity, from now on.

    A rung that was due sooner stays due then. Whom the new clock brings in, as the duty roster, is told at once.
    The caller has voided an acknowledgement, which was given for less.
    """
    if await rests(ctx, alert) or await _begins(ctx, alert):
        return
    pending = await repository.find_pending_timer(ctx.session, alert.id, TimerKind.RUNG)
    await repository.cancel_timers(ctx.session, alert.id, ctx.now)
    if await telling.tell_newcomers(ctx, alert, await setting_of(ctx, alert)):
        latest = {} if pending is None else {pending.kind: pending.due_at}
        await plan_next(ctx, alert, latest=latest)
    else:
        await _climb(ctx, alert, Reason.ESCALATED, None)


async def rewind(ctx: Context, alert: AlertRow) -> None:
    """A person made the alert graver: the climb begins anew above the first rung, by the new severity's clock."""
    alert.escalation_level = min(alert.escalation_level, 0)
    if await rests(ctx, alert) or await _begins(ctx, alert):
        return
    await repository.cancel_timers(ctx.session, alert.id, ctx.now)
    if await telling.tell_newcomers(ctx, alert, await setting_of(ctx, alert)):
        await plan_next(ctx, alert)
    else:
        await _climb(ctx, alert, Reason.ESCALATED, None)


async def recompute(ctx: Context, alert: AlertRow) -> None:
    """The alert became less grave: what comes next is counted anew, from where the present step began.

    A promise stays as it was given, and a chase that rests goes on resting.
    """
    for kind in (TimerKind.PROMISE, TimerKind.HELD):
        if await repository.find_pending_timer(ctx.session, alert.id, kind) is not None:
            return
    pending = await repository.pending_timers(ctx.session, alert.id)
    since = min((timer.counted_from for timer in pending), default=ctx.now)
    await repository.cancel_timers(ctx.session, alert.id, ctx.now)
    await plan_next(ctx, alert, since=since, not_before=ctx.now)


async def keep_promise_in_view(ctx: Context, alert: AlertRow, promised_at: datetime | None) -> datetime:
    """Stop the climb until `promised_at` (default: by the policy); returns the instant that now counts.

    Raises PromiseInPast and PromiseTooFar.
    """
    setting = await setting_of(ctx, alert)
    due = Due(at=ctx.now) if promised_at is None else Due(at=promised_at)
    if promised_at is None:
        due = due_after(setting.calendar, setting.mode, ctx.now, setting.policy.promise[setting.severity])
    latest = ctx.now + timedelta(days=setting.policy.longest_promise_days)
    if due.at <= ctx.now:
        raise PromiseInPast(promised_at=due.at)
    if due.at > latest:
        raise PromiseTooFar(promised_at=due.at, latest=latest)
    await repository.cancel_timers(ctx.session, alert.id, ctx.now)
    await set_timers(ctx, alert, promise_timers(ctx, setting, due), ctx.now)
    return due.at


async def stop(ctx: Context, alert: AlertRow) -> None:
    """The alert is resolved: nothing happens to it any more."""
    await repository.cancel_timers(ctx.session, alert.id, ctx.now)


async def resume(ctx: Context, alert: AlertRow) -> None:
    """The rest is over: the chase goes on with a fresh clock, or begins where nobody has been told yet.

    A promise still counts: one that passed meanwhile is broken now.
    """
    resting = await repository.find_pending_timer(ctx.session, alert.id, TimerKind.HELD)
    await _go_on(ctx, alert, ctx.now if resting is None else resting.counted_from)


async def _begins(ctx: Context, alert: AlertRow) -> bool:
    """Begin a chase that had rested from the opening on: the graver alert is no longer muted."""
    resting = await repository.find_pending_timer(ctx.session, alert.id, TimerKind.HELD)
    if resting is None or alert.escalation_level >= 0:
        return False
    await _go_on(ctx, alert, resting.counted_from)
    return True


async def unmute(ctx: Context, alert: AlertRow) -> None:
    """The mute of the alert has ended, at its time or before: what rested goes on with a fresh clock.

    A promise that nothing held stays as it is, and a chase that waits for nothing goes on doing so.
    """
    resting = await repository.find_pending_timer(ctx.session, alert.id, TimerKind.HELD)
    if resting is None:
        has_timers = bool(await repository.pending_timers(ctx.session, alert.id))
        if alert.status != AlertStatus.OPEN or (alert.escalation_level >= 0 and not has_timers):
            return
    await resume(ctx, alert)


async def fire(ctx: Context, alert: AlertRow) -> TimerRow | None:
    """Do what the alert's gravest due timer is for; answers the timer that fired, None when none was to.

    Trail, notifications, event and the next timer are one transaction with the firing.
    """
    pending = await repository.pending_timers(ctx.session, alert.id)
    due = [timer for timer in pending if timer.due_at <= ctx.now]
    if not due:
        return None
    timer = due[gravest([each.kind for each in due])]
    was_muted = await muting.is_known_quiet(ctx, alert)
    if alert.status != AlertStatus.RESOLVED and await rests(ctx, alert):
        return None
    if was_muted and alert.status == AlertStatus.OPEN and timer.kind != TimerKind.HELD:
        # The mute has just ended: people get their whole time from now.
        await unmute(ctx, alert)
        return None
    timer.state, timer.ended_at = "fired", ctx.now
    await ctx.session.flush()
    if alert.status == AlertStatus.RESOLVED:
        await stop(ctx, alert)
        return None
    since = timer.due_at if ctx.now - timer.due_at <= _IN_TIME else ctx.now
    match timer.kind:
        case TimerKind.REPEAT:
            await reminding.repeat(ctx, alert, timer, since)
        case TimerKind.PROMISE_REMINDER:
            await reminding.remind_of_promise(ctx, alert)
        case _:
            if len(pending) > 1:
                await repository.cancel_timers(ctx.session, alert.id, ctx.now)
            await _step(ctx, alert, timer, since)
    return timer


async def _step(ctx: Context, alert: AlertRow, timer: TimerRow, since: datetime) -> None:
    match timer.kind:
        case TimerKind.PROMISE:
            await _break_promise(ctx, alert, since)
        case TimerKind.REMINDER:
            await reminding.remind(ctx, alert, since)
        case TimerKind.HELD:
            await _go_on(ctx, alert, timer.counted_from)
        case _:
            await _climb(ctx, alert, Reason.ESCALATED, None, since=since)


def is_at_top(alert: AlertRow) -> bool:
    """Whether no rung is left above the one that was told."""
    return policy_of(alert).next_rung(_severity(alert), alert.escalation_level) is None


def may_rest(alert: AlertRow) -> bool:
    """Whether a live alert rightly waits for nothing: open, at the top, with no reminder in its policy."""
    return (
        alert.status == AlertStatus.OPEN and is_at_top(alert) and _severity(alert) not in policy_of(alert).remind
    )


async def count_anew(ctx: Context, alert: AlertRow) -> int:
    """The clock stepped back: what was counted from an instant that lies ahead now is counted from now.

    Never later than it was due, and a promise keeps its date; answers how many timers were moved.
    """
    ahead = [
        timer for timer in await repository.pending_timers(ctx.session, alert.id) if timer.counted_from > ctx.now
    ]
    if not ahead:
        return 0
    steps = [timer for timer in ahead if timer.kind in (TimerKind.RUNG, TimerKind.REMINDER, TimerKind.REPEAT)]
    for timer in ahead:
        timer.counted_from = ctx.now
        if timer.kind == TimerKind.HELD:
            timer.due_at = min(timer.due_at, ctx.now + LOOK_AGAIN)
    if steps:
        latest = {timer.kind: timer.due_at for timer in steps}
        await ctx.session.flush()
        await repository.cancel_timers(ctx.session, alert.id, ctx.now)
        await plan_next(ctx, alert, latest=latest)
    trail.append(ctx, alert, TrailKind.CLOCK_STEPPED, {"timers": [timer.kind for timer in ahead]})
    await ctx.session.flush()
    return len(ahead)


async def _go_on(ctx: Context, alert: AlertRow, rested_since: datetime) -> None:
    await repository.cancel_timers(ctx.session, alert.id, ctx.now)
    minutes = round((ctx.now - rested_since).total_seconds() / 60, 1)
    trail.append(ctx, alert, TrailKind.CHASE_RESUMED, {"rested_minutes": minutes})
    if alert.status == AlertStatus.ACKNOWLEDGED and alert.promised_at is not None:
        if alert.promised_at <= ctx.now:
            await _break_promise(ctx, alert, ctx.now)
        else:
            timers = promise_timers(ctx, await setting_of(ctx, alert), Due(at=alert.promised_at))
            await set_timers(ctx, alert, timers, ctx.now)
    elif alert.escalation_level < 0:
        await _climb(ctx, alert, Reason.OPENED, trail.state_of(alert))
    else:
        await plan_next(ctx, alert)


async def _break_promise(ctx: Context, alert: AlertRow, since: datetime) -> None:
    trail.append(
        ctx,
        alert,
        TrailKind.PROMISE_BROKEN,
        {"promised_at": alert.promised_at, "acknowledged_by": alert.acknowledged_by},
    )
    alert.status = AlertStatus.OPEN.value
    if is_at_top(alert):
        # There is nobody above: the highest rung with somebody in it hears of it again.
        rung, _ = await reminding.highest_reached(ctx, alert)
        alert.escalation_level = rung - 1
    version = alert.version
    await _climb(ctx, alert, Reason.PROMISE_BROKEN, None, since=since)
    if alert.version == version:
        # Nobody was there to be told; that it is open again is a change all the same.
        await notifications.tell_subscribers(ctx, alert, await trail.publish_amended(ctx, alert))
    # What was promised stays readable in the message and in the trail, not in the alert's present state.
    alert.promised_at = None


async def _climb(
    ctx: Context,
    alert: AlertRow,
    reason: Reason,
    payload: AlertState | None,
    *,
    since: datetime | None = None,
) -> None:
    """Tell the next rung now; a rung without anybody to tell is passed over at once. Then plan the one after.

    At the opening (`payload` given) the first rung may have a delay of its own.
    """
    setting = await setting_of(ctx, alert)
    policy, severity = setting.policy, setting.severity
    if payload is not None:
        first = policy.next_rung(severity, alert.escalation_level)
        if first is not None and policy.span_to(first, severity).minutes > 0:
            await plan_next(ctx, alert)
            return
    while (rung := policy.next_rung(severity, alert.escalation_level)) is not None:
        alert.escalation_level = rung
        if await telling.tell_rung(ctx, alert, setting, rung, reason, payload):
            break
        # From the second rung on the change is an escalation, whatever began it.
        payload = None
        reason = Reason.ESCALATED if reason in (Reason.OPENED, Reason.REOPENED) else reason
    await plan_next(ctx, alert, since=since)


def _severity(alert: AlertRow) -> Severity:
    return Severity(alert.severity)
