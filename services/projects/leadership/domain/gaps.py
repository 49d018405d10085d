"""Which of the four "one"s a key project lacks (S5).

一个县级领导挂帅 one lead official, 一个工作专班运作 one task force, 一个现场办公会协调 an on-site meeting,
一份会议纪要管总 one governing set of minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID, uuid5

from libs.common.contracts.projects import Stage
from services.projects.conditions.domain.condition import Finding
from services.projects.duties.domain.rules import DutyRule

# Where nothing is pushed any more, nobody has to lead.
UNLED_STAGES = frozenset({Stage.TERMINATED, Stage.AT_CAPACITY, Stage.OPENED})


class FourOnes(StrEnum):
    LEAD_OFFICIAL = "lead_official"
    TASK_FORCE = "task_force"
    ON_SITE_MEETING = "on_site_meeting"
    GOVERNING_MINUTES = "governing_minutes"


_ZH = {
    FourOnes.LEAD_OFFICIAL: "县级领导挂帅",
    FourOnes.TASK_FORCE: "工作专班",
    FourOnes.ON_SITE_MEETING: "现场办公会",
    FourOnes.GOVERNING_MINUTES: "管总的会议纪要",
}
_EN = {
    FourOnes.LEAD_OFFICIAL: "lead official",
    FourOnes.TASK_FORCE: "task force",
    FourOnes.ON_SITE_MEETING: "on-site meeting",
    FourOnes.GOVERNING_MINUTES: "governing minutes",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a project's four "one"s on a day. ``…_ended_on``: first day after the last one, if over."""

    project_id: UUID
    stage: Stage
    key_since: date | None
    lead_person_id: UUID | None = None
    lead_ended_on: date | None = None
    task_force_id: UUID | None = None
    task_force_ended_on: date | None = None
    on_site_meetings: int = 0
    governing_minutes_id: UUID | None = None
    governing_ended_on: date | None = None


def missing(standing: Standing) -> dict[FourOnes, date]:
    """What is missing, each with the first day without it; nothing for a project that is not a key project."""
    if standing.key_since is None or standing.stage in UNLED_STAGES:
        return {}
    gaps: dict[FourOnes, date | None] = {}
    if standing.lead_person_id is None:
        gaps[FourOnes.LEAD_OFFICIAL] = standing.lead_ended_on
    if standing.task_force_id is None:
        gaps[FourOnes.TASK_FORCE] = standing.task_force_ended_on
    if not standing.on_site_meetings:
        gaps[FourOnes.ON_SITE_MEETING] = None
    if standing.governing_minutes_id is None:
        gaps[FourOnes.GOVERNING_MINUTES] = standing.governing_ended_on
    return {one: max(standing.key_since, since or standing.key_since) for one, since in gaps.items()}


def finding(one: FourOnes, since: date, rule: DutyRule | None, today: date) -> Finding | None:
    """The gap's condition on ``today``; None during the days of grace."""
    days = (today - since).days
    level = rule.level_at(days) if rule is not None else 0
    if rule is None or not level:
        return None
    return Finding(
        rule.kind.value,
        since,
        days,
        rule.threshold_days,
        level,
        explanation_zh=f"重点项目自 {since} 起缺“{_ZH[one]}”，已 {days} 天",
        explanation_en=f"key project lacks: {_EN[one]} since {since}, for {days} days",
    )


def gap_id(project_id: UUID, one: FourOnes) -> UUID:
    """The subject of the gap's condition: each of the four opens and clears by itself."""
    return uuid5(project_id, one.value)
