"""Events of another cell's Kafka into our own: a province takes up what its cities publish.

At least once and in the order of each key: what is read is committed there when all in-sync replicas here have it,
so a process killed in between brings some again. They keep their ids, and every consumer's inbox passes over an id
that it has had: in effect each event happens once. No transaction spans two clusters, and none is needed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

import structlog
from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError
from prometheus_client import Counter

from libs.common.cells import Access, Cell, source_in
from libs.common.contracts.base import Topic
from libs.common.kafka.foreign import ForeignTopic, consume_foreign
from libs.common.kafka.producer import BrokerUnavailable
from libs.common.outbox.envelope import Headers

log = structlog.get_logger(__name__)

# Names the cell that an event was taken from; who reads on from us can tell it from our own.
CELL_HEADER: Final = "ce_cell"
MIRRORED: Final = Counter("duban_mirrored_total", "Events taken from another cell", ["cell", "topic"])

_PAUSE_SECONDS = 1.0


class Publisher(Protocol):
    """What the mirror needs of a producer: it returns when every copy asked for has the record."""

    async def publish(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> None: ...


class Mirror:
    """One topic of one cell. ``group`` is ours there: several processes share its partitions."""

    def __init__(
        self,
        cell: Cell,
        topic: Topic,
        publisher: Publisher,
        *,
        group: str,
        access: Access = Access(),
        prefix: str = "",
        source_prefix: str = "",
    ) -> None:
        self._cell = cell
        self._topic = topic.name
        self._publisher = publisher
        self._target = prefix + topic.name
        self._place = ForeignTopic(
            cell.bootstrap,
            source_prefix + topic.name,
            group,
            access.security,
            access.mechanism,
            access.username,
            access.password,
        )

    async def run(self) -> None:
        """Mirror until cancelled; whichever side is away is waited for."""
        while True:
            try:
                await consume_foreign(self._place, self._take, self._connected)
            except (KafkaError, OSError, BrokerUnavailable) as error:
                log.warning("mirror.interrupted", cell=self._cell.name, topic=self._topic, error=repr(error)[:200])
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _connected(self) -> None:
        log.info("mirror.connected", cell=self._cell.name, topic=self._topic)

    async def _take(self, records: Sequence[ConsumerRecord]) -> None:
        by_key: dict[bytes | None, list[ConsumerRecord]] = {}
        for record in records:
            # What it has from elsewhere is taken from there; two that read each other would go round for ever.
            if all(name != CELL_HEADER for name, _ in record.headers):
                by_key.setdefault(record.key, []).append(record)
        done = await asyncio.gather(*map(self._publish_in_order, by_key.values()), return_exceptions=True)
        for failure in filter(None, done):
            raise failure

    async def _publish_in_order(self, records: Sequence[ConsumerRecord]) -> None:
        for record in records:
            headers = [(name, self._source_of(name, value)) for name, value in record.headers]
            headers.append((CELL_HEADER, self._cell.name.encode()))
            await self._publisher.publish(self._target, record.key, record.value, headers)
            MIRRORED.labels(self._cell.name, self._topic).inc()

    def _source_of(self, name: str, value: bytes) -> bytes:
        return (
            source_in(self._cell.name, value.decode(errors="replace")).encode() if name == "ce_source" else value
        )
