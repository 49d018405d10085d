"""Whether an enterprise keeps to its order while it runs (执行跟踪): falls short once, in line again once.

The judgement reads the event's quarters from the first on and nothing else, so it is the same however often it
runs and whatever came late.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from services.energy.activations.domain.quarters import Floats


class Course(StrEnum):
    """起步 starting, 到位 in line, 不足 short, 无数据 unknown."""

    STARTING = "starting"
    IN_LINE = "in_line"
    SHORT = "short"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Patience:
    """Short after ``short_quarters`` known quarters below ``1 − tolerance`` of the order, not counting the first
    ``grace_quarters``; in line again after ``clear_quarters``."""

    tolerance: float = 0.1
    grace_quarters: int = 1
    short_quarters: int = 2
    clear_quarters: int = 1


@dataclass(frozen=True, slots=True)
class Judgement:
    """``since`` is the place of the quarter whose end made it so; the figures are those of that quarter."""

    course: Course
    since: int | None = None
    ordered_kw: float | None = None
    achieved_kw: float | None = None


def judge(baseline_kw: Floats, load_kw: Floats, ordered_kw: Floats, over: int, patience: Patience) -> Judgement:
    """The course after the first ``over`` quarters of the event (k,); those without a value say nothing."""
    found = Judgement(Course.STARTING)
    below = above = 0
    is_known = False
    for place in range(min(over, len(ordered_kw))):
        ordered = float(ordered_kw[place])
        achieved = float(baseline_kw[place] - load_kw[place])
        if ordered <= 0 or not np.isfinite(achieved):
            continue
        is_known = True
        if place < patience.grace_quarters:
            continue
        if achieved + 1e-9 >= (1.0 - patience.tolerance) * ordered:
            above, below = above + 1, 0
            is_news = found.course is Course.STARTING or (
                found.course is Course.SHORT and above >= patience.clear_quarters
            )
            if is_news:
                found = Judgement(Course.IN_LINE, place, ordered, achieved)
        else:
            below, above = below + 1, 0
            if found.course is not Course.SHORT and below >= patience.short_quarters:
                found = Judgement(Course.SHORT, place, ordered, achieved)
    if not is_known and over > patience.grace_quarters + patience.short_quarters:
        return Judgement(Course.UNKNOWN)
    return found
