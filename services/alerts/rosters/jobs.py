"""Looking ahead for gaps of the rosters: nobody on duty is an alert of its own, in time to be mended."""

from __future__ import annotations

from datetime import datetime, timedelta

from libs.common.context import Context
from libs.common.contracts.alerts_conditions import ServiceConditionKind
from libs.common.local_time import today_of
from libs.common.workdays import SHANGHAI
from services.alerts.rosters import repository, service
from services.alerts.rosters.tables import RosterRow
from services.alerts.watch.conditions import OwnCondition, OwnConditions

_SOON = timedelta(hours=24)


class RosterAuditor:
    """Opens a condition for a roster with a gap ahead, makes it graver as it nears, clears it when covered."""

    def __init__(self, conditions: OwnConditions) -> None:
        self._conditions = conditions

    async def check_rosters(self, ctx: Context, due_at: datetime) -> None:
        """A job: each roster in force, as far ahead as it says."""
        rosters = await repository.rosters_in_force(ctx.session, today_of(ctx))
        for roster in rosters:
            ahead = ctx.now + max(timedelta(hours=roster.warn_ahead_hours), timedelta(minutes=1))
            found = await service.gaps_of(ctx, roster, ctx.now, ahead)
            if found:
                await self._conditions.open(ctx, _condition(ctx, roster, found))
            else:
                await self._conditions.clear(ctx, ServiceConditionKind.DUTY_GAP, str(roster.id), "covered")
        kept = {str(roster.id) for roster in rosters}
        for subject_id in await self._conditions.subjects(ctx, ServiceConditionKind.DUTY_GAP):
            if subject_id not in kept:
                await self._conditions.clear(ctx, ServiceConditionKind.DUTY_GAP, subject_id, "roster ended")


def _condition(ctx: Context, roster: RosterRow, found: list[tuple[datetime, datetime]]) -> OwnCondition:
    begins, ends = found[0]
    level = 3 if begins <= ctx.now else 2 if begins - ctx.now <= _SOON else 1
    empty = sum((until - since for since, until in found), timedelta())
    more_zh = f"；此后还有 {len(found) - 1} 处空班" if len(found) > 1 else ""
    more_en = f"; {len(found) - 1} more gaps after it" if len(found) > 1 else ""
    return OwnCondition(
        kind=ServiceConditionKind.DUTY_GAP,
        subject_type="duty_roster",
        subject_id=str(roster.id),
        subject_code=roster.code,
        subject_name_zh=roster.name_zh,
        subject_name_en=roster.name_en,
        region_code=roster.region_code,
        level=level,
        count=len(found),
        seconds=empty.total_seconds(),
        starts_at=begins,
        ends_at=ends,
        explanation_zh=f"{_local(begins)} 至 {_local(ends)} 无人值班{more_zh}",
        explanation_en=f"nobody on duty from {_local(begins)} to {_local(ends)}{more_en}",
    )


def _local(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
