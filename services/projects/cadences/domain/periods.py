"""Which periods a report is owed for (S4), and the period that a code names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from libs.common.web.problems import FieldError
from services.projects.cadences.errors import UnknownPeriod
from services.projects.registry.domain.periods import Period, PeriodKind, period_of


def ended_between(kind: PeriodKind, since: date, today: date) -> Iterator[Period]:
    """Periods whose last day lies on or after ``since`` and before ``today``, in order."""
    period = period_of(kind, since)
    while period.last < today:
        yield period
        period = period.following


_CODE = re.compile(
    r"(?P<year>(?:19|20|21)\d\d)"
    r"(?:-(?:W(?P<week>\d\d)|Q(?P<quarter>[1-4])|H(?P<half>[12])|(?P<month>\d\d)(?:-X(?P<part>[1-3]))?))?",
    re.ASCII,
)


def parse_period(code: str, parameter: str = "period") -> Period:
    """The period of a code. Raises UnknownPeriod."""
    found = _CODE.fullmatch(code)
    fault = UnknownPeriod(period=code, errors=[FieldError("period.unknown", parameter=parameter)])
    if found is None:
        raise fault
    year, month = int(found["year"]), int(found["month"] or 1)
    try:
        if found["week"]:
            return period_of(PeriodKind.WEEK, date.fromisocalendar(year, int(found["week"]), 1))
        if found["part"]:
            return period_of(PeriodKind.TEN_DAYS, date(year, month, 10 * int(found["part"]) - 9))
        if found["month"]:
            return period_of(PeriodKind.MONTH, date(year, month, 1))
    except ValueError as error:
        raise fault from error
    if found["quarter"]:
        return period_of(PeriodKind.QUARTER, date(year, 3 * int(found["quarter"]), 1))
    if found["half"]:
        return period_of(PeriodKind.HALF_YEAR, date(year, 6 * int(found["half"]), 1))
    return period_of(PeriodKind.YEAR, date(year, 1, 1))
