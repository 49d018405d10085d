"""The working-day calendar of this service, with the days that the registry records."""

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.contracts.projects import declares_year
from libs.common.workdays import WorkCalendar
from services.projects.registry.repository import list_calendar_days


async def load_calendar(session: AsyncSession) -> WorkCalendar:
    """The calendar as this transaction sees it. Its methods raise UnknownCalendarYear naming the year."""
    overrides = {row.on: row.working for row in await list_calendar_days(session)}
    return WorkCalendar(overrides, declared_years={on.year for on in overrides if declares_year(on)})
