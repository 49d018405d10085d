"""Behind plan, short of funds, and milestones missed on the way: cases worked by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.contracts.projects import Stage
from services.projects.conditions.domain.condition import Finding
from services.projects.ledger.domain.curve import CurvePoint, PlanCurve, planned_percent
from services.projects.ledger.domain.stages import Milestone
from services.projects.oversight.domain.conditions import clearing_reason, evaluate
from services.projects.oversight.domain.facts import FundsDue, ProjectFacts
from services.projects.oversight.domain.rules import ConditionKind, Rule, succession
from services.projects.oversight.domain.slips import behind_since, points_behind
from services.projects.oversight.errors import RuleNotOrdered

K = ConditionKind
TODAY = date(2026, 9, 15)
BEHIND = Rule(K.BEHIND_PLAN, threshold_days=1, threshold_percent=10, level2_percent=30)
SHORT = Rule(K.FUNDS_SHORT, threshold_days=1, level2_days=91)
# 0 % before March; 10 points at the end of each month from March to December.
CURVE = PlanCurve(tuple(CurvePoint(date(2026, month, 1), Decimal(10 * (month - 2))) for month in range(3, 13)))


def started(**facts: object) -> ProjectFacts:
    known = ProjectFacts(UUID(int=1), "421224101", Stage.STARTED, started_on=date(2026, 3, 1), curve=CURVE)
    return replace(known, **facts)  # type: ignore[arg-type]


def only(facts: ProjectFacts, rule: Rule, today: date = TODAY) -> Finding | None:
    findings = evaluate(facts, [rule], today)
    assert len(findings) <= 1
    return findings[0] if findings else None


# On 15 September the plan stands at 60 % of August and half of September's ten points: 65 %.
@pytest.mark.parametrize(
    ("percent", "level"),
    [("65", 0), ("70", 0), ("55.01", 0), ("55", 1), ("40", 1), ("35.01", 1), ("35", 2), ("0", 2), (None, 2)],
)
def test_level_follows_the_points_behind_plan(percent: str | None, level: int) -> None:
    actual = None if percent is None else Decimal(percent)
    assert points_behind(started(percent=actual), TODAY) == Decimal(65) - (actual or 0)
    finding = only(started(percent=actual), BEHIND)
    assert (finding.level if finding else 0) == level


def test_days_are_those_since_the_plan_had_what_is_done() -> None:
    finding = only(started(percent=Decimal(40)), BEHIND)
    assert finding is not None
    assert (finding.reference_on, finding.days) == (date(2026, 6, 30), 77)
    assert (finding.planned_percent, finding.actual_percent) == (65.0, 40.0)
    assert finding.explanation_en == "25 points (77 days) behind plan; planned 65 %, actual 40 %"
    assert finding.explanation_zh == "进度落后计划 25 个百分点（77 天）；计划 65 %，实际 40 %"


def test_nothing_is_behind_when_there_is_no_plan_or_the_works_do_not_run() -> None:
    assert only(started(curve=None, percent=Decimal(1)), BEHIND) is None
    assert only(started(stage=Stage.COMPLETED, percent=Decimal(1)), BEHIND) is None
    assert only(started(stage=Stage.SUSPENDED, percent=Decimal(1)), BEHIND) is None


def test_standstill_tells_plan_and_actual_when_there_is_a_plan() -> None:
    finding = only(
        started(last_advance_on=date(2026, 7, 10), percent=Decimal(22)), Rule(K.STALLED, threshold_days=60)
    )
    assert finding is not None
    assert finding.explanation_en == ("67 days without progress since 2026-07-10; planned 65 %, actual 22 %")


@given(st.decimals(0, 100, places=2), st.integers(0, 500))
def test_day_of_the_plan_is_the_last_that_wants_no_more(percent: Decimal, offset: int) -> None:
    today = date(2026, 1, 1) + timedelta(days=offset)
    since = behind_since(started(percent=percent), today)
    if since is None:
        assert planned_percent(CURVE, today) <= percent
    else:
        assert planned_percent(CURVE, since) <= percent < planned_percent(CURVE, since + timedelta(days=1))


signed = ProjectFacts(
    UUID(int=1), "421224101", Stage.SIGNED, signed_on=date(2026, 1, 10), contract_yuan=10_000_000,
    funds_due=(FundsDue(date(2026, 9, 1), 5_000_000), FundsDue(date(2026, 3, 31), 2_000_000)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("arrived", "today", "expected"),
    [
        (None, date(2026, 3, 31), None),
        (None, date(2026, 4, 1), (date(2026, 3, 31), 1, 1)),
        (1_999_999, date(2026, 6, 28), (date(2026, 3, 31), 89, 1)),
        (1_999_999, date(2026, 6, 29), (date(2026, 3, 31), 90, 2)),
        (2_000_000, date(2026, 9, 1), None),
        (2_000_000, date(2026, 9, 2), (date(2026, 9, 1), 1, 1)),
        (5_000_000, date(2027, 9, 2), None),
    ],
)
def test_funds_are_short_from_the_day_after_they_were_due(
    arrived: int | None, today: date, expected: tuple[date, int, int] | None
) -> None:
    finding = only(replace(signed, verified_yuan=arrived), SHORT, today)
    assert (finding and (finding.reference_on, finding.days, finding.level)) == expected


def test_shortage_names_amount_arrival_and_gap() -> None:
    finding = only(replace(signed, verified_yuan=1_250_000), SHORT, date(2026, 4, 10))
    assert finding is not None
    assert finding.explanation_zh == (
        "应于 2026-03-31 前到位 200 万元，已核实到位 125 万元，缺口 75 万元，已逾期 10 天"
    )
    assert finding.explanation_en == (
        "¥2,000,000 due by 2026-03-31, ¥1,250,000 verified: ¥750,000 short for 10 days"
    )


def test_share_of_the_contract_is_due_by_the_rule_when_the_contract_names_no_funds() -> None:
    silent = replace(signed, funds_due=())
    by_share = Rule(K.FUNDS_SHORT, threshold_days=180, level2_days=360, threshold_percent=20)
    assert only(silent, SHORT, date(2028, 1, 1)) is None
    # 180 days after 10 January are 9 July.
    assert only(silent, by_share, date(2026, 7, 9)) is None
    assert only(silent, by_share, date(2026, 7, 10)) is not None
    assert only(replace(silent, verified_yuan=2_000_000), by_share, date(2026, 7, 10)) is None
    grave = only(silent, by_share, date(2027, 1, 5))
    assert grave is not None
    assert (grave.level, grave.days) == (2, 180)


@pytest.mark.parametrize(
    ("kind", "milestone", "stage", "before", "after"),
    [
        (K.COMPLETION_OVERDUE, Milestone.COMPLETION, Stage.STARTED, Stage.SIGNED, Stage.COMPLETED),
        (K.PRODUCTION_OVERDUE, Milestone.PRODUCTION, Stage.COMPLETED, Stage.STARTED, Stage.IN_PRODUCTION),
        (K.OPENING_OVERDUE, Milestone.OPENING, Stage.COMPLETED, Stage.STARTED, Stage.OPENED),
    ],
)
def test_milestone_on_the_way_is_overdue_while_it_is_the_next(
    kind: ConditionKind, milestone: Milestone, stage: Stage, before: Stage, after: Stage
) -> None:
    rule, missed = Rule(kind, threshold_days=1, level2_days=90), TODAY - timedelta(days=5)
    late = started(planned={milestone: missed}, stage=stage)
    finding = only(late, rule)
    assert finding is not None
    assert (finding.days, finding.level, finding.reference_on) == (5, 1, missed)
    for other, reason in ((before, "reversed"), (after, "reached")):
        assert only(replace(late, stage=other), rule) is None
        assert clearing_reason(kind, replace(late, stage=other), [rule], missed, TODAY) == reason
    moved = replace(late, planned={milestone: TODAY + timedelta(days=5)})
    assert only(moved, rule) is None
    assert clearing_reason(kind, moved, [rule], missed, TODAY) == "replanned"


def test_reason_is_what_was_entered_when_progress_or_money_came() -> None:
    late = only(started(percent=Decimal(40)), BEHIND)
    assert late is not None
    caught_up = started(percent=Decimal(65))
    assert clearing_reason(K.BEHIND_PLAN, caught_up, [BEHIND], late.reference_on, TODAY) == "progressed"
    paid = replace(signed, verified_yuan=5_000_000)
    assert clearing_reason(K.FUNDS_SHORT, paid, [SHORT], date(2026, 3, 31), TODAY) == "funds_arrived"


@pytest.mark.parametrize(
    "rule",
    [
        Rule(K.BEHIND_PLAN, threshold_days=1),
        Rule(K.BEHIND_PLAN, threshold_days=1, threshold_percent=30, level2_percent=30),
        Rule(K.STALLED, threshold_days=60, threshold_percent=10),
        Rule(K.FUNDS_SHORT, threshold_days=60, threshold_percent=10, level2_percent=30),
    ],
)
def test_rule_is_refused_when_its_percentage_makes_no_sense(rule: Rule) -> None:
    with pytest.raises(RuleNotOrdered):
        succession((), rule)
