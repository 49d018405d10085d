"""That an API key was used, once a day: projects shows it beside the key, so that forgotten ones are found."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Topic

ENERGY_KEY = Topic("energy.api_key.v1", "energy", "Days on which API keys were used at the energy service")
ALERTS_KEY = Topic("alerts.api_key.v1", "alerts", "Days on which API keys were used at the alerts service")


class ApiKeyUsePayload(EventPayload):
    """``used_on`` is the offices' local day, of real time."""

    key_id: UUID
    used_on: date


class EnergyApiKeyUsedV1(ApiKeyUsePayload):
    """The first use of a key on a day at the energy service."""

    event_type: ClassVar[str] = "energy.api_key.used.v1"
    topic: ClassVar[Topic] = ENERGY_KEY


class AlertsApiKeyUsedV1(ApiKeyUsePayload):
    """The first use of a key on a day at the alerts service."""

    event_type: ClassVar[str] = "alerts.api_key.used.v1"
    topic: ClassVar[Topic] = ALERTS_KEY


EVENTS: tuple[type[EventPayload], ...] = (EnergyApiKeyUsedV1, AlertsApiKeyUsedV1)
