"""A project as it stood on a day, from the days of its milestones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from libs.common.contracts.projects import Stage
from services.projects.economy.domain.arithmetic import ratio
from services.projects.ledger.domain.stages import MILESTONE_OF_STAGE, Milestone

# Current and actual day of each milestone.
Plan = Mapping[str, tuple[date | None, date | None]]
_HUNDRED: Final = Decimal(100)
_INTERRUPTED: Final = (Stage.SUSPENDED.value, Stage.TERMINATED.value)


def stage_on(plan: Plan, signed_on: date | None, interrupted_on: date | None, stage_now: str, day: date) -> str:
    """The last stage that was entered by the day; an interruption counts while it lasts."""
    if stage_now in _INTERRUPTED and interrupted_on is not None and interrupted_on <= day:
        return stage_now
    reached = Stage.SIGNED if signed_on is not None and signed_on <= day else Stage.PLANNED
    for stage, milestone in MILESTONE_OF_STAGE.items():
        actual = plan.get(milestone.value, (None, None))[1]
        if actual is not None and actual <= day:
            reached = stage
    return reached.value


def planned_percent(plan: Plan, day: date) -> Decimal | None:
    """Percent of the planned time between start and completion that is over; None without both days."""
    start = plan.get(Milestone.START.value, (None, None))
    end = plan.get(Milestone.COMPLETION.value, (None, None))
    first, last = start[1] or start[0], end[0]
    if first is None or last is None or last <= first:
        return None
    if day <= first:
        return Decimal(0)
    if day >= last:
        return _HUNDRED
    return ratio(Decimal((day - first).days), Decimal((last - first).days)).value
