"""Conditions (S18) detected on meters."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Instant, Topic
from libs.common.contracts.energy.owner import OWNER

CONDITION = Topic("energy.condition.v1", OWNER, "Conditions of meters, opened, amended and cleared")


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


EVENTS: tuple[type[EventPayload], ...] = (
    EnergyConditionOpenedV1,
    EnergyConditionClearedV1,
)
