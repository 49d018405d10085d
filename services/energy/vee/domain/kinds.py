"""What is looked for in a day, and by which thresholds (数据校核: 验证, 估算, 编辑; S18).

Thresholds are rows with a validity period (``vee_rule``); these models say what a row of each kind may hold.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field


class RuleKind(StrEnum):
    """All but estimation open findings; catch-up also acts on what it finds."""

    RANGE = "range"
    NEGATIVE = "negative"
    SPIKE = "spike"
    FLAT = "flat"
    INTERVAL_SIZE = "interval_size"
    DUPLICATE = "duplicate"
    UNIT_SCALE = "unit_scale"
    SUM_CHECK = "sum_check"
    REGISTER_ORDER = "register_order"
    CATCH_UP = "catch_up"
    ESTIMATION = "estimation"


class Thresholds(BaseModel):
    """Base of all parameters. ``enabled`` switches the rule off for a scope and time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = True


class RangeThresholds(Thresholds):
    """A value beyond this share of the meter's capacity, in either direction."""

    capacity_share: float = Field(default=1.2, gt=0, le=100)


class NegativeThresholds(Thresholds):
    """A value below this on a meter that counts one direction."""

    floor_kw: float = Field(default=0.0, le=0)


class SpikeThresholds(Thresholds):
    """A value whose distance from the median of its four neighbours is ``times`` the day's usual step.

    The step is taken as no less than ``floor_share`` of the day's median and than ``floor_kw``.
    """

    times: float = Field(default=8.0, gt=1, le=1000)
    floor_share: float = Field(default=0.25, ge=0, le=10)
    floor_kw: float = Field(default=1.0, ge=0)


class FlatThresholds(Thresholds):
    """The same value for so long; standstill below ``least_kw`` is not looked at."""

    minutes: int = Field(default=360, ge=10, le=1440)
    least_kw: float = Field(default=0.001, ge=0)


class IntervalSizeThresholds(Thresholds):
    """Only every k-th slot has a value: the source's interval is not the registered one."""

    least_values: int = Field(default=4, ge=2, le=288)


class DuplicateThresholds(Thresholds):
    """A whole day equal, value by value, to one of the days before."""

    lookback_days: int = Field(default=7, ge=1, le=35)


class UnitScaleThresholds(Thresholds):
    """The day's median is ``factor`` times the usual one, or that part of it, within a factor of ``within``."""

    factor: float = Field(default=1000.0, gt=1)
    within: float = Field(default=2.0, gt=1, le=10)
    lookback_days: int = Field(default=28, ge=1, le=35)
    least_days: int = Field(default=3, ge=1, le=35)


class SumPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    meter_no: Annotated[str, Field(min_length=1, max_length=64)]
    factor: float = Field(default=1.0, allow_inf_nan=False)


class SumCheckThresholds(Thresholds):
    """The rule's meter must equal the sum of its parts within the tolerances, in slots that all of them have."""

    parts: tuple[SumPart, ...] = Field(min_length=1, max_length=500)
    tolerance_share: float = Field(default=0.03, ge=0, le=1)
    tolerance_kw: float = Field(default=1.0, ge=0)


class RegisterOrderThresholds(Thresholds):
    """A cumulative register that runs backwards without rollover, reset or change of the meter."""


class CatchUpThresholds(Thresholds):
    """After a gap, a value that holds the gap's energy: at least ``times`` the usual one, and about their sum.

    ``spread`` lays the energy over the gap and its slot, marked estimated; ``mark`` only opens a finding.
    """

    action: Literal["spread", "mark"] = "spread"
    times: float = Field(default=2.0, gt=1, le=100)
    tolerance: float = Field(default=0.5, gt=0, lt=1)
    longest_gap_days: int = Field(default=3, ge=1, le=7)


class EstimationThresholds(Thresholds):
    """How gaps are filled, ``wait_hours`` after the end of their day.

    Up to ``linear_minutes`` by a straight line; longer ones by the last ``reference_days`` of the same day type
    within ``lookback_days``, each weighing ``recency`` of the next younger, at least ``least_days`` of them. A gap
    longer than ``longest_gap_days`` stays a gap: that meter is out of order, not late.
    """

    wait_hours: int = Field(default=36, ge=0, le=24 * 35)
    linear_minutes: int = Field(default=60, ge=0, le=360)
    lookback_days: int = Field(default=42, ge=1, le=42)
    reference_days: int = Field(default=4, ge=1, le=20)
    least_days: int = Field(default=2, ge=1, le=20)
    recency: float = Field(default=0.7, gt=0, le=1)
    longest_gap_days: int = Field(default=7, ge=1, le=35)


THRESHOLDS: Final[dict[RuleKind, type[Thresholds]]] = {
    RuleKind.RANGE: RangeThresholds,
    RuleKind.NEGATIVE: NegativeThresholds,
    RuleKind.SPIKE: SpikeThresholds,
    RuleKind.FLAT: FlatThresholds,
    RuleKind.INTERVAL_SIZE: IntervalSizeThresholds,
    RuleKind.DUPLICATE: DuplicateThresholds,
    RuleKind.UNIT_SCALE: UnitScaleThresholds,
    RuleKind.SUM_CHECK: SumCheckThresholds,
    RuleKind.REGISTER_ORDER: RegisterOrderThresholds,
    RuleKind.CATCH_UP: CatchUpThresholds,
    RuleKind.ESTIMATION: EstimationThresholds,
}

# The furthest any rule looks back.
LOOKBACK_DAYS: Final = 42
