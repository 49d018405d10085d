"""Where a consumer stands: the database decides, for only what it holds has happened."""

from __future__ import annotations

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError

from libs.common.database import Database
from libs.common.inbox.repository import load_positions, store_positions
from libs.common.kafka.consumer import Fetched

log = structlog.get_logger(__name__)


class Places(ConsumerRebalanceListener):  # type: ignore[misc]
    """The partitions a consumer has been given, and how far each is known to the database.

    The broker's offset is committed after the database. It can be ahead all the same: when the database was
    restored from a backup, or a standby took over that had not received everything. Reading then begins where the
    database stands; the inbox passes over what comes twice.
    """

    def __init__(self, database: Database, consumer: str, *, topic_prefix: str) -> None:
        self._database = database
        self._consumer_name = consumer
        self._prefix = topic_prefix
        self._unplaced: set[TopicPartition] = set()
        self._known: dict[TopicPartition, int] = {}

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        self._unplaced -= revoked
        for partition in revoked:
            self._known.pop(partition, None)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        # Only noted here: the library would swallow an error of the database.
        self._unplaced |= assigned

    def cover(self, fetched: Fetched) -> bool:
        """Whether it is settled where each partition begins; else what was fetched does not count."""
        # Records may come before the library has told of the partition.
        self._unplaced |= fetched.keys() - self._known.keys()
        return not self._unplaced

    async def place(self, consumer: AIOKafkaConsumer) -> None:
        """Settle where reading begins: the broker's offset, or the database's if that is lower."""
        async with self._database.session() as session:
            stored = await load_positions(session, self._consumer_name)
        for partition in sorted(self._unplaced):
            position = stored.get(self._name(partition))
            try:
                committed = await consumer.committed(partition)
                # Without an offset the broker begins at the beginning.
                if committed is not None and (position is None or position < committed):
                    log.warning(
                        "consumer.database_behind", partition=partition, committed=committed, stored=position
                    )
                    if position is None:
                        await consumer.seek_to_beginning(partition)
                    else:
                        consumer.seek(partition, position)
            except IllegalStateError:
                log.info("consumer.partition_lost", topic=partition.topic, partition=partition.partition)
            else:
                self._known[partition] = position or 0
            self._unplaced.discard(partition)

    def moved(self, positions: dict[TopicPartition, int]) -> None:
        """Note what was stored with a batch."""
        self._known.update({item: place for item, place in positions.items() if item in self._known})

    async def catch_up(self, consumer: AIOKafkaConsumer) -> None:
        """Store positions that rose without a record: a log may end in a compacted tombstone or a marker.

        Only when everything fetched is handled; else who waits for the log's end would wait for the next record.
        """
        risen: dict[TopicPartition, int] = {}
        for partition in list(self._known):
            try:
                position = await consumer.position(partition)
            except IllegalStateError:
                continue
            if position > self._known.get(partition, position):
                risen[partition] = position
        if risen:
            async with self._database.transaction() as session:
                await store_positions(session, self._consumer_name, self.named(risen))
            self.moved(risen)

    def named(self, positions: dict[TopicPartition, int]) -> dict[tuple[str, int], int]:
        """By the topic's name in the catalogue, without the deployment's prefix."""
        return {self._name(item): place for item, place in positions.items()}

    def _name(self, item: TopicPartition) -> tuple[str, int]:
        return item.topic.removeprefix(self._prefix), item.partition
