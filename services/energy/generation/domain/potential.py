"""What a plant could make of its resource (应发出力): characteristics as data, a value or nothing by slot.

Hydro: P = 9.81·Q·H·η kW with the flow Q (m³/s), the net head H (m) and the efficiency η of turbine, generator and
transformer at the unit's share of its rated flow. Wind: the maker's power curve at the reference density; the wind
speed of a pitch-controlled machine is brought to it by (ρ/ρ₀)^(1/3), the power of a stall-controlled one by ρ/ρ₀
(IEC 61400-12-1). Solar: P = P_peak·G/1000·(1 + γ·(T_cell − 25))·(1 − losses) with T_cell = T + G·(NOCT − 20)/800.
What is not known gives NaN: no resource is not no output.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from services.energy.generation.domain.availability import UnitDay
from services.energy.generation.domain.plant import SLOTS, Floats, SeriesQuantity

GRAVITY: Final = 9.81
_STC_WM2: Final = 1000.0
_STC_C: Final = 25.0
_NOCT_WM2: Final = 800.0
_NOCT_AMBIENT_C: Final = 20.0


@dataclass(frozen=True, slots=True)
class HydroModel:
    """``efficiency``: (share of the rated flow, η), rising; below the first share a unit stands still.

    ``net_head_m``: the head where none is measured; None: then there is no expectation.
    """

    rated_flow_m3s: float
    efficiency: tuple[tuple[float, float], ...]
    net_head_m: float | None = None


@dataclass(frozen=True, slots=True)
class WindModel:
    """``curve``: (wind speed at the hub, kW) of one unit; outside of it a unit stands still.

    ``site_density``: kg/m³ where none is measured. ``losses``: wake and electrical losses as a share.
    """

    curve: tuple[tuple[float, float], ...]
    reference_density: float = 1.225
    site_density: float = 1.225
    is_pitch_controlled: bool = True
    losses: float = 0.0


@dataclass(frozen=True, slots=True)
class SolarModel:
    """``temperature_coefficient``: γ per °C, negative; ``noct_c``: cell temperature at 800 W/m² and 20 °C."""

    peak_kw: float
    temperature_coefficient: float = -0.004
    noct_c: float = 45.0
    losses: float = 0.14


@dataclass(frozen=True, slots=True)
class FiringModel:
    """A unit whose resource is at hand: what it can make is its capacity (thermal with fuel in stock)."""


Model = HydroModel | WindModel | SolarModel | FiringModel
Series = Mapping[SeriesQuantity, Floats]


def potential(units: Sequence[tuple[UnitDay, Model | None]], series: Series, shares: Sequence[Floats]) -> Floats:
    """kW by slot of the units together when of each its share can run; NaN where the resource is not known.

    A unit without a model makes the whole unknown: a sum without it would be too small.
    """
    if not units or any(model is None for _, model in units):
        return np.full(SLOTS, np.nan)
    total = np.zeros(SLOTS)
    hydro = [place for place, (_, model) in enumerate(units) if isinstance(model, HydroModel)]
    if hydro:
        total = total + _hydro([units[place] for place in hydro], series, [shares[place] for place in hydro])
    for (unit, model), share in zip(units, shares, strict=True):
        if isinstance(model, WindModel):
            total = total + share * np.minimum(_wind(model, series), unit.capacity_kw)
        elif isinstance(model, SolarModel):
            total = total + share * np.minimum(_solar(model, series), unit.capacity_kw)
        elif isinstance(model, FiringModel):
            total = total + share * unit.capacity_kw
    return total


def _given(series: Series, quantity: SeriesQuantity) -> Floats:
    found = series.get(quantity)
    return np.full(SLOTS, np.nan) if found is None else found


def _hydro(units: Sequence[tuple[UnitDay, Model | None]], series: Series, shares: Sequence[Floats]) -> Floats:
    """The best of running the largest unit, the two largest, and so on, each at the same share of its flow.

    That is how a station is run, and water that one unit cannot take goes through another.
    """
    flow = _given(series, SeriesQuantity.INFLOW_M3S)
    head = series.get(SeriesQuantity.HEAD_M)
    order = sorted(range(len(units)), key=lambda place: -_rated_flow(units[place][1]))
    best = np.where(np.isnan(flow), np.nan, 0.0)
    heads = {place: _net_head(_hydro_model(units[place][1]), head) for place in order}
    for running in range(1, len(order) + 1):
        chosen = order[:running]
        capable = [np.asarray(shares[place]) * _rated_flow(units[place][1]) for place in chosen]
        together = np.sum(capable, axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            load = np.where(together > 0, np.minimum(1.0, flow / together), 0.0)
        power = np.zeros(SLOTS)
        for place, able in zip(chosen, capable, strict=True):
            unit, model = units[place]
            made = GRAVITY * load * able * heads[place] * _efficiency(_hydro_model(model), load)
            power = power + np.minimum(made, shares[place] * unit.capacity_kw)
        # A missing head makes the power unknown, also where another number of units would have needed it.
        best = np.where(np.isnan(power) & ~np.isnan(flow), np.nan, np.maximum(best, power))
    return best


def _hydro_model(model: Model | None) -> HydroModel:
    assert isinstance(model, HydroModel)
    return model


def _rated_flow(model: Model | None) -> float:
    return _hydro_model(model).rated_flow_m3s


def _net_head(model: HydroModel, measured: Floats | None) -> Floats:
    fallback = np.nan if model.net_head_m is None else model.net_head_m
    if measured is None:
        return np.full(SLOTS, fallback)
    return np.where(np.isnan(measured), fallback, measured)


def _efficiency(model: HydroModel, load: Floats) -> Floats:
    shares, values = (np.array(column) for column in zip(*model.efficiency, strict=True))
    found: Floats = np.interp(load, shares, values)
    return np.where(load < shares[0], 0.0, found)


def _wind(model: WindModel, series: Series) -> Floats:
    speed = _given(series, SeriesQuantity.WIND_MPS)
    density = _given(series, SeriesQuantity.AIR_DENSITY)
    ratio = np.where(np.isnan(density), model.site_density, density) / model.reference_density
    seen = speed * np.cbrt(ratio) if model.is_pitch_controlled else speed
    speeds, powers = (np.array(column) for column in zip(*model.curve, strict=True))
    made = np.interp(seen, speeds, powers, left=0.0, right=0.0)
    if not model.is_pitch_controlled:
        made = np.minimum(made * ratio, powers.max())
    found: Floats = np.where(np.isnan(speed), np.nan, made * (1.0 - model.losses))
    return found


def _solar(model: SolarModel, series: Series) -> Floats:
    irradiance = _given(series, SeriesQuantity.IRRADIANCE_WM2)
    if model.temperature_coefficient == 0:
        factor = np.ones(SLOTS)
    else:
        ambient = _given(series, SeriesQuantity.AMBIENT_C)
        cell = ambient + irradiance * (model.noct_c - _NOCT_AMBIENT_C) / _NOCT_WM2
        # In the dark there is nothing that a temperature could change.
        factor = np.where(irradiance == 0, 1.0, 1.0 + model.temperature_coefficient * (cell - _STC_C))
    made = model.peak_kw * irradiance / _STC_WM2 * np.maximum(factor, 0.0) * (1.0 - model.losses)
    found: Floats = np.maximum(made, 0.0)
    return found
