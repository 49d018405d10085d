"""Events of the energy service: meters and the conditions detected on them. Raw readings never leave it."""

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Instant, Topic

OWNER = "energy"

METER = Topic("energy.meter.v1", OWNER, "Meters registered, changed, replaced and closed")
CONDITION = Topic("energy.condition.v1", OWNER, "Conditions of meters, opened, amended and cleared")
FEED = Topic("energy.feed.v1", OWNER, "Feeds that fell silent, and feeds that are heard again")
SITUATION = Topic(
    "energy.situation.v1", OWNER, "Shortages, missed orderly use and phase-out: opened, stated anew and cleared"
)
# Internal: float32 blocks of readings between the API and the worker; no CloudEvents, no other reader.
READINGS = Topic("energy.readings.v1", OWNER, "Blocks of readings, read by the energy worker only")


class ConditionKind(StrEnum):
    """Conditions of S18; further kinds only add values."""

    SPIKE = "spike"
    DROP = "drop"
    SHIFT = "shift"
    DEAD = "dead"
    STUCK = "stuck"
    MISSING = "missing"
    UNIT = "unit"
    CLOCK = "clock"
    OVERLOAD = "overload"
    POWER_FACTOR = "power_factor"


class SituationKind(StrEnum):
    """What the energy service warns of beside its meters (S17, S20, S21, S23); further kinds only add values."""

    SUPPLY_SHORTAGE = "supply_shortage"
    SHORTAGE_FORECAST = "shortage_forecast"
    NON_RESPONSE = "non_response"
    PHASE_OUT_DUE_SOON = "phase_out_due_soon"
    PHASE_OUT_OVERDUE = "phase_out_overdue"
    ENERGY_TARGET_MISSED = "energy_target_missed"


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


class EnergyConditionOpenedV1(EventPayload):
    """What was seen, what was usual, and which slots show it; powers in kW, instants are slot starts.

    Of a shift the value is the usual load moved by the drift; of a clock condition and of missing data it is the
    last reading known. ``score``: magnitude in the measure of the kind (spike, drop: standard deviations; shift:
    share; stuck, dead, missing, unit: hours; clock: hours; overload: share of the capacity; power factor: by how
    much it lies below its standard). Of a power factor condition values are cos φ of a day and its standard.
    """

    event_type: ClassVar[str] = "energy.condition.opened.v1"
    topic: ClassVar[Topic] = CONDITION

    condition_id: UUID
    kind: ConditionKind
    meter_id: UUID
    meter_no: str
    meter_name: str
    enterprise_id: UUID | None = None
    enterprise_name: str | None = None
    opened_at: Instant
    interval_minutes: int
    value_kw: float
    expected_kw: float
    expected_low_kw: float
    expected_high_kw: float
    deviation_percent: float | None
    score: float
    # 1 notable, 2 strong, 3 extreme: severity by magnitude; the alert rule maps it to a colour.
    level: int = 1
    day_type: str
    evidence_at: tuple[Instant, ...]
    # The same in words, for people.
    explanation_zh: str = ""
    explanation_en: str = ""


class EnergyConditionClearedV1(EventPayload):
    event_type: ClassVar[str] = "energy.condition.cleared.v1"
    topic: ClassVar[Topic] = CONDITION

    condition_id: UUID
    kind: ConditionKind
    meter_id: UUID
    meter_no: str
    cleared_at: Instant
    # returned: back in the usual band; corrected: a revised value removed the cause; expected: it was announced
    # afterwards as maintenance, a test run and the like.
    reason: str
    peak_kw: float


class FeedSilentV1(EventPayload):
    """A feed did not deliver by its schedule and its patience. One silence is one condition, told once."""

    event_type: ClassVar[str] = "energy.feed.silent.v1"
    topic: ClassVar[Topic] = FEED

    condition_id: UUID
    kind: str
    feed_id: UUID
    feed_code: str
    feed_name: str
    owner: str
    transport: str
    enterprise_id: UUID | None = None
    # When the delivery that did not come was due.
    expected_at: Instant
    last_received_at: Instant | None = None
    # The end of the latest interval that came.
    last_reading_at: Instant | None = None
    late_minutes: int
    level: int = 1
    explanation_zh: str
    explanation_en: str


class FeedRecoveredV1(EventPayload):
    event_type: ClassVar[str] = "energy.feed.recovered.v1"
    topic: ClassVar[Topic] = FEED

    condition_id: UUID
    kind: str
    feed_id: UUID
    feed_code: str
    recovered_at: Instant
    # heard: it delivered; rescheduled, unscheduled, paused: nothing is expected of it for now.
    reason: str
    last_received_at: Instant | None = None


class EnergySituationOpenedV1(EventPayload):
    """Something in supply, orderly use, targets or phase-out asks for people; stated anew when its figures change.

    ``subject_*`` is what it is about: a substation, an area, an enterprise, an activation. Of a shortage
    ``gap_percent`` is the gap as a share of the forecast maximum load and ``gap_kw`` its size (S17); of a deadline
    ``reference_on`` is the day and ``days`` how far it is past; of a target or a response ``planned`` and
    ``actual`` share the unit that the explanation names. What does not apply is absent, never zero.
    """

    event_type: ClassVar[str] = "energy.situation.opened.v1"
    topic: ClassVar[Topic] = SITUATION

    condition_id: UUID
    kind: SituationKind
    subject_type: str
    subject_id: UUID
    subject_code: str
    subject_name: str
    enterprise_id: UUID | None = None
    opened_at: Instant
    # For what time it holds, where it was foreseen.
    expected_at: Instant | None = None
    level: int = 1
    gap_percent: float | None = None
    gap_kw: float | None = None
    reference_on: date | None = None
    days: int | None = None
    planned: float | None = None
    actual: float | None = None
    explanation_zh: str
    explanation_en: str
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None


class EnergySituationClearedV1(EventPayload):
    event_type: ClassVar[str] = "energy.situation.cleared.v1"
    topic: ClassVar[Topic] = SITUATION

    condition_id: UUID
    kind: SituationKind
    subject_type: str
    subject_id: UUID
    subject_code: str
    subject_name: str
    cleared_at: Instant
    # ended: the load fell or supply rose; met: done after all; corrected; withdrawn.
    reason: str
