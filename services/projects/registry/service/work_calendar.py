"""The working-day calendar as the registry knows it."""

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.contracts.projects import declares_year
from libs.common.workdays import WorkCalendar
from services.projects.registry import repository


async def load_calendar(session: AsyncSession) -> WorkCalendar:
    """The verified notices with the registry's recorded days above them.

    Build it once in a use case and pass it down: it is a value, and sees no later entry. A question about a day
    of a year that is neither verified nor declared (by the record of its 1 January) raises UnknownCalendarYear,
    which names the year.
    """
    overrides = {row.on: row.working for row in await repository.list_calendar_days(session)}
    return WorkCalendar(overrides, declared_years={on.year for on in overrides if declares_year(on)})
