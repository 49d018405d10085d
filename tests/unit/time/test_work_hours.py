from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.workdays import SHANGHAI, WorkCalendar, WorkHours

CALENDAR = WorkCalendar()
instants = st.datetimes(datetime(2024, 12, 1), datetime(2025, 11, 30), timezones=st.just(SHANGHAI))  # noqa: DTZ001
minutes_spans = st.integers(0, 7 * 60 * 12)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "minutes", "expected"),
    [
        # 2025-03-12 is a plain Wednesday.
        ("2025-03-12T09:00", 30, "2025-03-12T09:30"),
        ("2025-03-12T11:30", 30, "2025-03-12T12:00"),
        ("2025-03-12T11:30", 31, "2025-03-12T14:31"),
        ("2025-03-12T12:00", 1, "2025-03-12T14:31"),
        ("2025-03-12T13:00", 60, "2025-03-12T15:30"),
        ("2025-03-12T17:30", 30, "2025-03-12T18:00"),
        ("2025-03-12T17:30", 60, "2025-03-13T09:00"),
        ("2025-03-12T20:00", 15, "2025-03-13T08:45"),
        ("2025-03-12T00:00", 420, "2025-03-12T18:00"),
        ("2025-03-12T08:30", 421, "2025-03-13T08:31"),
        # Friday evening goes on on Monday.
        ("2025-03-14T17:50", 20, "2025-03-17T08:40"),
        # Before National Day 2025: Tuesday 30 Sep 17:00 leaves an hour, then Thursday 9 Oct.
        ("2025-09-30T17:00", 90, "2025-10-09T09:00"),
        ("2025-10-03T10:00", 60, "2025-10-09T09:30"),
        # The Saturday worked in return: Friday 10 Oct 17:30 goes on on Saturday 11 Oct.
        ("2025-10-10T17:30", 60, "2025-10-11T09:00"),
        # Spring Festival 2025: the worked Sunday 26 Jan counts in full, then Monday 27, then 5 Feb.
        ("2025-01-24T18:00", 7 * 60 + 1, "2025-01-27T08:31"),
        ("2025-01-27T14:30", 211, "2025-02-05T08:31"),
        # Nothing to wait for: the instant itself, at night as well.
        ("2025-03-12T23:00", 0, "2025-03-12T23:00"),
        # Seconds are kept.
        ("2025-03-12T11:59:30", 1, "2025-03-12T14:30:30"),
    ],
)
def test_add_working_minutes_by_hand(start: str, minutes: int, expected: str) -> None:
    ends = CALENDAR.add_working_minutes(at(start), minutes)
    assert ends == at(expected)
    assert ends.tzinfo is UTC
    assert CALENDAR.working_minutes_between(at(start), ends) == minutes


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2025-03-12T08:30", "2025-03-12T18:00", 420),
        ("2025-03-12T11:00", "2025-03-12T15:00", 90),
        ("2025-03-12T12:00", "2025-03-12T14:30", 0),
        ("2025-03-12T18:00", "2025-03-13T08:30", 0),
        ("2025-03-14T17:00", "2025-03-17T09:00", 90),
        ("2025-10-01T00:00", "2025-10-09T00:00", 0),
        ("2025-10-10T17:00", "2025-10-13T08:30", 60 + 420),
        ("2025-03-12T15:00", "2025-03-12T11:00", -90),
        ("2025-03-12T09:00:00", "2025-03-12T09:00:30", 0.5),
    ],
)
def test_working_minutes_between_by_hand(start: str, end: str, expected: float) -> None:
    assert CALENDAR.working_minutes_between(at(start), at(end)) == expected


def test_the_local_day_decides_when_the_instant_is_in_utc() -> None:
    # 17:30 UTC on Sunday 16 March 2025 is 01:30 on Monday in Shanghai.
    start = datetime(2025, 3, 16, 17, 30, tzinfo=UTC)
    assert CALENDAR.add_working_minutes(start, 15) == at("2025-03-17T08:45")


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2025-03-12T08:29:59", False),
        ("2025-03-12T08:30", True),
        ("2025-03-12T12:00", False),
        ("2025-03-12T14:30", True),
        ("2025-03-12T18:00", False),
        ("2025-03-15T10:00", False),
        ("2025-10-11T10:00", True),
        ("2025-10-01T10:00", False),
    ],
)
def test_is_working_time_by_hand(instant: str, expected: bool) -> None:
    assert CALENDAR.is_working_time(at(instant)) is expected


def test_hours_are_data() -> None:
    summer = WorkCalendar(hours=WorkHours(segments=((time(8), time(12)), (time(15), time(18, 30)))))
    assert summer.add_working_minutes(at("2025-07-09T11:30"), 60) == at("2025-07-09T15:30")
    assert WorkHours().of(date(2025, 3, 12))[0] == (at("2025-03-12T08:30"), at("2025-03-12T12:00"))


@pytest.mark.parametrize(
    "segments",
    [
        (),
        ((time(9), time(9)),),
        ((time(12), time(9)),),
        ((time(9), time(12)), (time(11), time(15))),
    ],
)
def test_impossible_hours_are_refused(segments: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(ValueError, match="working hours"):
        WorkHours(segments=segments)


def test_a_naive_instant_and_negative_minutes_are_refused() -> None:
    naive = datetime(2025, 3, 12, 9)  # noqa: DTZ001
    with pytest.raises(ValueError, match="no zone"):
        CALENDAR.add_working_minutes(naive, 1)
    with pytest.raises(ValueError, match="no zone"):
        CALENDAR.working_minutes_between(naive, at("2025-03-12T10:00"))
    with pytest.raises(ValueError, match="added"):
        CALENDAR.add_working_minutes(at("2025-03-12T09:00"), -1)


@given(instants, minutes_spans)
def test_adding_and_measuring_agree(start: datetime, minutes: int) -> None:
    end = CALENDAR.add_working_minutes(start, minutes)
    assert end >= start
    assert CALENDAR.working_minutes_between(start, end) == minutes


@given(instants, instants, minutes_spans)
def test_a_later_start_never_ends_earlier_when_minutes_are_equal(
    first: datetime, second: datetime, minutes: int
) -> None:
    first, second = sorted((first, second))
    assert CALENDAR.add_working_minutes(first, minutes) <= CALENDAR.add_working_minutes(second, minutes)


@given(instants, minutes_spans, minutes_spans)
def test_more_minutes_never_end_earlier(start: datetime, first: int, second: int) -> None:
    fewer, more = sorted((first, second))
    assert CALENDAR.add_working_minutes(start, fewer) <= CALENDAR.add_working_minutes(start, more)


@given(instants, st.integers(0, 30 * 24 * 60), st.integers(0, 30 * 24 * 60))
def test_measuring_adds_up_over_a_point_between(start: datetime, first: int, second: int) -> None:
    middle = start + timedelta(minutes=first)
    end = middle + timedelta(minutes=second)
    total = CALENDAR.working_minutes_between(start, middle) + CALENDAR.working_minutes_between(middle, end)
    assert abs(total - CALENDAR.working_minutes_between(start, end)) < 1e-6


SUMMER = WorkHours(segments=((time(8), time(12)), (time(15), time(18, 30))))
SEASONAL = WorkCalendar(hours=lambda day: SUMMER if 6 <= day.month <= 8 else WorkHours())


def test_minutes_follow_the_day_when_hours_change_with_the_season() -> None:
    # Friday 30 May 2025 ends at 18:00; Tuesday 3 June (Monday is the Dragon Boat holiday) begins at 08:00.
    assert SEASONAL.add_working_minutes(at("2025-05-30T17:30"), 60) == at("2025-06-03T08:30")
    assert SEASONAL.working_minutes_between(at("2025-05-30T17:30"), at("2025-06-03T08:30")) == 60
    assert SEASONAL.is_working_time(at("2025-06-03T08:10"))
    assert not SEASONAL.is_working_time(at("2025-05-30T08:10"))


@given(instants, minutes_spans)
def test_taking_minutes_is_adding_them_backwards(end: datetime, minutes: int) -> None:
    begun = CALENDAR.take_working_minutes(end, minutes)
    assert begun <= end
    assert CALENDAR.working_minutes_between(begun, end) == minutes


@pytest.mark.parametrize(
    ("end", "minutes", "expected"),
    [
        ("2025-03-12T15:00", 60, "2025-03-12T11:30"),
        # An hour before Monday's opening is an hour before Friday's close.
        ("2025-03-17T08:30", 60, "2025-03-14T17:00"),
        ("2025-03-12T23:00", 0, "2025-03-12T23:00"),
    ],
)
def test_take_working_minutes_by_hand(end: str, minutes: int, expected: str) -> None:
    assert CALENDAR.take_working_minutes(at(end), minutes) == at(expected)


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        ("2025-03-12T09:10", 2, "2025-03-14T09:10"),
        ("2025-03-14T17:00", 1, "2025-03-17T17:00"),
        # Saturday night counts from Monday's opening.
        ("2025-03-15T22:00", 1, "2025-03-18T08:30"),
        # National Day 2025 and the Saturday worked in return: after Tuesday Thursday 9, Friday, Saturday 11.
        ("2025-09-30T16:00", 3, "2025-10-11T16:00"),
    ],
)
def test_working_days_keep_the_time_of_day(start: str, days: int, expected: str) -> None:
    assert CALENDAR.add_working_days_at(at(start), days) == at(expected)


def test_working_day_ends_at_its_close_when_its_hours_are_shorter() -> None:
    # 18:10 is worked in August; on Monday 1 September the day ends at 18:00.
    assert SEASONAL.add_working_days_at(at("2025-08-29T18:10"), 1) == at("2025-09-01T18:00")
    # 08:05 is worked in August only: the opening counts.
    assert SEASONAL.add_working_days_at(at("2025-08-29T08:05"), 1) == at("2025-09-01T08:30")
