"""The registry's calendar: recorded days count, an unannounced year is an error that names it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from libs.common.workdays import UnknownCalendarYear, WorkCalendar
from services.projects.registry.service.work_calendar import load_calendar

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office


async def calendar_of(office: Office) -> WorkCalendar:
    async with office.database.session() as session:
        return await load_calendar(session)


async def test_recorded_days_stand_above_the_notice_until_they_are_deleted(office: Office) -> None:
    friday = date(2026, 9, 18)
    assert (await calendar_of(office)).is_working_day(friday)
    await office.done("PUT", f"/v1/calendar-days/{friday}", {"working": False, "note": "snow day"})
    assert not (await calendar_of(office)).is_working_day(friday)
    await office.done("DELETE", f"/v1/calendar-days/{friday}")
    assert (await calendar_of(office)).is_working_day(friday)


async def test_unknown_year_is_named_until_its_new_years_day_is_recorded(office: Office) -> None:
    await office.done("PUT", "/v1/calendar-days/2027-02-05", {"working": False})
    with pytest.raises(UnknownCalendarYear) as refusal:
        (await calendar_of(office)).add_working_days(date(2026, 12, 30), 5)
    assert refusal.value.params == {"year": 2027}
    await office.done("PUT", "/v1/calendar-days/2027-01-01", {"working": False, "note": "New Year's Day"})
    assert (await calendar_of(office)).add_working_days(date(2026, 12, 30), 5) == date(2027, 1, 7)
