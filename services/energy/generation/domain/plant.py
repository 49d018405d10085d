"""A plant (电站) as the rules see it: kind, units, meters, states."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SLOTS: Final = 96
SLOT_MINUTES: Final = 15
SLOT_HOURS: Final = 0.25
DAY_HOURS: Final = 24.0


class PlantKind(StrEnum):
    """水电 hydro, 风电 wind, 光伏 solar, 火电 thermal, 储能 storage."""

    HYDRO = "hydro"
    WIND = "wind"
    SOLAR = "solar"
    THERMAL = "thermal"
    STORAGE = "storage"

    @property
    def is_spread(self) -> bool:
        """Whether each unit has its own part of the resource: what one cannot take, no other can."""
        return self in {PlantKind.WIND, PlantKind.SOLAR}


class MeterRole(StrEnum):
    """What a meter says of a plant.

    上网电量 ``export``: leaves the plant; 下网电量、厂用电 ``own_use``: is drawn by it; 机组电量 ``unit``: what
    one unit makes, which counts for the unit and not once more for the plant.
    """

    EXPORT = "export"
    OWN_USE = "own_use"
    UNIT = "unit"

    @property
    def sign(self) -> int:
        """How it counts in the plant's net output."""
        return {"export": 1, "own_use": -1, "unit": 0}[self.value]


class State(StrEnum):
    """可用 available, 降出力 reduced, 计划停运 outage_planned, 非计划停运 outage_forced.

    A unit in service of which nothing is recorded is available: plants report the exceptions (DL/T 793, IEEE 762).
    """

    AVAILABLE = "available"
    REDUCED = "reduced"
    OUTAGE_PLANNED = "outage_planned"
    OUTAGE_FORCED = "outage_forced"


class StateCause(StrEnum):
    """Why a unit is in a state: 检修, 设备, 电网, 来水, 天气, 燃料, 环保, 安全, 其他."""

    MAINTENANCE = "maintenance"
    EQUIPMENT = "equipment"
    GRID = "grid"
    WATER = "water"
    WEATHER = "weather"
    FUEL = "fuel"
    ENVIRONMENT = "environment"
    SAFETY = "safety"
    OTHER = "other"


class LimitCause(StrEnum):
    """Why dispatch limits a plant: 断面受阻, 负荷低, 防汛, 电网检修, 市场, 其他."""

    CONGESTION = "congestion"
    LOW_LOAD = "low_load"
    FLOOD_CONTROL = "flood_control"
    GRID_MAINTENANCE = "grid_maintenance"
    MARKET = "market"
    OTHER = "other"


class SeriesQuantity(StrEnum):
    """What is given of a plant's resource, by slot: 入库流量, 水头, 风速, 空气密度, 辐照度, 气温, 应发出力."""

    INFLOW_M3S = "inflow_m3s"
    HEAD_M = "head_m"
    WIND_MPS = "wind_mps"
    AIR_DENSITY = "air_density"
    IRRADIANCE_WM2 = "irradiance_wm2"
    AMBIENT_C = "ambient_c"
    EXPECTED_KW = "expected_kw"

    @property
    def bounds(self) -> tuple[float, float]:
        """What can be measured at all; beyond it is a wrong unit or a broken instrument."""
        return _BOUNDS[self]


_BOUNDS: Final = {
    SeriesQuantity.INFLOW_M3S: (0.0, 100_000.0),
    SeriesQuantity.HEAD_M: (0.0, 2_000.0),
    SeriesQuantity.WIND_MPS: (0.0, 75.0),
    SeriesQuantity.AIR_DENSITY: (0.5, 1.6),
    SeriesQuantity.IRRADIANCE_WM2: (0.0, 1_600.0),
    SeriesQuantity.AMBIENT_C: (-60.0, 60.0),
    SeriesQuantity.EXPECTED_KW: (0.0, 25_000_000.0),
}


@dataclass(frozen=True, slots=True)
class Rating:
    """A unit's capacity while it holds, kW."""

    valid_from: date
    valid_to: date | None
    capacity_kw: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """A state of a unit, minutes of standard time since 1970; open while ``end`` is None."""

    state: State
    start: int
    end: int | None
    available_kw: float | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """A dispatch limit (调度限值) of a plant, minutes of standard time since 1970; open while ``end`` is None."""

    start: int
    end: int | None
    limit_kw: float


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit (机组) with its ratings and states; without a rating that holds it is not in service."""

    unit_id: UUID
    code: str
    ratings: tuple[Rating, ...]
    states: tuple[Stretch, ...] = ()

    def capacity_on(self, day: date) -> float | None:
        """kW, None when the unit is not in service."""
        found = [
            one for one in self.ratings if one.valid_from <= day and (one.valid_to is None or day < one.valid_to)
        ]
        return found[-1].capacity_kw if found else None


def to_slots(values: NDArray[np.float32] | Floats) -> Floats:
    """A curve of 24, 48, 96 or 288 slots at 96: longer ones held, the mean of shorter ones, NaN with a gap."""
    count = values.shape[-1]
    wide = np.asarray(values, np.float64)
    if count > SLOTS:
        found: Floats = wide.reshape(*values.shape[:-1], SLOTS, count // SLOTS).mean(axis=-1)
        return found
    return np.repeat(wide, SLOTS // count, axis=-1)
