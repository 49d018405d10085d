"""All topics and event types in one place; AsyncAPI, topic creation and decoding read from here."""

import json
from pathlib import Path
from typing import Any

from libs.common.contracts import (
    accountability,
    alerts,
    alerts_conditions,
    energy,
    handovers,
    heartbeat,
    key_uses,
    notices,
    projects,
    refusals,
    trail,
)
from libs.common.contracts.base import EventPayload, Topic

_EXAMPLES = Path(__file__).parent / "examples"

EVENTS: tuple[type[EventPayload], ...] = (
    *projects.EVENTS,
    *energy.EVENTS,
    *alerts.EVENTS,
    *alerts_conditions.EVENTS,
    trail.TrailSealedV1,
    heartbeat.HeartbeatBegunV1,
    *handovers.EVENTS,
    accountability.AccountabilityFrozenV1,
    *notices.EVENTS,
    *key_uses.EVENTS,
    *refusals.EVENTS,
)

BY_TYPE: dict[str, type[EventPayload]] = {event.event_type: event for event in EVENTS}

TOPICS: tuple[Topic, ...] = (*dict.fromkeys(event.topic for event in EVENTS), energy.READINGS)


def topics_of(owner: str) -> list[Topic]:
    """The topics a service creates and alone writes to."""
    return [topic for topic in TOPICS if topic.owner == owner]


def example(event_type: str) -> dict[str, Any]:
    """The committed example of an event: ``{"headers": {...}, "body": {...}}`` as it stands on Kafka."""
    text = (_EXAMPLES / f"{event_type}.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded
