"""Meters: registered, changed, replaced and closed."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Instant, Topic
from libs.common.contracts.energy.owner import OWNER

METER = Topic("energy.meter.v1", OWNER, "Meters registered, changed, replaced and closed")


class MeterPayload(EventPayload):
    """A meter as it is at the time of the event; facts that came with a later release are absent in old events."""

    topic: ClassVar[Topic] = METER

    meter_id: UUID
    meter_no: str
    name: str
    region_code: str
    enterprise_id: UUID | None = None
    interval_minutes: int
    capacity_kw: float | None = None
    kind: str | None = None
    quantity: str | None = None
    unit: str | None = None
    asset_no: str | None = None
    feeder_code: str | None = None
    transformer_code: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class MeterRegisteredV1(MeterPayload):
    event_type: ClassVar[str] = "energy.meter.registered.v1"


class MeterChangedV1(MeterPayload):
    """``changed`` names the facts that are other ones from ``effective_from`` on; it may lie before or ahead."""

    event_type: ClassVar[str] = "energy.meter.changed.v1"

    changed: tuple[str, ...]
    effective_from: Instant | None = None
    reason: str | None = None


class MeterClosedV1(MeterPayload):
    """The meter takes no readings of days after ``valid_to``."""

    event_type: ClassVar[str] = "energy.meter.closed.v1"

    reason: str | None = None


class MeterReplacedV1(MeterPayload):
    """Another device stands at the meter since ``at``; states are those of the registers at that moment."""

    event_type: ClassVar[str] = "energy.meter.replaced.v1"

    at: Instant
    old_asset_no: str | None = None
    new_asset_no: str | None = None
    final_state: float | None = None
    initial_state: float | None = None


EVENTS: tuple[type[EventPayload], ...] = (
    MeterRegisteredV1,
    MeterChangedV1,
    MeterClosedV1,
    MeterReplacedV1,
)
