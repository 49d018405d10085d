"""Rules of phase-out: requirement, passing, deadlines by an honest calendar, and whether something still runs."""

from datetime import date, timedelta

import numpy as np
import pytest

from libs.common.workdays import WorkCalendar
from services.energy.phase_out.domain.case import (
    Comparator,
    Conclusion,
    InspectionFact,
    Requirement,
    may_pass,
)
from services.energy.phase_out.domain.deadlines import DateKind, PendingDate, days_left, nearest, oldest_past
from services.energy.phase_out.domain.running import Floats, Running, RunningRule, Untold, check_running

CALENDAR = WorkCalendar()
RULE = RunningRule(share=0.1, floor_kw=5.0, slots=4, least_completeness=0.9)


def test_requirement_is_judged_by_its_comparison() -> None:
    scale = Requirement(Comparator.AT_LEAST, 6300.0)
    assert scale.judge(6300.0) is Conclusion.MET
    assert scale.judge(3200.0) is Conclusion.NOT_MET
    assert scale.judge(None) is Conclusion.CANNOT_TELL
    intensity = Requirement(Comparator.AT_MOST, 0.4)
    assert intensity.judge(0.41) is Conclusion.NOT_MET
    # No figure makes a banned thing good.
    assert Requirement(Comparator.BANNED, None).judge(1e9) is Conclusion.NOT_MET


def seen(day: int, conclusion: Conclusion) -> InspectionFact:
    return InspectionFact(date(2026, 9, day), conclusion)


@pytest.mark.parametrize(
    ("inspections", "items", "comparator", "expected"),
    [
        ([], [], Comparator.AT_LEAST, False),
        ([seen(1, Conclusion.MET)], [], Comparator.AT_LEAST, True),
        ([seen(1, Conclusion.MET), seen(2, Conclusion.NOT_MET)], [], Comparator.AT_LEAST, False),
        # One that could not tell does not outweigh one that could.
        ([seen(1, Conclusion.MET), seen(2, Conclusion.CANNOT_TELL)], [], Comparator.AT_LEAST, True),
        ([seen(1, Conclusion.MET)], [None], Comparator.BANNED, False),
        ([], [date(2026, 9, 1), date(2026, 9, 2)], Comparator.BANNED, True),
        ([], [date(2026, 9, 1), None], Comparator.BANNED, False),
    ],
)
def test_case_passes_by_inspection_or_removal(
    inspections: list[InspectionFact], items: list[date | None], comparator: Comparator, expected: bool
) -> None:
    assert may_pass(inspections, items, comparator) is expected


def deadline(on: date) -> PendingDate:
    return PendingDate(DateKind.DEADLINE, on)


def test_working_days_leave_out_the_national_holiday() -> None:
    # 2026: 25 to 27 September Mid-Autumn, 1 to 7 October National Day, 20 September and 10 October worked.
    left = days_left(CALENDAR, date(2026, 9, 28), date(2026, 10, 12))
    assert left.working_days == sum(
        CALENDAR.is_working_day(date(2026, 9, 28) + timedelta(days=n)) for n in range(1, 15)
    )
    assert left.working_days is not None
    assert left.working_days < 9


def test_calendar_admits_the_year_it_does_not_know() -> None:
    left = days_left(CALENDAR, date(2026, 12, 1), date(2027, 1, 29))
    assert (left.working_days, left.unknown_year) == (None, 2027)
    # All of December is worked enough to say "not within ten", and too little to say "not within sixty".
    assert left.within(10) is False
    assert left.within(60) is None


def test_near_date_is_warned_of_also_where_the_calendar_cannot_tell() -> None:
    on = date(2027, 1, 29)
    assert nearest(CALENDAR, [deadline(on)], date(2026, 12, 1), 10) is None
    near = nearest(CALENDAR, [deadline(on)], date(2026, 12, 1), 60)
    assert near is not None
    assert near.left.unknown_year == 2027
    # Few calendar days left are few working days in any calendar.
    close = nearest(CALENDAR, [deadline(date(2027, 1, 5))], date(2027, 1, 2), 10)
    assert close is not None
    assert close.calendar_days == 3
    # Years away nobody asks the calendar.
    assert nearest(CALENDAR, [deadline(date(2035, 1, 1))], date(2026, 9, 1), 30) is None


def test_nearest_and_oldest_are_chosen_among_deadline_and_milestones() -> None:
    today = date(2026, 9, 15)
    pending = [
        deadline(date(2026, 12, 31)),
        PendingDate(DateKind.MILESTONE, date(2026, 9, 15), "停产"),
        PendingDate(DateKind.MILESTONE, date(2026, 9, 1), "方案"),
        PendingDate(DateKind.MILESTONE, date(2026, 8, 1), "备案"),
    ]
    near = nearest(CALENDAR, pending, today, 5)
    assert near is not None
    assert (near.pending.name, near.left.working_days) == ("停产", 0)
    past = oldest_past(pending, today)
    assert past is not None
    assert (past.pending.name, past.days, past.others) == ("备案", 45, 1)
    # On the day itself a date is not past.
    assert oldest_past([deadline(today)], today) is None
    assert nearest(CALENDAR, [], today, 5) is None


def loads(*values: float) -> Floats:
    return np.array([[float(value)] * 24 for value in values]).reshape(1, -1)


def test_load_above_a_tenth_of_the_usual_is_running() -> None:
    found = check_running(loads(1000, 1000), loads(20, 150, 20, 20), RULE)
    assert (found.result, found.threshold_kw, found.highest_kw, found.slots_above) == (
        Running.RUNNING,
        100.0,
        150.0,
        24,
    )


def test_light_and_pumps_are_no_running() -> None:
    assert check_running(loads(1000), loads(20, 99), RULE).result is Running.STOPPED


def test_standing_still_is_not_concluded_from_gaps() -> None:
    gaps = loads(0, 0, 0, 0)
    gaps[0, :20] = np.nan
    found = check_running(loads(1000), gaps, RULE)
    assert (found.result, found.reason) == (Running.CANNOT_TELL, Untold.INCOMPLETE)
    # Running is proved by what is there.
    gaps[0, 50:60] = 500.0
    assert check_running(loads(1000), gaps, RULE).result is Running.RUNNING


def test_nothing_known_is_told_apart() -> None:
    nothing = np.empty((0, 96))
    assert check_running(nothing, nothing, RULE).reason is Untold.NO_METERS
    assert check_running(loads(1000), np.full((1, 96), np.nan), RULE).reason is Untold.NO_DATA
    # Without a past the floor decides.
    found = check_running(np.full((1, 96), np.nan), loads(4, 4), RULE)
    assert (found.result, found.usual_kw, found.threshold_kw) == (Running.STOPPED, None, 5.0)


def test_meters_of_an_enterprise_count_together() -> None:
    before = np.full((2, 96), 400.0)
    after = np.full((2, 96), 45.0)
    # 800 kW were usual; two times 45 are above 80.
    assert check_running(before, after, RULE).result is Running.RUNNING
    assert check_running(before, np.full((2, 96), 39.0), RULE).result is Running.STOPPED
