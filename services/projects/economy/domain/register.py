"""The register of those who report (统计名录): where an enterprise stands, from month to month."""

from __future__ import annotations

from dataclasses import dataclass

from libs.common.validity import Dated
from libs.common.web.problems import FieldError
from services.projects.economy.errors import StandingMonth


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing(Dated):
    """``region_code`` and ``sector_code`` that its months count in; never two at once, so none counts twice."""

    sector_code: str
    reason: str = ""


def demand_months(standing: Standing) -> None:
    """Raises StandingMonth: a month is counted in one place as a whole."""
    for name, day in (("valid_from", standing.valid_from), ("valid_to", standing.valid_to)):
        if day is not None and day.day != 1:
            raise StandingMonth(on=day, errors=[FieldError("standing.first_of_month", f"/{name}")])
