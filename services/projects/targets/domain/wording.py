"""What conditions of targets say, with their figures."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from services.projects.targets.domain.goals import Direction, Goal
from services.projects.targets.domain.indicators import Indicator
from services.projects.targets.domain.showing import amount_en, amount_zh, percent_shown
from services.projects.targets.domain.standing import Standing

Words = tuple[str, str]


def years_shown(first_year: int, last_year: int) -> str:
    return str(first_year) if first_year == last_year else f"{first_year}–{last_year}"


def name_of(scope_name: str, indicator: Indicator, first_year: int, last_year: int) -> str:
    """What a target is called if nobody says otherwise."""
    return f"{scope_name}{years_shown(first_year, last_year)}年{indicator.name_zh}"


def _pair(value: Decimal, indicator: Indicator) -> Words:
    return (
        amount_zh(value, indicator.unit, indicator.unit_zh),
        amount_en(value, indicator.unit, indicator.unit_en),
    )


def behind(goal: Goal, standing: Standing) -> Words:
    """A target behind its pace, or a ceiling that is used up faster than time."""
    latest = standing.latest
    assert latest is not None
    assert latest.planned is not None
    actual_zh, actual_en = _pair(latest.actual, goal.indicator)
    planned_zh, planned_en = _pair(latest.planned, goal.indicator)
    amount = _pair(goal.amount, goal.indicator)
    is_least = goal.direction is Direction.AT_LEAST
    points_zh = points_en = ""
    if standing.behind_points is not None:
        shown = percent_shown(standing.behind_points).removesuffix("%")
        points_zh = f"，{'落后' if is_least else '超出'}序时进度{shown}个百分点"
        points_en = f", {shown} points {'behind' if is_least else 'above'} the pace"
    month = latest.month
    return (
        f"截至{month.year}年{month.month}月，{goal.indicator.name_zh}{actual_zh}，"
        f"序时应{'达' if is_least else '控制在'}{planned_zh}{points_zh}"
        f"（目标{'不低于' if is_least else '不高于'}{amount[0]}）。",
        f"Through {month:%Y-%m}: {goal.indicator.name_en} {actual_en}, planned {planned_en}{points_en} "
        f"(target: {'at least' if is_least else 'at most'} {amount[1]}).",
    )


def missed(goal: Goal, actual: Decimal, completion: Decimal | None) -> Words:
    actual_zh, actual_en = _pair(actual, goal.indicator)
    amount_zh_, amount_en_ = _pair(goal.amount, goal.indicator)
    is_least = goal.direction is Direction.AT_LEAST
    done_zh = "" if completion is None else f"，完成率{percent_shown(completion)}"
    done_en = "" if completion is None else f", {percent_shown(completion)} completed"
    return (
        f"{goal.indicator.name_zh}目标{'不低于' if is_least else '不高于'}{amount_zh_}，"
        f"实际{actual_zh}{done_zh}，未完成。",
        f"{goal.indicator.name_en}: {'at least' if is_least else 'at most'} {amount_en_} was the target, "
        f"{actual_en} came of it{done_en}: missed.",
    )


def missed_title(name: str, direction: Direction, indicator: Indicator, amount: Decimal, actual: Decimal) -> Words:
    """A miss in a line, for lists of those who answer."""
    amount_zh_, amount_en_ = _pair(amount, indicator)
    actual_zh, actual_en = _pair(actual, indicator)
    is_least = direction is Direction.AT_LEAST
    return (
        f"{name}：目标{'不低于' if is_least else '不高于'}{amount_zh_}，实际{actual_zh}",
        f"{name}: target {'at least' if is_least else 'at most'} {amount_en_}, reached {actual_en}",
    )


def unsigned(since: date, days: int, *, is_supplement: bool) -> Words:
    if is_supplement:
        return (
            f"目标于{since}变更，已超过{days}个工作日未签订补充责任书。",
            f"The target was changed on {since}; no supplement was signed within {days} working days.",
        )
    return (
        f"目标于{since}下达，已超过{days}个工作日未签订责任书。",
        f"The target was set on {since}; no letter was signed within {days} working days.",
    )


def figure_missing(indicator: Indicator, month: date, days: int) -> Words:
    return (
        f"{month.year}年{month.month}月{indicator.name_zh}数据缺失，月后已超过{days}个工作日。",
        f"{indicator.name_en} of {month:%Y-%m} is missing, more than {days} working days after the month.",
    )
