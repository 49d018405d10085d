from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.scheduler import Trigger, cron, every, working_days
from libs.common.workdays import SHANGHAI, UnknownCalendarYear, WorkCalendar

instants = st.datetimes(datetime(2012, 1, 1), datetime(2025, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001
triggers = st.sampled_from(
    [
        cron("30 7 * * *"),
        cron("*/15 8-18 * * 1-5"),
        cron("0 0 1 * *"),
        cron("0 9 29 2 *"),
        every(minutes=1),
        every(minutes=7),
        every(minutes=1440),
        working_days("07:30"),
        working_days("00:00"),
    ]
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("trigger", "instant", "last", "following"),
    [
        (cron("30 7 * * *"), "2025-03-12T07:29", "2025-03-11T07:30", "2025-03-12T07:30"),
        (cron("30 7 * * *"), "2025-03-12T07:30", "2025-03-12T07:30", "2025-03-13T07:30"),
        (cron("30 7 * * *"), "2025-03-12T07:30:00.000001", "2025-03-12T07:30", "2025-03-13T07:30"),
        (cron("30 7 * * *"), "2025-03-12T07:29:59.999999", "2025-03-11T07:30", "2025-03-12T07:30"),
        # The first of a month in Shanghai is still the last of the one before in UTC.
        (cron("0 0 1 * *"), "2025-03-31T23:59", "2025-03-01T00:00", "2025-04-01T00:00"),
        (cron("0 9 * * 1"), "2025-03-12T10:00", "2025-03-10T09:00", "2025-03-17T09:00"),
        (every(minutes=15), "2025-03-12T07:44", "2025-03-12T07:30", "2025-03-12T07:45"),
        (every(minutes=15), "2025-03-12T07:45", "2025-03-12T07:45", "2025-03-12T08:00"),
        (every(minutes=1440), "2025-03-12T07:45", "2025-03-12T00:00", "2025-03-13T00:00"),
        (working_days("07:30"), "2025-03-12T07:00", "2025-03-11T07:30", "2025-03-12T07:30"),
        (working_days("07:30"), "2025-03-14T08:00", "2025-03-14T07:30", "2025-03-17T07:30"),
        (working_days("07:30"), "2025-03-17T07:30", "2025-03-17T07:30", "2025-03-18T07:30"),
        # National Day 2025 and the Saturday worked in return.
        (working_days("07:30"), "2025-10-03T12:00", "2025-09-30T07:30", "2025-10-09T07:30"),
        (working_days("07:30"), "2025-10-10T07:30", "2025-10-10T07:30", "2025-10-11T07:30"),
        (working_days("00:10"), "2025-01-25T00:00", "2025-01-24T00:10", "2025-01-26T00:10"),
    ],
)
def test_due_times_by_hand(trigger: Trigger, instant: str, last: str, following: str) -> None:
    assert trigger.last_until(at(instant)) == at(last)
    assert trigger.next_after(at(instant)) == at(following)


@pytest.mark.parametrize(
    "expression", ["", "hourly", "* * * *", "0 * * * * *", "60 * * * *", "0 0 30 2 *", "30 7 * * * 2026"]
)
def test_an_expression_that_is_not_cron_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match="cron"):
        cron(expression)


def test_impossible_steps_and_times_are_refused() -> None:
    with pytest.raises(ValueError, match="minute"):
        every(minutes=0)
    with pytest.raises(ValueError, match="hour"):
        working_days("25:00")
    with pytest.raises(ValueError, match="zone"):
        working_days("07:30+08:00")


def test_a_working_day_beyond_the_known_calendar_is_an_error() -> None:
    trigger = working_days("07:30")
    assert trigger.next_after(at("2026-12-30T08:00")) == at("2026-12-31T07:30")
    with pytest.raises(UnknownCalendarYear, match="2027"):
        trigger.next_after(at("2026-12-31T08:00"))


def test_the_calendar_is_asked_anew_when_rows_change() -> None:
    rows: dict[date, bool] = {}
    trigger = working_days("07:30", calendar=lambda: WorkCalendar(rows))
    assert trigger.next_after(at("2025-03-12T08:00")) == at("2025-03-13T07:30")
    rows[date(2025, 3, 13)] = False
    assert trigger.next_after(at("2025-03-12T08:00")) == at("2025-03-14T07:30")


@given(triggers, instants)
def test_no_due_time_lies_between_the_two_answers(trigger: Trigger, instant: datetime) -> None:
    last, following = trigger.last_until(instant), trigger.next_after(instant)
    assert last <= instant < following
    assert last.utcoffset() == following.utcoffset() == timedelta()
    assert trigger.next_after(last) == following
    assert trigger.last_until(following) == following
    assert trigger.last_until(following - timedelta(microseconds=1)) == last
