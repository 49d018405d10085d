"""Which events the alerts service listens to: the registry, and the conditions of projects and energy."""

from __future__ import annotations

from libs.common.contracts import energy, projects
from libs.common.inbox.subscription import Subscription
from libs.common.registry.handlers import SUBSCRIPTIONS as REGISTRY
from services.alerts.warnings.handlers import on_condition_cleared, on_condition_opened

# Name of the consumer: its inbox, its positions, its dead-letter topics.
CONSUMER = "alerts"

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    *REGISTRY,
    Subscription(
        projects.CONDITION,
        {
            projects.ProjectConditionOpenedV1: on_condition_opened,
            projects.ProjectConditionClearedV1: on_condition_cleared,
        },
    ),
    Subscription(
        energy.CONDITION,
        {
            energy.EnergyConditionOpenedV1: on_condition_opened,
            energy.EnergyConditionClearedV1: on_condition_cleared,
        },
    ),
)
