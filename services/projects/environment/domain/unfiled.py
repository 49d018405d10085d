"""Inspections that nobody filed, reported by the enterprise (未备案入企检查)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from services.projects.conditions.domain.condition import Finding

CONDITION = "inspection_unfiled"


class ReportStatus(StrEnum):
    """已反映 reported, 查实 confirmed, 不属实 dismissed."""

    REPORTED = "reported"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


def finding_of(came_on: date, today: date, unit_name: str, on_quiet_day: bool) -> Finding:
    """The condition that stands until somebody has looked into it; on a quiet day it is grave."""
    quiet_zh = "，且当日不得入企检查" if on_quiet_day else ""
    quiet_en = ", on a day closed for visits" if on_quiet_day else ""
    return Finding(
        kind=CONDITION,
        reference_on=came_on,
        days=(today - came_on).days,
        threshold_days=0,
        level=2 if on_quiet_day else 1,
        explanation_zh=f"{unit_name}于 {came_on} 入企检查，未经备案{quiet_zh}",
        explanation_en=f"{unit_name} inspected on {came_on} without a filing{quiet_en}",
    )
