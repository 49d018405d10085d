"""A chase that rests, as while its alert is muted. Every function takes an alert that its caller holds locked."""

from __future__ import annotations

from datetime import datetime, timedelta

from libs.common.context import Context
from services.alerts.escalation import repository
from services.alerts.escalation.domain.ladder import Due
from services.alerts.escalation.domain.steps import Planned, TimerKind
from services.alerts.escalation.setting import set_timers
from services.alerts.muting import service as muting
from services.alerts.trail import service as trail
from services.alerts.trail.domain.life import TrailKind
from services.alerts.trail.tables import AlertRow

# A mute may end before its time, or have no time: whether it lasts is looked at this often.
LOOK_AGAIN = timedelta(minutes=5)


async def rests(ctx: Context, alert: AlertRow) -> bool:
    """Let the chase of a muted alert rest; False when it is not muted."""
    quiet = await muting.settle(ctx, alert)
    if quiet is None:
        return False
    await hold(ctx, alert, quiet.until, {"kind": quiet.kind.value, "source_id": quiet.source_id})
    return True


async def hold(ctx: Context, alert: AlertRow, until: datetime | None, facts: dict[str, object]) -> None:
    """Let the chase rest, as while the alert is muted: nobody is told, nothing falls due.

    When `until` comes, or at every look before it, `fire` meets the timer of the rest; its caller holds the chase
    again while the reason lasts. `facts` say in the trail why it rests, once.
    """
    resting = await repository.find_pending_timer(ctx.session, alert.id, TimerKind.HELD)
    if resting is None:
        trail.append(ctx, alert, TrailKind.CHASE_HELD, {**facts, "until": until})
    since = ctx.now if resting is None else resting.counted_from
    await repository.cancel_timers(ctx.session, alert.id, ctx.now)
    soon = ctx.now + LOOK_AGAIN
    due = Due(at=soon if until is None else max(ctx.now, min(soon, until)))
    await set_timers(ctx, alert, [Planned(TimerKind.HELD, due)], since)
