"""All topics and event types in one place; AsyncAPI, topic creation and decoding read from here."""

import json
from pathlib import Path
from typing import Any

from libs.common.contracts import alerts, energy, projects
from libs.common.contracts.base import EventPayload, Topic

_EXAMPLES = Path(__file__).parent / "examples"

EVENTS: tuple[type[EventPayload], ...] = (
    projects.RegionRecordedV1,
    projects.UnitRecordedV1,
    projects.PersonRecordedV1,
    projects.EnterpriseRecordedV1,
    projects.SigningKeyRecordedV1,
    projects.ApiKeyRecordedV1,
    projects.AccountRevokedV1,
    projects.CalendarDayRecordedV1,
    projects.ProjectRegisteredV1,
    projects.ProjectAmendedV1,
    projects.ProjectStageEnteredV1,
    projects.ProjectReplannedV1,
    projects.ProjectProgressRecordedV1,
    projects.ProjectInvestmentRecordedV1,
    projects.ProjectConditionOpenedV1,
    projects.ProjectConditionClearedV1,
    energy.MeterRegisteredV1,
    energy.EnergyConditionOpenedV1,
    energy.EnergyConditionClearedV1,
    alerts.AlertOpenedV1,
    alerts.AlertAmendedV1,
    alerts.AlertAcknowledgedV1,
    alerts.AlertEscalatedV1,
    alerts.AlertCommentedV1,
    alerts.AlertResolvedV1,
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
