"""Requests that a service refused: projects counts them with its own, and tells who keeps the accounts of many."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from libs.common.contracts.base import EventPayload, Instant, Topic

# An attack is judged within minutes: what is older than a day is of no use.
_HOURS = 24
ENERGY_REFUSAL = Topic(
    "energy.refusal.v1", "energy", "How often the energy service refused whom", retention_hours=_HOURS
)
ALERTS_REFUSAL = Topic(
    "alerts.refusal.v1", "alerts", "How often the alerts service refused whom", retention_hours=_HOURS
)


class CallerRefusals(BaseModel):
    """``caller``: the subject of an account or key, or ``address`` and one. ``count``: of 401, 403 and 404."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    caller: str
    count: int


class RefusalsPayload(EventPayload):
    """What one process counted since it told last; ``counted_at`` is real time."""

    counted_at: Instant
    refused: tuple[CallerRefusals, ...]


class EnergyRefusalsCountedV1(RefusalsPayload):
    """Refusals of the energy service."""

    event_type: ClassVar[str] = "energy.refusal.counted.v1"
    topic: ClassVar[Topic] = ENERGY_REFUSAL


class AlertsRefusalsCountedV1(RefusalsPayload):
    """Refusals of the alerts service."""

    event_type: ClassVar[str] = "alerts.refusal.counted.v1"
    topic: ClassVar[Topic] = ALERTS_REFUSAL


EVENTS: tuple[type[EventPayload], ...] = (EnergyRefusalsCountedV1, AlertsRefusalsCountedV1)
