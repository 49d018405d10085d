"""When a feed is expected, late and silent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.workdays import WorkCalendar
from services.energy.sources.domain.schedule import FeedState, Schedule, ScheduleInvalid, standing

# Tuesday 15 September 2026, 08:00 in China.
EIGHT = datetime(2026, 9, 15, 0, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CALENDAR = WorkCalendar()


def schedule(**facts: object) -> Schedule:
    values: dict[str, object] = {
        "every_minutes": None,
        "cron": None,
        "workdays_only": False,
        "grace": 10 * MINUTE,
        "silent_after": 60 * MINUTE,
    }
    return Schedule(**(values | facts))  # type: ignore[arg-type] # a table of cases


def state(plan: Schedule, since: datetime, now: datetime) -> FeedState:
    return standing(plan, since, now, CALENDAR.is_working_day).state


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (0, "on_time"),
        (15, "on_time"),
        (25, "on_time"),
        (26, "late"),
        (75, "late"),
        (76, "silent"),
        (9999, "silent"),
    ],
)
def test_step_is_late_and_silent_by_its_patience(minutes: int, expected: str) -> None:
    assert state(schedule(every_minutes=15), EIGHT, EIGHT + minutes * MINUTE) == expected


@pytest.mark.parametrize(
    ("last", "now", "expected"),
    [
        # Yesterday's came late, at 08:10: it is not today's.
        (-24 * 60 + 10, 5, "on_time"),
        (-24 * 60 + 10, 11, "late"),
        (-24 * 60 + 10, 61, "silent"),
        # Today's came ten minutes early: nothing is due before tomorrow.
        (-10, 23 * 60, "on_time"),
        # An hour early is not today's.
        (-60, 11, "late"),
        (30, 24 * 60 + 11, "late"),
    ],
)
def test_day_file_is_expected_by_cron(last: int, now: int, expected: str) -> None:
    assert state(schedule(cron="0 8 * * *"), EIGHT + last * MINUTE, EIGHT + now * MINUTE) == expected


def test_nothing_is_missed_on_days_of_rest() -> None:
    plan = schedule(cron="0 8 * * *", workdays_only=True)
    friday = datetime(2026, 9, 18, 0, 5, tzinfo=UTC)
    # 20 September is worked in return for the holidays of October; 19 September rests.
    assert state(plan, friday, friday + timedelta(days=1, hours=10)) is FeedState.ON_TIME
    sunday = datetime(2026, 9, 20, 0, 0, tzinfo=UTC)
    assert plan.expected_after(friday, CALENDAR.is_working_day) == sunday
    step = schedule(every_minutes=60, workdays_only=True)
    evening = datetime(2026, 9, 18, 15, 30, tzinfo=UTC)
    assert step.expected_after(evening, CALENDAR.is_working_day) == datetime(2026, 9, 19, 16, 0, tzinfo=UTC)


def test_nothing_is_expected_without_schedule_or_when_paused() -> None:
    assert standing(schedule(), EIGHT, EIGHT + timedelta(days=99), lambda _: True).state is FeedState.UNSCHEDULED
    found = standing(schedule(every_minutes=5), EIGHT, EIGHT + timedelta(days=99), lambda _: True, is_active=False)
    assert found.state is FeedState.PAUSED


@pytest.mark.parametrize(
    "facts",
    [
        {"every_minutes": 5, "cron": "0 8 * * *"},
        {"every_minutes": 0},
        {"cron": "0 8 * *"},
        {"cron": "0 8 31 2 *"},
        {"cron": "monday"},
        {"every_minutes": 5, "grace": 61 * MINUTE},
    ],
)
def test_schedule_is_refused_when_it_makes_no_sense(facts: dict[str, object]) -> None:
    with pytest.raises(ScheduleInvalid):
        schedule(**facts)


@given(
    st.integers(1, 3000), st.integers(0, 100), st.integers(0, 1000), st.integers(0, 20_000), st.integers(0, 500)
)
def test_feed_only_gets_worse_until_it_is_heard(step: int, grace: int, more: int, at: int, later: int) -> None:
    plan = schedule(every_minutes=step, grace=grace * MINUTE, silent_after=(grace + more) * MINUTE)
    order = list(FeedState)
    first = standing(plan, EIGHT, EIGHT + at * MINUTE, lambda _: True)
    second = standing(plan, EIGHT, EIGHT + (at + later) * MINUTE, lambda _: True)
    assert order.index(first.state) <= order.index(second.state)
    assert first.lateness <= second.lateness
    heard = standing(plan, EIGHT + at * MINUTE, EIGHT + at * MINUTE, lambda _: True)
    assert heard.state is FeedState.ON_TIME
