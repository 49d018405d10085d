"""The planned course of the works (S 曲线, S26): which share is to be complete at the end of which month."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from libs.common.web.problems import FieldError
from services.projects.ledger.errors import CurveNotOrdered

_HUNDRED, _PLACES = Decimal(100), Decimal("0.01")


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """``percent`` of the works, all told, at the end of the month whose first day is ``month``."""

    month: date
    percent: Decimal


@dataclass(frozen=True, slots=True)
class PlanCurve:
    """Points in order of time, the last at 100."""

    points: tuple[CurvePoint, ...]

    @property
    def begins_on(self) -> date:
        return self.points[0].month

    @property
    def ends_on(self) -> date:
        return last_day(self.points[-1].month)


def plan_curve(points: Sequence[CurvePoint]) -> PlanCurve:
    """A curve of the points; any day of a month names it. Raises CurveNotOrdered naming each fault.

    Months rise, percentages never fall, and the last is 100: a plan that does not end is none.
    """
    whole = tuple(CurvePoint(point.month.replace(day=1), point.percent) for point in points)
    errors = []
    for place, (earlier, later) in enumerate(pairwise(whole), start=1):
        if later.month <= earlier.month:
            errors.append(FieldError("curve.month_not_rising", f"/points/{place}/month"))
        if later.percent < earlier.percent:
            errors.append(FieldError("curve.percent_falling", f"/points/{place}/percent"))
    errors += [
        FieldError("curve.percent_outside", f"/points/{place}/percent")
        for place, point in enumerate(whole)
        if not 0 <= point.percent <= _HUNDRED
    ]
    if not whole or whole[-1].percent != _HUNDRED:
        errors.append(FieldError("curve.not_complete", f"/points/{max(len(whole) - 1, 0)}/percent"))
    if errors:
        raise CurveNotOrdered(errors=errors)
    return PlanCurve(whole)


def planned_percent(curve: PlanCurve, on: date) -> Decimal:
    """The share that is to be complete at the end of a day, to two places.

    Between the ends of two months the works go on evenly, day by day; they begin with the first month, at nothing,
    and are complete from the end of the last on.
    """
    reached, since = Decimal(0), curve.begins_on - timedelta(days=1)
    if on <= since:
        return reached.quantize(_PLACES)
    for point in curve.points:
        until = last_day(point.month)
        if on <= until:
            share = Decimal((on - since).days) / Decimal((until - since).days)
            return (reached + (point.percent - reached) * share).quantize(_PLACES)
        reached, since = point.percent, until
    return _HUNDRED.quantize(_PLACES)


def last_day(month: date) -> date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])
