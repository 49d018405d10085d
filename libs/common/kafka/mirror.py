"""Events of another cell's Kafka into our own: a province takes up what its cities publish.

At least once and in the order of each key: what is read is committed there when all in-sync replicas here have it,
so a process killed in between brings some again. They keep their ids, and every consumer's inbox passes over an id
that it has had: in effect each event happens once. No transaction spans two clusters, and none is needed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import structlog
from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError
from prometheus_client import Counter

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


@dataclass(frozen=True, slots=True)
class Cell:
    """Another installation, by the name it has here, and its brokers as ``host:port,host:port``."""

    name: str
    bootstrap: str


@dataclass(frozen=True, slots=True)
class Access:
    """As whom the cells' brokers are read: ``security`` and ``mechanism`` by Kafka's names."""

    security: str = "PLAINTEXT"
    mechanism: str = "PLAIN"
    username: str | None = None
    password: str | None = None


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
        """Where an event comes from names the cell: what two cells number alike stays apart."""
        return f"//{self._cell.name}".encode() + value if name == "ce_source" else value


def cell_of(source: str) -> str | None:
    """The cell that an event's source names; None for our own."""
    return source[2:].partition("/")[0] if source.startswith("//") else None


def cells_of(text: str) -> tuple[Cell, ...]:
    """``name=host:port,host:port;name=…`` as cells. Raises ValueError naming the part that is none."""
    cells = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, _, bootstrap = (piece.strip() for piece in part.partition("="))
        hosts = [host.strip() for host in bootstrap.split(",")]
        if not name or not all(_is_address(host) for host in hosts):
            raise ValueError(f"{part!r} is not name=host:port,host:port")
        cells.append(Cell(name, ",".join(hosts)))
    names = [cell.name for cell in cells]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"{', '.join(sorted(twice))} is named twice")
    return tuple(cells)


def _is_address(text: str) -> bool:
    host, _, port = text.rpartition(":")
    return bool(host) and port.isdigit() and 0 < int(port) < 65_536
