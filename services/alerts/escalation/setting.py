"""What an alert's chase goes by: its own policy, its severity, the clock, the calendar of its region."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from libs.common.context import Context
from libs.common.contracts.alerts import Severity
from libs.common.put import put
from libs.common.workdays import WorkCalendar
from services.alerts.escalation.domain.ladder import ClockMode, Due, Policy
from services.alerts.escalation.domain.steps import Planned, TimerKind, after_step, next_promise_reminder
from services.alerts.escalation.tables import TimerRow
from services.alerts.trail import service as trail
from services.alerts.trail.domain.life import TrailKind
from services.alerts.trail.tables import AlertRow
from services.alerts.worktime import service as worktime


@dataclass(frozen=True, slots=True)
class Setting:
    """The chase of one alert as it is now."""

    policy: Policy
    severity: Severity
    mode: ClockMode
    calendar: WorkCalendar


def policy_of(alert: AlertRow) -> Policy:
    return Policy.model_validate(alert.policy)


async def setting_of(ctx: Context, alert: AlertRow) -> Setting:
    policy, severity = policy_of(alert), Severity(alert.severity)
    override = None if alert.clock is None else ClockMode(alert.clock)
    calendar = await worktime.calendar_of(ctx, alert.region_code)
    return Setting(policy, severity, policy.clock_for(severity, override), calendar)


async def set_timers(
    ctx: Context,
    alert: AlertRow,
    planned: Iterable[Planned],
    since: datetime,
    *,
    latest: Mapping[str, datetime] | None = None,
    not_before: datetime | None = None,
) -> None:
    """Write what is planned, at the latest when `latest` says of its kind."""
    for each in planned:
        due_at = each.due.at
        if latest is not None and each.kind.value in latest:
            due_at = min(due_at, latest[each.kind.value])
        if not_before is not None:
            due_at = max(due_at, not_before)
        timer = TimerRow(
            id=ctx.new_id(),
            alert_id=alert.id,
            kind=each.kind.value,
            rung=each.rung,
            number=each.number,
            due_at=due_at,
            counted_from=since,
            created_at=ctx.now,
        )
        put(ctx.session, timer, alert.id)
        if each.due.year_unknown is not None:
            facts = {
                "year": each.due.year_unknown,
                "timer": each.kind.value,
                "counted": "around_the_clock",
                "due_at": due_at,
            }
            trail.append(ctx, alert, TrailKind.CALENDAR_UNKNOWN, facts)
    # Where rows are gathered there is nothing to insert here, and what has changed is written with the others.
    if ctx.session.new:
        await ctx.session.flush()


async def plan_next(
    ctx: Context,
    alert: AlertRow,
    *,
    since: datetime | None = None,
    latest: Mapping[str, datetime] | None = None,
    not_before: datetime | None = None,
) -> None:
    """Plan what follows the present step, counted from `since`; what was due sooner by its kind stays due then."""
    setting, begun = await setting_of(ctx, alert), since or ctx.now
    planned = after_step(
        setting.policy, setting.severity, setting.mode, setting.calendar, alert.escalation_level, begun
    )
    await set_timers(ctx, alert, planned, begun, latest=latest, not_before=not_before)


def promise_timers(ctx: Context, setting: Setting, due: Due) -> list[Planned]:
    reminder = next_promise_reminder(
        setting.policy, setting.severity, setting.mode, setting.calendar, due.at, ctx.now
    )
    promise = Planned(TimerKind.PROMISE, due)
    return [promise] if reminder is None else [promise, reminder]
