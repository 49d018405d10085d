"""Characteristics of units as they are told and kept, checked before anything is computed from them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.energy.generation.domain.plant import PlantKind
from services.energy.generation.domain.potential import FiringModel, HydroModel, Model, SolarModel, WindModel

Share = Annotated[float, Field(ge=0, lt=1)]
Density = Annotated[float, Field(ge=0.5, le=1.6)]


class ModelKind(StrEnum):
    """What a characteristic describes."""

    HYDRO = "hydro"
    WIND = "wind"
    SOLAR = "solar"
    FIRING = "firing"


# A storage has no resource of its own: what it is planned to deliver is given as a series.
FITTING: Final = {
    PlantKind.HYDRO: ModelKind.HYDRO,
    PlantKind.WIND: ModelKind.WIND,
    PlantKind.SOLAR: ModelKind.SOLAR,
    PlantKind.THERMAL: ModelKind.FIRING,
}


class _Parameters(BaseModel):
    model_config = ConfigDict(extra="forbid")


def _rising(points: list[tuple[float, float]]) -> None:
    if any(after[0] <= before[0] for before, after in pairwise(points)):
        raise PydanticCustomError("plant.points_not_rising", "the points must rise in their first figure")


class HydroParameters(_Parameters):
    """``efficiency``: (share of the rated flow, efficiency of turbine, generator and transformer together)."""

    rated_flow_m3s: float = Field(gt=0, le=100_000)
    efficiency: list[tuple[float, float]] = Field(min_length=1, max_length=100)
    net_head_m: float | None = Field(default=None, gt=0, le=2_000)

    @model_validator(mode="after")
    def _plausible(self) -> Self:
        _rising(self.efficiency)
        if any(not (0 <= share <= 1 and 0 < value <= 1) for share, value in self.efficiency):
            raise PydanticCustomError("plant.points_out_of_range", "shares and efficiencies lie between 0 and 1")
        return self

    def model(self) -> Model:
        return HydroModel(self.rated_flow_m3s, tuple(self.efficiency), self.net_head_m)


class WindParameters(_Parameters):
    """``curve``: (wind speed at the hub in m/s, kW) of one unit, from cut-in to cut-out."""

    curve: list[tuple[float, float]] = Field(min_length=2, max_length=200)
    reference_density: Density = 1.225
    site_density: Density = 1.225
    is_pitch_controlled: bool = True
    losses: Share = 0.0

    @model_validator(mode="after")
    def _plausible(self) -> Self:
        _rising(self.curve)
        if any(not 0 <= speed <= 75 or power < 0 for speed, power in self.curve):
            raise PydanticCustomError("plant.points_out_of_range", "speeds lie from 0 to 75 m/s, powers above 0")
        return self

    def model(self) -> Model:
        return WindModel(
            tuple(self.curve), self.reference_density, self.site_density, self.is_pitch_controlled, self.losses
        )


class SolarParameters(_Parameters):
    peak_kw: float = Field(gt=0)
    temperature_coefficient: float = Field(default=-0.004, ge=-0.01, le=0)
    noct_c: float = Field(default=45.0, ge=20, le=80)
    losses: Share = 0.14

    def model(self) -> Model:
        return SolarModel(self.peak_kw, self.temperature_coefficient, self.noct_c, self.losses)


class FiringParameters(_Parameters):
    def model(self) -> Model:
        return FiringModel()


Parameters = HydroParameters | WindParameters | SolarParameters | FiringParameters
_CLASSES: Final[Mapping[ModelKind, type[Parameters]]] = {
    ModelKind.HYDRO: HydroParameters,
    ModelKind.WIND: WindParameters,
    ModelKind.SOLAR: SolarParameters,
    ModelKind.FIRING: FiringParameters,
}


def parse_model(kind: ModelKind, parameters: Mapping[str, Any]) -> Parameters:
    """Raises pydantic's ValidationError."""
    return _CLASSES[kind].model_validate(dict(parameters))


def model_of(kind: str, parameters: Mapping[str, Any]) -> Model:
    """The rule behind a kept characteristic."""
    return parse_model(ModelKind(kind), parameters).model()
