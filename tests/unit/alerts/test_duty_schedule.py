"""Rotations, holiday lists, entered shifts and swaps: who is on duty at every instant; no database."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.workdays import WorkCalendar
from services.alerts.rosters.domain.rotation import DaysCovered, Member, Period, Rotation, turns
from services.alerts.rosters.domain.schedule import (
    Assignment,
    DutyRole,
    Holiday,
    Layer,
    Shift,
    gaps,
    holds,
    schedule,
)

CALENDAR = WorkCalendar()
A, B, C, D = (UUID(int=number) for number in range(1, 5))
NAMES = {A: "A", B: "B", C: "C", D: "D", None: "-"}


def local(month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def rotation(**changes: Any) -> Rotation:
    values: dict[str, Any] = {
        "id": uuid4(),
        "valid_from": date(2026, 9, 14),
        "valid_to": None,
        "period": Period.DAILY,
        "days": DaysCovered.EVERY,
        "handovers": (time(8),),
        "handover_weekday": 0,
        "members": (Member(A), Member(B), Member(C)),
    }
    return Rotation(**{**values, **changes})


def named(rows: list[Rotation], start: datetime, end: datetime, **more: Any) -> list[tuple[str, str]]:
    """(beginning in local time, primary) of each shift."""
    shifts = schedule(
        rows, more.get("holidays", []), more.get("assignments", []), CALENDAR.is_working_day, start, end
    )
    return [
        ((shift.starts_at + timedelta(hours=8)).strftime("%d %H:%M"), NAMES[shift.primary.person])
        for shift in shifts
    ]


def assigned(
    layer: Layer, person: UUID, start: datetime, end: datetime, made: int = 0, **facts: Any
) -> Assignment:
    return Assignment(uuid4(), layer, facts.get("role", DutyRole.PRIMARY), person, start, end, made)


def test_daily_rotation_hands_over_at_eight() -> None:
    assert named([rotation()], local(9, 14), local(9, 17, 9)) == [
        ("14 00:00", "-"),
        ("14 08:00", "A"),
        ("15 08:00", "B"),
        ("16 08:00", "C"),
        ("17 08:00", "A"),
    ]


def test_day_and_night_are_two_turns_when_there_are_two_handovers() -> None:
    two = rotation(handovers=(time(8), time(20)))
    assert named([two], local(9, 14, 8), local(9, 15, 21)) == [
        ("14 08:00", "A"),
        ("14 20:00", "B"),
        ("15 08:00", "C"),
        ("15 20:00", "A"),
    ]


def test_weekly_rotation_begins_in_the_middle_of_a_week_and_hands_over_on_its_day() -> None:
    weekly = rotation(period=Period.WEEKLY, valid_from=date(2026, 9, 16), handovers=(time(9),))
    assert named([weekly], local(9, 16, 9), local(10, 5)) == [
        ("16 09:00", "A"),
        ("21 09:00", "B"),
        ("28 09:00", "C"),
    ]
    friday = rotation(period=Period.WEEKLY, handover_weekday=4)
    assert named([friday], local(9, 17, 8), local(9, 19)) == [("17 08:00", "A"), ("18 08:00", "B")]


def test_days_of_rest_are_counted_by_themselves() -> None:
    # 19 September is a Saturday, the 20th a worked Sunday, the 25th (Mid-Autumn) to the 27th rest.
    rest = rotation(days=DaysCovered.REST, handovers=(time(0),))
    assert [row for row in named([rest], local(9, 19), local(9, 28)) if row[1] != "-"] == [
        ("19 00:00", "A"),
        ("25 00:00", "B"),
        ("26 00:00", "C"),
        ("27 00:00", "A"),
    ]
    working = rotation(days=DaysCovered.WORKING, handovers=(time(0),), members=(Member(D),))
    both = schedule([working, rest], [], [], CALENDAR.is_working_day, local(9, 14), local(10, 14))
    assert gaps(both, {A, B, C, D}) == []


def test_later_rotation_lies_above_the_earlier() -> None:
    newer = rotation(members=(Member(D),), valid_from=date(2026, 9, 16))
    assert named([rotation(), newer], local(9, 15, 8), local(9, 17)) == [("15 08:00", "B"), ("16 08:00", "D")]


def test_rotation_ends_with_its_last_day() -> None:
    ended = rotation(valid_to=date(2026, 9, 16))
    assert named([ended], local(9, 15, 8), local(9, 17)) == [("15 08:00", "B"), ("16 08:00", "-")]


def test_holiday_list_stands_for_its_whole_period_and_what_it_leaves_empty_is_a_gap() -> None:
    holiday = Holiday(uuid4(), local(10, 1), local(10, 3))
    day = assigned(Layer.HOLIDAY, D, local(10, 1, 8), local(10, 2, 8))
    rows = named([rotation()], local(9, 30, 8), local(10, 3, 9), holidays=[holiday], assignments=[day])
    assert rows == [
        ("30 08:00", "B"),
        ("01 00:00", "-"),
        ("01 08:00", "D"),
        ("02 08:00", "-"),
        ("03 00:00", "A"),
        ("03 08:00", "B"),
    ]


def test_layers_lie_upon_each_other_and_the_last_of_a_layer_counts() -> None:
    day = (local(9, 15, 8), local(9, 16, 8))
    rows = [
        assigned(Layer.SWAP, C, *day, made=1),
        assigned(Layer.SWAP, D, *day, made=2),
        assigned(Layer.ENTERED, A, *day, made=3),
    ]
    for known, expected in ((rows, "D"), (rows[:1], "C"), (rows[2:], "A"), ([], "B")):
        assert named([rotation()], *day, assignments=known) == [("15 08:00", expected)]


def test_backup_covers_when_nobody_is_first() -> None:
    backup = assigned(Layer.ENTERED, B, local(9, 14), local(9, 14, 4), role=DutyRole.BACKUP)
    shifts = schedule([], [], [backup], CALENDAR.is_working_day, local(9, 14), local(9, 14, 6))
    assert gaps(shifts, {B}) == [(local(9, 14, 4), local(9, 14, 6))]
    assert gaps(shifts, set()) == [(local(9, 14), local(9, 14, 6))]


def test_person_holds_a_duty_only_when_it_is_theirs_throughout() -> None:
    shifts = schedule([rotation()], [], [], CALENDAR.is_working_day, local(9, 14, 20), local(9, 15, 9))
    assert not holds(shifts, A, DutyRole.PRIMARY)
    assert holds(shifts[:1], A, DutyRole.PRIMARY)
    assert not holds(shifts[:1], A, DutyRole.BACKUP)
    assert not holds([], A, DutyRole.PRIMARY)


def test_rotation_covers_every_day_when_nobody_knows_which_are_worked() -> None:
    rest = rotation(days=DaysCovered.REST, valid_from=date(2031, 3, 3))
    start = datetime(2031, 3, 3, tzinfo=UTC)
    assert len(list(turns(rest, CALENDAR.is_working_day, start, start + timedelta(days=3)))) == 3


ROTATIONS = st.builds(
    rotation,
    period=st.sampled_from(Period),
    days=st.sampled_from(DaysCovered),
    handovers=st.sets(st.integers(0, 23).map(time), min_size=1, max_size=3).map(
        lambda hours: tuple(sorted(hours))
    ),
    handover_weekday=st.integers(0, 6),
    members=st.lists(st.sampled_from([Member(A), Member(B, C), Member(D)]), min_size=1, max_size=4).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(ROTATIONS, st.integers(0, 24 * 60), st.integers(1, 24 * 20))
def test_schedule_is_whole_and_the_same_however_it_is_asked(row: Rotation, begin: int, hours: int) -> None:
    start = local(9, 14) + timedelta(hours=begin)
    end = start + timedelta(hours=hours)
    asked = schedule([row], [], [], CALENDAR.is_working_day, start, end)
    assert (asked[0].starts_at, asked[-1].ends_at) == (start, end)
    assert all(earlier.ends_at == later.starts_at for earlier, later in pairwise(asked))
    assert all((one.primary, one.backup) != (other.primary, other.backup) for one, other in pairwise(asked))
    middle = start + (end - start) / 2
    (at_middle,) = schedule([row], [], [], CALENDAR.is_working_day, middle, middle + timedelta(microseconds=1))
    assert _covering(asked, middle).primary == at_middle.primary
    if row.days is DaysCovered.EVERY and start >= local(9, 15):
        assert gaps(asked, {A, B, C, D}) == []


def _covering(shifts: list[Shift], instant: datetime) -> Shift:
    return next(shift for shift in shifts if shift.starts_at <= instant < shift.ends_at)


@pytest.mark.parametrize("days", list(DaysCovered))
def test_turns_are_shared_evenly_over_a_year(days: DaysCovered) -> None:
    year = list(
        turns(rotation(days=days), CALENDAR.is_working_day, local(9, 14, 8), datetime(2026, 12, 31, tzinfo=UTC))
    )
    counts = [sum(turn.primary == person for turn in year) for person in (A, B, C)]
    assert max(counts) - min(counts) <= 1
