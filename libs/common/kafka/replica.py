"""Whether this service's copy of the registry is complete: the broker's ends beside the stored positions."""

from __future__ import annotations

from libs.common.database import Database
from libs.common.inbox.repository import load_positions
from libs.common.kafka.offsets import end_offsets
from libs.common.registry.handlers import SUBSCRIPTIONS as REGISTRY
from libs.common.registry.readiness import ReplicaReadiness
from libs.common.settings import CommonSettings


def replica_readiness(settings: CommonSettings, database: Database, consumer: str) -> ReplicaReadiness:
    """Of the registry as ``consumer`` reads it."""
    prefix = settings.topic_prefix

    async def ends() -> dict[tuple[str, int], int]:
        found = await end_offsets(
            settings.kafka_address, [prefix + subscription.topic.name for subscription in REGISTRY]
        )
        return {(topic.removeprefix(prefix), partition): end for (topic, partition), end in found.items()}

    async def positions() -> dict[tuple[str, int], int]:
        async with database.session() as session:
            return await load_positions(session, consumer)

    return ReplicaReadiness(ends, positions)
