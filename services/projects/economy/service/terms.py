"""What a transaction goes by: catalogue, rules, calendar, closed months."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from libs.common import regions
from libs.common.context import Context
from libs.common.workdays import WorkCalendar
from services.projects.economy.domain.duty import due_day
from services.projects.economy.domain.indicators import Indicator
from services.projects.economy.domain.reports import Edition
from services.projects.economy.domain.rules import Rules
from services.projects.economy.errors import EditionNotOwed, MonthClosed
from services.projects.economy.repository import catalogue, closings
from services.projects.registry.service.work_calendar import load_calendar


@dataclass(frozen=True, slots=True)
class Terms:
    """Read once in a transaction."""

    catalogue: Mapping[str, Indicator]
    rules: Rules
    calendar: WorkCalendar

    def due_on(self, edition: Edition, month: date, region_code: str) -> date:
        """Raises EditionNotOwed, UnknownCalendarYear."""
        due_on = due_day(self.rules, self.calendar, edition, month, region_code)
        if due_on is None:
            raise EditionNotOwed(edition=edition, region_code=region_code)
        return due_on


async def load_terms(ctx: Context) -> Terms:
    return Terms(
        await catalogue.all_indicators(ctx.session),
        Rules(await catalogue.rules_of_kinds(ctx.session)),
        await load_calendar(ctx.session),
    )


class Closings:
    """Where a month is closed."""

    def __init__(self, codes: list[str | None]) -> None:
        self._codes = codes

    def hold_in(self, region_code: str) -> bool:
        return any(code is None or regions.contains(code, region_code) for code in self._codes)

    def demand_open(self, month: date, region_code: str) -> None:
        """Raises MonthClosed."""
        if self.hold_in(region_code):
            raise MonthClosed(month=f"{month:%Y-%m}", region_code=region_code)


async def load_closings(ctx: Context, month: date) -> Closings:
    return Closings([row.region_code for row in await closings.closings_of(ctx.session, month)])
