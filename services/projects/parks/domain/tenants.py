"""Tenants (入园企业) and what they bring a month; output and tax per 亩 rank them (亩均论英雄)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from libs.common.web.problems import FieldError
from services.projects.parks.errors import (
    DateAhead,
    FigureCorrectionNeedsNote,
    OutsideTenancy,
    PeriodNotOrdered,
)

_CENT = Decimal("0.01")
MAX_MONTHS = 120


class RankMeasure(StrEnum):
    """亩均产值 output per 亩, 亩均税收 tax per 亩."""

    OUTPUT = "output"
    TAX = "tax"


class Unranked(StrEnum):
    """Why a tenant has no place: 缺面积 its area is not known, 缺数据 months are missing."""

    AREA_MISSING = "area_missing"
    FIGURES_MISSING = "figures_missing"


@dataclass(frozen=True, slots=True)
class Figures:
    """One month of a tenant. Money in whole yuan; None was not said, which is not zero."""

    output_yuan: int | None = None
    value_added_yuan: int | None = None
    tax_yuan: int | None = None
    jobs: int | None = None


def demand_month(month: date, from_on: date, to_on: date | None, today: date) -> None:
    """Whether a tenant can have figures for a month. Raises DateAhead, OutsideTenancy."""
    if month > today:
        raise DateAhead(on=f"{month:%Y-%m}", errors=[FieldError("date.in_future", "", {}, "month")])
    if month < from_on.replace(day=1) or (to_on is not None and month > to_on):
        fault = FieldError("tenant.outside", "", {}, "month")
        raise OutsideTenancy(on=f"{month:%Y-%m}", from_on=from_on, to_on=to_on, errors=[fault])


def demand_note(known: Figures | None, figures: Figures, month: date, note: str) -> None:
    """A figure that was said is changed or taken back with a note; one that was missing is just added.

    Raises FigureCorrectionNeedsNote.
    """
    if known is None or note.strip():
        return
    corrected = [
        name
        for name in Figures.__dataclass_fields__
        if getattr(known, name) is not None and getattr(known, name) != getattr(figures, name)
    ]
    if corrected:
        raise FigureCorrectionNeedsNote(
            month=f"{month:%Y-%m}", fields=corrected, errors=[FieldError("fact.required", "/note")]
        )


def months_between(first: date, last: date) -> tuple[date, ...]:
    """The first days of the months from one to the other, both included. Raises PeriodNotOrdered."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    if not 1 <= count <= MAX_MONTHS:
        fault = FieldError("period.months", "", {"max": MAX_MONTHS}, "to_month")
        raise PeriodNotOrdered(
            from_month=f"{first:%Y-%m}", to_month=f"{last:%Y-%m}", max=MAX_MONTHS, errors=[fault]
        )
    base = first.year * 12 + first.month - 1
    return tuple(date((base + step) // 12, (base + step) % 12 + 1, 1) for step in range(count))


def months_of(months: Iterable[date], from_on: date, to_on: date | None) -> tuple[date, ...]:
    """Those of the months that the tenant was there for, its first and last included."""
    first = from_on.replace(day=1)
    return tuple(month for month in months if first <= month and (to_on is None or month <= to_on))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A tenant to be ranked: its area in 亩 at the end of the period and what each of its months brought."""

    tenant_id: UUID
    area_mu: Decimal | None
    months: tuple[date, ...]
    by_month: Mapping[date, int | None]


@dataclass(frozen=True, slots=True)
class Ranked:
    """``per_mu_yuan`` is rounded to the cent for people; the order goes by the exact quotient."""

    tenant_id: UUID
    place: int
    total_yuan: int
    area_mu: Decimal
    per_mu_yuan: Decimal


@dataclass(frozen=True, slots=True)
class NotRanked:
    """``total_yuan`` sums the months that are known, None if none is."""

    tenant_id: UUID
    reason: Unranked
    missing: tuple[date, ...]
    total_yuan: int | None
    area_mu: Decimal | None


def rank(candidates: Sequence[Candidate]) -> tuple[tuple[Ranked, ...], tuple[NotRanked, ...]]:
    """Tenants by what they bring per 亩, most first; equals share a place. Who lacks something stands apart."""
    quotients: list[tuple[Fraction, int, Candidate]] = []
    apart: list[NotRanked] = []
    for one in candidates:
        known = [value for month in one.months if (value := one.by_month.get(month)) is not None]
        total = sum(known) if known else None
        missing = tuple(month for month in one.months if one.by_month.get(month) is None)
        if missing or total is None:
            apart.append(NotRanked(one.tenant_id, Unranked.FIGURES_MISSING, missing, total, one.area_mu))
        elif not one.area_mu:
            apart.append(NotRanked(one.tenant_id, Unranked.AREA_MISSING, (), total, one.area_mu))
        else:
            quotients.append((Fraction(total) / Fraction(one.area_mu), total, one))
    quotients.sort(key=lambda it: (-it[0], str(it[2].tenant_id)))
    ranked: list[Ranked] = []
    for number, (quotient, total, one) in enumerate(quotients, start=1):
        assert one.area_mu is not None
        is_equal = number > 1 and quotients[number - 2][0] == quotient
        place = ranked[-1].place if is_equal else number
        per_mu = (Decimal(total) / one.area_mu).quantize(_CENT, ROUND_HALF_UP)
        ranked.append(Ranked(one.tenant_id, place, total, one.area_mu, per_mu))
    return tuple(ranked), tuple(apart)
