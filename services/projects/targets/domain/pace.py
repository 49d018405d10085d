"""Pace (序时进度): what is planned by a month, how the actual stands against it, and the light that says so.

A target is judged through the last month that is over and known; of a flow all months before it are known too.
What is not known is neither met nor missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from services.projects.economy.domain.months import plus
from services.projects.targets.domain.goals import Direction, Goal, Profile
from services.projects.targets.domain.indicators import Nature
from services.projects.targets.domain.rules import PaceRule
from services.projects.targets.domain.standing import Lacking, Light, Point, Standing, Verdict

_HUNDRED: Final = Decimal(100)
_MONTHS: Final = 12
_NOTHING: Final = Decimal(0)
# Beyond ten thousand times the plan a percentage says nothing more.
_MOST: Final = Decimal(1_000_000)


def months_between(first: date, last: date) -> list[date]:
    """First days of the months from ``first`` to ``last``, both in it."""
    found, month = [], first
    while month <= last:
        found.append(month)
        month = plus(month, 1)
    return found


def season_of(years: Iterable[Sequence[Decimal | None]]) -> tuple[Decimal, ...] | None:
    """Cumulative shares of the months, the mean of the years that are known whole; None if none is."""
    shares = []
    for months in years:
        known = [value for value in months if value is not None]
        whole = sum(known, _NOTHING)
        if len(known) == _MONTHS and whole > 0:
            shares.append([sum(known[: number + 1], _NOTHING) / whole for number in range(_MONTHS)])
    if not shares:
        return None
    return tuple(sum((one[number] for one in shares), _NOTHING) / len(shares) for number in range(_MONTHS))


@dataclass(frozen=True, slots=True)
class Pace:
    """What a target plans by each month. ``season`` None: months weigh alike."""

    goal: Goal
    season: tuple[Decimal, ...] | None = None

    @property
    def profile(self) -> Profile:
        """The one that is used: seasonal falls to linear where no year before is known whole."""
        is_unknown = self.goal.profile is Profile.SEASONAL and self._season is None
        return Profile.LINEAR if is_unknown else self.goal.profile

    @property
    def _season(self) -> tuple[Decimal, ...] | None:
        # Only what adds up over the months has a season.
        return self.season if self.goal.indicator.nature is Nature.FLOW else None

    def planned(self, month: date) -> Decimal | None:
        """The amount that is due by the month's end."""
        goal = self.goal
        if goal.indicator.nature is Nature.RATE:
            return goal.amount
        if self.profile is Profile.MILESTONES:
            due = [one.percent for one in goal.milestones if one.month <= month]
            start = goal.base_amount or _NOTHING if goal.indicator.nature is Nature.STOCK else _NOTHING
            return start + (goal.amount - start) * (due[-1] if due else _NOTHING) / _HUNDRED
        if goal.indicator.nature is Nature.STOCK:
            if goal.base_amount is None:
                return goal.amount if month == goal.last_month else None
            return goal.base_amount + (goal.amount - goal.base_amount) * self._share(month)
        level = self.level(month.year)
        if level is None:
            return None
        return level * (self._year_share(month) if goal.is_yearly_sum else self._share(month))

    def level(self, year: int) -> Decimal | None:
        """What the percentages of a year are of: the amount, or the way to it that the year is to have gone."""
        goal = self.goal
        if not goal.is_yearly_sum or self.profile is Profile.MILESTONES:
            return goal.amount
        if goal.base_amount is None:
            return goal.amount if year == goal.last_year else None
        gone = year - goal.first_year + 1
        return goal.base_amount + (goal.amount - goal.base_amount) * gone / goal.years

    def _share(self, month: date) -> Decimal:
        return (month.year - self.goal.first_year + self._year_share(month)) / self.goal.years

    def _year_share(self, month: date) -> Decimal:
        if self.profile is Profile.SEASONAL and self._season is not None:
            return self._season[month.month - 1]
        return Decimal(month.month) / _MONTHS


def judge(pace: Pace, figures: Mapping[date, Decimal | None], this_month: date, rule: PaceRule) -> Standing:
    """How the target stands in ``this_month``, which is not over yet; ``figures`` are those of single months."""
    goal = pace.goal
    over = [month for month in months_between(goal.first_month, goal.last_month) if month < this_month]
    is_over = this_month > goal.last_month
    begun = over if is_over else [*over, this_month]
    if this_month < goal.first_month:
        return Standing(Verdict.PENDING, None, Lacking.NOT_BEGUN, pace.profile)
    points = _points(pace, figures, over)
    all_points = _points(pace, figures, begun)
    unknown = tuple(month for month in over if figures.get(month) is None)
    so_far = all_points[-1] if all_points else None
    latest = points[-1] if points else None
    standing = Standing(Verdict.PENDING, None, None, pace.profile, tuple(points), so_far, unknown=unknown)
    return _with_verdict(pace, _with_light(pace, standing, latest, rule), all_points, is_over=is_over)


def _points(pace: Pace, figures: Mapping[date, Decimal | None], months: Sequence[date]) -> list[Point]:
    goal = pace.goal
    points: list[Point] = []
    total, is_broken = _NOTHING, False
    for month in months:
        if goal.is_yearly_sum and month.month == 1:
            total, is_broken = _NOTHING, False
        value = figures.get(month)
        if goal.indicator.nature is Nature.FLOW:
            is_broken = is_broken or value is None
            if is_broken:
                continue
            total += value or 0
            value = total
        if value is not None:
            points.append(Point(month, pace.planned(month), value))
    return points


def _with_light(pace: Pace, standing: Standing, latest: Point | None, rule: PaceRule) -> Standing:
    if latest is None:
        return replace(standing, lacking=Lacking.MONTH_UNKNOWN if standing.unknown else Lacking.NOT_BEGUN)
    planned_percent, actual_percent = percents(pace, latest)
    standing = replace(
        standing,
        planned_percent=planned_percent,
        actual_percent=actual_percent,
        forecast=_forecast(pace, latest),
    )
    if latest.planned is None:
        return replace(standing, lacking=Lacking.BASE_UNKNOWN)
    is_least = pace.goal.direction is Direction.AT_LEAST
    if planned_percent is None or actual_percent is None:
        # Of nothing there are no percentages: none at all was allowed, or none was asked for.
        is_bad = latest.actual < latest.planned if is_least else latest.actual > latest.planned
        return replace(standing, light=Light.RED if is_bad else Light.GREEN)
    behind = planned_percent - actual_percent if is_least else actual_percent - planned_percent
    light = Light.GREEN
    if behind > rule.red_above_points:
        light = Light.RED
    elif behind >= rule.yellow_from_points and behind > 0:
        light = Light.YELLOW
    return replace(standing, light=light, behind_points=behind)


def percents(pace: Pace, point: Point) -> tuple[Decimal | None, Decimal | None]:
    """Planned and actual in percent of the amount (of a rate: the rates); None of an amount of nought."""
    if pace.goal.indicator.nature is Nature.RATE:
        return point.planned, point.actual
    level = pace.level(point.month.year)
    if level is None or level <= 0:
        return None, None
    planned = None if point.planned is None else point.planned / level * _HUNDRED
    return planned, point.actual / level * _HUNDRED


def _forecast(pace: Pace, latest: Point) -> Decimal | None:
    """The end of the period, or of a year that counts alone, if the rest keeps to what was against the pace."""
    if pace.goal.indicator.nature is not Nature.FLOW:
        return None
    level = pace.level(latest.month.year)
    if level is None or latest.planned is None or latest.planned <= 0:
        return None
    # The first hundredth of a plan tells nothing of its rest.
    if latest.planned * _HUNDRED < level:
        return None
    return latest.actual / latest.planned * level


def _with_verdict(pace: Pace, standing: Standing, points: Sequence[Point], *, is_over: bool) -> Standing:
    goal = pace.goal
    is_least = goal.direction is Direction.AT_LEAST
    last = points[-1] if points else None
    is_final = is_over and last is not None and last.month == goal.last_month
    if last is not None and (is_final or _counts_early(goal, last)):
        if is_least and last.actual >= goal.amount:
            verdict = Verdict.EXCEEDED if last.actual > goal.amount else Verdict.REACHED
            return replace(standing, verdict=verdict, light=Light.GREEN, reached_in=_reached_in(goal, points))
        if not is_least and last.actual > goal.amount:
            return replace(standing, verdict=Verdict.MISSED, light=Light.RED)
    if is_final:
        kept = not is_least
        return replace(
            standing,
            verdict=Verdict.REACHED if kept else Verdict.MISSED,
            light=Light.GREEN if kept else Light.RED,
        )
    if is_over:
        return replace(standing, verdict=Verdict.UNKNOWN, light=None, lacking=Lacking.MONTH_UNKNOWN)
    if standing.light is None:
        return standing
    verdicts = {Light.GREEN: Verdict.ON_PACE, Light.YELLOW: Verdict.BEHIND, Light.RED: Verdict.FAR_BEHIND}
    return replace(standing, verdict=verdicts[standing.light])


def _counts_early(goal: Goal, last: Point) -> bool:
    """Whether the amount can be reached, or overstepped, before the period ends: a sum only grows on."""
    if goal.indicator.nature is Nature.RATE:
        return False
    if goal.indicator.nature is Nature.STOCK:
        return goal.direction is Direction.AT_LEAST
    return not goal.is_yearly_sum or last.month.year == goal.last_year


def _reached_in(goal: Goal, points: Sequence[Point]) -> date | None:
    """The month from which on the amount was reached without a break."""
    reached = None
    for point in points:
        counts = not goal.is_yearly_sum or point.month.year == goal.last_year
        is_there = counts and point.actual >= goal.amount
        reached = (reached or point.month) if is_there else None
    return reached


def completion_percent(goal: Goal, planned: Decimal | None, actual: Decimal | None) -> Decimal | None:
    """How far what was planned is done: actual of planned, or of a ceiling the ceiling of the actual, at most 100.

    None where either is not known, or where nothing or less was planned.
    """
    if planned is None or actual is None:
        return None
    if goal.direction is Direction.AT_MOST:
        if actual <= planned:
            return _HUNDRED
        return planned / actual * _HUNDRED if planned >= 0 else None
    if planned <= 0:
        # A milestone profile asks for nothing yet: whatever is there is no less.
        return _HUNDRED if planned == 0 and goal.indicator.nature is not Nature.RATE else None
    return min(max(actual, _NOTHING) / planned * _HUNDRED, _MOST)
