"""Which events the energy service listens to: the registry, alerts, grid projects,
months of other cells' regions. Readings are no events."""

from __future__ import annotations

from libs.common.contracts.alerts import ALERT, AlertResolvedV1
from libs.common.contracts.energy import REGION_MONTH, EnergyRegionMonthRecordedV1
from libs.common.contracts.projects import PROJECT, ProjectStageEnteredV1
from libs.common.inbox.subscription import Subscription
from libs.common.registry.handlers import SUBSCRIPTIONS as REGISTRY
from services.energy.feedback.handlers import on_alert_resolved
from services.energy.grid.handlers import on_stage_entered
from services.energy.region_months.handlers import on_region_month

# Name of the consumer: its inbox, its positions, its dead-letter topics.
CONSUMER = "energy"
# The readings' consumer has offsets and dead letters of its own.
WORKER = "worker"

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    *REGISTRY,
    Subscription(ALERT, {AlertResolvedV1: on_alert_resolved}),
    Subscription(PROJECT, {ProjectStageEnteredV1: on_stage_entered}),
    Subscription(REGION_MONTH, {EnergyRegionMonthRecordedV1: on_region_month}),
)
