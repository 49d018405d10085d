"""Which events the energy service listens to: the registry. Readings are not events; see ingest/."""

from __future__ import annotations

from libs.common.inbox.subscription import Subscription
from libs.common.registry.handlers import SUBSCRIPTIONS as REGISTRY

# Name of the consumer: its inbox, its positions, its dead-letter topics.
CONSUMER = "energy"
# The readings' consumer has offsets and dead letters of its own.
WORKER = "worker"

SUBSCRIPTIONS: tuple[Subscription, ...] = REGISTRY
