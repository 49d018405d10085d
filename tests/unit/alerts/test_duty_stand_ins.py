"""Who stands in for whom; hours of offices; steps of clocks. No database."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.regions import common_region
from libs.common.workdays import WorkHours
from services.alerts.rosters.domain.stand_ins import (
    StandIn,
    StandInScope,
    StandInWhen,
    away,
    cycle,
    end_of_chain,
)
from services.alerts.watch.domain.beats import Beat, step_between
from services.alerts.worktime.domain.hours import Timetable, hours_by_day, rises

NOON = datetime(2026, 9, 15, 4, 0, tzinfo=UTC)
A, B, C, D = (UUID(int=number) for number in range(1, 5))
EVERYBODY = dict.fromkeys((A, B, C, D), True)
POST, DUTY = StandInScope.POST, StandInScope.DUTY


def stand_in(
    number: int,
    person: UUID,
    other: UUID,
    when: StandInWhen = StandInWhen.AWAY,
    scope: StandInScope = StandInScope.EVERYTHING,
    days: tuple[int, int | None] = (0, 7),
) -> StandIn:
    start, end = days
    ends_at = None if end is None else NOON + timedelta(days=end)
    return StandIn(UUID(int=100 + number), person, other, when, scope, NOON + timedelta(days=start), ends_at)


def test_chain_is_followed_to_who_is_there() -> None:
    known = [stand_in(1, A, B), stand_in(2, B, C)]
    assert end_of_chain(known, A, POST, NOON, EVERYBODY) == C
    assert end_of_chain(known, B, POST, NOON, EVERYBODY) == C
    assert end_of_chain(known, C, POST, NOON, EVERYBODY) is None
    # From the eighth day on everybody is back.
    assert end_of_chain(known, A, POST, NOON + timedelta(days=7), EVERYBODY) is None


def test_scope_decides_what_goes_to_whom() -> None:
    known = [stand_in(1, A, B), stand_in(2, A, C, scope=DUTY)]
    assert end_of_chain(known, A, DUTY, NOON, EVERYBODY) == C
    assert end_of_chain(known, A, POST, NOON, EVERYBODY) == B
    assert away(known[1:], A, POST, NOON) is None


def test_partner_is_asked_when_the_stand_in_is_gone_as_well() -> None:
    known = [stand_in(1, A, B), stand_in(2, B, C, StandInWhen.UNREACHABLE, days=(-30, None))]
    assert end_of_chain(known, A, POST, NOON, EVERYBODY) == B
    assert end_of_chain(known, A, POST, NOON, {C: True}) == C
    assert end_of_chain(known, A, POST, NOON, {}) is None


def test_partners_of_each_other_end_the_search_when_both_are_gone() -> None:
    mutual = [
        stand_in(1, A, B, StandInWhen.UNREACHABLE, days=(0, None)),
        stand_in(2, B, A, StandInWhen.UNREACHABLE, days=(0, None)),
    ]
    assert cycle(mutual[:1], mutual[1]) is None
    assert end_of_chain(mutual, A, POST, NOON, EVERYBODY) == B
    assert end_of_chain(mutual, A, POST, NOON, {}) is None


def test_absence_goes_before_a_partnership() -> None:
    known = [stand_in(1, A, B, StandInWhen.UNREACHABLE, days=(0, None)), stand_in(2, A, C)]
    assert end_of_chain(known, A, POST, NOON, EVERYBODY) == C


def test_circle_of_absences_is_found() -> None:
    known = [stand_in(1, A, B), stand_in(2, B, C)]
    assert cycle(known, stand_in(3, C, A)) == [C, A, B, C]
    assert cycle(known, stand_in(3, C, D)) is None
    # Not at the same time, or not for the same matter: no circle.
    assert cycle(known, stand_in(3, C, A, days=(7, 9))) is None
    apart = [stand_in(1, A, B, scope=DUTY)]
    assert cycle(apart, stand_in(2, B, A, scope=POST)) is None
    assert cycle(apart, stand_in(2, B, A)) == [B, A, B]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 9), st.integers(1, 9)), max_size=12)
)
def test_search_ends_with_somebody_who_is_there_and_not_away(rows: list[tuple[int, int, int, int]]) -> None:
    known: list[StandIn] = []
    for number, (person, other, start, length) in enumerate(rows):
        new = stand_in(number, UUID(int=person), UUID(int=other), days=(start, start + length))
        if person != other and cycle(known, new) is None:
            known.append(new)
    there = {UUID(int=number): True for number in range(6)}
    for asked in there:
        for day in range(0, 20, 3):
            at = NOON + timedelta(days=day)
            found = end_of_chain(known, asked, POST, at, there)
            # Without circles whoever is away has somebody at the end of the chain.
            assert (found is not None) == (away(known, asked, POST, at) is not None)
            assert found is None or away(known, found, POST, at) is None


SUMMER = ((time(8), time(12)), (time(15), time(18)))
SHORT = ((time(9), time(12)), (time(14), time(17)))


def test_hours_of_the_narrowest_region_count_and_of_those_the_latest() -> None:
    tables = [
        Timetable(None, date(2020, 1, 1), None, ((time(8), time(17)),)),
        Timetable("421200", date(2026, 1, 1), None, SHORT),
        Timetable("421200", date(2026, 5, 1), date(2026, 10, 1), SUMMER),
    ]
    county = hours_by_day(tables, "421224")
    assert county(date(2026, 4, 30)).segments == SHORT
    assert county(date(2026, 5, 1)).segments == SUMMER
    assert county(date(2026, 9, 30)).segments == SUMMER
    # The summer timetable gives way to the year's again.
    assert county(date(2026, 10, 1)).segments == SHORT
    assert hours_by_day(tables, "420100")(date(2026, 6, 1)).segments == ((time(8), time(17)),)
    assert hours_by_day([], "421224")(date(2026, 6, 1)) == WorkHours()
    assert hours_by_day(tables, "nonsense")(date(2026, 6, 1)) == WorkHours()


@pytest.mark.parametrize("segments", [(), ((time(9), time(9)),), ((time(9), time(12)), (time(11), time(13)))])
def test_hours_are_refused_when_they_do_not_follow_each_other(segments: tuple[tuple[time, time], ...]) -> None:
    assert not rises(segments)


def beat(stack_seconds: float, real_seconds: float, rate: float = 1.0) -> Beat:
    return Beat(NOON + timedelta(seconds=stack_seconds), rate, NOON + timedelta(seconds=real_seconds))


@pytest.mark.parametrize(
    ("earlier", "later", "step"),
    [
        (beat(0, 0), beat(5, 5), 0),
        (beat(0, 0, 60), beat(300, 5, 60), 0),
        (beat(0, 0), beat(3605, 5), 3600),
        (beat(0, 0), beat(-7195, 5), -7200),
        # The rate was raised in between: all it can have gone is no step.
        (beat(0, 0, 1), beat(200, 5, 60), 0),
        (beat(0, 0, 0), beat(0, 500, 0), 0),
    ],
)
def test_step_of_a_clock_is_what_it_did_not_go_by_itself(earlier: Beat, later: Beat, step: float) -> None:
    assert step_between(earlier, later) == step


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (["421224"], "421224"),
        (["421224101", "421224"], "421224"),
        (["421224", "421221"], "421200"),
        (["421224", "420100"], "420000"),
        (["421224", "110100"], "421224"),
        (["nonsense", "421224"], "nonsense"),
    ],
)
def test_what_concerns_several_regions_belongs_to_the_one_that_holds_them(codes: list[str], expected: str) -> None:
    assert common_region(codes) == expected
