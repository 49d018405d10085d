"""Which events the energy service listens to: the registry, alerts, grid projects. Readings are no events."""

from __future__ import annotations

from libs.common.contracts.alerts import ALERT, AlertResolvedV1
from libs.common.contracts.projects import PROJECT, ProjectStageEnteredV1
from libs.common.inbox.subscription import Subscription
from libs.common.registry.handlers import SUBSCRIPTIONS as REGISTRY
from services.energy.feedback.handlers import on_alert_resolved
from services.energy.grid.handlers import on_stage_entered

# Name of the consumer: its inbox, its positions, its dead-letter topics.
CONSUMER = "energy"
# The readings' consumer has offsets and dead letters of its own.
WORKER = "worker"

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    *REGISTRY,
    Subscription(ALERT, {AlertResolvedV1: on_alert_resolved}),
    Subscription(PROJECT, {ProjectStageEnteredV1: on_stage_entered}),
)
