"""How targets stand against their pace; behind, missed, unsigned or without figures are conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import structlog

from libs.common.context import Context
from libs.common.contracts.projects.conditions import ProjectConditionKind
from libs.common.local_time import today_of
from libs.common.workdays import UnknownCalendarYear, WorkCalendar
from services.projects.conditions.domain.condition import Finding, Outcome, Subject
from services.projects.conditions.service import settle
from services.projects.conditions.tables import ConditionRow
from services.projects.economy.domain.arithmetic import plain, shown
from services.projects.economy.domain.months import first_of, last_day, plus
from services.projects.registry.domain.validity import in_force
from services.projects.registry.service.work_calendar import load_calendar
from services.projects.targets.domain import wording
from services.projects.targets.domain.goals import Goal, Profile
from services.projects.targets.domain.indicators import Indicator
from services.projects.targets.domain.pace import Pace, completion_percent, judge, season_of
from services.projects.targets.domain.rules import PaceRule
from services.projects.targets.domain.standing import Light, Point, Standing, Verdict
from services.projects.targets.errors import RuleMissing
from services.projects.targets.repository import catalogue
from services.projects.targets.repository.actuals import latest_actuals
from services.projects.targets.repository.goals import goal_of
from services.projects.targets.tables import TargetActualRow, TargetRow

JUDGED: Final = frozenset(
    kind.value
    for kind in (
        ProjectConditionKind.TARGET_BEHIND_PACE,
        ProjectConditionKind.TARGET_MISSED,
        ProjectConditionKind.TARGET_UNSIGNED,
        ProjectConditionKind.TARGET_FIGURE_MISSING,
    )
)
_FIGURES: Final = 6
_MONTHS: Final = 12

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class World:
    """What all targets are judged with."""

    indicators: Mapping[str, Indicator]
    rules: Sequence[PaceRule]
    calendar: WorkCalendar

    def rule(self, region_code: str, day: date) -> PaceRule:
        """Raises RuleMissing."""
        found = in_force(self.rules, region_code, day)
        if found is None:
            raise RuleMissing(region_code=region_code, on=day)
        return found


async def load_world(ctx: Context) -> World:
    return World(
        await catalogue.all_indicators(ctx.session),
        await catalogue.all_pace_rules(ctx.session),
        await load_calendar(ctx.session),
    )


def pace_of(goal: Goal, figures: Mapping[date, Decimal | None], rule: PaceRule) -> Pace:
    """The pace with the season of the years before, as far as their months are known."""
    if goal.profile is not Profile.SEASONAL:
        return Pace(goal)
    years = (
        [figures.get(date(goal.first_year - back, number, 1)) for number in range(1, _MONTHS + 1)]
        for back in range(1, rule.season_years + 1)
    )
    return Pace(goal, season_of(years))


def values_of(actuals: Mapping[date, TargetActualRow]) -> dict[date, Decimal | None]:
    return {month: row.value for month, row in actuals.items()}


async def judge_targets(
    ctx: Context, rows: Sequence[TargetRow], world: World | None = None, *, may_open: bool = True
) -> Outcome:
    """Keep how locked targets stand and bring their conditions in line. Raises RuleMissing."""
    world = world or await load_world(ctx)
    actuals = await latest_actuals(ctx.session, [row.id for row in rows])
    outcome = Outcome()
    for row in rows:
        outcome += await _judge(ctx, row, world, values_of(actuals.get(row.id, {})), may_open=may_open)
    return outcome


async def _judge(
    ctx: Context, row: TargetRow, world: World, figures: Mapping[date, Decimal | None], *, may_open: bool
) -> Outcome:
    today = today_of(ctx)
    goal = goal_of(row, world.indicators[row.indicator_code])
    rule = world.rule(row.region_code, today)
    pace = pace_of(goal, figures, rule)
    standing = judge(pace, figures, first_of(today), rule)
    row.verdict = standing.verdict.value
    row.light = None if standing.light is None else standing.light.value
    row.judged_month = None if standing.latest is None else standing.latest.month
    row.behind_points = None if standing.behind_points is None else shown(standing.behind_points, 4)
    row.judged_at = ctx.now
    row.standing = standing_json(pace, standing)
    findings = [*_of_figures(goal, standing, today), *_of_papers(row, goal, standing, rule, world.calendar, today)]

    def reason(condition: ConditionRow) -> str:
        return _why_cleared(row, condition)

    return await settle(ctx, subject_of(row), findings, judged=JUDGED, reason=reason, may_open=may_open)


async def end_conditions(ctx: Context, row: TargetRow) -> None:
    """Whatever is open of a target that was withdrawn."""
    await settle(ctx, subject_of(row), (), judged=JUDGED, reason=lambda _: "withdrawn")


def subject_of(row: TargetRow) -> Subject:
    return Subject(
        type="target",
        id=row.id,
        code=row.code,
        name=row.name,
        region_code=row.region_code,
        responsible_person_id=row.responsible_person_id,
        responsible_unit_id=row.responsible_unit_id,
    )


def _why_cleared(row: TargetRow, condition: ConditionRow) -> str:
    match condition.kind:
        case ProjectConditionKind.TARGET_UNSIGNED:
            return "signed"
        case ProjectConditionKind.TARGET_FIGURE_MISSING:
            return "reported"
        case ProjectConditionKind.TARGET_BEHIND_PACE if row.verdict == Verdict.MISSED.value:
            return "missed"
        case _:
            # The same month says otherwise now, or a later one made up for it.
            is_same = row.judged_month is not None and last_day(row.judged_month) == condition.reference_on
            return "corrected" if is_same else "caught_up"


def _of_figures(goal: Goal, standing: Standing, today: date) -> list[Finding]:
    latest = standing.latest
    if standing.verdict is Verdict.MISSED:
        point = standing.so_far
        assert point is not None, "what is not known is not missed"
        completion = completion_percent(goal, goal.amount, point.actual)
        zh, en = wording.missed(goal, point.actual, completion)
        # A ceiling may be broken before its period ends, and even in the running month.
        since = min(last_day(point.month), today)
        return [_finding(ProjectConditionKind.TARGET_MISSED, since, today, 2, standing, zh, en)]
    if latest is None or latest.planned is None or standing.light in {None, Light.GREEN}:
        return []
    zh, en = wording.behind(goal, standing)
    level = 2 if standing.light is Light.RED else 1
    return [
        _finding(ProjectConditionKind.TARGET_BEHIND_PACE, last_day(latest.month), today, level, standing, zh, en)
    ]


def _finding(
    kind: ProjectConditionKind, since: date, today: date, level: int, standing: Standing, zh: str, en: str
) -> Finding:
    planned, actual = standing.planned_percent, standing.actual_percent
    return Finding(
        kind=kind.value,
        reference_on=since,
        days=(today - since).days,
        threshold_days=0,
        level=level,
        planned_percent=None if planned is None else float(shown(planned, 2)),
        actual_percent=None if actual is None else float(shown(actual, 2)),
        explanation_zh=zh,
        explanation_en=en,
    )


def _of_papers(
    row: TargetRow, goal: Goal, standing: Standing, rule: PaceRule, calendar: WorkCalendar, today: date
) -> list[Finding]:
    """What people owe: a signature, a month's figure. A day of an unknown year is nobody's deadline yet."""
    findings = []
    if row.letter_state in {"unsigned", "supplement"} and today.year <= goal.last_year:
        zh, en = wording.unsigned(row.letter_since, rule.sign_days, is_supplement=row.letter_state == "supplement")
        findings += _overdue(
            ProjectConditionKind.TARGET_UNSIGNED, row.letter_since, rule.sign_days, calendar, today, zh, en
        )
    if standing.unknown:
        month = standing.unknown[0]
        zh, en = wording.figure_missing(goal.indicator, month, rule.figure_days)
        findings += _overdue(
            ProjectConditionKind.TARGET_FIGURE_MISSING, last_day(month), rule.figure_days, calendar, today, zh, en
        )
    return findings


def _overdue(
    kind: ProjectConditionKind, since: date, days: int, calendar: WorkCalendar, today: date, zh: str, en: str
) -> list[Finding]:
    try:
        due_on = calendar.add_working_days(since, days)
    except UnknownCalendarYear as error:
        log.error("targets.calendar_unknown", kind=kind.value, **error.params)
        return []
    if today <= due_on:
        return []
    return [Finding(kind.value, due_on, (today - due_on).days, days, 1, None, None, zh, en)]


def standing_json(pace: Pace, standing: Standing) -> dict[str, Any]:
    """A standing as the row keeps it; figures are exact to six decimals and shown as text."""
    return {
        "profile": standing.profile.value,
        "lacking": None if standing.lacking is None else standing.lacking.value,
        "latest": _point_json(standing.latest),
        "so_far": _point_json(standing.so_far),
        "planned_percent": _text(standing.planned_percent),
        "actual_percent": _text(standing.actual_percent),
        "behind_points": _text(standing.behind_points),
        "completion_percent": _text(
            completion_percent(pace.goal, pace.goal.amount, standing.so_far.actual) if standing.so_far else None
        ),
        "reached_in": None if standing.reached_in is None else standing.reached_in.isoformat(),
        "forecast": _text(standing.forecast),
        "points": [_point_json(point) for point in standing.points],
        "unknown": [month.isoformat() for month in standing.unknown],
        "plan": [
            {"month": month.isoformat(), "planned": _text(pace.planned(month))}
            for month in _plan_months(pace.goal)
        ],
    }


def _plan_months(goal: Goal) -> list[date]:
    return [plus(goal.first_month, number) for number in range(goal.years * _MONTHS)]


def _point_json(point: Point | None) -> dict[str, Any] | None:
    if point is None:
        return None
    return {"month": point.month.isoformat(), "planned": _text(point.planned), "actual": _text(point.actual)}


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain(shown(value, _FIGURES))
