"""``/v1/calendar-days``."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Response

from libs.common.security.principal import Role
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.routes import TransactionalRoute
from services.projects.registry import repository
from services.projects.registry.routes.answers import recorded
from services.projects.registry.schemas import CalendarDayRead, CalendarDays, CalendarDayWrite
from services.projects.registry.service import calendar_days

router = APIRouter(prefix="/v1/calendar-days", route_class=TransactionalRoute, tags=["registry"])


@router.get("", response_model=CalendarDays)
async def list_calendar_days(ctx: ContextDep) -> Any:
    """All days that differ from the known calendar."""
    return {"items": await repository.list_calendar_days(ctx.session)}


@router.put(
    "/{on}",
    response_model=CalendarDayRead,
    responses={201: {"model": CalendarDayRead}},
    dependencies=[require(Role.ADMIN)],
)
async def put_calendar_day(on: date, body: CalendarDayWrite, ctx: ContextDep, response: Response) -> Any:
    """Say whether offices work on a day.

    The record of a year's 1 January declares that year known: enter the year's other days before it, or deadlines
    are counted over a year of which only the weekends are known.
    """
    return recorded(response, await calendar_days.put_calendar_day(ctx, on, body.draft()))


@router.delete("/{on}", status_code=204, dependencies=[require(Role.ADMIN)])
async def delete_calendar_day(on: date, ctx: ContextDep) -> None:
    """Return to what the known calendar says of the day."""
    await calendar_days.delete_calendar_day(ctx, on)
