"""Answers about the grid; NaN of the figures becomes null."""

import math
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from services.energy.grid.domain.capacity import Capacity
from services.energy.grid.domain.node import NodeKind, PlacementRole
from services.energy.grid.domain.rates import PeriodRate, rates_by_slot
from services.energy.grid.service.reports import Margin, NodeLoads, TreeNode
from services.energy.metering.domain.slots import date_of


class TreeRead(BaseModel):
    """``depth`` 0 at the top. ``capacity_kw`` null where nobody recorded any."""

    code: str
    kind: NodeKind
    name: str
    region_code: str
    parent_code: str | None
    depth: int
    rated_mva: float | None
    capacity_kw: float | None


class TreeItems(BaseModel):
    on: date
    items: list[TreeRead]


class LoadDay(BaseModel):
    """A day of a node by quarter of an hour; null where it is not known."""

    day: date
    load_kw: list[float | None]
    completeness: list[float] = Field(description="Share of the meters expected that are there.")
    scaled: list[bool] = Field(description="Scaled for what was not measured.")
    load_rate: list[float | None] = Field(description="Load over capacity.")
    expected_meters: int
    capacity_kw: float | None
    capacity_ids: list[UUID] = Field(description="The rows behind the capacity.")
    peak_kw: float | None
    peak_slot: int | None = Field(description="0 is 00:00 to 00:15.")


class LoadDays(BaseModel):
    items: list[LoadDay]


class RateRead(BaseModel):
    """A day or month of a node."""

    first: date
    slots: int
    known: float = Field(description="Share of the slots whose load is known.")
    completeness: float = Field(description="Share of the meters expected that were there.")
    scaled_slots: int
    peak_kw: float | None
    peak_on: date | None
    peak_slot: int | None
    least_kw: float | None
    mean_kw: float | None
    energy_kwh: float | None = Field(description="Of the slots known.")
    capacity_kw: float | None
    load_rate: float | None = Field(description="负载率: the highest of the days' peaks over their capacity.")
    load_factor: float | None = Field(description="负荷率: mean over peak.")
    simultaneity: float | None = Field(description="同时率: peak over the sum of the peaks of what hangs below.")


class RateItems(BaseModel):
    items: list[RateRead]


class MarginRead(BaseModel):
    """N-1 of a substation: the others, overloaded for a short time, without the largest transformer."""

    id: UUID
    code: str
    name: str
    region_code: str
    rated_mva: float | None
    largest_mva: float | None
    firm_kw: float | None
    peak_kw: float | None
    peak_on: date | None
    peak_slot: int | None
    margin_kw: float | None
    margin_percent: float | None = Field(description="Of the firm capacity.")
    holds: bool | None = Field(description="Null where capacity or load is unknown.")
    capacity_ids: list[UUID] = Field(description="The rows behind the capacity.")


class PlacedMeterRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    meter_no: str
    name: str
    role: PlacementRole
    is_said: bool = Field(description="By a placement; else by the codes of its register.")
    quantity: str


class PlacedMeters(BaseModel):
    items: list[PlacedMeterRead]


def numbers(values: Any, digits: int = 3) -> list[float | None]:
    """A row of figures as JSON takes it."""
    rounded: list[float] = np.round(np.asarray(values, np.float64), digits).tolist()
    return [None if math.isnan(value) else value for value in rounded]


def tree_read(found: TreeNode) -> TreeRead:
    node = found.node
    return TreeRead(
        code=node.code,
        kind=node.kind,
        name=node.name,
        region_code=node.region_code,
        parent_code=found.parent_code,
        depth=found.depth,
        rated_mva=found.capacity.rated_mva,
        capacity_kw=found.capacity.kw,
    )


def load_days(found: NodeLoads) -> Iterable[LoadDay]:
    columns = found.loads
    for row, day in enumerate(columns.day.tolist()):
        capacity: Capacity = found.capacities[row]
        load = columns.load_kw[row]
        place = int(np.nanargmax(load)) if np.isfinite(load).any() else None
        yield LoadDay(
            day=date_of(day),
            load_kw=numbers(load),
            completeness=np.round(columns.completeness[row], 4).tolist(),
            scaled=columns.scaled[row].tolist(),
            load_rate=numbers(rates_by_slot(load, capacity.kw), 4),
            expected_meters=int(columns.expected[row]),
            capacity_kw=capacity.kw,
            capacity_ids=list(capacity.parts),
            peak_kw=None if place is None else round(float(load[place]), 3),
            peak_slot=place,
        )


def rate_read(found: PeriodRate) -> RateRead:
    peak = found.peak
    return RateRead(
        first=found.first,
        slots=found.slots,
        known=found.known,
        completeness=found.completeness,
        scaled_slots=found.scaled,
        peak_kw=None if peak is None else peak.kw,
        peak_on=None if peak is None else date_of(peak.day),
        peak_slot=None if peak is None else peak.slot,
        least_kw=found.least_kw,
        mean_kw=found.mean_kw,
        energy_kwh=found.energy_kwh,
        capacity_kw=found.capacity_kw,
        load_rate=found.load_rate,
        load_factor=found.load_factor,
        simultaneity=found.simultaneity,
    )


def margin_read(found: Margin) -> MarginRead:
    capacity, peak, margin = found.capacity, found.peak, found.margin_kw
    return MarginRead(
        id=found.node.id,
        code=found.node.code,
        name=found.node.name,
        region_code=found.node.region_code,
        rated_mva=capacity.rated_mva,
        largest_mva=capacity.largest_mva,
        firm_kw=capacity.firm_kw,
        peak_kw=None if peak is None else peak.kw,
        peak_on=None if peak is None else date_of(peak.day),
        peak_slot=None if peak is None else peak.slot,
        margin_kw=margin,
        margin_percent=None if margin is None or not capacity.firm_kw else 100 * margin / capacity.firm_kw,
        holds=found.holds,
        capacity_ids=list(capacity.parts),
    )
