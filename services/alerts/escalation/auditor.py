"""The auditor of the timers: what is late, what nothing waits for, and what a clock does that steps."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from prometheus_client import Counter, Gauge

from libs.common.context import Context
from libs.common.contracts.alerts_conditions import ServiceConditionKind
from libs.common.regions import common_region
from libs.common.workdays import SHANGHAI
from services.alerts.escalation import repository, service
from services.alerts.escalation.repository import LateTimer
from services.alerts.routing import service as routing
from services.alerts.trail import repository as alerts
from services.alerts.watch import beats
from services.alerts.watch import service as watch
from services.alerts.watch.conditions import OwnCondition, OwnConditions
from services.alerts.watch.service import FindingKind

log = structlog.get_logger(__name__)

LATE = Gauge("duban_alerts_timers_late", "Timers that the auditor found late at its last look")
OLDEST = Gauge(
    "duban_alerts_timer_oldest_due_seconds", "Stack time since the first timer fell due that is not fired"
)
STEPS = Counter(
    "duban_alerts_clock_steps_total", "Steps of the stack's clock that the watch noticed", ["direction"]
)

# What alerts about the service itself are about.
OWN_OBJECT = "alerts_service"
TIMERS = "escalation_timers"
# The post of who keeps the service running.
OPERATIONS = "operations"
# China as a whole, before the registry has told of any region.
NOWHERE = "100000"
# Clocks of two processes may differ by as much without anything being wrong.
_TOLERANCE = timedelta(seconds=60)
_STEP_SECONDS = 120.0
_SILENT_SECONDS = 300.0
_BATCH = 200


class TimerAuditor:
    """Looks for timers that are late and for alerts that nothing waits for.

    It is run twice, apart from the timers and from each other: as a job of the scheduler, and by the watch, a role
    of its own beside the API that also delivers what it finds. ``late_after_seconds`` is the stack's time, and a
    policy may have its own; what is late becomes an alert once it has been so for ``confirm_real_seconds``: a
    clock that is set forward makes timers late for a moment, and this is no fault.
    """

    def __init__(
        self, conditions: OwnConditions, *, late_after_seconds: float, confirm_real_seconds: float = 20.0
    ) -> None:
        self._conditions = conditions
        self._late_after_seconds = late_after_seconds
        self._confirm_real_seconds = confirm_real_seconds

    async def check_timers(self, ctx: Context, due_at: datetime) -> None:
        """A job: findings for what is wrong now, and none any more for what has passed."""
        _, first = await repository.count_due(ctx.session, ctx.now)
        OLDEST.set(0.0 if first is None else (ctx.now - first).total_seconds())
        late = await repository.list_late(ctx.session, ctx.now, self._late_after_seconds)
        LATE.set(len(late))
        for each in late:
            detail = {
                "timer_id": str(each.timer.id),
                "timer": each.timer.kind,
                "number": each.number,
                "due_at": each.timer.due_at.isoformat(),
                "late_seconds": (ctx.now - each.timer.due_at).total_seconds(),
                "last_error": each.timer.last_error,
            }
            await watch.report(ctx, FindingKind.TIMER_LATE, str(each.timer.alert_id), detail)
        await watch.clear_others(ctx, FindingKind.TIMER_LATE, {str(each.timer.alert_id) for each in late})
        await self._alarm(ctx, late)
        await self._find_abandoned(ctx)

    async def check_clock(self, ctx: Context, name: str, rate: float, *, alarms: bool) -> None:
        """Record a look of the watcher; a step of the clock is a finding, and an alert where time should be real.

        After a step back what was counted from an instant that lies ahead now is counted anew: nothing waits
        longer than it was to, and what has fired stays fired.
        """
        step = await beats.beat(ctx, name, rate)
        for alert_id in await repository.lock_counted_from_ahead(ctx.session, ctx.now + _TOLERANCE, _BATCH):
            alert = await alerts.lock(ctx.session, alert_id)
            if alert is not None:
                await service.count_anew(ctx, alert)
        if abs(step) <= _STEP_SECONDS:
            await self._conditions.clear(ctx, ServiceConditionKind.CLOCK_STEPPED, name, "steady")
            return
        direction = "forward" if step > 0 else "back"
        STEPS.labels(direction).inc()
        log.warning("alerts.clock_stepped", watcher=name, seconds=step)
        await watch.report(ctx, FindingKind.CLOCK_STEPPED, name, {"seconds": step, "direction": direction})
        if alarms:
            await self._conditions.open(ctx, await self._stepped(ctx, name, step))

    async def check_watchers(self, ctx: Context, others: tuple[str, ...]) -> None:
        """Watchers that once looked and no longer do: the one that does says so."""
        silent = await beats.silent(ctx, others, _SILENT_SECONDS)
        for name, seconds in silent.items():
            await watch.report(ctx, FindingKind.WORKER_SILENT, name, {"real_seconds": seconds})
        confirmed = await watch.confirmed(ctx, FindingKind.WORKER_SILENT, self._confirm_real_seconds)
        for name in others:
            if name not in silent:
                await self._conditions.clear(ctx, ServiceConditionKind.WORKER_SILENT, name, "looks again")
            elif name in confirmed:
                await self._conditions.open(ctx, await self._silent(ctx, name, silent[name]))

    async def _alarm(self, ctx: Context, late: list[LateTimer]) -> None:
        # Timers of the alarm itself may be late as well: they are no reason for it.
        others = [each for each in late if each.object_type != OWN_OBJECT]
        if not others:
            await self._conditions.clear(ctx, ServiceConditionKind.TIMERS_LATE, TIMERS, "caught up")
            return
        confirmed = await watch.confirmed(ctx, FindingKind.TIMER_LATE, self._confirm_real_seconds)
        if any(str(each.timer.alert_id) in confirmed for each in others):
            await self._conditions.open(ctx, await _late_condition(ctx, others))

    async def _find_abandoned(self, ctx: Context) -> None:
        abandoned = [
            alert for alert in await repository.list_live_without_timer(ctx.session) if not service.may_rest(alert)
        ]
        for alert in abandoned:
            detail = {"number": alert.number, "status": alert.status, "level": alert.escalation_level}
            await watch.report(ctx, FindingKind.TIMER_MISSING, str(alert.id), detail)
        await watch.clear_others(ctx, FindingKind.TIMER_MISSING, {str(alert.id) for alert in abandoned})

    async def _stepped(self, ctx: Context, name: str, step: float) -> OwnCondition:
        way_zh, way_en = ("快进", "forward") if step > 0 else ("倒退", "back")
        return OwnCondition(
            kind=ServiceConditionKind.CLOCK_STEPPED,
            subject_type=OWN_OBJECT,
            subject_id=name,
            subject_name_zh="系统时钟",
            subject_name_en="the clock",
            region_code=await home_of_all(ctx),
            level=2,
            seconds=abs(step),
            explanation_zh=f"时钟{way_zh} {abs(step):.0f} 秒",
            explanation_en=f"the clock stepped {way_en} by {abs(step):.0f} seconds",
        )

    async def _silent(self, ctx: Context, name: str, seconds: float) -> OwnCondition:
        return OwnCondition(
            kind=ServiceConditionKind.WORKER_SILENT,
            subject_type=OWN_OBJECT,
            subject_id=name,
            subject_name_zh=f"预警服务进程 {name}",
            subject_name_en=f"{name} of the alerts service",
            region_code=await home_of_all(ctx),
            level=3,
            seconds=seconds,
            explanation_zh=f"{name} 已 {seconds:.0f} 秒无心跳",
            explanation_en=f"{name} has not looked for {seconds:.0f} seconds",
        )


async def home_of_all(ctx: Context) -> str:
    """Where what concerns the whole service is told."""
    return await _home(ctx, await repository.region_codes(ctx.session))


async def _home(ctx: Context, codes: list[str]) -> str:
    """Where what concerns these regions is told: so that who keeps the service running hears of it."""
    common = common_region(codes) if codes else NOWHERE
    if await routing.people_for(ctx, OPERATIONS, common):
        return common
    return await repository.region_with_post(ctx.session, OPERATIONS) or common


async def _late_condition(ctx: Context, late: list[LateTimer]) -> OwnCondition:
    first = late[0]
    seconds = (ctx.now - first.timer.due_at).total_seconds()
    numbers = ", ".join(str(each.number) for each in late[:10])
    since = first.timer.due_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    return OwnCondition(
        kind=ServiceConditionKind.TIMERS_LATE,
        subject_type=OWN_OBJECT,
        subject_id=TIMERS,
        subject_name_zh="督办计时",
        subject_name_en="escalation timers",
        region_code=await _home(ctx, [each.region_code for each in late]),
        level=3,
        count=len(late),
        seconds=seconds,
        starts_at=first.timer.due_at,
        explanation_zh=f"{len(late)} 个督办计时未按时触发，最早应于 {since} 触发，已迟 {seconds:.0f} 秒；"
        f"预警编号 {numbers}",
        explanation_en=f"{len(late)} timers have not fired, the first due at {since}, {seconds:.0f} seconds late; "
        f"alerts no. {numbers}",
    )
