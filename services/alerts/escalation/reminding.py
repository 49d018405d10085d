"""Telling again: a rung within its step, the top of the ladder, and who promised before the date comes."""

from __future__ import annotations

from datetime import datetime

from libs.common.context import Context
from libs.common.contracts.alerts import AlertStatus
from services.alerts.escalation import repository, telling
from services.alerts.escalation.domain.steps import TimerKind, next_promise_reminder, next_repeat
from services.alerts.escalation.setting import plan_next, set_timers, setting_of
from services.alerts.escalation.tables import TimerRow
from services.alerts.notifications.domain.message import Reason
from services.alerts.trail import service as trail
from services.alerts.trail.tables import AlertRow


async def repeat(ctx: Context, alert: AlertRow, timer: TimerRow, since: datetime) -> None:
    """The rung hears again, with the backups of its roster; the climb goes on beside."""
    setting, rung = await setting_of(ctx, alert), alert.escalation_level
    if timer.rung != rung or alert.status != AlertStatus.OPEN:
        return
    reached = await telling.reach_rung(ctx, alert, setting, rung, with_backup=True)
    if reached.somebody:
        await telling.tell(ctx, alert, trail.state_of(alert), Reason.REMINDED, reached, rung)
    following = next_repeat(
        setting.policy, setting.severity, setting.mode, setting.calendar, rung, since, timer.number + 1
    )
    above = await repository.find_pending_timer(ctx.session, alert.id, TimerKind.RUNG)
    if following is not None and (above is None or following.due.at < above.due_at):
        await set_timers(ctx, alert, [following], since)


async def remind_of_promise(ctx: Context, alert: AlertRow) -> None:
    """Who promised hears in time that the date comes near."""
    setting = await setting_of(ctx, alert)
    if alert.status != AlertStatus.ACKNOWLEDGED or alert.promised_at is None:
        return
    reached = await telling.reach_promiser(ctx, alert, setting)
    if reached.somebody:
        await telling.tell(ctx, alert, trail.state_of(alert), Reason.PROMISE_DUE, reached, alert.escalation_level)
    following = next_promise_reminder(
        setting.policy, setting.severity, setting.mode, setting.calendar, alert.promised_at, ctx.now
    )
    if following is not None:
        await set_timers(ctx, alert, [following], ctx.now)


async def remind(ctx: Context, alert: AlertRow, since: datetime) -> None:
    """The highest rung with somebody in it hears again of what nobody has taken up; the alert does not change."""
    rung, reached = await highest_reached(ctx, alert)
    if reached is not None:
        await telling.tell(ctx, alert, trail.state_of(alert), Reason.REMINDED, reached, rung)
    await plan_next(ctx, alert, since=since)


async def highest_reached(ctx: Context, alert: AlertRow) -> tuple[int, telling.Reached | None]:
    """The highest rung that has somebody to tell, and those; rung 0 and nobody when there is none at all."""
    setting = await setting_of(ctx, alert)
    for rung in range(setting.policy.top_rung(setting.severity), -1, -1):
        if setting.severity in setting.policy.rungs[rung].after:
            reached = await telling.reach_rung(ctx, alert, setting, rung, with_backup=True)
            if reached.somebody:
                return rung, reached
    return 0, None
