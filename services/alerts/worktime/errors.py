"""What can go wrong around office hours."""

from __future__ import annotations

from libs.common.web.problems import DomainError, NotFound


class OfficeHoursNotFound(NotFound):
    """No such office hours that the caller may see."""

    code = "office_hours.not_found"


class OfficeHoursKnown(DomainError):
    """The region has office hours that begin on the same day: change those."""

    code = "office_hours.known"
    status = 409


class PeriodNotOrdered(DomainError):
    """A period ends after it begins."""

    code = "office_hours.period_not_ordered"
    status = 409
