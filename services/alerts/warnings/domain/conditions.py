"""The conditions of other services that rules may speak of: what opens one, and what clears it."""

from __future__ import annotations

from libs.common.contracts import alerts_conditions, energy, projects
from libs.common.contracts.base import EventPayload

PAIRS: tuple[tuple[type[EventPayload], type[EventPayload]], ...] = (
    (alerts_conditions.ServiceConditionOpenedV1, alerts_conditions.ServiceConditionClearedV1),
    (energy.EnergyConditionOpenedV1, energy.EnergyConditionClearedV1),
    (energy.EnergySituationOpenedV1, energy.EnergySituationClearedV1),
    (energy.FeedSilentV1, energy.FeedRecoveredV1),
    (projects.ProjectConditionOpenedV1, projects.ProjectConditionClearedV1),
)

# Opening type → its payload and the type that clears it.
OPENING: dict[str, tuple[type[EventPayload], str]] = {
    opened.event_type: (opened, cleared.event_type) for opened, cleared in PAIRS
}

# All of them by type, as they are read back from what is kept.
EVENTS: dict[str, type[EventPayload]] = {event.event_type: event for pair in PAIRS for event in pair}
