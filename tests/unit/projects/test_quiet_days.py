"""Quiet days, closed parks, limits and the judgement of a filing: tables of cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.common.workdays import WorkCalendar
from services.projects.environment.domain.inspections import (
    Filing,
    FilingTerms,
    InspectionStatus,
    Inspector,
    Party,
    RefusalReason,
    demand_form,
    explain_day,
    judge,
)
from services.projects.environment.domain.limits import (
    Earlier,
    InspectionKind,
    InspectionLimit,
    LimitBasis,
    LimitPeriod,
    window,
)
from services.projects.environment.domain.quiet_days import (
    DayReason,
    ExemptionGround,
    ParkStay,
    Place,
    VisitRule,
    VisitRuleKind,
    days_between,
    visit_day,
    visit_days,
)
from services.projects.environment.errors import (
    InspectionDaysInvalid,
    InspectionNotBeforehand,
    PeriodTooLong,
    TooFewInspectors,
)

# A busy machine is no failure.
PATIENT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PLANT, OTHER = UUID(int=1), UUID(int=2)
MARKET, FIRE = UUID(int=11), UUID(int=12)
MONDAY = date(2026, 9, 14)
PLACE = Place(PLANT, "421224101", (ParkStay("YJ", "metallurgy park"),))
COUNTY = VisitRule(
    "county", "county", VisitRuleKind.QUIET_DAYS, region_code="421224", days_of_month=frozenset(range(1, 26))
)
PARK = VisitRule("park", "park", VisitRuleKind.QUIET_DAYS, park_code="YJ", weekdays=frozenset({1}))
TOWNSHIP = replace(PARK, park_code=None, region_code="421224101")
CLOSED = VisitRule("closed", "closed", VisitRuleKind.CLOSED_PARK, park_code="YJ")
EXCEPTED = replace(CLOSED, except_on=frozenset({MONDAY}))
LISTED = VisitRule(
    "list",
    "list",
    VisitRuleKind.QUIET_DAYS,
    enterprise_ids=frozenset({PLANT}),
    also_on=frozenset({date(2026, 9, 30)}),
)


@pytest.mark.parametrize(
    ("rules", "on", "allowed", "reason"),
    [
        ([], MONDAY, True, DayReason.NO_RULE),
        ([COUNTY], date(2026, 9, 25), False, DayReason.DAY_OF_MONTH),
        ([COUNTY], date(2026, 9, 26), True, DayReason.NOT_NAMED),
        # The park's own rule replaces the county's, which closes 15 September.
        ([COUNTY, PARK], date(2026, 9, 15), True, DayReason.NOT_NAMED),
        ([COUNTY, PARK], MONDAY, False, DayReason.WEEKDAY),
        ([COUNTY, PARK, LISTED], MONDAY, True, DayReason.NOT_NAMED),
        ([COUNTY, PARK, LISTED], date(2026, 9, 30), False, DayReason.NAMED_DAY),
        ([CLOSED], date(2026, 9, 30), False, DayReason.CLOSED_PARK),
        ([EXCEPTED], MONDAY, True, DayReason.EXCEPTED),
        ([EXCEPTED, PARK], MONDAY, False, DayReason.WEEKDAY),
        ([replace(COUNTY, except_on=frozenset({MONDAY}))], MONDAY, True, DayReason.EXCEPTED),
        ([replace(COUNTY, valid_to=MONDAY)], MONDAY, True, DayReason.NO_RULE),
        ([replace(COUNTY, valid_from=date(2026, 9, 15))], MONDAY, True, DayReason.NO_RULE),
        ([replace(COUNTY, region_code="421221")], MONDAY, True, DayReason.NO_RULE),
        # Of two regions the narrower counts, though it names fewer days.
        ([COUNTY, TOWNSHIP], date(2026, 9, 15), True, DayReason.NOT_NAMED),
        # Rules of one rank add up.
        ([PARK, replace(PARK, code="p2", weekdays=frozenset({2}))], date(2026, 9, 15), False, DayReason.WEEKDAY),
    ],
)  # fmt: skip
def test_day_is_judged_by_the_nearest_rule(
    rules: list[VisitRule], on: date, allowed: bool, reason: DayReason
) -> None:
    day = visit_day(rules, PLACE, on)
    assert (day.allowed, day.reason) == (allowed, reason)
    assert all(str(on) in text for text in explain_day(day))


@pytest.mark.parametrize(
    ("stay", "rules", "allowed", "reason"),
    [
        (ParkStay("YJ", closed_since=MONDAY), [], False, DayReason.CLOSED_PARK),
        (ParkStay("YJ", closed_since=date(2026, 9, 15)), [COUNTY], False, DayReason.DAY_OF_MONTH),
        # A rule on the park counts before its entry, a rule on quiet days does not.
        (ParkStay("YJ", closed_since=MONDAY), [EXCEPTED], True, DayReason.EXCEPTED),
        (ParkStay("YJ", closed_since=MONDAY), [LISTED], False, DayReason.CLOSED_PARK),
        (ParkStay("YJ", closed_since=MONDAY), [replace(CLOSED, valid_to=MONDAY)], False, DayReason.CLOSED_PARK),
        # Who is not in the park yet, or has left it, is not behind its gate.
        (ParkStay("YJ", closed_since=MONDAY, from_on=date(2026, 9, 15)), [CLOSED], True, DayReason.NO_RULE),
        (ParkStay("YJ", closed_since=MONDAY, to_on=date(2026, 9, 13)), [CLOSED], True, DayReason.NO_RULE),
        (ParkStay("YJ", from_on=MONDAY, to_on=MONDAY), [CLOSED], False, DayReason.CLOSED_PARK),
    ],
)  # fmt: skip
def test_park_is_closed_to_those_in_it_by_its_entry_or_a_rule(
    stay: ParkStay, rules: list[VisitRule], allowed: bool, reason: DayReason
) -> None:
    day = visit_day(rules, Place(PLANT, "421224101", (stay,)), MONDAY)
    assert (day.allowed, day.reason) == (allowed, reason)


def test_day_is_closed_when_one_of_two_parks_excepts_it() -> None:
    both = Place(PLANT, "421224101", (ParkStay("YJ"), ParkStay("SC", "stone park", closed_since=MONDAY)))
    day = visit_day([EXCEPTED], both, MONDAY)
    assert (day.allowed, day.rule and day.rule.name) == (False, "stone park")


def test_rule_of_one_enterprise_does_not_concern_another() -> None:
    assert visit_day([LISTED, CLOSED], Place(OTHER, "421224101"), date(2026, 9, 30)).reason is DayReason.NO_RULE


@PATIENT
@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 365))
def test_preview_holds_every_day_of_its_period_once(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    days = visit_days([COUNTY], PLACE, first, last)
    assert [day.on for day in days] == [first + timedelta(days=n) for n in range(length + 1)]
    assert all(day.allowed == (day.on.day > 25) for day in days)


@pytest.mark.parametrize(("first", "last"), [(MONDAY, MONDAY - timedelta(days=1)), (MONDAY, date(2027, 9, 15))])
def test_period_is_refused_when_it_is_turned_round_or_longer_than_a_year(first: date, last: date) -> None:
    with pytest.raises(PeriodTooLong):
        days_between(first, last)


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        (LimitPeriod.YEAR, date(2026, 1, 1), date(2026, 12, 31)),
        (LimitPeriod.HALF_YEAR, date(2026, 7, 1), date(2026, 12, 31)),
        (LimitPeriod.QUARTER, date(2026, 7, 1), date(2026, 9, 30)),
        (LimitPeriod.MONTH, date(2026, 9, 1), date(2026, 9, 30)),
    ],
)
def test_window_is_the_calendar_period_around_the_day(period: LimitPeriod, first: date, last: date) -> None:
    assert window(period, MONDAY) == (first, last)


@PATIENT
@given(st.sampled_from(LimitPeriod), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_windows_follow_one_another_without_a_gap(period: LimitPeriod, on: date) -> None:
    first, last = window(period, on)
    assert first <= on <= last
    assert window(period, last + timedelta(days=1))[0] == last + timedelta(days=1)


def party(unit: UUID, *certificates: str) -> Party:
    return Party(unit, tuple(Inspector("x", number) for number in certificates or ("1", "2")))


def filing(
    *units: UUID, ground: ExemptionGround | None = None, kind: InspectionKind = InspectionKind.ROUTINE
) -> Filing:
    return Filing(kind, MONDAY, MONDAY, tuple(party(unit) for unit in units or (MARKET,)), ground)


def earlier(number: int, *units: UUID, kind: InspectionKind = InspectionKind.ROUTINE) -> Earlier:
    return Earlier(UUID(int=number), kind, date(2026, 3, 2), frozenset(units))


BY_UNIT = InspectionLimit(LimitBasis.UNIT, 1, kind=InspectionKind.ROUTINE)
GENEROUS = replace(BY_UNIT, unit_id=MARKET, max_count=2)
TOGETHER = InspectionLimit(LimitBasis.ENTERPRISE, 2)


@pytest.mark.parametrize(
    ("limits", "before", "refused"),
    [
        ([], [earlier(1, MARKET)], 0),
        ([BY_UNIT], [earlier(1, MARKET)], 1),
        ([BY_UNIT], [earlier(1, FIRE)], 0),
        ([BY_UNIT], [earlier(1, MARKET, kind=InspectionKind.SPECIAL)], 0),
        ([replace(BY_UNIT, kind=None)], [earlier(1, MARKET, kind=InspectionKind.SPECIAL)], 1),
        # The unit's own limit comes before the general one.
        ([BY_UNIT, GENEROUS], [earlier(1, MARKET)], 0),
        ([BY_UNIT, replace(BY_UNIT, unit_id=FIRE, max_count=0)], [], 0),
        # A narrower region comes before the unit.
        ([GENEROUS, replace(BY_UNIT, region_code="421224")], [earlier(1, MARKET)], 1),
        # A joint inspection of two units is one visit.
        ([TOGETHER], [earlier(1, MARKET, FIRE)], 0),
        ([TOGETHER], [earlier(1, FIRE), earlier(2, FIRE)], 1),
        ([BY_UNIT, TOGETHER], [earlier(1, MARKET), earlier(2, FIRE)], 2),
        ([replace(BY_UNIT, period=LimitPeriod.QUARTER)], [earlier(1, MARKET)], 0),
    ],
)  # fmt: skip
def test_frequency_is_limited_by_unit_and_by_enterprise(
    limits: list[InspectionLimit], before: list[Earlier], refused: int
) -> None:
    judgement = judge(filing(), PLACE, [], limits, before)
    assert len(judgement.refusals) == refused
    assert judgement.status is (InspectionStatus.REFUSED if refused else InspectionStatus.APPROVED)


def test_every_quiet_day_of_an_inspection_is_named() -> None:
    long = replace(filing(), planned_to=MONDAY + timedelta(days=2))
    judgement = judge(long, PLACE, [COUNTY], [], [])
    assert [(refusal.reason, refusal.on) for refusal in judgement.refusals] == [
        (RefusalReason.QUIET_DAY, MONDAY + timedelta(days=n)) for n in range(3)
    ]


def test_exempt_ground_asks_for_a_person_only_where_something_stands_against_it() -> None:
    exempt = filing(ground=ExemptionGround.EMERGENCY)
    assert judge(exempt, PLACE, [CLOSED], [], []).status is InspectionStatus.AWAITING_APPROVAL
    assert judge(exempt, PLACE, [], [], []).status is InspectionStatus.APPROVED


TERMS = FilingTerms(notice=1, inspectors=2, days=3)
TUESDAY = MONDAY + timedelta(days=1)
TOMORROW = replace(filing(), planned_from=TUESDAY, planned_to=TUESDAY)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (replace(filing(), planned_from=TUESDAY, planned_to=MONDAY), InspectionDaysInvalid),
        (replace(filing(), planned_to=MONDAY + timedelta(days=3)), InspectionDaysInvalid),
        (filing(), InspectionNotBeforehand),
        (replace(TOMORROW, parties=(party(FIRE, "1", "1"),)), TooFewInspectors),
        (replace(TOMORROW, parties=(party(FIRE), party(FIRE))), TooFewInspectors),
    ],
)  # fmt: skip
def test_form_of_a_filing_is_demanded(wrong: Filing, error: type[Exception]) -> None:
    with pytest.raises(error):
        demand_form(wrong, TERMS, MONDAY, WorkCalendar())


def test_notice_is_not_asked_of_an_exempt_ground_but_the_past_is_past() -> None:
    demand_form(filing(ground=ExemptionGround.SAFETY), TERMS, MONDAY, WorkCalendar())
    with pytest.raises(InspectionNotBeforehand):
        demand_form(filing(ground=ExemptionGround.SAFETY), TERMS, TUESDAY, WorkCalendar())
