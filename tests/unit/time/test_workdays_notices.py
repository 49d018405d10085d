"""The library's data against the notices of the State Council's General Office, for every verified year."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from libs.common.workdays import VERIFIED_YEARS, WorkCalendar

# year: (rests as first and last day in MMDD, weekend days worked), typed from the notices; adjoining weekends
# are included only where the notice counts them in.
NOTICES: dict[int, tuple[str, str]] = {
    2010: ("0101-0103 0213-0219 0403-0405 0501-0503 0614-0616 0922-0924 1001-1007",
           "0220 0221 0612 0613 0919 0925 0926 1009"),
    2011: ("0101-0103 0202-0208 0403-0405 0430-0502 0604-0606 0910-0912 1001-1007",
           "0130 0212 0402 1008 1009 1231"),
    2012: ("0101-0103 0122-0128 0402-0404 0429-0501 0622-0624 0930-1007",
           "0121 0129 0331 0401 0428 0929"),
    2013: ("0101-0103 0209-0215 0404-0406 0429-0501 0610-0612 0919-0921 1001-1007",
           "0105 0106 0216 0217 0407 0427 0428 0608 0609 0922 0929 1012"),
    2014: ("0101-0101 0131-0206 0405-0407 0501-0503 0531-0602 0906-0908 1001-1007",
           "0126 0208 0504 0928 1011"),
    2015: ("0101-0103 0218-0224 0404-0406 0501-0503 0620-0622 0903-0905 0926-0927 1001-1007",
           "0104 0215 0228 0906 1010"),
    2016: ("0101-0103 0207-0213 0402-0404 0430-0502 0609-0611 0915-0917 1001-1007 1231-1231",
           "0206 0214 0612 0918 1008 1009"),
    2017: ("0101-0102 0127-0202 0402-0404 0429-0501 0528-0530 1001-1008",
           "0122 0204 0401 0527 0930"),
    2018: ("0101-0101 0215-0221 0405-0407 0429-0501 0616-0618 0922-0924 1001-1007 1230-1231",
           "0211 0224 0408 0428 0929 0930 1229"),
    2019: ("0101-0101 0204-0210 0405-0407 0501-0504 0607-0609 0913-0915 1001-1007",
           "0202 0203 0428 0505 0929 1012"),
    # Spring Festival prolonged to 2 February against the epidemic; the substituted 1 February fell away.
    2020: ("0101-0101 0124-0202 0404-0406 0501-0505 0625-0627 1001-1008",
           "0119 0426 0509 0628 0927 1010"),
    2021: ("0101-0103 0211-0217 0403-0405 0501-0505 0612-0614 0919-0921 1001-1007",
           "0207 0220 0425 0508 0918 0926 1009"),
    2022: ("0101-0103 0131-0206 0403-0405 0430-0504 0603-0605 0910-0912 1001-1007 1231-1231",
           "0129 0130 0402 0424 0507 1008 1009"),
    2023: ("0101-0102 0121-0127 0405-0405 0429-0503 0622-0624 0929-1006",
           "0128 0129 0423 0506 0625 1007 1008"),
    2024: ("0101-0101 0210-0217 0404-0406 0501-0505 0610-0610 0915-0917 1001-1007",
           "0204 0218 0407 0428 0511 0914 0929 1012"),
    2025: ("0101-0101 0128-0204 0404-0406 0501-0505 0531-0602 1001-1008",
           "0126 0208 0427 0928 1011"),
    2026: ("0101-0103 0215-0223 0404-0406 0501-0505 0619-0621 0925-0927 1001-1007",
           "0104 0214 0228 0509 0920 1010"),
}  # fmt: skip


def _day(year: int, text: str) -> date:
    return date(year, int(text[:2]), int(text[2:]))


def _expected(year: int) -> dict[date, bool]:
    """Worked or not, for each day of the year: the plain week, then the notice above it."""
    first = date(year, 1, 1)
    days = [first + timedelta(days=offset) for offset in range((date(year + 1, 1, 1) - first).days)]
    worked = {day: day.weekday() < 5 for day in days}
    rests, weekends_worked = NOTICES[year]
    for span in rests.split():
        start, end = (_day(year, text) for text in span.split("-"))
        for offset in range((end - start).days + 1):
            worked[start + timedelta(days=offset)] = False
    for text in weekends_worked.split():
        day = _day(year, text)
        assert day.weekday() >= 5, f"{day} is not a weekend day: the table here is wrong"
        worked[day] = True
    return worked


def test_every_verified_year_has_its_notice_here() -> None:
    assert set(NOTICES) == VERIFIED_YEARS


@pytest.mark.parametrize("year", sorted(NOTICES))
def test_every_day_of_the_year_agrees_with_the_notice(year: int) -> None:
    calendar = WorkCalendar()
    expected = _expected(year)
    assert {day: calendar.is_working_day(day) for day in expected} == expected
