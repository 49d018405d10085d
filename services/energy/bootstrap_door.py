"""Puts together the door of readings: what takes deliveries and hands them to the log."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from libs.common.contracts.energy import READINGS
from libs.common.database import Database
from libs.common.kafka.fenced_offsets import stored_offsets
from libs.common.kafka.log import LogEnds
from libs.common.kafka.producer import BrokerUnavailable, KafkaPublisher
from services.energy.api import SERVICE
from services.energy.feeds.lag import LagWatch
from services.energy.feeds.rates import DeliveryRate
from services.energy.feeds.service import Door, LogUnavailable
from services.energy.metering.directory import MeterDirectory
from services.energy.settings import EnergySettings


class KafkaBlockLog:
    """The readings' topic as the feed's door sees it."""

    def __init__(self, publisher: KafkaPublisher, topic: str) -> None:
        self._publisher = publisher
        self._topic = topic

    async def append(self, partition: int, record: bytes, headers: Sequence[tuple[str, bytes]]) -> None:
        try:
            await self._publisher.publish(self._topic, None, record, list(headers), partition)
        except BrokerUnavailable as error:
            raise LogUnavailable(str(error)) from error


@dataclass(frozen=True, slots=True)
class RunningDoor:
    """The door of a process with what runs behind it: the producer and the watch of the worker's lag."""

    door: Door
    publisher: KafkaPublisher
    ends: LogEnds

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Door]:
        await self.publisher.start()
        watching = asyncio.create_task(self.door.lag.run(), name="lag-watch")
        try:
            yield self.door
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await self.ends.close()
            await self.publisher.stop()


def build_door(settings: EnergySettings, database: Database, name: str) -> RunningDoor:
    """``name`` of its producer at the broker."""
    topic = settings.topic_prefix + READINGS.name
    publisher = KafkaPublisher(settings.kafka_address, client_id=f"{SERVICE}-{name}")
    ends = LogEnds(settings.kafka_address, topic)

    async def merged() -> Mapping[int, int]:
        async with database.session() as session:
            return await stored_offsets(session, topic)

    lag = LagWatch(ends.read, merged, limit=settings.ingest_lag_limit)
    rate = DeliveryRate(settings.feed_rate_per_second, settings.feed_rate_burst)
    log_of_blocks = KafkaBlockLog(publisher, topic)
    door = Door(MeterDirectory(), log_of_blocks, lag, rate, settings.earliest_reading_on)
    return RunningDoor(door, publisher, ends)
