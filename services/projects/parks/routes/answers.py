"""What the routes of parks share."""

from datetime import date
from typing import Annotated

from fastapi import Query

from libs.common.security.principal import Role
from libs.common.web.problems import FieldError, MalformedRequest
from services.projects.parks.schemas.tenants import MonthText

WRITERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER)
OFFICES = (*WRITERS, Role.AUDITOR, Role.VIEWER)
REPORTERS = (*WRITERS, Role.ENTERPRISE)
DECIDERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER)

FromMonth = Annotated[MonthText, Query(description="First month, YYYY-MM.", examples=["2026-01"])]
ToMonth = Annotated[MonthText, Query(description="Last month, YYYY-MM.", examples=["2026-08"])]
AsOf = Annotated[date | None, Query(description="Today if absent.")]
ParkParam = Annotated[str | None, Query(max_length=64)]
RegionParam = Annotated[str | None, Query(max_length=9, description="The region and its subtree.")]


def month_of(text: str, parameter: str) -> date:
    """The first day of a month that has the right form. Raises MalformedRequest for the year 0."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise MalformedRequest(errors=[FieldError("field.invalid", parameter=parameter)]) from error
