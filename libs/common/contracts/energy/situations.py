"""What the energy service warns of beside its meters (S17, S20, S21, S23)."""

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Instant, Topic
from libs.common.contracts.energy.owner import OWNER

SITUATION = Topic(
    "energy.situation.v1", OWNER, "Shortages, missed orderly use and phase-out: opened, stated anew and cleared"
)


class SituationKind(StrEnum):
    """What the energy service warns of beside its meters (S17, S20 to S23); further kinds only add values."""

    SUPPLY_SHORTAGE = "supply_shortage"
    SHORTAGE_FORECAST = "shortage_forecast"
    NON_RESPONSE = "non_response"
    PHASE_OUT_DUE_SOON = "phase_out_due_soon"
    PHASE_OUT_OVERDUE = "phase_out_overdue"
    ENERGY_TARGET_MISSED = "energy_target_missed"
    GENERATION_OUTAGE = "generation_outage"
    GENERATION_UNDERPERFORMANCE = "generation_underperformance"
    GENERATION_BEHIND_PACE = "generation_behind_pace"
    AUDIT_BROKEN = "audit_broken"


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


EVENTS: tuple[type[EventPayload], ...] = (
    EnergySituationOpenedV1,
    EnergySituationClearedV1,
)
