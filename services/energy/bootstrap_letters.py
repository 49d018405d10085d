"""Putting together what keeps the energy service's dead letters and handles them once more."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.common.clock import Clock
from libs.common.contracts.energy import READINGS
from libs.common.database import Database
from libs.common.dead_letters.replaying import Replaying, replaying
from libs.common.kafka.letters import LetterKeeper
from libs.common.kafka.producer import KafkaPublisher, running_publisher
from libs.common.outbox.envelope import Headers
from services.energy.settings import EnergySettings
from services.energy.subscriptions import CONSUMER, SUBSCRIPTIONS, WORKER


def letter_keeper(settings: EnergySettings, database: Database, clock: Clock) -> LetterKeeper:
    """Keeps what the registry's consumer and the worker set aside."""
    return LetterKeeper(
        bootstrap=settings.kafka_address,
        database=database,
        clock=clock,
        consumers={CONSUMER: [each.topic for each in SUBSCRIPTIONS], WORKER: [READINGS]},
        topic_prefix=settings.topic_prefix,
    )


def means_of_replay(settings: EnergySettings, publisher: KafkaPublisher) -> Replaying:
    """Events by their handlers; blocks of readings go back to their partition by way of ``publisher``."""

    async def put_back(
        topic: str, key: bytes | None, value: bytes | None, headers: Headers, partition: int
    ) -> None:
        await publisher.publish(settings.topic_prefix + topic, key, value, headers, partition)

    return replaying({CONSUMER: SUBSCRIPTIONS}, {WORKER: put_back})


@asynccontextmanager
async def letter_means(settings: EnergySettings) -> AsyncIterator[Replaying]:
    """How dead letters are handled at the machine."""
    async with running_publisher(settings.kafka_address, "energy-letters") as publisher:
        yield means_of_replay(settings, publisher)
