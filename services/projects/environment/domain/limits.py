"""How often an enterprise may be inspected (检查频次), by rules that are data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.projects.registry.domain.periods import PeriodKind, period_of
from services.projects.registry.domain.validity import Dated, in_force


class InspectionKind(StrEnum):
    """日常检查 routine, 双随机抽查 random, 专项检查 special, 投诉举报核查 complaint, 复查 follow-up."""

    ROUTINE = "routine"
    RANDOM = "random"
    SPECIAL = "special"
    COMPLAINT = "complaint"
    FOLLOW_UP = "follow_up"


class LimitBasis(StrEnum):
    """Whether visits of each unit count by themselves, or all visits to the enterprise together."""

    UNIT = "unit"
    ENTERPRISE = "enterprise"


class LimitPeriod(StrEnum):
    """Calendar periods: a year's visits are counted from January."""

    YEAR = "year"
    HALF_YEAR = "half_year"
    QUARTER = "quarter"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class InspectionLimit(Dated):
    """At most ``max_count`` inspections in a period. ``kind`` None counts all, ``unit_id`` None holds for all."""

    basis: LimitBasis
    max_count: int
    period: LimitPeriod = LimitPeriod.YEAR
    kind: InspectionKind | None = None
    unit_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """An inspection of the enterprise that counts: approved by rule or carried out.

    What a person approved on an exempt ground is none: an emergency uses up nobody's yearly inspection.
    """

    inspection_id: UUID
    kind: InspectionKind
    planned_from: date
    unit_ids: frozenset[UUID]


def limits_for(
    limits: Iterable[InspectionLimit],
    basis: LimitBasis,
    region_code: str,
    kind: InspectionKind,
    unit_id: UUID,
    on: date,
) -> list[InspectionLimit]:
    """The limit of this kind and the one of all kinds, each the narrowest; one for the unit before a general."""
    fitting = [limit for limit in limits if limit.basis is basis and limit.unit_id in {None, unit_id}]
    found = (
        in_force(
            (limit for limit in fitting if limit.kind is wanted),
            region_code,
            on,
            then=lambda limit: limit.unit_id is not None,
        )
        for wanted in (kind, None)
    )
    return [limit for limit in found if limit is not None]


def counted(limit: InspectionLimit, earlier: Sequence[Earlier], on: date, unit_id: UUID | None) -> list[Earlier]:
    """The inspections that use the limit up in the period of ``on``; ``unit_id`` None counts all units' visits."""
    first, last = window(limit.period, on)
    return [
        one
        for one in earlier
        if first <= one.planned_from <= last
        and (limit.kind is None or one.kind is limit.kind)
        and (unit_id is None or unit_id in one.unit_ids)
    ]


def window(period: LimitPeriod, on: date) -> tuple[date, date]:
    """First and last day of the calendar period that the day lies in."""
    found = period_of(PeriodKind(period.value), on)
    return found.first, found.last
