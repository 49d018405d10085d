"""Parks and what they offer (园区): areas in 亩, capacity in a unit of its own, infrastructure item by item."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class ParkLevel(StrEnum):
    """国家级 national, 省级 provincial, 市级 municipal, 县级 county, 乡镇级 township."""

    NATIONAL = "national"
    PROVINCIAL = "provincial"
    MUNICIPAL = "municipal"
    COUNTY = "county"
    TOWNSHIP = "township"


class InfrastructureKind(StrEnum):
    """七通一平: 道路 road, 供水 water, 供电 power, 燃气 gas, 供热 heat, 排污 sewage, 通信 telecom, 平整 levelling.

    其他 other is what else a park offers.
    """

    ROAD = "road"
    WATER = "water"
    POWER = "power"
    GAS = "gas"
    HEAT = "heat"
    SEWAGE = "sewage"
    TELECOM = "telecom"
    LEVELLING = "levelling"
    OTHER = "other"


class InfrastructureState(StrEnum):
    """规划 planned, 在建 under construction, 投用 in service, 停用 out of service."""

    PLANNED = "planned"
    UNDER_CONSTRUCTION = "under_construction"
    IN_SERVICE = "in_service"
    OUT_OF_SERVICE = "out_of_service"


@dataclass(frozen=True, slots=True)
class ParkDraft:
    """A park as it is put. ``closed_managed_since`` is the first day of 封闭管理 (S30), None while it is open."""

    name: str
    region_code: str
    level: ParkLevel
    area_mu: Decimal | None = None
    planned_capacity: Decimal | None = None
    capacity_unit: str | None = None
    # A list as its column is: the two are compared to tell whether anything changed.
    industries: list[str] = field(default_factory=list)
    unit_id: UUID | None = None
    closed_managed_since: date | None = None
    summary: str = ""


@dataclass(frozen=True, slots=True)
class InfrastructureDraft:
    kind: InfrastructureKind
    name: str
    state: InfrastructureState
    capacity: str = ""
    in_service_on: date | None = None
    note: str = ""
