from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.workdays import VERIFIED_YEARS, DayType, UnknownCalendarYear, WorkCalendar

CALENDAR = WorkCalendar()
dates = st.dates(date(2011, 1, 1), date(2025, 6, 30))
day_counts = st.integers(0, 120)


def d(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        # A plain week: Monday + 5 is the next Monday.
        ("2025-03-10", 5, "2025-03-17"),
        ("2025-03-10", 0, "2025-03-10"),
        # From a Saturday the first working day is Monday.
        ("2025-03-15", 1, "2025-03-17"),
        ("2025-03-15", 0, "2025-03-15"),
        # Spring Festival 2025: rest 28 Jan - 4 Feb, worked Sun 26 Jan and Sat 8 Feb.
        # 24 Fri | 26 (1), 27 (2), 5 Feb (3), 6 (4), 7 (5), 8 (6), 10 (7).
        ("2025-01-24", 2, "2025-01-27"),
        ("2025-01-24", 3, "2025-02-05"),
        ("2025-01-24", 5, "2025-02-07"),
        ("2025-01-24", 6, "2025-02-08"),
        ("2025-01-24", 7, "2025-02-10"),
        # National Day joined with Mid-Autumn 2025: rest 1 - 8 Oct, worked Sun 28 Sep and Sat 11 Oct.
        ("2025-09-26", 1, "2025-09-28"),
        ("2025-09-26", 5, "2025-10-10"),
        ("2025-09-30", 1, "2025-10-09"),
        ("2025-09-30", 3, "2025-10-11"),
        ("2025-09-30", 4, "2025-10-13"),
        # Signed on 29 Sep 2025 with five days: 30, 9, 10, 11, 13.
        ("2025-09-29", 5, "2025-10-13"),
        # Over New Year 2026: 31 Dec, then 4 Jan (Sunday, worked), 5 Jan.
        ("2025-12-30", 3, "2026-01-05"),
        # Spring Festival 2026: rest 15 - 23 Feb, worked Sat 14 and Sat 28 Feb.
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-13", 2, "2026-02-24"),
        ("2026-02-13", 6, "2026-02-28"),
        ("2026-02-13", 7, "2026-03-02"),
        # Backwards.
        ("2025-10-09", -1, "2025-09-30"),
        ("2025-10-05", -3, "2025-09-28"),
        ("2025-03-17", -5, "2025-03-10"),
    ],
)
def test_add_working_days_by_hand(start: str, days: int, expected: str) -> None:
    assert CALENDAR.add_working_days(d(start), days) == d(expected)
    if days:
        assert CALENDAR.working_days_between(d(start), d(expected)) == days


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2025-10-01", "2025-10-09"),
        ("2025-10-09", "2025-10-09"),
        ("2025-10-11", "2025-10-11"),
        ("2025-10-12", "2025-10-13"),
        ("2024-02-10", "2024-02-18"),
        ("2025-01-26", "2025-01-26"),
        ("2025-06-07", "2025-06-09"),
    ],
)
def test_a_due_day_rolls_to_the_next_working_day(day: str, expected: str) -> None:
    assert CALENDAR.next_working_day(d(day)) == d(expected)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2025-10-01", "2025-10-31", 18),  # 9, 10, 11 (Saturday), then three full weeks
        ("2025-09-30", "2025-10-08", 0),
        ("2025-10-09", "2025-10-09", 0),
        ("2025-01-27", "2025-02-05", 1),
        ("2025-02-05", "2025-01-27", -1),
        ("2024-12-31", "2025-12-31", 248),
        ("2023-12-31", "2024-12-31", 251),
    ],
)
def test_working_days_between_by_hand(start: str, end: str, expected: int) -> None:
    assert CALENDAR.working_days_between(d(start), d(end)) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2025-03-12", DayType.WORKING),
        ("2025-03-10", DayType.FIRST_AFTER_REST),  # an ordinary Monday
        ("2025-03-15", DayType.SATURDAY),
        ("2025-03-16", DayType.SUNDAY),
        ("2025-01-01", DayType.HOLIDAY),  # a Wednesday
        ("2025-01-02", DayType.FIRST_AFTER_REST),
        ("2025-01-26", DayType.ADJUSTED_WORKDAY),
        ("2025-01-27", DayType.WORKING),  # a Monday after a worked Sunday
        ("2025-01-28", DayType.HOLIDAY),
        ("2025-02-01", DayType.HOLIDAY),  # Saturday within Spring Festival
        ("2025-02-02", DayType.HOLIDAY),
        ("2025-02-04", DayType.HOLIDAY),
        ("2025-02-05", DayType.FIRST_AFTER_REST),
        ("2025-04-04", DayType.HOLIDAY),
        ("2025-04-05", DayType.SATURDAY),  # a weekend at the edge of a holiday
        ("2025-09-28", DayType.ADJUSTED_WORKDAY),
        ("2025-10-04", DayType.HOLIDAY),  # Saturday between National Day and Mid-Autumn
        ("2025-10-05", DayType.HOLIDAY),
        ("2025-10-08", DayType.HOLIDAY),
        ("2025-10-09", DayType.FIRST_AFTER_REST),
        ("2025-10-11", DayType.ADJUSTED_WORKDAY),
        ("2025-10-13", DayType.FIRST_AFTER_REST),
        ("2026-01-04", DayType.ADJUSTED_WORKDAY),  # follows rest, yet stays an adjusted day
        ("2026-01-05", DayType.WORKING),
        ("2026-02-21", DayType.HOLIDAY),
        ("2010-01-01", DayType.HOLIDAY),  # the first known day
        ("2026-12-31", DayType.WORKING),  # the last known day
    ],
)
def test_day_type_by_hand(day: str, expected: DayType) -> None:
    assert CALENDAR.day_type(d(day)) is expected


@pytest.mark.parametrize("year", [2001, 2009, 2027, 2050])
def test_an_unknown_year_is_named_and_never_guessed(year: int) -> None:
    for ask in (
        CALENDAR.is_working_day,
        CALENDAR.day_type,
        CALENDAR.next_working_day,
        lambda day: CALENDAR.add_working_days(day, 1),
        lambda day: CALENDAR.working_days_between(day, day + timedelta(days=1)),
    ):
        with pytest.raises(UnknownCalendarYear) as caught:
            ask(date(year, 6, 15))
        assert caught.value.params == {"year": year}
        assert caught.value.code == "calendar.unknown_year"


def test_a_span_that_runs_over_the_edge_of_the_known_years_is_refused() -> None:
    assert CALENDAR.add_working_days(d("2026-12-30"), 1) == d("2026-12-31")
    with pytest.raises(UnknownCalendarYear, match="2027"):
        CALENDAR.add_working_days(d("2026-12-30"), 2)
    with pytest.raises(UnknownCalendarYear, match="2009"):
        CALENDAR.add_working_days(d("2010-01-05"), -10)
    with pytest.raises(UnknownCalendarYear, match="2027"):
        CALENDAR.working_days_between(d("2026-12-30"), d("2027-01-04"))
    with pytest.raises(UnknownCalendarYear, match="2027"):
        CALENDAR.add_working_minutes(datetime(2026, 12, 31, 9, tzinfo=UTC), 600)


def test_a_row_moves_a_day_when_it_differs_from_the_notice() -> None:
    calendar = WorkCalendar({d("2025-03-12"): False, d("2025-03-15"): True, d("2025-10-08"): True})
    assert not calendar.is_working_day(d("2025-03-12"))
    assert calendar.day_type(d("2025-03-12")) is DayType.HOLIDAY
    assert calendar.day_type(d("2025-03-13")) is DayType.FIRST_AFTER_REST
    assert calendar.day_type(d("2025-03-15")) is DayType.ADJUSTED_WORKDAY
    assert calendar.day_type(d("2025-10-08")) is DayType.FIRST_AFTER_REST
    assert calendar.add_working_days(d("2025-03-11"), 3) == d("2025-03-15")
    assert CALENDAR.is_working_day(d("2025-03-12"))


def test_a_row_answers_for_its_own_day_only_when_the_year_is_unknown() -> None:
    calendar = WorkCalendar({d("2027-01-01"): False})
    assert not calendar.is_working_day(d("2027-01-01"))
    with pytest.raises(UnknownCalendarYear, match="2027"):
        calendar.is_working_day(d("2027-01-02"))
    with pytest.raises(UnknownCalendarYear, match="2027"):
        calendar.next_working_day(d("2027-01-01"))


def test_a_declared_year_is_made_of_weekends_and_rows() -> None:
    calendar = WorkCalendar({d("2027-01-01"): False, d("2027-01-09"): True}, declared_years=[2027])
    assert calendar.known_years == VERIFIED_YEARS | {2027}
    # 31 Dec 2026 Thu | 1 Jan rest, weekend | Mon 4 Jan.
    assert calendar.add_working_days(d("2026-12-31"), 1) == d("2027-01-04")
    assert calendar.day_type(d("2027-01-01")) is DayType.HOLIDAY
    assert calendar.day_type(d("2027-01-09")) is DayType.ADJUSTED_WORKDAY
    # The library's estimate of the Spring Festival (5 - 10 Feb) has no say.
    assert calendar.is_working_day(d("2027-02-08"))
    with pytest.raises(UnknownCalendarYear, match="2028"):
        calendar.is_working_day(d("2028-01-01"))


def test_a_datetime_is_refused_where_a_date_is_meant() -> None:
    with pytest.raises(TypeError, match="takes a date"):
        CALENDAR.is_working_day(datetime(2025, 3, 12, tzinfo=UTC))


@given(dates, day_counts)
def test_adding_and_counting_agree(start: date, days: int) -> None:
    end = CALENDAR.add_working_days(start, days)
    assert CALENDAR.working_days_between(start, end) == days
    assert days == 0 or CALENDAR.is_working_day(end)


@given(dates, day_counts)
def test_taking_away_and_counting_agree(start: date, days: int) -> None:
    end = CALENDAR.add_working_days(start + timedelta(days=200), -days)
    assert CALENDAR.working_days_between(start + timedelta(days=200), end) == -days


@given(dates, dates, day_counts)
def test_a_later_start_never_ends_earlier(first: date, second: date, days: int) -> None:
    first, second = sorted((first, second))
    assert CALENDAR.add_working_days(first, days) <= CALENDAR.add_working_days(second, days)


@given(dates, day_counts, day_counts)
def test_adding_twice_is_adding_the_sum(start: date, first: int, second: int) -> None:
    twice = CALENDAR.add_working_days(CALENDAR.add_working_days(start, first), second)
    assert twice == CALENDAR.add_working_days(start, first + second)


@given(dates)
def test_day_type_and_working_day_agree(day: date) -> None:
    assert CALENDAR.day_type(day).is_working is CALENDAR.is_working_day(day)
    rolled = CALENDAR.next_working_day(day)
    assert rolled >= day
    assert (rolled == day) is CALENDAR.is_working_day(day)
