"""Appeals, their clocks, the tracking code, the rules behind them, and the departments' score."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from libs.common.workdays import UnknownCalendarYear, WorkCalendar
from services.projects.environment.domain.appeals import (
    AppealCategory,
    AppealKind,
    AppealStatus,
    ClosedAs,
    after_rating,
    demand_category,
    demand_status,
    finding_of,
)
from services.projects.environment.domain.rules import (
    EnvironmentRule,
    Overdue,
    RuleKind,
    demand_sound,
    overdue,
    rule_for,
)
from services.projects.environment.domain.scores import DoneItem, Handled, score_units
from services.projects.environment.domain.tracking import hash_of, new_code
from services.projects.environment.errors import (
    AppealStatusWrong,
    CategoryNotOfKind,
    EnvironmentRuleMissing,
)
from services.projects.registry.errors import ValidityNotOrdered

CALENDAR = WorkCalendar()
DUE = date(2026, 9, 30)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (DUE, None),
        # National Day: late, but by no working day yet.
        (date(2026, 10, 7), None),
        (date(2026, 10, 8), Overdue(DUE, 8, 1, 1)),
        (date(2026, 10, 10), Overdue(DUE, 10, 3, 2)),
    ],
)
def test_overdue_is_counted_in_working_days(today: date, expected: Overdue | None) -> None:
    assert overdue(DUE, today, CALENDAR, level2_at=3) == expected


def test_overdue_into_an_unknown_year_names_it() -> None:
    with pytest.raises(UnknownCalendarYear) as error:
        overdue(DUE, date(2031, 1, 5), CALENDAR)
    assert error.value.params["year"] == 2027


@pytest.mark.parametrize(
    ("satisfied", "returns", "status", "closed_as"),
    [
        (True, 0, AppealStatus.CLOSED, ClosedAs.SATISFIED),
        (True, 2, AppealStatus.CLOSED, ClosedAs.SATISFIED),
        (False, 0, AppealStatus.RETURNED, None),
        (False, 1, AppealStatus.RETURNED, None),
        (False, 2, AppealStatus.CLOSED, ClosedAs.UNSATISFIED),
    ],
)
def test_unsatisfactory_answer_goes_back_as_often_as_the_rule_says(
    satisfied: bool, returns: int, status: AppealStatus, closed_as: ClosedAs | None
) -> None:
    after = after_rating(satisfied, returns, 2)
    assert (after.status, after.closed_as) == (status, closed_as)


def test_every_category_belongs_to_some_kind_and_others_are_refused() -> None:
    with pytest.raises(CategoryNotOfKind):
        demand_category(AppealKind.COMPLAINT, AppealCategory.LAND)
    with pytest.raises(CategoryNotOfKind):
        demand_category(AppealKind.REQUEST, AppealCategory.FOUR_BULLIES)
    demand_category(AppealKind.REQUEST, AppealCategory.FEES)
    with pytest.raises(AppealStatusWrong):
        demand_status(AppealStatus.CLOSED, [AppealStatus.ANSWERED])


def test_condition_says_what_is_waited_for() -> None:
    late = Overdue(DUE, 8, 1, 1)
    assert "尚未转办" in finding_of(AppealStatus.ACCEPTED, late).explanation_zh
    assert "has not been answered: 1 working days" in finding_of(AppealStatus.RETURNED, late).explanation_en


def test_code_is_understood_however_it_was_copied() -> None:
    code = new_code()
    assert hash_of(code) == hash_of(code.lower().replace("-", "")) == hash_of(f" {code} ")
    assert hash_of(code) == hash_of(code.replace("0", "O").replace("1", "l"))
    assert hash_of(code) != hash_of(new_code())


RULES = (
    EnvironmentRule(RuleKind.APPEAL_ANSWER, 5),
    EnvironmentRule(RuleKind.APPEAL_ANSWER, 3, category="fees"),
    EnvironmentRule(RuleKind.APPEAL_ANSWER, 4, region_code="421224"),
    EnvironmentRule(RuleKind.APPEAL_ANSWER, 2, region_code="421224", category="fees", valid_from=DUE),
)


@pytest.mark.parametrize(
    ("region_code", "category", "on", "value"),
    [
        ("421221", "land", DUE, 5),
        ("421221", "fees", DUE, 3),
        ("421224101", "land", DUE, 4),
        ("421224101", "fees", DUE, 2),
        # The narrowest region counts before the category.
        ("421224101", "fees", date(2026, 9, 29), 4),
    ],
)
def test_rule_of_the_narrowest_region_counts_then_the_category(
    region_code: str, category: str, on: date, value: int
) -> None:
    assert rule_for(RULES, RuleKind.APPEAL_ANSWER, region_code, on, category).value == value


def test_missing_rule_is_named_and_senseless_ones_are_refused() -> None:
    with pytest.raises(EnvironmentRuleMissing):
        rule_for(RULES, RuleKind.APPEAL_RATING, "421224", DUE)
    for rule in (
        EnvironmentRule(RuleKind.INSPECTION_INSPECTORS, 0),
        EnvironmentRule(RuleKind.APPEAL_RETURNS, 1, level2_value=2),
        EnvironmentRule(RuleKind.APPEAL_RATING, 1, category="fees"),
    ):
        with pytest.raises(ValidityNotOrdered):
            demand_sound(rule)


UNIT = UUID(int=1)
FIRST, LAST, TODAY = date(2026, 9, 1), date(2026, 9, 30), date(2026, 10, 20)


def handled(number: int, due: date, answered: date | None, score: int | None = None) -> Handled:
    return Handled(UUID(int=number), UNIT, due, answered, score, answered if score else None)


def test_score_of_nothing_is_null_and_lateness_counts_where_it_falls() -> None:
    (score,) = score_units(
        inspections=[(UNIT, UUID(int=9), True)],
        unfiled=[],
        handled=[
            handled(1, date(2026, 9, 10), date(2026, 9, 10), 5),
            handled(2, date(2026, 9, 10), date(2026, 9, 11), 2),
            handled(3, date(2026, 9, 29), None),
            # Answered after the period: counted there, not here.
            handled(4, date(2026, 9, 29), date(2026, 10, 9), 1),
            handled(5, date(2026, 10, 12), None),
        ],
        items=[DoneItem(UUID(int=7), UNIT, date(2026, 9, 9), date(2026, 9, 10))],
        first=FIRST,
        last=LAST,
        today=TODAY,
    )
    assert [len(ids) for ids in (score.answered_on_time, score.answered_late, score.unanswered_overdue)] == [
        1,
        1,
        1,
    ]
    assert score.on_time_rate == pytest.approx(1 / 3)
    assert (score.mean_rating, score.items_on_time_rate) == (3.5, 0.0)
    assert score.filed == score.refused == [UUID(int=9)]
    (empty,) = score_units(
        inspections=[(UNIT, UUID(int=9), False)], unfiled=[], handled=[], items=[], first=FIRST, last=LAST,
        today=TODAY,
    )  # fmt: skip
    assert (empty.on_time_rate, empty.mean_rating, empty.items_on_time_rate) == (None, None, None)
