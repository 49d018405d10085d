"""What the rates look at: the facts of one project, with the days on which they came true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from services.projects.ledger.domain.acts import ActKind
from services.projects.ledger.domain.stages import Milestone, ProjectKind, milestones_of

# What a contract may ask for that counts for fulfilment: 注册 registration, 资金到位, 开工 start.
COUNTED_ACTS = (ActKind.REGISTRATION, ActKind.FUNDS, ActKind.START)


@dataclass(frozen=True, slots=True)
class Act:
    """An act the contract defines, of ``COUNTED_ACTS``; ``done_on`` None while it is outstanding."""

    kind: ActKind
    due_on: date | None = None
    done_on: date | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """Output value and tax of one month in whole yuan, None where they were not reported."""

    value_yuan: int | None
    tax_yuan: int | None = None


@dataclass(frozen=True, slots=True)
class RateFacts:
    """One project. Days are local; money whole yuan; a month is its first day.

    ``*_due_on`` are planned days, those of a milestone that is not planned None. ``funds`` holds verified arrivals
    as (day, amount). ``investments`` and ``outputs`` are by month; a month that is absent was not reported.
    """

    project_id: UUID
    region_code: str
    kind: ProjectKind
    park_code: str | None = None
    sector_code: str | None = None
    channel: str | None = None
    signed_on: date | None = None
    start_due_on: date | None = None
    started_on: date | None = None
    production_due_on: date | None = None
    in_production_on: date | None = None
    contract_amount_yuan: int | None = None
    acts: tuple[Act, ...] = ()
    funds: tuple[tuple[date, int], ...] = ()
    investments: Mapping[date, int] = field(default_factory=dict)
    outputs: Mapping[date, Output] = field(default_factory=dict)

    @property
    def produces(self) -> bool:
        """False for infrastructure and tourism, which end at completed and opened."""
        return Milestone.PRODUCTION in milestones_of(self.kind)


@dataclass(frozen=True, slots=True)
class Months:
    """Full months from ``first`` until before ``end``, both first days of a month."""

    first: date
    end: date

    def __iter__(self) -> Iterator[date]:
        month = self.first
        while month < self.end:
            yield month
            month = month_after(month)

    def __contains__(self, month: object) -> bool:
        return isinstance(month, date) and self.first <= month < self.end


def trailing_year(as_of: date) -> Months:
    """The twelve months that were over at the end of ``as_of``: of 31 December the year, of the 30th the twelve
    months to November.
    """
    end = (as_of + timedelta(days=1)).replace(day=1)
    return Months(end.replace(year=end.year - 1), end)


def month_after(month: date) -> date:
    """The first day of the next month."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def first_full_month(day: date) -> date:
    """The first month that lies wholly on or after the day."""
    return day if day.day == 1 else month_after(day)


def expected_months(in_production_on: date, as_of: date) -> int:
    """How many of the trailing year's months the project was in production throughout."""
    return sum(in_production_on <= month for month in trailing_year(as_of))
