"""Plants that generate: what they are made of, how able they are, what they are to make in a year (S22)."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Instant, Topic
from libs.common.contracts.energy.owner import OWNER

PLANT = Topic("energy.plant.v1", OWNER, "Plants registered and changed, states of their units, limits of dispatch")
GENERATION_TARGET = Topic(
    "energy.generation_target.v1", OWNER, "Targets of generation by year: recorded, changed and withdrawn"
)


class PlantPayload(EventPayload):
    """A plant as it is at the time of the event. ``capacity_kw``: of the units in service on that day."""

    topic: ClassVar[Topic] = PLANT

    plant_id: UUID
    code: str
    name: str
    kind: str
    region_code: str
    enterprise_id: UUID | None = None
    node_code: str | None = None
    capacity_kw: float
    commissioned_on: date
    retired_on: date | None = None


class PlantRegisteredV1(PlantPayload):
    event_type: ClassVar[str] = "energy.plant.registered.v1"


class PlantChangedV1(PlantPayload):
    """``changed`` names what is other: facts, ``connection``, ``units``, ``models``, ``meters``."""

    event_type: ClassVar[str] = "energy.plant.changed.v1"

    changed: tuple[str, ...]
    unit_code: str | None = None
    effective_on: date | None = None
    reason: str | None = None


class PlantUnitStateRecordedV1(PlantPayload):
    """A unit's state began, ended, was corrected or withdrawn. ``available_kw``: of a reduced unit."""

    event_type: ClassVar[str] = "energy.plant.unit_state_recorded.v1"

    state_id: UUID
    unit_code: str
    state: str
    cause: str
    starts_at: Instant
    ends_at: Instant | None = None
    available_kw: float | None = None
    withdrawn: bool = False
    reason: str


class PlantLimitRecordedV1(PlantPayload):
    """Dispatch limited a plant, changed the limit, ended or withdrew it."""

    event_type: ClassVar[str] = "energy.plant.limit_recorded.v1"

    limit_id: UUID
    limit_kw: float
    cause: str
    order_no: str | None = None
    starts_at: Instant
    ends_at: Instant | None = None
    withdrawn: bool = False
    reason: str


class GenerationTargetRecordedV1(EventPayload):
    """A year's target of a plant, or of a region's plants of one kind or all, as it stands from now on."""

    event_type: ClassVar[str] = "energy.generation_target.recorded.v1"
    topic: ClassVar[Topic] = GENERATION_TARGET

    target_id: UUID
    region_code: str
    plant_id: UUID | None = None
    plant_code: str | None = None
    kind: str | None = None
    year: int
    energy_kwh: float
    monthly_kwh: tuple[float, ...] | None = None
    basis: str
    reason: str
    withdrawn: bool = False


EVENTS: tuple[type[EventPayload], ...] = (
    PlantRegisteredV1,
    PlantChangedV1,
    PlantUnitStateRecordedV1,
    PlantLimitRecordedV1,
    GenerationTargetRecordedV1,
)
