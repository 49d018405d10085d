"""Windows on the working calendar, and what a mute makes of them."""

from datetime import UTC, date, datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from libs.common.workdays import UnknownCalendarYear, WorkCalendar
from services.alerts.muting.domain.mutes import (
    Inhibition,
    InhibitionIndex,
    Maintenance,
    MuteBook,
    MuteKind,
    Muting,
    Silence,
    Subject,
    longest,
)
from services.alerts.routing.domain.matchers import Matcher
from services.alerts.routing.domain.windows import Days, Window

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar()


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


SATURDAY_NIGHT = Window(weekdays=(6,), start_time="22:00", end_time="06:00")
LUNCH = Window(days=Days.WORKING, start_time="12:00", end_time="13:00")


@pytest.mark.parametrize(
    ("window", "at", "until"),
    [
        (SATURDAY_NIGHT, "2026-09-19T21:59", None),
        (SATURDAY_NIGHT, "2026-09-19T22:00", "2026-09-20T06:00"),
        (SATURDAY_NIGHT, "2026-09-20T05:59", "2026-09-20T06:00"),
        (SATURDAY_NIGHT, "2026-09-20T06:00", None),
        (SATURDAY_NIGHT, "2026-09-20T22:30", None),
        (LUNCH, "2026-09-15T12:30", "2026-09-15T13:00"),
        (LUNCH, "2026-09-15T13:00", None),
        (LUNCH, "2026-09-19T12:30", None),
        # 20 September 2026 is a Sunday that is worked for the National Day holiday (调休).
        (LUNCH, "2026-09-20T12:30", "2026-09-20T13:00"),
        (LUNCH, "2026-10-01T12:30", None),
        (Window(days=Days.REST), "2026-10-01T12:30", "2026-10-02T00:00"),
        (Window(days_of_month=((-1, -1),)), "2026-02-28T10:00", "2026-03-01T00:00"),
        (Window(days_of_month=((-1, -1),)), "2026-02-27T10:00", None),
        (Window(months=(9,), years=(2026,)), "2026-09-15T00:00", "2026-09-16T00:00"),
        (Window(months=(8,)), "2026-09-15T00:00", None),
        (Window(start_time="08:00", end_time="09:00", zone="UTC"), "2026-09-15T16:30", "2026-09-15T17:00"),
    ],
)
def test_window_holds_until_its_end_when_its_day_is_meant(window: Window, at: str, until: str | None) -> None:
    found = window.until(local(at), CALENDAR)
    assert found == (None if until is None else local(until))


def test_window_asks_the_calendar_only_when_it_is_about_working_days() -> None:
    unknown = local("2031-09-15T12:30")
    with pytest.raises(UnknownCalendarYear):
        LUNCH.until(unknown, CALENDAR)
    assert Window(start_time="12:00", end_time="13:00").until(unknown, CALENDAR) == local("2031-09-15T13:00")
    worked = WorkCalendar({date(2031, 9, 15): True, date(2031, 9, 14): False})
    assert LUNCH.until(unknown, worked) == local("2031-09-15T13:00")


@pytest.mark.parametrize(
    "fault",
    [
        {"start_time": "24:00"},
        {"weekdays": (0,)},
        {"days_of_month": ((0, 3),)},
        {"zone": "Asia/Nowhere"},
        {"zone": "../../etc/passwd"},
        {"unknown": 1},
    ],
)
def test_window_is_refused_when_it_can_never_be(fault: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Window.model_validate(fault)


NOW = datetime(2026, 9, 15, 1, 0, tzinfo=UTC)
HOUR_LATER = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)
COUNTY, TOWN, OTHER = "421224", "421224101", "421221"


def subject(key: str = "a", *, region: str = COUNTY, severity: str = "yellow", **labels: str) -> Subject:
    return Subject(key, labels, region, severity, labels.get("object_type", ""), labels.get("object_id", ""))


def silence(region: str | None = COUNTY) -> Silence:
    return Silence(uuid4(), region, NOW, HOUR_LATER, (Matcher("alertname", "spike"),))


def test_silence_holds_its_own_region_only_when_it_has_one() -> None:
    quiet = silence()
    assert quiet.muting(subject(alertname="spike", region=TOWN), NOW) == Muting(
        MuteKind.SILENCE, quiet.id, HOUR_LATER
    )
    assert quiet.muting(subject(alertname="spike", region=OTHER), NOW) is None
    assert silence(None).muting(subject(alertname="spike", region=OTHER), NOW) is not None
    assert quiet.muting(subject(alertname="spike"), HOUR_LATER) is None
    assert quiet.muting(subject(alertname="drop"), NOW) is None


def test_maintenance_tells_when_the_calendar_does_not_know_the_year() -> None:
    begun = datetime(2031, 1, 1, tzinfo=UTC)
    window = Maintenance(uuid4(), None, begun, None, windows=(LUNCH,))
    at = local("2031-09-15T12:30").astimezone(UTC)
    assert window.muting(subject(), at, CALENDAR) is None


def test_maintenance_ends_with_the_earlier_of_window_and_span() -> None:
    at = local("2026-09-15T12:10").astimezone(UTC)
    ends = local("2026-09-15T12:20").astimezone(UTC)
    window = Maintenance(uuid4(), None, NOW, ends, object_type="meter", object_id="M-1", windows=(LUNCH,))
    muting = window.muting(subject(object_type="meter", object_id="M-1"), at, CALENDAR)
    assert muting is not None
    assert muting.until == ends
    assert window.muting(subject(object_type="meter", object_id="M-2"), at, CALENDAR) is None


def inhibition(*equal: str) -> Inhibition:
    return Inhibition(
        uuid4(),
        None,
        NOW,
        None,
        (Matcher("object_type", "substation"),),
        (Matcher("object_type", "enterprise"),),
        equal,
    )


def test_substation_inhibits_its_enterprises_when_they_share_the_feeder() -> None:
    rule = inhibition("feeder")
    station = subject("s", object_type="substation", feeder="F1")
    index = InhibitionIndex([rule], [station], NOW)
    assert index.inhibitors(subject("e", object_type="enterprise", feeder="F1")) == [(rule, station)]
    assert index.inhibitors(subject("e", object_type="enterprise", feeder="F2")) == []
    assert index.inhibitors(station) == []


def test_red_alert_is_told_when_something_would_inhibit_it() -> None:
    rule = inhibition()
    station = subject("s", object_type="substation")
    red = subject("e", object_type="enterprise", severity="red")
    assert InhibitionIndex([rule], [station], NOW).inhibitors(red) == []
    assert MuteBook(inhibitions=(rule,)).aimed_at(red, NOW) == []


def test_alerts_do_not_silence_each_other_when_each_is_source_and_target() -> None:
    everything = Inhibition(uuid4(), None, NOW, None)
    both = [subject("a"), subject("b")]
    index = InhibitionIndex([everything], both, NOW)
    assert [index.inhibitors(one) for one in both] == [[], []]


def test_longest_mute_is_the_one_that_names_its_end_when_there_are_several() -> None:
    early = Muting(MuteKind.SILENCE, uuid4(), NOW)
    late = Muting(MuteKind.MAINTENANCE, uuid4(), HOUR_LATER)
    open_ended = Muting(MuteKind.INHIBITION, uuid4(), None)
    assert longest([early, open_ended, late]) == late
    assert longest([open_ended]) == open_ended
    assert longest([]) is None
