"""How a target stands: its verdict, its light, and the points of its way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from services.projects.targets.domain.goals import Profile


class Light(StrEnum):
    """绿灯 green, 黄灯 yellow, 红灯 red."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


class Verdict(StrEnum):
    """未到期 pending, 达序时 on pace, 落后 behind, 严重落后 far behind, 完成 reached, 超额 exceeded,
    未完成 missed, 数据不全 unknown (the period is over and its figures are not known)."""

    PENDING = "pending"
    ON_PACE = "on_pace"
    BEHIND = "behind"
    FAR_BEHIND = "far_behind"
    REACHED = "reached"
    EXCEEDED = "exceeded"
    MISSED = "missed"
    UNKNOWN = "unknown"


class Lacking(StrEnum):
    """Why a standing has no light."""

    NOT_BEGUN = "not_begun"
    MONTH_UNKNOWN = "month_unknown"
    BASE_UNKNOWN = "base_unknown"


@dataclass(frozen=True, slots=True)
class Point:
    """The actual through ``month``; ``planned`` None where no pace is known."""

    month: date
    planned: Decimal | None
    actual: Decimal


@dataclass(frozen=True, slots=True)
class Standing:
    """Exact figures; they are rounded when they are shown.

    ``points`` are of months that are over; ``so_far`` is the latest known with the running month in it, which may
    reach the target before the month ends. Percentages are of the amount, of rates the rates themselves.
    ``unknown`` are months that are over without a figure.
    """

    verdict: Verdict
    light: Light | None
    lacking: Lacking | None
    profile: Profile
    points: tuple[Point, ...] = ()
    so_far: Point | None = None
    planned_percent: Decimal | None = None
    actual_percent: Decimal | None = None
    behind_points: Decimal | None = None
    reached_in: date | None = None
    forecast: Decimal | None = None
    unknown: tuple[date, ...] = ()

    @property
    def latest(self) -> Point | None:
        return self.points[-1] if self.points else None
