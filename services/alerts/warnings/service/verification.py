"""What was resolved and waits too long for its verification: those who verify are reminded, in working days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from libs.common.context import Context
from libs.common.contracts.alerts import AlertStage
from libs.common.registry.queries import Person
from libs.common.remember import remembering
from libs.common.security.scope import ensure_region
from libs.common.workdays import UnknownCalendarYear, WorkCalendar
from services.alerts.notifications import service as notifications
from services.alerts.notifications.domain.message import Reason
from services.alerts.routing import service as routing
from services.alerts.routing.trees import EVERYWHERE, chain
from services.alerts.trail import repository as alerts
from services.alerts.trail import service as trail
from services.alerts.trail.service import actor_of
from services.alerts.trail.tables import AlertRow
from services.alerts.warnings import repository
from services.alerts.warnings.repository.verification import Waiting
from services.alerts.warnings.tables import VerificationLimitRow
from services.alerts.worktime import service as worktime

# Of one transaction; what more is due comes with the next look.
_AT_ONCE = 100
# Where no day is worked in between, a limit of one day is still no shorter than this.
_SOONEST = timedelta(hours=1)
# Who verifies, in the order of asking: another person than whoever resolved it.
_POSTS = (routing.LEADER, "supervision_group")


async def remind_verifiers(ctx: Context, limit: int = _AT_ONCE) -> int:
    """Tell those who verify of what has waited too long; answers of how many alerts."""
    limits = await repository.list_verification_limits(ctx.session)
    reminded = 0
    with remembering(ctx.session):
        for waiting in await repository.list_unverified(ctx.session, ctx.now - _SOONEST):
            if reminded == limit:
                break
            holds = limit_for(limits, waiting.region_code, ctx.now)
            if holds is not None and await _due_at(ctx, waiting, holds) <= ctx.now:
                reminded += await _remind(ctx, waiting)
    return reminded


def limit_for(
    limits: Sequence[VerificationLimitRow], region_code: str, at: datetime
) -> VerificationLimitRow | None:
    """The narrowest region's newest begun; `limits` have the newest first."""
    for code in chain(region_code):
        for row in limits:
            if row.region_code == code and row.valid_from <= at:
                return row
    return None


async def save_limit(ctx: Context, region_code: str, facts: Mapping[str, Any]) -> VerificationLimitRow:
    """A region's limit from now on (``""``: everywhere).

    Raises NotFound for a region that is not the caller's.
    """
    ensure_region(ctx.principal, region_code or None)
    row = VerificationLimitRow(
        **facts, region_code=region_code or EVERYWHERE, valid_from=ctx.now, changed_by=actor_of(ctx.principal)
    )
    merged = await ctx.session.merge(row)
    await ctx.session.flush()
    return merged


async def _due_at(ctx: Context, waiting: Waiting, limit: VerificationLimitRow) -> datetime:
    calendar = await worktime.calendar_of(ctx, waiting.region_code)
    if waiting.reminded_at is not None:
        return _after(calendar, waiting.reminded_at, limit.repeat_days)
    return _after(calendar, waiting.resolved_at, limit.days)


def _after(calendar: WorkCalendar, since: datetime, days: int) -> datetime:
    """Where a year is not announced all days count: too early is better than never."""
    try:
        return calendar.add_working_days_at(since, days)
    except UnknownCalendarYear:
        return since + timedelta(days=days)


async def _remind(ctx: Context, waiting: Waiting) -> bool:
    alert = await alerts.lock(ctx.session, waiting.alert_id)
    if alert is None or alert.stage is not AlertStage.RESOLVED or alert.resolved_at != waiting.resolved_at:
        return False
    for post in _POSTS:
        people = await _verifiers(ctx, alert, post)
        reached = await notifications.reach(ctx, people, post, alert.region_code)
        if any(recipient.ways for recipient in reached):
            await notifications.tell(ctx, alert, trail.state_of(alert), Reason.VERIFICATION_DUE, reached)
            await ctx.session.flush()
            return True
    return False


async def _verifiers(ctx: Context, alert: AlertRow, post: str) -> list[Person]:
    people = await routing.people_for(ctx, post, alert.region_code, responsible_unit_id=alert.responsible_unit_id)
    return [person for person in people if alert.resolved_by != f"person:{person.person_id}"]
