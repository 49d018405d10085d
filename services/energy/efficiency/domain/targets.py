"""Energy targets (能耗双控目标) of regions and enterprises: pace of the months, three-level light, forecast, veto.

Light 三级 green, 二级 yellow, 一级 red by how far the months so far are above the pace. The year is judged through
the last month up to which all months are known: what is not known is neither met nor missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final

from libs.common.validity import Dated

_MONTHS: Final = 12
_HUNDRED: Final = Decimal(100)
_PLACES: Final = Decimal("0.01")
_VALUE_PLACES: Final = Decimal("0.000001")


class Measure(StrEnum):
    """总量 total, tce; 用电量 electricity, kWh; 单位产值能耗 tce in 万元; 单位产品能耗 tce in a unit of it."""

    TOTAL_TCE = "total_tce"
    ELECTRICITY_KWH = "electricity_kwh"
    INTENSITY_VALUE = "intensity_value"
    INTENSITY_PRODUCT = "intensity_product"

    @property
    def is_intensity(self) -> bool:
        return self in {Measure.INTENSITY_VALUE, Measure.INTENSITY_PRODUCT}


class Pace(StrEnum):
    """序时进度: equal months, or months as last year's shares."""

    LINEAR = "linear"
    SEASONAL = "seasonal"


class Light(StrEnum):
    """三级 green, 二级 yellow, 一级 red."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class EfficiencyRule(Dated):
    """Edges of the light in percent above the pace, what is asked of meters and reports, and when a veto is set.

    A month is reported in time until ``report_due_day`` of the next. ``veto_red_months``: so many red months in a
    row veto within the year; None: only a year that was missed does.
    """

    yellow_above_percent: Decimal = Decimal(0)
    red_from_percent: Decimal = Decimal(10)
    veto_red_months: int | None = 3
    min_completeness: Decimal = Decimal("0.95")
    tolerance_percent: Decimal = Decimal(5)
    report_due_day: int = 10


@dataclass(frozen=True, slots=True)
class MonthFact:
    """A month's energy, or of an intensity the energy and what it is over; None where not known."""

    energy: Decimal | None
    output: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PacePoint:
    """The months of the year through ``month``, both figures in the target's unit."""

    month: date
    planned: Decimal
    actual: Decimal
    deviation_percent: Decimal
    light: Light


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a target stands. ``points`` reach as far as all months are known; ``missed`` None: not decided yet.

    ``pace`` is the one that was used: seasonal falls to linear where last year is not known whole.
    """

    pace: Pace
    points: tuple[PacePoint, ...]
    forecast: Decimal | None
    missed: bool | None

    @property
    def latest(self) -> PacePoint | None:
        return self.points[-1] if self.points else None

    def red_months(self) -> int:
        """Red months at the end of what is known, in a row."""
        count = 0
        for point in reversed(self.points):
            if point.light is not Light.RED:
                break
            count += 1
        return count


def judge(
    measure: Measure,
    year: int,
    value: Decimal,
    pace: Pace,
    months: Sequence[MonthFact],
    last_year: Sequence[MonthFact],
    rule: EfficiencyRule,
) -> Progress:
    """``months`` are those of the year that are over, from January on; ``last_year`` its twelve."""
    shares = _shares(last_year) if pace is Pace.SEASONAL and not measure.is_intensity else None
    used = Pace.SEASONAL if shares is not None else Pace.LINEAR
    points: list[PacePoint] = []
    energy = output = Decimal(0)
    for number, fact in enumerate(months, start=1):
        if fact.energy is None or (measure.is_intensity and fact.output is None):
            break
        energy += fact.energy
        output += fact.output or 0
        planned, actual = value, energy
        if measure.is_intensity:
            if not output:
                continue
            actual = energy / output
        else:
            planned = value * (Decimal(number) / _MONTHS if shares is None else shares[number - 1])
        points.append(_point(date(year, number, 1), planned, actual, rule))
    missed = None
    if points and points[-1].month.month == _MONTHS:
        missed = points[-1].actual > value
    return Progress(used, tuple(points), _forecast(measure, points, value), missed)


def _shares(last_year: Sequence[MonthFact]) -> list[Decimal] | None:
    """Last year's cumulative shares by month; None where it is not known whole or nothing was used."""
    known = [fact.energy for fact in last_year if fact.energy is not None]
    whole = sum(known, Decimal(0))
    if len(known) != _MONTHS or whole <= 0:
        return None
    return [sum(known[: number + 1], Decimal(0)) / whole for number in range(_MONTHS)]


def _point(month: date, planned: Decimal, actual: Decimal, rule: EfficiencyRule) -> PacePoint:
    planned, actual = planned.quantize(_VALUE_PLACES, ROUND_HALF_UP), actual.quantize(_VALUE_PLACES, ROUND_HALF_UP)
    # A month in which nothing is planned has no percentage; whatever is used in it is all above.
    deviation = (actual - planned) / planned * _HUNDRED if planned else _HUNDRED if actual > 0 else Decimal(0)
    deviation = deviation.quantize(_PLACES, ROUND_HALF_UP)
    light = Light.GREEN
    if deviation >= rule.red_from_percent:
        light = Light.RED
    elif deviation > rule.yellow_above_percent:
        light = Light.YELLOW
    return PacePoint(month, planned, actual, deviation, light)


def _forecast(measure: Measure, points: Sequence[PacePoint], value: Decimal) -> Decimal | None:
    """The year's figure if the rest keeps to what the months so far are against the pace."""
    if not points:
        return None
    latest = points[-1]
    if measure.is_intensity:
        return latest.actual
    if not latest.planned:
        return None
    return (latest.actual / latest.planned * value).quantize(_VALUE_PLACES, ROUND_HALF_UP)
